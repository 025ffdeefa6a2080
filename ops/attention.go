// This file holds scaled dot-product attention.

package ops

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// AttentionOptions say which keys a query sees. The zero value is all of them.
//
// Mask broadcasts to the scores (N, NH, T, S) and is added to them: a bias of positions, or -Inf for a key that a
// query does not see, as Where(seen, 0, math.Inf(-1)) makes it. Mask may have a gradient. The weights are in memory,
// as [AttentionWeights] gives them, when there is a mask, when there is dropout in a Train graph, and when values have
// another width than keys.
type AttentionOptions struct {
	Causal bool // query i sees only keys j ≤ i + S - T: with T = S, its own and those before

	// Lengths (N) int64 is the number of keys of each example; the others are padding. The zero Node stands for S.
	Lengths graph.Node

	Mask    graph.Node // added to the scores; the zero Node for none
	Scale   float64    // of the scores; 0 for 1/√HS
	Dropout float64    // probability that a weight counts as 0 in a Train graph, see [Dropout]
}

// Attention gives each query the mean of the values, weighted by how well their keys fit the query:
//
//	y = softmax(scale·q·kᵀ)·v        q (N, NH, T, HS), k and v (N, NH, S, HS), y (N, NH, T, HS)
//
// All operands may lack NH, or N and NH. v and y may have another width than HS. The softmax goes over the keys that
// the query sees. A query that sees no key, as in an example of length 0, gives zeros; PyTorch gives NaN.
//
// In float32 a score is wrong by some 10⁻⁷ of its terms, as any product is. The relative error of a weight is the
// error of its score: where scores are 1000 and more, 10⁻⁴ and more.
//
// Scores are computed block by block, forward and again backward, and are never all in memory. There is no second
// derivative; [AttentionWeights] has one, and its weights can be looked at. A run fails when a length is outside [0,
// S]. See Vaswani et al. 2017, and Dao et al. 2022 (FlashAttention) for the blocks.
func Attention(q, k, v graph.Node, opt AttentionOptions) graph.Node {
	o := attention{operands: 3}
	if !opt.byWeights(q) && !otherWidth(k, v) || opt.check(o, q, k, v) != nil {
		return attend(o, opt, q, k, v)
	}
	defer inPart(q.Graph())()
	return opt.weighted(q, k, v)
}

// weighted is attention whose weights are in memory.
func (opt AttentionOptions) weighted(q, k, v graph.Node) graph.Node {
	return MatMul(Dropout(AttentionWeights(q, k, opt), opt.Dropout), v)
}

// attentionPart is the part of a layer in which the ops of attention stand. A drawing shows the part as one.
const attentionPart = "attention"

// inPart opens attentionPart in the layer to which nodes are being added, and returns what closes it.
func inPart(g *graph.Graph) func() {
	return g.Scope(strings.TrimPrefix(g.CurrentScope()+"."+attentionPart, "."))
}

// otherWidth reports values that differ from keys in their last axis alone.
func otherWidth(k, v graph.Node) bool {
	return k.Valid() && v.Valid() && k.Rank() > 1 && k.Dim(-1) != v.Dim(-1) && alike(k.Shape(), v.Shape(), k.Rank()-1)
}

// byWeights reports whether the weights must be in memory.
func (opt AttentionOptions) byWeights(q graph.Node) bool {
	return opt.Mask != (graph.Node{}) || opt.Dropout != 0 && q.Valid() && q.Graph().Mode == graph.Train
}

// check reports what is wrong with the operands of attention. The width of the values may be any.
func (opt AttentionOptions) check(o attention, in ...graph.Node) error {
	var types []graph.Type
	for _, n := range in {
		if !n.Valid() {
			return fmt.Errorf("an operand is not valid")
		}
		types = append(types, n.Type())
	}
	if o.operands == 3 && len(types[2].Shape) == len(types[1].Shape) && len(types[1].Shape) > 0 {
		n := len(types[1].Shape) - 1
		types[2].Shape = append(slices.Clone(types[2].Shape[:n]), types[1].Shape[n])
	}
	_, err := o.Types(types)
	return err
}

