// This file holds LeNet1998, LeNet-5 as it was published.

package cnn

import (
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// LeNet1998 is LeNet-5 as it was published, for digits:
//
//	x (N, 1, 28, 28), ink 1 on paper 0 → ink 1.175 on paper -0.1, with a border of 2    (N, 1, 32, 32)
//	c1  5×5, 6 maps                                         → f                         (N, 6, 28, 28)
//	s2  w·(sum of each 2×2 window) + b, w and b of a map    → f                         (N, 6, 14, 14)
//	c3  5×5, 16 maps, each of some of the 6                 → f                         (N, 16, 10, 10)
//	s4  as s2                                               → f                         (N, 16, 5, 5)
//	c5  5×5, 120 maps                                       → f                         (N, 120)
//	f6  120 → 84                                            → f                         (N, 84)
//	output  y[k] = Σ (x[j] - code[k][j])², a distance to the picture of a digit         (N, 10)
//
// with f(a) = 1.7159·tanh(2a/3), which is ±1 at ±1. The numbers of paper and ink make a mean of about 0 and a variance
// of about 1. The codes are pictures of the digits, 7 wide and 12 high, of ±1, and are not learnt: f6 learns to draw.
//
// The distances are penalties: Forward gives -y, of which the largest is the answer. See [LeNet1998.Build] for the
// loss. Weights and biases begin with U(±2.4/fan_in), as in the paper.
//
// The pictures of the codes are drawn for this network, since the paper shows its own without their numbers. It learns
// by gradients alone, where the paper divides the rate of each weight by a second derivative.
//
// LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", Proceedings of the
// IEEE 86, 1998.
type LeNet1998 struct {
	C1    *nn.Conv2D
	S2    *Subsampling
	C3    *PartialConv
	S4    *Subsampling
	C5    *nn.Conv2D
	F6    *nn.Linear
	Codes *graph.Param // (10, 84)
	// Reject is j of the loss, the penalty of an answer that it is no digit.
	Reject float64

	scope *nn.Scope
}

// c3Table is table I of the paper: a row for each of the 16 maps of C3, and an x for each of the 6 maps of S2 that it
// reads. There are 60 of 96: with all of them, maps would have no reason to become different.
var c3Table = [16]string{
	"xxx...",
	".xxx..",
	"..xxx.",
	"...xxx",
	"x...xx",
	"xx...x",
	"xxxx..",
	".xxxx.",
	"..xxxx",
	"x..xxx",
	"xx..xx",
	"xxx..x",
	"xx.xx.",
	".xx.xx",
	"x.xx.x",
	"xxxxxx",
}

// digitCodes are the codes of the output layer, 0 to 9 from left to right.
var digitCodes = [12]string{
	"..xxx.. ...x... ..xxx.. .xxxxx. ....xx. xxxxxxx ..xxxx. xxxxxxx ..xxx.. ..xxx..",
	".xx.xx. ..xx... .xx.xx. x....xx ...xxx. xx..... .xx.... x....xx .xx.xx. .xx.xx.",
	"xx...xx .xxx... xx...xx .....xx ...xxx. xx..... xx..... .....xx xx...xx xx...xx",
	"xx...xx x.xx... .....xx .....xx ..x.xx. xx..... xx..... ....xx. xx...xx xx...xx",
	"xx...xx ..xx... .....xx ....xx. ..x.xx. xxxxx.. xx..... ....xx. .xx.xx. xx...xx",
	"xx...xx ..xx... ....xx. ..xxx.. .x..xx. ....xx. xxxxx.. ...xx.. ..xxx.. .xx..xx",
	"xx...xx ..xx... ...xx.. ....xx. .x..xx. .....xx xxx.xx. ...xx.. .xx.xx. ..xxxxx",
	"xx...xx ..xx... ..xx... .....xx xxxxxxx .....xx xx...xx ..xx... xx...xx .....xx",
	"xx...xx ..xx... .xx.... .....xx ....xx. .....xx xx...xx ..xx... xx...xx .....xx",
	"xx...xx ..xx... xx..... .....xx ....xx. .....xx xx...xx .xx.... xx...xx .....xx",
	".xx.xx. ..xx... xx..... x....xx ....xx. x...xx. .xx.xx. .xx.... .xx.xx. ....xx.",
	"..xxx.. xxxxxx. xxxxxxx .xxxxx. ....xx. .xxxx.. ..xxx.. xx..... ..xxx.. .xxxx..",
}

// NewLeNet1998 makes the network: 60,000 parameters, in c1 156, s2 12, c3 1,516, s4 32, c5 48,120 and f6 10,164. The
// codes are a buffer.
func NewLeNet1998() *LeNet1998 {
	s := nn.NewScope()
	begin := func(fan float64) nn.Affine {
		return nn.Affine{Weight: nn.Uniform(2.4 / fan), Bias: nn.Uniform(2.4 / fan)}
	}
	return &LeNet1998{
		C1:     nn.NewConv2D(s.Sub("c1"), 1, 6, 5, ops.Conv{}, begin(5*5)),
		S2:     newSubsampling(s.Sub("s2"), 6),
		C3:     newPartialConv(s.Sub("c3"), 6, 5, c3Table[:]),
		S4:     newSubsampling(s.Sub("s4"), 16),
		C5:     nn.NewConv2D(s.Sub("c5"), 16, 120, 5, ops.Conv{}, begin(16*5*5)),
		F6:     nn.NewLinear(s.Sub("f6"), 120, 84, begin(120)),
		Codes:  s.Sub("output").Buffer("codes", codes, 10, 7*12),
		Reject: 1,
		scope:  s,
	}
}

// codes writes the pictures of the digits, row by row, with ink 1 and paper -1.
func codes(dst graph.Tensor, _ *nn.Rand) {
	nn.Constant(-1)(dst, nil)
	for row, line := range digitCodes {
		for digit, part := range strings.Fields(line) {
			for column, ink := range part {
				if at := digit*7*12 + row*7 + column; ink == 'x' && dst.DType == graph.Float64 {
					dst.F64[at] = 1
				} else if ink == 'x' {
					dst.F32[at] = 1
				}
			}
		}
	}
}

// Params returns weights and biases, c1.weight, …, f6.bias, and output.codes.
func (m *LeNet1998) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, 1, 28, 28) with values in [0, 1] to -y (N, 10).
func (m *LeNet1998) Forward(x graph.Node) graph.Node {
	if !x.Valid() || x.Rank() != 4 {
		return m.C1.Forward(x) // which says so
	}
	x = ops.AddScalar(ops.Scale(x, 1.275), -.1)
	border := []int{0, 0, 2, 2}
	x = ops.Pad(x, border, border, -.1)              // (N, 1, 32, 32)
	x = m.scope.Apply("c1", m.C1.Forward(x), squash) // (N, 6, 28, 28)
	x = m.scope.Apply("s2", m.S2.Forward(x), squash) // (N, 6, 14, 14)
	x = m.scope.Apply("c3", m.C3.Forward(x), squash) // (N, 16, 10, 10)
	x = m.scope.Apply("s4", m.S4.Forward(x), squash) // (N, 16, 5, 5)
	x = m.scope.Apply("c5", m.C5.Forward(x), squash) // (N, 120, 1, 1)
	x = ops.Flatten(x, 1)                            // (N, 120)
	x = m.scope.Apply("f6", m.F6.Forward(x), squash) // (N, 84)
	return m.scope.Apply("output", x, m.distances)   // (N, 10)
}

