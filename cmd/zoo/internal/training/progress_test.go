package training

import (
	"slices"
	"testing"
)

// TestToldEpochs: of fifty epochs each has a line, of more at most so many, and the last one always.
func TestToldEpochs(t *testing.T) {
	for _, epochs := range []int{1, 2, 50, 51, 100, 167, 1000, 12345} {
		var lines []int
		for e := 1; e <= epochs; e++ {
			if told(e, epochs) {
				lines = append(lines, e)
			}
		}
		if n := len(lines); n > mostTold+1 || n < min(epochs, mostTold/2) || !slices.Contains(lines, epochs) {
			t.Errorf("of %d epochs %d have a line", epochs, n)
		}
	}
}
