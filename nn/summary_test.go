package nn_test

import (
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// lastOf is a model whose states nobody reads.
type lastOf struct{ *nn.LSTM }

func (m lastOf) Forward(x graph.Node) graph.Node {
	y, _ := m.ForwardFrom(nn.State{}, x, graph.Node{})
	return y
}

// TestSummaryLeavesOut: ops that the result is not made of are in no row, and those that it is made of are.
func TestSummaryLeavesOut(t *testing.T) {
	s := nn.NewScope()
	m := lastOf{nn.NewLSTM(s, 2, 3, nn.Recurrent{Layers: 2})}
	summary, err := nn.SummarizePass(of{m, s.Params()}, func(x ...graph.Node) graph.Node { return m.Forward(x[0]) },
		graph.Type{Shape: graph.Shape{1, 4, 2}})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range summary.Rows {
		rows = append(rows, r.Layer)
	}
	if got := strings.Join(rows, " "); got != "LSTM LSTM" || summary.Unread != 0 {
		t.Errorf("the rows are %s, and %d parameters are not read", got, summary.Unread)
	}
}

// of is a module with its parameters.
type of struct {
	nn.Module
	params *nn.Params
}

func (m of) Params() *nn.Params { return m.params }
