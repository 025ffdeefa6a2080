// This file holds the rules of matrix products.

package formula

var productRows = []row{
	{
		names: "matmul",
		name:  Text{"matrix product", "矩阵乘法"},
		does: Text{
			"Multiplies rows of the first matrix by columns of the second.",
			"用第一个矩阵的行乘以第二个矩阵的列。",
		},
		back: Text{
			"As with numbers each operand gets the incoming gradient times the other one, transposed so that the " +
				"shapes fit.",
			"和数的乘法一样：每个操作数得到上游梯度乘以另一个矩阵，并转置到形状相符。",
		},
		operands: "a b", forward: lines{"y = a·b", "y[i,j] = Σ_k a[i,k]·b[k,j]"}, grads: lines{"dy·bᵀ", "aᵀ·dy"},
		element: Element{Kind: Product, Fold: Sum},
		vary: func(r *row, a attributes) {
			r.element.TransA, r.element.TransB = a.has("aᵀ"), a.has("bᵀ")
			switch {
			case r.element.TransA && r.element.TransB:
				r.forward = lines{"y = aᵀ·bᵀ", "y[i,j] = Σ_k a[k,i]·b[j,k]"}
				r.grads = lines{"bᵀ·dyᵀ", "dyᵀ·aᵀ"}
			case r.element.TransA:
				r.forward = lines{"y = aᵀ·b", "y[i,j] = Σ_k a[k,i]·b[k,j]"}
				r.grads = lines{"b·dyᵀ", "a·dy"}
			case r.element.TransB:
				r.forward = lines{"y = a·bᵀ", "y[i,j] = Σ_k a[i,k]·b[j,k]"}
				r.grads = lines{"dy·b", "dyᵀ·a"}
			}
		},
	},
	{
		names: "linear",
		name:  Text{"linear layer", "全连接（线性）层"},
		does:  Text{"Makes weighted sums of the features and adds a bias.", "对各特征加权求和，再加上偏置。"},
		back: Text{
			"The input gets the incoming gradient through the weights; each weight gets it times its input, summed " +
				"over the batch; the bias gets its sum.",
			"输入得到经过权重回传的梯度；每个权重得到上游梯度乘以对应的输入，并对整个批次求和；偏置得到上游梯度之和。",
		},
		operands: "x w b?", forward: lines{"y = x·wᵀ⟦ + b⟧", "y[n,j] = Σ_k x[n,k]·w[j,k]⟦ + b[j]⟧"},
		grads:   lines{"dy·w", "dyᵀ·x", "b[j] := Σ_n dy[n,j]"},
		element: Element{Kind: Product, Form: "linear", Fold: Sum, TransB: true},
	},
}
