package parallel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// count counts how often each block ran.
type count struct{ ran []atomic.Int32 }

func (c *count) Block(i int) { c.ran[i].Add(1) }

func (c *count) check(t *testing.T, runs int32) {
	t.Helper()
	for i := range c.ran {
		if n := c.ran[i].Load(); n != runs {
			t.Fatalf("block %d of %d ran %d times, want %d", i, len(c.ran), n, runs)
		}
	}
}

// withProcs runs f under several values of GOMAXPROCS.
func withProcs(t *testing.T, f func(t *testing.T)) {
	for _, procs := range []int{1, 2, 5} {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			f(t)
		})
	}
}

func TestEveryBlockRunsOnce(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		for _, blocks := range []int{-1, 0, 1, 2, 3, 7, 64, 1000} {
			c := &count{make([]atomic.Int32, max(blocks, 0))}
			for range 50 {
				Run(blocks, c)
			}
			c.check(t, 50)
		}
	})
}

// outer is a body whose blocks run a parallel loop of their own.
type outer struct{ inner []*count }

func (o *outer) Block(i int) { Run(len(o.inner[i].ran), o.inner[i]) }

func TestNested(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		o := &outer{}
		for range 20 {
			o.inner = append(o.inner, &count{make([]atomic.Int32, 30)})
		}
		for range 20 {
			Run(len(o.inner), o)
		}
		for _, c := range o.inner {
			c.check(t, 20)
		}
	})
}

func TestConcurrentCallers(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				c := &count{make([]atomic.Int32, 37)}
				for range 300 {
					Run(len(c.ran), c)
				}
				c.check(t, 300)
			})
		}
		callers.Wait()
	})
}

func TestProcessorsChangeWhileRunning(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	c := &count{make([]atomic.Int32, 16)}
	for i := range 60 {
		runtime.GOMAXPROCS(1 + i%4)
		Run(len(c.ran), c)
	}
	c.check(t, 60)
}

// fails panics in one block.
type fails struct{ at int }

func (f fails) Block(i int) {
	if i == f.at {
		panic("block fails")
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		for at := range 10 {
			func() {
				defer func() {
					if v := recover(); v != "block fails" {
						t.Errorf("block %d: recovered %v", at, v)
					}
				}()
				Run(10, fails{at})
			}()
		}
		c := &count{make([]atomic.Int32, 10)}
		Run(10, c) // the pool has survived
		c.check(t, 1)
	})
}

// TestNoAllocation does not use testing.AllocsPerRun, which measures on one processor only.
func TestNoAllocation(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		c := &count{make([]atomic.Int32, 64)}
		var before, after runtime.MemStats
		const runs = 2000
		for try := 0; ; try++ {
			Run(64, c)
			runtime.ReadMemStats(&before)
			for range runs {
				Run(64, c)
			}
			runtime.ReadMemStats(&after)
			n := after.Mallocs - before.Mallocs
			if n < runs/100 { // the runtime itself may allocate a little
				return
			}
			if try == 3 {
				t.Fatalf("%d allocations in %d runs", n, runs)
			}
		}
	})
}

func TestBounds(t *testing.T) {
	next := 0
	for i := range Blocks(10, 4) {
		lo, hi := Bounds(i, 4, 10)
		if lo != next || hi <= lo {
			t.Errorf("block %d is [%d, %d), want it to begin at %d", i, lo, hi, next)
		}
		next = hi
	}
	if next != 10 {
		t.Errorf("blocks end at %d, want 10", next)
	}
}

func BenchmarkRunEmptyBlocks(b *testing.B) {
	c := &count{make([]atomic.Int32, 16)}
	b.ReportAllocs()
	for b.Loop() {
		Run(16, c)
	}
}
