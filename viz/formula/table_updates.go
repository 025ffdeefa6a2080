// This file holds the rules of optimiser steps. The parameter is p, its gradient g and the learning rate η.

package formula

import "strings"

var updateRows = []row{
	{
		names: "sgd",
		name:  Text{"step of gradient descent", "随机梯度下降（SGD）更新"},
		does: Text{
			"Moves the parameter against its gradient, by the learning rate.",
			"参数沿负梯度方向移动，步长由学习率决定。",
		},
		back:     assigned,
		operands: "p dp=g lr=η", results: "p′", attrs: "decay=λ", forward: lines{"p′ = p - η·g"}, element: elementwise,
		vary: decayed,
	},
	{
		names: "momentum",
		name:  Text{"step with momentum", "动量（Momentum）更新"},
		does: Text{
			"Gathers gradients in a velocity, and moves the parameter by it.",
			"把梯度累积成速度，参数按速度移动。",
		},
		back:     assigned,
		operands: "p dp=g lr=η v", results: "p′ v′", attrs: "mu=μ decay=λ",
		forward: lines{"v′ = μ·v + g", "p′ = p - η·v′"}, element: elementwise,
		vary: func(r *row, a attributes) {
			if a.has("nesterov") {
				r.forward = lines{"v′ = μ·v + g", "p′ = p - η·(g + μ·v′)"}
			}
			decayed(r, a)
		},
	},
	{
		names: "adagrad",
		name:  Text{"step of AdaGrad", "AdaGrad 更新"},
		does: Text{
			"Divides the step of each parameter by the root of the sum of all its squared gradients.",
			"每个参数的步长除以其历史梯度平方和的平方根。",
		},
		back:     assigned,
		operands: "p dp=g lr=η s", results: "p′ s′", attrs: "eps=ε decay=λ",
		forward: lines{"s′ = s + g²", "p′ = p - η·g/ROOT(s′)"},
		element: elementwise, vary: decayed,
	},
	{
		names: "rmsprop",
		name:  Text{"step of RMSProp", "RMSProp 更新"},
		does: Text{
			"Divides the step of each parameter by the root of a running mean of its squared gradients.",
			"每个参数的步长除以其梯度平方的滑动平均的平方根。",
		},
		back:     assigned,
		operands: "p dp=g lr=η s", results: "p′ s′", attrs: "rho=ρ eps=ε mu=μ decay=λ",
		forward: lines{"s′ = ρ·s + (1 - ρ)·g²", "p′ = p - η·g/ROOT(s′)"},
		element: elementwise,
		vary: func(r *row, a attributes) {
			_, buffered := a.get("mu")
			under := "s′"
			if a.has("centred") {
				r.operands, r.results, under = r.operands+" m", r.results+" m′", "s′ - m′²"
				r.forward = lines{r.forward[0], "m′ = ρ·m + (1 - ρ)·g", "p′ = p - η·g/ROOT(s′ - m′²)"}
			}
			if buffered {
				r.operands, r.results = r.operands+" b", r.results+" b′"
				kept := len(r.forward) - 1
				r.forward = append(r.forward[:kept:kept], "b′ = μ·b + g/ROOT("+under+")", "p′ = p - η·b′")
			}
			decayed(r, a)
		},
	},
	{
		names: "adam",
		name:  Text{"step of Adam", "Adam 更新"},
		does: Text{
			"Keeps running means of the gradient and of its square, corrects their start at 0, and makes steps of " +
				"about the learning rate whatever the size of the gradient.",
			"保存梯度及其平方的滑动平均，修正初值为 0 的偏差；不论梯度大小，步长都约等于学习率。",
		},
		back:     assigned,
		operands: "p dp=g lr=η m v t", results: "p′ m′ v′", attrs: "beta1=β₁ beta2=β₂ eps=ε decay=λ",
		forward: lines{"m′ = β₁·m + (1 - β₁)·g", "v′ = β₂·v + (1 - β₂)·g²", "p′ = p - η·m̂/ROOT(v̂)"},
		where:   lines{"m̂ = m′/(1 - β₁ᵗ)", "v̂ = v′/(1 - β₂ᵗ)"}, element: elementwise, vary: decayed,
	},
	{
		names: "adamw",
		name:  Text{"step of AdamW", "AdamW 更新"},
		does: Text{"A step of Adam; weight decay shrinks the parameter itself and does not go into the gradient.",
			"Adam 更新；权重衰减直接缩小参数本身，不进入梯度。"},
		back:     assigned,
		operands: "p dp=g lr=η m v t", results: "p′ m′ v′", attrs: "beta1=β₁ beta2=β₂ eps=ε decay=λ",
		forward: lines{"m′ = β₁·m + (1 - β₁)·g", "v′ = β₂·v + (1 - β₂)·g²", "p′ = (1 - η·λ)·p - η·m̂/ROOT(v̂)"},
		where:   lines{"m̂ = m′/(1 - β₁ᵗ)", "v̂ = v′/(1 - β₂ᵗ)"}, element: elementwise, vary: rooted,
	},
	{
		names: "copy",
		name:  Text{"assignment", "赋值"},
		does: Text{
			"Writes the new value into the parameter or state, at the end of the step.",
			"在本步结束时，把新值写入参数或状态。",
		},
		back:     assigned,
		operands: "x", forward: lines{"y ← x"}, element: Element{Kind: Rearrangement, Form: "same"},
	},
	{
		names:    "global-norm",
		name:     Text{"norm of all gradients", "全部梯度的范数"},
		does:     Text{"Gives the root of the sum of all squares.", "所有元素平方和的平方根。"},
		back:     assigned,
		operands: "x…", forward: lines{"y = √(Σ x²)"}, element: everything,
	},
	{
		names: "clip-norm",
		name:  Text{"clipping by the norm", "按范数裁剪梯度"},
		does: Text{
			"Makes all gradients smaller by one factor when their norm is too large; their direction stays.",
			"当梯度的范数过大时，把所有梯度按同一比例缩小，方向不变。",
		},
		back:     assigned,
		operands: "x norm=N", attrs: "max=c", forward: lines{"y = x·min(1, c/(N + 0.000001))"}, element: elementwise,
	},
}

// decayed lets weight decay into the gradient, and writes the roots.
func decayed(r *row, a attributes) {
	if _, ok := a.get("decay"); ok {
		r.forward = append(lines{}, r.forward...)
		for i, f := range r.forward {
			r.forward[i] = strings.ReplaceAll(f, "g", "ĝ")
		}
		r.where = append(lines{"ĝ = g + λ·p"}, r.where...)
	}
	rooted(r, a)
}

// rooted writes ROOT(v) as √v + ε, or with ε under the root.
func rooted(r *row, a attributes) {
	r.forward = append(lines{}, r.forward...)
	inside := false
	for _, at := range a.list {
		inside = inside || at.name == "eps" && at.text == "inside"
	}
	for i, f := range r.forward {
		before, rest, found := strings.Cut(f, "ROOT(")
		if !found {
			continue
		}
		under, after, _ := strings.Cut(rest, ")")
		root := "(√(" + under + ") + ε)"
		if inside {
			root = "√(" + under + " + ε)"
		}
		r.forward[i] = before + root + after
	}
}
