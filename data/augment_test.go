package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// ramps are n pictures of 2 channels of 3 by 4, of which no two pixels are alike, each labelled by its number.
func ramps(n int) Split {
	const each = 2 * 3 * 4
	x, y := make([]float32, n*each), make([]int64, n)
	for i := range x {
		x[i] = float32(i + 1)
		y[i/each] = int64(i / each)
	}
	return Split{X: graph.FromFloat32(x, n, 2, 3, 4), Y: graph.FromInt64(y, n)}
}

// TestAugmented: each picture of a batch is one of the views that the augmentation allows, each view comes about as
// often as it should, and labels are those of their pictures.
func TestAugmented(t *testing.T) {
	for _, c := range []struct {
		name  string
		a     Augmentation
		views int
	}{
		{"the zero value leaves pictures as they are", Augmentation{}, 1},
		{"mirrored or not", Augmentation{Flip: true}, 2},
		{"shifted by one pixel or not, each way", Augmentation{Pad: 1}, 9},
		{"both", Augmentation{Pad: 1, Flip: true}, 18},
		{"shifted out of sight, at times", Augmentation{Pad: 5}, 121},
	} {
		t.Run(c.name, func(t *testing.T) {
			const epochs = 300
			s := ramps(8)
			seen := map[view]int{}
			for epoch := range epochs {
				for b := range s.Augmented(c.a, 4).Batches(epoch) {
					for i, label := range b[1].I64 {
						v, ok := viewOf(b[0].Rows(i, i+1).F32, s.X.Rows(int(label), int(label)+1).F32, c.a)
						if !ok {
							t.Fatalf("no view of picture %d: %v", label, b[0].Rows(i, i+1))
						}
						seen[v]++
					}
				}
			}
			pictures := 8 * epochs
			for v, n := range seen { // a view with the chance p comes p·n times, give or take √(p·n)
				if mean := float64(pictures) / float64(c.views); c.a.Pad < 2 &&
					(float64(n) < .5*mean || float64(n) > 1.5*mean) {
					t.Errorf("view %+v came %d times of %d, want about %.0f", v, n, pictures, mean)
				}
			}
			if c.a.Pad < 2 && len(seen) != c.views {
				t.Errorf("%d views came, want %d", len(seen), c.views)
			}
		})
	}
}

// flips are the ways to hold a picture, where it may be mirrored or not.
var flips = map[bool][]bool{false: {false}, true: {false, true}}

// viewOf finds the view of src that dst is, pixel by pixel.
func viewOf(dst, src []float32, a Augmentation) (view, bool) {
	for down := -a.Pad; down <= a.Pad; down++ {
		for right := -a.Pad; right <= a.Pad; right++ {
			for _, flip := range flips[a.Flip] {
				v := view{down, right, flip}
				if v.is(dst, src) {
					return v, true
				}
			}
		}
	}
	return view{}, false
}

// is reports whether dst is the view of src.
func (v view) is(dst, src []float32) bool {
	for i, got := range dst {
		if got != v.at(src, i) {
			return false
		}
	}
	return true
}

// at is pixel i of the view of a ramp.
func (v view) at(src []float32, i int) float32 {
	c, y, x := i/12, i/4%3, i%4
	if v.flip {
		x = 3 - x
	}
	if y, x = y+v.down, x+v.right; y < 0 || y >= 3 || x < 0 || x >= 4 {
		return 0
	}
	return src[c*12+y*4+x]
}

// TestAugmentedOrder: the examples come as [Split.Shuffled] gives them, the views are a function of the seed, the
// epoch and the example, and nothing of the split changes.
func TestAugmentedOrder(t *testing.T) {
	a, s := Augmentation{Pad: 2, Flip: true}, ramps(40)
	before := slices.Clone(s.X.F32)
	values := func(src Source, epoch int) (x []float32, y []int64) {
		for b := range src.Batches(epoch) {
			x, y = append(x, b[0].F32...), append(y, b[1].I64...)
		}
		return x, y
	}
	x, y := values(s.Seeded(3).Augmented(a, 16), 2)
	plain, order := values(s.Seeded(3).Shuffled(16), 2)
	if !slices.Equal(y, order) || slices.Equal(x, plain) {
		t.Error("the order is not that of Shuffled, or nothing varies")
	}
	if same, _ := values(s.Seeded(3).Augmented(Augmentation{}, 16), 2); !slices.Equal(same, plain) {
		t.Error("the zero value changes pictures")
	}
	src := s.Seeded(3).Augmented(a, 16)
	values(src, 0)
	if again, _ := values(src, 2); !slices.Equal(again, x) {
		t.Error("an epoch that is run again differs")
	}
	other, _ := values(s.Seeded(4).Augmented(a, 16), 2)
	later, _ := values(src, 3)
	if slices.Equal(other, x) || slices.Equal(later, x) { // negative control
		t.Error("another seed or epoch gives the same pictures")
	}
	if !slices.Equal(s.X.F32, before) {
		t.Error("the pictures of the split have changed")
	}
	for b := range s.Inputs().Augmented(a, 16).Batches(0) {
		if len(b) != 1 {
			t.Errorf("a batch without targets has %d tensors", len(b))
		}
	}
	if n := src.Len(); n != 2 {
		t.Errorf("%d batches, want 2", n)
	}
}

// TestAugmentedMemory: an epoch takes memory for its order and one batch, and none for each further batch.
func TestAugmentedMemory(t *testing.T) {
	epoch := func(n int) float64 {
		src := ramps(n).Augmented(Augmentation{Pad: 1, Flip: true}, 4)
		return testing.AllocsPerRun(5, func() {
			for range src.Batches(1) {
			}
		})
	}
	if few, many := epoch(8), epoch(400); few != many {
		t.Errorf("2 batches take %v allocations, 100 take %v", few, many)
	}
}

func TestAugmentedUsedWrongly(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"inputs that are no pictures", func() { numbered(10).Augmented(Augmentation{}, 2) },
			"data: Augmented of pictures float32 (10, 2), want (N, C, H, W) of float32"},
		{"padding below 0", func() { ramps(4).Augmented(Augmentation{Pad: -1}, 2) },
			"data: Augmented by -1 pixels around a picture, want 0 to 32768"},
		{"batches larger than the split", func() { ramps(4).Augmented(Augmentation{}, 5) },
			"data: Augmented of 5 examples, but there are 4: no batch is whole"},
		{"batches of no examples", func() { ramps(4).Augmented(Augmentation{}, 0) },
			"data: Augmented of 0 examples, want at least 1"},
		{"the zero split", func() { Split{}.Augmented(Augmentation{}, 1) },
			"data: Augmented of 1 examples, but there are 0: no batch is whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, c.want) {
					t.Errorf("got  %q\nwant %s", got, c.want)
				}
			}()
			c.do()
		})
	}
}

// One picture of three pixels, as four epochs show it: mirrored or not.
func ExampleSplit_Augmented() {
	one := Split{X: graph.FromFloat32([]float32{.1, .2, .3}, 1, 1, 1, 3), Y: graph.FromInt64([]int64{7}, 1)}
	source := one.Augmented(Augmentation{Flip: true}, 1)
	for epoch := range 4 {
		for batch := range source.Batches(epoch) {
			fmt.Println(batch[0].F32, batch[1].I64)
		}
	}
	// Output:
	// [0.1 0.2 0.3] [7]
	// [0.3 0.2 0.1] [7]
	// [0.3 0.2 0.1] [7]
	// [0.1 0.2 0.3] [7]
}
