// This file holds StopGradient.

package ops

import "github.com/stheno-ml/stheno/graph"

// StopGradient returns x, of any type, and passes no gradient back: to a gradient, x is a constant. It costs nothing.
// PyTorch calls it detach.
func StopGradient(x graph.Node) graph.Node { return graph.Apply(stop{}, x) }

type stop struct{}

func (stop) String() string                                   { return "stop" }
func (stop) Types(in []graph.Type) ([]graph.Type, error)      { return in[:1], nil }
func (stop) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (stop) NoGrad(int) bool                                  { return true }
func (stop) View([]graph.Type) (operand, offset int)          { return 0, 0 }
func (stop) Operands() string                                 { return "x" }
func (stop) Draw([]graph.Type) (graph.Role, string)           { return graph.RoleView, "Stop gradient" }
func (stop) Eval(dst, in []graph.Tensor) error {
	dst[0].CopyFrom(in[0])
	return nil
}
