// Package parallel runs the blocks of a loop on a persistent pool of goroutines.
//
// The one idea: the caller cuts its work into blocks by the sizes of the problem and never by the number of
// processors, so a block computes the same bits wherever and whenever it runs. Only which goroutine runs a block is
// dynamic. Each goroutine begins with a share of its own, the same in every loop, so that a processor mostly reads
// what it wrote; then it takes blocks from the shares of others.
//
//	type fill struct{ x []float32 }
//
//	func (f *fill) Block(i int) {
//		lo, hi := parallel.Bounds(i, 4096, len(f.x))
//		clear(f.x[lo:hi])
//	}
//
//	parallel.Run(parallel.Blocks(len(x), 4096), &fill{x})
//
// If the owner of a body keeps it (or a sync.Pool does), Run allocates nothing.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A Body is a loop body: Block(i) does block i of the work. Blocks run in any order and at the same time, so
// a block writes only what no other block reads or writes.
type Body interface {
	Block(i int)
}

// Blocks returns the number of blocks of at most size elements that n elements make.
func Blocks(n, size int) int { return (n + size - 1) / size }

// Bounds returns the half-open range of elements of block i when n elements are cut into blocks of size.
func Bounds(i, size, n int) (lo, hi int) { return i * size, min((i+1)*size, n) }

// Run calls body.Block(i) once for every i in [0, blocks) and returns when all calls have returned. The calling
// goroutine takes part; at most GOMAXPROCS-1 idle goroutines of the pool help. With one processor, or one block,
// everything runs in the caller. Run may be called from several goroutines and from within a block. A call that finds
// no idle goroutine does its work alone, so nesting cannot deadlock.
//
// If a block panics, Run panics with the same value, after all blocks that have begun are done. Blocks that have not
// begun may be skipped.
func Run(blocks int, body Body) {
	helpers := min(blocks, runtime.GOMAXPROCS(0)) - 1
	if helpers <= 0 {
		for i := range blocks {
			body.Block(i)
		}
		return
	}
	r := takeRegion()
	r.body = body
	r.share(blocks, helpers+1)
	r.active.Store(1)
	crew := workers(helpers)
	hired := 0
	for _, w := range crew {
		if hired == helpers {
			break
		}
		if w.hire(r) {
			hired++
		}
	}
	r.work(0)
	for _, w := range crew { // workers that have not taken the region yet are not waited for
		w.release(r)
	}
	if r.active.Add(-1) != 0 {
		r.wait()
	}
	failure := r.failure
	r.body, r.failure = nil, nil
	putRegion(r)
	if failure != nil {
		panic(failure.value)
	}
}

// A region is one running call of Run.
type region struct {
	body   Body
	shares []share
	done   chan struct{} // receives once, from the last helper, if the caller has left before

	mu      sync.Mutex
	failure *failure

	_      [64]byte     // every goroutine writes active; the fields above are only read
	active atomic.Int32 // goroutines that may still touch the region
}

// A share is the blocks [next, end).
type share struct {
	next atomic.Int64
	end  int64
	_    [112]byte // keeps the counters of two shares in different cache lines
}

// share divides the blocks among n goroutines.
func (r *region) share(blocks, n int) {
	if cap(r.shares) < n {
		r.shares = make([]share, n)
	}
	r.shares = r.shares[:n]
	for i := range r.shares {
		r.shares[i].next.Store(int64(i * blocks / n))
		r.shares[i].end = int64((i + 1) * blocks / n)
	}
}

// A failure is the first panic of a region's blocks.
type failure struct{ value any }

// work does blocks until none is left, first those of the given share.
func (r *region) work(first int) {
	defer r.recover()
	for k := range r.shares {
		s := &r.shares[(first+k)%len(r.shares)]
		for {
			i := s.next.Add(1) - 1
			if i >= s.end {
				break
			}
			r.body.Block(int(i))
		}
	}
}

// recover keeps the first panic and lets no further block begin.
func (r *region) recover() {
	if v := recover(); v != nil {
		r.mu.Lock()
		if r.failure == nil {
			r.failure = &failure{v}
		}
		r.mu.Unlock()
		for i := range r.shares {
			r.shares[i].next.Store(r.shares[i].end)
		}
	}
}

// leave is the last thing that a helper does with the region.
func (r *region) leave() {
	if r.active.Add(-1) == 0 {
		r.done <- struct{}{}
	}
}

// wait returns when the last helper has left.
func (r *region) wait() {
	for n := 0; n < spins && r.active.Load() != 0; n++ {
		pause(n)
	}
	<-r.done
}

// regions holds spare regions. It is a channel and not a sync.Pool, so that Run does not allocate after a garbage
// collection.
var regions = make(chan *region, 64)

func takeRegion() *region {
	select {
	case r := <-regions:
		return r
	default:
		return &region{done: make(chan struct{}, 1)}
	}
}

func putRegion(r *region) {
	select {
	case regions <- r:
	default:
	}
}

// A worker is one goroutine of the pool. Its slot says what it does:
//
//	nil      looks for work, spinning
//	parked   sleeps until wake receives
//	working  has taken a region and works on it
//	other    is offered that region: the worker takes it, or the caller of Run withdraws it
type worker struct {
	index int // in the pool; its share is number index+1
	slot  atomic.Pointer[region]
	wake  chan struct{}
	_     [64]byte
}

var parked, working = new(region), new(region)

// hire offers region r to the worker, and reports whether the worker was free.
func (w *worker) hire(r *region) bool {
	old := w.slot.Load()
	if old != nil && old != parked {
		return false
	}
	r.active.Add(1)
	if !w.slot.CompareAndSwap(old, r) {
		r.active.Add(-1)
		return false
	}
	if old == parked {
		w.wake <- struct{}{}
	}
	return true
}

// release withdraws the offer of region r if the worker has not taken it.
func (w *worker) release(r *region) {
	if w.slot.CompareAndSwap(r, nil) {
		r.active.Add(-1)
	}
}

// loop is the life of a worker: look for work for a while, then sleep.
func (w *worker) loop() {
	for n := 0; ; n++ {
		r := w.slot.Load()
		switch {
		case r != nil:
			if w.slot.CompareAndSwap(r, working) {
				r.work(1 + w.index)
				w.slot.Store(nil) // free before Run returns, so that the next Run finds this worker
				r.leave()
				n = 0
			}
		case n < spins:
			pause(n)
		case w.slot.CompareAndSwap(nil, parked):
			<-w.wake
			n = 0
		}
	}
}

// spins is how often a goroutine looks for work before it sleeps: for about 0.7 ms. Waking a sleeping worker costs the
// caller 30 µs on a virtual machine. A worker that slept between the regions of a training step would help in none of
// them: with 5 µs of spinning, eight blocks of 7.5 µs on two processors took 60 µs as often as 30.
const spins = 200_000

// pause is one turn of a spinning loop. Every 64th turn lets another goroutine have the processor.
func pause(n int) {
	if n%64 == 63 {
		runtime.Gosched()
	}
}

var (
	pool   atomic.Pointer[[]*worker]
	poolMu sync.Mutex
)

// workers returns the pool, which has at least n workers.
func workers(n int) []*worker {
	if p := pool.Load(); p != nil && len(*p) >= n {
		return *p
	}
	poolMu.Lock()
	defer poolMu.Unlock()
	var all []*worker
	if p := pool.Load(); p != nil {
		all = append(all, *p...)
	}
	for len(all) < n {
		w := &worker{index: len(all), wake: make(chan struct{}, 1)}
		go w.loop()
		all = append(all, w)
	}
	pool.Store(&all)
	return all
}
