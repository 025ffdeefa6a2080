//go:build !linux

package proof

import (
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Guarded returns n zeros. On Linux they lie next to a page that faults when it is read or written.
func Guarded[E scalar.Element](_ testing.TB, n int, _ bool) []E { return make([]E, n) }

func walled[E scalar.Element](n int, _ bool) ([]E, func() error, error) {
	return make([]E, n), func() error { return nil }, nil
}