// distances maps x (N, 84) to -Σ (x - code)² (N, 10).
func (m *LeNet1998) distances(x graph.Node) graph.Node {
	each := ops.Sub(ops.Unsqueeze(x, 1), x.Graph().Param(m.Codes)) // (N, 10, 84)
	return ops.Neg(ops.Sum(ops.Square(each), -1))
}

// squash is the network's nonlinearity, 1.7159·tanh(2x/3).
func squash(x graph.Node) graph.Node { return ops.Scale(ops.Tanh(ops.Scale(x, 2./3)), 1.7159) }

// Inputs are x and y.
func (m *LeNet1998) Inputs() []string { return []string{"x", "y"} }

// Build is the task of telling digits d (N) by equation 9 of the paper: the penalty of the right answer, and a term
// that grows as those of other answers fall. Answers whose penalties are far above j, that of "no digit", are let be:
//
//	loss = mean of y[d] + ln(e^-j + Σ e^-y[k])
//
// It is the cross-entropy of eleven logits, -y and -j.
func (m *LeNet1998) Build(batch ...graph.Node) train.Outcome {
	logits := m.Forward(batch[0]) // (N, 10)
	if !logits.Valid() {
		return train.Outcome{Loss: logits, Pred: logits}
	}
	none := logits.Graph().Full(-m.Reject, logits.Dim(0), 1)
	return train.Outcome{Loss: ops.CrossEntropy(ops.Concat(1, logits, none), batch[1]), Pred: logits}
}

