// This file holds Checkpoint, which saves a training so that it can be gone on from exactly.

package train

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
)

// Checkpoint saves a training into a folder after some steps, so that one which was killed at any moment goes on from
// there and ends in the bytes of one that was never stopped. A [Fit] needs no more than
//
//	fit.Checkpoint = &train.Checkpoint{Dir: "run", Of: model.Params(), Resume: true}
//
// A loop by hand calls Load once, Due and Save after each step, skips what is done by [Position.Batches], and calls
// Release when it ends.
//
// A folder is for one training at a time: from its begin to its end it holds a lock, the file training.lock, and
// another one is refused with [ErrInUse]. The lock ends with its process, however that ends, so that what was killed
// is gone on from at once. To read a checkpoint takes no lock. A disk or a system without locks refuses nobody.
//
// A checkpoint is some files: the parameters, running statistics included, in a file that [nn.Params.Load] reads; what
// [Trainer.Save] writes; the States of the task, the averages of players and what Also names; the history; and a
// manifest in JSON with the position in the data, the Settings, and the size and the SHA-256 of each file. Random
// numbers are functions of the seed and the step, and the order of the data is one of the seed and the epoch, so that
// no more is needed. Each file is forced to the disk under another name and then renamed, and the manifest is the
// last: a checkpoint is there whole or not at all. When it is there, those before the last Keep are removed, by Load
// too where Save was killed before it came to that.
type Checkpoint struct {
	Dir string
	Of  *nn.Params // all that training changes, and what else is to be in the file of parameters

	Every int           // steps from one to the next
	Each  time.Duration // from one to the next; if this and Every are 0 a minute, or 50 times what the last one took
	Keep  int           // how many stay; 0 for 2

	// Resume goes on from the newest checkpoint in Dir, if there is one. Without it a Dir that has checkpoints is an
	// error.
	Resume bool
	// Settings are what the result depends on: names of a model, of data, rates, a seed. One that was saved with
	// others is not gone on from. A [Fit] needs none: it records and compares by itself what it knows, which is
	//
	//	epochs, most steps, batches of an epoch, batches of the test
	//	learning rate, optimizer, schedule    the optimiser's fields; the shares of the rate at nine steps
	//	norm that gradients are clipped to, value that gradients are clipped to
	//	parts of a step, seed of the trainer  Accumulate and Seed of the Trainer
	//	training data, training seed, …       what a source of package data says, see [Described]; also test …
	//
	// and of a game an optimizer and the steps to a turn for each player. What is in a function alone, such as a task
	// or a hook, it cannot know: that is for Settings.
	Settings map[string]string
	// Allow names settings that may be others than those of the checkpoint: the new ones hold from this step on. So a
	// training gets more epochs: Allow: []string{"epochs"}. One that a hook has ended stays ended. To begin anew from
	// its weights, load [Saved.Weights], and save into another folder.
	Allow []string
	Words map[string]string // the metadata of the file of parameters
	Also  map[string]Keeper // what else the next steps depend on, by a name without a slash
	// Warn, if given, is told of a checkpoint that is damaged, for which the one before it is taken, and of old ones
	// that Load could not remove.
	Warn func(error)

	held   *files.Held // the lock of the folder, nil before and after
	number int         // of the last one
	step   int         // of the trainer, at the last one
	last   time.Time
	took   time.Duration
}

// Position is where in the data a training is, and what it came to on the way.
type Position struct {
	Epoch   int // whole epochs that are done
	Step    int // steps of the epoch after them that are done
	History history.Rows

	fit *checkpoint.Progress // nil in a loop by hand
}

// ErrSettings is the kind of the error about a checkpoint of another training: errors.Is(err, ErrSettings).
var ErrSettings = errors.New("the checkpoint is that of another training")

// ErrInUse is the kind of the error about a folder that has another training: errors.Is(err, ErrInUse).
var ErrInUse = errors.New("another training is saved in this folder now")

// SettingsError says which setting of a checkpoint is another: the first of them by name. It is [ErrSettings].
type SettingsError struct {
	Path, Name, Saved, Now string

	known bool // to the Fit, by itself
}

func (e *SettingsError) Error() string {
	value := func(v string) string {
		if v == "" {
			return "nothing"
		}
		return fmt.Sprintf("%.200q", v)
	}
	text := fmt.Sprintf("%s is of another training: its %s is %s, and this one's is %s", e.Path, e.Name,
		value(e.Saved), value(e.Now))
	if e.known {
		text += fmt.Sprintf(": to go on with it say Allow: []string{%q} in the Checkpoint, or name another Dir",
			e.Name)
	}
	return text
}

