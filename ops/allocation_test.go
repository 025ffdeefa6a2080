package ops

import (
	"errors"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// TestEvalAllocatesNothing runs the ops of all cases and of their gradients, in both types of floats, with and without
// joined instructions. All results have memory: see complete for ops that allocate when some have none.
func TestEvalAllocatesNothing(t *testing.T) {
	for _, c := range cases() {
		for _, d := range []graph.DType{graph.Float32, graph.Float64} {
			g, in, wrt, y := c.arrange(d)
			if c.first {
				graph.Gradients(weigh(y, 1), wrt...)
			}
			outputs := []graph.Node{y}
			for _, n := range g.Nodes() {
				if n.Kind() == graph.KindOp {
					outputs = append(outputs, n)
				}
			}
			plain, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...)
			joined, errJoined := g.Compile(y.Results()...)
			if err := errors.Join(err, errJoined); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			for _, p := range []*graph.Program{plain, joined} {
				c.feed(p, in)
				if n := testing.AllocsPerRun(1, func() { err = errors.Join(err, p.Run()) }); n > 0 || err != nil {
					t.Errorf("%s in %v: a run allocates %v times, error %v:\n%s", c.name, d, n, err, tapeText(p))
				}
			}
		}
	}
}
