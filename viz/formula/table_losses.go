// This file holds the rules of losses.

package formula

import "strings"

var lossRows = append(pointLosses(), []row{
	{
		names: "cross-entropy",
		name:  Text{"cross-entropy", "交叉熵损失"},
		does: Text{
			"Makes probabilities of the scores by softmax, and gives minus the logarithm of that of the right " +
				"class, meaned over the batch.",
			"用 Softmax 把得分变成概率，取正确类别概率的负对数，再对批次求平均。",
		},
		back: Text{
			"Each score gets its probability, less 1 for the right class, divided by n: the gradient is the error " +
				"itself.",
			"每个得分得到它的概率（正确类别再减 1）除以 n：梯度就是误差本身。",
		},

		operands: "x target=t weights=w?", results: "y lse=z count=n", attrs: "smoothing=ε",
		where: shares, element: everything,
		vary: func(r *row, a attributes) {
			r.forward, r.grads = crossEntropy(r, a)
		},
	},
	{
		names: "∂cross-entropy",
		name:  Text{"gradient of cross-entropy", "交叉熵损失的梯度"},
		does: Text{
			"Gives each score its probability, less 1 for the right class, divided by n.",
			"每个得分的梯度是它的概率（正确类别再减 1）除以 n。",
		},
		back:     final,
		operands: "x target=t lse=z dy weights=w?", results: "dx", attrs: "smoothing=ε",
		where: shares, element: everything,
		vary: func(r *row, a attributes) {
			_, grads := crossEntropy(r, a)
			_, right, _ := strings.Cut(grads[0], ":=")
			r.forward, r.grads = lines{"dx[i,j] = " + right}, nil
		},
	},
	{
		names: "count-targets",
		name:  Text{"count of the targets", "统计目标"},
		does: Text{
			"Counts the targets that are not left out, by the weights of their classes.",
			"统计未被忽略的目标，按类别权重计数。",
		},
		back:     integers,
		operands: "target=t weights=w?", results: "index=i weight=c total=n", forward: lines{"n = Σ_i w[t_i]"},
		element: everything,
	},
	{
		names: "l2-penalty",
		name:  Text{"L2 penalty", "L2 正则项"},
		does:  Text{"Gives half the sum of all squares of the weights.", "所有权重平方和的一半。"},
		back: Text{
			"It pulls each weight towards 0, the more the larger it is.",
			"把每个权重拉向 0，权重越大拉力越大。",
		},
		operands: "w…", forward: lines{"y = ½·Σ w²"}, grads: lines{"dy·w"},
		element: Element{Kind: Reduction, Form: "operands", Fold: Sum, term: "w²/2"},
	},
	{
		names: "l1-penalty",
		name:  Text{"L1 penalty", "L1 正则项"},
		does:  Text{"Gives the sum of all magnitudes of the weights.", "所有权重绝对值之和。"},
		back: Text{
			"It pulls each weight towards 0 by the same force, whatever its size.",
			"不论大小，都以同样的力把每个权重拉向 0。",
		},
		operands: "w…", forward: lines{"y = Σ |w|"}, grads: lines{"dy·sign(w)"},
		element: Element{Kind: Reduction, Form: "operands", Fold: Sum, term: "|w|"},
	},
}...)

// shares are what each class has of the target, q, and of the prediction, p.
var shares = lines{"z_i = ln(Σ_j e^(x[i,j]))", "q[i,j] = {1 if j = t_i; 0 if j ≠ t_i}", "p[i,j] = e^(x[i,j] - z_i)"}

// crossEntropy is the loss and the gradient of its scores. With smoothing each class has a share of the target.
func crossEntropy(r *row, a attributes) (forward, grads lines) {
	loss, slope := "⟦w[t_i]·⟧Σ_j q[i,j]·(z_i - x[i,j])", "⟦w[t_i]·⟧(p[i,j] - q[i,j])"
	if _, ok := a.get("smoothing"); ok {
		r.where = lines{r.where[0], "q[i,j] = {(1 - ε) + ε/C if j = t_i; ε/C if j ≠ t_i}", r.where[2]}
		loss, slope = "Σ_j ⟦w_j·⟧q[i,j]·(z_i - x[i,j])", "(p[i,j]⟦·Σ_k w_k·q[i,k]⟧ - ⟦w_j·⟧q[i,j])"
	}
	switch {
	case a.has("none"):
		return lines{"y_i = " + loss}, lines{"x[i,j] := " + slope + "·dy_i"}
	case a.has("sum"):
		return lines{"y = Σ_i " + loss}, lines{"x[i,j] := " + slope + "·dy"}
	}
	return lines{"y = 1/n·Σ_i " + loss}, lines{"x[i,j] := " + slope + "/n·dy"}
}

