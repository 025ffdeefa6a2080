// This file holds lesson 6: a convolution, whose kernel is used at every place, and max pooling, which chooses.

package lessons

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// side and taps are the sides of the picture and of the kernel.
const side, taps = 6, 3

// edge is a picture with an edge between its columns, and flat one without any.
var (
	edge = []float64{
		1, 2, 1, 8, 9, 8,
		2, 1, 3, 9, 8, 9,
		1, 3, 2, 7, 9, 8,
		2, 1, 4, 9, 8, 7,
		1, 2, 8, 9, 9, 8,
		2, 1, 9, 8, 7, 9,
	}
	flat = []float64{5}
)

// A filter is one variant of lesson 6: L = Σ c·maxpool(x ∗ w), by a stride and a padding. Its kernel is shared, or
// there is one for each place.
type filter struct {
	*board
	stride, pad, out int // out is the side of the result
	shared           bool

	x, w, y, pool, loss graph.Node
	dw, dy, dx          graph.Node
}

// convolution shows all filters on both pictures.
func convolution(s *scene) {
	pictures := [][]float64{edge, flat}
	s.turn("picture", s.say("picture", "图像"), s.say("an edge", "有一条边缘"), s.say("all alike", "全部相同"))
	s.slider("stride", s.say("stride", "步长"), false, 0, 1, 2)
	s.slider("pad", s.say("padding", "填充"), false, 0, 0, 1)
	s.turn("kernel", s.say("kernel", "卷积核"), s.say("shared by all places", "所有位置共享"),
		s.say("one for each place", "每个位置一个"))
	var all [2][2][2]*filter
	for stride := range 2 {
		for pad := range 2 {
			for twin := range 2 {
				all[stride][pad][twin] = s.filter(stride+1, pad, twin == 0)
			}
		}
	}
	s.figure("forward", s.say("Picture, kernel, result, pooled", "图像、卷积核、结果、池化后"),
		s.say("The numbers of the picture, the kernel, what the convolution gives and what pooling keeps. Frames "+
			"are the windows of the pooling; zeros of the padding lie around the picture.",
			"图像、卷积核、卷积结果和池化结果的数。方框是池化的窗口；填充的零在图像四周。"))
	s.answer("shares", s.say("Each place's part in the kernel's gradient", "每个位置对卷积核梯度的贡献"),
		s.say("A small square of nine cells for each place: its gradient times the part of the picture that it "+
			"saw. Their sum is the gradient of the kernel.",
			"每个位置有一个九格的小方块：该位置的梯度乘以它看到的那块图像。全部相加就是卷积核的梯度。"))
	s.answer("routes", s.say("Where pooling sends the gradient", "池化把梯度送到哪里"),
		s.say("The gradient before the pooling: in each window one cell has it all, and the others have zero.",
			"池化之前的梯度：每个窗口里只有一个格子得到全部梯度，其余都是零。"))
	s.settle(func(at []int) (int, int, bool) {
		f := all[at[1]][at[2]][at[3]]
		f.reset(set{"x", pictures[at[0]]})
		state := f.record(trace.Text{})
		f.show(state, f.forward(), f.shares(pictures[at[0]]), f.routes())
		return f.run, state, true
	})
	s.convolutionTexts(all[0][0][0], all[0][0][1], all[1][1][0])
}

