package viz

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// cutLabels returns the labels of a picture that are cut although their box holds them, or could have grown.
func cutLabels(s *scene, p *picture, g geometry) (cut []string) {
	for i := range p.boxes {
		b := &p.boxes[i]
		most := mostOp
		switch b.class {
		case "portal":
			continue
		case "parameter", "gradient":
			most = mostSide
		}
		asked, _ := boxSize(b.box, g.lines)
		label := text{runs: labelRuns(b.box), size: labelText}
		detail := text{runs: []run{{b.box.detail, false}}, size: smallText}
		for _, want := range []text{label, detail} {
			alone := !oneLine(b.box, g.lines) && want.width()+2*textInset(b.box) <= most
			isShown := slices.ContainsFunc(b.texts, func(t text) bool { return t.plain() == want.plain() })
			if want.plain() != "" && !isShown && (asked <= most || alone) {
				cut = append(cut, want.plain())
			}
		}
	}
	isText := func(want string) bool {
		return slices.ContainsFunc(p.texts, func(t text) bool { return t.plain() == want })
	}
	for i := range s.rows {
		r := &s.rows[i]
		isDrawn := r.saves && !r.seed && r.back != nil && r.saved != ""
		if isDrawn && textWidth(r.saved, smallText, false)+28 <= mostSaved && !isText(r.saved) {
			cut = append(cut, r.saved)
		}
	}
	for i := range p.frames {
		if f := &p.frames[i]; strings.Contains(f.title.plain(), "…") && !strings.Contains(f.about, "…") &&
			textWidth(f.about, smallText, true) < mostSide/2 {
			cut = append(cut, f.about)
		}
	}
	return cut
}

// TestLongestNames: the names of what a bidirectional LSTM with a state and lengths has, and saves, are whole.
func TestLongestNames(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train}
	s := nn.NewScope()
	lstm := nn.NewLSTM(s.Sub("encoder.lstm"), 8, 8, nn.Recurrent{Layers: 2, Bidirectional: true})
	state := nn.State{H: g.State("h", 4, 2, 8), C: g.State("c", 4, 2, 8)}
	y, _ := lstm.ForwardFrom(state, g.Input("x", 2, 5, 8), g.Indices("lengths", 2))
	graph.Gradients(ops.Mean(ops.Square(y)), g.Trainable()...)
	for depth := -1; depth <= 3; depth++ {
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Depth: depth, Backward: true}) })
		if seen := regexp.MustCompile("<title>[^<]*</title>").ReplaceAllString(svg, ""); strings.Contains(seen, "…") {
			t.Errorf("depth %d: a label is cut", depth)
		}
		if depth < 0 && !strings.Contains(svg, ">x w_ih← w_hh← b_ih← b_hh← h0 c0 lengths y kept<") {
			t.Error("what is saved is not told")
		}
	}
}

// TestLabelsAreWhole: in random scenes and in drawings of models no label is cut that its box holds, or would hold if
// it grew.
func TestLabelsAreWhole(t *testing.T) {
	geometries := []geometry{{1, 1}, {2, 1}, {2, 2}, {1, 3}}
	check := func(name string, s *scene) {
		for _, g := range geometries {
			if cut := cutLabels(s, layout(s, g), g); len(cut) > 0 {
				t.Errorf("%s, %+v: %q", name, g, cut)
			}
		}
	}
	for seed := range uint64(40) {
		check(fmt.Sprint("scene ", seed), randomScene(rand.New(rand.NewPCG(seed, 7))))
	}
	for _, d := range append(drawnModels(t), recurrentDrawn(t)) {
		for depth := -1; depth <= 3; depth++ {
			s, err := newScene(d.g, Options{Depth: depth, Backward: true})
			if err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprint(d.name, ", depth ", depth), s)
		}
	}
}

