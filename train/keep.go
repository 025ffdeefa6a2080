// This file holds Keeper: what a Checkpoint saves beside parameters and trainer.

package train

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
)

// A Keeper has values that the next steps depend on, such as an [Average] or an [EarlyStop]. A [Checkpoint] saves them
// with the rest.
type Keeper interface {
	// Keep returns the values by name. They are read before anything changes them.
	Keep() (map[string]graph.Tensor, error)
	// TakeUp gives the values that Keep has returned back. If they do not fit, it is an error and changes nothing.
	TakeUp(values map[string]graph.Tensor) error
}

// Keep returns the averages and how often Add was called. It is an error while the parameters have the averages.
func (a *Average) Keep() (map[string]graph.Tensor, error) {
	switch err := a.check(); {
	case err != nil:
		return nil, fmt.Errorf("average: %w", err)
	case a.swapped:
		return nil, errors.New("average: the parameters have the averages: Swap again before they are saved")
	}
	values := map[string]graph.Tensor{"n": graph.FromInt64([]int64{int64(a.n)})}
	if a.n == 0 {
		return values, nil
	}
	i := 0
	for p := range a.Of.All() {
		values["mean."+p.Name()] = a.means[i]
		i++
	}
	return values, nil
}

// TakeUp gives the averages the values that Keep has returned.
func (a *Average) TakeUp(values map[string]graph.Tensor) error {
	switch err := a.check(); {
	case err != nil:
		return fmt.Errorf("average: %w", err)
	case a.swapped:
		return errors.New("average: the parameters have the averages: Swap again before others are taken up")
	}
	n, err := countIn(values, "n")
	if err != nil {
		return fmt.Errorf("average: %w", err)
	}
	if n == 0 {
		a.n = 0
		return nil
	}
	var means []graph.Tensor
	for p := range a.Of.All() {
		v, ok := values["mean."+p.Name()]
		if !ok || !v.Type.Equal(p.Type()) {
			return fmt.Errorf("average: %s", lacking("mean."+p.Name(), v, ok, p.Type()))
		}
		means = append(means, v)
	}
	a.begin()
	for i, v := range means {
		a.means[i].CopyFrom(v)
	}
	a.n = n
	return nil
}

// countIn is a number ≥ 0 among kept values.
func countIn(values map[string]graph.Tensor, name string) (int, error) {
	v, ok := values[name]
	if want := (graph.Type{DType: graph.Int64}); !ok || !v.Type.Equal(want) {
		return 0, errors.New(lacking(name, v, ok, want))
	}
	if n := v.I64[0]; n < 0 || n > checkpoint.MostSteps {
		return 0, fmt.Errorf("%s is %d, want a number from 0 to %d", name, n, checkpoint.MostSteps)
	}
	return int(v.I64[0]), nil
}

func lacking(name string, v graph.Tensor, there bool, want graph.Type) string {
	if !there {
		return fmt.Sprintf("there is no %s, want one of %v", name, want)
	}
	return fmt.Sprintf("%s is %v, want %v", name, v.Type, want)
}

// carried are the States of a Trainer's programs, by the batches that these are for.
type carried struct{ *Trainer }

func (c carried) Keep() (map[string]graph.Tensor, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.busy.Store(false)
	values := maps.Clone(c.states)
	if values == nil {
		values = map[string]graph.Tensor{}
	}
	for p := range c.programs.All() {
		for name, at := range p.states() {
			values[name] = at.turn.prog.Value(at.node)
		}
	}
	return values, nil
}

// TakeUp keeps the values until the programs are there that have them: which these are is known when they are built.
func (c carried) TakeUp(values map[string]graph.Tensor) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.busy.Store(false)
	c.states = maps.Clone(values)
	for p := range c.programs.All() {
		if err := c.carryOn(p); err != nil {
			return err
		}
	}
	return nil
}

// stateOf is a State of a turn.
type stateOf struct {
	turn *turn
	node graph.Node
}

// states are those of a program, by its batch, the number of the turn and that of the state.
func (p *program) states() map[string]stateOf {
	all := map[string]stateOf{}
	for i, turn := range p.turns {
		n := 0
		for _, node := range p.batch[0].Graph().Nodes() {
			if node.Kind() != graph.KindState {
				continue
			}
			if v, ok := turn.prog.Lookup(node); ok && v.Check() == nil {
				all[fmt.Sprintf("%v/%d/%d", p.types, i, n)] = stateOf{turn, node}
			}
			n++
		}
	}
	return all
}

// carryOn gives a program the states that were taken up for it. Those of the other float type, or of another shape,
// are an error.
func (t *Trainer) carryOn(p *program) error {
	if len(t.states) == 0 {
		return nil
	}
	for name, at := range p.states() {
		v, ok := t.states[name]
		if !ok {
			continue
		}
		if !v.Type.Equal(at.node.Type()) {
			return fmt.Errorf("train: state %s was %v in the checkpoint, and is %v", at.node.Name(), v.Type,
				at.node.Type())
		}
		at.turn.prog.Set(at.node, v)
		delete(t.states, name)
	}
	return nil
}

// keepers are those of a checkpoint: the trainer's states, the averages of its players, and others by their names.
func (t *Trainer) keepers(also map[string]Keeper) map[string]Keeper {
	all := map[string]Keeper{"states": carried{t}}
	for i, p := range t.players {
		if p.Average != nil {
			all[fmt.Sprintf("average %d", i)] = p.Average
		}
	}
	for name, k := range also {
		all["also "+name] = k
	}
	return all
}

// kept are the values of all keepers, each as a tensor of a file: KEEPER/NAME.
func kept(keepers map[string]Keeper) (all []safetensors.Tensor, err error) {
	for _, who := range slices.Sorted(maps.Keys(keepers)) {
		values, err := keepers[who].Keep()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", who, err)
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			v := values[name]
			t := safetensors.Tensor{Name: who + "/" + name, Shape: v.Shape, Data: v.F32}
			switch v.DType {
			case graph.Float64:
				t.Data = v.F64
			case graph.Int64:
				t.Data = v.I64
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// takeUp gives each keeper its values of a file.
func takeUp(path string, keepers map[string]Keeper) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	values := map[string]map[string]graph.Tensor{}
	for who := range keepers {
		values[who] = map[string]graph.Tensor{}
	}
	for _, full := range f.Names() {
		who, name, _ := strings.Cut(full, "/")
		if values[who] == nil {
			return fmt.Errorf("load %s: it has %q, and this training has no such part", path, full)
		}
		if values[who][name], err = readTensor(f, full); err != nil {
			return err
		}
	}
	for _, who := range slices.Sorted(maps.Keys(keepers)) {
		if err := keepers[who].TakeUp(values[who]); err != nil {
			return fmt.Errorf("load %s: %s: %w", path, who, err)
		}
	}
	return nil
}

// readTensor reads integers, or floats as readFloats does.
func readTensor(f *safetensors.File, name string) (graph.Tensor, error) {
	info, _ := f.Tensor(name)
	if info.DType != safetensors.I64 {
		return readFloats(f, name)
	}
	t := graph.Type{DType: graph.Int64, Shape: info.Shape}
	if err := t.Shape.Check(); err != nil {
		return graph.Tensor{}, fmt.Errorf("load %s: %s: %w", f.Name(), name, err)
	}
	v := graph.NewTensor(t)
	return v, f.ReadInt64(name, v.I64)
}