// pointLoss is a loss that is taken element by element.
type pointLoss struct {
	op         string
	name       Text
	does, back Text
	operands   string // their letters are x and t
	attrs      string
	f, dx, dt  string // the function, and its derivatives divided by n
	xx, xt, tt string // the second derivatives
	rows       bool   // it is summed over the last axis
}

// pointLosses makes the rows of all of them, and of the ops of their gradients.
func pointLosses() []row {
	var all []row
	for _, l := range pointLossTable {
		all = append(all, l.row(), l.gradient())
	}
	return all
}

var pointLossTable = []pointLoss{
	{
		op: "mse", name: Text{"mean squared error", "均方误差"}, operands: "pred=x target=t",
		does: Text{"Gives the mean of the squared differences.", "差的平方的平均值。"},
		back: Text{
			"The prediction gets twice its error, divided by n; the target gets the negative.",
			"预测值得到两倍误差除以 n，目标值得到其相反数。",
		},
		f: "(x - t)²", dx: "2·(x - t)/n", dt: "-2·(x - t)/n", xx: "2/n", xt: "-2/n", tt: "2/n",
	},
	{
		op: "l1", name: Text{"mean absolute error", "平均绝对误差"}, operands: "pred=x target=t",
		does: Text{"Gives the mean of the magnitudes of the differences.", "差的绝对值的平均值。"},
		back: Text{
			"The prediction gets the sign of its error, divided by n, whatever its size.",
			"预测值只得到误差的符号除以 n，与误差大小无关。",
		},
		f: "|x - t|", dx: "sign(x - t)/n", dt: "-sign(x - t)/n",
	},
	{
		op: "huber", name: Text{"Huber loss", "Huber 损失"}, operands: "pred=x target=t", attrs: "delta=δ",
		does: Text{
			"Squares small differences and takes the magnitude of large ones.",
			"小误差取平方，大误差取绝对值。",
		},
		back: Text{
			"The prediction gets its error, cut off at ±δ, so that outliers do not rule.",
			"预测值得到误差，并在 ±δ 处截断，因此离群点不会主导。",
		},
		f: "{(x - t)²/2 if |x - t| ≤ δ; δ·(|x - t| - δ/2) if |x - t| > δ}", dx: "min(max(x - t, -δ), δ)/n",
		dt: "-min(max(x - t, -δ), δ)/n",
		xx: "{1/n if |x - t| ≤ δ; 0 if |x - t| > δ}", xt: "{-1/n if |x - t| ≤ δ; 0 if |x - t| > δ}",
		tt: "{1/n if |x - t| ≤ δ; 0 if |x - t| > δ}",
	},
	{
		op: "smooth-l1", name: Text{"smooth L1 loss", "平滑 L1 损失"}, operands: "pred=x target=t", attrs: "beta=β",
		does: Text{
			"Squares small differences and takes the magnitude of large ones.",
			"小误差取平方，大误差取绝对值。",
		},
		back: Text{
			"The prediction gets its error divided by β, cut off at ±1.",
			"预测值得到误差除以 β，并在 ±1 处截断。",
		},
		f: "{(x - t)²/(2·β) if |x - t| < β; |x - t| - β/2 if |x - t| ≥ β}", dx: "min(max((x - t)/β, -1), 1)/n",
		dt: "-min(max((x - t)/β, -1), 1)/n",
		xx: "{1/(n·β) if |x - t| < β; 0 if |x - t| ≥ β}", xt: "{-1/(n·β) if |x - t| < β; 0 if |x - t| ≥ β}",
		tt: "{1/(n·β) if |x - t| < β; 0 if |x - t| ≥ β}",
	},
	{
		op: "bce", name: Text{"binary cross-entropy", "二元交叉熵"}, operands: "p=x target=t",
		does: Text{
			"Gives minus the logarithm of the probability of the right one of two classes.",
			"两类中正确一类的概率的负对数。",
		},
		back: Text{
			"The probability gets its error divided by x·(1-x), which is large near 0 and 1.",
			"概率得到误差除以 x·(1-x)，在 0 和 1 附近很大。",
		},
		f: "-t·ln(x) - (1 - t)·ln(1 - x)", dx: "(x - t)/(n·x·(1 - x))", dt: "(ln(1 - x) - ln(x))/n",
		xx: "(t/x² + (1 - t)/(1 - x)²)/n", xt: "-1/(n·x·(1 - x))",
	},
	{
		op: "bce-logits", name: Text{"binary cross-entropy of scores", "二元交叉熵（对得分）"}, operands: "x target=t",
		does: Text{
			"Makes a probability of each score by the sigmoid, and gives minus the logarithm of that of the right " +
				"class.",
			"用 Sigmoid 把得分变成概率，取正确一类概率的负对数。",
		},
		back: Text{
			"Each score gets its probability less the target: the error itself.",
			"每个得分得到概率减去目标值：梯度就是误差本身。",
		},
		f: "max(x, 0) - x·t + ln(1 + e^(-|x|))", dx: "(σ(x) - t)/n", dt: "-x/n", xx: "σ(x)·(1 - σ(x))/n",
		xt: "-1/n",
	},
	{
		op: "kl", name: Text{"Kullback-Leibler divergence", "KL 散度"}, operands: "logp=x q=t",
		does: Text{
			"Measures how far the distribution t is from one whose logarithms are x.",
			"衡量分布 t 与对数概率为 x 的分布之间的差异。",
		},
		back: Text{"Each logarithm gets minus the probability of the target.", "每个对数概率得到负的目标概率。"},
		f:    "{t·(ln(t) - x) if t > 0; 0 if t = 0}", dx: "-t/n", dt: "(ln(t) + 1 - x)/n", xt: "-1/n", tt: "1/(n·t)",
	},
	{
		op: "kl-gauss", name: Text{"divergence from the normal distribution", "与标准正态分布的 KL 散度"},
		operands: "mu=x logvar=t", rows: true,
		does: Text{
			"Measures how far a normal distribution of mean x and logarithm of variance t is from the standard one.",
			"衡量均值为 x、方差对数为 t 的正态分布与标准正态分布之间的差异。",
		},
		back: Text{"It pulls the mean towards 0 and the variance towards 1.", "把均值拉向 0，把方差拉向 1。"},
		f:    "(x² + e^t - 1 - t)/2", dx: "x/n", dt: "(e^t - 1)/(n·2)", xx: "1/n", tt: "e^t/(n·2)",
	},
}

