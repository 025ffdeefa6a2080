// This file holds lesson 12: five optimisers on five surfaces, and why a step is not the gradient.

package lessons

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A surface is a function of two numbers, with a place to start from.
type surface struct {
	name                   string
	f                      func(x, y float64) float64 // for the drawing
	build                  func(b *board, theta graph.Node) graph.Node
	start, c               []float64
	least                  []float64 // the lowest place, if there is one
	left, right, low, high float64
	levels                 []float64
}

// surfaces are those of lesson 12. The first three are Σ c·θ² or Σ c·θ.
func surfaces() []surface {
	squares := func(b *board, theta graph.Node) graph.Node {
		return ops.Sum(ops.Mul(b.input("c", []float64{.05, 1}, 2), b.named("θ²", ops.Square(theta))))
	}
	return []surface{
		{name: "θ₁²/20 + θ₂²", f: func(x, y float64) float64 { return x*x/20 + y*y }, build: squares,
			start: []float64{-8, 2}, least: []float64{0, 0}, c: []float64{.05, 1}, left: -10, right: 10,
			low: -4, high: 4, levels: []float64{.3, 1.5, 4}},
		{name: "θ₁²/20 − θ₂²/20", f: func(x, y float64) float64 { return (x*x - y*y) / 20 }, build: squares,
			start: []float64{-8, .01}, c: []float64{.05, -.05}, left: -10, right: 10, low: -4, high: 4,
			levels: []float64{-.3, .3, 1.5}},
		{name: "θ₁ + θ₂/10", f: func(x, y float64) float64 { return x + y/10 },
			build: func(b *board, theta graph.Node) graph.Node {
				return ops.Sum(ops.Mul(b.input("c", []float64{1, .1}, 2), theta))
			},
			start: []float64{8, 3}, c: []float64{1, .1}, left: -10, right: 10, low: -4, high: 4,
			levels: []float64{-5, 0, 5}},
		{name: "Rosenbrock", f: rosenbrock, build: buildRosenbrock,
			start: []float64{-1.2, 1}, least: []float64{1, 1}, left: -2, right: 2, low: -1, high: 3,
			levels: []float64{3, 30, 200}},
		{name: "Beale", f: beale, build: buildBeale,
			start: []float64{1, 1.5}, least: []float64{3, .5}, left: -1, right: 4, low: -1, high: 2,
			levels: []float64{.3, 3, 12}},
	}
}

func rosenbrock(x, y float64) float64 { return (1-x)*(1-x) + 100*(y-x*x)*(y-x*x) }

func beale(x, y float64) (f float64) {
	for i, c := range []float64{1.5, 2.25, 2.625} {
		r := c - x + x*math.Pow(y, float64(i+1))
		f += r * r
	}
	return f
}

// buildRosenbrock is (1-θ₁)² + 100·(θ₂-θ₁²)².
func buildRosenbrock(_ *board, theta graph.Node) graph.Node {
	part := ops.Split(theta, 0, 1, 1)
	x, y := part[0], part[1]
	valley := ops.Sub(y, ops.Square(x))
	return ops.Sum(ops.Add(ops.Square(ops.AddScalar(ops.Neg(x), 1)), ops.Scale(ops.Square(valley), 100)))
}

// buildBeale is Σ (c - θ₁ + θ₁θ₂ⁱ)², i = 1, 2, 3.
func buildBeale(_ *board, theta graph.Node) graph.Node {
	part := ops.Split(theta, 0, 1, 1)
	x, y := part[0], part[1]
	var terms []graph.Node
	power := y
	for i, c := range []float64{1.5, 2.25, 2.625} {
		if i > 0 {
			power = ops.Mul(power, y)
		}
		terms = append(terms, ops.Square(ops.AddScalar(ops.Mul(x, ops.AddScalar(power, -1)), c)))
	}
	return ops.Sum(ops.Add(ops.Add(terms[0], terms[1]), terms[2]))
}

// Constants of the optimisers of lesson 12.
const (
	friction     = .9 // of momentum, γ of the primer
	rho          = .9 // of RMSProp, β of the primer
	beta1, beta2 = .9, .999
	tiny         = 1e-8
)

