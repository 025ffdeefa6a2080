// This file joins the tables of rules, of which there is one a family in table_*.go, and holds the sentences that they share.

package formula

import (
	"slices"
	"strings"
	"sync"
)

// table is all rows.
func table() []row {
	return slices.Concat(arithmeticRows, functionRows, activationRows, productRows, convolutionRows, poolRows, reductionRows, normRows,
		softmaxRows, recurrentRows, lossRows, layoutRows, lookupRows, sourceRows, updateRows)
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
	twice    = Text{"It belongs to a backward pass itself. It is differentiated only where a gradient of a gradient is asked for.",
		"它本身就属于反向传播，只有求“梯度的梯度”时才会再对它求导。"}
	final = Text{"It belongs to a backward pass itself, and has no gradient of its own: a gradient of this gradient is refused.",
		"它本身就属于反向传播，没有自己的梯度规则：不能再对这个梯度求梯度。"}
	assigned = Text{"It is not differentiated: it changes parameters after the backward pass.", "不参与求导：它在反向传播之后更新参数。"}
	leaf     = Text{"It has no operands that could get a gradient.", "它没有可以接收梯度的操作数。"}

	elementwise = Element{Kind: Elementwise}
	everything  = Element{Kind: Whole}
	source      = Element{Kind: Source}
)

// slope is the sentence for a function of one value.
func slope(en, zh string) Text {
	return Text{"It multiplies the incoming gradient by the slope at this place: " + en + ".", "把上游梯度乘以该点的斜率：" + zh + "。"}
}
