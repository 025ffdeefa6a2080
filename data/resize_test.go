package data_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// TestResizePictures holds the rule to hand numbers and to those of Pillow, which PyTorch's interpolate has too.
func TestResizePictures(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float32
		w    int
		want []float32
	}{
		{"the same", []float32{1, 2, 3}, 3, []float32{1, 2, 3}},
		{"an eighth longer is padded", []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, 16,
			[]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0}},
		// torch 1.13: F.interpolate(torch.tensor([[[[0., 1, 4]]]]), (1, 6), mode='bilinear', antialias=True)
		{"twice as long", []float32{0, 1, 4}, 6, []float32{0, .25, .75, 1.75, 3.25, 4}},
		// the same of [[[[0., 8, 4, 4, 12, 0]]]] to (1, 3): weights 1 3 3 1 of 8 inside, 3 3 1 of 7 at the ends
		{"half as long", []float32{0, 8, 4, 4, 12, 0}, 3, []float32{4, 5.5, 40. / 7}},
		{"one of all", []float32{1, 2, 3, 6}, 1, []float32{35. / 12}}, // weights 5 7 7 5 of 24
	} {
		for _, across := range []bool{false, true} {
			shape, h, w := graph.Shape{1, 1, 1, len(c.x)}, 1, c.w
			if across {
				shape, h, w = graph.Shape{1, 1, len(c.x), 1}, c.w, 1
			}
			got := data.ResizePictures(graph.FromFloat32(slices.Clone(c.x), shape...), h, w)
			for i, v := range got.F32 {
				if math.Abs(float64(v-c.want[i])) > 1e-6 {
					t.Errorf("%s, rows %v: got %v, want %v", c.name, across, got.F32, c.want)
					break
				}
			}
		}
	}
}

// TestResized: a source gives the same pictures as ResizePictures, whatever the sizes of its batches, and their
// labels, and takes no memory for pictures from batch to batch.
func TestResized(t *testing.T) {
	s := data.Digits(0).Test.Subset(0, 70)
	want := data.ResizePictures(s.X, 20, 33)
	for _, size := range []int{70, 32} {
		at, from := 0, data.Resized(s.Ordered(size), 20, 33)
		if from.Len() != (69+size)/size {
			t.Errorf("there are %d batches", from.Len())
		}
		for b := range from.Batches(0) {
			n := b[0].Shape[0]
			if !b[0].Shape.Equal(graph.Shape{n, 1, 20, 33}) ||
				!slices.Equal(b[0].F32, want.Rows(at, at+n).F32) ||
				!slices.Equal(b[1].I64, s.Y.I64[at:at+n]) {
				t.Errorf("batches of %d: from example %d on they differ", size, at)
			}
			at += n
		}
		if at != 70 {
			t.Errorf("batches of %d: there are %d examples", size, at)
		}
	}
	next, stop := iter.Pull(data.Resized(s.Ordered(1), 32, 32).Batches(0))
	defer stop()
	next()
	if n := testing.AllocsPerRun(50, func() { next() }); n > 8 { // parts, of the split and of the memory
		t.Errorf("%v allocations a batch", n)
	}
}

// TestResizedMisused: what is no picture, and sizes that make no sense, panic and say why.
func TestResizedMisused(t *testing.T) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 1, 2, 2}})
	for _, c := range []struct {
		want string
		do   func()
	}{
		{"ResizePictures to 0 rows and 4 columns, want 1 to 32768", func() { data.ResizePictures(x, 0, 4) }},
		{"data: Resized to 4 rows and 40000 columns", func() { data.Resized(nil, 4, 40000) }},
		{"want (N, C, H, W) of float32", func() { data.ResizePictures(graph.FromInt64([]int64{1}, 1), 4, 4) }},
		{"want (N, C, H, W) of float32", func() { data.ResizePictures(graph.Tensor{}, 4, 4) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}()
			c.do()
		}()
	}
}

// Digits of 28×28 as networks for CIFAR take them.
func ExampleResized() {
	digits := data.Digits(0)
	for b := range data.Resized(digits.Train.Shuffled(64), 32, 32).Batches(0) {
		fmt.Println(b[0].Shape, b[1].Shape)
		break
	}
	// Output: (64, 1, 32, 32) (64)
}
