// This file holds what a Fit saves of its progress.

package checkpoint

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/train/internal/mean"
)

// Exact is a number that JSON gives back to the bit: NaN and infinities are strings.
type Exact float64

// MarshalJSON writes the shortest number that is this one.
func (v Exact) MarshalJSON() ([]byte, error) {
	s := strconv.FormatFloat(float64(v), 'g', -1, 64)
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		s = strconv.Quote(s)
	}
	return []byte(s), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Exact) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*v = Exact(f)
	return err
}

// Progress is what a Fit knows of its progress.
type Progress struct {
	Closed  bool  `json:"closed"`        // the epoch has been evaluated, and has its row
	Done    int   `json:"steps_of_last"` // of the epoch that is under way, or closed
	Stop    bool  `json:"stop"`          // a hook has ended it
	Samples int   `json:"samples"`
	Loss    Exact `json:"train_loss"`
	LR      Exact `json:"lr"` // of the last step
	Seconds Exact `json:"seconds"`

	TestLoss Exact            `json:"test_loss"`
	TestRows int              `json:"test_rows"`
	Test     map[string]Exact `json:"test"`
	Means    []SavedMean      `json:"means"`  // of the epoch
	Before   []SavedMean      `json:"before"` // of the one before it

	Settings map[string]string `json:"settings,omitempty"`     // what the Fit knows by itself
	Total    int               `json:"steps_in_all,omitempty"` // that the schedule was looked at
}

// SavedMean is a mean that is added up.
type SavedMean struct {
	Name   string  `json:"name"`
	Loss   bool    `json:"loss"`
	Sums   []Exact `json:"sums"`
	Counts []Exact `json:"counts"`
}

func (p *Progress) check() error {
	if p.Done < 0 || p.Samples < 0 || p.TestRows < 0 || !(p.Seconds >= 0 && p.Seconds < 1e9) {
		return fmt.Errorf("%d steps, %d samples, %d rows of a test and %v seconds are done, want numbers ≥ 0", p.Done,
			p.Samples, p.TestRows, float64(p.Seconds))
	}
	for _, m := range slices.Concat(p.Means, p.Before) {
		if len(m.Sums) != len(m.Counts) {
			return fmt.Errorf("mean %.100q has %d sums and %d counts", m.Name, len(m.Sums), len(m.Counts))
		}
	}
	return nil
}

// MeansOf are means as they are written.
func MeansOf(m *mean.Sums) (all []SavedMean) {
	for i := range m.Of {
		s := SavedMean{Name: m.Of[i].Name, Loss: m.Of[i].Loss}
		for k, v := range m.Sum[i].Sums {
			s.Sums, s.Counts = append(s.Sums, Exact(v)), append(s.Counts, Exact(m.Sum[i].Counts[k]))
		}
		all = append(all, s)
	}
	return all
}

// SumsFrom are the sums of the means that MeansOf gave.
func SumsFrom(saved []SavedMean) (m mean.Sums) {
	for _, s := range saved {
		var t mean.Tally
		for k, v := range s.Sums {
			t.Sums, t.Counts = append(t.Sums, float64(v)), append(t.Counts, float64(s.Counts[k]))
		}
		m.Of, m.Sum = append(m.Of, mean.Mean{Name: s.Name, Loss: s.Loss}), append(m.Sum, t)
	}
	return m
}
