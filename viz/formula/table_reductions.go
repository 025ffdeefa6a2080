// This file holds the rules of reductions.

package formula

var reductionRows = []row{
	{
		names: "sum",
		name:  Text{"sum", "求和"},
		does:  Text{"Adds all elements along some axes.", "沿若干轴把元素全部相加。"},
		back: Text{
			"A sum distributes: each element gets the incoming gradient unchanged.",
			"求和是“分配器”：每个元素都原样得到上游梯度。",
		},
		operands: "x", forward: lines{"y = Σ_i x_i"}, grads: lines{"x_i := dy"},
		element: Element{Kind: Reduction, Fold: Sum}, vary: alongAxes,
	},
	{
		names: "mean",
		name:  Text{"mean", "求平均"},
		does:  Text{"Takes the mean of all elements along some axes.", "沿若干轴求平均值。"},
		back: Text{
			"A mean shares: each of the n elements gets one n-th of the incoming gradient.",
			"平均是“均分器”：n 个元素各得上游梯度的 1/n。",
		},
		operands: "x", forward: lines{"y = 1/n·Σ_i x_i"}, grads: lines{"x_i := 1/n·dy"},
		element: Element{Kind: Reduction, Fold: Mean, Count: Axes}, vary: alongAxes,
	},
	{
		names: "max",
		name:  Text{"maximum", "求最大值"},
		does:  Text{"Takes the largest element along some axes.", "沿若干轴取最大的元素。"},
		back: Text{
			"It routes: the largest element, the first of equals, gets the incoming gradient, the others 0.",
			"它是“路由器”：只有最大的元素（相等时取第一个）得到上游梯度，其余为 0。",
		},
		operands: "x", forward: lines{"y = max_i x_i"}, grads: lines{"x_i := {dy if x_i = y; 0 if x_i < y}"},
		element: Element{Kind: Reduction, Fold: Max}, vary: alongAxes,
	},
	{
		names: "min",
		name:  Text{"minimum", "求最小值"},
		does:  Text{"Takes the smallest element along some axes.", "沿若干轴取最小的元素。"},
		back: Text{
			"It routes: the smallest element, the first of equals, gets the incoming gradient, the others 0.",
			"它是“路由器”：只有最小的元素（相等时取第一个）得到上游梯度，其余为 0。",
		},
		operands: "x", forward: lines{"y = min_i x_i"}, grads: lines{"x_i := {dy if x_i = y; 0 if x_i > y}"},
		element: Element{Kind: Reduction, Fold: Min}, vary: alongAxes,
	},
	{
		names: "maxmask",
		name:  Text{"place of the maximum", "最大值所在处"},
		does: Text{
			"Gives 1 at the largest element, the first of equals, and 0 elsewhere.",
			"最大的元素（相等时取第一个）处为 1，其余为 0。",
		},
		back:     flat,
		operands: "x", forward: lines{"y_i = {1 if i = argmax_j x_j; 0 if i ≠ argmax_j x_j}"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	{
		names: "minmask",
		name:  Text{"place of the minimum", "最小值所在处"},
		does: Text{
			"Gives 1 at the smallest element, the first of equals, and 0 elsewhere.",
			"最小的元素（相等时取第一个）处为 1，其余为 0。",
		},
		back:     flat,
		operands: "x", forward: lines{"y_i = {1 if i = argmin_j x_j; 0 if i ≠ argmin_j x_j}"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	{
		names:    "argmax",
		name:     Text{"index of the maximum", "最大值的索引"},
		does:     Text{"Gives the index of the largest element along an axis.", "沿某个轴给出最大元素的索引。"},
		back:     integers,
		operands: "x", forward: lines{"y = argmax_i x_i"}, element: Element{Kind: Reduction, Form: "index"},
		vary: alongAxes,
	},
	{
		names:    "argmin",
		name:     Text{"index of the minimum", "最小值的索引"},
		does:     Text{"Gives the index of the smallest element along an axis.", "沿某个轴给出最小元素的索引。"},
		back:     integers,
		operands: "x", forward: lines{"y = argmin_i x_i"}, element: Element{Kind: Reduction, Form: "index"},
		vary: alongAxes,
	},
	{
		names: "sum-to",
		name:  Text{"sum of the repetitions", "对复制求和"},
		does: Text{
			"Adds what belongs to one element that was repeated. It is the backward pass of broadcasting.",
			"把同一元素的各个副本所得相加。它正是广播的反向传播。",
		},
		back:     Text{"Each element gets the incoming gradient of its sum.", "每个元素得到所在之和的上游梯度。"},
		operands: "x", forward: lines{"y_j = Σ_i x[i,j]"}, grads: lines{"x[i,j] := dy_j"},
		element: Element{Kind: Reduction, Form: "to", Fold: Sum},
	},
	{
		names: "cumsum",
		name:  Text{"cumulative sum", "累加"},
		does:  Text{"Adds to each element all that come before it.", "每个元素加上它之前的所有元素。"},
		back: Text{
			"Each element gets the sum of the incoming gradient from its place on.",
			"每个元素得到从它的位置往后的上游梯度之和。",
		},
		operands: "x", forward: lines{"y_i = Σ_{j≤i} x_j"}, grads: lines{"x_i := Σ_{j≥i} dy_j"},
		element: Element{Kind: Along, Form: "prefix", Fold: Sum},
		vary: func(r *row, a attributes) {
			alongAxes(r, a)
			if r.element.Reverse = a.has("reverse"); r.element.Reverse {
				r.forward, r.grads = lines{"y_i = Σ_{j≥i} x_j"}, lines{"x_i := Σ_{j≤i} dy_j"}
			}
		},
	},
	{
		names: "scan",
		name:  Text{"linear recurrence", "线性递推"},
		does: Text{
			"Goes along an axis: each result is the one before it times a factor, plus the element.",
			"沿某个轴递推：每个结果等于前一个结果乘以系数，再加上当前元素。",
		},
		back: Text{
			"The gradient goes the other way along the axis, by the same factors.",
			"梯度沿相反方向、以同样的系数递推。",
		},
		operands: "x a", forward: lines{"y_i = a_i·y_{i-1} + x_i"}, where: lines{"g_i = dy_i + a_{i+1}·g_{i+1}"},
		grads:   lines{"x_i := g_i", "a_i := g_i·y_{i-1}"},
		element: Element{Kind: Recurrence},
		vary: func(r *row, a attributes) {
			alongAxes(r, a)
			if r.element.Reverse = a.has("reverse"); r.element.Reverse {
				r.forward, r.where = lines{"y_i = a_i·y_{i+1} + x_i"}, lines{"g_i = dy_i + a_{i-1}·g_{i-1}"}
				r.grads = lines{"x_i := g_i", "a_i := g_i·y_{i+1}"}
			}
		},
	},
}

// alongAxes takes the axes from the attributes.
func alongAxes(r *row, a attributes) {
	r.element.Axes = a.ints("axes")
	r.element.Keep = a.has("keep")
	if axis, ok := a.get("axis"); ok {
		r.element.Axes = a.ints("axis")
		r.element.Axis = whole(append(axis.values, 0)[0])
	}
}
