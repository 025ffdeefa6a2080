package html_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// focused is the id of what has the focus, or what it is.
const focused = `(() => { const e = document.activeElement; return e.id || e.name || e.className || e.tagName; })()`

// tabTo presses Tab until the element with an id has the focus.
func (b *tab) tabTo(id string) {
	b.Helper()
	for range 60 {
		if b.text(focused) == id {
			return
		}
		b.press("Tab")
	}
	b.Fatalf("Tab does not reach %s", id)
}

// TestByKeyboard: a lesson is done by the keyboard alone: the question answered, the tour walked, the settings moved.
func TestByKeyboard(t *testing.T) {
	b := openPage(t, lesson(t), "")
	const card, at = `document.getElementById('card').textContent`, `document.getElementById('scrubber').value`
	has := func(expression, want string) {
		t.Helper()
		if b.soon("("+expression+").includes("+fmt.Sprintf("%q", want)+")", "true") != "true" {
			t.Errorf("%s lacks %q: %s", expression, want, b.text(expression))
		}
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('title').focus()`))
	b.press("Home", "2")
	has(`document.getElementById('panel').textContent`, "Nothing has been computed yet")
	b.press("End")
	has(`document.getElementById('panel').textContent`, "Hidden until the question")
	b.tabTo("guide-question")
	b.press("Enter")
	has(card, "What is the gradient at a fork?")
	b.tabTo("choice")
	b.press("↓") // to the second
	b.press("Space")
	b.tabTo("answer")
	b.press("Enter")
	has(card, "Right. The answer is the sum")
	if got := b.text(focused); got != "question-place" {
		t.Errorf("after the answer the focus is at %s", got)
	}
	b.tabTo("question-next")
	b.press("Enter")
	b.tabTo("skip")
	b.press("Enter")
	has(card, "Skipped.")
	b.tabTo("guide-tour")
	b.press("Enter")
	for _, want := range []string{"The sum.", "The end"} {
		b.tabTo("tour-next")
		b.press("Enter")
		has(card, want)
	}
	if got := b.text(at); got != "19" {
		t.Errorf("the last stop is at %s, want 19", got)
	}
	b.tabTo("control-x")
	b.press("←")
	has(`document.getElementById('controls').textContent`, "2")
	b.tabTo("control-way-0")
	b.press("→") // the other way moves x back, since one of them moves at a time
	has(`document.querySelector('#controls output').textContent`, "1")
	b.tabTo("reset")
	b.press("Enter")
	if got := b.soon(`document.querySelector('input[name=way]:checked').value`, "0"); got != "0" {
		t.Errorf("after the reset the switch is at %s", got)
	}
	b.quiet()
}

// TestFocus: Tab goes through all that can be used in the order in which it stands, of radio buttons the one that is
// chosen, and where one is can be seen.
func TestFocus(t *testing.T) {
	b := openPage(t, lesson(t), "#at=7&tab=formula")
	want := eval[[]string](b, `[...document.querySelectorAll('button, input, select, summary, [tabindex="0"]')]
		.filter((e) => e.tabIndex >= 0 && e.checkVisibility() && !e.disabled && (e.type !== 'radio' || e.checked))
		.map((e) => e.id || e.name || e.className || e.tagName)`)
	var got []string
	for range len(want) {
		b.press("Tab")
		got = append(got, b.text(focused))
		if outline := b.text(`getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
			t.Errorf("the focus on %s cannot be seen", got[len(got)-1])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Tab goes through %v\nwant %v", got, want)
	}
	b.quiet()
}

// TestAddress: the address holds all that is seen, and a page that is opened at it shows the same.
func TestAddress(t *testing.T) {
	b := openPage(t, lesson(t), "#at=0")
	b.press("→", "→", "→", "2", "l", "d")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('control-x').focus()`))
	b.press("→")
	const seen = `[document.querySelector('[role=tab][aria-selected=true]').id, document.documentElement.lang,
		document.documentElement.dataset.theme, ...['scrubber', 'control-x'].map((id) =>
		document.getElementById(id).value), document.getElementById('panel').textContent].join(' | ')`
	before := b.text(seen)
	fragment := b.soon(`/at=3&tab=formula&lang=zh&theme=light&s=1,0/.test(location.hash)`, "true")
	if fragment != "true" {
		t.Errorf("the address is %s", b.text(`location.hash`))
	}
	b.visit(b.text(`location.hash`))
	if after := b.text(seen); after != before {
		t.Errorf("the page shows\n%s\nand at its address\n%s", before, after)
	}
	for _, nonsense := range []string{"#at=-1&tab=x&lang=fr&theme=&s=9,9,9&o=x:y,0:99&e=1e9&n=-3&stop=77&q=x&a=,,",
		"#%00%ff", "#at=1e99&run=5"} {
		b.turn(nonsense)
		if at := b.position(); at < 0 || at > 19 {
			t.Errorf("%s leads to %d", nonsense, at)
		}
	}
	b.quiet()
}

// TestNamesInPage: a name of tags, quotes and directions is text in every view, and runs nothing.
func TestNamesInPage(t *testing.T) {
	b := openPage(t, named(t, mostUnder), "#at=1")
	for _, view := range []string{"formula", "values", "tape", "memory", "code"} {
		b.turn("#at=1&tab=" + view)
		const made = `document.querySelectorAll('#panel script, .box b, body > script:not([type])').length`
		if n := eval[int](b, made); n > 0 {
			t.Errorf("%s: a name has become %d elements", view, n)
		}
	}
	b.turn("#at=1&tab=values")
	text := b.text(`document.body.textContent`)
	if !strings.Contains(text, "</script><script>alert(1)</script>") || !strings.Contains(text, "汉字&amp;<b>") {
		t.Error("the name is not seen as it is")
	}
	b.quiet()
}
