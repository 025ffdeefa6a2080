package nn_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// badLayer is a layer that makes no sense. The words tell the layer's path, or the initialiser, and the value. They
// are those of a panic where a constructor has no error to return, and else of the graph that uses the layer.
type badLayer struct {
	name  string
	build func(s *nn.Scope) nn.Module
	want  string
}

// input is what a layer is used on when its constructor says nothing.
func input(shape ...int) func(g *graph.Graph) graph.Node {
	return func(g *graph.Graph) graph.Node { return g.Input("x", shape...) }
}

// sizes makes a layer of each bad size in each place, the others being 4.
func sizes(names string, build func(s *nn.Scope, v []int) nn.Module) (bad []badLayer) {
	list := strings.Fields(names)
	for i, name := range list {
		for _, v := range []int{0, -1, math.MinInt, 1 << 31, math.MaxInt} {
			values := []int{4, 4, 4, 4}[:len(list)]
			values = append([]int{}, values...)
			values[i] = v
			bad = append(bad, badLayer{fmt.Sprintf("%s of %d", name, v),
				func(s *nn.Scope) nn.Module { return build(s, values) },
				fmt.Sprintf("%s is %d", name, v)})
		}
	}
	for _, v := range []int{1<<31 - 1, 1 << 30} { // each a size, but not together
		values := make([]int, len(list))
		for i := range values {
			values[i] = v
		}
		if len(list) > 1 {
			bad = append(bad, badLayer{fmt.Sprintf("everything of %d", v),
				func(s *nn.Scope) nn.Module { return build(s, values) },
				"has more than 2147483647 elements"})
		}
	}
	return bad
}

