// This file says which formula of the primer is shown by which lesson, and what is often believed that is not so.

package lessons

import (
	"strings"

	"github.com/stheno-ml/stheno/viz/trace"
)

// Formula is one of chapters 2 and 6 of the primer, in its own notation.
type Formula struct {
	Section string // of the primer
	TeX     string // as the primer has it, and so the Chinese texts
	Lesson  string // whose tour shows it
}

// Formulas returns all of both chapters, in the order of the primer.
func Formulas() []Formula {
	return []Formula{
		{"2.1", `(x_1, x_2, ..., x_n)`, "neuron"},
		{"2.1", `(w_1, w_2, ..., w_n)`, "neuron"},
		{"2.1", `(b)`, "neuron"},
		{"2.1", `z = \sum_{i=1}^{n} w_i x_i + b`, "neuron"},
		{"2.1", `a = f(z)`, "neuron"},
		{"2.2", `\sigma(z) = \frac{1}{1 + e^{-z}}`, "neuron"},
		{"2.2", `\tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}`, "sigmoids"},
		{"2.2", `f(z) = \max(0, z)`, "dead"},
		{"2.2", `f(z) = \max(\alpha z, z)`, "dead"},
		{"2.2", `\sigma(z)_j = \frac{e^{z_j}}{\sum_{k=1}^{K} e^{z_k}}`, "attention"},
		{"2.3", `z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}`, "xor"},
		{"2.3", `a^{[l]} = f^{[l]}(z^{[l]})`, "xor"},
		{"2.3", `a^{[0]} = X`, "xor"},
		{"2.4", `\delta^{[L]} = \nabla_a J \odot f'^{[L]}(z^{[L]})`, "xor"},
		{"2.4", `\delta^{[l]} = (W^{[l+1]})^T \delta^{[l+1]} \odot f'^{[l]}(z^{[l]})`, "xor"},
		{"2.4", `\nabla_{W^{[l]}} J = \delta^{[l]} (a^{[l-1]})^T`, "xor"},
		{"2.4", `\nabla_{b^{[l]}} J = \delta^{[l]}`, "xor"},
		{"2.5", `J = \frac{1}{m} \sum_{i=1}^{m} (y_i - \hat{y}_i)^2`, "dead"},
		{"2.5", `J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{j=1}^{C} y_{ij} \log(\hat{y}_{ij})`, "attention"},
		{"2.5", `J = -\frac{1}{m} \sum_{i=1}^{m} [y_i \log(\hat{y}_i) + (1-y_i) \log(1-\hat{y}_i)]`, "xor"},
		{"2.5", `J = \alpha J_1 + \beta J_2 + ...`, "reparameterisation"},
		{"2.5", `J = J_{原始} + \lambda \Omega(W)`, "xor"},
		{"2.5", `\Omega(W) = \sum |w_i|`, "xor"},
		{"2.5", `\Omega(W) = \sum w_i^2`, "xor"},
		{"6.2", `h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)`, "recurrence"},
		{"6.3", `\text{Attention}(Q, K, V) = \text{softmax}(\frac{QK^T}{\sqrt{d_k}})V`, "attention"},
	}
}

// english is the formula as English texts have it.
func (f Formula) english() string { return strings.ReplaceAll(f.TeX, "原始", `\text{data}`) }

// Misconception is something about backpropagation that many believe and that is not so.
type Misconception struct {
	ID   string // "M2"
	Text trace.Text
}

// Misconceptions returns those that the lessons refute: [Lesson].Refutes says which does.
func Misconceptions() []Misconception {
	return []Misconception{
		{"M1", trace.Text{En: "The gradient is the update, or has the learning rate in it.",
			Zh: "梯度就是更新量，或者梯度里含有学习率。"}},
		{"M2", trace.Text{En: "At a fork one gradient takes the place of the other.",
			Zh: "在分叉处，后来的梯度覆盖先前的。"}},
		{"M3", trace.Text{En: "The way back computes the inverse function.", Zh: "反向传播就是计算反函数。"}},
		{"M4", trace.Text{En: "Every way back begins with zeros by itself.", Zh: "每次反向传播都会自动从零开始。"}},
		{"M5", trace.Text{En: "Gradients are there although nobody has computed them.",
			Zh: "没有做反向传播，梯度也已经在那里。"}},
		{"M6", trace.Text{En: "A large activation has a large gradient.", Zh: "激活值大，梯度就大。"}},
		{"M7", trace.Text{En: "The chain rule follows a single path.", Zh: "链式法则只走一条路径。"}},
		{"M8", trace.Text{En: "A shared weight has one gradient, that of one place, and not a sum.",
			Zh: "共享权重的梯度只来自一处，而不是各处之和。"}},
		{"M9", trace.Text{En: "Max pooling and ReLU lose gradient everywhere.",
			Zh: "最大池化和 ReLU 到处都在丢失梯度。"}},
		{"M10", trace.Text{En: "A cut behind the discriminator freezes it.",
			Zh: "在判别器后面截断梯度，就是冻结判别器。"}},
		{"M11", trace.Text{En: "Nothing random can be differentiated.", Zh: "凡是随机的东西都不能求导。"}},
		{"M12", trace.Text{En: "Batch normalisation is a fixed straight line for each example.",
			Zh: "批量归一化对每个样本都是一条固定的直线。"}},
		{"M13", trace.Text{En: "Dropout works in use as well, or draws a new mask on the way back.",
			Zh: "Dropout 在推理时也起作用，或者反向传播时重新抽掩码。"}},
		{"M14", trace.Text{En: "Adam's steps are as large as the gradient.", Zh: "Adam 的步长与梯度的大小成正比。"}},
	}
}
