// This file holds convolutions and transposed convolutions. Three ops, each of them linear in both operands, are
// closed under differentiation: the gradient of each one is made of the other two, at any order.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Conv are the options of a convolution; the zero value has stride 1, no padding, no dilation and one group. A field
// of two or four numbers, when not zero, takes the place of the field of one number.
type Conv struct {
	Stride    int // step between windows; 0 stands for 1
	Pad       int // zeros added on every side
	Dilation  int // step between the taps of a window; 0 stands for 1
	Groups    int // channels are split into so many groups that do not mix; 0 stands for 1
	OutputPad int // of a transposed convolution: rows and columns added at the bottom and right, fewer than Stride

	StrideHW, PadHW, DilationHW, OutputPadHW [2]int // height, width
	PadTLBR                                  [4]int // top, left, bottom, right
}

// Conv2D is the 2-D convolution of x (N, C, H, W) with weights w (K, C/Groups, KH, KW) and bias b (K), which may be
// the zero Node. The result is (N, K, OH, OW):
//
//	y[n,k,i,j] = b[k] + Σ_{c,u,v} w[k,c,u,v] · x[n,c, i·stride-top+u·dilation, j·stride-left+v·dilation]
//	OH = ⌊(H + top + bottom - dilation·(KH-1) - 1) / stride⌋ + 1
//
// where c runs over the channels of k's group, and x is 0 outside its borders. As in every framework it is a
// cross-correlation: the kernel is not flipped. It is an error if the kernel does not fit into the padded input, the
// channels differ or do not divide into the groups. See LeCun et al. 1989 and Dumoulin and Visin 2016.
func Conv2D(x, w, b graph.Node, opt Conv) graph.Node {
	return opt.apply(2, x, w, b)
}

// Conv1D is the 1-D convolution of x (N, C, T) with weights w (K, C/Groups, KT) and bias b (K), which may be the zero
// Node, as [Conv2D]. The result is (N, K, OT). In options for two axes, the numbers for the width count: a causal
// convolution has PadTLBR [4]int{1: dilation·(KT-1)}.
func Conv1D(x, w, b graph.Node, opt Conv) graph.Node {
	return opt.apply(1, x, w, b)
}

// ConvTranspose2D is the transposed convolution, also called fractionally strided, of x (N, C, H, W) with weights w
// (C, K/Groups, KH, KW) and bias b (K), which may be the zero Node. The result is (N, K, OH, OW):
//
//	OH = (H-1)·stride - top - bottom + dilation·(KH-1) + 1 + OutputPad
//
// It is the derivative of [Conv2D] with the same options and weights: ⟨Conv2D(y), x⟩ = ⟨y, ConvTranspose2D(x)⟩. Every
// element of x adds a copy of the kernel to y. With a stride above 1 several sizes are possible, and OutputPad picks
// one. Padding removes rows and columns of y. The layout of w is PyTorch's, channels of x first. See Zeiler et al.
// 2010.
func ConvTranspose2D(x, w, b graph.Node, opt Conv) graph.Node {
	return opt.applyTransposed(2, x, w, b)
}

// ConvTranspose1D is the transposed convolution of x (N, C, T) with weights w (C, K/Groups, KT) and bias b (K), which
// may be the zero Node, as [ConvTranspose2D].
func ConvTranspose1D(x, w, b graph.Node, opt Conv) graph.Node {
	return opt.applyTransposed(1, x, w, b)
}

func (opt Conv) apply(axes int, x, w, b graph.Node) graph.Node {
	if opt.OutputPad != 0 || opt.OutputPadHW != [2]int{} {
		return graph.Failf(convName("conv", axes), []graph.Node{x, w},
			"output padding belongs to transposed convolutions")
	}
	return graph.Apply(convolve{opt.window(axes)}, withBias(x, w, b)...)
}

func (opt Conv) applyTransposed(axes int, x, w, b graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if !w.Valid() {
		return w
	}
	o := opt.window(axes)
	extra := pick(opt.OutputPadHW, opt.OutputPad, 0)
	if axes == 1 {
		extra[0] = 0
	}
	if err := cmp.Or(o.checkNumbers(), allowedPair("output padding", axes, extra)); err != nil {
		return graph.Fail(convName("convtranspose", axes)+o.attributes(), []graph.Node{x, w}, err)
	}
	in, kernel := o.plane(x.Shape()), o.plane(w.Shape())
	var size [2]int
	for a := range size {
		if a == 0 && axes == 1 {
			size[a] = 1
			continue
		}
		size[a] = (in[a]-1)*o.stride[a] - o.pad[a] - o.pad[a+2] + o.reach(kernel, a) + extra[a]
	}
	return graph.Apply(convTranspose{o, size}, withBias(x, w, b)...)
}

