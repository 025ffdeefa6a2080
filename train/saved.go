// This file holds Saved, a checkpoint as it is on the disk.

package train

import (
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
	"github.com/stheno-ml/stheno/train/internal/damage"
)

// ErrDamaged is the kind of the errors about a history or a checkpoint whose bytes are not as they were written, or
// which are something else: errors.Is(err, ErrDamaged).
var ErrDamaged = damage.Err

// Saved is a checkpoint as it is on the disk, whole: all its files have the sizes and checksums that they were written
// with.
type Saved struct {
	Path     string // of the manifest
	Weights  string // the path of the file of parameters
	Step     int    // of the trainer
	Position Position
	Settings map[string]string
	Known    map[string]string // what a Fit has recorded of itself, see Checkpoint.Settings; nil for nothing
	Files    []SavedFile
	Passed   []error // about newer ones, which are damaged

	base   string
	number int
}

// SavedFile is a file of a checkpoint.
type SavedFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ReadCheckpoint looks for the newest checkpoint of a folder that is whole. That there is none is an error of kind
// [os.ErrNotExist], that all are damaged one of kind [ErrDamaged].
func ReadCheckpoint(dir string) (*Saved, error) {
	found, passed, err := checkpoint.Newest(dir)
	if err != nil {
		return nil, err
	}
	m := found.Manifest
	s := &Saved{Path: found.Base + checkpoint.ManifestEnding, Weights: found.Base + checkpoint.WeightsEnding,
		Step:     m.Step,
		Position: Position{Epoch: m.Epoch, Step: m.StepOfEpoch, History: found.History, fit: m.Fit},
		Settings: m.Settings, Passed: passed, base: found.Base, number: found.Number}
	if m.Fit != nil {
		s.Known = m.Fit.Settings
	}
	for _, f := range m.Files {
		s.Files = append(s.Files, SavedFile(f))
	}
	return s, nil
}
