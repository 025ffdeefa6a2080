// This file holds Rule, what the package says of an op, and how the text of an op leads to it.

package formula

import (
	"slices"
	"strconv"
	"strings"
)

// Text is a text in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Rule is what there is to say of an op.
type Rule struct {
	Op   string `json:"op"`   // the first word of its text
	Name Text   `json:"name"` // as in a sentence: addition
	Does Text   `json:"does"` // a sentence: what it does
	Back Text   `json:"back"` // a sentence: what its backward pass does

	Operands []Symbol `json:"operands"`
	Results  []Symbol `json:"results"`

	Forward []Formula `json:"forward"` // y = …, one for each result that there is to speak of
	// Grads are ∂L/∂x = …, one for each operand; the zero Formula where there is no gradient. Of an operand that
	// stands for many there is one.
	Grads []Formula `json:"grads"`
	// Where is what other letters in Forward stand for, and WhereBack what those in Grads alone do.
	Where     []Formula `json:"where,omitempty"`
	WhereBack []Formula `json:"whereBack,omitempty"`

	// Filled is Forward of an elementwise op with such letters replaced by what they stand for, so that a page can put
	// numbers in. It is empty where Forward will do.
	Filled []Formula `json:"filled,omitempty"`

	Element Element `json:"element"`
}

// Symbol is an operand or a result.
type Symbol struct {
	Name     string  `json:"name"`   // as the op calls it
	Letter   Formula `json:"letter"` // in formulas
	Optional bool    `json:"optional,omitempty"`
	Many     bool    `json:"many,omitempty"` // it stands for this operand and all that follow
}

// Of returns the rule of an op by its text on the tape, "conv2d stride=2 pad=1". The numbers of the text stand in the
// formulas. It reports false for an op that it does not know, such as one of another module; of Gorgonia's own ops, in
// an imported graph, it knows those that do what an op of ours does.
func Of(op string) (Rule, bool) { return Applied(op, 0) }

// Applied is [Of] for an op that has so many operands: what is optional and not there, such as a bias, does not stand
// in the formulas. Where several operands are optional the last ones are taken to be absent.
func Applied(op string, operands int) (Rule, bool) {
	a := attributesOf(translated(op))
	a.operands = operands
	r, ok := rows()[a.op]
	if !ok {
		return Rule{}, false
	}
	rule, err := r.rule(a)
	return rule, err == nil
}

// All are the rules of all ops, with letters in the place of attributes, in the order of docs/formulas.md.
func All() []Rule {
	var all []Rule
	for _, r := range table() {
		all = append(all, r.rules()...)
	}
	return all
}

// rules are those of all names of a row.
func (r row) rules() []Rule {
	var all []Rule
	for _, name := range strings.Fields(r.names) {
		if rule, err := r.rule(attributes{op: name, letters: true}); err == nil {
			all = append(all, rule)
		}
	}
	return all
}

// lines are formulas of plain text.
type lines []string

// row is a rule in plain text.
type row struct {
	names string // on the tape, of which the rule is
	name  Text
	does  Text
	back  Text

	operands string // as the op calls them; dp=g has the letter g, b? is optional, x… are many
	results  string // y without
	attrs    string // slope=α: the letter α stands for the attribute slope
	forward  lines  // a part in ⟦ ⟧ is left out where an operand in it is optional and not there
	grads    lines  // right sides, by operand; empty for none
	where    lines
	element  Element

	// vary changes a copy of the row by the attributes of the op.
	vary func(r *row, a attributes)
}