// SelfAttention is [Attention] of the result of one projection, and needs no transposes:
//
//	qkv (N, T, 3·D), y (N, T, D)
//
// The last axis of qkv holds q, k and v, in this order. Each has D = heads·HS numbers, head after head.
func SelfAttention(qkv graph.Node, heads int, opt AttentionOptions) graph.Node {
	o := attention{operands: 1, heads: heads}
	if !opt.byWeights(qkv) || opt.check(o, qkv) != nil {
		return attend(o, opt, qkv)
	}
	defer inPart(qkv.Graph())()
	x := parted(qkv, 3, heads)
	return joined(opt.weighted(x[0], x[1], x[2]))
}

// CrossAttention is [Attention] of queries to keys and values from elsewhere, and needs no transposes:
//
//	q (N, T, D), kv (N, S, 2·D), y (N, T, D)
//
// The last axis of kv holds k and v, in this order. q, k and v each have D = heads·HS numbers, head after head.
func CrossAttention(q, kv graph.Node, heads int, opt AttentionOptions) graph.Node {
	o := attention{operands: 2, heads: heads}
	if !opt.byWeights(q) || opt.check(o, q, kv) != nil {
		return attend(o, opt, q, kv)
	}
	defer inPart(q.Graph())()
	x := parted(kv, 2, heads)
	return joined(opt.weighted(parted(q, 1, heads)[0], x[0], x[1]))
}

// parted is the parts of the last axis of x (N, T, parts·NH·HS), each as (N, NH, T, HS).
func parted(x graph.Node, parts, heads int) (each []graph.Node) {
	x = Reshape(x, x.Dim(0), x.Dim(1), parts, heads, -1)
	for i := range parts {
		part := Squeeze(Slice(x, 2, i, i+1, 1), 2) // (N, T, NH, HS)
		each = append(each, Transpose(part, 0, 2, 1, 3))
	}
	return each
}

// joined is heads (N, NH, T, HS) side by side: (N, T, NH·HS).
func joined(x graph.Node) graph.Node { return Flatten(Transpose(x, 0, 2, 1, 3), 2) }

func attend(o attention, opt AttentionOptions, in ...graph.Node) graph.Node {
	o.causal, o.scale = opt.Causal, opt.Scale
	if err := allowed("p", opt.Dropout); err != nil {
		return graph.Fail(o.String(), in, err)
	}
	if opt.Lengths != (graph.Node{}) {
		in = append(in, opt.Lengths)
	}
	return graph.Apply(o, in...)
}

// AttentionWeights is the weight of each key for each query in [Attention] with the same options. It is made of
// simpler ops:
//
//	p = softmax(scale·q·kᵀ)        q (N, NH, T, HS), k (N, NH, S, HS), p (N, NH, T, S)
//
// Without dropout, Attention computes MatMul(p, v). Weights of keys that a query does not see are 0.
func AttentionWeights(q, k graph.Node, opt AttentionOptions) graph.Node {
	scale := opt.Scale
	if err := allowed("scale", scale); err != nil {
		return graph.Fail("attention-weights", []graph.Node{q, k}, err)
	}
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(q.Dim(-1)))
	}
	scores := Scale(MatMulT(q, k, false, true), scale)
	if !scores.Valid() {
		return scores
	}
	t, s := q.Dim(-2), k.Dim(-2)
	if err := (graph.Shape{s + 1, s}).Check(); err != nil && opt.Lengths != (graph.Node{}) {
		return graph.Failf("attention-weights", []graph.Node{q, k}, "the masks of all lengths: %w", err)
	}
	var seen []graph.Node
	if opt.Causal {
		seen = append(seen, causalMask(q.Graph(), t, s))
	}
	if opt.Lengths != (graph.Node{}) {
		seen = append(seen, lengthMask(opt.Lengths, s, scores.Rank()))
	}
	if opt.Mask != (graph.Node{}) {
		if err := checkMask(opt.Mask, scores.Shape()); err != nil {
			return graph.Fail("attention-weights", []graph.Node{q, k, opt.Mask}, err)
		}
		seen = append(seen, Greater(opt.Mask, q.Graph().Scalar(hiddenMost)))
		scores = Add(scores, opt.Mask)
	}
	if len(seen) == 0 {
		return Softmax(scores, -1)
	}
	all := seen[0]
	for _, m := range seen[1:] {
		all = Mul(all, m)
	}
	return maskedSoftmax(scores, all)
}

