// This file holds pooling: maxima and means over windows, bins and whole planes.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Pool are the options of a pooling. A field of two numbers, when not zero, takes the place of the field of one
// number.
type Pool struct {
	Size     int  // of the window
	Stride   int  // step between windows; 0 stands for the size
	Dilation int  // step between the elements of a window; 0 stands for 1
	CeilMode bool // a last window that does not fit is kept, unless it would begin in the padding

	// Pad elements are added on every side, at most half the size. They are never the maximum, and count as 0 in a
	// mean.
	Pad int

	// ExcludePad has a mean divide by the elements that are not padding (PyTorch: count_include_pad=false; Keras and
	// TensorFlow always).
	ExcludePad bool

	SizeHW, StrideHW, PadHW [2]int // height, width
}

// MaxPool2D takes the maximum over windows of x (N, C, H, W). The result is (N, C, OH, OW):
//
//	y[n,c,i,j] = max_{u,v} x[n,c, i·stride-pad+u·dilation, j·stride-pad+v·dilation]
//	OH = ⌊(H + 2·pad - dilation·(size-1) - 1) / stride⌋ + 1
//
// with ⌈⌉ in place of ⌊⌋ in ceil mode. The gradient goes to the element that is the maximum, the first of equal ones
// in row order, as in PyTorch; a NaN is larger than any number. It is an error if the window does not fit, or the
// padding is more than half of it.
func MaxPool2D(x graph.Node, opt Pool) graph.Node {
	y, _ := MaxPool2DIndex(x, opt)
	return y
}

// MaxPool2DIndex is [MaxPool2D] with a second result, the place h·W+w in its plane where each maximum was found, as
// int64 (N, C, OH, OW).
func MaxPool2DIndex(x graph.Node, opt Pool) (y, index graph.Node) {
	r := graph.ApplyAll(maxPool{opt.window(2), opt.CeilMode}, x)
	return r[0], r[1]
}

// MaxPool1D takes the maximum over windows of x (N, C, T), as [MaxPool2D]. In options for two axes, the numbers for
// the width count.
func MaxPool1D(x graph.Node, opt Pool) graph.Node {
	return graph.Apply(maxPool{opt.window(1), opt.CeilMode}, x)
}

// MaxUnpool2D puts x (N, C, OH, OW) at the places index, which [MaxPool2DIndex] gave, of planes (h, w) that are 0
// elsewhere. Elements with the same place are added. A run fails at a place outside the plane.
func MaxUnpool2D(x, index graph.Node, h, w int) graph.Node {
	return graph.Apply(scatterPlanes{graph.MakeDims(h, w), true}, x, index)
}

// AvgPool2D takes the mean over windows of x (N, C, H, W). The result is (N, C, OH, OW), sized as that of [MaxPool2D]:
//
//	y[n,c,i,j] = 1/count · Σ_{u,v} x[n,c, i·stride-pad+u·dilation, j·stride-pad+v·dilation]
//
// where count is that of the elements of the window inside the padded input, or inside the input with ExcludePad.
func AvgPool2D(x graph.Node, opt Pool) graph.Node {
	return graph.Apply(avgPool{opt.window(2), opt.CeilMode, opt.ExcludePad}, x)
}

// AvgPool1D takes the mean over windows of x (N, C, T), as [AvgPool2D].
func AvgPool1D(x graph.Node, opt Pool) graph.Node {
	return graph.Apply(avgPool{opt.window(1), opt.CeilMode, opt.ExcludePad}, x)
}

// AdaptiveAvgPool2D takes the mean of x (N, C, H, W) over oh × ow bins that cover each plane, as PyTorch. Bin i covers
// the rows from ⌊i·H/oh⌋ to before ⌈(i+1)·H/oh⌉, so that neighbours may share one. The result is (N, C, oh, ow).
func AdaptiveAvgPool2D(x graph.Node, oh, ow int) graph.Node {
	return graph.Apply(adaptiveAvg{bins{graph.MakeDims(oh, ow)}}, x)
}

