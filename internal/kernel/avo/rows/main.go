// Command rows writes the kernels that go over rows: those of package vector, element by element, to sums and extrema,
// and over columns; or those of layers, in package kernel: normalisations, updates, random numbers, and windows of a
// pooling.
package main

import (
	"flag"
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

func main() {
	layers := flag.Bool("layers", false, "write the kernels of layers")
	kernels.Flags()
	masks()
	for _, f = range []forms.Form{forms.AVX2, forms.AVX512} {
		if *layers {
			layerKernels()
			continue
		}
		eachKernels()
		sumKernels()
		magnitude()
		extremum("rowMax", "largest", VMAXPS, VANDPS)
		extremum("rowMin", "smallest", VMINPS, VORPS)
		columnKernels()
	}
	if f = forms.AVX2; *layers {
		poolKernels()
		philox()
		dropout()
	} else {
		transpose()
		second()
	}
	Generate()
	kernels.Write("avo/rows")
}

var (
	f       forms.Form // being written
	kernels forms.Set
)

func vector() reg.VecVirtual { return f.Register() }

// half is the lower half of a register.
func half(v reg.VecVirtual) reg.VecVirtual {
	if f.Wide() {
		return v.AsY().(reg.VecVirtual)
	}
	return v.AsX().(reg.VecVirtual)
}

func number(n int) Op { return Imm(uint64(n)) }

var ones, unsigned Mem

// masks writes eight ones and eight zeros: from the element 8-n on, these are the mask of n lanes. And the bits of
// floats without sign.
func masks() {
	ones = GLOBL("rowMask", RODATA|NOPTR)
	for i := range 16 {
		v := U32(0)
		if i < 8 {
			v = 0xFFFFFFFF
		}
		DATA(4*i, v)
	}
	unsigned = GLOBL("unsigned", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(0x7FFFFFFF))
	}
}

// firstLanes is the mask of n lanes, 0 < n < 16, or n ≤ 8 in AVX2.
func firstLanes(n reg.Register) *forms.Mask {
	if f.Wide() {
		return forms.FirstBits(n)
	}
	m := vector()
	p, k := GP64(), GP64()
	LEAQ(ones.Offset(32), p)
	MOVQ(n, k)
	NEGQ(k)
	VMOVUPS(Mem{Base: p, Index: k, Scale: 4}, m)
	return &forms.Mask{Vector: m}
}

// doubles loads half a register of float32, those of the mask, as one of float64.
func doubles(m *forms.Mask, from Mem, to reg.VecVirtual) {
	if m == nil {
		VCVTPS2PD(from, to)
		return
	}
	if !f.Wide() {
		m = &forms.Mask{Vector: m.Vector.AsX().(reg.VecVirtual)}
	}
	m.Load(from, half(to))
	VCVTPS2PD(half(to), to)
}

func start(name, signature, condition, doc string) {
	name = kernels.Begin(name, f, signature, condition)
	Doc(name + " " + doc)
}

// broadcast loads a parameter of type float32 into every lane.
func broadcast(name string) reg.VecVirtual {
	v := vector()
	VBROADCASTSS(address(name), v)
	return v
}

