// This file holds lesson 10: two players of one graph, and where a gradient is cut.

package lessons

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A match is one player's turn in a game on a line: the generator makes x̃ = a·z + b of noise, the discriminator
// says by σ(w·x + c) how real a number is.
type match struct {
	*board
	fake, loss, dfake graph.Node
	players           []graph.Node // a, b, w, c
	d                 []graph.Node
}

// Cuts of lesson 10.
const (
	noCut   = iota
	cutFake // between the generator and the discriminator
	cutSays // behind the discriminator
)

var (
	realPoints = []float64{2.2, 2.6, 2.9, 3, 3.1, 3.3, 3.5, 3.9}
	noise      = []float64{-1.5, -.9, -.5, -.1, .2, .5, 1, 1.4}
	turns      = []float64{0, 1, 10, 24, 60, 104}
)

func game(s *scene) {
	s.turn("player", s.say("turn of the", "轮到"), s.say("discriminator", "判别器"), s.say("generator", "生成器"))
	s.turn("cut", s.say("scissors", "剪刀"), s.say("nowhere", "不剪"), s.say("between G and D", "G 与 D 之间"),
		s.say("behind D", "D 之后"))
	s.slider("turn", s.say("turns of both before", "已进行的轮数"), false, 0, turns...)
	s.Controls[1].Start = cutFake
	all := map[[2]int]*match{{0, noCut}: s.match(0, noCut), {0, cutFake}: s.match(0, cutFake), {1,
		noCut}: s.match(1, noCut), {1, cutSays}: s.match(1, cutSays)}
	s.answer("line",
		s.say("Real numbers, made numbers, and where these are pulled", "真实样本、生成样本，以及它们被拉向哪里"),
		s.say("Green dots are real, blue ones made, each on a line of its own. The curve is what the discriminator "+
			"thinks of each place. Arrows show where the loss pulls the made ones.",
			"绿点是真实样本，蓝点是生成样本，每个占一行。曲线是判别器对各处的判断。箭头表示损失把生成样本拉向哪里。"))
	played := s.play(all[[2]int{0, cutFake}], all[[2]int{1, noCut}])
	s.settle(func(at []int) (int, int, bool) {
		m := all[[2]int{at[0], at[1]}]
		if m == nil {
			return 0, 0, false
		}
		theta := played[at[0]][at[2]]
		m.reset(theta...)
		state := m.record(plain(num(turns[at[2]])))
		m.show(state, m.line(theta))
		return m.run, state, true
	})
	s.gameTexts(all)
}

// match builds the turn of a player, 0 the discriminator, with a cut.
func (s *scene) match(player, where int) *match {
	name := s.say("D's turn", "判别器的一步")
	if player == 1 {
		name = s.say("G's turn", "生成器的一步")
	}
	m := &match{board: s.board(name, graph.Train)}
	z := m.input("z", noise, 8, 1)
	a, b := m.param("G.a", []float64{.5}, 1), m.param("G.b", []float64{-1}, 1)
	w, c := m.param("D.w", []float64{.5}, 1), m.param("D.c", []float64{-.5}, 1)
	m.players = []graph.Node{a, b, w, c}
	m.fake = m.named("x̃", ops.Add(ops.Mul(z, a), b)) // (8, 1)
	seen := m.fake
	if where == cutFake {
		seen = m.named("✂", ops.StopGradient(seen))
	}
	judge := func(label string, x graph.Node) graph.Node {
		return m.named(label, ops.Sigmoid(ops.Add(ops.Mul(x, w), c)))
	}
	ones, zeros := m.input("y = 1", []float64{1}, 8, 1), m.input("y = 0", []float64{0}, 8, 1)
	says := judge("D(x̃)", seen)
	if where == cutSays {
		says = m.named("✂", ops.StopGradient(says))
	}
	if player == 0 {
		x := m.input("x", realPoints, 8, 1)
		m.loss = m.named("J(D)", ops.Add(ops.BCE(judge("D(x)", x), ones), ops.BCE(says, zeros)))
	} else {
		m.loss = m.named("J(G)", ops.BCE(says, ones))
	}
	d := m.gradients(m.loss, append([]graph.Node{m.fake}, m.players...)...)
	m.dfake, m.d = d[0], d[1:]
	lr := m.input("α", []float64{.3})
	own := 2 * (1 - player)
	m.sgd(lr, m.players[own:own+2], m.d[own:own+2])
	m.compile()
	return m
}

