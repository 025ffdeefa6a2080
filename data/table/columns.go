// This file holds Columns, which are what is learnt of the columns of a table.

package table

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data/internal/grid"
)

// Columns are how the columns of a table became the features of a model: which they are, what the training rows had
// them standardised by, and what stands for values that are missing. They are kept beside the weights, as JSON, and
// make the same features of other rows, whose columns may stand in another order and may be more:
//
//	t = t.Standardize()
//	columns := t.Columns()                     // and the model learns from t.Train
//	...
//	in, err := columns.ReadInputs("new.csv")   // which need not have the target
//	logits, err := predictor.Predict(in.X)
//
// What reads by them checks them first, since they may come from a file. The zero Columns are none.
type Columns struct {
	Target  string   `json:"target"`            // the name of what is predicted
	Classes []string `json:"classes,omitempty"` // the name of each label; nil of a target that is a number
	Missing Missing  `json:"missing"`           // the rule for values of features that are missing
	List    []Column `json:"columns"`           // those of the features, in their order

	// Unnamed is the number of columns of a file that has no names for them, which are found by their places; 0 where
	// they have names.
	Unnamed  int `json:"unnamed,omitempty"`
	TargetAt int `json:"target_at,omitempty"` // the number of the target from 1, if Unnamed
}

// Column is a column of a table that became one feature, or, if it has Names, one for each of them:
//
//	x = (value - Mean) / Deviation        value is a number, or the place of a name in Order, from 0
//	x[k] = 1 if the value is Names[k], else 0
type Column struct {
	Name      string   `json:"name"`
	At        int      `json:"at,omitempty"` // its number from 1 in a file, if Unnamed
	Names     []string `json:"names,omitempty"`
	Order     []string `json:"order,omitempty"`
	Fill      float64  `json:"fill"` // what stands for a missing value: a number, or a place in Names, -1 for none
	Mean      float64  `json:"mean"`
	Deviation float64  `json:"deviation"`
}

// width is how many features the column became.
func (c Column) width() int { return max(len(c.Names), 1) }

func widthOf(list []Column) (n int) {
	for _, c := range list {
		n += c.width()
	}
	return n
}

// Width is the number of features.
func (c Columns) Width() int { return widthOf(c.List) }

// learn returns the columns as these rows of the grid have them, not standardised.
func (f Frame) learn(rows []int) (Columns, error) {
	c := Columns{Target: f.Target, Classes: f.Classes, Missing: f.missing, Unnamed: f.unnamed}
	if f.unnamed > 0 {
		c.TargetAt = 1 + f.target.At
	}
	for _, col := range f.features {
		one := Column{Name: col.Name, Names: col.Names, Order: col.Order, Deviation: 1}
		if f.unnamed > 0 {
			one.At = 1 + col.At
		}
		if f.missing.fills() {
			var err error
			if one.Fill, err = f.filling(col, rows); err != nil {
				return Columns{}, err
			}
		}
		c.List = append(c.List, one)
	}
	return c, nil
}

// Columns returns how the features of the table came about, with the mean and the deviation of each if the table is
// standardised. Those of a table that is of no file are numbers.
func (t Table) Columns() Columns {
	c := t.learnt
	c.List = slices.Clone(c.List)
	if c.List == nil {
		c.Target, c.Classes = t.Target, t.Classes
		for _, name := range t.Features {
			c.List = append(c.List, Column{Name: name, Deviation: 1})
		}
	}
	at := 0
	for i := range c.List {
		if t.Mean != nil && len(c.List[i].Names) == 0 {
			c.List[i].Mean, c.List[i].Deviation = t.Mean[at], t.Deviation[at]
		}
		at += c.List[i].width()
	}
	return c
}

// Check is the error of columns that no table has, such as those of a damaged file: none at all, one twice, too many
// names or classes, a deviation of 0, a number that no float32 holds, a place beyond all.
func (c Columns) Check() error {
	if err := c.checkTarget(); err != nil {
		return err
	}
	if len(c.List) == 0 || len(c.List) > grid.MaxColumns {
		return fmt.Errorf("there are %d columns, want 1 to %d", len(c.List), grid.MaxColumns)
	}
	names, places := map[string]bool{c.Target: true}, map[int]bool{c.TargetAt: true}
	for i, col := range c.List {
		if err := col.check(); err != nil {
			return fmt.Errorf("column %d (%s): %w", i+1, col.Name, err)
		}
		if names[col.Name] {
			return fmt.Errorf("column %d: the name %q stands twice", i+1, col.Name)
		}
		if !c.placed(col.At) || c.Unnamed > 0 && places[col.At] {
			return fmt.Errorf("column %d (%s): its place is %d of %d", i+1, col.Name, col.At, c.Unnamed)
		}
		names[col.Name], places[col.At] = true, true
	}
	return nil
}

func (c Columns) checkTarget() error {
	switch n := len(c.Classes); {
	case c.Target == "":
		return fmt.Errorf("the target has no name")
	case n == 1 || n > grid.MaxClasses:
		return fmt.Errorf("the target has %d classes, want 2 to %d, or none", n, grid.MaxClasses)
	case c.Unnamed < 0 || c.Unnamed > grid.MaxColumns:
		return fmt.Errorf("there are %d columns without names, want at most %d", c.Unnamed, grid.MaxColumns)
	case !c.placed(c.TargetAt):
		return fmt.Errorf("the target: its place is %d of %d", c.TargetAt, c.Unnamed)
	}
	if _, err := c.Missing.MarshalText(); err != nil {
		return err
	}
	return checkDistinct("the target", c.Classes)
}

// placed reports a place in a file that there is: 0 where columns have names.
func (c Columns) placed(at int) bool {
	return c.Unnamed == 0 && at == 0 || at >= 1 && at <= c.Unnamed
}

func (c Column) check() error {
	fits := func(v float64) bool { return math.Abs(v) <= math.MaxFloat32 } // false for NaN
	switch named := len(c.Names) > 0; {
	case c.Name == "":
		return fmt.Errorf("it has no name")
	case named && len(c.Order) > 0:
		return fmt.Errorf("it has names, and names in an order")
	case len(c.Names) > grid.MaxCategories:
		return fmt.Errorf("it has %d names, want at most %d", len(c.Names), grid.MaxCategories)
	case named && !(c.Fill >= -1 && c.Fill < float64(len(c.Names)) && c.Fill == math.Trunc(c.Fill)):
		return fmt.Errorf("%v stands for a missing name, want a place below %d, or -1", c.Fill, len(c.Names))
	case named && (c.Mean != 0 || c.Deviation != 1):
		return fmt.Errorf("names have the mean %v and the deviation %v, want 0 and 1", c.Mean, c.Deviation)
	case !fits(c.Fill) || !fits(c.Mean) || !fits(c.Deviation) || c.Deviation <= 0:
		return fmt.Errorf("%v stands for a missing number, the mean is %v, the deviation %v, want numbers that "+
			"float32 holds, the last above 0", c.Fill, c.Mean, c.Deviation)
	}
	if err := checkDistinct("it", c.Names); err != nil {
		return err
	}
	return checkDistinct("its order", c.Order)
}

// checkDistinct reports a name that is there twice, or is none.
func checkDistinct(what string, names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] || grid.Missing(name) {
			return fmt.Errorf("%s has %q twice, or as a name", what, name)
		}
		seen[name] = true
	}
	return nil
}
