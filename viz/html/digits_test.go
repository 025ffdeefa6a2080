package html_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// sumCase is terms and their sum.
type sumCase struct {
	Terms []float64 `json:"terms"`
	Sum   float64   `json:"sum"`
}

// cancelling are sums that are up to 10¹² times smaller than their terms.
func cancelling() (cases []sumCase) {
	draw := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		c := sumCase{Sum: draw.NormFloat64() * math.Pow(10, -float64(draw.IntN(13)))}
		rest := c.Sum
		for range 1 + draw.IntN(4) {
			v := draw.NormFloat64() * math.Pow(10, float64(draw.IntN(3)))
			c.Terms, rest = append(c.Terms, v), rest-v
		}
		c.Terms, c.Sum = append(c.Terms, rest), 0
		for _, v := range c.Terms {
			c.Sum += v
		}
		cases = append(cases, c)
	}
	return cases
}

// TestSumsComeOut: the terms of a sum are written with so many digits that what is written adds up to the sum that is
// written, to one in its last digit, also where the terms cancel. With four digits it does not.
func TestSumsComeOut(t *testing.T) {
	ctx, cancel := chromedp.NewContext(start(t))
	defer cancel()
	cases := cancelling()
	asked, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	source := regexp.MustCompile(`(?s)function digitsOf.*?\n}\n.*?function short.*?\n}\n`).FindString(
		strings.ReplaceAll(string(read(t, "data.js")), "export ", ""))
	written := func(digits string) [][]string {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[][]string](fmt.Sprintf(`(() => {
			%s
			const plain = (x, digits) => short(x, digits).replace('−', '-').replace('−', '-');
			return %s.map((c) => [...c.terms.map((x) => plain(x, %s)), plain(c.sum)]);
		})()`, source, asked, digits)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for i, words := range written("digitsOf(c.terms, c.sum)") {
		if off := offBy(words); !(off <= 1) {
			t.Errorf("%v and their sum %v are off by %.1f in the last digit", cases[i].Terms, cases[i].Sum, off)
		}
	}
	wrong := 0
	for _, words := range written("4") {
		if offBy(words) > 1 {
			wrong++
		}
	}
	if wrong < len(cases)/2 {
		t.Errorf("with four digits %d of %d sums do not come out: the test finds too few", wrong, len(cases))
	}
}

// offBy is how far the last of some written numbers is from the sum of the others, in units of its last digit.
func offBy(words []string) float64 {
	rest, sum := 0., 0.
	for i, w := range words {
		var v float64
		fmt.Sscan(w, &v)
		if rest += v; i == len(words)-1 {
			rest, sum = rest-v, v
		}
	}
	digits := 4
	if strings.Contains(words[len(words)-1], "e") {
		digits = 3
	}
	return math.Abs(rest-sum) / math.Pow(10, math.Floor(math.Log10(math.Abs(sum)))-float64(digits-1))
}

// TestCancelling: a difference, a sum of products, a fork and an update of which little is left are shown with digits
// of their terms that say so.
func TestCancelling(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x, y := g.Input("x", 2), g.Input("y", 2)
	d := ops.Sub(ops.Sum(ops.Mul(x, y)), ops.Sum(x)).Named("d")
	p := compile(t, g, append(graph.Gradients(d, x, y), d)...)
	p.Set(x, []float64{1.2345678, -1.2345})
	p.Set(y, []float64{1.00001, 1.00002})
	tr := recorded(t, p, trace.Text{En: "Little is left", Zh: "几乎抵消"})
	b := openPage(t, tr, "#tab=formula")
	all := ""
	for i := range tr.Runs[0].Instructions {
		b.turn(fmt.Sprintf("#tab=formula&at=%d", i+1))
		all += b.text(`document.getElementById('panel').innerText.replace(/\s+/g, ' ')`) + "\n"
	}
	for _, want := range []string{"1.234580146 + (−1.23452469) = 5.55e−5", "1.2345678 + (−1.2345) = 6.78e−5",
		"−1.23e−5 = 5.54557e−5 − 6.78000e−5", "operand 1: 1.00001", "(−1) + 1.00001 = 1.00e−5"} {
		if !strings.Contains(all, want) {
			t.Errorf("the page has no %q: %.2000s", want, all)
		}
	}
}

// TestZerosLeftOut: of a long sum the terms that are 0 are left out, and the page says how many.
func TestZerosLeftOut(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x", 12)
	p := compile(t, g, ops.Sum(x))
	p.Set(x, []float64{0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 3})
	b := openPage(t, recorded(t, p, trace.Text{En: "A long sum", Zh: "长的和"}), "#tab=formula&at=1")
	const want = "1 + 2 + 3 = 6 Terms: 12, left out since they are 0: 9"
	got := b.text(`document.querySelector('.numbers').innerText.replace(/\s+/g, ' ')`)
	if !strings.Contains(got, want) {
		t.Errorf("the page says %q, want %q", got, want)
	}
}
