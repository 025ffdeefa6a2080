// This file holds Save and Load of a Trainer: what the next steps depend on beside the parameters.

package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
	"github.com/stheno-ml/stheno/train/internal/damage"
)

// Save writes what the next steps depend on beside the parameters, whose [nn.Params.Save] goes with it: the
// optimiser's moments, the number of steps and the learning rate. A training that is saved and gone on from gives the
// bits of one that was not interrupted:
//
//	err := errors.Join(model.Params().Save("weights.safetensors"), trainer.Save("training.safetensors"))
//	…
//	trainer := train.New(task, opt) // the same ones, with the same Seed and limits
//	err := errors.Join(model.Params().Load("weights.safetensors"), trainer.Load("training.safetensors"))
//
// The file is one of safetensors, written whole or not at all. A moment is named by its parameter, "fc1.weight.mean",
// and in a [Game] with the player before, "generator.fc1.weight.mean"; it is an error when two have one name. Beside
// them are step, an integer, and lr; in a game also loss, what each player had in its last turn. Parameters that were
// frozen all the time have no moments, and the metadata list them, so that one that is unfrozen from the next step on
// begins with those of a first step, as in a training that was not interrupted. In a Hook of a [Fit]
// lr is the rate before the schedule. States and averages are not saved: save where States begin anew, at the end of
// an epoch, or by a [Checkpoint], which saves all that there is, after any step.
func (t *Trainer) Save(path string) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.busy.Store(false)
	moments, err := t.named()
	if err != nil {
		return fmt.Errorf("train: save %s: %w", path, err)
	}
	values := map[string]graph.Tensor{}
	for name, m := range moments {
		values[name] = m.Tensor()
	}
	if t.loaded != nil {
		maps.Copy(values, t.loaded.moments)
	}
	all := []safetensors.Tensor{{Name: "step", Data: []int64{t.step.Load()}}, {Name: "lr", Data: []float64{t.LR}}}
	if t.isGame() {
		all = append(all, safetensors.Tensor{Name: "loss", Shape: []int{len(t.last)}, Data: t.last})
	}
	for name, v := range values {
		s := safetensors.Tensor{Name: name, Shape: v.Shape, Data: v.F32}
		if v.DType == graph.Float64 {
			s.Data = v.F64
		}
		all = append(all, s)
	}
	words, err := json.Marshal(t.waiting())
	if err != nil {
		return fmt.Errorf("train: save %s: %w", path, err)
	}
	return safetensors.Write(path, all, map[string]string{waitingWord: string(words)})
}

// waitingWord is the word of the metadata for the names of parameters that no step has changed yet.
const waitingWord = "frozen"

