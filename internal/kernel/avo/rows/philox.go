package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// philox writes eight blocks of the generator of random numbers at a time. Each of its four words has two vectors, of
// the blocks with even and with odd numbers: the product of 32 bits by 32 takes the even lanes alone.
func philox() {
	start("philox", "func(dst *uint32, counter, seed, stream uint64)", "",
		"sets dst to the 32 words of eight blocks of Philox4x32-10, from counter on; its low half must not overflow "+
			"within them.")
	k0, k1, t := GP32(), GP32(), GP64()
	seed := Load(Param("seed"), GP64())
	MOVL(seed.(reg.GPVirtual).As32(), k0)
	SHRQ(Imm(32), seed)
	MOVL(seed.(reg.GPVirtual).As32(), k1)

	first := GLOBL("philoxFirst", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32([]int{0, 0, 2, 0, 4, 0, 6, 0}[i]))
	}
	second := GLOBL("philoxSecond", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32([]int{1, 0, 3, 0, 5, 0, 7, 0}[i]))
	}
	spread := func(r reg.Register) reg.VecVirtual { // the low 32 bits, in each 64
		v := vector()
		VMOVQ(r, v.AsX())
		VPBROADCASTQ(v.AsX(), v)
		return v
	}
	split := func(name string) (low, high reg.VecVirtual) {
		p := Load(Param(name), GP64())
		MOVL(p.(reg.GPVirtual).As32(), t.As32())
		low = spread(t)
		SHRQ(Imm(32), p)
		return low, spread(p)
	}
	var c [4][2]reg.VecVirtual
	low, high := split("counter")
	for h := range 2 {
		c[0][h], c[1][h] = vector(), vector()
		VPADDD([]Mem{first, second}[h], low, c[0][h])
		VMOVDQA(high, c[1][h])
	}
	low, high = split("stream")
	for h := range 2 {
		c[2][h], c[3][h] = vector(), vector()
		VMOVDQA(low, c[2][h])
		VMOVDQA(high, c[3][h])
	}
	constant := func(x uint32) reg.VecVirtual {
		MOVL(U32(x), t.As32())
		return spread(t)
	}
	m0, m1 := constant(0xD2511F53), constant(0xCD9E8D57)
	key := vector()
	for round := range 10 {
		if round > 0 {
			ADDL(U32(0x9E3779B9), k0)
			ADDL(U32(0xBB67AE85), k1)
		}
		for h := range 2 {
			p0, p1 := vector(), vector()
			VPMULUDQ(m0, c[0][h], p0)
			VPMULUDQ(m1, c[2][h], p1)
			// The high halves of words are of no account: a product reads the low ones.
			VPSRLQ(Imm(32), p1, c[0][h])
			VPXOR(c[1][h], c[0][h], c[0][h])
			VPSRLQ(Imm(32), p0, c[2][h])
			VPXOR(c[3][h], c[2][h], c[2][h])
			VMOVDQA(p1, c[1][h])
			VMOVDQA(p0, c[3][h])
		}
		for i, k := range []reg.GPVirtual{k0, k1} {
			VMOVD(k, key.AsX())
			VPBROADCASTD(key.AsX(), key)
			for h := range 2 {
				VPXOR(key, c[2*i][h], c[2*i][h])
			}
		}
	}
	// Block 2i+h has its words in the low 32 bits of lane i of c[·][h]. Two words to each lane, then two lanes to each
	// block.
	dst := Load(Param("dst"), GP64())
	for h := range 2 {
		for i := range c {
			if i%2 == 1 {
				VPSLLQ(Imm(32), c[i][h], c[i][h])
			}
		}
		for i := 0; i < 4; i += 2 {
			VPBLENDD(Imm(0xAA), c[i+1][h], c[i][h], c[i][h])
		}
		a, b := vector(), vector()
		VPUNPCKLQDQ(c[2][h], c[0][h], a) // blocks 0+h and 4+h
		VPUNPCKHQDQ(c[2][h], c[0][h], b) // blocks 2+h and 6+h
		for i, v := range []reg.VecVirtual{a, b} {
			VMOVDQU(v.AsX(), Mem{Base: dst, Disp: 16 * (2*i + h)})
			VEXTRACTI128(Imm(1), v, Mem{Base: dst, Disp: 16 * (2*i + h + 4)})
		}
	}
	VZEROUPPER()
	RET()
}

// dropout writes the choice by the high bits of draws, a byte each.
func dropout() {
	start("dropout", "func(n int, dst, x *float32, draws *byte, bound int, factor float32)", "",
		"sets dst = x·m for n elements, where m is 0 if the draw is below bound and factor otherwise. Draws are "+
			"read in eights.")
	lanes := f.Lanes()
	n := Load(Param("n"), GP64())
	dst, x, draws := Load(Param("dst"), GP64()), Load(Param("x"), GP64()), Load(Param("draws"), GP64())
	bound := vector()
	VPBROADCASTD(address("bound"), bound)
	factor := broadcast("factor")
	// choose leaves x·m in v.
	choose := func(v reg.VecVirtual) {
		m := vector()
		VPMOVZXBD(Mem{Base: draws}, m)
		VPCMPGTD(m, bound, m)
		VPANDN(factor, m, m)
		VMULPS(m, v, v)
	}
	SUBQ(number(lanes), n)
	JL(LabelRef("tail"))
	Label("loop")
	v := vector()
	VMOVUPS(Mem{Base: x}, v)
	choose(v)
	VMOVUPS(v, Mem{Base: dst})
	ADDQ(number(4*lanes), x)
	ADDQ(number(4*lanes), dst)
	ADDQ(number(lanes), draws)
	SUBQ(number(lanes), n)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(number(lanes), n)
	JE(LabelRef("done"))
	m := firstLanes(n)
	m.Load(Mem{Base: x}, v)
	choose(v)
	m.Store(v, Mem{Base: dst})
	Label("done")
	VZEROUPPER()
	RET()
}
