package recipe

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// colours writes a folder of two classes of coloured pictures of 20×20, each brighter to the right.
func colours(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i, class := range []string{"blue", "red"} {
		if err := os.Mkdir(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for k := range 10 {
			img := image.NewRGBA(image.Rect(0, 0, 20, 20))
			for p := range 400 {
				v := uint8(40 + 10*(p%20) + k)
				img.Set(p%20, p/20, color.RGBA{v * uint8(i), 0, v * uint8(1-i), 255})
			}
			f, err := os.Create(filepath.Join(dir, class, string(rune('a'+k))+".png"))
			if err == nil {
				err = errors.Join(png.Encode(f, img), f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestPhotographs: a model of pictures of any size takes the channels and classes of the data, and a model that is
// made already keeps its own.
func TestPhotographs(t *testing.T) {
	folder := colours(t)
	form := func(c, side int, classes ...string) *Form {
		return &Form{Input: graph.Shape{c, side, side}, Classes: classes, Pictures: true}
	}
	for _, c := range []struct {
		name, source string
		size         int
		made         *Form
		input        graph.Shape
		want         string // of the error
	}{
		{"digits, of one channel", "digits", 32, nil, graph.Shape{1, 32, 32}, ""},
		{"colours, of three", folder, 24, nil, graph.Shape{3, 24, 24}, ""},
		{"colours for a model of grey pictures", folder, 32, form(1, 16, "blue", "red"), graph.Shape{1, 16, 16}, ""},
		{"digits for a model of colours", "digits", 32, form(3, 32, digitNames...), nil,
			"an example has shape (1, 28, 28), the model takes (3, 32, 32)"},
		{"other classes", folder, 32, form(3, 32, imageNet...), nil, "the classes are [blue red], the model was made for " +
			"[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 … and 980 more]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := mustFind(t, "resnet20").Sized(Size{Size: c.size})
			if err != nil {
				t.Fatal(err)
			}
			set, err := r.Kind.Open(context.Background(), c.source, c.made, t.Logf)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, data.ErrDamaged) {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !set.Form.Input.Equal(c.input) {
				t.Errorf("the form has %v, want %v", set.Form.Input, c.input)
			}
			for b := range set.Train(4, 0).Batches(0) {
				if !b[0].Shape[1:].Equal(c.input) {
					t.Errorf("a batch has %v", b[0].Shape)
				}
				break
			}
		})
	}
}

// TestOnlyColoursVary: pictures in colour differ from epoch to epoch, and digits do not.
func TestOnlyColoursVary(t *testing.T) {
	for source, want := range map[string]bool{colours(t): true, "digits": false} {
		set, err := mustFind(t, "resnet20").Kind.Open(context.Background(), source, nil, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		n := min(16, set.TrainLen)
		key := func(epoch int) (sums []float32) { // in the order of the examples' sums, which shuffling keeps
			for b := range set.Train(n, 0).Batches(epoch) {
				for i := range n {
					sum := float32(0)
					for _, v := range b[0].Rows(i, i+1).F32 {
						sum += v
					}
					sums = append(sums, sum)
				}
			}
			slices.Sort(sums)
			return sums
		}
		if set.TrainLen > n {
			set.TrainLen -= set.TrainLen % n
		}
		if varies := !slices.Equal(key(0), key(1)); varies != want {
			t.Errorf("%s: the pictures vary: %v", source, varies)
		}
	}
}

// TestNormalised: the first layer of a network for photographs brings pixels to what it has learnt with, and files know
// the network by its own names.
func TestNormalised(t *testing.T) {
	r := tiny(t, mustFind(t, "resnet20"))
	m := r.New(r.Usual())
	if m.Params().Get("conv1.weight") == nil {
		t.Fatal("there is no conv1.weight")
	}
	x := graph.NewTensor(m.Input(2))
	for i := range x.F32 {
		x.F32[i] = float32(i%7) / 7
	}
	want := x.Clone()
	n := x.Shape[2] * x.Shape[3]
	for i := range want.F32 {
		c := i / n % 3
		want.F32[i] = (want.F32[i] - float32(colourMean[c])) / float32(colourDeviation[c])
	}
	got, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	inside := m.Model.(normalisedModel).Model
	plain, err := nn.NewPredictor(inside).Predict(want)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got.F32 {
		if d := v - plain.F32[i]; d > 1e-4 || d < -1e-4 {
			t.Errorf("logit %d is %v, want %v", i, v, plain.F32[i])
		}
	}
	g := &graph.Graph{}
	m.Answer(g, 1)
	if !slices.ContainsFunc(g.Nodes(), func(n graph.Node) bool { return n.Scope() == "normalize" }) {
		t.Error("the graph shows no layer normalize")
	}
}
