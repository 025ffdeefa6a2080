// Package parallel runs the blocks of a loop on a persistent pool of goroutines.
//
// The one idea: the caller cuts its work into blocks by the sizes of the problem and never by the number of
// processors, so a block computes the same bits wherever and whenever it runs. Only the hand-out of blocks to
// goroutines is dynamic: each begins with a share of its own, the same in every loop, so that a processor mostly reads
// what it wrote, and goes on to the shares of others.
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
// A body that is kept by its owner (or in a sync.Pool) makes a Run free of allocation.
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
// goroutine takes part, helped by at most GOMAXPROCS-1 idle pool goroutines; with one processor, or one block,
// everything runs in the caller. Run may be called from several goroutines and from within a block: a call that
// finds no idle goroutine does its work alone, so nesting cannot deadlock.
//
// A panic of a block reaches the caller of Run, after the blocks that have begun are done; the others may be skipped.
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
	for _, w := range crew { // those that did not come in time are not waited for
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
	done   chan struct{} // receives once, from the last helper, when the caller left before it

	mu      sync.Mutex
	failure *failure

	_      [64]byte     // the counters are written by every goroutine; the fields above are only read
	active atomic.Int32 // goroutines that may still touch the region
}

// A share is the blocks [next, end).
type share struct {
	next atomic.Int64
	end  int64
	_    [112]byte // another share's counter is in other cache lines
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

// work does blocks until none is left, those of the given share first.
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

// leave is a helper's last touch of the region.
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

// regions are kept in a channel and not in a sync.Pool, so that a garbage collection does not make Run allocate.
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

// A worker is one pool goroutine. Its slot says what it does:
//
//	nil      looks for work, spinning
//	parked   sleeps until wake receives
//	working  has taken a region and works on it
//	other    is offered that region, which the worker takes or the caller of Run withdraws
type worker struct {
	index int // in the pool; its share is the next
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
				w.slot.Store(nil) // free before the caller can know, so its next Run finds this worker
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

// spins is how often a goroutine looks before it sleeps: about 0.7 ms. Waking a sleeper costs the caller 30 µs on a
// virtual machine, so a worker that sleeps between the regions of one training step helps in none of them: with 5 µs
// of spinning, eight blocks of 7.5 µs took 60 µs on two processors as often as 30.
const spins = 200_000

// pause is one turn of a spinning loop; now and then it lets another goroutine have the processor.
func pause(n int) {
	if n%64 == 63 {
		runtime.Gosched()
	}
}

var (
	pool   atomic.Pointer[[]*worker]
	poolMu sync.Mutex
)

// workers returns the pool, of at least n workers.
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
