// This file holds lesson 4: a unit of ReLU that dies, and why it stays dead.

package lessons

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A regressor is ŷ = W2·f(W1·x + b1) + b2 with three hidden units, and J the mean squared error, with a step of SGD.
type regressor struct {
	*board
	z, a, pred, loss graph.Node
	lr               graph.Node
	params, d        []graph.Node
	dz               graph.Node
	states           [2][3][]int // by the first rate, the first bias, and the time
}

// Sixteen points of a function to be learnt, y = |x|, and the steps at which lesson 4 looks.
var (
	pointsX = []float64{-2, -1.75, -1.5, -1.25, -1, -.75, -.5, -.25, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2}
	pointsY = []float64{2, 1.75, 1.5, 1.25, 1, .75, .5, .25, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2}
	moments = []float64{0, 1, 2, 10, 50, 200, 500, 1000}
)

// slope is that of LeakyReLU for negative numbers: with the usual 0.01 a unit comes back as well, but only after
// more than 2000 steps.
const slope = .1

func dead(s *scene) {
	rates, biases := []float64{.05, 2}, []float64{0, -1, -4}
	s.turn("function", s.say("activation function", "激活函数"), plain("ReLU"), plain("LeakyReLU 0.1"))
	s.slider("rate", s.say("learning rate of the first step", "第一步的学习率"), false, 0, rates...)
	s.slider("bias", s.say("first bias of unit 1", "单元 1 的初始偏置"), false, 0, 0, -1, -4)
	s.slider("step", s.say("step", "步"), false, 0, moments...)
	all := []*regressor{s.regressor("ReLU", ops.ReLU),
		s.regressor("LeakyReLU 0.1", func(x graph.Node) graph.Node { return ops.LeakyReLU(x, slope) })}
	s.figure("fit", s.say("Points and prediction", "数据点与预测"),
		s.say("The points, and what the network says of them.", "数据点，以及网络对它们的预测。"))
	s.answer("units", s.say("Which unit is active for which point", "哪个单元对哪个点有反应"),
		s.say("A row for each hidden unit, a column for each point: filled where z is above zero. A cross marks a "+
			"unit that is active for none.",
			"每行一个隐藏单元，每列一个数据点：z 大于零的格子是填满的。对所有点都没有反应的单元打叉。"))
	for _, r := range all {
		for i, rate := range rates {
			for k, bias := range biases {
				r.train(i, k, rate, bias)
			}
		}
	}
	s.settle(func(at []int) (int, int, bool) {
		r := all[at[0]]
		if s.err != nil {
			return 0, 0, true
		}
		return r.run, r.states[at[1]][at[2]][at[3]], true
	})
	s.deadTexts(all[0], all[1])
}

func (s *scene) regressor(name string, f func(graph.Node) graph.Node) *regressor {
	r := &regressor{board: s.board(plain(name), graph.Train)}
	x := r.input("x", pointsX, 16, 1)
	y := r.input("y", pointsY, 16, 1)
	w1 := r.param("W1", []float64{1, -1, .5}, 3, 1)
	b1 := r.param("b1", []float64{0, 0, .25}, 3)
	w2 := r.param("W2", []float64{.5, .5, -.5}, 1, 3)
	b2 := r.param("b2", []float64{0}, 1)
	r.z = r.named("z1", ops.Linear(x, w1, b1))     // (16, 3)
	r.a = r.named("a1", f(r.z))                    // (16, 3)
	r.pred = r.named("ŷ", ops.Linear(r.a, w2, b2)) // (16, 1)
	r.loss = r.named("J", ops.MSE(r.pred, y))
	r.params = []graph.Node{w1, b1, w2, b2}
	d := r.gradients(r.loss, append([]graph.Node{r.z, r.pred}, r.params...)...)
	r.dz, r.d = d[0], d[2:]
	r.lr = r.input("α", []float64{.05})
	r.sgd(r.lr, r.params, r.d)
	r.compile()
	return r
}

// train records the moments of a training whose first step has a rate of its own.
func (r *regressor) train(i, k int, rate, bias float64) {
	r.reset(set{"b1", []float64{bias, 0, .25}}, set{"α", []float64{rate}})
	if r.s.err != nil {
		return
	}
	r.states[i][k] = r.follow(moments, func(step int) {
		if step == 1 {
			r.give(r.lr, []float64{.05})
		}
	}, func() []*drawing { return []*drawing{r.fit(), r.units()} })
}

