// Command gemm writes the micro-kernels of the matrix product and the convolution.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

// A form is what the kernels of one processor have: registers, and tiles of so many rows.
type form struct {
	forms.Form
	height     int // of the largest tile
	dotM, dotN int // of the largest tile of rows by rows
}

// An FMA takes 4 cycles and two start in each, so eight sums would do; with as many as the registers hold there are
// fewer loads for each. That leaves two registers for a row of B and one for an element of A. AVX-512 could broadcast
// the element within the FMA, but then each of the two FMAs would load it, 26 loads for 24 FMAs, and two loads start
// in a cycle.
var sizes = []form{
	{forms.AVX2, 6, 3, 4},
	{forms.AVX512, 12, 4, 6},
}

func main() {
	for _, f := range sizes {
		for _, kind := range []string{"tile", "panel", "taps"} {
			for m := 1; m <= f.height; m++ {
				f.tile(m, kind)
			}
		}
		f.tile(f.height, "strip")
		f.line()
		for m := 1; m <= f.height; m++ {
			transposeRows(m, f.height)
		}
		for m := 1; m <= f.dotM; m++ {
			for n := 1; n <= f.dotN; n++ {
				f.dot(m, n)
			}
		}
	}
	for _, width := range []int{6, 12, 16, 32} {
		pack(width)
	}
	transposeAVX2Panel()
	untransposeAVX2()
	transposeAVX512Panel()
	Generate()
}