func (l pointLoss) row() row {
	return row{
		names: l.op, name: l.name, does: l.does, back: l.back, operands: l.operands, attrs: l.attrs,
		vary: func(r *row, a attributes) {
			count := l.reduction(a)
			switch {
			case a.has("none"):
				r.forward, r.element = lines{"y = " + l.f}, elementwise
			case count == "":
				r.forward = lines{"y = Σ " + grouped(l.f)}
				r.element = Element{Kind: Reduction, Form: "places", Fold: Sum, term: l.f}
			default:
				r.forward = lines{"y = 1/n·Σ " + grouped(l.f)}
				r.element = Element{Kind: Reduction, Form: "places", Fold: Mean, Count: count, term: l.f}
			}
			r.grads = lines{share(l.dx, count) + "·dy", share(l.dt, count) + "·dy"}
		},
	}
}

// grouped puts a sum into brackets.
func grouped(f string) string {
	if strings.HasPrefix(f, "{") || strings.HasPrefix(f, "|") || f == "(x - t)²" || strings.HasPrefix(f, "(x²") {
		return f
	}
	return "(" + f + ")"
}

// share is a derivative, not divided by n where nothing is counted.
func share(derivative string, count Count) string {
	if count == "" {
		return strings.NewReplacer("/n", "", "n·", "").Replace(derivative)
	}
	return derivative
}

// reduction is what a mean divides by.
func (l pointLoss) reduction(a attributes) Count {
	switch {
	case a.has("none") || a.has("sum"):
		return ""
	case a.has("batch-mean"):
		return Batch
	case l.rows:
		return Rows
	}
	return Elements
}

// gradient is the row of the op of the gradient of the prediction, or by the target.
func (l pointLoss) gradient() row {
	return row{
		names: "∂" + l.op,
		name:  Text{"gradient of " + l.name.En, l.name.Zh + "的梯度"},
		does:  Text{"Multiplies the incoming gradient by the derivative of the loss.", "上游梯度乘以损失函数的导数。"},
		back:  twice, operands: l.operands + " dy", results: "dx", attrs: l.attrs, element: elementwise,
		vary: func(r *row, a attributes) {
			count := l.reduction(a)
			r.element.Count = count
			result, first, by := "dx", l.dx, [2]string{l.xx, l.xt}
			if a.has("by") {
				result, first, by = "dt", l.dt, [2]string{l.xt, l.tt}
			}
			r.results, r.forward = result, lines{result + " = " + share(first, count) + "·dy"}
			r.grads = lines{"", "", share(first, count) + "·ψ"}
			for k, second := range by {
				if second != "" {
					r.grads[k] = share(second, count) + "·dy·ψ"
				}
			}
		},
	}
}
