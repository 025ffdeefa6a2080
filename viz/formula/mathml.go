// This file writes formulas in MathML Core.

package formula

import (
	"encoding/json"
	"html"
	"strings"
	"unicode/utf8"
)

// MathML is the formula as a math element, in the tags of MathML Core: mrow, mi, mn, mo, mtext, mfrac, msqrt, msub,
// msup, msubsup, munder, mover, munderover and mtable with mtr and mtd. Of an empty formula it is empty.
func (f Formula) MathML() string {
	if f.root == nil {
		return ""
	}
	var w mathml
	w.node(f.root, "")
	return "<math>" + w.String() + "</math>"
}

// MarshalJSON gives the formula as its MathML.
func (f Formula) MarshalJSON() ([]byte, error) { return json.Marshal(f.MathML()) }

type mathml struct{ strings.Builder }

// tag writes an element with text.
func (w *mathml) tag(name, mark, text string) {
	w.WriteString("<" + name + mark + ">" + html.EscapeString(text) + "</" + name + ">")
}

// of writes an element with elements.
func (w *mathml) of(name, mark string, children ...*node) {
	w.WriteString("<" + name + mark + ">")
	for _, c := range children {
		w.node(c, "")
	}
	w.WriteString("</" + name + ">")
}

// marked is the attribute of a node's mark, data-v="x0".
func (n *node) marked() string {
	name, value, found := strings.Cut(n.mark, "=")
	if !found {
		return ""
	}
	return " data-" + name + `="` + html.EscapeString(value) + `"`
}

// node writes a node as one element. What is written in place of another node has its mark.
func (w *mathml) node(n *node, mark string) {
	if mark == "" {
		mark = n.marked()
	}
	if n.shown != nil {
		w.node(n.shown, mark)
		return
	}
	switch n.kind {
	case numberNode:
		w.tag("mn", mark, n.text)
	case nameNode:
		w.name(n, mark)
	case wordNode:
		w.tag("mtext", mark, n.text)
	case groupNode:
		r := []rune(n.text)
		w.WriteString("<mrow" + mark + ">")
		w.tag("mo", "", string(r[0]))
		w.node(n.args[0], "")
		w.tag("mo", "", string(r[1]))
		w.WriteString("</mrow>")
	case minusNode, partialNode:
		w.WriteString("<mrow" + mark + ">")
		w.tag("mo", "", sign(n))
		w.node(n.args[0], "")
		w.WriteString("</mrow>")
	case listNode, chainNode:
		w.chain(n, mark)
	case fractionNode:
		w.of("mfrac", mark, n.args...)
	case rootNode:
		w.of("msqrt", mark, n.args...)
	case powerNode, indexNode:
		w.scripts(n, mark)
	case primeNode: // which stands high enough as it is
		w.WriteString("<mrow" + mark + ">")
		w.node(n.args[0], "")
		w.tag("mo", "", n.text)
		w.WriteString("</mrow>")
	case callNode:
		w.WriteString("<mrow" + mark + ">")
		w.node(n.args[0], "")
		w.tag("mo", "", "\u2061") // which applies a function
		w.WriteString("<mrow>")
		w.tag("mo", "", "(")
		w.node(n.args[1], "")
		w.tag("mo", "", ")")
		w.WriteString("</mrow></mrow>")
	case bigNode:
		w.big(n, mark)
	case casesNode:
		w.cases(n, mark)
	}
}

// sign is the operator in front of a node.
func sign(n *node) string {
	if n.kind == minusNode {
		return "−"
	}
	return n.text
}

func (w *mathml) name(n *node, mark string) {
	if n.accent == 0 {
		w.tag("mi", mark, n.text)
		return
	}
	w.WriteString("<mover" + mark + ">")
	w.tag("mi", "", n.text)
	w.tag("mo", "", map[rune]string{'\u0302': "^", '\u0303': "~", '\u0304': "¯"}[n.accent])
	w.WriteString("</mover>")
}

func (w *mathml) chain(n *node, mark string) {
	w.WriteString("<mrow" + mark + ">")
	for i, a := range n.args {
		if i > 0 {
			w.tag("mo", "", written(n.ops[i-1]))
		}
		w.node(a, "")
	}
	w.WriteString("</mrow>")
}

// written is the character of an operator.
func written(op string) string {
	switch op {
	case "":
		return "\u2062" // which multiplies unseen
	case "-":
		return "−"
	case "·":
		return "⋅" // the dot of mathematics, which Chinese letters do not make wide
	}
	return op
}

// scripts writes an index, a power, or both in one.
func (w *mathml) scripts(n *node, mark string) {
	tag, base := "msup", n.args[0]
	scripts := n.args[1:]
	switch {
	case n.kind == indexNode:
		tag = "msub"
	case base.kind == indexNode && base.mark == "" && base.shown == nil:
		tag, scripts = "msubsup", []*node{base.args[1], n.args[1]}
		base = base.args[0]
	}
	w.WriteString("<" + tag + mark + ">")
	w.base(base)
	for _, s := range scripts {
		w.node(s, "")
	}
	w.WriteString("</" + tag + ">")
}

// base writes what has a power, with brackets where it needs them.
func (w *mathml) base(n *node) {
	shown := n
	if n.shown != nil {
		shown = n.shown
	}
	if shown.kind != fractionNode && shown.kind != minusNode && shown.kind != chainNode {
		w.node(n, "")
		return
	}
	w.node(&node{kind: groupNode, text: "()", args: []*node{n}}, "")
}

func (w *mathml) big(n *node, mark string) {
	w.WriteString("<mrow" + mark + ">")
	under, over := n.args[1], n.args[2]
	tag := ""
	switch {
	case under != nil && over != nil:
		tag = "munderover"
	case under != nil:
		tag = "munder"
	case over != nil:
		tag = "mover"
	}
	if tag != "" {
		w.WriteString("<" + tag + ">")
	}
	w.tag("mo", "", n.text)
	for _, s := range []*node{under, over} {
		if s != nil {
			w.node(s, "")
		}
	}
	if tag != "" {
		w.WriteString("</" + tag + ">")
	}
	if utf8.RuneCountInString(n.text) > 1 {
		w.tag("mo", "", "\u2061")
	}
	w.node(n.args[0], "")
	w.WriteString("</mrow>")
}

func (w *mathml) cases(n *node, mark string) {
	w.WriteString("<mrow" + mark + ">")
	w.tag("mo", "", "{")
	w.WriteString("<mtable>")
	for i := 0; i < len(n.args); i += 2 {
		w.WriteString("<mtr>")
		w.of("mtd", "", n.args[i])
		w.of("mtd", "", n.args[i+1])
		w.WriteString("</mtr>")
	}
	w.WriteString("</mtable></mrow>")
}
