// This file holds what a Fit records of itself in a checkpoint, so that nobody goes on with another training unseen.

package train

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
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

// The names of settings whose values a checkpoint also has elsewhere.
const (
	rateSetting      = "learning rate"
	optimizerSetting = "optimizer"
	scheduleSetting  = "schedule"
)

// known are the settings of a run that a Fit can know.
func (r *run) known() map[string]string {
	t := r.Trainer
	all := map[string]string{"epochs": strconv.Itoa(r.Fit.Epochs), "most steps": limitText(float64(r.Fit.Steps)),
		"norm that gradients are clipped to":  limitText(t.ClipNorm),
		"value that gradients are clipped to": limitText(t.ClipValue), "seed of the trainer": fmt.Sprint(t.Seed),
		"parts of a step": strconv.Itoa(max(t.Accumulate, 1)), "batches of an epoch": strconv.Itoa(r.Train.Len())}
	if t.Steps() == 0 { // or a Hook may have changed it
		all[rateSetting] = text(t.LR)
	}
	for i, p := range t.players {
		of := ""
		if p.Name != "" {
			of = " of " + p.Name
		}
		all[optimizerSetting+of] = describe(p.Optimizer, i == 0)
		if t.isGame() {
			all["steps to a turn"+of] = strconv.Itoa(p.every())
		}
	}
	for name, v := range settingsOf(r.Train) {
		all[trainingBegin+name] = v
	}
	all["batches of the test"] = "none"
	if !isNil(r.Test) {
		all["batches of the test"] = strconv.Itoa(r.Test.Len())
		for name, v := range settingsOf(r.Test) {
			all[testBegin+name] = v
		}
	}
	all[scheduleSetting] = scheduleText(r.Schedule, r.total())
	return all
}

func text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func limitText(v float64) string {
	if v == 0 {
		return "no limit"
	}
	return text(v)
}

// looks is the number of steps that a schedule is looked at, beside the first.
const looks = 8

// scheduleText are the shares of the rate that a schedule gives in a training of so many steps.
func scheduleText(at func(step, steps int) float64, steps int) string {
	if at == nil {
		return "none"
	}
	var shares []string
	for i := range looks + 1 {
		step := int(math.Round(float64(steps) / looks * float64(i)))
		shares = append(shares, strconv.FormatFloat(at(min(step, steps), steps), 'g', 4, 64))
	}
	return strings.Join(shares, " ")
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
		now[scheduleSetting] = scheduleText(r.Schedule, total)
	}
	names := maps.Clone(saved)
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, has := saved[name]
		is, have := now[name]
		missing := !has && !says(saved, name) || !have && (name == rateSetting || !says(now, name))
		if was == is || missing || slices.Contains(r.Checkpoint.Allow, name) {
			continue
		}
		return &SettingsError{Path: s.Path, Name: name, Saved: was, Now: is, known: true}
	}
	return nil
}

// The beginnings of the names of what the sources say.
const trainingBegin, testBegin = "training ", "test "

// says reports settings that would have one of this name if there were one: those of a source that says anything. All
// others are always there, but for those that a former version did not know.
func says(settings map[string]string, name string) bool {
	for _, begin := range []string{trainingBegin, testBegin} {
		if strings.HasPrefix(name, begin) {
			for other := range settings {
				if strings.HasPrefix(other, begin) {
					return true
				}
			}
			return false
		}
	}
	return false
}

// taken reports a setting that is another than the saved one, and was allowed.
func (r *run) taken(name string, saved *progressOfFit) bool {
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
