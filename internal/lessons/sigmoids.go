// This file holds lesson 3: a chain of activation functions, and what is left of a gradient behind it.

package lessons

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A chain is a^{[l]} = f(w^{[l]}·a^{[l-1]}) for l = 1 … n, of numbers.
type chain struct {
	*board
	z, a, dz []graph.Node
	f        func(float64) float64 // for the drawing
}

// bends are the activation functions of the chains.
var bends = []struct {
	name string
	op   func(graph.Node) graph.Node
	f    func(float64) float64
}{
	{"Sigmoid", ops.Sigmoid, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }},
	{"Tanh", ops.Tanh, math.Tanh},
	{"ReLU", ops.ReLU, func(v float64) float64 { return max(0, v) }},
}

// sigmoids shows chains of three lengths and three functions.
func sigmoids(s *scene) {
	depths := []float64{1, 10, 20}
	scales := []float64{.5, 1, 2, 5, 10}
	s.turn("function", s.say("activation function", "激活函数"), plain("Sigmoid"), plain("Tanh"), plain("ReLU"))
	s.slider("layers", s.say("layers", "层数"), false, 1, depths...)
	s.slider("weight", s.say("each weight", "每个权重"), false, 1, scales...)
	var all [3][3]*chain
	for i := range bends {
		for k, n := range depths {
			all[i][k] = s.chain(i, int(n))
		}
	}
	s.answer("sizes", s.say("Size of the gradient, layer by layer", "各层梯度的大小"),
		s.say("A dot for each layer, the last at the right: the size of its gradient, in powers of ten, with a bar "+
			"from 1. The line is a quarter for each hop.",
			"每层一个点，最右边是最后一层：梯度的大小，按 10 的幂；条形从 1 画起。折线表示每过一层乘以四分之一。"))
	s.figure("places", s.say("Where the layers are on the curve", "各层在曲线上的位置"),
		s.say("The activation function with a point for each layer: flat places have small slopes. Points that are "+
			"further out stand at the edge.",
			"激活函数曲线，每层一个点：平坦的地方斜率小。超出范围的点画在边上。"))
	s.settle(func(at []int) (int, int, bool) {
		c := all[at[0]][at[1]]
		var sets []set
		for i := range c.z {
			sets = append(sets, set{fmt.Sprintf("w[%d]", i+1), scales[at[2] : at[2]+1]})
		}
		c.reset(sets...)
		state := c.record(plain("w = " + num(scales[at[2]])))
		c.show(state, c.sizes(at[0] == 0), c.places())
		return c.run, state, true
	})
	s.sigmoidTexts(&all)
}

func (s *scene) chain(bend, n int) *chain {
	c := &chain{board: s.board(s.say(fmt.Sprintf("%s × %d", bends[bend].name, n), fmt.Sprintf("%s × %d",
		bends[bend].name, n)), graph.Train),
		f: bends[bend].f}
	a := c.input("x", []float64{1})
	of := []graph.Node{}
	for l := range n {
		leave := c.Scope(fmt.Sprintf("layer%d", l+1))
		w := c.param(fmt.Sprintf("w[%d]", l+1), []float64{1})
		z := c.named(fmt.Sprintf("z[%d]", l+1), ops.Mul(w, a))
		a = c.named(fmt.Sprintf("a[%d]", l+1), bends[bend].op(z))
		c.z, c.a = append(c.z, z), append(c.a, a)
		of = append(of, w)
		leave()
	}
	c.dz = c.gradients(a, append(c.z, of...)...)[:n]
	for l := range c.dz {
		c.dz[l] = c.dz[l].Named(fmt.Sprintf("δ[%d]", l+1))
	}
	c.compile()
	return c
}

