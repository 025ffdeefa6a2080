package lessons

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

var update = flag.Bool("update", false, "write docs/lessons.md and docs/lessons")

// largestPage is what a page may have, in bytes.
const largestPage = 1_000_000

// TestPages: each lesson is a page of less than a megabyte, the same twice, from a trace that is valid.
func TestPages(t *testing.T) {
	for _, l := range All() {
		t.Run(l.Name, func(t *testing.T) {
			again, err := l.Build()
			if err != nil {
				t.Fatal(err)
			}
			var pages [2]bytes.Buffer
			for i, tr := range []*trace.Trace{build(t, l.Name, ""), again} {
				if err := tr.Check(); err != nil {
					t.Fatal(err)
				}
				if err := html.Write(&pages[i], tr, html.Options{Lang: []string{"en", "zh"}[i]}); err != nil {
					t.Fatal(err)
				}
			}
			if n := pages[0].Len(); n > largestPage {
				t.Errorf("the page has %d bytes, want at most %d", n, largestPage)
			}
			var data [2]bytes.Buffer
			build(t, l.Name, "").WriteTo(&data[0])
			again.WriteTo(&data[1])
			if !bytes.Equal(data[0].Bytes(), data[1].Bytes()) {
				t.Error("built twice, it is not the same")
			}
		})
	}
}

func TestIndex(t *testing.T) {
	var traces []*trace.Trace
	for _, l := range All() {
		traces = append(traces, build(t, l.Name, ""))
	}
	var b bytes.Buffer
	if err := WriteIndex(&b, "zh", traces); err != nil {
		t.Fatal(err)
	}
	for _, l := range All() {
		for _, want := range []string{l.File() + "#lang=zh", l.Sentence.En, l.Sentence.Zh} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: the index lacks %q", l.Name, want)
			}
		}
	}
	if n := strings.Count(b.String(), "<svg "); n != len(All()) || b.Len() > largestPage {
		t.Errorf("%d pictures in %d bytes, want one for each lesson", n, b.Len())
	}
	if err := WriteIndex(&b, "en", nil); err == nil {
		t.Error("an index of no traces is no error")
	}
}

// texts are all texts of a trace.
func texts(tr *trace.Trace) (all []trace.Text) {
	all = append(all, tr.Title)
	all = append(all, tr.About...)
	for _, c := range tr.Controls {
		all = append(append(all, c.Name), c.Values...)
	}
	for _, f := range tr.Figures {
		all = append(all, f.Title, f.Alt)
	}
	for _, q := range tr.Questions {
		all = append(append(all, q.Text, q.Because), q.Choices...)
	}
	for _, s := range tr.Tour {
		all = append(all, s.Text)
	}
	for _, r := range tr.Runs {
		all = append(all, r.Name)
	}
	return all
}

// TestTexts: every text is in both languages, its formulas are well-formed, and a tour has four to twelve stops.
func TestTexts(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	formula := regexp.MustCompile(`\\\((.*?)\\\)`)
	for _, l := range All() {
		tr := build(t, l.Name, "")
		for _, x := range texts(tr) {
			if x.En == "" || x.Zh == "" {
				t.Errorf("%s: %q, %q: want both languages", l.Name, x.En, x.Zh)
			}
			if han.MatchString(x.En) || len(formula.ReplaceAllString(x.En, "")) > 40 && !han.MatchString(x.Zh) {
				t.Errorf("%s: the languages are mixed up: %q, %q", l.Name, x.En, x.Zh)
			}
			en, zh := formula.FindAllString(x.En, -1), formula.FindAllString(x.Zh, -1)
			slices.Sort(en)
			for i := range zh {
				zh[i] = strings.ReplaceAll(zh[i], "原始", "data")
			}
			slices.Sort(zh)
			if strings.Join(slices.Compact(en), "") != strings.Join(slices.Compact(zh), "") {
				t.Errorf("%s: the formulas differ between the languages:\n%s\n%s", l.Name, x.En, x.Zh)
			}
			for _, m := range append(en, zh...) {
				if err := wellFormed(strings.TrimSuffix(strings.TrimPrefix(m, `\(`), `\)`)); err != nil {
					t.Errorf("%s: %s: %v", l.Name, m, err)
				}
			}
		}
		if n := len(tr.Tour); n < 4 || n > 12 || len(tr.Questions) == 0 {
			t.Errorf("%s has %d stops and %d questions", l.Name, n, len(tr.Questions))
		}
	}
}

