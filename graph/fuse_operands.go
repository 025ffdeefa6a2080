// This file holds the pass that lets an op read an operand from before its rearrangement.

package graph

// fuseOperands lets a matrix product read a transposed matrix in place. The copy that transposes is dropped if
// nothing else reads it.
func fuseOperands(c *code) error {
	j := join(c)
	for i, in := range c.instrs {
		for k, r := range in.in {
			l, ok := in.op.(Loader)
			if !ok || r.def == nil || len(r.def.in) != 1 {
				continue
			}
			from := r.def.in[0]
			op, ok := l.Load(k, r.def.op)
			if !ok || j.reads[r] > 1 && kept(i, []*register{from}) > 0 {
				continue
			}
			if j.reads[r] == 1 {
				in.nodes = sourcesOf(r.def, in)
			}
			in.op = op
			in.in[k] = from
			j.reads[r]--
			j.reads[from]++
			from.last = max(from.last, i)
		}
	}
	return prune(c)
}