// rule makes the rule for an op with attributes.
func (r row) rule(a attributes) (Rule, error) {
	if r.vary != nil {
		r.vary(&r, a)
	}
	if r.results == "" {
		r.results = "y"
	}
	rule := Rule{Op: a.op, Name: r.name, Does: r.does, Back: r.back, Element: r.element}
	b := binder{symbols: map[string]symbol{}, backward: strings.HasPrefix(r.results, "d")}
	var err error
	if rule.Operands, err = b.declare(r.operands, "x"); err != nil {
		return Rule{}, err
	}
	rule.Operands = b.present(rule.Operands, a.operands)
	if rule.Results, err = b.declare(r.results, "y"); err != nil {
		return Rule{}, err
	}
	b.attributes(r.attrs, a)
	if rule.Forward, err = b.all(r.forward); err != nil {
		return Rule{}, err
	}
	where, err := b.all(r.where)
	if err != nil {
		return Rule{}, err
	}
	if r.element.Term.IsZero() && r.element.term != "" {
		if rule.Element.Term, err = b.formula(r.element.term); err != nil {
			return Rule{}, err
		}
	}
	rule.Grads = make([]Formula, len(rule.Operands))
	for k, text := range r.grads {
		if text == "" || k >= len(rule.Grads) {
			continue
		}
		if rule.Grads[k], err = b.gradient(text, rule.Operands[k], k); err != nil {
			return Rule{}, err
		}
	}
	rule.Where = needed(where, slices.Clone(rule.Forward))
	rule.WhereBack = slices.DeleteFunc(needed(where, slices.Clone(rule.Grads)), func(f Formula) bool {
		return slices.Contains(rule.Where, f)
	})
	if r.element.Kind == Elementwise {
		rule.Filled = filled(rule.Forward, rule.Where)
	}
	return rule, nil
}

// gradient is ∂L/∂x = … from its right side. What stands before := is x where it has indices.
func (b *binder) gradient(text string, operand Symbol, k int) (Formula, error) {
	letter := operand.Letter.root
	if of, right, found := strings.Cut(text, ":="); found {
		f, err := Parse(of)
		if err != nil {
			return Formula{}, err
		}
		letter, text = f.root, right
	}
	f, err := b.formula(text)
	if err != nil {
		return Formula{}, err
	}
	sides := append([]*node{b.leftOf(letter, k)}, f.root.sides()...)
	return Formula{&node{kind: chainNode, args: sides, ops: slices.Repeat([]string{"="}, len(sides)-1)}}, nil
}

// needed are the definitions that formulas use, or that other needed ones do: each stands before what uses it.
func needed(where, formulas []Formula) []Formula {
	var all []Formula
	for _, w := range slices.Backward(where) {
		letter := w.root.sides()[0].letter()
		if letter == "" || slices.ContainsFunc(formulas, func(f Formula) bool { return f.root.mentions(letter) }) {
			all = append(all, w)
			formulas = append(formulas, w)
		}
	}
	slices.Reverse(all)
	return all
}

// filled replaces letters that are defined by what they stand for; nil if there is none.
func filled(formulas, where []Formula) []Formula {
	means := map[string]*node{}
	replaced := false
	replace := func(n *node) *node {
		m := means[n.plain()]
		if m == nil || n.plain() == "" {
			return nil
		}
		replaced = true
		return m
	}
	for _, w := range where {
		if sides := w.root.sides(); len(sides) == 2 {
			right := sides[1].mapped(replace)
			if right.kind == chainNode || right.kind == minusNode {
				right = &node{kind: groupNode, text: "()", args: []*node{right}}
			}
			means[sides[0].letter()] = right
		}
	}
	replaced = false
	var all []Formula
	for _, f := range formulas {
		all = append(all, Formula{f.root.mapped(replace)})
	}
	if !replaced {
		return nil
	}
	return all
}

// letter is the name on the left of a definition, without indices. It is empty for several at once.
func (n *node) letter() string {
	if n.kind == indexNode {
		n = n.args[0]
	}
	return n.plain()
}

// mentions reports whether a letter stands in the tree.
func (n *node) mentions(letter string) bool {
	if n == nil || n.plain() == letter {
		return n != nil
	}
	return slices.ContainsFunc(n.args, func(a *node) bool { return a.mentions(letter) })
}

// symbol is what stands for an operand, a result or a gradient of one.
type symbol struct {
	mark string
	of   string // for a gradient: the letter of what it is the gradient of
}