// sizes draws |∂a/∂z| of each layer.
func (c *chain) sizes(quarter bool) *drawing {
	const w, h, least, most = 440., 170., -24., 16.
	d := newDrawing(int(w), int(h))
	f := axes{x0: 40, y0: 8, w: w - 50, h: h - 30, left: 0, right: float64(len(c.dz)), low: least, high: most}
	for e := least; e <= most; e += 8 {
		d.line(f.x0, f.y(e), f.x0+f.w, f.y(e), grey, .5)
		d.text(f.x0-4, f.y(e)+4, "end", "10"+raised(int(e)))
	}
	bar := f.w / float64(len(c.dz))
	for l, n := range c.dz {
		if g := math.Abs(c.float(n)); g > 0 {
			top := f.y(max(least, min(most, math.Log10(g))))
			d.rect(f.x(float64(l))+bar*.1, top, bar*.8, f.y(0)-top, orange)
			d.dot(f.x(float64(l))+bar*.5, top, 4, orange)
		}
		if len(c.dz) < 20 || l%5 == 4 || l == 0 {
			d.text(f.x(float64(l))+bar/2, h-6, "middle", fmt.Sprint(l+1))
		}
	}
	d.line(f.x0, f.y(0), f.x0+f.w, f.y(0), grey, 1.5)
	d.text(f.x0+f.w, 20, "end", "|δ[1]| = "+num(math.Abs(c.float(c.dz[0]))))
	if quarter {
		d.path([]float64{f.x(0) + bar/2, f.y(-math.Log10(4) * f.right), f.x(f.right) - bar/2,
			f.y(-math.Log10(4))}, blue, 1.5)
	}
	return d
}

// places draws the activation function with a dot for each layer.
func (c *chain) places() *drawing {
	d := newDrawing(440, 150)
	f := axes{x0: 10, y0: 10, w: 420, h: 115, left: -12, right: 12, low: -1, high: 1.5}
	if c.f(f.right) > f.high {
		f.low, f.high = 0, f.right
	}
	d.cross(f)
	d.text(f.x0, 146, "start", "z = "+num(f.left))
	d.text(f.x0+f.w, 146, "end", num(f.right))
	d.curve(f, c.f, blue, 1.5)
	for i := range c.z {
		z := max(f.left, min(f.right, c.float(c.z[i])))
		d.dot(f.x(z), f.y(c.f(z)), 3.5, orange)
	}
	return d
}

