package lessons

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/trace"
)

// A claim is a number that a text of a lesson says, and what the lesson computes there.
type claim struct {
	lesson, says string // a part of the text, the same in both languages
	number       string // as the text writes it, without a power of ten
	got          func(tr *trace.Trace) (float64, error)
}

// of is element i of a value in a setting.
func of(name string, i int, places ...int) func(tr *trace.Trace) (float64, error) {
	return func(tr *trace.Trace) (float64, error) {
		v, err := at(tr, places...)
		if err != nil {
			return 0, err
		}
		x, err := v.value(name)
		if err != nil {
			return 0, err
		}
		if i >= len(x) {
			return 0, fmt.Errorf("%s has %d elements", name, len(x))
		}
		return x[i], nil
	}
}

// combined is a function of two numbers.
func combined(a, b func(*trace.Trace) (float64, error),
	f func(a, b float64) float64) func(*trace.Trace) (float64, error) {
	return func(tr *trace.Trace) (float64, error) {
		x, err := a(tr)
		y, err2 := b(tr)
		return f(x, y), first(err, err2)
	}
}

func times(f func(*trace.Trace) (float64, error), factor float64) func(*trace.Trace) (float64, error) {
	return combined(f, f, func(v, _ float64) float64 { return v * factor })
}

// claims are numbers of the texts. Where a number belongs to all of a lesson's states, its oracle has it.
func claims() []claim {
	start := []int{6, 6, 6, 6, 6} // of lesson 1: no slider is moved
	nudged := func(place int) func(*trace.Trace) (float64, error) {
		at := []int{6, 6, 6, place, 6}
		return combined(of("a", 0, at...), of("a", 0, start...), func(y, x float64) float64 { return y - x })
	}
	sub := func(a, b float64) float64 { return a - b }
	return []claim{
		{"neuron", `\(0.731\)`, "0.731", of("a", 0, start...)},
		{"neuron", `\(0.668\)`, "0.668", of("a", 0, 6, 6, 6, 8, 6)},
		{"neuron", `\(-0.063\)`, "-0.063", nudged(8)},
		{"neuron", `\(-0.63\)`, "-0.63", times(nudged(8), 1/.1)},
		{"neuron", `\(-0.594\)`, "-0.594", times(nudged(7), 1/.01)},
		{"neuron", `\(0.1966 \cdot x_1 = 0.1966 \cdot (-2) = -0.3932\)`, "-0.3932", of("∂w₁", 0, start...)},
		{"neuron", `\(0.1966 \cdot w_1 = 0.1966 \cdot (-3) = -0.5898\)`, "-0.5898", of("∂x₁", 0, start...)},
		{"forks", `\(f = 1.546\)`, "1.546", of("f", 0, 1, adds, 4)},
		{"forks", `\(1.58319 - 0.03576 + 0.51214 = 2.05957\)`, "2.05957", of("∂x", 0, 1, adds, 4)},
		{"forks", `\(0.009 + 1.583 = 1.592\)`, "1.592", of("∂y", 0, 1, adds, 4)},
		{"sigmoids", `\(0.99995\)`, "0.99995", of("a[1]", 0, 0, 0, 4)},
		{"sigmoids", `\(4.5 \cdot 10^{-5}\)`, "4.5", times(of("∂z[1]", 0, 0, 0, 4), 1e5)},
		{"dead", `\(0.239\)`, "0.239", of("J", 0, 1, 1, 0, 5)},
		{"dead", `\(0.029\)`, "0.029", of("J", 0, 1, 1, 0, 6)},
		{"dead", `\(0.225\)`, "0.225", of("J", 0, 0, 1, 0, 7)},
		{"recurrence", `\(0.8^{20} = 0.012\)`, "0.012", of("∂h₀", 0, linearCell, 1, 0, 2, 0, 0)},
		{"recurrence", `1.4 \cdot 10^{-5}`, "1.4", times(of("∂h₀", 0, linearCell, 2, 0, 2, 0, 0), 1e5)},
		{"recurrence", `1.2^{50} = 9100`, "9100", of("∂h₀", 0, linearCell, 2, 4, 2, 0, 0)},
		{"recurrence", `\(7.5 \cdot 10^{-17}\)`, "7.5", times(of("∂h₀", 0, tanhCell, 2, 4, 2, 0, 0), 1e17)},
		{"reparameterisation", `\(0.25\)`, "0.25", of("∂μ", 0, 1, 2, 1, 0)},
		{"optimisers", `\((-0.8, 4)\)`, "-0.8", of("∂θ", 0, 0, 0, 1, 0, 0)},
		{"optimisers", `\((-0.8, 4)\)`, "4", of("∂θ", 1, 0, 0, 1, 0, 0)},
		{"optimisers", `\((0.72, -3.6)\)`, "0.72", combined(of("θ′", 0, 0, 0, 1, 0, 0),
			of("θ", 0, 0, 0, 1, 0, 0), sub)},
		{"optimisers", `\((0.72, -3.6)\)`, "-3.6", combined(of("θ′", 1, 0, 0, 1, 0, 0),
			of("θ", 1, 0, 0, 1, 0, 0), sub)},
		{"optimisers", `\(1.002 \alpha\)`, "1.002", times(combined(of("θ", 0, 2, 3, 1, 0, 4),
			of("θ′", 0, 2, 3, 1, 0, 4), sub), 1/methods[3].rates[2][1])},
		{"optimisers", `\(3.16 \alpha\)`, "3.16", times(combined(of("θ", 1, 2, 3, 1, 0, 0),
			of("θ′", 1, 2, 3, 1, 0, 0), sub), 1/methods[3].rates[2][1])},
		{"optimisers", `\(\theta_2 = 0.01\)`, "0.01", of("θ", 1, 1, 0, 1, 0, 0)},
		{"optimisers", `\(1.17\)`, "1.17", of("θ", 1, 1, 0, 1, 0, 4)},
		{"optimisers", `\(0.3\)`, "0.3", combined(of("θ′", 1, 1, 4, 1, 0, 0), of("θ", 1, 1, 4, 1, 0, 0), sub)},
	}
}

