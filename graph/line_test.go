package graph_test

import (
	"path/filepath"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// TestLines: a graph that is asked to keeps, for each node, the line of the user's and that of the library's rule.
func TestLines(t *testing.T) {
	build := func(lines bool) (x, y, loss, dx graph.Node) {
		g := &graph.Graph{DType: graph.Float32, Lines: lines}
		x = g.Input("x", 2, 3)
		y = nn.NewLinear(nn.NewScope(), 3, 2).Forward(x)
		loss = ops.Mean(ops.Square(y))
		return x, y, loss, graph.Gradients(loss, x)[0]
	}
	x, y, loss, dx := build(true)
	for _, c := range []struct {
		name       string
		n          graph.Node
		file, rule string
	}{
		{"an input is the caller's", x, "line_test.go", ""},
		{"a layer's op has the layer's line", y, "line_test.go", "linear.go"},
		{"an op's has that of its constructor", loss, "line_test.go", "reduce.go"},
		{"a gradient's has that of the rule", dx, "line_test.go", "linear.go"},
	} {
		file, n := c.n.Line()
		rule, at := c.n.Rule()
		if filepath.Base(file) != c.file || n == 0 || c.rule != "" && filepath.Base(rule) != c.rule ||
			(rule == "") != (at == 0) {
			t.Errorf("%s: %s:%d, rule %s:%d", c.name, file, n, rule, at)
		}
	}
	_, before := x.Line()
	if _, after := y.Line(); after != before+1 {
		t.Errorf("the input is of line %d, the layer of the next one of %d", before, after)
	}
	for _, n := range loss.Graph().Nodes() {
		if _, at := n.Line(); at == 0 {
			t.Errorf("%v has no line", n)
		}
	}
	if _, _, loss, _ = build(false); loss.Valid() {
		if file, n := loss.Line(); file != "" || n != 0 {
			t.Errorf("a graph that is not asked keeps %s:%d", file, n)
		}
	}
}
