package train

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/allocs"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
)

func TestStep(t *testing.T) {
	m := mlp.New(4, 8, 3)
	tr := New(Supervised(m, ops.CrossEntropy), &Adam{LR: 1e-2})
	x := graph.FromFloat32([]float32{1, 2, 3, 4, 4, 3, 2, 1, 0, 1, 0, 1}, 3, 4)
	y := graph.FromInt64([]int64{0, 1, 2}, 3)
	for range 200 {
		l, err := tr.Step(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if tr.Steps()%50 == 0 {
			t.Log(l)
		}
	}
	p, _ := tr.Program(x.Type, y.Type)
	p.WriteTo(t.Output())
	if n := allocs.PerRun(10, func() { p.Run() }); n != 0 {
		t.Error(n)
	}
}
