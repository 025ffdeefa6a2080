package lessons

import (
	"strings"
	"testing"
)

func TestMathML(t *testing.T) {
	for _, c := range []struct{ name, tex, want string }{
		{"a letter with an index", `x_1`, `<msub><mi>x</mi><mn>1</mn></msub>`},
		{"a layer", `a^{[0]}`, `<msup><mi>a</mi><mrow><mrow><mo>[</mo><mn>0</mn><mo>]</mo></mrow></mrow></msup>`},
		{"a slope at a layer", `f'^{[l]}`,
			`<msup><mi>f</mi><mrow><mo>′</mo><mrow><mo>[</mo><mi>l</mi><mo>]</mo></mrow></mrow></msup>`},
		{"a power of brackets", `(W)^T`,
			`<msup><mrow><mo>(</mo><mi>W</mi><mo>)</mo></mrow><mrow><mi>T</mi></mrow></msup>`},
		{"a fraction", `\frac{1}{m}`, `<mfrac><mrow><mn>1</mn></mrow><mrow><mi>m</mi></mrow></mfrac>`},
		{"a sum with its bounds", `\sum_{i}^{n} w`,
			`<munderover><mo>∑</mo><mrow><mi>i</mi></mrow>` +
				`<mrow><mrow><mi>n</mi></mrow></mrow></munderover><mi>w</mi>`},
		{"a sign and a difference", `-2-1`, `<mo form="prefix">−</mo><mn>2</mn><mo>−</mo><mn>1</mn>`},
		{"a Chinese index", `J_{原始}`, `<msub><mi>J</mi><mrow><mtext>原始</mtext></mrow></msub>`},
		{"a word", `\text{softmax}`, `<mtext>softmax</mtext>`},
		{"a comparison", `x<1`, `<mi>x</mi><mo>&lt;</mo><mn>1</mn>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := mathML(c.tex)
			if want := "<math>" + c.want + "</math>"; err != nil || got != want {
				t.Errorf("%s: %v\ngot  %s\nwant %s", c.tex, err, got, want)
			}
		})
	}
}

func TestMathMLMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a command that is not known", `\(\foo\)`, `unknown command \foo`},
		{"a sign that is not known", `\(#\)`, `unknown sign '#'`},
		{"an open brace", `\(x_{1\)`, `} is missing`},
		{"an open bracket", `\((x\)`, `) is missing`},
		{"half a fraction", `\(\frac{1}\)`, `it ends where something has to follow`},
		{"an open formula", `so \(x`, `\( without \)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := prose(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q", c.text, err, c.want)
			}
		})
	}
}

func FuzzMathML(f *testing.F) {
	for _, l := range Formulas() {
		f.Add(l.TeX)
	}
	f.Add(`\(x`)
	f.Fuzz(func(t *testing.T, tex string) {
		if m, err := mathML(tex); err == nil && wellFormed(m) != nil {
			t.Errorf("%q: %s", tex, m)
		}
	})
}
