package cnn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// inceptions are the two networks, with what the checks below need to know of them.
var inceptions = []struct {
	name           string
	build          func(classes int, opt ...cnn.Options) inceptionModel
	side           int // of the pictures that they are for
	width          int // of the first convolution
	count, withAux int
	products       float64 // 10⁹ of them, of one picture
	parity, batch  int     // sides and number of pictures of testdata/inception.py
}{
	// torchvision 0.14: the table of https://pytorch.org/vision/0.14/models.html, and models/googlenet.py
	{"googlenet", func(n int, opt ...cnn.Options) inceptionModel { return cnn.NewGoogLeNet(n, opt...) },
		224, 64, 6_624_904, 13_004_888, 1.498, 90, 4},
	{"inception", func(n int, opt ...cnn.Options) inceptionModel { return cnn.NewInceptionV3(n, opt...) },
		299, 32, 23_834_568, 27_161_264, 5.713, 299, 2},
}

// inceptionModel is either of them.
type inceptionModel interface {
	photograph
	train.Task
}

// undropped is the model without dropout.
func undropped(m inceptionModel) inceptionModel {
	switch m := m.(type) {
	case *cnn.GoogLeNet:
		m.Dropout = 0
		if m.Aux1 != nil {
			m.Aux1.Dropout, m.Aux2.Dropout = 0, 0
		}
	case *cnn.InceptionV3:
		m.Dropout = 0
	}
	return m
}

// TestInceptionCounts: parameters and products are those of torchvision, and a network an eighth as wide has about a
// 64th of them.
func TestInceptionCounts(t *testing.T) {
	for _, c := range inceptions {
		t.Run(c.name, func(t *testing.T) {
			if got := c.build(1000).Params().Count(); got != c.withAux {
				t.Errorf("%d parameters, want %d", got, c.withAux)
			}
			m := c.build(1000, cnn.Options{NoAux: true})
			if got := m.Params().Count(); got != c.count {
				t.Errorf("%d parameters without auxiliary heads, want %d", got, c.count)
			}
			s, err := nn.Summarize(c.build(1000), 1, 3, c.side, c.side)
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(s.MultiplyAdds) / 1e9; math.Abs(got-c.products) > .0005 {
				t.Errorf("%.4f·10⁹ products, want %.3f", got, c.products)
			}
			if s.Unread != c.withAux-c.count {
				t.Errorf("%d parameters are not read, want %d", s.Unread, c.withAux-c.count)
			}
			narrow := c.build(1000, cnn.Options{NoAux: true, Width: c.width / 8}).Params()
			got := narrow.Count() - narrow.Under("fc").Count()
			want := (m.Params().Count() - m.Params().Under("fc").Count()) / 64
			if got < want || got > want*3/2 {
				t.Errorf("%d parameters an eighth as wide, want about %d", got, want)
			}
		})
	}
}

// inceptionParity is what torchvision gives, see testdata/inception.py.
type inceptionParity struct {
	State       []string             `json:"state"` // "name size size …"
	Transformed []float64            `json:"transformed"`
	Eval        []float64            `json:"eval"`      // logits
	Train       []float64            `json:"train"`     // logits of the network and of its heads
	Gradients   map[string][]float64 `json:"gradients"` // norm and first three elements
	Losses      []float64            `json:"losses"`    // of three steps
	After       []float64            `json:"after"`     // logits after them
}

