package lessons

import (
	"fmt"
	"strconv"

	"github.com/stheno-ml/stheno/viz/trace"
)

// Lesson is one scene on backpropagation.
type Lesson struct {
	Name     string // of the command, and of the page's file
	Number   int    // from 1
	Title    trace.Text
	Sentence trace.Text // what is to be seen
	Sections []string   // of the primer: "2.4"
	Refutes  []string   // misconceptions of [Misconceptions]: "M2"

	scene   func(*scene)
	picture picture // of the index
}

// picture is a figure as a stop of the tour shows it.
type picture struct{ stop, figure int }

// Build computes all states of the lesson. The result is the same each time, to the byte.
func (l Lesson) Build() (*trace.Trace, error) { return l.build(newScene(l)) }

func (l Lesson) build(s *scene) (*trace.Trace, error) {
	if l.scene == nil {
		return nil, fmt.Errorf("lesson %q: there is none; All lists those that there are", l.Name)
	}
	l.scene(s)
	if s.err != nil {
		return nil, fmt.Errorf("lesson %s: %w", l.Name, s.err)
	}
	for _, b := range s.boards {
		run, err := b.finish()
		if err != nil {
			return nil, fmt.Errorf("lesson %s: %w", l.Name, err)
		}
		s.Runs = append(s.Runs, run)
	}
	return s.Trace, nil
}

// Find returns the lesson of a name, or of its number.
func Find(name string) (Lesson, bool) {
	for _, l := range All() {
		if l.Name == name || strconv.Itoa(l.Number) == name {
			return l, true
		}
	}
	return Lesson{}, false
}