// TestCutLabelsAreSeen spoils a picture whose labels are whole.
func TestCutLabelsAreSeen(t *testing.T) {
	s := chainScene()
	s.rows[1].left = []box{{tone: toneParam, label: "weight_hh_l0", detail: "512×128"}}
	back := box{label: "∂Linear", detail: "2×3"}
	s.rows[1].back, s.rows[1].saves, s.rows[1].saved = &back, true, "x w_ih w_hh kept"
	s.frames = []frame{{first: 1, last: 2, title: "encoder.layer.0.attention"}}
	g := geometry{2, 1}
	for _, c := range []struct {
		name, want string
		spoil      func(p *picture)
	}{
		{"nothing", "", func(*picture) {}},
		{"the label of a parameter", "weight_hh_l0", func(p *picture) {
			i := slices.IndexFunc(p.boxes, func(b boxShape) bool { return b.class == "parameter" })
			p.boxes[i].texts[0].runs = []run{{"weight…_hh_l0", true}}
		}},
		{"the shape in a box", "2×3", func(p *picture) { p.boxes[0].texts[1].runs = []run{{"2…", false}} }},
		{"the values that are saved", "x w_ih w_hh kept", func(p *picture) {
			i := slices.IndexFunc(p.texts, func(t text) bool { return t.plain() == s.rows[1].saved })
			p.texts[i].runs = []run{{"x w_… kept", false}}
		}},
		{"the title of a frame", "encoder.layer.0.attention", func(p *picture) {
			p.frames[0].title.runs = []run{{"enc…tion", true}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := layout(s, g)
			c.spoil(p)
			if got := strings.Join(cutLabels(s, p, g), ", "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// recurrentDrawn is a language model of two LSTM layers whose state goes on from run to run.
func recurrentDrawn(t *testing.T) drawn {
	t.Helper()
	s := nn.NewScope()
	lstm, out := nn.NewLSTM(s.Sub("lstm"), 8, 8, nn.Recurrent{Layers: 2}), nn.NewLinear(s.Sub("out"), 8, 5)
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 4, 6, 8)
	state := nn.State{H: g.State("h", 2, 4, 8), C: g.State("c", 2, 4, 8)}
	y, next := lstm.ForwardFrom(state, x, graph.Node{})
	g.Assign(state.H, next.H)
	g.Assign(state.C, next.C)
	graph.Gradients(ops.CrossEntropy(out.Forward(ops.Reshape(y, -1, 8)), g.Indices("y", 24)), g.Trainable()...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	return drawn{"recurrent", true, g}
}

// TestCarriers: a drawing of layers shows the states beside what reads them, and not the ops that take them apart and
// put them together; one of single ops shows all. What is no state's is drawn in both.
func TestCarriers(t *testing.T) {
	d := recurrentDrawn(t)
	for _, c := range []struct {
		depth  int
		states int // boxes of state h
		carry  int // ops that carry states
		says   string
	}{{0, 2, 0, "that carry states not drawn"}, {3, 2, 0, "that carry states not drawn"}, {-1, 1, 8, "operations"}} {
		s, err := newScene(d.g, Options{Depth: c.depth, Backward: true})
		if err != nil {
			t.Fatal(err)
		}
		states, carry := 0, 0
		for _, r := range s.rows {
			for _, b := range r.left {
				if b.label == "state h" {
					states++
				}
			}
			if slices.Contains([]string{"Split", "Concat", "Squeeze", "Unsqueeze", "Reshape"}, r.op.label) &&
				r.back == nil {
				carry++
			}
		}
		if states != c.states || (carry > 0) != (c.carry > 0) || !strings.Contains(s.note, c.says) {
			t.Errorf("depth %d: %d boxes of h, %d ops that carry, %q", c.depth, states, carry, s.note)
		}
	}
	g := &graph.Graph{}
	h := g.State("h", 2, 3)
	y := ops.Swap(ops.Tanh(ops.Swap(h, 0, 1)), 0, 1) // is the result, too, and so stays
	g.Assign(h, y)
	ops.Reshape(y, 6)
	s, err := newScene(g, Options{})
	if err != nil || len(s.rows) != 3 {
		t.Errorf("%d rows are drawn, want Tanh, Transpose and Reshape; error %v", len(s.rows), err)
	}
}

// TestHiddenSkips: a closed layer tells of the residuals in it, of as many as there are, and of no other sums.
func TestHiddenSkips(t *testing.T) {
	for _, c := range []struct {
		name string
		of   func(x, w graph.Node) graph.Node
		want string
	}{
		{"a residual", func(x, w graph.Node) graph.Node { return ops.Add(x, ops.MatMul(ops.Tanh(x), w)) },
			", residual"},
		{"the other way round", func(x, w graph.Node) graph.Node { return ops.Add(ops.MatMul(x, w), x) },
			", residual"},
		{"two of them", func(x, w graph.Node) graph.Node {
			x = ops.Add(x, ops.MatMul(x, w))
			return ops.Add(x, ops.Tanh(x))
		}, ", 2 residuals"},
		{"a value of the layer's own", func(x, w graph.Node) graph.Node {
			h := ops.Sin(x)
			return ops.Add(ops.Tanh(ops.Exp(h)), h)
		}, ", residual"},
		{"a residual through a normalisation", func(x, w graph.Node) graph.Node {
			return ops.Add(ops.MatMul(ops.Tanh(x), w), ops.LayerNorm(x, graph.Node{}, graph.Node{}, 1e-5))
		}, ", residual"},
		{"two branches of equal right", func(x, w graph.Node) graph.Node { return ops.Add(ops.Tanh(x), ops.Exp(x)) },
			""},
		{"a value with itself", func(x, w graph.Node) graph.Node { return ops.Tanh(ops.Add(x, x)) }, ""},
		{"a bias", func(x, w graph.Node) graph.Node { return ops.Tanh(ops.Add(ops.Tanh(x), w)) }, ""},
		{"a product", func(x, w graph.Node) graph.Node { return ops.Mul(x, ops.Tanh(ops.Tanh(x))) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x, w := ops.Square(g.Input("x", 3, 3)), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 3}}))
			leave := g.Scope("layer")
			y := c.of(x, w)
			leave()
			ops.Square(y)
			s, err := newScene(g, Options{Depth: 1})
			if err != nil {
				t.Fatal(err)
			}
			label := s.rows[2].op.label
			if _, got, _ := strings.Cut(label, ", "); got != strings.TrimPrefix(c.want, ", ") {
				t.Errorf("the layer is called %q, want …%s", label, c.want)
			}
		})
	}
}

// TestSums: ⊕ stands in the legend where one is drawn, and nowhere else.
func TestSums(t *testing.T) {
	for _, backward := range []bool{false, true} {
		opt := Options{Backward: backward, Depth: -1}
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, residual().g, opt) })
		if strings.Contains(svg, ">gradients are added<") != backward {
			t.Errorf("backward %v: the legend is wrong", backward)
		}
	}
}

