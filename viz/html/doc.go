// Package html makes one page of a trace: a training step, walked instruction by instruction in both directions of
// time.
//
//	err := html.Write(w, t, html.Options{Lang: "zh"})
//
// The page is one file. It loads nothing, so it opens from a disk without a network, and it runs no script but its
// own: its policy names that script by hash. At the left is the ladder, forward down and backward up beside it; at the
// right formula, values, tape, memory and code of the present instruction; below the scrubber. All that is seen stands
// in the address of the page, so that a teacher can share a place.
//
// Go lays the ladder out (ladder.go, frames.go, wires.go) and checks what may do harm (check.go). What a browser does
// is in page/: modules of plain JavaScript, which page.go joins in the order of its list; no tool is needed to build
// them. Each module begins with a sentence of what it holds. Texts of the page are in page/strings.json in both
// languages.
//
// Nothing in the page computes mathematics of the model: every number is one that Go has recorded. What is computed
// there is where a number comes from (page/terms.js, after formula.Element.Terms) and how it is drawn.
package html
