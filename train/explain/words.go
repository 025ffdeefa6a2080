// This file holds Words.

package explain

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Words tells what each word of texts x (N, T), numbers of words, has moved: gradient · input, the sum over
// its vector e of D numbers,
//
//	w = Σ over d of e[d]·∂ margin / ∂ e[d]        (N, T)
//
// above 0 for the class and below 0 against it. The margin is what the logit of the class is above the mean
// of the others, so that a logit that rises with all others counts for nothing. Classes are those of each
// row; nil for the one of its largest logit. The vectors are what the model looks up with x in a table, see
// [ops.EmbeddingsIn]; where it does so more than once, a word has the sum.
//
// Symbols may be anything that a model looks up. It is an error if it looks up nothing, if a derivative is not finite,
// and if a class makes no sense.
//
// Shrikumar et al., "Not just a black box: learning important features through propagating activation differences",
// 2016.
func Words(m nn.Module, x graph.Tensor, classes []int) (graph.Tensor, error) {
	p, err := newPass("words", m, x)
	if err != nil {
		return graph.Tensor{}, err
	}
	if x.DType != graph.Int64 || len(x.Shape) != 2 {
		return graph.Tensor{}, p.failure(fmt.Errorf("x is %v, want numbers of words int64 (N, T)", x.Type))
	}
	var vectors []graph.Node
	for _, e := range ops.EmbeddingsIn(p.g) {
		if e.Indices == p.x {
			vectors = append(vectors, e.Y) // (N, T, D)
		}
	}
	if len(vectors) == 0 {
		return graph.Tensor{}, p.failure(fmt.Errorf("the model looks up no vectors of x in a table"))
	}
	var w graph.Node
	for i, d := range graph.Gradients(p.margin(), vectors...) {
		moved := ops.Sum(ops.Mul(vectors[i], d), 2) // (N, T)
		if i == 0 {
			w = moved
		} else {
			w = ops.Add(w, moved)
		}
	}
	prog, err := p.compile(w, classes)
	if err != nil {
		return graph.Tensor{}, err
	}
	return p.value(prog, w)
}

// margin is the sum over the rows of what the logit of the class is above the mean of the others.
func (p *pass) margin() graph.Node {
	others := 1 / float64(max(p.classes-1, 1))
	if p.classes == 1 {
		return p.score()
	}
	return ops.Sum(ops.Mul(p.logits, ops.AddScalar(ops.Scale(p.chosen, 1+others), -others)))
}