// constructors are all functions of the package that take numbers, with the layers that make no sense.
var constructors = map[string]struct {
	x   func(g *graph.Graph) graph.Node
	bad []badLayer
}{
	"NewLinear": {input(2, 4), sizes("in out", func(s *nn.Scope,
		v []int) nn.Module {
		return nn.NewLinear(s, v[0], v[1])
	})},
	"NewConv2D": {input(1, 4, 6, 6), append(sizes("in out kernel", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewConv2D(s, v[0], v[1], v[2], ops.Conv{})
	}), convolutions(func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module {
		return nn.NewConv2D(s, in, out, 3,
			opt)
	})...)},
	"NewSpectralLinear": {input(2, 4), append(sizes("in out", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewSpectralLinear(s, v[0], v[1])
	}), badLayer{"options twice", func(s *nn.Scope) nn.Module {
		return nn.NewSpectralLinear(s, 4, 4, nn.Affine{}, nn.Affine{})
	}, "there are 2 Affine, want at most one"})},
	"NewSpectralConv2D": {input(1, 4, 6, 6), append(sizes("in out kernel", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewSpectralConv2D(s, v[0], v[1], v[2], ops.Conv{})
	}), convolutions(func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module {
		return nn.NewSpectralConv2D(s, in, out, 3, opt)
	})...)},
	"NewConv2DRect": {input(1, 4, 6, 6), append(append(sizes("in out", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewConv2DRect(s, v[0], v[1], 3, 3, ops.Conv{})
	}), sizes("kernel kernel", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewConv2DRect(s, 4, 4, v[0], v[1],
			ops.Conv{})
	})...),
		convolutions(func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module {
			return nn.NewConv2DRect(s, in, out, 3,
				1, opt)
		})...)},
	"NewConv1D": {input(1, 4, 6), append(sizes("in out kernel", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewConv1D(s, v[0], v[1], v[2], ops.Conv{})
	}), convolutions(func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module {
		return nn.NewConv1D(s, in, out, 3,
			opt)
	})...)},
	"NewConvTranspose2D": {input(1, 4, 6, 6), append(sizes("in out kernel", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewConvTranspose2D(s, v[0], v[1], v[2], ops.Conv{})
	}), convolutions(func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module {
		return nn.NewConvTranspose2D(s, in, out, 3, opt)
	})...)},
	"NewBatchNorm1D": {input(3, 4), append(sizes("channels",
		func(s *nn.Scope, v []int) nn.Module { return nn.NewBatchNorm1D(s, v[0]) }),
		badLayer{"a negative eps", func(s *nn.Scope) nn.Module {
			b := nn.NewBatchNorm1D(s, 4)
			b.Options.Eps = -1
			return b
		}, "eps is -1"})},
	"NewBatchNorm2D": {input(3, 4, 2, 2), append(sizes("channels",
		func(s *nn.Scope, v []int) nn.Module { return nn.NewBatchNorm2D(s, v[0]) }),
		badLayer{"a momentum above 1", func(s *nn.Scope) nn.Module {
			b := nn.NewBatchNorm2D(s, 4)
			b.Options.Momentum = 1.5
			return b
		}, "momentum is 1.5"})},
	"NewLayerNorm": {input(3, 4), append(sizes("shape",
		func(s *nn.Scope, v []int) nn.Module { return nn.NewLayerNorm(s, v[0]) }),
		badLayer{"no axes", func(s *nn.Scope) nn.Module { return nn.NewLayerNorm(s) }, "the shape is ()"},
		badLayer{"a second axis of 0", func(s *nn.Scope) nn.Module { return nn.NewLayerNorm(s, 4, 0) }, "shape is 0"},
		badLayer{"nine axes", func(s *nn.Scope) nn.Module { return nn.NewLayerNorm(s, 1, 1, 1, 1, 1, 1, 1, 1, 1) },
			"rank 9"},
		badLayer{"an eps that is no number", func(s *nn.Scope) nn.Module {
			l := nn.NewLayerNorm(s, 4)
			l.Eps = math.NaN()
			return l
		}, "eps is NaN"})},
	"NewGroupNorm": {input(3, 4, 2), append(sizes("groups",
		func(s *nn.Scope, v []int) nn.Module { return nn.NewGroupNorm(s, v[0], 4) }),
		append(sizes("channels", func(s *nn.Scope, v []int) nn.Module { return nn.NewGroupNorm(s, 2, v[0]) }),
			badLayer{"groups that do not divide", func(s *nn.Scope) nn.Module { return nn.NewGroupNorm(s, 3, 4) },
				"channels is 4, which 3 groups do not divide"},
			badLayer{"more groups than channels", func(s *nn.Scope) nn.Module { return nn.NewGroupNorm(s, 8, 4) },
				"channels is 4, which 8 groups do not divide"})...)},
	"NewInstanceNorm2D": {input(3, 4, 2, 2), append(sizes("channels",
		func(s *nn.Scope, v []int) nn.Module {
			return nn.NewInstanceNorm2D(s, v[0], nn.InstanceNormOptions{Affine: true})
		}),
		badLayer{"options twice", func(s *nn.Scope) nn.Module {
			return nn.NewInstanceNorm2D(s, 4, nn.InstanceNormOptions{}, nn.InstanceNormOptions{})
		}, "there are 2 InstanceNormOptions, want at most one"},
		badLayer{"other channels", func(s *nn.Scope) nn.Module { return nn.NewInstanceNorm2D(s, 3) },
			"instance-norm: x has shape (3, 4, 2, 2), want (N, 3, H, W)"},
		badLayer{"a negative eps", func(s *nn.Scope) nn.Module {
			l := nn.NewInstanceNorm2D(s, 4)
			l.Eps = -1
			return l
		}, "eps is -1"},
		badLayer{"planes of one element", func(s *nn.Scope) nn.Module {
			return nn.Func(func(x graph.Node) graph.Node {
				return nn.NewInstanceNorm2D(s, 4).Forward(ops.AdaptiveAvgPool2D(x, 1, 1))
			})
		}, "planes of one element have no variance to divide by"})},
	"NewPReLU": {input(3, 4), append(sizes("channels",
		func(s *nn.Scope, v []int) nn.Module { return nn.NewPReLU(s, v[0]) }),
		badLayer{"other channels", func(s *nn.Scope) nn.Module { return nn.NewPReLU(s, 3) },
			"prelu: a has shape (3), want (1) or, for each channel, (4)"})},
	"NewEmbedding": {func(g *graph.Graph) graph.Node { return g.Indices("x", 3) },
		sizes("v d", func(s *nn.Scope, v []int) nn.Module { return nn.NewEmbedding(s, v[0], v[1]) })},
	"NewMultiHeadAttention": {input(2, 3, 4), append(sizes("d heads", func(s *nn.Scope, v []int) nn.Module {
		return nn.NewMultiHeadAttention(s, v[0], v[1], nn.Attention{})
	}), badLayer{"heads that do not divide the width",
		func(s *nn.Scope) nn.Module { return nn.NewMultiHeadAttention(s, 4, 3, nn.Attention{}) },
		"self-attention heads=3: 4 features do not make 3 heads"},
		badLayer{"keys of a negative width", func(s *nn.Scope) nn.Module {
			return nn.NewMultiHeadAttention(s, 4, 2, nn.Attention{Keys: -1})
		}, "Keys is -1"},
		badLayer{"a dropout above 1", func(s *nn.Scope) nn.Module {
			return nn.NewMultiHeadAttention(s, 4, 2, nn.Attention{Dropout: 1.5})
		}, "p is 1.5, want a probability in [0, 1]"})},
	"NewRNN": {input(2, 3, 4), recurrents(func(s *nn.Scope, in, h int,
		opt nn.Recurrent) nn.Module {
		return nn.NewRNN(s, in, h, opt)
	})},
	"NewLSTM": {input(2, 3, 4), recurrents(func(s *nn.Scope, in, h int,
		opt nn.Recurrent) nn.Module {
		return nn.NewLSTM(s, in, h, opt)
	})},
	"NewGRU": {input(2, 3, 4), recurrents(func(s *nn.Scope, in, h int,
		opt nn.Recurrent) nn.Module {
		return nn.NewGRU(s, in, h, opt)
	})},
	"NewRNNCell": {input(2, 4), cells(func(s *nn.Scope, in, h int, opt nn.Recurrent) nn.Module {
		return nn.NewRNNCell(s, in, h, opt)
	}, badLayer{"a projection of an RNN", func(s *nn.Scope) nn.Module {
		return nn.NewRNN(s, 4, 4, nn.Recurrent{Projection: 2})
	}, "Projection is 2, which only an LSTM has"})},
	"NewLSTMCell": {input(2, 4), cells(func(s *nn.Scope, in, h int, opt nn.Recurrent) nn.Module {
		return nn.NewLSTMCell(s, in, h, opt)
	}, badLayer{"ReLU in an LSTM", func(s *nn.Scope) nn.Module {
		return nn.NewLSTM(s, 4, 4, nn.Recurrent{ReLU: true})
	}, "ReLU is set, which only an RNN has"})},
	"NewGRUCell": {input(2, 4), cells(func(s *nn.Scope, in, h int, opt nn.Recurrent) nn.Module {
		return nn.NewGRUCell(s, in, h, opt)
	}, badLayer{"an LSTM that resets", func(s *nn.Scope) nn.Module {
		return nn.NewLSTMCell(s, 4, 4, nn.Recurrent{ResetBefore: true})
	}, "ResetBefore is set, which only a GRU has"})},
	"NewSequential": {input(2, 4), []badLayer{
		{"no maker", func(s *nn.Scope) nn.Module { return nn.NewSequential(s, nil) },
			"block.layer.0: NewSequential: there is no maker"},
		{"a maker of nothing", func(s *nn.Scope) nn.Module {
			return nn.NewSequential(s, func(*nn.Scope) nn.Module { return nil })
		}, "block.layer.0: NewSequential: the maker gives no module"},
		{"a bad size inside", func(s *nn.Scope) nn.Module {
			return nn.NewSequential(s, func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, -7) })
		}, "block.layer.0: NewLinear: out is -7, want at least 1"},
	}},
	"MaxPool2D": {input(1, 1, 4, 4), []badLayer{{"no window",
		func(*nn.Scope) nn.Module { return nn.MaxPool2D(ops.Pool{}) }, "window 0×0 must be at least 1"}}},
	"AvgPool2D": {input(1, 1, 4, 4), []badLayer{{"a negative pad",
		func(*nn.Scope) nn.Module { return nn.AvgPool2D(ops.Pool{Size: 2, Pad: -1}) },
		"pad [-1 -1 -1 -1] must not be negative"}}},
	"Normalize": {input(2, 3, 4, 4), []badLayer{
		{"too few", func(*nn.Scope) nn.Module { return nn.Normalize([]float64{0, 0}, []float64{1, 1, 1}) },
			"there are 2 means and 3 deviations, want one for each channel of x (N, C, H, W)"},
		{"those of grey", func(*nn.Scope) nn.Module { return nn.Normalize([]float64{0}, []float64{1}) },
			"there are 1 means and 1 deviations"},
		{"none", func(*nn.Scope) nn.Module { return nn.Normalize(nil, nil) }, "there are 0 means"},
		{"all 0", func(*nn.Scope) nn.Module { return nn.Normalize(make([]float64, 3), make([]float64, 3)) },
			"deviation 0 is 0, want it above 0"}}},
	"AdaptiveAvgPool2D": {input(1, 1, 4, 4), []badLayer{
		{"no rows", func(*nn.Scope) nn.Module { return nn.AdaptiveAvgPool2D(0, 2) },
			"output 0×2 must be at least 1×1"},
		{"a product that wraps", func(*nn.Scope) nn.Module { return nn.AdaptiveAvgPool2D(1<<32, 1<<32) },
			"more than 2147483647 elements"},
	}},
	"Dropout": {input(3), []badLayer{
		{"a probability above 1", func(*nn.Scope) nn.Module { return nn.Dropout(1.5) },
			"dropout: p is 1.5, want a probability in [0, 1]"},
		{"none", func(*nn.Scope) nn.Module { return nn.Dropout(math.NaN()) }, "p is NaN"},
	}},
	"SpatialDropout": {input(1, 2, 3), []badLayer{{"a probability above 1",
		func(*nn.Scope) nn.Module { return nn.SpatialDropout(1.5) },
		"spatial-dropout: p is 1.5, want a probability"}}},
	"DropPath": {input(1, 2), []badLayer{{"a probability below 0",
		func(*nn.Scope) nn.Module { return nn.DropPath(-1) }, "drop-path: p is -1, want a probability in [0, 1]"}}},
	"Summarize": {input(1), []badLayer{{"an input of size 0", summarized(0), "axis 0 has size 0"},
		{"a product that wraps", summarized(1<<32, 1<<32), "has more than"}}},
	"InputLike": {input(1), []badLayer{{"a size of 0", func(*nn.Scope) nn.Module {
		return nn.Func(func(x graph.Node) graph.Node {
			return nn.InputLike(x.Graph(), "like", graph.Type{Shape: graph.Shape{2, 0}})
		})
	}, `input "like": axis 1 has size 0`}}},
	"Uniform": {input(1), initials("bound", nn.Uniform)},
	"Normal":  {input(1), initials("std", nn.Normal)},
	"TruncatedNormal": {input(1), append(
		initials("std", func(v float64) nn.Init { return nn.TruncatedNormal(v, 2) }),
		initials("bound", func(v float64) nn.Init { return nn.TruncatedNormal(.1, v) })...)},
	"Orthogonal":    {input(1), initials("gain", nn.Orthogonal)},
	"XavierUniform": {input(1), initials("gain", nn.XavierUniform)},
	"XavierNormal":  {input(1), initials("gain", nn.XavierNormal)},
	"HeUniform": {input(1), append(initials("gain", func(v float64) nn.Init { return nn.HeUniform(v, nn.FanIn) }),
		badLayer{"no side", func(*nn.Scope) nn.Module { nn.HeUniform(1, 9); return nil }, "nn: HeUniform: fan is 9"})},
	"HeNormal": {input(1), append(initials("gain", func(v float64) nn.Init { return nn.HeNormal(v, nn.FanIn) }),
		badLayer{"no side", func(*nn.Scope) nn.Module { nn.HeNormal(1, 9); return nil }, "nn: HeNormal: fan is 9"})},
	"GainLeakyReLU": {input(1), []badLayer{{"no slope",
		func(*nn.Scope) nn.Module { nn.GainLeakyReLU(math.NaN()); return nil }, "slope is NaN"}}},
}

