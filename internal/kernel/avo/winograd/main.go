// Command winograd writes the transforms of Winograd's minimal filtering F(2×2, 3×3), and the copies that go with them.
//
// With d a 4×4 tile of the image and g the 3×3 weights, the 2×2 results are Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,
//
//	Bᵀ = 1  0 -1  0    G = 1   0   0     Aᵀ = 1  1  1  0
//	     0  1  1  0        ½   ½   ½          0  1 -1 -1
//	     0 -1  1  0        ½  -½   ½
//	     0  1  0 -1        0   0   1
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	image()
	result()
	weights(6)
	weights(12)
	second()
	zip()
	Generate()
}

// argument loads a parameter.
func argument(name string) reg.Register { return Load(Param(name), GP64()) }

// image writes Bᵀ d B for 16 tiles, the lanes of two registers.
func image() {
	TEXT("winogradImageAVX2", NOSPLIT, "func(channels int, x *float32, stepX int, rows, cols *[4]int, v *float32, stepV, laneV int)")
	Pragma("noescape")
	Doc("winogradImageAVX2 transforms 16 tiles of each channel. Element (i, j) of the tiles is 16 numbers at x + rows[i] + cols[j]; channels are stepX apart.",
		"Element e of the transformed tiles goes to v + e·stepV, channels laneV apart. Distances are in bytes.")
	channels, x, stepX := argument("channels"), argument("x"), argument("stepX")
	rows, cols := argument("rows"), argument("cols")
	v, stepV := argument("v"), argument("stepV")
	var row, col [4]reg.Register
	for i := range row {
		row[i] = GP64()
		MOVQ(Mem{Base: rows, Disp: 8 * i}, row[i])
		ADDQ(x, row[i])
	}
	for j := 0; j < 4; j++ {
		col[j] = GP64()
		MOVQ(Mem{Base: cols, Disp: 8 * j}, col[j])
	}
	to := GP64()
	Label("winogradImageLoop")
	for half := range 2 {
		MOVQ(v, to)
		at := func(i, j int) Mem { return Mem{Base: row[i], Index: col[j], Scale: 1, Disp: 32 * half} }
		for _, pair := range [4]struct {
			first, second int
			adds          bool
		}{{0, 2, false}, {1, 2, true}, {2, 1, false}, {1, 3, false}} {
			var r [4]reg.VecVirtual
			for j := range r {
				r[j] = YMM()
				VMOVUPS(at(pair.first, j), r[j])
				if pair.adds {
					VADDPS(at(pair.second, j), r[j], r[j])
				} else {
					VSUBPS(at(pair.second, j), r[j], r[j])
				}
			}
			t := [4]reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
			VSUBPS(r[2], r[0], t[0])
			VADDPS(r[2], r[1], t[1])
			VSUBPS(r[1], r[2], t[2])
			VSUBPS(r[3], r[1], t[3])
			for _, y := range t {
				VMOVUPS(y, Mem{Base: to, Disp: 32 * half})
				ADDQ(stepV, to)
			}
		}
	}
	for _, p := range row {
		ADDQ(stepX, p)
	}
	lane, err := Param("laneV").Resolve()
	if err != nil {
		panic(err)
	}
	ADDQ(lane.Addr, v)
	DECQ(channels)
	JNE(LabelRef("winogradImageLoop"))
	VZEROUPPER()
	RET()
}

// result writes Aᵀ m A for 16 tiles.
func result() {
	TEXT("winogradResultAVX2", NOSPLIT, "func(channels int, m *float32, stepM, laneM int, bias *float32, stepBias int, y *float32, stepY, rowY, colY int)")
	Pragma("noescape")
	Doc("winogradResultAVX2 transforms 16 tiles of each channel back and adds the channel's bias. Element e of the tiles is 16 numbers at m + e·stepM, channels laneM apart.",
		"Result (i, j) goes to y + i·rowY + j·colY, channels stepY apart. Distances are in bytes.")
	channels, m, stepM, laneM := argument("channels"), argument("m"), argument("stepM"), argument("laneM")
	bias, stepBias := argument("bias"), argument("stepBias")
	y, stepY, rowY, colY := argument("y"), argument("stepY"), argument("rowY"), argument("colY")
	from, next := GP64(), GP64()
	b := YMM()
	Label("winogradResultLoop")
	VBROADCASTSS(Mem{Base: bias}, b)
	for half := range 2 {
		MOVQ(m, from)
		// Row e/4 of the tiles, column e%4.
		var upper, lower, kept [4]reg.VecVirtual
		for i := range 4 {
			for j := range 4 {
				at := Mem{Base: from, Disp: 32 * half}
				switch i {
				case 0:
					upper[j] = YMM()
					VMOVUPS(at, upper[j])
				case 1:
					kept[j], lower[j] = YMM(), YMM()
					VMOVUPS(at, lower[j])
					VADDPS(lower[j], upper[j], upper[j])
				case 2:
					VMOVUPS(at, kept[j])
					VADDPS(kept[j], upper[j], upper[j])
					VSUBPS(kept[j], lower[j], lower[j])
				case 3:
					VSUBPS(at, lower[j], lower[j])
				}
				if i < 3 || j < 3 {
					ADDQ(stepM, from)
				}
			}
		}
		for i, t := range [2][4]reg.VecVirtual{upper, lower} {
			left, right := YMM(), YMM()
			VADDPS(t[1], t[0], left)
			VADDPS(t[2], left, left)
			VADDPS(b, left, left)
			VSUBPS(t[2], t[1], right)
			VSUBPS(t[3], right, right)
			VADDPS(b, right, right)
			to := Mem{Base: y, Disp: 32 * half}
			if i == 1 {
				LEAQ(Mem{Base: y, Index: rowY, Scale: 1}, next)
				to.Base = next
			}
			VMOVUPS(left, to)
			to.Index, to.Scale = colY, 1
			VMOVUPS(right, to)
		}
	}
	ADDQ(laneM, m)
	ADDQ(stepBias, bias)
	ADDQ(stepY, y)
	DECQ(channels)
	JNE(LabelRef("winogradResultLoop"))
	VZEROUPPER()
	RET()
}

