package data

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// TestMixShares: λ has the mean ½ and the variance 1/(4·(2α+1)) of Beta(α, α), over many draws.
func TestMixShares(t *testing.T) {
	const n = 4000
	beta := func(alpha, drawn float64) string { // "" if draws of one α have the moments of another
		key, mean, square := rng.Key(3, 5), 0., 0.
		for i := range uint64(n) {
			v := shareOf(drawn, key.Uint64(i))
			if !(v >= 0 && v <= 1) {
				t.Fatalf("α = %v: λ is %v", drawn, v)
			}
			mean, square = mean+v/n, square+(v-.5)*(v-.5)/n
		}
		variance := 1 / (4 * (2*alpha + 1)) // of which the fourth moment is at most 1/16
		if math.Abs(mean-.5) > 5*math.Sqrt(variance/n) || math.Abs(square-variance) > 5*.25*math.Sqrt(variance/n) {
			return fmt.Sprintf("mean %.4f, variance %.4f, want 0.5, %.4f", mean, square, variance)
		}
		return ""
	}
	for _, alpha := range []float64{1e-6, .1, .2, .4, 1, 2, 30, mostAlpha} {
		if fault := beta(alpha, alpha); fault != "" {
			t.Errorf("α = %v: %s", alpha, fault)
		}
	}
	if beta(.2, .4) == "" { // negative control
		t.Error("draws of α = 0.4 pass for those of 0.2")
	}
}

// marked are n pictures of c channels, h by w, of which picture i is i+1 all over and has the class i.
func marked(n, c, h, w int) Split {
	x, y := graph.NewTensor(graph.Type{Shape: graph.Shape{n, c, h, w}}), make([]int64, n)
	for i := range y {
		y[i] = int64(i)
		row := x.Rows(i, i+1).F32
		for k := range row {
			row[k] = float32(i + 1)
		}
	}
	return Split{X: x, Y: graph.FromInt64(y, n)}
}

// unmixed says what is wrong with a row of a mixed batch of marked pictures, "" if nothing is: its shares must add up
// to 1 and be those of what is seen.
func unmixed(x, y graph.Tensor, row int, cut bool) string {
	shares, sum := y.Rows(row, row+1).F32, 0.
	pixels := x.Rows(row, row+1).F32
	seen := make([]float64, len(shares))
	want, mean := 0., 0.
	for k, share := range shares {
		sum += float64(share)
		want += float64(share) * float64(k+1)
	}
	for _, p := range pixels {
		mean += float64(p) / float64(len(pixels))
		if cut {
			seen[int(p)-1] += 1 / float64(len(pixels))
		}
	}
	switch {
	case math.Abs(sum-1) > 1e-6:
		return fmt.Sprintf("the shares %v add up to %v", shares, sum)
	case math.Abs(mean-want) > 1e-4:
		return fmt.Sprintf("the shares are %v and the mean of the pixels %v, want %v", shares, mean, want)
	}
	for k, share := range shares {
		if cut && math.Abs(seen[k]-float64(share)) > 1e-6 {
			return fmt.Sprintf("of class %d %v is seen, and its share is %v", k, seen[k], share)
		}
	}
	return ""
}

// TestMix: what is seen of each picture is its share of the labels: the pasted area is 1-λ, and rows add up to 1.
func TestMix(t *testing.T) {
	for _, c := range []struct {
		name string
		mix  Mix
		cut  bool
	}{
		{"mixup", Mix{Mixup: .4}, false},
		{"cutmix", Mix{Cutmix: 1}, true},
		{"both", Mix{Mixup: .4, Cutmix: 1}, false},
		{"mixup of an α that is next to 0 leaves examples pure", Mix{Mixup: 1e-9}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, rows, two := marked(8, 3, 7, 5), 0, 0
			for epoch := range 40 {
				for b := range c.mix.Of(set.Shuffled(4), 8, 1).Batches(epoch) {
					for row := range 4 {
						if fault := unmixed(b[0], b[1], row, c.cut); fault != "" {
							t.Fatalf("epoch %d: %s", epoch, fault)
						}
						rows++
						if slices.Max(b[1].Rows(row, row+1).F32) < 1 {
							two++
						}
					}
				}
			}
			if pure := c.mix.Mixup == 1e-9; pure && two > 0 || !pure && two < rows/3 {
				t.Errorf("%d of %d rows are of two pictures", two, rows)
			}
		})
	}
	b := marked(2, 1, 2, 2)
	wrong := graph.FromFloat32([]float32{.75, .25, .25, .75}, 2, 2)
	if unmixed(b.X, wrong, 0, true) == "" || unmixed(b.X, wrong, 1, false) == "" { // negative control
		t.Error("labels that are mixed beside pictures that are not pass")
	}
}

