package viz

// A tone is what a box is, and decides its colour and form. The seven hues keep
// their distance under protanopia, deuteranopia and tritanopia (smallest ΔE76 27.9)
// and reach 3:1 on white; form says the same again, so colour is never alone.
type tone uint8

const (
	toneElementwise tone = iota
	toneData
	toneParam
	toneLinear
	toneActivation
	toneNorm
	tonePool
	toneLoss
	toneView
	toneRandom
	toneGrad
	tones // how many there are
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

// A colour is the same hue on light and on dark paper.
type colour struct{ light, dark string }

// A swatch is how one tone is drawn and what the legend calls it.
type swatch struct {
	class        string
	stroke, fill colour
	form         form
	legend       phrase
}

var palette = [tones]swatch{
	toneElementwise: {"elementwise", colour{"#3A3A3A", "#C9CED8"}, colour{"#F1F1F1", "#2A2F38"}, formRound,
		sayElementwise},
	toneData:   {"data", colour{"#76829A", "#9AA6BC"}, colour{"#FFFFFF", "#1B212B"}, formStadium, sayInput},
	toneParam:  {"param", colour{"#4B3705", "#D8B45C"}, colour{"#E6E3DC", "#2E2A1E"}, formFolded, sayParam},
	toneLinear: {"linear", colour{"#0135E0", "#7EA0FF"}, colour{"#DBE3FB", "#1C2747"}, formRound, sayLinear},
	toneActivation: {"activation", colour{"#168A59", "#4CC992"}, colour{"#DEEFE8", "#16322A"}, formRound,
		sayActivation},
	toneNorm:   {"norm", colour{"#103645", "#7FB4C8"}, colour{"#DEE3E5", "#1A2E37"}, formRound, sayNorm},
	tonePool:   {"pool", colour{"#B42ABB", "#E58AEA"}, colour{"#F4E1F5", "#3A1E3D"}, formTrapezoid, sayPool},
	toneLoss:   {"loss", colour{"#F04206", "#FF8A5C"}, colour{"#FDE5DC", "#43221A"}, formHexagon, sayLoss},
	toneView:   {"view", colour{"#6E6E6E", "#9AA0AA"}, colour{"#FFFFFF", "#1B212B"}, formBar, sayView},
	toneRandom: {"random", colour{"#103645", "#7FB4C8"}, colour{"#DEE3E5", "#1A2E37"}, formDice, sayRandom},
	toneGrad:   {"grad", colour{"#C2410C", "#FB9A6B"}, colour{"#FFF7ED", "#33221A"}, formFolded, sayGrad},
}

// Colours of everything that is not a box.
var (
	paper      = colour{"#FFFFFF", "#12161C"}
	ink        = colour{"#1A1A1A", "#E8EAED"}
	quietInk   = colour{"#5A6270", "#A3ACBA"}
	frameLine  = colour{"#C9CED8", "#3A4250"}
	forwardInk = colour{"#3A3A3A", "#C9CED8"}
	paramInk   = colour{"#4B3705", "#D8B45C"}
	gradInk    = colour{"#C2410C", "#FB9A6B"}
	savedInk   = colour{"#8A93A3", "#727C8C"}
	lossText   = colour{"#B93204", "#FF8A5C"}
	lossInk    = colour{"#F04206", "#FF8A5C"}
)
