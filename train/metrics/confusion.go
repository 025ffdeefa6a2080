// This file holds the confusion matrix, and what is computed of it.

package metrics

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/width"
)

// Confusion is a confusion matrix: Counts[t][p] is how many examples of class t were taken for class p.
type Confusion struct {
	Counts [][]int
	Names  []string // of the classes, for texts; their numbers without it
}

// Confuse counts what was predicted for examples whose truth is known, for so many classes. It is an error if there
// are no examples, if the lists differ in length, or if a number is no class.
func Confuse(truth, predicted []int64, classes int) (*Confusion, error) {
	if classes < 1 || classes > maxClasses {
		return nil, fmt.Errorf("confusion: there are %d classes, want 1 to %d", classes, maxClasses)
	}
	if err := sameLength("confusion", "predictions", len(truth), len(predicted)); err != nil {
		return nil, err
	}
	c := &Confusion{Counts: make([][]int, classes)}
	for t := range c.Counts {
		c.Counts[t] = make([]int, classes)
	}
	for i, t := range truth {
		p := predicted[i]
		if !isClass(t, classes) || !isClass(p, classes) {
			return nil, fmt.Errorf("confusion: example %d is of class %d and was taken for %d, but there are %d "+
				"classes (0…%d)", i, t, p, classes, classes-1)
		}
		c.Counts[t][p]++
	}
	return c, nil
}

// maxClasses keeps a matrix below half a gigabyte.
const maxClasses = 1 << 13

func isClass(k int64, classes int) bool { return k >= 0 && k < int64(classes) }

// sameLength is the error of a list that has not the length of the truth, or of no examples.
func sameLength(metric, what string, truth, other int) error {
	switch {
	case truth == 0 && other == 0:
		return fmt.Errorf("%s: there are no examples", metric)
	case truth != other:
		return fmt.Errorf("%s: the truth has %d examples and there are %d %s", metric, truth, other, what)
	}
	return nil
}

// Add adds the counts of another matrix, such as that of another fold. It is an error if it has not the same classes.
func (c *Confusion) Add(other *Confusion) error {
	if err := errors.Join(c.Check(), other.Check()); err != nil {
		return err
	}
	if len(c.Counts) != len(other.Counts) {
		return fmt.Errorf("confusion: there are %d classes, and %d in the matrix to add", len(c.Counts),
			len(other.Counts))
	}
	for t, row := range other.Counts {
		for p, n := range row {
			c.Counts[t][p] += n
		}
	}
	return nil
}

// Check is the error of a matrix that is none: without classes, without as many columns as rows, or with a count below
// 0. The figures of such a matrix are those of no examples.
func (c *Confusion) Check() error {
	if c == nil || len(c.Counts) == 0 {
		return errors.New("confusion: the matrix has no classes")
	}
	for t, row := range c.Counts {
		if len(row) != len(c.Counts) {
			return fmt.Errorf("confusion: row %d has %d counts, want one for each of %d classes", t, len(row),
				len(c.Counts))
		}
		for p, n := range row {
			if n < 0 {
				return fmt.Errorf("confusion: the count in row %d, column %d is %d, want 0 or more", t, p, n)
			}
		}
	}
	return nil
}

// sums are how many examples there are of each class, how many were taken for each, how many of these were right, and
// how many there are in all. A matrix that is none has none.
func (c *Confusion) sums() (truth, predicted, right []float64, all float64) {
	if c.Check() != nil {
		return nil, nil, nil, 0
	}
	k := len(c.Counts)
	truth, predicted, right = make([]float64, k), make([]float64, k), make([]float64, k)
	for t, row := range c.Counts {
		right[t] = float64(row[t])
		for p, n := range row {
			truth[t] += float64(n)
			predicted[p] += float64(n)
			all += float64(n)
		}
	}
	return truth, predicted, right, all
}

// Accuracy is the share of examples that were taken for what they are; NaN without examples.
func (c *Confusion) Accuracy() float64 {
	_, _, right, all := c.sums()
	return sum(right) / all
}

