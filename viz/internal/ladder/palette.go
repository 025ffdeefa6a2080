package ladder

import (
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// A Tone is what a box is, and decides its colour and form. The seven hues keep
// their distance under protanopia, deuteranopia and tritanopia (smallest ΔE76 27.9)
// and reach 3:1 on white; form says the same again, so colour is never alone.
type Tone uint8

const (
	ToneElementwise Tone = iota
	ToneData
	ToneParam
	ToneLinear
	ToneActivation
	ToneNorm
	TonePool
	ToneLoss
	ToneView
	ToneRandom
	ToneGrad
	Tones // how many there are
)

// A form is the outline of a box.
type form uint8

const (
	formRound     form = iota // an operation
	formFolded                // a parameter or its gradient: a sheet with a folded corner
	formStadium               // an input
	formHexagon               // a loss
	formTrapezoid             // a reduction or pooling: narrower at the top
	formBar                   // a view: a thin dashed bar, nothing is computed
	formDice                  // a random operation: dashed, with a die
)

// A swatch is how one tone is drawn and what the legend calls it.
type swatch struct {
	class        string
	stroke, fill ink.Colour
	form         form
	legend       words.Phrase
}

var palette = [Tones]swatch{
	ToneElementwise: {"elementwise", ink.Pair("#3A3A3A", "#C9CED8"), ink.Pair("#F1F1F1", "#2A2F38"), formRound,
		words.Elementwise},
	ToneData:   {"data", ink.Pair("#76829A", "#9AA6BC"), ink.Pair("#FFFFFF", "#1B212B"), formStadium, words.Input},
	ToneParam:  {"param", ink.Pair("#4B3705", "#D8B45C"), ink.Pair("#E6E3DC", "#2E2A1E"), formFolded, words.Param},
	ToneLinear: {"linear", ink.Pair("#0135E0", "#7EA0FF"), ink.Pair("#DBE3FB", "#1C2747"), formRound, words.Linear},
	ToneActivation: {"activation", ink.Pair("#168A59", "#4CC992"), ink.Pair("#DEEFE8", "#16322A"), formRound,
		words.Activation},
	ToneNorm:   {"norm", ink.Pair("#103645", "#7FB4C8"), ink.Pair("#DEE3E5", "#1A2E37"), formRound, words.Norm},
	TonePool:   {"pool", ink.Pair("#B42ABB", "#E58AEA"), ink.Pair("#F4E1F5", "#3A1E3D"), formTrapezoid, words.Pool},
	ToneLoss:   {"loss", ink.Pair("#F04206", "#FF8A5C"), ink.Pair("#FDE5DC", "#43221A"), formHexagon, words.Loss},
	ToneView:   {"view", ink.Pair("#6E6E6E", "#9AA0AA"), ink.Pair("#FFFFFF", "#1B212B"), formBar, words.View},
	ToneRandom: {"random", ink.Pair("#103645", "#7FB4C8"), ink.Pair("#DEE3E5", "#1A2E37"), formDice, words.Random},
	ToneGrad:   {"grad", ink.Pair("#C2410C", "#FB9A6B"), ink.Pair("#FFF7ED", "#33221A"), formFolded, words.Grad},
}

// Colours of wires, and of texts that speak of a loss.
var (
	forwardInk = ink.Pair("#3A3A3A", "#C9CED8")
	paramInk   = ink.Pair("#4B3705", "#D8B45C")
	gradInk    = ink.Pair("#C2410C", "#FB9A6B")
	lossText   = ink.Pair("#B93204", "#FF8A5C")
	lossInk    = ink.Pair("#F04206", "#FF8A5C")
)
