package html_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz/trace"
)

// walkScript shows some positions of the tape in a tab, and gives what the tab says that it should not.
const walkScript = `(() => {
	const slider = document.getElementById('scrubber');
	const panel = document.getElementById('panel');
	return %s.flatMap((at) => {
		slider.value = at;
		slider.dispatchEvent(new Event('input'));
		const words = ['undefined', 'NaN', '[object'].filter((w) => panel.textContent.includes(w));
		if (panel.querySelector('[role=alert]')) words.push(panel.textContent);
		return words.map((w) => at + ': ' + w);
	});
})()`

// TestWalk: on pages of ops of all kinds, also of those that look up, whose last element has no term, an instruction
// of each op is shown with its first element and with its last, and the page says nothing to the console.
func TestWalk(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t testing.TB) *trace.Trace
	}{
		{"ops of all kinds", tracedOps},
		{"a recurrent network on text", func(t testing.TB) *trace.Trace { return step(t, "charrnn") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := c.make(t)
			walk := fmt.Sprintf(walkScript, oneOfEach(tr.Runs[0]))
			b := openPage(t, tr, "#tab=formula")
			for _, element := range []int{0, 1 << 30} {
				b.turn(fmt.Sprintf("#tab=formula&e=%d", element))
				for _, said := range eval[[]string](b, walk) {
					t.Errorf("element %d: %.200s", element, said)
				}
			}
			b.quiet()
		})
	}
}

// oneOfEach lists the positions of one instruction of each op, as JavaScript writes a list.
func oneOfEach(run trace.Run) string {
	at := []string{"0"}
	seen := map[string]bool{}
	for i, in := range run.Instructions {
		if op := run.Nodes[in.Results[0]].Op + in.Phase; !seen[op] {
			seen[op] = true
			at = append(at, fmt.Sprint(i+1))
		}
	}
	return "[" + strings.Join(at, ", ") + "]"
}

// TestTabFails: what goes wrong in a tab is said there and to the console, and the rest of the page goes on.
func TestTabFails(t *testing.T) {
	b := openPage(t, forks(t), "#tab=formula")
	b.text(`(Object.defineProperty(Node.prototype, 'cloneNode', { value() { // as a formula is made
		throw new Error('a broken tab');
	} }), '')`)
	b.press("→")
	if got := b.text(`document.querySelector('#panel [role=alert]').textContent`); !strings.Contains(got,
		"a broken tab") {
		t.Errorf("the panel says %q", got)
	}
	if at := b.position(); at != 1 {
		t.Errorf("the page is at %d", at)
	}
	if got := b.soon(`location.hash.includes('at=1')`, "true"); got != "true" {
		t.Errorf("the address is not kept")
	}
	b.text(`(document.getElementById('tab-tape').click(), '')`)
	if got := b.text(`String(document.querySelector('#panel [role=alert]'))`); got != "null" {
		t.Errorf("the next tab says %s", got)
	}
	if m := b.messages(); len(m) == 0 {
		t.Error("the console says nothing of it")
	}
}

// tracedOps is a trace of manyOps, whose indices leave out the last element.
func tracedOps(t testing.TB) *trace.Trace {
	t.Helper()
	g := manyOps(t)
	nodes := g.Nodes()
	outs := []graph.Node{nodes[len(nodes)-1]}
	for _, n := range nodes {
		if n.Op() != nil {
			outs = append(outs, n)
		}
	}
	p := compile(t, g, outs...)
	for _, n := range nodes {
		switch {
		case n.Kind() != graph.KindInput:
		case n.DType() == graph.Int64:
			p.Set(n, slices.Repeat([]int{1, 0}, n.Size()/2))
		default:
			v := make([]float64, n.Size())
			for i := range v {
				v[i] = float64(i*7%11)/8 + .25
			}
			p.Set(n, v)
		}
	}
	return recorded(t, p, trace.Text{En: "Ops of all kinds", Zh: "各种算子"})
}

// step is a trace of the first training step of a model of the zoo.
func step(t testing.TB, model string) *trace.Trace {
	t.Helper()
	r, err := recipe.Find(model)
	if err == nil {
		r, err = r.Sized(r.Small())
	}
	if err != nil {
		t.Fatal(err)
	}
	batch := r.New(r.Usual()).Numbers(2, 1)
	o := recipe.Tracing{Step: 1, Budget: 4 << 20, Work: 1e6}
	tr, err := r.Trace(r.Usual(), slices.Values([][]graph.Tensor{batch}), o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
