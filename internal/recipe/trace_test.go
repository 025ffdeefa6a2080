package recipe

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
)

func TestTraces(t *testing.T) {
	eachRow(t, func(t *testing.T, r Recipe) {
		m := r.New(r.Usual())
		batches := slices.Values([][]graph.Tensor{m.Numbers(few, 0)})
		start := time.Now()
		tr, err := r.Trace(r.Usual(), batches, Tracing{Step: 1})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		var b bytes.Buffer
		if _, err := tr.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		for _, run := range tr.Runs {
			bad, n, kinks, worst := 0, 0, 0, 0.
			for _, c := range run.States[0].Checks {
				n += len(c.At)
				worst = max(worst, c.Error)
				if c.Why != "" {
					kinks++
				}
				if !c.OK {
					bad++
					t.Errorf("%s of %s: %v %v %v", run.Nodes[c.Grad].Name, run.Nodes[max(0, run.Nodes[c.Grad].GradOf)].Name, c.Error, c.Symbolic, c.Numeric)
				}
			}
			t.Logf("%v %s %d bytes, %d nodes, %d steps, %d forks, whole %d, checks %d/%d bad %d worst %g kinks %d alarms %d %s", took, run.Float, b.Len(), len(run.Nodes), len(run.Steps), len(run.Forks), run.Whole, len(run.States[0].Checks), n, bad, worst, kinks, len(run.States[0].Alarms), func() string { if len(run.States[0].Alarms) > 0 { return run.States[0].Alarms[0].Text.En }; return "" }())
		}
	})
}
