package corpus

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
)

// TestReviews: the built-in reviews are what their comment says, the same by their seed, and no text stands twice.
func TestReviews(t *testing.T) {
	l := Reviews(0)
	if len(l.Train) != 4000 || len(l.Test) != 1000 || l.Name != "reviews" || l.Words.Len() > 200 {
		t.Errorf("%s: %d and %d reviews of %d words", l.Name, len(l.Train), len(l.Test), l.Words.Len())
	}
	seen, longest, counts := map[string]bool{}, 0, [2]int{}
	for _, s := range append(slices.Clone(l.Train), l.Test...) {
		if seen[s.Text] || strings.ContainsAny(s.Text, "$ABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
			strings.Contains(s.Text, "  ") {
			t.Fatalf("%q stands twice, or is not written out", s.Text)
		}
		seen[s.Text] = true
		counts[s.Label]++
		longest = max(longest, len(strings.Fields(s.Text)))
	}
	if counts != [2]int{2500, 2500} || longest > 45 {
		t.Errorf("%v of each class, up to %d words", counts, longest)
	}
	if !reflect.DeepEqual(l, Reviews(0)) || reflect.DeepEqual(l.Train, Reviews(1).Train) {
		t.Error("the reviews are no function of the seed")
	}
	if _, test := l.Sequences(); slices.ContainsFunc(test.X,
		func(x []int64) bool { return slices.Contains(x, data.Unknown) }) {
		t.Error("a word of the test part is unknown")
	}
	for symbol, ways := range reviewGrammar {
		for _, way := range ways {
			for i, part := range strings.Split(way, "$") {
				if name := strings.FieldsFunc(part+" ", func(r rune) bool { return r < 'a' || r > 'z' }); i > 0 &&
					reviewGrammar[name[0]] == nil {
					t.Errorf("%s: %q names an unknown symbol", symbol, way)
				}
			}
		}
	}
}

// TestReviewsAreHard: words without their order are not enough, pairs of neighbours tell more, and reading tells all.
func TestReviewsAreHard(t *testing.T) {
	l := Reviews(0)
	if got := linear(l, 1); math.Abs(got-.69) > .02 || got > .85 {
		t.Errorf("by words %.3f are right", got)
	}
	if got := linear(l, 2); math.Abs(got-.75) > .02 {
		t.Errorf("by words and pairs of them %.3f are right", got)
	}
	n := 0
	for _, s := range l.Test {
		if reads(s.Text) == (s.Label == 1) {
			n++
		}
	}
	if n != len(l.Test) {
		t.Errorf("who reads has %d of %d right", n, len(l.Test))
	}
}

// linear is the share of the test part that logistic regression has right, of the counts of runs of up to n words.
func linear(l Labelled, n int) float64 {
	features := func(text string) (list []string) {
		words := strings.Fields(text)
		for i := range words {
			for k := 1; k <= n && i+k <= len(words); k++ {
				list = append(list, strings.Join(words[i:i+k], " "))
			}
		}
		return list
	}
	w, bias := map[string]float64{}, 0.
	score := func(list []string) float64 {
		sum := bias
		for _, f := range list {
			sum += w[f]
		}
		return sum
	}
	for epoch := range 20 {
		for _, s := range l.Train {
			list := features(s.Text)
			step := .1 / float64(epoch+1) * (float64(s.Label) - 1/(1+math.Exp(-score(list))))
			bias += step
			for _, f := range list {
				w[f] += step
			}
		}
	}
	right := 0.
	for _, s := range l.Test {
		if (score(features(s.Text)) > 0) == (s.Label == 1) {
			right++
		}
	}
	return right / float64(len(l.Test))
}

// reads reports whether a review praises: it leaves the remark out, and turns what is denied.
func reads(text string) bool {
	for _, mark := range []string{" , but ", " , yet "} {
		if _, verdict, ok := strings.Cut(text, mark); ok {
			text = verdict
		}
	}
	for _, mark := range []string{"although ", "even if "} {
		before, remark, ok := strings.Cut(text, mark)
		switch {
		case ok && (says(before, "praising") || says(before, "blaming")):
			text = before
		case ok:
			_, text, _ = strings.Cut(remark, " , ")
		}
	}
	good := says(text, "praising")
	for _, denial := range []string{" not ", " never ", "nobody ", " nothing ", " far from "} {
		if strings.Contains(" "+text, denial) {
			return !good
		}
	}
	return good
}

func says(text, symbol string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(w string) bool {
		return slices.Contains(reviewGrammar[symbol], w)
	})
}

func ExampleReviews() {
	reviews := Reviews(0)
	for _, s := range reviews.Train[:4] {
		fmt.Println(reviews.Classes[s.Label]+":", s.Text)
	}
	// Output:
	// neg: i find the hero weak .
	// pos: to me , although the pace is not gripping , the ending is charming .
	// neg: i saw this film with my family . nobody could call the lead dreary , but it has a bad story .
	// pos: the cast is witty .
}
