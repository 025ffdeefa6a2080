// This file holds Param, a named value that outlives graphs: weights, running statistics, moments.

package graph

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// Param is a named tensor that a model owns and graphs read and assign. Its memory is allocated
// once and never moves; loading a file copies into it. Several graphs, such as those for
// training and for evaluation, share it.
type Param struct {
	name      string
	value     Tensor
	frozen    atomic.Bool
	unbounded atomic.Bool
	label     atomic.Pointer[string] // see Label
	handed    atomic.Uint64          // how often its memory was asked for
}

// NewParam returns a trainable parameter of zeros. The name is its path in the model, spelt
// as PyTorch spells it: "layer1.0.conv1.weight". It panics when the type is that of no value.
func NewParam(name string, t Type) *Param {
	if err := t.checkValue(); err != nil {
		panic(fmt.Sprintf("graph.NewParam %q: %v", name, err))
	}
	t.Shape = slices.Clone(t.Shape)
	p := &Param{name: name, value: NewTensor(t)}
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
func (p *Param) Type() Type { return p.must("Type").value.Type }

// Tensor returns the value; it shares the parameter's memory.
func (p *Param) Tensor() Tensor {
	p.must("Tensor").handed.Add(1) // who has the memory may write to it
	return p.value
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
