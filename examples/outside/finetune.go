// This file holds NewBackbone and FineTune: a part of a model that is learnt once and used again.

package outside

import (
	"fmt"

	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// NewBackbone makes a chain of two modules: the backbone, a chain itself, which maps (N, features) to (N, 8), and the
// head, which maps that to (N, outputs).
func NewBackbone(features, outputs int) *nn.Sequential {
	return nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module {
			return nn.NewSequential(s,
				func(s *nn.Scope) nn.Module { return nn.NewLinear(s, features, 16) },
				nn.Func(ops.Tanh).Make,
				func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 16, 8) })
		},
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 8, outputs) })
}

// FineTune makes a model of such a backbone, whose weights it reads from a file and freezes, with a fresh head.
func FineTune(path string, features, outputs int) (*nn.Sequential, error) {
	m := NewBackbone(features, outputs)
	if err := m.Params().LoadPrefix(path, "0"); err != nil {
		return nil, fmt.Errorf("the backbone: %w", err)
	}
	m.Params().Freeze("0")
	return m, nil
}
