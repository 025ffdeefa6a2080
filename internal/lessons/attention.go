// This file holds lesson 8: one head of attention over four words.

package lessons

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A head is softmax(QKᵀ/√d)V for four words of width four, with a classification of each word behind it.
type head struct {
	*board
	s, scores, a, o, p, loss graph.Node
	da, ds                   graph.Node
}

const words, width = 4, 4

// attentions shows four heads: with and without scaling, with and without a mask.
func attentions(s *scene) {
	sizes := []float64{1, 2, 4}
	s.turn("scale", s.say("scores", "分数"), plain("QKᵀ/√d"), plain("QKᵀ"))
	s.turn("mask", s.say("mask", "掩码"), s.say("none", "无"), s.say("causal: no look ahead", "因果：不看后面"))
	s.slider("size", s.say("size of the inputs", "输入的大小"), false, 1, sizes...)
	var all [2][2]*head
	for i := range 2 {
		for k := range 2 {
			all[i][k] = s.head(i == 0, k == 1)
		}
	}
	s.figure("forward", s.say("Scores S, as softmax takes them, and weights A",
		"送入 softmax 的分数 S 与注意力权重 A"),
		s.say("Two matrices of four rows and columns: the scores, and what softmax makes of each row.",
			"两个四行四列的矩阵：分数，以及对每一行做 softmax 的结果。"))
	s.answer("backward", s.say("Gradients dA and dS", "梯度 dA 与 dS"),
		s.say("The gradient at the weights and at the scores. Each row of the second adds up to zero.",
			"注意力权重处和分数处的梯度。第二个矩阵的每一行之和为零。"))
	s.settle(func(at []int) (int, int, bool) {
		h := all[at[0]][at[1]]
		var x []float64
		for _, v := range sentence() {
			x = append(x, v*sizes[at[2]])
		}
		h.reset(set{"X", x})
		state := h.record(trace.Text{})
		h.show(state, h.matrices("S", h.scores, "A", h.a, 1), h.matrices("dA", h.da, "dS", h.ds, .2))
		return h.run, state, true
	})
	s.attentionTexts(all[0][0], all[1][0], all[0][1])
}

// sentence is X: a row for each of four words.
func sentence() []float64 {
	return []float64{
		1, 0, .5, -.5,
		0, 1, -.5, .5,
		-1, 1, 0, .5,
		-.5, .5, 1, 0,
	}
}

func (s *scene) head(scaled, masked bool) *head {
	name := "QKᵀ"
	if scaled {
		name = "QKᵀ/√d"
	}
	with := s.say("", "")
	if masked {
		with = s.say(", masked", "，有掩码")
	}
	h := &head{board: s.board(trace.Text{En: name + with.En, Zh: name + with.Zh}, graph.Train)}
	x := h.input("X", sentence(), words, width)
	q := h.named("Q", ops.MatMul(x, h.param("Wq", []float64{1, 0, .5, 0, 0, 1, 0, -.5, .5, 0, 1, 0, 0, .5, 0, 1},
		width, width)))
	k := h.named("K", ops.MatMul(x, h.param("Wk", []float64{1, .5, 0, 0, 0, 1, .5, 0, -.5, 0, 1, 0, 0, 0, .5, 1},
		width, width)))
	v := h.named("V", ops.MatMul(x, h.param("Wv", []float64{0, 1, 0, .5, 1, 0, .5, 0, 0, .5, 0, 1, .5, 0, 1, 0},
		width, width)))
	h.s = h.named(h.product(scaled, masked), ops.MatMul(q, ops.Swap(k, 0, 1))) // (T, T)
	h.scores = h.s
	if scaled {
		name := "S"
		if masked {
			name = "QKᵀ/√d"
		}
		h.scores = h.named(name, ops.Scale(h.s, 1/math.Sqrt(width)))
	}
	if masked {
		h.scores = h.named("S", ops.Add(h.scores, h.input("mask", ahead(), words, words)))
	}
	h.a = h.named("A", ops.Softmax(h.scores, -1))
	h.o = h.named("AV", ops.MatMul(h.a, v)) // (T, d)
	logits := h.named("z", ops.MatMul(h.o, h.param("Wo", []float64{1, 0, -1, 0, 1, 0, -.5, .5, 1, .5, -1, 0},
		width, 3)))
	h.p = h.named("ŷ", ops.Softmax(logits, -1)) // (T, 3)
	picked := ops.Mul(h.input("y", oneHot(0, 1, 2, 0), words, 3), ops.Log(h.p))
	h.loss = h.named("J", ops.Scale(ops.Sum(picked), -1./words))
	d := h.gradients(h.loss, h.a, h.scores, h.s, x, logits)
	h.da, h.ds = d[0], d[1]
	h.compile()
	return h
}

