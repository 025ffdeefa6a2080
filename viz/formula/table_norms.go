// This file holds the rules of normalisations and of dropout.

package formula

// normalised is dx, dw and db of a normalisation, by x̂, r and g = dy·w.
var normalised = []string{"r·(g - mean(g) - x̂·mean(g·x̂))", "Σ dy·x̂", "Σ dy"}

var normRows = []row{
	{
		names: "batchnorm",
		name:  Text{"batch normalisation", "批归一化"},
		does: Text{"Gives each channel of the batch mean 0 and variance 1, then scales and shifts it.",
			"把每个通道在整个批次上变为均值 0、方差 1，再缩放和平移。"},
		back: Text{
			"It mixes the samples: mean and variance hang on all of them, so part of the gradient is taken away " +
				"from each.",
			"它把样本混在一起：均值和方差依赖整个批次，所以每个样本的梯度都要减去相应的部分。",
		},
		operands: "x w? b?", results: "y mean=μ variance=v", attrs: "eps=ε", forward: lines{"y = ⟦w·⟧x̂⟦ + b⟧"},
		where: lines{"μ = mean(x)", "v = mean((x - μ)²)", "r = 1/√(v + ε)", "x̂ = (x - μ)·r", "g = dy⟦·w⟧"},
		grads: normalised, element: Element{Kind: Along, Form: "channel"},
	},
	{
		names: "∂batchnorm",
		name:  Text{"gradient of batch normalisation", "批归一化的梯度"},
		does: Text{
			"Computes the gradients of input, scale and shift together.",
			"一并计算输入、缩放和平移的梯度。",
		},
		back:     twice,
		operands: "dy x mean=μ variance=v w?", results: "dx dw db", attrs: "eps=ε",
		forward: lines{"dx = " + normalised[0], "dw = " + normalised[1], "db = " + normalised[2]},
		where:   lines{"r = 1/√(v + ε)", "x̂ = (x - μ)·r", "g = dy⟦·w⟧"},
		element: Element{Kind: Along, Form: "channel"},
	},
	{
		names: "batchnormeval",
		name:  Text{"batch normalisation by given statistics", "批归一化（用给定统计量）"},
		does: Text{
			"Normalises each channel by a given mean and variance: a fixed line for each channel.",
			"用给定的均值和方差归一化每个通道：每个通道只是一条固定的直线。",
		},
		back: Text{
			"The input gets the incoming gradient times the fixed factor of its channel; samples do not mix.",
			"输入得到上游梯度乘以所在通道的固定系数，样本之间互不影响。",
		},
		operands: "x mean=μ variance=v w? b?", attrs: "eps=ε", forward: lines{"y = ⟦w·⟧r·(x - μ)⟦ + b⟧"},
		where:   lines{"r = 1/√(v + ε)"},
		grads:   lines{"dy⟦·w⟧·r", "-Σ dy⟦·w⟧·r", "-½·Σ dy⟦·w⟧·(x - μ)·r³", "Σ dy·(x - μ)·r", "Σ dy"},
		element: Element{Kind: Elementwise, Form: "channel"},
	},
	{
		names: "layernorm",
		name:  Text{"layer normalisation", "层归一化"},
		does: Text{
			"Gives each row mean 0 and variance 1, then scales and shifts it.",
			"把每一行变为均值 0、方差 1，再缩放和平移。",
		},
		back: Text{
			"It mixes the elements of a row: mean and variance hang on all of them, so part of the gradient is " +
				"taken away from each.",
			"它把一行中的元素混在一起：均值和方差依赖整行，所以每个元素的梯度都要减去相应的部分。",
		},
		operands: "x w? b?", results: "y mean=μ r", attrs: "eps=ε", forward: lines{"y = ⟦w·⟧x̂⟦ + b⟧"},
		where: lines{"μ = mean(x)", "r = 1/√(mean((x - μ)²) + ε)", "x̂ = (x - μ)·r", "g = dy⟦·w⟧"},
		grads: normalised, element: Element{Kind: Along, Last: 1}, vary: lastAxes,
	},
	{
		names: "groupnorm",
		name:  Text{"group normalisation", "组归一化"},
		does: Text{
			"Gives each group of channels of each sample mean 0 and variance 1, then scales and shifts.",
			"把每个样本的每组通道变为均值 0、方差 1，再缩放和平移。",
		},
		back: Text{
			"It mixes the elements of a group: mean and variance hang on all of them, so part of the gradient is " +
				"taken away from each.",
			"它把一组中的元素混在一起：均值和方差依赖整组，所以每个元素的梯度都要减去相应的部分。",
		},
		operands: "x w? b?", results: "y mean=μ r", attrs: "eps=ε", forward: lines{"y = ⟦w·⟧x̂⟦ + b⟧"},
		where: lines{"μ = mean(x)", "r = 1/√(mean((x - μ)²) + ε)", "x̂ = (x - μ)·r", "g = dy⟦·w⟧"},
		grads: normalised, element: Element{Kind: Along, Group: 1}, vary: lastAxes,
	},
	{
		names: "∂layernorm",
		name:  Text{"gradient of layer normalisation", "层归一化的梯度"},
		does: Text{
			"Computes the gradients of input, scale and shift together.",
			"一并计算输入、缩放和平移的梯度。",
		},
		back:     twice,
		operands: "dy x mean=μ r w?", results: "dx dw db",
		forward: lines{"dx = " + normalised[0], "dw = " + normalised[1], "db = " + normalised[2]},
		where:   lines{"x̂ = (x - μ)·r", "g = dy⟦·w⟧"}, element: Element{Kind: Along, Last: 1}, vary: lastAxes,
	},
	{
		names: "∂groupnorm",
		name:  Text{"gradient of group normalisation", "组归一化的梯度"},
		does: Text{
			"Computes the gradients of input, scale and shift together.",
			"一并计算输入、缩放和平移的梯度。",
		},
		back:     twice,
		operands: "dy x mean=μ r w?", results: "dx dw db",
		forward: lines{"dx = " + normalised[0], "dw = " + normalised[1], "db = " + normalised[2]},
		where:   lines{"x̂ = (x - μ)·r", "g = dy⟦·w⟧"}, element: Element{Kind: Along, Group: 1}, vary: lastAxes,
	},
	{
		names: "running",
		name:  Text{"running statistic", "滑动统计量"},
		does: Text{
			"Moves a running mean or variance a little towards that of the batch.",
			"让滑动均值或方差向本批次的值靠近一点。",
		},
		back:     Text{"Both get a part of the incoming gradient, by their weight.", "两者按各自的权重分得上游梯度。"},
		operands: "old=o batch=b", attrs: "momentum=m correction=c", forward: lines{"y = (1 - m)·o + m·c·b"},
		grads: lines{"(1 - m)·dy", "m·c·dy"}, element: elementwise,
	},
	{
		names: "dropout",
		name:  Text{"dropout", "随机失活（Dropout）"},
		does: Text{
			"Makes each element 0 with probability p, and divides the others by 1-p so that the mean stays.",
			"以概率 p 把元素置为 0，其余除以 1-p，使均值不变。",
		},
		back: Text{
			"The same mask, not a new one, is a shutter for the gradient: what was made 0 gets 0, the others get " +
				"it divided by 1-p.",
			"反向传播用同一个掩码，不重新抽样：被置 0 的元素梯度为 0，其余除以 1-p。",
		},
		operands: "x step=t", attrs: "p=p", forward: lines{"y = m/(1 - p)·x"}, grads: lines{"m/(1 - p)·dy"},
		where: lines{"m ∼ B(1 - p)"}, element: elementwise,
	},
	{
		names: "drop-path",
		name:  Text{"dropout of examples", "按样本随机失活（DropPath）"},
		does: Text{
			"Makes all elements of an example 0 with probability p, and divides the others by 1-p: the mean stays.",
			"以概率 p 把整个样本的元素都置为 0，其余除以 1-p，使均值不变。",
		},
		back: Text{
			"The same mask, not a new one, is a shutter for the gradient: an example that was made 0 gets 0, the " +
				"others get it divided by 1-p.",
			"反向传播用同一个掩码，不重新抽样：被置 0 的样本梯度为 0，其余除以 1-p。",
		},
		operands: "x step=t", attrs: "p=p", forward: lines{"y = m/(1 - p)·x"}, grads: lines{"m/(1 - p)·dy"},
		where: lines{"m ∼ B(1 - p)"}, element: elementwise,
	},
	{
		names: "spatial-dropout",
		name:  Text{"dropout of channels", "通道随机失活"},
		does: Text{
			"Makes whole channels 0 with probability p, and divides the others by 1-p so that the mean stays.",
			"以概率 p 把整个通道置为 0，其余除以 1-p，使均值不变。",
		},
		back: Text{
			"The same mask, not a new one, is a shutter for the gradient: a channel that was made 0 gets 0, the " +
				"others get it divided by 1-p.",
			"反向传播用同一个掩码，不重新抽样：被置 0 的通道梯度为 0，其余除以 1-p。",
		},
		operands: "x step=t", attrs: "p=p", forward: lines{"y = m/(1 - p)·x"}, grads: lines{"m/(1 - p)·dy"},
		where: lines{"m ∼ B(1 - p)"}, element: elementwise,
	},
}

// lastAxes takes from the attributes what a row of a normalisation is.
func lastAxes(r *row, a attributes) {
	r.element.Group = a.int("groups", r.element.Group)
	if r.element.Group == 0 {
		r.element.Last = max(1, a.int("axes", 1))
	}
}
