package html_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/stheno-ml/stheno/internal/lessons"
)

// press presses keys, which are named as in the help: → and ←, with Shift before them or not, and others by their
// letter.
func (b *tab) press(keys ...string) {
	b.Helper()
	names := map[string]string{"→": kb.ArrowRight, "←": kb.ArrowLeft, "↑": kb.ArrowUp, "↓": kb.ArrowDown,
		"Home": kb.Home, "End": kb.End, "Space": " ", "Enter": kb.Enter, "Escape": kb.Escape, "Tab": kb.Tab}
	for _, k := range keys {
		plain, shifted := strings.CutPrefix(k, "Shift+")
		if name, ok := names[plain]; ok {
			plain = name
		}
		var opts []chromedp.KeyOption
		if shifted {
			opts = append(opts, chromedp.KeyModifiers(chromedp.ModifierShift))
		}
		b.do(chromedp.KeyEvent(plain, opts...))
		if plain == "/" { // which the driver types too, other than a keyboard, whose key has been dealt with
			b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('query')?.select()"))
		}
	}
}

// TestKeys: every key does what the help says. LeNet-5 has 36 instructions before the update; those of conv1 are 0 to
// 2.
func TestKeys(t *testing.T) {
	b := openPage(t, lenet(t), "")
	const (
		opened   = "document.querySelector('.frame-title').textContent"
		selected = "document.querySelector('[role=tab][aria-selected=true]').id"
		dialog   = "document.querySelector('dialog[open]')?.id ?? ''"
		inert    = "String(document.querySelector('main').inert)"
		theme    = "document.documentElement.dataset.theme"
		lang     = "document.documentElement.lang"
		at       = "document.getElementById('scrubber').value"
	)
	for _, c := range []struct {
		name, from, keys, look, want string
	}{
		{"a step", "#at=4", "→", at, "5"},
		{"a step back", "#at=4", "←", at, "3"},
		{"no step before the beginning", "#at=0", "←", at, "0"},
		{"no step after the end", "#at=76", "→", at, "76"},
		{"steps forward and as many back", "#at=9", "→ → → ← ← ←", at, "9"},
		{"to the end of the next layer", "#at=1", "Shift+→", at, "3"},
		{"and of the one after it", "#at=3", "Shift+→", at, "6"},
		{"to the end of the layer before", "#at=6", "Shift+←", at, "3"},
		{"to the beginning", "#at=40", "Home", at, "0"},
		{"to the end", "#at=3", "End", at, "76"},
		{"to the end of the forward pass", "#at=2", "f", at, "13"},
		{"to the end of the backward pass", "#at=13", "f", at, "36"},
		{"to the end of the update", "#at=36", "f", at, "76"},
		{"a closed scope is one step", "#at=0&o=0:0", "→", at, "3"},
		{"and one step back", "#at=4&o=0:0", "← ←", at, "0"},
		{"the inside of a closed scope is opened", "#at=3&o=0:0", "i", at, "1"},
		{"and that which comes next too", "#at=0&o=0:0", "i", at, "1"},
		{"after which it is no longer closed", "#at=0&o=0:0", "i", opened, "▾ conv1"},
		{"view 2 is that of values", "#at=3", "2", selected, "tab-values"},
		{"view 5 is that of code", "#at=3", "5", selected, "tab-code"},
		{"help", "#at=3", "?", dialog, "help-dialog"},
		{"what help covers is inert", "#at=3", "?", inert, "true"},
		{"until it is closed", "#at=3", "? Escape", inert, "false"},
		{"search", "#at=3", "/", dialog, "find-dialog"},
		{"what is found is where one goes", "#at=3", "/ fc2.weight Enter", at, "10"},
		{"the second of what is found", "#at=3", "/ fc2.weight ↓ Enter", at, "20"},
		{"a letter in the search is no command", "#at=3", "/ f", at, "3"},
		{"the other language", "#at=3", "l", lang, "zh-CN"},
		{"and back", "#at=3&lang=zh", "l", lang, "en"},
		{"the light theme", "#at=3", "d", theme, "light"},
		{"the dark theme", "#at=3", "d d", theme, "dark"},
		{"help begins at its top", "#at=3", "?", "String(document.querySelector('dialog').scrollTop)", "0"},
		{"the next alarm is the dead unit", "#at=0", "a", at, "5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.TB = t
			b.turn(c.from)
			b.press(strings.Fields(c.keys)...)
			if got := b.soon(c.look, c.want); got != c.want {
				t.Errorf("%s from %s gives %s, want %s", c.keys, c.from, got, c.want)
			}
		})
	}
	b.TB = t
	b.quiet()
}

// TestGuideKeys: n and p go through the tour of a lesson, and q to its questions.
func TestGuideKeys(t *testing.T) {
	b := openPage(t, built(t, lessons.All()[0]), "")
	const head = "document.querySelector('#card h2').textContent"
	for _, c := range []struct{ keys, want string }{
		{"n n", "Tour 3 of 8"}, {"p", "Tour 2 of 8"}, {"q", "Question 1 of 2: predict first"}, {"n", "Tour 2 of 8"},
	} {
		b.press(strings.Fields(c.keys)...)
		if got := b.soon(head, c.want); got != c.want {
			t.Errorf("%s gives %q, want %q", c.keys, got, c.want)
		}
	}
	b.quiet()
}

// TestPlay: Space plays to the end by itself, and stops where it is pressed again.
func TestPlay(t *testing.T) {
	b := openPage(t, forks(t), "#at=16")
	const played = `new Promise(done => { const t = setInterval(() => {
		const at = Number(document.getElementById('scrubber').value);
		if (at === %d) { clearInterval(t); done(at); }
	}, 20); })`
	b.press("Space")
	if at := eval[int](b, fmt.Sprintf(played, 17)); at != 17 {
		t.Errorf("playing is at %d", at)
	}
	b.press("Space")
	if pressed := b.text(`document.getElementById('play').getAttribute('aria-pressed')`); pressed != "false" {
		t.Errorf("the button that plays is pressed: %s", pressed)
	}
	b.quiet()
}

// TestScrubber: every position of the scrubber is shown, and what is not computed yet is empty.
func TestScrubber(t *testing.T) {
	tr := forks(t)
	b := openPage(t, tr, "")
	for at := range len(tr.Runs[0].Instructions) + 1 {
		got := b.text(fmt.Sprintf(`(() => {
			const s = document.getElementById('scrubber');
			s.value = %d;
			s.dispatchEvent(new Event('input'));
			const boxes = [...document.querySelectorAll('.box[data-instruction]')];
			const wrong = boxes.filter((e) => {
				const value = e.querySelector('.value'); // which constants do not have
				return value && (value.textContent === '') !== (Number(e.dataset.instruction) >= %[1]d);
			});
			const now = document.querySelector('.box.now');
			const where = document.getElementById('where').textContent;
			return [wrong.length, now ? now.dataset.instruction : -1, where].join(' ');
		})()`, at))
		if want := fmt.Sprintf("0 %d %d of", at-1, at); !strings.HasPrefix(got, want) {
			t.Errorf("at %d: %q, want %q", at, got, want)
		}
	}
	b.quiet()
}
