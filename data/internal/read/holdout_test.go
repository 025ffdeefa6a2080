package read

import (
	"slices"
	"testing"
)

func TestHoldOut(t *testing.T) {
	classes := make([]int64, 100)
	for i := range classes {
		classes[i] = int64(min(i%10, 3)) // 10, 10, 10 and 70 of a hundred
	}
	train, test := HoldOut(100, classes, .2, 5)
	count := map[int64]int{}
	for _, i := range test {
		count[classes[i]]++
	}
	if len(train) != 80 || len(test) != 20 || count[0] != 2 || count[1] != 2 || count[2] != 2 || count[3] != 14 {
		t.Errorf("%d and %d, by class %v", len(train), len(test), count)
	}
	if all := append(slices.Clone(train), test...); len(all) == 100 {
		if slices.Sort(all); len(slices.Compact(all)) != 100 {
			t.Error("an example is in both parts")
		}
	}
	if _, again := HoldOut(100, classes, .2, 5); !slices.Equal(again, test) {
		t.Error("the same seed gives another part")
	}
	if _, other := HoldOut(100, classes, .2, 6); slices.Equal(other, test) {
		t.Error("another seed gives the same part")
	}
	for _, c := range []struct {
		n     int
		share float64
		want  int
	}{{2, .01, 1}, {2, .99, 1}, {3, .5, 2}, {10, .25, 3}, {1000, .001, 1}} {
		if train, test := HoldOut(c.n, nil, c.share, 0); len(test) != c.want || len(train) != c.n-c.want {
			t.Errorf("%v of %d: %d and %d", c.share, c.n, len(train), len(test))
		}
	}
}
