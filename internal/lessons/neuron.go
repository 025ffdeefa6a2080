// This file holds lesson 1: one neuron, and what becomes of its output when a number is nudged.

package lessons

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// neuron computes a = σ(z), z = w0·x0 + w1·x1 + b, at the numbers of CS231n, where b is called w2.
func neuron(s *scene) {
	b := s.board(s.say("one neuron", "一个神经元"), graph.Train)
	w0, x0 := b.param("w₀", []float64{2}), b.input("x₀", []float64{-1})
	w1, x1 := b.param("w₁", []float64{-3}), b.input("x₁", []float64{-2})
	bias := b.param("b", []float64{-3})

	p0 := b.named("w₀·x₀", ops.Mul(w0, x0))
	p1 := b.named("w₁·x₁", ops.Mul(w1, x1))
	sum := b.named("w₀·x₀ + w₁·x₁", ops.Add(p0, p1))
	z := b.named("z", ops.Add(sum, bias))
	a := b.named("a", ops.Sigmoid(z))
	d := b.gradients(a, w0, x0, w1, x1, bias, z, sum, p0, p1)
	d[5].Named("∂z = ∂b")
	b.compile()

	values := make([][]float64, len(b.leaves))
	for i, l := range b.leaves {
		for _, by := range []float64{-3, -2, -1, -.5, -.1, -.01, 0, .01, .1, .5, 1, 2, 3} {
			values[i] = append(values[i], l.start[0]+by)
		}
		s.slider([]string{"wa", "xa", "wb", "xb", "b"}[i], plain(l.name), true, 6, values[i]...)
	}
	s.figure("nudge", s.say("From the start to here", "从起点到这里"),
		s.say("How far the slider has moved the leaf, how far that moved the output, and the one divided by the "+
			"other. The line joins the two points of the curve.",
			"滑块把叶子移动了多少，输出因此变了多少，以及两者之比。直线连接曲线上的两个点。"))
	s.answer("slopes", s.say("At the present numbers: measured slope (blue), gradient (orange)",
		"在当前的数值处：实测的斜率（蓝）与梯度（橙）"),
		s.say("For each leaf two bars: blue, how much the output moves for each unit of a very small nudge from "+
			"here; orange, the gradient.",
			"每个叶子有两根条：蓝色是从当前位置非常轻地推一下，输出的变化除以推动的量；橙色是反向传播算出的梯度。"))
	s.answer("sigmoid", s.say("The activation function and its tangent", "激活函数与它的切线"),
		s.say("The sigmoid curve with the present point and the tangent there.",
			"Sigmoid 曲线、当前的点和该点的切线。"))
	s.settle(func(at []int) (int, int, bool) {
		var sets []set
		for i, l := range b.leaves {
			sets = append(sets, set{l.name, values[i][at[i] : at[i]+1]})
		}
		b.reset(sets...)
		state := b.record(trace.Text{})
		curve, output := tangent(b.float(z), b.float(a)), b.float(a)
		gradients := b.floats(d...)
		var moved *drawing
		for i := range at {
			if at[i] != s.Controls[i].Start {
				moved = b.nudged(a, i, values[i][at[i]], output)
			}
		}
		slopes := newDrawing(420, 150)
		for i, l := range b.leaves {
			slopes.bars(i, l.name, b.slope(a, l.name, sets...), gradients[i])
		}
		b.show(state, moved, slopes, curve)
		return b.run, state, true
	})
	s.neuronTexts(b, p1, z, a, d)
}

// nudged draws a over leaf i, and the secant from its start to v, where the output is y.
func (b *board) nudged(a graph.Node, i int, v, y float64) *drawing {
	l := b.leaves[i]
	others := map[string]float64{}
	for _, o := range b.leaves {
		others[o.name] = o.start[0]
	}
	f := func(x float64) float64 {
		others[l.name] = x
		return 1 / (1 + math.Exp(-others["w₀"]*others["x₀"]-others["w₁"]*others["x₁"]-others["b"]))
	}
	from, start := l.start[0], f(l.start[0])
	d := newDrawing(420, 170)
	field := axes{x0: 20, y0: 44, w: 380, h: 110, left: from - 3, right: from + 3, low: 0, high: 1}
	d.cross(field)
	d.curve(field, f, blue, 2)
	d.line(field.x(from), field.y(start), field.x(v), field.y(y), purple, 2)
	d.dot(field.x(from), field.y(start), 4, grey)
	d.dot(field.x(v), field.y(y), 4, purple)
	d.text(4, 14, "start", "Δ"+l.name+" = "+num(digits(v-from, 6))+
		",  Δa = "+difference(y, start))
	d.text(4, 32, "start", "Δa / Δ"+l.name+" = "+num((y-start)/(v-from)))
	d.text(field.x(field.left), 168, "start", num(field.left))
	d.text(field.x(field.right), 168, "end", num(field.right))
	d.text(field.x(from), 168, "middle", l.name)
	d.text(6, field.y(1)+5, "start", "a")
	return d
}