func withBias(x, w, b graph.Node) []graph.Node {
	if b == (graph.Node{}) {
		return []graph.Node{x, w}
	}
	return []graph.Node{x, w, b}
}

// window is how the windows of a convolution lie on the padded input. A convolution over one axis is computed as one
// over two axes, of height 1.
type window struct {
	axes             int // 1 or 2
	stride, dilation [2]int
	pad              [4]int // top, left, bottom, right
	groups           int
}

func (opt Conv) window(axes int) window {
	o := window{axes: axes, stride: pick(opt.StrideHW, opt.Stride, 1), dilation: pick(opt.DilationHW, opt.Dilation, 1),
		groups: opt.Groups}
	if o.groups == 0 {
		o.groups = 1
	}
	o.pad = opt.PadTLBR
	if o.pad == [4]int{} {
		p := pick(opt.PadHW, opt.Pad, 0)
		o.pad = [4]int{p[0], p[1], p[0], p[1]}
	}
	if axes == 1 {
		o.stride[0], o.dilation[0], o.pad[0], o.pad[2] = 1, 1, 0, 0
	}
	return o
}

// pick returns both if it is not zero, else single twice, or otherwise twice if single is 0.
func pick(both [2]int, single, otherwise int) [2]int {
	switch {
	case both != [2]int{}:
		return both
	case single != 0:
		return [2]int{single, single}
	}
	return [2]int{otherwise, otherwise}
}

// plane returns height and width of a shape (·, ·, H, W) or (·, ·, T); missing axes are 1.
func (o window) plane(s graph.Shape) [2]int {
	p := [2]int{1, 1}
	for a := 2 - o.axes; a < 2 && a+o.axes < len(s); a++ {
		p[a] = s[a+o.axes]
	}
	return p
}

// shape is the inverse of plane, with n and c before it.
func (o window) shape(n, c int, plane [2]int) graph.Shape {
	return append(graph.Shape{n, c}, plane[2-o.axes:]...)
}

// reach is how many elements of axis a a window covers, from its first tap to its last.
func (o window) reach(kernel [2]int, a int) int { return o.dilation[a]*(kernel[a]-1) + 1 }

// windows returns how many windows fit into the padded plane along each axis.
func (o window) windows(plane, kernel [2]int) (n [2]int) {
	for a := range n {
		if room := plane[a] + o.pad[a] + o.pad[a+2] - o.reach(kernel, a); room >= 0 {
			n[a] = room/o.stride[a] + 1
		}
	}
	return n
}

// steps are the strides, limited to the size of the padded plane: with a larger stride there is one window.
func (o window) steps(plane [2]int) (s [2]int) {
	for a := range s {
		s[a] = min(o.stride[a], plane[a]+o.pad[a]+o.pad[a+2])
	}
	return s
}

// geometry is the kernel's view of the convolution of an image (N, C, ·) with weights (K, C/groups, ·) to out (N, K,
// ·).
func (o window) geometry(image, weight, out graph.Shape) conv.Conv {
	x, w, y := o.plane(image), o.plane(weight), o.plane(out)
	s := o.steps(x)
	return conv.Conv{
		N: image[0], C: image[1], H: x[0], W: x[1], K: weight[0], KH: w[0], KW: w[1],
		StrideH: s[0], StrideW: s[1], DilH: o.dilation[0], DilW: o.dilation[1],
		PadT: o.pad[0], PadL: o.pad[1], PadB: o.pad[2], PadR: o.pad[3],
		Groups: o.groups, OH: y[0], OW: y[1],
	}
}

// convFlops counts a product and a sum for each weight and window. A bias adds nothing: sums begin at it.
func convFlops(c conv.Conv) (products, others int64) {
	return 2 * int64(c.N) * int64(c.K) * int64(c.OH*c.OW) * int64(c.C/c.Groups*c.KH*c.KW), 0
}

