package viz

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// ran is a program that has computed all of a graph, from inputs that are set to small numbers where nothing else
// says.
func ran(t *testing.T, g *graph.Graph, inputs map[graph.Node]any) *graph.Program {
	t.Helper()
	var computed []graph.Node
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindOp && n.Phase() != graph.Update {
			computed = append(computed, n)
		}
	}
	opt := graph.CompileOptions{Teach: true, Assigns: func(*graph.Param) bool { return false }}
	p, err := g.CompileWith(opt, computed...)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindInput {
			continue
		}
		x := graph.NewTensor(n.Type())
		for i := range x.F32 {
			x.F32[i] = float32(i%7)/7 - .2
		}
		if v, ok := inputs[n]; ok {
			p.Set(n, v)
		} else {
			p.Set(n, x)
		}
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return p
}

// number64 is a parameter of one number.
func number64(g *graph.Graph, name string, v float64) graph.Node {
	p := graph.NewParam(name, graph.Type{DType: graph.Float64})
	p.Tensor().F64[0] = v
	return g.Param(p)
}

// TestScalarValues: the numbers of d·f·d with d = a·b + c, and their gradients, stand in the boxes; what is added
// where d is read twice stands beside ⊕.
func TestScalarValues(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64}
	a, b, c, f := number64(g, "a", 2), number64(g, "b", -3), number64(g, "c", 10), number64(g, "f", -2)
	d := ops.Add(ops.Mul(a, b), c)
	graph.Gradients(ops.Mul(ops.Mul(d, f), d), g.Trainable()...)
	p := ran(t, g, nil)
	svg := written(t, func(w *bytes.Buffer) error {
		return WriteSVG(w, g, Options{Backward: true, Depth: -1, Values: p.Lookup})
	})
	picture, err := flaws.Read(svg)
	if err != nil {
		t.Fatal(err)
	}
	inBox := map[string][]string{}
	var beside []string
	for _, s := range picture.Texts {
		if s.Box < 0 {
			beside = append(beside, s.S)
		} else {
			id := picture.Boxes[s.Box].ID
			inBox[id] = append(inBox[id], s.S)
		}
	}
	all := fmt.Sprint(inBox)
	for _, want := range []string{"[a scalar 2]", "[b scalar -3]", "[Mul scalar -6]", "[∂Mul no dx dy -16]",
		"[da scalar 48]", "[db scalar -32]", "[Add scalar 4]", "[∂Add scalar dy -16]", "[dc scalar -16]",
		"[df scalar 16]", "[Mul scalar -32]"} {
		if !strings.Contains(all, want) {
			t.Errorf("no box has %s: %s", want, all)
		}
	}
	for _, want := range []string{"-8 + -8", "-6", "4", "-16"} {
		if !slices.Contains(beside, want) {
			t.Errorf("%s stands beside no edge: %q", want, beside)
		}
	}
	if found := picture.Check(); len(found) > 0 {
		t.Error(found)
	}
	dot := written(t, func(w *bytes.Buffer) error {
		return WriteDOT(w, g, Options{Backward: true, Depth: -1, Values: p.Lookup})
	})
	for _, want := range []string{`label="∂Add\nscalar\ndy = -16"`, `label="-8"`} {
		if !strings.Contains(dot, want) {
			t.Errorf("DOT has no %s", want)
		}
	}
	checkDOT(t, "values", dot)
}

