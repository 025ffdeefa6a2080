package nn_test

import (
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// TestLengthsOf: what is no row of integers is an error of the graph, and no panic.
func TestLengthsOf(t *testing.T) {
	for _, c := range []struct {
		name string
		x    func(g *graph.Graph) graph.Node
		want string
	}{
		{"floats", func(g *graph.Graph) graph.Node { return g.Input("x", 2, 3) }, "want integers (N, T)"},
		{"one axis", func(g *graph.Graph) graph.Node { return g.Indices("x", 3) }, "want integers (N, T)"},
		{"a node that failed before", func(g *graph.Graph) graph.Node { return g.Indices("x", -1) }, `input "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			if nn.Lengths(c.x(g)); g.Err() == nil || !strings.Contains(g.Err().Error(), c.want) {
				t.Errorf("got %v, want %s", g.Err(), c.want)
			}
		})
	}
}

// Three sequences, of which the last has nothing in it.
func ExampleLengths() {
	g := &graph.Graph{}
	x := g.Indices("x", 3, 4)
	n := nn.Lengths(x)
	prog, err := g.Compile(n)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, []int{5, 7, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Value(n))
	// Output: int64 (3) 2 4 0
}