// attributes writes the options that differ from the default.
func (o window) attributes() string {
	s := pairAttribute("stride", o.axes, o.stride, 1)
	switch {
	case o.pad[0] != o.pad[2] || o.pad[1] != o.pad[3]:
		if o.axes == 1 {
			s += fmt.Sprintf(" pad=[%d %d]", o.pad[1], o.pad[3])
		} else {
			s += fmt.Sprintf(" pad=%v", o.pad)
		}
	default:
		s += pairAttribute("pad", o.axes, [2]int(o.pad[:2]), 0)
	}
	s += pairAttribute("dilation", o.axes, o.dilation, 1)
	if o.groups != 1 {
		s += fmt.Sprintf(" groups=%d", o.groups)
	}
	return s
}

// pairAttribute writes " name=2" or " name=[2 1]", and nothing for the default.
func pairAttribute(name string, axes int, v [2]int, otherwise int) string {
	switch {
	case v[1] == otherwise && (axes == 1 || v[0] == otherwise):
		return ""
	case axes == 1 || v[0] == v[1]:
		return fmt.Sprintf(" %s=%d", name, v[1])
	}
	return fmt.Sprintf(" %s=%v", name, v)
}

func convName(name string, axes int) string { return fmt.Sprintf("%s%dd", name, axes) }

// by writes 5×5, or 5 for one axis.
func by(axes int, p [2]int) string {
	if axes == 1 {
		return fmt.Sprint(p[1])
	}
	return fmt.Sprintf("%d×%d", p[0], p[1])
}

// check reports what is wrong with the options, and with the element types and ranks of the named operands.
func (o window) check(in []graph.Type, names ...string) error {
	for i, name := range names {
		switch t := in[i]; {
		case !t.DType.IsFloat():
			return fmt.Errorf("%s is %v, want floats", name, t.DType)
		case t.DType != in[0].DType:
			return fmt.Errorf("%s is %v, %s is %v", name, t.DType, names[0], in[0].DType)
		case len(t.Shape) != o.axes+2:
			return fmt.Errorf("%s has %d axes, want %d", name, len(t.Shape), o.axes+2)
		}
	}
	return o.checkNumbers()
}

// checkNumbers reports what is wrong with the options alone.
func (o window) checkNumbers() error {
	if height := [...]int{o.stride[0], o.dilation[0], o.pad[0], o.pad[2]}; o.axes == 1 &&
		height != [...]int{1, 1, 0, 0} {
		return fmt.Errorf("windows over one axis have a height: stride, dilation and pads are %v", height)
	}
	for _, p := range o.pad {
		switch {
		case p < 0:
			return fmt.Errorf("pad %v must not be negative", o.pad)
		case allowed("pad", p) != nil:
			return allowed("pad", p)
		}
	}
	if allowed("groups", o.groups) != nil {
		return fmt.Errorf("groups %d must be %s", o.groups, count.bound(float64(o.groups)))
	}
	return cmp.Or(allowedPair("stride", o.axes, o.stride), allowedPair("dilation", o.axes, o.dilation))
}

// checkPadded reports an image (N, C, ·) that has too many elements with its padding: a kernel may copy it padded.
func (o window) checkPadded(image graph.Shape) error {
	plane := o.plane(image)
	for a := range plane {
		plane[a] += o.pad[a] + o.pad[a+2]
	}
	if err := o.shape(image[0], image[1], plane).Check(); err != nil {
		return fmt.Errorf("with its padding the image is too large: %w", err)
	}
	return nil
}

// checkChannels compares the channels of the image and of the result with the weights (K, C/groups, …).
func (o window) checkChannels(image int, weight graph.Shape) error {
	switch {
	case image%o.groups != 0:
		return fmt.Errorf("%d channels do not divide into %d groups", image, o.groups)
	case weight[0]%o.groups != 0:
		return fmt.Errorf("weight has %d filters, which do not divide into %d groups", weight[0], o.groups)
	case image != weight[1]*o.groups:
		return fmt.Errorf("input has %d channels, weight expects %d", image, weight[1]*o.groups)
	}
	return nil
}

// checkBias checks the optional third operand.
func checkBias(in []graph.Type, channels int) error {
	if len(in) > 2 && !in[2].Equal(graph.Type{DType: in[0].DType, Shape: graph.Shape{channels}}) {
		return fmt.Errorf("bias is %v, want %v %v", in[2], in[0].DType, graph.Shape{channels})
	}
	return nil
}

