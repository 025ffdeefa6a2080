// This file holds the rules of pooling.

package formula

import "strconv"

var poolRows = []row{
	{
		names: "maxpool1d maxpool2d",
		name:  Text{"max pooling", "最大池化"},
		does:  Text{"Takes the largest element of each window.", "取每个窗口中最大的元素。"},
		back: Text{
			"It routes: in each window the largest element, the first of equals, gets the incoming gradient, the " +
				"others 0.",
			"它是“路由器”：每个窗口中只有最大的元素（相等时取第一个）得到上游梯度，其余为 0。",
		},
		operands: "x", results: "y index=m", element: Element{Kind: Window, Fold: Max},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.pooling()
			t := a.pooled()
			r.forward = lines{t.of("y[n,c,I] = max_{U} x[n,c,S]")}
			r.grads = lines{t.of("x[n,c,A] := Σ_{m[n,c,I]=A} dy[n,c,I]")}
		},
	},
	{
		names: "avgpool1d avgpool2d",
		name:  Text{"average pooling", "平均池化"},
		does:  Text{"Takes the mean of each window.", "取每个窗口的平均值。"},
		back: Text{
			"It shares: each element of a window gets an equal part of the incoming gradient.",
			"它是“均分器”：窗口中每个元素得到上游梯度的等份。",
		},

		operands: "x", element: Element{Kind: Window, Fold: Mean},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.pooling()
			t := a.pooled()
			r.forward = lines{t.of("y[n,c,I] = 1/" + a.share() + "·Σ_{U} x[n,c,S]")}
			r.grads = lines{t.of("x[n,c,A] := Σ_{U,S=A} 1/" + a.share() + "·dy[n,c,I]")}
		},
	},
	{
		names: "∂avgpool1d ∂avgpool2d",
		name:  Text{"gradient of average pooling", "平均池化的梯度"},
		does: Text{
			"Gives each element an equal part of the gradient of every window that it is in.",
			"每个元素从覆盖它的每个窗口分得等份的梯度。",
		},
		back: twice,

		operands: "dy", results: "dx", element: Element{Kind: Window, Form: "spread", Fold: Sum},
		vary: func(r *row, a attributes) {
			r.element.Geometry = a.pooling()
			t := a.pooled()
			r.forward = lines{t.of("dx[n,c,A] = Σ_{U,S=A} 1/" + a.share() + "·dy[n,c,I]")}
			r.grads = lines{t.of("dy[n,c,I] := 1/" + a.share() + "·Σ_{U} ψ[n,c,S]")}
		},
	},
	{
		names: "adaptiveavgpool2d globalavgpool2d",
		name:  Text{"average pooling to a size", "自适应（全局）平均池化"},
		does: Text{
			"Divides each plane into the given number of parts, or takes it whole, and gives the mean of each.",
			"把每个平面分成给定数目的区域（或取整个平面），求各区域的平均值。",
		},
		back: Text{
			"It shares: each element of a part gets an equal share of the incoming gradient.",
			"它是“均分器”：区域中每个元素得到上游梯度的等份。",
		},

		operands: "x", forward: lines{"y[n,c] = 1/n·Σ_{i,j} x[n,c,i,j]"}, grads: lines{"x[n,c,i,j] := 1/n·dy[n,c]"},
		element: Element{Kind: Window, Form: "bins", Fold: Mean},
		vary: func(r *row, a attributes) {
			if a.ints("size") != nil {
				r.forward = lines{"y[n,c,b] = 1/n_b·Σ_{i∈b} x[n,c,i]"}
				r.grads = lines{"x[n,c,i] := Σ_{b∋i} 1/n_b·dy[n,c,b]"}
				return
			}
			r.forward = lines{"y[n,c] = 1/N·Σ_{i,j} x[n,c,i,j]"}
			r.grads = lines{"x[n,c,i,j] := 1/N·dy[n,c]"}
			r.where = lines{"N = H·W"}
		},
	},
	{
		names: "∂adaptiveavgpool2d ∂globalavgpool2d",
		name:  Text{"gradient of average pooling to a size", "自适应（全局）平均池化的梯度"},
		does: Text{
			"Gives each element an equal part of the gradient of every part that it is in.",
			"每个元素从它所在的每个区域分得等份的梯度。",
		},
		back: twice,

		operands: "dy", results: "dx", element: Element{Kind: Window, Form: "spread bins", Fold: Sum},
		vary: func(r *row, a attributes) {
			r.forward = lines{"dx[n,c,i,j] = 1/N·dy[n,c]"}
			r.grads = lines{"dy[n,c] := 1/N·Σ_{i,j} ψ[n,c,i,j]"}
			r.where = lines{"N = H·W"}
			if a.ints("size") != nil {
				r.forward = lines{"dx[n,c,i] = Σ_{b∋i} 1/n_b·dy[n,c,b]"}
				r.grads = lines{"dy[n,c,b] := 1/n_b·Σ_{i∈b} ψ[n,c,i]"}
				r.where = nil
			}
		},
	},
	{
		names: "adaptivemaxpool2d globalmaxpool2d",
		name:  Text{"max pooling to a size", "自适应（全局）最大池化"},
		does: Text{
			"Divides each plane into the given number of parts, or takes it whole, and gives the largest element " +
				"of each.",
			"把每个平面分成给定数目的区域（或取整个平面），取各区域中最大的元素。",
		},
		back: Text{
			"It routes: the largest element of each part gets the incoming gradient, the others 0.",
			"它是“路由器”：每个区域中只有最大的元素得到上游梯度，其余为 0。",
		},

		operands: "x", results: "y index=m", forward: lines{"y[n,c,b] = max_{i∈b} x[n,c,i]"},
		grads:   lines{"x[n,c,i] := Σ_{m[n,c,b]=i} dy[n,c,b]"},
		element: Element{Kind: Window, Form: "bins", Fold: Max},
	},
	{
		names: "scatter-planes",
		name:  Text{"scatter to the maxima", "散布到最大值处"},
		does: Text{
			"Puts each element at the place in its plane that the index says, and adds those that meet. It is the " +
				"backward pass of max pooling.",
			"按索引把每个元素放回所在平面的相应位置，落在同一处的相加。它正是最大池化的反向传播。",
		},
		back:     Text{"Each element gets the incoming gradient at its place.", "每个元素得到它所在位置的上游梯度。"},
		operands: "x index=m", forward: lines{"y[n,c,i] = Σ_{m[n,c,j]=i} x[n,c,j]"},
		grads:   lines{"x[n,c,j] := dy[n,c,m[n,c,j]]"},
		element: Element{Kind: Lookup, Form: "put planes", Fold: Sum, term: "x"},
	},
	{
		names: "gather-planes",
		name:  Text{"take at the maxima", "取最大值处的元素"},
		does: Text{
			"Takes from each plane the elements at the places that the index says.",
			"按索引从每个平面取出元素。",
		},
		back: Text{
			"What comes back goes to the places that were read, and is added where they meet.",
			"梯度回到被读取的位置，落在同一处的相加。",
		},
		operands: "x index=m", forward: lines{"y[n,c,j] = x[n,c,m[n,c,j]]"},
		grads:   lines{"x[n,c,i] := Σ_{m[n,c,j]=i} dy[n,c,j]"},
		element: Element{Kind: Lookup, Form: "take planes", term: "x"},
	},
}

// pooling is the geometry of a pooling, whose windows are as far apart as they are large unless it is said.
func (a attributes) pooling() *Geometry {
	g := a.geometry()
	if _, given := a.get("stride"); !given {
		g.Stride = g.Size
	}
	g.ExcludePad = a.has("excludepad")
	return g
}

// pooled are the indices of a pooling.
func (a attributes) pooled() indices {
	t := a.indices()
	g := a.pooling()
	if g.Axes == 1 {
		t.S2[1] = a.tap(g, 1, "i", "u")
		t.S = t.S2[1]
		return t
	}
	t.S2 = [2]string{a.tap(g, 0, "i", "u"), a.tap(g, 1, "j", "v")}
	t.S = t.S2[0] + "," + t.S2[1]
	return t
}

// share is what a mean divides by: the size of the window where it is the same for all.
func (a attributes) share() string {
	g := a.pooling()
	if a.letters || g.ExcludePad || a.has("ceil") {
		return "N"
	}
	return strconv.Itoa(g.Size[0] * g.Size[1])
}
