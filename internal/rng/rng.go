// Package rng makes random numbers by counting: number i of a key is a pure function of (key, i).
//
// The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3"
// (SC 2011). There is no state, so any part of a sequence can be made by anyone, in any order:
//
//	k := rng.Key(seed, rng.HashString("conv1.weight"))
//	rng.Normal(w, k, 0)             // elements 0, 1, 2, …
//	rng.Normal(w[100:], k, 100)     // the same numbers again
//
// Element i of Uniform and of Normal is the same draw in float32 and in float64, only rounded, so a float64 copy of
// a model sees the same masks and the same initial values.
package rng

import (
	"math"
	"math/bits"
)

// K names one sequence of random numbers.
type K struct{ seed, stream uint64 }

// Key returns the key of sequence stream of seed. Different pairs never share a counter block.
func Key(seed, stream uint64) K { return K{seed, stream} }

// Sub returns the n-th key derived from k, for a sequence of sequences (one for each step, one for each epoch).
func (k K) Sub(n uint64) K {
	w := k.block(n, 1<<63)
	return K{uint64(w[0]) | uint64(w[1])<<32, uint64(w[2]) | uint64(w[3])<<32}
}

// Words returns the key of Philox and the high half of its counter in [K.Uint32x4].
func (k K) Words() (seed, stream uint64) { return k.seed, k.stream }

// Uint32x4 returns four independent uniform words. It is Philox4x32-10 with the seed as the key, the counter as the
// low and the stream as the high half of the 128-bit counter, low words first.
func (k K) Uint32x4(counter uint64) [4]uint32 { return k.block(counter, 0) }

// The constants of Philox4x32 (Salmon et al., table 2 and section 4.3).
const (
	mul0, mul1   = 0xD2511F53, 0xCD9E8D57
	weyl0, weyl1 = 0x9E3779B9, 0xBB67AE85
	rounds       = 10
)

// block is Uint32x4 in the plane of that number: planes other than 0 serve derived draws.
func (k K) block(counter, plane uint64) [4]uint32 {
	k0, k1 := uint32(k.seed), uint32(k.seed>>32)
	stream := k.stream ^ plane
	if plane != 0 { // a stream with the plane's bit set is another key's stream: part them by the key as well
		k0, k1 = k0^0x5851F42D, k1^0x4C957F2D
	}
	c0, c1, c2, c3 := uint32(counter), uint32(counter>>32), uint32(stream), uint32(stream>>32)
	for range rounds {
		p0, p1 := uint64(c0)*mul0, uint64(c2)*mul1
		c0, c1, c2, c3 = uint32(p1>>32)^c1^k0, uint32(p1), uint32(p0>>32)^c3^k1, uint32(p0)
		k0, k1 = k0+weyl0, k1+weyl1
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Uint64 returns number i of the key's 64-bit integers.
func (k K) Uint64(i uint64) uint64 {
	w, j := k.block(i/2, 0), i%2*2
	return uint64(w[j])<<32 | uint64(w[j+1])
}

// IntN returns an integer uniform in [0, n), the i-th of the key, for n > 0. Its bias is below n/2⁶⁴.
func (k K) IntN(i uint64, n int) int {
	high, _ := bits.Mul64(k.Uint64(i), uint64(n))
	return int(high)
}

// Permute writes a random permutation of 0 … len(p)-1 (Fisher and Yates).
func Permute(p []int, k K) {
	for i := range p {
		j := k.IntN(uint64(i), i+1)
		p[i] = p[j]
		p[j] = i
	}
}

// Float is the element type of a fill.
type Float interface{ float32 | float64 }

// Uniform fills dst with elements from, from+1, … of the key's sequence of numbers uniform in [0, 1). A float32 has
// 24 random bits, a float64 53, of which the first 24 are those of the float32.
func Uniform[T Float](dst []T, k K, from uint64) {
	wide := isWide[T]()
	for i := 0; i < len(dst); {
		at := from + uint64(i)
		w := k.block(at/4, 0)
		var low [4]uint32
		if wide {
			low = k.block(at/4, fine)
		}
		for j := at % 4; j < 4 && i < len(dst); j++ {
			if wide {
				dst[i] = T(unit(w[j], low[j]))
			} else {
				dst[i] = T(w[j]>>8) * 0x1p-24
			}
			i++
		}
	}
}

// Normal fills dst with elements from, from+1, … of the key's sequence of standard normal numbers, by the formula of
// Box and Muller (1958): elements 2i and 2i+1 are r·cos θ and r·sin θ with r = √(-2 ln(1-u)), θ = 2πv, where u and v
// are uniform. A float32 reaches ±6.7, a float64 ±8.6.
func Normal[T Float](dst []T, k K, from uint64) {
	wide := isWide[T]()
	for i := 0; i < len(dst); {
		at := from + uint64(i)
		w := k.block(at/4, 0)
		low := [4]uint32{1 << 31, 1 << 31, 1 << 31, 1 << 31} // the middle of the float32's cell
		if wide {
			low = k.block(at/4, fine)
		}
		var z [4]float64
		z[0], z[1] = boxMuller(unit(w[0], low[0]), unit(w[1], low[1]))
		z[2], z[3] = boxMuller(unit(w[2], low[2]), unit(w[3], low[3]))
		for j := at % 4; j < 4 && i < len(dst); j++ {
			dst[i] = T(z[j])
			i++
		}
	}
}

// fine is the plane of the words that refine a float32's draw to a float64's.
const fine = 1 << 62

// unit makes a number in [0, 1) of its 32 high bits and 21 more.
func unit(high, low uint32) float64 {
	return float64(uint64(high)<<21|uint64(low)>>11) * 0x1p-53
}

func boxMuller(u, v float64) (x, y float64) {
	r := math.Sqrt(-2 * math.Log(1-u)) // 1-u is exact and never 0
	sin, cos := math.Sincos(2 * math.Pi * v)
	return r * cos, r * sin
}

// isWide reports whether T is float64.
func isWide[T Float]() bool { return T(1)+0x1p-40 != 1 }

// HashString returns a 64-bit hash of s that never changes (FNV-1a), for the stream of something that has a name.
func HashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
