//go:build race

package allocs

const Counted = false

func PerRun(runs int, f func()) float64 {
	for range runs + 1 {
		f()
	}
	return 0
}
