// This file holds what a step and an evaluation report of an Outcome: the means of its losses and figures.

package train

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/mean"
)

// meansOf are the loss and the figures of an outcome in training; in a game the loss has the name of its player.
func meansOf(o Outcome, rows int, player string, game bool) []mean.Mean {
	loss := mean.Mean{Loss: true}
	if game {
		loss.Name = player
	}
	parts := ops.Parts(o.Loss, rows)
	for _, p := range parts {
		t := mean.Term{Weight: p.Weight, Value: p.Value, Count: p.Count, Ignored: p.Ignored}
		if len(parts) == 1 {
			t.Weight, t.Value = 1, o.Loss
		}
		loss.Terms = append(loss.Terms, t)
	}
	return append([]mean.Mean{loss}, figuresOf(o, rows)...)
}

// evaluated is meansOf in evaluation, where a batch may be given of which all targets are left out.
func evaluated(o Outcome, rows int) []mean.Mean {
	loss := mean.Mean{Loss: true}
	for _, p := range ops.Parts(o.Loss, rows) {
		sum, count := p.Sum()
		loss.Terms = append(loss.Terms, mean.Term{Weight: p.Weight, Value: sum, Count: count, Multiplied: true,
			Ignored: p.Ignored})
	}
	return append([]mean.Mean{loss}, figuresOf(o, rows)...)
}

func figuresOf(o Outcome, rows int) (all []mean.Mean) {
	for _, f := range o.Report {
		t := mean.Term{Weight: 1, Value: f.Sum, Count: f.Count, Multiplied: true}
		if f.Count == (graph.Node{}) {
			t.Rows = float64(rows)
		}
		all = append(all, mean.Mean{Name: f.Name, Terms: []mean.Term{t}})
	}
	return all
}
