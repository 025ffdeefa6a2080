// This file holds the rows of the table as they learn from the rows of tables of data.

package recipe

import (
	"context"
	"encoding/json"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/torchfile"
)

// Tables is how a model, made for another input, learns from the rows of a table. One setting serves tables of all
// sizes: features are standardised, and weights and biases have the prior N(0, ½). What is made small is the negative
// logarithm of their probability given N rows, divided by N,
//
//	cross-entropy + Σ w²/N
//
// so that the decay of the weights, 2/N, is the smaller the more rows there are to learn from. Rows that come again to
// balance the classes are counted once.
type Tables struct {
	Title     string // as a drawing has it
	Width     int    // units of a hidden layer
	Batch     int    // rows a step, or all if there are fewer
	Steps     int
	Optimizer string
	LR        float64
}

// On is the row as it learns from a source: from the rows of a table, if it is one and the row takes tables.
func (r Recipe) On(source string) Recipe {
	if r.Tables == nil || !kinds.IsTable(source) {
		return r
	}
	return r.Tabular()
}

// Of is the row as the model in a file of weights has learnt: from the rows of a table, if that is what the file says.
// Of a file that cannot be read it is the row itself; Load tells what is wrong with it.
func (r Recipe) Of(weights string) Recipe {
	if r.Tables == nil || weights == "" || !isOfTable(weights) {
		return r
	}
	return r.Tabular()
}

// Tabular is the row as it learns from the rows of tables. It panics if it takes none.
func (r Recipe) Tabular() Recipe {
	if _, ok := r.Kind.(kinds.Tabular); ok {
		return r
	}
	how := *r.Tables
	r.Kind, r.Title, r.Size = kinds.Tabular{Of: r.Kind}, how.Title, kind.Size{Width: how.Width}
	r.Data, r.Elsewhere, r.Steps, r.Batch = "", 0, how.Steps, how.Batch
	r.Optimizer, r.LR, r.Schedule = how.Optimizer, how.LR, halfCosine
	return r
}

// OpenFrame opens the rows of a table for a model that is yet to be made, of a row that is [Recipe.Tabular]: it is a
// [kind.TargetError] if their target has no classes.
func (r Recipe) OpenFrame(ctx context.Context, source string, log func(string, ...any)) (table.Frame, error) {
	return r.Kind.(kinds.Tabular).Frame(ctx, source, log)
}

// isOfTable reports a file of weights that learnt from the rows of a table.
func isOfTable(path string) bool {
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var form struct {
		Table json.RawMessage `json:"table"`
	}
	return json.Unmarshal([]byte(f.Metadata()[formKey]), &form) == nil && form.Table != nil
}
