package main

// The instructions that the functions are written in. Each takes vectors and returns a new one, unless its comment
// says that it changes its first operand; a constant in memory may stand for a last operand.

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

type vector = reg.VecVirtual

var (
	f forms.Form // being written
	// a vector of ones, then one of zeros: a vector that begins in the first is a mask, where those are vectors
	ones      Mem
	table     Mem            // of the constants
	constants map[uint32]int // their offsets, by their bits
)

// begin starts the functions of a form.
func begin(form forms.Form) {
	f = form
	if !f.Wide() {
		ones = GLOBL("ones"+f.Name, attr.RODATA|attr.NOPTR)
		for i := 0; i < f.Bytes; i += 8 {
			DATA(i, U64(math.MaxUint64))
		}
		for i := f.Bytes; i < 2*f.Bytes; i += 8 {
			DATA(i, U64(0))
		}
	}
	constants, table = map[uint32]int{}, GLOBL("constants"+f.Name, attr.RODATA|attr.NOPTR)
}

// bits is a constant of given bits in every lane.
func bits(b uint32) Mem {
	offset, ok := constants[b]
	if !ok {
		offset = f.Bytes * len(constants)
		constants[b] = offset
		for i := 0; i < f.Bytes; i += 8 {
			DATA(offset+i, U64(uint64(b)<<32|uint64(b)))
		}
	}
	return table.Offset(offset)
}

// c is a constant.
func c(x float64) Mem { return bits(math.Float32bits(float32(x))) }

// load is a constant or another vector in memory in a register.
func load(m Mem) vector {
	v := f.Register()
	VMOVUPS(m, v)
	return v
}

func clone(x vector) vector {
	v := f.Register()
	VMOVAPS(x, v)
	return v
}

func zero() vector {
	v := f.Register()
	VXORPS(v, v, v)
	return v
}

// two writes an instruction of two operands, as the processor's manual orders them.
func two(instruction func(operands ...Op), x vector, y Op) vector {
	v := f.Register()
	instruction(y, x, v)
	return v
}

func add(x vector, y Op) vector { return two(VADDPS, x, y) }
func sub(x vector, y Op) vector { return two(VSUBPS, x, y) }
func mul(x vector, y Op) vector { return two(VMULPS, x, y) }
func div(x vector, y Op) vector { return two(VDIVPS, x, y) }
func and(x vector, y Op) vector { return two(VANDPS, x, y) }
func or(x vector, y Op) vector  { return two(VORPS, x, y) }
func xor(x vector, y Op) vector { return two(VXORPS, x, y) }

func sqrt(x vector) vector {
	v := f.Register()
	VSQRTPS(x, v)
	return v
}

func addInt(x vector, y Op) vector { return two(VPADDD, x, y) }
func subInt(x vector, y Op) vector { return two(VPSUBD, x, y) }

func shiftLeft(x vector, n uint8) vector {
	v := f.Register()
	VPSLLD(Imm(uint64(n)), x, v)
	return v
}

func shiftRight(x vector, n uint8) vector {
	v := f.Register()
	VPSRLD(Imm(uint64(n)), x, v)
	return v
}

// toFloat converts integers.
func toFloat(x vector) vector {
	v := f.Register()
	VCVTDQ2PS(x, v)
	return v
}

// larger and smaller are y where either is NaN, or both are zeros.
func larger(x vector, y Op) vector  { return two(VMAXPS, x, y) }
func smaller(x vector, y Op) vector { return two(VMINPS, x, y) }

// atLeast and atMost bound x and keep NaN and the sign of zero.
func atLeast(x vector, bound float64) vector { return larger(load(c(bound)), x) }
func atMost(x vector, bound float64) vector  { return smaller(load(c(bound)), x) }

func abs(x vector) vector  { return and(x, bits(1<<31-1)) }
func sign(x vector) vector { return and(x, bits(1<<31)) } // its bit alone

