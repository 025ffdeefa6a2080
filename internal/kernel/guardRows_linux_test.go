package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// guardedRows returns n floats that end where memory does: reading or writing beyond them faults.
func guardedRows(t testing.TB, n int) []float32 {
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	if err := syscall.Mprotect(m[size:], syscall.PROT_NONE); err != nil {
		t.Skip(err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&m[size-4*n : size+1][0])), n)
}
