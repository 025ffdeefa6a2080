package main

// The instructions that the functions are written in. Each takes vectors and returns a new one, unless its comment says that
// it changes its first operand; a constant in memory may stand for a last operand.

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

type vector = reg.VecVirtual

// A form is a width of vectors.
type form struct {
	name   string // the end of the names of its functions
	bytes  int    // in a vector
	vector func() vector
}

var (
	avx2   = form{forms.AVX2, 32, YMM}
	avx512 = form{forms.AVX512, 64, ZMM}
)

// lanes is the number of elements in a vector.
func (f form) lanes() int { return f.bytes / 4 }

// wide reports whether masks are registers of their own.
func (f form) wide() bool { return f.bytes == 64 }

var (
	f         form           // being written
	ones      Mem            // a vector of ones, then one of zeros: a vector that begins in the first is a mask, where those are vectors
	table     Mem            // of the constants
	constants map[uint32]int // their offsets, by their bits
)

// begin starts the functions of a form.
func begin(form form) {
	f = form
	if !f.wide() {
		ones = GLOBL("ones"+f.name, attr.RODATA|attr.NOPTR)
		for i := 0; i < f.bytes; i += 8 {
			DATA(i, U64(math.MaxUint64))
		}
		for i := f.bytes; i < 2*f.bytes; i += 8 {
			DATA(i, U64(0))
		}
	}
	constants, table = map[uint32]int{}, GLOBL("constants"+f.name, attr.RODATA|attr.NOPTR)
}

// bits is a constant of given bits in every lane.
func bits(b uint32) Mem {
	offset, ok := constants[b]
	if !ok {
		offset = f.bytes * len(constants)
		constants[b] = offset
		for i := 0; i < f.bytes; i += 8 {
			DATA(offset+i, U64(uint64(b)<<32|uint64(b)))
		}
	}
	return table.Offset(offset)
}

// c is a constant.
func c(x float64) Mem { return bits(math.Float32bits(float32(x))) }

// load is a constant or another vector in memory in a register.
func load(m Mem) vector {
	v := f.vector()
	VMOVUPS(m, v)
	return v
}

func clone(x vector) vector {
	v := f.vector()
	VMOVAPS(x, v)
	return v
}

func zero() vector {
	v := f.vector()
	VXORPS(v, v, v)
	return v
}

// two writes an instruction of two operands, as the processor's manual orders them.
func two(instruction func(operands ...Op), x vector, y Op) vector {
	v := f.vector()
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
	v := f.vector()
	VSQRTPS(x, v)
	return v
}

func addInt(x vector, y Op) vector { return two(VPADDD, x, y) }
func subInt(x vector, y Op) vector { return two(VPSUBD, x, y) }

func shiftLeft(x vector, n uint8) vector {
	v := f.vector()
	VPSLLD(Imm(uint64(n)), x, v)
	return v
}

func shiftRight(x vector, n uint8) vector {
	v := f.vector()
	VPSRLD(Imm(uint64(n)), x, v)
	return v
}

// toFloat converts integers.
func toFloat(x vector) vector {
	v := f.vector()
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

// A mask is of lanes: in AVX2 a vector that has all bits of a lane set, or none, in AVX-512 a register of a bit for each.
type mask struct {
	vector vector
	bits   reg.OpmaskVirtual
}

// Predicates of a comparison; those with not hold for NaN.
const (
	equal          = 0x00
	unordered      = 0x03
	notEqual       = 0x04
	less           = 0x11
	lessEqual      = 0x12
	notGreaterOrEq = 0x19
	greaterOrEqual = 0x1d
	greater        = 0x1e
)

func compare(x vector, predicate uint8, y Op) mask {
	if f.wide() {
		m := K()
		VCMPPS(Imm(uint64(predicate)), y, x, m)
		return mask{bits: m}
	}
	v := f.vector()
	VCMPPS(Imm(uint64(predicate)), y, x, v)
	return mask{vector: v}
}

// greaterInt compares integers of 32 bits.
func greaterInt(x, y vector) mask {
	if f.wide() {
		m := K()
		VPCMPGTD(y, x, m)
		return mask{bits: m}
	}
	return mask{vector: two(VPCMPGTD, x, y)}
}

// negative is set where the highest bit of a lane is.
func negative(x vector) mask {
	if f.wide() {
		m := K()
		VPMOVD2M(x, m)
		return mask{bits: m}
	}
	return mask{vector: x}
}

// both is set where x and y are.
func both(x, y mask) mask {
	if f.wide() {
		m := K()
		KANDW(x.bits, y.bits, m)
		return mask{bits: m}
	}
	return mask{vector: and(x.vector, y.vector)}
}

// where is x where the mask is set and 0 elsewhere.
func where(m mask, x Op) vector {
	if f.wide() {
		v := f.vector()
		VMOVUPS_Z(x, m.bits, v)
		return v
	}
	return and(m.vector, x)
}

// choose is x where the mask is set, y elsewhere.
func choose(m mask, x Op, y vector) vector {
	v := f.vector()
	if f.wide() {
		VBLENDMPS(x, y, m.bits, v)
	} else {
		VBLENDVPS(m.vector, x, y, v)
	}
	return v
}

// orNaN is NaN where the mask is set, x elsewhere.
func orNaN(x vector, m mask) vector {
	if f.wide() {
		return choose(m, bits(math.MaxUint32), x)
	}
	return or(x, m.vector)
}

// jumpIfAny jumps to label if the mask is set anywhere.
func jumpIfAny(m mask, label string) {
	if f.wide() {
		KORTESTW(m.bits, m.bits)
	} else {
		any := GP32()
		VMOVMSKPS(m.vector, any)
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
	v := f.vector()
	VBROADCASTSS(p.Addr, v)
	return v
}

// firstLanes is the mask of the first n lanes, fewer than all.
func firstLanes(n reg.GPVirtual) mask {
	if f.wide() {
		lanes, m := GP32(), K()
		MOVL(U32(math.MaxUint32), lanes)
		BZHIL(n.As32(), lanes, lanes)
		KMOVW(lanes, m)
		return mask{bits: m}
	}
	address, bytes := GP64(), GP64()
	LEAQ(ones.Offset(f.bytes), address)
	MOVQ(n, bytes)
	SHLQ(Imm(2), bytes)
	SUBQ(bytes, address)
	return mask{vector: load(Mem{Base: address})}
}

// loadShort loads the lanes of the mask; the others are 0 and are not read.
func loadShort(m mask, from Mem, to vector) {
	if f.wide() {
		VMOVUPS_Z(from, m.bits, to)
	} else {
		VMASKMOVPS(from, m.vector, to)
	}
}

func storeShort(m mask, from vector, to Mem) {
	if f.wide() {
		VMOVUPS(from, m.bits, to)
	} else {
		VMASKMOVPS(from, m.vector, to)
	}
}
