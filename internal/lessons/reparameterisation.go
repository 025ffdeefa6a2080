// This file holds lesson 9: how a gradient gets past a random choice.

package lessons

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A sampler is the middle of a variational autoencoder, for one number: z of N(μ, σ²), a decoder x̂ = w·z, and the
// loss J = αJ₁ + βJ₂ of the squared error and the divergence from N(0, 1).
type sampler struct {
	*board
	mu, logvar, z, j1, j2, loss graph.Node
	dz, dmu, dlogvar            graph.Node
}

func reparameterisation(s *scene) {
	mus := []float64{-1, 0, .5, 1, 2}
	logvars := []float64{-2, -1, 0, 1}
	dice := []float64{.7, -1.2, .3, 1.6}
	s.turn("sampling", s.say("sampling", "采样"), plain("z = μ + σ⊙ε"),
		s.say("z drawn from N(μ, σ²)", "z 直接从 N(μ, σ²) 抽取"))
	s.slider("mu", plain("μ"), true, 2, mus...)
	s.slider("logvar", plain("log σ²"), true, 1, logvars...)
	s.slider("dice", s.say("noise ε", "噪声 ε"), false, 0, dice...)
	all := [2]*sampler{s.sampler(true), s.sampler(false)}
	s.answer("density", s.say("The distribution of z", "z 的分布"),
		s.say("A bell curve with the mean μ and the width σ; a dot at z, and arrows that show where "+
			"J₁ pulls z (orange) and, through z, μ (purple). The gradient of μ is what comes through z, plus that of "+
			"J₂.",
			"以 μ 为中心、σ 为宽度的钟形曲线；圆点是 z，箭头表示 J₁ 把 z（橙）以及经过 z 把 μ（紫）往哪边拉。μ 的梯度"+
				"是经过 z 传来的加上 J₂ 的。"))
	s.settle(func(at []int) (int, int, bool) {
		v := all[at[0]]
		v.reset(set{"μ", mus[at[1] : at[1]+1]}, set{"log σ²", logvars[at[2] : at[2]+1]}, set{"ε",
			dice[at[3] : at[3]+1]})
		state := v.record(plain("ε = " + num(dice[at[3]])))
		v.show(state, v.density(mus[at[1]], logvars[at[2]], at[0] == 0))
		return v.run, state, true
	})
	s.samplerTexts(all[0], all[1])
}

func (s *scene) sampler(open bool) *sampler {
	name := s.say("reparameterised", "重参数化")
	if !open {
		name = s.say("drawn at random", "随机抽取")
	}
	v := &sampler{board: s.board(name, graph.Train)}
	v.mu, v.logvar = v.param("μ", []float64{.5}, 1, 1), v.param("log σ²", []float64{-1}, 1, 1)
	noise := v.input("ε", []float64{.7}, 1, 1)
	sigma := v.named("σ", ops.Exp(ops.Scale(v.logvar, .5)))
	z := ops.Add(v.mu, v.named("σ⊙ε", ops.Mul(sigma, noise)))
	if !open {
		z = ops.StopGradient(z)
	}
	v.z = v.named("z", z)
	x := v.input("x", []float64{2}, 1, 1)
	w := v.param("w", []float64{1.5}, 1, 1)
	v.j1 = v.named("J₁", ops.MSE(v.named("x̂", ops.Mul(w, v.z)), x))
	v.j2 = v.named("J₂", ops.KLGauss(v.mu, v.logvar))
	v.loss = v.named("J", ops.WeightedSum([]float64{1, .5}, v.j1, v.j2))
	d := v.gradients(v.loss, v.mu, v.logvar, v.z, w)
	v.dmu, v.dlogvar, v.dz = d[0], d[1], d[2]
	v.compile()
	return v
}

// density draws N(μ, σ²) with z, and what the reconstruction asks of z and of μ.
func (v *sampler) density(mu, logvar float64, open bool) *drawing {
	d := newDrawing(440, 170)
	sigma := math.Exp(logvar / 2)
	f := axes{x0: 10, y0: 10, w: 420, h: 120, left: -4, right: 5, low: 0, high: 1.15}
	d.curve(f, func(x float64) float64 {
		return math.Exp(-(x-mu)*(x-mu)/(2*sigma*sigma)) / (sigma * math.Sqrt(2*math.Pi))
	}, blue, 2)
	d.cross(axes{x0: f.x0, y0: f.y0, w: f.w, h: f.h, left: 1, right: 2, low: 0, high: 1})
	z, dz := v.float(v.z), v.float(v.dz)
	pull := 0.
	if open {
		pull = dz
	}
	d.arrow(f.x(z), 136, -dz*12, orange)
	d.dot(f.x(z), f.y(0), 5, orange)
	d.text(f.x(z), 166, "middle", "z")
	d.arrow(f.x(mu), 116, -pull*12, purple)
	d.line(f.x(mu), 30, f.x(mu), f.y(0), purple, 1) // below the text
	d.text(f.x(mu)+4, 44, "start", "μ")
	d.text(436, 24, "end", "∂J/∂z = "+num(dz)+
		",  ∂J/∂μ = "+num(pull)+signed(v.float(v.dmu)-pull, false)+" = "+num(v.float(v.dmu)))
	return d
}

// arrow draws one to the right of x, or to the left where its length is below zero.
func (d *drawing) arrow(x, y, length float64, stroke string) {
	length = max(-90, min(90, length))
	if math.Abs(length) < 1 {
		d.dot(x, y, 2, stroke)
		return
	}
	tip := math.Copysign(min(6, math.Abs(length)), length)
	d.line(x, y, x+length, y, stroke, 2.5)
	d.path([]float64{x + length - tip, y - 4, x + length, y, x + length - tip, y + 4}, stroke, 2.5)
}

