// Package formula says in formulas, and in words of two languages, what each op does forward and backward.
//
// The one idea: a formula is a line of plain text, as in the comments of the ops, which becomes a tree. The tree is
// written as MathML for a page and as LaTeX for a document, and it can be computed, so that tests hold what a reader
// sees to what the op does.
//
//	rule, ok := formula.Of("leakyrelu slope=0.01") // an op as it prints on the tape
//	fmt.Println(rule.Name.Zh, rule.Grads[0].LaTeX())
//
// A [Rule] has the formulas of an op and of its gradients; that of [Applied] leaves out what an op does not have, such
// as a bias. Its [Element] says which elements of the operands an element of the result is made of, and [Rule.Compute]
// makes it. [Parse] reads any formula, and [Inline] those inside of a text. Words for roles, phases and kinds of nodes
// are in words.go. docs/formulas.md lists all rules.
//
// # Names in a rule
//
// A page fills numbers in by the attribute data-v of an element: x0, x1, … are operands, y and y1, … results, dy and
// dy1, … the gradients of the results, and d0, d1, … what goes back to the operands. Attributes of the op stand in a
// formula as their numbers, with data-a their name.
package formula

//go:generate go test . -run TestPage -update
