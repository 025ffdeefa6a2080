// This file holds the cleaning of tables: values that are missing, rows that come twice, values far from all others.

package table

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/internal/near"
)

// Missing is the rule for values of features that are missing in a table. Whatever is put there is learnt from the
// rows of the training part alone.
type Missing int

// The rules for what is missing.
const (
	MissingError    Missing = iota // a value that is missing is an error
	MissingMean                    // the mean of a column of numbers, the most frequent name of one of names
	MissingMedian                  // the median of numbers, the most frequent name
	MissingFrequent                // the most frequent number or name; of several the least
	MissingConstant                // Options.Constant of numbers; in a column of names none of them
	MissingDrop                    // rows that lack a value are left out
)

// missingNames are the rules in words.
var missingNames = []string{"error", "mean", "median", "frequent", "constant", "drop"}

// String is the rule in a word: "mean".
func (m Missing) String() string {
	if m < 0 || int(m) >= len(missingNames) {
		return fmt.Sprintf("Missing(%d)", int(m))
	}
	return missingNames[m]
}

// fills reports a rule by which values are put where some are missing.
func (m Missing) fills() bool { return m != MissingError && m != MissingDrop }

// MarshalText writes the word. It is an error if there is no such rule.
func (m Missing) MarshalText() ([]byte, error) {
	if m < 0 || int(m) >= len(missingNames) {
		return nil, fmt.Errorf("there is no rule %v for what is missing", m)
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads a word as [ParseMissing] does.
func (m *Missing) UnmarshalText(word []byte) (err error) {
	*m, err = ParseMissing(string(word))
	return err
}

// MissingRules lists the rules in words, as [ParseMissing] takes them.
func MissingRules() []string { return slices.Clone(missingNames) }

// ParseMissing returns the rule of a word. The error says which are known, nearest first.
func ParseMissing(word string) (Missing, error) {
	if i := slices.Index(missingNames, word); i >= 0 {
		return Missing(i), nil
	}
	return 0, fmt.Errorf("unknown rule %q for what is missing; known are %s", word,
		strings.Join(near.Sort(word, missingNames), ", "))
}

// A Report lists what was done to the rows of a file, so that nothing changes unseen.
type Report []Change

// Change is one thing that was done to rows: values were put into a column, or rows were left out.
type Change struct {
	What   string // "missing", "duplicate" or "outlier"
	Column string // "" where whole rows are compared
	Lines  []int  // of the file, on which these rows begin
	Put    string // what stands there now; "" if the rows were left out
}

// mostLines is how many lines a text of a change lists.
const mostLines = 5

// String is a sentence: "column 6: 16 missing values are 3.54463 (lines 24, 41, 140, 146, 159, …)".
func (c Change) String() string {
	where := ""
	if c.Column != "" {
		where = c.Column + ": "
	}
	shown, rest := c.Lines, ""
	if len(shown) > mostLines {
		shown, rest = shown[:mostLines], ", …"
	}
	lines := strings.Trim(strings.ReplaceAll(fmt.Sprint(shown), " ", ", "), "[]") + rest
	noun, verb, plural := "row", "left out", "s"
	if c.Put != "" {
		noun, verb = "value", c.Put
	}
	if len(c.Lines) == 1 {
		return fmt.Sprintf("%s1 %s %s is %s (line %s)", where, c.What, noun, verb, lines)
	}
	return fmt.Sprintf("%s%d %s %s%s are %s (lines %s)", where, len(c.Lines), c.What, noun, plural, verb, lines)
}

// String has a line for each change.
func (r Report) String() string {
	lines := make([]string, len(r))
	for i, c := range r {
		lines[i] = c.String()
	}
	return strings.Join(lines, "\n")
}

// check reports options that make no sense.
func (o Options) check(path string) error {
	switch {
	case o.Missing < 0 || int(o.Missing) >= len(missingNames):
		return fmt.Errorf("%s: there is no rule %v for what is missing; known are %s", path, o.Missing,
			strings.Join(missingNames, ", "))
	case math.IsNaN(o.Constant) || math.Abs(o.Constant) > math.MaxFloat32:
		return fmt.Errorf("%s: the constant for what is missing is %v, want a number that float32 holds", path,
			o.Constant)
	case o.Constant != 0 && o.Missing != MissingConstant:
		return fmt.Errorf("%s: there is a constant, %v, for what is missing, but the rule is %v", path, o.Constant,
			o.Missing)
	}
	return nil
}

// complete is the error of the first value that is missing.
func (f Frame) complete() error {
	for _, c := range f.features {
		if lacking := c.Lacking(f.rows); len(lacking) > 0 {
			r := lacking[0]
			return f.grid.Damaged(r, c.At, "the value is missing (got %q); there are rules for it (Missing)",
				f.grid.Rows[r][c.At])
		}
	}
	return nil
}

// dropMissing leaves out the rows that lack a value.
func (f Frame) dropMissing() (Frame, error) {
	f = f.dropped()
	if len(f.rows) < 2 {
		return Frame{}, read.Damage(fmt.Sprintf("%s: too few rows lack no value (got %d of %d, want at least 2)",
			f.grid.File, len(f.rows), len(f.grid.Rows)))
	}
	return f, f.oneClass()
}

// dropped is the frame without the rows that lack a value, of which none may be left.
func (f Frame) dropped() Frame {
	dropped := map[int]bool{}
	for _, c := range f.features {
		lacking := c.Lacking(f.rows)
		if len(lacking) == 0 {
			continue
		}
		f.Changes = append(f.Changes, Change{What: "missing", Column: c.Name, Lines: f.grid.LinesOf(lacking)})
		for _, r := range lacking {
			dropped[r] = true
		}
	}
	f.rows = slices.DeleteFunc(f.rows, func(r int) bool { return dropped[r] })
	return f
}

// oneClass is the error of rows that are all of one class.
func (f Frame) oneClass() error {
	labels := f.Labels()
	if labels == nil || slices.Min(labels) != slices.Max(labels) {
		return nil
	}
	return read.Damage(fmt.Sprintf("%s: %s: all rows that are left are of one class, %s", f.grid.File,
		f.grid.Place(f.target.At), f.Classes[labels[0]]))
}

// filling is what stands where a column lacks a value, by what the rows have that are learnt from: a number, or the
// place of a name, -1 for none of them.
func (f Frame) filling(c *grid.Column, learn []int) (float64, error) {
	var numbers, codes []float64
	for _, r := range learn {
		switch {
		case c.Lacks(r):
		case c.Codes != nil:
			codes = append(codes, float64(c.Codes[r]))
		default:
			numbers = append(numbers, c.Numbers[r])
		}
	}
	switch {
	case f.missing == MissingConstant && c.Codes != nil:
		return -1, nil
	case f.missing == MissingConstant:
		return f.constant, nil
	case len(numbers)+len(codes) == 0:
		return 0, read.Damage(fmt.Sprintf("%s: %s: no row of the training part has a value; leave it out (Ignore)",
			f.grid.File, f.grid.Place(c.At)))
	case c.Codes != nil:
		return mostFrequent(codes), nil
	case f.missing == MissingMedian:
		slices.Sort(numbers)
		return quantile(numbers, .5), nil
	case f.missing == MissingFrequent:
		return mostFrequent(numbers), nil
	}
	sum := 0.
	for _, v := range numbers {
		sum += v
	}
	return sum / float64(len(numbers)), nil
}

// mostFrequent is the least of the values that come most often.
func mostFrequent[T cmp.Ordered](values []T) (best T) {
	slices.Sort(values)
	most := 0
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n] == values[0] {
			n++
		}
		if n > most {
			best, most = values[0], n
		}
		values = values[n:]
	}
	return best
}

