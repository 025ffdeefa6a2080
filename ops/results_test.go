package ops

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
)

// TestEachResultAlone asks every op of the list that has several results for one of them, so that the others have no
// memory: it is the same as with all of them.
func TestEachResultAlone(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases() {
		for _, n := range everyNode(c) {
			name, _, _ := strings.Cut(n.Op().String(), " ")
			if len(n.Results()) < 2 || seen[name] {
				continue
			}
			seen[name] = true
			all, err := resultsOf(n, -1, c.mode)
			if err != nil {
				t.Errorf("%s: all results: %v", name, err)
				continue
			}
			for i := range all {
				one, err := resultsOf(n, i, c.mode)
				if err == nil {
					err = sameBits(one[0], all[i])
				}
				if err != nil {
					t.Errorf("%s: result %d alone: %v", name, i, err)
				}
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("%d ops have several results", len(seen))
	}
}

// resultsOf runs the op of n for one of its results, or all if that is -1.
func resultsOf(n graph.Node, only int, mode graph.Mode) (values []graph.Tensor, err error) {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("it panics: %v", r)
			}
		}()
		g := &graph.Graph{Mode: mode, Seed: 5}
		var leaves []graph.Node
		for i, x := range n.Inputs() {
			leaves = append(leaves, leafLike(g, fmt.Sprint(i), x.Type()))
		}
		outputs := graph.ApplyAll(n.Op(), leaves...)
		if only >= 0 {
			outputs = outputs[only : only+1]
		}
		var p *graph.Program
		if p, err = g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...); err != nil {
			return
		}
		for _, x := range leaves {
			p.Set(x, filling(x))
		}
		if err = p.Run(); err != nil {
			return
		}
		for _, y := range outputs {
			values = append(values, p.Value(y).Clone())
		}
	}()
	select {
	case <-done:
		return values, err
	case <-time.After(20 * time.Second):
		return nil, fmt.Errorf("no end")
	}
}

func leafLike(g *graph.Graph, name string, t graph.Type) graph.Node {
	if t.DType == graph.Int64 {
		return g.Indices(name, t.Shape...)
	}
	return g.Input(name, t.Shape...)
}