func (s *scene) sigmoidTexts(all *[3][3]*chain) {
	c := all[0][1]
	begin := s.setting(s.start()...)
	big := s.setting(0, 0, 4)
	s.ask(begin, s.say(`Ten sigmoids in a row, each with the weight \(1\). About how much of the gradient reaches `+
		`the first layer?`,
		`十个 Sigmoid 连成一串，每个权重都是 \(1\)。大约有多少梯度传到第一层？`), 2,
		s.say(`Each hop multiplies by \(\sigma'(z) = a(1-a)\), which is at most \(0.25\). Ten hops leave at most `+
			`\(0.25^{10} = 9.5 \cdot 10^{-7}\).`,
			`每过一层要乘以 \(\sigma'(z) = a(1-a)\)，它最大也只有 \(0.25\)。过十层，最多剩下 `+
				`\(0.25^{10} = 9.5 \cdot 10^{-7}\)。`), nil,
		s.say("about a half", "约一半"), s.say("about a tenth", "约十分之一"),
		s.say("less than a millionth", "不到百万分之一"))
	s.ask(big, s.say(`One sigmoid, \(z = 10\): its output is \(0.99995\), as large as it gets. How large is the `+
		`gradient?`,
		`一个 Sigmoid，\(z = 10\)：输出 \(0.99995\)，几乎是最大值。梯度有多大？`), 0,
		s.say(`Nearly zero, \(4.5 \cdot 10^{-5}\): the curve is flat there. A unit that is large and sure of `+
			`itself hardly learns: it is saturated.`,
			`几乎为零，\(4.5 \cdot 10^{-5}\)：曲线在那里是平的。输出很大、很“自信”的神经元几乎学不动：它饱和`+
				`了。`), []string{"M6"},
		s.say("nearly zero", "几乎为零"), s.say("nearly one", "接近 1"), s.say("very large", "非常大"))

	s.stop(begin, c.at(c.a[0]), `A network has layers, one behind the other. The number in square brackets counts `+
		`them: layer \(l\) takes \(a^{[l-1]}\), the output of the layer before, and computes `+
		`\(z^{[l]} = w^{[l]} a^{[l-1]}\) and \(a^{[l]} = f(z^{[l]})\). Here each layer is one number wide, and `+
		`there are ten.`,
		`网络由一层接一层组成。方括号里的数是层号：第 \(l\) 层取上一层的输出 \(a^{[l-1]}\)，计算 `+
			`\(z^{[l]} = w^{[l]} a^{[l-1]}\) 和 \(a^{[l]} = f(z^{[l]})\)。这里每层只有一个数，共十层。`)
	s.stop(begin, c.at(c.dz[9]), `Call \(\delta^{[l]}\) the gradient at \(z^{[l]}\). At the last layer it is the `+
		`slope of the activation function: here \(0.22\).`,
		`把 \(z^{[l]}\) 处的梯度叫作 \(\delta^{[l]}\)。在最后一层，它就是激活函数的斜率：这里是 \(0.22\)。`)
	s.stop(begin, c.at(c.dz[4]), `Each layer back multiplies twice: by the weight, and by the slope of its own `+
		`activation function, \(\delta^{[l]} = w^{[l+1]} \delta^{[l+1]} \cdot f'(z^{[l]})\). For the sigmoid the `+
		`slope is at most a quarter. The bars fall below the line of quarters.`,
		`往回每过一层要乘两次：乘以权重，再乘以本层激活函数的斜`+
			`率，\(\delta^{[l]} = w^{[l+1]} \delta^{[l+1]} \cdot f'(z^{[l]})\)。Sigmoid 的斜率最大只有四分之一。看`+
			`图：各条都在“四分之一”折线以下。`)
	s.stop(s.setting(0, 2, 1), all[0][2].at(all[0][2].dz[0]), `Twenty layers: the first layer's gradient is `+
		`about \(10^{-13}\). A step of learning changes it by nothing that counts. This is called vanishing `+
		`gradients, and it is why deep networks of sigmoids did not learn.`,
		`二十层：第一层的梯度约为 \(10^{-13}\)，学习一步几乎不改变它。这叫梯度消失，从前很深的 Sigmoid 网络学不动，`+
			`原因就在这里。`)
	s.stop(s.setting(0, 1, 4), c.at(c.dz[0]), `Would larger weights help? With \(w = 10\) each layer multiplies by `+
		`ten, but \(z\) grows too, and the curve is flat out there: it becomes worse. Large outputs, tiny gradients.`,
		`权重大一点会不会好些？\(w = 10\) 时每层乘以十，但 \(z\) 也变大，跑到曲线的平坦处：反而更糟。输出很大，梯度`+
			`极小。`)
	s.stop(s.setting(1, 1, 1), all[1][1].at(all[1][1].dz[0]), `The `+
		`function \(\tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}\) has the slope \(1\) at zero, and its outputs lie `+
		`around zero. It is better, and it saturates as well.`,
		`函数 \(\tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}\) 在零点的斜率是 \(1\)，输出以零为中心。它好一些，但同`+
			`样会饱和。`)
	s.stop(s.setting(2, 1, 1), all[2][1].at(all[2][1].dz[0]), `ReLU, \(f(z) = \max(0, z)\), has the slope \(1\) for `+
		`all positive \(z\): with weights of \(1\) the gradient arrives whole, however many layers there are.`,
		`ReLU，即 \(f(z) = \max(0, z)\)，对所有正的 \(z\) 斜率都是 \(1\)：权重为 \(1\) 时，无论多少层，梯度都完整地`+
			`传到。`)
	s.stop(s.setting(2, 2, 2), all[2][2].at(all[2][2].dz[0]), `But nothing holds it back either: with \(w = 2\), the `+
		`nineteen weights between the first layer and the output multiply the gradient by \(2^{19}\), half a `+
		`million. It explodes. Good first values for the weights (Xavier, He) keep this product near one.`,
		`但也没有什么能约束它：\(w = 2\) 时，从输出到第一层要乘十九个权重，梯度放大 \(2^{19}\) 倍，约五十万。这叫梯度`+
			`爆炸。好的权重初始化（Xavier、He）就是让这个乘积接近 1。`)
}