// tile writes a kernel that computes a tile of C, m rows of two registers, from k columns of A and k rows of B. The
// kinds differ in where these are:
//
//	tile   elements of A and rows of B at given distances
//	panel  columns of A and rows of B one behind the other, with constants for places
//	strip  as in a panel, for some tiles of A one behind the other, and as many of C one below the other
//	taps   elements of A at given distances, every row of B at an offset of its own
//
// Rows of A that are far apart compete for places in the first-level cache: with rows 1 kB apart a tile reaches 87 %
// of the peak, with columns one behind the other 98 %, a panel more than 99 %.
func (f form) tile(m int, kind string) {
	width := 2 * f.Lanes()
	name := fmt.Sprintf("%s%dx%d%s", kind, m, width, f.Name)
	var operands, about string
	strip := kind == "strip"
	panel, counts, ahead := kind == "panel" || strip, "", ""
	switch kind {
	case "tile":
		operands, about = "a *float32, rowA, colA int, b *float32, rowB int", "rowB bytes apart"
	case "panel", "strip":
		operands, about = "a, b *float32",
			fmt.Sprintf("one behind the other, as are columns of A, each of %d elements", f.height)
	case "taps":
		operands, about = "a *float32, rowA, colA int, b *float32, offset *int", "at the given offsets from b"
	}
	what := "the"
	if strip {
		counts, what, ahead = "tiles, ", "each", ", next *float32, pace int"
		about += ". In each iteration of the loop it fetches into the second-level cache what lies pace bytes " +
			"further on " +
			"from next"
	}
	TEXT(name, NOSPLIT, "func("+counts+"k int, "+operands+", c *float32, rowC int, alpha float32, add bool"+ahead+")")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets %s %d×%d tile C = alpha·A·B, or adds to it, for k rows of B %s. Distances are in bytes.",
		name, what, m, width, about))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	b := Load(Param("b"), GP64())
	var rowA, colA, rowB, offset, at reg.Register
	base := []reg.Register{a} // rows 0, 3, …, where distances are given
	if !panel {
		rowA, colA = Load(Param("rowA"), GP64()), Load(Param("colA"), GP64())
		for i := 1; i < (m+2)/3; i++ {
			base = append(base, GP64())
			LEAQ(Mem{Base: rowA, Index: rowA, Scale: 2}, base[i])
			ADDQ(base[i-1], base[i])
		}
	}
	switch kind {
	case "tile":
		rowB = Load(Param("rowB"), GP64())
	case "taps":
		offset, at = Load(Param("offset"), GP64()), GP64()
	}
	element := func(iteration, i int) Mem {
		switch {
		case panel:
			return Mem{Base: a, Disp: 4 * (iteration*f.height + i)}
		case i%3 == 0:
			return Mem{Base: base[i/3]}
		}
		return Mem{Base: base[i/3], Index: rowA, Scale: uint8(i % 3)}
	}
	var c, rowC reg.Register
	if panel {
		c, rowC = Load(Param("c"), GP64()), Load(Param("rowC"), GP64())
	}
	var next, pace reg.Register
	if strip {
		next, pace = Load(Param("next"), GP64()), Load(Param("pace"), GP64())
		Label(name + "Tile")
	}
	sums := make([][2]reg.VecVirtual, m)
	for i := range sums {
		sums[i] = [2]reg.VecVirtual{f.zero(), f.zero()}
	}
	b0, b1, v := f.Register(), f.Register(), f.Register()
	steps := 4
	if m > 6 {
		steps = 2
	}
	if strip {
		steps *= 2
	}
	iterations := func(n int) {
		for iteration := range n {
			row := Mem{Base: b}
			switch kind {
			case "panel", "strip":
				row.Disp = 4 * iteration * width
			case "taps":
				MOVQ(Mem{Base: offset, Disp: 8 * iteration}, at)
				row.Index, row.Scale = at, 1
			}
			VMOVUPS(row, b0)
			VMOVUPS(row.Offset(f.Bytes), b1)
			for i := range sums {
				VBROADCASTSS(element(iteration, i), v)
				VFMADD231PS(v, b0, sums[i][0])
				VFMADD231PS(v, b1, sums[i][1])
			}
			if !panel {
				for _, p := range base {
					ADDQ(colA, p)
				}
			}
			if kind == "tile" {
				ADDQ(rowB, b)
			}
		}
		switch kind {
		case "panel", "strip":
			ADDQ(U32(4*n*f.height), a)
			ADDQ(U32(4*n*width), b)
		case "taps":
			ADDQ(Imm(uint64(8*n)), offset)
		}
	}
	if panel { // C comes while the sums are made
		at := GP64()
		MOVQ(c, at)
		for i := range m {
			PREFETCHT0(Mem{Base: at})
			if f.Wide() {
				PREFETCHT0(Mem{Base: at, Disp: f.Bytes})
			}
			if i < m-1 {
				ADDQ(rowC, at)
			}
		}
	}
	loop, last, done := name+"Loop", name+"Last", name+"Done"
	SUBQ(Imm(uint64(steps)), k)
	JL(LabelRef(last))
	align()
	Label(loop)
	if strip {
		PREFETCHT1(Mem{Base: next})
		ADDQ(pace, next)
	}
	iterations(steps)
	SUBQ(Imm(uint64(steps)), k)
	JGE(LabelRef(loop))
	Label(last)
	ADDQ(Imm(uint64(steps)), k)
	JE(LabelRef(done))
	Label(last + "Loop")
	iterations(1)
	DECQ(k)
	JNE(LabelRef(last + "Loop"))
	Label(done)

	if !panel {
		c, rowC = Load(Param("c"), GP64()), Load(Param("rowC"), GP64())
	}
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
					VFMADD213PS(Mem{Base: c, Disp: f.Bytes * j}, v, s)
				} else {
					VMULPS(v, s, s)
				}
				VMOVUPS(s, Mem{Base: c, Disp: f.Bytes * j})
			}
			if i < m-1 || strip {
				ADDQ(rowC, c)
			}
		}
		if strip { // A goes on where it ended
			Load(Param("k"), k)
			Load(Param("b"), b)
			DECQ(argument("tiles"))
			JNE(LabelRef(name + "Tile"))
		}
		VZEROUPPER()
		RET()
	}
}

// align has the next instruction begin at a line of the cache, so that a loop is fetched in as few pieces as may be.
// Where a Zen 3 core also worked for a second thread, the loop of a 6×16 tile did 80 or 84 GFLOP/s depending on where
// it began, and alone 102 anywhere.
func align() { Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}}) }

// lineLength is how many sums a line has: with fewer, FMAs would wait for one another.
const lineLength = 64

