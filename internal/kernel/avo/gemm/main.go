// Command gemm writes the micro-kernels of the matrix product and the convolution.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	for m := 1; m <= 6; m++ {
		tile(m, false)
	}
	for m := 1; m <= 6; m++ {
		tile(m, true)
	}
	for m := 1; m <= 3; m++ {
		for n := 1; n <= 4; n++ {
			dot(m, n)
		}
	}
	turn()
	Generate()
}

// tile writes a kernel that computes an m×16 tile of C from k columns of A and k rows of B: two registers a row of C, at
// most twelve sums, two for a row of B and one for an element of A. An FMA takes 4 cycles and two start in each, so
// eight sums would do; with twelve there are fewer loads for each. Taps lets every row of B have an offset of its own.
func tile(m int, taps bool) {
	name, rows, about := fmt.Sprintf("tile%dx16AVX2", m), "rowB int", "rowB bytes apart"
	if taps {
		name, rows, about = fmt.Sprintf("taps%dx16AVX2", m), "offset *int", "at the given offsets from b"
	}
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowA, colA int, b *float32, "+rows+", c *float32, rowC int, alpha float32, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets the %d×16 tile C = alpha·A·B, or adds to it, for k rows of B %s. Distances are in bytes.", name, m, about))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	rowA := Load(Param("rowA"), GP64())
	colA := Load(Param("colA"), GP64())
	b := Load(Param("b"), GP64())
	var rowB, offset, at reg.Register
	if taps {
		offset, at = Load(Param("offset"), GP64()), GP64()
	} else {
		rowB = Load(Param("rowB"), GP64())
	}

	a3 := GP64() // row 3
	if m > 3 {
		LEAQ(Mem{Base: rowA, Index: rowA, Scale: 2}, a3)
		ADDQ(a, a3)
	}
	element := func(i int) Mem {
		base := a
		if i >= 3 {
			base, i = a3, i-3
		}
		if i == 0 {
			return Mem{Base: base}
		}
		return Mem{Base: base, Index: rowA, Scale: uint8(i)}
	}
	sums := make([][2]reg.VecVirtual, m)
	for i := range sums {
		sums[i] = [2]reg.VecVirtual{zero(), zero()}
	}
	b0, b1, v := YMM(), YMM(), YMM()
	step := func() {
		if taps {
			MOVQ(Mem{Base: offset}, at)
			VMOVUPS(Mem{Base: b, Index: at, Scale: 1}, b0)
			VMOVUPS(Mem{Base: b, Index: at, Scale: 1, Disp: 32}, b1)
		} else {
			VMOVUPS(Mem{Base: b}, b0)
			VMOVUPS(Mem{Base: b, Disp: 32}, b1)
		}
		for i := range sums {
			VBROADCASTSS(element(i), v)
			VFMADD231PS(v, b0, sums[i][0])
			VFMADD231PS(v, b1, sums[i][1])
		}
		ADDQ(colA, a)
		if m > 3 {
			ADDQ(colA, a3)
		}
		if taps {
			ADDQ(Imm(8), offset)
		} else {
			ADDQ(rowB, b)
		}
	}
	loop, last, done := name+"Loop", name+"Last", name+"Done"
	SUBQ(Imm(4), k)
	JL(LabelRef(last))
	Label(loop)
	for range 4 {
		step()
	}
	SUBQ(Imm(4), k)
	JGE(LabelRef(loop))
	Label(last)
	ADDQ(Imm(4), k)
	JE(LabelRef(done))
	Label(last + "Loop")
	step()
	DECQ(k)
	JNE(LabelRef(last + "Loop"))
	Label(done)

	c := Load(Param("c"), GP64())
	rowC := Load(Param("rowC"), GP64())
	VBROADCASTSS(argument("alpha"), v)
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	JNE(LabelRef(name + "Add"))
	for _, adds := range []bool{false, true} {
		if adds {
			Label(name + "Add")
		}
		for i := range sums {
			for j, s := range sums[i] {
				if adds {
					VFMADD213PS(Mem{Base: c, Disp: 32 * j}, v, s)
				} else {
					VMULPS(v, s, s)
				}
				VMOVUPS(s, Mem{Base: c, Disp: 32 * j})
			}
			if i < m-1 {
				ADDQ(rowC, c)
			}
		}
		VZEROUPPER()
		RET()
	}
}