// hiddenMost is the largest element of a mask that hides a key. The scores of hidden keys become hiddenMost.
const hiddenMost = -1e30

// checkMask reports a mask that does not broadcast to the scores.
func checkMask(mask graph.Node, scores graph.Shape) error {
	if !mask.Valid() || expands(mask.Shape(), scores) {
		return nil
	}
	return fmt.Errorf("the mask has shape %v, scores have %v", mask.Shape(), scores)
}

// maskedSoftmax is the softmax of x along its last axis over the elements where the mask is 1, and 0 elsewhere.
func maskedSoftmax(x, mask graph.Node) graph.Node {
	return Mul(Softmax(Where(mask, x, x.Graph().Scalar(hiddenMost)), -1), mask)
}

// causalMask (t, s) is 1 where the query sees the key.
func causalMask(g *graph.Graph, t, s int) graph.Node {
	m := make([]float64, t*s)
	for i := range t {
		for j := range min(s, max(0, i+1+s-t)) {
			m[i*s+j] = 1
		}
	}
	return floatConstant(g, m, t, s).Named("causal mask")
}

// lengthMask (N, 1, 1, s), or with fewer axes, is 1 for as many first keys of an example as its length. It reads a row
// for each example from a table with a row for each length.
func lengthMask(lengths graph.Node, s, axes int) graph.Node {
	m := make([]float64, (s+1)*s)
	for n := range s + 1 {
		for j := range n {
			m[n*s+j] = 1
		}
	}
	shape := append([]int{-1}, ones(axes-2)...)
	table := floatConstant(lengths.Graph(), m, s+1, s).Named("masks of lengths")
	return Reshape(Gather(table, lengths, 0), append(shape, s)...)
}

// attention has the operands q, k and v and, if there are any, the lengths. Its results are y and, for the gradient,
// the logarithm of the sum of exponentials of each query (N, NH, T).
type attention struct {
	operands int // that hold q, k and v: 3, or 2 for q and kv, or 1 for qkv
	heads    int // in the last axis of 2 operands or 1
	causal   bool
	scale    float64
}

func (o attention) String() string {
	s := [...]string{"self-attention", "cross-attention", "attention"}[o.operands-1]
	if o.operands < 3 {
		s += fmt.Sprintf(" heads=%d", o.heads)
	}
	if o.causal {
		s += " causal"
	}
	if o.scale != 0 {
		s += fmt.Sprintf(" scale=%g", o.scale)
	}
	return s
}

func (o attention) Operands() string {
	return [...]string{"qkv", "q kv", "q k v"}[o.operands-1] + " lengths"
}

func (o attention) Types(in []graph.Type) ([]graph.Type, error) {
	check := o.checkPacked
	if o.operands == 3 {
		check = o.checkHeads
	}
	if err := cmp.Or(held(in[0].DType, "scale", o.scale), check(in)); err != nil {
		return nil, err
	}
	p := o.sizes(in)
	y := graph.Type{DType: in[0].DType, Shape: graph.Shape{p.N, p.T, p.NH * p.HS}}
	if o.operands == 3 {
		y.Shape = in[0].Shape
	}
	if len(in) > o.operands {
		switch lengths := in[o.operands]; {
		case lengths.DType != graph.Int64:
			return nil, fmt.Errorf("lengths hold %v, want int64", lengths.DType)
		case !lengths.Shape.Equal(graph.Shape{p.N}):
			return nil, fmt.Errorf("lengths have shape %v, want (%d)", lengths.Shape, p.N)
		}
	}
	lse := graph.Type{DType: in[0].DType, Shape: graph.Shape{p.N, p.NH, p.T}}
	if o.operands == 3 {
		lse.Shape = y.Shape[:len(y.Shape)-1]
	}
	return []graph.Type{y, lse}, sameFloats(in[:o.operands]...)
}