// methods are the optimisers, with small, usual and large rates for each surface.
var methods = []struct {
	name  string
	rates [5][3]float64
}{
	{"SGD", [5][3]float64{{.3, .9, 1.05}, {.3, 1, 2}, {.03, .1, .3}, {.0002, .001, .0015}, {.001, .01, .02}}},
	{"Momentum", [5][3]float64{{.02, .1, .5}, {.03, .1, .3}, {.003, .01, .03}, {.0001, .0003, .0006}, {.001, .003,
		.005}}},
	{"AdaGrad", [5][3]float64{{.2, 1, 3}, {.2, 1, 3}, {.2, 1, 3}, {.05, .3, 1}, {.05, .2, .5}}},
	{"RMSProp", [5][3]float64{{.03, .1, .5}, {.03, .1, .5}, {.03, .1, .3}, {.003, .01, .05}, {.01, .03, .1}}},
	{"Adam", [5][3]float64{{.05, .3, 1}, {.05, .3, 1}, {.05, .3, 1}, {.02, .1, .5}, {.02, .1, .3}}},
}

// pathSteps are the steps at which lesson 12 looks.
var pathSteps = []float64{0, 1, 3, 10, 50}

// A race is one optimiser on one graph; two surfaces may share it.
type race struct {
	*board
	theta, loss, d, next, noise graph.Node
	moments                     []graph.Node
}

func optimisers(s *scene) {
	all := surfaces()
	var names []trace.Text
	for _, f := range all {
		names = append(names, plain(f.name))
	}
	s.turn("surface", s.say("surface", "曲面"), names...)
	s.turn("method", s.say("optimiser", "优化器"), plain("SGD"), plain("Momentum"), plain("AdaGrad"),
		plain("RMSProp"), plain("Adam"))
	s.turn("rate", s.say("learning rate", "学习率"), s.say("small", "小"), s.say("usual", "适中"),
		s.say("large", "大"))
	s.Controls[2].Start = 1
	s.slider("noise", s.say("noise of the gradient", "梯度的噪声"), false, 0, 0, 1)
	s.slider("step", s.say("step", "步"), false, 0, pathSteps...)
	s.needs("noise", "method", 0)
	s.needs("noise", "rate", 1)
	s.figure("path", s.say("The path so far", "走过的路"),
		s.say("The surface from above with some contour lines, and the path of the point from its start. "+
			"A green cross marks the lowest place, if there is one.",
			"从上往下看曲面和几条等高线，以及点从起点走过的路。绿色十字是最低处（如果有）。"))
	s.answer("state", s.say("Gradient, state, step", "梯度、状态、更新量"),
		s.say("For each of the two numbers: orange, its gradient; purple, what the optimiser remembers; blue, the "+
			"step it takes. All bars have one scale.",
			"两个数各一行：橙色是梯度，紫色是优化器记住的状态，蓝色是这一步的更新量。所有的条用同一比例。"))
	races := s.races(all)
	paths := map[[4]int][]int{} // the states of a path, by all places but that of the step
	s.settle(func(at []int) (int, int, bool) {
		if at[3] == 1 && (at[1] != 0 || at[2] != 1) { // noise is for SGD at its usual rate
			return 0, 0, false
		}
		r, key := races[[2]int{at[0], at[1]}], [4]int(at)
		if paths[key] == nil {
			paths[key] = r.along(all[at[0]], methods[at[1]].rates[at[0]][at[2]], float64(at[3]))
		}
		if s.err != nil {
			return 0, 0, true
		}
		return r.run, paths[key][at[4]], true
	})
	s.optimiserTexts(races)
}

// races are the graphs, by surface and method. The first two surfaces differ in a constant alone, and share theirs.
func (s *scene) races(all []surface) map[[2]int]*race {
	races := map[[2]int]*race{}
	for i, f := range all {
		for k := range methods {
			if i == 1 {
				races[[2]int{i, k}] = races[[2]int{0, k}]
				continue
			}
			if i == 0 {
				f.name = "c₁·θ₁² + c₂·θ₂²"
			}
			races[[2]int{i, k}] = s.race(f, k)
		}
	}
	return races
}

