package recipe

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// TestSizesOfGames: --size 64 is the official network, of one channel and of three, and the width counts for 32×32.
func TestSizesOfGames(t *testing.T) {
	for _, c := range []struct {
		size       Size
		channels   int
		parameters int // models.md §8
	}{
		{Size{}, 1, 295_872 + 166_784},
		{Size{Width: 16}, 1, 106_976 + 42_432},
		{Size{Size: 32}, 1, 295_872 + 166_784},
		{Size{Size: 64}, 1, 3_574_656 + 2_763_520},
		{Size{Size: 64}, 3, 3_576_704 + 2_765_568},
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
		form  Form
	}{
		{"gan", Form{Input: graph.Shape{3, 28, 28}}},
		{"gan", Form{Input: graph.Shape{1, 28, 28}, Size: Size{Size: 28}}},
		{"dcgan", Form{Input: graph.Shape{1, 64, 64}}},
		{"dcgan", Form{Input: graph.Shape{1, 28, 28}, Size: Size{Size: 64}}},
		{"dcgan", Form{Input: graph.Shape{2, 28, 28}}},
		{"dcgan", Form{Input: graph.Shape{1, 28}}},
		{"dcgan", Form{Input: graph.Shape{1, -28, 28}}},
		{"dcgan", Form{Input: graph.Shape{1, 1 << 40, 1 << 40}, Size: Size{Size: 1 << 40}}},
		{"dcgan", Form{Input: graph.Shape{1, 28, 28}, Size: Size{Width: 1 << 15}}},
		{"dcgan", Form{}},
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
	k := r.Kind.(Generator)
	made := func() []float32 {
		t.Helper()
		g, err := k.Generate(context.Background(), m, Generate{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		return g.Picture.small[0]
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
	if _, err := k.Generate(context.Background(), m, Generate{N: 1}); !errors.Is(err, errNoNumbers) {
		t.Errorf("of weights that are too large: %v", err)
	}
}

// TestJudgedPictures: a set has no distance from itself, little from others of its kind, and more from the blank and
// from what a model makes that has learnt nothing; on one line it is what one sees.
func TestJudgedPictures(t *testing.T) {
	if got := slicedDistance([]float32{3, 1, 2}, []float32{2, 5, 1}, 1); math.Abs(got-math.Sqrt(4./3)) > 1e-6 {
		t.Errorf("of 1 2 3 and 1 2 5 it is %v, want √(4/3)", got)
	}
	digits := data.DigitsN(0, 200, 200)
	a, b := digits.Train.X.F32, digits.Test.X.F32
	same, like := slicedDistance(a, a, 784), slicedDistance(a, b, 784)
	blank := slicedDistance(a, make([]float32, len(a)), 784)
	r := tiny(t, mustFind(t, "dcgan"))
	scores, err := judgePictures(r.New(r.Usual()), digits.Test.Inputs().Ordered(64))
	if err != nil {
		t.Fatal(err)
	}
	if made := scores["distance"]; same != 0 || like > .08 || blank < 2*like || made < 2*like {
		t.Errorf("the distances are %v, %v, %v and %v", same, like, blank, made)
	}
}