// checkFit reports a kernel that is larger than the padded plane.
func (o window) checkFit(plane, kernel [2]int) error {
	if n := o.windows(plane, kernel); n[0] > 0 && n[1] > 0 {
		return nil
	}
	pad := fmt.Sprint(o.pad[1])
	if o.pad != [4]int{o.pad[1], o.pad[1], o.pad[1], o.pad[1]} && o.axes == 2 || o.pad[1] != o.pad[3] {
		pad = fmt.Sprint(o.pad)
	}
	spread := ""
	if o.dilation != [2]int{1, 1} {
		spread = fmt.Sprintf(", spread over %s,", by(o.axes, [2]int{o.reach(kernel, 0), o.reach(kernel, 1)}))
	}
	return fmt.Errorf("input %s smaller than kernel %s%s after padding %s", by(o.axes, plane), by(o.axes, kernel),
		spread, pad)
}

// scratchType is the types of a workspace of n elements, for graph.Scratcher.
func scratchType(d graph.DType, n int) []graph.Type {
	if n == 0 {
		return nil
	}
	return []graph.Type{{DType: d, Shape: graph.Shape{n}}}
}

// workspace returns the scratch of an op with one result.
func workspace[T scalar.Float](dst []graph.Tensor) []T {
	if len(dst) < 2 {
		return nil
	}
	return graph.Floats[T](dst[1])
}

// convolve is y = w ∗ x + b.
//
//	dx = convTranspose(dy, w)    dw = convWeights(x, dy)    db = Σ dy over all axes but the channels
type convolve struct{ window }

func (o convolve) String() string { return convName("conv", o.axes) + o.attributes() }

func (o convolve) Types(in []graph.Type) ([]graph.Type, error) {
	if err := o.check(in, "input", "weight"); err != nil {
		return nil, err
	}
	x, w := in[0].Shape, in[1].Shape
	plane, kernel := o.plane(x), o.plane(w)
	if err := o.checkChannels(x[1], w); err != nil {
		return nil, err
	}
	if err := checkBias(in, w[0]); err != nil {
		return nil, err
	}
	if err := cmp.Or(o.checkFit(plane, kernel), o.checkPadded(x)); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: in[0].DType, Shape: o.shape(x[0], w[0], o.windows(plane, kernel))}}, nil
}

func (o convolve) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, len(in))
	if want[0] {
		d[0] = graph.Apply(convTranspose{o.window, o.plane(in[0].Shape())}, dy[0], in[1])
	}
	if want[1] {
		d[1] = graph.Apply(convWeights{o.window, o.plane(in[1].Shape())}, in[0], dy[0])
	}
	if len(in) > 2 && want[2] {
		d[2] = graph.Apply(channelSum{}, dy[0])
	}
	return d
}

func (o convolve) of(in []graph.Type) conv.Conv {
	x, w := in[0].Shape, in[1].Shape
	c := o.geometry(x, w, x)
	n := o.windows([2]int{c.H, c.W}, [2]int{c.KH, c.KW})
	c.OH, c.OW = n[0], n[1]
	return c
}

func (o convolve) Scratch(in []graph.Type) []graph.Type {
	return scratchType(in[0].DType, o.of(in).ForwardScratch())
}

func (o convolve) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalConvolve[float32], evalConvolve[float64])
}

func evalConvolve[T scalar.Float](o convolve, dst, in []graph.Tensor) error {
	c := o.geometry(in[0].Shape, in[1].Shape, dst[0].Shape)
	var b []T
	if len(in) > 2 {
		b = graph.Floats[T](in[2])
	}
	conv.ConvForward(c, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1]), b,
		workspace[T](dst))
	return nil
}

func (o convolve) Operands() string                               { return "x w b" }
func (o convolve) Flops(in []graph.Type) (products, others int64) { return convFlops(o.of(in)) }
func (o convolve) Draw(in []graph.Type) (graph.Role, string) {
	return graph.RoleLinear, fmt.Sprintf("Conv%dD %s", o.axes, by(o.axes, o.plane(in[1].Shape)))
}

// Absorb takes in a normalisation by given statistics, which goes into the weights, or elementwise ops.
func (o convolve) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	if n, ok := next.(batchNormEval); ok && operand == 0 {
		return convNorm{conv: o, bias: operands > 2, norm: n}, true
	}
	return absorb(o, operands, next, operand, in)
}

// Prepare packs constant weights.
func (o convolve) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	c := o.of(in)
	if !held[1] || in[1].DType != graph.Float32 || c.PackedWeights() == 0 {
		return graph.Preparation{}, false
	}
	return graph.Preparation{Op: packConv{conv: c}, From: []int{1}, Rest: packedConv{window: o.window, conv: c}}, true
}

