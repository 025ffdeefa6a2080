// This file holds Summary, the table of a model's layers.

package nn

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/plain"
)

// Row is one line of a summary: an operation of the forward pass, the parameters that it reads
// first, and its cost.
type Row struct {
	Path         string // of the layer
	Layer        string // the operation: Conv2D 5×5
	Output       graph.Shape
	Parameters   int
	MultiplyAdds int64
}

// Summary is the table of a model for one shape of input.
type Summary struct {
	Rows         []Row
	Parameters   int      // of the whole model, each counted once, without running statistics
	Unread       int      // of Parameters, those that the pass does not read, such as a discriminator's
	UnreadIn     []string // the parts of the model with Unread parameters: "discriminator"
	Trainable    int      // of Parameters, those that are not frozen
	MultiplyAdds int64
}

// Summarize builds the evaluation graph of the model for an input shape, batch axis included, and returns its
// operations in the order in which they were added.
func Summarize(m Model, input ...int) (*Summary, error) {
	t := graph.Type{Shape: input}
	if !isNil(m) && m.Params() != nil {
		t.DType = m.Params().DType()
	}
	return SummarizeFor(m, t)
}

// SummarizeFor is [Summarize] for an input of any type, such as the numbers of characters.
func SummarizeFor(m Model, input graph.Type) (*Summary, error) {
	if isNil(m) || m.Params() == nil {
		return nil, errors.New("summarize: there is no model, or it has no Params")
	}
	return SummarizePass(m, func(x ...graph.Node) graph.Node { return m.Forward(x[0]) }, input)
}

// SummarizePass is [Summarize] for a pass over the model that takes several inputs, such as the two sentences of a
// translation.
func SummarizePass(m Model, pass func(x ...graph.Node) graph.Node, inputs ...graph.Type) (*Summary, error) {
	if isNil(m) || m.Params() == nil {
		return nil, errors.New("summarize: there is no model, or it has no Params")
	}
	g := &graph.Graph{DType: m.Params().DType()}
	y := pass(InputsLike(g, inputs...)...)
	if err := g.Err(); err != nil {
		return nil, err
	}
	s := &Summary{Parameters: m.Params().Count()}
	for p := range m.Params().All() {
		if p.Trainable() && p.Type().DType.IsFloat() {
			s.Trainable += p.Type().Shape.Size()
		}
	}
	seen, makes := map[*graph.Param]bool{}, leadingTo(y)
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindOp || n.Result() != 0 || !makes(n) {
			continue
		}
		_, label := graph.RoleOf(n)
		r := Row{Path: n.Scope(), Layer: label, Output: n.Shape()}
		types := make([]graph.Type, len(n.Inputs()))
		for i, in := range n.Inputs() {
			types[i] = in.Type()
			if p := in.Param(); p != nil && !seen[p] && !m.Params().isBuffer(p) {
				seen[p] = true
				r.Parameters += p.Type().Shape.Size()
			}
		}
		if f, ok := n.Op().(graph.Flopper); ok {
			products, _ := f.Flops(types)
			r.MultiplyAdds = products / 2
		}
		s.MultiplyAdds += r.MultiplyAdds
		s.Rows = append(s.Rows, r)
	}
	for p := range m.Params().All() {
		if !seen[p] && !m.Params().isBuffer(p) {
			s.Unread += p.Type().Shape.Size()
			part, _, _ := strings.Cut(p.Name(), ".")
			if !slices.Contains(s.UnreadIn, part) {
				s.UnreadIn = append(s.UnreadIn, part)
			}
		}
	}
	return s, nil
}

// leadingTo returns a function that reports whether y depends on an op, given the first result of the op. A pass may
// have added ops that y does not depend on, such as a state that nobody reads. If the pass gives no node, all ops
// count.
func leadingTo(y graph.Node) func(first graph.Node) bool {
	if y == (graph.Node{}) {
		return func(graph.Node) bool { return true }
	}
	made := map[int]bool{}
	var visit func(n graph.Node)
	visit = func(n graph.Node) {
		if n.Kind() == graph.KindOp {
			n = n.Results()[0]
		}
		if made[n.ID()] {
			return
		}
		made[n.ID()] = true
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	visit(y)
	return func(first graph.Node) bool { return made[first.ID()] }
}

// String is the table, as WriteTo prints it.
func (s *Summary) String() string {
	var b strings.Builder
	if _, err := s.WriteTo(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

// WriteTo prints the table.
func (s *Summary) WriteTo(w io.Writer) (int64, error) {
	c := &written{w: w}
	t := tabwriter.NewWriter(c, 0, 4, 2, ' ', 0)
	if s == nil {
		return 0, errors.New("nn: the *Summary is nil")
	}
	fmt.Fprintln(t, "PATH\tLAYER\tOUTPUT\tPARAMETERS\tMULTIPLY-ADDS")
	for _, r := range s.Rows {
		fmt.Fprintf(t, "%s\t%s\t%v\t%s\t%s\n", r.Path, r.Layer, r.Output, plain.Thousands(r.Parameters),
			plain.Thousands(r.MultiplyAdds))
	}
	if s.Unread > 0 {
		fmt.Fprintf(t, "not in this pass\t%s\t\t%s\t0\n", strings.Join(s.UnreadIn, ", "), plain.Thousands(s.Unread))
	}
	fmt.Fprintf(t, "total\t\t\t%s\t%s\n", plain.Thousands(s.Parameters), plain.Thousands(s.MultiplyAdds))
	err := t.Flush()
	return c.n, err
}

type written struct {
	w io.Writer
	n int64
}

func (c *written) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
