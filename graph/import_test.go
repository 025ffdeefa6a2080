package graph_test

import (
	"errors"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// theirs is a classifier of two layers as a user of Gorgonia writes it.
type theirs struct {
	e                   *gorgonia.ExprGraph
	x, y, w0, b0, w1    *gorgonia.Node
	logits, probs, cost *gorgonia.Node
}

func newTheirs(t testing.TB, dtype tensor.Dtype) *theirs {
	t.Helper()
	m := &theirs{e: gorgonia.NewGraph()}
	leaf := func(name string, values bool, shape ...int) *gorgonia.Node {
		opts := []gorgonia.NodeConsOpt{gorgonia.WithName(name), gorgonia.WithShape(shape...)}
		if values {
			opts = append(opts, gorgonia.WithValue(waves(dtype, len(name), shape...)))
		}
		return gorgonia.NewMatrix(m.e, dtype, opts...)
	}
	m.x, m.y = leaf("x", false, 5, 4), leaf("y", false, 5, 3)
	m.w0, m.b0, m.w1 = leaf("w0", true, 4, 6), leaf("bias", true, 1, 6), leaf("w1-out", true, 6, 3)
	h := gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(m.x, m.w0)), m.b0, nil, []byte{0}))
	m.logits = gorgonia.Must(gorgonia.Mul(gorgonia.Must(gorgonia.Tanh(h)), m.w1))
	m.probs = gorgonia.Must(gorgonia.SoftMax(m.logits, 1))
	m.cost = gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.HadamardProd(
		gorgonia.Must(gorgonia.Log(m.probs)), m.y))))))
	return m
}

// waves is a tensor of numbers between -1 and 1.
func waves(dtype tensor.Dtype, phase int, shape ...int) *tensor.Dense {
	n := tensor.Shape(shape).TotalSize()
	v64, v32 := make([]float64, n), make([]float32, n)
	for i := range v64 {
		v64[i] = math.Sin(float64(3*i + phase))
		v32[i] = float32(v64[i])
	}
	if dtype == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v32))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v64))
}

// classes is one row of 0 and 1 for each example.
func classes(n, k int) *tensor.Dense {
	v := make([]float64, n*k)
	for i := range n {
		v[i*k+i%k] = 1
	}
	return tensor.New(tensor.WithShape(n, k), tensor.WithBacking(v))
}

func importOf(t testing.TB, e *gorgonia.ExprGraph, opt graph.ImportOptions) *graph.Graph {
	t.Helper()
	g, err := graph.FromGorgonia(e, opt)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func compiled(t testing.TB, g *graph.Graph, outputs ...graph.Node) *graph.Program {
	t.Helper()
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func runOnce(t testing.TB, p interface{ Run() error }) {
	t.Helper()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
}

// TestImportTrainsAsGorgonia: ten steps of gradient descent, here and by Gorgonia's machine and solver.
func TestImportTrainsAsGorgonia(t *testing.T) {
	const rate = .5
	m := newTheirs(t, tensor.Float64)
	g := importOf(t, m.e, graph.ImportOptions{Mode: graph.Train})
	cost := g.NodeOf(m.cost)
	for i, d := range graph.Gradients(cost, g.Trainable()...) {
		p := g.Trainable()[i]
		g.Assign(p, ops.SGD(p, d, g.Scalar(rate), 0))
	}
	p := compiled(t, g, cost)
	p.Set(g.NodeOf(m.x), waves(tensor.Float64, 9, 5, 4))
	p.Set(g.NodeOf(m.y), classes(5, 3))

	weights := gorgonia.Nodes{m.w0, m.b0, m.w1}
	if _, err := gorgonia.Grad(m.cost, weights...); err != nil {
		t.Fatal(err)
	}
	var costs gorgonia.Value
	gorgonia.Read(m.cost, &costs)
	err := errors.Join(gorgonia.Let(m.x, waves(tensor.Float64, 9, 5, 4)), gorgonia.Let(m.y, classes(5, 3)))
	if err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(m.e, gorgonia.BindDualValues(weights...))
	defer vm.Close()
	solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(rate))
	for step := range 10 {
		runOnce(t, p)
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("loss of step %d", step), []float64{p.Float(cost)}, numbers(t, costs), 1e-12)
		if err := solver.Step(gorgonia.NodesToValueGrads(weights)); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	for _, w := range weights {
		near(t, w.Name(), elements(g.NodeOf(w).Param().Tensor()), numbers(t, w.Value()), 1e-12)
	}
}

// TestImportOnBothEngines: an imported graph with dropout, pooling and normalisation gives the same on Gorgonia's
// machine.
func TestImportOnBothEngines(t *testing.T) {
	for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
		m := newImages(t)
		g := importOf(t, m.e, graph.ImportOptions{Mode: mode, Seed: 3})
		cost := g.NodeOf(m.cost)
		grads := graph.Gradients(cost, g.Trainable()...)
		p := compiled(t, g, append(grads, cost)...)
		s, err := g.Stock(append(grads, cost)...)
		if err != nil {
			t.Fatal(err)
		}
		x := waves(tensor.Float64, 1, 2, 2, 8, 8)
		p.Set(g.NodeOf(m.x), x)
		s.Set(g.NodeOf(m.x), x)
		runOnce(t, p)
		runOnce(t, s)
		for _, n := range append(grads, cost) {
			near(t, fmt.Sprintf("%v %s", mode, n), elements(p.Value(n)), elements(s.Value(n)), 1e-9)
		}
	}
}