// AdaptiveMaxPool2D takes the maximum of x (N, C, H, W) over oh × ow bins, as [AdaptiveAvgPool2D].
func AdaptiveMaxPool2D(x graph.Node, oh, ow int) graph.Node {
	return graph.Apply(adaptiveMax{bins{graph.MakeDims(oh, ow)}}, x)
}

// GlobalAvgPool2D is the mean of each plane of x (N, C, H, W). The result is (N, C), as Keras; PyTorch and ONNX keep
// (N, C, 1, 1), which is AdaptiveAvgPool2D(x, 1, 1). See Lin, Chen and Yan 2013.
func GlobalAvgPool2D(x graph.Node) graph.Node {
	return graph.Apply(adaptiveAvg{}, x)
}

// GlobalMaxPool2D is the maximum of each plane of x (N, C, H, W). The result is (N, C).
func GlobalMaxPool2D(x graph.Node) graph.Node {
	return graph.Apply(adaptiveMax{}, x)
}

// poolWindow is how the windows of a pooling lie on the padded input.
type poolWindow struct {
	window
	size [2]int
}

func (opt Pool) window(axes int) poolWindow {
	o := poolWindow{size: pick(opt.SizeHW, opt.Size, 0)}
	c := Conv{Pad: opt.Pad, PadHW: opt.PadHW, Dilation: opt.Dilation, StrideHW: pick(opt.StrideHW, opt.Stride, 0)}
	if c.StrideHW == [2]int{} {
		c.StrideHW = o.size
	}
	o.window = c.window(axes)
	if axes == 1 {
		o.size[0] = 1
	}
	return o
}

// attributes writes the size, and the options that differ from the default.
func (o poolWindow) attributes(ceil bool) string {
	s := pairAttribute("size", o.axes, o.size, 0)
	if o.stride != o.size {
		s += pairAttribute("stride", o.axes, o.stride, 0)
	}
	w := o.window
	w.stride = [2]int{1, 1}
	s += w.attributes()
	if ceil {
		s += " ceil"
	}
	return s
}

// results are the sizes of the result of a plane.
func (o poolWindow) results(plane [2]int, ceil bool) [2]int {
	n := o.windows(plane, o.size)
	for a := range n {
		if n[a] > 0 && ceil && o.reach(o.size, a)+(n[a]-1)*o.stride[a] < plane[a]+o.pad[a]+o.pad[a+2] &&
			n[a]*o.stride[a] < plane[a]+o.pad[a] {
			n[a]++
		}
	}
	return n
}

// geometry is the kernel's view of pooling planes of shape x to planes of shape y.
func (o poolWindow) geometry(x, y graph.Shape) kernel.Pool {
	in, out := o.plane(x), o.plane(y)
	s := o.steps(in)
	return kernel.Pool{
		Planes: x[0] * x[1], H: in[0], W: in[1], KH: o.size[0], KW: o.size[1],
		StrideH: s[0], StrideW: s[1], DilH: o.dilation[0], DilW: o.dilation[1],
		PadT: o.pad[0], PadL: o.pad[1], PadB: o.pad[2], PadR: o.pad[3], OH: out[0], OW: out[1],
	}
}

// result is the shape rule.
func (o poolWindow) result(x graph.Type, ceil bool) (graph.Shape, error) {
	if err := cmp.Or(allowedPair("window", o.axes, o.size), o.check([]graph.Type{x}, "input")); err != nil {
		return nil, err
	}
	plane := o.plane(x.Shape)
	for a := range plane {
		if reach := o.reach(o.size, a); o.pad[a] > reach/2 {
			return nil, fmt.Errorf("pad %d must be at most half of the window %d", o.pad[a], reach)
		}
	}
	if err := cmp.Or(o.checkFit(plane, o.size), o.checkPadded(x.Shape)); err != nil {
		return nil, err
	}
	n := o.results(plane, ceil)
	for a := range n {
		if o.dilation[a] <= plane[a] {
			continue // no step between taps passes over the plane
		}
		for i := range n[a] {
			if !o.touches(plane, a, i) {
				return nil, fmt.Errorf("window %d of axis %d holds only padding", i, len(x.Shape)-2+a)
			}
		}
	}
	return o.shape(x.Shape[0], x.Shape[1], n), nil
}

