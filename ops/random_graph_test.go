package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// maker is a source of random graphs over all families of ops.
type maker struct {
	*rand.Rand
	g      *graph.Graph
	pool   []graph.Node
	params int
}

// pick returns one of the nodes made so far, the newer ones more often.
func (m *maker) pick() graph.Node { return m.pool[max(m.IntN(len(m.pool)), m.IntN(len(m.pool)))] }

// param is a new parameter with small values.
func (m *maker) param(shape ...int) graph.Node {
	m.params++
	p := graph.NewParam(fmt.Sprintf("p%d", m.params), graph.Type{Shape: shape})
	for i := range p.Tensor().F32 {
		p.Tensor().F32[i] = m.Float32()*2 - 1
	}
	return m.g.Param(p)
}

// add applies a random op to random nodes; it adds nothing if they do not fit.
func (m *maker) add() {
	x := m.pick()
	axis := func() int { return m.IntN(x.Rank()) }
	var y graph.Node
	switch m.IntN(22) {
	case 0:
		y = []func(graph.Node) graph.Node{Tanh, Sigmoid, ReLU, GELU, GELUTanh, SiLU, Softplus, Sin, Cos, Neg, Abs,
			Erf}[m.IntN(12)](x)
	case 1:
		y = Scale(x, .5)
	case 2:
		y = []func(a, b graph.Node) graph.Node{Add, Sub, Mul, Minimum, Maximum}[m.IntN(5)](x, m.param(x.Shape()...))
	case 3:
		z := m.pick()
		if _, ok := broadcastShape(x.Shape(), z.Shape()); !ok {
			return
		}
		y = []func(a, b graph.Node) graph.Node{Add, Sub, Mul, Maximum}[m.IntN(4)](x, z)
	case 4:
		y = Where(Less(x, m.g.Scalar(.1)), x, Scale(x, -.3))
	case 5:
		if x.Rank() < 1 {
			return
		}
		out := 1 + m.IntN(5)
		y = Linear(x, m.param(out, x.Dim(-1)), m.param(out))
	case 6:
		if x.Rank() < 2 {
			return
		}
		if x.Dim(-1) == x.Dim(-2) {
			y = MatMul(x, x)
		} else {
			y = MatMulT(x, x, false, true)
		}
	case 7, 8:
		if x.Rank() < 1 {
			return
		}
		y = []func(graph.Node, ...int) graph.Node{Sum, SumKeep, Mean, MeanKeep, Max, MaxKeep,
			Min}[m.IntN(7)](x, axis())
	case 9:
		if x.Rank() < 1 {
			return
		}
		y = []func(graph.Node, int) graph.Node{Softmax, LogSoftmax}[m.IntN(2)](x, axis())
	case 10:
		y = Reshape(x, -1)
	case 11:
		if x.Rank() < 2 {
			return
		}
		y = Swap(x, axis(), axis())
	case 12:
		if x.Rank() < 1 {
			return
		}
		i := axis()
		if x.Dim(i) < 2 {
			return
		}
		y = Slice(x, i, m.IntN(x.Dim(i)-1), x.Dim(i), 1+m.IntN(2))
	case 13:
		if x.Rank() < 1 {
			return
		}
		y = Concat(axis(), x, Tanh(x))
	case 14:
		if x.Rank() < 1 || x.Dim(0) < 2 {
			return
		}
		for _, part := range Split(x, 0, 1, x.Dim(0)-1) { // views of one value
			m.keep(part)
		}
		return
	case 15:
		y = Unsqueeze(x, 0)
	case 16:
		if x.Rank() < 1 {
			return
		}
		pad := make([]int, x.Rank())
		pad[axis()] = 1
		y = Pad(x, pad, pad, .5)
	case 17:
		y = Dropout(x, .3)
	case 18:
		if x.Rank() < 1 || x.Dim(-1) < 2 {
			return
		}
		y = LayerNorm(x, m.param(x.Dim(-1)), m.param(x.Dim(-1)), 1e-5)
	case 19:
		if x.Rank() < 2 || x.Rank() > 4 || x.Size()/x.Dim(1) < 2 {
			return
		}
		mean, variance := m.param(x.Dim(1)), m.param(x.Dim(1))
		y = BatchNorm(x, m.param(x.Dim(1)), m.param(x.Dim(1)), mean, variance, BatchNormOptions{})
	case 20:
		if x.Rank() != 4 || x.Dim(2) < 2 || x.Dim(3) < 2 {
			return
		}
		y = Conv2D(x, m.param(2, x.Dim(1), 2, 2), m.param(2), Conv{Stride: 1 + m.IntN(2), Pad: m.IntN(2)})
	case 21:
		if x.Rank() != 4 || x.Dim(2) < 2 || x.Dim(3) < 2 {
			return
		}
		y = []func(graph.Node, Pool) graph.Node{MaxPool2D, AvgPool2D}[m.IntN(2)](x,
			Pool{Size: 2, Stride: 1 + m.IntN(2)})
	}
	m.keep(y)
}

