// This file holds Measure, which times a workload.

package bench

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/stheno-ml/stheno/graph"
)

// Result is what the steps of a workload took.
type Result struct {
	Workload
	Steps            int
	Median, P99, Max time.Duration // of a step
	Flops            int64         // of a step, in matrix products and convolutions
	// Allocs is the number of allocations of a step, rounded down. What the rest of the process allocates now and
	// then, as for a thread that the runtime starts, does not count: where the mean of all steps is not 0, up to five
	// more are counted, and the least counts.
	Allocs uint64
	GCs    uint32 // collections of garbage while the steps were timed
	Memory graph.MemoryUse
}

// GFLOPS is the rate of the median step.
func (r Result) GFLOPS() float64 { return float64(r.Flops) / float64(max(r.Median, 1)) }

// ItemsPerSecond is the rate of the median step.
func (r Result) ItemsPerSecond() float64 { return float64(r.Items()) / max(r.Median, 1).Seconds() }

const (
	warmUps  = 3
	minSteps = 5
	maxSteps = 1 << 18 // the times of more would not tell more
)

// Measure builds the workload, warms it up by three steps, and runs it for the given time, five steps at least. The
// error is that of a step, or the context's when it ends.
func Measure(ctx context.Context, w Workload, d time.Duration) (Result, *Step, error) {
	s, err := w.Build()
	if err != nil {
		return Result{}, nil, err
	}
	r := Result{Workload: w, Flops: s.products(), Memory: s.memory()}
	runtime.GC() // before warming up, since it empties pools
	for range warmUps {
		if _, err := s.timed(ctx); err != nil {
			return r, s, err
		}
	}
	times := make([]time.Duration, 0, maxSteps)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for start := time.Now(); len(times) < minSteps || len(times) < maxSteps && time.Since(start) < d; {
		t, err := s.timed(ctx)
		if err != nil {
			return r, s, err
		}
		times = append(times, t)
	}
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	n := len(times)
	r.Steps, r.Median, r.P99, r.Max = n, times[n/2], times[n*99/100], times[n-1]
	r.Allocs = (after.Mallocs - before.Mallocs) / uint64(n)
	r.GCs = after.NumGC - before.NumGC
	for try := 0; try < minSteps && r.Allocs > 0; try++ {
		runtime.ReadMemStats(&before)
		if _, err := s.timed(ctx); err != nil {
			return r, s, err
		}
		runtime.ReadMemStats(&after)
		r.Allocs = min(r.Allocs, after.Mallocs-before.Mallocs)
	}
	return r, s, nil
}

// timed runs one step.
func (s *Step) timed(ctx context.Context) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	start := time.Now()
	err := s.Run()
	return time.Since(start), err
}
