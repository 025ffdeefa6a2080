package viz

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awalterschulze/gographviz"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// drawn is a graph with its gradients.
type drawn struct {
	name  string
	slide bool // its default drawing is to be read on a slide
	g     *graph.Graph
}

func trained(name string, m nn.Model) drawn {
	g := &graph.Graph{Mode: graph.Train}
	y := m.Forward(g.Input("x", 64, 1, 28, 28))
	graph.Gradients(ops.CrossEntropy(y, g.Indices("y", 64)), g.Trainable()...)
	return drawn{name, true, g}
}

func residual() drawn {
	s := nn.NewScope()
	a, b := cnn.NewBasicBlock(s.Sub("layer1.0"), 8, 8, 1), cnn.NewBasicBlock(s.Sub("layer2.0"), 8, 16, 2)
	g := &graph.Graph{Mode: graph.Train}
	y := b.Forward(a.Forward(g.Input("x", 4, 8, 16, 16)))
	graph.Gradients(ops.Mean(ops.Square(y)), g.Trainable()...)
	return drawn{"residual", false, g}
}

func drawnModels(t *testing.T) []drawn {
	all := []drawn{trained("mlp", mlp.New(784, 128, 10)), trained("lenet5", cnn.NewLeNet5(10)),
		trained("convnet", cnn.NewConvNet(10)), residual()}
	for _, d := range all {
		if d.g.Err() != nil {
			t.Fatal(d.g.Err())
		}
	}
	return all
}

func written(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestModels: at every depth nothing overlaps, texts are inside their boxes, DOT is accepted without a word, and
// everything is the same twice.
func TestModels(t *testing.T) {
	for _, d := range drawnModels(t) {
		for _, backward := range []bool{false, true} {
			for _, depth := range []int{0, 1, 2, 3, -1} {
				opt := Options{Backward: backward, Depth: depth, Title: d.name}
				svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, d.g, opt) })
				picture, err := flaws.Read(svg)
				if err != nil {
					t.Fatalf("%s %+v: %v", d.name, opt, err)
				}
				if found := picture.Check(); len(found) > 0 {
					t.Errorf("%s %+v:\n%s", d.name, opt, strings.Join(found[:min(5, len(found))], "\n"))
				}
				if again := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, d.g, opt) }); again != svg {
					t.Errorf("%s %+v differs from run to run", d.name, opt)
				}
				checkDOT(t, d.name, written(t, func(b *bytes.Buffer) error { return WriteDOT(b, d.g, opt) }))
			}
		}
	}
}

// checkDOT reads drawings in DOT with gographviz and, where it is installed, with Graphviz.
func checkDOT(t *testing.T, name string, drawings ...string) {
	t.Helper()
	for _, d := range drawings {
		if _, err := gographviz.Read([]byte(d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	path, err := exec.LookPath("dot")
	if err != nil {
		return // Graphviz is a second opinion; continuous integration has it
	}
	c := exec.Command(path, "-Tsvg")
	var says bytes.Buffer
	c.Stdin, c.Stderr = strings.NewReader(strings.Join(drawings, "\n")), &says
	if err := c.Run(); err != nil || says.Len() > 0 {
		t.Errorf("%s: dot says %s %v", name, &says, err)
	}
}

// TestSlide: scaled into 1600×900, no text of a default drawing is under 12 pixels.
func TestSlide(t *testing.T) {
	for _, d := range drawnModels(t) {
		if !d.slide {
			continue
		}
		for _, backward := range []bool{false, true} {
			picture, err := flaws.Read(written(t, func(b *bytes.Buffer) error {
				return WriteSVG(b, d.g, Options{Backward: backward, Title: "A title · one training step"})
			}))
			if err != nil {
				t.Fatal(err)
			}
			scale := min(1600/picture.W, 900/picture.H)
			for _, s := range picture.Texts {
				if px := s.Size * scale; px < 12 {
					t.Errorf("%s, backward %v: %q has %.1f pixels on a slide of %gx%g", d.name, backward, s.S, px,
						picture.W, picture.H)
					break
				}
			}
		}
	}
}

// named is a small graph whose names are given.
func named(input, scope string) *graph.Graph {
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input(input, 2, 3)
	defer g.Scope(scope)()
	w := g.Param(graph.NewParam(scope+".weight", graph.Type{Shape: graph.Shape{4, 3}}))
	graph.Gradients(ops.Mean(ops.ReLU(ops.Linear(x, w, graph.Node{}))), w)
	return g
}

var names = []string{"x", `a"b`, "<b>bold</b>", "&amp;", "node", "edge", "", "a:b", "x[0]", "f(x)", "σ(z)", "卷积层",
	"🙂👩‍👩‍👧", "a\\nb", "a\nb", "<unk>",
	strings.Repeat("long", 60), "a\x00b", "\xff\xfe", "\u202ertl", "->", "subgraph {", "label=\"x\"",
	"</script><script>document.title='ran'</script>", runs, "\"><g onload=\"document.title='ran'\">", "]]>", "<!--",
	"שלום", "العربية", "a\u200db", "\x1b[31m"}

// runs is a name that runs where it is taken for an element.
const runs = "<img src=x onerror=\"document.title='ran'\">"

func TestNames(t *testing.T) {
	for _, n := range names {
		for _, m := range []string{"layer", n} {
			checkNames(t, n, m)
		}
	}
	svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, named("卷积层", "层"), Options{}) })
	if !strings.Contains(svg, "卷积层") {
		t.Error("the text of a name does not survive")
	}
}