// images is a network of a convolution and a batch normalisation.
type images struct {
	e             *gorgonia.ExprGraph
	x, w, cost    *gorgonia.Node
	scale, bias   *gorgonia.Node
	normed, rated *gorgonia.Node
	op            *gorgonia.BatchNormOp
}

func newImages(t testing.TB) *images {
	t.Helper()
	m := &images{e: gorgonia.NewGraph()}
	leaf := func(name string, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(m.e, tensor.Float64, 4, gorgonia.WithName(name), gorgonia.WithShape(shape...),
			gorgonia.WithValue(waves(tensor.Float64, len(name), shape...)))
	}
	m.x = gorgonia.NewTensor(m.e, tensor.Float64, 4, gorgonia.WithName("x"), gorgonia.WithShape(2, 2, 8, 8))
	m.w, m.scale, m.bias = leaf("w", 3, 2, 3, 3), leaf("scale", 1, 3, 1, 1), leaf("bias", 1, 3, 1, 1)
	y := gorgonia.Must(gorgonia.Conv2d(m.x, m.w, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	var err error
	if m.normed, _, _, m.op, err = gorgonia.BatchNorm(y, m.scale, m.bias, .1, 1e-3); err != nil {
		t.Fatal(err)
	}
	y = gorgonia.Must(gorgonia.Rectify(m.normed))
	y = gorgonia.Must(gorgonia.MaxPool2D(y, []int{2, 2}, []int{0, 0}, []int{2, 2}))
	m.rated = gorgonia.Must(gorgonia.Dropout(y, .25))
	m.cost = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(m.rated))))
	return m
}

// TestImportModes: dropout and batch normalisation do what the graph is for; two graphs share weights and statistics.
func TestImportModes(t *testing.T) {
	m := newImages(t)
	trained := importOf(t, m.e, graph.ImportOptions{Mode: graph.Train, Seed: 3})
	p := compiled(t, trained, trained.NodeOf(m.normed), trained.NodeOf(m.rated))
	p.Set(trained.NodeOf(m.x), waves(tensor.Float64, 1, 2, 2, 8, 8))
	runOnce(t, p)
	zeros := 0
	for _, v := range elements(p.Value(trained.NodeOf(m.rated))) {
		if v == 0 {
			zeros++
		}
	}
	if zeros < 5 {
		t.Errorf("%d of 96 elements are 0 after a dropout of a quarter", zeros)
	}
	eval := importOf(t, m.e, graph.ImportOptions{Mode: graph.Eval, Like: trained})
	if got, want := eval.Params(), trained.Params(); !slices.Equal(got, want) {
		t.Fatalf("the graphs read %v and %v", got, want)
	}
	mean := eval.Params()[slices.IndexFunc(eval.Params(), func(p *graph.Param) bool {
		return p.Name() == "batchnorm0.running_mean"
	})]
	if mean.Tensor().F64[0] == 0 || mean.Trainable() {
		t.Errorf("the running mean is %v, trainable %v", mean.Tensor(), mean.Trainable())
	}
	q := compiled(t, eval, eval.NodeOf(m.normed))
	q.Set(eval.NodeOf(m.x), waves(tensor.Float64, 1, 2, 2, 8, 8))
	runOnce(t, q)
	if a, b := p.Value(trained.NodeOf(m.normed)).At(0), q.Value(eval.NodeOf(m.normed)).At(0); a == b {
		t.Errorf("both modes normalise to %v", a)
	}
	near(t, "Gorgonia's own statistics", numbers(t, gorgonia.Value(running(m.op))), []float64{0, 0, 0}, 0)
}