// line writes a kernel for a single row of A, all of whose registers are sums.
func (f form) line() {
	name := "line" + f.Name
	TEXT(name, NOSPLIT, "func(blocks, k int, a *float32, colA int, b *float32, offset *int, c *float32, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets blocks of %d elements of C = A·B, or adds to them, for one row of A and k rows of B at "+
		"the given offsets from b. Distances are in bytes.", name, lineLength))
	blocks, row, colA := Load(Param("blocks"), GP64()), Load(Param("a"), GP64()), Load(Param("colA"), GP64())
	b, offsets, c := Load(Param("b"), GP64()), Load(Param("offset"), GP64()), Load(Param("c"), GP64())
	add := Load(Param("add"), GP8())
	k, a, offset, at := GP64(), GP64(), GP64(), GP64()
	sums, v := make([]reg.VecVirtual, lineLength/f.Lanes()), f.Register()
	Label(name + "Block")
	for i := range sums {
		sums[i] = f.zero()
	}
	TESTB(add, add)
	JEQ(LabelRef(name + "Set"))
	for i, s := range sums {
		VMOVUPS(Mem{Base: c, Disp: f.Bytes * i}, s)
	}
	Label(name + "Set")
	Load(Param("k"), k)
	MOVQ(row, a)
	MOVQ(offsets, offset)
	Label(name + "Loop")
	MOVQ(Mem{Base: offset}, at)
	VBROADCASTSS(Mem{Base: a}, v)
	for i, s := range sums {
		VFMADD231PS(Mem{Base: b, Index: at, Scale: 1, Disp: f.Bytes * i}, v, s)
	}
	ADDQ(colA, a)
	ADDQ(Imm(8), offset)
	DECQ(k)
	JNE(LabelRef(name + "Loop"))
	for i, s := range sums {
		VMOVUPS(s, Mem{Base: c, Disp: f.Bytes * i})
	}
	ADDQ(U32(4*lineLength), b)
	ADDQ(U32(4*lineLength), c)
	DECQ(blocks)
	JNE(LabelRef(name + "Block"))
	VZEROUPPER()
	RET()
}

// dot writes a kernel that multiplies m rows by n rows, all with k elements side by side: m·n sums of one register
// each, whose lanes are added up at the end.
func (f form) dot(m, n int) {
	name := fmt.Sprintf("dot%dx%d%s", m, n, f.Name)
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowA int, b *float32, offset *int, c *float32, rowC int, alpha "+
		"float32, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets the %d×%d tile C = alpha·A·Bᵀ, or adds to it, for rows of k elements, those of B at "+
		"the given offsets from b. Distances are in bytes.", name, m, n))
	k := GP64()
	Load(Param("k"), k)
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
			sums[i] = append(sums[i], f.zero())
		}
	}
	va, vb := make([]reg.VecVirtual, m), f.Register()
	for i := range va {
		va[i] = f.Register()
	}
	at := GP64()
	XORQ(at, at)
	SUBQ(Imm(uint64(f.Lanes())), k)
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
	ADDQ(Imm(uint64(f.Lanes())), at)
	SUBQ(Imm(uint64(f.Lanes())), k)
	JGE(LabelRef(name + "Loop"))
	Label(name + "Last")
	ADDQ(Imm(uint64(f.Lanes())), k)
	JE(LabelRef(name + "Done"))
	load := f.firstLanes(k)
	for i := range a {
		load(Mem{Base: a[i], Index: at, Scale: 4}, va[i])
	}
	for j := range b {
		load(Mem{Base: b[j], Index: at, Scale: 4}, vb)
		for i := range a {
			VFMADD231PS(va[i], vb, sums[i][j])
		}
	}
	Label(name + "Done")
	c := Load(Param("c"), GP64())
	rowC := Load(Param("rowC"), GP64())
	alpha := YMM()
	VBROADCASTSS(argument("alpha"), alpha)
	rows, store := make([]reg.Register, m), f.storeColumns(n)
	for i, s := range sums {
		rows[i] = f.addLanes(s, alpha)
	}
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	JE(LabelRef(name + "Set"))
	for _, adds := range []bool{true, false} {
		if !adds {
			Label(name + "Set")
		}
		for i, r := range rows {
			store(r, Mem{Base: c}, adds)
			if i < m-1 {
				ADDQ(rowC, c)
			}
		}
		VZEROUPPER()
		RET()
	}
}

// firstLanes returns a load of the first k lanes of a register and zeros beyond, k being less than all.
func (f form) firstLanes(k reg.GPVirtual) func(from Mem, to reg.VecVirtual) {
	if f.Wide() {
		lanes := forms.FirstBits(k)
		return func(from Mem, to reg.VecVirtual) { lanes.Load(from, to) }
	}
	mask := GP64()
	LEAQ(masks(), mask)
	SHLQ(Imm(5), k)
	ADDQ(k, mask)
	return func(from Mem, to reg.VecVirtual) {
		VMOVUPS(Mem{Base: mask}, to)
		VMASKMOVPS(from, to, to)
	}
}

