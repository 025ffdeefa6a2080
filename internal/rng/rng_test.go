package rng

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"
)

// Known answers: Random123, tests/kat_vectors, "philox4x32 10".
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, v := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{},
			[4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		pair := func(lo, hi uint32) uint64 { return uint64(lo) | uint64(hi)<<32 }
		k := Key(pair(v.key[0], v.key[1]), pair(v.counter[2], v.counter[3]))
		if got := k.Uint32x4(pair(v.counter[0], v.counter[1])); got != v.want {
			t.Errorf("philox4x32-10(%08x, %08x) = %08x, want %08x", v.counter, v.key, got, v.want)
		}
	}
}

func testElementsDependOnTheirNumber[T Float](t *testing.T, fill func(dst []T, k K, from uint64)) {
	k := Key(7, 3)
	all := make([]T, 103)
	fill(all, k, 0)
	for from := range all {
		for _, n := range []int{0, 1, 2, 5, len(all) - from} {
			part := make([]T, min(n, len(all)-from))
			fill(part, k, uint64(from))
			for i := range part {
				if part[i] != all[from+i] {
					t.Fatalf("element %d from %d is %v, want %v", from+i, from, part[i], all[from+i])
				}
			}
		}
	}
}

func TestElementsDependOnTheirNumber(t *testing.T) {
	t.Run("Uniform32", func(t *testing.T) { testElementsDependOnTheirNumber(t, Uniform[float32]) })
	t.Run("Uniform64", func(t *testing.T) { testElementsDependOnTheirNumber(t, Uniform[float64]) })
	t.Run("Normal32", func(t *testing.T) { testElementsDependOnTheirNumber(t, Normal[float32]) })
	t.Run("Normal64", func(t *testing.T) { testElementsDependOnTheirNumber(t, Normal[float64]) })
}

func TestFloat32IsTheFloat64Rounded(t *testing.T) {
	const n = 10000
	f32, f64 := make([]float32, n), make([]float64, n)
	Uniform(f32, Key(1, 2), 0)
	Uniform(f64, Key(1, 2), 0)
	for i := range f32 {
		if want := float32(math.Floor(f64[i]*0x1p24) * 0x1p-24); f32[i] != want {
			t.Fatalf("uniform %d: float32 %v, float64 %v", i, f32[i], f64[i])
		}
	}
	Normal(f32, Key(1, 2), 0)
	Normal(f64, Key(1, 2), 0)
	for i := range f32 {
		if math.Abs(float64(f32[i])-f64[i]) > 1e-5 {
			t.Fatalf("normal %d: float32 %v, float64 %v", i, f32[i], f64[i])
		}
	}
}

// moments returns the mean of x, x², x³ and x⁴, and of the products of neighbours.
func moments[T Float](x []T) (m [5]float64) {
	for i, v := range x {
		p := 1.0
		for j := range 4 {
			p *= float64(v)
			m[j] += p
		}
		m[4] += float64(v) * float64(x[(i+1)%len(x)])
	}
	for j := range m {
		m[j] /= float64(len(x))
	}
	return m
}

func testMoments[T Float](t *testing.T, fill func(dst []T, k K, from uint64), want [5]float64) {
	x := make([]T, 1<<18)
	for stream := range uint64(3) {
		fill(x, Key(0, stream), 0)
		for j, got := range moments(x) {
			if math.Abs(got-want[j]) > 0.12 { // six times the deviation of the fourth moment, √(96/2¹⁸)
				t.Errorf("stream %d: moment %d is %v, want %v", stream, j+1, got, want[j])
			}
		}
	}
}

func TestMoments(t *testing.T) {
	uniform, normal := [5]float64{1. / 2, 1. / 3, 1. / 4, 1. / 5, 1. / 4}, [5]float64{0, 1, 0, 3, 0}
	t.Run("Uniform32", func(t *testing.T) { testMoments(t, Uniform[float32], uniform) })
	t.Run("Uniform64", func(t *testing.T) { testMoments(t, Uniform[float64], uniform) })
	t.Run("Normal32", func(t *testing.T) { testMoments(t, Normal[float32], normal) })
	t.Run("Normal64", func(t *testing.T) { testMoments(t, Normal[float64], normal) })
}

func TestUniformStaysBelowOne(t *testing.T) {
	if u := unit(math.MaxUint32, math.MaxUint32); u >= 1 {
		t.Errorf("largest float64 is %v", u)
	}
	if u := float32(math.MaxUint32>>8) * 0x1p-24; u >= 1 {
		t.Errorf("largest float32 is %v", u)
	}
	x, y := boxMuller(unit(math.MaxUint32, math.MaxUint32), 0)
	if math.IsInf(x, 0) || math.IsNaN(x+y) {
		t.Errorf("the largest draw gives normals %v and %v", x, y)
	}
}

func TestKeysDiffer(t *testing.T) {
	seen := map[[4]uint32]string{}
	note := func(name string, w [4]uint32) {
		if other, ok := seen[w]; ok {
			t.Errorf("%s repeats %s", name, other)
		}
		seen[w] = name
	}
	for seed := range uint64(8) {
		for stream := range uint64(8) {
			k := Key(seed, stream)
			for n := range uint64(8) {
				note(fmt.Sprint("word ", k, n), k.Uint32x4(n))
				note(fmt.Sprint("sub ", k, n), k.Sub(n).Uint32x4(0))
			}
		}
	}
}

func TestPermute(t *testing.T) {
	var first [5]int
	for n := range 2000 {
		p := make([]int, 5)
		Permute(p, Key(1, 2).Sub(uint64(n)))
		var seen [5]bool
		for _, v := range p {
			seen[v] = true
		}
		if seen != [5]bool{true, true, true, true, true} {
			t.Fatalf("%v is not a permutation", p)
		}
		first[p[0]]++
	}
	for v, n := range first {
		if n < 300 || n > 500 { // 400 ± 18
			t.Errorf("%d comes first in %d of 2000 permutations", v, n)
		}
	}
}

func TestHashString(t *testing.T) {
	for _, s := range []string{"", "a", "layer1.0.conv1.weight", "näme"} {
		h := fnv.New64a()
		h.Write([]byte(s))
		if HashString(s) != h.Sum64() {
			t.Errorf("HashString(%q) = %x, want FNV-1a's %x", s, HashString(s), h.Sum64())
		}
	}
}

func TestNoAllocation(t *testing.T) {
	x, y := make([]float32, 1000), make([]float64, 1000)
	if n := testing.AllocsPerRun(10, func() {
		Uniform(x, Key(1, 2), 3)
		Uniform(y, Key(1, 2), 3)
		Normal(x, Key(1, 2), 3)
		Normal(y, Key(1, 2), 3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUniform(b *testing.B) {
	x := make([]float32, 1<<16)
	b.SetBytes(4 << 16)
	for b.Loop() {
		Uniform(x, Key(1, 2), 0)
	}
}

func BenchmarkNormal(b *testing.B) {
	x := make([]float32, 1<<16)
	b.SetBytes(4 << 16)
	for b.Loop() {
		Normal(x, Key(1, 2), 0)
	}
}
