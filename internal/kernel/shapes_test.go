package kernel

// Differential testing by random shapes: every kernel, in every form that the processor has, against its plain twin in
// float64, over sizes, strides and alignments that are drawn so that each branch of each choice is taken.
//
// Operands are small whole numbers as a rule. Sums of their products are exact in any order, in float32 too, so that
// the results must be equal: there is no bound behind which a wrong element could hide. Some trials have real
// numbers, and the bound of their errors is stated where they are compared.

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/internal/rng"
)

var (
	long      = flag.Bool("long", false, "try many random shapes: a million of all kernels together")
	shapeSeed = flag.Uint64("shapes.seed", 1, "seed of the random shapes")
	oneShape  = flag.Int("shapes.only", -1, "number of the one random shape to try")
)

// trial is one random shape and what is drawn for it. It depends on the seed, the family and its number alone.
type trial struct {
	*rand.Rand
	what    string  // the shape, for the message
	real    bool    // operands are real numbers
	most    int     // the largest whole number
	worst   float64 // of the errors, in parts of its bound
	fault   string  // the first
	walls   bool    // operands lie against pages that fault when they are read
	free    []func() error
	results []fenced
}

// tryShapes tries some random shapes of a family of kernels, many with -long. A failing shape is named with the flags
// that repeat it alone.
func tryShapes(t *testing.T, usual, many int, each func(s *trial)) {
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
		s.walls = s.chance(40)
		s.cutSmall()
		each(s)
		s.end()
		cutUsual()
		if worst = max(worst, s.worst); s.fault != "" {
			t.Fatalf("%s\nshape %d: %s\nrepeat it with -run '^%s$' -shapes.seed %d -shapes.only %d", s.fault, i,
				s.what, t.Name(), *shapeSeed, i)
		}
	}
	t.Logf("%d shapes; the largest error is %.2g of its bound", usual-first, worst)
}

func newTrial(seed, number uint64) *trial {
	return &trial{Rand: rand.New(rand.NewPCG(seed, number)), most: 3}
}

// end gives walls back.
func (s *trial) end() {
	for _, free := range s.free {
		if err := free(); err != nil {
			s.failf("%v", err)
		}
	}
}

// failf keeps the first fault.
func (s *trial) failf(format string, args ...any) {
	if s.fault == "" {
		s.fault = fmt.Sprintf(format, args...)
	}
}

// forms runs f in every form of the kernels that the processor has.
func (s *trial) forms(f func()) {
	best := active
	defer func() { active = best }()
	for form := range best + 1 {
		active = form
		f()
		s.intact()
	}
}

// piece is a size by which work is cut into pieces, and what it may be at least and a multiple of.
type piece struct {
	size               *int
	least, unit, usual int
}

// pieces are all such sizes that are variables.
var pieces []piece

func cuts(size *int, least, unit int) { pieces = append(pieces, piece{size, least, unit, *size}) }

func init() {
	cuts(&smallFlops, 1, 1)
	cuts(&convColumns, 1, 1)
	cuts(&convBlocks, 1, 1)
	cuts(&blockSize, costly, 1)
	cuts(&parallelFrom, costly, 1)
	cuts(&planeElements, 1, 1)
	cuts(&randomBlock, 32, 32)
}

// cutSmall makes pieces small in most trials, so that small shapes have many of them.
func (s *trial) cutSmall() {
	if s.chance(3) {
		return
	}
	for _, p := range pieces {
		if s.chance(2) {
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

// one returns one of the values.
func one[T any](s *trial, values ...T) T { return values[s.IntN(len(values))] }

// chance is true in one of n trials.
func (s *trial) chance(n int) bool { return s.IntN(n) == 0 }

// size is a number from 1 to most: often small, often at or beside a multiple of what the kernels do at a time.
func (s *trial) size(most int) int {
	n := 0
	switch s.IntN(4) {
	case 0:
		n = 1 + s.IntN(4)
	case 1:
		n = one(s, 4, 6, 8, 12, 16, 24, 32, 48, 64)*one(s, 1, 1, 1, 2, 3) + one(s, -1, 0, 0, 1)
	default: // as many of each order of magnitude
		n = int(math.Exp(s.Float64() * math.Log(float64(most)+.99)))
	}
	return max(1, min(n, most))
}

// draw returns n numbers in memory that begins anywhere: whole multiples of unit, or, in a trial of real numbers,
// between -1 and 1.
func (s *trial) draw(n, unit int) []float32 {
	skip := s.IntN(17)
	x := make([]float32, skip+n)[skip:]
	if s.walls && n > 0 {
		wall, free, err := walled[float32](n, s.chance(2))
		if err != nil {
			s.failf("%v", err)
			return x
		}
		x, s.free = wall, append(s.free, free)
	}
	for i := range x {
		if s.real {
			x[i] = 2*s.Float32() - 1
		} else {
			x[i] = float32(unit * (s.IntN(2*s.most+1) - s.most))
		}
	}
	return x
}

// wide is x in float64.
func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

const boundary = 40 // elements around results

// fenced is memory for n results from skip on, whose surroundings must stay as they are.
type fenced struct {
	all     []float32
	skip, n int
}

// result is memory for n results, full of NaN.
func (s *trial) result(n int) []float32 {
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

// intact checks what lies around the results.
func (s *trial) intact() {
	for _, b := range s.results {
		for i, v := range b.all {
			if (i < b.skip || i >= b.skip+b.n) && v != float32(i) {
				s.failf("%s: element %d of %d results is written", formNames[active], i-b.skip, b.n)
			}
		}
	}
	s.results = s.results[:0]
}

// equal compares results, which may differ by bound in a trial of real numbers and not at all in others.
func (s *trial) equal(name string, got []float32, want []float64, bound float64) {
	if !s.real {
		bound = 0
	}
	for i, w := range want {
		g := float64(got[i])
		if g == w || math.IsNaN(w) && math.IsNaN(g) {
			continue
		}
		if !(math.Abs(g-w) <= bound) {
			s.failf("%s in %s: element %d of %d is %v, want %v within %.2g", name, formNames[active], i, len(want),
				g, w, bound)
			return
		}
		s.worst = max(s.worst, math.Abs(g-w)/bound)
	}
}

// sumBound bounds the error of a sum of products of numbers between -1 and 1 in float32. Sums of n such terms are
// some √n large, and rounding errors, which are independent, some √n of 2⁻²⁴ of that; ten times as much is never
// seen.
func sumBound(terms int) float64 {
	n := float64(terms + 16)
	return 1e-6*math.Sqrt(n) + 6e-8*n
}

// TestShapesSeeFaults: what a kernel may do wrong is seen.
func TestShapesSeeFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault bool
		spoil func(all []float32)
	}{
		{"nothing is wrong", false, func([]float32) {}},
		{"an element is off by one", true, func(all []float32) { all[boundary+20]++ }},
		{"an element before the results is written", true, func(all []float32) { all[boundary-1] = 5 }},
		{"an element behind the results is written", true, func(all []float32) { all[len(all)-boundary] = 5 }},
		{"an element is not written", true, func(all []float32) { all[boundary+20] = float32(math.NaN()) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newTrial(1, 1)
			y := s.result(40)
			for i := range y {
				y[i] = float32(i)
			}
			want := wide(y)
			tc.spoil(s.results[0].all)
			s.equal("y", y, want, 0)
			s.intact()
			if (s.fault != "") != tc.fault {
				t.Errorf("the fault is %q", s.fault)
			}
		})
	}
}