func (o attention) checkHeads(in []graph.Type) error {
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	n := len(q)
	switch {
	case n < 2 || n > 4:
		return fmt.Errorf("q has %d axes, want (N, NH, T, HS) or the last of these", n)
	case len(k) != n || !alike(k, q, n-2):
		return fmt.Errorf("k has shape %v, want %v but for axis %d", k, q, n-2)
	case !v.Equal(k):
		return fmt.Errorf("v has shape %v, k has %v", v, k)
	}
	return nil
}

func (o attention) checkPacked(in []graph.Type) error {
	x, parts := in[o.operands-1].Shape, 4-o.operands // qkv or kv
	name := [...]string{"qkv", "kv"}[o.operands-1]
	switch {
	case len(x) != 3:
		return fmt.Errorf("%s has %d axes, want 3", name, len(x))
	case o.heads < 1:
		return allowed("heads", o.heads)
	case x[2]%parts != 0:
		return fmt.Errorf("%s has %d features, want a multiple of %d", name, x[2], parts)
	case x[2]/parts%o.heads != 0:
		return fmt.Errorf("%d features do not make %d heads", x[2]/parts, o.heads)
	}
	if q := in[0].Shape; o.operands == 2 && (len(q) != 3 || q[0] != x[0] || 2*q[2] != x[2]) {
		return fmt.Errorf("q has shape %v, want (%d, T, %d)", q, x[0], x[2]/2)
	}
	return nil
}

// sizes are those of operands that fit. It sets no Lengths.
func (o attention) sizes(in []graph.Type) kernel.AttentionSizes {
	q, kv := in[0].Shape, in[o.operands-1].Shape
	p := kernel.AttentionSizes{N: q[0], Scale: o.scale, Causal: o.causal}
	if o.operands == 3 {
		batch := q[:len(q)-2]
		p.N, p.NH = batch[:min(1, len(batch))].Size(), batch[min(1, len(batch)):].Size()
		p.T, p.S, p.HS = q[len(q)-2], kv[len(kv)-2], q[len(q)-1]
	} else {
		p.NH, p.T, p.S, p.HS = o.heads, q[1], kv[1], kv[2]/(4-o.operands)/o.heads
	}
	if p.Scale == 0 {
		p.Scale = 1 / math.Sqrt(float64(p.HS))
	}
	return p
}

// Grad: with δ = Σ dy·y for each query, dv = pᵀ·dy, ds = p·(dy·vᵀ - δ), dq = scale·ds·k, dk = scale·dsᵀ·q.
func (o attention) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	if !dy[0].Valid() || dy[1].Valid() {
		return nil
	}
	all := graph.ApplyAll(attentionGrad(o), append([]graph.Node{dy[0], y[0], y[1]}, in...)...)
	d := make([]graph.Node, len(in))
	for i := range o.operands {
		if want[i] {
			d[i] = all[i]
		}
	}
	return d
}

func (o attention) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAttention[float32], evalAttention[float64])
}

func evalAttention[T scalar.Float](o attention, dst, in []graph.Tensor) error {
	return evalMasked(o, dst, in, kernel.Heads[T]{})
}

// evalMasked evaluates attention with a mask. The zero mask is none.
func evalMasked[T scalar.Float](o attention, dst, in []graph.Tensor, mask kernel.Heads[T]) error {
	p, err := o.problem(in)
	if err != nil {
		return err
	}
	q, k, v := headsOf[T](o, in)
	if unused(dst[0]) { // the logarithm alone
		dst = complete(dst[:2])
	}
	kernel.Attention(headsIn[T](o, dst[0], 0, 1), graph.Floats[T](dst[1]), q, k, v, mask, p)
	return nil
}

