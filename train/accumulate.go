// This file holds the accumulation of gradients over the parts of a batch.

package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/mean"
)

// partSteps is where the numbers of the steps of parts begin, by which they draw random numbers of their own.
const partSteps = 1 << 40

// checkParts reports a task whose batches cannot be parted.
func (t *Trainer) checkParts() error {
	switch {
	case t.Accumulate < 0:
		return fmt.Errorf("the number of parts, Accumulate, is %d, want at least 1, or 0 for none", t.Accumulate)
	case t.Accumulate > 1 && t.isGame():
		return errors.New("parts, as Accumulate says, are for tasks of one loss, and this is a game")
	}
	return nil
}

func (t *Trainer) parted() bool { return t.Accumulate > 1 }

// partTypes are the types of a part of a batch.
func (t *Trainer) partTypes(batch []graph.Type) ([]graph.Type, error) {
	if !t.parted() {
		return batch, nil
	}
	parts := make([]graph.Type, len(batch))
	for i, b := range batch {
		rows := rowsOf(b)
		if len(b.Shape) == 0 || rows%t.Accumulate != 0 || rows != rowsOf(batch[0]) {
			return nil, fmt.Errorf("train: tensor %d of the batch is %v, and gradients are to be accumulated over %d "+
				"parts: want a number of rows that this divides, the same in each tensor", i, b, t.Accumulate)
		}
		parts[i] = cloned(b)
		parts[i].Shape[0] = rows / t.Accumulate
	}
	return parts, nil
}

// partOf is part i of a batch, which shares its memory.
func (t *Trainer) partOf(batch []graph.Tensor, types []graph.Type, i int) []graph.Tensor {
	part := make([]graph.Tensor, len(batch))
	for k, b := range batch {
		n := types[k].Shape.Size()
		part[k] = graph.Tensor{Type: types[k]}
		switch b.DType {
		case graph.Float32:
			part[k].F32 = b.F32[i*n : (i+1)*n]
		case graph.Float64:
			part[k].F64 = b.F64[i*n : (i+1)*n]
		default:
			part[k].I64 = b.I64[i*n : (i+1)*n]
		}
	}
	return part
}

// accumulated adds to the graph, for the gradient of each parameter, sum ← sum + dp/parts, and returns these sums.
func (t *Trainer) accumulated(g *graph.Graph, params, grads []graph.Node) []graph.Node {
	if !t.parted() || g.Err() != nil {
		return grads
	}
	all := make([]graph.Node, len(grads))
	for i, dp := range grads {
		p := params[i].Param()
		sum := t.sums[p]
		if sum == nil {
			sum = graph.NewParam(p.Name()+".gradients", p.Type())
			sum.SetLabel(p.Label())
			sum.SetTrainable(false)
			t.sums[p] = sum
		}
		acc := g.Param(sum)
		all[i] = ops.Add(acc, ops.Scale(dp, 1/float64(t.Accumulate)))
		g.Assign(acc, all[i])
	}
	return all
}

// compileParts compiles the two programs of a turn: one that adds the gradients of a part to the sums, and one that
// does so for the last part and then updates the parameters.
func (t *Trainer) compileParts(g *graph.Graph, turn *turn) (err error) {
	sums, updated := map[*graph.Param]bool{}, map[*graph.Param]bool{}
	for p, sum := range t.sums {
		sums[sum], updated[p] = true, true
	}
	for _, m := range t.moments {
		updated[m] = true
	}
	if targets, _ := g.Assigned(); hasState(targets) {
		return errors.New("train: Accumulate is for tasks without States, which a part would give to the next")
	}
	opt := t.Compile
	opt.Assigns = func(p *graph.Param) bool { return !updated[p] }
	if turn.part, err = g.CompileWith(opt, turn.outputs()...); err != nil {
		return err
	}
	opt.Assigns = func(p *graph.Param) bool { return !sums[p] }
	turn.prog, err = g.CompileWith(opt, turn.outputs()...)
	return err
}

func hasState(nodes []graph.Node) bool {
	for _, n := range nodes {
		if n.Kind() == graph.KindState {
			return true
		}
	}
	return false
}

// playParts runs step n of a turn part by part.
func (t *Trainer) playParts(p *program, turn *turn, batch []graph.Tensor, n int, means *mean.Sums,
	run func(Compiled) error) (loss float64, err error) {
	for _, sum := range t.sums {
		v := sum.Tensor()
		clear(v.F32)
		clear(v.F64)
	}
	for i := range t.Accumulate {
		part := *turn
		step := n
		if i < t.Accumulate-1 {
			part.prog, step = turn.part, partSteps+n*t.Accumulate+i
		}
		v, err := t.play(p, &part, t.partOf(batch, p.types, i), step, run)
		if err != nil {
			return math.NaN(), err
		}
		if means != nil {
			means.Add(part.prog, part.means)
		}
		loss += v / float64(t.Accumulate)
	}
	t.last[0] = loss
	return loss, nil
}