// Subsampling halves the sides of maps:
//
//	y = w·(sum of each 2×2 window) + b        w, b (C)
type Subsampling struct {
	Weight, Bias *graph.Param // (C)

	scope *nn.Scope
}

// newSubsampling makes the layer. Both numbers of a map begin with U(±0.6), 2.4 by the four elements that they read.
func newSubsampling(s *nn.Scope, channels int) *Subsampling {
	begin := nn.Uniform(2.4 / 4)
	return &Subsampling{
		Weight: s.Param("weight", begin, channels),
		Bias:   s.Param("bias", begin, channels),
		scope:  s,
	}
}

// Forward maps x (N, C, H, W) to (N, C, H/2, W/2).
func (l *Subsampling) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.Open(g)()
	each := func(p *graph.Param) graph.Node { return ops.Reshape(g.Param(p), -1, 1, 1) } // (C, 1, 1)
	sums := ops.Scale(ops.AvgPool2D(x, ops.Pool{Size: 2}), 4)
	return ops.Add(ops.Mul(sums, each(l.Weight)), each(l.Bias))
}

// PartialConv is a convolution of which each map reads some of the maps below. Its weight has a kernel for each
// connection that there is, which Forward puts among zeros, so that it is an ordinary convolution from there on.
type PartialConv struct {
	Weight *graph.Param // (connections, k, k), by map and then by the map that is read
	Bias   *graph.Param // (out)

	places []int64 // of each pair of maps the place of its kernel, or the number of connections
	in     int
	scope  *nn.Scope
}

// newPartialConv makes a convolution with square kernels by a table: a row for each map that it makes, with an x for
// each of the in maps that it reads. What belongs to a map that reads n begins with U(±2.4/(n·kernel²)).
func newPartialConv(s *nn.Scope, in, kernel int, table []string) *PartialConv {
	c := &PartialConv{in: in, scope: s}
	connections := strings.Count(strings.Join(table, ""), "x")
	var kernels, maps []int // the fan of each kernel, and of each map
	for _, row := range table {
		fan := strings.Count(row, "x") * kernel * kernel
		maps = append(maps, fan)
		for _, x := range row {
			if x == 'x' {
				c.places, kernels = append(c.places, int64(len(kernels))), append(kernels, fan)
			} else {
				c.places = append(c.places, int64(connections))
			}
		}
	}
	c.Weight = s.Param("weight", byFan(kernels), connections, kernel, kernel)
	c.Bias = s.Param("bias", byFan(maps), len(table))
	return c
}

// byFan draws from U(±2.4/fan), where each of the fans is that of as many elements as the next.
func byFan(fans []int) nn.Init {
	return func(dst graph.Tensor, r *nn.Rand) {
		nn.Uniform(2.4)(dst, r)
		each := dst.Shape.Size() / len(fans)
		for i := range dst.F32 {
			dst.F32[i] /= float32(fans[i/each])
		}
		for i := range dst.F64 {
			dst.F64[i] /= float64(fans[i/each])
		}
	}
}

// Forward maps x (N, in, H, W) to (N, out, OH, OW).
func (c *PartialConv) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer c.scope.Open(g)()
	w := g.Param(c.Weight)
	k := w.Dim(1)
	w = ops.Concat(0, ops.Reshape(w, -1, k*k), g.Full(0, 1, k*k))              // (connections + 1, k²)
	w = ops.Gather(w, g.Constant(graph.FromInt64(c.places, len(c.places))), 0) // (out·in, k²)
	return ops.Conv2D(x, ops.Reshape(w, -1, c.in, k, k), g.Param(c.Bias), ops.Conv{})
}