func address(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

func pointers(names []string) []reg.Register {
	var p []reg.Register
	for _, name := range names {
		p = append(p, Load(Param(name), GP64()))
	}
	return p
}

func list(names, kind string) string {
	if names == "" {
		return ""
	}
	return ", " + strings.Join(strings.Fields(names), ", ") + " " + kind
}

// each writes a kernel that computes out from in, vector by vector. body changes the vectors of in, and leaves in the
// first of them the results.
func each(name, formula, out, in, scalars string, body func(v, s []reg.VecVirtual)) {
	loop(name, formula, out, in, scalars, nil, body)
}

// updates is each for an update, which returns the bits of the largest magnitude among those results whose numbers
// are given. The last vector of in is no result.
func updates(name, formula, out, in, scalars string, look []int, body func(v, s []reg.VecVirtual)) {
	loop(name, formula, out, in, scalars, look, body)
}

func loop(name, formula, out, in, scalars string, look []int, body func(v, s []reg.VecVirtual)) {
	signature, doc := "func(n int"+list(out+" "+in, "*float32")+list(scalars, "float32")+")",
		"sets "+formula+" for n elements; it rounds as the plain loop does."
	if look != nil {
		signature += " (bits uint32)"
		doc += " It returns the largest magnitude, as magnitude" + f.Name + " does."
	}
	start(name, signature, "", doc)
	n := Load(Param("n"), GP64())
	to, from := pointers(strings.Fields(out)), pointers(strings.Fields(in))
	var s []reg.VecVirtual
	for _, name := range strings.Fields(scalars) {
		s = append(s, broadcast(name))
	}
	i := GP64()
	XORQ(i, i)
	var most reg.VecVirtual
	if look != nil {
		most = none()
	}
	step := func(disp int, m *forms.Mask) {
		v := make([]reg.VecVirtual, len(from))
		for k, p := range from {
			v[k] = vector()
			m.Load(Mem{Base: p, Index: i, Scale: 4, Disp: 4 * disp}, v[k])
		}
		body(v, s)
		for k, p := range to {
			m.Store(v[k], Mem{Base: p, Index: i, Scale: 4, Disp: 4 * disp})
		}
		for _, k := range look {
			t := v[len(v)-1]
			switch {
			case m == nil:
				and(unsigned, v[k], t)
			case f.Wide():
				VPANDD_Z(unsigned, v[k], m.Bits, t)
			default:
				and(unsigned, v[k], t)
				VPAND(m.Vector, t, t)
			}
			VPMAXSD(t, most, most)
		}
	}
	loop, one, tail, done := "loop", "one", "tail", "done"
	SUBQ(number(2*f.Lanes()), n)
	JL(LabelRef(one))
	Label(loop)
	step(0, nil)
	step(f.Lanes(), nil)
	ADDQ(number(2*f.Lanes()), i)
	SUBQ(number(2*f.Lanes()), n)
	JGE(LabelRef(loop))
	Label(one)
	ADDQ(number(f.Lanes()), n)
	JL(LabelRef(tail))
	step(0, nil)
	ADDQ(number(f.Lanes()), i)
	SUBQ(number(f.Lanes()), n)
	Label(tail)
	ADDQ(number(f.Lanes()), n)
	JE(LabelRef(done))
	step(0, firstLanes(n))
	Label(done)
	if look != nil {
		largest(most)
	}
	VZEROUPPER()
	RET()
}

func eachKernels() {
	each("scale", "y = x·a", "y", "x", "a", func(v, s []reg.VecVirtual) {
		VMULPS(s[0], v[0], v[0])
	})
	each("shift", "y = x + a", "y", "x", "a", func(v, s []reg.VecVirtual) {
		VADDPS(s[0], v[0], v[0])
	})
	each("addScaled", "z = y + a·x", "z", "y x", "a", func(v, s []reg.VecVirtual) {
		VMULPS(s[0], v[1], v[1])
		VADDPS(v[1], v[0], v[0])
	})
}

// layerKernels are those that go element by element.
func layerKernels() {
	each("softmaxGrad", "dx = y·(dy - a)", "dx", "y dy", "a", func(v, s []reg.VecVirtual) {
		VSUBPS(s[0], v[1], v[1])
		VMULPS(v[1], v[0], v[0])
	})

	each("unit", "y = (x >> 8)·a, where the x are integers of 32 bits,", "y", "x", "a", func(v, s []reg.VecVirtual) {
		VPSRLD(Imm(8), v[0], v[0])
		VCVTDQ2PS(v[0], v[0])
		VMULPS(s[0], v[0], v[0])
	})

	each("normalise", "y = (x - m)·a + b", "y", "x", "m a b", func(v, s []reg.VecVirtual) {
		VSUBPS(s[0], v[0], v[0])
		VMULPS(s[1], v[0], v[0])
		VADDPS(s[2], v[0], v[0])
	})
	each("normaliseEach", "y = (x - m)·r·w + b", "y", "x w b", "m r", func(v, s []reg.VecVirtual) {
		VSUBPS(s[0], v[0], v[0])
		VMULPS(s[1], v[0], v[0])
		VMULPS(v[1], v[0], v[0])
		VADDPS(v[2], v[0], v[0])
	})
	each("normaliseColumns", "y = (x - m)·r·w + b", "y", "x m r w b", "", func(v, s []reg.VecVirtual) {
		VSUBPS(v[1], v[0], v[0])
		VMULPS(v[2], v[0], v[0])
		VMULPS(v[3], v[0], v[0])
		VADDPS(v[4], v[0], v[0])
	})
	each("normaliseGrad", "dx = a·dy - p - (x - m)·q", "dx", "dy x", "a m p q", func(v, s []reg.VecVirtual) {
		VMULPS(s[0], v[0], v[0])
		VSUBPS(s[2], v[0], v[0])
		VSUBPS(s[1], v[1], v[1])
		VMULPS(s[3], v[1], v[1])
		VSUBPS(v[1], v[0], v[0])
	})
	each("normaliseGradEach", "dx = dy·w·r - p - (x - m)·q", "dx", "dy x w", "r m p q", func(v, s []reg.VecVirtual) {
		VMULPS(v[2], v[0], v[0])
		VMULPS(s[0], v[0], v[0])
		VSUBPS(s[2], v[0], v[0])
		VSUBPS(s[1], v[1], v[1])
		VMULPS(s[3], v[1], v[1])
		VSUBPS(v[1], v[0], v[0])
	})
	each("normaliseGradColumns", "dx = a·dy - p - (x - m)·q", "dx", "dy x a m p q", "", func(v, s []reg.VecVirtual) {
		VMULPS(v[2], v[0], v[0])
		VSUBPS(v[4], v[0], v[0])
		VSUBPS(v[3], v[1], v[1])
		VMULPS(v[5], v[1], v[1])
		VSUBPS(v[1], v[0], v[0])
	})

	// decayed sets g = g + decay·p.
	decayed := func(g, p, decay reg.VecVirtual) {
		t := vector()
		VMULPS(decay, p, t)
		VADDPS(t, g, g)
	}
	// descend sets p = p - lr·d.
	descend := func(p, d, lr reg.VecVirtual) {
		VMULPS(lr, d, d)
		VSUBPS(d, p, p)
	}
	updates("sgd", "q = p - lr·(dp + decay·p)", "q", "p dp", "lr decay", []int{0}, func(v, s []reg.VecVirtual) {
		decayed(v[1], v[0], s[1])
		descend(v[0], v[1], s[0])
	})
	updates("momentum", "w = mu·v + (dp + decay·p), q = p - lr·w", "q w", "p v dp", "lr mu decay", []int{0},
		func(v, s []reg.VecVirtual) {
			decayed(v[2], v[0], s[2])
			VMULPS(s[1], v[1], v[1])
			VADDPS(v[2], v[1], v[1])
			VMULPS(s[0], v[1], v[2])
			VSUBPS(v[2], v[0], v[0])
		})
	updates("nesterov", "w = mu·v + d, q = p - lr·(d + mu·w) with d = dp + decay·p", "q w", "p v dp", "lr mu decay",
		[]int{0}, func(v, s []reg.VecVirtual) {
			decayed(v[2], v[0], s[2])
			VMULPS(s[1], v[1], v[1])
			VADDPS(v[2], v[1], v[1])
			t := vector()
			VMULPS(s[1], v[1], t)
			VADDPS(t, v[2], v[2])
			descend(v[0], v[2], s[0])
		})
	updates("adaGrad", "h = s + d², q = p - lr·d/(√(h + in) + eps) with d = dp + decay·p", "q h", "p s dp",
		"lr eps in decay", []int{0, 1}, func(v, s []reg.VecVirtual) {
			decayed(v[2], v[0], s[3])
			t := vector()
			VMULPS(v[2], v[2], t)
			VADDPS(t, v[1], v[1])
			VADDPS(s[2], v[1], t)
			VSQRTPS(t, t)
			VADDPS(s[1], t, t)
			VMULPS(s[0], v[2], v[2])
			VDIVPS(t, v[2], v[2])
			VSUBPS(v[2], v[0], v[0])
		})
	updates("rmsProp", "h = rho·s + rest·d², q = p - lr·(d/(√(h + in) + eps)) with d = dp + decay·p", "q h",
		"p s dp", "lr rho rest eps in decay", []int{0, 1}, func(v, s []reg.VecVirtual) {
			decayed(v[2], v[0], s[5])
			t := vector()
			VMULPS(s[2], v[2], t)
			VMULPS(v[2], t, t)
			VMULPS(s[1], v[1], v[1])
			VADDPS(t, v[1], v[1])
			VADDPS(s[4], v[1], t)
			VSQRTPS(t, t)
			VADDPS(s[3], t, t)
			VDIVPS(t, v[2], v[2])
			descend(v[0], v[2], s[0])
		})
	updates("adam", "a = k1·m + n1·d, b = k2·v + n2·d², q = keep·p - step·a/(√b·scale + eps) with d = dp + l2·p",
		"q a b", "p m v dp",
		"k1 n1 k2 n2 l2 keep step scale eps", []int{0, 2}, func(v, s []reg.VecVirtual) {
			p, m, u, g := v[0], v[1], v[2], v[3]
			decayed(g, p, s[4])
			t := vector()
			VMULPS(s[1], g, t)
			VMULPS(s[0], m, m)
			VADDPS(t, m, m)
			VMULPS(s[3], g, t)
			VMULPS(g, t, t)
			VMULPS(s[2], u, u)
			VADDPS(t, u, u)
			VSQRTPS(u, t)
			VMULPS(s[7], t, t)
			VADDPS(s[8], t, t)
			VMULPS(s[6], m, g)
			VDIVPS(t, g, g)
			VMULPS(s[5], p, p)
			VSUBPS(g, p, p)
		})
}

// sums writes a kernel that adds up results in float64: half as many lanes as there are of float32 in four
// accumulators, and then in a fixed order. body adds the vectors v, of float64, to acc; it passes what is not 0 for
// elements that are 0 through only.
func sums(name, formula, in, scalars, out string, body func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual))) {
	const unroll = 4
	doubleLanes := f.Lanes() / 2
	start(name, "func(n int"+list(in, "*float32")+list(scalars, "float64")+") ("+strings.TrimPrefix(list(out,
		"float64"), ", ")+")", "", "returns "+formula+" over n elements.")
	n := Load(Param("n"), GP64())
	from := pointers(strings.Fields(in))
	var s []reg.VecVirtual
	for _, name := range strings.Fields(scalars) {
		v := vector()
		VBROADCASTSD(address(name), v)
		s = append(s, v)
	}
	results := strings.Fields(out)
	acc := [unroll][]reg.VecVirtual{}
	for u := range acc {
		for range results {
			a := vector()
			VXORPD(a, a, a)
			acc[u] = append(acc[u], a)
		}
	}
	step := func(u int, m *forms.Mask, only func(reg.VecVirtual)) {
		v := make([]reg.VecVirtual, len(from))
		for k, p := range from {
			v[k] = vector()
			doubles(m, Mem{Base: p, Disp: 4 * doubleLanes * u}, v[k])
		}
		body(acc[u], v, s, only)
	}
	all := func(reg.VecVirtual) {}
	advance := func(elements int) {
		for _, p := range from {
			ADDQ(U32(4*elements), p)
		}
	}
	SUBQ(number(doubleLanes*unroll), n)
	JL(LabelRef("few"))
	Label("loop")
	for u := range unroll {
		step(u, nil, all)
	}
	advance(doubleLanes * unroll)
	SUBQ(number(doubleLanes*unroll), n)
	JGE(LabelRef("loop"))
	Label("few")
	ADDQ(number(doubleLanes*unroll-doubleLanes), n)
	JL(LabelRef("tail"))
	Label("fewLoop")
	step(0, nil, all)
	advance(doubleLanes)
	SUBQ(number(doubleLanes), n)
	JGE(LabelRef("fewLoop"))
	Label("tail")
	ADDQ(number(doubleLanes), n)
	JE(LabelRef("done"))
	m := firstLanes(n)
	step(0, m, func(t reg.VecVirtual) {
		if f.Wide() {
			VMOVAPD_Z(t, m.Bits, t)
			return
		}
		whole := vector()
		VPMOVSXDQ(m.Vector.AsX(), whole)
		VANDPD(whole, t, t)
	})
	Label("done")
	for k, name := range results {
		VADDPD(acc[1][k], acc[0][k], acc[0][k])
		VADDPD(acc[3][k], acc[2][k], acc[2][k])
		VADDPD(acc[2][k], acc[0][k], acc[0][k])
		y, h := acc[0][k].AsY().(reg.VecVirtual), YMM()
		if f.Wide() {
			VEXTRACTF64X4(Imm(1), acc[0][k], h)
			VADDPD(h, y, y)
		}
		x := y.AsX()
		VEXTRACTF128(Imm(1), y, h.AsX())
		VADDPD(h.AsX(), x, x)
		VUNPCKHPD(x, x, h.AsX())
		VADDSD(h.AsX(), x, x)
		Store(x, Return(name))
	}
	VZEROUPPER()
	RET()
}

