// This file holds the rules of activation functions, and those of the ops that compute their gradients.

package formula

// activation is an activation function: its row, and those of the op of its gradient.
type activation struct {
	op         string
	name       Text
	does, back Text
	attrs      string
	where      lines
	forward    string
	slope      string // its derivative, in x or y
	kept       string // what the gradient is computed from: x or y
	second     string // the derivative of the slope by what is kept
	only       bool   // its gradient has no op of its own
}

var activationRows = activations(
	activation{
		op: "sigmoid", name: Text{"sigmoid", "Sigmoid 函数"},
		does: Text{"Squeezes each element between 0 and 1.", "把每个元素压缩到 0 与 1 之间。"},
		back: slope(
			"y·(1-y), at most ¼, and almost 0 where the result is near 0 or 1",
			"y·(1-y)，最大只有 ¼；结果接近 0 或 1 时几乎为 0（饱和）",
		),
		forward: "σ(x) = 1/(1 + e^(-x))", slope: "y·(1 - y)", kept: "y", second: "(1 - 2·y)",
	},
	activation{
		op: "tanh", name: Text{"hyperbolic tangent", "Tanh 函数"},
		does: Text{"Squeezes each element between -1 and 1.", "把每个元素压缩到 -1 与 1 之间。"},
		back: slope(
			"1 - y², at most 1, and almost 0 where the result is near -1 or 1",
			"1 - y²，最大为 1；结果接近 ±1 时几乎为 0（饱和）",
		),
		forward: "tanh(x)", slope: "(1 - y²)", kept: "y", second: "(-2·y)",
	},
	activation{
		op: "relu", name: Text{"ReLU", "ReLU 函数"},
		does: Text{"Keeps what is positive and makes the rest 0.", "保留正数，其余变为 0。"},
		back: Text{
			"It is a gate: where the result is positive the incoming gradient passes unchanged, elsewhere it stops.",
			"它像一道门：结果为正处梯度原样通过，其余处梯度为 0。",
		},
		forward: "max(x, 0)", slope: "{1 if y > 0; 0 if y ≤ 0}", kept: "y",
	},
	activation{
		op: "leakyrelu", name: Text{"leaky ReLU", "Leaky ReLU 函数"}, attrs: "slope=α",
		does: Text{"Keeps what is positive and makes the rest small.", "保留正数，其余乘以一个小的斜率。"},
		back: Text{
			"Where x is positive the incoming gradient passes unchanged, elsewhere a small part of it does, so " +
				"that no unit dies.",
			"x 为正处梯度原样通过，其余处乘以小斜率，因此神经元不会“死亡”。",
		},
		forward: "{x if x > 0; α·x if x ≤ 0}", slope: "{1 if x > 0; α if x ≤ 0}", kept: "x",
	},
	activation{
		op: "elu", name: Text{"ELU", "ELU 函数"}, attrs: "alpha=α",
		does:    Text{"Keeps what is positive and bends the rest towards -α.", "保留正数，负数平滑地趋于 -α。"},
		back:    slope("1 above 0, α·eˣ below", "正数处为 1，负数处为 α·eˣ"),
		forward: "{x if x > 0; α·(e^x - 1) if x ≤ 0}", slope: "{1 if x > 0; α·e^x if x ≤ 0}", kept: "x",
		second: "{0 if x > 0; α·e^x if x ≤ 0}",
	},
	activation{
		op: "silu", name: Text{"SiLU", "SiLU 函数（Swish）"},
		does:    Text{"Multiplies each element by its sigmoid.", "每个元素乘以它自己的 Sigmoid 值。"},
		back:    slope("that of a product of x and σ(x)", "按 x 与 σ(x) 的乘积求导"),
		forward: "x·σ(x)", slope: "(σ(x) + x·σ(x)·(1 - σ(x)))", kept: "x",
		second: "σ(x)·(1 - σ(x))·(2 + x·(1 - 2·σ(x)))",
	},
	activation{
		op: "gelu", name: Text{"GELU", "GELU 函数"},
		does: Text{
			"Multiplies each element by the probability that a normal number is smaller.",
			"每个元素乘以标准正态变量小于它的概率。",
		},
		back: slope("Φ(x) + x·φ(x), with Φ and φ of the normal distribution",
			"Φ(x) + x·φ(x)，Φ 与 φ 是正态分布的分布函数与密度"),
		forward: "x·Φ(x)", slope: "(Φ(x) + x·φ(x))", kept: "x", second: "φ(x)·(2 - x²)",
	},
	activation{
		op: "gelutanh", name: Text{"GELU by tanh", "GELU 函数（近似）"},
		does: Text{"An approximation of GELU, with which GPT-2 was trained.", "GELU 的近似式，GPT-2 用它训练。"},
		back: slope("that of a product of x and s", "按 x 与 s 的乘积求导"),
		where: lines{"v = 2·√(2/π)·(x + 0.044715·x³)", "v′ = 2·√(2/π)·(1 + 0.134145·x²)",
			"v″ = 2·√(2/π)·0.26829·x", "s = σ(v)"},
		forward: "x·s", slope: "(s + x·v′·s·(1 - s))", kept: "x", second: "s·(1 - s)·(2·v′ + x·v″ + x·(1 - 2·s)·v′²)",
	},
	activation{
		op: "softplus", name: Text{"softplus", "Softplus 函数"},
		does:    Text{"A smooth ReLU.", "平滑的 ReLU。"},
		back:    slope("the sigmoid of x", "x 的 Sigmoid 值"),
		forward: "ln(1 + e^x)", slope: "σ(x)", kept: "x", second: "σ(x)·(1 - σ(x))",
	},
	activation{
		op: "mish", name: Text{"Mish", "Mish 函数"},
		does:    Text{"Multiplies each element by the tanh of its softplus.", "每个元素乘以其 Softplus 的 Tanh 值。"},
		back:    slope("that of a product of x and t", "按 x 与 t 的乘积求导"),
		where:   lines{"t = tanh(ln(1 + e^x))"},
		forward: "x·t", slope: "(t + x·(1 - t²)·σ(x))", kept: "x", only: true,
	},
)

