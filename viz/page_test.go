package viz

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// named are the classes, data attributes and forms of ids of an SVG document. In an id N stands for a number.
func namesIn(t *testing.T, svg string, seen map[string]bool) {
	t.Helper()
	digits := regexp.MustCompile(`\d+`)
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := dec.Token()
		if err != nil {
			return
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			switch name := a.Name.Local; {
			case name == "class":
				for _, c := range strings.Fields(a.Value) {
					seen[c] = true
				}
			case name == "id":
				seen[digits.ReplaceAllString(a.Value, "N")] = true
			case strings.HasPrefix(name, "data-"):
				seen[name] = true
			}
		}
	}
}

// documented are the names that docs/svg.md has between backquotes, above its page.
func documented(t *testing.T) (text string, names map[string]bool) {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "docs", "svg.md"))
	if err != nil {
		t.Fatal(err)
	}
	text = string(doc)
	names = map[string]bool{}
	before, _, _ := strings.Cut(text, "## A page")
	for _, m := range regexp.MustCompile("`([a-zA-Z_-]+)`").FindAllStringSubmatch(before, -1) {
		names[strings.ReplaceAll(m[1], "K", "N")] = true
	}
	for _, word := range []string{"N", "K", "SVG"} {
		delete(names, word)
	}
	return text, names
}

// TestSVGDocument: docs/svg.md names every class, id and data attribute that there is in drawings, and no others.
func TestSVGDocument(t *testing.T) {
	_, names := documented(t)
	seen := map[string]bool{}
	add := func(g *graph.Graph, opt Options) {
		opt.Backward = len(g.Contributions()) > 0
		namesIn(t, written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) }), seen)
	}
	for g, opt := range valuedModels(t) {
		add(g, opt)
		opt.Depth = -1
		add(g, opt)
	}
	for _, d := range drawnModels(t) {
		for _, depth := range []int{0, 2, -1} {
			add(d.g, Options{Depth: depth})
		}
	}
	add(oddGraph(), Options{Depth: -1})
	add(oddGraph(), Options{Depth: 2})
	for n := range seen {
		if !names[n] {
			t.Errorf("docs/svg.md does not name %s", n)
		}
	}
	for n := range names {
		if !seen[n] {
			t.Errorf("docs/svg.md names %s, which no drawing has", n)
		}
	}
	if len(seen) < 40 {
		t.Errorf("drawings have %d names", len(seen))
	}
}

// oddGraph is what no model here has: a cut, random numbers, equal layers, and skips over many rows on both ways.
func oddGraph() *graph.Graph {
	g := &graph.Graph{Mode: graph.Train}
	x, w := g.Input("x", 4, 4), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{4, 4}}))
	h := ops.Add(ops.MatMul(x, w), ops.RandomNormal(g, 4, 4))
	for i := range 3 {
		leave := g.Scope("layer." + itoa(i))
		h = ops.Sin(ops.Exp(h))
		leave()
	}
	first := h
	for range ladder.LongSkip + 2 {
		h = ops.Tanh(h)
	}
	h = ops.Mul(ops.StopGradient(h), ops.Add(h, first))
	graph.Gradients(ops.Mean(h), w)
	return g
}

// TestAnimatedPage: the page of docs/svg.md steps through a drawing in a browser: after as many steps as there are
// boxes all are shown, and after one more the first alone.
func TestAnimatedPage(t *testing.T) {
	doc, _ := documented(t)
	_, page, _ := strings.Cut(doc, "```html\n")
	page, _, _ = strings.Cut(page, "```")
	if n := strings.Count(page, "\n"); n > 32 {
		t.Errorf("the page has %d lines", n)
	}
	svg := written(t, func(b *bytes.Buffer) error {
		return WriteSVG(b, residual().g, Options{Backward: true, Depth: 2})
	})
	presses := `<script>
		const seen = query => document.querySelectorAll(query).length
		const count = () => seen('.box.on') + ' of ' + seen('.box')
		const button = document.getElementById('next')
		button.click()
		const first = document.querySelector('.box.on').id + ' ' + count()
		for (let i = 1; i < steps.length; i++) button.click()
		const last = count()
		button.click()
		document.title = [first, last, count()].join(', ')
	</script>`
	title := titleAfter(t, strings.Replace(page, "<!-- the drawing -->", svg, 1)+presses)
	n := itoa(strings.Count(svg, ` class="box `))
	if want := "n0f 1 of " + n + ", " + n + " of " + n + ", 1 of " + n; title != want {
		t.Errorf("got %q, want %q", title, want)
	}
}

// titleAfter is the title of a page after a browser has run it. The test is skipped where there is no browser.
func titleAfter(t *testing.T, page string) string {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dom, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
		"--user-data-dir="+t.TempDir(), "file://"+path).Output()
	if err != nil {
		t.Skipf("the browser does not start: %v", err)
	}
	_, title, _ := strings.Cut(string(dom), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	return title
}

// TestNamesRunNothing: whatever inputs, layers and titles are called, a browser takes it for text.
func TestNamesRunNothing(t *testing.T) {
	page := "<!doctype html><meta charset=utf-8><title>nothing ran</title>"
	for _, n := range names {
		g := named(n, "layer."+n)
		if g.Err() == nil {
			opt := Options{Depth: -1, Title: n, Lang: Chinese}
			page += written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) })
		}
	}
	for _, c := range []struct{ page, want string }{
		{page, "nothing ran"},
		{page + runs, "ran"}, // control
	} {
		if got := titleAfter(t, c.page); got != c.want {
			t.Errorf("the title is %q, want %q", got, c.want)
		}
	}
}

// TestIDsStay: the box of an operation or a layer has one id in all drawings of a graph.
func TestIDsStay(t *testing.T) {
	id := regexp.MustCompile(`id="(n\d+f)"`)
	for _, d := range drawnModels(t) {
		open := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, d.g, Options{Backward: true, Depth: -1}) })
		for depth := range 4 {
			opt := Options{Backward: depth < 2, Depth: depth}
			svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, d.g, opt) })
			for _, m := range id.FindAllString(svg, -1) {
				if !strings.Contains(open, m) {
					t.Errorf("%s: depth %d has %s, the open drawing not", d.name, depth, m)
				}
			}
		}
	}
}
