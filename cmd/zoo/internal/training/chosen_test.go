package training

import (
	"testing"

	"github.com/stheno-ml/stheno/train/history"
)

// TestBegin: the mean begins with the epoch, or after the share of the steps, and has each end once.
func TestBegin(t *testing.T) {
	for _, c := range []struct {
		name                      string
		from                      float64
		epochs, limit, each, want int
	}{
		{"all epochs", 1, 4, 0, 10, 4},
		{"the last alone", 4, 4, 0, 10, 1},
		{"the second half", .5, 4, 0, 10, 2},
		{"nearly all", 1e-9, 4, 0, 10, 4},
		{"the last is cut short", 2, 3, 25, 10, 2},
		{"nothing is left", 5, 4, 0, 10, 0},
		{"an epoch that is too large for an int of steps", 1 << 29, 4, 0, 1 << 40, 0},
	} {
		var a averaging
		if err := a.begin(c.from, c.epochs, c.limit, c.each); (err == nil) != (c.want > 0) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var h history.Rows
		for step := c.each; step < a.total+c.each && c.want > 0; step += c.each {
			h = append(h, history.Row{Step: min(step, a.total)})
		}
		if got := a.ends(h); got != c.want {
			t.Errorf("%s: %d epochs are averaged, want %d", c.name, got, c.want)
		}
	}
}