func inceptionFixtures(t *testing.T) (want map[string]inceptionParity) {
	t.Helper()
	raw, err := os.ReadFile("testdata/inception.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// TestInceptionTransforms: the transformation of inputs is torchvision's.
func TestInceptionTransforms(t *testing.T) {
	want := inceptionFixtures(t)
	for _, c := range inceptions {
		for _, d := range []graph.DType{graph.Float32, graph.Float64} {
			m := c.build(5, cnn.Options{Width: 1, NoAux: true, TransformInput: true})
			if err := m.Params().SetDType(d); err != nil {
				t.Fatal(err)
			}
			g := &graph.Graph{DType: d}
			xn := g.Input("x", 1, 3, c.parity, c.parity)
			m.Forward(xn)
			var y graph.Node
			for _, n := range g.Nodes() {
				if n.Kind() == graph.KindOp && n.Shape().Equal(xn.Shape()) {
					y = n
				}
			}
			p, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			in := graph.NewTensor(xn.Type())
			put(in, numbers(in.Shape.Size(), 0))
			p.Set(xn, in)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			got, plane := floats(p.Value(y)), c.parity*c.parity
			first := []float64{got[0], got[1], got[plane], got[plane+1], got[2*plane], got[2*plane+1]}
			if !close(first, want[c.name].Transformed, 1e-6) {
				t.Errorf("%s: transformed it is %v, want %v", c.name, first, want[c.name].Transformed)
			}
		}
	}
}

// TestInceptionInit: weights begin with torchvision's deviations. The bound is 20 of them and more.
func TestInceptionInit(t *testing.T) {
	for _, c := range []struct {
		name, weight string
		m            nn.Model
		std          float64
	}{
		{"a convolution of GoogLeNet", "inception5b.branch1.conv.weight", cnn.NewGoogLeNet(1000), .01},
		{"its last layer", "fc.weight", cnn.NewGoogLeNet(1000), .01},
		{"a convolution of Inception v3", "Mixed_7c.branch1x1.conv.weight", cnn.NewInceptionV3(1000), .1},
		// torchvision means it to have 0.01, but says so of a module that is not asked
		{"the one of its auxiliary head", "AuxLogits.conv1.conv.weight", cnn.NewInceptionV3(1000), .1},
		{"the last layer of the auxiliary head", "AuxLogits.fc.weight", cnn.NewInceptionV3(1000), .001},
	} {
		sum, w := 0., c.m.Params().Get(c.weight).Tensor().F32
		for _, v := range w {
			sum += float64(v) * float64(v)
		}
		if std := math.Sqrt(sum / float64(len(w))); math.Abs(std/c.std-1) > .02 {
			t.Errorf("%s: the deviation is %.5f, want %g", c.name, std, c.std)
		}
	}
}

// TestInceptionSmall: pictures of 32×32 come to planes of 8×8 and 6×6 before the mean.
func TestInceptionSmall(t *testing.T) {
	for i, want := range []int{8, 6} {
		c := inceptions[i]
		g := &graph.Graph{Mode: graph.Train}
		m := c.build(10, cnn.Options{Small: true, Channels: 1, Width: c.width / 16})
		o := m.Build(g.Input("x", 2, 1, 32, 32), g.Indices("y", 2))
		var last graph.Shape
		for _, n := range g.Nodes() {
			s, module := n.Shape(), []string{"5b", "7c"}[i]
			if len(s) == 4 && s[0] == 2 && strings.Contains(n.Scope(), module) {
				last = s
			}
		}
		if err := g.Err(); err != nil || last[2] != want || !o.Pred.Shape().Equal(graph.Shape{2, 10}) {
			t.Errorf("%s: the last planes are %v, want sides of %d; error %v", c.name, last, want, err)
		}
	}
}

// TestInceptionFeatures: what the head reads and the maps on the way have torchvision's names and the paper's shapes.
func TestInceptionFeatures(t *testing.T) {
	for i, want := range []string{
		"maxpool2 (2, 192, 28, 28) inception3a (2, 256, 28, 28) inception3b (2, 480, 28, 28) " +
			"inception4a (2, 512, 14, 14) inception4b (2, 512, 14, 14) inception4c (2, 512, 14, 14) " +
			"inception4d (2, 528, 14, 14) inception4e (2, 832, 14, 14) inception5a (2, 832, 7, 7) " +
			"inception5b (2, 1024, 7, 7) y (2, 1024)",
		"maxpool2 (2, 192, 35, 35) Mixed_5b (2, 256, 35, 35) Mixed_5c (2, 288, 35, 35) " +
			"Mixed_5d (2, 288, 35, 35) Mixed_6a (2, 768, 17, 17) Mixed_6b (2, 768, 17, 17) " +
			"Mixed_6c (2, 768, 17, 17) " +
			"Mixed_6d (2, 768, 17, 17) Mixed_6e (2, 768, 17, 17) Mixed_7a (2, 1280, 8, 8) " +
			"Mixed_7b (2, 2048, 8, 8) Mixed_7c (2, 2048, 8, 8) y (2, 2048)",
	} {
		c := inceptions[i]
		g := &graph.Graph{}
		y, maps := c.build(1000).Features(g.Input("x", 2, 3, c.side, c.side))
		var got []string
		for _, m := range append(maps, cnn.Map{Name: "y", Node: y}) {
			got = append(got, fmt.Sprint(m.Name, " ", m.Node.Shape()))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
}

// TestInceptionWithHead: a network with another head has all other parameters of the first, and no auxiliary heads.
func TestInceptionWithHead(t *testing.T) {
	a := cnn.NewGoogLeNet(1000, cnn.Options{Width: 8, Small: true})
	b := cnn.NewInceptionV3(1000, cnn.Options{Width: 4, Small: true})
	for _, c := range []struct{ was, is nn.Model }{
		{a, a.WithHead(7)}, {b, b.WithHead(7)}, {a, a.WithHead(3).WithHead(7)},
	} {
		before, after := c.was.Params(), c.is.Params()
		for p := range after.All() {
			if was := before.Get(p.Name()); (was == p) == strings.HasPrefix(p.Name(), "fc.") {
				t.Errorf("%T: %s is shared: %v", c.is, p.Name(), was == p)
			}
		}
		heads := 0
		for _, path := range []string{"aux1", "aux2", "AuxLogits"} {
			heads += before.Under(path).Count()
		}
		of := func(p *nn.Params) int { return p.Count() - p.Under("fc").Count() }
		if got, want := of(after), of(before)-heads; got != want || heads == 0 {
			t.Errorf("%T: %d parameters before the head, want %d", c.is, got, want)
		}
		g := &graph.Graph{Mode: graph.Train}
		o := c.is.(train.Task).Build(g.Input("x", 2, 3, 32, 32), g.Indices("y", 2))
		if !o.Pred.Shape().Equal(graph.Shape{2, 7}) || len(o.Report) > 0 || g.Err() != nil {
			t.Errorf("%T: logits %v, reported %v; error %v", c.is, o.Pred, o.Report, g.Err())
		}
	}
}

// TestInceptionMisused: what makes no sense is a panic of the constructor or an error of the graph, with its place.
func TestInceptionMisused(t *testing.T) {
	for _, c := range inceptions {
		constructor := map[string]string{"googlenet": "NewGoogLeNet", "inception": "NewInceptionV3"}[c.name]
		for _, bad := range []struct {
			name, want string
			do         func()
		}{
			{"no classes", "fc: NewLinear: out is 0", func() { c.build(0, cnn.Options{NoAux: true}) }},
			{"options twice", "cnn." + constructor + ": there are 2 Options, want at most one",
				func() { c.build(10, cnn.Options{}, cnn.Options{}) }},
			{"a negative width", constructor + ": Channels is 0 and Width -1, want at least 1",
				func() { c.build(10, cnn.Options{Width: -1}) }},
			{"a width that wraps", "Width is 9223372036854775807",
				func() { c.build(10, cnn.Options{Width: math.MaxInt}) }},
			{"another network's option", constructor + ": BatchNorm is set",
				func() { c.build(10, cnn.Options{BatchNorm: true}) }},
			{"grey pictures that are transformed", "TransformInput is for 3 channels, Channels is 1",
				func() { c.build(10, cnn.Options{Channels: 1, TransformInput: true}) }},
		} {
			func() {
				defer func() {
					if got := fmt.Sprint(recover()); !strings.Contains(got, bad.want) {
						t.Errorf("%s: the panic is %s, want %s", bad.name, got, bad.want)
					}
				}()
				bad.do()
			}()
		}
	}
	g := &graph.Graph{}
	cnn.NewGoogLeNet(10).Forward(g.Input("x", 2, 1, 32, 32))
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), "conv1.conv: conv2d") {
		t.Errorf("grey pictures: %v", err)
	}
	g = &graph.Graph{Mode: graph.Train}
	cnn.NewInceptionV3(10).Build(g.Input("x", 2, 3, 128, 128), g.Indices("y", 2))
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), "AuxLogits.conv1.conv: conv2d") {
		t.Errorf("pictures that are too small for the auxiliary head: %v", err)
	}
}