func convolutions(build func(s *nn.Scope, in, out int, opt ops.Conv) nn.Module) (bad []badLayer) {
	for _, c := range []struct {
		name    string
		in, out int
		opt     ops.Conv
		want    string
	}{
		{"negative groups", 4, 4, ops.Conv{Groups: -2}, "groups is -2, want at least 1"},
		{"groups that do not divide the input", 4, 6, ops.Conv{Groups: 3}, "in is 4, which 3 groups do not divide"},
		{"groups that do not divide the output", 4, 6, ops.Conv{Groups: 4}, "out is 6, which 4 groups do not divide"},
		{"more groups than channels", 4, 8, ops.Conv{Groups: 8}, "in is 4, which 8 groups do not divide"},
		{"a negative stride", 4, 4, ops.Conv{Stride: -1}, "must be at least 1"},
		{"a negative pad", 4, 4, ops.Conv{Pad: -1}, "must not be negative"},
		{"a dilation that wraps", 4, 4, ops.Conv{Dilation: 1 << 62}, "must be at most"},
	} {
		bad = append(bad, badLayer{c.name, func(s *nn.Scope) nn.Module { return build(s, c.in, c.out, c.opt) },
			c.want})
	}
	return bad
}

func recurrents(build func(s *nn.Scope, in, h int, opt nn.Recurrent) nn.Module) []badLayer {
	bad := sizes("in hidden", func(s *nn.Scope, v []int) nn.Module { return build(s, v[0], v[1], nn.Recurrent{}) })
	for _, c := range []struct {
		name string
		opt  nn.Recurrent
		want string
	}{
		{"negative layers", nn.Recurrent{Layers: -1}, "Layers is -1"},
		{"layers beyond counting", nn.Recurrent{Layers: math.MaxInt}, "Layers is 9223372036854775807"},
		{"negative dropout", nn.Recurrent{Dropout: -.5}, "Dropout is -0.5, want a probability in [0, 1]"},
		{"dropout that is no number", nn.Recurrent{Layers: 2, Dropout: math.NaN()}, "Dropout is NaN"},
		{"a negative projection", nn.Recurrent{Projection: -1},
			"Projection is -1, want 0 for none, or less than hidden"},
		{"a projection that is none", nn.Recurrent{Projection: 4},
			"Projection is 4, want 0 for none, or less than hidden"},
	} {
		bad = append(bad, badLayer{c.name, func(s *nn.Scope) nn.Module { return build(s, 4, 4, c.opt) }, c.want})
	}
	return bad
}

