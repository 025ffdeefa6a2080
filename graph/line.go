// This file holds the lines of Go that made a node. A graph keeps them if Graph.Lines is set.

package graph

import (
	"path"
	"runtime"
	"slices"
	"strings"
)

// line is a line of a file. The zero value stands for no line.
type line struct {
	file string
	n    int
}

// Line is the line of the program or model that made n: the innermost line outside the packages of this library that a
// model calls. For a gradient it is the line that called [Gradients]. It is "" and 0 in a graph that keeps no lines,
// see [Graph].
func (n Node) Line() (file string, number int) { return n.lines("Line", 0) }

// Rule is the line of this library that made n: a line of the constructor of the op, of a gradient rule, or, for a
// node that a layer adds in the forward pass, of the layer. It is "" and 0 if there is no such line, and in a graph
// that keeps no lines.
func (n Node) Rule() (file string, number int) { return n.lines("Rule", 1) }

func (n Node) lines(method string, which int) (string, int) {
	v := n.must(method)
	if v.bad || v.id >= len(v.g.lines) {
		return "", 0
	}
	l := v.g.lines[v.id][which]
	return l.file, l.n
}

// keepLines notes the lines that made the node which was added last.
func (g *Graph) keepLines() {
	if !g.Lines {
		return
	}
	for len(g.lines) < len(g.values)-1 { // nodes from before Lines was set
		g.lines = append(g.lines, [2]line{})
	}
	g.lines = append(g.lines, linesOutside(g.phase))
}

// linesOutside finds the caller's line and the library's own.
func linesOutside(phase Phase) (found [2]line) {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	var rule line
	closed := false // the first run of frames in ops, and a layer after it, is over
	for {
		f, more := frames.Next()
		switch pkg := packageOf(f.Function, f.File); {
		case isTop(f):
			return [2]line{{}, rule}
		case pkg == "":
			return [2]line{{f.File, f.Line}, rule}
		case closed:
		case pkg == "ops":
			rule = line{f.File, f.Line}
		case pkg == "nn" && phase == Forward:
			rule, closed = line{f.File, f.Line}, true
		case rule.n > 0:
			closed = true
		}
		if !more {
			return [2]line{{}, rule}
		}
	}
}

// isTop reports a frame above which there is no line of a user: a frame of the command, its table or the kinds of
// models, which build the same step for every model, or of package runtime or testing, which call every program.
func isTop(f runtime.Frame) bool {
	if strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "testing.") {
		return true
	}
	dir := path.Dir(f.File) + "/"
	return slices.ContainsFunc(tops, func(top string) bool { return strings.HasPrefix(dir, top) })
}

// tops are the folders of the command, its table and the kinds of models.
var tops = []string{module + "/cmd/zoo/", module + "/internal/kind/", module + "/internal/kinds/",
	module + "/internal/recipe/"}
