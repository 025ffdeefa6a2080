package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// small is a parameter with values around zero that a formula gives.
func small(name string, shape ...int) *graph.Param {
	p := graph.NewParam(name, graph.Type{Shape: shape})
	for i := range p.Tensor().F32 {
		p.Tensor().F32[i] = float32(math.Sin(float64(3*i+len(name)))) / float32(shape[len(shape)-1])
	}
	return p
}

// stack is a training step of residual blocks with batch normalisation and dropout, and of the layer "shared", which
// is applied before and after them. Functions may be added to the blocks.
type stack struct {
	*graph.Graph
	x       graph.Node
	outputs []graph.Node // loss and gradients
	layers  []string
}

const stackDepth = 12

func newStack(inner ...func(graph.Node) graph.Node) *stack {
	s := &stack{Graph: &graph.Graph{Mode: graph.Train, Seed: 5}}
	const n, d = 16, 12
	s.x = s.Input("x", n, d)
	param := func(name string, shape ...int) graph.Node {
		return s.Param(small(s.CurrentScope()+"."+name, shape...))
	}
	w := s.Param(small("shared.w", d, d))
	shared := func(h graph.Node) graph.Node {
		defer s.Scope("shared")()
		return ops.GELU(ops.Linear(h, w, graph.Node{}))
	}
	h := shared(s.x)
	for i := range stackDepth {
		s.layers = append(s.layers, fmt.Sprintf("block.%d", i))
		leave := s.Scope(s.layers[i] + ".inner")
		k := ops.Linear(h, param("w1", 4*d, d), param("b1", 4*d))
		k = ops.BatchNorm(k, param("w", 4*d), param("b", 4*d), param("mean", 4*d), param("variance", 4*d),
			ops.BatchNormOptions{})
		k = ops.Dropout(ops.Tanh(k), .2)
		for _, f := range inner {
			k = f(k)
		}
		k = ops.Linear(k, param("w2", d, 4*d), graph.Node{})
		leave()
		h = ops.Add(h, k)
	}
	s.layers = append(s.layers, "shared")
	loss := ops.Mean(ops.Square(shared(h)))
	statistics, _ := s.Assigned()
	trained := slices.DeleteFunc(s.Trainable(), func(p graph.Node) bool { return slices.Contains(statistics, p) })
	d0 := graph.Gradients(loss, trained...)
	s.InPhase(graph.Update, func() {
		for i, p := range trained {
			s.Assign(p, ops.SGD(p, d0[i], s.Scalar(.1), 0))
		}
	})
	s.outputs = append([]graph.Node{loss}, d0...)
	return s
}

// trace runs three steps and lists the bits of all outputs and parameters after each.
func (s *stack) trace(t *testing.T, opt graph.CompileOptions) (*graph.Program, []uint32) {
	t.Helper()
	p, err := s.CompileWith(opt, s.outputs...)
	if err != nil {
		t.Fatal(err)
	}
	if err := graph.CheckMemory(p); err != nil {
		t.Fatal(err)
	}
	var all []uint32
	note := func(v graph.Tensor) {
		for _, f := range v.F32 {
			all = append(all, math.Float32bits(f))
		}
	}
	p.Set(s.x, small("x", s.x.Shape()...).Tensor())
	for range 3 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for _, n := range s.outputs {
			note(p.Value(n))
		}
		for _, w := range s.Params() {
			note(w.Tensor())
		}
	}
	return p, all
}

// TestCheckpoint: losses, gradients, running statistics and parameters have the same bits over three steps, and the
// arena is smaller.
func TestCheckpoint(t *testing.T) {
	for _, noFuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("NoFuse %v", noFuse), func(t *testing.T) {
			kept, want := newStack().trace(t, graph.CompileOptions{NoFuse: noFuse})
			s := newStack()
			again, got := s.trace(t, graph.CompileOptions{NoFuse: noFuse, Checkpoint: s.layers})
			if !slices.Equal(got, want) {
				t.Error("the steps differ")
			}
			a, b := again.Memory().Arena, kept.Memory().Arena
			if a*10 >= b*5 {
				t.Errorf("the arena takes %d bytes, %d without", a, b)
			}
			if c, d := again.Cost().Products, kept.Cost().Products; c <= d || c > d*4/3 {
				t.Errorf("%d operations in products, %d without: want more, at most a third", c, d)
			}
			t.Logf("arena %.2f, operations %.2f", float64(a)/float64(b),
				float64(again.Cost().Flops)/float64(kept.Cost().Flops))
		})
	}
}

// drift is x and a number that grows with every evaluation, which an op must not have.
type drift struct{ n *float32 }

func (drift) String() string                                    { return "drift" }
func (drift) Types(in []graph.Type) ([]graph.Type, error)       { return in, nil }
func (drift) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node { return dy }
func (o drift) Eval(dst, in []graph.Tensor) error {
	*o.n++
	for i, v := range in[0].F32 {
		dst[0].F32[i] = v + *o.n
	}
	return nil
}

// TestCheckpointFinds: an op that gives something else when it runs again changes the steps.
func TestCheckpointFinds(t *testing.T) {
	drifting := func(h graph.Node) graph.Node { return graph.Apply(drift{new(float32)}, h) }
	kept, again := newStack(drifting), newStack(drifting)
	_, want := kept.trace(t, graph.CompileOptions{})
	if _, got := again.trace(t, graph.CompileOptions{Checkpoint: again.layers}); slices.Equal(got, want) {
		t.Error("the comparison finds nothing")
	}
}

// TestCheckpointLayers: a layer that there is not is an error that names one that there is.
func TestCheckpointLayers(t *testing.T) {
	for _, c := range []struct{ name, layer, want string }{
		{"a slip", "blocks.3", `compile: checkpoint: there is no layer "blocks.3"; the nearest is "block.3"`},
		{"a part of a name", "block.1.inn",
			`compile: checkpoint: there is no layer "block.1.inn"; the nearest is "block.1.inner"`},
		{"nothing", "", `compile: checkpoint: there is no layer ""; the nearest is "block"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStack()
			if _, err := s.CompileWith(graph.CompileOptions{Checkpoint: []string{"block.0", c.layer}},
				s.outputs...); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	g := &graph.Graph{}
	want := `compile: checkpoint: there is no layer "a": the graph has none`
	if _, err := g.CompileWith(graph.CompileOptions{Checkpoint: []string{"a"}}, g.Input("x", 1)); err == nil ||
		err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
