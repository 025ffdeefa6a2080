package graph

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// counted is a parameter of four ones, and how often its first value was asked for.
func counted(name string) (*Param, *atomic.Int64) {
	p, n := NewParam(name, Type{Float32, Shape{4}}), new(atomic.Int64)
	p.Fill(func(dst Tensor) {
		n.Add(1)
		for i := range dst.F32 {
			dst.F32[i] = 1
		}
	})
	return p, n
}

// TestParamBeginsWhenRead: what reads a parameter fills it, once; what only speaks of it does not.
func TestParamBeginsWhenRead(t *testing.T) {
	build := func(p *Param) (*Graph, Node) {
		g := &Graph{Mode: Train}
		w := g.Param(p)
		return g, Apply(double{2}, w)
	}
	program := func(p *Param) (*Program, Node) {
		g, y := build(p)
		return mustCompile(t, g, y), y
	}
	for _, c := range []struct {
		name string
		do   func(p *Param)
		want int64
	}{
		{"name and type do not", func(p *Param) { _ = fmt.Sprint(p.Name(), p.Type(), p.Trainable()) }, 0},
		{"a graph and its gradients do not",
			func(p *Param) { g, y := build(p); Gradients(Apply(total{}, y), g.Param(p)) }, 0},
		{"a compiled program does not", func(p *Param) { program(p) }, 0},
		{"a printed tape does not", func(p *Param) { prog, _ := program(p); prog.WriteTo(&strings.Builder{}) }, 0},
		{"a clone before the first run does not", func(p *Param) { prog, _ := program(p); prog.Clone() }, 0},
		{"another Fill does not", func(p *Param) { p.Fill(func(Tensor) {}) }, 0},
		{"Tensor does", func(p *Param) { p.Tensor(); p.Tensor() }, 1},
		{"a run does", func(p *Param) { prog, _ := program(p); mustRun(t, prog); mustRun(t, prog) }, 1},
		{"runs of two programs do once", func(p *Param) {
			for range 2 {
				prog, _ := program(p)
				mustRun(t, prog)
			}
		}, 1},
		{"the stock engine does", func(p *Param) {
			g, y := build(p)
			s, err := g.Stock(y)
			if err != nil {
				t.Fatal(err)
			}
			mustRun(t, s)
		}, 1},
		{"Value does", func(p *Param) {
			g, y := build(p)
			mustCompile(t, g, y).Value(g.Param(p))
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, n := counted("w")
			c.do(p)
			if got := n.Load(); got != c.want {
				t.Errorf("filled %d times, want %d", got, c.want)
			}
		})
	}
}

// TestParamMemoryStays: a program sees what a later Fill gives, since memory that has begun never moves.
func TestParamMemoryStays(t *testing.T) {
	p, _ := counted("w")
	g := &Graph{}
	y := Apply(double{2}, g.Param(p))
	prog := mustCompile(t, g, y)
	mustRun(t, prog)
	wantValue(t, "the first value", prog.Value(y), 2, 2, 2, 2)
	at := &p.Tensor().F32[0]
	p.Fill(func(dst Tensor) { dst.F32[3] = 5 })
	mustRun(t, prog)
	wantValue(t, "after Fill", prog.Value(y), 2, 2, 2, 10)
	if at != &p.Tensor().F32[0] {
		t.Error("the memory has moved")
	}
}

// TestParamFirstReadAtOnce: goroutines that read a parameter first, by Tensor and by programs, see one value.
func TestParamFirstReadAtOnce(t *testing.T) {
	p, n := counted("w")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if i%2 == 0 {
				wantValue(t, "Tensor", p.Tensor(), 1, 1, 1, 1)
				return
			}
			g := &Graph{}
			y := Apply(double{2}, g.Param(p))
			prog, err := g.Compile(y)
			if err == nil {
				err = prog.Run()
			}
			if err != nil {
				t.Error(err)
				return
			}
			wantValue(t, "a program", prog.Value(y), 2, 2, 2, 2)
		})
	}
	all.Wait()
	if n.Load() != 1 {
		t.Errorf("filled %d times", n.Load())
	}
}

// TestParamFillPanics: a first value that cannot be made is an error of the run, and may be mended.
func TestParamFillPanics(t *testing.T) {
	p := NewParam("fc.weight", Type{Float32, Shape{2}})
	p.Fill(func(Tensor) { panic("no matrix") })
	g := &Graph{}
	y := Apply(double{2}, g.Param(p))
	prog := mustCompile(t, g, y)
	want := `parameter "fc.weight": its first value: the function panics: no matrix`
	for range 2 {
		if err := prog.Run(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	p.Fill(func(dst Tensor) { dst.F32[0] = 1 })
	mustRun(t, prog)
	wantValue(t, "mended", prog.Value(y), 2, 0)
}

// TestParamSetDType: the float type may change until somebody relies on it.
func TestParamSetDType(t *testing.T) {
	for _, c := range []struct {
		name   string
		of     DType
		before func(p *Param)
		to     DType
		want   string // of the error, "" for none
	}{
		{"before anything", Float32, func(*Param) {}, Float64, ""},
		{"back again", Float64, func(*Param) {}, Float32, ""},
		{"to what it is, although it was read", Float32, func(p *Param) { p.Tensor() }, Float32, ""},
		{"after Tensor", Float32, func(p *Param) { p.Tensor() }, Float64,
			`parameter "w": it has been read as float32: set the type before`},
		{"after a graph", Float32, func(p *Param) { (&Graph{}).Param(p) }, Float64,
			`parameter "w": it has been read as float32`},
		{"after a graph of the other type, which refuses it", Float32,
			func(p *Param) { (&Graph{DType: Float64}).Param(p) }, Float64, ""},
		{"to integers", Float32, func(*Param) {}, Int64,
			`parameter "w": it holds float32, want float32 or float64 for both, got int64`},
		{"of integers", Int64, func(*Param) {}, Float64, `parameter "w": it holds int64`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewParam("w", Type{c.of, Shape{2}})
			c.before(p)
			err := p.SetDType(c.to)
			switch {
			case (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want):
				t.Errorf("got  %v\nwant %s", err, c.want)
			case err == nil && (p.Type().DType != c.to || p.Tensor().DType != c.to):
				t.Errorf("it is of %v, its value of %v, want %v", p.Type().DType, p.Tensor().DType, c.to)
			}
		})
	}
}

// TestUnreadParamsNeedMemory: what a run would allocate for parameters counts, until they have it.
func TestUnreadParamsNeedMemory(t *testing.T) {
	defer func(f func() int) { available = f }(available)
	available = func() int { return 100 << 20 }
	p := NewParam("w", Type{Float32, Shape{1 << 25}}) // 134 MB
	g := &Graph{}
	prog := mustCompile(t, g, Apply(total{}, g.Param(p)))
	if err := prog.Run(); err == nil || !strings.Contains(err.Error(), "134 MB for parameters") {
		t.Errorf("got %v", err)
	}
	if p.begun.Load() {
		t.Error("the parameter has memory all the same")
	}
}
