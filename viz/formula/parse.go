// This file reads formulas of plain text.

package formula

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Parse reads a formula of plain text:
//
//	z^[l] = W^[l] a^[l-1] + b^[l]          what stands side by side is a product, as with ·, ⊙ and ∗
//	y = 1/(1 + e^-x)                       a slash makes a fraction of the factors before it and of the one behind it
//	y[i] = Σ_j w[i,j]·xⱼ                   x[i], x_i, x_{i,j} and xᵢ are indices; x^2, x^(2·t), x² and wᵀ are powers
//	y = {x if x > 0; 0 if x ≤ 0}           cases
//	p′ = p - η·m̂/(√v̂ + ε)                  accents and primes
//	∂L/∂w, ∇_W J, |x|, ‖x‖, ⌊x⌋, J_"all"   derivatives, brackets, a word
//
// Letters of the Latin alphabet side by side are one name. A bracket that follows a name at once makes a function of
// it.
func Parse(text string) (Formula, error) {
	p := parser{src: []rune(decomposed.Replace(text))}
	if len(p.src) > longest {
		return Formula{}, fmt.Errorf("formula: it has %d characters, want at most %d", len(p.src), longest)
	}
	if p.at = slices.IndexFunc(p.src, unprintable); p.at >= 0 {
		return Formula{}, fmt.Errorf("formula %q: %w", text, p.wrong("want a character that can be printed"))
	}
	p.at = 0
	n, err := p.all()
	if err != nil {
		return Formula{}, fmt.Errorf("formula %q: %w", text, err)
	}
	return Formula{n}, nil
}

// unprintable reports whether a character has no place in a page.
func unprintable(c rune) bool {
	none := c == unicode.ReplacementChar || c == 0xfffe || c == 0xffff || c == 0x85
	return none || unicode.IsControl(c) && !unicode.IsSpace(c)
}

