// This file holds what a Fit records of itself in a checkpoint, so that nobody goes on with another training unseen.

package train

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
)

// Described is a Source that says what its batches depend on: its data, by a checksum, the seed of its order, the size
// of a batch. The sources of package data do. A [Fit] that has a Checkpoint asks once, as it begins, and compares the
// texts with those of the checkpoint that it goes on from.
type Described interface {
	Source
	Settings() map[string]string
}

// settingsOf are those of a source, and nil of one that says nothing.
func settingsOf(s Source) map[string]string {
	if d, ok := s.(Described); ok {
		return d.Settings()
	}
	return nil
}

// Settings are those of the source, of the first n batches.
func (l limited) Settings() map[string]string {
	all := maps.Clone(settingsOf(l.Source))
	if all != nil {
		all["limit"] = strconv.Itoa(l.n)
	}
	return all
}

// known are the settings of a run that a Fit can know.
func (r *run) known() map[string]string {
	t := r.Trainer
	all := map[string]string{"epochs": strconv.Itoa(r.Fit.Epochs),
		"most steps":                          checkpoint.LimitText(float64(r.Fit.Steps)),
		"norm that gradients are clipped to":  checkpoint.LimitText(t.ClipNorm),
		"value that gradients are clipped to": checkpoint.LimitText(t.ClipValue),
		"seed of the trainer":                 fmt.Sprint(t.Seed),
		"parts of a step":                     strconv.Itoa(max(t.Accumulate, 1)),
		"batches of an epoch":                 strconv.Itoa(r.Train.Len())}
	if t.Steps() == 0 { // or a Hook may have changed it
		all[checkpoint.RateSetting] = checkpoint.Text(t.LR)
	}
	for i, p := range t.players {
		of := ""
		if p.Name != "" {
			of = " of " + p.Name
		}
		all[checkpoint.OptimizerSetting+of] = describe(p.Optimizer, i == 0)
		if t.isGame() {
			all["steps to a turn"+of] = strconv.Itoa(p.every())
		}
	}
	for name, v := range settingsOf(r.Train) {
		all[checkpoint.TrainingBegin+name] = v
	}
	all["batches of the test"] = "none"
	if !isNil(r.Test) {
		all["batches of the test"] = strconv.Itoa(r.Test.Len())
		for name, v := range settingsOf(r.Test) {
			all[checkpoint.TestBegin+name] = v
		}
	}
	all[checkpoint.ScheduleSetting] = checkpoint.ScheduleText(r.Schedule, r.total())
	return all
}

// compare reports the first setting by name that is another than the saved one, unless it is allowed. The schedule is
// compared over the steps that the saved training was to have. What a checkpoint of a former version has not is not
// compared, nor what a source says where the other says nothing.
func (r *run) compare(s *Saved) error {
	if s.Position.fit == nil || s.Position.fit.Settings == nil {
		return nil
	}
	saved, now := s.Position.fit.Settings, maps.Clone(r.settings)
	if total := s.Position.fit.Total; total > 0 {
		now[checkpoint.ScheduleSetting] = checkpoint.ScheduleText(r.Schedule, total)
	}
	if name, ok := checkpoint.DifferingOfFit(saved, now, r.Checkpoint.Allow); ok {
		return &SettingsError{Path: s.Path, Name: name, Saved: saved[name], Now: now[name], known: true}
	}
	return nil
}

// taken reports a setting that is another than the saved one, and was allowed.
func (r *run) taken(name string, saved *checkpoint.Progress) bool {
	was, has := saved.Settings[name]
	is, have := r.settings[name]
	return has && have && was != is
}

// describe is an optimiser as a text. The learning rate of the first of all is left out: it is the trainer's.
func describe(o Optimizer, first bool) string {
	if first {
		return plain.Value(o, "LR")
	}
	return plain.Value(o)
}
