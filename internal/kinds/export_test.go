package kinds

import "github.com/stheno-ml/stheno/nn"

// What follows is of use to the tests of kinds by rows of the table. Those are a package of their own, since the table
// imports this one.
var (
	ColourMean, ColourDeviation = colourMean, colourDeviation

	JudgePictures  = judgePictures
	OpenParagraphs = openParagraphs
	OpenReviews    = openReviews
	RootMeanSquare = rootMeanSquare
	SlicedDistance = slicedDistance

	Encode       = Finetuned.encode
	OneAhead     = Forecast.oneAhead
	Follow       = Forecast.follow
	Options      = Translation.options
	TranslatorOf = Translation.translator
	Judge        = Translation.judge
)

const MostSymbols, Shapes, LeastStep = mostSymbols, shapes, leastStep

type NormalisedModel = normalisedModel

func OnePlace(m nn.Model, at, from, to int) nn.Model { return onePlace{m, at, from, to} }
