package html_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

// written is the page of a trace.
func written(t testing.TB, tr *trace.Trace) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, tr, html.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite: the page is the same each time, small but for its data, and loads nothing.
func TestWrite(t *testing.T) {
	tr := forks(t)
	page := written(t, tr)
	if again := written(t, forks(t)); again != page {
		t.Error("the same trace gives another page")
	}
	const most = 250_000
	if n := len(page); n > most {
		t.Errorf("the page of a small graph has %d bytes, want at most %d", n, most)
	}
	loading := regexp.MustCompile(`(?i)(src|href)\s*=\s*["'][^"']+|@import|url\([^)]*`)
	for _, part := range loading.FindAllString(page, -1) {
		if !strings.Contains(part, "#") {
			t.Errorf("the page refers to %s", part)
		}
	}
	if !strings.Contains(page, `default-src 'none'`) || strings.Contains(page, "unsafe-") {
		t.Error("the page has no policy, or one that lets it run what it does not have")
	}
}

// TestLanguages: a page begins in the language that is asked for, and no other is known.
func TestLanguages(t *testing.T) {
	var b bytes.Buffer
	err := html.Write(&b, forks(t), html.Options{Lang: "zh"})
	if err != nil || !strings.Contains(b.String(), `<html lang="zh">`) {
		t.Errorf("no page in Chinese: %v", err)
	}
	err = html.Write(&b, forks(t), html.Options{Lang: "fr"})
	if err == nil || !strings.Contains(err.Error(), "want en or zh") {
		t.Errorf("language fr gives %v", err)
	}
}

