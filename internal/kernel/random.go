package kernel

// Random masks and random numbers. Each number depends on a key and on its own place alone.

import (
	"math"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Dropout sets dst = x·m/(1-p). Each run of run elements shares an m, which is 0 with probability p and 1 otherwise.
// The i-th m depends on the key and on i alone. dst may be x.
func Dropout[T scalar.Float](dst, x []T, run int, k rng.K, p float64) {
	j := reuse.Take[dropoutJob[T], T](&dropoutJobs)
	j.dst, j.x, j.run, j.key = dst, x, run, k
	j.draw(p)
	draws := parallel.Blocks(len(dst), run)
	j.draws, j.share = draws, max(perBlock, vector.BlockSize/run/perBlock*perBlock)
	if len(dst) < vector.ParallelFrom {
		j.share = max(1, draws)
	}
	parallel.Run(parallel.Blocks(draws, j.share), j)
	reuse.Give[T](&dropoutJobs, j)
}

var dropoutJobs reuse.Jobs

// dropoutJob draws a number of 40 bits for each m, which is 0 if the number is below the bound p·2⁴⁰. The high 8 bits
// decide alone, unless they equal the high bits of the bound, which happens once in 256 draws. So one block of the
// generator serves 16 draws, 4 times as many as with 32 bits each.
type dropoutJob[T scalar.Float] struct {
	dst, x []T
	run    int
	key    rng.K
	fine   rng.K // the key of the low 32 bits of a draw
	high   uint32
	low    uint32
	factor [256]T // m/(1-p) for each value of the high bits
	draws  int
	share  int // draws per parallel block
}

// perBlock is the number of draws from one block of the generator.
const perBlock = 16

// draw prepares draws that give 0 with probability p.
func (j *dropoutJob[T]) draw(p float64) {
	bound := uint64(math.Round(p * (1 << 40)))
	j.high, j.low, j.fine = uint32(bound>>32), uint32(bound), j.key.Sub(0)
	for b := range j.factor {
		j.factor[b] = 0
		if uint32(b) >= j.high {
			j.factor[b] = T(1 / (1 - p))
		}
	}
}

func (j *dropoutJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.share, j.draws)
	if vector.Assembled[T]() && j.run == 1 && j.high > 0 && lo%(8*perBlock) == 0 {
		j.vectors(lo, hi)
		return
	}
	for ; lo < hi; lo += perBlock {
		w := j.key.Uint32x4(uint64(lo / perBlock))
		var m [perBlock]T
		for q, b := range w {
			m[4*q], m[4*q+1], m[4*q+2], m[4*q+3] = j.factor[b&255], j.factor[b>>8&255], j.factor[b>>16&255],
				j.factor[b>>24]
			if v := b ^ j.high*0x01010101; j.low != 0 && (v-0x01010101)&^v&0x80808080 != 0 { // a byte of v is 0
				j.decide(m[4*q:4*q+4], b, lo+4*q)
			}
		}
		from, to := lo*j.run, min((lo+perBlock)*j.run, hi*j.run, len(j.x))
		x, dst := j.x[from:to], j.dst[from:to]
		if j.run == 1 {
			for i, v := range x {
				dst[i] = v * m[i&(perBlock-1)]
			}
			continue
		}
		for i, v := range x {
			dst[i] = v * m[i/j.run]
		}
	}
}

// vectors does the elements [lo, hi), where each has a draw of its own, with eight blocks of the generator at a time.
func (j *dropoutJob[T]) vectors(lo, hi int) {
	seed, stream := j.key.Words()
	var words [32]uint32
	draws := (*[128]byte)(unsafe.Pointer(&words)) // in their order, since amd64 stores the low byte first
	for ; lo < hi; lo += len(draws) {
		philoxAVX2(&words[0], uint64(lo/perBlock), seed, stream)
		if j.low != 0 {
			for q, b := range words {
				if v := b ^ j.high*0x01010101; (v-0x01010101)&^v&0x80808080 != 0 {
					for r := range 4 {
						if b>>(8*r)&255 == j.high && j.fine.Uint32x4(uint64(lo + 4*q + r))[0] < j.low {
							words[q] &^= 255 << (8 * r) // 0 is below the bound
						}
					}
				}
			}
		}
		n := min(len(draws), hi-lo)
		dropoutAVX2(n, vector.Pointer(j.dst[lo:lo+n]), vector.Pointer(j.x[lo:lo+n]), &draws[0], int(j.high),
			float32(j.factor[255]))
	}
}

// decide looks at the low bits of four draws, from number i on. Their high bits are the bytes of b.
func (j *dropoutJob[T]) decide(m []T, b uint32, i int) {
	for r := range m {
		if b>>(8*r)&255 == j.high && j.fine.Uint32x4(uint64(i + r))[0] < j.low {
			m[r] = 0
		}
	}
}

// RandomUniform fills dst with numbers uniform in [0, 1).
func RandomUniform[T scalar.Float](dst []T, k rng.K) { runRandom(dst, k, false) }

// RandomNormal fills dst with standard normal numbers.
func RandomNormal[T scalar.Float](dst []T, k rng.K) { runRandom(dst, k, true) }

func runRandom[T scalar.Float](dst []T, k rng.K, normal bool) {
	j := reuse.Take[randomJob[T], T](&randomJobs)
	j.dst, j.key, j.normal = dst, k, normal
	parallel.Run(parallel.Blocks(len(dst), randomBlock), j)
	reuse.Give[T](&randomJobs, j)
}

var randomJobs reuse.Jobs

// randomBlock is the number of elements of a parallel block, a multiple of 32: some 100 µs of normal numbers. It is a
// variable, so that tests can make it smaller.
var randomBlock = 1 << 12

type randomJob[T scalar.Float] struct {
	dst    []T
	key    rng.K
	normal bool
}

func (j *randomJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, randomBlock, len(j.dst))
	if j.normal {
		rng.Normal(j.dst[lo:hi], j.key, uint64(lo))
	} else if vector.Assembled[T]() {
		uniform(j.dst[lo:hi], j.key, lo)
	} else {
		rng.Uniform(j.dst[lo:hi], j.key, uint64(lo))
	}
}

// uniform is rng.Uniform from a place that is a multiple of 32 on, with eight blocks of the generator at a time.
func uniform[T scalar.Float](dst []T, k rng.K, from int) {
	seed, stream := k.Words()
	var words [32]uint32
	for lo := 0; lo < len(dst); lo += len(words) {
		philoxAVX2(&words[0], uint64(from+lo)/4, seed, stream)
		n := min(len(words), len(dst)-lo)
		unitVector(n, vector.Pointer(dst[lo:lo+n]), (*float32)(unsafe.Pointer(&words)), 0x1p-24)
	}
}
