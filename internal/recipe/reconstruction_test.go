package recipe

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/kind"
)

// narrow is a row's model of a small width, and the row.
func narrow(t *testing.T, name string) (Recipe, *kind.Model) {
	t.Helper()
	r, err := mustFind(t, name).Sized(kind.Size{Width: 8})
	if err != nil {
		t.Fatal(err)
	}
	return r, r.New(r.Usual())
}

// pixels are those of what a kind generates.
func pixels(t *testing.T, r Recipe, m *kind.Model, o kind.Generate) []float32 {
	t.Helper()
	made, err := r.Kind.(kind.Generator).Generate(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(made.Picture.Small()...)
}

// TestWishes: the class that is asked for is the one that is drawn, a walk is none but a line, and the seed decides.
func TestWishes(t *testing.T) {
	r, m := narrow(t, "cvae")
	all := pixels(t, r, m, kind.Generate{})
	three := pixels(t, r, m, kind.Generate{Class: "3", N: 4})
	for _, c := range []struct {
		name string
		o    kind.Generate
		like []float32
		same bool
	}{
		{"again", kind.Generate{}, all, true},
		{"another seed", kind.Generate{Seed: 1}, all, false},
		{"a walk", kind.Generate{Walk: true}, all, false},
		{"the class again", kind.Generate{Class: "3", N: 4}, three, true},
		{"another class", kind.Generate{Class: "4", N: 4}, three, false},
		{"a walk of the class", kind.Generate{Class: "3", N: 4, Walk: true}, three, false},
	} {
		if got := pixels(t, r, m, c.o); slices.Equal(got, c.like) != c.same {
			t.Errorf("%s: it is the same: %v", c.name, !c.same)
		}
	}
	for _, name := range []string{"gan", "vae"} {
		r := mustFind(t, name)
		m := r.New(r.Usual())
		still, walk := pixels(t, r, m, kind.Generate{N: 9}), pixels(t, r, m, kind.Generate{N: 9, Walk: true})
		if slices.Equal(still, walk) || !slices.Equal(walk, pixels(t, r, m, kind.Generate{N: 9, Walk: true})) {
			t.Errorf("%s: a walk is as what is no walk, or not the same again", name)
		}
	}
	_, err := r.Kind.(kind.Generator).Generate(t.Context(), m, kind.Generate{Class: "ten"})
	var class kind.ClassError
	if !errors.As(err, &class) || !strings.HasPrefix(err.Error(), "unknown class; known are ") {
		t.Errorf("a class that is none: %v", err)
	}
}
