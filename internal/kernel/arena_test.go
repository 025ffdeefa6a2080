package kernel

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestRandomArena: an arena of any size begins on a line, and its pieces are where they should be.
func TestRandomArena(t *testing.T) {
	proof.Try(t, 300, 3000, func(s *proof.Trial) {
		n := proof.One(s, 0, s.IntN(100), s.IntN(5000))
		s.What = fmt.Sprint(n, " bytes")
		a := NewArena(n)
		if 8*len(a) < n {
			s.Failf("%d bytes", 8*len(a))
		}
		if n == 0 {
			return
		}
		if uintptr(unsafe.Pointer(&a[0]))%Alignment != 0 {
			s.Failf("the arena begins at %p", &a[0])
		}
		at, size := s.IntN(n/8+1)*8, 0
		size = s.IntN((n-at)/4 + 1)
		if size == 0 || at/8 == len(a) {
			return
		}
		if p := Piece[float32](a, at, size); len(p) != size ||
			uintptr(unsafe.Pointer(&p[0]))-uintptr(unsafe.Pointer(&a[0])) != uintptr(at) {
			s.Failf("%d elements at %d are elsewhere", size, at)
		}
	})
}
