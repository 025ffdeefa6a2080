// This file holds lesson 11: batch normalisation and dropout, in training and in use.

package lessons

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A layer is one variant of lesson 11: L = Σ c·layer(x).
type layer struct {
	*board
	x, y, loss, dx, dy graph.Node
}

// A batch of four, the gradients that arrive, and eight numbers for dropout.
var (
	batch   = []float64{1, 2, 4, 9}
	arrives = []float64{.1, -.2, .3, .4}
	eight   = []float64{1, 2, 3, 4, 5, 6, 7, 8}
)

func normalisation(s *scene) {
	last := []float64{7, 8, 8.9, 9, 9.1, 10, 11}
	steps := []float64{1, 2, 3, 4}
	s.turn("layer", s.say("layer", "层"), s.say("batch normalisation", "批量归一化"),
		s.say("dropout, p = 0.5", "Dropout，p = 0.5"))
	s.turn("mode", s.say("mode", "模式"), s.say("training", "训练"), s.say("in use (evaluation)", "推理"))
	s.slider("sample", s.say("sample x₄", "样本 x₄"), false, 3, last...)
	s.slider("step", s.say("step", "步"), false, 0, steps...)
	s.needs("sample", "layer", 0)
	s.needs("step", "layer", 1)
	s.needs("step", "mode", 0)
	all := [2][2]*layer{
		{s.batchNorm(graph.Train), s.batchNorm(graph.Eval)},
		{s.dropout(graph.Train), s.dropout(graph.Eval)},
	}
	s.answer("samples", s.say("Results (blue), their change (purple), gradients of the inputs (orange)",
		"输出（蓝）、输出的变化（紫）与输入的梯度（橙）"),
		s.say("Blue, what the layer gives for each number; orange, the gradient of each input. Purple is how far the "+
			"result has moved since x₄ was 9, enlarged; a grey line is where it was.",
			"蓝色是每个数的输出，橙色是每个输入的梯度。紫色是 x₄ 离开 9 之后输出的变化，按比例放大；"+
				"灰线是原来的输出。"))
	s.settle(func(at []int) (int, int, bool) {
		l := all[at[0]][at[1]]
		if (at[0] == 0 || at[1] == 1) && at[3] != 0 || at[0] == 1 && at[2] != 3 {
			return 0, 0, false
		}
		l.reset()
		l.step(1)
		before := l.value(l.y)
		if at[0] == 0 {
			l.reset(set{"x", append(append([]float64{}, batch[:3]...), last[at[2]])})
		}
		l.count(int(steps[at[3]]))
		state := l.record(trace.Text{})
		if at[0] == 1 {
			before = nil
		}
		l.show(state, l.samples(before))
		return l.run, state, true
	})
	s.normalisationTexts(&all)
}

func (s *scene) batchNorm(mode graph.Mode) *layer {
	l := &layer{board: s.board([]trace.Text{s.say("batch norm in use", "批量归一化，推理"),
		s.say("batch norm in training", "批量归一化，训练")}[mode], mode)}
	l.x = l.input("x", batch, 4, 1)
	gamma, beta := l.param("γ", []float64{1}, 1), l.param("β", []float64{0}, 1)
	mean, variance := l.fixed("μ running", []float64{3}, 1), l.fixed("σ² running", []float64{8}, 1)
	l.y = ops.BatchNorm(l.x, gamma, beta, mean, variance, ops.BatchNormOptions{})
	return l.end(arrives, gamma, beta)
}

func (s *scene) dropout(mode graph.Mode) *layer {
	l := &layer{board: s.board([]trace.Text{s.say("dropout in use", "Dropout，推理"),
		s.say("dropout in training", "Dropout，训练")}[mode], mode)}
	l.x = l.input("x", eight, 8)
	l.y = ops.Dropout(ops.AddScalar(l.x, 0), .5)
	return l.end([]float64{1, 1, 1, 1, 1, 1, 1, 1})
}

func (l *layer) end(c []float64, params ...graph.Node) *layer {
	l.y = l.named("y", l.y)
	weights := l.input("c", c, l.x.Shape()...)
	l.loss = l.named("L", ops.Sum(ops.Mul(l.y, weights)))
	d := l.gradients(l.loss, append([]graph.Node{l.x, l.y}, params...)...)
	l.dx, l.dy = d[0], d[1]
	if l.Mode == graph.Train && len(params) > 0 {
		l.sgd(l.input("α", []float64{.1}), params, d[2:])
	}
	l.compile()
	return l
}

// samples draws the results and the gradients of the inputs.
func (l *layer) samples(before []float64) *drawing {
	d := newDrawing(440, 290)
	y, dx := l.value(l.y), l.value(l.dx)
	step := 420 / float64(len(y))
	for i := range y {
		x := 10 + float64(i)*step
		unit := 44 / max(2, largest(y))
		d.rect(x, 48, step*.6, -y[i]*unit, blue)
		if before != nil {
			top := 48 - before[i]*unit
			d.line(x-3, top, x+step*.6+3, top, grey, 2)
		}
		d.text(x+step*.3, 106, "middle", num(y[i]))
		d.rect(x, 236, step*.6, -dx[i]*34/max(largest(dx), 1e-300), orange)
		d.text(x+step*.3, 286, "middle", num(dx[i]))
	}
	d.changes(y, before, step)
	d.line(4, 48, 436, 48, grey, 1)
	d.line(4, 236, 436, 236, grey, 1)
	return d
}

