package corpus

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
)

// TestToyPairs: the built-in pairs are what their comments say, the same by their seeds, and apart by their parts.
func TestToyPairs(t *testing.T) {
	turned := func(s string) string {
		b := []byte(s)
		slices.Reverse(b)
		return string(b)
	}
	sorted := func(s string) string { return string(slices.Sorted(slices.Values([]byte(s)))) }
	sum := func(s string) string {
		var a, b int
		fmt.Sscanf(s, "%d+%d", &a, &b)
		return fmt.Sprint(a + b)
	}
	mirrored := func(p Pair) string {
		a, b, _ := strings.Cut(p.Source, "+")
		return min(a, b) + "+" + max(a, b)
	}
	for _, c := range []struct {
		name           string
		make           func(uint64) Parallel
		train, test    int
		source, target int // symbols with the four special ones
		answer         func(string) string
		key            func(Pair) string
	}{
		{"sums", Sums, 10_000, 1000, 15, 14, sum, mirrored},
		{"reverse", Reverse, 20_000, 1000, 14, 14, turned, func(p Pair) string { return p.Source }},
		{"sort", Sort, 20_000, 1000, 14, 14, sorted, func(p Pair) string { return p.Target }},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := c.make(0)
			if len(set.Train) != c.train || len(set.Test) != c.test || set.Source.Len() != c.source ||
				set.Target.Len() != c.target || set.Name != c.name {
				t.Errorf("%s: %d and %d pairs of %d and %d symbols", set.Name, len(set.Train), len(set.Test),
					set.Source.Len(), set.Target.Len())
			}
			seen := map[string]bool{}
			for _, p := range append(slices.Clone(set.Train), set.Test...) {
				if p.Target != c.answer(p.Source) {
					t.Fatalf("%s becomes %s", p.Source, p.Target)
				}
				if seen[c.key(p)] {
					t.Fatalf("%v stands twice", p)
				}
				seen[c.key(p)] = true
			}
			if !reflect.DeepEqual(set, c.make(0)) || reflect.DeepEqual(set.Test, c.make(1).Test) {
				t.Error("the pairs are no function of the seed")
			}
			if train, _ := set.Sequences(); slices.Contains(train.X[0], data.Unknown) {
				t.Error("a symbol is unknown")
			}
		})
	}
}

// right is the share of the test part that a rule answers right.
func right(set Parallel, rule func(string) string) float64 {
	n := 0.
	for _, p := range set.Test {
		if rule(p.Source) == p.Target {
			n++
		}
	}
	return n / float64(len(set.Test))
}

// TestSumsAreHard: easy rules answer what the comment of Sums says.
func TestSumsAreHard(t *testing.T) {
	set := Sums(0)
	counts, best := map[string]int{}, ""
	for _, p := range set.Train {
		if counts[p.Target]++; counts[p.Target] > counts[best] {
			best = p.Target
		}
	}
	if got := right(set, func(string) string { return best }); math.Abs(got-.003) > .002 {
		t.Errorf("the most frequent result is right for %.4f", got)
	}
	noCarry := func(s string) string {
		var a, b, sum int
		fmt.Sscanf(s, "%d+%d", &a, &b)
		for unit := 1; unit <= 100; unit *= 10 {
			sum += (a/unit%10 + b/unit%10) % 10 * unit
		}
		return fmt.Sprint(sum)
	}
	if got := right(set, noCarry); math.Abs(got-.17) > .02 {
		t.Errorf("without a carry %.3f are right", got)
	}
}

// TestSortIsGuessed: letters spread evenly are right as often as the comment of Sort says.
func TestSortIsGuessed(t *testing.T) {
	n, right := 0., 0.
	for _, p := range Sort(0).Test {
		for i := range len(p.Target) {
			n++
			if p.Target[i] == "abcdefghij"[(2*i+1)*10/(2*len(p.Target))] {
				right++
			}
		}
	}
	if got := right / n; math.Abs(got-3./8) > .03 {
		t.Errorf("%.3f of the letters are right", got)
	}
}

// Sums are pairs of characters to learn arithmetic from.
func ExampleSums() {
	sums := Sums(0)
	train, test := sums.Sequences()
	fmt.Println(train.Len(), test.Len(), sums.Source.Len(), sums.Target.Len())
	fmt.Println(sums.Train[0].Source, "=", sums.Train[0].Target)
	fmt.Println(sums.Source.Decode(train.X[0]), "=", sums.Target.Decode(train.Y[0]))
	// Output:
	// 10000 1000 15 14
	// 155+26 = 181
	// 155+26 = 181
}

func ExampleReverse() {
	pair := Reverse(0).Train[0]
	fmt.Println(pair.Source, pair.Target)
	// Output: aciifchiaccfaie eiafccaihcfiica
}

func ExampleSort() {
	pair := Sort(0).Train[0]
	fmt.Println(pair.Source, pair.Target)
	// Output: bcea abce
}

func ExampleSine() {
	sine := table.Sine(0)
	train, test, err := sine.Windows(30)
	fmt.Println(train.X.Shape, test.X.Shape, err)
	fmt.Printf("persistence %.3f\n", sine.Persistence())
	// Output:
	// (770, 30, 1) (200, 30, 1) <nil>
	// persistence 0.230
}