// fit draws the points and the predictions.
func (r *regressor) fit() *drawing {
	d := newDrawing(300, 190)
	f := axes{x0: 10, y0: 10, w: 280, h: 165, left: -2.2, right: 2.2, low: -.6, high: 2.4}
	d.cross(f)
	var line []float64
	for i, p := range r.value(r.pred) {
		line = append(line, f.x(pointsX[i]), f.y(p))
		d.dot(f.x(pointsX[i]), f.y(pointsY[i]), 4, green)
	}
	d.path(line, blue, 2)
	d.text(180, 22, "start", "J = "+num(r.float(r.loss)))
	return d
}

// units draws which unit is active for which point, with the gradient of its bias.
func (r *regressor) units() *drawing {
	const cell = 13.
	d := newDrawing(400, 100)
	z, db := r.value(r.z), r.value(r.d[1])
	for u := range 3 {
		y := 12 + float64(u)*30
		d.text(4, y+11, "start", "z"+below(u+1))
		on := make([]float64, len(pointsX))
		for i := range on {
			if z[i*3+u] > 0 {
				on[i] = 1
			}
		}
		d.matrix(30, y, cell, len(on), on, 1, false)
		if largest(on) == 0 {
			d.path([]float64{30, y, 30 + 16*cell, y + cell}, orange, 2)
			d.path([]float64{30, y + cell, 30 + 16*cell, y}, orange, 2)
		}
		d.text(248, y+11, "start", "∂J/∂b"+below(u+1)+" = "+num(db[u]))
	}
	return d
}

