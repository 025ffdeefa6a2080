package data

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestSettings: of each kind of source the settings are others where the data, the size of a batch or the seed of an
// order are, and otherwise the same.
func TestSettings(t *testing.T) {
	end := last{0, .5}
	unseeded := []string{"both: in order", "symbols: lanes", "symbols: texts in order"}
	for name, source := range holders() {
		have := Settings(source(end, 5, 1))
		if len(have) < 2 || !strings.HasPrefix(have["data"], "sha256 ") {
			t.Errorf("%s: they are %q", name, have)
		}
		if again := Settings(source(end, 5, 1)); !maps.Equal(again, have) {
			t.Errorf("%s: they are %q, and then %q", name, have, again)
		}
		if other := Settings(source(last{1, -.5}, 5, 1)); other["data"] == have["data"] {
			t.Errorf("%s: the data are others, and the settings are %q", name, other)
		}
		if other := Settings(source(end, 4, 1)); other["batch size"] != "4" || have["batch size"] != "5" {
			t.Errorf("%s: the batches are of 4, and the settings are %q", name, other)
		}
		other := Settings(source(end, 5, 2))
		if got := maps.Equal(other, have); got != slices.Contains(unseeded, name) {
			t.Errorf("%s: the seed is another, and the settings are %q", name, other)
		}
	}
	silent := plainSource{n: 3}
	for _, s := range []Source{silent, Loader{Source: silent}, Resized(silent, 2, 2)} {
		if got := Settings(s); got != nil {
			t.Errorf("%T of a source that says nothing has the settings %q", s, got)
		}
	}
}
