// This file holds Param, a named value that outlives graphs: weights, running statistics, moments.

package graph

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Param is a named tensor that a model owns and graphs read and assign. Its memory begins when it is first read, by
// [Param.Tensor] or by the first run of a program, and never moves; loading a file copies into it. Several graphs,
// such as those for training and for evaluation, share it.
type Param struct {
	name      string
	t         Type
	frozen    atomic.Bool
	unbounded atomic.Bool
	label     atomic.Pointer[string] // see Label
	handed    atomic.Uint64          // how often its memory was asked for

	begun   atomic.Bool // value has memory, which holds what fill gave
	filling sync.Mutex  // of all below
	value   Tensor
	fill    func(Tensor) // gives the first value; nil for zeros
	read    bool         // a graph has a node of its type
}

// NewParam returns a trainable parameter of zeros; [Param.Fill] gives it another value. The name is its path in the
// model, spelt as PyTorch spells it: "layer1.0.conv1.weight". It panics when the type is that of no value.
func NewParam(name string, t Type) *Param {
	if err := t.checkValue(); err != nil {
		panic(fmt.Sprintf("graph.NewParam %q: %v", name, err))
	}
	t.Shape = append(Shape{}, t.Shape...)
	p := &Param{name: name, t: t}
	p.SetTrainable(t.DType.IsFloat())
	return p
}

// must is p, for the named method; nil stands for no parameter.
func (p *Param) must(method string) *Param {
	if p == nil {
		panic("graph: Param." + method + ": the *Param is nil: the layer has no such parameter, or nobody has made it")
	}
	return p
}

// Name returns the path of the parameter in its model.
func (p *Param) Name() string { return p.must("Name").name }

// Type returns element type and shape.
func (p *Param) Type() Type { return p.must("Type").t }

// Tensor returns the value; it shares the parameter's memory. Any number of goroutines may be the first to ask.
func (p *Param) Tensor() Tensor {
	p.must("Tensor").handed.Add(1) // who has the memory may write to it
	return p.tensor()
}

// tensor is Tensor for readers.
func (p *Param) tensor() Tensor {
	if p.begun.Load() {
		return p.value
	}
	p.filling.Lock()
	defer p.filling.Unlock()
	if p.begun.Load() {
		return p.value
	}
	v := NewTensor(p.t)
	if p.fill != nil {
		p.fill(v)
	}
	p.value, p.fill = v, nil
	p.begun.Store(true)
	return p.value
}

// readType is the type for a graph that reads the parameter; it holds from then on.
func (p *Param) readType() Type {
	p.filling.Lock()
	defer p.filling.Unlock()
	p.read = true
	return p.t
}

// begin gives the parameter its memory and first value. The error is a panic of what Fill was given.
func (p *Param) begin() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("parameter %q: its first value: the function panics: %s", p.name,
				plain.Text(fmt.Sprint(r)))
		}
	}()
	p.tensor()
	return nil
}

// params are the parameters that the tape names, each once.
func (c *code) params() (all []*Param) {
	seen := map[*Param]bool{}
	for _, r := range c.live() {
		if p := r.root.param; p != nil && !seen[p] {
			seen[p] = true
			all = append(all, p)
		}
	}
	return all
}

// Fill makes f what gives the parameter its value. f is called once: when the parameter is first read, or now when it
// has been read already, since programs share the memory. What f is given has the parameter's type and any elements.
// A second Fill before the first reading takes the place of the first. No program may run meanwhile.
func (p *Param) Fill(f func(dst Tensor)) {
	if f == nil {
		panic("graph: Param.Fill: the function is nil")
	}
	p.must("Fill").filling.Lock()
	defer p.filling.Unlock()
	if !p.begun.Load() {
		p.fill = f
		return
	}
	p.handed.Add(1)
	f(p.value)
}

// SetDType makes a parameter of floats one of the other float type, before it is read: by [Param.Tensor] or by a
// graph. Afterwards it is an error, and so it is for integers. What [Param.Fill] has said holds.
func (p *Param) SetDType(d DType) error {
	p.must("SetDType").filling.Lock()
	defer p.filling.Unlock()
	switch {
	case p.t.DType == d:
		return nil
	case !d.IsFloat() || !p.t.DType.IsFloat():
		return fmt.Errorf("parameter %q: it holds %v, want float32 or float64 for both, got %v", p.name, p.t.DType,
			d)
	case p.begun.Load() || p.read:
		return fmt.Errorf("parameter %q: it has been read as %v: set the type before a graph or Tensor reads it",
			p.name, p.t.DType)
	}
	p.t.DType = d
	return nil
}

// Trainable reports whether optimisers update the parameter.
func (p *Param) Trainable() bool { return !p.must("Trainable").frozen.Load() }

// SetTrainable freezes or unfreezes the parameter, for graphs built from then on.
func (p *Param) SetTrainable(yes bool) { p.must("SetTrainable").frozen.Store(!yes) }

// Unbounded reports whether the parameter may hold NaN and infinities.
func (p *Param) Unbounded() bool { return p.must("Unbounded").unbounded.Load() }

// SetUnbounded declares, for programs compiled from then on, that NaN and infinities are proper values of the
// parameter: a mask of -Inf, or a least loss so far that begins at +Inf. What is assigned to it may be so too. For
// all others a run does not begin its updates when what goes into them is not finite.
func (p *Param) SetUnbounded(yes bool) { p.must("SetUnbounded").unbounded.Store(yes) }