func sumKernels() {
	sums("sum", "Σx", "x", "", "sum", func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual)) {
		VADDPD(v[0], acc[0], acc[0])
	})
	sums("squareSum", "Σ(x - m)²", "x", "m", "sum", func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual)) {
		VSUBPD(s[0], v[0], v[0])
		only(v[0])
		VFMADD231PD(v[0], v[0], acc[0])
	})
	sums("dot", "Σx·y", "x y", "", "sum", func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual)) {
		VFMADD231PD(v[0], v[1], acc[0])
	})
	sums("dotCentred", "Σdy and Σdy·(x - m)", "dy x", "m", "sum dot",
		func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual)) {
			VADDPD(v[0], acc[0], acc[0])
			VSUBPD(s[0], v[1], v[1])
			only(v[1])
			VFMADD231PD(v[0], v[1], acc[1])
		})
	sums("dotCentredEach", "Σdy·w and Σdy·w·(x - m)", "dy x w", "m", "sum dot",
		func(acc, v, s []reg.VecVirtual, only func(reg.VecVirtual)) {
			VMULPD(v[2], v[0], v[0])
			VADDPD(v[0], acc[0], acc[0])
			VSUBPD(s[0], v[1], v[1])
			only(v[1])
			VFMADD231PD(v[0], v[1], acc[1])
		})
}

