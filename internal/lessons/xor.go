// This file holds lesson 5: a small network that learns XOR, in the notation of the primer.

package lessons

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A learner is ŷ = σ(W2·tanh(W1·x + b1) + b2) for the four points of XOR, with a loss and a step of SGD.
type learner struct {
	*board
	lr                     graph.Node
	params, d              []graph.Node
	z1, a1, z2, yhat, loss graph.Node
	dz1, dz2               graph.Node
	atlas                  *graph.Program // ŷ and a1 over the whole square
	mapX, mapY, mapA       graph.Node
}

var (
	xorX = []float64{0, 0, 0, 1, 1, 0, 1, 1}
	xorY = []float64{0, 1, 1, 0}

	// xorStart are W1, b1, W2 and b2 as drawn once, and xorEqual those of units that are all alike.
	xorStart = [][]float64{{.9, .7, -.6, -.8}, {.1, .3}, {.7, .9}, {0}}
	xorEqual = [][]float64{{.5, .5, .5, .5}, {0, 0}, {.5, .5}, {0}}

	xorSteps = []float64{0, 1, 50, 200, 500, 1000}
)

const xorRate = .5

// Losses of lesson 5.
const (
	crossEntropy = iota
	meanSquare
	withL1
	withL2
)

func xor(s *scene) {
	edits := []float64{-4, -2, 0, 2, 4}
	s.slider("step", s.say("step", "步"), false, 0, xorSteps...)
	s.turn("loss", s.say("loss", "损失函数"), s.say("cross-entropy", "二元交叉熵"),
		s.say("mean squared error", "均方误差"), s.say("cross-entropy + L1", "交叉熵 + L1"),
		s.say("cross-entropy + L2", "交叉熵 + L2"))
	s.turn("begin", s.say("first weights", "初始权重"), s.say("drawn", "随机"), s.say("all equal", "全部相等"))
	s.turn("freeze", s.say("frozen", "冻结"), s.say("nothing", "无"), plain("W[1]"))
	s.slider("edit", s.say("move w₁₁ by", "把 w₁₁ 移动"), true, 2, edits...)
	for i := 1; i < 4; i++ {
		s.Controls[i].Alone = true // for the settings alone: see below
	}
	s.needs("begin", "loss", crossEntropy)
	s.needs("freeze", "loss", crossEntropy)
	s.needs("freeze", "begin", 0)
	s.needs("edit", "loss", crossEntropy)
	s.needs("edit", "begin", 0)
	s.needs("edit", "freeze", 0)
	var all []*learner
	for loss := range 4 {
		all = append(all, s.learner(loss, false))
	}
	frozen := s.learner(crossEntropy, true)
	s.figure("plane", s.say("What the network answers", "网络的回答"),
		s.say("The square of all inputs: blue where the answer is near 1, orange near 0. The four points are "+
			"filled where the right answer is 1.",
			"所有输入组成的方块：接近 1 的地方是蓝色，接近 0 的是橙色。四个点中，正确答案是 1 的为实心。"))
	s.figure("units", s.say("What each hidden unit answers", "每个隐藏单元的输出"),
		s.say("The same square for each of the two hidden units.", "同一个方块，两个隐藏单元各一幅。"))
	s.figure("curve", s.say("The loss, step by step", "损失随步数的变化"),
		s.say("The loss against the number of the step, both in powers of ten, with a dot at the present step.",
			"横轴是步数，纵轴是损失，都按 10 的幂；圆点是当前这一步。"))
	paths := map[[3]int]learning{}
	s.settle(func(at []int) (int, int, bool) {
		l := all[at[1]]
		if at[3] == 1 {
			l = frozen
		}
		key := [3]int{at[1], at[2], at[3]}
		if paths[key].params == nil {
			paths[key] = l.path([2][][]float64{xorStart, xorEqual}[at[2]])
		}
		if s.err != nil {
			return 0, 0, true
		}
		theta := append([]set{}, paths[key].params[at[0]]...)
		moved := append([]float64{}, theta[0].v...)
		moved[0] += edits[at[4]]
		theta[0] = set{"W[1]", moved}
		l.reset(theta...)
		plane, units := l.maps()
		state := l.record(plain(num(xorSteps[at[0]])))
		l.show(state, plane, units, paths[key].curve(xorSteps[at[0]]))
		return l.run, state, true
	})
	for i := range s.Controls {
		s.Controls[i].Alone = false
	}
	s.xorTexts(all, frozen)
}