// filter builds a variant. The kernel looks for edges between columns of small and of large numbers.
func (s *scene) filter(stride, pad int, shared bool) *filter {
	name := s.say("shared kernel", "共享的卷积核")
	if !shared {
		name = s.say("a kernel for each place", "每个位置一个卷积核")
	}
	rest := fmt.Sprintf(" (stride=%d, pad=%d)", stride, pad)
	f := &filter{board: s.board(trace.Text{En: name.En + rest, Zh: name.Zh + rest}, graph.Train), stride: stride,
		pad: pad,
		out: (side+2*pad-taps)/stride + 1, shared: shared}
	kernel := []float64{-1, 0, 1, -1, 0, 1, -1, 0, 1}
	f.x = f.input("x", edge, 1, 1, side, side)
	if shared {
		f.w = f.param("w", kernel, 1, 1, taps, taps)
		f.y = ops.Conv2D(f.x, f.w, graph.Node{}, ops.Conv{Stride: stride, Pad: pad})
	} else {
		f.y = f.twin(kernel)
	}
	f.y = f.named("y", f.y)                                      // (1, 1, out, out)
	f.pool = f.named("p", ops.MaxPool2D(f.y, ops.Pool{Size: 2})) // (1, 1, out/2, out/2)
	var c []float64
	for i := range f.pool.Size() {
		c = append(c, []float64{1, -2, 3, .5, 2, -1, 1.5, -.5, 1}[i])
	}
	weights := f.input("c", c, f.pool.Shape()...)
	f.loss = f.named("L", ops.Sum(ops.Mul(f.pool, weights)))
	d := f.gradients(f.loss, f.w, f.y, f.x, f.pool)
	f.dw, f.dy, f.dx = d[0], d[1], d[2]
	f.compile()
	return f
}

// twin is the same function with a kernel of its own at each place: row p of w (places, 9) meets the p-th patch of x.
func (f *filter) twin(kernel []float64) graph.Node {
	places := f.out * f.out
	var all, index []float64
	wide := side + 2*f.pad
	for p := range places {
		all = append(all, kernel...)
		for k := range taps * taps {
			row, column := p/f.out*f.stride+k/taps, p%f.out*f.stride+k%taps
			index = append(index, float64(row*wide+column))
		}
	}
	f.w = f.param("w", all, places, taps*taps)
	around := []int{0, 0, f.pad, f.pad}
	x := ops.Reshape(ops.Pad(f.x, around, around, 0), wide*wide)
	patches := ops.Gather(x, f.indices("place", index, places, taps*taps), 0) // (places, 9)
	return ops.Reshape(ops.Sum(ops.Mul(patches, f.w), 1), 1, 1, f.out, f.out)
}

// forward draws x, w, y and the pooled result.
func (f *filter) forward() *drawing {
	const cell = 26.
	d := newDrawing(620, 220)
	at := 4.
	for _, n := range []graph.Node{f.x, f.w, f.y, f.pool} {
		v := f.value(n)
		if n == f.w {
			v = v[:taps*taps]
		}
		columns := n.Dim(-1)
		switch n {
		case f.w:
			columns = taps
		case f.x:
			columns += 2 * f.pad
			v = padded(v, f.pad)
		}
		d.matrix(at, 4, cell, columns, v, 0, true)
		if n == f.x && f.pad > 0 {
			d.frame(at+cell*float64(f.pad), 4+cell*float64(f.pad), side*cell, side*cell, grey, 2)
		}
		if n == f.y {
			f.windows(d, at, 4, cell)
		}
		at += float64(columns)*cell + 24
	}
	return d
}

// padded surrounds a picture with zeros.
func padded(v []float64, pad int) []float64 {
	wide := side + 2*pad
	all := make([]float64, wide*wide)
	for i, e := range v {
		all[(i/side+pad)*wide+i%side+pad] = e
	}
	return all
}

// windows frames those of the pooling.
func (f *filter) windows(d *drawing, x, y, cell float64) {
	n := f.out / 2
	for i := range n * n {
		d.frame(x+float64(i%n*2)*cell, y+float64(i/n*2)*cell, 2*cell, 2*cell, green, 2)
	}
}

// shares draws the part of each place in the gradient of the kernel, and their sum.
func (f *filter) shares(picture []float64) *drawing {
	d := newDrawing(460, 230)
	dy := f.value(f.dy)
	sum := make([]float64, taps*taps)
	parts := make([][]float64, len(dy))
	scale := 0.
	for p := range dy {
		for k := range taps * taps {
			row, column := p/f.out*f.stride+k/taps-f.pad, p%f.out*f.stride+k%taps-f.pad
			v := 0.
			if row >= 0 && row < side && column >= 0 && column < side {
				v = dy[p] * picture[(row*side+column)%len(picture)]
			}
			parts[p] = append(parts[p], v)
			sum[k] += v
		}
		scale = max(scale, largest(parts[p]))
	}
	cell := 200 / float64(f.out) / 3.4
	for p, v := range parts {
		step := 200 / float64(f.out)
		d.matrix(4+float64(p%f.out)*step, 4+float64(p/f.out)*step, cell, taps, v, scale, false)
	}
	d.text(222, 110, "middle", "Σ →")
	d.matrix(250, 40, 44, taps, sum, 0, true)
	return d
}