// Is reports whether it is ErrSettings.
func (e *SettingsError) Is(target error) bool { return target == ErrSettings }

// share keeps what checkpoints cost below a fiftieth of the time, where nobody says how often they are saved.
const share = 50

// Due reports whether the next checkpoint is to be saved after the step that the trainer has done.
func (c *Checkpoint) Due(t *Trainer) bool {
	switch {
	case c == nil || t == nil || t.Steps() == c.step:
		return false
	case c.Every > 0 && t.Steps()%c.Every == 0:
		return true
	case c.last.IsZero():
		c.last = time.Now()
	}
	each := c.Each
	if each == 0 && c.Every == 0 {
		each = max(time.Minute, share*c.took)
	}
	return each > 0 && time.Since(c.last) >= each
}

func (c *Checkpoint) check(t *Trainer) error {
	switch {
	case c == nil:
		return errors.New("the Checkpoint is nil")
	case c.Dir == "":
		return errors.New("there is no Dir, the folder of the checkpoints")
	case c.Of == nil:
		return errors.New("there is no Of, the parameters to save: usually model.Params()")
	case c.Every < 0 || c.Each < 0 || c.Keep < 0:
		return fmt.Errorf("the field Every is %d, Each %v and Keep %d, want none below 0", c.Every, c.Each, c.Keep)
	case t == nil || t.moments == nil:
		return errNotNew
	}
	for name, k := range c.Also {
		if isNil(k) || strings.Contains(name, "/") {
			return fmt.Errorf("the field Also has %q, %T, want names without a slash, and no nil", name, k)
		}
	}
	return nil
}

// saving is called as each part of a checkpoint is about to be written; tests end the process in it.
var saving = func(string) {}