// play lets the two take turns and returns what all parameters are, before each player's turn, at the moments of
// turns.
func (s *scene) play(d, g *match) (at [2][][]set) {
	if s.err != nil {
		return at
	}
	var theta []set
	for _, l := range d.leaves {
		if l.node.Kind() == graph.KindParam {
			theta = append(theta, set{l.name, l.start})
		}
	}
	for turn := 0; turn <= int(turns[len(turns)-1]); turn++ {
		for player, m := range []*match{d, g} {
			for _, t := range turns {
				if t == float64(turn) {
					at[player] = append(at[player], theta)
				}
			}
			m.reset(theta...)
			m.step(1)
			var next []set
			for _, p := range m.players {
				next = append(next, set{p.Name(), m.value(p)})
			}
			theta = next
		}
	}
	return at
}

// line draws the numbers, the discriminator's opinion, and the gradient of each number that was made.
func (m *match) line(theta []set) *drawing {
	d := newDrawing(440, 226)
	f := axes{x0: 10, y0: 8, w: 420, h: 100, left: -4, right: 6, low: 0, high: 1}
	w, c := theta[2].v[0], theta[3].v[0]
	d.cross(f)
	d.curve(f, func(x float64) float64 { return 1 / (1 + math.Exp(-w*x-c)) }, grey, 1.5)
	for _, x := range realPoints {
		d.dot(f.x(x), f.y(0)+14, 4, green)
	}
	x, g := m.value(m.fake), m.value(m.dfake)
	for i := range x {
		y := f.y(0) + 34 + 10*float64(i)
		if g[i] != 0 {
			d.arrow(f.x(x[i]), y, -g[i]*220, orange)
		}
		d.dot(f.x(x[i]), y, 4, blue)
	}
	d.text(436, f.y(0)-6, "end", m.loss.Label()+" = "+num(m.float(m.loss)))
	return d
}

