// This file holds lesson 2: a value that is used twice, and why its gradients add.

package lessons

import (
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A fork is one variant of lesson 2: its function y of x, by a rule for what meets at a fork.
type fork struct {
	*board
	x, y   graph.Node
	den    graph.Node // the denominator, if there is one
	leaves []graph.Node
	d      []graph.Node // the gradients of the leaves
	parts  [][]graph.Node
	kept   [2]graph.Node // the place of a gradient, and what is in it afterwards, where it is not zeroed
}

// Rules of what meets at a fork.
const (
	adds      = iota // each contribution is added, as it has to be
	overwrite        // the last contribution takes the place of those before
	keeps            // added to what the step before has left
)

// forks shows y = x·x, and f = (x + σ(y))/(σ(x) + (x+y)²) of CS231n.
func forks(s *scene) {
	s.turn("function", s.say("function", "函数"), plain("x·x"), plain("f(x, y)"))
	s.turn("rule", s.say("at a fork", "分叉处"), plain("+="), plain("="), s.say("+= without zeroing", "+= 但不清零"))
	xs := []float64{-1, 0, 1, 2, 3, 4, 5}
	s.slider("x", plain("x"), false, 4, xs...)
	variants := [2][3]*fork{
		{s.square(adds), s.square(overwrite), s.square(keeps)},
		{s.quotient(adds), s.quotient(overwrite)},
	}
	s.answer("parts",
		s.say("What meets at the fork; blue: the measured slope", "分叉处汇合的各份梯度；蓝线：实测的斜率"),
		s.say("A stacked bar: each contribution to the gradient is a segment. The blue line is the slope that was "+
			"measured by a nudge.",
			"堆叠条：每一份梯度是一段。蓝线是用轻推的办法量到的斜率。"))
	s.settle(func(at []int) (int, int, bool) {
		f := variants[at[0]][at[1]]
		if f == nil {
			return 0, 0, false
		}
		x := xs[at[2]]
		f.reset(set{"x", []float64{x}}, set{"x.grad", []float64{2 * x}})
		state := f.record(plain("x = " + num(x)))
		f.show(state, f.bars(state, x))
		return f.run, state, true
	})
	s.forkTexts(variants)
}

// square is y = x·x. That the last contribution overwrites is made by a stop before the other one.
func (s *scene) square(rule int) *fork {
	f := &fork{board: s.board(s.forkName("y = x·x", rule), graph.Train)}
	f.x = f.input("x", []float64{3})
	other := f.x
	if rule == overwrite {
		other = f.named("✂", ops.StopGradient(f.x))
	}
	f.y = f.named("y", ops.Mul(f.x, other))
	f.close(rule, f.x)
	return f
}

// quotient is f = (x + σ(y))/(σ(x) + (x+y)²).
func (s *scene) quotient(rule int) *fork {
	f := &fork{board: s.board(s.forkName("f(x, y)", rule), graph.Train)}
	f.x = f.input("x", []float64{3})
	y := f.input("y", []float64{-4})
	x2, y2 := f.x, y // for the uses whose contribution is overwritten
	if rule == overwrite {
		x2, y2 = f.named("✂ x", ops.StopGradient(f.x)), f.named("✂ y", ops.StopGradient(y))
	}
	num := f.named("x + σ(y)", ops.Add(f.x, f.named("σ(y)", ops.Sigmoid(y))))
	sx := f.named("σ(x)", ops.Sigmoid(x2))
	sum := f.named("x + y", ops.Add(x2, y2))
	f.den = f.named("σ(x) + (x+y)²", ops.Add(sx, f.named("(x+y)²", ops.Square(sum))))
	f.y = f.named("f", ops.Div(num, f.den))
	f.close(rule, f.x, y)
	return f
}

func (s *scene) forkName(what string, rule int) trace.Text {
	r := [3]trace.Text{s.say("gradients add", "梯度相加"), s.say("gradients overwrite", "梯度覆盖"),
		s.say("not zeroed before", "之前没有清零")}[rule]
	return trace.Text{En: what + ", " + r.En, Zh: what + "，" + r.Zh}
}

func (f *fork) close(rule int, leaves ...graph.Node) {
	f.leaves = leaves
	f.d = f.gradients(f.y, leaves...)
	for _, l := range leaves {
		f.parts = append(f.parts, f.contributions(l))
	}
	if rule == keeps {
		f.update(func() {
			kept := f.state("x.grad", []float64{6})
			f.kept = [2]graph.Node{kept, f.named("x.grad + ∂y/∂x", ops.Add(kept, f.d[0]))}
			f.Assign(kept, f.kept[1])
		})
	}
	f.compile()
}

// bars draws the contributions of each leaf one after the other, behind what was left of the step before, and the
// measured slope, which is the check.
func (f *fork) bars(state int, x float64) *drawing {
	const zero, row = 220., 62.
	d := newDrawing(440, int(row)*len(f.leaves)+8)
	type bar struct {
		parts []float64
		total float64
	}
	var bars []bar
	for i := range f.leaves {
		bars = append(bars, bar{f.floats(f.parts[i]...), f.float(f.d[i])})
	}
	sums := slices.Clone(f.d)
	if f.kept[0].Valid() {
		total := f.float(f.kept[1])
		bars[0] = bar{append([]float64{total - bars[0].total}, bars[0].parts...), total}
		sums[0] = f.kept[1]
	}
	for i, l := range f.leaves {
		measured := f.slope(f.y, l.Name(), set{"x", []float64{x}})
		f.measured(state, sums[i], bars[i].total, measured)
		top := float64(i)*row + 4
		unit := 180 / max(1, largest(append(bars[i].parts, bars[i].total, measured)))
		d.text(4, top+20, "start", "∂/∂"+l.Name())
		at := zero
		label := ""
		for k, v := range bars[i].parts {
			d.rect(at, top+float64(k)*9, v*unit, 8, []string{orange, purple, green}[k%3])
			at += v * unit
			label += signed(v, label == "")
		}
		if len(bars[i].parts) > 1 {
			label += " = " + num(bars[i].total)
		}
		mark := "✓"
		if math.Abs(measured-bars[i].total) > 1e-4 {
			mark = "✗"
		}
		d.line(zero, top-2, zero, top+34, grey, 1)
		d.line(zero+measured*unit, top-4, zero+measured*unit, top+34, blue, 3)
		d.text(4, top+50, "start", label+"  "+mark+"  Δ/Δ"+l.Name()+" ≈ "+num(measured))
	}
	return d
}

// signed writes a summand, with its sign before it unless it is the first.
func signed(v float64, first bool) string {
	switch {
	case first:
		return num(v)
	case v < 0:
		return " − " + num(-v)
	}
	return " + " + num(v)
}

func (s *scene) forkTexts(v [2][3]*fork) {
	square, wrong, kept, f := v[0][adds], v[0][overwrite], v[0][keeps], v[1][adds]
	start := s.setting(0, adds, 4)
	s.ask(start, s.say(`\(y = x \cdot x\) at \(x = 3\). The box multiplies, and hands \(3\) back along each of its `+
		`two wires. What is \(\frac{\partial y}{\partial x}\)?`,
		`\(y = x \cdot x\)，\(x = 3\)。乘法方框沿两条连线各传回 \(3\)。\(\frac{\partial y}{\partial x}\) 是多少？`), 1,
		s.say(`Both wires carry the same \(x\). If it moves, it moves \(y\) by both roads, and the effects add: `+
			`\(3 + 3 = 6\), as the derivative of \(x^2\), which is \(2x\), says.`,
			`两条连线上是同一个 \(x\)。它一动，就沿两条路影响 \(y\)，效果相加：\(3 + 3 = 6\)，与 \(x^2\) 的导数 `+
				`\(2x\) 一致。`),
		[]string{"M2"}, plain("3"), plain("6"), plain("9"))
	second := s.setting(1, adds, 4)
	s.ask(second, s.say(`In \(f = \frac{x + \sigma(y)}{\sigma(x) + (x+y)^2}\) the number \(x\) reaches \(f\) by `+
		`three roads. Which of them does \(\frac{\partial f}{\partial x}\) take into account?`,
		`在 \(f = \frac{x + \sigma(y)}{\sigma(x) + (x+y)^2}\) 中，\(x\) 经过三条路影响 \(f\)。`+
			`\(\frac{\partial f}{\partial x}\) 要算哪几条？`), 2,
		s.say(`All three: \(1.58319 - 0.03576 + 0.51214 = 2.05957\). One road may even pull the other way, as the `+
			`one by \(\sigma(x)\) does.`,
			`三条都要：\(1.58319 - 0.03576 + 0.51214 = 2.05957\)。其中一条还可能往相反方向拉，经 \(\sigma(x)\) 的那条`+
				`就是。`),
		[]string{"M7"}, s.say("the shortest", "最短的一条"),
		s.say("the one with the largest gradient", "梯度最大的一条"), s.say("all of them, added", "全部，相加"))

	s.stop(start, square.at(square.y), `A fork is where one number is used more than once. Here \(x\) goes into `+
		`both inputs of a multiplication: \(y = x \cdot x = 9\). The graph draws two wires, because there are two `+
		`uses.`,
		`一个数被用了不止一次的地方叫分叉。这里 \(x\) 同时进入乘法的两个输入：\(y = x \cdot x = 9\)。图里画了两条连`+
			`线，因为用了两次。`)
	s.stop(start, square.at(square.d[0]), `On the way back each wire brings a contribution: upstream times the `+
		`other operand, \(1 \cdot 3\). Where the wires meet, at \(x\), the contributions add: \(3 + 3 = 6\). The `+
		`blue line, measured by a nudge, agrees.`,
		`反向传播时，每条连线各带回一份梯度：上游梯度乘以另一个数，\(1 \cdot 3\)。连线在 \(x\) 处汇合，各份相`+
			`加：\(3 + 3 = 6\)。用轻推量到的蓝线与它一致。`)
	s.stop(second, f.at(f.y), `Now a function with three roads: \(f = \frac{x + \sigma(y)}{\sigma(x) + (x+y)^2}\), `+
		`at \(x = 3\), \(y = -4\). The numerator, \(\sigma(x)\) and \(x + y\) all use \(x\). The forward pass `+
		`gives \(f = 1.546\).`,
		`现在看一个有三条路的函数：\(f = \frac{x + \sigma(y)}{\sigma(x) + (x+y)^2}\)，\(x = 3\)，\(y = -4\)。分`+
			`子、\(\sigma(x)\) 和 \(x + y\) 都用到 \(x\)。前向传播得到 \(f = 1.546\)。`)
	s.stop(second, f.reads(f.den), `The way back visits the boxes in the reverse order, so that each box has `+
		`its whole gradient before it hands on its share. Numbers of the forward pass are needed again: this `+
		`box divides by the denominator. That is why such numbers are kept in memory, as this tab shows.`,
		`反向传播按相反的顺序访问方框，使每个方框先收齐自己的梯度，再往回传。前向传播算出的数这时还要用到：这个方框要`+
			`除以分母。所以这样的数要一直留在内存里，见这个标签页。`)
	s.look("memory")
	s.stop(second, f.at(f.d[0]), `At \(x\) three contributions meet: \(1.58319\) by \((x+y)^2\) (orange in the `+
		`figure), \(-0.03576\) by \(\sigma(x)\) (purple), and \(0.51214\) by the numerator (green). The derivative `+
		`is the sum over all roads, \(2.05957\): in calculus this is the total derivative.`,
		`在 \(x\) 处有三份梯度汇合：经 \((x+y)^2\) 的 \(1.58319\)（图中橙色），经 \(\sigma(x)\) 的 `+
			`\(-0.03576\)（紫色），经分子的 \(0.51214\)（绿色）。导数是所有路径之和 \(2.05957\)：微积分里叫全导数。`)
	s.stop(second, f.at(f.d[1]), `\(y\) has two roads: \(0.009 + 1.583 = 1.592\).`,
		`\(y\) 有两条路：\(0.009 + 1.583 = 1.592\)。`)
	s.stop(s.setting(0, overwrite, 4), wrong.at(wrong.d[0]), `Back to \(y = x \cdot x\), and a `+
		`common fault of programs: the second contribution is written over the first (= in the place of +=). One of `+
		`them is lost; the graph shows that by a dashed box with scissors on its wire, which hands \(x\) on, and `+
		`nothing back. The gradient is then \(3\), and the check against the nudge fails: the bar does not reach the `+
		`blue line.`,
		`回到 \(y = x \cdot x\)。程序里常见的错误：第二份梯度覆盖了第一份（用 = 代替了 +=）。其中一份就丢了；图里在`+
			`它的连线上画了一个带剪刀的虚线框：它把 \(x\) 传过去，却什么也不传回来。于是梯度成了 \(3\)，与轻推的结果`+
			`对不上：条没有到达蓝线。`)
	s.stop(s.setting(0, keeps, 4), kept.last(), `Learning repeats the forward pass, the way back and a small change `+
		`of the weights; one such round is a step. Another fault: += into a place that still holds the gradient of `+
		`the step before. It held \(6\), and now holds \(12\): the first segment of the bar is what was left, and `+
		`the bar runs past the blue line. Frameworks that keep gradients in such places need “zero_grad” before each `+
		`step; here gradients are values of the graph, and nothing is left over. Remember forks for later: a weight `+
		`that is used at sixteen places of a picture (lesson 6), or at fifty moments of a text (lesson 7), is a fork `+
		`with as many wires.`,
		`学习就是反复做前向传播、反向传播和微调权重，这样一轮叫一步。另一个错误：把梯度 += 到一个还留着上一步梯度的地`+
			`方。那里原来是 \(6\)，现在成了 \(12\)：条的第一段是上一步留下的，整条超过了蓝线。这样保存梯度的框架在每`+
			`一步之前都要“清零”（zero_grad）；而这里的梯度是图里的值，没有残留。请记住分叉：在图像的十六个位置上都用`+
			`到的权重（第 6 课），在五十个时刻上都用到的权重（第 7 课），就是有那么多条连线的分叉。`)
}
