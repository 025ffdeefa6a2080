package recipe

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
)

// TestSizesOfGames: --size 64 is the official network, of one channel and of three, and the width counts for 32×32.
func TestSizesOfGames(t *testing.T) {
	for _, c := range []struct {
		size       kind.Size
		channels   int
		parameters int // of the generator and the discriminator
	}{
		{kind.Size{}, 1, 295_872 + 166_784},
		{kind.Size{Width: 16}, 1, 106_976 + 42_432},
		{kind.Size{Size: 32}, 1, 295_872 + 166_784},
		{kind.Size{Size: 64}, 1, 3_574_656 + 2_763_520},
		{kind.Size{Size: 64}, 3, 3_576_704 + 2_765_568},
	} {
		r, err := mustFind(t, "dcgan").Sized(c.size)
		if err != nil {
			t.Fatal(err)
		}
		f := r.Usual()
		f.Input = append(graph.Shape{c.channels}, f.Input[1:]...)
		m := r.New(f)
		if got := m.Params().Count(); got != c.parameters {
			t.Errorf("%+v, %d channels: %d parameters, want %d", c.size, c.channels, got, c.parameters)
		}
		if err := r.check("w.safetensors", m.Form); err != nil {
			t.Errorf("%+v, %d channels: %v", c.size, c.channels, err)
		}
	}
}

// TestGamesThatDoNotFit: forms that a file of weights may claim, and that no model of the row has.
func TestGamesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		model string
		form  kind.Form
	}{
		{"gan", kind.Form{Input: graph.Shape{3, 28, 28}}},
		{"gan", kind.Form{Input: graph.Shape{1, 28, 28}, Size: kind.Size{Size: 28}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, 64, 64}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, 28, 28}, Size: kind.Size{Size: 64}}},
		{"dcgan", kind.Form{Input: graph.Shape{2, 28, 28}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, 28}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, -28, 28}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, 1 << 40, 1 << 40}, Size: kind.Size{Size: 1 << 40}}},
		{"dcgan", kind.Form{Input: graph.Shape{1, 28, 28}, Size: kind.Size{Width: 1 << 15}}},
		{"dcgan", kind.Form{}},
	} {
		if err := mustFind(t, c.model).check("w.safetensors", c.form); !errors.Is(err, data.ErrDamaged) {
			t.Errorf("%s %v: %v", c.model, c.form, err)
		}
	}
}

// TestPicturesOfAnAverage: while a model is averaged it makes pictures by its average, and afterwards by what it was.
// Weights that are too large for what they make are an error.
func TestPicturesOfAnAverage(t *testing.T) {
	r := tiny(t, mustFind(t, "dcgan"))
	m := r.New(r.Usual())
	k := r.Kind.(kind.Generator)
	made := func() []float32 {
		t.Helper()
		g, err := k.Generate(context.Background(), m, kind.Generate{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		return g.Picture.Small()[0]
	}
	if err := m.Average.Add(); err != nil {
		t.Fatal(err)
	}
	first := made()
	m.Params().Init(1)
	second := made()
	var averaged []float32
	if err := m.Averaged(func() error { averaged = made(); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(averaged, first) || slices.Equal(first, second) || !slices.Equal(made(), second) {
		t.Error("the average of one model is not that model, or what follows it is not the model of before")
	}
	for p := range m.Params().All() {
		for i := range p.Tensor().F32 {
			if p.Tensor().F32[i] = math.MaxFloat32; i%3 == 0 { // so that infinities meet that differ in sign
				p.Tensor().F32[i] *= -1
			}
		}
	}
	if _, err := k.Generate(context.Background(), m, kind.Generate{N: 1}); !errors.Is(err, kind.ErrNotFinite) {
		t.Errorf("of weights that are too large: %v", err)
	}
}
