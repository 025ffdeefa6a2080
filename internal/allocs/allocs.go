//go:build !race

// Package allocs counts allocations in tests.
package allocs

import "testing"

// Counted reports whether allocations mean anything: not under the race detector, where sync.Pool drops what it is
// given at random.
const Counted = true

// PerRun is testing.AllocsPerRun where allocations are counted; elsewhere it runs f and returns 0.
func PerRun(runs int, f func()) float64 { return testing.AllocsPerRun(runs, f) }
