// This file holds the rules of arithmetic: functions of two values.

package formula

var arithmeticRows = []row{
	{
		names: "add",
		name:  Text{"addition", "逐元素相加"},
		does:  Text{"Adds two tensors element by element.", "把两个张量逐元素相加。"},
		back: Text{
			"Addition distributes: each operand gets the incoming gradient unchanged.",
			"加法是“分配器”：两个操作数都原样得到上游梯度。",
		},
		operands: "a b", forward: lines{"y = a + b"}, grads: lines{"dy", "dy"}, element: elementwise,
	},
	{
		names: "sub",
		name:  Text{"subtraction", "逐元素相减"},
		does: Text{
			"Subtracts the second tensor from the first, element by element.",
			"从第一个张量中逐元素减去第二个。",
		},
		back: Text{
			"The first operand gets the incoming gradient, the second its negative.",
			"被减数得到上游梯度，减数得到它的相反数。",
		},
		operands: "a b", forward: lines{"y = a - b"}, grads: lines{"dy", "-dy"}, element: elementwise,
	},
	{
		names: "mul",
		name:  Text{"elementwise product", "逐元素相乘"},
		does:  Text{"Multiplies two tensors element by element.", "把两个张量逐元素相乘。"},
		back: Text{
			"Multiplication switches: each operand gets the incoming gradient times the other operand.",
			"乘法是“交换器”：每个操作数得到上游梯度乘以另一个操作数。",
		},
		operands: "a b", forward: lines{"y = a·b"}, grads: lines{"dy·b", "dy·a"}, element: elementwise,
	},
	{
		names: "div",
		name:  Text{"division", "逐元素相除"},
		does:  Text{"Divides the first tensor by the second, element by element.", "用第一个张量逐元素除以第二个。"},
		back: Text{
			"The dividend gets the incoming gradient divided by the divisor; the divisor gets it times -y/b.",
			"被除数得到上游梯度除以除数；除数得到上游梯度乘以 -y/b。",
		},
		operands: "a b", forward: lines{"y = a/b"}, grads: lines{"1/b·dy", "-y/b·dy"}, element: elementwise,
	},
	{
		names: "pow",
		name:  Text{"power", "乘方"},
		does: Text{
			"Raises the first tensor to the power of the second, element by element.",
			"以第一个张量为底、第二个为指数，逐元素求幂。",
		},
		back: Text{
			"The base gets the incoming gradient times b·aᵇ⁻¹, the exponent times y·ln a.",
			"底数得到上游梯度乘以 b·aᵇ⁻¹，指数得到上游梯度乘以 y·ln a。",
		},
		operands: "a b", forward: lines{"y = a^b"}, grads: lines{"dy·b·a^(b-1)", "dy·y·ln(a)"}, element: elementwise,
	},
	{
		names: "minimum",
		name:  Text{"minimum of two", "逐元素取小"},
		does:  Text{"Takes the smaller of two elements.", "逐元素取两者中较小的一个。"},
		back: Text{
			"It routes: the smaller element gets the incoming gradient, the other 0; equal ones share it.",
			"它是“路由器”：梯度只流向较小的元素，另一个得 0；相等时各得一半。",
		},
		operands: "a b", forward: lines{"y = min(a, b)"},
		grads:   lines{"{dy if a < b; ½·dy if a = b; 0 if a > b}", "{dy if b < a; ½·dy if b = a; 0 if b > a}"},
		element: elementwise,
	},
	{
		names: "maximum",
		name:  Text{"maximum of two", "逐元素取大"},
		does:  Text{"Takes the larger of two elements.", "逐元素取两者中较大的一个。"},
		back: Text{
			"It routes: the larger element gets the incoming gradient, the other 0; equal ones share it.",
			"它是“路由器”：梯度只流向较大的元素，另一个得 0；相等时各得一半。",
		},
		operands: "a b", forward: lines{"y = max(a, b)"},
		grads:   lines{"{dy if a > b; ½·dy if a = b; 0 if a < b}", "{dy if b > a; ½·dy if b = a; 0 if b < a}"},
		element: elementwise,
	},
	comparison("less", "小于", "<", "≥"),
	comparison("lessequal", "小于等于", "≤", ">"),
	comparison("greater", "大于", ">", "≤"),
	comparison("greaterequal", "大于等于", "≥", "<"),
	comparison("equal", "等于", "=", "≠"),
	comparison("notequal", "不等于", "≠", "="),
	{
		names: "where",
		name:  Text{"choice", "按条件选择"},
		does: Text{
			"Takes the element of the second operand where the condition is not 0, else that of the third.",
			"条件不为 0 时取第二个操作数的元素，否则取第三个的。",
		},
		back: Text{
			"It routes: the chosen element gets the incoming gradient, the other 0; the condition gets none.",
			"它是“路由器”：梯度只流向被选中的元素，另一个得 0；条件没有梯度。",
		},
		operands: "cond=c a b", forward: lines{"y = {a if c ≠ 0; b if c = 0}"},
		grads: lines{"", "{dy if c ≠ 0; 0 if c = 0}", "{0 if c ≠ 0; dy if c = 0}"}, element: elementwise,
	},
	{
		names: "remainder",
		name:  Text{"remainder", "取余"},
		does: Text{
			"Gives the remainder of the division, with the sign of the divisor.",
			"求除法的余数，符号与除数相同。",
		},
		back: Text{
			"The dividend gets the incoming gradient, the divisor gets it times -q, with q the whole quotient.",
			"被除数得到上游梯度，除数得到上游梯度乘以 -q，其中 q 是整数商。",
		},
		operands: "a b", forward: lines{"y = a - b·q"}, where: lines{"q = ⌊a/b⌋"}, grads: lines{"dy", "-dy·q"},
		element: elementwise,
	},
	{
		names: "fmod",
		name:  Text{"remainder towards zero", "取余（向零）"},
		does: Text{
			"Gives the remainder of the division, with the sign of the dividend.",
			"求除法的余数，符号与被除数相同。",
		},
		back: Text{
			"The dividend gets the incoming gradient, the divisor gets it times -q, with q the whole quotient.",
			"被除数得到上游梯度，除数得到上游梯度乘以 -q，其中 q 是整数商。",
		},
		operands: "a b", forward: lines{"y = a - b·q"}, where: lines{"q = trunc(a/b)"}, grads: lines{"dy", "-dy·q"},
		element: elementwise,
	},
	{
		names: "accumulate",
		name:  Text{"sum at a fork", "分叉处梯度累加"},
		does: Text{
			"Adds the contributions that come back from all uses of one value.",
			"把同一个值的各条使用路径回传的梯度加在一起。",
		},
		back: Text{
			"It distributes: each term gets the incoming gradient unchanged.",
			"它是“分配器”：每一项都原样得到上游梯度。",
		},
		operands: "x…", forward: lines{"y = x_1 + x_2 + …"}, grads: lines{"dy"},
		element: Element{Kind: Elementwise, Fold: Sum},
	},
}

// comparison is the row of one, of floats and of integers.
func comparison(name, zh, is, isNot string) row {
	return row{
		names:    name + " " + name + "-int",
		name:     Text{"comparison " + is, "比较：" + zh},
		does:     Text{"Gives 1 where a " + is + " b, else 0.", "a " + is + " b 处为 1，否则为 0。"},
		back:     flat,
		operands: "a b", forward: lines{"y = {1 if a " + is + " b; 0 if a " + isNot + " b}"}, element: elementwise,
	}
}