// weights writes G g Gᵀ for the rows of a panel.
func weights(height int) {
	name := fmt.Sprintf("winogradWeights%dAVX2", height)
	TEXT(name, NOSPLIT, "func(channels int, w, u *float32, stepU int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s transforms the weights of %d results: nine columns of %d of each channel into 16, element e at u + e·stepU bytes.", name, height, height))
	if height%8 > 4 {
		Comment("It reads and writes two numbers beyond the last column.")
	}
	channels, w, u, stepU := argument("channels"), argument("w"), argument("u"), argument("stepU")
	to := GP64()
	half := YMM()
	bits := GP32()
	MOVL(U32(0x3F000000), bits) // ½
	MOVD(bits, half.AsX())
	VBROADCASTSS(half.AsX(), half)
	// triple returns the four combinations of three numbers; the first and the last of them are not changed.
	triple := func(g [3]reg.Register, register func() reg.VecVirtual, half reg.Register) [4]reg.Register {
		sum, plus, minus := register(), register(), register()
		VADDPS(g[2], g[0], sum)
		VADDPS(g[1], sum, plus)
		VSUBPS(g[1], sum, minus)
		VMULPS(half, plus, plus)
		VMULPS(half, minus, minus)
		return [4]reg.Register{g[0], plus, minus, g[2]}
	}
	Label(name + "Loop")
	for first := 0; first < height; first += 8 {
		register, scale := YMM, reg.Register(half)
		if height-first == 4 {
			register, scale = XMM, half.AsX()
		}
		MOVQ(u, to)
		var g [3][3]reg.Register
		for t := range 9 {
			r := register()
			VMOVUPS(Mem{Base: w, Disp: 4 * (t*height + first)}, r)
			g[t%3][t/3] = r // by columns
		}
		var rows [4][3]reg.Register
		for j := range g {
			for i, r := range triple(g[j], register, scale) {
				rows[i][j] = r
			}
		}
		for i := range rows {
			for j, r := range triple(rows[i], register, scale) {
				VMOVUPS(r, Mem{Base: to, Disp: 4 * first})
				if i < 3 || j < 3 {
					ADDQ(stepU, to)
				}
			}
		}
	}
	ADDQ(U32(4*9*height), w)
	ADDQ(U32(4*height), u)
	DECQ(channels)
	JNE(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}

// second writes the copy of every second number.
func second() {
	TEXT("everySecondAVX2", NOSPLIT, "func(n int, to, from *float32)")
	Pragma("noescape")
	Doc("everySecondAVX2 sets to[i] = from[2i] for i < n, a multiple of 8. It reads 2n numbers.")
	n, to, from := argument("n"), argument("to"), argument("from")
	Label("everySecondLoop")
	a, b := YMM(), YMM()
	VMOVUPS(Mem{Base: from}, a)
	VMOVUPS(Mem{Base: from, Disp: 32}, b)
	VSHUFPS(Imm(0x88), b, a, a)
	VPERMPD(Imm(0xD8), a, a)
	VMOVUPS(a, Mem{Base: to})
	ADDQ(Imm(64), from)
	ADDQ(Imm(32), to)
	SUBQ(Imm(8), n)
	JNE(LabelRef("everySecondLoop"))
	VZEROUPPER()
	RET()
}

// zip writes the way back.
func zip() {
	TEXT("zipAVX2", NOSPLIT, "func(n int, to, even, odd *float32)")
	Pragma("noescape")
	Doc("zipAVX2 sets to[2i] = even[i] and to[2i+1] = odd[i] for i < n, a multiple of 8.")
	n, to, even, odd := argument("n"), argument("to"), argument("even"), argument("odd")
	Label("zipLoop")
	a, b, low, high := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(Mem{Base: even}, a)
	VMOVUPS(Mem{Base: odd}, b)
	VUNPCKLPS(b, a, low)
	VUNPCKHPS(b, a, high)
	VPERM2F128(Imm(0x20), high, low, a)
	VPERM2F128(Imm(0x31), high, low, b)
	VMOVUPS(a, Mem{Base: to})
	VMOVUPS(b, Mem{Base: to, Disp: 32})
	ADDQ(Imm(32), even)
	ADDQ(Imm(32), odd)
	ADDQ(Imm(64), to)
	SUBQ(Imm(8), n)
	JNE(LabelRef("zipLoop"))
	VZEROUPPER()
	RET()
}
