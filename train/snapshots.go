// This file holds Snapshots, which saves the parameters at the end of each cycle of the learning rate.

package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/nn"
)

// Snapshots saves the parameters at the end of each cycle of the learning rate: where it is least before it rises, and
// after the last step. What a model is then, by one training, are the members of an ensemble; see package
// train/metrics, Mean and Vote, and Huang et al., "Snapshot ensembles: train 1, get M for free", ICLR 2017. In a [Fit]
// it is a hook:
//
//	cycles := schedule.Restarts{First: .2}.At
//	snapshots := &train.Snapshots{Dir: "parts", Of: model.Params(), Schedule: cycles, Steps: 500}
//	fit.Schedule, fit.Hook = cycles, snapshots.Hook
//
// and by hand a line after each step: saved, err := snapshots.Add(step). Cycle 7 is in snapshot-007.safetensors, which
// [nn.Params.Load] reads. It is a function of the step, so that a training that is gone on from saves the same files.
type Snapshots struct {
	Dir      string
	Of       *nn.Params
	Schedule func(step, steps int) float64 // that of the training
	Steps    int                           // of the training in all
	Words    map[string]string             // the metadata of the files
}

// Ends are the steps, from 1, after which there is a snapshot.
func (s *Snapshots) Ends() ([]int, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	var ends []int
	fell := false // since the rate was highest
	for step := range s.Steps - 1 {
		now, next := s.Schedule(step, s.Steps), s.Schedule(step+1, s.Steps)
		if next > now && fell {
			ends = append(ends, step+1)
		}
		fell = next < now || fell && next == now
	}
	return append(ends, s.Steps), nil
}

// Add saves the parameters if a cycle ends with the step, which is counted from 1.
func (s *Snapshots) Add(step int) (saved bool, err error) {
	if err := s.check(); err != nil {
		return false, fmt.Errorf("snapshots: %w", err)
	}
	if step != s.Steps && !s.turns(step) { // Ends calls the schedule for each step
		return false, nil
	}
	ends, err := s.Ends()
	if err != nil {
		return false, err
	}
	for i, end := range ends {
		if end != step {
			continue
		}
		if err := os.MkdirAll(s.Dir, 0o777); err != nil { // less the process's mask
			return false, fmt.Errorf("snapshots: %w", err)
		}
		if err := s.Of.SaveWith(s.path(i+1), s.Words); err != nil {
			return false, fmt.Errorf("snapshots: %w", err)
		}
		return true, nil
	}
	return false, nil
}

// turns reports a step, from 1, after which the rate rises, having fallen before.
func (s *Snapshots) turns(step int) bool {
	if step < 1 || step > s.Steps || !(s.Schedule(step, s.Steps) > s.Schedule(step-1, s.Steps)) {
		return false
	}
	for low := s.Schedule(step-1, s.Steps); step > 1; step-- {
		if before := s.Schedule(step-2, s.Steps); before != low {
			return before > low
		}
	}
	return false
}

func (s *Snapshots) path(n int) string {
	return filepath.Join(s.Dir, fmt.Sprintf("snapshot-%03d.safetensors", n))
}

// Hook is Add as a hook of a [Fit].
func (s *Snapshots) Hook(now Progress, c *Control) {
	if now.Scores == nil {
		_, c.Err = s.Add((now.Epoch-1)*now.Steps + now.Step)
	}
}

func (s *Snapshots) check() error {
	switch {
	case s == nil:
		return errors.New("the Snapshots are nil")
	case s.Dir == "":
		return errors.New("there is no Dir, the folder of the files")
	case s.Of == nil:
		return errors.New("there is no Of, the parameters to save")
	case s.Schedule == nil:
		return errors.New("there is no Schedule, whose cycles end with a snapshot")
	case s.Steps < 1:
		return fmt.Errorf("the number of Steps is %d, want that of the training, at least 1", s.Steps)
	}
	return nil
}
