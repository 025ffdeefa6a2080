package main

// The instructions that the functions are written in. Each takes vectors and returns a new one, unless its comment says that
// it changes its first operand; a constant in memory may stand for a last operand.

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vector = reg.VecVirtual

// A form is a width of vectors.
type form struct {
	name   string // the end of the names of its functions
	bytes  int    // in a vector
	vector func() vector
}

var avx2 = form{"AVX2", 32, YMM}

// lanes is the number of elements in a vector.
func (f form) lanes() int { return f.bytes / 4 }

var (
	f         form           // being written
	ones      Mem            // a vector of ones, then one of zeros: a vector that begins in the first is a mask
	table     Mem            // of the constants
	constants map[uint32]int // their offsets, by their bits
)

// begin starts the functions of a form.
func begin(form form) {
	f = form
	ones = GLOBL("ones"+f.name, attr.RODATA|attr.NOPTR)
	for i := 0; i < f.bytes; i += 8 {
		DATA(i, U64(math.MaxUint64))
	}
	for i := f.bytes; i < 2*f.bytes; i += 8 {
		DATA(i, U64(0))
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

// A mask has all bits of a lane set, or none.
type mask = vector

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
	v := f.vector()
	VCMPPS(Imm(uint64(predicate)), y, x, v)
	return v
}

// greaterInt compares integers of 32 bits.
func greaterInt(x, y vector) mask { return two(VPCMPGTD, x, y) }

// where is x where the mask is set and 0 elsewhere.
func where(m mask, x Op) vector { return and(m, x) }

// choose is x where the mask is set, y elsewhere. Of a lane of the mask only the highest bit counts, so any number is a mask
// of where it is negative.
func choose(m mask, x Op, y vector) vector {
	v := f.vector()
	VBLENDVPS(m, x, y, v)
	return v
}

// jumpIfAny jumps to label if the mask is set anywhere.
func jumpIfAny(m mask, label string) {
	any := GP32()
	VMOVMSKPS(m, any)
	TESTL(any, any)
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

// shortMask returns the address of a mask of the first n lanes.
func shortMask(n reg.GPVirtual) Mem {
	address, bytes := GP64(), GP64()
	LEAQ(ones.Offset(f.bytes), address)
	MOVQ(n, bytes)
	SHLQ(Imm(2), bytes)
	SUBQ(bytes, address)
	return Mem{Base: address}
}

// loadShort loads the lanes of the mask; the others are 0 and are not read.
func loadShort(m Mem, from Mem, to vector) {
	mask := load(m)
	VMASKMOVPS(from, mask, to)
}

func storeShort(m Mem, from vector, to Mem) {
	mask := load(m)
	VMASKMOVPS(from, mask, to)
}