// TestStrings: the script and the document ask for the strings of the catalogue, all of them and no others, and both
// languages have the same gaps to fill.
func TestStrings(t *testing.T) {
	var words map[string]struct{ En, Zh string }
	if err := json.Unmarshal(read(t, "strings.json"), &words); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"noscript": true} // by Go
	asked := []*regexp.Regexp{regexp.MustCompile(`\bt\([^'()]*'([\w.]+)'(?: : '([\w.]+)')?`),
		regexp.MustCompile(`data-t(?:-label|-title)?="([\w.]+)"`)}
	for _, name := range sources(t) {
		for _, re := range asked {
			for _, m := range re.FindAllStringSubmatch(string(read(t, name)), -1) {
				for _, key := range m[1:] {
					if _, ok := words[key]; key != "" && !ok {
						t.Errorf("%s asks for %q, which is not in strings.json", name, key)
					}
					used[key] = true
				}
			}
		}
	}
	gaps := regexp.MustCompile(`\{\w+\}`)
	for key, w := range words {
		if !used[key] {
			t.Errorf("nothing asks for %q of strings.json", key)
		}
		if w.En == "" || w.Zh == "" {
			t.Errorf("%q is not in both languages", key)
		}
		en, zh := gaps.FindAllString(w.En, -1), gaps.FindAllString(w.Zh, -1)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(en, zh) {
			t.Errorf("%q has the gaps %v in English, %v in Chinese", key, en, zh)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("page", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sources are the files of the page that ask for strings.
func sources(t testing.TB) []string {
	t.Helper()
	list, err := os.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		if strings.HasSuffix(f.Name(), ".js") || strings.HasSuffix(f.Name(), ".html") {
			names = append(names, f.Name())
		}
	}
	return names
}

// TestModules: what a module imports is exported by one that comes before it, and none makes elements of markup.
func TestModules(t *testing.T) {
	page := written(t, forks(t))
	importing := regexp.MustCompile(`(?m)^import (?:\{(.*)\} from )?'\./(\w+)\.js';$|^import.*$`)
	for _, name := range sources(t) {
		text := string(read(t, name))
		module := strings.TrimSuffix(name, ".js")
		for _, m := range importing.FindAllStringSubmatch(text, -1) {
			if m[2] == "" {
				t.Errorf("%s: %s: an import is a line of the form import { a, b } from './module.js';", name, m[0])
				continue
			}
			if strings.Index(page, "const from_"+m[2]+" =") > strings.Index(page, "const from_"+module+" =") {
				t.Errorf("%s imports from %s, which comes after it in the list of page.go", name, m[2])
			}
			from := string(read(t, m[2]+".js"))
			for _, x := range strings.Split(m[1], ",") {
				x = strings.TrimSpace(x)
				if !regexp.MustCompile(`(?m)^export (const|function|async function) ` + x + `\b`).MatchString(from) {
					t.Errorf("%s imports %s, which %s.js does not export", name, x, m[2])
				}
			}
		}
		const markup = "innerHTML outerHTML insertAdjacentHTML document.write eval( Function( fetch("
		for _, never := range strings.Fields(markup) {
			if strings.Contains(text, never) {
				t.Errorf("%s uses %s", name, never)
			}
		}
		if strings.HasSuffix(name, ".js") && !strings.Contains(page, "const from_"+module+" =") {
			t.Errorf("%s is in no list of modules: see page.go", name)
		}
	}
}

// TestStyle: the style is made of rules whose brackets match, so that a browser leaves none of them out, and its names
// of colours are those that it defines.
func TestStyle(t *testing.T) {
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(read(t, "page.css")), "")
	depth := 0
	for i, line := range strings.Split(css, "\n") {
		depth += strings.Count(line, "{") - strings.Count(line, "}")
		if depth < 0 || depth > 2 || depth == 0 && strings.HasSuffix(line, ";") {
			t.Errorf("line %d, %q, is in no rule", i+1, line)
			break
		}
	}
	if depth != 0 {
		t.Errorf("%d rules have no end", depth)
	}
	for _, m := range regexp.MustCompile(`var\(--([\w-]+)`).FindAllStringSubmatch(css, -1) {
		if name := "--" + m[1] + ":"; !strings.Contains(css, name) && m[1] != "cell" { // which the script sets
			t.Errorf("the style uses --%s, which it does not define", m[1])
		}
	}
}

// mostUnder is a name that is everything a name should not be.
const mostUnder = "</script><script>alert(1)</script>\"'`${x}\u202e\u0000\u0007🙂汉字&amp;<b>\\(x\\)"

// TestNames: names show as text, whatever they are.
func TestNames(t *testing.T) {
	page := written(t, named(t, mostUnder))
	if n := strings.Count(strings.ToLower(page), "</script"); n != 2 {
		t.Errorf("the page has %d ends of scripts, want those of its data and of its script", n)
	}
	if strings.Contains(page, "alert(1)</script>") {
		t.Error("a name ends the data")
	}
}

// named is a graph whose input has a name.
func named(t testing.TB, name string) *trace.Trace {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input(name)
	defer g.Scope("layer")()
	y := ops.Sigmoid(x).Named(name)
	p := compile(t, g, append(graph.Gradients(y, x), y)...)
	p.Set(x, 1.)
	return recorded(t, p, trace.Text{En: "<b>title", Zh: "<b>题目"})
}

// TestRefused: what could run or load is refused, and what is drawn is not.
func TestRefused(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>`
	for _, c := range []struct{ name, figure, text, want string }{
		{"a drawing", `<g class="fig-ink"><path d="M0 0" fill="url(#a)"/><use href="#a"/><text>σ</text></g>`, "", ""},
		{"a picture in the figure", `<image href="data:image/png;base64,AAAA"/>`, "", ""},
		{"a script", `<script>alert(1)</script>`, "", "<script> is no element"},
		{"a script in capitals", `<SCRIPT/>`, "", "<SCRIPT> is no element"},
		{"foreign content", `<foreignObject/>`, "", "<foreignObject> is no element"},
		{"an animation that sets a link", `<animate attributeName="href"/>`, "", "<animate> is no element"},
		{"a handler", `<g onclick="alert(1)"/>`, "", "handler onclick"},
		{"a handler in capitals", `<g ONLOAD="alert(1)"/>`, "", "handler ONLOAD"},
		{"a picture from elsewhere", `<image href="https://example.org/a.png"/>`, "", "not in the figure"},
		{"a link of the older form", `<use xlink:href="file:///etc/passwd#a"/>`, "", "not in the figure"},
		{"a link to a script", `<use href="javascript:alert(1)"/>`, "", "not in the figure"},
		{"a paint from elsewhere", `<path fill="URL( 'https://example.org/#a')"/>`, "", "not in the figure"},
		{"a style", `<path style="fill:red"/>`, "", "has a style"},
		{"a document type", `<!DOCTYPE svg>`, "", "declares a document type"},
		{"no XML", `<g>`, "", "XML syntax error"},
		{"a formula", "", `so \(<math><mi>x</mi></math>\) is \(<mn>3</mn>\)`, ""},
		{"a formula with a script", "", `\(<script/>\)`, "<script> is no element of MathML"},
		{"a formula with a link", "", `\(<mtext><a href="x">y</a></mtext>\)`, "<a> is no element of MathML"},
		{"a formula without an end", "", `so \(<mi>x</mi>`, `has no end`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := forks(t)
			if c.figure != "" {
				tr.Figures = []trace.Figure{{ID: "a"}}
				tr.Runs[0].States[0].Shown = []string{fmt.Sprintf(svg, c.figure)}
			}
			tr.About = []trace.Text{{En: "x", Zh: c.text}}
			err := html.Write(&bytes.Buffer{}, tr, html.Options{})
			if err == nil && c.want == "" {
				return
			}
			if err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestNoTrace: a trace without what is to be shown is an error that says what is missing.
func TestNoTrace(t *testing.T) {
	empty := forks(t)
	empty.Runs[0].Instructions = nil
	astray := forks(t)
	astray.Settings[0].State = 7
	for want, tr := range map[string]*trace.Trace{"it is nil": nil, "0 instructions": empty, "state is 7": astray} {
		if err := html.Write(&bytes.Buffer{}, tr, html.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestReadme: the lines of Go that both READMEs give for a page of one's own stand in the examples, which run.
func TestReadme(t *testing.T) {
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "README.zh.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(text), "```go\nprog, err := g.CompileWith(")
		code, _, found := strings.Cut("prog, err := g.CompileWith("+after, "```")
		lines := strings.Split(strings.TrimSpace(code), "\n")
		if !found || len(lines) != 3 {
			t.Errorf("%s: there are %d lines for a page of one's own, want 3", name, len(lines))
		}
		for _, line := range lines {
			line, _, _ = strings.Cut(line, " //")
			line = strings.TrimRight(line, " ")
			if !strings.Contains(string(examples), "\t"+line+"\n") {
				t.Errorf("%s: no example has %q", name, line)
			}
		}
	}
}

// TestOwnPage: the program of the pages on teaching, the same in both languages but for its comments, is one that
// compiles.
func TestOwnPage(t *testing.T) {
	var first string
	for _, name := range []string{"teaching.md", "teaching.zh.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(string(text), "```go\npackage main")
		code, _, found := strings.Cut(code, "```")
		if !found {
			t.Fatalf("docs/%s has no program", name)
		}
		code = regexp.MustCompile(" //.*").ReplaceAllString("package main"+code, "")
		if first == "" {
			first = code
		}
		if code != first {
			t.Errorf("docs/%s has another program", name)
		}
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to compile it")
	}
	build := func(code string) (string, error) {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("go", "build", "-o", os.DevNull, file).CombinedOutput()
		return string(out), err
	}
	if out, err := build(first); err != nil {
		t.Errorf("the program does not compile: %s", out)
	}
	if _, err := build(strings.Replace(first, "trace.Text{", "string{", 1)); err == nil {
		t.Error("a program with a mistake compiles: the test sees nothing")
	}
}

// TestPrintIsStill: nothing changes by and by on paper. Where a dark page becomes a light one, a picture of it that is
// taken at once would have dark letters in boxes that are still dark.
func TestPrintIsStill(t *testing.T) {
	for _, line := range strings.Split(string(read(t, "page.css")), "\n") {
		if strings.Contains(line, "transition:") && !strings.HasPrefix(line, "@media screen ") {
			t.Errorf("a transition is for the screen alone: %s", line)
		}
	}
}
