// This file holds Formula and the tree behind it.

package formula

// Formula is a formula as a tree. The zero Formula is empty.
type Formula struct{ root *node }

// IsZero reports whether there is no formula.
func (f Formula) IsZero() bool { return f.root == nil }

// kind is what a node of the tree is.
type kind uint8

const (
	numberNode   kind = iota // text
	nameNode                 // text, and the accent over it
	wordNode                 // text, upright
	listNode                 // args, with ops between them: commas and semicolons
	groupNode                // args[0] in the brackets text[0] and text[1]
	minusNode                // -args[0]
	chainNode                // args with ops between them, all of one rank
	fractionNode             // args[0] over args[1]
	powerNode                // args[0] to the args[1]
	indexNode                // args[0] with args[1] below
	primeNode                // args[0] with text, its primes
	rootNode                 // √args[0]
	callNode                 // args[0] of args[1], a list
	bigNode                  // text is Σ and its like: of args[0], below args[1] and above args[2], which may be nil
	casesNode                // args[0] if args[1], args[2] if args[3], …
	partialNode              // text, ∂ or ∇, before args[0]
)

// node is a node of the tree. Trees are not changed once they are made.
type node struct {
	kind   kind
	text   string
	accent rune
	args   []*node
	ops    []string

	mark  string // data-v or data-a of a rule, with = between name and value
	shown *node  // what is written in its place: ∂L/∂y for dy
}

// mapped is a copy of the tree in which f has replaced what it knows: it returns nil for a node that stays.
func (n *node) mapped(f func(*node) *node) *node {
	if n == nil {
		return nil
	}
	if m := f(n); m != nil {
		return m
	}
	c := *n
	c.args = make([]*node, len(n.args))
	for i, a := range n.args {
		c.args[i] = a.mapped(f)
	}
	return &c
}

// bare is n without the brackets around it.
func (n *node) bare() *node {
	if n.kind == groupNode && n.text == "()" && n.mark == "" {
		return n.args[0]
	}
	return n
}

func nameOf(text string) *node { return &node{kind: nameNode, text: text} }

// fractionOf is ∂numerator/∂denominator.
func fractionOf(numerator, denominator *node) *node {
	d := func(n *node) *node { return &node{kind: partialNode, text: "∂", args: []*node{n}} }
	return &node{kind: fractionNode, args: []*node{d(numerator), d(denominator)}}
}