// TestNumberText: three significant digits, and no more signs than a number needs.
func TestNumberText(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", -2.5: "-2.5", .123456: "0.123", 12.345: "12.3",
		1234.5: "1234", 60000: "60000", 1e6: "1e6", 2.5e-7: "2.5e-7", -1.0 / 3: "-0.333", math.Inf(1): "+∞",
		math.Inf(-1): "-∞"} {
		if got := numberText(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	if got := numberText(math.NaN()) + " " + numberText(math.Copysign(0, -1)); got != "NaN 0" {
		t.Error(got)
	}
}

// TestShown: how a tensor is shown, by its shape.
func TestShown(t *testing.T) {
	for _, c := range []struct {
		name    string
		shape   graph.Shape
		content content
		rows    int // of numbers
		picture planes
		shown   int // planes
	}{
		{"a number", nil, ofExamples, 1, planes{}, 0},
		{"a vector of nine", graph.Shape{9}, ofExamples, 2, planes{}, 0},
		{"a matrix of six", graph.Shape{2, 3}, ofExamples, 2, planes{}, 0},
		{"a column of nine", graph.Shape{9, 1}, ofExamples, 2, planes{}, 0},
		{"a vector of ten", graph.Shape{10}, ofExamples, 0, planes{n: 1, h: 1, w: 10}, 1},
		{"a matrix", graph.Shape{4, 10}, ofExamples, 0, planes{n: 1, h: 4, w: 10}, 1},
		{"a row that is too long", graph.Shape{4, 400}, ofExamples, 0, planes{}, 0},
		{"a column that is too long", graph.Shape{200, 4}, ofExamples, 0, planes{}, 0},
		{"sequences", graph.Shape{2, 5, 8}, ofExamples, 0, planes{n: 1, h: 5, w: 8, first: true}, 1},
		{"pictures", graph.Shape{4, 1, 28, 28}, ofExamples, 0,
			planes{n: 1, h: 28, w: 28, square: true, first: true}, 1},
		{"feature maps", graph.Shape{4, 16, 14, 14}, ofExamples, 0,
			planes{n: 16, h: 14, w: 14, square: true, first: true}, 6},
		{"large feature maps", graph.Shape{1, 16, 40, 40}, ofExamples, 0,
			planes{n: 16, h: 40, w: 40, square: true}, 6},
		{"three planes", graph.Shape{1, 3, 224, 224}, ofExamples, 0, planes{n: 3, h: 224, w: 224, square: true}, 3},
		{"a photograph", graph.Shape{1, 3, 224, 224}, ofInput, 0,
			planes{n: 3, h: 224, w: 224, square: true, colours: true}, 3},
		{"a small photograph", graph.Shape{2, 3, 8, 8}, ofInput, 0,
			planes{n: 3, h: 8, w: 8, square: true, first: true, colours: true}, 3},
		{"kernels", graph.Shape{6, 2, 5, 5}, ofWeights, 0, planes{n: 12, h: 5, w: 5, square: true}, 6},
		{"vectors as pictures", graph.Shape{4, 20, 1, 1}, ofExamples, 0, planes{n: 1, h: 4, w: 20}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := graph.NewTensor(graph.Type{Shape: c.shape})
			for i := range x.F32 {
				x.F32[i] = float32(i) - 1
			}
			v := (&reading{}).newShown(x, "", c.content)
			if len(v.Numbers) != c.rows || (v.Heat != nil) != (c.shown > 0) {
				t.Fatalf("%d rows of numbers, a picture: %v", len(v.Numbers), v.Heat != nil)
			}
			if c.shown == 0 {
				return
			}
			if got := planesOf(c.shape, c.content); got != c.picture || v.Heat.Planes != c.shown {
				t.Errorf("got %+v, of which %d are shown", got, v.Heat.Planes)
			}
			if v.Heat.W > mostHeatW+2*mostPlanes || v.Heat.H > heatUp+2 {
				t.Errorf("the picture has %v by %v", v.Heat.W, v.Heat.H)
			}
		})
	}
}

// TestHeat: a number has its colour at its place, and what is not finite one of its own; its count is told.
func TestHeat(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := graph.FromFloat32([]float32{-2, 0, 2, 1, nan, inf, 0, 0, 0, 0}, 2, 5)
	v := (&reading{}).newShown(x, "", ofExamples)
	if want := "-2 … 2, mean 0.125, 2 not finite"; v.Text != want {
		t.Errorf("got %s, want %s", v.Text, want)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Heat.Href, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	cell := (img.Bounds().Dx() - 2) / 5
	odd := color.RGBA{0xff, 0, 0xff, 0xff}
	for i, want := range []color.RGBA{ink.Reds[ink.Levels-1], ink.Blues[0], ink.Blues[ink.Levels-1],
		ink.Blues[ink.Levels/2], odd, odd, ink.Blues[0]} {
		if got := color.RGBAModel.Convert(img.At(1+i%5*cell+cell/2, 1+i/5*cell+cell/2)); got != want {
			t.Errorf("number %d has %v, want %v", i, got, want)
		}
	}
}

// TestPhotograph: three planes of an input are red, green and blue, from the least number to the largest; large ones
// are made smaller by means.
func TestPhotograph(t *testing.T) {
	for _, side := range []int{2, 112} {
		x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 3, side, side}})
		for i := range x.F32 {
			plane, left := i/(side*side), i%side < side/2
			if plane == 0 && left || plane == 2 && !left { // red on the left, blue on the right
				x.F32[i] = 5
			}
		}
		v := (&reading{}).newShown(x, "", ofInput)
		data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Heat.Href, "data:image/png;base64,"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		size := img.Bounds().Dx()
		red, blue := color.RGBA{0xff, 0, 0, 0xff}, color.RGBA{0, 0, 0xff, 0xff}
		for at, want := range map[int]color.RGBA{heatLine: red, size - heatLine - 1: blue} {
			if got := color.RGBAModel.Convert(img.At(at, size/2)); got != want {
				t.Errorf("%d pixels: column %d is %v, want %v", side, at, got, want)
			}
		}
	}
}

