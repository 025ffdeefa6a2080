package lessons

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/trace"
)

type recorder struct {
	prog  *graph.Program
	run   *trace.Run
	nodes []graph.Node
}

func newRecorder(p *graph.Program, run *trace.Run) *recorder { return &recorder{prog: p, run: run} }

func (r *recorder) record(name trace.Text) (int, error) {
	vals := map[graph.Node]trace.Value{}
	get := func(n graph.Node, t graph.Tensor) {
		if _, ok := vals[n]; ok {
			return
		}
		var b []byte
		for _, v := range graph.Floats[float64](t) {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		vals[n] = trace.Value{Data: base64.StdEncoding.EncodeToString(b)}
	}
	first := len(r.nodes) == 0
	index := func(n graph.Node) int { return slices.Index(r.nodes, n) }
	add := func(n graph.Node) int {
		if i := index(n); i >= 0 {
			return i
		}
		r.nodes = append(r.nodes, n)
		tn := trace.Node{Kind: n.Kind().String(), Name: n.Name(), Label: n.Label(), Shape: n.Shape(), Phase: n.Phase().String(), Of: -1, GradOf: -1, Assigns: -1}
		if n.Op() != nil {
			tn.Op = n.Op().String()
		}
		if o := n.GradOf(); o.Valid() {
			tn.GradOf = index(o)
		}
		for _, in := range n.Inputs() {
			tn.Operands = append(tn.Operands, index(in))
		}
		r.run.Nodes = append(r.run.Nodes, tn)
		return len(r.nodes) - 1
	}
	err := r.prog.Trace(func(f graph.Frame) error {
		var res, ops []int
		for i, n := range f.Nodes {
			for j, in := range n.Inputs() {
				if first {
					ops = append(ops, add(in))
				}
				if j < len(f.In) {
					get(in, f.In[j])
				}
			}
			if first {
				res = append(res, add(n))
			}
			if i < len(f.Out) {
				get(n, f.Out[i])
			}
		}
		if first {
			r.run.Instructions = append(r.run.Instructions, trace.Instruction{Text: f.Instruction.String(), Results: res, Operands: ops})
		}
		return nil
	})
	st := trace.State{Name: name}
	for _, n := range r.nodes {
		st.Values = append(st.Values, vals[n])
	}
	r.run.States = append(r.run.States, st)
	return len(r.run.States) - 1, err
}
