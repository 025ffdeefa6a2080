package viz

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// An opFor is an operation with a result of a given shape, for drawings in tests.
// Its gradient reads the operands whose bits are set in saved; bit 7 is the result.
type opFor struct {
	label string
	role  graph.Role
	shape graph.Dims
	saved uint8
}

func (o opFor) String() string { return o.label }
func (o opFor) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: graph.Float32, Shape: o.shape.Slice()}}, nil
}
func (o opFor) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	reads := []graph.Node{dy[0]}
	for i, n := range in {
		if o.saved&(1<<i) != 0 {
			reads = append(reads, n)
		}
	}
	if o.saved&128 != 0 {
		reads = append(reads, y[0])
	}
	d := make([]graph.Node, len(in))
	for i, n := range in {
		if want[i] {
			d[i] = graph.Apply(opFor{fmt.Sprintf("%s grad %d", o.label, i), o.role, graph.MakeDims(n.Shape()...), 0}, reads...)
		}
	}
	return d
}
func (o opFor) Eval(dst, in []graph.Tensor) error      { return nil }
func (o opFor) Draw([]graph.Type) (graph.Role, string) { return o.role, o.label }
func (o opFor) NoGrad(operand int) bool                { return false }
func (o opFor) Operands() string                       { return "x w b" }

// plus adds two values; both gradients are dy itself.
type plus struct{}

func (plus) String() string                                    { return "add" }
func (plus) Types(in []graph.Type) ([]graph.Type, error)       { return in[:1], nil }
func (plus) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node { return []graph.Node{dy[0], dy[0]} }
func (plus) Eval(dst, in []graph.Tensor) error                 { return nil }
func (plus) Draw([]graph.Type) (graph.Role, string)            { return graph.RoleElementwise, "Add" }

// A builder makes graphs as nn would, with scopes and parameters of PyTorch's names.
type builder struct{ g *graph.Graph }

func newBuilder() builder { return builder{&graph.Graph{Mode: graph.Train}} }

func (b builder) op(label string, role graph.Role, saved uint8, shape []int, in ...graph.Node) graph.Node {
	return graph.Apply(opFor{label, role, graph.MakeDims(shape...), saved}, in...)
}

func (b builder) param(name string, shape ...int) graph.Node {
	return b.g.Param(graph.NewParam(name, graph.Type{DType: graph.Float32, Shape: shape}))
}

func (b builder) conv(scope string, x graph.Node, out, k, stride int) graph.Node {
	defer b.g.Scope(scope)()
	w, bias := b.param(scope+".weight", out, x.Dim(1), k, k), b.param(scope+".bias", out)
	return b.op(fmt.Sprintf("Conv2D %d×%d", k, k), graph.RoleLinear, 3, []int{x.Dim(0), out, x.Dim(2) / stride, x.Dim(3) / stride}, x, w, bias)
}

func (b builder) norm(scope string, x graph.Node) graph.Node {
	defer b.g.Scope(scope)()
	w, bias := b.param(scope+".weight", x.Dim(1)), b.param(scope+".bias", x.Dim(1))
	return b.op("BatchNorm", graph.RoleNorm, 3, x.Shape(), x, w, bias)
}

func (b builder) linear(scope string, x graph.Node, out int) graph.Node {
	defer b.g.Scope(scope)()
	w, bias := b.param(scope+".weight", out, x.Dim(1)), b.param(scope+".bias", out)
	return b.op("Linear", graph.RoleLinear, 3, []int{x.Dim(0), out}, x, w, bias)
}

func (b builder) relu(x graph.Node) graph.Node {
	return b.op("ReLU", graph.RoleActivation, 128, x.Shape(), x)
}

func (b builder) pool(x graph.Node) graph.Node {
	return b.op("MaxPool 2", graph.RolePool, 1, []int{x.Dim(0), x.Dim(1), x.Dim(2) / 2, x.Dim(3) / 2}, x)
}

func (b builder) flatten(x graph.Node) graph.Node {
	return b.op("Flatten", graph.RoleView, 0, []int{x.Dim(0), x.Size() / x.Dim(0)}, x)
}

func (b builder) add(x, y graph.Node) graph.Node { return graph.Apply(plus{}, x, y) }

func (b builder) loss(x graph.Node) graph.Node {
	return b.op("CrossEntropy", graph.RoleLoss, 3, nil, x, b.g.Indices("y", x.Dim(0)))
}

// lenet5 is LeNet-5 for 28×28 images.
func lenet5() builder {
	b := newBuilder()
	x := b.g.Input("x", 64, 1, 28, 28)
	x = b.pool(b.relu(b.conv("conv1", x, 6, 5, 1)))
	x = b.pool(b.relu(b.conv("conv2", x, 16, 5, 1)))
	x = b.flatten(x)
	x = b.relu(b.linear("fc1", x, 120))
	x = b.relu(b.linear("fc2", x, 84))
	return b.learn(b.loss(b.linear("fc3", x, 10)))
}

// learn adds the gradients of all parameters.
func (b builder) learn(loss graph.Node) builder {
	graph.Gradients(loss, b.g.Trainable()...)
	return b
}

func perceptron() builder {
	b := newBuilder()
	x := b.flatten(b.g.Input("x", 64, 1, 28, 28))
	x = b.relu(b.linear("fc1", x, 128))
	return b.learn(b.loss(b.linear("fc2", x, 10)))
}

func smallCNN() builder {
	b := newBuilder()
	x := b.g.Input("x", 32, 3, 32, 32)
	for i, c := range []int{16, 32} {
		x = b.pool(b.relu(b.norm(fmt.Sprintf("bn%d", i+1), b.conv(fmt.Sprintf("conv%d", i+1), x, c, 3, 1))))
	}
	return b.learn(b.loss(b.linear("fc", b.flatten(x), 10)))
}

// resnet has two residual blocks per stage, the first of the second stage with a
// projection.
func resnet(stages, blocks int) builder {
	b := newBuilder()
	x := b.relu(b.norm("bn1", b.conv("conv1", b.g.Input("x", 8, 3, 64, 64), 16, 3, 1)))
	for s := range stages {
		for k := range blocks {
			stride := 1
			if s > 0 && k == 0 {
				stride = 2
			}
			x = b.block(fmt.Sprintf("layer%d.%d", s+1, k), x, 16<<s, stride)
		}
	}
	x = b.op("MeanPool", graph.RolePool, 0, []int{x.Dim(0), x.Dim(1)}, x)
	return b.learn(b.loss(b.linear("fc", x, 10)))
}

func (b builder) block(scope string, x graph.Node, c, stride int) graph.Node {
	defer b.g.Scope(scope)()
	y := b.relu(b.norm(scope+".bn1", b.conv(scope+".conv1", x, c, 3, stride)))
	y = b.norm(scope+".bn2", b.conv(scope+".conv2", y, c, 3, 1))
	if stride > 1 {
		x = b.norm(scope+".downsample.1", b.conv(scope+".downsample.0", x, c, 1, stride))
	}
	return b.relu(b.add(y, x))
}
