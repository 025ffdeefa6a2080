// This file holds lesson 7: a recurrent network, unrolled in time, and what its gradient becomes on the way back.

package lessons

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A recurrence is h_t = f(w·h_{t-1} + …) for t = 1 … T, of numbers, and the loss is the last h.
type recurrence struct {
	*board
	w     graph.Node
	h, dh []graph.Node // of t = 0 … T
	dw    graph.Node
}

// Cells of lesson 7.
const (
	linearCell = iota // h_t = w·h_{t-1} + x
	cutCell           // the same, with a stop every five steps
	tanhCell          // h_t = tanh(w·h_{t-1} + u·x + b)
	lstmCell          // c_t = f·c_{t-1} + i·g
)

// cut is after how many steps truncated backpropagation stops.
const cut = 5

// recurrences shows all cells in all lengths.
func recurrences(s *scene) {
	lengths := []float64{5, 20, 50}
	weights := []float64{.8, .9, 1, 1.1, 1.2}
	forget := []float64{.5, .9, 1}
	write := []float64{0, .5}
	limits := []float64{1e9, 1}
	s.turn("cell", s.say("cell", "单元"), s.say("linear", "线性"),
		s.say("linear, cut every 5 steps", "线性，每 5 步截断"), plain("tanh"), plain("LSTM"))
	s.slider("steps", s.say("steps T", "步数 T"), false, 1, lengths...)
	s.slider("w", plain("w"), false, 0, weights...)
	s.slider("f", s.say("forget gate f", "遗忘门 f"), false, 2, forget...)
	s.slider("i", s.say("input gate i", "输入门 i"), false, 0, write...)
	s.turn("clip", s.say("clipping", "梯度裁剪"), s.say("off", "关"), s.say("norm at most 1", "范数不超过 1"))
	for _, id := range []string{"w", "clip"} {
		s.needs(id, "cell", linearCell, cutCell, tanhCell)
	}
	s.needs("clip", "w", 3, 4) // below there is nothing to clip
	for _, id := range []string{"f", "i"} {
		s.needs(id, "cell", lstmCell)
	}
	all := map[[2]int]*recurrence{}
	for _, v := range [][2]int{{linearCell, 0}, {linearCell, 1}, {linearCell, 2}, {cutCell, 1}, {tanhCell, 0},
		{tanhCell, 1}, {tanhCell, 2}, {lstmCell, 1}, {lstmCell, 2}} {
		all[v] = s.recurrence(v[0], int(lengths[v[1]]))
	}
	s.answer("times", s.say("Size of the gradient at each time", "各时刻梯度的大小"),
		s.say("A dot for each time, the last at the right: the size of the gradient of the loss there, in powers "+
			"of ten, with a bar from 1.",
			"每个时刻一个点，最右边是最后一刻：损失在该处的梯度的大小，按 10 的幂；条形从 1 画起。"))
	s.answer("shares", s.say("Each time's part in the gradient of the shared weight", "各时刻对共享权重梯度的贡献"),
		s.say("A bar for each time that used the weight; their sum is its gradient.",
			"每个用到权重的时刻一根条，总和就是权重的梯度。"))
	s.settle(func(at []int) (int, int, bool) {
		r := all[[2]int{at[0], at[1]}]
		gates := at[3] != 2 || at[4] != 0
		switch {
		case r == nil, at[0] == lstmCell && (at[2] != 0 || at[5] != 0), at[0] != lstmCell && gates,
			at[5] == 1 && at[2] < 3: // there is nothing to clip
			return 0, 0, false
		}
		r.reset(set{"w", weights[at[2] : at[2]+1]}, set{"f", forget[at[3] : at[3]+1]}, set{"i",
			write[at[4] : at[4]+1]},
			set{"limit", limits[at[5] : at[5]+1]})
		state := r.record(trace.Text{})
		r.show(state, r.times(), r.shares())
		return r.run, state, true
	})
	s.recurrenceTexts(all)
}

