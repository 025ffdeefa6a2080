// This file joins the tables of rules, of which there is one a family in table_*.go, and holds the sentences that they
// share.

package formula

import (
	"strings"
	"sync"
)

// family is the rows of one file.
type family struct {
	name Text
	rows []row
}

// families are all rows, in the order of docs/formulas.md.
func families() []family {
	return []family{
		{Text{"Arithmetic and comparison", "算术与比较"}, arithmeticRows},
		{Text{"Functions of one value", "一元函数"}, functionRows},
		{Text{"Activation functions", "激活函数"}, activationRows},
		{Text{"Matrix products", "矩阵乘法"}, productRows},
		{Text{"Convolutions", "卷积"}, convolutionRows},
		{Text{"Pooling", "池化"}, poolRows},
		{Text{"Reductions", "归约"}, reductionRows},
		{Text{"Normalisation and dropout", "归一化与随机失活"}, normRows},
		{Text{"Softmax and attention", "Softmax 与注意力"}, softmaxRows},
		{Text{"Recurrent layers", "循环层"}, recurrentRows},
		{Text{"Losses", "损失函数"}, lossRows},
		{Text{"Changes of shape", "形状变换"}, layoutRows},
		{Text{"Lookup by indices", "按索引存取"}, lookupRows},
		{Text{"Constants and random numbers", "常数与随机数"}, sourceRows},
		{Text{"Updates", "参数更新"}, updateRows},
	}
}

// table is all rows.
func table() []row {
	var all []row
	for _, f := range families() {
		all = append(all, f.rows...)
	}
	return all
}

// rows is the table by the first word of an op's text.
var rows = sync.OnceValue(func() map[string]row {
	all := map[string]row{}
	for _, r := range table() {
		for _, name := range strings.Fields(r.names) {
			all[name] = r
		}
	}
	return all
})

// What many ops have in common.
var (
	flat = Text{"It passes no gradient back: its result stays the same when an operand changes a little.",
		"不回传梯度：操作数稍有变化时，结果不变。"}
	integers = Text{"It passes no gradient back: integers have none.", "不回传梯度：整数没有梯度。"}
	twice    = Text{
		"It belongs to a backward pass itself. It is differentiated only where a gradient of a gradient is asked for.",
		"它本身就属于反向传播，只有求“梯度的梯度”时才会再对它求导。",
	}
	final = Text{
		"It belongs to a backward pass itself, and has no gradient of its own: a gradient of this gradient is " +
			"refused.",
		"它本身就属于反向传播，没有自己的梯度规则：不能再对这个梯度求梯度。",
	}
	assigned = Text{
		"It is not differentiated: it changes parameters after the backward pass.",
		"不参与求导：它在反向传播之后更新参数。",
	}
	leaf = Text{"It has no operands that could get a gradient.", "它没有可以接收梯度的操作数。"}

	elementwise = Element{Kind: Elementwise}
	everything  = Element{Kind: Whole}
	source      = Element{Kind: Source}
)

// slope is the sentence for a function of one value.
func slope(en, zh string) Text {
	return Text{
		"It multiplies the incoming gradient by the slope at this place: " + en + ".",
		"把上游梯度乘以该点的斜率：" + zh + "。",
	}
}