// touches reports whether window i of axis a has an element of the input. A dilated window may have none, when all its
// taps lie in the padding.
func (o poolWindow) touches(plane [2]int, a, i int) bool {
	at, u := i*o.stride[a]-o.pad[a], 0
	if at < 0 {
		u = (-at + o.dilation[a] - 1) / o.dilation[a] // the first tap that is not before the plane
	}
	return u < o.size[a] && at+u*o.dilation[a] < plane[a]
}

// flops counts one operation for each element of each window. plane is the size of the planes of results.
func (o poolWindow) flops(plane [2]int, x graph.Shape) (products, others int64) {
	return 0, int64(x[0]*x[1]) * int64(plane[0]*plane[1]) * int64(o.size[0]*o.size[1])
}

// label writes "MaxPool 2", or "MaxPool 2×3".
func (o poolWindow) label(name string) string {
	if o.axes == 1 || o.size[0] == o.size[1] {
		return fmt.Sprintf("%s %d", name, o.size[1])
	}
	return name + " " + by(o.axes, o.size)
}

// maxPool has two results, the maxima and their places.
//
//	dx = scatterPlanes(dy, index)
type maxPool struct {
	poolWindow
	ceil bool
}

func (o maxPool) String() string { return convName("maxpool", o.axes) + o.attributes(o.ceil) }

func (o maxPool) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := o.result(in[0], o.ceil)
	return withIndex(in[0].DType, y), err
}

// withIndex are the types of the results of a maximum.
func withIndex(d graph.DType, y graph.Shape) []graph.Type {
	return []graph.Type{{DType: d, Shape: y}, {DType: graph.Int64, Shape: y}}
}

func (o maxPool) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{scatterTo(in[0], dy[0], y[1])}
}

// scatterTo hands the gradient dy of the maxima of x to their places.
func scatterTo(x, dy, index graph.Node) graph.Node {
	return graph.Apply(scatterPlanes{graph.MakeDims(x.Shape()[2:]...), false}, dy, index)
}

func (o maxPool) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalMaxPool[float32], evalMaxPool[float64])
}

func evalMaxPool[T scalar.Float](o maxPool, dst, in []graph.Tensor) error {
	p := o.geometry(in[0].Shape, dst[0].Shape)
	kernel.MaxPool(p, graph.Floats[T](dst[0]), dst[1].I64, graph.Floats[T](in[0]))
	return nil
}

func (o maxPool) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, o.label("MaxPool") }

// Flops: a comparison for each element of a window.
func (o maxPool) Flops(in []graph.Type) (products, others int64) {
	return o.flops(o.results(o.plane(in[0].Shape), o.ceil), in[0].Shape)
}

// scatterPlanes adds each element of x (N, C, …) to the place index (N, C, …) of its plane, of the given size.
//
//	dx = gatherPlanes(dy, index)
type scatterPlanes struct {
	size  graph.Dims
	given bool // the places are the user's, and may lie outside the plane; those of maxima do not
}

func (o scatterPlanes) String() string { return "scatter-planes size=" + o.size.String() }

func (o scatterPlanes) Types(in []graph.Type) ([]graph.Type, error) {
	if err := checkIndex(in); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("input and index have different shapes")
	}
	return []graph.Type{{DType: in[0].DType, Shape: append(graph.Shape{in[0].Shape[0], in[0].Shape[1]},
		o.size.Slice()...)}}, nil
}

