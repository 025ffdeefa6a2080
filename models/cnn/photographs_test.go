package cnn_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// photograph is a network for photographs.
type photograph interface {
	nn.Model
	Features(x graph.Node) (y graph.Node, maps []cnn.Map)
}

// constructors are those of the networks for photographs, under torchvision's names.
var constructors = map[string]func(classes int, opt cnn.Options) photograph{
	"alexnet":  func(n int, o cnn.Options) photograph { return cnn.NewAlexNet(n, o) },
	"vgg11":    func(n int, o cnn.Options) photograph { return cnn.NewVGG11(n, o) },
	"vgg13":    func(n int, o cnn.Options) photograph { return cnn.NewVGG13(n, o) },
	"vgg16":    func(n int, o cnn.Options) photograph { return cnn.NewVGG16(n, o) },
	"vgg19":    func(n int, o cnn.Options) photograph { return cnn.NewVGG19(n, o) },
	"vgg11_bn": func(n int, o cnn.Options) photograph { o.BatchNorm = true; return cnn.NewVGG11(n, o) },
	"vgg13_bn": func(n int, o cnn.Options) photograph { o.BatchNorm = true; return cnn.NewVGG13(n, o) },
	"vgg16_bn": func(n int, o cnn.Options) photograph { o.BatchNorm = true; return cnn.NewVGG16(n, o) },
	"vgg19_bn": func(n int, o cnn.Options) photograph { o.BatchNorm = true; return cnn.NewVGG19(n, o) },

	"resnet18":  func(n int, o cnn.Options) photograph { return cnn.NewResNet18(n, o) },
	"resnet34":  func(n int, o cnn.Options) photograph { return cnn.NewResNet34(n, o) },
	"resnet50":  func(n int, o cnn.Options) photograph { return cnn.NewResNet50(n, o) },
	"resnet101": func(n int, o cnn.Options) photograph { return cnn.NewResNet101(n, o) },
	"resnet152": func(n int, o cnn.Options) photograph { return cnn.NewResNet152(n, o) },

	"resnet20":   func(n int, o cnn.Options) photograph { return cnn.NewResNet20(n, o) },
	"resnet20_b": func(n int, o cnn.Options) photograph { o.Projection = true; return cnn.NewResNet20(n, o) },
	"resnet32":   func(n int, o cnn.Options) photograph { return cnn.NewResNet32(n, o) },
	"resnet44":   func(n int, o cnn.Options) photograph { return cnn.NewResNet44(n, o) },
	"resnet56":   func(n int, o cnn.Options) photograph { return cnn.NewResNet56(n, o) },
	"resnet110":  func(n int, o cnn.Options) photograph { return cnn.NewResNet110(n, o) },
}

// isCIFAR reports a network that was published for CIFAR.
func isCIFAR(name string) bool {
	return slices.Contains(strings.Fields("resnet20 resnet20_b resnet32 resnet44 resnet56 resnet110"), name)
}

// TestPhotographCounts: parameters and multiply-adds at the published size are torchvision's, and Idelbayev's.
func TestPhotographCounts(t *testing.T) {
	for name, want := range map[string]struct {
		parameters int
		billions   float64 // of multiply-adds, to three places
	}{
		"alexnet": {61_100_840, .714}, // torchvision 0.14: alexnet(), and so on; the weights' _ops
		"vgg11":   {132_863_336, 7.609}, "vgg13": {133_047_848, 11.308},
		"vgg16": {138_357_544, 15.470}, "vgg19": {143_667_240, 19.632},
		"vgg11_bn": {132_868_840, 7.609}, "vgg13_bn": {133_053_736, 11.308},
		"vgg16_bn": {138_365_992, 15.470}, "vgg19_bn": {143_678_248, 19.632},
		"resnet18": {11_689_512, 1.814}, "resnet34": {21_797_672, 3.664}, "resnet50": {25_557_032, 4.089},
		"resnet101": {44_549_160, 7.801}, "resnet152": {60_192_808, 11.514},
		"resnet20": {269_722, .041}, "resnet20_b": {272_474, .041}, "resnet32": {464_154, .069},
		"resnet44": {658_586, .097}, "resnet56": {853_018, .125}, "resnet110": {1_727_962, .253},
	} {
		classes, side := 1000, 224
		if isCIFAR(name) {
			classes, side = 10, 32
		}
		s, err := nn.Summarize(constructors[name](classes, cnn.Options{}), 1, 3, side, side)
		if err != nil {
			t.Fatal(err)
		}
		if s.Parameters != want.parameters {
			t.Errorf("%s: %d parameters, want %d", name, s.Parameters, want.parameters)
		}
		if got := float64(s.MultiplyAdds) / 1e9; math.Abs(got-want.billions) > .00051 {
			t.Errorf("%s: %.4f billion multiply-adds, want %.3f", name, got, want.billions)
		}
	}
}

