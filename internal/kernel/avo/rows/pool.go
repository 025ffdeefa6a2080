package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// window writes the loop of a pooling over eight neighbouring windows of kh×kw elements, stride columns apart. tap
// gets the elements of one place in the windows, in the order of the lanes that windows with a stride of 2 leave: 0 1
// 4 5 2 3 6 7.
func window(x, row reg.Register, stride int, tap func(v reg.VecVirtual), nextRow func()) {
	u, v, at := GP64(), GP64(), GP64()
	Load(Param("kh"), u)
	Label("windowRow")
	Load(Param("kw"), v)
	MOVQ(x, at)
	Label("windowColumn")
	e := vector()
	VMOVUPS(Mem{Base: at}, e)
	if stride == 2 {
		VSHUFPS(Imm(0x88), Mem{Base: at, Disp: 4 * f.Lanes()}, e, e)
	}
	tap(e)
	ADDQ(Imm(4), at)
	DECQ(v)
	JNE(LabelRef("windowColumn"))
	ADDQ(row, x)
	nextRow()
	DECQ(u)
	JNE(LabelRef("windowRow"))
}

func poolKernels() {
	sumWindows(1)
	maxPlane2()
	sumWindows(2)
	maxTaps(false)
	maxTaps(true)
}

// wins returns where e takes the place of best: where it is larger or NaN, unless best is NaN. Of equal ones the first
// stays.
func wins(e, best reg.VecVirtual) reg.VecVirtual {
	larger, ordered := vector(), vector()
	VCMPPS(Imm(22), best, e, larger) // not less or equal, or unordered
	VCMPPS(Imm(7), best, best, ordered)
	VANDPS(ordered, larger, larger)
	return larger
}