// dot writes a kernel that multiplies m rows by n rows, all with k elements side by side: m·n sums of eight lanes each,
// which are added up at the end.
func dot(m, n int) {
	name := fmt.Sprintf("dot%dx%dAVX2", m, n)
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowA int, b *float32, offset *int, c *float32, rowC int, alpha float32, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets the %d×%d tile C = alpha·A·Bᵀ, or adds to it, for rows of k elements, those of B at the given offsets from b. Distances are in bytes.", name, m, n))
	k := Load(Param("k"), GP64())
	a := make([]reg.GPVirtual, m)
	rowA := Load(Param("rowA"), GP64())
	for i := range a {
		if a[i] = GP64(); i == 0 {
			Load(Param("a"), a[0])
			continue
		}
		LEAQ(Mem{Base: a[i-1], Index: rowA, Scale: 1}, a[i])
	}
	b := make([]reg.GPVirtual, n)
	offset := Load(Param("offset"), GP64())
	base := Load(Param("b"), GP64())
	for j := range b {
		b[j] = GP64()
		MOVQ(Mem{Base: offset, Disp: 8 * j}, b[j])
		ADDQ(base, b[j])
	}
	sums := make([][]reg.VecVirtual, m)
	for i := range sums {
		for range n {
			sums[i] = append(sums[i], zero())
		}
	}
	va, vb := make([]reg.VecVirtual, m), YMM()
	for i := range va {
		va[i] = YMM()
	}
	at := GP64()
	XORQ(at, at)
	SUBQ(Imm(8), k)
	JL(LabelRef(name + "Last"))
	Label(name + "Loop")
	for i := range a {
		VMOVUPS(Mem{Base: a[i], Index: at, Scale: 4}, va[i])
	}
	for j := range b {
		VMOVUPS(Mem{Base: b[j], Index: at, Scale: 4}, vb)
		for i := range a {
			VFMADD231PS(va[i], vb, sums[i][j])
		}
	}
	ADDQ(Imm(8), at)
	SUBQ(Imm(8), k)
	JGE(LabelRef(name + "Loop"))
	Label(name + "Last")
	ADDQ(Imm(8), k)
	JE(LabelRef(name + "Done"))
	mask := GP64()
	LEAQ(masks(), mask)
	SHLQ(Imm(5), k)
	ADDQ(k, mask)
	for i := range a {
		VMOVUPS(Mem{Base: mask}, vb)
		VMASKMOVPS(Mem{Base: a[i], Index: at, Scale: 4}, vb, va[i])
	}
	for j := range b {
		VMOVUPS(Mem{Base: mask}, vb)
		VMASKMOVPS(Mem{Base: b[j], Index: at, Scale: 4}, vb, vb)
		for i := range a {
			VFMADD231PS(va[i], vb, sums[i][j])
		}
	}
	Label(name + "Done")
	c := Load(Param("c"), GP64())
	rowC := Load(Param("rowC"), GP64())
	alpha := XMM()
	VBROADCASTSS(argument("alpha"), alpha)
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	rows := make([]reg.VecVirtual, m)
	for i, s := range sums { // four sums of eight lanes to one register of four
		for len(s) < 4 {
			s = append(s, s[0])
		}
		t, u, low := YMM(), YMM(), XMM()
		VHADDPS(s[1], s[0], t)
		VHADDPS(s[3], s[2], u)
		VHADDPS(u, t, t)
		VEXTRACTF128(Imm(1), t, low)
		VADDPS(t.AsX(), low, low)
		VMULPS(alpha, low, low)
		rows[i] = low
	}
	JE(LabelRef(name + "Set"))
	for _, adds := range []bool{true, false} {
		if !adds {
			Label(name + "Set")
		}
		for i, r := range rows {
			if n == 4 {
				if adds {
					VADDPS(Mem{Base: c}, r, r)
				}
				VMOVUPS(r, Mem{Base: c})
			}
			for j := range n % 4 {
				if adds {
					s := XMM()
					VADDSS(Mem{Base: c, Disp: 4 * j}, r, s)
					VMOVSS(s, Mem{Base: c, Disp: 4 * j})
				} else {
					VMOVSS(r, Mem{Base: c, Disp: 4 * j})
				}
				if j < n-1 {
					VPERMILPS(Imm(0x39), r, r) // the next lane first
				}
			}
			if i < m-1 {
				ADDQ(rowC, c)
			}
		}
		VZEROUPPER()
		RET()
	}
}

