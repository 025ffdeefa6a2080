// This file holds Param, a named value that outlives graphs: weights, running statistics, moments.

package graph

import (
	"fmt"
	"sync/atomic"
)

// Param is a named tensor that a model owns and graphs read and assign. Its memory is allocated
// once and never moves; loading a file copies into it. Several graphs, such as those for
// training and for evaluation, share it.
type Param struct {
	name   string
	value  Tensor
	frozen atomic.Bool
}

// NewParam returns a trainable parameter of zeros. The name is its path in the model, spelt
// as PyTorch spells it: "layer1.0.conv1.weight".
//
// It panics when no value can have the type, see [Shape.Check].
func NewParam(name string, t Type) *Param {
	if err := t.check(); err != nil {
		panic(fmt.Sprintf("graph: parameter %q: %v", name, err))
	}
	p := &Param{name: name, value: NewTensor(t)}
	p.SetTrainable(t.DType.IsFloat())
	return p
}

// Name returns the path of the parameter in its model.
func (p *Param) Name() string { return p.name }

// Type returns element type and shape.
func (p *Param) Type() Type { return p.value.Type }

// Tensor returns the value; it shares the parameter's memory.
func (p *Param) Tensor() Tensor { return p.value }

// Trainable reports whether optimisers update the parameter.
func (p *Param) Trainable() bool { return !p.frozen.Load() }

// SetTrainable freezes or unfreezes the parameter, for graphs built from then on.
func (p *Param) SetTrainable(yes bool) { p.frozen.Store(!yes) }