func (m *maker) keep(y graph.Node) {
	if y.Valid() && y.Size() <= 2000 && y.Rank() <= 5 {
		m.pool = append(m.pool, y)
	}
}

// layers are those that the parts of a random graph belong to.
var layers = []string{"", "a", "b", "b.c"}

// randomGraph is a training step over a random graph.
func randomGraph(seed uint64) (g *graph.Graph, in, outputs []graph.Node) {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 9)), g: &graph.Graph{Mode: graph.Train, Seed: seed}}
	in = []graph.Node{m.g.Input("x", 2, 3), m.g.Input("y", 3, 4), m.g.Input("z", 2, 2, 5, 4)}
	for _, x := range in { // a random graph may be left without one
		m.pool = append(m.pool, Mul(x, m.param(x.Shape()...)))
	}
	places := rand.New(rand.NewPCG(seed, 10))
	for range 8 + m.IntN(25) {
		if places.IntN(3) == 0 {
			m.g.Scope(layers[places.IntN(len(layers))])
		}
		m.add()
	}
	m.g.Scope("")
	loss := Mean(Square(Tanh(m.pool[len(m.pool)-1])))
	for range 2 {
		loss = Add(loss, Mean(Tanh(m.pick())))
	}
	params := m.g.Trainable()
	grads := graph.Gradients(loss, params...)
	m.g.InPhase(graph.Update, func() {
		assigned, _ := m.g.Assigned()
		taken := map[graph.Node]bool{}
		for _, p := range assigned {
			taken[p] = true
		}
		for i, p := range params {
			if !taken[p] {
				m.g.Assign(p, SGD(p, grads[i], m.g.Scalar(.1), .01))
			}
		}
	})
	outputs = append([]graph.Node{loss}, grads[:min(3, len(grads))]...)
	return m.g, in, append(outputs, m.pick())
}

// TestRandomGraphs: on 2,000 random training steps our tape, our tape without its optional passes, and Gorgonia's own
// machine agree bit for bit, parameters after the step included; so does our tape with elementwise ops joined, and
// with products joined it agrees by norm. The arena stays within 5 % of what is alive at once.
func TestRandomGraphs(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 200
	}
	worst := 0.0
	for seed := range n {
		if err := checkRandomGraph(uint64(seed), &worst); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("largest arena: %.4f of the bound", worst)
	if worst > 1.05 {
		t.Errorf("an arena is %.4f of the bound, want at most 1.05", worst)
	}
}

func checkRandomGraph(seed uint64, worst *float64) error {
	var first []graph.Tensor
	for engine := range engineCount {
		g, in, outputs := randomGraph(seed)
		if g.Err() != nil {
			return g.Err()
		}
		r, err := engineOf(g, engine, outputs)
		if err != nil {
			return err
		}
		if p, ok := r.(*graph.Program); ok && engine%4 == 0 {
			if m := p.Memory(); m.PeakLive > 0 {
				*worst = max(*worst, float64(m.Arena)/float64(m.PeakLive))
			}
		}
		for _, x := range in {
			r.Set(x, between(-1, 1, x.Shape()...).v)
		}
		if err := r.Run(); err != nil {
			return fmt.Errorf("%s: %w", engineNames[engine], err)
		}
		var all []graph.Tensor
		for _, o := range outputs {
			all = append(all, r.Value(o).Clone())
		}
		for _, p := range g.Params() {
			all = append(all, p.Tensor())
		}
		if engine == 0 {
			first = all
			continue
		}
		for i := range all {
			if err := sameResult(engine, all[i], first[i]); err != nil {
				return fmt.Errorf("%s, value %d: %w", engineNames[engine], i, err)
			}
		}
	}
	return nil
}