func (s *scene) learner(loss int, frozen bool) *learner {
	name := [4]trace.Text{s.say("cross-entropy", "二元交叉熵"), s.say("mean squared error", "均方误差"),
		s.say("with L1", "加 L1"), s.say("with L2", "加 L2")}[loss]
	if frozen {
		name = s.say("W[1] frozen", "冻结 W[1]")
	}
	l := &learner{board: s.board(name, graph.Train)}
	x, y := l.input("X", xorX, 4, 2), l.input("y", xorY, 4, 1)
	first := l.param
	if frozen {
		first = l.fixed
	}
	w1, b1 := first("W[1]", xorStart[0], 2, 2), l.param("b[1]", xorStart[1], 2)
	w2, b2 := l.param("W[2]", xorStart[2], 1, 2), l.param("b[2]", xorStart[3], 1)
	l.params = []graph.Node{w1, b1, w2, b2}
	leave := l.Scope("layer1")
	l.z1 = l.named("z[1]", ops.Linear(x, w1, b1)) // (4, 2)
	l.a1 = l.named("a[1]", ops.Tanh(l.z1))
	leave()
	leave = l.Scope("layer2")
	l.z2 = l.named("z[2]", ops.Linear(l.a1, w2, b2)) // (4, 1)
	l.yhat = l.named("ŷ", ops.Sigmoid(l.z2))
	leave()
	l.loss = l.named("J", l.lossOf(loss, y))
	d := l.gradients(l.loss, append([]graph.Node{l.z1, l.a1, l.z2, l.yhat}, l.params...)...)
	l.dz1, l.dz2, l.d = d[0].Named("δ[1]"), d[2].Named("δ[2]"), d[4:]
	l.lr = l.input("α", []float64{xorRate})
	free := 0
	if frozen {
		free = 1
	}
	l.sgd(l.lr, l.params[free:], l.d[free:])
	l.compile()
	l.mapped()
	return l
}

// lossOf adds the loss, with a penalty of the weights or without.
func (l *learner) lossOf(kind int, y graph.Node) graph.Node {
	if kind == meanSquare {
		return ops.MSE(l.yhat, y)
	}
	loss := ops.BCE(l.yhat, y)
	if kind == crossEntropy {
		return loss
	}
	size := ops.Abs
	if kind == withL2 {
		size = ops.Square
	}
	omega := l.named("Ω(W)", ops.Add(ops.Sum(size(l.params[0])), ops.Sum(size(l.params[2]))))
	lambda := l.input("λ", []float64{.01})
	return ops.Add(loss, l.named("λΩ(W)", ops.Mul(lambda, omega)))
}

// learning is a training: the parameters at the steps of the lesson, and the loss at every step.
type learning struct {
	params [][]set
	losses []float64
}

// curve draws the losses, with a dot at a step.
func (t learning) curve(step float64) *drawing {
	d := newDrawing(440, 150)
	f := axes{x0: 40, y0: 8, w: 376, h: 120, left: 0, right: 3, low: -3, high: 0}
	for e := f.low; e <= f.high; e++ {
		d.line(f.x0, f.y(e), f.x0+f.w, f.y(e), grey, .5)
		d.text(f.x0-4, f.y(e)+4, "end", "10"+raised(int(e)))
		d.text(f.x(e+3), 146, "middle", num(math.Pow(10, e+3)))
	}
	at := func(i int) (x, y float64) { return f.x(math.Log10(float64(max(1, i)))), f.y(math.Log10(t.losses[i])) }
	var points []float64
	for i := 0; i < len(t.losses); i += 1 + i/16 {
		x, y := at(i)
		points = append(points, x, y)
	}
	d.path(points, blue, 2)
	x, y := at(int(step))
	d.dot(x, y, 4.5, orange)
	return d
}

