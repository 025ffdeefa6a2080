package graph

import (
	"bytes"
	"os"
	"testing"
)

// double is y = k·x, for tests.
type double struct{ k float64 }

func (o double) String() string                  { return "double" }
func (o double) Types(in []Type) ([]Type, error) { return in[:1], nil }
func (o double) Grad(_, dy, _ []Node, _ []bool) []Node {
	return []Node{Apply(o, dy[0])}
}
func (o double) Eval(dst, in []Tensor) error {
	for i, v := range in[0].F32 {
		dst[0].F32[i] = float32(o.k) * v
	}
	return nil
}
func (o double) InPlace(int) []int { return []int{0} }

type total struct{}

func (o total) String() string                  { return "total" }
func (o total) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, nil}}, nil }
func (o total) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(spread{MakeDims(in[0].Shape()...)}, dy[0])}
}
func (o total) Eval(dst, in []Tensor) error {
	dst[0].F32[0] = 0
	for _, v := range in[0].F32 {
		dst[0].F32[0] += v
	}
	return nil
}

type spread struct{ to Dims }

func (o spread) String() string                  { return "spread" }
func (o spread) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, o.to.Slice()}}, nil }
func (o spread) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(total{}, dy[0])}
}
func (o spread) Eval(dst, in []Tensor) error {
	for i := range dst[0].F32 {
		dst[0].F32[i] = in[0].F32[0]
	}
	return nil
}

func TestThin(t *testing.T) {
	g := &Graph{Mode: Train}
	x := g.Input("x", 2, 3)
	w := NewParam("w", Type{Float32, Shape{2, 3}})
	wn := g.Param(w)
	a := Apply(sum{}, x, wn)
	b := Apply(double{2}, a)
	c := Apply(sum{}, a, b, Apply(double{3}, b))
	loss := Apply(total{}, c)
	grads := Gradients(loss, wn)
	g.InPhase(Update, func() { g.Assign(wn, Apply(sum{}, wn, Apply(double{-0.1}, grads[0]))) })
	p, err := g.Compile(loss, grads[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Stock(loss, grads[0])
	if err != nil {
		t.Fatal(err)
	}
	p.WriteTo(os.Stdout)
	g.WriteTo(os.Stdout)
	p.Set(x, []float32{1, 2, 3, 4, 5, 6})
	s.Set(x, []float32{1, 2, 3, 4, 5, 6})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	t.Log(p.Value(loss), p.Value(grads[0]), w.Tensor())
	before := w.Tensor().Clone()
	for i := range w.Tensor().F32 {
		w.Tensor().F32[i] = 0
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Value(loss), s.Value(grads[0]), w.Tensor())
	if before.String() != w.Tensor().String() {
		t.Error("differ")
	}
	var buf bytes.Buffer
	p.WriteTo(&buf)
	if n := testing.AllocsPerRun(10, func() { p.Run() }); n != 0 {
		t.Error("allocs", n)
	}
}