func (s *scene) deadTexts(r, leaky *regressor) {
	begin := s.setting(0, 0, 0, 0)
	killed, later := s.setting(0, 0, 2, 0), s.setting(0, 0, 2, 5)
	s.ask(killed, s.say(`The bias of unit 1 begins at \(-4\), and \(z\) is below zero for all sixteen points. `+
		`After 200 steps of learning, where will the unit be?`,
		`单元 1 的偏置从 \(-4\) 开始，对十六个点 \(z\) 都小于零。学习 200 步之后，它会在哪里？`), 0,
		s.say(`Exactly where it is. Below zero the slope of ReLU is \(0\), so the gradient of its weight and bias `+
			`is \(0\) for every point, and a step of \(\alpha \cdot 0\) moves nothing. Its numbers are the same to `+
			`the last bit.`,
			`原地不动。零以下 ReLU 的斜率是 \(0\)，所以对每个点，它的权重和偏置的梯度都是 \(0\)，走一步 `+
				`\(\alpha \cdot 0\) 等于没走。它的数连最后一位都不变。`), nil,
		s.say("exactly where it is", "原地不动"), s.say("it comes back slowly", "慢慢恢复"),
		s.say("it comes back at once", "马上恢复"))
	s.ask(begin, s.say(`Here units 1 and 2 are each active for half of the points. A unit's gradient at the points `+
		`where it is off is \(0\). Is that gradient lost?`,
		`这里单元 1 和单元 2 各对一半的点有反应。在没有反应的点上，单元的梯度是 \(0\)。这些梯度丢了吗？`), 1,
		s.say(`No. ReLU is a switch: at each point the gradient goes whole to the units that took part in the `+
			`answer, and none goes to those that did not. Over all points both units learn.`,
			`没有。ReLU 是开关：在每个点上，梯度完整地传给参与了回答的单元，没有参与的单元得不到。合起来看所有点，`+
				`两个单元都在学习。`),
		[]string{"M9"}, s.say("yes: half of all learning is lost", "是的，学习少了一半"),
		s.say("no: it goes to the units that took part", "没有，它传给了参与的单元"))

	s.stop(begin, r.at(r.pred), `A network with one hidden layer learns the function of the green points. Three `+
		`hidden units each bend a straight line at one place, \(f(z) = \max(0, z)\), and the output adds them: `+
		`\(\hat{y}\).`,
		`一个有一层隐藏层的网络在学习绿点表示的函数。三个隐藏单元各把一条直线在一处折弯，\(f(z) = \max(0, z)\)，输`+
			`出把它们加起来，得到 \(\hat{y}\)。`)
	s.stop(begin, r.at(r.loss), `The loss function says how wrong it is: the mean squared error `+
		`\(J = \frac{1}{m} \sum_{i=1}^{m} (y_i - \hat{y}_i)^2\) over the \(m = 16\) points. Learning means making `+
		`\(J\) small.`,
		`损失函数表示错得多厉害：对 \(m = 16\) 个点的均方误差 `+
			`\(J = \frac{1}{m} \sum_{i=1}^{m} (y_i - \hat{y}_i)^2\)。学习就是让 \(J\) 变小。`)
	s.stop(begin, r.last(), `The gradient says in which direction \(J\) grows; a step goes the other way. Each `+
		`parameter moves by the learning rate \(\alpha = 0.05\) times its gradient: `+
		`\(\theta = \theta - \alpha \nabla_\theta J\). The gradient and the step are two things: \(\alpha\) is `+
		`ours to choose.`,
		`梯度指出 \(J\) 增大的方向，更新则往相反的方向走。每个参数移动的量是学习率 \(\alpha = 0.05\) 乘以它的梯`+
			`度：\(\theta = \theta - \alpha \nabla_\theta J\)。梯度和更新量是两回事：\(\alpha\) 由我们选定。`)
	s.stop(s.setting(0, 0, 0, 5), -1, `After 200 steps the line follows the points.`, `200 步之后，折线贴合了数据点。`)
	s.stop(killed, r.at(r.dz), `Now unit 1 begins with the bias \(-4\). Its \(z\) is below zero for every point, `+
		`so it is crossed out; the slope of ReLU there is \(0\), and \(0\) times anything that arrives is \(0\).`,
		`现在单元 1 的偏置从 \(-4\) 开始。对每个点它的 \(z\) 都小于零，所以打了叉；ReLU 在那里的斜率是 \(0\)，无论`+
			`传来什么，乘以 \(0\) 都是 \(0\)。`)
	s.stop(later, -1, `200 steps later: the others have learnt, and unit 1 has not moved by one bit. None of these `+
		`sixteen points will ever wake it, since its \(z = w x + b = x - 4\) depends on nothing that still moves. `+
		`Only new data could, a point with \(x > 4\); and in a deeper layer the layers before it, if they change `+
		`what it is given.`,
		`200 步之后：别的单元都学到了东西，单元 1 丝毫未变。这十六个点永远唤不醒它，因为它的 `+
			`\(z = w x + b = x - 4\) 里没有一个量还会变。只有新的数据能唤醒它，也就是 \(x > 4\) 的点；如果它在更`+
			`深的层里，前面的层改变了它的输入，也有可能。`)
	s.stop(s.setting(0, 1, 0, 2), -1, `No bad beginning is needed. Move the learning rate of the first step to `+
		`\(2\): that step goes far too far, the next gradient is huge, and two steps later units 1 and 3 are off `+
		`for all points. All training after it, at the good rate, does not bring them back.`,
		`不一定要开头就坏。把第一步的学习率调到 \(2\)：这一步走得太远，接着的梯度非常大，两步之后单元 1 和 3 就被甩`+
			`到对所有点都没有反应的地方。之后即使一直用合适的学习率，也救不回来。`)
	s.stop(s.setting(1, 1, 0, 5), leaky.at(leaky.dz), `The remedy: Leaky ReLU, \(f(z) = \max(\alpha z, z)\) with a `+
		`small slope, here \(0.1\), below zero. (This \(\alpha\) is another one than the learning rate.) After the `+
		`same first step units 1 and 3 are off for all points here, too. But the gradient below zero is not zero, `+
		`and they move. At step 200 the loss is \(0.239\).`,
		`补救办法：Leaky ReLU，\(f(z) = \max(\alpha z, z)\)，零以下还有一点小斜率，这里是 \(0.1\)。（这个 `+
			`\(\alpha\) 不是学习率。）走了同样的第一步之后，单元 1 和 3 在这里也对所有点都没有反应。但零以下的梯度`+
			`不是零，它们还在动。到第 200 步，损失是 \(0.239\)。`)
	s.look("units")
	s.stop(s.setting(1, 1, 0, 6), -1, `Step 500: unit 3 is alive again. It is active for four points, and the loss `+
		`has come down to \(0.029\). With ReLU it is still \(0.225\) at step 1000. Unit 1 remains off until then, `+
		`with the leak too: a leak opens a way back, and promises nothing.`,
		`第 500 步：单元 3 活过来了。它对四个点有反应，损失降到了 \(0.029\)。如果用 ReLU，到第 1000 步损失还是 `+
			`\(0.225\)。而单元 1 即使有泄漏，到那时也仍然没有反应：泄漏留了一条回头路，但不作保证。`)
	s.look("units")
}