// binder marks the letters of a rule.
type binder struct {
	symbols  map[string]symbol
	numbers  map[string]attribute
	absent   []string // letters of optional operands that are not there
	backward bool     // the op computes a gradient: ψ is the gradient of its result
}

// upstream is the letter of the gradient of a gradient.
const upstream = "ψ"

// declare makes the symbols of operands, x0 and on, or of results, y, y1 and on.
func (b *binder) declare(names, place string) ([]Symbol, error) {
	var all []Symbol
	for k, name := range strings.Fields(names) {
		s := Symbol{}
		name, s.Optional = strings.CutSuffix(name, "?")
		name, s.Many = strings.CutSuffix(name, "…")
		name, letter, other := strings.Cut(name, "=")
		if !other {
			letter = name
		}
		s.Name = name
		mark := place + strconv.Itoa(k)
		if mark == "y0" {
			mark = "y"
		}
		b.symbols[key(letter)] = marked(letter, mark)
		if place == "y" {
			up := "d" + letter
			if b.backward {
				up = upstream
			}
			if _, taken := b.symbols[key(up)]; !taken {
				b.symbols[key(up)] = marked(up, "d"+mark)
			}
		}
		f, err := b.formula(letter)
		if err != nil {
			return nil, err
		}
		s.Letter = f
		all = append(all, s)
	}
	return all, nil
}

// present are the operands that an op with so many has, all where the number is not known. Optional ones stand last.
func (b *binder) present(all []Symbol, n int) []Symbol {
	required := 0
	for i, s := range all {
		if s.Many || !s.Optional && required < i {
			return all
		}
		if !s.Optional {
			required++
		}
	}
	if n < required || n >= len(all) {
		return all
	}
	for _, s := range all[n:] {
		b.absent = append(b.absent, s.Letter.root.plain())
	}
	return all[:n]
}

// given leaves the parts of a line out, ⟦ + b⟧, in which an operand stands that is not there.
func (b *binder) given(text string) string {
	before, rest, found := strings.Cut(text, "⟦")
	if !found {
		return text
	}
	part, after, _ := strings.Cut(rest, "⟧")
	holds := func(letter string) bool { return strings.Contains(part, letter) }
	if slices.ContainsFunc(b.absent, holds) {
		part = ""
	}
	return before + part + b.given(after)
}

// marked is the symbol of a letter. A d in front of another makes a gradient of it.
func marked(letter, mark string) symbol {
	of, gradient := strings.CutPrefix(letter, "d")
	if !gradient || of == "" || of[0] == '_' {
		of = ""
	}
	return symbol{"v=" + mark, of}
}

// key is the text by which a letter is looked up.
func key(letter string) string {
	f, err := Parse(letter)
	if err != nil {
		return letter
	}
	return f.root.plain()
}

// attributes makes numbers of the letters that stand for attributes of the op.
func (b *binder) attributes(letters string, a attributes) {
	b.numbers = map[string]attribute{}
	for _, pair := range strings.Fields(letters) {
		name, letter, _ := strings.Cut(pair, "=")
		if at, ok := a.get(name); ok && len(at.values) == 1 {
			b.numbers[key(letter)] = at
		}
	}
}