// product is the name of QKᵀ: S is what softmax takes, which is QKᵀ itself if nothing is between them.
func (h *head) product(scaled, masked bool) string {
	if scaled || masked {
		return "QKᵀ"
	}
	return "S"
}

// ahead is a mask that lets each word see itself and those before: -10⁹ stands for "never".
func ahead() []float64 {
	m := make([]float64, words*words)
	for i := range words {
		for j := i + 1; j < words; j++ {
			m[i*words+j] = -1e9
		}
	}
	return m
}

// oneHot has a row for each class, 1 at the class and 0 elsewhere.
func oneHot(classes ...int) []float64 {
	v := make([]float64, 3*len(classes))
	for i, c := range classes {
		v[3*i+c] = 1
	}
	return v
}

// matrices draws two matrices side by side, with colours from the larger of least and what is largest in each. What a
// mask hides is left out.
func (h *head) matrices(nameA string, a graph.Node, nameB string, b graph.Node, least float64) *drawing {
	const cell = 44.
	d := newDrawing(430, 204)
	for i, n := range []graph.Node{a, b} {
		v := h.value(n)
		for k := range v {
			if v[k] < -1e8 {
				v[k] = math.Inf(-1)
			}
		}
		x := 4 + float64(i)*220
		d.text(x, 16, "start", []string{nameA, nameB}[i])
		scale := 0.
		for _, e := range v {
			if !math.IsInf(e, 0) {
				scale = max(scale, math.Abs(e))
			}
		}
		d.matrix(x, 24, cell, words, v, max(scale, least), true)
	}
	return d
}

