package bench

import (
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train"
)

// passes are the names of those that a compilation may leave out, as the compiler lists them.
func passes(t *testing.T) []string {
	t.Helper()
	g := &graph.Graph{}
	_, err := g.CompileWith(graph.CompileOptions{Without: []string{"?"}}, g.Scalar(1))
	if err != nil {
		if _, list, ok := strings.Cut(err.Error(), "there are "); ok {
			return strings.Split(list, ", ")
		}
	}
	t.Fatalf("the error of a pass that there is not is %v", err)
	return nil
}

// TestPassesAgree: with all passes, without each of them, and without any that joins instructions, the loss of a first
// step and every gradient are the same to 1e-5 of their norms. See TestDisagreements for what it would notice.
func TestPassesAgree(t *testing.T) {
	names := passes(t)
	if len(names) < 9 {
		t.Errorf("%d passes: %q", len(names), names)
	}
	unrolled := Workload{Name: "lstm of small ops", Batch: 4, Problem: func(n int) Problem {
		return language(newUnrolled(characters, 32), n, 20, &train.Adam{LR: 1e-3})
	}}
	for _, w := range append(tried(), unrolled) {
		t.Run(w.Name, func(t *testing.T) {
			if testing.Short() && heavy[w.Name] {
				t.Skip("takes too long for -short")
			}
			w = w.oneRow()
			w.Batch = min(w.Batch, 16)
			want := first(t, w, graph.CompileOptions{}, nil)
			check := func(name string, opt graph.CompileOptions) (instructions int) {
				got := first(t, w, opt, nil)
				t.Logf("%s: %d instructions, %.1e apart", name, got.instructions, got.farthest(want))
				for _, line := range got.disagreements(want) {
					t.Errorf("%s: %s", name, line)
				}
				return got.instructions
			}
			apart := check("not fused", graph.CompileOptions{NoFuse: true})
			if apart < want.instructions {
				t.Errorf("%d instructions, and not fused %d", want.instructions, apart)
			}
			for _, name := range names {
				if heavy[w.Name] && !*long {
					break
				}
				check("without "+name, graph.CompileOptions{Without: []string{name}})
			}
			check("without any pass", graph.CompileOptions{NoFuse: true, Without: names})
		})
	}
}
