package recipe

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// step is the graph of a training step of a row at its usual size, forward and backward.
func step(t testing.TB, r Recipe, batch int) *graph.Graph {
	t.Helper()
	m := r.New(r.Usual())
	tr, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := tr.Graph(true, m.Batch(batch)...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// unrolled is a training step of an LSTM that is written out step by step.
func unrolled(t testing.TB, steps int) *graph.Graph {
	t.Helper()
	g := &graph.Graph{Mode: graph.Train}
	lstm := nn.NewLSTM(nn.NewScope().Sub("lstm"), 8, 8, nn.Recurrent{Unroll: true})
	graph.Gradients(ops.Mean(ops.Square(lstm.Forward(g.Input("x", 4, steps, 8)))), g.Trainable()...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	return g
}

func drawSVG(t testing.TB, g *graph.Graph, opt viz.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := viz.WriteSVG(&b, g, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func boxes(svg string) int { return strings.Count(svg, ` class="box `) }

// TestDrawingsOfTheZoo: a training step of every row at its usual size is drawn with 40 boxes at most, of small size,
// and legible on a slide of 1600×900: texts have 13 pixels, and at least 9 when it is fitted in.
func TestDrawingsOfTheZoo(t *testing.T) {
	for _, r := range Table() {
		svg := drawSVG(t, step(t, r, r.Batch), viz.Options{Backward: true, Title: r.Title})
		if n := boxes(svg); n > 40 || n < 4 || len(svg) > 200<<10 {
			t.Errorf("%s: %d boxes, %d bytes", r.Name, n, len(svg))
		}
		var w, h float64
		if _, err := fmt.Sscanf(svg[strings.Index(svg, "viewBox"):], `viewBox="0 0 %g %g"`, &w, &h); err != nil {
			t.Fatal(err)
		}
		if px := 13 * min(1600/w, 900/h); px < 9 {
			t.Errorf("%s: texts have %.1f pixels on a slide: the drawing has %v×%v", r.Name, px, w, h)
		}
	}
}

// TestLargeDrawings: what drawings of large graphs come to. BenchmarkDrawings tells how long they take.
func TestLargeDrawings(t *testing.T) {
	for _, c := range largeDrawings(t) {
		svg := drawSVG(t, c.g, viz.Options{Backward: true, Depth: c.depth})
		if n := boxes(svg); n < c.least || n > c.most || len(svg) > c.bytes {
			t.Errorf("%s: %d boxes, %d bytes; want %d to %d, and at most %d",
				c.name, n, len(svg), c.least, c.most, c.bytes)
		}
	}
}

// largeDrawing is a drawing of a large graph: how many boxes it has, and bytes at most.
type largeDrawing struct {
	name        string
	g           *graph.Graph
	depth       int
	least, most int
	bytes       int
}

func largeDrawings(t testing.TB) []largeDrawing {
	r, err := Find("resnet50")
	if err != nil {
		t.Fatal(err)
	}
	resnet, lstm := step(t, r, 2), unrolled(t, 100)
	return []largeDrawing{
		{"resnet50 closed", resnet, 0, 20, 40, 200 << 10},
		{"resnet50 open", resnet, -1, 500, 700, 1 << 20},
		{"lstm of 100 steps closed", lstm, 0, 8, 40, 200 << 10},
		{"lstm of 100 steps open", lstm, -1, 3000, 5000, 6 << 20},
	}
}

func BenchmarkDrawings(b *testing.B) {
	for _, c := range largeDrawings(b) {
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				drawSVG(b, c.g, viz.Options{Backward: true, Depth: c.depth})
			}
		})
	}
}

// TestUnfold: for every row, what a drawing folds, unfolded, is the graph: node by node the same operation with the
// same attributes and types, which reads the same nodes.
func TestUnfold(t *testing.T) {
	folds, layers := 0, 0
	for _, r := range Table() {
		g := step(t, r, few)
		list, err := viz.Folds(g, viz.Options{Backward: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			folds, layers = folds+1, layers+len(f.Layers)
			for _, fault := range unfold(g, f) {
				t.Errorf("%s: %s: %s", r.Name, f.Path, fault)
			}
		}
	}
	lstm := unrolled(t, 12)
	for _, f := range foldsOf(t, lstm) {
		folds++
		for _, fault := range unfold(lstm, f) {
			t.Errorf("unrolled: %s: %s", f.Path, fault)
		}
	}
	t.Logf("%d folds of %d layers", folds, layers)
	if folds < 30 {
		t.Errorf("there are %d folds, want some dozens", folds)
	}
}

func foldsOf(t *testing.T, g *graph.Graph) []viz.Fold {
	t.Helper()
	list, err := viz.Folds(g, viz.Options{Backward: true})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// unfold writes the layers of a fold out again, each as a copy of the first, and tells where a copy is not what the
// graph has.
func unfold(g *graph.Graph, f viz.Fold) (faults []string) {
	u := &unfolding{g: g, served: map[graph.Node][]graph.Node{}}
	for _, nodes := range f.Layers {
		u.layers = append(u.layers, u.written(nodes))
	}
	u.gradients()
	for k := range u.layers[1:] {
		u.copy(k + 1)
	}
	if len(u.faults) == 0 {
		u.outside()
	}
	return u.faults
}

// outside compares what is read of the run from outside: of its last layer anything, and of the others only what an op
// reads of all of them, in order, such as that which joins the outputs of steps.
func (u *unfolding) outside() {
	of := func(n graph.Node) (layer, at int) {
		for k := range u.layers {
			if i, ok := u.layers[k].at[n]; ok {
				return k, i
			}
		}
		return -1, 0
	}
	for _, n := range u.g.Nodes() {
		if k, _ := of(n); k >= 0 || n.Phase() != graph.Forward {
			continue
		}
		read := map[int][]int{} // layers by the place in them
		for _, in := range n.Inputs() {
			if k, at := of(in); k >= 0 {
				read[at] = append(read[at], k)
			}
		}
		for at, layers := range read {
			for i, k := range layers {
				if k < len(u.layers)-1 && (len(layers) != len(u.layers) || i != k && i != len(layers)-1-k) {
					u.fault("%v reads node %d of layers %v", n, at, layers)
				}
			}
		}
	}
}

// unfolding is the comparison of copies with the graph.
type unfolding struct {
	g      *graph.Graph
	layers []folded
	served map[graph.Node][]graph.Node // by forward node: those of the backward pass that serve it
	faults []string
}

// folded is one layer: its nodes in the order of the tape, all results of an op, and where each stands.
type folded struct {
	nodes  []graph.Node
	at     map[graph.Node]int
	back   []graph.Node // of its backward pass, without sums
	backAt map[graph.Node]int
	leaves map[graph.Node]int // parameters and others by the order in which they are read first
}

func (u *unfolding) written(nodes []graph.Node) folded {
	l := folded{at: map[graph.Node]int{}, backAt: map[graph.Node]int{}, leaves: map[graph.Node]int{}}
	for _, n := range nodes {
		for _, y := range n.Results() {
			l.at[y] = len(l.nodes)
			l.nodes = append(l.nodes, y)
		}
	}
	for _, n := range l.nodes {
		for _, in := range n.Inputs() {
			if _, known := l.leaves[in]; !known && in.Kind() == graph.KindParam {
				l.leaves[in] = len(l.leaves)
			}
		}
	}
	return l
}

// gradients finds what serves each layer on the way back. Sums are left out: the last layer of a run may have other
// readers.
func (u *unfolding) gradients() {
	for _, n := range u.g.Nodes() {
		if of := owner(n); n.Phase() == graph.Backward && n.Kind() == graph.KindOp && !isSum(n) && of.Valid() {
			u.served[of] = append(u.served[of], n)
		}
	}
	for i := range u.layers {
		l := &u.layers[i]
		for _, n := range l.nodes {
			for _, d := range u.served[n] {
				l.backAt[d] = len(l.back)
				l.back = append(l.back, d)
			}
		}
	}
}

func isSum(n graph.Node) bool { return n.Op().String() == "accumulate" }

// owner is the forward node that a node of the backward pass serves.
func owner(n graph.Node) graph.Node {
	for n.Valid() && n.Phase() == graph.Backward {
		n = n.Of()
	}
	return n
}

func (u *unfolding) fault(format string, args ...any) {
	u.faults = append(u.faults, fmt.Sprintf(format, args...))
}

// copy compares layer k with the first.
func (u *unfolding) copy(k int) {
	a, b := &u.layers[0], &u.layers[k]
	if len(a.nodes) != len(b.nodes) || len(a.back) != len(b.back) || len(a.leaves) != len(b.leaves) {
		u.fault("layer %d has %d nodes, %d backward, %d parameters, the first %d, %d, %d",
			k, len(b.nodes), len(b.back), len(b.leaves), len(a.nodes), len(a.back), len(a.leaves))
		return
	}
	for i := range a.nodes {
		u.same(k, a.nodes[i], b.nodes[i])
	}
	for i := range a.back {
		u.same(k, a.back[i], b.back[i])
	}
}

// drawn numbers of random ops differ from layer to layer.
var ordinal = regexp.MustCompile(` random=\d+`)

// same compares a node of the first layer with that of layer k.
func (u *unfolding) same(k int, x, y graph.Node) {
	if ordinal.ReplaceAllString(x.Op().String(), "") != ordinal.ReplaceAllString(y.Op().String(), "") ||
		!x.Type().Equal(y.Type()) || x.Result() != y.Result() || x.Phase() != y.Phase() ||
		len(x.Inputs()) != len(y.Inputs()) {
		u.fault("layer %d has %v where the first has %v", k, y, x)
		return
	}
	for i := range x.Inputs() {
		if !u.sameOperand(k, x.Inputs()[i], y.Inputs()[i], x, y, i) {
			u.fault("layer %d: operand %d of %v is %v; of %v in the first %v",
				k, i, y, y.Inputs()[i], x, x.Inputs()[i])
		}
	}
}

// sameOperand reports whether y is to layer k what x is to the first.
func (u *unfolding) sameOperand(k int, x, y, xReader, yReader graph.Node, i int) bool {
	a, b, before := &u.layers[0], &u.layers[k], &u.layers[k-1]
	if n, inside := a.at[x]; inside {
		m, ok := b.at[y]
		return ok && m == n
	}
	if n, inside := a.backAt[x]; inside {
		m, ok := b.backAt[y]
		return ok && m == n
	}
	if n, inside := a.leaves[x]; inside {
		m, ok := b.leaves[y]
		p, q := x.Param(), y.Param()
		return ok && m == n && p.Type().Equal(q.Type()) && p.Trainable() == q.Trainable()
	}
	if x.Phase() == graph.Backward || y.Phase() == graph.Backward {
		return u.sameGradient(k, x, y)
	}
	if x == y || sameConstant(x, y) || u.inOrder(k, x, y, xReader, i) {
		return true
	}
	m, fed := before.at[y]
	if !fed {
		return false
	}
	if k == 1 {
		return true // the place that all the others must be fed from, too
	}
	// Layer 1 reads the first in the place that layer k reads the one before it.
	first := u.layers[1].reader(b, yReader)
	n, ok := a.at[first.Inputs()[i]]
	return ok && n == m
}

// inOrder reports whether x and y are parts of one tensor, such that each layer reads the one after that which the
// layer before reads, or each the one before.
func (u *unfolding) inOrder(k int, x, y, xReader graph.Node, i int) bool {
	root, at := u.partOf(x)
	other, to := u.partOf(y)
	z := u.layers[1].reader(&u.layers[0], xReader).Inputs()[i]
	third, step := u.partOf(z)
	step -= at
	return root.Valid() && root == other && root == third && (step == 1 || step == -1) && to-at == k*step
}

// partOf is the tensor that a node is a part of, split once or several times, and which part it is.
func (u *unfolding) partOf(n graph.Node) (root graph.Node, part int) {
	isSplit := func(n graph.Node) bool {
		return n.Kind() == graph.KindOp && strings.HasPrefix(n.Op().String(), "split ")
	}
	root = n
	for isSplit(root) {
		root = root.Inputs()[0]
	}
	if root == n {
		return graph.Node{}, 0
	}
	var parts []graph.Node
	var divide func(n graph.Node)
	divide = func(n graph.Node) {
		for _, s := range u.g.Nodes() {
			if isSplit(s) && s.Result() == 0 && s.Inputs()[0] == n {
				for _, y := range s.Results() {
					divide(y)
				}
				return
			}
		}
		parts = append(parts, n)
	}
	divide(root)
	return root, slices.Index(parts, n)
}

// reader is the node of l that stands where n stands in m.
func (l *folded) reader(m *folded, n graph.Node) graph.Node {
	if i, ok := m.at[n]; ok {
		return l.nodes[i]
	}
	return l.back[m.backAt[n]]
}

// sameGradient reports whether gradients come from alike places: from the next layer or what is after the run, as one
// or as a sum.
func (u *unfolding) sameGradient(k int, x, y graph.Node) bool {
	place := func(of *folded, n graph.Node) int {
		if i, ok := of.at[owner(n)]; ok {
			return i
		}
		return -1
	}
	a, b := &u.layers[0], &u.layers[k]
	if isSum(x) && isSum(y) { // of gradients of one of the layer's own values
		return place(a, x) == place(b, y)
	}
	return x.Type().Equal(y.Type())
}

func sameConstant(x, y graph.Node) bool {
	if x.Kind() != y.Kind() || !x.Type().Equal(y.Type()) {
		return false
	}
	switch x.Kind() {
	case graph.KindState:
		return true
	case graph.KindConst:
		return len(x.Inputs()) == 0 && len(y.Inputs()) == 0 && slices.Equal(elements(x), elements(y))
	}
	return false
}

func elements(n graph.Node) []float64 {
	x := graph.NewTensor(n.Type())
	if n.Op().Eval([]graph.Tensor{x}, nil) != nil {
		return nil
	}
	all := make([]float64, n.Size())
	for i := range all {
		all[i] = x.At(i)
	}
	return all
}

// TestUnfoldSees: a fold that is none is told.
func TestUnfoldSees(t *testing.T) {
	g := blocks(t, 1, 1, 1, 1)
	whole := foldsOf(t, g)[0]
	spoilt := func(spoil func(layers [][]graph.Node) [][]graph.Node) viz.Fold {
		var layers [][]graph.Node
		for _, l := range whole.Layers {
			layers = append(layers, slices.Clone(l))
		}
		return viz.Fold{Path: whole.Path, Layers: spoil(layers)}
	}
	for _, c := range []struct {
		name string
		fold viz.Fold
		want string
	}{
		{"nothing", whole, ""},
		{"a layer that is left out", spoilt(func(l [][]graph.Node) [][]graph.Node {
			return slices.Delete(l, 2, 3)
		}), "operand"},
		{"two layers in another order", spoilt(func(l [][]graph.Node) [][]graph.Node {
			l[1], l[2] = l[2], l[1]
			return l
		}), "operand"},
		{"two nodes in another order", spoilt(func(l [][]graph.Node) [][]graph.Node {
			l[3][0], l[3][1] = l[3][1], l[3][0]
			return l
		}), "where the first has"},
		{"a node that is left out", spoilt(func(l [][]graph.Node) [][]graph.Node {
			l[3] = l[3][1:]
			return l
		}), "nodes"},
	} {
		faults := strings.Join(unfold(g, c.fold), "\n")
		if !strings.Contains(faults, c.want) || c.want == "" && faults != "" {
			t.Errorf("%s: found %q, want %q", c.name, faults, c.want)
		}
	}
}

// blocks is a training step of residual blocks with these strides. Their pictures have one pixel, so that a stride
// changes no shape.
func blocks(t *testing.T, strides ...int) *graph.Graph {
	t.Helper()
	s := nn.NewScope()
	g := &graph.Graph{Mode: graph.Train}
	h := g.Input("x", 4, 8, 1, 1)
	w := g.Param(graph.NewParam("first", graph.Type{Shape: h.Shape()}))
	h = ops.Tanh(ops.Mul(h, w))
	for i, stride := range strides {
		block := s.Sub(fmt.Sprint("block.", i))
		conv := nn.NewConv2D(block.Sub("conv"), 8, 8, 3, ops.Conv{Stride: stride, Pad: 1})
		leave := block.Open(g)
		h = ops.Add(h, ops.ReLU(conv.Forward(h)))
		leave()
	}
	graph.Gradients(ops.Mean(ops.Square(h)), g.Trainable()...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	return g
}

// TestStrideBreaksTheFold: equal blocks are one fold; one of another stride is not in it, even where it changes no
// shape.
func TestStrideBreaksTheFold(t *testing.T) {
	for _, c := range []struct {
		strides []int
		want    []int // layers of each fold of blocks
	}{{[]int{1, 1, 1, 1, 1}, []int{5}}, {[]int{1, 1, 2, 1, 1}, []int{2, 2}}, {[]int{1, 2, 1, 2, 1}, nil}} {
		var got []int
		for _, f := range foldsOf(t, blocks(t, c.strides...)) {
			if strings.HasPrefix(f.Path, "block") {
				got = append(got, len(f.Layers))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("strides %v: folds of %v blocks, want %v", c.strides, got, c.want)
		}
	}
}
