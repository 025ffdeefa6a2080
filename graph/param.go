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
	label     atomic.Pointer[string] // see SetLabel
	handed    atomic.Uint64          // how often its memory was asked for

	begun   atomic.Bool // value has memory and its first elements
	filling sync.Mutex  // guards all fields below
	value   Tensor
	fill    func(Tensor) // gives the first value; nil for zeros
	read    bool         // a graph has a node that reads it
}

// NewParam returns a parameter of zeros, trainable if it is of floats; [Param.Fill] gives it another value. The name
// is its path in the model, spelt as PyTorch spells it: "layer1.0.conv1.weight". NewParam panics if no value can have
// the type.
func NewParam(name string, t Type) *Param {
	if err := t.checkValue(); err != nil {
		panic(fmt.Sprintf("graph.NewParam %q: %v", name, err))
	}
	t.Shape = append(Shape{}, t.Shape...)
	p := &Param{name: name, t: t}
	p.SetTrainable(t.DType.IsFloat())
	return p
}

// must returns p. It panics for nil, which stands for no parameter, and names the method.
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

// Tensor returns the value; it shares the memory of the parameter. Several goroutines may call it at the same time.
func (p *Param) Tensor() Tensor {
	p.must("Tensor").handed.Add(1) // the caller may write to the memory
	return p.tensor()
}

// tensor is Tensor for callers that do not write to the memory.
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

// readType is the type for a graph that reads the parameter. The type cannot change from then on.
func (p *Param) readType() Type {
	p.filling.Lock()
	defer p.filling.Unlock()
	p.read = true
	return p.t
}

// begin gives the parameter its memory and first value. If the function that Fill was given panics, this is the error.
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

// Fill lets f write the value of the parameter. f is called once: when the parameter is first read, or at once if it
// has been read already, since programs share the memory. dst has the type of the parameter, and its elements may be
// anything. A second Fill before the first reading takes the place of the first. No program may run at the same time.
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

// SetDType changes the float type of a parameter of floats, before [Param.Tensor] or a graph reads it. It is an error
// afterwards, and for integers. The function given to [Param.Fill] is kept.
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

// SetUnbounded declares, for programs that have not been set or run yet, that NaN and infinities are proper values of
// the parameter: for example a mask of -Inf, or a smallest loss so far that begins at +Inf. The values assigned to it
// may be NaN or infinite too. For all other parameters a run begins no update if a value that goes into it is not
// finite.
func (p *Param) SetUnbounded(yes bool) { p.must("SetUnbounded").unbounded.Store(yes) }
