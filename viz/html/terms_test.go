package html_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/formula"
)

// termsCase is an op on operands of shapes: as the script gets it, and the terms of all elements as Go has them.
type termsCase struct {
	op      string
	in, out [][]int
	index   []int // the values of operand 1, where it is one of integers
}

var termsCases = []termsCase{
	{"add", [][]int{{2, 3}, {3}}, [][]int{{2, 3}}, nil},
	{"batchnormeval eps=1e-05", [][]int{{2, 3, 2}, {3}, {3}, {3}, {3}}, [][]int{{2, 3, 2}}, nil},
	{"matmul aᵀ", [][]int{{2, 3, 4}, {3, 2}}, [][]int{{2, 4, 2}}, nil},
	{"linear", [][]int{{2, 3}, {4, 3}, {4}}, [][]int{{2, 4}}, nil},
	{"conv2d stride=2 pad=[1 0 0 1] groups=2", [][]int{{1, 4, 5, 5}, {2, 2, 3, 2}, {2}}, [][]int{{1, 2, 2, 3}}, nil},
	{"conv1d pad=1 dilation=2", [][]int{{1, 2, 6}, {3, 2, 3}}, [][]int{{1, 3, 4}}, nil},
	{"convtranspose2d stride=2 pad=1 size=5", [][]int{{1, 2, 3, 3}, {2, 3, 3, 3}}, [][]int{{1, 3, 5, 5}}, nil},
	{"conv2d-weights pad=1 kernel=3", [][]int{{2, 2, 3, 3}, {2, 1, 3, 3}}, [][]int{{1, 2, 3, 3}}, nil},
	{"maxpool2d size=2", [][]int{{1, 2, 4, 4}}, [][]int{{1, 2, 2, 2}, {1, 2, 2, 2}}, nil},
	{"avgpool2d size=3 stride=2 pad=1", [][]int{{1, 1, 5, 5}}, [][]int{{1, 1, 3, 3}}, nil},
	{"∂avgpool2d size=3 stride=2 pad=1 excludepad image=5", [][]int{{1, 1, 3, 3}}, [][]int{{1, 1, 5, 5}}, nil},
	{"adaptiveavgpool2d size=[3 2]", [][]int{{1, 2, 7, 5}}, [][]int{{1, 2, 3, 2}}, nil},
	{"∂globalavgpool2d image=[2 3]", [][]int{{2, 2}}, [][]int{{2, 2, 2, 3}}, nil},
	{"mean axes=[0 2]", [][]int{{2, 3, 2}}, [][]int{{3}}, nil},
	{"max axes=[1] keep", [][]int{{2, 3, 2}}, [][]int{{2, 1, 2}}, nil},
	{"sum-to [1 3]", [][]int{{2, 3}}, [][]int{{1, 3}}, nil},
	{"channel-sum", [][]int{{2, 3, 2}}, [][]int{{3}}, nil},
	{"mse batch-mean", [][]int{{2, 3}, {2, 3}}, [][]int{{}}, nil},
	{"kl-gauss", [][]int{{2, 3}, {2, 3}}, [][]int{{}}, nil},
	{"l2-penalty", [][]int{{2}, {1, 2}}, [][]int{{}}, nil},
	{"flatten [2 6]", [][]int{{2, 3, 2}}, [][]int{{2, 6}}, nil},
	{"transpose [2 0 1]", [][]int{{2, 3, 4}}, [][]int{{4, 2, 3}}, nil},
	{"expand [2 3]", [][]int{{1, 3}}, [][]int{{2, 3}}, nil},
	{"channel-fill shape=[2 3 2]", [][]int{{3}}, [][]int{{2, 3, 2}}, nil},
	{"slice [0:2, 1:4:2]", [][]int{{2, 4}}, [][]int{{2, 2}}, nil},
	{"pad [2 5] from [0 1] step=[1 2]", [][]int{{2, 2}}, [][]int{{2, 5}}, nil},
	{"flip [1]", [][]int{{2, 3}}, [][]int{{2, 3}}, nil},
	{"concat axis=1", [][]int{{2, 1}, {2, 2}}, [][]int{{2, 3}}, nil},
	{"split axis=0 [1 2]", [][]int{{3, 2}}, [][]int{{1, 2}, {2, 2}}, nil},
	{"embedding", [][]int{{3, 2}, {2, 2}}, [][]int{{2, 2, 2}}, []int{0, 2, 2, 1}},
	{"scatter-add axis=0 n=3", [][]int{{4, 2}, {4}}, [][]int{{3, 2}}, []int{0, 2, 2, 1}},
	{"take-along axis=1", [][]int{{2, 3}, {2, 2}}, [][]int{{2, 2}}, []int{0, 2, 2, 1}},
	{"put-along axis=1 n=3", [][]int{{2, 2}, {2, 2}}, [][]int{{2, 3}}, []int{0, 2, 2, 2}},
	{"gather-planes", [][]int{{1, 1, 2, 2}, {1, 1, 1, 2}}, [][]int{{1, 1, 1, 2}}, []int{3, 1}},
	{"scatter-planes size=[2 2]", [][]int{{1, 1, 1, 2}, {1, 1, 1, 2}}, [][]int{{1, 1, 2, 2}}, []int{3, 1}},
	{"softmax axis=1", [][]int{{2, 3}}, [][]int{{2, 3}}, nil},
	{"layernorm axes=1 eps=1e-05", [][]int{{2, 3}, {3}, {3}}, [][]int{{2, 3}, {2}, {2}}, nil},
	{"groupnorm groups=2 eps=1e-05", [][]int{{2, 4, 2}, {4}, {4}}, [][]int{{2, 4, 2}, {2, 2}, {2, 2}}, nil},
	{"batchnorm eps=1e-05", [][]int{{2, 3, 2}, {3}, {3}}, [][]int{{2, 3, 2}, {3}, {3}}, nil},
	{"cumsum axis=1 reverse", [][]int{{2, 3}}, [][]int{{2, 3}}, nil},
}