// addLanes returns alpha times the sums of the lanes of each of s, side by side: at most four in AVX2, eight in
// AVX-512.
func (f form) addLanes(s []reg.VecVirtual, alpha reg.VecVirtual) reg.Register {
	if !f.Wide() {
		for len(s) < 4 {
			s = append(s, s[0])
		}
		t, u, low := YMM(), YMM(), XMM()
		VHADDPS(s[1], s[0], t)
		VHADDPS(s[3], s[2], u)
		VHADDPS(u, t, t)
		VEXTRACTF128(Imm(1), t, low)
		VADDPS(t.AsX(), low, low)
		VMULPS(alpha.AsX(), low, low)
		return low
	}
	var quads []reg.VecVirtual // of 128 bits, whose lanes are parts of four sums
	for ; len(s) > 0; s = s[min(4, len(s)):] {
		t, u := ZMM(), ZMM()
		pair(s[0], s[min(1, len(s)-1)], t)
		if len(s) > 2 {
			pair(s[2], s[min(3, len(s)-1)], u)
		} else {
			u = t
		}
		low, high := ZMM(), ZMM()
		VSHUFPS(Imm(0x44), u, t, low)
		VSHUFPS(Imm(0xEE), u, t, high)
		VADDPS(high, low, low)
		half := YMM()
		VEXTRACTF64X4(Imm(1), low, half)
		VADDPS(low.AsY(), half, half)
		quads = append(quads, half)
	}
	low, high := YMM(), YMM()
	VSHUFF32X4(Imm(0), quads[len(quads)-1], quads[0], low)
	VSHUFF32X4(Imm(3), quads[len(quads)-1], quads[0], high)
	VADDPS(high, low, low)
	VMULPS(alpha, low, low)
	return low
}

// pair adds the upper half of each 128 bits of x and of y to the lower, and sets to to the two, lanes alternating.
func pair(x, y, to reg.VecVirtual) {
	high := ZMM()
	VUNPCKLPS(y, x, to)
	VUNPCKHPS(y, x, high)
	VADDPS(high, to, to)
}

// storeColumns returns a store of the first n lanes of a register, or an addition to what is there. It may change the
// register.
func (f form) storeColumns(n int) func(r reg.Register, to Mem, adds bool) {
	if f.Wide() {
		bits, lanes := GP32(), K()
		MOVL(U32(1<<n-1), bits)
		KMOVW(bits, lanes)
		return func(r reg.Register, to Mem, adds bool) {
			if adds {
				VADDPS(to, r, lanes, r)
			}
			VMOVUPS(r, lanes, to)
		}
	}
	return func(r reg.Register, to Mem, adds bool) {
		if n == 4 {
			if adds {
				VADDPS(to, r, r)
			}
			VMOVUPS(r, to)
			return
		}
		for j := range n {
			at := to.Offset(4 * j)
			if adds {
				s := XMM()
				VADDSS(at, r, s)
				VMOVSS(s, at)
			} else {
				VMOVSS(r, at)
			}
			if j < n-1 {
				VPERMILPS(Imm(0x39), r, r) // the next lane first
			}
		}
	}
}

// transposeAVX2Panel writes the copy of 16 rows into a panel: element j of row l of the panel is element l of row j.
func transposeAVX2Panel() {
	TEXT("transpose16AVX2", NOSPLIT, "func(k int, b *float32, rowB int, panel *float32)")
	Pragma("noescape")
	Doc("transpose16AVX2 copies k elements, a multiple of 8, of each of 16 rows, rowB bytes apart, into k rows of 16.")
	k := Load(Param("k"), GP64())
	b := Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())
	panel := Load(Param("panel"), GP64())
	row3 := GP64()
	LEAQ(Mem{Base: rowB, Index: rowB, Scale: 2}, row3)
	from, mid := GP64(), GP64()
	Label("transpose16AVX2Loop")
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
		transpose(&r, &t)
		for i := range t {
			if half == 0 {
				PREFETCHT0(Mem{Base: panel, Disp: fetched + 64*i})
			}
			VMOVUPS(t[i], Mem{Base: panel, Disp: 64*i + 32*half})
		}
		if half == 0 {
			LEAQ(Mem{Base: mid, Index: rowB, Scale: 4}, from)
		}
	}
	ADDQ(Imm(32), b)
	ADDQ(U32(512), panel)
	SUBQ(Imm(8), k)
	JNE(LabelRef("transpose16AVX2Loop"))
	VZEROUPPER()
	RET()
}

