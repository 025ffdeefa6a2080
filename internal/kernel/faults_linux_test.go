package kernel

import (
	"runtime"
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

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
	end, front := proof.Guarded[float32](t, n, false), proof.Guarded[float32](t, n, true)
	beyond := unsafe.Pointer(uintptr(unsafe.Pointer(&end[0])) + 4*n)
	before := unsafe.Pointer(uintptr(unsafe.Pointer(&front[0])) - 4)
	far := unsafe.Slice(&end[0], n+1)
	early := unsafe.Slice((*float32)(before), n)
	spare := make([]float32, n+1)
	dot := gemm.Product[float32]{M: 1, N: 1, K: n + 1, Batch: 1, A: gemm.Rows(far, n+1), B: gemm.Rows(spare, n+1).T(),
		C: gemm.Rows(make([]float32, 1), 1), Alpha: 1}
	proof.EachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			run     func()
			address unsafe.Pointer
		}{
			{"reads beyond", func() { vector.UnaryRow(vector.Neg, spare, far, 0, 0) }, beyond},
			{"writes beyond", func() { vector.UnaryRow(vector.Neg, far, spare, 0, 0) }, beyond},
			{"multiplies beyond", func() { gemm.Multiply(dot) }, beyond},
			{"reads before", func() { vector.UnaryRow(vector.Neg, spare[:n], early, 0, 0) }, before},
			{"writes before", func() { vector.UnaryRow(vector.Neg, early, spare[:n], 0, 0) }, before},
		} {
			if !faults(c.run, c.address) {
				t.Errorf("%s: nothing is noticed", c.name)
			}
		}
		if faults(func() { vector.UnaryRow(vector.Neg, end, end, 0, 0) }, beyond) ||
			faults(func() { vector.UnaryRow(vector.Neg, front, front, 0, 0) }, before) {
			t.Error("a kernel that keeps to its operands faults")
		}
	})
}