func (b *binder) all(texts lines) ([]Formula, error) {
	var all []Formula
	for _, t := range texts {
		f, err := b.formula(t)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// formula reads a line of a rule.
func (b *binder) formula(text string) (Formula, error) {
	f, err := Parse(b.given(text))
	if err != nil {
		return Formula{}, err
	}
	return Formula{simple(f.root.mapped(b.bound))}, nil
}

// bound is the marked node of a letter of the rule, nil for another one.
func (b *binder) bound(n *node) *node {
	if at, ok := b.numbers[n.plain()]; ok && n.plain() != "" {
		return at.node()
	}
	letter, index := n, (*node)(nil)
	s, ok := b.symbols[n.plain()]
	if !ok && n.kind == indexNode {
		letter, index = n.args[0], n.args[1].mapped(b.bound)
		s, ok = b.symbols[letter.plain()]
	}
	if !ok || letter.plain() == "" {
		return unbound(n)
	}
	with := func(n *node) *node {
		if index == nil {
			return n
		}
		return &node{kind: indexNode, args: []*node{n, index}}
	}
	c := *with(letter)
	c.mark = s.mark
	if s.of != "" {
		if f, err := Parse(s.of); err == nil {
			c.shown = fractionOf(nameOf("L"), with(f.root))
		}
	}
	return &c
}

// unbound is what becomes of a letter that is no operand and no result: n is a number that a page knows, and dS is
// ∂L/∂S.
func unbound(n *node) *node {
	switch letter, gradient := strings.CutPrefix(n.text, "d"); {
	case n.kind != nameNode:
		return nil
	case n.text == "n":
		return &node{kind: nameNode, text: "n", mark: "v=n"}
	case gradient && len(letter) == 1 && letter[0] >= 'A' && letter[0] <= 'Z':
		return &node{kind: nameNode, text: n.text, shown: fractionOf(nameOf("L"), nameOf(letter))}
	}
	return nil
}

// leftOf is the left side of the gradient of an operand.
func (b *binder) leftOf(letter *node, k int) *node {
	loss := nameOf("L")
	if b.backward { // what is differentiated is made of gradients itself
		loss = &node{kind: primeNode, text: "′", args: []*node{loss}}
	}
	n := fractionOf(loss, letter.mapped(func(n *node) *node {
		if n.mark == "" {
			return nil
		}
		c := *n
		c.mark, c.shown = "", nil
		return &c
	}))
	n.mark = "v=d" + strconv.Itoa(k)
	return n
}

// alone is a part of a list, a call, of cases or a power without the brackets that it needs elsewhere.
func alone(in kind, a *node) *node {
	places := []kind{listNode, casesNode, callNode, powerNode}
	switch {
	case a == nil || a.kind != groupNode || a.text != "()" || !slices.Contains(places, in):
		return a
	case strings.HasPrefix(a.mark, "a="):
		c := *a.args[0]
		c.mark = a.mark
		return &c
	case in == casesNode:
		return a.args[0]
	}
	return a
}

// simple leaves out what the numbers of attributes make needless: factors of 1 and terms of 0.
func simple(n *node) *node {
	if n == nil || n.kind != chainNode {
		if n == nil || len(n.args) == 0 {
			return n
		}
		c := *n
		c.args = make([]*node, len(n.args))
		for i, a := range n.args {
			c.args[i] = simple(a)
			if n.kind != powerNode || i > 0 {
				c.args[i] = alone(n.kind, c.args[i])
			}
		}
		return &c
	}
	c := &node{kind: chainNode, mark: n.mark, shown: n.shown}
	sum := n.ops[0] == "+" || n.ops[0] == "-"
	product := !sum && strings.Contains("·", n.ops[0])
	for i, a := range n.args {
		a = simple(a)
		if sum && i == 0 || !sum && !product {
			a = alone(listNode, a)
		}
		isAttribute := strings.HasPrefix(a.mark, "a=")
		if (sum && i > 0 && isAttribute && a.text == "0") || (product && isAttribute && a.text == "1") {
			continue
		}
		op := ""
		if i > 0 {
			op = n.ops[i-1]
		}
		if sum && i > 0 && isAttribute && a.kind == groupNode && a.args[0].kind == minusNode { // x + (-1) is x - 1
			op = map[string]string{"+": "-", "-": "+"}[op]
			positive := *a.args[0].args[0]
			positive.mark = a.mark
			a = &positive
		}
		if len(c.args) > 0 {
			c.ops = append(c.ops, op)
		}
		c.args = append(c.args, a)
	}
	switch len(c.args) {
	case 0:
		return n.args[0]
	case 1:
		return c.args[0]
	}
	return c
}
