package rnn

import (
	"fmt"
	"testing"
)

// TestVoiceSpans: where speech begins and ends, by hand. A chunk is 32 ms; 100 ms are four of them, 250 ms eight.
func TestVoiceSpans(t *testing.T) {
	const hi, mid, lo = .9, .4, .1
	row := func(parts ...float64) (all []float32) { // pairs of a number of chunks and their probability
		for i := 0; i < len(parts); i += 2 {
			for range int(parts[i]) {
				all = append(all, float32(parts[i+1]))
			}
		}
		return all
	}
	for _, c := range []struct {
		name string
		p    []float32
		want string
	}{
		{"nobody speaks", row(20, lo), "[]"},
		{"neither yes nor no is no begin", row(20, mid), "[]"},
		{"all is speech", row(20, hi), "[{0 0.64}]"},
		{"a span with its margins", row(10, lo, 10, hi, 10, lo), "[{0.29 0.67}]"},            // .32 - .03, .64 + .03
		{"a noise is left out", row(10, lo, 7, hi, 10, lo), "[]"},                            // 224 ms
		{"a short pause ends nothing", row(10, hi, 3, lo, 10, hi, 9, lo), "[{0 0.766}]"},     // 23·.032 + .03
		{"a doubt ends nothing", row(10, hi, 9, mid, 10, hi, 9, lo), "[{0 0.958}]"},          // 29·.032 + .03
		{"a pause parts two", row(10, hi, 10, lo, 10, hi, 10, lo), "[{0 0.35} {0.61 0.99}]"}, // .32 + .03, .64 - .03
		{"speech up to the end", row(10, lo, 10, hi), "[{0.29 0.64}]"},
		{"a noise at the end is left out", row(10, lo, 7, hi), "[]"},
	} {
		if got := fmt.Sprint(voiceSpans(c.p, len(c.p)*VoiceChunk)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	got := fmt.Sprint(widened([][2]int{{1600, 16000}, {16160, 32000}}, 32080))
	if got != "[{0.07 1.005} {1.005 2.005}]" {
		t.Errorf("margins meet in the middle, and end with the recording: %s", got)
	}
}
