//go:build !linux

package kernel

import "testing"

// guarded returns n zeros; on Linux they lie against a page which faults when it is read or written.
func guarded[E Element](_ testing.TB, n int, _ bool) []E { return make([]E, n) }

func walled[E Element](n int, _ bool) ([]E, func() error, error) {
	return make([]E, n), func() error { return nil }, nil
}