// convTranspose is the gradient of convolve by its image, plus a bias. Its operands are the gradient y of convolve's
// result, and the weights w. Its result is an image of the given size.
//
//	dy = convolve(dx, w)    dw = convWeights(dx, y)    db = Σ dx over all axes but the channels
type convTranspose struct {
	window
	size [2]int
}

func (o convTranspose) String() string {
	return convName("convtranspose", o.axes) + o.attributes() + pairAttribute("size", o.axes, o.size, 0)
}

func (o convTranspose) Types(in []graph.Type) ([]graph.Type, error) {
	if err := o.check(in, "input", "weight"); err != nil {
		return nil, err
	}
	y, w := in[0].Shape, in[1].Shape
	switch {
	case y[1] != w[0]:
		return nil, fmt.Errorf("input has %d channels, weight expects %d", y[1], w[0])
	case w[0]%o.groups != 0:
		return nil, fmt.Errorf("%d channels do not divide into %d groups", w[0], o.groups)
	}
	channels := w[1] * o.groups
	if err := checkBias(in, channels); err != nil {
		return nil, err
	}
	for a, n := range o.plane(y) {
		switch {
		case o.size[a] < 1:
			return nil, fmt.Errorf("nothing is left of the output, %s, after padding %v", by(o.axes, o.size), o.pad)
		case o.size[a] > maxSize:
			return nil, fmt.Errorf("the output would be %s, want at most %d a side", by(o.axes, o.size), maxSize)
		}
		extra := o.size[a] + o.pad[a] + o.pad[a+2] - o.reach(o.plane(w), a) - (n-1)*o.stride[a]
		switch {
		case extra < 0 || extra >= o.stride[a]:
			return nil, fmt.Errorf("output padding %d must not be negative and must be less than stride %d", extra,
				o.stride[a])
		}
	}
	image := o.shape(y[0], channels, o.size)
	return []graph.Type{{DType: in[0].DType, Shape: image}}, o.checkPadded(image)
}

func (o convTranspose) Grad(_, dx, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, len(in))
	if want[0] {
		d[0] = graph.Apply(convolve{o.window}, dx[0], in[1])
	}
	if want[1] {
		d[1] = graph.Apply(convWeights{o.window, o.plane(in[1].Shape())}, dx[0], in[0])
	}
	if len(in) > 2 && want[2] {
		d[2] = graph.Apply(channelSum{}, dx[0])
	}
	return d
}

func (o convTranspose) of(in []graph.Type) conv.Conv {
	y, w := in[0].Shape, in[1].Shape
	return o.geometry(o.shape(y[0], w[1]*o.groups, o.size), w, y)
}

func (o convTranspose) Scratch(in []graph.Type) []graph.Type {
	return scratchType(in[0].DType, o.of(in).BackwardDataScratch())
}

func (o convTranspose) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalConvTranspose[float32], evalConvTranspose[float64])
}

func evalConvTranspose[T scalar.Float](o convTranspose, dst, in []graph.Tensor) error {
	c := o.geometry(dst[0].Shape, in[1].Shape, in[0].Shape)
	x := graph.Floats[T](dst[0])
	conv.ConvBackwardData(c, x, graph.Floats[T](in[0]), graph.Floats[T](in[1]), workspace[T](dst))
	if len(in) > 2 {
		conv.ChannelAdd(c.N, c.C, c.H*c.W, x, graph.Floats[T](in[2]))
	}
	return nil
}

func (o convTranspose) Operands() string                               { return "x w b" }
func (o convTranspose) Flops(in []graph.Type) (products, others int64) { return convFlops(o.of(in)) }
func (o convTranspose) Draw(in []graph.Type) (graph.Role, string) {
	return graph.RoleLinear, fmt.Sprintf("ConvTranspose%dD %s", o.axes, by(o.axes, o.plane(in[1].Shape)))
}

// Absorb takes in elementwise ops.
func (o convTranspose) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// convWeights is the gradient of convolve by its weights. Its operands are the image x, and the gradient y of
// convolve's result. Its result is weights of the given kernel size.
//
//	dx = convTranspose(y, dw)    dy = convolve(x, dw)
type convWeights struct {
	window
	kernel [2]int
}

func (o convWeights) String() string {
	return convName("conv", o.axes) + "-weights" + o.attributes() + pairAttribute("kernel", o.axes, o.kernel, 0)
}