// extremum writes the largest or smallest of a row. The instruction takes its second operand where both are 0 and
// where one is NaN: both orders of them, joined by and or or, give +0 as the largest and -0 as the smallest of ±0; NaN
// are counted.
func extremum(name, what string, choose, join func(...Op)) {
	const unroll = 4
	lanes := f.Lanes()
	start(name, "func(n int, x *float32) (best float32, nan bool)", "n >= 16",
		fmt.Sprintf("returns the %s of n ≥ %d elements, and whether one is NaN; best means nothing then.",
			what, lanes))
	n, x := Load(Param("n"), GP64()), Load(Param("x"), GP64())
	nan, anyNaN := vector(), K()
	if f.Wide() {
		KXORW(anyNaN, anyNaN, anyNaN)
	} else {
		VXORPS(nan, nan, nan)
	}
	var best [unroll]reg.VecVirtual
	for u := range best {
		best[u] = vector()
		VMOVUPS(Mem{Base: x}, best[u])
	}
	merge := func(a, v reg.Register) {
		t := YMM()
		if f.Wide() && a.Size() == 64 {
			t = ZMM()
		}
		choose(v, a, t)
		choose(a, v, a)
		join(t, a, a)
	}
	step := func(u int, at Mem) {
		v := vector()
		VMOVUPS(at, v)
		if f.Wide() {
			t := K()
			VCMPPS(Imm(3), v, v, t)
			KORW(t, anyNaN, anyNaN)
		} else {
			t := vector()
			VCMPPS(Imm(3), v, v, t)
			VORPS(t, nan, nan)
		}
		merge(best[u], v)
	}
	SUBQ(number(lanes*unroll), n)
	JL(LabelRef("one"))
	Label("loop")
	for u := range unroll {
		step(u, Mem{Base: x, Disp: 4 * lanes * u})
	}
	ADDQ(U32(4*lanes*unroll), x)
	SUBQ(number(lanes*unroll), n)
	JGE(LabelRef("loop"))
	Label("one")
	ADDQ(number(lanes*unroll-lanes), n)
	JL(LabelRef("tail"))
	Label("oneLoop")
	step(0, Mem{Base: x})
	ADDQ(number(4*lanes), x)
	SUBQ(number(lanes), n)
	JGE(LabelRef("oneLoop"))
	Label("tail")
	ADDQ(number(lanes), n)
	JE(LabelRef("done"))
	step(1, Mem{Base: x, Index: n, Scale: 4, Disp: -4 * lanes}) // over elements that have been
	Label("done")
	merge(best[0], best[1])
	merge(best[2], best[3])
	merge(best[0], best[2])
	y, h := best[0].AsY().(reg.VecVirtual), YMM()
	if f.Wide() {
		VEXTRACTF64X4(Imm(1), best[0], h)
		merge(y, h)
	}
	VEXTRACTF128(Imm(1), y, h.AsX())
	merge(y, h)
	VPERMILPS(Imm(0x4E), y, h)
	merge(y, h)
	VPERMILPS(Imm(0xB1), y, h)
	merge(y, h)
	Store(best[0].AsX(), Return("best"))
	bits, flag := GP32(), GP8()
	if f.Wide() {
		KMOVW(anyNaN, bits)
	} else {
		VMOVMSKPS(nan, bits)
	}
	TESTL(bits, bits)
	SETNE(flag)
	Store(flag, Return("nan"))
	VZEROUPPER()
	RET()
}

