package reuse

import (
	"reflect"
	"testing"
)

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
