//go:build linux

package kernel

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// guard returns n zeros that end where memory does: to touch what comes after them is a fault.
func guard(n int) []float32 {
	page := os.Getpagesize()
	size := (4*n+page-1)/page*page + page
	m, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		err = syscall.Mprotect(m[size-page:], syscall.PROT_NONE)
	}
	if err != nil {
		panic(err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&m[0])), (size-page)/4)[(size-page)/4-n:]
}

func TestNothingIsTouchedBeyondVectors(t *testing.T) {
	const most = 67
	a, b, dst := guard(most), guard(most), guard(most)
	copy(a, random[float32]("a", most))
	copy(b, random[float32]("b", most))
	eachForm(t, func(t *testing.T) {
		for n := range most + 1 {
			a, b, dst := a[most-n:], b[most-n:], dst[most-n:]
			for f := range unaryNames {
				unary(UnaryFunc(f), dst, a, 0.25, 0.75)
			}
			for f := range binaryNames {
				f := BinaryFunc(f)
				binary(f, dst, a, b, 0.25, 0.75)
				if n > 0 {
					binary(f, dst, a, b[n-1:], 0.25, 0.75)
					binary(f, dst, a[n-1:], b, 0.25, 0.75)
				}
			}
		}
	})
}