// A network for ten classes of small pictures, and its task: in training the auxiliary heads are there.
func ExampleGoogLeNet_Build() {
	model := cnn.NewGoogLeNet(10, cnn.Options{Small: true, Width: 16})
	for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
		g := &graph.Graph{Mode: mode}
		outcome := model.Build(g.Input("x", 8, 3, 32, 32), g.Indices("y", 8))
		for _, figure := range outcome.Report {
			fmt.Print(figure.Name, " ")
		}
		fmt.Println(outcome.Pred.Shape(), len(g.Trainable()))
	}
	// Output:
	// main aux1 aux2 (8, 10) 181
	// (8, 10) 167
}

func ExampleNewInceptionV3() {
	model := cnn.NewInceptionV3(1000)
	g := &graph.Graph{}
	y := model.Forward(g.Input("x", 8, 3, 299, 299))
	fmt.Println(y.Shape(), model.Params().Count())
	// Output: (8, 1000) 27161264
}

// TestInceptionNames: names, order and shapes are those of torchvision's state_dict.
func TestInceptionNames(t *testing.T) {
	want := inceptionFixtures(t)
	for _, c := range inceptions {
		var got []string
		for p := range c.build(1000).Params().All() {
			line := p.Name()
			for _, n := range p.Type().Shape {
				line += fmt.Sprint(" ", n)
			}
			got = append(got, line)
		}
		for i, w := range want[c.name].State {
			if i >= len(got) || got[i] != w {
				t.Fatalf("%s: entry %d is not %s: %v", c.name, i, w, got[min(i, len(got)):])
			}
		}
		if len(got) != len(want[c.name].State) {
			t.Errorf("%s: there are %d entries, want %d", c.name, len(got), len(want[c.name].State))
		}
	}
}

