package kernel

import (
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// TestHeld: what kernels keep is counted, and given back; then they work as before.
func TestHeld(t *testing.T) {
	c := Conv{N: 2, C: 16, H: 20, W: 20, K: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1,
		OH: 18, OW: 18}
	x, w, y := random[float32]("x", 2*16*400), random[float32]("w", 16*16*9), make([]float32, 2*16*324)
	scratch := make([]float32, c.ForwardScratch())
	m := random[float32]("m", 300*300)
	z := make([]float32, 300*300)
	eachForm(t, func(t *testing.T) {
		run := func() {
			ConvForward(c, y, x, w, nil, scratch)
			Multiply(productOf(300, 300, 300, Rows(m, 300), Rows(m, 300).T(), Rows(z, 300)))
		}
		run()
		before, product := slices.Clone(y), slices.Clone(z)
		most := Held()
		if most == 0 || active >= avx2 && most < 4*len(m) { // there is a copy of one operand at least
			t.Errorf("%d bytes are held", most)
		}
		for range 20 {
			run()
		}
		if bound := most * runtime.GOMAXPROCS(0); Held() > bound { // of what each block needs, one a processor
			t.Errorf("after more calls %d bytes are held, want at most %d", Held(), bound)
		}
		if Release(); Held() != 0 {
			t.Errorf("%d bytes are held after their release", Held())
		}
		if run(); !slices.Equal(y, before) || !slices.Equal(z, product) || Held() == 0 {
			t.Errorf("after a release the results differ, or %d bytes are held", Held())
		}
	})
}

// TestSizeOf: slices count by what they can hold, and those in slices too.
func TestSizeOf(t *testing.T) {
	type inner struct{ list []int64 }
	type outer struct {
		a     []float32
		views []inner
		one   inner
	}
	header := int(reflect.TypeFor[[]int]().Size())
	x := outer{a: make([]float32, 3, 10), views: make([]inner, 1, 2), one: inner{make([]int64, 5)}}
	x.views[:2][1].list = make([]int64, 7) // of an earlier use
	want := int(reflect.TypeFor[outer]().Size()) + 10*4 + 2*header + 7*8 + 5*8
	if got := sizeOf(reflect.ValueOf(x)); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
