// This file writes formulas in LaTeX, in the part of it that GitHub shows.

package formula

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// LaTeX is the formula for use between dollars. Of an empty formula it is empty.
func (f Formula) LaTeX() string {
	if f.root == nil {
		return ""
	}
	return latex(f.root)
}

// latexSigns are the characters that have a command. The rest are written as they are.
var latexSigns = map[string]string{
	"α": `\alpha`, "β": `\beta`, "γ": `\gamma`, "δ": `\delta`, "ε": `\varepsilon`, "η": `\eta`,
	"θ": `\theta`, "λ": `\lambda`,
	"μ": `\mu`, "ν": `\nu`, "π": `\pi`, "ρ": `\rho`, "σ": `\sigma`, "τ": `\tau`, "φ": `\varphi`,
	"ψ": `\psi`, "ω": `\omega`, "Δ": `\Delta`,
	"Φ": `\Phi`, "Ω": `\Omega`, "Λ": `\Lambda`, "Θ": `\Theta`,
	"∂": `\partial`, "∇": `\nabla`, "∞": `\infty`, "∑": `\sum`, "∏": `\prod`, "⋅": `\cdot`, "⊙": `\odot`,
	"∗": `\ast`, "×": `\times`,
	"⊗": `\otimes`, "∘": `\circ`, "±": `\pm`, "−": `-`, "≤": `\le`, "≥": `\ge`, "≠": `\ne`,
	"≈": `\approx`, "←": `\leftarrow`,
	"→": `\to`, "∼": `\sim`, "∈": `\in`, "∋": `\ni`, "∝": `\propto`, "≡": `\equiv`, "<": `\lt`, ">": `\gt`,
	"½": `\tfrac{1}{2}`, "…": `\dots`,
	"exp": `\exp`, "ln": `\ln`, "log": `\log`, "tanh": `\tanh`, "sin": `\sin`, "cos": `\cos`,
	"max": `\max`, "min": `\min`,
}

// latexBrackets are pairs of them. A bar is written as a command, since it divides the columns of a table.
var latexBrackets = map[string][2]string{
	"()": {"(", ")"}, "[]": {"[", "]"}, "{}": {`\{`, `\}`}, "||": {`\lvert `, `\rvert `}, "‖‖": {`\lVert `, `\rVert `},
	"⌊⌋": {`\lfloor `, `\rfloor `}, "⌈⌉": {`\lceil `, `\rceil `}, "⟨⟩": {`\langle `, `\rangle `},
}

// latexBracket puts n into brackets, which are as high as what is high.
func latexBracket(pair string, n *node) string {
	b := latexBrackets[pair]
	if !n.high() {
		return b[0] + latex(n) + b[1]
	}
	return `\left` + b[0] + latex(n) + `\right` + b[1]
}

// high reports whether something in n is higher than a line.
func (n *node) high() bool {
	if n == nil {
		return false
	}
	if n.shown != nil {
		return n.shown.high()
	}
	switch n.kind {
	case fractionNode, bigNode, casesNode:
		return true
	}
	return slices.ContainsFunc(n.args, (*node).high)
}

// escaped keeps the characters that mean something to LaTeX from doing so.
var escaped = strings.NewReplacer(`\`, `\backslash `, "{", `\{`, "}", `\}`, "$", `\$`, "%", `\%`, "#", `\#`, "&", `\&`,
	"_", `\_`, "^", `\^{}`, "~", `\~{}`)

// latexWord writes a name or an operator.
func latexWord(text string) string {
	if s, ok := latexSigns[text]; ok {
		return s
	}
	if utf8.RuneCountInString(text) > 1 {
		return `\mathrm{` + escaped.Replace(text) + `}`
	}
	return text
}

func latex(n *node) string {
	if n.shown != nil {
		return latex(n.shown)
	}
	switch n.kind {
	case numberNode:
		if s, ok := latexSigns[n.text]; ok {
			return s
		}
		return n.text
	case nameNode:
		accent := map[rune]string{'\u0302': `\hat`, '\u0303': `\tilde`, '\u0304': `\bar`}[n.accent]
		if accent != "" {
			return accent + "{" + latexWord(n.text) + "}"
		}
		return latexWord(n.text)
	case wordNode:
		if n.text == "…" {
			return latexSigns["…"]
		}
		return `\text{` + escaped.Replace(n.text) + `}`
	case listNode:
		return latexAll(n.args, func(i int) string { return n.ops[i] + " " })
	case groupNode:
		return latexBracket(n.text, n.args[0])
	case minusNode:
		return "-" + latex(n.args[0])
	case partialNode:
		return latexWord(n.text) + " " + latex(n.args[0])
	case chainNode:
		return latexAll(n.args, func(i int) string {
			if n.ops[i] == "" {
				return `\, `
			}
			return " " + latexWord(written(n.ops[i])) + " "
		})
	case fractionNode:
		return `\frac{` + latex(n.args[0]) + "}{" + latex(n.args[1]) + "}"
	case rootNode:
		return `\sqrt{` + latex(n.args[0]) + "}"
	case powerNode:
		return latexBase(n.args[0]) + "^{" + latex(n.args[1]) + "}"
	case indexNode:
		return latexBase(n.args[0]) + "_{" + latex(n.args[1]) + "}"
	case primeNode:
		return latexBase(n.args[0]) + map[string]string{"′": "'", "″": "''"}[n.text]
	case callNode:
		return latex(n.args[0]) + latexBracket("()", n.args[1])
	case bigNode:
		return latexBig(n)
	default:
		return latexCases(n)
	}
}

func latexAll(args []*node, between func(i int) string) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString(between(i - 1))
		}
		b.WriteString(latex(a))
	}
	return b.String()
}

// latexBase writes what has a power or an index.
func latexBase(n *node) string {
	shown := n
	if n.shown != nil {
		shown = n.shown
	}
	switch shown.kind {
	case fractionNode, minusNode, chainNode:
		return latexBracket("()", n)
	case indexNode, nameNode, numberNode:
		return latex(n)
	}
	return "{" + latex(n) + "}"
}

func latexBig(n *node) string {
	s := latexWord(n.text)
	if n.text == "argmax" || n.text == "argmin" || n.text == "mean" {
		s = `\operatorname*{` + n.text + "}"
	}
	for i, mark := range []string{"_", "^"} {
		if a := n.args[1+i]; a != nil {
			s += mark + "{" + latex(a) + "}"
		}
	}
	return s + " " + latex(n.args[0])
}

func latexCases(n *node) string {
	var b strings.Builder
	b.WriteString(`\begin{cases}`)
	for i := 0; i < len(n.args); i += 2 {
		if i > 0 {
			b.WriteString(` \\ `)
		}
		b.WriteString(latex(n.args[i]) + ` & ` + latex(n.args[i+1]))
	}
	b.WriteString(`\end{cases}`)
	return b.String()
}
