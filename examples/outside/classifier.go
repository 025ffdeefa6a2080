// This file holds NewClassifier, a model, and LoadTorch, which gives it weights of PyTorch.

package outside

import (
	"strings"

	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// NewClassifier makes a model that maps x (N, features) to the scores of classes (N, classes), with two highways
// between. A chain is a model: it is trained, saved and loaded as it is.
func NewClassifier(features, width, classes int) *nn.Sequential {
	highway := func(s *nn.Scope) nn.Module { return NewHighway(s, width) }
	return nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, features, width) },
		nn.Func(ops.Tanh).Make,
		highway,
		highway,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, width, classes) })
}

// torchNames are beginnings of names in PyTorch's model, and what stands for them here.
var torchNames = [][2]string{{"stem.", "0."}, {"highways.0.", "2."}, {"highways.1.", "3."}, {"head.", "4."}}

// LoadTorch reads a checkpoint that PyTorch has written of such a model inside DataParallel, which puts "module."
// before all names, where the first layer is called "stem" and the last "head". An optimiser's state in the file is
// left out.
func LoadTorch(m nn.Model, path string) error {
	_, err := m.Params().LoadWith(path, nn.LoadOptions{Strip: "module.", Rename: fromTorch})
	return err
}

// fromTorch is the name here of a parameter that PyTorch's model has, "" for what is none.
func fromTorch(name string) string {
	if strings.HasPrefix(name, "optimizer.") {
		return ""
	}
	for _, n := range torchNames {
		if rest, ok := strings.CutPrefix(name, n[0]); ok {
			return n[1] + rest
		}
	}
	return name // an error of loading, which lists it
}