// cells are the bad layers of a single step.
func cells(build func(s *nn.Scope, in, h int, opt nn.Recurrent) nn.Module, more badLayer) []badLayer {
	bad := append(recurrents(build), more)
	for _, c := range []struct {
		name string
		opt  nn.Recurrent
		want string
	}{
		{"two layers", nn.Recurrent{Layers: 2}, "Layers is 2, and a single step is of one"},
		{"two directions", nn.Recurrent{Bidirectional: true},
			"Bidirectional is set, and a single step has one direction"},
		{"dropout between layers", nn.Recurrent{Dropout: .5}, "Dropout is 0.5, which is between layers"},
	} {
		bad = append(bad, badLayer{c.name, func(s *nn.Scope) nn.Module { return build(s, 4, 4, c.opt) }, c.want})
	}
	return bad
}

func initials(name string, f func(v float64) nn.Init) (bad []badLayer) {
	for _, v := range []float64{-1, math.NaN(), math.Inf(1)} {
		bad = append(bad, badLayer{fmt.Sprintf("a %s of %g", name, v),
			func(*nn.Scope) nn.Module { f(v); return nil }, fmt.Sprintf("%s is %g", name, v)})
	}
	return bad
}

// summarized is a layer that fails as its summary does.
func summarized(shape ...int) func(s *nn.Scope) nn.Module {
	return func(s *nn.Scope) nn.Module {
		return nn.Func(func(x graph.Node) graph.Node {
			_, err := nn.Summarize(model{nn.NewLinear(s, 4, 4), s.Params()}, shape...)
			return graph.Fail("summary", []graph.Node{x}, err)
		})
	}
}