// magnitude writes the search for what is not finite. Without their sign, the bits of floats are integers in the
// order of the floats, with infinity and NaN above all others.
func magnitude() {
	const unroll = 4
	lanes := f.Lanes()
	start("magnitude", "func(n int, x *float32) (bits uint32)", "",
		"returns the bits of the largest |x| of n elements, a NaN being larger than infinity.")
	n, x := Load(Param("n"), GP64()), Load(Param("x"), GP64())
	sign, most := vector(), [unroll]reg.VecVirtual{}
	VMOVUPS(unsigned, sign)
	for u := range most {
		most[u] = none()
	}
	step := func(u int, at Mem, m *forms.Mask) {
		v := vector()
		if m != nil {
			m.Load(at, v)
			and(sign, v, v)
		} else {
			and(at, sign, v)
		}
		VPMAXSD(v, most[u], most[u])
	}
	SUBQ(number(lanes*unroll), n)
	JL(LabelRef("few"))
	Label("loop")
	for u := range unroll {
		step(u, Mem{Base: x, Disp: 4 * lanes * u}, nil)
	}
	ADDQ(U32(4*lanes*unroll), x)
	SUBQ(number(lanes*unroll), n)
	JGE(LabelRef("loop"))
	Label("few")
	ADDQ(number(lanes*unroll-lanes), n)
	JL(LabelRef("tail"))
	Label("fewLoop")
	step(0, Mem{Base: x}, nil)
	ADDQ(number(4*lanes), x)
	SUBQ(number(lanes), n)
	JGE(LabelRef("fewLoop"))
	Label("tail")
	ADDQ(number(lanes), n)
	JE(LabelRef("done"))
	step(1, Mem{Base: x}, firstLanes(n))
	Label("done")
	VPMAXSD(most[1], most[0], most[0])
	VPMAXSD(most[3], most[2], most[2])
	VPMAXSD(most[2], most[0], most[0])
	largest(most[0])
	VZEROUPPER()
	RET()
}

