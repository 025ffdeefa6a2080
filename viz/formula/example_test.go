package formula_test

import (
	"fmt"

	"github.com/stheno-ml/stheno/viz/formula"
)

// What there is to say of an op, by its text on the tape.
func ExampleOf() {
	rule, ok := formula.Of("powscalar p=3")
	fmt.Println(ok, rule.Name.En)
	fmt.Println(rule.Forward[0].LaTeX())
	fmt.Println(rule.Grads[0].LaTeX())
	// true power
	// y = x^{3}
	// \frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \cdot 3 \cdot x^{3 - 1}
}

// The elements of both operands that make element (1, 0) of a matrix product.
func ExampleElement_Terms() {
	rule, _ := formula.Of("matmul bᵀ")
	shapes := formula.Shapes{In: [][]int{{2, 3}, {4, 3}}, Out: [][]int{{2, 4}}}
	for _, t := range rule.Element.Terms(shapes, 0, 4) {
		fmt.Println(t.Places)
	}
	// [3 0]
	// [4 1]
	// [5 2]
}

func ExampleParse() {
	f, err := formula.Parse("δ^[l] = (W^[l+1])ᵀ δ^[l+1] ⊙ f′(z^[l])")
	fmt.Println(f.LaTeX(), err)
	f, err = formula.Parse("y = 1/(1 + e^-x)")
	y, _ := f.Value(map[string]float64{"x": 0})
	fmt.Println(y, err)
	// \delta^{[l]} = {(W^{[l + 1]})}^{T}\, \delta^{[l + 1]} \odot f'(z^{[l]}) <nil>
	// 0.5 <nil>
}

func ExampleInline() {
	text, err := formula.Inline(`the slope \(1/m\)`)
	fmt.Println(text, err)
	// the slope \(<math><mfrac><mn>1</mn><mi>m</mi></mfrac></math>\) <nil>
}