// turn writes the copy of 16 rows into a panel: element j of row l of the panel is element l of row j.
func turn() {
	TEXT("turn16AVX2", NOSPLIT, "func(k int, b *float32, rowB int, panel *float32)")
	Pragma("noescape")
	Doc("turn16AVX2 copies k elements, a multiple of 8, of each of 16 rows, rowB bytes apart, into k rows of 16.")
	k := Load(Param("k"), GP64())
	b := Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())
	panel := Load(Param("panel"), GP64())
	row3 := GP64()
	LEAQ(Mem{Base: rowB, Index: rowB, Scale: 2}, row3)
	from, mid := GP64(), GP64()
	Label("turn16AVX2Loop")
	MOVQ(b, from)
	for half := range 2 {
		LEAQ(Mem{Base: from, Index: rowB, Scale: 4}, mid)
		var r, t [8]reg.VecVirtual
		for i := range r {
			r[i], t[i] = YMM(), YMM()
			base := from
			if i >= 4 {
				base = mid
			}
			switch i % 4 {
			case 0:
				VMOVUPS(Mem{Base: base}, r[i])
			case 3:
				VMOVUPS(Mem{Base: base, Index: row3, Scale: 1}, r[i])
			default:
				VMOVUPS(Mem{Base: base, Index: rowB, Scale: uint8(i % 4)}, r[i])
			}
		}
		for i := 0; i < 8; i += 2 { // pairs
			VUNPCKLPS(r[i+1], r[i], t[i])
			VUNPCKHPS(r[i+1], r[i], t[i+1])
		}
		for i := 0; i < 8; i += 4 { // quadruples
			VSHUFPS(Imm(0x44), t[i+2], t[i], r[i])
			VSHUFPS(Imm(0xEE), t[i+2], t[i], r[i+1])
			VSHUFPS(Imm(0x44), t[i+3], t[i+1], r[i+2])
			VSHUFPS(Imm(0xEE), t[i+3], t[i+1], r[i+3])
		}
		for i := range 4 {
			VPERM2F128(Imm(0x20), r[i+4], r[i], t[i])
			VPERM2F128(Imm(0x31), r[i+4], r[i], t[i+4])
		}
		for i := range t {
			VMOVUPS(t[i], Mem{Base: panel, Disp: 64*i + 32*half})
		}
		if half == 0 {
			LEAQ(Mem{Base: mid, Index: rowB, Scale: 4}, from)
		}
	}
	ADDQ(Imm(32), b)
	ADDQ(U32(512), panel)
	SUBQ(Imm(8), k)
	JNE(LabelRef("turn16AVX2Loop"))
	VZEROUPPER()
	RET()
}

func zero() reg.VecVirtual {
	r := YMM()
	VXORPS(r, r, r)
	return r
}

func argument(name string) Op {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

var table *Mem

// masks returns the table whose entry n, of 32 bytes, selects the first n lanes.
func masks() Mem {
	if table == nil {
		m := GLOBL("laneMasks", RODATA|NOPTR)
		for n := range 8 {
			for lane := range 8 {
				v := uint32(0)
				if lane < n {
					v = 0xFFFFFFFF
				}
				DATA(32*n+4*lane, U32(v))
			}
		}
		table = &m
	}
	return *table
}
