package kinds

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// TestStretches: a stretch begins with its sign, a paragraph ends with its own, and no word is lost but behind the
// last whole stretch.
func TestStretches(t *testing.T) {
	texts := paragraphs("a b c\nd\r\n\r\n\n\ne f\n\n \n\na g")
	words := data.NewWords(texts, data.WordOptions{Split: data.ByWord})
	x, counts := Masked{Length: 4}.stretches(texts, words)
	var lines []string
	symbols := words.Symbols()
	for i := range x.Shape[0] {
		line := ""
		for _, id := range x.Rows(i, i+1).I64 {
			line += symbols[id] + " "
		}
		lines = append(lines, line)
	}
	const want = "[<s> a b c  <s> d </s> e  <s> f </s> a ]"
	if got := fmt.Sprint(lines); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a, _ := words.Encode("a")
	if counts[a[0]] != 2 || counts[data.End] != 3 || counts[data.Begin] != 0 {
		t.Errorf("the counts are %v", counts)
	}
}

// TestUnigram: the figure of words alone, by hand.
func TestUnigram(t *testing.T) {
	score := unigram([]int{9, 9, 9, 9, 3, 1, 0}, 7).Score // words 4, 5 and 6 have 3, 1 and ½ of 4.5
	sum, n := score(graph.Tensor{}, graph.FromInt64([]int64{4, ops.IgnoreIndex, 5, 6}, 4))
	if want := math.Log(4.5/3) + math.Log(4.5) + math.Log(9); n != 3 || math.Abs(sum-want) > 1e-12 {
		t.Errorf("%v of %d words, want %v of 3", sum, n, want)
	}
}
