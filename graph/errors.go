// This file holds BuildError, the first mistake made while building a graph.

package graph

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// BuildError says which op was given operands that do not fit, in which layer, and at which line of the caller.
// Compile and [Graph.Err] return it.
type BuildError struct {
	Scope    string // path of the layer
	Op       string // the op as it prints
	Err      error  // what is wrong
	Operands string // names and shapes of the operands
	File     string
	Line     int
}

// Error writes, for example:
//
//	conv1: conv2d stride=2: input has 64 channels, weight expects 32: x (8, 64, 9, 9), w (8, 32, 3, 3) (net.go:88)
func (e *BuildError) Error() string {
	var b strings.Builder
	if e.Scope != "" {
		b.WriteString(e.Scope + ": ")
	}
	b.WriteString(e.Op + ": " + e.Err.Error())
	if e.Operands != "" {
		b.WriteString(": " + e.Operands)
	}
	if e.File != "" {
		fmt.Fprintf(&b, " (%s:%d)", filepath.Base(e.File), e.Line)
	}
	return plain.Text(b.String())
}

// Unwrap returns what is wrong.
func (e *BuildError) Unwrap() error { return e.Err }

// Fail records an error that a constructor found before it made an op, with the given operands, and returns an invalid
// node. At least one operand must be a node.
func Fail(op string, in []Node, err error) Node {
	for _, n := range in {
		if n.v != nil && n.v.bad {
			return n
		}
	}
	for _, n := range in {
		if n.v != nil {
			return n.v.g.fail(op, in, err)
		}
	}
	panic(fmt.Sprintf("graph.Fail: %s: there is no operand to tell the graph: %v", op, err))
}

// Failf is [Fail] with a formatted message.
func Failf(op string, in []Node, format string, args ...any) Node {
	return Fail(op, in, fmt.Errorf(format, args...))
}

// FailIn records an error of the graph itself, found where there is no operand.
func (g *Graph) FailIn(op string, err error) Node { return g.must("FailIn").fail(op, nil, err) }

func (g *Graph) fail(op string, in []Node, err error) Node {
	g.init()
	if err == nil {
		err = errors.New("it failed, but the error given is nil")
	}
	g.record(op, operandList("", in), err)
	return Node{&value{g: g, bad: true, id: -1}}
}

func (g *Graph) failOp(op Op, in []Node, err error) {
	g.record(opName(op), operandList(operandNames(op), in), err)
}

func (g *Graph) record(op, operands string, err error) {
	if g.err != nil {
		return
	}
	var inner *BuildError
	if errors.As(err, &inner) {
		g.err = err
		return
	}
	e := &BuildError{Scope: g.scope, Op: op, Err: err, Operands: operands}
	e.File, e.Line = callerOutside()
	g.err = e
}

// operandList writes "x (8, 64, 56, 56), w (128, 32, 3, 3)".
func operandList(names string, in []Node) string {
	given := strings.Fields(names)
	var list []string
	for i, n := range in {
		if n.v == nil || n.v.bad {
			continue
		}
		name := string(rune('a' + i%26))
		switch {
		case i < len(given):
			name = given[i]
		case len(in) == 1:
			name = "x"
		}
		t := n.v.t.Shape.String()
		if n.v.t.DType != n.v.g.DType {
			t = n.v.t.String()
		}
		list = append(list, name+" "+t)
	}
	return strings.Join(list, ", ")
}

// callerOutside finds the line of the model or program that called into graph, ops, nn, train and data.
func callerOutside() (file string, line int) {
	var pcs [48]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !inside(f.Function, f.File) {
			return f.File, f.Line
		}
		if !more {
			return "", 0
		}
	}
}

func inside(function, file string) bool { return packageOf(function, file) != "" }

// packageOf is the package of this library that a frame belongs to, or the one whose folder that is in, "" for other
// code.
func packageOf(function, file string) string {
	if strings.HasSuffix(file, "_test.go") {
		return ""
	}
	for _, p := range []string{"graph", "ops", "nn", "train", "data", "internal/recent"} {
		if rest, here := strings.CutPrefix(function, "github.com/stheno-ml/stheno/"+p); here && rest != "" &&
			(rest[0] == '.' || rest[0] == '/') || strings.HasPrefix(file, path.Join(module, p)+"/") {
			return p
		}
	}
	return ""
}

// module is the folder of the sources of this module, as the compiler names it. A closure that is inlined into a
// caller has the name of the caller, so that only its file tells where it comes from.
var module = func() string {
	_, file, _, _ := runtime.Caller(0)
	return path.Dir(path.Dir(file))
}()