func (o convWeights) Types(in []graph.Type) ([]graph.Type, error) {
	if err := o.check(in, "input", "output"); err != nil {
		return nil, err
	}
	x, y := in[0].Shape, in[1].Shape
	w := o.shape(y[1], x[1]/o.groups, o.kernel)
	if err := cmp.Or(allowedPair("kernel", o.axes, o.kernel), o.checkChannels(x[1], w), o.checkPadded(x)); err != nil {
		return nil, err
	}
	if n := o.windows(o.plane(x), o.kernel); x[0] != y[0] || n != o.plane(y) {
		return nil, fmt.Errorf("output is %s for %d images, want %s for %d", by(o.axes, o.plane(y)), y[0],
			by(o.axes, n), x[0])
	}
	return []graph.Type{{DType: in[0].DType, Shape: w}}, nil
}

func (o convWeights) Grad(_, dw, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 2)
	if want[0] {
		d[0] = graph.Apply(convTranspose{o.window, o.plane(in[0].Shape())}, in[1], dw[0])
	}
	if want[1] {
		d[1] = graph.Apply(convolve{o.window}, in[0], dw[0])
	}
	return d
}

func (o convWeights) of(in []graph.Type) conv.Conv {
	x, y := in[0].Shape, in[1].Shape
	return o.geometry(x, o.shape(y[1], x[1]/o.groups, o.kernel), y)
}

func (o convWeights) Scratch(in []graph.Type) []graph.Type {
	return scratchType(in[0].DType, o.of(in).BackwardWeightsScratch())
}

func (o convWeights) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalConvWeights[float32], evalConvWeights[float64])
}

func evalConvWeights[T scalar.Float](o convWeights, dst, in []graph.Tensor) error {
	c := o.geometry(in[0].Shape, dst[0].Shape, in[1].Shape)
	conv.ConvBackwardWeights(c, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1]),
		workspace[T](dst))
	return nil
}

func (o convWeights) Operands() string                               { return "x dy" }
func (o convWeights) Flops(in []graph.Type) (products, others int64) { return convFlops(o.of(in)) }
func (o convWeights) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLinear, fmt.Sprintf("Conv%dD %s weights", o.axes, by(o.axes, o.kernel))
}

// channelSum is the sum of x (N, C, …) over all axes but the channels: the gradient of a bias. dx = channelFill(dy).
type channelSum struct{}

func (channelSum) String() string { return "channel-sum" }

func (channelSum) Types(in []graph.Type) ([]graph.Type, error) {
	if len(in[0].Shape) < 2 || !in[0].DType.IsFloat() {
		return nil, fmt.Errorf("input is %v, want floats (N, C, …)", in[0])
	}
	return []graph.Type{{DType: in[0].DType, Shape: in[0].Shape[1:2]}}, nil
}

func (channelSum) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(channelFill{graph.MakeDims(in[0].Shape()...)}, dy[0])}
}

func (o channelSum) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalChannelSum[float32], evalChannelSum[float64])
}

func evalChannelSum[T scalar.Float](_ channelSum, dst, in []graph.Tensor) error {
	axes := uint(1)<<len(in[0].Shape) - 1 - 2
	vector.Reduce(vector.Sum, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[0].Shape, axes)
	return nil
}

func (channelSum) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, "Σ by channel" }

func (channelSum) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// channelFill repeats each element of x (C) for all elements of its channel in a shape (N, C, …). dx = channelSum(dy).
type channelFill struct{ shape graph.Dims }

func (o channelFill) String() string { return "channel-fill shape=" + o.shape.String() }

func (o channelFill) Types(in []graph.Type) ([]graph.Type, error) {
	if o.shape.Len() < 2 || len(in[0].Shape) != 1 || !in[0].DType.IsFloat() || in[0].Shape[0] != o.shape.At(1) {
		return nil, fmt.Errorf("input is %v, want floats by channel of %v", in[0], o.shape)
	}
	return []graph.Type{{DType: in[0].DType, Shape: o.shape.Slice()}}, nil
}

func (o channelFill) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(channelSum{}, dy[0])}
}

func (o channelFill) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalChannelFill[float32], evalChannelFill[float64])
}

func evalChannelFill[T scalar.Float](_ channelFill, dst, in []graph.Tensor) error {
	s := dst[0].Shape
	conv.ChannelFill(s[0], s[1], s[2:].Size(), graph.Floats[T](dst[0]), graph.Floats[T](in[0]))
	return nil
}

func (o channelFill) Rearranges() {}

func (channelFill) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Fill by channel" }