// changes draws y - before, if there is a before, as large as the room allows.
func (d *drawing) changes(y, before []float64, step float64) {
	if before == nil {
		return
	}
	var by []float64
	for i := range y {
		by = append(by, y[i]-before[i])
	}
	for i, v := range by {
		x := 10 + float64(i)*step
		d.rect(x, 144, step*.6, -v*24/max(largest(by), 1e-300), purple)
		d.text(x+step*.3, 186, "middle", "Δ = "+num(digits(v, 3)))
	}
	d.line(4, 144, 436, 144, grey, 1)
}

func (s *scene) normalisationTexts(all *[2][2]*layer) {
	bn, use, drop := all[0][0], all[0][1], all[1][0]
	begin := s.setting(s.start()...)
	nudged := s.setting(0, 0, 5, 0)
	s.ask(begin, s.say(`Four examples go through batch normalisation. Only the last, \(x_4\), is changed. Which `+
		`results move?`,
		`四个样本一起通过批量归一化。只改变最后一个 \(x_4\)。哪些输出会变？`), 2,
		s.say(`All of them: \(x_4\) moves the mean and the variance, by which every example is normalised. So the `+
			`gradient of one example depends on all others as well.`,
			`全部：\(x_4\) 会改变均值和方差，而每个样本都要用它们来归一化。所以一个样本的梯度也取决于其他所有样`+
				`本。`), []string{"M12"},
		s.say("only the last", "只有最后一个"), s.say("none: they are normalised", "都不变，已经归一化了"),
		s.say("all four", "四个都变"))
	s.ask(s.setting(1, 0, 3, 0), s.say(`Dropout has set some numbers to zero. On the way back, which mask decides `+
		`who gets a gradient?`,
		`Dropout 把一些数置成了零。反向传播时，由哪个掩码决定谁得到梯度？`), 0,
		s.say(`The same one. Who was switched off did not take part in the answer, and gets nothing; who was left `+
			`has the gradient times \(\frac{1}{1-p} = 2\). A new mask would blame the wrong ones.`,
			`同一个掩码。被关掉的没有参与回答，得不到梯度；留下的得到梯度乘以 \(\frac{1}{1-p} = 2\)。换一个新掩码，`+
				`就怪错了对象。`), []string{"M13"},
		s.say("the mask of the forward pass", "前向传播用的那个"), s.say("a new one", "重新抽一个"),
		s.say("none: all get one", "不用掩码，全都得到"))

	s.stop(begin, bn.at(bn.y), `A batch is a group of examples that go through the network together: here four `+
		`numbers. Batch normalisation takes their mean \(\mu = 4\) and variance \(\sigma^2 = 9.5\), and gives `+
		`\(\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}\), then \(y = \gamma \hat{x} + \beta\) with `+
		`\(\gamma\) and \(\beta\) to be learnt.`,
		`一批就是一起通过网络的几个样本：这里是四个数。批量归一化求出它们的均值 \(\mu = 4\) 和方差 `+
			`\(\sigma^2 = 9.5\)，得到 \(\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}\)，再算 `+
			`\(y = \gamma \hat{x} + \beta\)，其中 \(\gamma\) 和 \(\beta\) 是要学习的。`)
	s.stop(nudged, bn.at(bn.y), `Now \(x_4\) is \(10\) and not \(9\). All four results have moved (the purple bars): `+
		`the examples of a batch are not independent of each other.`,
		`现在 \(x_4\) 是 \(10\) 而不是 \(9\)。四个输出都变了（紫色的条）：一批里的样本不是互相独立的。`)
	s.stop(begin, bn.at(bn.dx), `So the way back mixes them. Of what arrives, the mean is taken away, and the part `+
		`along \(\hat{x}\) too: moving all examples together, or stretching them, would change nothing. The `+
		`gradients of the inputs add up to \(0\).`,
		`所以反向传播也把样本混在一起：传来的梯度要减去平均值，再减去沿 \(\hat{x}\) 方向的部分，因为整体平移或整体`+
			`拉伸都不改变输出。各输入的梯度之和为 \(0\)。`)
	s.stop(s.setting(0, 1, 3, 0), use.at(use.y), `In use there may be a single example. Then the mean and variance `+
		`that were collected during training take the place of those of the batch, and the layer is a fixed `+
		`straight line: each example for itself, with the slope \(\gamma / \sqrt{\sigma^2 + \epsilon}\).`,
		`推理时可能只有一个样本。这时用训练中累积的均值和方差代替这一批的，这一层就成了一条固定的直线：各样本互不相`+
			`干，斜率是 \(\gamma / \sqrt{\sigma^2 + \epsilon}\)。`)
	s.stop(s.setting(1, 0, 3, 0), drop.at(drop.y), `Dropout switches off each number with probability \(p = 0.5\), `+
		`and multiplies those that are left by \(\frac{1}{1-p} = 2\), so that the mean stays. So no unit can rely `+
		`on a single other one.`,
		`Dropout 以概率 \(p = 0.5\) 关掉每个数，留下的乘以 \(\frac{1}{1-p} = 2\)，使平均值不变。这样，没有哪个单元`+
			`能只依赖另外某一个。`)
	s.stop(s.setting(1, 0, 3, 0), drop.at(drop.dx), `The mask is a shutter, and the way back goes through the same `+
		`shutter: \(0\) or \(2\), as on the way forward.`,
		`掩码像快门，反向传播经过同一个快门：与前向时一样，不是 \(0\) 就是 \(2\)。`)
	s.stop(s.setting(1, 0, 3, 2), drop.at(drop.dx), `At the next step the mask is another one. Move the slider of `+
		`the step and look.`, `到下一步，掩码就换了。移动“步”的滑块看看。`)
	s.stop(s.setting(1, 1, 3, 0), all[1][1].last(), `In use nothing is switched off, and nothing needs to be scaled: `+
		`dropout is not there.`, `推理时什么也不关，也不用缩放：Dropout 不存在了。`)
}
