// Command winograd writes the transforms of Winograd's minimal filtering F(2×2, 3×3), and the copies that go with
// them.
//
// With d a 4×4 tile of the image and g the 3×3 weights, the 2×2 results are Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,
//
//	Bᵀ = 1  0 -1  0    G = 1   0   0     Aᵀ = 1  1  1  0
//	     0  1  1  0        ½   ½   ½          0  1 -1 -1
//	     0 -1  1  0        ½  -½   ½
//	     0  1  0 -1        0   0   1
//
// The gradient of the weights is F(3×3, 2×2), with d as above and h a 2×2 tile of the results' gradient:
// Cᵀ[(H h Hᵀ) ⊙ (Bᵀ d B)]C,
//
//	H = 1   0    Cᵀ = 1  1  1  0
//	    ½   ½         0  1 -1  0
//	    ½  -½         0  1  1 -1
//	    0   1
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/stheno-ml/stheno/internal/kernel/avo/forms"
)

func main() {
	kernels.Flags()
	for _, f = range []forms.Form{forms.AVX2, forms.AVX512} {
		image()
		result()
		gradient()
		sums()
	}
	weights(6)
	weights(12)
	zip()
	Generate()
	kernels.Write("avo/winograd")
}

var (
	f       forms.Form // being written
	kernels forms.Set
)

// parts is how many registers hold 16 numbers.
func parts() int { return 64 / f.Bytes }

// oneHalf is ½ in every lane.
func oneHalf(register func() reg.VecVirtual) reg.VecVirtual {
	half, bits := register(), GP32()
	MOVL(U32(0x3F000000), bits)
	MOVD(bits, half.AsX())
	VBROADCASTSS(half.AsX(), half)
	return half
}

// argument loads a parameter.
func argument(name string) reg.Register { return Load(Param(name), GP64()) }

