package kinds

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/ops"
)

// TestWalks: the codes of a row lie on a line, at even distances, and rows have lines of their own.
func TestWalks(t *testing.T) {
	const numbers, columns = 5, 4
	at := func(i int) (row, column int) { return i / columns, i % columns }
	z := codes(kind.Generate{Walk: true, Seed: 3}, numbers, 3*columns, at, columns)
	code := func(row, column int) []float32 { return z.Rows(row*columns+column, row*columns+column+1).F32 }
	for row := range 3 {
		for k := range numbers {
			a, b := code(row, 0)[k], code(row, columns-1)[k]
			for column := range columns {
				want := a + (b-a)*float32(column)/(columns-1)
				if got := code(row, column)[k]; math.Abs(float64(got-want)) > 1e-6 {
					t.Errorf("number %d of place %d, %d is %v, want %v", k, row, column, got, want)
				}
			}
		}
	}
	if slices.Equal(code(0, 0), code(1, 0)) || slices.Equal(code(0, 0), code(0, columns-1)) {
		t.Error("two ends are the same")
	}
}

// TestPlanes: points of a plane in space are seen as they lie, and the share of the variance is that of the plane.
func TestPlanes(t *testing.T) {
	points := func(d int, at func(u, v, w float32) []float32) kind.Codes {
		c := kind.Codes{Points: graph.NewTensor(graph.Type{Shape: graph.Shape{200, d}})}
		u := make([]float32, 600)
		rng.Normal(u, rng.Key(1, 2), 0)
		for i := range 200 {
			copy(c.Points.Rows(i, i+1).F32, at(u[3*i], u[3*i+1], u[3*i+2]))
		}
		return c
	}
	for _, c := range []struct {
		name  string
		d     int
		at    func(u, v, w float32) []float32
		share float64
	}{
		{"two numbers are where they are", 2, func(u, v, _ float32) []float32 { return []float32{u, v} }, 1},
		{"one number lies on a line", 1, func(u, _, _ float32) []float32 { return []float32{u} }, 1},
		{"a plane in space", 3, func(u, v, _ float32) []float32 { return []float32{u, 2 * v, u} }, 1},
		{"a ball", 3, func(u, v, w float32) []float32 { return []float32{u, v, w} }, .7},
		{"a point", 4, func(_, _, _ float32) []float32 { return []float32{1, 2, 3, 4} }, 1},
	} {
		codes := points(c.d, c.at)
		x, y, share := codes.Plane()
		if math.Abs(share-c.share) > .05 {
			t.Errorf("%s: the share is %v, want %v", c.name, share, c.share)
		}
		if c.share < 1 {
			continue
		}
		for i := range 199 { // distances are kept
			var far float64
			a, b := codes.Points.Rows(i, i+1).F32, codes.Points.Rows(i+1, i+2).F32
			for k := range a {
				far += math.Pow(float64(a[k])-float64(b[k]), 2)
			}
			if got := math.Hypot(x[i]-x[i+1], y[i]-y[i+1]); math.Abs(got-math.Sqrt(far)) > 1e-5 {
				t.Fatalf("%s: points %d and %d are %v apart, want %v", c.name, i, i+1, got, math.Sqrt(far))
			}
		}
	}
}

// TestProbes: what tells the class is found by a probe, and what does not is not.
func TestProbes(t *testing.T) {
	digits := data.DigitsN(0, 600, 300)
	for _, c := range []struct {
		name     string
		see      seeing
		from, to float64
	}{
		{"all of the picture", func(x graph.Node) graph.Node { return ops.Flatten(x, 1) }, .7, 1},
		{"its mean", func(x graph.Node) graph.Node { return ops.GlobalAvgPool2D(x) }, .1, .45},
		{"nothing", func(x graph.Node) graph.Node { return x.Graph().Full(1, x.Dim(0), 3) }, .1, .1},
	} {
		got, err := probe(t.Context(), c.see, digits)
		if err != nil || got < c.from-1e-9 || got > c.to+1e-9 {
			t.Errorf("%s: %v of the digits are told right, want %v to %v; error %v", c.name, got, c.from, c.to, err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := probe(ended, seeing(func(x graph.Node) graph.Node { return ops.Flatten(x, 1) }), digits); err == nil {
		t.Error("a probe goes on when it is interrupted")
	}
}

// TestCosines: of vectors that point the same way, the other way, across, and nowhere.
func TestCosines(t *testing.T) {
	for _, c := range []struct {
		a, b []float32
		want float64
	}{{[]float32{1, 2}, []float32{2, 4}, 1}, {[]float32{1, 0}, []float32{-3, 0}, -1}, {[]float32{1, 0}, []float32{0,
		2}, 0}, {[]float32{0, 0}, []float32{1, 1}, 0}} {
		if got := cosine(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("of %v and %v it is %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// seeing is an encoder that knows so much of a picture.
type seeing func(x graph.Node) graph.Node

func (s seeing) Encode(x graph.Node) graph.Node { return s(x) }
