package formula

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, latex string }{
		{"what stands side by side is a product", "W^[l] a^[l-1] + b^[l]", `W^{[l]}\, a^{[l - 1]} + b^{[l]}`},
		{"a slash divides all factors before it", "a·b/c·d", `\frac{a \cdot b}{c} \cdot d`},
		{"a sign belongs to the whole product", "-y/b·dy", `-\frac{y}{b} \cdot \mathrm{dy}`},
		{"an exponent may have a sign", "1/(1 + e^-x)", `\frac{1}{1 + e^{-x}}`},
		{"an index in square brackets", "Σ_{c,u} w[k,c,u]·x[c,i+u]", `\sum_{c, u} w_{k, c, u} \cdot x_{c, i + u}`},
		{"a sum with two bounds", "1/m Σ_{i=1}^m (y_i - ŷ_i)²",
			`\frac{1}{m}\, \sum_{i = 1}^{m} {(y_{i} - \hat{y}_{i})}^{2}`},
		{"raised and lowered characters", "β₁ᵗ + hₜ₋₁ + x⁻¹ + wᵀ", `\beta_{1}^{t} + h_{t - 1} + x^{-1} + w^{T}`},
		{"a bracket at once makes a function", "f′^[l](z^[l]) ⊙ σ(z)", `{f'}^{[l]}(z^{[l]}) \odot \sigma(z)`},
		{"a bracket after a space makes a product", "W (a + b)", `W\, (a + b)`},
		{"brackets of all kinds", "|x| + ‖y‖ + ⌊z⌋", `\lvert x\rvert  + \lVert y\rVert  + \lfloor z\rfloor `},
		{"derivatives", "∂L/∂w = ∇_W J", `\frac{\partial L}{\partial w} = \nabla_{W}\, J`},
		{"cases", "{x if x > 0; 0 if x ≤ 0}", `\begin{cases}x & x \gt 0 \\ 0 & x \le 0\end{cases}`},
		{"words", `J_{原始} + J_"all"`, `J_{\text{原始}} + J_{\text{all}}`},
		{"lists with commas and semicolons", "J(θ; x^{(i:i+n)}, y)", `J(\theta; x^{(i : i + n)}, y)`},
		{"high brackets round a fraction", "softmax(Q Kᵀ/√d_k) V",
			`\mathrm{softmax}\left(\frac{Q\, K^{T}}{\sqrt{d_{k}}}\right)\, V`},
		{"a maximum over places", "max_{u,v} x[u,v] + max(a, 0)", `\max_{u, v} x_{u, v} + \max(a, 0)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.LaTeX(); got != c.latex {
				t.Errorf("got  %s\nwant %s", got, c.latex)
			}
			if err := wellFormed(f.MathML()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", `formula "": it ends too early: want a name, a number or a bracket`},
		{"an open bracket", "(a + b", `formula "(a + b": it ends too early: want )`},
		{"a bracket that was not opened", "a)", `formula "a)": character 2, ")": want an operator or the end`},
		{"an operator without an operand", "a +",
			`formula "a +": it ends too early: want a name, a number or a bracket`},
		{"cases without a condition", "{x; 0 if x ≤ 0}", `formula "{x; 0 if x ≤ 0}": character 3, ";": want if`},
		{"an open word", `"all`, `formula "\"all": it ends too early: want "`},
		{"a control character", "\"\x05\"",
			`formula "\"\x05\"": character 2, "\x05": want a character that can be printed`},
		{"brackets in brackets", strings.Repeat("(", 200), "it is nested too deeply"},
		{"a long text", strings.Repeat("x", 3000), "formula: it has 3000 characters, want at most 2000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Inline(`the slope \(σ′(z)`); err == nil {
		t.Error("a formula in a text is not closed: want an error")
	}
}

// arity is how many elements are in a tag; -1 for any number.
var arity = map[string]int{
	"math": -1, "mrow": -1, "mi": 0, "mn": 0, "mo": 0, "mtext": 0, "mfrac": 2, "msqrt": 1, "msub": 2, "msup": 2,
	"msubsup": 3,
	"munder":  2, "mover": 2, "munderover": 3, "mtable": -1, "mtr": 2, "mtd": 1,
}