// bars draws a measured slope and a gradient in row i.
func (d *drawing) bars(i int, name string, measured, gradient float64) {
	const zero, unit, row = 190., 140., 29.
	y := float64(i) * row
	d.text(4, y+18, "start", name)
	for k, v := range []float64{measured, gradient} {
		top := y + 2 + 13*float64(k)
		d.rect(zero, top, max(-1.1, min(1.1, v))*unit, 11, []string{blue, orange}[k])
		d.text(416, top+10, "end", num(v))
	}
	d.line(zero, y, zero, y+row-2, grey, 1)
}

// tangent draws σ with its tangent at z.
func tangent(z, a float64) *drawing {
	d := newDrawing(420, 170)
	f := axes{x0: 20, y0: 10, w: 380, h: 140, left: -8, right: 8, low: 0, high: 1}
	d.cross(f)
	d.curve(f, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }, blue, 2)
	slope := a * (1 - a)
	d.path([]float64{f.x(z - 2), f.y(a - 2*slope), f.x(z + 2), f.y(a + 2*slope)}, orange, 2)
	d.dot(f.x(z), f.y(a), 4, orange)
	d.text(24, 22, "start", "z = "+num(z)+",  a = "+num(a)+",  σ′(z) = "+num(slope))
	d.text(f.x(8), f.y(0)+14, "end", "8")
	d.text(f.x(-8), f.y(0)+14, "start", "−8")
	return d
}