func (s *scene) race(f surface, method int) *race {
	r := &race{board: s.board(plain(methods[method].name+", "+f.name), graph.Train)}
	r.theta = r.param("θ", f.start, 2)
	r.loss = r.named("f", f.build(r.board, r.theta))
	d := r.gradients(r.loss, r.theta)
	r.d = d[0]
	g := d[0]
	lr := r.input("α", []float64{.1})
	if method == 0 {
		r.noise = r.input("noise", []float64{0}, 2)
	}
	r.update(func() {
		if method == 0 {
			g = r.named("g + noise", ops.Add(g, r.noise))
		}
		r.advance(method, g, lr)
		r.Assign(r.theta, r.named("θ′", r.next))
	})
	r.compile()
	return r
}

// advance adds the step of a method.
func (r *race) advance(method int, g, lr graph.Node) {
	keep := func(name string) graph.Node {
		m := r.fixed(name, []float64{0}, 2)
		r.moments = append(r.moments, m)
		return m
	}
	p := r.theta
	switch methods[method].name {
	case "SGD":
		r.next = ops.SGD(p, g, lr, 0)
	case "Momentum":
		v := keep("v")
		next, vNew := ops.Momentum(p, g, v, lr, friction, 0, false)
		r.next = next
		r.Assign(v, r.named("v′", vNew))
	case "AdaGrad":
		v := keep("r")
		next, vNew := ops.AdaGrad(p, g, v, lr, tiny, 0, ops.OutsideRoot)
		r.next = next
		r.Assign(v, r.named("r′", vNew))
	case "RMSProp":
		v := keep("r")
		next, vNew := ops.RMSProp(p, g, ops.RMSPropMoments{Square: v}, lr, ops.RMSPropOptions{Rho: rho, Eps: tiny})
		r.next = next
		r.Assign(v, r.named("r′", vNew.Square))
	case "Adam":
		m, v := keep("m"), keep("v")
		next, mNew, vNew := ops.AdamUpdate(p, g, m, v, lr, r.Step(), ops.AdamOptions{Beta1: beta1, Beta2: beta2,
			Eps: tiny})
		r.next = next
		r.Assign(m, r.named("m′", mNew))
		r.Assign(v, r.named("v′", vNew))
	}
}

// along records the path on a surface by a rate.
func (r *race) along(f surface, rate, noise float64) []int {
	sets := []set{{"θ", f.start}, {"α", []float64{rate}}}
	if f.c != nil {
		sets = append(sets, set{"c", f.c})
	}
	r.reset(sets...)
	if r.s.err != nil {
		return nil
	}
	path := append([]float64{}, f.start...)
	draws := make([]float64, 2*int(pathSteps[len(pathSteps)-1]+1))
	rng.Normal(draws, rng.Key(12, 0), 0)
	return r.follow(pathSteps, func(step int) {
		if r.noise.Valid() {
			r.give(r.noise, []float64{noise * draws[2*step], noise * draws[2*step+1]})
		}
		if step > 0 {
			path = append(path, r.value(r.theta)...)
		}
	}, func() []*drawing { return []*drawing{f.draw(path), r.bars(path)} })
}

// draw shows a path on contour lines.
func (f surface) draw(path []float64) *drawing {
	d := newDrawing(440, 204)
	a := axes{x0: 5, y0: 5, w: 430, h: 180, left: f.left, right: f.right, low: f.low, high: f.high}
	fmt.Fprintf(&d.body, "<path d='%s' fill='none' stroke='%s'/>", contours(a, f.f, f.levels), grey)
	for _, v := range []float64{f.left, f.right} {
		d.text(a.x(v), 200, map[bool]string{true: "start", false: "end"}[v == f.left], "θ₁ = "+num(v))
	}
	d.text(a.x0+2, a.y0+12, "start", "θ₂ = "+num(f.high))
	d.text(a.x0+2, a.y0+a.h-2, "start", num(f.low))
	d.frame(a.x0, a.y0, a.w, a.h, grey, .5)
	if f.least != nil {
		x, y := a.x(f.least[0]), a.y(f.least[1])
		d.path([]float64{x - 5, y, x + 5, y}, green, 2)
		d.path([]float64{x, y - 5, x, y + 5}, green, 2)
	}
	var points []float64
	for i := 0; i+1 < len(path); i += 2 {
		points = append(points, math.Round(a.x(max(2*f.left, min(2*f.right, path[i])))), math.Round(a.y(path[i+1])))
	}
	d.path(points, orange, 1.5)
	d.dot(points[0], points[1], 4, grey)
	d.dot(points[len(points)-2], points[len(points)-1], 4.5, orange)
	return d
}