func running(op *gorgonia.BatchNormOp) *tensor.Dense {
	mean, _ := op.Stats()
	return mean.(*tensor.Dense)
}

// TestImportGradientInEvalMode: a batch normalisation by running statistics is affine, and its gradient is so.
func TestImportGradientInEvalMode(t *testing.T) {
	l := newLeaves()
	y, _, _, op, err := gorgonia.BatchNorm(l.x(2, 3, 2, 2), l.x(1, 3, 1, 1), l.x(1, 3, 1, 1), .1, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	mean := tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{1, 2, 3}))
	variance := tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{4, 9, .25}))
	if err := op.SetStats(mean, variance); err != nil {
		t.Fatal(err)
	}
	cost := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(y))))
	g := importOf(t, l.e, graph.ImportOptions{Mode: graph.Eval})
	p := &imported{out: g.NodeOf(y), cost: g.NodeOf(cost)}
	for _, n := range l.all {
		p.leaves = append(p.leaves, g.NodeOf(n))
	}
	p.grads = graph.Gradients(p.cost, p.leaves...)
	p.prog = compiled(t, g, append([]graph.Node{p.out, p.cost}, p.grads...)...)
	out, grads := p.run(t)
	x, scale, bias := p.leaves[0].Param().Tensor().F64, p.leaves[1].Param().Tensor().F64,
		p.leaves[2].Param().Tensor().F64
	near(t, "the first element", out[:1], []float64{(x[0]-1)/math.Sqrt(4+1e-5)*scale[0] + bias[0]}, 1e-12)
	for i := range grads {
		near(t, fmt.Sprintf("gradient of leaf %d", i), grads[i], p.differences(t, i), 1e-5)
	}
}

// TestImportLeaves: which leaves are parameters, and what they are called.
func TestImportLeaves(t *testing.T) {
	e := gorgonia.NewGraph()
	value := func(n int) gorgonia.NodeConsOpt { return gorgonia.WithValue(waves(tensor.Float64, n, n)) }
	shape := func(n int) gorgonia.NodeConsOpt { return gorgonia.WithShape(n) }
	nodes := gorgonia.Nodes{
		gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("w"), shape(2), value(2)),
		gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("w"), shape(3), value(3)),
		gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("x"), shape(2)),
		gorgonia.NewVector(e, tensor.Float64, shape(4), value(4)),
		gorgonia.NewVector(e, tensor.Float64, shape(5)),
		gorgonia.NewVector(e, tensor.Int, gorgonia.WithName("labels"), shape(2),
			gorgonia.WithValue(tensor.New(tensor.WithBacking([]int{1, 2})))),
	}
	for _, c := range []struct {
		sentence string
		opt      graph.ImportOptions
		want     string
	}{
		{"leaves with a value are learnt, integers are not", graph.ImportOptions{},
			"param w, param w#2, input x, param leaf, input leaf#2, input labels"},
		{"a leaf with a value may be an input", graph.ImportOptions{Inputs: nodes[:1]},
			"input w, param w#2, input x, param leaf, input leaf#2, input labels"},
		{"what is learnt may be listed", graph.ImportOptions{Params: gorgonia.Nodes{nodes[0], nodes[4]}},
			"param w, input w#2, input x, input leaf, param leaf#2, input labels"},
		{"only what outputs depend on is imported", graph.ImportOptions{Outputs: nodes[2:4]}, "input x, param leaf"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			g := importOf(t, e, c.opt)
			var got []string
			for _, n := range nodes {
				if m := g.NodeOf(n); m.Valid() {
					got = append(got, map[graph.Kind]string{graph.KindParam: "param ",
						graph.KindInput: "input "}[m.Kind()]+m.Name())
				}
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %s\nwant %s", s, c.want)
			}
		})
	}
	p := importOf(t, e, graph.ImportOptions{}).NodeOf(nodes[1]).Param()
	near(t, "the value", elements(p.Tensor()), numbers(t, nodes[1].Value()), 0)
	p.Tensor().F64[0] = 7
	if nodes[1].Value().Data().([]float64)[0] == 7 {
		t.Error("the parameter shares its memory with Gorgonia's tensor")
	}
}

