package recent

import (
	"slices"
	"testing"
)

func TestList(t *testing.T) {
	var l List[int]
	is := func(want int) func(int) bool { return func(v int) bool { return v == want } }
	for v := range 4 {
		l.Put(v)
	}
	if v, ok := l.Take(is(1)); v != 1 || !ok || l.Len() != 3 {
		t.Fatalf("took %d, %t, and %d are left", v, ok, l.Len())
	}
	l.Put(1) // used last
	l.Trim(2)
	if !slices.Equal(l.values, []int{3, 1}) {
		t.Errorf("%v are left, want those that were used last", l.values)
	}
	if _, ok := l.Take(is(0)); ok {
		t.Error("what was let go of is found")
	}
	if v, _ := l.Take(func(int) bool { return true }); v != 1 {
		t.Errorf("took %d, want the value that was used last", v)
	}
	if l.Trim(-1); l.Len() != 0 {
		t.Errorf("%d values are left of none", l.Len())
	}
}

// TestListAllocatesNothing: a value that comes and goes takes no memory.
func TestListAllocatesNothing(t *testing.T) {
	var l List[int]
	l.Put(1)
	want := 1
	if n := testing.AllocsPerRun(100, func() {
		v, _ := l.Take(func(v int) bool { return v == want })
		l.Put(v)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
