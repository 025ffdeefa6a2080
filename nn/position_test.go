package nn_test

import (
	"fmt"
	"log"
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// TestSinusoids: positions have the numbers of the formula, worked out by hand, and a distance is a rotation.
func TestSinusoids(t *testing.T) {
	const n, d = 60, 6
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		g := &graph.Graph{DType: dtype}
		y := nn.Sinusoids(g, n, d)
		prog, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		at := func(p, i int) float64 { return prog.Value(y).At(p*d + i) }
		for _, c := range []struct {
			p, i int
			want float64
		}{
			{0, 0, 0}, {0, 1, 1}, {0, 5, 1},
			{1, 0, .8414709848}, {1, 1, .5403023059}, // sin 1 and cos 1
			{2, 2, .0926985007}, // sin(2/10000^(2/6)) = sin 0.0928317767
			{50, 5, .9942036},   // cos(50/10000^(4/6)) = cos 0.1077217345
		} {
			if got := at(c.p, c.i); !(math.Abs(got-c.want) <= 1e-6) {
				t.Errorf("%v: number %d of position %d is %.9f, want %.9f", dtype, c.i, c.p, got, c.want)
			}
		}
		for p := range n - 7 {
			if got, want := at(p, 0)*at(p+7, 0)+at(p, 1)*at(p+7, 1), math.Cos(7); !(math.Abs(got-want) <= 1e-5) {
				t.Errorf("from %d on a distance of 7 has the product %g, want %g", p, got, want)
			}
		}
	}
	g := &graph.Graph{}
	nn.Sinusoids(g, 0, 4)
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "n is 0 and d is 4, want at least 1 of each") {
		t.Errorf("no position: the error is %v", err)
	}
}

// Positions are added to what the symbols of a text are.
func ExampleSinusoids() {
	g := &graph.Graph{}
	y := nn.Sinusoids(g, 3, 2)
	prog, err := g.Compile(y)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", prog.Value(y).F32)
	// Output: [0.00 1.00 0.84 0.54 0.91 -0.42]
}
