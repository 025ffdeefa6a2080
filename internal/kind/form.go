// This file holds Form, what a model is made for.

package kind

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
)

// Size is how large a model is, in the numbers that its paper varies. 0 stands for the usual one.
type Size struct {
	Size  int `json:"size,omitempty"`  // side of a picture
	Width int `json:"width,omitempty"` // units of a layer
	Depth int `json:"depth,omitempty"` // layers
}

// Flags is the size on a command line: --size 32.
func (s Size) Flags() (flags []string) {
	for _, f := range []struct {
		name string
		v    int
	}{{"--size", s.Size}, {"--width", s.Width}, {"--depth", s.Depth}} {
		if f.v != 0 {
			flags = append(flags, f.name, fmt.Sprint(f.v))
		}
	}
	return flags
}

// Form is what a model is made for: the form of its data, and its size. A file of weights holds it.
type Form struct {
	Input      graph.Shape      `json:"input,omitempty"`    // of one example
	Stored     graph.Shape      `json:"stored,omitempty"`   // of a drawing of the data, which is then resized
	Classes    []string         `json:"classes,omitempty"`  // what labels mean
	Pictures   bool             `json:"pictures,omitempty"` // no drawing is looked for in inputs
	Vocabulary *data.Vocabulary `json:"vocabulary,omitempty"`
	Words      *data.Words      `json:"words,omitempty"`  // of texts that are classified, or lines
	Scale      *Scale           `json:"scale,omitempty"`  // of a series
	Table      *TableForm       `json:"table,omitempty"`  // of rows of a table
	Source     *data.Words      `json:"source,omitempty"` // of pairs
	Target     *data.Words      `json:"target,omitempty"`
	Transform  bool             `json:"transform,omitempty"` // pictures are as in TensorFlow
	Size       Size             `json:"size,omitzero"`
	Unroll     bool             `json:"-"`              // recurrent layers of small ops, step by step
	Data       string           `json:"data,omitempty"` // what it learnt from last: a known name, or that of a file
}

// MaxSize is above every width that a model may have, MaxSide above every side of a picture, MaxDepth above every
// number of layers.
const MaxSize, MaxSide, MaxDepth = 1 << 16, 1 << 10, 1 << 11

// Scale is how a series was standardised: x ← (x - Mean) / Deviation, by the values that were learnt from. Column is
// the one that was asked for.
type Scale struct {
	Column    string  `json:"column,omitempty"`
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// Valid reports a scale that leads from numbers to numbers, and back.
func (s Scale) Valid() bool {
	return s.Deviation > 0 && s.Deviation <= math.MaxFloat32 && math.Abs(s.Mean) <= math.MaxFloat32
}

// TableForm is what a model of the rows of a table has learnt beside its weights: how their columns become its
// features, and which rows they were.
type TableForm struct {
	table.Columns
	Rows     int       `json:"rows"`                    // that it learnt from
	Majority int       `json:"majority"`                // the class that most of them are of
	Weights  []float64 `json:"class_weights,omitempty"` // of the loss
	HeldOut  float64   `json:"held_out"`                // the share of the file that it did not learn from
	Checksum string    `json:"checksum"`                // of the rows of the file
}

// Check is the error of what no table has, such as in a damaged file.
func (t *TableForm) Check() error {
	if err := t.Columns.Check(); err != nil {
		return err
	}
	switch n := len(t.Classes); {
	case n == 0:
		return errors.New("the target is a number, and no class")
	case t.Rows < 1:
		return fmt.Errorf("it learnt from %d rows", t.Rows)
	case t.Majority < 0 || t.Majority >= n:
		return fmt.Errorf("most rows are of class %d of %d", t.Majority, n)
	case t.Weights != nil && len(t.Weights) != n:
		return fmt.Errorf("there are %d weights of %d classes", len(t.Weights), n)
	case !(t.HeldOut > 0 && t.HeldOut < 1):
		return fmt.Errorf("the share held out is %v, want it between 0 and 1", t.HeldOut)
	}
	for _, w := range t.Weights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("a class has the weight %v", w)
		}
	}
	return nil
}

// IsPicture reports a shape that pictures may have.
func IsPicture(shape graph.Shape) bool {
	return len(shape) == 3 && (shape[0] == 1 || shape[0] == 3) && min(shape[1], shape[2]) >= 1 &&
		max(shape[1], shape[2]) <= MaxSide
}
