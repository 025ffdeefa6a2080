// This file holds Quantile, a loss.

package outside

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Quantile is the loss whose least is at a quantile of the targets: with a Q of 0.9 nine of ten are below what is
// predicted. Its mean is over all elements:
//
//	d = target - pred        loss = mean(max(q·d, (q-1)·d))        pred and target have one shape
//
// See Koenker and Bassett 1978.
type Quantile struct{ Q float64 }

// Loss is the loss, for train.Supervised. What is wrong is an error of the graph.
func (l Quantile) Loss(pred, target graph.Node) graph.Node {
	if !(l.Q > 0 && l.Q < 1) {
		return pred.Graph().FailIn("quantile", fmt.Errorf("the share Q is %v, want a number between 0 and 1", l.Q))
	}
	d := ops.Sub(target, pred)
	return ops.Mean(ops.Maximum(ops.Scale(d, l.Q), ops.Scale(d, l.Q-1)))
}
