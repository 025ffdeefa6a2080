package proof

// Differential testing by random shapes: every kernel, in every form that the processor has, is compared with its
// plain twin in float64. Sizes, strides and alignments are drawn so that every branch is taken.
//
// Operands are usually small whole numbers. Sums of their products are exact in any order, in float32 too, so that
// results must be equal: no wrong element can hide within a bound. Some trials have real numbers; the bound of their
// errors is stated where they are compared.

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/reuse"
	"github.com/stheno-ml/stheno/internal/rng"
)

var (
	long      = flag.Bool("long", false, "try many random shapes: a million of all kernels together")
	shapeSeed = flag.Uint64("shapes.seed", 1, "seed of the random shapes")
	oneShape  = flag.Int("shapes.only", -1, "number of the one random shape to try")
)

// Trial is one random shape and what is drawn for it. It depends on the seed, the family and its number alone.
type Trial struct {
	*rand.Rand
	What    string  // the shape, for the message
	Real    bool    // operands are real numbers
	Most    int     // the largest whole number
	worst   float64 // the largest error, in parts of its bound
	fault   string  // the first fault
	walls   bool    // operands lie against pages that fault when they are read
	free    []func() error
	results []fenced
}

// Try tries some random shapes of a family of kernels: usual of them, or many with -long. For a failing shape it
// prints the flags that repeat this shape alone.
func Try(t *testing.T, usual, many int, each func(s *Trial)) {
	t.Helper()
	if testing.Short() {
		usual = max(1, usual/4)
	}
	if *long {
		usual = many
	}
	first := 0
	if *oneShape >= 0 {
		first, usual = *oneShape, *oneShape+1
	}
	family, worst := rng.HashString(t.Name()), 0.
	for i := first; i < usual; i++ {
		s := newTrial(*shapeSeed, family^uint64(i)<<20)
		s.walls = s.Chance(40)
		s.cutSmall()
		if i%guardedRooms == guardedRooms-1 {
			s.inGuardedRooms(i/guardedRooms%2 == 0, each)
		} else {
			each(s)
		}
		s.end()
		cutUsual()
		if worst = max(worst, s.worst); s.fault != "" {
			t.Fatalf("%s\nshape %d: %s\nrepeat it with -run '^%s$' -shapes.seed %d -shapes.only %d", s.fault, i,
				s.What, t.Name(), *shapeSeed, i)
		}
	}
	t.Logf("%d shapes; the largest error is %.2g of its bound", usual-first, worst)
}

// guardedRooms is how many trials there are for one in which the memory that kernels keep has guards.
const guardedRooms = 8

// inGuardedRooms tries a shape where the memory that kernels keep lies directly before pages that may not be touched,
// or directly behind them, and holds NaN.
func (s *Trial) inGuardedRooms(front bool, each func(s *Trial)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a fault becomes a panic in this goroutine alone
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var free []func() error
	end := reuse.Guard(func(n int) []float32 {
		x, give, err := walled[float32](n, front)
		if err != nil {
			panic(err)
		}
		free = append(free, give)
		Spoil(x)
		return x
	})
	defer func() {
		if v := recover(); v != nil {
			s.Failf("%v in memory that kernels keep, in %s\n%s", v, form.Active(), debug.Stack())
		}
		end()
		for _, give := range free {
			if err := give(); err != nil {
				s.Failf("%v", err)
			}
		}
	}()
	each(s)
}

func newTrial(seed, number uint64) *Trial {
	return &Trial{Rand: rand.New(rand.NewPCG(seed, number)), Most: 3}
}

// end gives the memory of Draw back.
func (s *Trial) end() {
	for _, free := range s.free {
		if err := free(); err != nil {
			s.Failf("%v", err)
		}
	}
}

// Failf keeps the first fault.
func (s *Trial) Failf(format string, args ...any) {
	if s.fault == "" {
		s.fault = fmt.Sprintf(format, args...)
	}
}

// Forms runs f in every form up to the one in use.
func (s *Trial) Forms(f func()) {
	best := form.Active()
	defer func() { form.Use(best) }()
	for one := range best + 1 {
		form.Use(one)
		f()
		s.intact()
	}
}

// piece is a size by which work is cut into pieces. It is at least least, and a multiple of unit.
type piece struct {
	size               *int
	least, unit, usual int
}

