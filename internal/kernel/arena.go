// This file holds the memory of a tape: one aligned arena, and typed pieces of it.

package kernel

import (
	"unsafe"

	"github.com/stheno-ml/stheno/internal/pages"
)

// Alignment is what the addresses of buffers in an arena are multiples of, in bytes: a cache line.
const Alignment = 64

// Arena is zeroed memory that begins on a cache line.
type Arena []uint64

// NewArena allocates bytes, rounded up to words of 8.
func NewArena(bytes int) Arena {
	if bytes == 0 {
		return nil
	}
	words := (bytes + 7) / 8
	a := Arena(pages.Large(make([]uint64, words+Alignment/8)))
	skip := 0
	if rest := int(uintptr(unsafe.Pointer(&a[0])) % Alignment); rest != 0 {
		skip = (Alignment - rest) / 8
	}
	return a[skip : skip+words]
}

// Piece returns n elements that begin at the given byte, a multiple of 8. It panics if they do not lie in the arena.
func Piece[T float32 | float64 | int64](a Arena, address, n int) []T {
	var z T
	_ = a[address/8 : (address+n*int(unsafe.Sizeof(z))+7)/8]
	return unsafe.Slice((*T)(unsafe.Pointer(&a[address/8])), n)
}
