// This file holds what the models of this package have in common.

package rnn

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Options are those of the language models. The zero value, which may be left out, is the usual case.
type Options struct {
	Dropout float64 // of what a layer reads from the one before, in Train graphs: Zaremba, Sutskever and Vinyals 2014
	Unroll  bool    // small ops, step by step, in which a drawing shows every gate: see nn.Recurrent
}

// recurrent are the options of the recurrent layers of a model.
func recurrent(constructor string, layers int, opt []Options) nn.Recurrent {
	if len(opt) > 1 {
		panic(fmt.Sprintf("rnn: %s: there are %d Options, want at most one", constructor, len(opt)))
	}
	o := Options{}
	if len(opt) == 1 {
		o = opt[0]
	}
	return nn.Recurrent{Layers: layers, Dropout: o.Dropout, Unroll: o.Unroll}
}

// layers are recurrent layers.
type layers interface {
	ForwardFrom(s nn.State, x, lengths graph.Node) (y graph.Node, next nn.State)
}

// goOn applies so many layers to x (N, T, hidden) from the state in which the run before ended. That of an LSTM has
// cells.
func goOn(l layers, count int, cells bool, x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	g, shape := x.Graph(), []int{count, x.Dim(0), x.Dim(2)}
	s := nn.State{H: g.State("h", shape...)}
	if cells {
		s.C = g.State("c", shape...)
	}
	y, next := l.ForwardFrom(s, x, graph.Node{}) // (N, T, hidden)
	g.Assign(s.H, next.H)
	if cells {
		g.Assign(s.C, next.C)
	}
	return y
}