// TestRandomCheckpoints: on random training steps, values that are computed again have the bits that they had: outputs
// and parameters are the same after two steps, with instructions joined and without.
func TestRandomCheckpoints(t *testing.T) {
	again := 0
	for seed := range uint64(500) {
		for _, noFuse := range []bool{false, true} {
			_, want := twoSteps(t, seed, graph.CompileOptions{NoFuse: noFuse})
			n, got := twoSteps(t, seed, graph.CompileOptions{NoFuse: noFuse, Checkpoint: layers[1:]})
			again += n
			for i := range want {
				if err := sameBits(got[i], want[i]); err != nil {
					t.Fatalf("seed %d, NoFuse %v, value %d: %v", seed, noFuse, i, err)
				}
			}
		}
	}
	if again < 1000 {
		t.Errorf("%d instructions run again: the graphs test too little", again)
	}
}

// twoSteps returns how many instructions run again, and the outputs and parameters.
func twoSteps(t *testing.T, seed uint64, opt graph.CompileOptions) (again int, all []graph.Tensor) {
	g, in, outputs := randomGraph(seed)
	opt.Checkpoint = slices.DeleteFunc(slices.Clone(opt.Checkpoint), func(l string) bool {
		return !slices.ContainsFunc(g.Nodes(), func(n graph.Node) bool { return n.Scope() == l })
	})
	p, err := g.CompileWith(opt, outputs...)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, x := range in {
		p.Set(x, between(-1, 1, x.Shape()...).v)
	}
	for range 2 {
		if err := p.Run(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	for _, i := range p.Instructions() {
		if i.Again {
			again++
		}
	}
	for _, o := range outputs {
		all = append(all, p.Value(o))
	}
	for _, w := range g.Params() {
		all = append(all, w.Tensor())
	}
	return again, all
}

// FuzzBuilder: whatever seed the builder starts from, a graph is built and its engines agree.
func FuzzBuilder(f *testing.F) {
	for _, seed := range []uint64{1, 77, 1 << 40} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		worst := 0.0
		if err := checkRandomGraph(seed, &worst); err != nil {
			t.Error(err)
		}
	})
}

// TestSecondDerivativeOfTanhCubed: the gradient of a gradient in one graph is right, where a pass that keeps state
// between calls gives something else.
func TestSecondDerivativeOfTanhCubed(t *testing.T) {
	for _, x0 := range []float64{.3, .7, .9} {
		g := &graph.Graph{DType: graph.Float64}
		x := g.Input("x")
		y := Tanh(Mul(x, Mul(x, x)))
		d := graph.Gradients(graph.Gradients(y, x)[0], x)[0]
		p, err := g.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, x0)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		// (tanh u)'' with u = x³: 6x·s - 18x⁴·tanh(u)·s, s = 1 - tanh²(u)
		th := math.Tanh(x0 * x0 * x0)
		s := 1 - th*th
		want := 6*x0*s - 18*x0*x0*x0*x0*th*s
		if err := near([]float64{p.Float(d)}, []float64{want}, 1e-12); err != nil {
			t.Error(err)
		}
	}
}

// TestNodesStayApart: what Gorgonia's hashes merge stays two: slices of one node, softmax and log-softmax, two
// dropouts, constants that differ in the middle.
func TestNodesStayApart(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 512)
	c1, c2 := make([]float32, 1600), make([]float32, 1600)
	c2[800] = 1
	outputs := []graph.Node{
		Slice(x, 0, 0, 256, 1), Slice(x, 0, 256, 512, 1),
		Softmax(x, 0), LogSoftmax(x, 0),
		Dropout(x, .5), Dropout(x, .5),
		g.Constant(graph.FromFloat32(c1, 40, 40)), g.Constant(graph.FromFloat32(c2, 40, 40)),
	}
	feed := func(r runner) { r.Set(x, between(-1, 1, 512).v) }
	if err := engines(g, outputs, feed); err != nil {
		t.Fatal(err)
	}
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	feed(p)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(outputs); i += 2 {
		if sameBits(p.Value(outputs[i]), p.Value(outputs[i+1])) == nil {
			t.Errorf("%v and %v are one", outputs[i], outputs[i+1])
		}
	}
}
