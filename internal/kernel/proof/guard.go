package proof

import (
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
)

// Kernels touch nothing but their operands.

// A GuardCase is some kernels of one kind, which take their operands from a Yard.
type GuardCase = struct {
	Name    string
	Kernels func(y *Yard)
}

// CheckGuards runs kernels in every form three times: with operands, results and scratch anywhere in memory, with each
// ending at a page that faults, and with each beginning after such a page. The bits of the results must be the same.
func CheckGuards(t *testing.T, cases []GuardCase) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // only in this goroutine a fault becomes a panic
	EachForm(t, func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) {
				var yards [3]Yard
				for p := range yards {
					y := &yards[p]
					y.t, y.place = t, place(p)
					y.run(c.Kernels)
				}
				for _, y := range yards[1:] {
					for k, want := range yards[open].floats {
						if i := Differs(y.floats[k], want); i >= 0 {
							t.Fatalf("place %d: element %d of result %d is %v, want %v", y.place, i, k,
								y.floats[k][i], want[i])
						}
					}
					for k, want := range yards[open].indices {
						if !slices.Equal(y.indices[k], want) {
							t.Fatalf("place %d: the indices of result %d are %v, want %v", y.place, k,
								y.indices[k], want)
						}
					}
				}
			})
		}
	})
}

// A Yard hands out operands and results of kernels, all in one kind of place.
type Yard struct {
	t       testing.TB
	place   place
	streams int    // operands so far, so that every operand has other numbers
	Doing   string // for messages
	floats  [][]float32
	indices [][]int64
}

// A place is where the memory of operands and results lies.
type place uint8

const (
	open   place = iota // anywhere
	behind              // a guard behind each
	before              // a guard before each
)

// In returns n normal numbers.
func (y *Yard) In(n int) []float32 {
	y.streams++
	x := make([]float32, n)
	if y.place != open {
		x = Guarded[float32](y.t, n, y.place == before)
	}
	numbers := normals()
	copy(x, numbers[y.streams*4099%(len(numbers)-n):])
	return x
}

// normals returns many normal numbers. Making them anew for each operand would take longer than the kernels.
var normals = sync.OnceValue(func() []float32 { return Random[float32]("yard", 1<<19) })

// Out returns room for n results, which hold any numbers at first. They are compared in the end.
func (y *Yard) Out(n int) []float32 {
	x := y.In(n)
	y.floats = append(y.floats, x)
	return x
}

// Index returns n integers in [0, most), or -1 if most is 0.
func (y *Yard) Index(n, most int) []int64 {
	x := make([]int64, n)
	if y.place != open {
		x = Guarded[int64](y.t, n, y.place == before)
	}
	for i := range x {
		if x[i] = -1; most > 0 {
			x[i] = int64(i * 7919 % most)
		}
	}
	return x
}

// OutIndex is Out for integers.
func (y *Yard) OutIndex(n int) []int64 {
	x := y.Index(n, n)
	y.indices = append(y.indices, x)
	return x
}

// run runs kernels. A fault fails the test, with a message that says what was done.
func (y *Yard) run(kernels func(y *Yard)) {
	y.t.Helper()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			y.t.Fatalf("%s: %v\n%s", y.Doing, v, debug.Stack())
		}
	}()
	kernels(y)
}
