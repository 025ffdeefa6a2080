package near

import (
	"slices"
	"strings"
	"testing"
)

func TestSort(t *testing.T) {
	known := []string{"vgg16", "lenet5", "resnet18", "resnet50"}
	for _, c := range []struct {
		name, unknown string
		want          []string
	}{
		{"a letter is missing", "resnet5", []string{"resnet50", "lenet5", "resnet18", "vgg16"}},
		{"two letters are exchanged", "vgg61", []string{"vgg16", "lenet5", "resnet18", "resnet50"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sort(c.unknown, known); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	long := strings.Repeat("x", 1<<20)
	if got := Sort(long, []string{"y", long}); got[0] != long { // at once
		t.Error("a long name is not nearest to itself")
	}
	if !slices.Equal(known, []string{"vgg16", "lenet5", "resnet18", "resnet50"}) {
		t.Errorf("the known names are changed: %v", known)
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3}} { // Levenshtein's example
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