func (s *scene) gameTexts(all map[[2]int]*match) {
	d, wasteful := all[[2]int{0, cutFake}], all[[2]int{0, noCut}]
	g, starved := all[[2]int{1, noCut}], all[[2]int{1, cutSays}]
	begin, turn, wrong := s.setting(0, cutFake, 0), s.setting(1, noCut, 0), s.setting(1, cutSays, 0)
	s.ask(turn, s.say(`It is the generator's turn, and the discriminator must not change. Somebody cuts the `+
		`gradient right behind the discriminator, so that it gets none. What happens?`,
		`轮到生成器，判别器不能变。有人在判别器后面把梯度剪断，让它得不到梯度。结果怎样？`), 1,
		s.say(`The generator lies behind the discriminator on the way back: what does not pass it does not arrive. `+
			`The generator starves, all its gradients are \(0\). To freeze the discriminator is something else: `+
			`let the gradient pass, and do not update its parameters.`,
			`在回去的路上，生成器在判别器的后面：过不了判别器，就到不了生成器。生成器“饿死”了，梯度全是 \(0\)。冻结`+
				`判别器是另一回事：让梯度通过，只是不更新它的参数。`), []string{"M10"},
		s.say("the discriminator is frozen, the generator learns", "判别器冻结，生成器学习"),
		s.say("the generator learns nothing", "生成器什么也学不到"), s.say("both learn", "两个都学习"))

	s.stop(begin, d.at(d.fake), `Two players. The generator makes numbers of noise, \(\tilde{x} = a z + b\); they `+
		`shall look like the real ones, the green dots. The discriminator says of each number with which `+
		`probability it is real.`,
		`两个玩家。生成器用噪声造出数，\(\tilde{x} = a z + b\)，要让它们看起来像真实样本（绿点）。判别器对每个数说`+
			`出它是真的概率。`)
	s.stop(begin, d.at(d.loss), `The discriminator's loss is the binary cross-entropy `+
		`\(J = -\frac{1}{m} \sum_{i=1}^{m} [y_i \log(\hat{y}_i) + (1-y_i) \log(1-\hat{y}_i)]\), with \(y = 1\) for `+
		`real numbers and \(y = 0\) for made ones.`,
		`判别器的损失是二元交叉熵 `+
			`\(J = -\frac{1}{m} \sum_{i=1}^{m} [y_i \log(\hat{y}_i) + (1-y_i) \log(1-\hat{y}_i)]\)，真实样本 `+
			`\(y = 1\)，生成样本 \(y = 0\)。`)
	s.stop(begin, d.last(), `The update of this turn moves \(w\) and \(c\) alone. The generator's parameters stay `+
		`what they are, to the last bit. The scissors between the players save the way back into the generator, `+
		`which nobody needs now.`,
		`这一步只更新 \(w\) 和 \(c\)。生成器的参数丝毫未变。两个玩家之间的剪刀省掉了回到生成器的那段路，现在`+
			`没有人需要它。`)
	s.stop(s.setting(0, noCut, 0), wasteful.at(wasteful.d[0]), `Without scissors the gradients of \(a\) and \(b\) `+
		`are computed too, and thrown away. That is not wrong, only wasteful: a gradient alone changes nothing.`,
		`不剪的话，\(a\) 和 \(b\) 的梯度也会算出来，然后扔掉。这不算错，只是浪费：光有梯度，什么也不会变。`)
	s.stop(turn, g.at(g.loss), `Now the generator's turn. It wants its numbers to be taken for real: the same `+
		`cross-entropy with \(y = 1\).`, `轮到生成器。它希望自己造的数被当成真的：同样的交叉熵，只是 \(y = 1\)。`)
	s.stop(turn, g.at(g.d[2]), `The way back passes through the discriminator. On the way, gradients for \(w\) and `+
		`\(c\) appear as well, and they are not zero; but only \(a\) and \(b\) are updated. The arrows show where `+
		`each made number is pulled: to where the discriminator believes more.`,
		`回去的路要穿过判别器。途中也会得到 \(w\) 和 \(c\) 的梯度，它们不是零；但只更新 \(a\) 和 \(b\)。箭头表示每`+
			`个生成样本被拉向哪里：判别器更相信的地方。`)
	s.stop(wrong, starved.last(), `Cut behind the discriminator, and nothing arrives: there are no arrows, and no `+
		`box computes a gradient of \(a\) or \(b\). Both are the constant \(0\) that the update reads. To cut a road `+
		`is not the same as to freeze who stands beside it.`,
		`在判别器后面剪断，就什么也传不过来：没有箭头，也没有方框计算 \(a\)、\(b\) 的梯度。两者就是更新时读到的常`+
			`数 \(0\)。剪断一条路，和冻结路边的人，不是一回事。`)
	s.stop(s.setting(1, noCut, 3), g.last(), `After 24 turns of both the made numbers lie among the real ones.`,
		`双方各走 24 轮之后，生成样本混到了真实样本中间。`)
	s.stop(s.setting(1, noCut, 4), g.last(), `But nothing stops them there: after 60 turns they have run past, and `+
		`after 104 they are on their way back. A game has no hill to go down. What is better for one player is worse `+
		`for the other, and real training needs care to come to rest.`,
		`但没有什么让它们停在那里：60 轮时跑过了头，104 轮时又在往回走。博弈不是下山：对一方有利的，对另一方就不`+
			`利。真正训练时，要花心思才能稳定下来。`)
}
