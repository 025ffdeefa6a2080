// This file holds the rules of ops that go by indices.

package formula

var lookupRows = []row{
	{
		names: "embedding",
		name:  Text{"embedding", "词嵌入查表"},
		does:  Text{"Takes for each index its row of a table.", "按索引取出表中对应的行。"},
		back: Text{
			"A row gets the sum of the incoming gradients of all places where it was used; rows that were not used " +
				"get 0.",
			"每一行得到所有使用它的位置的梯度之和，没用到的行梯度为 0。",
		},
		operands: "w idx=i", forward: lines{"y[n] = w[i[n]]"}, grads: lines{"w[v] := Σ_{i[n]=v} dy[n]"},
		element: Element{Kind: Lookup, Form: "take", term: "w"},
	},
	{
		names: "gather",
		name:  Text{"selection by index", "按索引取"},
		does:  Text{"Takes the elements at the given indices along an axis.", "沿某个轴按索引取出元素。"},
		back: Text{
			"An element gets the sum of the incoming gradients of all places where it was taken.",
			"每个元素得到所有取用它的位置的梯度之和。",
		},
		operands: "x idx=i", forward: lines{"y[n] = x[i[n]]"}, grads: lines{"x[v] := Σ_{i[n]=v} dy[n]"},
		element: Element{Kind: Lookup, Form: "take", term: "x"}, vary: alongAxes,
	},
	{
		names: "scatter-add",
		name:  Text{"addition by index", "按索引累加"},
		does: Text{
			"Adds each element to the place that its index says. It is the backward pass of an embedding.",
			"按索引把每个元素加到相应位置。它正是词嵌入查表的反向传播。",
		},
		back:     Text{"Each element gets the incoming gradient of its place.", "每个元素得到它所在位置的上游梯度。"},
		operands: "dy idx=i", results: "dx", forward: lines{"dx[v] = Σ_{i[n]=v} dy[n]"},
		grads:   lines{"dy[n] := ψ[i[n]]"},
		element: Element{Kind: Lookup, Form: "put", Fold: Sum, term: "dy"}, vary: alongAxes,
	},
	{
		names: "take-along",
		name:  Text{"selection by index, row by row", "逐行按索引取"},
		does: Text{
			"Takes along an axis the element that the index at the same place says.",
			"沿某个轴取出同一位置的索引所指的元素。",
		},
		back: Text{
			"An element gets the sum of the incoming gradients of all places where it was taken.",
			"每个元素得到所有取用它的位置的梯度之和。",
		},
		operands: "x idx=i", forward: lines{"y[n,j] = x[n,i[n,j]]"}, grads: lines{"x[n,v] := Σ_{i[n,j]=v} dy[n,j]"},
		element: Element{Kind: Lookup, Form: "take along", term: "x"}, vary: alongAxes,
	},
	{
		names: "put-along",
		name:  Text{"addition by index, row by row", "逐行按索引累加"},
		does: Text{
			"Adds each element along an axis to the place that the index at the same place says.",
			"沿某个轴按同一位置的索引把元素累加过去。",
		},
		back:     Text{"Each element gets the incoming gradient of its place.", "每个元素得到它所在位置的上游梯度。"},
		operands: "dy idx=i", results: "dx", forward: lines{"dx[n,v] = Σ_{i[n,j]=v} dy[n,j]"},
		grads:   lines{"dy[n,j] := ψ[n,i[n,j]]"},
		element: Element{Kind: Lookup, Form: "put along", Fold: Sum, term: "dy"}, vary: alongAxes,
	},
	{
		names:    "one-hot",
		name:     Text{"one-hot code", "独热编码"},
		does:     Text{"Gives 1 at the index and 0 elsewhere.", "索引处为 1，其余为 0。"},
		back:     integers,
		operands: "idx=i", forward: lines{"y_k = {1 if k = i; 0 if k ≠ i}"}, element: everything,
	},
	{
		names: "last-along",
		name:  Text{"last of equal indices", "相同索引的最后一个"},
		does: Text{
			"Gives 1 at indices of which none that is equal follows along the axis, else 0.",
			"沿轴往后不再出现相同索引处为 1，其余为 0。",
		},
		back:     integers,
		operands: "idx=i", forward: lines{"y_k = {1 if Σ_{j>k} [i_j = i_k] = 0; 0 if Σ_{j>k} [i_j = i_k] > 0}"},
		element: everything,
	},
}