// checkIndex checks the element types and ranks of x (N, C, …) and index (N, C, …).
func checkIndex(in []graph.Type) error {
	switch x, index := in[0], in[1]; {
	case !x.DType.IsFloat():
		return fmt.Errorf("input is %v, want floats", x.DType)
	case index.DType != graph.Int64:
		return fmt.Errorf("index is %v, want int64", index.DType)
	case len(x.Shape) < 2 || len(index.Shape) < 2 || !x.Shape[:2].Equal(index.Shape[:2]):
		return fmt.Errorf("input and index must begin with the same axes (N, C)")
	}
	return nil
}

func (o scatterPlanes) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(gatherPlanes{o.given}, dy[0], in[1]), {}}
}

func (o scatterPlanes) Eval(dst, in []graph.Tensor) error {
	if o.given {
		if err := checkIndices(in[1], dst[0].Shape[2:].Size()); err != nil {
			return err
		}
	}
	return graph.EvalFloats(o, dst, in, evalScatterPlanes[float32], evalScatterPlanes[float64])
}

func evalScatterPlanes[T scalar.Float](_ scatterPlanes, dst, in []graph.Tensor) error {
	s, t := in[0].Shape, dst[0].Shape
	planes, from, to := s[0]*s[1], s[2:].Size(), t[2:].Size()
	kernel.ScatterPlanes(planes, to, from, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[1].I64)
	return nil
}

func (o scatterPlanes) Operands() string                       { return "x index" }
func (o scatterPlanes) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, "MaxUnpool" }

func (scatterPlanes) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// gatherPlanes takes from each plane of x (N, C, …) the elements at the places index (N, C, …).
//
//	dx = scatterPlanes(dy, index)
type gatherPlanes struct{ given bool } // see scatterPlanes

func (gatherPlanes) String() string { return "gather-planes" }

func (gatherPlanes) Types(in []graph.Type) ([]graph.Type, error) {
	if err := checkIndex(in); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: in[0].DType, Shape: in[1].Shape}}, nil
}

func (o gatherPlanes) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(scatterPlanes{graph.MakeDims(in[0].Shape()[2:]...), o.given}, dy[0], in[1]), {}}
}

func (o gatherPlanes) Eval(dst, in []graph.Tensor) error {
	if o.given {
		if err := checkIndices(in[1], in[0].Shape[2:].Size()); err != nil {
			return err
		}
	}
	return graph.EvalFloats(o, dst, in, evalGatherPlanes[float32], evalGatherPlanes[float64])
}

func evalGatherPlanes[T scalar.Float](_ gatherPlanes, dst, in []graph.Tensor) error {
	s, t := in[0].Shape, dst[0].Shape
	planes, from, to := s[0]*s[1], s[2:].Size(), t[2:].Size()
	kernel.GatherPlanes(planes, from, to, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[1].I64)
	return nil
}

func (gatherPlanes) Operands() string { return "x index" }
func (gatherPlanes) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, "take maxima"
}

func (gatherPlanes) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[1].Shape.Size())
}

// avgPool is linear; dx = avgPoolGrad(dy).
type avgPool struct {
	poolWindow
	ceil, exclude bool
}

func (o avgPool) String() string {
	return convName("avgpool", o.axes) + o.attributes(o.ceil) + o.excludes()
}

func (o avgPool) excludes() string {
	if o.exclude && o.pad != [4]int{} {
		return " excludepad"
	}
	return ""
}

func (o avgPool) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := o.result(in[0], o.ceil)
	return []graph.Type{{DType: in[0].DType, Shape: y}}, err
}

func (o avgPool) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(avgPoolGrad{o, o.plane(in[0].Shape())}, dy[0])}
}

func (o avgPool) geometry(x, y graph.Shape) kernel.Pool {
	p := o.poolWindow.geometry(x, y)
	p.ExcludePad = o.exclude
	return p
}

func (o avgPool) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAvgPool[float32], evalAvgPool[float64])
}

func evalAvgPool[T scalar.Float](o avgPool, dst, in []graph.Tensor) error {
	p := o.geometry(in[0].Shape, dst[0].Shape)
	kernel.AvgPool(p, graph.Floats[T](dst[0]), graph.Floats[T](in[0]))
	return nil
}

