// This file holds the columns of a grid, as numbers and names.

package grid

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
)

// The limits of a table, which are checked before memory is taken.
const (
	MaxBytes      = 64 << 20 // bytes of a file
	MaxColumns    = 1 << 16
	MaxCategories = 100 // names of a column, each of which becomes a column of X
	MaxClasses    = 1000
)

// A Column is one column of a table in memory.
type Column struct {
	Name    string
	At      int       // in the grid
	Numbers []float64 // of each row, NaN where it is missing; nil of a column of names
	Names   []string  // the different names; nil of a column of numbers
	Order   []string  // of a column of numbers that are the places of names, these names
	Codes   []int64   // of each row the place of its name, -1 where it is missing
}

// Feature reads column i: as the places of its names if they have an order.
func (g *Grid) Feature(i int, named bool, order []string) (*Column, error) {
	if order == nil {
		return g.column(i, named, MaxCategories)
	}
	c := &Column{Name: g.Name(i), At: i, Numbers: make([]float64, len(g.Rows)), Order: order}
	for r, row := range g.Rows {
		k := slices.Index(order, row[i])
		if k < 0 && !Missing(row[i]) {
			return nil, g.Damaged(r, i, "%q is none of the names in its order, %s", row[i], strings.Join(order, ", "))
		}
		if c.Numbers[r] = float64(k); k < 0 {
			c.Numbers[r] = math.NaN()
		}
	}
	return c, nil
}

// Target reads the column to predict, which lacks no value.
func (g *Grid) Target(at int, classes bool) (*Column, error) {
	for i, row := range g.Rows {
		if Missing(row[at]) {
			return nil, g.Damaged(i, at, "the target is missing (got %q)", row[at])
		}
	}
	c, err := g.column(at, classes, MaxClasses)
	if err == nil && len(c.Names) == 1 {
		return nil, read.Damage(fmt.Sprintf("%s: %s: all rows are of one class, %s", g.File, g.Place(at), c.Names[0]))
	}
	return c, err
}

// column reads column i: as names if it is said to be one or holds no more numbers than other words.
func (g *Grid) column(i int, named bool, most int) (*Column, error) {
	numbers, words, first := 0, 0, 0
	for r, row := range g.Rows {
		switch {
		case Missing(row[i]):
		case g.IsNumber(row[i]):
			numbers++
		default:
			if words++; words == 1 {
				first = r
			}
		}
	}
	switch {
	case numbers+words == 0:
		return nil, read.Damage(fmt.Sprintf("%s: %s: no row has a value; leave it out (Ignore)", g.File, g.Place(i)))
	case named || words >= numbers:
		return g.categories(i, most)
	case words > 0:
		return nil, g.Damaged(first, i, "%q is no number, but %d others of the column are", g.Rows[first][i], numbers)
	}
	c := &Column{Name: g.Name(i), At: i, Numbers: make([]float64, len(g.Rows))}
	for r, row := range g.Rows {
		if c.Numbers[r], _ = g.Number(row[i]); Missing(row[i]) {
			c.Numbers[r] = math.NaN()
		}
	}
	return c, nil
}

// categories reads column i as names, in the order of their numbers if they are such, else of their letters.
func (g *Grid) categories(i, most int) (*Column, error) {
	c := &Column{Name: g.Name(i), At: i, Codes: make([]int64, len(g.Rows))}
	place := map[string]int64{}
	for _, row := range g.Rows {
		if _, ok := place[row[i]]; !ok && !Missing(row[i]) {
			place[row[i]] = 0
			c.Names = append(c.Names, row[i])
		}
	}
	if len(c.Names) > most {
		return nil, read.Damage(fmt.Sprintf("%s: %s: too many names (got %d different ones in %d rows, want "+
			"at most %d)", g.File, g.Place(i), len(c.Names), len(g.Rows), most))
	}
	slices.SortFunc(c.Names, g.compare)
	for k, name := range c.Names {
		place[name] = int64(k)
	}
	for r, row := range g.Rows {
		c.Codes[r] = -1
		if k, ok := place[row[i]]; ok {
			c.Codes[r] = k
		}
	}
	return c, nil
}

// compare orders numbers by value and before words, which it orders by their letters.
func (g *Grid) compare(a, b string) int {
	x, isX := g.Number(a)
	y, isY := g.Number(b)
	switch {
	case isX && isY && x != y:
		return cmp.Compare(x, y)
	case isX != isY && isX:
		return -1
	case isX != isY:
		return 1
	}
	return strings.Compare(a, b)
}

// Header appends the names of the features that the column becomes.
func (c *Column) Header(features []string, named []bool) ([]string, []bool) {
	if c.Names == nil {
		return append(features, c.Name), append(named, false)
	}
	for _, name := range c.Names {
		features, named = append(features, c.Name+"="+name), append(named, true)
	}
	return features, named
}

// Targets returns the labels of the rows (N), or the numbers (N, 1).
func (c *Column) Targets(rows []int) graph.Tensor {
	if c.Codes != nil {
		labels := make([]int64, len(rows))
		for i, r := range rows {
			labels[i] = c.Codes[r]
		}
		return graph.FromInt64(labels, len(labels))
	}
	y := make([]float32, len(rows))
	for i, r := range rows {
		y[i] = float32(c.Numbers[r])
	}
	return graph.FromFloat32(y, len(y), 1)
}

// Put writes the rows of a column into x, whose rows have so many numbers, and fill where a value is missing.
func (c *Column) Put(fill float64, rows []int, x []float32, width int) {
	for i, r := range rows {
		switch {
		case c.Codes == nil && math.IsNaN(c.Numbers[r]):
			x[i*width] = float32(fill)
		case c.Codes == nil:
			x[i*width] = float32(c.Numbers[r])
		case c.Codes[r] >= 0:
			x[i*width+int(c.Codes[r])] = 1
		case fill >= 0:
			x[i*width+int(fill)] = 1
		}
	}
}

// LinesOf are the lines of the file on which rows begin, in rising order and each once.
func (g *Grid) LinesOf(rows []int) []int {
	lines := make([]int, len(rows))
	for i, r := range rows {
		lines[i] = g.Lines[r]
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// Lacking are those of the rows that have no value of the column.
func (c *Column) Lacking(rows []int) (all []int) {
	for _, r := range rows {
		if c.Lacks(r) {
			all = append(all, r)
		}
	}
	return all
}

// Lacks reports whether a row has no value of the column.
func (c *Column) Lacks(r int) bool {
	if c.Codes != nil {
		return c.Codes[r] < 0
	}
	return math.IsNaN(c.Numbers[r])
}

// Shown is a value of the column, in words: a number, or the place of a name.
func (c *Column) Shown(value float64) string {
	switch {
	case c.Codes == nil:
		return strconv.FormatFloat(value, 'g', 6, 64)
	case value < 0:
		return "none of its names"
	}
	return c.Names[int(value)]
}

// Key appends what tells the value of row r from others: all that are missing are one, and so are 0 and -0.
func (c *Column) Key(b []byte, r int) []byte {
	if c.Codes != nil {
		return binary.LittleEndian.AppendUint64(b, uint64(c.Codes[r]))
	}
	v := c.Numbers[r] + 0
	if v != v {
		v = math.NaN()
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}
