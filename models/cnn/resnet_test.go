package cnn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestResNet18Counts: the counts of torchvision's resnet18, and of the one for CIFAR-10.
func TestResNet18Counts(t *testing.T) {
	for _, c := range []struct {
		name  string
		model *cnn.ResNet
		want  int
	}{
		{"of ImageNet", cnn.NewResNet18(1000), 11_689_512}, // torchvision 0.14: resnet18()
		{"of ImageNet, said so", cnn.NewResNet18(1000, cnn.Options{}), 11_689_512},
		// by hand: less 990·513 of fc, and less 64·3·(7·7 - 3·3) of conv1
		{"of CIFAR-10", cnn.NewResNet18(10, cnn.Options{Small: true}), 11_689_512 - 990*513 - 64*3*40},
	} {
		if got := c.model.Params().Count(); got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, got, c.want)
		}
	}
	if got := cnn.NewResNet18(10, cnn.Options{Small: true}).Params().Count(); got != 11_173_962 { // the doc comment
		t.Errorf("%d parameters, want 11,173,962", got)
	}
}

// TestResNet18Names: those of torchvision's state_dict.
func TestResNet18Names(t *testing.T) {
	var want []string
	layer := func(names ...string) {
		for _, n := range names {
			want = append(want, n+".weight")
			if strings.Contains(n, "bn") || strings.HasSuffix(n, "downsample.1") {
				want = append(want, n+".bias", n+".running_mean", n+".running_var", n+".num_batches_tracked")
			}
		}
	}
	layer("conv1", "bn1")
	for stage := 1; stage <= 4; stage++ {
		for block := range 2 {
			in := fmt.Sprintf("layer%d.%d.", stage, block)
			layer(in+"conv1", in+"bn1", in+"conv2", in+"bn2")
			if stage > 1 && block == 0 {
				layer(in+"downsample.0", in+"downsample.1")
			}
		}
	}
	want = append(want, "fc.weight", "fc.bias")
	var got []string
	for p := range cnn.NewResNet18(1000).Params().All() {
		got = append(got, p.Name())
	}
	if !slices.Equal(got, want) { // torchvision 0.14: len(resnet18().state_dict()) is 122
		t.Errorf("the names are\n%q, want\n%q", got, want)
	}
	if len(got) != 122 {
		t.Errorf("there are %d names, want 122", len(got))
	}
}

// TestResNet18Shapes: what reaches the mean has a 32nd of the side, and with a small beginning an 8th.
func TestResNet18Shapes(t *testing.T) {
	for _, c := range []struct {
		opt        cnn.Options
		side, want int
	}{{cnn.Options{}, 224, 7}, {cnn.Options{}, 65, 3}, {cnn.Options{Small: true}, 32, 4}, {cnn.Options{Small: true},
		28, 4}} {
		g := &graph.Graph{}
		y := cnn.NewResNet18(7, c.opt).Forward(g.Input("x", 2, 3, c.side, c.side))
		if want := (graph.Shape{2, 7}); !y.Shape().Equal(want) {
			t.Errorf("%+v: the logits have shape %v, want %v", c.opt, y.Shape(), want)
		}
		var last graph.Shape
		for _, n := range g.Nodes() {
			if s := n.Shape(); len(s) == 4 && s[0] == 2 {
				last = s
			}
		}
		if want := (graph.Shape{2, 512, c.want, c.want}); !last.Equal(want) {
			t.Errorf("%+v: layer4 gives %v of side %d, want %v", c.opt, last, c.side, want)
		}
	}
}

// TestResNet18Learns: one training step on random pictures lowers their loss.
func TestResNet18Learns(t *testing.T) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{4, 3, 32, 32}})
	nn.NewRand(1, "x").Normal(x)
	y := graph.FromInt64([]int64{3, 1, 4, 1}, 4)
	model := cnn.NewResNet18(10, cnn.Options{Small: true})
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.SGD{LR: .01})
	var losses [2]float64
	for i := range losses {
		var err error
		if losses[i], err = trainer.Step(x, y); err != nil {
			t.Fatal(err)
		}
	}
	if !(losses[1] < losses[0]) {
		t.Errorf("the loss is %v, and after a step %v", losses[0], losses[1])
	}
}

// TestResNet18Misused: what makes no sense is a panic of the constructor or an error of the graph, with its place.
func TestResNet18Misused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		do         func()
	}{
		{"no classes", "fc: NewLinear: out is 0", func() { cnn.NewResNet18(0) }},
		{"options twice", "cnn.NewResNet18: there are 2 Options, want at most one",
			func() { cnn.NewResNet18(10, cnn.Options{}, cnn.Options{}) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("%s: the panic is %s, want %s", c.name, got, c.want)
				}
			}()
			c.do()
		}()
	}
	g := &graph.Graph{}
	cnn.NewResNet18(10).Forward(g.Input("x", 2, 1, 32, 32))
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), "conv1: conv2d") {
		t.Errorf("grey pictures: %v", err)
	}
}

// The network for ImageNet, and the one for pictures of 32×32.
func ExampleNewResNet18() {
	for _, c := range []struct {
		side  int
		model *cnn.ResNet
	}{{224, cnn.NewResNet18(1000)}, {32, cnn.NewResNet18(10, cnn.Options{Small: true})}} {
		g := &graph.Graph{}
		y := c.model.Forward(g.Input("x", 8, 3, c.side, c.side))
		fmt.Println(y.Shape(), c.model.Params().Count())
	}
	// Output:
	// (8, 1000) 11689512
	// (8, 10) 11173962
}
