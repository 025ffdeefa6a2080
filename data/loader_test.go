package data

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// contentsOf are the tensors of each batch in words, one batch a line.
func contentsOf(batches iter.Seq[[]graph.Tensor]) (all []string) {
	for b := range batches {
		all = append(all, contentOf(b))
	}
	return all
}

func contentOf(batch []graph.Tensor) (text string) {
	for _, t := range batch {
		text += fmt.Sprint(t.Type, t.F32, t.F64, t.I64)
	}
	return text
}

// striders are a source of each kind that makes some batches without the others.
func striders() map[string]Source {
	set, flat := constants(23), numbered(23)
	var text Sequences
	for i := range 23 {
		text.X, text.Labels = append(text.X, slices.Repeat([]int64{int64(i + 5)}, 1+i*7%11)), append(text.Labels, 1)
	}
	vary := func(epoch, i int) []int64 { return text.X[(i+epoch)%23] }
	return map[string]Source{
		"shuffled":  set.Shuffled(4),
		"ordered":   flat.Ordered(4),
		"augmented": set.Augmented(Augmentation{Pad: 1, Flip: true}, 3),
		"viewed":    set.Viewed(View{Turn: 20, Erase: .2}, 4),
		"resized":   Resized(set.Viewed(View{Flip: true}, 4), 5, 9),
		"mixed":     Mix{Mixup: .3, Cutmix: 1}.Of(set.Viewed(View{Flip: true}, 4), 23, 5),
		"bucketed":  text.Bucketed(4, 2, 1),
		"varied":    text.Varied(4, 2, 1, vary),
		"in order":  text.Ordered(4, 2),
	}
}

// TestStride: some batches of an epoch are those that Batches has there.
func TestStride(t *testing.T) {
	for name, s := range striders() {
		all := contentsOf(s.Batches(3))
		if len(all) != s.Len() || slices.Equal(all[:2], all[1:3]) {
			t.Errorf("%s: there are %d batches, want %d that differ", name, len(all), s.Len())
		}
		for by := 1; by < 9; by++ {
			for first := range by {
				var want []string
				for i := first; i < len(all); i += by {
					want = append(want, all[i])
				}
				if got := contentsOf(Stride(s, 3, first, by)); !slices.Equal(got, want) {
					t.Errorf("%s: batches %d, %d … are others than those of Batches", name, first, first+by)
				}
			}
		}
	}
	for _, s := range []Source{Resized(plainSource{}, 2, 2), Mix{Mixup: 1}.Of(plainSource{}, 2, 0)} {
		if Stride(s, 0, 0, 1) != nil {
			t.Errorf("%T is of a source that is no Strider, and says that it is one", s)
		}
	}
}

// plainSource is a source that is no Strider, of n batches of one number; making is called before each.
type plainSource struct {
	n      int
	making func(i int)
}

func (s plainSource) Len() int { return s.n }

func (s plainSource) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		batch := []graph.Tensor{graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{1}})}
		for i := range s.n {
			if s.making != nil {
				s.making(i)
			}
			batch[0].I64[0] = int64(1000*epoch + i)
			if !yield(batch) {
				return
			}
		}
	}
}

// striding is plainSource as a Strider.
type striding struct{ plainSource }

func (s striding) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for i := first; i < s.n; i += by {
			if s.making != nil {
				s.making(i)
			}
			if !yield([]graph.Tensor{graph.FromInt64([]int64{int64(1000*epoch + i)}, 1)}) {
				return
			}
		}
	}
}

// TestLoader: the batches are those of the source, to the byte, for any number of goroutines and of batches that wait,
// and one stays as it is until the next is asked for.
func TestLoader(t *testing.T) {
	sources := striders()
	sources["plain"], sources["without a batch"] = plainSource{n: 9}, plainSource{}
	for name, s := range sources {
		for _, workers := range []int{0, 1, 2, 3, 40} {
			for _, ahead := range []int{0, 1, 7} {
				for epoch := range 2 {
					want, i := contentsOf(s.Batches(epoch)), 0
					l := Loader{s, workers, ahead}
					for b := range l.Batches(epoch) {
						runtime.Gosched()
						if i >= len(want) || contentOf(b) != want[i] {
							t.Fatalf("%s, %d workers, %d ahead: batch %d is another", name, workers, ahead, i)
						}
						i++
					}
					if i != len(want) || l.Len() != s.Len() {
						t.Fatalf("%s, %d workers: %d batches, want %d", name, workers, i, len(want))
					}
				}
			}
		}
	}
	if a, b := contentsOf(plainSource{n: 3}.Batches(0)), contentsOf(plainSource{n: 3}.Batches(1)); slices.Equal(a, b) {
		t.Error("other batches pass for the same") // negative control
	}
}

