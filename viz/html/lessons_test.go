package html_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stheno-ml/stheno/internal/lessons"
	"github.com/stheno-ml/stheno/viz/trace"
)

// built is the trace of a lesson, made once: tests do not change it.
func built(t testing.TB, l lessons.Lesson) *trace.Trace {
	t.Helper()
	if builtLessons[l.Name] == nil {
		tr, err := l.Build()
		if err != nil {
			t.Fatal(err)
		}
		builtLessons[l.Name] = tr
	}
	return builtLessons[l.Name]
}

var builtLessons = map[string]*trace.Trace{}

// TestLessons: each lesson is walked and answered by the keyboard alone; questions, and the tour after them, stand
// beside the graph that they speak of; at a question, at a stop, in both languages
// and on a phone nothing is cut off or lies on another; with -long, at each stop; and the page says nothing to the
// console.
func TestLessons(t *testing.T) {
	start(t)
	for i, l := range lessons.All() {
		t.Run(l.Name, func(t *testing.T) {
			tr := built(t, l)
			b := openPage(t, tr, "#tab=figures&lang="+[]string{"en", "zh"}[i%2]+
				"&theme="+[]string{"dark", "light"}[i/2%2])
			card := `document.getElementById('card').textContent`
			shown := func(what string, setting int) {
				t.Helper()
				want := strings.Trim(strings.ReplaceAll(fmt.Sprint(tr.Settings[setting].At), " ", ","), "[]")
				if got := b.soon(`new URLSearchParams(location.hash.slice(1)).get('s') ?? ''`, want); got != want {
					t.Errorf("%s is shown with the controls at %s, want %s", what, got, want)
				}
			}
			b.tabTo("guide-question")
			b.press("Enter")
			for k, q := range tr.Questions {
				shown(fmt.Sprintf("question %d", k+1), q.Setting)
				if k == i%2 {
					b.look(fmt.Sprintf("question %d", k+1))
				}
				b.tabTo("choice")
				for range q.Answer {
					b.press("↓")
				}
				if q.Answer == 0 {
					b.press("Space")
				}
				b.tabTo("answer")
				b.press("Enter")
				if got := b.text(card); !strings.Contains(got, "Right") && !strings.Contains(got, "正确") {
					t.Errorf("question %d, answered with %d: %s", k+1, q.Answer, got)
				}
				if k+1 < len(tr.Questions) {
					b.tabTo("question-next")
					b.press("Enter")
				}
			}
			b.tabTo("to-tour")
			b.press("Enter")
			shown("the first stop after the questions", tr.Tour[0].Setting)
			for k := range tr.Tour {
				if k > 0 {
					b.tabTo("tour-next")
					b.press("Enter")
				}
				s := tr.Tour[k]
				want := s.Instruction + 1
				if s.Instruction < 0 {
					want = len(tr.Runs[tr.Settings[s.Setting].Run].Instructions)
				}
				if got := b.position(); k > 0 && got != want {
					t.Errorf("stop %d stands behind %d instructions, want %d", k+1, got, want)
				}
				if *long || k == i%len(tr.Tour) {
					b.look(fmt.Sprintf("stop %d", k+1))
				}
			}
			if got := b.text(`String(document.getElementById('tour-next').disabled)`); got != "true" {
				t.Errorf("the tour does not end at its last stop")
			}
			b.press("l")
			b.look("the last stop in the other language")
			b.do(chromedp.EmulateViewport(390, 844))
			b.look("on a phone")
			b.quiet()
		})
	}
}

// TestIndex: the page that links all lessons can be read in both languages, on a projector, a large screen and a
// phone.
func TestIndex(t *testing.T) {
	start(t)
	var traces []*trace.Trace
	for _, l := range lessons.All() {
		traces = append(traces, built(t, l))
	}
	var page bytes.Buffer
	if err := lessons.WriteIndex(&page, "en", traces); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index.html")
	if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openPage(t, forks(t), "")
	b.do(chromedp.Navigate("file://" + path))
	for _, size := range [][2]int64{{1280, 720}, {1920, 1080}, {390, 844}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		for _, lang := range []string{"en", "zh"} {
			b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.getElementById('%s').checked = true", lang)))
			title := `[...document.querySelectorAll('h1')].find((e) => e.checkVisibility()).lang`
			if shown := b.text(title); shown != lang {
				t.Errorf("the title is shown in %s, want %s", shown, lang)
			}
			b.look(fmt.Sprintf("index at %d×%d, %s", size[0], size[1], lang))
		}
	}
	b.quiet()
}