// TestImportPrints: an imported graph reads as Gorgonia's functions, and is drawn in the roles of ours. What reads
// SoftMax in the program is LogSoftMax: Gorgonia has rewritten its node when it met the logarithm.
func TestImportPrints(t *testing.T) {
	m := newTheirs(t, tensor.Float32)
	g := importOf(t, m.e, graph.ImportOptions{Outputs: gorgonia.Nodes{m.probs}})
	var b strings.Builder
	if _, err := g.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	const want = `%0 = input "x" : float32 (5, 4)
%1 = param "w0" : float32 (4, 6)
%2 = param "bias" : float32 (1, 6)
%3 = param "w1-out" : float32 (6, 3)
%4 = gorgonia.Mul A × B %0 %1 : float32 (5, 6)
%5 = gorgonia.Reshape (1, 6) %2 : float32 (1, 6)
%6 = gorgonia.SizeOf =5 %4 : float32 ()
%7 = gorgonia.Repeat 0 %5 %6 : float32 (5, 6)
%8 = gorgonia.Add %4 %7 : float32 (5, 6)
%9 = gorgonia.Tanh %8 : float32 (5, 6)
%10 = gorgonia.Mul A × B %9 %3 : float32 (5, 3)
%11 = gorgonia.LogSoftMax axis=1 %10 : float32 (5, 3)
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	for id, want := range map[int]struct {
		role  graph.Role
		label string
	}{4: {graph.RoleLinear, "Mul A × B"}, 8: {graph.RoleElementwise, "Add"}, 9: {graph.RoleActivation, "Tanh"},
		11: {graph.RolePool, "LogSoftMax axis=1"}, 1: {graph.RoleParam, "w0"}} {
		if role, label := graph.RoleOf(g.Nodes()[id]); role != want.role || label != want.label {
			t.Errorf("%v is drawn as %v %q, want %v %q", g.Nodes()[id], role, label, want.role, want.label)
		}
	}
}

// TestImportDraws: layers, weights and their gradients of an imported network stand in the picture by their names.
func TestImportDraws(t *testing.T) {
	m := newImages(t)
	for _, opt := range []graph.ImportOptions{{Mode: graph.Train}, {Mode: graph.Train, Replace: ops.ForGorgonia}} {
		g := importOf(t, m.e, opt)
		graph.Gradients(g.NodeOf(m.cost), g.Trainable()...)
		path := filepath.Join(t.TempDir(), "net.svg")
		if err := viz.WriteFile(path, g, viz.Options{Depth: -1, Backward: true}); err != nil {
			t.Fatal(err)
		}
		picture, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"MaxPool2D 2×2", "Dropout 0.25", "BatchNorm eps=0.001", "scale"} {
			if !strings.Contains(string(picture), want) {
				t.Errorf("%q is not in the picture", want)
			}
		}
		if strings.Contains(string(picture), "false") {
			t.Error("there is an op by Gorgonia's own text in the picture")
		}
	}
}

// TestImportLeavesGradientsOut: what gorgonia.Grad and Read added is not there, and is not added to Gorgonia's graph.
func TestImportLeavesGradientsOut(t *testing.T) {
	m := newTheirs(t, tensor.Float64)
	before := len(importOf(t, m.e, graph.ImportOptions{}).Nodes())
	grads, err := gorgonia.Grad(m.cost, m.w0, m.b0, m.w1)
	if err != nil {
		t.Fatal(err)
	}
	var v gorgonia.Value
	gorgonia.Read(m.cost, &v)
	all := len(m.e.AllNodes())
	g := importOf(t, m.e, graph.ImportOptions{})
	if got := len(g.Nodes()); got != before {
		t.Errorf("%d nodes are imported after Grad, %d before", got, before)
	}
	graph.Gradients(g.NodeOf(m.cost), g.Trainable()...)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	if got := len(m.e.AllNodes()); got != all {
		t.Errorf("the Gorgonia graph has %d nodes, it had %d", got, all)
	}
	if g.NodeOf(grads[0]).Valid() {
		t.Error("a gradient of Gorgonia's is imported")
	}
	h := importOf(t, m.e, graph.ImportOptions{Outputs: grads[:1]})
	if d := h.NodeOf(grads[0]); !d.Valid() || !d.Shape().Equal(graph.Shape{4, 6}) {
		t.Errorf("the gradient that was asked for is %v", d)
	}
}

// TestImportKeepsTheSwitch: Gorgonia's switch of rewriting stays what it is, both ways.
func TestImportKeepsTheSwitch(t *testing.T) {
	rewrites := func() bool {
		x := gorgonia.NewVector(gorgonia.NewGraph(), tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("x"))
		return gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Neg(x)))) == x
	}
	for _, on := range []bool{true, false, true} {
		gorgonia.UseNonStable()
		if on {
			gorgonia.UseStabilization()
		}
		m := newTheirs(t, tensor.Float64)
		g := importOf(t, m.e, graph.ImportOptions{})
		graph.Gradients(g.NodeOf(m.cost), g.Trainable()...)
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		if rewrites() != on {
			t.Errorf("Gorgonia rewrites: %v, want %v", rewrites(), on)
		}
	}
}

// TestSecondGradients: a gradient of a gradient is right, or is an error; never 0 because an op of Gorgonia's says so.
func TestSecondGradients(t *testing.T) {
	for _, c := range []struct {
		sentence string
		f        func(x *gorgonia.Node) (*gorgonia.Node, error)
		want     string // error
	}{
		{"of the hyperbolic tangent", gorgonia.Tanh, ""},
		{"of a softmax", func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x) },
			"gorgonia.SoftMaxGrad axis=-1: it has no gradient rule"},
		{"of a sparsemax", func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sparsemax(x) },
			"gorgonia.SparsemaxGrad: it has no gradient rule"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			l := newLeaves()
			cost := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Cube(gorgonia.Must(c.f(l.x(2, 3)))))))
			g := importOf(t, l.e, graph.ImportOptions{})
			x := g.NodeOf(l.all[0])
			first := ops.Sum(ops.Square(graph.Gradients(g.NodeOf(cost), x)[0]))
			p := &imported{out: first, cost: first, leaves: []graph.Node{x}, grads: graph.Gradients(first, x)}
			var err error
			p.prog, err = g.Compile(first, p.grads[0])
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got error %v, want one with %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, grads := p.run(t)
			near(t, "gradient", grads[0], p.differences(t, 0), 1e-5)
		})
	}
}

// rogue is an op of a user of Gorgonia's that panics.
type rogue struct{ where string }

func (o *rogue) trip(where string) {
	if o.where == where {
		panic("rogue in " + where)
	}
}
func (o *rogue) Arity() int { return 1 }
func (o *rogue) Type() hm.Type {
	v := gorgonia.TensorType{Dims: 1, Of: hm.TypeVariable('a')}
	return hm.NewFnType(v, v)
}
func (o *rogue) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape), nil
}
func (o *rogue) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	o.trip("Do")
	if o.where == "a value of another size" {
		return tensor.New(tensor.WithShape(7), tensor.Of(tensor.Float64)), nil
	}
	return in[0], nil
}
func (o *rogue) ReturnsPtr() bool      { return false }
func (o *rogue) CallsExtern() bool     { return false }
func (o *rogue) OverwritesInput() int  { return -1 }
func (o *rogue) WriteHash(h hash.Hash) { fmt.Fprint(h, o.where) }
func (o *rogue) Hashcode() uint32      { return uint32(len(o.where)) }
func (o *rogue) String() string {
	o.trip("String")
	return "rogue"
}
func (o *rogue) DiffWRT(int) []bool {
	o.trip("DiffWRT")
	return []bool{true}
}
func (o *rogue) SymDiff(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	o.trip("SymDiff")
	if o.where == "no gradients" {
		return gorgonia.Nodes{}, nil
	}
	return gorgonia.Nodes{dy}, nil
}

// TestImportedPanics: an op that panics is an error with its name.
func TestImportedPanics(t *testing.T) {
	for _, c := range []struct{ where, want string }{
		{"Do", "gorgonia.rogue: rogue in Do"},
		{"SymDiff", "gorgonia.rogue: its own gradient rule panics: rogue in SymDiff"},
		{"DiffWRT", "gorgonia.rogue: its NoGrad panics: rogue in DiffWRT"},
		{"a value of another size", "gorgonia.rogue: its result has shape (7), its node (3)"},
		{"no gradients", "gorgonia.rogue: its gradient rule gives nothing for operand 0"},
		{"nowhere", ""},
		{"String", ""},
	} {
		t.Run(c.where, func(t *testing.T) {
			l := newLeaves()
			y := gorgonia.Must(gorgonia.ApplyOp(&rogue{}, l.x(3)))
			y.Op().(*rogue).where = c.where // Gorgonia asks, too
			cost := gorgonia.Must(gorgonia.Sum(y))
			p, err := importUse(l, y, cost, false, graph.ImportOptions{})
			if err == nil {
				err = p.prog.Run()
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
}

// TestImportErrors: what cannot be imported is an error that says what.
func TestImportErrors(t *testing.T) {
	m := newTheirs(t, tensor.Float64)
	other := gorgonia.NewVector(gorgonia.NewGraph(), tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("other"))
	mixed := gorgonia.NewGraph()
	gorgonia.NewVector(mixed, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("a"))
	gorgonia.NewVector(mixed, tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("b"))
	bytes := gorgonia.NewGraph()
	gorgonia.NewVector(bytes, tensor.Byte, gorgonia.WithShape(2), gorgonia.WithName("c"))
	var v gorgonia.Value
	read := gorgonia.Read(m.cost, &v)
	for _, c := range []struct {
		sentence string
		e        *gorgonia.ExprGraph
		opt      graph.ImportOptions
		want     string
	}{
		{"no graph", nil, graph.ImportOptions{}, "import: the Gorgonia graph has no nodes"},
		{"an empty graph", gorgonia.NewGraph(), graph.ImportOptions{}, "import: the Gorgonia graph has no nodes"},
		{"floats of both sizes", mixed, graph.ImportOptions{},
			"import: a holds float64, b holds float32: a graph has floats of one size"},
		{"bytes", bytes, graph.ImportOptions{}, "import c: element type uint8 is not supported"},
		{"a mode that does not exist", m.e, graph.ImportOptions{Mode: 5},
			"import: Mode is mode(5), want Eval or Train"},
		{"a nil node", m.e, graph.ImportOptions{Inputs: gorgonia.Nodes{nil}}, "import: Inputs: node 0 is nil"},
		{"a node of another graph", m.e, graph.ImportOptions{Outputs: gorgonia.Nodes{other}},
			"import: Outputs: other belongs to another Gorgonia graph"},
		{"an input that is computed", m.e, graph.ImportOptions{Inputs: gorgonia.Nodes{m.logits}}, "want a leaf"},
		{"a leaf of both kinds", m.e, graph.ImportOptions{Inputs: gorgonia.Nodes{m.w0}, Params: gorgonia.Nodes{m.w0}},
			"import: w0 stands among Inputs and among Params"},
		{"a statement", m.e, graph.ImportOptions{Outputs: gorgonia.Nodes{read}},
			"it is a statement, which has no value"},
		{"a graph that is not like it", m.e, graph.ImportOptions{Like: &graph.Graph{}},
			"import: w0: the graph given as Like has no such parameter"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			_, err := graph.FromGorgonia(c.e, c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	g := &graph.Graph{}
	x := gorgonia.NewVector(g.ExprGraph(), tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("x"))
	if _, err := g.Import(gorgonia.Read(x, &v)); err == nil || !strings.Contains(err.Error(), "it is a statement") {
		t.Errorf("importing what Read returns: got error %v", err)
	}
}

// TestImportedIndices: indices that are out of range are errors of the run.
func TestImportedIndices(t *testing.T) {
	l := newLeaves()
	indices := l.ints(0, 1)
	y := gorgonia.Must(gorgonia.ByIndices(l.x(4, 3), indices, 0))
	losses := gorgonia.Must(l.ctc(gorgonia.ReductionSum))
	g := importOf(t, l.e, graph.ImportOptions{})
	for _, c := range []struct {
		sentence string
		out      *gorgonia.Node
		input    string
		value    []int
		want     string
	}{
		{"a row beyond the last", y, "indices", []int{0, 9}, "gorgonia.ByIndices {axis=0}: index 1 is 9, want 0 to 3"},
		{"a class beyond the last", losses, "targets", []int{1, 5}, "gorgonia.CTCLoss: target 1 is 5, want 0 to 2"},
		{"a sequence longer than the input", losses, "in", []int{9},
			"gorgonia.CTCLoss: input length 0 is 9, want 1 to 4"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			p := compiled(t, g, g.NodeOf(c.out))
			for _, n := range l.e.AllNodes() {
				if m := g.NodeOf(n); m.Valid() && m.Kind() == graph.KindInput {
					p.Set(m, n.Value())
				}
				if n.Name() == c.input {
					p.Set(g.NodeOf(n), c.value)
				}
			}
			if err := p.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}