func (s *scene) neuronTexts(b *board, p1, z, a graph.Node, d []graph.Node) {
	start := s.setting(s.start()...)
	s.ask(start, s.say(`\(x_1 = -2\). If the weight \(w_1\) grows a little, what does the output \(a\) do?`,
		`\(x_1 = -2\)。如果权重 \(w_1\) 增大一点，输出 \(a\) 会怎样？`), 1,
		s.say(`It falls. A step of \(w_1\) moves \(z\) by \(x_1 = -2\) times as much, and \(a\) by `+
			`\(0.1966\) times that, the slope \(\sigma'(z)\) that the next question is about: `+
			`\(\frac{\partial a}{\partial w_1} = 0.1966 \cdot (-2) = -0.3932\).`,
			`变小。\(w_1\) 每动一点，\(z\) 就动它的 \(x_1 = -2\) 倍，\(a\) 的变动又是 \(z\) 的变动的 \(0.1966\) `+
				`倍，即斜率 \(\sigma'(z)\)（见下一题）：`+
				`\(\frac{\partial a}{\partial w_1} = 0.1966 \cdot (-2) = -0.3932\)。`), nil,
		s.say("it rises", "变大"), s.say("it falls", "变小"), s.say("it stays as it is", "不变"))
	s.ask(start, s.say(`The last box gives \(a = \sigma(z)\), at \(z = 1\), where \(\sigma(1) = 0.731\). If \(z\) `+
		`grows by \(0.01\), about how many times as much does \(a\) grow?`,
		`最后一个方框算出 \(a = \sigma(z)\)，当前 \(z = 1\)，\(\sigma(1) = 0.731\)。如果 \(z\) 增大 \(0.01\)，`+
			`\(a\) 的增量大约是 \(z\) 的增量的多少倍？`), 1,
		s.say(`By the slope of the curve at this point. By the chain rule it is `+
			`\(\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \sigma(z)(1 - \sigma(z))\), here `+
			`\(a(1-a) = 0.731 \cdot 0.269 = 0.1966\). The way back, from the output to the leaves, multiplies by `+
			`such slopes. It does not undo \(\sigma\): the inverse function would give \(z = 1\) again, which says `+
			`nothing about change.`,
			`等于曲线在当前点的斜率。由链式法则，`+
				`\(\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \sigma(z)(1 - \sigma(z))\)，这里是 `+
				`\(a(1-a) = 0.731 \cdot 0.269 = 0.1966\)。从输出回到叶子时，要乘的就`+
				`是这样的斜率。反向传播不是把 \(\sigma\) “倒着算”：反函数只会还原出 \(z = 1\)，而它与“变化了多少”无`+
				`关。`), []string{"M3"},
		s.say(`\(1\), what the inverse function of \(\sigma\) gives`, `\(1\)，即 \(\sigma\) 的反函数的值`),
		s.say(`\(0.1966\), the slope of \(\sigma\) at \(z\)`, `\(0.1966\)，即 \(\sigma\) 在 \(z\) 处的斜率`),
		s.say(`\(0.731\), the output \(a\)`, `\(0.731\)，即输出 \(a\)`))

	s.stop(start, b.at(p1), `This graph is one neuron, the smallest part of a network. Most boxes are one small `+
		`calculation each, and numbers flow along the wires. Boxes that compute nothing are the leaves: the inputs `+
		`\(x_0\), \(x_1\) are given (rounded boxes), the weights \(w_0\), \(w_1\) and the bias \(b\) are what a `+
		`network learns (boxes with a folded corner). The thick blue box has just been computed, and the green `+
		`number is its value. The first boxes multiply each input by its weight: \(w_1 x_1 = (-3)(-2) = 6\). (Press `+
		`→ for a step forward, and ← for a step back.)`,
		`这张计算图是一个神经元，网络的最小单元。方框大多做一次小计算，数沿着连线流动。不做计算的方框叫“叶子节`+
			`点”，简称叶子：输入 \(x_0\)、\(x_1\) 是给定的（圆角框），权重 \(w_0\)、\(w_1\) 和偏置 \(b\) 是网络要学`+
			`习的（带折角的框）。粗蓝框刚刚算出，绿色的数是它的值。最前面的方框把每个输入乘以它的权`+
			`重：\(w_1 x_1 = (-3)(-2) = 6\)。（按 → 前进一步，按 ← 后退一步。）`)
	s.stop(start, b.at(z), `Add them up, with the bias: the weighted sum \(z = \sum_{i=1}^{n} w_i x_i + b\) is `+
		`\(-2 + 6 - 3 = 1\). In general a neuron has inputs \((x_1, x_2, ..., x_n)\), as many weights `+
		`\((w_1, w_2, ..., w_n)\) and a bias \((b)\); we count from 0 here, as programs do.`,
		`再加起来，并加上偏置：加权和 \(z = \sum_{i=1}^{n} w_i x_i + b\)，这里是 \(-2 + 6 - 3 = 1\)。一般地，一个神`+
			`经元有输入 \((x_1, x_2, ..., x_n)\)、同样多的权重 \((w_1, w_2, ..., w_n)\) 和偏置 \((b)\)；这里像程序`+
			`一样从 0 开始编号。`)
	s.stop(start, b.at(a), `The activation function \(a = f(z)\) bends the result. Here it is the sigmoid, `+
		`\(\sigma(z) = \frac{1}{1 + e^{-z}}\), which squeezes any number into the range from 0 to 1: `+
		`\(\sigma(1) = 0.731\). All this, from the leaves to the output, is the forward pass. Look at the `+
		`gradients in the graph, ∂ and a name: their boxes are dotted and hold no numbers yet. They do not exist `+
		`before somebody computes them. (The figures know the whole step, to its end.)`,
		`激活函数 \(a = f(z)\) 让结果弯曲。这里用的是 Sigmoid 函数 \(\sigma(z) = \frac{1}{1 + e^{-z}}\)，它把任何数`+
			`压到 0 与 1 之间：\(\sigma(1) = 0.731\)。从叶子一直算到输出，这就是前向传播。看看图中的梯度（∂ 加名`+
			`字）：那些框还是点线，里面没有数。没有人计算，梯度就不存在。（图示画的是整个一步，直到最后。）`)
	s.stop(s.setting(6, 6, 6, 8, 6), b.at(a), `Now nudge a leaf. The slider \(x_1\) has moved by \(0.1\), `+
		`from \(-2\) to \(-1.9\), and the output from \(0.731\) to \(0.668\): by \(-0.063\). Divide: \(-0.63\), as `+
		`the first figure shows. Move the slider to \(-1.99\), and it is \(-0.594\). How much the output moves for `+
		`each unit that a leaf moves, for ever smaller nudges, is the gradient of that leaf: the derivative you know `+
		`from calculus, \(\frac{\partial a}{\partial x_1}\), at this point (written with a curly ∂, since \(a\) `+
		`depends on other numbers too, which are held fixed).`,
		`现在轻推一个叶子。滑块 \(x_1\) 移动了 \(0.1\)，从 \(-2\) 到 \(-1.9\)，输出从 \(0.731\) 变成 \(0.668\)，变了 `+
			`\(-0.063\)。相除得到 \(-0.63\)，见第一张图。把滑块移到 \(-1.99\)，就得到 \(-0.594\)。推动越来越小时，叶`+
			`子每动一个单位、输出动多少，这个数就叫该叶子的梯度：也就是微积分里学过的导数 `+
			`\(\frac{\partial a}{\partial x_1}\) 在这一点的值（\(a\) 还取决于别的数，这里让它们都不变，所以写成 ∂，叫`+
			`偏导数）。`)
	s.look("nudge")
	s.stop(start, b.at(d[5]), `To nudge each leaf costs one forward pass for each. Backpropagation gets all of `+
		`them in one pass, from the output to the leaves. It begins with \(\frac{\partial a}{\partial a} = 1\). `+
		`The first box on the way back is that of \(\sigma\) (marked ∂z = ∂b, since both gradients are this number; `+
		`in the graph ∂z is short for \(\frac{\partial a}{\partial z}\)): it multiplies what arrives (the upstream `+
		`gradient) by its own slope (the local derivative), \(\sigma'(z) = a(1-a) = 0.1966\). So `+
		`\(\frac{\partial a}{\partial z} = 1 \cdot 0.1966\).`,
		`逐个去推叶子，每个叶子都要做一次前向传播。反向传播从输出走到叶子，一遍就得到全部梯度。它从 `+
			`\(\frac{\partial a}{\partial a} = 1\) 开始。往回的第一个方框是 \(\sigma\)（图中标为 ∂z = ∂b，因为两个梯`+
			`度是同一个数；图里的 ∂z 是 \(\frac{\partial a}{\partial z}\) 的简写）：它把上游传来的梯度乘以自己的斜率`+
			`（局部导数）\(\sigma'(z) = a(1-a) = 0.1966\)，于是 \(\frac{\partial a}{\partial z} = 1 \cdot 0.1966\)。`)
	s.stop(start, b.at(d[4]), `A box that adds hands the gradient on unchanged to each of its operands: if \(b\) `+
		`grows by 1, so does \(z\). So the bias has the gradient \(0.1966\) as well.`,
		`做加法的方框把梯度原样分给每个加数：\(b\) 增加 1，\(z\) 也增加 1。所以偏置的梯度也是 \(0.1966\)。`)
	s.stop(start, b.at(d[2]), `A box that multiplies hands each operand the gradient times the other operand: `+
		`\(w_1\) gets \(0.1966 \cdot x_1 = 0.1966 \cdot (-2) = -0.3932\), and \(x_1\) gets `+
		`\(0.1966 \cdot w_1 = 0.1966 \cdot (-3) = -0.5898\). The nudges came near to it: \(-0.63\), then \(-0.594\). `+
		`Multiplying upstream by local, box after box, is the chain rule.`,
		`做乘法的方框把梯度乘以“另一个”数再传下去：\(w_1\) 得到 `+
			`\(0.1966 \cdot x_1 = 0.1966 \cdot (-2) = -0.3932\)，\(x_1\) 得到 `+
			`\(0.1966 \cdot w_1 = 0.1966 \cdot (-3) = -0.5898\)。刚才轻推时量到的 \(-0.63\) 和 `+
			`\(-0.594\) 就在逼近它。`+
			`一个方框接一个方框，用上游乘以局部，这就是链式法则。`)
	s.look("slopes")
	s.stop(s.setting(6, 6, 6, 6, 12), b.last(), `Push the bias far up: \(z = 4\), where the curve is nearly flat. `+
		`The output is near its upper limit \(1\), and all gradients are small. Try the sliders: the blue bar `+
		`(measured) and the orange bar (computed) stay equal wherever you go. Next: what happens when a number is `+
		`used twice (lesson 2).`,
		`把偏置推得很大：\(z = 4\)，曲线在这里几乎是平的。输出接近上限 \(1\)，而所有梯度都很小。动一动各个滑块：无论`+
			`到哪里，蓝条（实测）和橙条（算出）都一样长。下一课：一个数被用了两次会怎样（第 2 课）。`)
	s.look("slopes")
}
