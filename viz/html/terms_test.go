package html_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/formula"
)

// manyOps is a graph of ops of all kinds of elements, with their gradients.
func manyOps(t testing.TB) *graph.Graph {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	x, w, b := g.Input("x", 2, 4, 6, 5), g.Input("w", 6, 2, 3, 2), g.Input("b", 6)
	up, line, kernel := g.Input("up", 4, 3, 3, 3), g.Input("line", 2, 4, 7), g.Input("kernel", 4, 4, 3)
	m, n, idx, all := g.Input("m", 3, 4, 5), g.Input("n", 3, 5, 4), g.Indices("idx", 2, 3), g.Indices("all", 3, 4, 5)
	target := g.Input("target", 3, 4, 5)
	row, table := g.Input("row", 4, 1), g.Input("table", 7, 3)
	conv := ops.Conv2D(x, w, b, ops.Conv{Stride: 2, Pad: 1, Groups: 2})
	spread := ops.ConvTranspose2D(x, up, graph.Node{}, ops.Conv{Stride: 2, Pad: 1})
	parts := ops.Split(m, 2, 2, 3)
	results := []graph.Node{
		conv, spread, ops.Conv1D(line, kernel, graph.Node{}, ops.Conv{Pad: 1}),
		ops.MaxPool2D(x, ops.Pool{Size: 2}), ops.AvgPool2D(x, ops.Pool{Size: 3, Stride: 2, Pad: 1}),
		ops.AdaptiveAvgPool2D(x, 4, 3), ops.GlobalAvgPool2D(x),
		ops.MatMul(m, n), ops.MatMulT(m, m, true, false),
		ops.Linear(ops.Reshape(m, 12, 5), g.Input("v", 3, 5), g.Input("c", 3)),
		ops.Add(m, row), ops.Mul(m, m), ops.Sum(m, 1), ops.MeanKeep(m, 0, 2), ops.Max(m, 2),
		ops.Transpose(m, 2, 0, 1), ops.Slice(m, 1, 0, 4, 2),
		ops.Pad(m, []int{0, 1, 0}, []int{0, 0, 2}, 3), ops.Flip(m, 1), ops.Concat(2, m, m),
		parts[0], parts[1], ops.Expand(row, 4, 5), ops.Repeat(row, 1, 3),
		ops.Embedding(table, idx), ops.Gather(m, idx, 1), ops.TakeAlong(m, all, 1),
		ops.Softmax(m, 2), ops.CumSum(m, 1),
		ops.BatchNorm(x, g.Input("nw", 4), g.Input("nb", 4), g.Input("mean", 4), g.Input("variance", 4),
			ops.BatchNormOptions{Frozen: true}),
		ops.MSE(m, target), ops.KLDiv(m, target), ops.KLGauss(m, target), ops.L2Penalty(m, n),
		ops.LayerNorm(m, g.Input("lw", 5), g.Input("lb", 5), 1e-5),
		ops.GroupNorm(x, 2, g.Input("gw", 4), g.Input("gb", 4), 1e-5),
	}
	var sums []graph.Node
	for _, r := range results {
		sums = append(sums, ops.Sum(ops.Mul(r, r)))
	}
	graph.Gradients(ops.WeightedSum(make([]float64, len(sums)), sums...), x, w, b, up, line, kernel, m, n, row, table)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

// termsCase asks for the terms of an element.
type termsCase struct {
	Op      string          `json:"op"`
	Element formula.Element `json:"element"`
	In      [][]int         `json:"in"`
	Out     [][]int         `json:"out"`
	Result  int             `json:"result"`
	Place   int             `json:"place"`
}

// indexOf stands for the value of an element of an operand of integers, here and in the page.
func indexOf(_, place int) int { return place * 5 % 3 }

// TestTerms: the page finds the same operand elements for an element of a result as package formula does.
func TestTerms(t *testing.T) {
	var cases []termsCase
	kinds := map[string]bool{}
	for _, n := range manyOps(t).Nodes() {
		if n.Op() == nil {
			continue
		}
		rule, ok := formula.Applied(n.Op().String(), len(n.Inputs()))
		if !ok {
			continue
		}
		c := termsCase{Op: n.Op().String(), Element: rule.Element, Result: n.Result(), In: [][]int{}}
		for _, x := range n.Inputs() {
			c.In = append(c.In, append([]int{}, x.Shape()...))
		}
		for _, y := range n.Results() {
			c.Out = append(c.Out, append([]int{}, y.Shape()...))
		}
		kinds[string(rule.Element.Kind)+" "+rule.Element.Form] = true
		for _, place := range []int{0, 1, n.Size() / 2, n.Size() - 1} {
			c.Place = place
			cases = append(cases, c)
		}
	}
	if len(cases) < 400 || len(kinds) < 22 {
		t.Errorf("there are %d cases of %d kinds: %v", len(cases), len(kinds), kinds)
	}
	script, err := os.ReadFile("page/terms.js")
	if err != nil {
		t.Fatal(err)
	}
	got := pageTerms(t, cases, string(script))
	for i, c := range cases {
		if want := goTerms(c); got[i] != want {
			t.Errorf("%s of %v, place %d: the page has %.200s, Go %.200s", c.Op, c.In, c.Place, got[i], want)
		}
	}
	same := true // a script that forgets the stride is found
	for i, text := range pageTerms(t, cases, strings.Replace(string(script), "i * g.stride[axis]", "i", 1)) {
		same = same && text == goTerms(cases[i])
	}
	if same {
		t.Error("a script that forgets the stride passes")
	}
}

func goTerms(c termsCase) string {
	return termsText(c.Element.Terms(formula.Shapes{In: c.In, Out: c.Out, Index: indexOf}, c.Result, c.Place))
}

func termsText(list []formula.Term) string {
	s := ""
	for _, t := range list {
		s += fmt.Sprintf("%v*%.6g;", t.Places, t.Weight)
	}
	return s
}

// pageTerms asks a script, page/terms.js, in a browser.
func pageTerms(t *testing.T, cases []termsCase, terms string) []string {
	t.Helper()
	ctx, cancel := chromedp.NewContext(start(t))
	defer cancel()
	asked, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`(() => {
		%s
		return %s.map((c) => {
			const shapes = { in: c.in, out: c.out, index: (_, place) => place * 5 %% 3 };
			const text = (t) => '[' + t.places.join(' ') + ']*' + Number(t.weight.toPrecision(6)) + ';';
			return (termsOf(c.element, shapes, c.result, c.place) || []).map(text).join('');
		});
	})()`, regexp.MustCompile(`(?m)^export `).ReplaceAllString(terms, ""), asked)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