func (s *scene) attentionTexts(h, raw, masked *head) {
	begin := s.setting(s.start()...)
	causal := s.setting(0, 1, 1)
	s.ask(causal, s.say(`The mask hides later words: their weights are \(0\). Which gradient do the hidden scores `+
		`get?`,
		`掩码遮住后面的词：它们的注意力权重是 \(0\)。被遮住的分数得到多大的梯度？`), 0,
		s.say(`Exactly \(0\): a score that cannot move the output gets nothing. The way back through softmax `+
			`multiplies by the weight itself, and the weight is \(0\).`,
			`恰好是 \(0\)：不能影响输出的分数，什么也得不到。反向传播经过 softmax 时要乘以注意力权重本身，而它是 `+
				`\(0\)。`), nil,
		s.say("exactly zero", "恰好为零"), s.say("a very large one", "非常大"),
		s.say("the same as the others", "和别的一样"))
	s.ask(s.setting(1, 0, 2), s.say(`Without the division by \(\sqrt{d_k}\), and with large inputs, the weights of `+
		`a row are nearly \(1, 0, 0, 0\). How does this change the gradient at the scores?`,
		`不除以 \(\sqrt{d_k}\)、输入又大时，一行注意力权重几乎是 \(1, 0, 0, 0\)。分数处的梯度会怎样？`), 1,
		s.say(`It nearly vanishes. Softmax saturates as the sigmoid does: where one weight has all, a small change `+
			`of the scores changes nothing. Large scores, small gradients. That is what the division by `+
			`\(\sqrt{d_k}\) is for.`,
			`几乎消失。softmax 和 Sigmoid 一样会饱和：当一个权重占了全部，分数变一点，结果不变。分数大，梯度小。除`+
				`以 \(\sqrt{d_k}\) 就是为了避免这种情况。`),
		[]string{"M6"}, s.say("it grows", "变大"), s.say("it nearly vanishes", "几乎消失"),
		s.say("it stays the same", "不变"))

	s.stop(begin, h.at(h.s), `Four words, each a row of four numbers. Each word makes a query (row of \(Q\)), a `+
		`key (of \(K\)) and a value (of \(V\)), by three matrices that are learnt. The scores \(QK^T\) say how `+
		`well each query fits each key: a row for each word that looks, a column for each that is looked at. `+
		`Divided by \(\sqrt{d_k} = 2\), they are the scores \(S\) of the figure. (This is one “head”; large models `+
		`have many beside each other.)`,
		`四个词，每个词是一行四个数。用三个学到的矩阵，每个词得到一个查询（\(Q\) 的一行）、一个键（\(K\) 的一行）和`+
			`一个值（\(V\) 的一行）。分数 \(QK^T\) 表示每个查询与每个键的匹配程度：每行是一个在看的词，每列是一个被看`+
			`的词。除以 \(\sqrt{d_k} = 2\)，就是图中的 \(S\)。（这是一个“注意力头”；大模型把许多个并排放在一起。）`)
	s.stop(begin, h.at(h.a), `Softmax makes weights of each row of scores: all positive, and together \(1\). `+
		`\(\sigma(z)_j = \frac{e^{z_j}}{\sum_{k=1}^{K} e^{z_k}}\).`,
		`softmax 把每一行分数变成权重：都是正数，加起来等于 `+
			`\(1\)。\(\sigma(z)_j = \frac{e^{z_j}}{\sum_{k=1}^{K} e^{z_k}}\)。`)
	s.stop(begin, h.at(h.o), `The result for each word is the mean of all values by these weights. Together: `+
		`\(\text{Attention}(Q, K, V) = \text{softmax}(\frac{QK^T}{\sqrt{d_k}})V\).`,
		`每个词的结果是所有值按这些权重的平均。合起`+
			`来：\(\text{Attention}(Q, K, V) = \text{softmax}(\frac{QK^T}{\sqrt{d_k}})V\)。`)
	s.stop(begin, h.at(h.loss), `Each word is then put into one of three classes, with softmax again, and the `+
		`cross-entropy says how wrong that is: `+
		`\(J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{j=1}^{C} y_{ij} \log(\hat{y}_{ij})\). Only the probability of the `+
		`right class counts, as \(y\) is \(0\) for all others.`,
		`然后再用一次 softmax，把每个词分到三类之一；交叉熵表示错得多厉`+
			`害：\(J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{j=1}^{C} y_{ij} \log(\hat{y}_{ij})\)。其余各类的 \(y\) 都`+
			`是 \(0\)，所以只有正确类别的概率起作用。`)
	s.stop(begin, h.at(h.da), `On the way back, a weight \(A_{ij}\) gets the product of what row \(i\) of the `+
		`result wants and the value of word \(j\): a matrix product again.`,
		`反向传播时，权重 \(A_{ij}\) 的梯度是“结果第 \(i\) 行想要的”与“第 \(j\) 个词的值”的点积：又是一次矩阵乘法。`)
	s.stop(begin, h.at(h.ds), `Through softmax: \(dS_{ij} = A_{ij} (dA_{ij} - \sum_k A_{ik}\, dA_{ik})\). The `+
		`weights of a row share what is \(1\) in all, so if one rises, others fall: each row of \(dS\) adds up to `+
		`\(0\).`,
		`经过 softmax：\(dS_{ij} = A_{ij} (dA_{ij} - \sum_k A_{ik}\, dA_{ik})\)。一行权重的总和固定为 \(1\)，一个`+
			`升，别的就降：所以 \(dS\) 的每一行之和为 \(0\)。`)
	s.stop(causal, masked.at(masked.ds), `A model that predicts the next word must not look ahead. The mask sets `+
		`the scores of later words to minus infinity (here \(-10^9\)), softmax gives them the weight \(0\), and `+
		`their gradient is exactly \(0\).`,
		`预测下一个词的模型不能偷看后面。掩码把后面的词的分数设成负无穷（这里用 \(-10^9\)），softmax 给它们的权重`+
			`是 \(0\)，梯度也恰好是 \(0\)。`)
	s.stop(s.setting(1, 0, 2), raw.at(raw.ds), `Turn off the division by \(\sqrt{d_k}\) and make the inputs large: `+
		`the rows of \(A\) become nearly \(1, 0, 0, 0\), and \(dS\) nearly \(0\). The head is sure of itself and `+
		`hardly learns.`,
		`关掉 \(\sqrt{d_k}\)，再把输入放大：\(A\) 的各行几乎成了 \(1, 0, 0, 0\)，\(dS\) 几乎为 \(0\)。这个注意力头`+
			`太“自信”，几乎学不动。`)
}
