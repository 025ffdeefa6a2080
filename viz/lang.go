// This file holds the languages of drawings, and all their words in one catalogue.

package viz

import (
	"fmt"
	"strings"
)

// Lang is the language of headings, legend, notes and tooltips. Names of operations stay as they are written in code.
type Lang string

// The languages. The empty one is English.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs lists the languages, the usual one first.
func Langs() []Lang { return []Lang{English, Chinese} }

// check reports a language that is not known.
func (l Lang) check() error {
	if l != "" && l != English && l != Chinese {
		return fmt.Errorf("viz: language %q is not known; known are %q and %q", string(l), English, Chinese)
	}
	return nil
}

// say returns a phrase with its arguments. Where the first argument is a number, and the English has two forms, it is
// the one of that number: "1 update", "2 updates".
func (l Lang) say(p phrase, args ...any) string {
	s := phrases[p].en
	if l == Chinese {
		s = phrases[p].zh
	}
	if one, many, ok := strings.Cut(s, "|"); ok {
		s = many
		if n, ok := args[0].(int); ok && n == 1 {
			s = one
		}
	}
	for i, a := range args {
		if n, ok := a.(int); ok {
			args[i] = thousands(n)
		}
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// attribute tells the language of a document where it is not English, so that a browser takes the right glyphs and a
// screen reader the right voice.
func (l Lang) attribute() string {
	if l == "" || l == English {
		return ""
	}
	return ` xml:lang="` + string(l) + `" lang="` + string(l) + `"`
}

// A phrase is one entry of the catalogue. Numbers among its arguments are written as %s.
type phrase uint8

const (
	sayForwardPass phrase = iota
	sayBothPasses
	sayParams
	sayBatch
	sayOps
	sayBackOps
	sayCarriers
	sayUpdates
	sayFirstShown
	sayFirstOfEqual

	sayHeadParams
	sayHeadForward
	sayHeadBackward
	sayHeadGradients
	sayContinued

	sayElementwise
	sayInput
	sayParam
	sayLinear
	sayActivation
	sayNorm
	sayPool
	sayLoss
	sayView
	sayRandom
	sayGrad
	sayFrozen
	sayShared
	sayCards
	sayValue
	sayGradient
	saySaved
	sayCut
	saySums
	sayRamp

	sayScalar
	sayConst
	sayState
	sayResidual
	sayResiduals
	saySteps
	sayTensors
	sayPartOf
	sayNoDx
	sayKept
	saySkip
	sayNext
	sayBundle
	sayMean
	sayNotFinite
	sayFirstOf

	tipLoop
	tipLoopBack
	tipSeed
	tipSaved
	tipSavedWhich
	tipSum
	tipArrive
	tipCut
	phraseCount
)

// phrases is the catalogue.
var phrases = [phraseCount]struct{ en, zh string }{
	sayForwardPass:  {"Forward pass", "前向传播"},
	sayBothPasses:   {"Forward and backward pass", "前向传播与反向传播"},
	sayParams:       {"%s parameters", "%s 个参数"},
	sayBatch:        {"batch %s", "批量大小 %s"},
	sayOps:          {"%s operation|%s operations", "%s 个运算"},
	sayBackOps:      {"%s backward", "反向 %s 个"},
	sayCarriers:     {"%s that carry states not drawn", "传递状态的 %s 个未画出"},
	sayUpdates:      {"%s update not drawn|%s updates not drawn", "%s 个参数更新未画出"},
	sayFirstShown:   {"pictures of the first example", "小图取第一个样本"},
	sayFirstOfEqual: {"values of the first of equal layers", "相同的层取第一层的数值"},

	sayHeadParams:    {"parameters", "参数"},
	sayHeadForward:   {"forward", "前向"},
	sayHeadBackward:  {"backward", "反向"},
	sayHeadGradients: {"gradients", "梯度"},
	sayContinued:     {"%s (continued)", "%s（续）"},

	sayElementwise: {"elementwise", "逐元素运算"},
	sayInput:       {"input", "输入"},
	sayParam:       {"parameter", "参数"},
	sayLinear:      {"linear, convolution", "线性、卷积"},
	sayActivation:  {"activation", "激活函数"},
	sayNorm:        {"normalisation, dropout", "归一化、Dropout"},
	sayPool:        {"pooling, reduction, softmax", "池化、归约、Softmax"},
	sayLoss:        {"loss", "损失函数"},
	sayView:        {"view: rearranged, nothing computed", "视图：只重排，不计算"},
	sayRandom:      {"random", "随机"},
	sayGrad:        {"gradient of a parameter", "参数的梯度"},
	sayFrozen:      {"not trained", "不参与训练"},
	sayShared:      {"used more than once", "多处共用"},
	sayCards:       {"equal layers, drawn once", "相同的层，只画一次"},
	sayValue:       {"value", "值"},
	sayGradient:    {"gradient", "梯度"},
	saySaved:       {"saved for the backward pass", "为反向传播保留"},
	sayCut:         {"constant: no gradient comes back", "视为常量：梯度不回传"},
	saySums:        {"gradients are added", "梯度相加"},
	sayRamp:        {"below 0, 0, above 0", "负、零、正"},

	sayScalar:    {"scalar", "标量"},
	sayConst:     {"const", "常量"},
	sayState:     {"state %s", "状态 %s"},
	sayResidual:  {", residual", "，含残差连接"},
	sayResiduals: {", %s residuals", "，含 %s 个残差连接"},
	saySteps:     {"%s steps of %s", "%s 步 %s"},
	sayTensors:   {"in %s tensors", "共 %s 个张量"},
	sayPartOf:    {"part of %s", "%s 的一部分"},
	sayNoDx:      {"no dx", "不求 dx"},
	sayKept:      {"kept", "缓存"},
	saySkip:      {"skip %s", "跨接 %s"},
	sayNext:      {"next", "下一步"},
	sayBundle:    {"%s operations: %s", "%s 个运算：%s"},
	sayMean:      {"mean %s", "均值 %s"},
	sayNotFinite: {"%s not finite", "%s 个非有限值"},
	sayFirstOf:   {"the first %s of %s", "前 %s 个，共 %s 个"},

	tipLoop:       {"what each step hands to the next", "每一步传给下一步的值"},
	tipLoopBack:   {"the gradient that each step hands to the one before", "每一步传给上一步的梯度"},
	tipSeed:       {"the gradient of the loss with respect to itself is 1", "损失对自身的梯度是 1"},
	tipSaved:      {"saved for the backward pass", "为反向传播保留"},
	tipSavedWhich: {"saved for the backward pass: %s", "为反向传播保留：%s"},
	tipSum:        {"gradients from several consumers are added", "来自多处的梯度相加"},
	tipArrive:     {"the gradients that arrive here are added", "到达这里的梯度相加"},
	tipCut:        {"%s, constant here: no gradient comes back", "%s，在这里视为常量：梯度不回传"},
}
