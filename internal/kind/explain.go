// This file holds Explainer, kinds of which one can ask why, and what they say.

package kind

import (
	"github.com/stheno-ml/stheno/train/explain"
	"github.com/stheno-ml/stheno/viz"
)

// Explainer is a kind whose models tell a class of what they are given, and of which one can ask why.
type Explainer interface {
	Kind
	// Explain tells what the answer to an input rests on. The error of a class or a layer that the model does not have
	// is a [ClassError] or a [LayerError], that of a text which it cannot read an [InputError] or a [PromptError].
	Explain(m *Model, input string, o Explain) (Explanation, error)
}

// Explain says what is to be explained. The zero value is the answer, by all that there is.
type Explain struct {
	Class  string // another one than the answer, by its name or number
	Layer  string // whose feature maps are looked at; "" for the last
	Smooth int    // noisy copies of a picture of which the mean gradient is taken
	Seed   uint64 // of the noise
}

// Explanation is what an answer rests on.
type Explanation struct {
	Input  string
	Answer Choice // the most likely class
	Of     Choice // the class that is explained
	Note   string // as that of an Answer

	Picture  viz.Tile     // as the model sees it, of one plane or three; the zero value of a text
	Saliency []float32    // by pixel
	CAM      *explain.CAM // of the whole picture; nil of a model without feature maps

	Words []Evidence // of a text
	Looks bool       // there is attention, so that words have shares
}

// Evidence is a word of a text, or a character.
type Evidence struct {
	Word   string
	Share  float64 // that it has of the description which the answer is made of; 0 without attention
	Weight float64 // what it has moved: above 0 for the class, below 0 against it
}