// pieces are all sizes that Cut was called for.
var pieces []piece

// Cut lets the trials of a test change a size.
func Cut(size *int, least, unit int) { pieces = append(pieces, piece{size, least, unit, *size}) }

// cutSmall makes some sizes small in two of three trials, so that small shapes are cut into many pieces.
func (s *Trial) cutSmall() {
	if s.Chance(3) {
		return
	}
	for _, p := range pieces {
		if s.Chance(2) {
			*p.size = max(p.least,
				int(float64(p.usual)/math.Exp(s.Float64()*math.Log(float64(p.usual)/float64(p.least))))/p.unit*p.unit)
		}
	}
}

func cutUsual() {
	for _, p := range pieces {
		*p.size = p.usual
	}
}

// One returns one of the values.
func One[T any](s *Trial, values ...T) T { return values[s.IntN(len(values))] }

// Chance is true in one of n trials.
func (s *Trial) Chance(n int) bool { return s.IntN(n) == 0 }

// Size returns a number from 1 to most. It is often small, and often a multiple of what kernels do at a time, or next
// to one.
func (s *Trial) Size(most int) int {
	n := 0
	switch s.IntN(4) {
	case 0:
		n = 1 + s.IntN(4)
	case 1:
		n = One(s, 4, 6, 8, 12, 16, 24, 32, 48, 64)*One(s, 1, 1, 1, 2, 3) + One(s, -1, 0, 0, 1)
	default: // every order of magnitude equally often
		n = int(math.Exp(s.Float64() * math.Log(float64(most)+.99)))
	}
	return max(1, min(n, most))
}

// Draw returns n numbers in memory of any alignment: whole multiples of unit, or in a trial of real numbers any
// between -1 and 1.
func (s *Trial) Draw(n, unit int) []float32 {
	skip := s.IntN(17)
	x := make([]float32, skip+n)[skip:]
	if s.walls && n > 0 {
		wall, free, err := walled[float32](n, s.Chance(2))
		if err != nil {
			s.Failf("%v", err)
			return x
		}
		x, s.free = wall, append(s.free, free)
	}
	for i := range x {
		if s.Real {
			x[i] = 2*s.Float32() - 1
		} else {
			x[i] = float32(unit * (s.IntN(2*s.Most+1) - s.Most))
		}
	}
	return x
}

const boundary = 40 // elements around results

// fenced is memory for n results from skip on. What is around them must not change.
type fenced struct {
	all     []float32
	skip, n int
}

// Result is memory for n results, full of NaN.
func (s *Trial) Result(n int) []float32 {
	skip := boundary + s.IntN(17)
	b := fenced{make([]float32, skip+n+boundary), skip, n}
	for i := range b.all {
		if b.all[i] = float32(i); i >= skip && i < skip+n {
			b.all[i] = float32(math.NaN())
		}
	}
	s.results = append(s.results, b)
	return b.all[skip : skip+n : skip+n]
}

// intact checks that nothing around the results has changed.
func (s *Trial) intact() {
	for _, b := range s.results {
		for i, v := range b.all {
			if (i < b.skip || i >= b.skip+b.n) && v != float32(i) {
				s.Failf("%s: element %d of %d results is written", form.Active(), i-b.skip, b.n)
			}
		}
	}
	s.results = s.results[:0]
}

// Equal compares results. In a trial of real numbers they may differ by bound, in other trials not at all.
func (s *Trial) Equal(name string, got []float32, want []float64, bound float64) {
	if !s.Real {
		bound = 0
	}
	for i, w := range want {
		g := float64(got[i])
		if g == w || math.IsNaN(w) && math.IsNaN(g) {
			continue
		}
		if !(math.Abs(g-w) <= bound) {
			s.Failf("%s in %s: element %d of %d is %v, want %v within %.2g", name, form.Active(), i, len(want),
				g, w, bound)
			return
		}
		s.worst = max(s.worst, math.Abs(g-w)/bound)
	}
}

// SumBound bounds the error in float32 of a sum of products of numbers between -1 and 1. A sum of n such terms is
// about √n large. Rounding errors are independent, so they add up to about √n·2⁻²⁴ of that. Ten times as much is never
// seen.
func SumBound(terms int) float64 {
	n := float64(terms + 16)
	return 1e-6*math.Sqrt(n) + 6e-8*n
}
