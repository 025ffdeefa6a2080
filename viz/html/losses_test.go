package html_test

import (
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// twoLosses is a step with the gradients of a = x² + x and of b = (x² + 5x)·x at x = 3.
func twoLosses(t testing.TB) *trace.Trace {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x")
	square := ops.Mul(x, x)
	a := ops.Add(square, x).Named("a")
	b := ops.Mul(ops.Add(square, ops.Scale(x, 5)), x).Named("b")
	p := compile(t, g, a, b, graph.Gradients(a, x)[0], graph.Gradients(b, x)[0])
	p.Set(x, 3.)
	return recorded(t, p, trace.Text{En: "Two losses", Zh: "两个损失"})
}

// TestTwoLosses: the page says of each gradient which of two losses it is of, and adds up those of one.
func TestTwoLosses(t *testing.T) {
	tr := twoLosses(t)
	b := openPage(t, tr, "#tab=formula")
	for i, f := range tr.Runs[0].Forks {
		at := 1
		for tr.Runs[0].Instructions[at-1].Results[0] != f.Sum {
			at++
		}
		b.press("Home")
		for range at {
			b.press("→")
		}
		got := b.text(`document.getElementById('panel').innerText.replace(/\s+/g, ' ')`)
		for _, want := range [][]string{
			{"gradient of the loss a with respect to x.", "· loss a", "1 + 3 + 3 = 7"},
			{"gradient of the loss b with respect to x.", "· loss b", "24 + 15 + 9 + 9 = 57"},
		}[i] {
			if !strings.Contains(got, want) {
				t.Errorf("gradient %d: the panel has no %q: %s", i, want, got)
			}
		}
		if other := "· loss " + []string{"b", "a"}[i]; strings.Contains(got, other) {
			t.Errorf("gradient %d: the panel says %q: %s", i, other, got)
		}
	}
	boxes := b.text(`Array.from(document.querySelectorAll('.box'), (e) => e.innerText).join('|').replace(/\s+/g, ' ')`)
	for _, want := range []string{"∂a/∂x", "∂b/∂x", "∂b 57"} {
		if !strings.Contains(boxes, want) {
			t.Errorf("the graph has no %q: %s", want, boxes)
		}
	}
	b.look("two losses")
	b.quiet()
}

// TestNamedLoss: what gradients are of is called by its name, if it has one, where a gradient is told and where the
// letter L of a rule is.
func TestNamedLoss(t *testing.T) {
	for _, c := range []struct{ name, told, letter string }{
		{"a", "It gives the gradient of a with respect to x.", "𝐿 : a"},
		{"", "It gives the gradient of the loss with respect to x.", ""},
	} {
		g := &graph.Graph{DType: graph.Float64}
		x := g.Input("x")
		a := ops.Sigmoid(x)
		if c.name != "" {
			a = a.Named(c.name)
		}
		p := compile(t, g, a, graph.Gradients(a, x)[0])
		p.Set(x, 1.)
		b := openPage(t, recorded(t, p, trace.Text{En: "A slope", Zh: "斜率"}), "#tab=formula")
		b.press("End")
		got := b.text(`document.getElementById('panel').innerText.replace(/\s+/g, ' ')`)
		if !strings.Contains(got, c.told) || c.letter != "" && !strings.Contains(got, c.letter) ||
			c.letter == "" && strings.Contains(got, "𝐿 :") {
			t.Errorf("of a loss named %q the panel says %s", c.name, got)
		}
		b.quiet()
	}
}