func (o avgPool) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, o.label("AvgPool") }

// Flops: a sum for each element of a window.
func (o avgPool) Flops(in []graph.Type) (products, others int64) {
	return o.flops(o.results(o.plane(in[0].Shape), o.ceil), in[0].Shape)
}

// avgPoolGrad spreads each element of dy evenly over its window of a plane of the given size. Its gradient is avgPool.
type avgPoolGrad struct {
	pool  avgPool
	image [2]int
}

func (o avgPoolGrad) String() string {
	p := o.pool
	return "∂" + convName("avgpool", p.axes) + p.attributes(p.ceil) + p.excludes() +
		pairAttribute("image", p.axes, o.image, 0)
}

func (o avgPoolGrad) Types(in []graph.Type) ([]graph.Type, error) {
	p := o.pool
	if err := p.check(in, "gradient"); err != nil {
		return nil, err
	}
	if err := allowedPair("image", p.axes, o.image); err != nil {
		return nil, err
	}
	x := graph.Type{DType: in[0].DType, Shape: p.shape(in[0].Shape[0], in[0].Shape[1], o.image)}
	y, err := p.result(x, p.ceil)
	if err == nil && !y.Equal(in[0].Shape) {
		err = fmt.Errorf("gradient is %v, want %v", in[0].Shape, y)
	}
	return []graph.Type{x}, err
}

func (o avgPoolGrad) Grad(_, dx, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(o.pool, dx[0])}
}

func (o avgPoolGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAvgPoolGrad[float32], evalAvgPoolGrad[float64])
}

func evalAvgPoolGrad[T scalar.Float](o avgPoolGrad, dst, in []graph.Tensor) error {
	p := o.pool.geometry(dst[0].Shape, in[0].Shape)
	kernel.AvgPoolBackward(p, graph.Floats[T](dst[0]), graph.Floats[T](in[0]))
	return nil
}

func (o avgPoolGrad) Operands() string { return "dy" }
func (o avgPoolGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, o.pool.label("spread AvgPool")
}

func (o avgPoolGrad) Flops(in []graph.Type) (products, others int64) {
	return o.pool.flops(o.pool.plane(in[0].Shape), in[0].Shape)
}

// bins is the size of the result of an adaptive pooling. Without a size, each plane becomes one number and loses its
// axes.
type bins struct{ size graph.Dims }

// name is the name of an adaptive or global pooling on the tape.
func (o bins) name(what string) string {
	if o.size.Len() == 0 {
		return "global" + what + "2d"
	}
	return "adaptive" + what + "2d size=" + o.size.String()
}

func (o bins) label(what string) string {
	if o.size.Len() == 0 {
		return "Global" + what
	}
	return fmt.Sprintf("Adaptive%s %d×%d", what, o.size.At(0), o.size.At(1))
}

// result is the shape rule.
func (o bins) result(x graph.Type) (graph.Shape, error) {
	switch {
	case !x.DType.IsFloat():
		return nil, fmt.Errorf("input is %v, want floats", x.DType)
	case len(x.Shape) != 4:
		return nil, fmt.Errorf("input has %d axes, want 4", len(x.Shape))
	}
	for _, n := range o.size.Slice() {
		if n < 1 {
			return nil, fmt.Errorf("output %d×%d must be at least 1×1", o.size.At(0), o.size.At(1))
		}
	}
	if n := o.size.Len(); n != 0 && n != 2 {
		return nil, fmt.Errorf("the output has sizes %v, want two", o.size)
	}
	return append(graph.Shape{x.Shape[0], x.Shape[1]}, o.size.Slice()...), nil
}

// geometry is the kernel's view of pooling planes of shape x.
func (o bins) geometry(x graph.Shape) kernel.Adaptive {
	a := kernel.Adaptive{Planes: x[0] * x[1], H: x[2], W: x[3], OH: 1, OW: 1}
	if o.size.Len() == 2 {
		a.OH, a.OW = o.size.At(0), o.size.At(1)
	}
	return a
}