// none is a vector of zeros.
func none() reg.VecVirtual {
	v := vector()
	if f.Wide() {
		VPXORD(v, v, v)
	} else {
		VPXOR(v, v, v)
	}
	return v
}

// and sets c to the bits that a and b have in common.
func and(a, b, c Op) {
	if f.Wide() {
		VPANDD(a, b, c)
	} else {
		VPAND(a, b, c)
	}
}

// largest returns the largest of the integers in a vector.
func largest(most reg.VecVirtual) {
	y, h := most.AsY().(reg.VecVirtual), YMM()
	if f.Wide() {
		VEXTRACTI64X4(Imm(1), most, h)
		VPMAXSD(h, y, y)
	}
	VEXTRACTI128(Imm(1), y, h.AsX())
	VPMAXSD(h.AsX(), y.AsX(), y.AsX())
	VPSHUFD(Imm(0x4E), y.AsX(), h.AsX())
	VPMAXSD(h.AsX(), y.AsX(), y.AsX())
	VPSHUFD(Imm(0xB1), y.AsX(), h.AsX())
	VPMAXSD(h.AsX(), y.AsX(), y.AsX())
	bits := GP32()
	VMOVD(y.AsX(), bits)
	Store(bits, Return("bits"))
}

// columnSums writes a kernel that adds rows to float64 sums, one for each column: group vectors of columns at a time,
// with their sums in registers while the rows go by. row are float32 that each row has one of, column float64 that
// each column has one of. Sums and columns are read and written in whole vectors.
func columnSums(name, formula string, group int, in, row, column, out string,
	body func(acc, v, row, column []reg.VecVirtual)) {
	doubleLanes := f.Lanes() / 2
	start(name, "func(n, rows, stride int"+list(in, "*float32")+list(row, "*float32")+list(column+" "+out,
		"*float64")+")", "",
		"adds "+formula+" to the sums of n columns; rows begin stride bytes apart. The float64 are read and written "+
			"in whole vectors.")
	n := Load(Param("n"), GP64())
	stride := Load(Param("stride"), GP64())
	from := pointers(strings.Fields(in))
	rows := strings.Fields(row)
	constant, to := pointers(strings.Fields(column)), pointers(strings.Fields(out))
	band := func(group int, m *forms.Mask) {
		loop := map[bool]string{true: "rowMasked", false: "row"}[m != nil]
		left, offset, index := GP64(), GP64(), GP64()
		Load(Param("rows"), left)
		XORQ(offset, offset)
		acc, col := make([][]reg.VecVirtual, group), make([][]reg.VecVirtual, group)
		for u := range group {
			for _, p := range to {
				a := vector()
				VMOVUPD(Mem{Base: p, Disp: 8 * doubleLanes * u}, a)
				acc[u] = append(acc[u], a)
			}
			for _, p := range constant {
				a := vector()
				VMOVUPD(Mem{Base: p, Disp: 8 * doubleLanes * u}, a)
				col[u] = append(col[u], a)
			}
		}
		each := pointers(rows)
		if len(rows) > 0 {
			XORQ(index, index)
		}
		Label(loop)
		var scalar []reg.VecVirtual
		for _, p := range each {
			v := vector()
			VBROADCASTSS(Mem{Base: p, Index: index, Scale: 4}, half(v))
			VCVTPS2PD(half(v), v)
			scalar = append(scalar, v)
		}
		for u := range group {
			v := make([]reg.VecVirtual, len(from))
			for k, p := range from {
				v[k] = vector()
				doubles(m, Mem{Base: p, Index: offset, Scale: 1, Disp: 4 * doubleLanes * u}, v[k])
			}
			body(acc[u], v, scalar, col[u])
		}
		ADDQ(stride, offset)
		if len(rows) > 0 {
			INCQ(index)
		}
		DECQ(left)
		JNE(LabelRef(loop))
		for u := range group {
			for k, p := range to {
				VMOVUPD(acc[u][k], Mem{Base: p, Disp: 8 * doubleLanes * u})
			}
		}
		for _, p := range from {
			ADDQ(U32(4*doubleLanes*group), p)
		}
		for _, p := range append(constant[:len(constant):len(constant)], to...) {
			ADDQ(U32(8*doubleLanes*group), p)
		}
	}
	SUBQ(number(doubleLanes*group), n)
	JL(LabelRef("rest"))
	Label("loop")
	band(group, nil)
	SUBQ(number(doubleLanes*group), n)
	JGE(LabelRef("loop"))
	Label("rest")
	ADDQ(number(doubleLanes*group), n)
	JLE(LabelRef("done"))
	Label("restLoop")
	lanes, most := GP64(), GP64()
	MOVQ(n, lanes)
	MOVQ(U64(doubleLanes), most)
	CMPQ(lanes, most)
	CMOVQGT(most, lanes)
	band(1, firstLanes(lanes))
	SUBQ(number(doubleLanes), n)
	JG(LabelRef("restLoop"))
	Label("done")
	VZEROUPPER()
	RET()
}

