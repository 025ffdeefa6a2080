package recipe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

// moons are the frame of the built-in table.
func moons(t *testing.T) table.Frame {
	t.Helper()
	f, err := table.OpenFrame(t.Context(), "moons", table.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCrossValidate: rows that a straight line does not part are told apart by each model that learns from tables, and
// a model that does not learn is told from it.
func TestCrossValidate(t *testing.T) {
	n := 0
	for _, r := range Table() {
		if r.Tables == nil {
			continue
		}
		n++
		var told []float64
		o := CrossValidation{Folds: 5, Seed: 3, Progress: func(fold int, accuracy float64, _ table.Report) {
			if told = append(told, accuracy); len(told) != fold {
				t.Errorf("%s: fold %d after %v", r.Name, fold, told)
			}
		}}
		v, err := r.CrossValidate(t.Context(), moons(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if v.Mean < .96 || !slices.Equal(v.Accuracies, told) || math.Abs(v.Confusion.Accuracy()-v.Mean) > 1e-12 ||
			v.Confusion.Average(metrics.Micro).Support != 1000 {
			t.Errorf("%s: %+v, told %v", r.Name, v, told)
		}
		idle := *r.Tables
		r.Tables, idle.Steps = &idle, 1
		if v, err := r.CrossValidate(t.Context(), moons(t), CrossValidation{Folds: 5}); err != nil || v.Mean > .9 {
			t.Errorf("%s: after one step it is %v (%v)", r.Name, v.Mean, err)
		}
	}
	if n == 0 {
		t.Error("no model learns from tables")
	}
}

func TestCrossValidateWrong(t *testing.T) {
	r, err := Find("mlp")
	if err != nil {
		t.Fatal(err)
	}
	numbers := moons(t)
	numbers.Classes = nil
	pictures := r
	pictures.Tables = nil
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		r     Recipe
		f     table.Frame
		folds int
		want  string
	}{
		{"a model of pictures", pictures, moons(t), 2, "mlp takes no tables"},
		{"a target of numbers", r, numbers, 2, "moons: moon is a number, and mlp tells classes"},
		{"no rows", r, table.Frame{Classes: []string{"a"}}, 2, "there are 2 folds of 0 examples"},
		{"no folds", r, moons(t), 0, "moons: there are 0 folds, want at least 2"},
	} {
		if _, err := c.r.CrossValidate(t.Context(), c.f, CrossValidation{Folds: c.folds}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	_, err = r.CrossValidate(ended, moons(t), CrossValidation{Folds: 2})
	if !errors.Is(err, train.ErrInterrupted) || !strings.HasPrefix(fmt.Sprint(err), "mlp: fold 1: ") {
		t.Errorf("after the end: %v", err)
	}
}

func TestMeanAndDeviation(t *testing.T) {
	if mean, deviation := meanAndDeviation([]float64{1, 2, 3, 6}); mean != 3 || deviation != math.Sqrt(3.5) {
		t.Errorf("%v ± %v", mean, deviation) // numpy: mean 3.0, std 1.8708286933869707
	}
}