// TestSmallCounts: those for small pictures have the parameters that their doc comments say.
func TestSmallCounts(t *testing.T) {
	for name, want := range map[string]int{
		"alexnet":  2_472_266,  // Yang's pytorch-classification: AlexNet(10)
		"vgg16_bn": 14_728_266, // Liu's pytorch-cifar: VGG('VGG16')
		"resnet18": 11_173_962, // the same: ResNet18()
		"resnet50": 23_520_842, // the same: ResNet50()
	} {
		if got := constructors[name](10, cnn.Options{Small: true}).Params().Count(); got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
}

// TestStateDicts: names and shapes are those of the state_dict of torchvision's network, in its order.
func TestStateDicts(t *testing.T) {
	f, err := os.Open("testdata/state_dicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, name := map[string][]string{}, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "# ") {
			name = line[2:]
		} else {
			want[name] = append(want[name], line)
		}
	}
	if len(want) != len(constructors) {
		t.Errorf("there are %d state_dicts, %d constructors", len(want), len(constructors))
	}
	for name, list := range want {
		classes := 1000
		if isCIFAR(name) {
			classes = 10
		}
		var got []string
		for p := range constructors[name](classes, cnn.Options{}).Params().All() {
			shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(p.Type().Shape), "()"), ", ", ",")
			got = append(got, p.Name()+" "+shape)
		}
		for i := range max(len(got), len(list)) {
			if i >= len(got) || i >= len(list) || got[i] != list[i] {
				t.Errorf("%s: %d names, want %d; the first other one is %d", name, len(got), len(list), i)
				break
			}
		}
	}
}

// photographed is what PyTorch 1.13 and torchvision 0.14 give in float64, see testdata/photographs.py.
type photographed struct {
	Eval, Train pass
	Steps       struct {
		Losses, After []float64
		State         []float64 // the digest of each tensor of the state_dict
	}
}

type pass struct {
	Logits, Loss []float64
	Gradients    []float64 // the digest of each parameter's
}

// begin gives the parameters the script's initial values.
func begin(m nn.Model) {
	k := 0
	for p := range m.Params().All() {
		if !p.Trainable() || !p.Type().DType.IsFloat() {
			continue
		}
		k++
		x := p.Tensor()
		for i := range x.F32 {
			if len(x.Shape) > 1 {
				x.F32[i] = float32((number(i, k) - .5) * 2 * math.Sqrt(3/float64(x.Shape[1:].Size())))
			} else {
				x.F32[i] = float32(.1 + .4*number(i, k))
			}
		}
	}
}

// number is one of the script's pseudo-random numbers in [0, 1).
func number(i, salt int) float64 { return float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007 }

// digest is the norm of a tensor, and its product with numbers, which sees where each element stands.
func digest(t graph.Tensor) (norm, product float64) {
	for i := range t.Shape.Size() {
		v := t.At(i)
		norm += v * v
		product += v * (number(i, 7) - .5)
	}
	return math.Sqrt(norm), product
}

func photographs(n, side, classes int) (x, y graph.Tensor) {
	x = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 3, side, side}})
	y = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{n}})
	for i := range x.F32 {
		x.F32[i] = float32(number(i, 0))
	}
	for i := range y.I64 {
		y.I64[i] = int64(i * 3 % classes)
	}
	return x, y
}