func address(name string) Op {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// image writes Bᵀ d B for 16 tiles.
func image() {
	name := kernels.Begin("winogradImage", f,
		"func(lines, count int, x *float32, stepX, lineX int, rows, cols *[4]int, v *float32, stepV, laneV int)", "")
	Doc(name+" transforms lines of count times 16 tiles. Element (i, j) of the tiles is 16 numbers at x + rows[i] + "+
		"cols[j], the next are stepX on,",
		"and a line begins lineX after the one before ends. Element e of the transformed tiles goes to v + e·stepV, "+
			"the next laneV on. Distances are in bytes.")
	x, stepX := argument("x"), argument("stepX")
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
	to, left := GP64(), GP64()
	Label(name + "Line")
	Load(Param("count"), left)
	Label(name + "Loop")
	for part := range parts() {
		MOVQ(v, to)
		at := func(i, j int) Op { return Mem{Base: row[i], Index: col[j], Scale: 1, Disp: f.Bytes * part} }
		if f.Wide() { // there are registers for all
			var d [4][4]reg.VecVirtual
			for i := range d {
				for j := range d[i] {
					d[i][j] = f.Register()
					VMOVUPS(at(i, j), d[i][j])
				}
			}
			at = func(i, j int) Op { return d[i][j] }
		}
		for _, pair := range [4]struct {
			first, second int
			adds          bool
		}{{0, 2, false}, {1, 2, true}, {2, 1, false}, {1, 3, false}} {
			var r [4]reg.VecVirtual
			for j := range r {
				r[j] = f.Register()
				first, ok := at(pair.first, j).(reg.VecVirtual)
				if !ok {
					first = r[j]
					VMOVUPS(at(pair.first, j), first)
				}
				if pair.adds {
					VADDPS(at(pair.second, j), first, r[j])
				} else {
					VSUBPS(at(pair.second, j), first, r[j])
				}
			}
			t := [4]reg.VecVirtual{f.Register(), f.Register(), f.Register(), f.Register()}
			VSUBPS(r[2], r[0], t[0])
			VADDPS(r[2], r[1], t[1])
			VSUBPS(r[1], r[2], t[2])
			VSUBPS(r[3], r[1], t[3])
			for _, y := range t {
				VMOVUPS(y, Mem{Base: to, Disp: f.Bytes * part})
				ADDQ(stepV, to)
			}
		}
	}
	for _, p := range row {
		ADDQ(stepX, p)
	}
	ADDQ(address("laneV"), v)
	DECQ(left)
	JNE(LabelRef(name + "Loop"))
	for _, p := range row {
		ADDQ(address("lineX"), p)
	}
	DECQ(address("lines"))
	JNE(LabelRef(name + "Line"))
	VZEROUPPER()
	RET()
}

// result writes Aᵀ m A for 16 tiles.
func result() {
	name := kernels.Begin("winogradResult", f,
		"func(channels int, m *float32, stepM, laneM int, bias *float32, stepBias int, y *float32, stepY, rowY, "+
			"colY int)", "")
	Doc(name+" transforms 16 tiles of each channel back and adds the channel's bias. Element e of the tiles is 16 "+
		"numbers at m + e·stepM, channels laneM apart.",
		"Result (i, j) goes to y + i·rowY + j·colY, channels stepY apart. Distances are in bytes.")
	channels, m, stepM, laneM := argument("channels"), argument("m"), argument("stepM"), argument("laneM")
	bias, stepBias := argument("bias"), argument("stepBias")
	y, stepY, rowY, colY := argument("y"), argument("stepY"), argument("rowY"), argument("colY")
	from, next := GP64(), GP64()
	b := f.Register()
	Label(name + "Loop")
	VBROADCASTSS(Mem{Base: bias}, b)
	for part := range parts() {
		MOVQ(m, from)
		// Row e/4 of the tiles, column e%4.
		var upper, lower, kept [4]reg.VecVirtual
		for i := range 4 {
			for j := range 4 {
				at := Mem{Base: from, Disp: f.Bytes * part}
				switch i {
				case 0:
					upper[j] = f.Register()
					VMOVUPS(at, upper[j])
				case 1:
					kept[j], lower[j] = f.Register(), f.Register()
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
			left, right := f.Register(), f.Register()
			VADDPS(t[1], t[0], left)
			VADDPS(t[2], left, left)
			VADDPS(b, left, left)
			VSUBPS(t[2], t[1], right)
			VSUBPS(t[3], right, right)
			VADDPS(b, right, right)
			to := Mem{Base: y, Disp: f.Bytes * part}
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
	JNE(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}

// weights writes G g Gᵀ for the rows of a panel.
func weights(height int) {
	name := fmt.Sprintf("winogradWeights%d%s", height, forms.AVX2.Name)
	TEXT(name, NOSPLIT, "func(channels int, w, u *float32, stepU int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s transforms the weights of %d results: nine columns of %d of each channel into 16, element e "+
		"at u + e·stepU bytes.", name, height, height))
	if height%8 > 4 {
		Comment("It reads and writes two numbers beyond the last column.")
	}
	channels, w, u, stepU := argument("channels"), argument("w"), argument("u"), argument("stepU")
	to := GP64()
	half := oneHalf(YMM)
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

// gradient writes H h Hᵀ for 16 channels.
func gradient() {
	name := kernels.Begin("winogradGradient", f,
		"func(lines, count int, y *float32, stepY, lineY, rowY, colY int, u *float32, stepU, laneU int)", "")
	Doc(name+" transforms lines of count tiles of 2×2 results of 16 channels: result (i, j) is 16 numbers at y + "+
		"i·rowY + j·colY, the next tile is stepY on,",
		"and a line begins lineY after the one before ends. Element e of the transformed tiles goes to u + e·stepU, "+
			"the next laneU on. Distances are in bytes.")
	y, stepY, rowY, colY := argument("y"), argument("stepY"), argument("rowY"), argument("colY")
	u, stepU, laneU := argument("u"), argument("stepU"), argument("laneU")
	below, to, left := GP64(), GP64(), GP64()
	half := oneHalf(f.Register)
	pair := func(a, b reg.Register) [4]reg.Register {
		plus, minus := f.Register(), f.Register()
		VADDPS(b, a, plus)
		VSUBPS(b, a, minus)
		VMULPS(half, plus, plus)
		VMULPS(half, minus, minus)
		return [4]reg.Register{a, plus, minus, b}
	}
	Label(name + "Line")
	Load(Param("count"), left)
	Label(name + "Loop")
	LEAQ(Mem{Base: y, Index: rowY, Scale: 1}, below)
	for part := range parts() {
		MOVQ(u, to)
		var rows [2][4]reg.Register // by column
		for j := range rows {
			upper, lower := f.Register(), f.Register()
			for _, r := range []struct {
				base reg.Register
				to   reg.VecVirtual
			}{{y, upper}, {below, lower}} {
				at := Mem{Base: r.base, Disp: f.Bytes * part}
				if j == 1 {
					at.Index, at.Scale = colY, 1
				}
				VMOVUPS(at, r.to)
			}
			rows[j] = pair(upper, lower)
		}
		for i := range 4 {
			for j, r := range pair(rows[0][i], rows[1][i]) {
				VMOVUPS(r, Mem{Base: to, Disp: f.Bytes * part})
				if i < 3 || j < 3 {
					ADDQ(stepU, to)
				}
			}
		}
	}
	ADDQ(stepY, y)
	ADDQ(laneU, u)
	DECQ(left)
	JNE(LabelRef(name + "Loop"))
	ADDQ(address("lineY"), y)
	DECQ(address("lines"))
	JNE(LabelRef(name + "Line"))
	VZEROUPPER()
	RET()
}

// sums writes Cᵀ m C for 16 channels.
func sums() {
	name := kernels.Begin("winogradSums", f, "func(m *float32, stepM int, w *float32)", "")
	Doc(name + " transforms products of 16 channels, element e at m + e·stepM bytes, to nine times 16 gradients of " +
		"weights.")
	m, stepM, w := argument("m"), argument("stepM"), argument("w")
	from := GP64()
	// combine sets r[0] to r[0]+r[1]+r[2], r[1] to r[1]-r[2], and r[2] to r[1]+r[2]-r[3].
	combine := func(r *[4]reg.VecVirtual) {
		both := f.Register()
		VADDPS(r[2], r[1], both)
		VADDPS(both, r[0], r[0])
		VSUBPS(r[2], r[1], r[1])
		VSUBPS(r[3], both, r[2])
	}
	for part := range parts() {
		var rows [3][4]reg.VecVirtual
		for j := range 4 {
			MOVQ(m, from)
			for range j {
				ADDQ(stepM, from)
			}
			var column [4]reg.VecVirtual
			for i := range column {
				column[i] = f.Register()
				VMOVUPS(Mem{Base: from, Disp: f.Bytes * part}, column[i])
				if i < 3 {
					LEAQ(Mem{Base: from, Index: stepM, Scale: 4}, from)
				}
			}
			combine(&column)
			for i := range rows {
				rows[i][j] = column[i]
			}
		}
		for i := range rows {
			combine(&rows[i])
			for j := range 3 {
				VMOVUPS(rows[i][j], Mem{Base: w, Disp: 64*(3*i+j) + f.Bytes*part})
			}
		}
	}
	VZEROUPPER()
	RET()
}

// zip writes the copy of two rows into one, a number of each in turn.
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