// TestTerms holds page/terms.js to formula.Element.Terms: the same terms of each element, in the same order. A script
// that forgets the stride is found out.
func TestTerms(t *testing.T) {
	script, err := os.ReadFile("page/terms.js")
	if err != nil {
		t.Fatal(err)
	}
	n, err := sameTerms(t, string(script))
	if err != nil {
		t.Error(err)
	}
	if n < 1000 {
		t.Errorf("%d terms were compared", n)
	}
	wrong := strings.Replace(string(script), "i * g.stride[axis]", "i", 1)
	if _, err := sameTerms(t, wrong); err == nil {
		t.Error("a script that forgets the stride passes")
	}
}

// sameTerms counts the terms that a script and Go have, and says where they differ.
func sameTerms(t *testing.T, script string) (terms int, err error) {
	type job struct {
		Element formula.Element `json:"e"`
		In      [][]int         `json:"in"`
		Out     [][]int         `json:"out"`
		Index   []int           `json:"index"`
	}
	var jobs []job
	for _, c := range termsCases {
		rule, ok := formula.Applied(c.op, len(c.in))
		if !ok {
			t.Fatalf("%s has no rule", c.op)
		}
		jobs = append(jobs, job{rule.Element, c.in, c.out, c.index})
	}
	data, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "terms.html")
	const head = "<!doctype html><meta charset=utf-8><script type=module>"
	page := fmt.Sprintf("%s%s\nconst jobs = %s;\n%s</script>", head, script, data, `
		window.terms = (k, r, place) => {
			const j = jobs[k];
			return (termsOf(j.e, { in: j.in, out: j.out, index: (_, at) => j.index[at] }, r, place) || [])
				.map((t) => [...t.places, Number(t.weight.toPrecision(12))]);
		};
		document.documentElement.dataset.ready = 'true';`)
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openFile(t, path, "")
	defer b.quiet()
	for k, c := range termsCases {
		for r := range c.out {
			all := fmt.Sprintf("[...Array(%d).keys()].map((p) => terms(%d, %d, p))", sizeOf(c.out[r]), k, r)
			got := eval[[][][]float64](b, all)
			for place, list := range got {
				want := goTerms(jobs[k].Element, c, r, place)
				if !slices.EqualFunc(list, want, slices.Equal[[]float64]) {
					const differ = "%s: element %d of result %d: the script has %v, want %v"
					return terms, fmt.Errorf(differ, c.op, place, r, list, want)
				}
				terms += len(list)
			}
		}
	}
	return terms, nil
}

// goTerms are the terms as the script writes them: places, then the weight by twelve digits.
func goTerms(e formula.Element, c termsCase, result, place int) (list [][]float64) {
	s := formula.Shapes{In: c.in, Out: c.out, Index: func(_, at int) int { return c.index[at] }}
	for _, term := range e.Terms(s, result, place) {
		var row []float64
		for _, p := range term.Places {
			row = append(row, float64(p))
		}
		var weight float64
		if _, err := fmt.Sscan(fmt.Sprintf("%.12g", term.Weight), &weight); err != nil {
			panic(err) // it has just been written
		}
		list = append(list, append(row, weight))
	}
	return list
}

func sizeOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