// TestNumbers: what the texts say in numbers is what the lesson computes, rounded to as many digits.
func TestNumbers(t *testing.T) {
	for _, c := range claims() {
		tr := build(t, c.lesson, "")
		for _, text := range []func(trace.Text) string{func(x trace.Text) string { return x.En },
			func(x trace.Text) string { return x.Zh }} {
			if !said(tr, c.says, text) {
				t.Errorf("%s: a language does not say %s", c.lesson, c.says)
			}
		}
		got, err := c.got(tr)
		if err != nil {
			t.Errorf("%s: %s: %v", c.lesson, c.says, err)
		} else if !rounds(got, c.number) {
			t.Errorf("%s: the text says %s, the lesson computes %v", c.lesson, c.says, got)
		}
	}
	if rounds(.7316, "0.731") || rounds(-.5, "0.5") || !rounds(.73106, "0.731") {
		t.Error("a number that is another one passes, or one that is not does not")
	}
}

// rounds reports whether a number is, with as many digits behind its point, the one that is written.
func rounds(v float64, written string) bool {
	want, err := strconv.ParseFloat(written, 64)
	_, digits, _ := strings.Cut(written, ".")
	unit := math.Pow(10, -float64(len(digits)))
	if digits == "" && strings.HasSuffix(written, "00") {
		unit = 100
	}
	return err == nil && math.Abs(v-want) <= unit/2*(1+1e-6)
}

// said reports whether a text of the trace has the formula, which the trace holds as MathML.
func said(tr *trace.Trace, formula string, in func(trace.Text) string) bool {
	tex := strings.TrimSuffix(strings.TrimPrefix(formula, `\(`), `\)`)
	m, err := mathML(tex)
	if err != nil {
		return false
	}
	m = strings.TrimSuffix(strings.TrimPrefix(m, "<math>"), "</math>")
	for _, x := range texts(tr) {
		if strings.Contains(in(x), m) {
			return true
		}
	}
	return false
}

// TestSumsComeOut: where a text writes numbers that are added or multiplied, and what comes out, a reader who does the
// same by hand with the numbers as they are written gets that, in all digits.
func TestSumsComeOut(t *testing.T) {
	n := 0
	for _, l := range All() {
		tr := build(t, l.Name, "")
		for _, x := range texts(tr) {
			for _, s := range []string{x.En, x.Zh} {
				n += len(equations(s))
				for _, wrong := range unequal(s) {
					t.Errorf("%s: %s", l.Name, wrong)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("there are %d equations of numbers: the test finds too few", n)
	}
	const off = `<math><mn>0.197</mn><mo>·</mo><mo>(</mo><mo form="prefix">−</mo><mn>2</mn><mo>)</mo><mo>=</mo>` +
		`<mo form="prefix">−</mo><mn>0.393</mn></math>`
	if len(unequal(off)) != 1 || len(unequal(strings.ReplaceAll(off, "0.393", "0.394"))) != 0 {
		t.Errorf("%v is told of an equation that does not come out", unequal(off))
	}
}

var (
	inMath   = regexp.MustCompile(`(?s)<math>(.*?)</math>`)
	ofMarkup = regexp.MustCompile(`<[^>]*>`)
	twoParts = regexp.MustCompile(`<m(frac|sup|sqrt|under|sub)`) // more than a line of signs
	numbers  = regexp.MustCompile(`^[-+*()0-9.]*[0-9][-+*()0-9.]*$`)
)

// equations are pairs of neighbours in a chain a = b = c of a text that are numbers alone.
func equations(text string) (pairs [][2]string) {
	for _, m := range inMath.FindAllStringSubmatch(text, -1) {
		parts := strings.Split(m[1], "<mo>=</mo>")
		for i, p := range parts {
			plain := strings.NewReplacer("−", "-", "·", "*", "×", "*", " ", "", ")(", ")*(").Replace(
				ofMarkup.ReplaceAllString(p, ""))
			if parts[i] = plain; twoParts.MatchString(p) {
				parts[i] = "?"
			}
		}
		for i := range parts[1:] {
			if numbers.MatchString(parts[i]) && numbers.MatchString(parts[i+1]) {
				pairs = append(pairs, [2]string{parts[i], parts[i+1]})
			}
		}
	}
	return pairs
}

// unequal are the equations of a text whose left side is not the right one, rounded as that is written.
func unequal(text string) (wrong []string) {
	for _, p := range equations(text) {
		v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, p[0])
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", p[0], err))
			continue
		}
		if x, _ := constant.Float64Val(constant.ToFloat(v.Value)); !rounds(x, p[1]) {
			wrong = append(wrong, fmt.Sprintf("%s = %s: it is %.6g", p[0], p[1], x))
		}
	}
	return wrong
}
