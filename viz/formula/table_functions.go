// This file holds the rules of functions of one value that are no activations.

package formula

var functionRows = []row{
	{
		names:    "neg",
		name:     Text{"negation", "取负"},
		does:     Text{"Changes the sign.", "改变符号。"},
		back:     Text{"The incoming gradient changes its sign, too.", "上游梯度同样改变符号。"},
		operands: "x", forward: lines{"y = -x"}, grads: lines{"-dy"}, element: elementwise,
	},
	{
		names:    "abs",
		name:     Text{"absolute value", "绝对值"},
		does:     Text{"Gives the magnitude of each element.", "取每个元素的绝对值。"},
		back:     slope("1 above 0, -1 below, 0 at 0", "正数处为 1，负数处为 -1，0 处为 0"),
		operands: "x", forward: lines{"y = |x|"}, grads: lines{"dy·sign(x)"}, element: elementwise,
	},
	{
		names:    "exp",
		name:     Text{"exponential function", "指数函数"},
		does:     Text{"Raises e to each element.", "以 e 为底，逐元素求指数。"},
		back:     slope("it is the result itself", "恰好等于结果本身"),
		operands: "x", forward: lines{"y = e^x"}, grads: lines{"dy·y"}, element: elementwise,
	},
	{
		names:    "log",
		name:     Text{"natural logarithm", "自然对数"},
		does:     Text{"Takes the logarithm to the base e.", "取以 e 为底的对数。"},
		back:     slope("1/x, large where x is small", "1/x，x 越小梯度越大"),
		operands: "x", forward: lines{"y = ln(x)"}, grads: lines{"1/x·dy"}, element: elementwise,
	},
	{
		names:    "sqrt",
		name:     Text{"square root", "平方根"},
		does:     Text{"Takes the square root.", "求平方根。"},
		back:     slope("1/(2y)", "1/(2y)"),
		operands: "x", forward: lines{"y = √x"}, grads: lines{"1/(2·y)·dy"}, element: elementwise,
	},
	{
		names:    "rsqrt",
		name:     Text{"reciprocal square root", "平方根的倒数"},
		does:     Text{"Gives 1 divided by the square root.", "求平方根的倒数。"},
		back:     slope("-½·y³", "-½·y³"),
		operands: "x", forward: lines{"y = 1/√x"}, grads: lines{"-½·dy·y³"}, element: elementwise,
	},
	{
		names:    "square",
		name:     Text{"square", "平方"},
		does:     Text{"Multiplies each element by itself.", "每个元素乘以自身。"},
		back:     slope("2x", "2x"),
		operands: "x", forward: lines{"y = x²"}, grads: lines{"2·dy·x"}, element: elementwise,
	},
	{
		names:    "reciprocal",
		name:     Text{"reciprocal", "倒数"},
		does:     Text{"Gives 1 divided by each element.", "求每个元素的倒数。"},
		back:     slope("-y²", "-y²"),
		operands: "x", forward: lines{"y = 1/x"}, grads: lines{"-dy·y²"}, element: elementwise,
	},
	{
		names:    "sin",
		name:     Text{"sine", "正弦"},
		does:     Text{"Takes the sine.", "求正弦。"},
		back:     slope("the cosine", "余弦"),
		operands: "x", forward: lines{"y = sin(x)"}, grads: lines{"dy·cos(x)"}, element: elementwise,
	},
	{
		names:    "cos",
		name:     Text{"cosine", "余弦"},
		does:     Text{"Takes the cosine.", "求余弦。"},
		back:     slope("minus the sine", "负的正弦"),
		operands: "x", forward: lines{"y = cos(x)"}, grads: lines{"-dy·sin(x)"}, element: elementwise,
	},
	{
		names:    "erf",
		name:     Text{"error function", "误差函数"},
		does:     Text{"Takes the error function, the integral of the bell curve.", "求误差函数，即钟形曲线的积分。"},
		back:     slope("the height of the bell curve", "钟形曲线在该点的高度"),
		operands: "x", forward: lines{"y = erf(x)"}, grads: lines{"2/√π·e^(-x²)·dy"}, element: elementwise,
	},
	{
		names:    "sign",
		name:     Text{"sign", "符号函数"},
		does:     Text{"Gives 1, 0 or -1.", "结果为 1、0 或 -1。"},
		back:     flat,
		operands: "x", forward: lines{"y = sign(x)"}, element: elementwise,
	},
	{
		names: "clamp",
		name:  Text{"clamp", "截断"},
		does:  Text{"Keeps each element between two bounds.", "把每个元素限制在上下界之间。"},
		back: Text{
			"The incoming gradient passes between the bounds and stops outside of them.",
			"在上下界之间梯度原样通过，界外的梯度为 0。",
		},
		operands: "x", attrs: "lo=a hi=b", forward: lines{"y = min(max(x, a), b)"},
		grads: lines{"{dy if a ≤ x ≤ b; 0 if x < a; 0 if x > b}"}, element: elementwise,
	},
	{
		names:    "addscalar",
		name:     Text{"addition of a number", "加常数"},
		does:     Text{"Adds one number to all elements.", "给所有元素加上同一个数。"},
		back:     Text{"The incoming gradient passes unchanged.", "上游梯度原样通过。"},
		operands: "x", attrs: "s=s", forward: lines{"y = x + s"}, grads: lines{"dy"}, element: elementwise,
	},
	{
		names:    "scale",
		name:     Text{"multiplication by a number", "乘常数"},
		does:     Text{"Multiplies all elements by one number.", "所有元素乘以同一个数。"},
		back:     Text{"The incoming gradient is multiplied by the same number.", "上游梯度乘以同一个数。"},
		operands: "x", attrs: "s=s", forward: lines{"y = x·s"}, grads: lines{"dy·s"}, element: elementwise,
	},
	{
		names:    "powscalar",
		name:     Text{"power", "乘方（常数指数）"},
		does:     Text{"Raises all elements to one power.", "所有元素取同一个幂次。"},
		back:     slope("p·xᵖ⁻¹", "p·xᵖ⁻¹"),
		operands: "x", attrs: "p=p", forward: lines{"y = x^p"}, grads: lines{"dy·p·x^(p-1)"}, element: elementwise,
	},
	rounded("floor", Text{"rounding down", "向下取整"}, "⌊x⌋"),
	rounded("ceil", Text{"rounding up", "向上取整"}, "⌈x⌉"),
	rounded("round", Text{"rounding", "四舍六入五成双"}, "round(x)"),
	rounded("trunc", Text{"rounding towards zero", "向零取整"}, "trunc(x)"),
	{
		names: "cast",
		name:  Text{"change of type", "类型转换"},
		does: Text{
			"Writes integers as floats, or cuts floats to integers.",
			"把整数转成浮点数，或把浮点数截断成整数。",
		},
		back:     integers,
		operands: "x", forward: lines{"y = x"}, element: elementwise,
		vary: func(r *row, a attributes) {
			if to, _ := a.get("to"); to.text == "int64" {
				r.forward = lines{"y = trunc(x)"}
			}
		},
	},
	{
		names:    "increment",
		name:     Text{"counter", "计数加一"},
		does:     Text{"Counts one further.", "计数器加 1。"},
		back:     integers,
		operands: "x", forward: lines{"y = x + 1"}, element: elementwise,
	},
}

func rounded(name string, named Text, right string) row {
	return row{
		names:    name,
		name:     named,
		does:     Text{"Rounds each element to a whole number.", "把每个元素取整。"},
		back:     flat,
		operands: "x", forward: lines{"y = " + right}, element: elementwise,
	}
}