// waiting are the parameters that are frozen in all programs that there are, and have no moments; before there is a
// program, those of the file that was loaded.
func (t *Trainer) waiting() (names []string) {
	if t.programs.Len() == 0 && t.loaded != nil {
		return t.loaded.waiting
	}
	owners, _ := t.owners() // named has found them
	own, known := t.own(), map[*graph.Param]bool{}
	for key := range t.moments {
		known[key.param] = true
	}
	for p := range t.programs.All() {
		for i, param := range p.params {
			known[param] = known[param] || p.declared[i].trainable
		}
	}
	for param, steps := range known {
		if !steps && !own[param] {
			names = append(names, owners[param]+param.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Load takes up what [Trainer.Save] has written, before the first step or after any. The file must hold each moment in
// its shape and nothing else; if not, the error, a [*nn.MismatchError], lists what is missing, unexpected and
// mis-shaped, and nothing is changed. Which moments there are is known when a step is built: before the first one,
// that error is the first step's. The moments of a parameter that is frozen are kept until it is not.
func (t *Trainer) Load(path string) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.busy.Store(false)
	if _, err := t.owners(); err != nil {
		return fmt.Errorf("train: load %s: %w", path, err)
	}
	s, err := t.read(path)
	if err != nil {
		return err
	}
	before := t.loaded
	t.loaded = s
	switch {
	case s.begins():
		t.moments, t.programs, t.loaded = map[momentKey]*graph.Param{}, recent.List[*program]{}, nil
	case t.programs.Len() > 0:
		if err := t.settle(t.params()); err != nil {
			t.loaded = before
			return err
		}
	}
	t.last, t.LR = s.losses, s.rate
	t.step.Store(s.step)
	return nil
}

// state is what a file holds of a Trainer.
type state struct {
	path    string
	step    int64
	rate    float64
	losses  []float64               // of each turn of a game
	moments map[string]graph.Tensor // those that are not taken yet
	waiting []string                // see Trainer.waiting
	settled bool                    // their names have been compared with those of the moments that there are
}

// waits reports a moment of a parameter that no step had changed yet.
func (s *state) waits(moment string) bool {
	return slices.ContainsFunc(s.waiting, func(name string) bool { return strings.HasPrefix(moment, name+".") })
}

// begins reports a training without a step whose moments had not been made yet.
func (s *state) begins() bool { return s.step == 0 && len(s.moments) == 0 }

// read reads a file. What is not asked for by name is a moment until it is settled which there are.
func (t *Trainer) read(path string) (*state, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	step, rate, losses := make([]int64, 1), make([]float64, 1), make([]float64, len(t.players))
	d := nn.MismatchError{Path: path}
	read := func(name string, shape graph.Shape, into func(string) error) {
		switch info, ok := f.Tensor(name); {
		case !ok:
			d.Missing = append(d.Missing, name)
		case !shape.Equal(info.Shape):
			d.MisShaped = append(d.MisShaped, misShaped(name, info.Shape, shape))
		case err == nil:
			err = into(name)
		}
	}
	own := []string{"step", "lr"}
	read("step", nil, func(name string) error { return f.ReadInt64(name, step) })
	read("lr", nil, func(name string) error { return f.ReadFloat64(name, rate) })
	if t.isGame() {
		own = append(own, "loss")
		read("loss", graph.Shape{len(losses)}, func(name string) error { return f.ReadFloat64(name, losses) })
	}
	if mismatch := asError(d); mismatch != nil {
		return nil, mismatch
	}
	if err != nil {
		return nil, err
	}
	if step[0] < 0 || step[0] > checkpoint.MostSteps || !(rate[0] >= 0 && rate[0] <= math.MaxFloat64) {
		return nil, fmt.Errorf("load %s: step is %d and lr is %v, want numbers ≥ 0, and a step of at most %d",
			path, step[0],
			rate[0], checkpoint.MostSteps)
	}
	s := &state{path: path, step: step[0], rate: rate[0], losses: losses, moments: map[string]graph.Tensor{}}
	if words, ok := f.Metadata()[waitingWord]; ok {
		if err := json.Unmarshal([]byte(words), &s.waiting); err != nil {
			return nil, damage.Errorf("load %s: the metadata have no list of names under %q: %w", path, waitingWord,
				err)
		}
	}
	for _, name := range f.Names() {
		if slices.Contains(own, name) {
			continue
		}
		if s.moments[name], err = readFloats(f, name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// readFloats reads a tensor as float64 if it is that, and otherwise as float32.
func readFloats(f *safetensors.File, name string) (graph.Tensor, error) {
	info, _ := f.Tensor(name)
	t := graph.Type{Shape: info.Shape}
	if info.DType == safetensors.F64 {
		t.DType = graph.Float64
	}
	if err := t.Shape.Check(); err != nil {
		return graph.Tensor{}, fmt.Errorf("load %s: %s: %w", f.Name(), name, err)
	}
	v := graph.NewTensor(t)
	if t.DType == graph.Float64 {
		return v, f.ReadFloat64(name, v.F64)
	}
	return v, f.ReadFloat32(name, v.F32)
}

// settle gives the moments that there are the values that have been loaded, for a step that has params. It is an
// error, the first time, when the names do not agree.
func (t *Trainer) settle(params []*graph.Param) error {
	s := t.loaded
	if s == nil {
		return nil
	}
	named, err := t.named()
	if err != nil {
		return fmt.Errorf("load %s: %w", s.path, err)
	}
	if err := asError(t.compare(s, named, params)); err != nil {
		return err
	}
	for name, m := range named {
		if v, ok := s.moments[name]; ok {
			m.Fill(copying(v))
			delete(s.moments, name)
		}
	}
	if s.settled = true; len(s.moments) == 0 {
		t.loaded = nil
	}
	return nil
}

// compare compares the names and shapes of a file with those of the moments that there are.
func (t *Trainer) compare(s *state, named map[string]*graph.Param, params []*graph.Param) nn.MismatchError {
	d := nn.MismatchError{Path: s.path}
	for name, m := range named {
		switch v, ok := s.moments[name]; {
		case !ok && !s.settled && !s.waits(name):
			d.Missing = append(d.Missing, name)
		case ok && !v.Shape.Equal(m.Type().Shape):
			d.MisShaped = append(d.MisShaped, misShaped(name, v.Shape, m.Type().Shape))
		}
	}
	if !s.settled {
		d.Unexpected = t.unexpected(s, named, params)
	}
	return d
}

// unexpected are the names in a file that are neither those of moments nor of frozen parameters among params, whose
// moments may come.
func (t *Trainer) unexpected(s *state, named map[string]*graph.Param, params []*graph.Param) (names []string) {
	owners, _ := t.owners() // named has them too
	frozen := func(name string) bool {
		return slices.ContainsFunc(params, func(p *graph.Param) bool {
			return !p.Trainable() && strings.HasPrefix(name, owners[p]+p.Name()+".")
		})
	}
	for name := range s.moments {
		if named[name] == nil && !frozen(name) {
			names = append(names, name)
		}
	}
	return names
}

// copying fills a tensor of floats with v, whichever float type each has.
func copying(v graph.Tensor) func(graph.Tensor) {
	return func(dst graph.Tensor) {
		if dst.DType == v.DType {
			dst.CopyFrom(v)
			return
		}
		for i := range dst.F32 {
			dst.F32[i] = float32(v.F64[i])
		}
		for i := range dst.F64 {
			dst.F64[i] = float64(v.F32[i])
		}
	}
}

// params are those of the programs that there are.
func (t *Trainer) params() (all []*graph.Param) {
	for p := range t.programs.All() {
		all = append(all, p.params...)
	}
	return all
}

// owners gives what stands before the names of a player's parameters, in a game.
func (t *Trainer) owners() (map[*graph.Param]string, error) {
	if err := checkTask(t.task); err != nil {
		return nil, err
	}
	if err := t.checkPlayers(); err != nil {
		return nil, err
	}
	owners := map[*graph.Param]string{}
	if !t.isGame() {
		return owners, nil
	}
	for _, player := range t.players {
		for p := range player.Params.All() {
			owners[p] = player.Name + "."
		}
	}
	return owners, nil
}

// named are the moments that there are, by their names in a file.
func (t *Trainer) named() (map[string]*graph.Param, error) {
	owners, err := t.owners()
	if err != nil {
		return nil, err
	}
	named, twice := map[string]*graph.Param{}, []string(nil)
	for key, m := range t.moments {
		name := owners[key.param] + m.Name()
		if named[name] != nil {
			twice = append(twice, name)
		}
		named[name] = m
	}
	if len(twice) > 0 {
		return nil, fmt.Errorf("two moments are named %q: make both models in parts of one nn.Scope",
			slices.Min(twice))
	}
	return named, nil
}

func misShaped(name string, file, model graph.Shape) string {
	return fmt.Sprintf("%s: file %v, model %v", name, file, model)
}

// asError is d, its lists sorted, or nil if they are empty.
func asError(d nn.MismatchError) error {
	if len(d.Missing)+len(d.Unexpected)+len(d.MisShaped) == 0 {
		return nil
	}
	for _, names := range [][]string{d.Missing, d.Unexpected, d.MisShaped} {
		slices.Sort(names)
	}
	return &d
}
