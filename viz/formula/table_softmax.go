// This file holds the rules of softmax and of attention.

package formula

import "strings"

var softmaxRows = []row{
	{
		names: "softmax",
		name:  Text{"softmax", "Softmax 函数"},
		does:  Text{"Makes of each row positive numbers that add up to 1.", "把每一行变成和为 1 的正数（概率）。"},
		back: Text{
			"The elements of a row share a fixed sum, so each gets its incoming gradient less the weighted mean of " +
				"all: a row's gradients add up to 0.",
			"一行的和恒为 1，所以每个元素的梯度要减去整行的加权平均：一行梯度之和为 0。",
		},
		operands: "x", forward: lines{"y_i = e^(x_i)/(Σ_j e^(x_j))"}, grads: lines{"x_i := y_i·(dy_i - Σ_j dy_j·y_j)"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	{
		names: "logsoftmax",
		name:  Text{"logarithm of softmax", "对数 Softmax"},
		does: Text{
			"Gives the logarithms of softmax, computed without loss of digits.",
			"给出 Softmax 的对数，计算时不损失精度。",
		},
		back: Text{
			"Each element gets its incoming gradient less its probability times the sum of all.",
			"每个元素得到上游梯度，减去其概率乘以整行梯度之和。",
		},
		operands: "x", forward: lines{"y_i = x_i - ln(Σ_j e^(x_j))"}, grads: lines{"x_i := dy_i - e^(y_i)·Σ_j dy_j"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	{
		names: "∂softmax",
		name:  Text{"gradient of softmax", "Softmax 的梯度"},
		does: Text{
			"Takes from each incoming gradient the weighted mean of its row, and multiplies by the probability.",
			"上游梯度减去整行的加权平均，再乘以概率。",
		},
		back:     twice,
		operands: "y dy", results: "dx", forward: lines{"dx_i = y_i·(dy_i - Σ_j dy_j·y_j)"},
		grads:   lines{"y_i := ψ_i·(dy_i - Σ_j dy_j·y_j) - dy_i·Σ_j ψ_j·y_j", "dy_i := y_i·(ψ_i - Σ_j ψ_j·y_j)"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	{
		names: "∂logsoftmax",
		name:  Text{"gradient of the logarithm of softmax", "对数 Softmax 的梯度"},
		does: Text{
			"Takes from each incoming gradient its probability times the sum of its row.",
			"上游梯度减去概率乘以整行梯度之和。",
		},
		back:     twice,
		operands: "y dy", results: "dx", forward: lines{"dx_i = dy_i - e^(y_i)·Σ_j dy_j"},
		grads:   lines{"y_i := -ψ_i·e^(y_i)·Σ_j dy_j", "dy_i := ψ_i - Σ_j ψ_j·e^(y_j)"},
		element: Element{Kind: Along}, vary: alongAxes,
	},
	attended("attention", "", Text{"attention", "注意力"}, "q k v", lines{"s·dS·k", "s·dSᵀ·q", "Aᵀ·dy"}),
	attended("cross-attention", "", Text{"cross-attention", "交叉注意力"}, "q kv=K",
		lines{"s·dS·k", "(s·dSᵀ·q, Aᵀ·dy)"}),
	attended("self-attention", "", Text{"self-attention", "自注意力"}, "qkv=X", lines{"(s·dS·k, s·dSᵀ·q, Aᵀ·dy)"}),
	attended("∂attention", "∂", Text{"gradient of attention", "注意力的梯度"}, "q k v", nil),
	attended("∂cross-attention", "∂", Text{"gradient of cross-attention", "交叉注意力的梯度"}, "q kv=K", nil),
	attended("∂self-attention", "∂", Text{"gradient of self-attention", "自注意力的梯度"}, "qkv=X", nil),
}

// attended is the row of an attention, or of its gradient, of which the operands hold q, k and v.
func attended(name, gradient string, named Text, operands string, grads lines) row {
	parts := lines{"S = s·q·kᵀ", "A = softmax(S)"}
	slopes := lines{"dA = dy·vᵀ", "dS = A⊙(dA - Σ_j dA⊙A)"}
	r := row{
		names: name, name: named, element: everything,
		does: Text{
			"Each query compares itself with all keys, and takes the mean of the values, weighted by how well they " +
				"fit.",
			"每个查询与所有键比较，再按匹配程度对各个值加权平均。",
		},
		back: Text{
			"Values get the incoming gradient by the attention weights; queries and keys get it through the " +
				"softmax, as in two matrix products.",
			"值按注意力权重得到上游梯度；查询和键的梯度先经过 Softmax，再像两次矩阵乘法那样回传。",
		},
		operands: operands + " lengths=n?", results: "y lse=z", forward: lines{"y = A·v"}, grads: grads,
		where: append(parts, slopes...),
	}
	if gradient != "" {
		r.does = Text{
			"Computes the gradients of queries, keys and values together; the weights are computed again, not kept.",
			"一并计算查询、键和值的梯度；注意力权重重新计算，不保存。",
		}
		r.back = final
		r.operands = "dy y lse=z " + operands + " lengths=n?"
		r.results = map[string]string{"q k v": "dq dk dv", "q kv=K": "dq dkv=dK", "qkv=X": "dqkv=dX"}[operands]
		r.forward = map[string]lines{
			"q k v":  {"dq = s·dS·k", "dk = s·dSᵀ·q", "dv = Aᵀ·dy"},
			"q kv=K": {"dq = s·dS·k", "dK = (s·dSᵀ·q, Aᵀ·dy)"},
			"qkv=X":  {"dX = (s·dS·k, s·dSᵀ·q, Aᵀ·dy)"},
		}[operands]
	}
	split := map[string]lines{"q kv=K": {"(k, v) = K"}, "qkv=X": {"(q, k, v) = X"}}[operands]
	r.where = append(split, r.where...)
	r.vary = func(r *row, a attributes) {
		scale := "1/√d"
		if at, ok := a.get("scale"); ok {
			scale = at.text
		}
		r.where = append(r.where[:len(r.where):len(r.where)], "s = "+scale)
		r.where = append(r.where[len(r.where)-1:], r.where[:len(r.where)-1]...)
		if a.has("causal") {
			for i, w := range r.where {
				if w == parts[0] {
					// of J keys and I queries, the last of which see all
					r.where[i] = "S[i,j] = {s·q_i·k_j if j - J ≤ i - I; -∞ if j - J > i - I}"
					if strings.HasSuffix(name, "self-attention") {
						r.where[i] = "S[i,j] = {s·q_i·k_j if j ≤ i; -∞ if j > i}"
					}
				}
			}
		}
	}
	return r
}