func checkNames(t *testing.T, input, scope string) {
	t.Helper()
	g := named(input, scope)
	if g.Err() != nil {
		return // two inputs of one name, say
	}
	for _, opt := range []Options{{Backward: true, Depth: -1, Title: input}, {Title: scope}} {
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) })
		if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
			t.Errorf("%q, %q: %v", input, scope, err)
		}
		picture, err := flaws.Read(svg)
		if err != nil {
			t.Errorf("%q, %q: %v", input, scope, err)
			continue
		}
		if found := picture.Check(); len(found) > 0 {
			t.Errorf("%q, %q: %v", input, scope, found)
		}
		checkTitle(t, svg, opt.Title)
		if _, err := gographviz.Read(
			[]byte(written(t, func(b *bytes.Buffer) error { return WriteDOT(b, g, opt) }))); err != nil {
			t.Errorf("%q, %q: %v", input, scope, err)
		}
	}
}

// checkTitle checks that the title of a document is a text that a reader of XML sees whole, and that no name has
// become an element or an attribute.
func checkTitle(t *testing.T, svg, title string) {
	t.Helper()
	if title == "" {
		return // the drawing has one of its own
	}
	var doc struct {
		Title string `xml:"title"`
	}
	if err := xml.Unmarshal([]byte(svg), &doc); err != nil || doc.Title != plain.Text(title) {
		t.Errorf("the title is %q, want %q; %v", doc.Title, plain.Text(title), err)
	}
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := dec.Token()
		if err != nil {
			return
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, e.Name.Local) {
			t.Errorf("%q has become an element %s", title, e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("%q has become an attribute %s", title, a.Name.Local)
			}
		}
	}
}

// elements are those of a drawing.
var elements = []string{"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text", "tspan", "image"}