func (s *scene) samplerTexts(open, shut *sampler) {
	begin := s.setting(s.start()...)
	blocked := s.setting(1, 2, 1, 0)
	s.ask(begin, s.say(`\(z\) is random. Can the loss have a gradient with respect to the mean \(\mu\) of its `+
		`distribution?`,
		`\(z\) 是随机的。损失对它的分布的均值 \(\mu\) 能有梯度吗？`), 1,
		s.say(`Yes, if the random number comes in from outside: \(z = \mu + \sigma \odot \epsilon\), with `+
			`\(\epsilon\) a leaf as any input is. For a given \(\epsilon\), \(z\) is an ordinary function of `+
			`\(\mu\) and \(\sigma\), and \(\frac{\partial z}{\partial \mu} = 1\).`,
			`能，只要让随机数从外面进来：\(z = \mu + \sigma \odot \epsilon\)，\(\epsilon\) 像输入一样是叶`+
				`子。\(\epsilon\) 给定时，\(z\) 是 \(\mu\) 和 \(\sigma\) 的普通函`+
				`数，\(\frac{\partial z}{\partial \mu} = 1\)。`),
		[]string{"M11"}, s.say("no: randomness has no derivative", "不能，随机的东西没有导数"),
		s.say("yes, if the noise is an input of the graph", "能，只要把噪声作为图的输入"))

	s.stop(begin, open.at(open.z), `A variational autoencoder does not code an input \(x\) as a point, but as a `+
		`distribution: a mean \(\mu\) and a variance \(\sigma^2\). A number \(z\) is drawn from it, and the `+
		`decoder makes \(\hat{x}\) of \(z\). Here all of them are single numbers.`,
		`变分自编码器不是把输入 \(x\) 编码成一个点，而是一个分布：均值 \(\mu\) 和方差 \(\sigma^2\)。从中抽一个数 `+
			`\(z\)，解码器再由 \(z\) 得到 \(\hat{x}\)。这里它们都只是一个数。`)
	s.stop(begin, open.at(open.loss), `The loss has two parts, \(J = \alpha J_1 + \beta J_2 + ...\): how far `+
		`\(\hat{x}\) is from \(x\), and how far the distribution is from the standard normal one (the `+
		`Kullback–Leibler divergence, KL for short), which is \(0\) where \(\mu = 0\), \(\sigma = 1\). On the way `+
		`back each part's gradient is multiplied by its weight, here \(1\) and \(0.5\).`,
		`损失由两部分组成，\(J = \alpha J_1 + \beta J_2 + ...\)：\(\hat{x}\) 离 \(x\) 多远，以及分布离标准正态分布`+
			`多远（称为 KL 散度，\(\mu = 0\)、\(\sigma = 1\) 时为 \(0\)）。反向传播时，每部分的梯度乘以各自的系数，这`+
			`里是 \(1\) 和 \(0.5\)。`)
	s.stop(blocked, shut.at(shut.dz), `Suppose that a program draws \(z\) itself, somewhere inside: such a draw has `+
		`no derivative, as nobody can say how \(z\) would have moved with \(\mu\). The dashed box \(z\) stands for `+
		`it: it has the same number, and the way back ends there. The orange arrow at \(z\) pulls, and \(\mu\) does `+
		`not feel it: what is left there, \(0.25\), is of the second part \(J_2\) alone.`,
		`假如程序在内部某处直接抽出 \(z\)：这样的抽取没有导数，谁也说不出 \(\mu\) 变了 \(z\) 会怎么变。虚线框 `+
			`\(z\) 就代表它：数值相同，但反向传播的路断在那里。\(z\) 处的橙色箭头在拉，\(\mu\) 却感觉不到：`+
			`那里剩下的 \(0.25\) 只来自第二部分 \(J_2\)。`)
	s.stop(begin, open.at(open.dmu), `The trick: draw \(\epsilon\) from the standard normal distribution, as a `+
		`leaf beside the road, and compute \(z = \mu + \sigma \odot \epsilon\). \(z\) has the same distribution as `+
		`before, but now the road from \(\mu\) to \(J\) is an addition, and the gradient passes: `+
		`\(\frac{\partial z}{\partial \mu} = 1\).`,
		`窍门是：先从标准正态分布抽出 \(\epsilon\)，作为路边的一个叶子，再算 `+
			`\(z = \mu + \sigma \odot \epsilon\)。\(z\) 的分布和原来一样，但从 \(\mu\) 到 \(J\) 的路上只是一个加`+
			`法，梯度通得过：\(\frac{\partial z}{\partial \mu} = 1\)。`)
	s.stop(begin, open.at(open.dlogvar), `And by the other road, \(\sigma = e^{\frac{1}{2} \log \sigma^2}\): `+
		`\(\frac{\partial z}{\partial \log \sigma^2} = \frac{1}{2} \sigma \epsilon\). If the noise was positive `+
		`and \(z\) should be larger, \(\sigma\) grows.`,
		`另一条路经过 `+
			`\(\sigma = e^{\frac{1}{2} \log \sigma^2}\)：`+
			`\(\frac{\partial z}{\partial \log \sigma^2} = \frac{1}{2} \sigma \epsilon\)。`+
			`如果噪声是正的，而 \(z\) 应该更大，\(\sigma\) 就增大。`)
	s.stop(s.setting(0, 2, 1, 1), open.at(open.dmu), `Roll the dice: another \(\epsilon\), another \(z\), another `+
		`gradient. On average over many draws it is the right one.`, `再掷一次：\(\epsilon\) 变了，\(z\) 变了，梯度也`+
		`变了。抽很多次取平均，方向就是对的。`)
}