// TestHeadings: every panel names its columns, and nothing runs through the names.
func TestHeadings(t *testing.T) {
	s, err := newScene(trained("", resnetLike{}).g, Options{Backward: true, Depth: -1})
	if err != nil {
		t.Fatal(err)
	}
	for panels := 1; panels <= 4; panels++ {
		p := layout(s, geometry{2, panels})
		n := 0
		for _, t := range p.texts {
			if t.plain() == "backward" {
				n++
			}
		}
		if n != panels {
			t.Errorf("%d panels have %d headings", panels, n)
		}
		if found := faults(t, p); len(found) > 0 {
			t.Errorf("%d panels: %s", panels, found[0])
		}
	}
}

// resnetLike is a network with skips from layer to layer.
type resnetLike struct{}

func (resnetLike) Params() *nn.Params { return nn.NewScope().Params() }

func (resnetLike) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	x = ops.Reshape(x, 64, 784)
	w := g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{784, 784}}))
	for range 6 {
		x = ops.Add(x, ops.Tanh(ops.MatMul(x, w)))
	}
	return x
}

// TestSameDepth: a depth that opens nothing more is known, and one that does is itself.
func TestSameDepth(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	for _, scope := range []string{"a.only", "a.only.b", "c"} { // a holds nothing but a.only, and is no level
		leave := g.Scope(scope)
		x = ops.Tanh(ops.Exp(x))
		leave()
	}
	for depth, want := range map[int]int{-1: -1, 0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 9: 3, math.MaxInt: 3} {
		if got, err := SameDepth(g, Options{Depth: depth}); got != want || err != nil {
			t.Errorf("depth %d: got %d, %v, want %d", depth, got, err, want)
		}
	}
	if _, err := SameDepth(g, Options{Depth: 2, Backward: true}); err != ErrNoGradients {
		t.Errorf("got %v", err)
	}
}

// TestNotes: the line below the title is written in lines of whole facts, where the drawing is narrow.
func TestNotes(t *testing.T) {
	s := chainScene()
	s.note = strings.Join([]string{"61,706 parameters", "batch 64",
		"a fact of so many words that no other stands beside it",
		"12 operations", "30 backward", "8 updates not drawn"}, factGap)
	p := layout(s, geometry{2, 1})
	var lines []string
	for _, t := range p.texts {
		if t.quiet && t.size == labelText {
			lines = append(lines, t.plain())
		}
	}
	if got := strings.Join(lines, factGap); got != s.note || len(lines) < 2 {
		t.Errorf("the note is %q", lines)
	}
	if found := faults(t, p); len(found) > 0 {
		t.Error(found)
	}
}

// TestPortalLabels: the arrow of a long skip points away from the box that it leaves, and to the one where it arrives,
// on either side of the column.
func TestPortalLabels(t *testing.T) {
	for _, c := range []struct {
		name      string
		back, out bool
		want      string
	}{
		{"it leaves to the right", false, true, "⟶ skip 1"},
		{"it arrives from the right", false, false, "⟵ skip 1"},
		{"it leaves to the left", true, true, "skip 1 ⟵"},
		{"it arrives from the left", true, false, "skip 1 ⟶"},
	} {
		p := portal{name: "skip 1", from: port{0, c.back}, to: port{5, c.back}}
		if got := p.label(c.out); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
