// Command vector writes the functions of one and of two vectors.
package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

func main() {
	kernels.Flags()
	for _, form := range []forms.Form{forms.AVX2, forms.AVX512} {
		begin(form)
		for _, u := range unaries {
			u.write()
		}
		for _, b := range binaries {
			b.write()
		}
		cells()
	}
	Generate()
	kernels.Write("avo/vector")
}

var kernels forms.Set

// A unary is a function of a vector x. Its body is called for the constants that stay in registers, and returns what
// computes one vector. Short functions have loops of several vectors an iteration; for the long ones the processor
// sees far enough ahead to overlap the iterations.
type unary struct {
	name, formula string
	params        string // names of float parameters
	vectors       int    // an iteration
	body          func() func(x vector) vector
	stops         bool // may jump to label stop
}

// A binary is a function of vectors a and b.
type binary struct {
	name, formula string
	params        string
	vectors       int
	body          func() func(a, b vector) vector
}

func signature(vectors, counts, params, result string) string {
	if params != "" {
		params = ", " + strings.Join(strings.Fields(params), ", ") + " float32"
	}
	return fmt.Sprintf("func(%s *float32, %s int%s)%s", vectors, counts, params, result)
}

// stop is the label of the function being written where it returns before its end.
var stop string

func (u unary) write() {
	doc, result := "%s sets dst[i] = %s for n elements.", ""
	if u.stops {
		doc, result = "%s sets dst[i] = %s for elements before a vector with |x[i]| > largeAngle, and returns how "+
			"many of the n are left.", " int"
	}
	name := kernels.Begin(u.name, f, signature("dst, x", "n", u.params, result), "")
	Doc(fmt.Sprintf(doc, name, u.formula))
	dst, x, n := pointer("dst"), pointer("x"), pointer("n")
	stop = name + "Done"
	body := u.body()
	loop(name, u.vectors, n, func(vectors int) {
		var v []vector
		for i := range vectors {
			v = append(v, load(Mem{Base: x, Disp: i * f.Bytes}))
		}
		for i := range v {
			VMOVUPS(body(v[i]), Mem{Base: dst, Disp: i * f.Bytes})
		}
		ADDQ(U32(vectors*f.Bytes), x)
		ADDQ(U32(vectors*f.Bytes), dst)
	})
	v := f.Register()
	rest(name, n, func() {
		VMOVUPS(Mem{Base: x}, v)
	}, func(m mask) {
		m.Load(Mem{Base: x}, v)
	}, func() vector {
		return body(v)
	}, dst, func() {
		ADDQ(Imm(uint64(f.Bytes)), x)
	})
	if u.stops {
		Store(n, ReturnIndex(0))
	}
	VZEROUPPER()
	RET()
}

// write writes the function of vectors and of a vector and a scalar alike: a scalar fills the vectors of one iteration
// on the stack, and its address stays.
func (b binary) write() {
	name := kernels.Begin(b.name, f, signature("dst, a, b", "n, na, nb", b.params, ""), "")
	Doc(fmt.Sprintf("%s sets dst[i] = %s for n elements; a has na elements and b nb: n, or one for all.",
		name, b.formula))
	dst, n := pointer("dst"), pointer("n")
	type operand struct{ address, step reg.GPVirtual }
	operands := [2]operand{}
	for i, o := range []string{"a", "b"} {
		address, step := pointer(o), GP64()
		many := name + strings.ToUpper(o)
		count := pointer("n" + o)
		MOVQ(U32(f.Bytes), step)
		CMPQ(count, Imm(1))
		JNE(LabelRef(many))
		spread := AllocLocal(b.vectors * f.Bytes)
		v := f.Register()
		VBROADCASTSS(Mem{Base: address}, v)
		for k := range b.vectors {
			VMOVUPS(v, spread.Offset(k*f.Bytes))
		}
		LEAQ(spread, address)
		XORQ(step, step)
		Label(many)
		operands[i] = operand{address, step}
	}
	advance := func(vectors int) {
		for _, o := range operands {
			if vectors == 1 {
				ADDQ(o.step, o.address)
			} else {
				LEAQ(Mem{Base: o.address, Index: o.step, Scale: uint8(vectors)}, o.address)
			}
		}
	}
	body := b.body()
	loop(name, b.vectors, n, func(vectors int) {
		for i := range vectors {
			x := load(Mem{Base: operands[0].address, Disp: i * f.Bytes})
			y := load(Mem{Base: operands[1].address, Disp: i * f.Bytes})
			VMOVUPS(body(x, y), Mem{Base: dst, Disp: i * f.Bytes})
		}
		advance(vectors)
		ADDQ(U32(vectors*f.Bytes), dst)
	})
	x, y := f.Register(), f.Register()
	rest(name, n, func() {
		VMOVUPS(Mem{Base: operands[0].address}, x)
		VMOVUPS(Mem{Base: operands[1].address}, y)
	}, func(m mask) {
		m.Load(Mem{Base: operands[0].address}, x)
		m.Load(Mem{Base: operands[1].address}, y)
	}, func() vector {
		return body(x, y)
	}, dst, func() {
		advance(1)
	})
	VZEROUPPER()
	RET()
}

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// loop writes the loop whose iteration takes several vectors, if there is to be one. n is the number of elements left.
func loop(name string, vectors int, n reg.GPVirtual, iteration func(vectors int)) {
	if vectors == 1 {
		return
	}
	elements := Imm(uint64(vectors * f.Lanes()))
	SUBQ(elements, n)
	JL(LabelRef(name + "Few"))
	Label(name + "Loop")
	iteration(vectors)
	SUBQ(elements, n)
	JGE(LabelRef(name + "Loop"))
	Label(name + "Few")
	ADDQ(elements, n)
}

// rest writes the loop of one vector an iteration, where the last vector may be short. Short and full ones share the
// body, so an element's result does not depend on where it is.
func rest(name string, n reg.GPVirtual, load func(), loadShort func(m mask), body func() vector, dst reg.GPVirtual,
	advance func()) {
	lanes := Imm(uint64(f.Lanes()))
	Label(name + "One")
	CMPQ(n, lanes)
	JL(LabelRef(name + "Short"))
	load()
	Label(name + "Body")
	y := body()
	CMPQ(n, lanes)
	JL(LabelRef(name + "StoreShort"))
	VMOVUPS(y, Mem{Base: dst})
	ADDQ(Imm(uint64(f.Bytes)), dst)
	advance()
	SUBQ(lanes, n)
	JMP(LabelRef(name + "One"))
	Label(name + "Short")
	TESTQ(n, n)
	JE(LabelRef(name + "Done"))
	loadShort(firstLanes(n))
	JMP(LabelRef(name + "Body"))
	Label(name + "StoreShort")
	firstLanes(n).Store(y, Mem{Base: dst})
	XORQ(n, n)
	Label(name + "Done")
}