// goroutines is their number when it has come down to at most n, or after a while.
func goroutines(n int) int {
	for range 200 {
		if runtime.NumGoroutine() <= n {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return runtime.NumGoroutine()
}

// TestLoaderEnds: where an epoch ends early, by the loop or by a panic in it, no goroutine is left.
func TestLoaderEnds(t *testing.T) {
	s := constants(23).Viewed(View{Turn: 9}, 2)
	contentsOf(Loader{s, 3, 0}.Batches(0)) // the pool of package parallel stays
	before := runtime.NumGoroutine()
	most := 0
	for end := range s.Len() {
		for _, workers := range []int{1, 3} {
			i := 0
			for range (Loader{s, workers, 1}).Batches(end) {
				if most = max(most, runtime.NumGoroutine()); i == end {
					break
				}
				i++
			}
			if n := goroutines(before); n > before {
				t.Fatalf("%d workers: an end after %d batches leaves %d goroutines", workers, end, n-before)
			}
		}
	}
	func() {
		defer func() { _ = recover() }()
		for range (Loader{s, 3, 1}).Batches(0) {
			panic("in the loop")
		}
	}()
	if n := goroutines(before); n > before || most <= before { // of which the second is the negative control
		t.Errorf("%d goroutines before, %d after a panic, %d at work", before, n, most)
	}
}

// TestLoaderPanics: what a source panics with comes in the place of its batch, in the goroutine that asks for it.
func TestLoaderPanics(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 5} {
		for at := range 7 {
			failing := plainSource{9, func(i int) {
				if i >= at {
					panic(fmt.Sprintf("batch %d is bad", i))
				}
			}}
			for _, s := range []Source{failing, striding{failing}} {
				var seen []int64
				said := func() (said any) {
					defer func() { said = recover() }()
					for b := range (Loader{s, workers, 0}).Batches(0) {
						seen = append(seen, b[0].I64[0])
					}
					return nil
				}()
				if said != fmt.Sprintf("batch %d is bad", at) || len(seen) != at {
					t.Errorf("%T, %d workers: after %d batches it panics with %v, want batch %d", s, workers,
						len(seen),
						said, at)
				}
			}
		}
	}
	ended := plainSource{3, func(i int) {
		if i == 1 {
			runtime.Goexit()
		}
	}}
	defer func() {
		if said, _ := recover().(string); said != "data: the source of the Loader has ended its goroutine" {
			t.Errorf("a source that ends its goroutine: %q", said)
		}
	}()
	contentsOf(Loader{ended, 1, 0}.Batches(0))
}

// TestLoaderAhead: no more batches are made than those that wait, one that is used, and one that its source holds.
func TestLoaderAhead(t *testing.T) {
	for _, ahead := range []int{1, 4} {
		count := make(chan int, 100)
		s := plainSource{60, func(i int) { count <- i }}
		used := 0
		for range (Loader{s, 1, ahead}).Batches(0) {
			used++
			for range 3 {
				time.Sleep(100 * time.Microsecond)
				if made := len(count); made > used+ahead+1 {
					t.Fatalf("%d ahead: %d are made as number %d is used", ahead, made, used)
				}
			}
		}
		if len(count) != 60 {
			t.Errorf("%d batches were made, want 60", len(count))
		}
	}
	count := make(chan int, 100)
	for range (Loader{plainSource{60, func(i int) { count <- i }}, 1, 4}).Batches(0) {
		for range 1000 {
			if time.Sleep(time.Millisecond); len(count) >= 6 {
				return
			}
		}
		t.Fatalf("%d are made as the first is used, want 6", len(count)) // negative control: they are made at all
	}
}

// TestLoaderMemory: an epoch takes memory for some batches, whatever their number.
func TestLoaderMemory(t *testing.T) {
	epoch := func(n int) float64 {
		l := Loader{constants(n).Shuffled(4), 2, 1}
		return testing.AllocsPerRun(5, func() {
			for range l.Batches(1) {
			}
		})
	}
	if few, many := epoch(40), epoch(800); many > few+5 {
		t.Errorf("10 batches take %v allocations, 200 take %v", few, many)
	}
}

func TestLoaderUsedWrongly(t *testing.T) {
	for want, l := range map[string]Loader{
		"data: the Loader has no Source":                                     {},
		"data: the Loader has -1 Workers and 0 batches Ahead, want none":     {Source: plainSource{}, Workers: -1},
		"data: the Loader has 0 Workers and -2 batches Ahead, want none bel": {Source: plainSource{}, Ahead: -2},
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.HasPrefix(said, want) {
					t.Errorf("it panics with %q, want %q", said, want)
				}
			}()
			l.Batches(0)
		}()
	}
}

// BenchmarkLoader is an epoch of pictures that are seen anew, each batch used by a loop of about the time that it
// takes to make one, on one processor: with goroutines both go on at the same time.
func BenchmarkLoader(b *testing.B) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{256, 3, 32, 32}})
	rng.Uniform(x.F32, rng.Key(1, 1), 0)
	s := Split{X: x, Y: graph.FromInt64(make([]int64, 256), 256)}.Viewed(everything, 16)
	start := time.Now()
	contentless(s.Batches(0))
	each := time.Since(start) / time.Duration(s.Len())
	for _, workers := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for n := range b.N {
				for range (Loader{Source: s, Workers: workers}).Batches(n) {
					for begin := time.Now(); time.Since(begin) < each; {
					}
				}
			}
		})
	}
}

func contentless(batches iter.Seq[[]graph.Tensor]) {
	for range batches {
	}
}
