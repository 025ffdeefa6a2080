package graph

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// randomUnits draws units as the tape of a training step has them: values of a chain, some of
// them kept until their turn on the way back, and short-lived scratch.
func randomUnits(seed uint64) []*unit {
	draw := rand.New(rand.NewPCG(seed, 1))
	n := 2 + draw.IntN(60)
	var units []*unit
	size := func() int { return 64 * (1 + draw.IntN(1+draw.IntN(400))) }
	for i := range n {
		last := i + 1
		if draw.IntN(2) == 0 {
			last = 2*n - i
		}
		units = append(units, &unit{size: size(), first: i, last: last})
		back := n + i
		units = append(units, &unit{size: size(), first: back, last: back + 1 + draw.IntN(3)})
		if draw.IntN(4) == 0 {
			units = append(units, &unit{size: size(), first: i, last: i})
		}
	}
	return units
}

// blank is an op of any form: results, working memory, operands that a result may overwrite, a view. It computes
// nothing.
type blank struct{ *blankForm }

type blankForm struct {
	number       int
	out, scratch []Type
	inPlace      [][]int // by result
	view         int     // element at which the operand begins that the result is part of; -1 for none
}

func (o blank) String() string                     { return fmt.Sprintf("blank %d", o.number) }
func (o blank) Types([]Type) ([]Type, error)       { return o.out, nil }
func (blank) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (blank) Eval(_, _ []Tensor) error             { return nil }
func (o blank) InPlace(result int) []int           { return o.inPlace[result] }
func (o blank) Scratch([]Type) []Type              { return o.scratch }
func (o blank) View([]Type) (operand, offset int)  { return 0, o.view }

// drawnGraph is a graph as it is drawn at random.
type drawnGraph struct {
	*Graph
	*rand.Rand
	nodes []Node
}

// randomGraph draws a graph of ops of every form, fused ones among them, over inputs, constants and parameters
// that are assigned, and outputs that may be any of its nodes.
func randomGraph(draw *rand.Rand) (*Graph, []Node) {
	d := drawnGraph{&Graph{Mode: Train}, draw, nil}
	d.nodes = []Node{d.Input("x", 4, 4), d.Full(2, 4, 4)}
	var params []Node
	for i := range 1 + d.IntN(3) {
		params = append(params, d.Param(NewParam(fmt.Sprintf("w%d", i), Type{Float32, d.someType().Shape})))
	}
	d.nodes = append(d.nodes, params...)
	n := 2 + d.IntN(40)
	for i := range n {
		phase := Forward
		if i > n/2 {
			phase = Backward
		}
		d.Scope([]string{"", "a", "a.b", "c"}[d.IntN(4)]) // until the next node
		d.InPhase(phase, func() { d.nodes = append(d.nodes, d.some(i)...) })
	}
	outputs := []Node{d.node()}
	for d.IntN(2) == 0 {
		outputs = append(outputs, d.node())
	}
	d.InPhase(Update, func() {
		for i, p := range params {
			if d.IntN(3) > 0 {
				d.Assign(p, d.update(n+i, p))
			}
		}
	})
	return d.Graph, outputs
}

// node is one of the nodes, of the last ones more often.
func (d *drawnGraph) node() Node {
	if d.IntN(3) > 0 {
		return d.nodes[len(d.nodes)-1-d.IntN(min(4, len(d.nodes)))]
	}
	return d.nodes[d.IntN(len(d.nodes))]
}

// someType is often that of a 4 by 4 matrix, so that values can take the place of each other.
func (d *drawnGraph) someType() Type {
	if d.IntN(3) > 0 {
		return Type{Float32, Shape{4, 4}}
	}
	return Type{[]DType{Float32, Float64}[d.IntN(2)], Shape{1 + d.IntN(60)}}
}

// some adds one op.
func (d *drawnGraph) some(number int) []Node {
	x, y := d.node(), d.node()
	switch square := x.Type().Equal(y.Type()) && x.Type().Equal(Type{Float32, Shape{4, 4}}); {
	case square && d.IntN(3) == 0:
		return []Node{Apply(product{}, x, y)}
	case square && d.IntN(2) == 0:
		return []Node{Apply(plus{}, x, y)}
	case d.IntN(4) == 0:
		return []Node{Apply(bend{vector.UnaryFunc(d.IntN(3))}, x)}
	}
	in := []Node{x}
	for d.IntN(2) == 0 {
		in = append(in, d.node())
	}
	o := &blankForm{number: number, view: -1}
	if n := x.Size(); d.IntN(4) == 0 {
		size := 1 + d.IntN(n)
		o.view = d.IntN(n - size + 1)
		o.out, o.inPlace = []Type{{x.DType(), Shape{size}}}, [][]int{nil}
		return ApplyAll(blank{o}, in...)
	}
	for i := 0; i == 0 || i < maxResults && d.IntN(3) == 0; i++ {
		var over []int
		for j := range in {
			if d.IntN(2) == 0 {
				over = append(over, j)
			}
		}
		o.out, o.inPlace = append(o.out, d.someType()), append(o.inPlace, over)
	}
	for d.IntN(3) == 0 {
		o.scratch = append(o.scratch, d.someType())
	}
	return ApplyAll(blank{o}, in...)
}

// update is a value for p: another parameter, an old value, or one that may be written over p, or a part of p.
func (d *drawnGraph) update(number int, p Node) Node {
	if x := d.node(); x.Type().Equal(p.Type()) {
		return x
	}
	part := Apply(blank{&blankForm{number: number, out: []Type{{p.DType(), Shape{1 + d.IntN(p.Size())}}},
		inPlace: [][]int{nil}}}, p)
	return Apply(blank{&blankForm{number: number, view: -1, out: []Type{p.Type()}, inPlace: [][]int{{0, 1}}}},
		[]Node{p, part}[d.IntN(2)], d.node())
}

// byteSource draws from bytes, and on from a fixed sequence when there are no more.
type byteSource struct {
	bytes []byte
	rest  *rand.PCG
}

func (s *byteSource) Uint64() uint64 {
	if len(s.bytes) == 0 {
		return s.rest.Uint64()
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return uint64(b) * 0x0101010101010101 // every bit of the byte at both ends
}