type model struct {
	nn.Module
	params *nn.Params
}

func (m model) Params() *nn.Params { return m.params }

// complaint builds a layer at the path block.layer, uses it on x, and returns what is said against it.
func complaint(b badLayer, x func(g *graph.Graph) graph.Node) (said string) {
	defer func() {
		if r := recover(); r != nil {
			if s, ok := r.(string); ok {
				said = s
				return
			}
			panic(r) // a runtime error is no complaint
		}
	}()
	layer := b.build(nn.NewScope().Sub("block").Sub("layer"))
	g := &graph.Graph{Mode: graph.Train}
	layer.Forward(x(g))
	if err := g.Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestConstructors(t *testing.T) {
	for name, c := range constructors {
		if len(c.bad) == 0 {
			t.Errorf("%s: no bad layer is listed", name)
		}
		for _, b := range c.bad {
			t.Run(name+": "+b.name, func(t *testing.T) {
				said := complaint(b, c.x)
				if !strings.Contains(said, b.want) {
					t.Errorf("got  %q\nwant %s", said, b.want)
				}
				if strings.Contains(said, "layers.go") {
					t.Errorf("it names a line of this package: %q", said)
				}
				if strings.HasPrefix(name, "New") && !strings.Contains(said, "block.layer") {
					t.Errorf("it does not say which layer: %q", said)
				}
			})
		}
	}
	good := badLayer{build: func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 4) }}
	if said := complaint(good, input(2, 4)); said != "" { // the negative control
		t.Errorf("a good layer: %q", said)
	}
}