// pack writes the copy of some columns into each of a number of panels. All panels get a row before the next, since
// what lies side by side comes faster than what is rows apart. What is read eight rows later, and written, is fetched,
// since processors foresee neither rows that are pages apart nor so many panels; 4 MB are copied into panels of 6 in
// 600 µs in place of 1,050.
func pack(width int) {
	name := fmt.Sprintf("pack%dAVX2", width)
	TEXT(name, NOSPLIT, "func(k, panels int, b *float32, rowB int, panel *float32, step int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s copies %d elements of each of k rows, rowB bytes apart, one behind the other, and those "+
		"that follow into more panels, step bytes apart.", name, width))
	k := Load(Param("k"), GP64())
	b := Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())
	panel := Load(Param("panel"), GP64())
	step := Load(Param("step"), GP64())
	left, from, to := GP64(), GP64(), GP64()
	Label(name + "Loop")
	Load(Param("panels"), left)
	MOVQ(b, from)
	MOVQ(panel, to)
	Label(name + "Row")
	var copied []func()
	for at := 0; at < width; {
		load, store, wide := VMOVUPS, VMOVUPS, 8
		r := reg.VecVirtual(YMM())
		switch {
		case width-at >= 8:
		case width-at >= 4:
			r, wide = XMM(), 4
		default:
			r, load, store, wide = XMM(), two, two, 2
		}
		disp := 4 * at
		load(Mem{Base: from, Disp: disp}, r)
		copied = append(copied, func() { store(r, Mem{Base: to, Disp: disp}) })
		at += wide
	}
	PREFETCHT0(Mem{Base: from, Index: rowB, Scale: 8})
	PREFETCHT0(Mem{Base: to, Disp: fetched})
	for _, store := range copied {
		store()
	}
	ADDQ(U32(4*width), from)
	ADDQ(step, to)
	DECQ(left)
	JNE(LabelRef(name + "Row"))
	ADDQ(rowB, b)
	ADDQ(U32(4*width), panel)
	DECQ(k)
	JNE(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}

// fetched is how many bytes ahead a panel that is written is fetched.
const fetched = 1024

// two moves two elements.
func two(ops ...Op) { VMOVSD(ops...) }

// transposeRows writes the copy of m rows of A into a panel of columns that are height elements apart. A store is
// eight elements wide; the next column overwrites what is too much of it.
func transposeRows(m, height int) {
	name := fmt.Sprintf("transpose%dRows%dAVX2", m, height)
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowA int, panel *float32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s copies k elements, a multiple of 8, of each of %d rows, rowA bytes apart, into k columns, "+
		"%d elements apart. What is between them becomes anything.", name, m, height))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	rowA := Load(Param("rowA"), GP64())
	panel := Load(Param("panel"), GP64())
	row3, base := GP64(), []reg.Register{a}
	LEAQ(Mem{Base: rowA, Index: rowA, Scale: 2}, row3)
	for i := 4; i < m; i += 4 {
		base = append(base, GP64())
		LEAQ(Mem{Base: base[i/4-1], Index: rowA, Scale: 4}, base[i/4])
	}
	Label(name + "Loop")
	for first := 0; first < m; first += 8 {
		rows, wide := min(8, m-first), min(8, height-first)
		var r, t [8]reg.VecVirtual
		for i := range r {
			t[i] = YMM()
			if r[i] = YMM(); i >= rows {
				VXORPS(r[i], r[i], r[i])
				continue
			}
			from := Mem{Base: base[(first+i)/4]}
			switch i % 4 {
			case 1, 2:
				from.Index, from.Scale = rowA, uint8(i%4)
			case 3:
				from.Index, from.Scale = row3, 1
			}
			VMOVUPS(from, r[i])
		}
		transpose(&r, &t)
		for i := range t {
			to := Mem{Base: panel, Disp: 4 * (i*height + first)}
			switch {
			case wide == 8 || wide == 6 && i < 7:
				VMOVUPS(t[i], to)
			default:
				VMOVUPS(t[i].AsX(), to)
				if wide == 6 {
					VEXTRACTF128(Imm(1), t[i], t[i].AsX())
					VMOVLPS(t[i].AsX(), to.Offset(16))
				}
			}
		}
	}
	for line := 0; line < 32*height; line += 64 {
		PREFETCHT0(Mem{Base: panel, Disp: fetched + line})
	}
	for _, p := range base {
		ADDQ(Imm(32), p)
	}
	ADDQ(U32(32*height), panel)
	SUBQ(Imm(8), k)
	JNE(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}