// TestDOTNames: Graphviz and gographviz read the names back that were written.
func TestDOTNames(t *testing.T) {
	for _, n := range names {
		if n == "" {
			continue
		}
		g := named(n, "layer")
		if g.Err() != nil {
			t.Errorf("%q: %v", n, g.Err())
			continue
		}
		dot := written(t, func(b *bytes.Buffer) error { return WriteDOT(b, g, Options{Title: n, Depth: -1}) })
		read, err := gographviz.Read([]byte(dot))
		if err != nil {
			t.Errorf("%q: %v", n, err)
			continue
		}
		want := strings.TrimSuffix(ladder.Quote(n), `"`)
		found := slices.ContainsFunc(read.Nodes.Nodes, func(b *gographviz.Node) bool {
			return strings.HasPrefix(b.Attrs["label"], want+`\n`)
		})
		if !found {
			t.Errorf("no box has the label %s", want)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, n := range names {
		f.Add(n, n)
	}
	f.Fuzz(func(t *testing.T, input, scope string) {
		if len(input)+len(scope) < 500 {
			checkNames(t, input, scope)
		}
	})
}

// TestParamName: the symbols of parameters are those of formulas.
func TestParamName(t *testing.T) {
	for path, want := range map[string]string{
		"fc1.weight": "w", "bias": "b", "bn.running_var": "var", "alpha": "alpha", "weight_g": "weight_g",
		"lstm.weight_ih_l0": "w_ih", "lstm.bias_hh_l12": "b_hh", "lstm.weight_hh_l0_reverse": "w_hh←",
		"gru.bias_ih_l1": "b_ih",
	} {
		if got := paramName(path); got != want {
			t.Errorf("%s is drawn as %s, want %s", path, got, want)
		}
	}
}

// TestLegend: what a drawing marks, and no more, its legend explains; a constant of one number shows which.
func TestLegend(t *testing.T) {
	marks := []string{"not trained", "used more than once", "normalisation, dropout", "const 1<"}
	for _, c := range []struct {
		name string
		of   func(x, w graph.Node) graph.Node
		want []string
	}{
		{"nothing that is marked", func(x, w graph.Node) graph.Node { return ops.MatMul(x, w) }, nil},
		{"a frozen parameter", func(x, w graph.Node) graph.Node {
			w.Param().SetTrainable(false)
			return ops.MatMul(x, w)
		}, marks[:1]},
		{"a parameter that is read twice", func(x, w graph.Node) graph.Node { return ops.MatMul(ops.MatMul(x, w), w) },
			marks[1:2]},
		{"dropout alone", func(x, w graph.Node) graph.Node { return ops.Dropout(ops.MatMul(x, w), .5) }, marks[2:3]},
		{"a tensor of ones", func(x, w graph.Node) graph.Node {
			return ops.MSE(ops.MatMul(x, w), x.Graph().Full(1, 2, 3))
		}, marks[3:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			c.of(g.Input("x", 2, 3), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 3}})))
			svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Depth: -1}) })
			for _, m := range marks {
				if got, want := strings.Contains(svg, ">"+m), slices.Contains(c.want, m); got != want {
					t.Errorf("the drawing says %q: %v, want %v", m, got, want)
				}
			}
		})
	}
}

// TestStates: a state stands beside what reads it and says that it is one.
func TestStates(t *testing.T) {
	g := &graph.Graph{}
	x, h := g.Input("x", 2, 3), g.State("h", 2, 3)
	next := ops.Tanh(ops.Add(ops.ReLU(x), h))
	g.Assign(h, next)
	if svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Depth: -1}) }); !strings.Contains(
		svg, "state h") {
		t.Error("the drawing does not show the state")
	}
}

func TestWriteFile(t *testing.T) {
	g := named("x", "layer")
	dir := t.TempDir()
	if err := WriteFile(filepath.Join(dir, "a.png"), g, Options{}); err == nil ||
		!strings.Contains(err.Error(), `unknown extension ".png", want .svg or .dot`) {
		t.Errorf("got %v", err)
	}
	if err := WriteFile(filepath.Join(dir, "a.svg"), g, Options{}); err != nil {
		t.Error(err)
	}
	bad := &graph.Graph{}
	ops.Add(bad.Input("x", 2), bad.Input("y", 3))
	if err := WriteFile(filepath.Join(dir, "b.svg"), bad, Options{}); err == nil {
		t.Error("a graph with a mistake is drawn")
	}
	if err := WriteFile(filepath.Join(dir, "c.svg"), &graph.Graph{}, Options{Backward: true}); err == nil {
		t.Error("gradients that are not there are drawn")
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v %v", files, err)
	}
}

// faults draws a scene and returns what the checker finds.
func faults(t *testing.T, p *ladder.Picture) []string {
	t.Helper()
	d, err := flaws.Read(ladder.SVG(p))
	if err != nil {
		t.Fatalf("%v\n%s", err, ladder.SVG(p))
	}
	return d.Check()
}