// exported lists the exported functions of a package that are no methods.
func exported(t *testing.T, dir string) (names []string) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// noNumbers are functions of the package that take none, or any, or that return an error: TestSamplerMisused.
var noNumbers = map[string]bool{"NewScope": true, "NewPredictor": true, "Zeros": true, "Ones": true,
	"Constant": true, "Fans": true, "Flatten": true, "NewRand": true, "SummarizeFor": true, "SummarizePass": true,
	"InputsLike": true, "Lengths": true, "Sinusoids": true, "NewSampler": true}

// TestEveryConstructorIsListed: each exported function of the package is one that takes no number, or stands in the
// table.
func TestEveryConstructorIsListed(t *testing.T) {
	found := 0
	for _, name := range exported(t, ".") {
		if noNumbers[name] {
			continue
		}
		if _, ok := constructors[name]; !ok {
			t.Errorf("%s stands in no table of bad layers", name)
		}
		found++
	}
	if found != len(constructors) {
		t.Errorf("the table has %d constructors, the package %d", len(constructors), found)
	}
}

// TestNoScope: a constructor that is given no scope, or one that nobody has made, says so, as do methods of the nil
// *Scope and *Params.
func TestNoScope(t *testing.T) {
	build := map[string]func(s *nn.Scope){
		"NewLinear":             func(s *nn.Scope) { nn.NewLinear(s, 2, 3) },
		"NewConv2D":             func(s *nn.Scope) { nn.NewConv2D(s, 2, 3, 1, ops.Conv{}) },
		"NewConv2DRect":         func(s *nn.Scope) { nn.NewConv2DRect(s, 2, 3, 1, 1, ops.Conv{}) },
		"NewConv1D":             func(s *nn.Scope) { nn.NewConv1D(s, 2, 3, 1, ops.Conv{}) },
		"NewConvTranspose2D":    func(s *nn.Scope) { nn.NewConvTranspose2D(s, 2, 3, 1, ops.Conv{}) },
		"NewBatchNorm1D":        func(s *nn.Scope) { nn.NewBatchNorm1D(s, 2) },
		"NewSpectralLinear":     func(s *nn.Scope) { nn.NewSpectralLinear(s, 2, 3) },
		"NewSpectralConv2D":     func(s *nn.Scope) { nn.NewSpectralConv2D(s, 2, 3, 1, ops.Conv{}) },
		"NewBatchNorm2D":        func(s *nn.Scope) { nn.NewBatchNorm2D(s, 2) },
		"NewLayerNorm":          func(s *nn.Scope) { nn.NewLayerNorm(s, 2) },
		"NewGroupNorm":          func(s *nn.Scope) { nn.NewGroupNorm(s, 2, 2) },
		"NewInstanceNorm2D":     func(s *nn.Scope) { nn.NewInstanceNorm2D(s, 2) },
		"NewPReLU":              func(s *nn.Scope) { nn.NewPReLU(s, 2) },
		"NewEmbedding":          func(s *nn.Scope) { nn.NewEmbedding(s, 2, 3) },
		"NewMultiHeadAttention": func(s *nn.Scope) { nn.NewMultiHeadAttention(s, 2, 2, nn.Attention{}) },
		"NewRNN":                func(s *nn.Scope) { nn.NewRNN(s, 2, 3, nn.Recurrent{}) },
		"NewLSTM":               func(s *nn.Scope) { nn.NewLSTM(s, 2, 3, nn.Recurrent{}) },
		"NewGRU":                func(s *nn.Scope) { nn.NewGRU(s, 2, 3, nn.Recurrent{}) },
		"NewRNNCell":            func(s *nn.Scope) { nn.NewRNNCell(s, 2, 3, nn.Recurrent{}) },
		"NewLSTMCell":           func(s *nn.Scope) { nn.NewLSTMCell(s, 2, 3, nn.Recurrent{}) },
		"NewGRUCell":            func(s *nn.Scope) { nn.NewGRUCell(s, 2, 3, nn.Recurrent{}) },
		"NewSequential":         func(s *nn.Scope) { nn.NewSequential(s, nil) },
		"a bad size":            func(s *nn.Scope) { nn.NewLinear(s, -2, 3) },
	}
	for name := range constructors {
		if strings.HasPrefix(name, "New") && build[name] == nil {
			t.Errorf("%s is not tried without a scope", name)
		}
	}
	for name, f := range build {
		for _, s := range []*nn.Scope{nil, {}} {
			if words := panics(func() { f(s) }); !strings.Contains(words, "this is no scope: make one with NewScope") {
				t.Errorf("%s of %#v: got %q", name, s, words)
			}
		}
		if words := panics(func() { f(nn.NewScope()) }); strings.Contains(words, "no scope") { // negative control
			t.Errorf("%s of a scope: got %q", name, words)
		}
	}
	for _, v := range []any{(*nn.Scope)(nil), &nn.Scope{}, (*nn.Params)(nil)} {
		of := reflect.ValueOf(v)
		for i := range of.NumMethod() {
			method, name := of.Method(i), of.Type().Method(i).Name
			in := make([]reflect.Value, method.Type().NumIn())
			for k := range in {
				in[k] = reflect.Zero(method.Type().In(k))
			}
			call := method.Call
			if method.Type().IsVariadic() {
				call = method.CallSlice
			}
			if words := panics(func() { call(in) }); !strings.HasPrefix(words, "nn: ") {
				t.Errorf("%s of %#v: got %q", name, v, words)
			}
		}
	}
	if _, err := nn.Summarize(nil, 1); err == nil || !strings.Contains(err.Error(), "there is no model") {
		t.Errorf("a summary of nothing: %v", err)
	}
	if _, err := nn.Summarize(model{nn.Func(ops.ReLU), nil}, 1); err == nil ||
		!strings.Contains(err.Error(), "no Params") {
		t.Errorf("a summary of a model without parameters: %v", err)
	}
}

// panics returns the words of the panic of f, after "runtime: " where they are Go's own.
func panics(f func()) (words string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			words = "runtime: " + r.Error()
		default:
			words = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
