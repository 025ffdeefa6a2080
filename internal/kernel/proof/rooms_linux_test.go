package proof

import (
	"testing"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/reuse"
)

// TestGuardedRooms: what touches an element before the memory that kernels keep, or behind it, or adds up what was
// there, is found.
func TestGuardedRooms(t *testing.T) {
	var buffer []float32
	touch := func(at int) func(s *Trial) {
		return func(s *Trial) {
			x := reuse.Room(&buffer, 37)
			*(*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*at))++
		}
	}
	for _, c := range []struct {
		name         string
		front, fault bool
		each         func(s *Trial)
	}{
		{"the last element", false, false, touch(36)},
		{"the first element", true, false, touch(0)},
		{"an element behind", false, true, touch(37)},
		{"an element before", true, true, touch(-1)},
		{"what was there", true, true, func(s *Trial) {
			s.Equal("y", reuse.Room(&buffer, 1), []float64{0}, 0)
		}},
	} {
		s := newTrial(1, 1)
		if s.inGuardedRooms(c.front, c.each); (s.fault != "") != c.fault {
			t.Errorf("%s: the fault is %q", c.name, s.fault)
		}
	}
	if x := reuse.Room(&buffer, 5); cap(x) < 5 {
		t.Error("there is no memory afterwards")
	}
}