// transpose sets t to the transpose of r, eight rows of eight. It uses r up.
func transpose(r, t *[8]reg.VecVirtual) {
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
}

// untransposeAVX2 writes the way back.
func untransposeAVX2() {
	TEXT("Untranspose16AVX2", NOSPLIT, "func(k int, panel *float32, b *float32, rowB int)")
	Pragma("noescape")
	Doc("Untranspose16AVX2 copies k rows of 16, k a multiple of 8, into as many elements of each of 16 rows, rowB " +
		"bytes " +
		"apart.")
	k := Load(Param("k"), GP64())
	panel := Load(Param("panel"), GP64())
	b := Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())
	row3 := GP64()
	LEAQ(Mem{Base: rowB, Index: rowB, Scale: 2}, row3)
	to, mid := GP64(), GP64()
	Label("Untranspose16AVX2Loop")
	MOVQ(b, to)
	for half := range 2 {
		LEAQ(Mem{Base: to, Index: rowB, Scale: 4}, mid)
		var r, t [8]reg.VecVirtual
		for i := range r {
			r[i], t[i] = YMM(), YMM()
			VMOVUPS(Mem{Base: panel, Disp: 64*i + 32*half}, r[i])
		}
		transpose(&r, &t)
		for i := range t {
			base := to
			if i >= 4 {
				base = mid
			}
			switch i % 4 {
			case 0:
				VMOVUPS(t[i], Mem{Base: base})
			case 3:
				VMOVUPS(t[i], Mem{Base: base, Index: row3, Scale: 1})
			default:
				VMOVUPS(t[i], Mem{Base: base, Index: rowB, Scale: uint8(i % 4)})
			}
		}
		if half == 0 {
			LEAQ(Mem{Base: mid, Index: rowB, Scale: 4}, to)
		}
	}
	ADDQ(Imm(32), b)
	ADDQ(U32(512), panel)
	SUBQ(Imm(8), k)
	JNE(LabelRef("Untranspose16AVX2Loop"))
	VZEROUPPER()
	RET()
}

// transposeAVX512Panel writes the same for panels of 32 columns, of which it fills 16. Four loads of four elements, of
// every fourth row, make a register, so that transposing 4×4 elements within 128 bits is all that is left.
func transposeAVX512Panel() {
	TEXT("transpose16AVX512", NOSPLIT, "func(k int, b *float32, rowB int, panel *float32)")
	Pragma("noescape")
	Doc("transpose16AVX512 copies k elements, a multiple of 4, of each of 16 rows, rowB bytes apart, into 16 " +
		"columns of " +
		"k rows of 32.")
	k := Load(Param("k"), GP64())
	var b [4]reg.Register // rows 0, 4, 8 and 12
	b[0] = Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())
	panel := Load(Param("panel"), GP64())
	row3 := GP64()
	LEAQ(Mem{Base: rowB, Index: rowB, Scale: 2}, row3)
	for i := 1; i < 4; i++ {
		b[i] = GP64()
		LEAQ(Mem{Base: b[i-1], Index: rowB, Scale: 4}, b[i])
	}
	Label("transpose16AVX512Loop")
	var r, t [4]reg.VecVirtual
	for i := range r {
		r[i], t[i] = ZMM(), ZMM()
		for j, base := range b {
			from := Mem{Base: base}
			switch i {
			case 1, 2:
				from.Index, from.Scale = rowB, uint8(i)
			case 3:
				from.Index, from.Scale = row3, 1
			}
			if j == 0 {
				VMOVUPS(from, r[i].AsX())
			} else {
				VINSERTF32X4(Imm(uint64(j)), from, r[i], r[i])
			}
		}
	}
	for i := 0; i < 4; i += 2 { // pairs
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	for i := range 2 { // quadruples
		VSHUFPS(Imm(0x44), t[i+2], t[i], r[2*i])
		VSHUFPS(Imm(0xEE), t[i+2], t[i], r[2*i+1])
	}
	for i := range r {
		VMOVUPS(r[i], Mem{Base: panel, Disp: 128 * i})
	}
	for i := range b {
		ADDQ(Imm(16), b[i])
	}
	ADDQ(U32(512), panel)
	SUBQ(Imm(4), k)
	JNE(LabelRef("transpose16AVX512Loop"))
	VZEROUPPER()
	RET()
}

func (f form) zero() reg.VecVirtual {
	r := f.Register()
	if f.Wide() {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
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
