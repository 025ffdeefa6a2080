package corpus

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestLanguages: the built-in names are what their comment says, the same by their seed, and no name stands twice.
func TestLanguages(t *testing.T) {
	l := Languages(0)
	if len(l.Train) != 4000 || len(l.Test) != 1000 || l.Name != "languages" || len(l.Classes) != 8 ||
		l.Words.Len() > 30 {
		t.Errorf("%s: %d and %d names of %v and of %d characters", l.Name, len(l.Train), len(l.Test), l.Classes,
			l.Words.Len())
	}
	seen, counts, longest := map[string]bool{}, make([]int, 8), 0
	for _, s := range append(slices.Clone(l.Train), l.Test...) {
		if seen[s.Text] || strings.Trim(s.Text, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%q stands twice, or is not written out", s.Text)
		}
		seen[s.Text] = true
		counts[s.Label]++
		longest = max(longest, len(s.Text))
	}
	for k, n := range counts {
		if want := 50 * tongues[k].share; math.Abs(float64(n-want)) > .2*float64(want) {
			t.Errorf("there are %d names of %s, want about %d", n, l.Classes[k], want)
		}
	}
	if longest > 16 {
		t.Errorf("a name has %d letters", longest)
	}
	if !reflect.DeepEqual(l, Languages(0)) || reflect.DeepEqual(l.Train, Languages(1).Train) {
		t.Error("the names are no function of the seed")
	}
}

// TestLanguagesAreHard: guesses are right as often as the comment says.
func TestLanguagesAreHard(t *testing.T) {
	l := Languages(0)
	for _, c := range []struct {
		name  string
		guess func(name string) int
		want  float64
	}{
		{"always the first", func(string) int { return 0 }, .24},
		{"counts of letters", bayes(l, 1), .61},
		{"counts of pairs of neighbours", bayes(l, 2), .79},
		{"who knows the grammars", knows(l), .85},
	} {
		t.Run(c.name, func(t *testing.T) {
			right := 0.
			for _, s := range l.Test {
				if int64(c.guess(s.Text)) == s.Label {
					right++
				}
			}
			if got := right / float64(len(l.Test)); math.Abs(got-c.want) > .005 {
				t.Errorf("%.3f are right, want %.2f", got, c.want)
			}
		})
	}
}

// bayes guesses by the counts of runs of n letters, with the begin and the end of a name, each for itself, by
// Laplace's rule.
func bayes(l Labelled, n int) func(name string) int {
	runs := func(name string) (list []string) {
		name = strings.Repeat("^", n-1) + name + "$"
		for i := range len(name) - n + 1 {
			list = append(list, name[i:i+n])
		}
		return list
	}
	names, sums := make([]float64, len(l.Classes)), make([]float64, len(l.Classes))
	counts, kinds := make([]map[string]float64, len(l.Classes)), map[string]bool{}
	for k := range counts {
		counts[k] = map[string]float64{}
	}
	for _, s := range l.Train {
		names[s.Label]++
		for _, r := range runs(s.Text) {
			counts[s.Label][r]++
			sums[s.Label]++
			kinds[r] = true
		}
	}
	return func(name string) int {
		return best(len(names), func(k int) float64 {
			sum := math.Log(names[k])
			for _, r := range runs(name) {
				sum += math.Log((counts[k][r] + 1) / (sums[k] + float64(len(kinds))))
			}
			return sum
		})
	}
}

// knows guesses by the probabilities with which the grammars write a name.
func knows(l Labelled) func(name string) int {
	return func(name string) int {
		return best(len(tongues), func(k int) float64 {
			return float64(tongues[k].share) * written(tongues[k].grammar, "$name", name)
		})
	}
}

// written is the probability that a way of a grammar, symbols that each begin with a dollar, becomes the text. Of the
// ways i = 0 … n-1 to write a symbol each is chosen with (2(n-i)-1)/n², see proseWriter.below.
func written(grammar map[string][]string, way, text string) (p float64) {
	if !strings.HasPrefix(way, "$") {
		way, ok := strings.CutPrefix(text, way)
		if ok && way == "" {
			return 1
		}
		return 0
	}
	symbol, rest, more := strings.Cut(way[1:], "$")
	ways := grammar[symbol]
	for i, w := range ways {
		chosen := float64(2*(len(ways)-i)-1) / float64(len(ways)*len(ways))
		switch {
		case strings.HasPrefix(w, "$"):
			p += chosen * written(grammar, w, text)
		case !more && w == text:
			p += chosen
		case more && strings.HasPrefix(text, w):
			p += chosen * written(grammar, "$"+rest, text[len(w):])
		}
	}
	return p
}

// best is the first of n with the largest score.
func best(n int, score func(k int) float64) (at int) {
	for k := range n {
		if score(k) > score(at) {
			at = k
		}
	}
	return at
}

func ExampleLanguages() {
	names := Languages(0)
	for _, s := range names.Train[:4] {
		fmt.Println(names.Classes[s.Label]+":", s.Text)
	}
	// Output:
	// Elvan: sulaanen
	// Fennic: anoas
	// Elvan: pakkannen
	// Bendish: hansel
}