// wellFormed reports what is wrong with MathML: as XML, with tags that are not of MathML Core, or of their number.
func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	var open []string
	var children []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if _, ok := arity[x.Name.Local]; !ok {
				return fmt.Errorf("the tag %s is not known: %s", x.Name.Local, text)
			}
			for _, a := range x.Attr {
				if a.Name.Local != "data-v" && a.Name.Local != "data-a" {
					return fmt.Errorf("the attribute %s is not known: %s", a.Name.Local, text)
				}
			}
			if len(children) > 0 {
				children[len(children)-1]++
			}
			open, children = append(open, x.Name.Local), append(children, 0)
		case xml.EndElement:
			last := len(open) - 1
			if want := arity[open[last]]; want >= 0 && children[last] != want {
				return fmt.Errorf("%s has %d elements, want %d: %s", open[last], children[last], want, text)
			}
			open, children = open[:last], children[:last]
		}
	}
}

// TestRules checks each row of the table: its texts in both languages, its formulas as MathML, and that gradients fit
// operands.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range All() {
		t.Run(r.Op, func(t *testing.T) {
			if seen[r.Op] {
				t.Error("it stands in two rows")
			}
			seen[r.Op] = true
			for _, text := range []Text{r.Name, r.Does, r.Back} {
				if text.En == "" || !hasChinese(text.Zh) {
					t.Errorf("a text is missing: %+v", text)
				}
			}
			for _, text := range []Text{r.Does, r.Back} {
				if !strings.HasSuffix(text.En, ".") || !strings.HasSuffix(text.Zh, "。") {
					t.Errorf("no sentence: %+v", text)
				}
			}
			if len(r.Forward) == 0 {
				t.Error("it has no formula")
			}
			if len(r.Grads) != len(r.Operands) {
				t.Errorf("it has %d gradients for %d operands", len(r.Grads), len(r.Operands))
			}
			for _, f := range slices.Concat(r.Forward, r.Grads, r.Where, r.WhereBack, r.Filled) {
				if f.IsZero() {
					continue
				}
				if err := wellFormed(f.MathML()); err != nil {
					t.Error(err)
				}
				if f.LaTeX() == "" {
					t.Error("a formula has no LaTeX")
				}
			}
		})
	}
	if len(seen) < 150 {
		t.Errorf("there are %d rules", len(seen))
	}
	for _, r := range table() {
		if n := len(strings.Fields(r.operands)); len(r.grads) > n {
			t.Errorf("%s: there are %d gradients for %d operands", r.names, len(r.grads), n)
		}
		for _, name := range strings.Fields(r.names) {
			if !seen[name] {
				t.Errorf("%s: its formulas cannot be read: %v", name, brokenRow(r, name))
			}
		}
	}
}

func brokenRow(r row, name string) error {
	_, err := r.rule(attributesOf(name))
	return err
}

func hasChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 })
}

// TestMarks looks at what a page fills in.
func TestMarks(t *testing.T) {
	rule, _ := Of("leakyrelu slope=0.01")
	got := rule.Grads[0].MathML()
	marks := []string{`<mfrac data-v="d0">`, `<mfrac data-v="dy">`, `<mi data-v="x0">x</mi>`,
		`<mn data-a="slope">0.01</mn>`}
	for _, want := range marks {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in %s", want, got)
		}
	}
	if _, ok := Of("no-such-op"); ok {
		t.Error("an op that is not known has a rule")
	}
}

// TestFilled: what a page fills with numbers has no other letters.
func TestFilled(t *testing.T) {
	for _, c := range []struct{ op, want string }{
		{"gelu", ""},
		{"mish", `y = x \cdot \tanh(\ln(1 + e^{x}))`},
		{"remainder", `y = a - b \cdot \left\lfloor \frac{a}{b}\right\rfloor `},
		{"sgd decay=0.1", `p' = p - \eta \cdot (g + 0.1 \cdot p)`},
		{"dropout p=0.5 seed=1 random=0", ""},
	} {
		rule, _ := Of(c.op)
		got := ""
		for _, f := range rule.Filled {
			got += f.LaTeX()
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.op, got, c.want)
		}
	}
	adam, _ := Of("adam beta1=0.9 beta2=0.999 eps=1e-08")
	values := map[string]float64{"x0": 1, "x1": .5, "x2": .001, "x3": 0, "x4": 0, "x5": 1, "y1": .05, "y2": .00025}
	for i, f := range adam.Filled {
		got, err := f.Value(values)
		want, wrong := adam.Value(adam.Forward[i], values)
		if err != nil || wrong != nil || got != want {
			t.Errorf("adam: filled formula %d gives %v, %v, the formula %v, %v", i, got, err, want, wrong)
		}
	}
}

