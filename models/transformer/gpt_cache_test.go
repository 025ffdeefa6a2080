package transformer

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// drawn is numbers of N(0, 1).
func drawn(r *rand.Rand, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
	for i := range t.F64 {
		t.F64[i] = r.NormFloat64()
	}
	return t
}

// TestRecall: what a query finds in the kept rows and its own is attention to all of them in one piece, for a text of
// which nothing is kept, too; and keep writes the row behind those that are kept.
func TestRecall(t *testing.T) {
	const n, s, d, heads = 3, 5, 8, 2
	r := rand.New(rand.NewPCG(3, 4))
	g := &graph.Graph{DType: graph.Float64}
	q, own, kv := g.Input("q", n, 1, d), g.Input("own", n, 1, 2*d), g.Input("kv", n, s, 2*d)
	read, all := g.Indices("read", n), g.Indices("all", n)
	y := graph.Apply(recall{heads}, q, own, kv, read)
	kept := graph.Apply(keep{}, kv, own, read)
	whole := ops.CrossAttention(q, kept, heads, ops.AttentionOptions{Lengths: all})
	prog, err := g.Compile(y, kept, whole)
	if err != nil {
		t.Fatal(err)
	}
	rows := drawn(r, n, s, 2*d)
	prog.Set(q, drawn(r, n, 1, d))
	prog.Set(own, drawn(r, n, 1, 2*d))
	prog.Set(kv, rows)
	prog.Set(read, []int{0, 2, 4})
	prog.Set(all, []int{1, 3, 5})
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, want := range prog.Value(whole).F64 {
		if got := prog.Value(y).F64[i]; !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
	const row = 2 * d
	for i, got := range prog.Value(kept).F64 {
		text, at, k := i/(s*row), i/row%s, i%row
		want := rows.F64[i]
		if at == 2*text { // 0, 2 and 4
			want = prog.Value(own).F64[text*row+k]
		}
		if got != want {
			t.Errorf("row %d of text %d is not what is kept", at, text)
		}
	}
	for _, bad := range [][]int{{0, 5, 0}, {0, -1, 0}} {
		prog.Set(read, bad)
		if err := prog.Run(); err == nil || !strings.Contains(err.Error(), "symbols already, want 0 to 4") {
			t.Errorf("read %v: the error is %v", bad, err)
		}
	}
}