func wellFormed(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestFigures: figures are well-formed, and words are left to their titles, which are translated.
func TestFigures(t *testing.T) {
	words := regexp.MustCompile(`>[^<]*[A-Za-z]{4,}[^<]*</text>|\p{Han}`)
	for _, l := range All() {
		tr := build(t, l.Name, "")
		for _, r := range tr.Runs {
			for _, s := range r.States {
				for i, svg := range s.Shown {
					if err := wellFormed(svg); err != nil || words.MatchString(svg) {
						t.Fatalf("%s, %s, figure %d: %v, %q", l.Name, r.Name.En, i, err, words.FindString(svg))
					}
				}
			}
		}
	}
}

// stopOf is the first stop of the lesson's tour, from 1, that shows a formula in both languages; 0 for none.
func stopOf(tr *trace.Trace, f Formula) int {
	m, err := mathML(f.TeX)
	en, err2 := mathML(f.english())
	if err != nil || err2 != nil {
		return 0
	}
	return 1 + slices.IndexFunc(tr.Tour, func(s trace.Stop) bool {
		return strings.Contains(s.Text.En, en) && strings.Contains(s.Text.Zh, m)
	})
}

// TestFormulas: the tours show every formula of chapters 2 and 6 of the primer, letter by letter.
func TestFormulas(t *testing.T) {
	shown := map[string]bool{}
	for _, f := range Formulas() {
		shown[f.TeX] = true
		l, ok := Find(f.Lesson)
		if !ok || stopOf(build(t, f.Lesson, ""), f) == 0 {
			t.Errorf("lesson %s does not show %s", f.Lesson, f.TeX)
		}
		if !slices.ContainsFunc(l.Sections, func(s string) bool { return strings.HasPrefix(s, f.Section) }) {
			t.Errorf("lesson %s does not name section %s", f.Lesson, f.Section)
		}
	}
	if stopOf(build(t, "neuron", ""), Formula{TeX: `z = w_i x_i`}) != 0 {
		t.Error("a formula that is not there is found")
	}
	text, err := os.ReadFile("../../../shared/reference/primer.zh.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the primer is not there: ../shared/reference/primer.zh.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`\$([^$]+)\$`)
	for _, chapter := range []string{"## 2. ", "## 6. "} {
		_, rest, _ := strings.Cut(string(text), "\n"+chapter)
		rest, _, _ = strings.Cut(rest, "\n## ")
		for _, m := range inline.FindAllStringSubmatch(rest, -1) {
			if tex := m[1]; !shown[tex] && tex != `\alpha` { // a letter within a sentence
				t.Errorf("no lesson shows %s of chapter %s", tex, chapter)
			}
		}
	}
}

// TestRefutes: every misconception is refuted by a lesson that says so, by a question or by a number that a test
// asserts.
func TestRefutes(t *testing.T) {
	refuted := map[string]bool{}
	for _, l := range All() {
		for _, id := range l.Refutes {
			refuted[id] = true
			asked := slices.ContainsFunc(build(t, l.Name, "").Questions,
				func(q trace.Question) bool { return slices.Contains(q.Refutes, id) })
			asserted := slices.ContainsFunc(oracles(),
				func(o oracle) bool { return o.lesson == l.Name && strings.HasPrefix(o.says, id+":") })
			if !asked && !asserted {
				t.Errorf("%s: neither a question nor an oracle refutes %s", l.Name, id)
			}
		}
		for _, q := range build(t, l.Name, "").Questions {
			for _, id := range q.Refutes {
				if !slices.Contains(l.Refutes, id) {
					t.Errorf("%s: a question refutes %s, the lesson does not name it", l.Name, id)
				}
			}
		}
	}
	for _, m := range Misconceptions() {
		if !refuted[m.ID] {
			t.Errorf("no lesson refutes %s", m.ID)
		}
	}
}

// TestDocs: docs/lessons.md and the pictures of docs/lessons are what the lessons show.
func TestDocs(t *testing.T) {
	files := map[string]string{"../../docs/lessons.md": docs(t)}
	for _, l := range All() {
		files["../../docs/lessons/"+l.Name+".svg"] = l.thumbnail(build(t, l.Name, "")) + "\n"
	}
	for path, want := range files {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the lessons show; go test ./internal/lessons -run Docs -update writes it", path)
		}
	}
}

func docs(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# The lessons · 课程\n\nWritten by `go test ./internal/lessons -run Docs -update`; sections are " +
		"those of the primer, 《深度学习基础》.\n" +
		"`zoo lesson all -o lessons` writes the pages. How to use them in a class: [teaching.md](teaching.md), " +
		"[teaching.zh.md](teaching.zh.md).\n\n" +
		"| | lesson | 课 | shows | sections | refutes |\n|---|---|---|---|---|---|\n")
	for _, l := range All() {
		fmt.Fprintf(&b, "| %d | `%s` %s | %s | %s | %s | %s |\n", l.Number, l.Name, l.Title.En, l.Title.Zh,
			l.Sentence.En,
			strings.Join(l.Sections, ", "), strings.Join(l.Refutes, ", "))
	}
	b.WriteString("\n## Formulas of chapters 2 and 6\n\n| section | formula | lesson | stop |\n|---|---|---|---|\n")
	for _, f := range Formulas() {
		tex := strings.ReplaceAll(f.TeX, "|", `\|`)
		fmt.Fprintf(&b, "| %s | $%s$ | `%s` | %d |\n", f.Section, tex, f.Lesson, stopOf(build(t, f.Lesson, ""), f))
	}
	b.WriteString("\n## What is often believed, and is not so\n\n| | | 误解 | refuted by |\n|---|---|---|---|\n")
	for _, m := range Misconceptions() {
		var by []string
		for _, l := range All() {
			if slices.Contains(l.Refutes, m.ID) {
				by = append(by, "`"+l.Name+"`")
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.ID, m.Text.En, m.Text.Zh, strings.Join(by, ", "))
	}
	return b.String()
}
