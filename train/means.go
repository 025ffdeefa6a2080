// This file holds the means that training and evaluation report: of losses and figures, over the rows of all batches.

package train

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// mean is a loss or a figure as a program computes it for one batch: a sum of terms.
type mean struct {
	name  string // "" for a loss that is not reported by name
	loss  bool   // it counts towards the loss
	terms []term
}

// term is weight·value. Of several batches it is weight·(Σ value·count)/(Σ count), or, where the value is multiplied
// already, weight·(Σ value)/(Σ count), or weight·(Σ value) where there is no count.
type term struct {
	weight     float64
	value      graph.Node
	count      graph.Node
	rows       float64 // the count, where no node has it
	multiplied bool
	ignored    []int64 // targets that a loss leaves out
}

// meansOf are the loss and the figures of an outcome in training; in a game the loss has the name of its player.
func meansOf(o Outcome, rows int, player string, game bool) []mean {
	loss := mean{loss: true}
	if game {
		loss.name = player
	}
	parts := ops.Parts(o.Loss, rows)
	for _, p := range parts {
		t := term{weight: p.Weight, value: p.Value, count: p.Count, ignored: p.Ignored}
		if len(parts) == 1 {
			t.weight, t.value = 1, o.Loss
		}
		loss.terms = append(loss.terms, t)
	}
	return append([]mean{loss}, figuresOf(o, rows)...)
}

// evaluated is meansOf in evaluation, where a batch may be given of which all targets are left out.
func evaluated(o Outcome, rows int) []mean {
	loss := mean{loss: true}
	for _, p := range ops.Parts(o.Loss, rows) {
		sum, count := p.Sum()
		loss.terms = append(loss.terms, term{weight: p.Weight, value: sum, count: count, multiplied: true,
			ignored: p.Ignored})
	}
	return append([]mean{loss}, figuresOf(o, rows)...)
}

func figuresOf(o Outcome, rows int) (all []mean) {
	for _, f := range o.Report {
		t := term{weight: 1, value: f.Sum, count: f.Count, multiplied: true}
		if f.Count == (graph.Node{}) {
			t.rows = float64(rows)
		}
		all = append(all, mean{name: f.Name, terms: []term{t}})
	}
	return all
}

// outputs are the nodes that the mean reads.
func (m *mean) outputs() (out []graph.Node) {
	for _, t := range m.terms {
		out = append(out, t.value)
		if t.count != (graph.Node{}) {
			out = append(out, t.count)
		}
	}
	return out
}

// means adds up the means of batches.
type means struct {
	of  []mean
	sum []tally
}

// add adds what a program has computed. The names and the number of terms are those of every batch of a task.
func (m *means) add(p *graph.Program, batch []mean) {
	for i := range batch {
		tally := m.find(&batch[i])
		for k, t := range batch[i].terms {
			v, n := t.weight*p.Float(t.value), t.rows
			switch {
			case t.count != (graph.Node{}):
				n = p.Float(t.count)
			case t.rows == 0:
				n = whole
			}
			if !t.multiplied && n != whole {
				v *= n
			}
			tally.add(k, v, n)
		}
	}
}

func (m *means) find(of *mean) *tally {
	for i := range m.of {
		if m.of[i].name == of.name && m.of[i].loss == of.loss {
			return &m.sum[i]
		}
	}
	m.of, m.sum = append(m.of, *of), append(m.sum, tally{})
	return &m.sum[len(m.sum)-1]
}

// loss is the mean loss: in a game the sum of those of the players.
func (m *means) loss() (total float64, err error) {
	for i := range m.of {
		if m.of[i].loss {
			v, err := m.sum[i].mean()
			if err != nil {
				return 0, fmt.Errorf("the loss: %w", err)
			}
			total += v
		}
	}
	return total, nil
}

// named are the means that have a name.
func (m *means) named() (map[string]float64, error) {
	all := map[string]float64{}
	for i := range m.of {
		if m.of[i].name == "" {
			continue
		}
		v, err := m.sum[i].mean()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.of[i].name, err)
		}
		all[m.of[i].name] = v
	}
	return all, nil
}

// and are the means over the batches of both.
func (m means) and(more means) means {
	both := means{of: m.of}
	for i := range m.of {
		var t tally
		for k, v := range m.sum[i].sums {
			t.add(k, v, m.sum[i].counts[k])
			t.add(k, more.sum[i].sums[k], more.sum[i].counts[k])
		}
		both.sum = append(both.sum, t)
	}
	return both
}

// tally adds up sums and counts, by part of what is a sum of means.
type tally struct{ sums, counts []float64 }

// whole is the count of a sum that nothing divides.
const whole = -1

// add adds a batch's to part i.
func (t *tally) add(i int, sum, count float64) {
	for len(t.sums) <= i {
		t.sums, t.counts = append(t.sums, 0), append(t.counts, 0)
	}
	t.sums[i] += sum
	if count == whole {
		t.counts[i] = whole
	} else {
		t.counts[i] += count
	}
}

// mean is the sum of the means.
func (t *tally) mean() (float64, error) {
	total := 0.
	for i, s := range t.sums {
		switch c := t.counts[i]; {
		case c == whole:
			total += s
		case c == 0:
			return 0, errors.New("all targets are left out or have weight 0: the mean is undefined")
		default:
			total += s / c
		}
	}
	return total, nil
}