// path trains from a start.
func (l *learner) path(start [][]float64) (t learning) {
	var sets []set
	for i, p := range l.params {
		sets = append(sets, set{p.Name(), start[i]})
	}
	l.reset(sets...)
	for step := 0; step <= int(xorSteps[len(xorSteps)-1]); step++ {
		for _, v := range xorSteps {
			if v == float64(step) && l.s.err == nil {
				var now []set
				for _, p := range l.params {
					now = append(now, set{p.Name(), l.value(p)})
				}
				t.params = append(t.params, now)
			}
		}
		l.step(1)
		t.losses = append(t.losses, l.float(l.loss))
	}
	return t
}

// The square that the maps show, in cells.
const mapCells, mapFrom, mapTo = 16, -.5, 1.5

// mapped builds the program of the maps: the same layers over the same parameters.
func (l *learner) mapped() {
	g := &graph.Graph{DType: graph.Float64}
	var p []graph.Node
	for _, n := range l.params {
		p = append(p, g.Param(n.Param()))
	}
	l.mapX = g.Input("X", mapCells*mapCells, 2)
	l.mapA = ops.Tanh(ops.Linear(l.mapX, p[0], p[1]))
	l.mapY = ops.Sigmoid(ops.Linear(l.mapA, p[2], p[3]))
	prog, err := g.Compile(l.mapA, l.mapY)
	if err != nil {
		l.s.fail(err)
		return
	}
	var x []float64
	for i := range mapCells * mapCells {
		at := func(k int) float64 { return mapFrom + (mapTo-mapFrom)*(float64(k)+.5)/mapCells }
		x = append(x, at(i%mapCells), at(mapCells-1-i/mapCells))
	}
	prog.Set(l.mapX, x)
	l.atlas = prog
}

// maps draws what the network and its hidden units answer, by the parameters as they are now.
func (l *learner) maps() (plane, units *drawing) {
	plane, units = newDrawing(220, 208), newDrawing(300, 140)
	if l.s.err != nil {
		return plane, units
	}
	l.s.check(l.atlas.Run())
	y := make([]float64, mapCells*mapCells)
	for i, v := range graph.Floats[float64](l.atlas.Value(l.mapY)) {
		y[i] = 2*v - 1
	}
	plane.square(4, 4, 200, y)
	a := graph.Floats[float64](l.atlas.Value(l.mapA))
	for u := range 2 {
		v := make([]float64, mapCells*mapCells)
		for i := range v {
			v[i] = a[2*i+u]
		}
		units.square(4+float64(u)*150, 4, 130, v)
	}
	return plane, units
}

// square draws a map with the four points of XOR.
func (d *drawing) square(x, y, size float64, v []float64) {
	d.cells(x, y, size/mapCells, mapCells, v, 1)
	d.frame(x, y, size, size, grey, 1)
	for i, t := range xorY {
		cx := x + size*(xorX[2*i]-mapFrom)/(mapTo-mapFrom)
		cy := y + size - size*(xorX[2*i+1]-mapFrom)/(mapTo-mapFrom)
		fill := "none"
		if t == 1 {
			fill = "currentColor"
		}
		fmt.Fprintf(&d.body, "<circle cx='%s' cy='%s' r='5' fill='%s' stroke='currentColor' stroke-width='2'/>",
			px(cx), px(cy), fill)
	}
}