// problem is sizes with the lengths. It reports a length outside [0, S].
func (o attention) problem(in []graph.Tensor) (kernel.AttentionSizes, error) {
	var types [3]graph.Type
	for i := range o.operands {
		types[i] = in[i].Type
	}
	p := o.sizes(types[:o.operands])
	if len(in) == o.operands {
		return p, nil
	}
	p.Lengths = in[o.operands].I64
	for n, l := range p.Lengths {
		if l < 0 || l > int64(p.S) {
			return p, fmt.Errorf("example %d has length %d, want 0 to %d", n, l, p.S)
		}
	}
	return p, nil
}

// headsOf finds q, k and v, or their gradients, in the tensors x that hold them.
func headsOf[T scalar.Float](o attention, x []graph.Tensor) (q, k, v kernel.Heads[T]) {
	switch o.operands {
	case 1:
		return headsIn[T](o, x[0], 0, 3), headsIn[T](o, x[0], 1, 3), headsIn[T](o, x[0], 2, 3)
	case 2:
		return headsIn[T](o, x[0], 0, 1), headsIn[T](o, x[1], 0, 2), headsIn[T](o, x[1], 1, 2)
	default:
		return headsIn[T](o, x[0], 0, 1), headsIn[T](o, x[1], 0, 1), headsIn[T](o, x[2], 0, 1)
	}
}

// headsIn is part i of the parts of the last axis of x, or the zero value where x has no memory.
func headsIn[T scalar.Float](o attention, x graph.Tensor, i, parts int) kernel.Heads[T] {
	f := graph.Floats[T](x)
	if f == nil {
		return kernel.Heads[T]{}
	}
	if o.operands == 3 {
		n := len(x.Shape)
		return kernel.Heads[T]{X: f, Batch: x.Shape[1:].Size(), Head: x.Shape[n-2:].Size(), Row: x.Shape[n-1]}
	}
	row := x.Shape[2]
	d := row / parts
	return kernel.Heads[T]{X: f[i*d:], Batch: x.Shape[1] * row, Head: d / o.heads, Row: row}
}

// Flops counts the two products of each pair of query and key that a causal mask leaves, and the scaled softmax.
func (o attention) Flops(in []graph.Type) (products, others int64) {
	p := o.sizes(in)
	pairs := p.T * p.S
	if p.Causal {
		pairs = 0
		for i := range p.T {
			pairs += min(p.S, max(0, i+1+p.S-p.T))
		}
	}
	all := int64(p.N*p.NH) * int64(pairs)
	return 4 * int64(p.HS) * all, (1 + softmaxFlops) * all
}

func (o attention) Draw([]graph.Type) (graph.Role, string) { return graph.RoleLinear, "Attention" }

// attentionGrad has the operands dy, y, the log-sum-exp, and those of attention. Its results are the gradients of q, k
// and v, in the layout of these operands. It computes the weights again.
type attentionGrad attention

func (o attentionGrad) String() string   { return "∂" + attention(o).String() }
func (o attentionGrad) Operands() string { return "dy y lse " + attention(o).Operands() }

func (o attentionGrad) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := attention(o).Types(in[3:])
	if err != nil {
		return nil, err
	}
	return in[3 : 3+o.operands], expect("dy y log-sum-exp", in, y[0], y[0], y[1])
}

func (o attentionGrad) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

func (o attentionGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(attention(o), dst, in, evalAttentionGrad[float32], evalAttentionGrad[float64])
}

func evalAttentionGrad[T scalar.Float](o attention, dst, in []graph.Tensor) error {
	p, err := o.problem(in[3:])
	if err != nil {
		return err
	}
	q, k, v := headsOf[T](o, in[3:])
	dq, dk, dv := headsOf[T](o, dst)
	kernel.AttentionGrad(dq, dk, dv, headsIn[T](o, in[0], 0, 1),
		kernel.Attended[T]{Q: q, K: k, V: v, Y: headsIn[T](o, in[1], 0, 1), LSE: graph.Floats[T](in[2])}, p)
	return nil
}

// Flops counts five products for the two of attention, and for each pair its weight and the gradient of that.
func (o attentionGrad) Flops(in []graph.Type) (products, others int64) {
	products, others = attention(o).Flops(in[3:])
	return products * 5 / 2, others
}

func (o attentionGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLinear, "∂Attention"
}