// contours are the lines on which f has one of the levels, by marching squares.
func contours(a axes, f func(x, y float64) float64, levels []float64) string {
	const columns, rows = 48, 24
	var b strings.Builder
	at := func(i, k int) (x, y, v float64) {
		x = a.left + (a.right-a.left)*float64(i)/columns
		y = a.low + (a.high-a.low)*float64(k)/rows
		return x, y, f(x, y)
	}
	for _, level := range levels {
		for i := range columns {
			for k := range rows {
				var cuts []float64
				for _, e := range [][4]int{{0, 0, 1, 0}, {1, 0, 1, 1}, {1, 1, 0, 1}, {0, 1, 0, 0}} {
					x1, y1, v1 := at(i+e[0], k+e[1])
					x2, y2, v2 := at(i+e[2], k+e[3])
					if (v1 < level) != (v2 < level) {
						t := (level - v1) / (v2 - v1)
						cuts = append(cuts, a.x(x1+t*(x2-x1)), a.y(y1+t*(y2-y1)))
					}
				}
				for ; len(cuts) >= 4; cuts = cuts[4:] { // two lines pass through a cell with four cuts
					fmt.Fprintf(&b, "M%.0f %.0fL%.0f %.0f", cuts[0], cuts[1], cuts[2], cuts[3])
				}
			}
		}
	}
	return b.String()
}

// bars draws gradient, state and step of both numbers.
func (r *race) bars(path []float64) *drawing {
	d := newDrawing(440, 120)
	g, next := r.value(r.d), r.value(r.next)
	theta := path[len(path)-2:]
	rows := [][2]float64{{g[0], g[1]}}
	names, fills := []string{"∂f/∂θ"}, []string{orange}
	for _, m := range r.moments {
		v := r.value(m)
		rows = append(rows, [2]float64{v[0], v[1]})
		names, fills = append(names, m.Name()), append(fills, purple)
	}
	rows = append(rows, [2]float64{next[0] - theta[0], next[1] - theta[1]})
	names, fills = append(names, "Δθ"), append(fills, blue)
	unit := 0.
	for _, v := range rows {
		unit = max(unit, math.Abs(v[0]), math.Abs(v[1]))
	}
	unit = 50 / max(unit, 1e-300)
	for i, v := range rows {
		y := 4 + float64(i)*28
		d.text(4, y+16, "start", names[i])
		for k := range 2 {
			x := 60 + float64(k)*190
			d.rect(x+50, y+2, math.Copysign(max(.5, math.Abs(v[k])*unit), v[k]), 18, fills[i])
			d.text(x+178, y+16, "end", num(v[k]))
		}
	}
	return d
}

