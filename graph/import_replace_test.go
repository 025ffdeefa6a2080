package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// TestReplace: what Replace is told, and what it may not answer.
func TestReplace(t *testing.T) {
	l := newLeaves()
	y := gorgonia.Must(gorgonia.SoftMax(gorgonia.Must(gorgonia.Transpose(l.x(2, 3)))))
	elsewhere := (&graph.Graph{DType: graph.Float64}).Full(1, 3, 2)
	var told []string
	for _, c := range []struct {
		sentence string
		replace  func(f graph.Foreign, in []graph.Node) (graph.Node, bool)
		want     string
	}{
		{"leaves all to Gorgonia", func(f graph.Foreign, in []graph.Node) (graph.Node, bool) {
			told = append(told, fmt.Sprintf("%s %v of %v: pattern %v, axis %v, isLog %v, none %v", f.Function, f.Type,
				in[0].Shape(), f.Ints("pattern"), f.Ints("axis"), f.Ints("isLog"), f.Ints("none")))
			return graph.Node{}, false
		}, ""},
		{"imports another of Gorgonia's ops", func(f graph.Foreign, in []graph.Node) (graph.Node, bool) {
			if f.Function != "SoftMax" {
				return graph.Node{}, false
			}
			tanh, err := gorgonia.Tanh(in[0].Gorgonia())
			if err != nil {
				return graph.Node{}, false
			}
			n, err := in[0].Graph().Import(tanh)
			return n, err == nil
		}, ""},
		{"gives the zero Node", func(graph.Foreign, []graph.Node) (graph.Node, bool) { return graph.Node{}, true },
			"import: Transpose: Replace gives no node of the graph"},
		{"gives a node of another graph", func(graph.Foreign, []graph.Node) (graph.Node,
			bool) {
			return elsewhere, true
		},
			"import: Transpose: Replace gives no node of the graph"},
		{"gives another shape", func(_ graph.Foreign, in []graph.Node) (graph.Node, bool) { return in[0], true },
			"import: Transpose: Replace gives float64 (2, 3), want float64 (3, 2)"},
		{"gives operands that do not fit", func(_ graph.Foreign, in []graph.Node) (graph.Node, bool) {
			return ops.MatMul(in[0], in[0]), true
		}, "matmul"},
		{"panics", func(_ graph.Foreign, in []graph.Node) (graph.Node, bool) { return in[7], true },
			"import: Transpose: Replace panics: runtime error: index out of range"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			g, err := graph.FromGorgonia(l.e, graph.ImportOptions{Replace: c.replace})
			switch {
			case c.want == "" && err == nil:
				if n := g.NodeOf(y); !n.Valid() {
					t.Error("the result is not there")
				}
			case err == nil || c.want == "" || !strings.Contains(err.Error(), c.want):
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
	want := "Transpose float64 (3, 2) of (2, 3): pattern [1 0], axis [], isLog [], none []\n" +
		"SoftMax float64 (3, 2) of (3, 2): pattern [], axis [-1], isLog [0], none []"
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if (graph.Foreign{}).Ints("axis") != nil {
		t.Error("a Foreign that stands for no op has an attribute")
	}
}

// TestReplaceConvolutions: a convolution is one op where nothing else reads what Gorgonia makes it of.
func TestReplaceConvolutions(t *testing.T) {
	for _, c := range []struct {
		sentence string
		build    func(l *leaves, y *gorgonia.Node) gorgonia.Nodes // outputs
		convs    int
	}{
		{"that stands alone", func(*leaves, *gorgonia.Node) gorgonia.Nodes { return nil }, 1},
		{"whose columns are an output", func(l *leaves, y *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{y, columns(l.e)}
		}, 0},
		{"whose columns are read elsewhere", func(l *leaves, y *gorgonia.Node) gorgonia.Nodes {
			gorgonia.Must(gorgonia.Tanh(columns(l.e)))
			return nil
		}, 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			l := newLeaves()
			y, err := gorgonia.Conv2d(l.x(2, 2, 5, 6), l.x(3, 2, 2, 2), []int{2, 2}, []int{0, 1}, []int{2, 1},
				[]int{1, 1})
			if err != nil {
				t.Fatal(err)
			}
			g := importOf(t, l.e, graph.ImportOptions{Outputs: c.build(l, y), Replace: ops.ForGorgonia})
			convs := 0
			for _, n := range g.Nodes() {
				if strings.HasPrefix(n.Name(), "conv2d") {
					convs++
				}
			}
			if convs != c.convs {
				t.Errorf("got %d convolutions, want %d", convs, c.convs)
			}
		})
	}
}

// columns finds the node of im2col.
func columns(e *gorgonia.ExprGraph) *gorgonia.Node {
	for _, n := range e.AllNodes() {
		if n.Op() != nil && strings.HasPrefix(n.Op().String(), "im2col") {
			return n
		}
	}
	return nil
}

// TestReplaceDeclined: a convolution that Replace leaves to Gorgonia comes as the ops that Gorgonia makes it of.
func TestReplaceDeclined(t *testing.T) {
	opt := graph.ImportOptions{Mode: graph.Train, Seed: 1}
	opt.Replace = func(graph.Foreign, []graph.Node) (graph.Node, bool) { return graph.Node{}, false }
	for _, u := range imageUses() {
		t.Run(u.function+" "+u.sentence, func(t *testing.T) { u.test(t, opt) })
	}
}

// TestImportedIndicesOnBothEngines: indices are ints for Gorgonia's machine and int64 for ours.
func TestImportedIndicesOnBothEngines(t *testing.T) {
	l := newLeaves()
	y := gorgonia.Must(gorgonia.ByIndices(l.x(4, 3), l.ints(0, 0), 0))
	g := importOf(t, l.e, graph.ImportOptions{})
	out := g.NodeOf(y)
	p := compiled(t, g, out)
	s, err := g.Stock(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []interface {
		Set(graph.Node, any)
		Run() error
	}{p, s} {
		r.Set(out.Inputs()[1], []int{3, 1})
		runOnce(t, r)
	}
	near(t, "rows", elements(p.Value(out)), elements(s.Value(out)), 0)
}

// TestLargeImport: a graph of ten thousand nodes comes in within seconds, on a small stack.
func TestLargeImport(t *testing.T) {
	l := newLeaves()
	y := l.x(4)
	for range 10_000 {
		y = gorgonia.Must(gorgonia.Tanh(y))
	}
	for _, replace := range []func(graph.Foreign, []graph.Node) (graph.Node, bool){nil, ops.ForGorgonia} {
		g := importOf(t, l.e, graph.ImportOptions{Replace: replace})
		if got := len(g.Nodes()); got != 10_001 || g.NodeOf(y).ID() != 10_000 {
			t.Errorf("got %d nodes, the last is %v", got, g.NodeOf(y))
		}
	}
}
