// This file holds the rules of ops without operands that count: constants and random numbers.

package formula

var sourceRows = []row{
	{
		names: "const",
		name:  Text{"constant", "常数"},
		does:  Text{"Is the same in all runs.", "每次运行都相同。"},
		back:  leaf,
		attrs: "c=c", forward: lines{"y = c"}, element: source,
	},
	{
		names: "random",
		name:  Text{"random numbers", "随机数"},
		does: Text{
			"Draws new random numbers in each step, by the seed and the number of the step.",
			"每一步按随机种子和步数抽取新的随机数。",
		},
		back: Text{
			"It is a leaf: no gradient goes further, and none needs to.",
			"它是叶子节点：梯度到此为止，也无需继续。",
		},
		operands: "step=t", forward: lines{"y ∼ N(0, 1)"}, element: source,
		vary: func(r *row, a attributes) {
			if a.has("uniform") {
				r.forward = lines{"y ∼ U(0, 1)"}
			}
		},
	},
}