func columnKernels() {
	columnSums("columnSums", "Σx", 4, "x", "", "", "sum", func(acc, v, _, _ []reg.VecVirtual) {
		VADDPD(v[0], acc[0], acc[0])
	})
	columnSums("columnSquares", "Σ(x - mean)²", 4, "x", "", "mean", "sum", func(acc, v, _, column []reg.VecVirtual) {
		VSUBPD(column[0], v[0], v[0])
		VFMADD231PD(v[0], v[0], acc[0])
	})
	columnSums("columnDots", "Σdy and Σdy·(x - mean)", 2, "dy x", "", "mean", "sum dot",
		func(acc, v, _, column []reg.VecVirtual) {
			VADDPD(v[0], acc[0], acc[0])
			VSUBPD(column[0], v[1], v[1])
			VFMADD231PD(v[0], v[1], acc[1])
		})
	columnSums("columnDotsEach", "Σdy and Σdy·(x - mean)·r, mean and r of each row,", 2, "dy x", "mean r", "",
		"sum dot", func(acc, v, row, _ []reg.VecVirtual) {
			VADDPD(v[0], acc[0], acc[0])
			VSUBPD(row[0], v[1], v[1])
			VMULPD(row[1], v[1], v[1])
			VFMADD231PD(v[0], v[1], acc[1])
		})
}

// second writes the copy of every second number.
func second() {
	TEXT("everySecondAVX2", NOSPLIT, "func(n int, to, from *float32)")
	Pragma("noescape")
	Doc("everySecondAVX2 sets to[i] = from[2i] for i < n, a multiple of 8. It reads 2n numbers.")
	n, to, from := Load(Param("n"), GP64()), Load(Param("to"), GP64()), Load(Param("from"), GP64())
	Label("everySecondLoop")
	a, b := YMM(), YMM()
	VMOVUPS(Mem{Base: from}, a)
	VMOVUPS(Mem{Base: from, Disp: 32}, b)
	VSHUFPS(Imm(0x88), b, a, a)
	VPERMPD(Imm(0xD8), a, a)
	VMOVUPS(a, Mem{Base: to})
	ADDQ(Imm(64), from)
	ADDQ(Imm(32), to)
	SUBQ(Imm(8), n)
	JNE(LabelRef("everySecondLoop"))
	VZEROUPPER()
	RET()
}
