package outside

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestFineTune: a frozen backbone keeps the bits of the file while the head learns, and after that both learn.
func TestFineTune(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backbone.safetensors")
	first := NewBackbone(2, 2)
	first.Params().Init(3)
	if err := first.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	model, err := FineTune(path, 2, 4)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := spirals(32)
	y := graph.FromInt64(slices.Repeat([]int64{0, 1, 2, 3}, 8), 32)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .01})
	moved := func(name string) bool {
		return !slices.Equal(model.Params().Get(name).Tensor().F32, first.Params().Get(name).Tensor().F32)
	}
	for _, c := range []struct {
		name string
		do   func()
		want bool
	}{
		{"frozen", func() {}, false},
		{"unfrozen", func() { model.Params().Unfreeze("0") }, true},
	} {
		c.do()
		head := slices.Clone(model.Params().Get("1.weight").Tensor().F32)
		for range 3 {
			if _, err := trainer.Step(x, y); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"0.0.weight", "0.0.bias", "0.2.weight", "0.2.bias"} {
			if got := moved(name); got != c.want {
				t.Errorf("%s: %s has moved: %v", c.name, name, got)
			}
		}
		if slices.Equal(head, model.Params().Get("1.weight").Tensor().F32) {
			t.Errorf("%s: the head has not moved", c.name)
		}
	}
}

// TestFineTuneMisused: the error lists what does not fit.
func TestFineTuneMisused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backbone.safetensors")
	if _, err := FineTune(path, 2, 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := NewBackbone(2, 2).Params().Save(path); err != nil {
		t.Fatal(err)
	}
	var list *nn.MismatchError
	if _, err := FineTune(path, 3, 4); !errors.As(err, &list) || len(list.MisShaped) != 1 {
		t.Errorf("three features: %v", err)
	}
}

// The parameters of a chain in a chain: their names, and how many numbers they are.
func ExampleNewBackbone() {
	model := NewBackbone(2, 4)
	for p := range model.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	fmt.Println(model.Params().Under("0").Count(), "of", model.Params().Count(), "numbers are the backbone's")
	// Output:
	// 0.0.weight (16, 2)
	// 0.0.bias (16)
	// 0.2.weight (8, 16)
	// 0.2.bias (8)
	// 1.weight (4, 8)
	// 1.bias (4)
	// 184 of 220 numbers are the backbone's
}
