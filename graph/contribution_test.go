package graph

import "testing"

// TestContributions: x·w + x·w with one shared product has two contributions to the product,
// which are the same node, and the fork is visible as two steps.
func TestContributions(t *testing.T) {
	g := &Graph{Mode: Train}
	w := g.Param(NewParam("w", Type{Float32, Shape{3}}))
	a := Apply(double{2}, w)
	loss := Apply(total{}, Apply(sum{}, a, a))
	Gradients(loss, w)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	var steps, toA int
	for _, c := range g.Contributions() {
		steps++
		if c.Of.Inputs()[c.Operand] == a {
			toA++
		}
		if !c.D.Valid() || c.D.Phase() != Backward {
			t.Errorf("contribution %d is %v of phase %v", steps, c.D, c.D.Phase())
		}
	}
	if steps != 4 || toA != 2 {
		t.Errorf("%d steps, %d of them to the shared node; want 4 and 2", steps, toA)
	}
}
