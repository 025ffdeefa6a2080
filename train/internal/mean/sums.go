// This file holds the means that training and evaluation report: of losses and figures, over the rows of all batches.

package mean

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// Mean is a loss or a figure as a program computes it for one batch: a sum of terms.
type Mean struct {
	Name  string // "" for a loss that is not reported by name
	Loss  bool   // it counts towards the loss
	Terms []Term
}

// Term is weight·value. Of several batches it is weight·(Σ value·count)/(Σ count), or, where the value is multiplied
// already, weight·(Σ value)/(Σ count), or weight·(Σ value) where there is no count.
type Term struct {
	Weight     float64
	Value      graph.Node
	Count      graph.Node
	Rows       float64 // the count, where no node has it
	Multiplied bool
	Ignored    []int64 // targets that a loss leaves out
}

// Outputs are the nodes that the mean reads.
func (m *Mean) Outputs() (out []graph.Node) {
	for _, t := range m.Terms {
		out = append(out, t.Value)
		if t.Count != (graph.Node{}) {
			out = append(out, t.Count)
		}
	}
	return out
}

// Sums adds up the means of batches.
type Sums struct {
	Of  []Mean
	Sum []Tally
}

// Add adds what a program has computed. The names and the number of terms are those of every batch of a task.
func (m *Sums) Add(p *graph.Program, batch []Mean) {
	for i := range batch {
		tally := m.find(&batch[i])
		for k, t := range batch[i].Terms {
			v, n := t.Weight*p.Float(t.Value), t.Rows
			switch {
			case t.Count != (graph.Node{}):
				n = p.Float(t.Count)
			case t.Rows == 0:
				n = whole
			}
			if !t.Multiplied && n != whole {
				v *= n
			}
			tally.Add(k, v, n)
		}
	}
}

func (m *Sums) find(of *Mean) *Tally {
	for i := range m.Of {
		if m.Of[i].Name == of.Name && m.Of[i].Loss == of.Loss {
			return &m.Sum[i]
		}
	}
	m.Of, m.Sum = append(m.Of, *of), append(m.Sum, Tally{})
	return &m.Sum[len(m.Sum)-1]
}

// Loss is the mean loss: in a game the sum of those of the players.
func (m *Sums) Loss() (total float64, err error) {
	for i := range m.Of {
		if m.Of[i].Loss {
			v, err := m.Sum[i].Mean()
			if err != nil {
				return 0, fmt.Errorf("the loss: %w", err)
			}
			total += v
		}
	}
	return total, nil
}

// Named are the means that have a name.
func (m *Sums) Named() (map[string]float64, error) {
	all := map[string]float64{}
	for i := range m.Of {
		if m.Of[i].Name == "" {
			continue
		}
		v, err := m.Sum[i].Mean()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Of[i].Name, err)
		}
		all[m.Of[i].Name] = v
	}
	return all, nil
}

// And are the means over the batches of both.
func (m Sums) And(more Sums) Sums {
	both := Sums{Of: m.Of}
	for i := range m.Of {
		var t Tally
		for k, v := range m.Sum[i].Sums {
			t.Add(k, v, m.Sum[i].Counts[k])
			t.Add(k, more.Sum[i].Sums[k], more.Sum[i].Counts[k])
		}
		both.Sum = append(both.Sum, t)
	}
	return both
}

// Tally adds up sums and counts, by part of what is a sum of means.
type Tally struct{ Sums, Counts []float64 }

// whole is the count of a sum that nothing divides.
const whole = -1

// Add adds a batch's to part i.
func (t *Tally) Add(i int, sum, count float64) {
	for len(t.Sums) <= i {
		t.Sums, t.Counts = append(t.Sums, 0), append(t.Counts, 0)
	}
	t.Sums[i] += sum
	if count == whole {
		t.Counts[i] = whole
	} else {
		t.Counts[i] += count
	}
}

// Mean is the sum of the means.
func (t *Tally) Mean() (float64, error) {
	total := 0.
	for i, s := range t.Sums {
		switch c := t.Counts[i]; {
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