func (s *scene) xorTexts(all []*learner, frozen *learner) {
	l := all[crossEntropy]
	begin := s.setting(s.start()...)
	equal := s.setting(4, 0, 1, 0, 2)
	s.ask(s.setting(0, 0, 1, 0, 2), s.say(`All first weights are equal. After 500 steps, will the two hidden units `+
		`have become different?`,
		`初始权重全部相等。500 步之后，两个隐藏单元会变得不同吗？`), 1,
		s.say(`No. Equal units compute equal values and get equal gradients, so they stay equal for ever: two `+
			`units, and no more use than one. That is why first weights are drawn at random.`,
			`不会。相同的单元算出相同的值，得到相同的梯度，所以永远相同：有两个单元，却只顶一个用。所以初始权重要随`+
				`机抽取。`), nil,
		s.say("yes, soon", "会，很快"), s.say("no, never", "不会，永远相同"))
	s.ask(begin, s.say(`The error of the output layer goes back to the hidden layer. What is the rule for it?`,
		`输出层的误差传回隐藏层。按什么规则？`), 0,
		s.say(`By the weights, transposed, and by the slopes of the activation function: `+
			`\(\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot f'^{[l]}(z^{[l]})\). Nothing is inverted: there `+
			`is no \(W^{-1}\), and no \(\tanh^{-1}\).`,
			`乘以转置的权重，再乘以激活函数的斜`+
				`率：\(\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot f'^{[l]}(z^{[l]})\)。没有求逆：既没有 `+
				`\(W^{-1}\)，也没有 \(\tanh^{-1}\)。`), []string{"M3"},
		s.say(`times \((W^{[2]})^T\), times the slopes`, `乘以 \((W^{[2]})^T\)，再乘以斜率`),
		s.say(`times \((W^{[2]})^{-1}\), then \(\tanh^{-1}\)`, `乘以 \((W^{[2]})^{-1}\)，再取 \(\tanh^{-1}\)`))

	s.stop(begin, l.at(l.z1), `XOR: the answer is \(1\) if exactly one of the two inputs is \(1\). No straight `+
		`line parts the filled points from the empty ones, so one neuron is not enough. The inputs are `+
		`\(a^{[0]} = X\), and the first layer computes \(z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}\) with \(l = 1\): `+
		`two weighted sums for each of the four points.`,
		`XOR：两个输入中恰好有一个是 \(1\) 时，答案是 \(1\)。没有一条直线能把实心点和空心点分开，所以一个神经元不`+
			`够。输入是 \(a^{[0]} = X\)，第一层计算 \(z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}\)，\(l = 1\)：四个点各`+
			`得到两个加权和。`)
	s.stop(begin, l.at(l.a1), `The activation function bends each of them: \(a^{[l]} = f^{[l]}(z^{[l]})\), here `+
		`\(\tanh\). Without it two layers would be no more than one: a straight line of a straight line is `+
		`straight.`,
		`激活函数把它们折弯：\(a^{[l]} = f^{[l]}(z^{[l]})\)，这里是 \(\tanh\)。没有它，两层也只等于一层：直线函数套直`+
			`线函数，仍然是直线。`)
	s.stop(begin, l.at(l.loss), `The second layer gives one number, and the sigmoid makes a probability `+
		`\(\hat{y}\) of it. The loss is the binary cross-entropy, `+
		`\(J = -\frac{1}{m} \sum_{i=1}^{m} [y_i \log(\hat{y}_i) + (1-y_i) \log(1-\hat{y}_i)]\), over \(m = 4\) `+
		`points.`,
		`第二层给出一个数，Sigmoid 把它变成概率 \(\hat{y}\)。损失是二元交叉熵 `+
			`\(J = -\frac{1}{m} \sum_{i=1}^{m} [y_i \log(\hat{y}_i) + (1-y_i) \log(1-\hat{y}_i)]\)，\(m = 4\) 个`+
			`点。`)
	s.stop(begin, l.at(l.dz2), `The way back begins at the output layer \(L = 2\): its error is `+
		`\(\delta^{[L]} = \nabla_a J \odot f'^{[L]}(z^{[L]})\). The sign \(\odot\) multiplies number by number.`,
		`反向传播从输出层 \(L = 2\) 开始：输出层误差 `+
			`\(\delta^{[L]} = \nabla_a J \odot f'^{[L]}(z^{[L]})\)。\(\odot\) 表示逐元素相乘。`)
	s.stop(begin, l.at(l.dz1), `The hidden layer gets its error from the layer behind: `+
		`\(\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot f'^{[l]}(z^{[l]})\). By the weights by which a unit `+
		`had an effect, the blame comes back to it.`,
		`隐藏层的误差来自后一层：\(\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot f'^{[l]}(z^{[l]})\)。一个单元`+
			`当初通过哪些权重起作用，责任就通过哪些权重回到它。`)
	s.stop(begin, l.at(l.d[0]), `And the gradients of the parameters of each layer: `+
		`\(\nabla_{W^{[l]}} J = \delta^{[l]} (a^{[l-1]})^T\), \(\nabla_{b^{[l]}} J = \delta^{[l]}\). (For four `+
		`points at once they are the sums over the points. Here each point is a row, so the products stand the `+
		`other way round.)`,
		`各层参数的梯度`+
			`是：\(\nabla_{W^{[l]}} J = \delta^{[l]} (a^{[l-1]})^T\)，\(\nabla_{b^{[l]}} J = \delta^{[l]}\)。（四个`+
			`点一起算时，是各点之和。这里每个点是一行，所以乘积的次序反过来写。）`)
	s.stop(s.setting(5, 0, 0, 0, 2), -1, `After 1000 steps of gradient descent the plane is bent so that the `+
		`filled points lie on one side. Each hidden unit has learnt one straight edge; the second layer joins `+
		`them.`,
		`梯度下降 1000 步之后，平面被弯曲，使实心点都落在同一侧。每个隐藏单元学到一条直的边界，第二层把它们合起来。`)
	s.stop(equal, l.at(l.d[0]), `With equal first weights the two units stay twins: their gradients, the rows of `+
		`this matrix, are the same in each step.`,
		`如果初始权重相等，两个单元就永远是双胞胎：它们的梯度，也就是这个矩阵的两行，每一步都相同。`)
	s.look("values")
	s.stop(s.setting(5, 1, 0, 0, 2), -1, `Another loss: the mean squared error `+
		`\(J = \frac{1}{m} \sum_{i=1}^{m} (y_i - \hat{y}_i)^2\). Behind a sigmoid it learns more slowly, as its `+
		`gradient has the slope of the sigmoid as a factor, which the cross-entropy cancels.`,
		`换一个损失：均方误差 \(J = \frac{1}{m} \sum_{i=1}^{m} (y_i - \hat{y}_i)^2\)。接在 Sigmoid 后面时它学得更`+
			`慢，因为梯度里多一个 Sigmoid 的斜率，而交叉熵正好把它约掉。`)
	s.stop(s.setting(5, 2, 0, 0, 2), all[withL1].at(all[withL1].d[0]),
		`A regularised loss, \(J = J_{\text{data}} + \lambda \Omega(W)\), also keeps weights small. L1, `+
			`\(\Omega(W) = \sum |w_i|\), pulls each weight to zero by the same force \(\lambda\), however small: `+
			`weights of little use end at zero. L2, \(\Omega(W) = \sum w_i^2\), pulls by \(2 \lambda w_i\): large `+
			`ones most, and `+
			`small ones hardly.`,
		`带正则化的损失 \(J = J_{原始} + \lambda \Omega(W)\) 还会让权重保持较小。L1：\(\Omega(W) = \sum |w_i|\)，无`+
			`论权重多小，都用同样的力 \(\lambda\) 拉向零，作用不大的权重最后就成了`+
			`零。L2：\(\Omega(W) = \sum w_i^2\)，拉力是 `+
			`\(2 \lambda w_i\)，大的拉得多，小的几乎不拉。`)
	s.stop(s.setting(5, 0, 0, 1, 2), frozen.last(), `A frozen parameter has a gradient like all others; it is only `+
		`not updated. With \(W^{[1]}\) frozen the other parameters have to manage alone.`,
		`冻结的参数同样有梯度，只是不更新。\(W^{[1]}\) 冻结之后，只能靠别的参数了。`)
}