// Accuracy is the share of examples whose prediction is the truth. It is an error if there are no examples, or if the
// lists differ in length.
func Accuracy(truth, predicted []int64) (float64, error) {
	if err := sameLength("accuracy", "predictions", len(truth), len(predicted)); err != nil {
		return 0, err
	}
	right := 0
	for i, t := range truth {
		if t == predicted[i] {
			right++
		}
	}
	return float64(right) / float64(len(truth)), nil
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// Scores are what is said of one class against all others, or a mean of them.
type Scores struct {
	Precision float64 // of what was taken for the class, the share that is of it
	Recall    float64 // of what is of the class, the share that was taken for it
	F1        float64 // 2·Precision·Recall/(Precision + Recall)
	Support   int     // examples of the class
}

// scoresOf are the scores by counts. What is divided by 0 is 0, as scikit-learn's zero_division=0: a class that was
// never predicted has precision 0, one without examples recall 0, one with neither has F1 0.
func scoresOf(right, truth, predicted float64) Scores {
	share := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	return Scores{share(right, predicted), share(right, truth), share(2*right, truth+predicted), int(truth)}
}

// Classes returns the scores of each class. Where nothing was predicted as a class, or nothing is of it, what would be
// divided by 0 is 0.
func (c *Confusion) Classes() []Scores {
	truth, predicted, right, _ := c.sums()
	all := make([]Scores, len(truth))
	for k := range all {
		all[k] = scoresOf(right[k], truth[k], predicted[k])
	}
	return all
}

// Averaging is a way to make one number of those of all classes.
type Averaging int

const (
	Macro    Averaging = iota // the mean over classes: each counts the same, however rare
	Micro                     // of the counts of all classes together; here all three are the accuracy
	Weighted                  // the mean by the number of examples of each class
)

var averagings = []string{"macro", "micro", "weighted"}

// String is the word for it: "macro".
func (a Averaging) String() string {
	if a < 0 || int(a) >= len(averagings) {
		return fmt.Sprintf("Averaging(%d)", int(a))
	}
	return averagings[a]
}

// Average returns the mean of the scores of all classes. A class that neither is nor was predicted is left out of the
// macro average, as scikit-learn leaves out labels that it does not see; an unknown way gives the zero Scores.
func (c *Confusion) Average(how Averaging) Scores {
	truth, predicted, right, all := c.sums()
	if how == Micro {
		return scoresOf(sum(right), all, all)
	}
	var mean Scores
	weights := 0.
	for k := range truth {
		w := truth[k]
		if how == Macro {
			w = min(truth[k]+predicted[k], 1)
		}
		s := scoresOf(right[k], truth[k], predicted[k])
		mean.Precision += w * s.Precision
		mean.Recall += w * s.Recall
		mean.F1 += w * s.F1
		weights += w
	}
	if weights == 0 || how != Macro && how != Weighted {
		return Scores{}
	}
	return Scores{mean.Precision / weights, mean.Recall / weights, mean.F1 / weights, int(all)}
}

// MCC is Matthews' correlation coefficient, for any number of classes (Gorodkin 2004), from -1 to 1:
//
//	(R·N - Σ t[k]·p[k]) / √((N² - Σ p[k]²)·(N² - Σ t[k]²))        R right of N, t[k] of class k, p[k] taken for it
//
// It is 0 where all are of one class, or all are taken for one.
func (c *Confusion) MCC() float64 {
	truth, predicted, right, all := c.sums()
	both, tt, pp := dot(truth, predicted), dot(truth, truth), dot(predicted, predicted)
	if root := math.Sqrt(all*all-pp) * math.Sqrt(all*all-tt); root > 0 {
		return (sum(right)*all - both) / root
	}
	return 0
}

// Kappa is Cohen's kappa: how much more often truth and prediction agree than two that know nothing of each other and
// have the same shares of classes:
//
//	(a - e) / (1 - e)        a the accuracy, e = Σ t[k]·p[k]/N²
//
// It is NaN where e is 1: all are of one class and taken for it.
func (c *Confusion) Kappa() float64 {
	truth, predicted, right, all := c.sums()
	agreed, chance := sum(right)*all, dot(truth, predicted)
	return (agreed - chance) / (all*all - chance)
}

func dot(a, b []float64) (s float64) {
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// Name is what class k is called: where it has no name, its number.
func (c *Confusion) Name(k int) string {
	if c != nil && k >= 0 && k < len(c.Names) && c.Names[k] != "" {
		return c.Names[k]
	}
	return fmt.Sprint(k)
}

// String draws the matrix, a row for each class and a column for what its examples were taken for:
//
//	truth \ taken for  cat  dog
//	cat                  8    2
//	dog                  1    9
func (c *Confusion) String() string {
	if err := c.Check(); err != nil {
		return err.Error() + "\n"
	}
	rows := [][]string{{`truth \ taken for`}}
	for t, counts := range c.Counts {
		row := []string{c.Name(t)}
		for _, n := range counts {
			row = append(row, fmt.Sprint(n))
		}
		rows[0] = append(rows[0], c.Name(t))
		rows = append(rows, row)
	}
	return aligned(rows)
}

// Report draws the scores of each class, and their averages:
//
//	class     precision  recall      f1  support
//	cat          0.8889  0.8000  0.8421       10
//	dog          0.8182  0.9000  0.8571       10
//	macro        0.8535  0.8500  0.8496       20
//	weighted     0.8535  0.8500  0.8496       20
//	accuracy                     0.8500       20
func (c *Confusion) Report() string {
	if err := c.Check(); err != nil {
		return err.Error() + "\n"
	}
	rows := [][]string{{"class", "precision", "recall", "f1", "support"}}
	for k, s := range c.Classes() {
		rows = append(rows, s.row(c.Name(k)))
	}
	for _, how := range []Averaging{Macro, Weighted} {
		rows = append(rows, c.Average(how).row(how.String()))
	}
	all := c.Average(Micro).row("accuracy")
	all[1], all[2] = "", ""
	return aligned(append(rows, all))
}

func (s Scores) row(name string) []string {
	digits := func(v float64) string { return fmt.Sprintf("%.4f", v) }
	return []string{name, digits(s.Precision), digits(s.Recall), digits(s.F1), fmt.Sprint(s.Support)}
}

// aligned writes rows of cells, the first of each to the left of its column and the others to the right.
func aligned(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for j, cell := range row {
			widths[j] = max(widths[j], places(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for j, cell := range row {
			gap := strings.Repeat(" ", widths[j]-places(cell))
			if j == 0 {
				cell += gap
			} else {
				cell = "  " + gap + cell
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// places are how many columns of a terminal a text takes: two for each Chinese character.
func places(text string) (n int) {
	for _, r := range text {
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
		n++
	}
	return n
}