// quantile is the value below which a share q of sorted numbers lies, on the straight line between the two nearest, as
// numpy's.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// Distinct returns the frame without the rows that are equal, in all features and the target, to one before them.
// Changes tells which. A row that is learnt from and tested with makes a test look better than it is.
func (f Frame) Distinct() Frame {
	seen := map[string]bool{}
	var kept, again []int
	for _, r := range f.rows {
		key := string(f.target.Key(nil, r))
		for _, c := range f.features {
			key += string(c.Key(nil, r))
		}
		if seen[key] {
			again = append(again, r)
		} else {
			kept = append(kept, r)
		}
		seen[key] = true
	}
	if len(again) > 0 {
		f.Changes = append(slices.Clone(f.Changes), Change{What: "duplicate", Lines: f.grid.LinesOf(again)})
		f.rows = kept
	}
	return f
}

// Outliers says when a number is far from the others of its column. A number is an outlier if one of the two rules
// that are given says so:
//
//	IQR      x < Q1 - IQR·(Q3 - Q1) or x > Q3 + IQR·(Q3 - Q1), with the quartiles Q1, Q3; 1.5 is usual (Tukey 1977)
//	ZScore   |x - mean| > ZScore·deviation, with the deviation of the whole; 3 is usual
//
// A rule of 0 is not looked at.
type Outliers struct{ IQR, ZScore float64 }

func (o Outliers) check() error {
	for _, v := range []float64{o.IQR, o.ZScore} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("outliers: the rules are IQR %v and ZScore %v, want numbers of 0 or more", o.IQR,
				o.ZScore)
		}
	}
	if o == (Outliers{}) {
		return fmt.Errorf("outliers: there is no rule; give IQR, usually 1.5, or ZScore, usually 3")
	}
	return nil
}

// Inliers are those of the rows that have no outlier among their features that are numbers, and a report of the rest.
// The rules see these rows alone. Look at the rows of a training part: a test without its hard rows shows what is not.
func (f Frame) Inliers(rows []int, o Outliers) (kept []int, report Report, err error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	of, err := f.at("to look at", rows)
	if err != nil {
		return nil, nil, err
	}
	out := map[int]bool{}
	for _, c := range f.features {
		if c.Codes != nil {
			continue
		}
		if odd := far(c, of, o); len(odd) > 0 {
			report = append(report, Change{What: "outlier", Column: c.Name, Lines: f.grid.LinesOf(odd)})
			for _, r := range odd {
				out[r] = true
			}
		}
	}
	for i, p := range rows {
		if !out[of[i]] {
			kept = append(kept, p)
		}
	}
	return kept, report, nil
}

// far are those of the rows whose number is an outlier.
func far(c *grid.Column, rows []int, o Outliers) (all []int) {
	var sorted []float64
	for _, r := range rows {
		if !c.Lacks(r) {
			sorted = append(sorted, c.Numbers[r])
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	slices.Sort(sorted)
	low, high := math.Inf(-1), math.Inf(1)
	if o.IQR > 0 {
		q1, q3 := quantile(sorted, .25), quantile(sorted, .75)
		low, high = q1-o.IQR*(q3-q1), q3+o.IQR*(q3-q1)
	}
	if o.ZScore > 0 {
		mean, deviation := moments(sorted, 0, 1)
		low, high = max(low, mean-o.ZScore*deviation), min(high, mean+o.ZScore*deviation)
	}
	for _, r := range rows {
		if v := c.Numbers[r]; v < low || v > high {
			all = append(all, r)
		}
	}
	return all
}
