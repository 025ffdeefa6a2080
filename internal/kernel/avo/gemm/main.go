// Command gemm writes the micro-kernels of the matrix product.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	for m := 1; m <= 6; m++ {
		tile(m)
	}
	Generate()
}

// The tile of C is m×16: two registers a row, at most twelve sums, two for a row of B and one for an element of A.
// An FMA has a latency of 4 cycles and two start in each, so eight sums would do; twelve need fewer loads for each.
const lanes = 8

// tile writes a kernel that computes an m×16 tile of C from k columns of A and k rows of B.
func tile(m int) {
	name := fmt.Sprintf("tile%dx16AVX2", m)
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowA, colA int, b *float32, rowB int, c *float32, rowC int, alpha float32, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s sets the %d×16 tile C = alpha·A·B, or adds to it. Distances are in bytes; rows of B and C have 16 elements side by side.", name, m))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	rowA := Load(Param("rowA"), GP64())
	colA := Load(Param("colA"), GP64())
	b := Load(Param("b"), GP64())
	rowB := Load(Param("rowB"), GP64())

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
		for j := range sums[i] {
			sums[i][j] = YMM()
			VXORPS(sums[i][j], sums[i][j], sums[i][j])
		}
	}
	b0, b1, v := YMM(), YMM(), YMM()
	step := func() {
		VMOVUPS(Mem{Base: b}, b0)
		VMOVUPS(Mem{Base: b, Disp: 32}, b1)
		for i := range sums {
			VBROADCASTSS(element(i), v)
			VFMADD231PS(v, b0, sums[i][0])
			VFMADD231PS(v, b1, sums[i][1])
		}
		ADDQ(colA, a)
		if m > 3 {
			ADDQ(colA, a3)
		}
		ADDQ(rowB, b)
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
	alpha, err := Param("alpha").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(alpha.Addr, v)
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	JNE(LabelRef(name + "Add"))
	for i := range sums {
		for j, s := range sums[i] {
			VMULPS(v, s, s)
			VMOVUPS(s, Mem{Base: c, Disp: 32 * j})
		}
		if i < m-1 {
			ADDQ(rowC, c)
		}
	}
	VZEROUPPER()
	RET()
	Label(name + "Add")
	for i := range sums {
		for j, s := range sums[i] {
			VFMADD213PS(Mem{Base: c, Disp: 32 * j}, v, s)
			VMOVUPS(s, Mem{Base: c, Disp: 32 * j})
		}
		if i < m-1 {
			ADDQ(rowC, c)
		}
	}
	VZEROUPPER()
	RET()
}
