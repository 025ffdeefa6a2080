// Command vector writes the functions of one and of two vectors.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

func main() {
	choices := flag.String("choices", "", "file of the functions that choose a form")
	flag.Parse()
	for _, form := range []form{avx2, avx512} {
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
	if *choices != "" {
		if err := kernels.WriteChoices(*choices, "avo/vector"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

var kernels forms.Set

// start begins a function of the form; the condition is one on its arguments for the wide form.
func start(name, signature, condition string) {
	kernels.Declare(name, f.name, signature, condition)
	TEXT(name+f.name, NOSPLIT, signature)
	Pragma("noescape")
}

// A unary is a function of a vector x. Its body is called for the constants that stay in registers, and returns what computes
// one vector. Short functions have loops of several vectors a turn; for the long ones the processor sees far enough ahead to
// overlap the turns.
type unary struct {
	name, formula string
	params        string // names of float parameters
	vectors       int    // a turn
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
	name := u.name + f.name
	doc, result := "%s sets dst[i] = %s for n elements.", ""
	if u.stops {
		doc, result = "%s sets dst[i] = %s for elements before a vector with |x[i]| > largeAngle, and returns how many of the n are left.", " int"
	}
	start(u.name, signature("dst, x", "n", u.params, result), "")
	Doc(fmt.Sprintf(doc, name, u.formula))
	dst, x, n := pointer("dst"), pointer("x"), pointer("n")
	stop = name + "Done"
	body := u.body()
	loop(name, u.vectors, n, func(vectors int) {
		var v []vector
		for i := range vectors {
			v = append(v, load(Mem{Base: x, Disp: i * f.bytes}))
		}
		for i := range v {
			VMOVUPS(body(v[i]), Mem{Base: dst, Disp: i * f.bytes})
		}
		ADDQ(U32(vectors*f.bytes), x)
		ADDQ(U32(vectors*f.bytes), dst)
	})
	v := f.vector()
	rest(name, n, func() {
		VMOVUPS(Mem{Base: x}, v)
	}, func(m mask) {
		loadShort(m, Mem{Base: x}, v)
	}, func() vector {
		return body(v)
	}, dst, func() {
		ADDQ(Imm(uint64(f.bytes)), x)
	})
	if u.stops {
		Store(n, ReturnIndex(0))
	}
	VZEROUPPER()
	RET()
}

// write writes the function of vectors and of a vector and a scalar alike: a scalar fills the vectors of one turn on the
// stack, and its address stays.
func (b binary) write() {
	name := b.name + f.name
	start(b.name, signature("dst, a, b", "n, na, nb", b.params, ""), "")
	Doc(fmt.Sprintf("%s sets dst[i] = %s for n elements; a has na elements and b nb: n, or one for all.", name, b.formula))
	dst, n := pointer("dst"), pointer("n")
	type operand struct{ address, step reg.GPVirtual }
	operands := [2]operand{}
	for i, o := range []string{"a", "b"} {
		address, step := pointer(o), GP64()
		many := name + strings.ToUpper(o)
		count := pointer("n" + o)
		MOVQ(U32(f.bytes), step)
		CMPQ(count, Imm(1))
		JNE(LabelRef(many))
		spread := AllocLocal(b.vectors * f.bytes)
		v := f.vector()
		VBROADCASTSS(Mem{Base: address}, v)
		for k := range b.vectors {
			VMOVUPS(v, spread.Offset(k*f.bytes))
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
			x := load(Mem{Base: operands[0].address, Disp: i * f.bytes})
			y := load(Mem{Base: operands[1].address, Disp: i * f.bytes})
			VMOVUPS(body(x, y), Mem{Base: dst, Disp: i * f.bytes})
		}
		advance(vectors)
		ADDQ(U32(vectors*f.bytes), dst)
	})
	x, y := f.vector(), f.vector()
	rest(name, n, func() {
		VMOVUPS(Mem{Base: operands[0].address}, x)
		VMOVUPS(Mem{Base: operands[1].address}, y)
	}, func(m mask) {
		loadShort(m, Mem{Base: operands[0].address}, x)
		loadShort(m, Mem{Base: operands[1].address}, y)
	}, func() vector {
		return body(x, y)
	}, dst, func() {
		advance(1)
	})
	VZEROUPPER()
	RET()
}

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// loop writes the loop whose turn takes several vectors, if there is to be one. n is the number of elements left.
func loop(name string, vectors int, n reg.GPVirtual, turn func(vectors int)) {
	if vectors == 1 {
		return
	}
	elements := Imm(uint64(vectors * f.lanes()))
	SUBQ(elements, n)
	JL(LabelRef(name + "Few"))
	Label(name + "Loop")
	turn(vectors)
	SUBQ(elements, n)
	JGE(LabelRef(name + "Loop"))
	Label(name + "Few")
	ADDQ(elements, n)
}

// rest writes the loop of one vector a turn, where the last vector may be short. Short and full ones share the body, so an
// element's result does not depend on where it is.
func rest(name string, n reg.GPVirtual, load func(), loadShort func(m mask), body func() vector, dst reg.GPVirtual, advance func()) {
	lanes := Imm(uint64(f.lanes()))
	Label(name + "One")
	CMPQ(n, lanes)
	JL(LabelRef(name + "Short"))
	load()
	Label(name + "Body")
	y := body()
	CMPQ(n, lanes)
	JL(LabelRef(name + "StoreShort"))
	VMOVUPS(y, Mem{Base: dst})
	ADDQ(Imm(uint64(f.bytes)), dst)
	advance()
	SUBQ(lanes, n)
	JMP(LabelRef(name + "One"))
	Label(name + "Short")
	TESTQ(n, n)
	JE(LabelRef(name + "Done"))
	loadShort(firstLanes(n))
	JMP(LabelRef(name + "Body"))
	Label(name + "StoreShort")
	storeShort(firstLanes(n), y, Mem{Base: dst})
	XORQ(n, n)
	Label(name + "Done")
}