// Inline replaces each formula of plain text between \( and \) by its MathML, between the same marks.
func Inline(text string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\(`)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		inside, after, closed := strings.Cut(rest, `\)`)
		if !closed {
			return "", fmt.Errorf(`formula %q: \( is not closed, want \)`, rest)
		}
		f, err := Parse(inside)
		if err != nil {
			return "", err
		}
		b.WriteString(`\(` + f.MathML() + `\)`)
		text = after
	}
}

// decomposed takes letters with an accent apart, as all others are written.
var decomposed = strings.NewReplacer("ŷ", "y\u0302", "ĥ", "h\u0302", "ĝ", "g\u0302", "ĉ", "c\u0302",
	"ȳ", "y\u0304", "ỹ", "y\u0303")

// The characters that stand above and below the line, and what they stand for.
const (
	above    = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱᵀᵗˣᵏᵖᵇ"
	aboveFor = "0123456789+-niTtxkpb"
	below    = "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₜₓ"
	belowFor = "0123456789+-ijkntx"
	accents  = "\u0302\u0303\u0304" // hat, tilde, bar
)

// A formula may be so long, and so deeply nested.
const (
	longest = 2000
	most    = 100
)

// functions may begin a term like Σ: their argument needs no bracket.
var functions = []string{"max", "min", "argmax", "argmin", "mean"}

type parser struct {
	src   []rune
	at    int
	depth int
}

func (p *parser) all() (*node, error) {
	n, err := p.list()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(p.src) {
		return nil, p.wrong("want an operator or the end")
	}
	return n, nil
}

// wrong is an error at the present place.
func (p *parser) wrong(want string) error {
	if p.at >= len(p.src) {
		return fmt.Errorf("it ends too early: %s", want)
	}
	return fmt.Errorf("character %d, %q: %s", p.at+1, string(p.src[p.at]), want)
}

func (p *parser) skip() {
	for p.at < len(p.src) && unicode.IsSpace(p.src[p.at]) {
		p.at++
	}
}

// next is the character at the present place, 0 at the end.
func (p *parser) next() rune {
	if p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

// eat goes past the given text, if it is next.
func (p *parser) eat(text string) bool {
	r := []rune(text)
	if len(p.src)-p.at < len(r) || !slices.Equal(p.src[p.at:p.at+len(r)], r) {
		return false
	}
	p.at += len(r)
	return true
}

// list is expressions with commas or semicolons between them, or one.
func (p *parser) list() (*node, error) {
	if p.depth++; p.depth > most {
		return nil, p.wrong("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	n := &node{kind: listNode}
	for {
		a, err := p.relation()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, a)
		p.skip()
		if c := p.next(); c != ',' && c != ';' {
			break
		}
		n.ops = append(n.ops, string(p.next()))
		p.at++
	}
	if len(n.args) == 1 {
		return n.args[0], nil
	}
	return n, nil
}

// chain is operands with the given operators between them.
func (p *parser) chain(operators string, operand func() (*node, error)) (*node, error) {
	n := &node{kind: chainNode}
	for {
		a, err := operand()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, a)
		p.skip()
		if c := p.next(); c == 0 || !strings.ContainsRune(operators, c) {
			break
		}
		n.ops = append(n.ops, string(p.next()))
		p.at++
	}
	if len(n.args) == 1 {
		return n.args[0], nil
	}
	return n, nil
}

func (p *parser) relation() (*node, error) {
	return p.chain("=≠<>≤≥≈←→∼∈∋∝≡:", p.sum)
}

func (p *parser) sum() (*node, error) {
	return p.chain("+-±", func() (*node, error) {
		p.skip()
		if !p.eat("-") {
			return p.product()
		}
		a, err := p.product()
		return &node{kind: minusNode, args: []*node{a}}, err
	})
}

// product is factors side by side or with operators between them. A slash divides all that stands before it.
func (p *parser) product() (*node, error) {
	n, err := p.factor()
	for err == nil {
		space := p.at
		p.skip()
		op := ""
		switch c := p.next(); {
		case c == '/':
			p.at++
			var below *node
			if below, err = p.factor(); err == nil {
				n = &node{kind: fractionNode, args: []*node{n.bare(), below.bare()}}
			}
			continue
		case c != 0 && strings.ContainsRune("·⊙∗×⊗∘", c):
			op = string(c)
			p.at++
		case !p.begins():
			p.at = space
			return n, nil
		}
		var a *node
		if a, err = p.factor(); err == nil {
			n = times(n, op, a)
		}
	}
	return nil, err
}

// times appends a factor. A chain that is no product is in brackets here.
func times(n *node, op string, a *node) *node {
	if n.kind == chainNode {
		return &node{kind: chainNode, args: append(slices.Clone(n.args), a), ops: append(slices.Clone(n.ops), op)}
	}
	return &node{kind: chainNode, args: []*node{n, a}, ops: []string{op}}
}

// begins reports whether a factor begins here, so that a product of two without an operator is meant. A bar does not:
// it may be the end of |x|.
func (p *parser) begins() bool {
	c := p.next()
	if c == 0 || p.word("if") {
		return false
	}
	return isLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(`([√∂∇½Σ∑Π∏∞…"`, c)
}

// word reports whether the given word is next.
func (p *parser) word(w string) bool {
	r := []rune(w)
	end := p.at + len(r)
	return end <= len(p.src) && slices.Equal(p.src[p.at:end], r) && (end == len(p.src) || !isLetter(p.src[end]))
}

// isLetter reports whether c belongs into a name.
func isLetter(c rune) bool {
	return unicode.IsLetter(c) && !strings.ContainsRune(above+below+"ΣΠ", c)
}

// factor is something with its indices, powers and primes.
func (p *parser) factor() (*node, error) {
	if p.depth++; p.depth > most {
		return nil, p.wrong("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	n, err := p.primary()
	for err == nil {
		c := p.next()
		switch {
		case c == '_' || c != 0 && strings.ContainsRune(below, c):
			n, err = p.script(indexNode, n, below, belowFor)
		case c == '^' || c != 0 && strings.ContainsRune(above, c):
			n, err = p.script(powerNode, n, above, aboveFor)
		case c == '[':
			var list *node
			if list, err = p.bracket("[", "]"); err == nil {
				n = &node{kind: indexNode, args: []*node{n, list.args[0]}}
			}
		case c == '(' && callable(n):
			var list *node
			if list, err = p.bracket("(", ")"); err == nil {
				n = &node{kind: callNode, args: []*node{n, list.args[0]}}
			}
		case c == '′' || c == '″':
			p.at++
			n = &node{kind: primeNode, text: string(c), args: []*node{n}}
		default:
			return n, nil
		}
	}
	return nil, err
}

// callable reports whether a bracket behind n makes a function of it.
func callable(n *node) bool {
	switch n.kind {
	case nameNode, primeNode:
		return true
	case indexNode, powerNode:
		return callable(n.args[0])
	}
	return false
}

// script reads an index or a power, either of a single factor or in brackets, or of characters that stand there
// anyway.
func (p *parser) script(k kind, base *node, raised, plain string) (*node, error) {
	var arg *node
	var err error
	if p.eat("_") || p.eat("^") {
		arg, err = p.scripted()
	} else {
		var inner []rune
		for c := p.next(); c != 0; c = p.next() {
			i := slices.Index([]rune(raised), c)
			if i < 0 {
				break
			}
			inner = append(inner, []rune(plain)[i])
			p.at++
		}
		arg, err = (&parser{src: inner, depth: p.depth}).all()
	}
	if err != nil {
		return nil, err
	}
	return &node{kind: k, args: []*node{base, arg}}, nil
}

func (p *parser) scripted() (*node, error) {
	switch p.next() {
	case '{':
		n, err := p.bracket("{", "}")
		if err != nil {
			return nil, err
		}
		return n.args[0], nil
	case '(':
		n, err := p.bracket("(", ")")
		if err != nil {
			return nil, err
		}
		return n.args[0], nil
	case '[':
		return p.bracket("[", "]")
	case '-':
		p.at++
		n, err := p.primary()
		return &node{kind: minusNode, args: []*node{n}}, err
	}
	return p.primary()
}

// bracket is a list in brackets.
func (p *parser) bracket(open, shut string) (*node, error) {
	if !p.eat(open) {
		return nil, p.wrong("want " + open)
	}
	n, err := p.list()
	if err != nil {
		return nil, err
	}
	if p.skip(); !p.eat(shut) {
		return nil, p.wrong("want " + shut)
	}
	return &node{kind: groupNode, text: open + shut, args: []*node{n}}, nil
}

// primary is the smallest part: a number, a name, a bracket.
func (p *parser) primary() (*node, error) {
	p.skip()
	c := p.next()
	switch {
	case unicode.IsDigit(c) || c == '.':
		return &node{kind: numberNode, text: p.run(func(r rune) bool { return unicode.IsDigit(r) || r == '.' })}, nil
	case c == '½' || c == '∞':
		p.at++
		return &node{kind: numberNode, text: string(c)}, nil
	case c == '…':
		p.at++
		return &node{kind: wordNode, text: "…"}, nil
	case c == '"':
		return p.quoted()
	case isLetter(c):
		return p.name()
	case strings.ContainsRune("Σ∑Π∏", c) && c != 0:
		p.at++
		sign := map[rune]string{'Σ': "∑", 'Π': "∏"}[c]
		if sign == "" {
			sign = string(c)
		}
		return p.big(sign)
	case c == '√' || c == '∂' || c == '∇':
		return p.prefixed(c)
	case c == '{':
		return p.cases()
	}
	for _, pair := range []string{"()", "[]", "||", "‖‖", "⌊⌋", "⌈⌉", "⟨⟩"} {
		if r := []rune(pair); c == r[0] {
			return p.bracket(string(r[0]), string(r[1]))
		}
	}
	return nil, p.wrong("want a name, a number or a bracket")
}

// run is the characters that f holds for.
func (p *parser) run(f func(rune) bool) string {
	from := p.at
	for p.at < len(p.src) && f(p.src[p.at]) {
		p.at++
	}
	return string(p.src[from:p.at])
}

func (p *parser) quoted() (*node, error) {
	p.at++
	text := p.run(func(r rune) bool { return r != '"' })
	if !p.eat(`"`) {
		return nil, p.wrong(`want "`)
	}
	return &node{kind: wordNode, text: text}, nil
}

// name is letters: those of the Latin alphabet together, Chinese ones too, others one by one.
func (p *parser) name() (*node, error) {
	c := p.next()
	n := &node{kind: nameNode}
	switch {
	case unicode.Is(unicode.Latin, c):
		n.text = p.run(func(r rune) bool { return unicode.Is(unicode.Latin, r) && isLetter(r) })
	case unicode.Is(unicode.Han, c):
		return &node{kind: wordNode, text: p.run(func(r rune) bool { return unicode.Is(unicode.Han, r) })}, nil
	default:
		p.at++
		n.text = string(c)
	}
	if c := p.next(); c != 0 && strings.ContainsRune(accents, c) {
		n.accent = c
		p.at++
	}
	if slices.Contains(functions, n.text) && p.next() != '(' {
		return p.big(n.text)
	}
	return n, nil
}

// big is a sum or its like, over all of the product that follows.
func (p *parser) big(sign string) (*node, error) {
	n := &node{kind: bigNode, text: sign, args: make([]*node, 3)}
	for _, s := range []struct {
		mark  string
		place int
	}{{"_", 1}, {"^", 2}} {
		if p.eat(s.mark) {
			a, err := p.scripted()
			if err != nil {
				return nil, err
			}
			n.args[s.place] = a
		}
	}
	body, err := p.product()
	n.args[0] = body
	return n, err
}

// prefixed is a root or a derivative of the factor that follows.
func (p *parser) prefixed(c rune) (*node, error) {
	p.at++
	if c == '∇' { // an index says by what
		return nameOf("∇"), nil
	}
	if c == '√' {
		a, err := p.factor()
		if err != nil {
			return nil, err
		}
		return &node{kind: rootNode, args: []*node{a.bare()}}, nil
	}
	a, err := p.factor()
	return &node{kind: partialNode, text: "∂", args: []*node{a}}, err
}

// cases is values with conditions.
func (p *parser) cases() (*node, error) {
	if p.depth++; p.depth > most {
		return nil, p.wrong("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	p.at++
	n := &node{kind: casesNode}
	for {
		value, err := p.sum()
		if err != nil {
			return nil, err
		}
		if p.skip(); !p.word("if") {
			return nil, p.wrong("want if")
		}
		p.at += len("if")
		condition, err := p.relation()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, value, condition)
		p.skip()
		if p.eat("}") {
			return n, nil
		}
		if !p.eat(";") {
			return nil, p.wrong("want ; or }")
		}
	}
}