// Save writes a checkpoint of a training that is where at says. A parameter that the task's programs assign and that
// Of does not have is an error.
func (c *Checkpoint) Save(t *Trainer, at Position) error {
	if err := c.check(t); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	start := time.Now()
	if err := c.begin(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := c.save(t, at); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	c.number, c.step = c.number+1, t.Steps()
	saving("what is removed")
	err := c.prune()
	c.last = time.Now()
	c.took = c.last.Sub(start)
	return err
}

// begin makes the folder before the first checkpoint and takes it. It must not have those of another training, also
// where it was released, and is taken again.
func (c *Checkpoint) begin() error {
	if c.held != nil && c.number > 0 {
		return nil
	}
	if err := os.MkdirAll(c.Dir, 0o777); err != nil { // less the process's mask
		return err
	}
	if err := c.hold(); err != nil {
		return err
	}
	numbers, err := checkpoint.NumbersIn(c.Dir)
	if err == nil && len(numbers) > 0 && numbers[0] != c.number {
		err = fmt.Errorf("%s holds checkpoints: go on from them with Resume, or name another folder", c.Dir)
	}
	if err != nil {
		c.Release()
	}
	return err
}

// lockName is the name of the file of a folder's lock.
const lockName = "training.lock"

// hold takes the lock of the folder, unless it has it.
func (c *Checkpoint) hold() (err error) {
	if c.held != nil {
		return nil
	}
	c.held, err = files.Hold(filepath.Join(c.Dir, lockName))
	if errors.Is(err, files.ErrTaken) {
		return inUse(c.Dir)
	}
	return err
}

func inUse(dir string) error {
	return fmt.Errorf("%s: %w: wait until it ends, or name another folder", dir, ErrInUse)
}

// CheckFree reports a folder in which a training is saved now: [ErrInUse]. It is nil for no guarantee: another
// training may begin, which Load and the first Save find out.
func CheckFree(dir string) error {
	if files.Taken(filepath.Join(dir, lockName)) {
		return inUse(dir)
	}
	return nil
}

// Release ends what Load or the first Save has begun: another training may be saved in the folder then. [Fit.Run] does
// it at its end, whatever that is; a loop by hand defers it. A Save after it takes the folder again, unless another
// training has been saved there.
func (c *Checkpoint) Release() {
	if c != nil {
		c.held.Release()
		c.held = nil
	}
}

func (c *Checkpoint) save(t *Trainer, at Position) error {
	if err := t.allIn(c.Of); err != nil {
		return err
	}
	others, err := kept(t.keepers(c.Also))
	if err != nil {
		return err
	}
	base := filepath.Join(c.Dir, checkpoint.NameOf(c.number+1))
	for _, part := range []struct {
		ending string
		write  func(path string) error
	}{
		{checkpoint.WeightsEnding, func(path string) error { return c.Of.SaveWith(path, c.Words) }},
		{checkpoint.TrainingEnding, t.Save},
		{checkpoint.KeptEnding, func(path string) error { return safetensors.Write(path, others, nil) }},
		{checkpoint.HistoryEnding, func(path string) error { return files.Replace(path, at.History.WriteCSV) }},
	} {
		saving(part.ending)
		if err := part.write(base + part.ending); err != nil {
			return err
		}
	}
	saving(checkpoint.ManifestEnding)
	return checkpoint.Seal(base, checkpoint.Manifest{Settings: c.Settings, Step: t.Steps(),
		Epoch: at.Epoch, StepOfEpoch: at.Step,
		Fit: at.fit})
}

// prune removes what is older than the checkpoints to keep.
func (c *Checkpoint) prune() error {
	keep := c.Keep
	if keep == 0 {
		keep = 2
	}
	return checkpoint.Prune(c.Dir, c.number-keep)
}

// Load takes up the newest checkpoint of the folder that is whole, parameters and trainer, and returns where it is.
// One that is damaged is told to Warn, and the one before it is taken. That there is none is an error of kind
// [os.ErrNotExist], that all are damaged one of kind [ErrDamaged], that the Settings are others [ErrSettings], and
// that another training is saved there now [ErrInUse]; then nothing is changed. The folder is this training's until
// Release.
func (c *Checkpoint) Load(t *Trainer) (Position, error) { return c.load(t, nil) }

// load is Load, and asks whether what is saved is to be taken up, if there is somebody to ask.
func (c *Checkpoint) load(t *Trainer, compare func(*Saved) error) (_ Position, err error) {
	if err := c.check(t); err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	if _, err := checkpoint.NumbersIn(c.Dir); err != nil { // no file is made where there is no folder
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	if err := c.hold(); err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			c.Release()
		}
	}()
	s, err := ReadCheckpoint(c.Dir)
	if err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	for _, err := range s.Passed {
		if c.Warn != nil {
			c.Warn(err)
		}
	}
	if err := c.same(s); err != nil {
		return Position{}, err
	}
	if compare != nil {
		if err := compare(s); err != nil {
			return Position{}, err
		}
	}
	if err := c.Of.Load(s.Weights); err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	if err := t.Load(s.base + checkpoint.TrainingEnding); err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	if err := takeUp(s.base+checkpoint.KeptEnding, t.keepers(c.Also)); err != nil {
		return Position{}, fmt.Errorf("checkpoint: %w", err)
	}
	c.number, c.step, c.last = s.number, t.Steps(), time.Now()
	// A process that was killed may have left what the next Save would remove, and there may be no next one.
	if err := c.prune(); err != nil && c.Warn != nil {
		c.Warn(err)
	}
	return s.Position, nil
}

// same compares the Settings.
func (c *Checkpoint) same(s *Saved) error {
	if name, ok := checkpoint.Differing(s.Settings, c.Settings, c.Allow); ok {
		return &SettingsError{Path: s.Path, Name: name, Saved: s.Settings[name], Now: c.Settings[name]}
	}
	return nil
}

// allIn reports a parameter that a program assigns and that is not among those to be saved.
func (t *Trainer) allIn(params *nn.Params) error {
	in := t.own()
	for p := range params.All() {
		in[p] = true
	}
	for p := range t.programs.All() {
		targets, _ := p.batch[0].Graph().Assigned()
		for _, n := range targets {
			if param := n.Param(); param != nil && !in[param] {
				return fmt.Errorf("training changes %s, which Of does not have: it would be lost", param.Name())
			}
		}
	}
	return nil
}

// Batches are the batches of an epoch that are not done yet, with their numbers in it from 1. The others are made and
// passed over.
func (p Position) Batches(source Source, epoch int) iter.Seq2[int, []graph.Tensor] {
	done := 0
	if epoch == p.Epoch {
		done = p.Step
	}
	return func(yield func(int, []graph.Tensor) bool) {
		n := 0
		batches := source.Batches(epoch)
		if batches == nil {
			return
		}
		for batch := range batches {
			if n++; n > done && !yield(n, batch) {
				return
			}
		}
	}
}