// adaptiveAvg is linear; dx = adaptiveAvgGrad(dy).
type adaptiveAvg struct{ bins }

func (o adaptiveAvg) String() string { return o.name("avgpool") }

func (o adaptiveAvg) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := o.result(in[0])
	return []graph.Type{{DType: in[0].DType, Shape: y}}, err
}

func (o adaptiveAvg) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(adaptiveAvgGrad{o, graph.MakeDims(in[0].Shape()[2:]...)}, dy[0])}
}

func (o adaptiveAvg) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAdaptiveAvg[float32], evalAdaptiveAvg[float64])
}

func evalAdaptiveAvg[T scalar.Float](o adaptiveAvg, dst, in []graph.Tensor) error {
	kernel.AdaptiveAvgPool(o.geometry(in[0].Shape), graph.Floats[T](dst[0]), graph.Floats[T](in[0]))
	return nil
}

func (o adaptiveAvg) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, o.label("AvgPool")
}

func (adaptiveAvg) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// adaptiveAvgGrad spreads each element of dy evenly over its bin. Its gradient is adaptiveAvg.
type adaptiveAvgGrad struct {
	pool  adaptiveAvg
	image graph.Dims
}

func (o adaptiveAvgGrad) String() string {
	return "∂" + o.pool.name("avgpool") + " image=" + o.image.String()
}

func (o adaptiveAvgGrad) Types(in []graph.Type) ([]graph.Type, error) {
	s := in[0].Shape
	if len(s) != 2+o.pool.size.Len() || !in[0].DType.IsFloat() {
		return nil, fmt.Errorf("gradient is %v, want floats with %d axes", in[0], 2+o.pool.size.Len())
	}
	x := graph.Type{DType: in[0].DType, Shape: append(graph.Shape{s[0], s[1]}, o.image.Slice()...)}
	y, err := o.pool.result(x)
	if err == nil && !y.Equal(s) {
		err = fmt.Errorf("gradient is %v, want %v", s, y)
	}
	return []graph.Type{x}, err
}

func (o adaptiveAvgGrad) Grad(_, dx, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(o.pool, dx[0])}
}

func (o adaptiveAvgGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAdaptiveAvgGrad[float32], evalAdaptiveAvgGrad[float64])
}

func evalAdaptiveAvgGrad[T scalar.Float](o adaptiveAvgGrad, dst, in []graph.Tensor) error {
	a := o.pool.geometry(dst[0].Shape)
	kernel.AdaptiveAvgPoolBackward(a, graph.Floats[T](dst[0]), graph.Floats[T](in[0]))
	return nil
}

func (o adaptiveAvgGrad) Operands() string { return "dy" }
func (o adaptiveAvgGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, "spread " + o.pool.label("AvgPool")
}

func (o adaptiveAvgGrad) Flops(in []graph.Type) (products, others int64) {
	return 0, int64(in[0].Shape[0] * in[0].Shape[1] * o.image.Size())
}

// adaptiveMax has two results, the maxima and their places.
//
//	dx = scatterPlanes(dy, index)
type adaptiveMax struct{ bins }

func (o adaptiveMax) String() string { return o.name("maxpool") }

func (o adaptiveMax) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := o.result(in[0])
	return withIndex(in[0].DType, y), err
}

func (o adaptiveMax) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{scatterTo(in[0], dy[0], y[1])}
}

func (o adaptiveMax) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalAdaptiveMax[float32], evalAdaptiveMax[float64])
}

func evalAdaptiveMax[T scalar.Float](o adaptiveMax, dst, in []graph.Tensor) error {
	a := o.geometry(in[0].Shape)
	kernel.AdaptiveMaxPool(a, graph.Floats[T](dst[0]), dst[1].I64, graph.Floats[T](in[0]))
	return nil
}

func (o adaptiveMax) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, o.label("MaxPool")
}

func (adaptiveMax) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
