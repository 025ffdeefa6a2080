// This file holds Set, data that were opened for a kind.

package kind

import (
	"context"
	"slices"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/train"
)

// Set is data that were opened for a row.
type Set struct {
	Form     Form // of the data; its Size is the zero Size
	TrainLen int  // examples
	TestLen  int
	Noun     string // what an example is: "example", "character"
	Each     int    // examples of a row of a batch
	Train    func(batch int, seed uint64) train.Source
	Test     train.Source
	Tightest int // the largest batch that the training part allows
	Least    int // the smallest batch that teaches something; 0 for 1
	// Changes are what was done to the rows of a file. Tested says which rows the test part has, where that is not
	// always the same: "all of the data".
	Changes table.Report
	Tested  string
	// Beside are figures of the data to compare a model's with: what the last value again comes to, say.
	Beside []Comparison
	// Judge, if given, is the figures of a model's answers to the test part, which take too long to be measured after
	// each epoch: it is called once, at the end.
	Judge func(ctx context.Context, m *Model) (map[string]float64, error)
}

// Comparison is a figure of data, and that of the models which it is compared with: "loss", or the name of a metric.
type Comparison struct {
	train.Metric
	With string
}

// Figures are the metrics of a model on the data, and what they are compared with.
func (s *Set) Figures(m *Model) []train.Metric {
	all := slices.Clone(m.Metrics)
	for _, c := range s.Beside {
		all = append(all, c.Metric)
	}
	return all
}