func (s *scene) optimiserTexts(races map[[2]int]*race) {
	sgd, adam, momentum := races[[2]int{0, 0}], races[[2]int{2, 4}], races[[2]int{0, 1}]
	adagrad := races[[2]int{2, 2}]
	begin := s.setting(s.start()...)
	plane := s.setting(2, 4, 1, 0, 0)
	s.ask(plane, s.say(`On this plane the gradient is \(1\) in one direction and \(0.1\) in the other. By Adam `+
		`with \(\alpha = 0.3\): how far does the first step go in each of the two directions?`,
		`在这个平面上，一个方向的梯度是 \(1\)，另一个方向是 \(0.1\)。用 Adam，\(\alpha = 0.3\)：第一步在两个方向上`+
			`各走多远？`), 1,
		s.say(`Both \(0.3\). Adam divides the mean of the gradients by the root of the mean of their squares; for `+
			`the first step that is the gradient over its own size: \(\pm 1\). The size of the gradient cancels.`,
			`都是 \(0.3\)。Adam 用梯度的平均除以梯度平方的平均的平方根；第一步就是梯度除以自己的大小，即 `+
				`\(\pm 1\)。梯度的大小被约掉了。`), []string{"M14"},
		s.say("0.3 and 0.03", "0.3 和 0.03"), s.say("0.3 and 0.3", "0.3 和 0.3"), s.say("1 and 0.1", "1 和 0.1"))
	s.ask(begin, s.say(`The gradient at this point is \((-0.8, 4)\). Does it change if the learning rate is made `+
		`larger?`,
		`这一点的梯度是 \((-0.8, 4)\)。如果把学习率调大，它会变吗？`), 1,
		s.say(`No. The gradient belongs to the surface and the point alone; the learning rate says how far one `+
			`goes by it. Gradient and step are two things.`,
			`不会。梯度只取决于曲面和所在的点；学习率只决定按它走多远。梯度和更新量是两回事。`), []string{"M1"},
		s.say("yes, in proportion", "会，成比例变化"), s.say("no", "不会"))

	s.stop(begin, sgd.at(sgd.loss), `A loss function of two parameters is a landscape, seen here from above. Lines `+
		`join places of equal height. The point begins far from the lowest place, and each step uses nothing but `+
		`the gradient where it is.`,
		`有两个参数的损失函数就像一片地形，这里是从上往下看，线连接高度相同的地方。点从离最低处很远的地方出发，每一`+
			`步只用到所在位置的梯度。`)
	s.stop(begin, sgd.at(sgd.next), `Gradient descent: \(\theta = \theta - \alpha \nabla_\theta J\). The gradient `+
		`is \((-0.8, 4)\) and the learning rate \(0.9\), so the step is \((0.72, -3.6)\). The gradient points up `+
		`the steepest way; the step goes down.`,
		`梯度下降：\(\theta = \theta - \alpha \nabla_\theta J\)。梯度是 \((-0.8, 4)\)，学习率 \(0.9\)，所以更新量`+
			`是 \((0.72, -3.6)\)。梯度指向上坡最陡的方向，更新往下走。`)
	s.stop(s.setting(0, 0, 1, 0, 4), sgd.last(), `The valley is twenty times steeper across than along. The point `+
		`jumps from side to side and creeps along.`, `这个山谷横着比顺着陡二十倍。点在两壁之间来回跳，顺着谷底却走得`+
		`很慢。`)
	s.stop(s.setting(0, 0, 2, 0, 4), sgd.last(), `A little more, \(\alpha = 1.05\), and each jump goes higher than `+
		`the one before: it diverges. The limit is \(\frac{2}{L}\), where \(L\) is the largest curvature, `+
		`here \(2\): above \(1\) there is no hope.`,
		`再大一点，\(\alpha = 1.05\)，每次都跳得比上次更高：发散了。界限是 \(\frac{2}{L}\)，\(L\) 是最大的曲率，这`+
			`里是 \(2\)：超过 \(1\) 就没有希望。`)
	s.stop(s.setting(0, 1, 1, 0, 3), momentum.at(momentum.next), `Momentum remembers: `+
		`\(v = \gamma v + \nabla_\theta J(\theta)\), \(\theta = \theta - \alpha v\). What changes sign cancels, `+
		`what stays adds up. The purple bars are this memory; it is neither the gradient nor the step.`,
		`动量会记忆：\(v = \gamma v + \nabla_\theta J(\theta)\)，\(\theta = \theta - \alpha v\)。来回变号的互相抵`+
			`消，方向不变的越积越大。紫色的条就是这个记忆，它既不是梯度，也不是更新量。`)
	s.stop(s.setting(2, 2, 1, 0, 4), adagrad.at(adagrad.next), `AdaGrad adds up all squared gradients and divides `+
		`by the root: \(r = r + g \odot g\), \(\theta = \theta - \frac{\alpha}{\sqrt{r} + \epsilon} \odot g\). On `+
		`a plane the gradient is the same each time, and the steps still shrink, as \(\frac{1}{\sqrt{t}}\).`,
		`AdaGrad 累加所有梯度的平方，再除以它的平方`+
			`根：\(r = r + g \odot g\)，\(\theta = \theta - \frac{\alpha}{\sqrt{r} + \epsilon} \odot g\)。平面上每`+
			`次梯度都一样，步子却越来越小，按 \(\frac{1}{\sqrt{t}}\) 缩小。`)
	s.stop(s.setting(2, 3, 1, 0, 4), races[[2]int{2, 3}].last(), `RMSProp lets old squares fade: `+
		`\(r_t = \beta r_{t-1} + (1 - \beta) g_t \odot g_t\). On the plane step \(t\) has the length `+
		`\(\frac{\alpha}{\sqrt{1 - \beta^t}}\) in each direction: \(3.16 \alpha\) at first, since \(r\) begins at `+
		`\(0\), and then less and less, but never less than \(\alpha\). By now it is \(1.002 \alpha\).`,
		`RMSProp 让旧的平方逐渐淡出：\(r_t = \beta r_{t-1} + (1 - \beta) g_t \odot g_t\)。在平面上，第 \(t\) 步在每`+
			`个方向上的长度是 \(\frac{\alpha}{\sqrt{1 - \beta^t}}\)：因为 \(r\) 从 \(0\) 开始，第一步是 `+
			`\(3.16 \alpha\)，以后越来越小，但不会小于 \(\alpha\)。到这里已是 \(1.002 \alpha\)。`)
	s.stop(plane, adam.at(adam.next), `Adam joins both: \(m = \beta_1 m + (1 - \beta_1) g\), `+
		`\(v = \beta_2 v + (1 - \beta_2) g \odot g\). Both begin at \(0\) and are too small at first, which `+
		`\(\hat{m} = \frac{m}{1 - \beta_1^t}\), \(\hat{v} = \frac{v}{1 - \beta_2^t}\) mend. The step `+
		`\(\alpha \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}\) is about \(\alpha\) in each direction, whatever the `+
		`size of the gradient.`,
		`Adam 把两者合在一起：\(m = \beta_1 m + (1 - \beta_1) g\)，\(v = \beta_2 v + (1 - \beta_2) g \odot g\)。两`+
			`者从 \(0\) 开始，起初偏小，用 `+
			`\(\hat{m} = \frac{m}{1 - \beta_1^t}\)、\(\hat{v} = \frac{v}{1 - \beta_2^t}\) 修正。更新量 `+
			`\(\alpha \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}\) 在每个方向上都约为 \(\alpha\)，与梯度的大小无`+
			`关。`)
	s.stop(s.setting(1, 0, 1, 0, 4), races[[2]int{1, 0}].last(), `A saddle: the surface rises along \(\theta_1\) and `+
		`falls along \(\theta_2\), and between them it is flat. The point begins at \(\theta_2 = 0.01\), where that `+
		`slope is tiny. Gradient descent makes \(\theta_2\) larger by a tenth with each step: after 50 steps it is `+
		`\(1.17\). Choose Adam, and the first step alone adds \(0.3\).`,
		`鞍点：曲面沿 \(\theta_1\) 上升，沿 \(\theta_2\) 下降，中间是平的。点从 \(\theta_2 = 0.01\) 出发，那里的坡`+
			`度极小。梯度下降每一步只让 \(\theta_2\) 增大十分之一，50 步之后是 \(1.17\)。换成 Adam，仅第一步就增`+
			`加 \(0.3\)。`)
	s.stop(s.setting(3, 4, 1, 0, 4), races[[2]int{3, 4}].last(), `Two harder landscapes wait for you: the bent `+
		`valley of Rosenbrock and the plain of Beale. Let the optimisers race, change the rate, and add noise to the `+
		`gradient of SGD, as small batches do (at its usual rate).`,
		`还有两片更难的地形等着你：Rosenbrock 的弯谷和 Beale 的平原。让各种优化器比一比，改变学习率，再像小批量那样`+
			`给 SGD 的梯度加点噪声（学习率适中时）。`)
}
