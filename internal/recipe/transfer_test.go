package recipe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
)

// TestBacked: the rows that transfer takes are the networks for photographs whose last layer reads features, and the
// path of that layer is the one that the network's file has; the layer reads what the body gives.
func TestBacked(t *testing.T) {
	heads := map[string]string{"resnet18": "fc", "resnet20": "linear", "resnet56": "linear", "alexnet": "classifier.6"}
	names := Backed()
	for _, r := range Table() {
		m := r.New(r.Usual())
		body, head, ok := kinds.Parts(m)
		if want, known := heads[r.Name]; known && (!ok || head != want || !slices.Contains(names, r.Name)) {
			t.Errorf("%s: the head is %q, %v, want %q", r.Name, head, ok, want)
		}
		if !slices.Contains(names, r.Name) {
			continue
		}
		g := &graph.Graph{}
		y := body(g.Input("x", m.Input(1).Shape...))
		if w := m.Params().Get(head + ".weight").Type().Shape; g.Err() != nil || y.Rank() != 2 || y.Dim(1) != w[1] {
			t.Errorf("%s: the body gives %v, the head reads %d; error %v", r.Name, y.Shape(), w[1], g.Err())
		}
	}
	for _, name := range []string{"gpt", "mlp", "gan", "lenet5"} {
		if slices.Contains(names, name) {
			t.Errorf("%s has no such body", name)
		}
	}
}

// TestTransferLeavesTheLearnt: comparing ways changes nothing of the network that has learnt before; examples to
// measure with, of the training part, are none of those that are learnt from.
func TestTransferLeavesTheLearnt(t *testing.T) {
	r, err := Find("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Sized(kind.Size{Size: 8, Width: 2}); err != nil {
		t.Fatal(err)
	}
	learnt := r.New(kind.Form{Input: graph.Shape{3, 8, 8}, Classes: []string{"a", "b", "c"}, Pictures: true,
		Size: kind.Size{Size: 8, Width: 2}})
	bytes := func() (all string) {
		for p := range learnt.Params().All() {
			all += fmt.Sprint(p.Name(), p.Trainable(), p.Tensor())
		}
		return all
	}
	before := bytes()
	images := data.DigitsN(0, 200, 40)
	o := Transfer{Shots: []int{1, 2}, Seeds: 1, Ways: WayNames(), Test: 2, HeldOut: true}
	rows, err := r.Transfer(context.Background(), learnt, images, o)
	if err != nil || len(rows) != 6 {
		t.Fatal(rows, err)
	}
	if bytes() != before {
		t.Error("the network that has learnt before is another")
	}
	x, err := r.newTransfer(learnt, images, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.holdOut(5); err != nil {
		t.Fatal(err)
	}
	used, err := data.Shots(images.Train.Y.I64, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	seen := x.pictures(images.Train.Pick(used))
	n := seen.X.Shape[1:].Size()
	for i := range x.test.Len() {
		for k := range seen.Len() {
			if slices.Equal(x.test.X.F32[i*n:(i+1)*n], seen.X.F32[k*n:(k+1)*n]) {
				t.Errorf("picture %d is measured with and learnt from", i)
			}
		}
	}
	if x.test.Len() != 2*len(images.Classes) {
		t.Errorf("%d pictures are held out", x.test.Len())
	}
	ctx, end := context.WithCancel(context.Background())
	end()
	if _, err := r.Transfer(ctx, learnt, images, o); err == nil {
		t.Error("it is not interrupted")
	}
	o.Shots = []int{1000}
	var few FewError
	if _, err := r.Transfer(context.Background(), learnt, images, o); !errors.As(err, &few) {
		t.Errorf("a thousand of each: %v", err)
	}
}
