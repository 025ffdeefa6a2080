// This file holds the rules of recurrent layers.

package formula

import "strings"

var recurrentRows = []row{
	recurrent("rnn", Text{"recurrent layer", "循环层（RNN）"},
		lines{"h_t = tanh(W_ih·x_t⟦ + b_ih⟧ + W_hh·h_{t-1}⟦ + b_hh⟧)"},
		tanhBack, throughTime),
	recurrent("rnn-relu", Text{"recurrent layer with ReLU", "循环层（RNN，ReLU）"},
		lines{"h_t = max(W_ih·x_t⟦ + b_ih⟧ + W_hh·h_{t-1}⟦ + b_hh⟧, 0)"},
		reluBack, throughTime),
	recurrent("lstm", Text{"LSTM", "长短期记忆网络（LSTM）"},
		lines{"a_t = W_ih·x_t⟦ + b_ih⟧ + W_hh·h_{t-1}⟦ + b_hh⟧",
			"(i, f, g, o) = (σ(a_i), σ(a_f), tanh(a_g), σ(a_o))", "c_t = f⊙c_{t-1} + i⊙g", "h_t = o⊙tanh(c_t)"},
		lstmBack, append(throughTime[:len(throughTime):len(throughTime)], "γ_1⊙f_1")),
	recurrent("gru", Text{"GRU", "门控循环单元（GRU）"},
		lines{"(r, z) = σ(W_ih·x_t⟦ + b_ih⟧ + W_hh·h_{t-1}⟦ + b_hh⟧)", "m = W_hh·h_{t-1}⟦ + b_hh⟧",
			"n = tanh(W_ih·x_t⟦ + b_ih⟧ + r⊙m)",
			"h_t = (1 - z)⊙n + z⊙h_{t-1}"},
		gruBack, throughGates),
	recurrentGradient("∂rnn", Text{"gradient of a recurrent layer", "循环层（RNN）的梯度"}, tanhBack, throughTime),
	recurrentGradient("∂rnn-relu", Text{"gradient of a recurrent layer with ReLU", "循环层（RNN，ReLU）的梯度"},
		reluBack, throughTime),
	recurrentGradient("∂lstm", Text{"gradient of an LSTM", "长短期记忆网络（LSTM）的梯度"}, lstmBack, throughTime),
	recurrentGradient("∂gru", Text{"gradient of a GRU", "门控循环单元（GRU）的梯度"}, gruBack, throughGates),
}

// recurrentOperands are those of all recurrent layers, which have at least three of them.
const recurrentOperands = "x wIH=W_ih wHH=W_hh bIH=b_ih? bHH=b_hh? h0=h_0? c0=c_0? lengths=l?"

// What goes into the gates of step t has the gradient δ. The state has ε, and the cell state of an LSTM γ; of a GRU γ
// is the gradient of the product with the state. At the last step the gradients of the last states come in.
var (
	tanhBack = lines{"ε_t = dy_t + [t = T]·dh + W_hhᵀ·δ_{t+1}", "δ_t = ε_t⊙(1 - h_t²)"}
	reluBack = lines{"ε_t = dy_t + [t = T]·dh + W_hhᵀ·δ_{t+1}", "δ_t = {ε_t if h_t > 0; 0 if h_t = 0}"}
	lstmBack = lines{"ε_t = dy_t + [t = T]·dh + W_hhᵀ·δ_{t+1}",
		"γ_t = ε_t⊙o⊙(1 - tanh(c_t)²) + [t = T]·dc + γ_{t+1}⊙f_{t+1}",
		"δ_i = γ_t⊙g⊙i⊙(1 - i)", "δ_f = γ_t⊙c_{t-1}⊙f⊙(1 - f)", "δ_g = γ_t⊙i⊙(1 - g²)",
		"δ_o = ε_t⊙tanh(c_t)⊙o⊙(1 - o)", "δ_t = (δ_i, δ_f, δ_g, δ_o)"}
	gruBack = lines{"ε_t = dy_t + [t = T]·dh + z_{t+1}⊙ε_{t+1} + W_hhᵀ·γ_{t+1}", "δ_z = ε_t⊙(h_{t-1} - n)⊙z⊙(1 - z)",
		"δ_n = ε_t⊙(1 - z)⊙(1 - n²)", "δ_r = δ_n⊙m⊙r⊙(1 - r)", "δ_t = (δ_r, δ_z, δ_n)", "γ_t = (δ_r, δ_z, δ_n⊙r)"}

	throughTime  = lines{"x_t := W_ihᵀ·δ_t", "Σ_t δ_t·x_tᵀ", "Σ_t δ_t·h_{t-1}ᵀ", "Σ_t δ_t", "Σ_t δ_t", "W_hhᵀ·δ_1"}
	throughGates = lines{"x_t := W_ihᵀ·δ_t", "Σ_t δ_t·x_tᵀ", "Σ_t γ_t·h_{t-1}ᵀ", "Σ_t δ_t", "Σ_t γ_t",
		"W_hhᵀ·γ_1 + z_1⊙ε_1"}
)

// recurrent is the row of a layer with the given forward formulas and gradients; where defines δ.
func recurrent(name string, named Text, forward, where, grads lines) row {
	r := row{
		names: name, name: named,
		does: Text{
			"Goes through a sequence step by step: each state is made of the input of the step and of the state " +
				"before it, by the same weights.",
			"逐步读入序列：每一步的状态由当前输入和上一步的状态得到，各步共用同一组权重。",
		},
		back: Text{
			"The gradient goes back through time; a weight that is used in each step gets the sum of what all " +
				"steps hand back.",
			"梯度沿时间反向传播（BPTT）；各步共用的权重得到各步贡献之和。",
		},
		operands: recurrentOperands, results: "y h", forward: append(forward, "y_t = h_t"), grads: grads, where: where,
		element: Element{Kind: Recurrence}, vary: backwards,
	}
	if name == "lstm" {
		r.results = "y h c"
	}
	return r
}

// backwards lets time run the other way.
func backwards(r *row, a attributes) {
	if !a.has("reverse") {
		return
	}
	turn := strings.NewReplacer("t-1", "t+1", "t+1", "t-1", "[t = T]", "[t = 1]", "_1", "_T")
	for _, list := range []*lines{&r.forward, &r.grads, &r.where} {
		turned := lines{}
		for _, f := range *list {
			turned = append(turned, turn.Replace(f))
		}
		*list = turned
	}
}

// recurrentGradient is the row of the op that computes the gradients of a layer.
func recurrentGradient(name string, named Text, where, grads lines) row {
	r := row{
		names: name, name: named,
		does: Text{"Goes back through the sequence from its end, and adds for each weight what all steps hand back.",
			"从序列末尾往回走，对每个权重累加各步回传的梯度。"},
		back:     final,
		operands: recurrentOperands + " y", results: "dx dwIH=dW_ih dwHH=dW_hh",
		forward: lines{"dx_t = W_ihᵀ·δ_t", "dW_ih = " + grads[1], "dW_hh = " + grads[2]}, where: where,
		element: Element{Kind: Recurrence}, vary: backwards,
	}
	if gated := strings.HasSuffix(name, "lstm") || strings.HasSuffix(name, "gru"); gated {
		r.operands += " gates=G kept=K"
	}
	r.operands += " dy dh?"
	if strings.HasSuffix(name, "lstm") {
		r.operands += " dc?"
	}
	return r
}