// mulAdd changes x to x·y + z.
func mulAdd(x, y vector, z Op) vector {
	VFMADD213PS(z, y, x)
	return x
}

// addMul changes x to x + y·z.
func addMul(x, y vector, z Op) vector {
	VFMADD231PS(z, y, x)
	return x
}

// subMul changes x to x - y·z.
func subMul(x, y vector, z Op) vector {
	VFNMADD231PS(z, y, x)
	return x
}

// mulSub changes x to x·y - z.
func mulSub(x, y vector, z Op) vector {
	VFMSUB213PS(z, y, x)
	return x
}

// poly is the polynomial in x with the coefficients, the highest first, by Horner's rule.
func poly(x vector, coefficients ...float64) vector {
	p := load(c(coefficients[0]))
	for _, k := range coefficients[1:] {
		mulAdd(p, x, c(k))
	}
	return p
}

type mask = *forms.Mask

// Predicates of a comparison; those with not hold for NaN.
const (
	equal          = 0x00
	unordered      = 0x03
	notEqual       = 0x04
	less           = 0x11
	lessEqual      = 0x12
	notLessOrEq    = 0x16
	notGreaterOrEq = 0x19
	greaterOrEqual = 0x1d
	greater        = 0x1e
)

func compare(x vector, predicate uint8, y Op) mask {
	if f.Wide() {
		m := K()
		VCMPPS(Imm(uint64(predicate)), y, x, m)
		return &forms.Mask{Bits: m}
	}
	v := f.Register()
	VCMPPS(Imm(uint64(predicate)), y, x, v)
	return &forms.Mask{Vector: v}
}

// negative is set where the highest bit of a lane is.
func negative(x vector) mask {
	if f.Wide() {
		m := K()
		VPMOVD2M(x, m)
		return &forms.Mask{Bits: m}
	}
	return &forms.Mask{Vector: x}
}

// both is set where x and y are.
func both(x, y mask) mask {
	if f.Wide() {
		m := K()
		KANDW(x.Bits, y.Bits, m)
		return &forms.Mask{Bits: m}
	}
	return &forms.Mask{Vector: and(x.Vector, y.Vector)}
}

// where is x where the mask is set and 0 elsewhere.
func where(m mask, x Op) vector {
	if f.Wide() {
		v := f.Register()
		VMOVUPS_Z(x, m.Bits, v)
		return v
	}
	return and(m.Vector, x)
}

// choose is x where the mask is set, y elsewhere.
func choose(m mask, x Op, y vector) vector {
	v := f.Register()
	if f.Wide() {
		VBLENDMPS(x, y, m.Bits, v)
	} else {
		VBLENDVPS(m.Vector, x, y, v)
	}
	return v
}

// orNaN is NaN where the mask is set, x elsewhere.
func orNaN(x vector, m mask) vector {
	if f.Wide() {
		return choose(m, bits(math.MaxUint32), x)
	}
	return or(x, m.Vector)
}

// jumpIfAny jumps to label if the mask is set anywhere.
func jumpIfAny(m mask, label string) {
	if f.Wide() {
		KORTESTW(m.Bits, m.Bits)
	} else {
		any := GP32()
		VMOVMSKPS(m.Vector, any)
		TESTL(any, any)
	}
	JNE(LabelRef(label))
}

// param is a parameter in every lane.
func param(name string) vector {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := f.Register()
	VBROADCASTSS(p.Addr, v)
	return v
}

// firstLanes is the mask of the first n lanes, fewer than all.
func firstLanes(n reg.GPVirtual) mask {
	if f.Wide() {
		return forms.FirstBits(n)
	}
	address, bytes := GP64(), GP64()
	LEAQ(ones.Offset(f.Bytes), address)
	MOVQ(n, bytes)
	SHLQ(Imm(2), bytes)
	SUBQ(bytes, address)
	return &forms.Mask{Vector: load(Mem{Base: address})}
}