// valuedModels are graphs with their values.
func valuedModels(t *testing.T) map[*graph.Graph]Options {
	t.Helper()
	all := map[*graph.Graph]Options{}
	g := &graph.Graph{Mode: graph.Train}
	x, y := g.Input("x", 4, 1, 28, 28), g.Indices("y", 4)
	graph.Gradients(ops.CrossEntropy(cnn.NewLeNet5(10).Forward(x), y), g.Trainable()...)
	all[g] = Options{Title: "LeNet-5", Values: ran(t, g, map[graph.Node]any{y: []int64{0, 1, 2, 9}}).Lookup}
	g = residual().g
	all[g] = Options{Title: "residual", Values: ran(t, g, nil).Lookup}
	g = &graph.Graph{Mode: graph.Train}
	h := nn.NewLSTM(nn.NewScope().Sub("lstm"), 3, 4, nn.Recurrent{Unroll: true}).Forward(g.Input("x", 2, 5, 3))
	graph.Gradients(ops.Mean(ops.Square(h)), g.Trainable()...)
	all[g] = Options{Title: "unrolled", Values: ran(t, g, nil).Lookup}
	return all
}

// TestValuesFit: with values, in both languages and at every depth, nothing overlaps or is cut, and everything is the
// same twice.
func TestValuesFit(t *testing.T) {
	for g, opt := range valuedModels(t) {
		opt.Backward = true
		for _, opt.Lang = range Langs() {
			for _, opt.Depth = range []int{0, 1, 2, -1} {
				name := fmt.Sprintf("%s, %s, depth %d", opt.Title, opt.Lang, opt.Depth)
				svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) })
				picture, err := flaws.Read(svg)
				if err != nil {
					t.Fatal(name, err)
				}
				if found := picture.Check(); len(found) > 0 {
					t.Errorf("%s:\n%s", name, strings.Join(found[:min(5, len(found))], "\n"))
				}
				if again := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) }); again != svg {
					t.Errorf("%s differs from run to run", name)
				}
			}
		}
	}
}

// TestValuesThatDoNotFit moves a picture of numbers out of its box, and one onto a text, and loads one.
func TestValuesThatDoNotFit(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 1, 1, 8, 8)
	ops.ReLU(x)
	svg := written(t, func(b *bytes.Buffer) error {
		return WriteSVG(b, g, Options{Values: ran(t, g, nil).Lookup})
	})
	place := regexp.MustCompile(`(<image class="picture" x="[^"]*" y=")[^"]*"`)
	for _, c := range []struct{ name, svg, want string }{
		{"nothing", svg, ""},
		{"a picture out of its box", place.ReplaceAllString(svg, `${1}1"`), "leaves its box"},
		{"a picture that is loaded", strings.Replace(svg, "data:image/png;base64,", "https://example.org/", 1),
			"is loaded"},
	} {
		picture, err := flaws.Read(c.svg)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(picture.Check(), "\n")
		if !strings.Contains(found, c.want) || c.want == "" && found != "" {
			t.Errorf("%s: found %q, want %q", c.name, found, c.want)
		}
	}
}

// TestUnknownValues: a node whose value is not known, or has another type than it says, is drawn without.
func TestUnknownValues(t *testing.T) {
	g := &graph.Graph{}
	ops.ReLU(g.Input("x", 3))
	sevens := []float32{7, 7, 7}
	for name, values := range map[string]func(graph.Node) (graph.Tensor, bool){
		"not known":        func(graph.Node) (graph.Tensor, bool) { return graph.FromFloat32(sevens, 3), false },
		"of another shape": func(graph.Node) (graph.Tensor, bool) { return graph.FromFloat32(sevens[:2], 2), true },
		"without elements": func(graph.Node) (graph.Tensor, bool) { return graph.Tensor{}, true },
		"elements too few": func(n graph.Node) (graph.Tensor, bool) {
			return graph.Tensor{Type: n.Type(), F32: sevens[:1]}, true
		},
		"no function at all": nil,
	} {
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Values: values}) })
		if plain := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{}) }); svg != plain {
			t.Errorf("%s: it is drawn", name)
		}
	}
}
