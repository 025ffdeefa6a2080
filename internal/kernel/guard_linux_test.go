package kernel

import (
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n zeros that lie against a page which faults when it is read or written: at their end, or at their
// beginning.
func guarded[E Element](t testing.TB, n int, front bool) []E {
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

// walled is what guarded returns, and what gives its memory back.
func walled[E Element](n int, front bool) (x []E, free func() error, err error) {
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

// faults reports whether f reads or writes the float32 at the address. Some processors name the first of its bytes
// that is out of bounds and some, for masked writes, the last.
func faults(f func(), address unsafe.Pointer) (yes bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			fault, ok := v.(interface {
				runtime.Error
				Addr() uintptr
			})
			if !ok {
				panic(v)
			}
			yes = fault.Addr() >= uintptr(address) && fault.Addr() < uintptr(address)+4
		}
	}()
	f()
	return false
}

// TestGuardsGuard: a kernel that goes one element too far faults, be it that it reads or writes, beyond the end or
// before the beginning.
func TestGuardsGuard(t *testing.T) {
	const n = 37
	end, front := guarded[float32](t, n, false), guarded[float32](t, n, true)
	beyond := unsafe.Pointer(uintptr(unsafe.Pointer(&end[0])) + 4*n)
	before := unsafe.Pointer(uintptr(unsafe.Pointer(&front[0])) - 4)
	far := unsafe.Slice(&end[0], n+1)
	early := unsafe.Slice((*float32)(before), n)
	spare := make([]float32, n+1)
	dot := productOf(1, 1, n+1, Rows(far, n+1), Rows(spare, n+1).T(), Rows(make([]float32, 1), 1))
	eachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			run     func()
			address unsafe.Pointer
		}{
			{"reads beyond", func() { unary(Neg, spare, far, 0, 0) }, beyond},
			{"writes beyond", func() { unary(Neg, far, spare, 0, 0) }, beyond},
			{"multiplies beyond", func() { Multiply(dot) }, beyond},
			{"reads before", func() { unary(Neg, spare[:n], early, 0, 0) }, before},
			{"writes before", func() { unary(Neg, early, spare[:n], 0, 0) }, before},
		} {
			if !faults(c.run, c.address) {
				t.Errorf("%s: nothing is noticed", c.name)
			}
		}
		if faults(func() { unary(Neg, end, end, 0, 0) }, beyond) ||
			faults(func() { unary(Neg, front, front, 0, 0) }, before) {
			t.Error("a kernel that keeps to its operands faults")
		}
	})
}
