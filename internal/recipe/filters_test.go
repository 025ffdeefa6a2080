package recipe

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// sighted is a row of two convolutions, the first of which looks at so many planes.
func sighted(planes int) Recipe {
	return Recipe{Name: "sighted", Kind: kinds.Classifier{
		Input: graph.Shape{planes, 6, 6},
		New: func(kind.Form) nn.Model {
			return nn.NewSequential(nn.NewScope(),
				func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, planes, 2, 3, ops.Conv{}) },
				nn.Func(ops.ReLU).Make,
				func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 2, 100, 3, ops.Conv{}) },
				nn.Flatten().Make,
				func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 400, 10) })
		},
	}}
}

// TestFilters: kernels are those of the layer that is asked for, in their order.
func TestFilters(t *testing.T) {
	for _, c := range []struct {
		name            string
		planes          int
		layer           string
		tiles, across   int
		of              int // planes of a tile
		left            string
		from, parameter string // the last tile begins with this element
		at              int
		want            string // or the error
	}{
		{"of one plane", 1, "", 2, 0, 1, "", "0", "0.weight", 9, ""},
		{"in colour", 3, "", 2, 0, 3, "", "0", "0.weight", 27, ""},
		{"of two planes, by its name, more than there is room for", 1, "2", 192, 2, 1, "96 of 100 kernels", "2",
			"2.weight", (95*2 + 1) * 9, ""},
		{"of many planes", 40, "0", 64, 32, 1, "32 of 40 planes", "0", "0.weight", (40 + 31) * 9, ""},
		{"of a layer that has none", 1, "4", 0, 0, 0, "", "", "", 0, `the model has no convolution "4"; it has 0, 2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sighted(c.planes)
			m := r.New(r.Usual())
			maps, err := m.Filters(c.layer)
			if c.want != "" {
				if _, ok := err.(kind.LayerError); !ok || err.Error() != c.want {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				return
			}
			if err != nil || len(maps.Tiles) != c.tiles || maps.Across != c.across || maps.Left != c.left ||
				maps.Layer != c.from {
				t.Fatalf("%d tiles of %s, %d across, %q, %v", len(maps.Tiles), maps.Layer, maps.Across, maps.Left, err)
			}
			last, w := maps.Tiles[c.tiles-1], m.Params().Get(c.parameter).Tensor().F32
			if n := 9 * c.of; last.Planes != c.of || !slices.Equal(last.Values, w[c.at:c.at+n]) {
				t.Errorf("the last tile is %v, want %v", last, w[c.at:c.at+n])
			}
		})
	}
}

// TestFeatures: feature maps are what the layers give that are asked for, of the picture that is given.
func TestFeatures(t *testing.T) {
	r := sighted(1)
	m := r.New(r.Usual())
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 1, 6, 6}})
	x.F32[14] = 1 // one pixel: row 2, column 2
	first, err := m.Features(x, "")
	if err != nil || len(first.Tiles) != 2 || first.Layer != "0" || !first.Shape.Equal(graph.Shape{2, 4, 4}) {
		t.Fatalf("got %+v, %v", first, err)
	}
	w, b := m.Params().Get("0.weight").Tensor().F32, m.Params().Get("0.bias").Tensor().F32
	for i, got := range first.Tiles[1].Values { // the kernel, turned around: y(r, c) = w(2-r, 2-c) + b
		row, column, want := 2-i/4, 2-i%4, b[1]
		if row >= 0 && column >= 0 {
			want += w[9+3*row+column]
		}
		if math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("value %d is %v, want %v", i, got, want)
		}
	}
	if of := first.Of; of.Planes != 1 || of.Height != 6 || of.Width != 6 || !slices.Equal(of.Values, x.F32) {
		t.Errorf("maps are of %+v, want the picture", of)
	}
	second, err := m.Features(x, "2")
	if err != nil || len(second.Tiles) != 100 || second.Tiles[0].Height != 2 {
		t.Errorf("got %d tiles, %v", len(second.Tiles), err)
	}
	for _, c := range []struct {
		name, layer string
		x           graph.Tensor
		want        string
	}{
		{"a layer that there is not", "1.conv", x, `the model has no layer of feature maps "1.conv"; it has`},
		{"a layer without planes", "4", x, `the model has no layer of feature maps "4"; it has 0, 2`},
		{"a picture of another size", "", graph.NewTensor(graph.Type{Shape: graph.Shape{1, 1, 5, 5}}),
			"a picture is float32 (1, 1, 5, 5)"},
	} {
		var layer kind.LayerError
		if _, err := m.Features(c.x, c.layer); err == nil || !strings.HasPrefix(err.Error(), c.want) ||
			errors.As(err, &layer) != (c.layer != "") {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
	m.Params().Get("0.weight").Tensor().F32[0] = float32(math.Inf(1))
	if _, err := m.Features(x, ""); !errors.Is(err, kind.ErrNotFinite) {
		t.Errorf("what is not finite is drawn: %v", err)
	}
}

// TestConvolves: rows say whether there are kernels to draw.
func TestConvolves(t *testing.T) {
	if !mustFind(t, "lenet5").Convolves() || mustFind(t, "mlp").Convolves() {
		t.Error("lenet5 has convolutions, and mlp has none")
	}
}