// TestMixByHand: a batch of two with λ = 0.75, each the partner of the other, in both types of floats, of numbers of
// classes and of shares.
func TestMixByHand(t *testing.T) {
	x, y := []float64{0, 4, 8, 12, 100, 104, 108, 112}, []int64{2, 0}
	blended := []float64{25, 29, 33, 37, 75, 79, 83, 87} // 0.75·0 + 0.25·100, …
	pasted := []float64{0, 4, 8, 112, 100, 104, 108, 12} // the last pixel of four
	shares := []float64{.25, 0, .75, .75, 0, .25}
	soft := []float64{0, 0, 1, 1, 0, 0}
	for _, cut := range []bool{false, true} {
		want := blended
		if cut {
			want = pasted
		}
		for _, labels := range []graph.Tensor{graph.FromInt64(y, 2), graph.FromFloat64(soft, 2, 3)} {
			m := mixer{classes: 3}
			m.take([]graph.Tensor{graph.FromFloat64(x, 2, 1, 2, 2), labels})
			m.partner, m.share, m.cut = []int{1, 0}, .75, cut
			m.top, m.bottom, m.left, m.right = 1, 2, 1, 2
			m.Block(0)
			m.Block(1)
			if got := m.batch; !slices.Equal(got[0].F64, want) || !slices.Equal(got[1].F64, shares) {
				t.Errorf("cut %v, y %v: got %v, want %v and %v", cut, labels.Type, got, want, shares)
			}
		}
	}
}

// TestBoxOf: a box is cut at the edges.
func TestBoxOf(t *testing.T) {
	for _, c := range [][5]int{{10, 4, 5, 3, 7}, {10, 4, 0, 0, 2}, {10, 4, 9, 7, 10}, {10, 0, 3, 3, 3},
		{10, 10, 5, 0, 10}, {1, 1, 0, 0, 1}} {
		if lo, hi := boxOf(c[0], c[1], c[2]); lo != c[3] || hi != c[4] {
			t.Errorf("%d of %d pixels around %d: got [%d, %d), want [%d, %d)", c[1], c[0], c[2], lo, hi, c[3], c[4])
		}
	}
}

// TestMixOrder: a batch depends on seed, epoch and number alone, and the zero Mix is the source.
func TestMixOrder(t *testing.T) {
	set, mix := marked(9, 1, 4, 4), Mix{Mixup: 1, Cutmix: 1}
	numbers := func(seed uint64, epoch int) (all []float32) {
		for b := range mix.Of(set.Shuffled(4), 9, seed).Batches(epoch) {
			all = append(append(all, b[0].F32...), b[1].F32...)
		}
		return all
	}
	one := numbers(7, 3)
	before := runtime.GOMAXPROCS(1)
	alone := numbers(7, 3)
	runtime.GOMAXPROCS(before)
	if !slices.Equal(one, alone) || slices.Equal(one, numbers(8, 3)) || slices.Equal(one, numbers(7, 4)) {
		t.Error("batches depend on GOMAXPROCS, or not on epoch and seed")
	}
	x, y := epochOf(Mix{}.Of(set.Shuffled(4), 9, 0), 3)
	plainX, plainY := epochOf(set.Shuffled(4), 3)
	if !slices.Equal(x, plainX) || !slices.Equal(y, plainY) {
		t.Error("the zero Mix changes something")
	}
	kinds := map[bool]int{}
	for b := range uint64(200) {
		m := mixer{classes: 9}
		m.take([]graph.Tensor{set.X, set.Y})
		m.draw(mix, rng.Key(0, b))
		kinds[m.cut]++
	}
	if kinds[true] < 70 || kinds[false] < 70 {
		t.Errorf("of both kinds there are %v batches of 200", kinds)
	}
}

// TestMixMemory: an epoch takes memory for one batch, whatever their number.
func TestMixMemory(t *testing.T) {
	epoch := func(n int) float64 {
		src := Mix{Mixup: .2}.Of(marked(n, 1, 2, 2).Shuffled(4), n, 0)
		return testing.AllocsPerRun(5, func() {
			for range src.Batches(1) {
			}
		})
	}
	if few, many := epoch(8), epoch(400); few != many {
		t.Errorf("2 batches take %v allocations, 100 take %v", few, many)
	}
}

func TestMixUsedWrongly(t *testing.T) {
	set, flat := marked(4, 1, 2, 2), numbered(4)
	run := func(m Mix, s Source, classes int) {
		for range m.Of(s, classes, 0).Batches(0) {
		}
	}
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"α below 0", func() { run(Mix{Mixup: -1}, set.Shuffled(2), 4) },
			"data: mix: Mixup is -1, want an α of 0 to 10000"},
		{"α that is no number", func() { run(Mix{Cutmix: math.NaN()}, set.Shuffled(2), 4) },
			"data: mix: Cutmix is NaN, want"},
		{"no classes", func() { run(Mix{Mixup: 1}, set.Shuffled(2), 0) }, "data: mix of 0 classes, want at least 1"},
		{"a class too many", func() { run(Mix{Mixup: 1}, set.Ordered(4), 3) },
			"data: mix of class 3 at row 3, but there are 3 classes (0…2)"},
		{"inputs alone", func() { run(Mix{Mixup: 1}, set.Inputs().Ordered(4), 3) },
			"data: mix of batches of 1 tensors, want 2, x and y"},
		{"boxes of what are no pictures", func() { run(Mix{Cutmix: 1}, flat.Ordered(2), 4) },
			"data: cutmix of x float32 (2, 2), want pictures (N, C, H, W)"},
		{"x that are no floats", func() { run(Mix{Mixup: 1}, Rows{set.Y, set.Y}.Ordered(2), 4) },
			"data: mix of x int64 (2), want floats (N, …)"},
		{"shares of other classes", func() { run(Mix{Mixup: 1}, Rows{flat.X, flat.X}.Ordered(2), 4) },
			"data: mix of y float32 (2, 2), want the numbers of classes (2) in int64, or shares float32 (2, 4)"},
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