// All returns the lessons in their order.
func All() []Lesson {
	return []Lesson{
		{
			Name: "neuron", Number: 1, Sections: []string{"2.1", "2.2"}, Refutes: []string{"M3", "M5"}, scene: neuron,
			picture: picture{0, 2},
			Title:   trace.Text{En: "A neuron and a nudge", Zh: "一个神经元：轻轻一推"},
			Sentence: trace.Text{En: "What a gradient is: how much the output moves when one number moves.",
				Zh: "什么是梯度：一个数动一点，输出跟着动多少。"},
		},
		{
			Name: "forks", Number: 2, Sections: []string{"2.4"}, Refutes: []string{"M2", "M4", "M7"}, scene: forks,
			picture: picture{4, 0},
			Title:   trace.Text{En: "Forks: gradients add", Zh: "分叉：梯度相加"},
			Sentence: trace.Text{En: "A number that is used twice gets a gradient by each road, and they add.",
				Zh: "一个数被用了两次，每条路都送回一份梯度，总梯度是它们的和。"},
		},
		{
			Name: "sigmoids", Number: 3, Sections: []string{"2.2", "2.4", "4.2"}, Refutes: []string{"M6"},
			scene:   sigmoids,
			picture: picture{0, 0},
			Title:   trace.Text{En: "Saturation: gradients vanish", Zh: "饱和：梯度消失"},
			Sentence: trace.Text{En: "Each layer multiplies the gradient; twenty of them leave nothing of it, or " +
				"far too much.", Zh: "每一层都把梯度乘一遍；过二十层，不是几乎为零，就是大得离谱。"},
		},
		{
			Name: "dead", Number: 4, Sections: []string{"2.2", "2.5", "4.1"}, Refutes: []string{"M9"}, scene: dead,
			picture: picture{3, 0},
			Title:   trace.Text{En: "A unit that dies", Zh: "死亡的 ReLU"},
			Sentence: trace.Text{En: "Where ReLU is off for all examples, the gradient is zero, and nothing " +
				"changes any more.", Zh: "如果 ReLU 对所有样本都没有反应，梯度就是零，从此再也不变。"},
		},
		{
			Name: "xor", Number: 5, Sections: []string{"2.1", "2.3", "2.4", "2.5", "3.1", "4.4"},
			Refutes: []string{"M3"}, scene: xor,
			picture: picture{6, 0},
			Title:   trace.Text{En: "A network learns XOR", Zh: "一个网络学会 XOR"},
			Sentence: trace.Text{En: "All formulas of backpropagation, layer by layer, in a network small enough " +
				"to see whole.", Zh: "反向传播的全部公式，一层一层，放在一个能一眼看完的网络里。"},
		},
		{
			Name: "convolution", Number: 6, Sections: []string{"3.2", "6.1"}, Refutes: []string{"M3", "M8", "M9"},
			scene:   convolution,
			picture: picture{0, 0},
			Title:   trace.Text{En: "Convolution shares, pooling routes", Zh: "卷积共享权重，池化选路"},
			Sentence: trace.Text{En: "The gradient of a kernel is a sum over all places; max pooling hands each " +
				"gradient to one cell.", Zh: "卷积核的梯度是所有位置之和；最大池化把每份梯度交给一个格子。"},
		},
		{
			Name: "recurrence", Number: 7, Sections: []string{"3.3", "6.2"}, Refutes: []string{"M8"},
			scene:   recurrences,
			picture: picture{0, 0},
			Title:   trace.Text{En: "Through time: a recurrent network", Zh: "穿过时间：循环神经网络"},
			Sentence: trace.Text{En: "One weight, used at fifty times: its gradient is a sum, and it vanishes or " +
				"explodes.", Zh: "一个权重用了五十次：梯度是各次之和，不是消失就是爆炸。"},
		},
		{
			Name: "attention", Number: 8, Sections: []string{"2.2", "2.5", "3.4", "6.3"}, Refutes: []string{"M6"},
			scene:   attentions,
			picture: picture{1, 0},
			Title:   trace.Text{En: "Attention", Zh: "注意力"},
			Sentence: trace.Text{En: "Who looks at whom, and why scores are divided before they become weights.",
				Zh: "谁看谁，以及为什么分数要先缩小再变成权重。"},
		},
		{
			Name: "reparameterisation", Number: 9, Sections: []string{"2.5", "3.5"}, Refutes: []string{"M11"},
			scene:   reparameterisation,
			picture: picture{0, 0},
			Title:   trace.Text{En: "Past a random choice", Zh: "绕过随机：重参数化"},
			Sentence: trace.Text{En: "If the noise is an input, the gradient passes beside it.",
				Zh: "把噪声当作输入，梯度就能从旁边通过。"},
		},
		{
			Name: "game", Number: 10, Sections: []string{"2.5", "3.6"}, Refutes: []string{"M10"}, scene: game,
			picture: picture{5, 0},
			Title:   trace.Text{En: "Two players, and scissors", Zh: "两个玩家与一把剪刀"},
			Sentence: trace.Text{En: "Cutting a gradient is one thing, freezing a player another.",
				Zh: "剪断梯度是一回事，冻结一个玩家是另一回事。"},
		},
		{
			Name: "normalisation", Number: 11, Sections: []string{"4.2"}, Refutes: []string{"M12", "M13"},
			scene:   normalisation,
			picture: picture{1, 0},
			Title:   trace.Text{En: "Batch normalisation and dropout", Zh: "批量归一化与 Dropout"},
			Sentence: trace.Text{En: "In training the examples of a batch depend on each other; in use they do " +
				"not.", Zh: "训练时，一批样本互相影响；推理时则不会。"},
		},
		{
			Name: "optimisers", Number: 12, Sections: []string{"4.1"}, Refutes: []string{"M1", "M14"},
			scene:   optimisers,
			picture: picture{2, 0},
			Title:   trace.Text{En: "Optimisers: a step is not the gradient", Zh: "优化器：更新量不等于梯度"},
			Sentence: trace.Text{En: "Five ways to walk down a hill, and what each of them remembers.",
				Zh: "五种下山的办法，以及它们各自记住了什么。"},
		},
	}
}