// compare holds logits and loss of a pass to what PyTorch gives, to 1e-4, and all gradients to gradTol. Logits may be
// every step-th.
func compare(t *testing.T, m nn.Model, mode graph.Mode, x, y graph.Tensor, want pass, step int, gradTol float64) {
	t.Helper()
	const tol = 1e-4
	g := &graph.Graph{Mode: mode}
	xn, yn := g.Input("x", x.Shape...), g.Indices("y", y.Shape...)
	logits := m.Forward(xn)
	loss := ops.CrossEntropy(logits, yn)
	params := g.Trainable()
	grads := graph.Gradients(loss, params...)
	p, err := g.Compile(append(grads, loss, logits)...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(xn, x)
	p.Set(yn, y)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	var got []float64
	for i := 0; i < logits.Size(); i += step {
		got = append(got, p.Value(logits).At(i))
	}
	if !close(got, want.Logits, tol) {
		t.Errorf("logits %v\nwant %v", got, want.Logits)
	}
	if v := p.Float(loss); math.Abs(v-want.Loss[0]) > tol*want.Loss[0] {
		t.Errorf("the loss is %v, want %v", v, want.Loss[0])
	}
	k := 0
	for q := range m.Params().All() {
		i := slices.IndexFunc(params, func(n graph.Node) bool { return n.Param() == q })
		if i < 0 {
			continue // a statistic
		}
		norm, product := digest(p.Value(grads[i]))
		near(t, "gradient of "+q.Name(), norm, product, want.Gradients[2*k:], gradTol)
		k++
	}
	if 2*k != len(want.Gradients) {
		t.Errorf("%d gradients, want %d", k, len(want.Gradients)/2)
	}
}

// near holds a digest to the one wanted. Where each element is off by a share tol, at random, the product is off by
// tol times the norm and the numbers' deviation, 0.29. A gradient that normalisation takes away is 0, and noise.
func near(t *testing.T, what string, norm, product float64, want []float64, tol float64) {
	t.Helper()
	if math.Abs(norm-want[0]) > tol*want[0]+1e-6 || math.Abs(product-want[1]) > tol*want[0]+1e-6 {
		t.Errorf("%s: norm %.8g and product %.8g, want %.8g and %.8g", what, norm, product, want[0], want[1])
	}
}

// TestTorchvisionParity: the networks with an eighth of the channels, and those for CIFAR with a quarter, give what
// PyTorch gives: logits, loss and all gradients, in evaluation and in training, and losses, parameters, statistics and
// logits after three steps.
func TestTorchvisionParity(t *testing.T) {
	raw, err := os.ReadFile("testdata/photographs.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]photographed{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			side, width := 64, 8
			if isCIFAR(name) {
				side, width = 16, 4
			}
			x, y := photographs(4, side, 10)
			build := func() photograph {
				m := constructors[name](10, cnn.Options{Width: width})
				begin(m)
				switch m := m.(type) {
				case *cnn.AlexNet:
					m.Dropout = 0
				case *cnn.VGG:
					m.Dropout = 0
				}
				return m
			}
			const tol = 1e-4
			compare(t, build(), graph.Eval, x, y, w.Eval, 1, tol)
			compare(t, build(), graph.Train, x, y, w.Train, 1, tol)
			m := build()
			tr := train.New(train.Supervised(m, ops.CrossEntropy), &train.SGD{LR: .001, Momentum: .9})
			for i, l := range w.Steps.Losses {
				got, err := tr.Step(x, y)
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(got-l) > tol*l {
					t.Errorf("loss %d is %.8g, want %.8g", i, got, l)
				}
			}
			k := 0
			for p := range m.Params().All() {
				norm, product := digest(p.Tensor())
				near(t, p.Name()+" after three steps", norm, product, w.Steps.State[2*k:], tol)
				k++
			}
			logits, err := nn.NewPredictor(m).Predict(x)
			if err != nil {
				t.Fatal(err)
			}
			var got []float64
			for _, v := range logits.F32 {
				got = append(got, float64(v))
			}
			if !close(got, w.Steps.After, tol) {
				t.Errorf("logits after three steps %v\nwant %v", got, w.Steps.After)
			}
		})
	}
}

// TestResNet50Parity: ResNet-50 as it was published, on two pictures of 224×224. Of millions of activations some are
// so near to 0 that rounding decides what ReLU lets through, so that PyTorch's own gradients in float32 are off by up
// to 1.6e-3 from these, which are of float64, and a unit in the last place of every other number of the pictures moves
// single ones by 4e-3. So gradients are held to 1e-2, and logits and loss to 1e-4; what each kernel computes is proven
// elsewhere.
func TestResNet50Parity(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	raw, err := os.ReadFile("testdata/resnet50.json")
	if err != nil {
		t.Fatal(err)
	}
	var want pass
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	m := cnn.NewResNet50(1000)
	begin(m)
	x, y := photographs(2, 224, 1000)
	compare(t, m, graph.Train, x, y, want, 40, 1e-2)
}