// startInception gives the parameters the script's initial values.
func startInception(m inceptionModel) inceptionModel {
	k := 0
	for p := range m.Params().All() {
		salt, s := k, p.Type().Shape
		k++
		if !p.Type().DType.IsFloat() {
			continue
		}
		v := numbers(s.Size(), salt)
		for i := range v {
			switch {
			case len(s) > 1:
				v[i] = (v[i] - .5) * 2 * math.Sqrt(6/float64(s[1:].Size()))
			case strings.HasSuffix(p.Name(), "running_var") || strings.HasSuffix(p.Name(), "bn.bias"):
				v[i] += .5
			case strings.HasSuffix(p.Name(), "bn.weight"):
				v[i] = v[i]/2 + .25
			default:
				v[i] = (v[i] - .5) / 4
			}
		}
		put(p.Tensor(), v)
	}
	return undropped(m)
}

// TestInceptionParity: of networks an eighth as wide, logits, those of the auxiliary heads, the loss, all gradients
// and three steps are PyTorch's, and so are the logits after these, which running statistics enter.
func TestInceptionParity(t *testing.T) {
	fixtures := inceptionFixtures(t)
	for _, c := range inceptions {
		for d, tol := range map[graph.DType]float64{graph.Float32: 1e-4, graph.Float64: 1e-7} {
			t.Run(fmt.Sprint(c.name, " ", d), func(t *testing.T) {
				want := fixtures[c.name]
				build := func() inceptionModel {
					m := c.build(5, cnn.Options{Width: c.width / 8})
					if err := m.Params().SetDType(d); err != nil {
						t.Fatal(err)
					}
					return startInception(m)
				}
				pictures := graph.Shape{c.batch, 3, c.parity, c.parity}
				x := graph.NewTensor(graph.Type{DType: d, Shape: pictures})
				put(x, numbers(x.Shape.Size(), 0))
				y := graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{c.batch}})
				for i := range y.I64 {
					y.I64[i] = int64(i * 3 % 5)
				}
				likePass(t, build(), x, y, want, tol)
				if d == graph.Float64 { // which says the rest as well
					return
				}
				m := build()
				likeLogits(t, "in evaluation", m, x, want.Eval, tol)
				trainer := train.New(m, &train.SGD{LR: .002, Momentum: .9})
				for i, l := range want.Losses {
					if got, err := trainer.Step(x, y); err != nil || math.Abs(got/l-1) > tol {
						t.Errorf("loss %d is %.9g, want %.9g; error %v", i, got, l, err)
					}
				}
				likeLogits(t, "after three steps", m, x, want.After, tol)
			})
		}
	}
}