// activations makes the rows. The gradient of abs and of clamp has an op of the same kind.
func activations(all ...activation) []row {
	var rows []row
	for _, a := range all {
		rows = append(rows, row{
			names: a.op, name: a.name, does: a.does, back: a.back, attrs: a.attrs, where: a.where,
			operands: "x", forward: lines{"y = " + a.forward}, grads: lines{"dy·" + a.slope}, element: elementwise,
		})
		if !a.only {
			rows = append(rows, a.gradient())
		}
	}
	return append(rows,
		activation{op: "abs", name: Text{"absolute value", "绝对值"}, slope: "sign(x)", kept: "x"}.gradient(),
		activation{op: "clamp", name: Text{"clamp", "截断"}, attrs: "lo=a hi=b", kept: "x",
			slope: "{1 if a ≤ x ≤ b; 0 if x < a; 0 if x > b}"}.gradient())
}

// gradient is the row of the op of the gradient.
func (a activation) gradient() row {
	second := ""
	if a.second != "" {
		second = "ψ·dy·" + a.second
	}
	where := a.where
	if len(where) > 0 && a.second == "" {
		where = nil
	}
	return row{
		names: "∂" + a.op,
		name:  Text{"gradient of " + a.name.En, a.name.Zh + "的梯度"},
		does:  Text{"Multiplies the incoming gradient by the slope.", "上游梯度乘以该点的斜率。"},
		back:  twice, attrs: a.attrs, where: where,
		operands: a.kept + " dy", results: "dx", forward: lines{"dx = dy·" + a.slope},
		grads:   lines{second, "ψ·" + a.slope},
		element: elementwise,
	}
}