// maxTaps writes the largest of elements at equal distances, for a line of them, and with places what lies where each
// was found in another line.
func maxTaps(places bool) {
	name, signature := "maxTaps", "func(blocks, taps, step int, y, x *float32)"
	doc := "sets y[i] to the largest of x[i+t·step], t < taps, for i < 8·blocks: the first of equal ones, and a " +
		"NaN is larger than any number. y may be x if step is positive."
	if places {
		name, signature = "maxTapsPlaces", "func(blocks, taps, step int, y, x *float32, to, from *int32)"
		doc = "is maxTapsAVX2, and sets to[i] to from[i+t·step] for the t that is taken. to may be from if step is " +
			"positive."
	}
	start(name, signature, "", doc)
	left, taps, step := Load(Param("blocks"), GP64()), Load(Param("taps"), GP64()), Load(Param("step"), GP64())
	y, x := Load(Param("y"), GP64()), Load(Param("x"), GP64())
	var to, from reg.Register
	if places {
		to, from = Load(Param("to"), GP64()), Load(Param("from"), GP64())
	}
	SHLQ(Imm(2), step)
	DECQ(taps)
	at, t := GP64(), GP64()
	Label("block")
	best, place := vector(), vector()
	VMOVUPS(Mem{Base: x}, best)
	if places {
		VMOVUPS(Mem{Base: from}, place)
	}
	XORQ(at, at)
	MOVQ(taps, t)
	TESTQ(t, t)
	JEQ(LabelRef("done"))
	Label("tap")
	ADDQ(step, at)
	e := vector()
	VMOVUPS(Mem{Base: x, Index: at, Scale: 1}, e)
	w := wins(e, best)
	VBLENDVPS(w, e, best, best)
	if places {
		VBLENDVPS(w, Mem{Base: from, Index: at, Scale: 1}, place, place)
	}
	DECQ(t)
	JNE(LabelRef("tap"))
	Label("done")
	VMOVUPS(best, Mem{Base: y})
	ADDQ(Imm(32), x)
	ADDQ(Imm(32), y)
	if places {
		VMOVUPS(place, Mem{Base: to})
		ADDQ(Imm(32), to)
		ADDQ(Imm(32), from)
	}
	DECQ(left)
	JNE(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// inOrder brings the lanes of a stride of 2 in order.
func inOrder(stride int, v reg.VecVirtual) {
	if stride == 2 {
		VPERMPD(Imm(0xD8), v, v)
	}
}

// maxPlane2 writes the loop over a plane of the most common windows.
func maxPlane2() {
	places := GLOBL("windowPlaces", RODATA|NOPTR)
	// Those of the first element of windows 2 apart, in the order of lanes.
	for i, k := range []int{0, 2, 8, 10, 4, 6, 12, 14} {
		DATA(4*i, U32(k))
	}
	start("maxPlane2", "func(rows, blocks, width, out int, y *float32, index *int64, x *float32, place int)", "",
		"takes the largest of windows of 2×2, 2 apart: the value to y, the place of the first such, counted from "+
			"place, "+
			"to index, to those that are not nil. Each of the rows, which lie two rows of width elements apart in x "+
			"and "+
			"out in y and index, has some blocks of eight windows. It reads 16 elements for each block.")
	row, out := Load(Param("width"), GP64()), Load(Param("out"), GP64())
	x, y, index := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("index"), GP64())
	rows := Load(Param("rows"), GP64())
	first, base, one, below, sixteen, twoRows := vector(), vector(), vector(), vector(), vector(), vector()
	VMOVDQU(places, first)
	VPCMPEQD(one, one, one) // -1
	VMOVD(row.(reg.GPVirtual).As32(), below.AsX())
	VPBROADCASTD(below.AsX(), below)
	VPSRLD(Imm(31), one, sixteen)
	VPSLLD(Imm(4), sixteen, sixteen)
	VPBROADCASTQ(address("place"), base)
	VMOVQ(row, twoRows.AsX())
	VPBROADCASTQ(twoRows.AsX(), twoRows)
	VPADDQ(twoRows, twoRows, twoRows)
	SHLQ(Imm(2), row)
	from, value, place, left := GP64(), GP64(), GP64(), GP64()
	at := vector()
	Label("row")
	Load(Param("blocks"), left)
	MOVQ(x, from)
	MOVQ(y, value)
	MOVQ(index, place)
	VMOVDQU(first, at)
	Label("block")
	best, where := vector(), vector()
	var e [4]reg.VecVirtual
	for i := 0; i < 4; i += 2 {
		m := Mem{Base: from}
		if i == 2 {
			m.Index, m.Scale = row, 1
		}
		t := vector()
		e[i], e[i+1] = vector(), vector()
		VMOVUPS(m, t)
		m.Disp = 4 * f.Lanes()
		VMOVUPS(m, e[i+1])
		VSHUFPS(Imm(0x88), e[i+1], t, e[i])
		VSHUFPS(Imm(0xDD), e[i+1], t, e[i+1])
	}
	VMOVAPS(e[0], best)
	VMOVDQA(at, where)
	for i := 1; i < 4; i++ {
		wins, ordered, here := vector(), vector(), vector()
		VCMPPS(Imm(22), best, e[i], wins)
		VCMPPS(Imm(7), best, best, ordered)
		VANDPS(ordered, wins, wins)
		VBLENDVPS(wins, e[i], best, best)
		switch i {
		case 1:
			VPSUBD(one, at, here)
		case 2:
			VPADDD(below, at, here)
		case 3:
			VPADDD(below, at, here)
			VPSUBD(one, here, here)
		}
		VBLENDVPS(wins, here, where, where)
	}
	inOrder(2, best)
	inOrder(2, where)
	TESTQ(value, value)
	JEQ(LabelRef("noValue"))
	VMOVUPS(best, Mem{Base: value})
	ADDQ(Imm(32), value)
	Label("noValue")
	TESTQ(place, place)
	JEQ(LabelRef("noPlace"))
	low, high := vector(), vector()
	VPMOVSXDQ(where.AsX(), low)
	VEXTRACTI128(Imm(1), where, where.AsX())
	VPMOVSXDQ(where.AsX(), high)
	VPADDQ(base, low, low)
	VPADDQ(base, high, high)
	VMOVDQU(low, Mem{Base: place})
	VMOVDQU(high, Mem{Base: place, Disp: 32})
	ADDQ(Imm(64), place)
	Label("noPlace")
	VPADDD(sixteen, at, at)
	ADDQ(Imm(64), from)
	DECQ(left)
	JNE(LabelRef("block"))
	LEAQ(Mem{Base: x, Index: row, Scale: 2}, x)
	VPADDQ(twoRows, base, base)
	TESTQ(y, y)
	JEQ(LabelRef("noNextValue"))
	LEAQ(Mem{Base: y, Index: out, Scale: 4}, y)
	Label("noNextValue")
	TESTQ(index, index)
	JEQ(LabelRef("noNextPlace"))
	LEAQ(Mem{Base: index, Index: out, Scale: 8}, index)
	Label("noNextPlace")
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

func sumWindows(stride int) {
	name := fmt.Sprintf("meanWindows%d", stride)
	start(name, "func(kh, kw, row int, y, x *float32, count float32)", "",
		fmt.Sprintf("sets y to the sums of eight windows of kh×kw elements, %d apart, divided by count. Rows have "+
			"row elements. It reads %d elements from x and each tap on.", stride, 8*stride))
	x := Load(Param("x"), GP64())
	row := Load(Param("row"), GP64())
	SHLQ(Imm(2), row)
	sum := vector()
	VXORPS(sum, sum, sum)
	window(x, row, stride, func(e reg.VecVirtual) { VADDPS(e, sum, sum) }, func() {})
	VDIVPS(broadcast("count"), sum, sum)
	inOrder(stride, sum)
	p := Load(Param("y"), GP64())
	VMOVUPS(sum, Mem{Base: p})
	VZEROUPPER()
	RET()
}

// transpose writes the transpose of blocks of 8×8: pairs of rows are interleaved, then pairs of pairs, then halves
// exchanged.
func transpose() {
	start("Transpose", "func(blocks int, dst *float32, dRow int, src *float32, sRow int)", "",
		"sets dst[r][c] = src[c][r] for r < 8 and c < 8·blocks. Rows lie dRow and sRow bytes apart.")
	n := Load(Param("blocks"), GP64())
	dst, dRow := Load(Param("dst"), GP64()), Load(Param("dRow"), GP64())
	src, sRow := Load(Param("src"), GP64()), Load(Param("sRow"), GP64())
	s3, d3 := GP64(), GP64()
	LEAQ(Mem{Base: sRow, Index: sRow, Scale: 2}, s3)
	LEAQ(Mem{Base: dRow, Index: dRow, Scale: 2}, d3)
	four := func(p, row, row3 reg.Register) []Mem {
		return []Mem{{Base: p}, {Base: p, Index: row, Scale: 1}, {Base: p, Index: row, Scale: 2},
			{Base: p, Index: row3, Scale: 1}}
	}
	Label("loop")
	v := make([]reg.VecVirtual, 8)
	for i := range v { // v[i] is half of row i%4 and of row i%4+4
		v[i] = vector()
	}
	for i, at := range four(src, sRow, s3) {
		VMOVUPS(at, v[i].AsX())
		at.Disp = 16
		VMOVUPS(at, v[4+i].AsX())
	}
	low := GP64()
	LEAQ(Mem{Base: src, Index: sRow, Scale: 4}, low)
	for i, at := range four(low, sRow, s3) {
		VINSERTF128(Imm(1), at, v[i], v[i])
		at.Disp = 16
		VINSERTF128(Imm(1), at, v[4+i], v[4+i])
	}
	LEAQ(Mem{Base: low, Index: sRow, Scale: 4}, src)
	to := GP64()
	MOVQ(dst, to)
	for half := range 2 {
		r := v[4*half:]
		a, b, c, d := vector(), vector(), vector(), vector()
		VUNPCKLPS(r[1], r[0], a)
		VUNPCKHPS(r[1], r[0], b)
		VUNPCKLPS(r[3], r[2], c)
		VUNPCKHPS(r[3], r[2], d)
		at := four(to, dRow, d3)
		for i, p := range []struct{ x, y reg.VecVirtual }{{a, c}, {b, d}} {
			t := vector()
			VUNPCKLPD(p.y, p.x, t)
			VMOVUPS(t, at[2*i])
			VUNPCKHPD(p.y, p.x, t)
			VMOVUPS(t, at[2*i+1])
		}
		if half == 0 {
			LEAQ(Mem{Base: to, Index: dRow, Scale: 4}, to)
		}
	}
	ADDQ(Imm(32), dst)
	DECQ(n)
	JNE(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