// likePass holds a training pass to another: logits, losses and gradients.
func likePass(t *testing.T, m inceptionModel, x, y graph.Tensor, want inceptionParity, tol float64) {
	t.Helper()
	g := &graph.Graph{Mode: graph.Train, DType: x.DType}
	xn, yn := nn.InputLike(g, "x", x.Type), nn.InputLike(g, "y", y.Type)
	o := m.Build(xn, yn)
	params := g.Trainable()
	grads := graph.Gradients(o.Loss, params...)
	outputs := slices.Concat(grads, []graph.Node{o.Loss, o.Pred})
	for _, f := range o.Report {
		outputs = append(outputs, f.Sum)
	}
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(xn, x)
	p.Set(yn, y)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if got := floats(p.Value(o.Pred)); !close(got, want.Train[:len(got)], tol) {
		t.Errorf("logits %v\nwant %v", got, want.Train[:len(got)])
	}
	each := p.Value(o.Pred).Shape.Size()
	for i, f := range o.Report { // of the network and of its heads, whose logits are in no outcome
		ce := meanCE(want.Train[i*each:(i+1)*each], y.I64)
		if got := p.Float(f.Sum) / float64(len(y.I64)); math.Abs(got/ce-1) > tol {
			t.Errorf("the loss %s is %.9g, want %.9g", f.Name, got, ce)
		}
	}
	if got := p.Float(o.Loss); math.Abs(got/want.Losses[0]-1) > tol {
		t.Errorf("the loss is %.9g, want %.9g", got, want.Losses[0])
	}
	if len(grads) != len(want.Gradients) {
		t.Errorf("there are %d gradients, want %d", len(grads), len(want.Gradients))
	}
	largest := 0.
	for _, v := range want.Gradients {
		largest = max(largest, v[0])
	}
	for i, d := range grads {
		got, want := normAndHead(floats(p.Value(d))), want.Gradients[params[i].Name()]
		// A shift has no effect where the next layer normalises it away.
		if !close(got, want, tol) && !within(got, want, 1e-2*tol*largest) {
			t.Errorf("gradient of %s: %v, want %v", params[i].Name(), got, want)
		}
	}
}

// within reports that no two numbers are further apart.
func within(got, want []float64, far float64) bool {
	for i := range want {
		if math.Abs(got[i]-want[i]) > far {
			return false
		}
	}
	return true
}

// put writes numbers that float32 holds.
func put(x graph.Tensor, v []float64) {
	for i := range x.F32 {
		x.F32[i] = float32(v[i])
	}
	for i := range x.F64 {
		x.F64[i] = float64(float32(v[i]))
	}
}

// likeLogits holds the logits of a model to others.
func likeLogits(t *testing.T, when string, m nn.Model, x graph.Tensor, want []float64, tol float64) {
	t.Helper()
	y, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	if got := floats(y); !close(got, want, tol) {
		t.Errorf("%s: logits %v\nwant %v", when, got, want)
	}
}

func floats(x graph.Tensor) (v []float64) {
	for i := range x.Shape.Size() {
		v = append(v, x.At(i))
	}
	return v
}

// normAndHead is the norm of v and its first three elements.
func normAndHead(v []float64) []float64 {
	norm := 0.
	for _, x := range v {
		norm += x * x
	}
	return append([]float64{math.Sqrt(norm)}, v[:min(3, len(v))]...)
}

// meanCE is the mean cross-entropy of logits, given row by row.
func meanCE(logits []float64, y []int64) (mean float64) {
	classes := len(logits) / len(y)
	for i, label := range y {
		row, sum := logits[i*classes:(i+1)*classes], 0.
		for _, v := range row {
			sum += math.Exp(v)
		}
		mean += (math.Log(sum) - row[label]) / float64(len(y))
	}
	return mean
}
