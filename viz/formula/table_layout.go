// This file holds the rules of ops that change shape and place.

package formula

// moved is the sentence for what only moves elements.
var moved = Text{
	"It computes nothing: the incoming gradient goes back to where each element came from.",
	"不做运算：梯度沿原路回到每个元素原来的位置。",
}

var layoutRows = []row{
	{
		names:    "reshape flatten squeeze unsqueeze",
		name:     Text{"change of shape", "改变形状"},
		does:     Text{"Gives the same elements in another shape.", "元素不变，只改变形状。"},
		back:     Text{"The incoming gradient takes the old shape again.", "上游梯度变回原来的形状。"},
		operands: "x", forward: lines{"y = reshape(x)"}, grads: lines{"reshape(dy)"},
		element: Element{Kind: Rearrangement, Form: "same"},
	},
	{
		names:    "transpose",
		name:     Text{"transposition", "转置"},
		does:     Text{"Puts the axes into another order.", "交换轴的顺序。"},
		back:     moved,
		operands: "x", forward: lines{"y = xᵀ"}, grads: lines{"dyᵀ"},
		element: Element{Kind: Rearrangement, Form: "transpose"},
		vary: func(r *row, a attributes) {
			if l := a.lists(); len(l) > 0 {
				r.element.Axes = l[0]
			}
		},
	},
	{
		names: "expand",
		name:  Text{"repetition", "广播"},
		does:  Text{"Repeats elements along axes of size 1.", "沿大小为 1 的轴复制元素。"},
		back: Text{
			"An element that was repeated gets the sum of the incoming gradient over its copies.",
			"被复制的元素得到其所有副本的上游梯度之和。",
		},
		operands: "x", forward: lines{"y[i,j] = x_j"}, grads: lines{"x_j := Σ_i dy[i,j]"},
		element: Element{Kind: Rearrangement, Form: "repeat"},
	},
	{
		names:    "slice",
		name:     Text{"part", "切片"},
		does:     Text{"Takes a part of each axis.", "从各个轴取出一段。"},
		back:     Text{"What was taken gets the incoming gradient, the rest 0.", "取出的部分得到上游梯度，其余为 0。"},
		operands: "x", forward: lines{"y_i = x_{l+i·s}"}, grads: lines{"x_{l+i·s} := dy_i"},
		element: Element{Kind: Rearrangement, Form: "slice"},
		vary:    func(r *row, a attributes) { r.element.Lo, r.element.Step = a.ranges() },
	},
	{
		names: "pad",
		name:  Text{"padding", "填充"},
		does: Text{
			"Puts the elements into a larger tensor, with a number around them.",
			"把元素放进更大的张量，周围填一个数。",
		},
		back: Text{
			"The elements get their part of the incoming gradient; what falls on the padding is dropped.",
			"元素取回各自位置的上游梯度，落在填充处的丢弃。",
		},
		operands: "x", forward: lines{"y_{l+i·s} = x_i"}, grads: lines{"x_i := dy_{l+i·s}"},
		element: Element{Kind: Rearrangement, Form: "pad"},
		vary: func(r *row, a attributes) {
			if l := a.lists(); len(l) > 1 {
				r.element.Size, r.element.Lo = l[0], l[1]
			}
			r.element.Step = a.ints("step")
			if at, ok := a.get("value"); ok && len(at.values) == 1 {
				r.element.Value = at.values[0]
			}
		},
	},
	{
		names:    "flip",
		name:     Text{"reversal", "翻转"},
		does:     Text{"Reverses the order along axes.", "沿若干轴颠倒顺序。"},
		back:     moved,
		operands: "x", forward: lines{"y_i = x_{n-1-i}"}, grads: lines{"x_i := dy_{n-1-i}"},
		element: Element{Kind: Rearrangement, Form: "flip"},
		vary: func(r *row, a attributes) {
			if l := a.lists(); len(l) > 0 {
				r.element.Axes = l[0]
			}
		},
	},
	{
		names: "concat",
		name:  Text{"concatenation", "拼接"},
		does:  Text{"Puts tensors one behind the other along an axis.", "沿某个轴把张量首尾相接。"},
		back: Text{
			"Each operand gets its part of the incoming gradient.",
			"每个操作数取回上游梯度中属于自己的一段。",
		},
		operands: "x…", forward: lines{"y = (x_1, x_2, …)"}, grads: lines{"slice(dy)"},
		element: Element{Kind: Rearrangement, Form: "concat"}, vary: alongAxes,
	},
	{
		names:    "split",
		name:     Text{"division into parts", "拆分"},
		does:     Text{"Cuts a tensor into parts along an axis.", "沿某个轴把张量切成几段。"},
		back:     Text{"The incoming gradients of the parts are put together again.", "各段的上游梯度重新拼接起来。"},
		operands: "x", forward: lines{"(y_1, y_2, …) = x"}, grads: lines{"(dy_1, dy_2, …)"},
		element: Element{Kind: Rearrangement, Form: "split"},
		vary: func(r *row, a attributes) {
			alongAxes(r, a)
			if l := a.lists(); len(l) > 0 {
				r.element.Size = l[0]
			}
		},
	},
	{
		names:    "stop",
		name:     Text{"stop of the gradient", "截断梯度"},
		does:     Text{"Hands its operand on unchanged.", "把操作数原样传下去。"},
		back:     Text{"It cuts: no gradient passes, whatever comes in.", "它像一把剪刀：任何梯度都到此为止。"},
		operands: "x", forward: lines{"y = x"}, element: Element{Kind: Rearrangement, Form: "same"},
	},
	{
		names: "sort",
		name:  Text{"order", "排序"},
		does:  Text{"Puts the elements along an axis in order.", "沿某个轴把元素排序。"},
		back: Text{
			"It routes: the incoming gradient goes back to where each element stood.",
			"它是“路由器”：梯度回到每个元素排序前的位置。",
		},
		operands: "x", results: "y index=m", forward: lines{"y_i = x_{m_i}"}, grads: lines{"x_{m_i} := dy_i"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
}