func (s *scene) recurrence(cell, steps int) *recurrence {
	names := []trace.Text{s.say("linear", "线性"), s.say("linear, cut every 5", "线性，每 5 步截断"),
		plain("tanh"), plain("LSTM")}
	name := names[cell]
	rest := fmt.Sprintf(", T = %d", steps)
	r := &recurrence{board: s.board(trace.Text{En: name.En + rest, Zh: name.Zh + rest}, graph.Train)}
	state, shared := "h", "w"
	if cell == lstmCell {
		state, shared = "c", "f"
	}
	h := r.input(state+below(0), []float64{1})
	r.w = r.param(shared, []float64{1})
	add := r.driven(cell)
	r.h = []graph.Node{h}
	for t := range steps {
		leave := r.Scope(fmt.Sprintf("step%d", t+1))
		if cell == cutCell && t > 0 && t%cut == 0 {
			h = r.named("✂", ops.StopGradient(h))
		}
		h = ops.Add(r.named(shared+"·"+state+below(t), ops.Mul(r.w, h)), add)
		if cell == tanhCell {
			h = ops.Tanh(h)
		}
		h = r.named(state+below(t+1), h)
		r.h = append(r.h, h)
		leave()
	}
	d := r.gradients(h, append([]graph.Node{r.w}, r.h[:steps]...)...)
	r.dw, r.dh = d[0], d[1:]
	r.follows()
	r.compile()
	return r
}

// driven is what each step adds to the state: the same input at each time.
func (r *recurrence) driven(cell int) graph.Node {
	switch cell {
	case tanhCell:
		x, u, b := r.input("x", []float64{.5}), r.param("u", []float64{.2}), r.param("b", []float64{0})
		return r.named("u·x + b", ops.Add(ops.Mul(u, x), b))
	case lstmCell:
		i, g := r.input("i", []float64{0}), r.input("g", []float64{.5})
		return r.named("i·g", ops.Mul(i, g))
	}
	return r.input("x", []float64{.01})
}

// follows is the update: the gradient, or one that is shorter, times the rate.
func (r *recurrence) follows() {
	limit, lr := r.input("limit", []float64{1e9}), r.input("α", []float64{.01})
	r.update(func() {
		norm := r.named("‖∂‖", ops.GlobalNorm(r.dw))
		scale := r.named("min(1, limit/‖∂‖)", ops.Minimum(r.Scalar(1), ops.Div(limit, norm)))
		clipped := r.named("clipped", ops.Mul(r.dw, scale))
		r.Assign(r.w, r.named(r.w.Name()+" − α·∂", ops.SGD(r.w, clipped, lr, 0)))
	})
}

// times draws |∂L/∂h_t|.
func (r *recurrence) times() *drawing {
	const w, h, least, most = 440., 160., -8., 4.
	d := newDrawing(int(w), int(h))
	f := axes{x0: 40, y0: 8, w: w - 50, h: h - 30, left: 0, right: float64(len(r.dh)), low: least, high: most}
	for e := least; e <= most; e += 4 {
		d.line(f.x0, f.y(e), f.x0+f.w, f.y(e), grey, .5)
		d.text(f.x0-4, f.y(e)+4, "end", "10"+raised(int(e)))
	}
	var bars []float64
	for _, n := range r.dh {
		bars = append(bars, math.Abs(r.float(n)))
	}
	d.bottoms(f, bars, func(v float64) float64 { return max(least, min(most, math.Log10(v))) })
	d.text(f.x0, h-6, "start", "t = 0")
	d.text(f.x0+f.w, h-6, "end", fmt.Sprint(len(r.dh)-1))
	return d
}

// shares draws the contributions to the gradient of the weight, by time.
func (r *recurrence) shares() *drawing {
	const w, h = 440., 120.
	d := newDrawing(int(w), int(h))
	parts := r.floats(r.contributions(r.w)...)
	total := r.float(r.dw)
	if len(parts) == 0 {
		return d
	}
	most := largest(parts)
	f := axes{x0: 40, y0: 22, w: w - 50, h: h - 42, left: 0, right: float64(len(r.dh)), low: 0, high: max(most,
		1e-300)}
	bars := make([]float64, len(r.dh))
	for i, v := range parts {
		bars[len(parts)-1-i+len(bars)-len(parts)] = v
	}
	d.bottoms(f, bars, func(v float64) float64 { return v })
	d.text(f.x0, 14, "start", "Σ = ∂L/∂"+r.w.Name()+" = "+num(total))
	d.text(f.x0, h-6, "start", "t = 1")
	d.text(f.x0+f.w, h-6, "end", fmt.Sprint(len(r.dh)))
	return d
}