// TestImported: ops of Gorgonia's have the rule of ours.
func TestImported(t *testing.T) {
	for _, c := range []struct{ text, same string }{
		{"gorgonia.HadamardProd", "mul"},
		{"gorgonia.Mul A × Bᵀ", "matmul bᵀ"},
		{"gorgonia.Sum [0 2]", "sum axes=[0 2]"},
		{"gorgonia.SoftMax axis=1", "softmax axis=1"},
		{"gorgonia.Cube", "powscalar p=3"},
		{"gorgonia.MaxPool2D 3×2 stride=2,1 pad=1,0,1,0", "maxpool2d size=[3 2] stride=[2 1] pad=[1 1 0 0]"},
	} {
		rule, ok := Of(c.text)
		same, _ := Of(c.same)
		said := func(r Rule) string { return fmt.Sprint(r.Forward[0].LaTeX(), r.Element.Geometry) }
		if !ok || said(rule) != said(same) {
			t.Errorf("%s: the rule is not that of %s", c.text, c.same)
		}
	}
	for _, text := range []string{"gorgonia.Sum [0] grad", "gorgonia.CTCLoss", "gorgonia.Add2"} {
		if _, ok := Of(text); ok {
			t.Errorf("%s has a rule of ours", text)
		}
	}
}

// TestWords: each role, phase and kind of node has a word in both languages.
func TestWords(t *testing.T) {
	var names []Text
	for _, role := range []graph.Role{graph.RoleElementwise, graph.RoleData, graph.RoleParam, graph.RoleLinear,
		graph.RoleActivation, graph.RoleNorm, graph.RolePool, graph.RoleLoss,
		graph.RoleView, graph.RoleRandom, graph.RoleUpdate} {
		names = append(names, RoleName(role))
	}
	for phase := graph.Forward; phase <= graph.Prepare; phase++ {
		names = append(names, PhaseName(phase.String()))
	}
	for kind := graph.KindOp; kind <= graph.KindStep; kind++ {
		names = append(names, KindName(kind.String()))
	}
	for _, name := range names {
		if !hasChinese(name.Zh) || hasChinese(name.En) {
			t.Errorf("the word %+v is not in both languages", name)
		}
	}
	if got := RoleName("magic"); got != (Text{"magic", "magic"}) {
		t.Errorf("a role that is not known is named %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"y = 1/(1 + e^-x)", "{x if x > 0; 0 if x ≤ 0}", "Σ_{i=1}^m w_i x_i + b",
		"∂L/∂w = ∇_W J", `|x| "w`, "β₁ᵗ′", "</math>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		formula, err := Parse(text)
		if err != nil {
			return
		}
		if err := wellFormed(formula.MathML()); err != nil {
			t.Error(err)
		}
		formula.LaTeX()
		formula.Value(map[string]float64{"x": 1}) //nolint:errcheck // it may have no value
	})
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"conv2d stride=2 pad=[1 0 0 1]", "pad [1 4] from [0 2] step=[2 1] value=1",
		"slice [0:1, 2:5:2]", "scale s=-1e-05", "const NaN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, op string) {
		rule, ok := Of(op)
		if !ok {
			return
		}
		for _, f := range slices.Concat(rule.Forward, rule.Grads, rule.Where, rule.WhereBack) {
			if err := wellFormed(f.MathML()); err != nil {
				t.Error(err)
			}
		}
		shape := []int{2, 3, 4, 4}
		for place := range 3 {
			rule.Element.Terms(Shapes{In: [][]int{shape, shape, {3}}, Out: [][]int{shape}}, 0, place)
		}
	})
}
