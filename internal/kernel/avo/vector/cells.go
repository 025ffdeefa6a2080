package main

// Whole steps of recurrent cells. Each line of cells.go in the kernels is a line here, so that the bits are the same.

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wholeVectors is the condition of the wide form.
const wholeVectors = "n%16 == 0"

func cells() {
	lstm()
	lstmGrad()
}

// gates are the addresses of the four gates of a step, gap bytes apart.
func gates(base, gap reg.GPVirtual) [4]Mem {
	triple := GP64()
	LEAQ(Mem{Base: gap, Index: gap, Scale: 2}, triple)
	return [4]Mem{{Base: base}, {Base: base, Index: gap, Scale: 1}, {Base: base, Index: gap, Scale: 2},
		{Base: base, Index: triple, Scale: 1}}
}

func squashSlope(y, dy vector) vector { return mul(mul(y, sub(one(), y)), dy) }
func tanhSlope(y, dy vector) vector   { return mul(sub(one(), mul(y, y)), dy) }

func lstm() {
	name := kernels.Begin("lstmStep", f, "func(n, gap int, h, c, z, step *float32)", wholeVectors)
	Doc(name + " is lstmStep for n elements, a multiple of the lanes, of gates gap bytes apart. It leaves step as " +
		"it is.")
	n, gap := pointer("n"), pointer("gap")
	h, c, z, step := pointer("h"), pointer("c"), pointer("z"), pointer("step")
	gate, from := gates(z, gap), gates(step, gap)
	Label(name + "Loop")
	gated := func(k int, f func(x vector) vector) vector {
		y := f(add(load(gate[k]), from[k]))
		VMOVUPS(y, gate[k])
		return y
	}
	in := gated(0, sigmoid)
	in = mul(in, gated(2, tanh))
	state := mul(gated(1, sigmoid), Mem{Base: c})
	state = add(state, in)
	VMOVUPS(state, Mem{Base: c})
	t := tanh(state)
	VMOVUPS(mul(gated(3, sigmoid), t), Mem{Base: h})
	advance(n, name, h, c, z, step)
}

func lstmGrad() {
	name := kernels.Begin("lstmStepGrad", f, "func(n, gap int, dh, dc, dz, z, c, before *float32)", wholeVectors)
	Doc(name + " is lstmStepGrad for n elements, a multiple of the lanes, of gates gap bytes apart.")
	n, gap := pointer("n"), pointer("gap")
	dh, dc, dz, z, c, before := pointer("dh"), pointer("dc"), pointer("dz"), pointer("z"), pointer("c"),
		pointer("before")
	gate, to := gates(z, gap), gates(dz, gap)
	Label(name + "Loop")
	t := tanh(load(Mem{Base: c}))
	o, d := load(gate[3]), load(Mem{Base: dh})
	VMOVUPS(squashSlope(o, mul(d, t)), to[3])
	d = tanhSlope(t, mul(d, o))
	d = add(d, Mem{Base: dc})
	in, candidate := load(gate[0]), load(gate[2])
	VMOVUPS(squashSlope(in, mul(d, candidate)), to[0])
	VMOVUPS(tanhSlope(candidate, mul(d, in)), to[2])
	forget := load(gate[1])
	VMOVUPS(squashSlope(forget, mul(d, Mem{Base: before})), to[1])
	VMOVUPS(mul(d, forget), Mem{Base: dc})
	VMOVUPS(zero(), Mem{Base: dh})
	advance(n, name, dh, dc, dz, z, c, before)
}

// advance ends the loop over vectors, and the function.
func advance(n reg.GPVirtual, name string, pointers ...reg.GPVirtual) {
	for _, p := range pointers {
		ADDQ(Imm(uint64(f.Bytes)), p)
	}
	SUBQ(Imm(uint64(f.Lanes())), n)
	JNE(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}
