package ops

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
)

// FuzzAttributes gives an op of the list or of a gradient other numbers and operands of other shapes: it is refused,
// or it runs, joined and not, to the same result. It neither panics nor hangs.
func FuzzAttributes(f *testing.F) {
	f.Add([]byte{})
	for i := range byte(40) {
		f.Add([]byte{i * 7, i, 1, i * 3, 255, 255, 255, 255, 255, 255, 255, 127, 1, i, i * 5})
	}
	f.Add([]byte("\x30\x01\x03\x02\x00\x00\x00\x80\x00\x00\x00\x00\x02\x01\x05\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &decoder{data}
		all := fuzzedNodes()
		n := all[d.below(len(all))]
		changed, places := numbersOf(n.op)
		for range d.below(3) {
			if len(places) > 0 {
				d.setNumber(places[d.below(len(places))])
			}
		}
		in := slices.Clone(n.in)
		for range d.below(3) {
			if i := d.below(len(in)); len(in) > 0 {
				in[i].Shape = d.shape(in[i].Shape)
			}
		}
		if len(data) > 64 || tooLarge(in) {
			return
		}
		op := changed.Interface().(graph.Op)
		if err, ok := attempt(n.mode, op, in, 20*time.Second); err != nil && !ok {
			t.Errorf("%v of %v: %v", strings.TrimSpace(op.String()), in, err)
		}
	})
}

// fuzzedNode is an op of a case, with operands that it takes.
type fuzzedNode struct {
	op   graph.Op
	in   []graph.Type
	mode graph.Mode
}

// fuzzedNodes are the ops of all cases and of their gradients, each once for each way it prints.
var fuzzedNodes = sync.OnceValue(func() (nodes []fuzzedNode) {
	seen := map[string]bool{}
	for _, c := range cases() {
		for _, n := range everyNode(c) {
			if s := n.Op().String(); !seen[s] {
				seen[s] = true
				nodes = append(nodes, fuzzedNode{n.Op(), typesOf(n.Inputs()), c.mode})
			}
		}
	}
	return nodes
})

func tooLarge(in []graph.Type) bool {
	size := 0
	for _, t := range in {
		size += t.Shape.Size()
	}
	return size > 1<<12
}

// decoder takes choices from bytes; behind their end all are 0.
type decoder struct{ data []byte }

func (d *decoder) byte() byte {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return b
}

func (d *decoder) below(n int) int {
	if n <= 1 {
		return 0
	}
	return (int(d.byte())<<8 | int(d.byte())) % n
}

func (d *decoder) uint64() (v uint64) {
	for i := range 8 {
		v |= uint64(d.byte()) << (8 * i)
	}
	return v
}

// setNumber gives a place a small number, an extreme one, or any.
func (d *decoder) setNumber(p place) {
	kind := d.byte() % 3
	if p.v.CanFloat() {
		switch kind {
		case 0:
			p.v.SetFloat(float64(int8(d.byte())) / 16)
		case 1:
			p.v.SetFloat(extremeFloats[d.below(len(extremeFloats))])
		default:
			p.v.SetFloat(math.Float64frombits(d.uint64()))
		}
		return
	}
	v := int64(d.uint64())
	switch kind {
	case 0:
		v = v&15 - 3
	case 1:
		v = extremeInts[int(uint64(v)%uint64(len(extremeInts)))]
	}
	switch {
	case p.v.CanInt():
		p.v.SetInt(v) // cut to the width of the field
	default:
		p.v.SetUint(uint64(v))
	}
}

// shape changes an axis, drops one, or adds one.
func (d *decoder) shape(s graph.Shape) graph.Shape {
	s = slices.Clone(s)
	switch kind := d.byte() % 4; {
	case kind == 0 && len(s) > 0:
		return slices.Delete(s, 0, 1)
	case kind == 1 && len(s) < graph.MaxRank:
		return slices.Insert(s, d.below(len(s)+1), 1+d.below(3))
	case len(s) > 0:
		s[d.below(len(s))] = 1 + d.below(9)
	}
	return s
}