// routes draws the gradient before the pooling.
func (f *filter) routes() *drawing {
	const cell = 34.
	d := newDrawing(430, 214)
	d.matrix(4, 4, cell, f.out, f.value(f.dy), 0, true)
	f.windows(d, 4, 4, cell)
	return d
}

func (s *scene) convolutionTexts(f, twin, wide *filter) {
	start := s.setting(0, 0, 0, 0)
	s.ask(start, s.say(`A kernel, a small square of nine weights, is laid on \(16\) places of the picture. How many `+
		`contributions does the gradient of one of its nine weights have?`,
		`卷积核是由九个权重组成的小方块，放在图像的 \(16\) 个位置上。它的九个权重中，每一个的梯度由几份相加而成？`), 2,
		s.say(`\(16\): one for each place. The weight is the same number at all of them, so it is a fork with `+
			`sixteen wires, and gradients add at a fork. (Places whose gradient is zero contribute zero.)`,
			`\(16\) 份：每个位置一份。所有位置用的是同一个数，这是一个有十六条连线的分叉，分叉处梯度相加。（梯度为`+
				`零的位置贡献为零。）`),
		[]string{"M8"}, plain("1"), plain("9"), plain("16"))
	s.ask(start, s.say(`Max pooling keeps the largest number of each window. A window holds \(2, 5, 1, 3\) and gives `+
		`\(5\). The gradient \(1.5\) arrives. What do the four cells get?`,
		`最大池化只留下每个窗口里最大的数。某个窗口里是 \(2, 5, 1, 3\)，输出 \(5\)。传来的梯度是 \(1.5\)。四个格子各`+
			`得多少？`), 1,
		s.say(`Only the largest cell moved the output, so it gets all of the gradient. Nothing is lost: the sum `+
			`stays \(1.5\). And nothing is undone: the way back does not guess the other three values.`,
			`只有最大的格子能影响输出，所以梯度全部给它。梯度没有丢失：总和还是 \(1.5\)。也没有“还原”：反向传播不会`+
				`去猜另外三个值。`),
		[]string{"M9", "M3"}, plain("0.375, 0.375, 0.375, 0.375"), plain("0, 1.5, 0, 0"), plain("2, 5, 1, 3"))

	s.stop(start, f.at(f.y), `The input is a picture: \(6 \times 6\) numbers, small ones at the left and large ones, `+
		`in blue, at the right. The kernel is a small matrix of nine weights. It is laid on the picture, each weight `+
		`is multiplied by the number below it, and the nine products are added: one number of the result. Then it `+
		`moves on by the stride, \(1\) here. So there are \(4 \times 4\) places. This kernel gives a large number `+
		`where those at the right are larger than those at the left: it finds edges. (In the graph \(y\) is this `+
		`result, \(p\) the pooled one, \(L\) a sum; 1×1×6×6 is one picture of one colour, 6 by 6.)`,
		`输入是一张图像：\(6 \times 6\) 个数，左边的数小，右边的数大（蓝色）。卷积核是一个由九个权重组成的小矩阵。把`+
			`它放在图像上，每个权重乘以下面的数，九个积相加，得到结果里的一个数。然后移动一个步长（这里是 \(1\)），所`+
			`以一共有 \(4 \times 4\) 个位置。右边的数比左边大的地方，这个卷积核给出大的数：它在找边缘。（图中 \(y\) `+
			`是卷积结果，\(p\) 是池化结果，\(L\) 是总和；1×1×6×6 表示一张单色图，6 行 6 列。）`)
	s.stop(start, f.at(f.pool), `Max pooling cuts the result into windows of \(2 \times 2\) and keeps the largest `+
		`number of each: the picture becomes smaller, and what was found remains.`,
		`最大池化把结果切成 \(2 \times 2\) 的窗口，每个窗口只留下最大的数：图像变小，找到的特征还在。`)
	s.stop(start, f.at(f.loss), `To have one number to differentiate, we add the four, each times a number \(c\) `+
		`that we have chosen. In a real network there are more layers here, and a loss function: a number that says `+
		`how wrong the answer is.`,
		`为了得到一个可以求导的数，我们把四个数各乘一个选定的系数 \(c\)，再相加。真正的网络在这里还有别的层，最后是损`+
			`失函数：一个表示答案错得多厉害的数。`)
	s.stop(start, f.at(f.dy), `On the way back, pooling is a switch: in each window the largest cell gets the whole `+
		`gradient, the others zero. Look at the first figure: one coloured cell in each frame, and the sum of all `+
		`cells is the sum of what arrived. (The box named MaxUnpool does this: it puts numbers into given places. So `+
		`does ScatterAdd, at stop 7.)`,
		`反向传播时，池化像一个道岔：每个窗口里最大的格子得到全部梯度，其余得到零。看第一张图：每个框里有一`+
			`个格子着色，所有格子之和等于传来的梯度之和。（名为“散布到最大值处”的方框做的就是这件事；第 7 站的“按索引`+
			`累加”也是。）`)
	s.look("routes")
	s.stop(s.setting(1, 0, 0, 0), f.at(f.dy), `And if all four cells of a window are equal, as here, where the `+
		`picture is flat? Then the rule has to choose: here the first of the window, row by row, gets the gradient. `+
		`It must not be counted twice.`,
		`如果四个数相等呢？图像处处相同的时候就是这样。这时规则必须选一个：这里按行的顺序，窗口里的第一个得到梯度。`+
			`不能重复计算。`)
	s.look("routes")
	s.stop(start, f.at(f.dw), `Now the kernel. At each place, its gradient is what arrived there times the part of `+
		`the picture below it. The kernel is one and the same at all places, so the sixteen contributions add: in `+
		`the first figure the small squares add up to the large one (blue is positive, orange negative). Its top `+
		`left cell is \(1 \cdot 1 - 2 \cdot 1 + 3 \cdot 1 + 0.5 \cdot 2 = 3\).`,
		`现在看卷积核。在每个位置，它的梯度是传到那里的梯度乘以下面那块图像。所有位置用的是同一个卷积核，所以十六份`+
			`相加。在第一张图里，小方块加起来就是大方块（蓝为正，橙为负）。它左上角的格子`+
			`是 \(1 \cdot 1 - 2 \cdot 1 + 3 \cdot 1 + 0.5 \cdot 2 = 3\)。`)
	s.look("shares")
	s.stop(s.setting(0, 0, 0, 1), twin.at(twin.dw), `The proof: here every place has a kernel of its own, with the `+
		`same numbers. Each gets its own gradient, a row of this matrix. The nine columns are the kernel row by row, `+
		`and their sums are \(3, 2.5, 22.5, 5, 12.5, 22, 4, 21.5, 19.5\): the gradient of the shared kernel, the `+
		`large square of stop 6, to the last digit.`,
		`证明：这里每个位置有自己的卷积核，数值都相同。各自得到自己的梯度，就是这个矩阵的一行。九列依次是卷积核的三`+
			`行；各列之和为 \(3, 2.5, 22.5, 5, 12.5, 22, 4, 21.5, 19.5\)，就是第 6 站的大方块，共享卷积核的梯度，一`+
			`位不差。`)
	s.look("values")
	s.stop(s.setting(0, 1, 1, 0), wide.at(wide.pool), `With a stride of \(2\) the kernel skips every second place; `+
		`padding surrounds the picture with zeros, so that the kernel can look beyond the border. Both change how `+
		`many places there are, here \(3 \times 3\), and so how many contributions add. (The pooling then has one `+
		`whole window alone: the last row and column fill none and are left out, and one number \(c\) is enough.)`,
		`步长为 \(2\) 时，卷积核隔一个位置放一次；填充在图像四周补零，使卷积核能看到边界之外。两者改变位置的个数，`+
			`这里是 \(3 \times 3\)，也就改变了相加的份数。（这时池化只有一个完整的窗口：最后一行和一列凑不满窗口，被`+
			`略去，系数 \(c\) 也只需要一个。）`)
}
