package proof

import (
	"syscall"
	"testing"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Guarded returns n zeros with a page behind them that faults when it is read or written, or, with front, before them.
func Guarded[E scalar.Element](t testing.TB, n int, front bool) []E {
	x, free, err := walled[E](n, front)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := free(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// walled is Guarded; free gives the memory back.
func walled[E scalar.Element](n int, front bool) (x []E, free func() error, err error) {
	var e E
	page, width := syscall.Getpagesize(), int(unsafe.Sizeof(e))
	size := (width*n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	at, wall := size-width*n, m[size:]
	if front {
		at, wall = page, m[:page]
	}
	if err := syscall.Mprotect(wall, syscall.PROT_NONE); err != nil {
		return nil, nil, err
	}
	return unsafe.Slice((*E)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(m)), at)), n),
		func() error { return syscall.Munmap(m) }, nil
}
