package words

import (
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// A Lang is the one of a drawing; the empty one is English.
type Lang string

// The languages of the catalogue.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Say returns a phrase with its arguments. Where the first argument is a number, and the English has two forms, it is
// the one of that number: "1 update", "2 updates".
func (l Lang) Say(p Phrase, args ...any) string {
	s, zh := p.Texts()
	if l == Chinese {
		s = zh
	}
	if one, many, ok := strings.Cut(s, "|"); ok {
		s = many
		if n, ok := args[0].(int); ok && n == 1 {
			s = one
		}
	}
	for i, a := range args {
		if n, ok := a.(int); ok {
			args[i] = plain.Thousands(n)
		}
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Attribute tells the language of a document where it is not English, so that a browser takes the right glyphs and a
// screen reader the right voice.
func (l Lang) Attribute() string {
	if l == "" || l == English {
		return ""
	}
	return ` xml:lang="` + string(l) + `" lang="` + string(l) + `"`
}

// A Phrase is one entry of the catalogue. Numbers among its arguments are written as %s.
type Phrase uint8

const (
	ForwardPass Phrase = iota
	BothPasses
	Params
	Batch
	Ops
	BackOps
	Carriers
	Updates
	FirstShown
	FirstOfEqual

	HeadParams
	HeadForward
	HeadBackward
	HeadGradients
	Continued

	Elementwise
	Input
	Param
	Linear
	Activation
	Norm
	Pool
	Loss
	View
	Random
	Grad
	Frozen
	Shared
	Cards
	Value
	Gradient
	Saved
	Cut
	Sums
	Ramp

	Scalar
	Const
	State
	Residual
	Residuals
	Steps
	Tensors
	PartOf
	NoDx
	Kept
	Skip
	Next
	Bundle
	Mean
	NotFinite
	FirstOf

	TipLoop
	TipLoopBack
	TipSeed
	TipSaved
	TipSavedWhich
	TipSum
	TipArrive
	TipCut
	Count
)

// Texts are the English and the Chinese of a phrase as they stand in the catalogue.
func (p Phrase) Texts() (en, zh string) { return phrases[p].en, phrases[p].zh }

// phrases is the catalogue.
var phrases = [Count]struct{ en, zh string }{
	ForwardPass:  {"Forward pass", "前向传播"},
	BothPasses:   {"Forward and backward pass", "前向传播与反向传播"},
	Params:       {"%s parameters", "%s 个参数"},
	Batch:        {"batch %s", "批量大小 %s"},
	Ops:          {"%s operation|%s operations", "%s 个运算"},
	BackOps:      {"%s backward", "反向 %s 个"},
	Carriers:     {"%s that carry states not drawn", "传递状态的 %s 个未画出"},
	Updates:      {"%s update not drawn|%s updates not drawn", "%s 个参数更新未画出"},
	FirstShown:   {"pictures of the first example", "小图取第一个样本"},
	FirstOfEqual: {"values of the first of equal layers", "相同的层取第一层的数值"},

	HeadParams:    {"parameters", "参数"},
	HeadForward:   {"forward", "前向"},
	HeadBackward:  {"backward", "反向"},
	HeadGradients: {"gradients", "梯度"},
	Continued:     {"%s (continued)", "%s（续）"},

	Elementwise: {"elementwise", "逐元素运算"},
	Input:       {"input", "输入"},
	Param:       {"parameter", "参数"},
	Linear:      {"linear, convolution", "线性、卷积"},
	Activation:  {"activation", "激活函数"},
	Norm:        {"normalisation, dropout", "归一化、Dropout"},
	Pool:        {"pooling, reduction, softmax", "池化、归约、Softmax"},
	Loss:        {"loss", "损失函数"},
	View:        {"view: rearranged, nothing computed", "视图：只重排，不计算"},
	Random:      {"random", "随机"},
	Grad:        {"gradient of a parameter", "参数的梯度"},
	Frozen:      {"not trained", "不参与训练"},
	Shared:      {"used more than once", "多处共用"},
	Cards:       {"equal layers, drawn once", "相同的层，只画一次"},
	Value:       {"value", "值"},
	Gradient:    {"gradient", "梯度"},
	Saved:       {"saved for the backward pass", "为反向传播保留"},
	Cut:         {"constant: no gradient comes back", "视为常量：梯度不回传"},
	Sums:        {"gradients are added", "梯度相加"},
	Ramp:        {"below 0, 0, above 0", "负、零、正"},

	Scalar:    {"scalar", "标量"},
	Const:     {"const", "常量"},
	State:     {"state %s", "状态 %s"},
	Residual:  {", residual", "，含残差连接"},
	Residuals: {", %s residuals", "，含 %s 个残差连接"},
	Steps:     {"%s steps of %s", "%s 步 %s"},
	Tensors:   {"in %s tensors", "共 %s 个张量"},
	PartOf:    {"part of %s", "%s 的一部分"},
	NoDx:      {"no dx", "不求 dx"},
	Kept:      {"kept", "缓存"},
	Skip:      {"skip %s", "跨接 %s"},
	Next:      {"next", "下一步"},
	Bundle:    {"%s operations: %s", "%s 个运算：%s"},
	Mean:      {"mean %s", "均值 %s"},
	NotFinite: {"%s not finite", "%s 个非有限值"},
	FirstOf:   {"the first %s of %s", "前 %s 个，共 %s 个"},

	TipLoop:       {"what each step hands to the next", "每一步传给下一步的值"},
	TipLoopBack:   {"the gradient that each step hands to the one before", "每一步传给上一步的梯度"},
	TipSeed:       {"the gradient of the loss with respect to itself is 1", "损失对自身的梯度是 1"},
	TipSaved:      {"saved for the backward pass", "为反向传播保留"},
	TipSavedWhich: {"saved for the backward pass: %s", "为反向传播保留：%s"},
	TipSum:        {"gradients from several consumers are added", "来自多处的梯度相加"},
	TipArrive:     {"the gradients that arrive here are added", "到达这里的梯度相加"},
	TipCut:        {"%s, constant here: no gradient comes back", "%s，在这里视为常量：梯度不回传"},
}
