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
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
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
	form := func(c, side int, classes ...string) *kind.Form {
		return &kind.Form{Input: graph.Shape{c, side, side}, Classes: classes, Pictures: true}
	}
	for _, c := range []struct {
		name, source string
		size         int
		made         *kind.Form
		input        graph.Shape
		want         string // of the error
	}{
		{"digits, of one channel", "digits", 32, nil, graph.Shape{1, 32, 32}, ""},
		{"colours, of three", folder, 24, nil, graph.Shape{3, 24, 24}, ""},
		{"colours for a model of grey", folder, 32, form(1, 16, "blue", "red"), graph.Shape{1, 16, 16}, ""},
		{"digits for a model of colours", "digits", 32, form(3, 32, strings.Split("0123456789", "")...), nil,
			"an example has shape (1, 28, 28), the model takes (3, 32, 32)"},
		{"other classes", folder, 32, form(3, 32, kinds.ImageNet...), nil, "the classes are [blue red], the model " +
			"was made for [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 … and 980 more]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := mustFind(t, "resnet20").Sized(kind.Size{Size: c.size})
			if err != nil {
				t.Fatal(err)
			}
			set, err := r.Kind.Open(context.Background(), c.source, c.made, t.Logf)
			if c.want != "" {
				if !errors.Is(err, data.ErrDamaged) || !strings.Contains(err.Error(), c.want) {
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