// bottoms draws bars from zero, as one path. Where numbers may lie below, a dot ends each: a bar of no height is seen.
func (d *drawing) bottoms(f axes, v []float64, scale func(float64) float64) {
	bar := f.w / float64(len(v))
	path, dots := "", ""
	for i, e := range v {
		if e == 0 {
			continue
		}
		y := f.y(scale(e))
		if f.low < 0 {
			dots += fmt.Sprintf("M%s %sh0", px(f.x(float64(i))+bar*.5), px(y))
		}
		path += fmt.Sprintf("M%s,%sh%sV%sh-%sz", px(f.x(float64(i))+bar*.1), px(f.y(max(0, f.low))), px(bar*.8),
			px(y), px(bar*.8))
	}
	fmt.Fprintf(&d.body, "<path d='%s' fill='%s'/>", path, orange)
	d.line(f.x0, f.y(max(0, f.low)), f.x0+f.w, f.y(max(0, f.low)), grey, 1)
	if dots != "" {
		fmt.Fprintf(&d.body, "<path d='%s' stroke='%s' stroke-width='6' stroke-linecap='round'/>", dots, orange)
	}
}

func (s *scene) recurrenceTexts(all map[[2]int]*recurrence) {
	long, lin := all[[2]int{linearCell, 2}], all[[2]int{linearCell, 1}]
	tanh, lstm, scissors := all[[2]int{tanhCell, 2}], all[[2]int{lstmCell, 1}], all[[2]int{cutCell, 1}]
	begin := s.setting(s.start()...)
	far := s.setting(linearCell, 2, 0, 2, 0, 0)
	s.ask(begin, s.say(`The weight \(w\) is used at each of the \(20\) times. How many gradients does it have?`,
		`权重 \(w\) 在 \(20\) 个时刻都用到。它有几个梯度？`), 0,
		s.say(`One: the sum of the contributions of all times. There is one number \(w\), so there is one answer `+
			`to the question how the loss moves with it.`,
			`一个：所有时刻的贡献之和。\(w\) 只是一个数，“损失随它怎样变”也就只有一个答案。`), []string{"M8"},
		s.say("one, a sum over all times", "一个，是各时刻之和"),
		s.say("twenty, one for each time", "二十个，每个时刻一个"),
		s.say("one, that of the last time", "一个，即最后时刻的那个"))
	s.ask(far, s.say(`\(h_t = 0.8\, h_{t-1} + x_t\), fifty times. How much does \(h_0\) still matter for \(h_{50}\)?`,
		`\(h_t = 0.8\, h_{t-1} + x_t\)，重复五十次。\(h_0\) 对 \(h_{50}\) 还有多大影响？`), 2,
		s.say(`Each step back multiplies by \(0.8\): \(0.8^{50} = 1.4 \cdot 10^{-5}\). With \(1.2\) it would be `+
			`\(1.2^{50} = 9100\).`,
			`每往回一步乘以 \(0.8\)：\(0.8^{50} = 1.4 \cdot 10^{-5}\)。换成 \(1.2\) 就是 \(1.2^{50} = 9100\)。`), nil,
		plain("0.8"), plain("0.016"), plain("0.000014"))

	s.stop(begin, lin.at(lin.h[1]), `A recurrent network reads a sequence step by step and carries a state \(h\) `+
		`along. At each time the same cell with the same weight is used: \(h_t = w\, h_{t-1} + x_t\). Unrolled, it `+
		`is a network as deep as the sequence is long. The boxes of a step are in a frame that can be closed, and `+
		`all of them are the same.`,
		`循环神经网络逐步读入序列，并带着状态 \(h\) 往前走。每个时刻用的是同一个单元、同一个权`+
			`重：\(h_t = w\, h_{t-1} + x_t\)。按时间展开，序列多长，网络就有多深。每一步的方框在一个可以折叠的模块`+
			`里，各个模块都一样。`)
	s.stop(begin, lin.at(lin.dh[0]), `On the way back each step multiplies the gradient by \(w\). From time \(20\) `+
		`to time \(0\): \(0.8^{20} = 0.012\).`,
		`反向传播每走一步，梯度乘以 \(w\)。从时刻 \(20\) 走到时刻 \(0\)：\(0.8^{20} = 0.012\)。`)
	s.stop(begin, lin.at(lin.dw), `And at each time a contribution to the gradient of \(w\) falls off: `+
		`\(\frac{\partial L}{\partial h_t} h_{t-1}\). The weight is a fork with twenty wires (lesson 2), and the `+
		`contributions add.`,
		`每个时刻还留下一份对 \(w\) 的梯度：\(\frac{\partial L}{\partial h_t} h_{t-1}\)。权重是一个有二十条连线的分`+
			`叉（见第 2 课），各份相加。`)
	s.stop(s.setting(linearCell, 2, 4, 2, 0, 0), long.at(long.dh[0]), `With \(w = 1.2\) and fifty steps the `+
		`gradient explodes: \(1.2^{50} = 9100\). One step of learning by such a gradient throws the network far `+
		`away.`,
		`\(w = 1.2\)、五十步时，梯度爆炸：\(1.2^{50} = 9100\)。按这样的梯度学习一步，网络就被甩得老远。`)
	s.stop(s.setting(linearCell, 2, 4, 2, 0, 1), long.last(), `Clipping shortens a gradient that is too long to the `+
		`length \(1\) (its norm), and keeps its direction. The gradient itself stays what it is; what changes is the `+
		`step.`,
		`梯度裁剪把过长的梯度缩短到长度（范数）为 \(1\)，方向不变。梯度本身还是原来的样子，变的是更新量。`)
	s.stop(s.setting(tanhCell, 2, 4, 2, 0, 0), tanh.at(tanh.dh[0]), `The basic cell is `+
		`\(h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)\). The slope of \(\tanh\) is at most \(1\), so it can `+
		`only make the gradient smaller still: it vanishes in place of exploding. With the same \(w = 1.2\) and `+
		`fifty steps \(7.5 \cdot 10^{-17}\) are left.`,
		`基本的 RNN 单元是 \(h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)\)。\(\tanh\) 的斜率最大是 \(1\)，只会让`+
			`梯度更小：不爆炸，却消失了。同样是 \(w = 1.2\)、五十步，只剩下 \(7.5 \cdot 10^{-17}\)。`)
	s.stop(s.setting(cutCell, 1, 0, 2, 0, 0), scissors.at(scissors.dw),
		`For long sequences one cuts the way back every few steps: truncated backpropagation through time. The `+
			`forward pass is the same, but what happened more than five steps ago gets no gradient: the bars end at `+
			`the scissors.`,
		`序列很长时，每隔几步就把回去的路剪断：截断的时间反向传播。前向传播不变，但五步以前的事得不到梯度：条形到剪`+
			`刀处为止。`)
	s.stop(s.setting(lstmCell, 1, 0, 2, 0, 0), lstm.at(lstm.dh[0]), `The memory of an LSTM is `+
		`\(c_t = f_t c_{t-1} + i_t g_t\): what was there, times the forget gate, plus what is new, times the input `+
		`gate. The gates are numbers between 0 and 1 that the network computes; here they are sliders. With `+
		`\(f = 1\) the way back is a sum, which hands the gradient on as it is: `+
		`\(\frac{\partial c_{20}}{\partial c_0} = 1\).`,
		`LSTM 的记忆是 \(c_t = f_t c_{t-1} + i_t g_t\)：旧的内容乘以遗忘门，加上新的内容乘以输入门。门是网络自己算`+
			`出的 0 到 1 之间的数，这里做成了滑块。\(f = 1\) 时，回去的路上只有加法，梯度原样传`+
			`递：\(\frac{\partial c_{20}}{\partial c_0} = 1\)。`)
	s.stop(s.setting(lstmCell, 1, 0, 0, 0, 0), lstm.at(lstm.dh[0]), `Close the forget gate to \(0.5\), and the `+
		`memory is lost within a few steps, and the gradient with it. The network decides by its gates what to keep.`,
		`把遗忘门关到 \(0.5\)，几步之内记忆就没有了，梯度也没有了。保留什么，由网络自己通过门来决定。`)
}
