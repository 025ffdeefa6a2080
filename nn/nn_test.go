package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/gan"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestInitialisers: bounds and deviations of 784→256 and of a 7×7 convolution from 3 to 64.
func TestInitialisers(t *testing.T) {
	linear, conv := []int{256, 784}, []int{64, 3, 7, 7}
	for _, c := range []struct {
		name       string
		init       nn.Init
		shape      []int
		bound, std float64 // 0 where not meant
	}{
		{"Xavier uniform", nn.XavierUniform(1), linear, .0759555, .0438529},
		{"Xavier normal", nn.XavierNormal(1), linear, 0, .0438529},
		{"He normal for ReLU", nn.HeNormal(nn.GainReLU, nn.FanIn), linear, 0, .0505076},
		{"He uniform for ReLU", nn.HeUniform(nn.GainReLU, nn.FanIn), linear, .0874818, .0505076},
		// SciPy: truncnorm(-2, 2).std()/10
		{"normal, cut at two deviations", nn.TruncatedNormal(.1, .2), linear, .2, .08796256610342398},
		{"normal, cut far from it", nn.TruncatedNormal(.01, 2), linear, 0, .01},
		{"normal, cut until it is uniform", nn.TruncatedNormal(100, 1), linear, 1, 1 / math.Sqrt(3)},
		{"Xavier uniform of a convolution", nn.XavierUniform(1), conv, .0427504, .0246820},
		{"He normal of a convolution", nn.HeNormal(nn.GainReLU, nn.FanIn), conv, 0, .1166424},
		{"He normal by fan out", nn.HeNormal(nn.GainReLU, nn.FanOut), conv, 0, math.Sqrt(2. / 3136)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := nn.NewScope().Param("w", c.init, c.shape...).Tensor().F32
			var sum, largest float64
			for _, v := range w {
				sum += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			if std := math.Sqrt(sum / float64(len(w))); math.Abs(std/c.std-1) > .03 {
				t.Errorf("deviation %.6f, want %.6f", std, c.std)
			}
			if c.bound > 0 && (largest > c.bound || largest < .99*c.bound) {
				t.Errorf("largest %.6f, want at most and nearly %.6f", largest, c.bound)
			}
		})
	}
}

// TestOrthogonal: rows or columns are orthonormal, times the gain, in both float types, whatever the shape; and they
// are those of the QR decomposition with a positive diagonal of the numbers that were drawn, of which there is one.
func TestOrthogonal(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		rows, cols := 1+r.IntN(40), 1+r.IntN(40)
		dtype, tolerance := graph.Float64, 1e-12
		if seed%2 == 0 {
			dtype, tolerance = graph.Float32, 1e-6
		}
		shape := graph.Shape{rows, cols}
		if cols%2 == 0 {
			shape = graph.Shape{rows, cols / 2, 2}
		}
		w, drawn := graph.NewTensor(graph.Type{DType: dtype, Shape: shape}), graph.NewTensor(graph.Type{DType: dtype,
			Shape: shape})
		nn.Orthogonal(2)(w, nn.NewRand(seed, "w"))
		nn.NewRand(seed, "w").Normal(drawn)
		long, short := max(rows, cols), min(rows, cols)
		at := func(m graph.Tensor, i, k int) float64 { // element i of column k of the long form
			if rows < cols {
				return m.At(k*cols + i)
			}
			return m.At(i*cols + k)
		}
		for a := range short {
			for b := range short {
				var inner, upper float64
				for i := range long {
					inner += at(w, i, a) * at(w, i, b) / 4
					upper += at(w, i, a) * at(drawn, i, b) / 2
				}
				if want := map[bool]float64{true: 1}[a == b]; math.Abs(inner-want) > tolerance {
					t.Fatalf("seed %d, %v: columns %d and %d have the product %v, want %v", seed, shape, a, b, inner,
						want)
				}
				if a > b && math.Abs(upper) > 20*tolerance || a == b && !(upper > 0) {
					t.Fatalf("seed %d, %v: element %d, %d of R is %v", seed, shape, a, b, upper)
				}
			}
		}
	}
	defer func() {
		r := recover()
		if r == nil || !strings.Contains(fmt.Sprint(r), "Orthogonal: the shape is (3), want two axes") {
			t.Errorf("of a vector: %v", r)
		}
	}()
	nn.Orthogonal(1)(graph.NewTensor(graph.Type{Shape: graph.Shape{3}}), nn.NewRand(0, "b"))
}

// TestOrthogonalThreads: the bits do not depend on how many threads there are.
func TestOrthogonalThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var drawn [2]graph.Tensor
	for i, threads := range []int{1, 4} {
		runtime.GOMAXPROCS(threads)
		drawn[i] = graph.NewTensor(graph.Type{DType: graph.Float64, Shape: graph.Shape{400, 300}})
		nn.Orthogonal(1)(drawn[i], nn.NewRand(0, "w"))
	}
	if !slices.Equal(drawn[0].F64, drawn[1].F64) {
		t.Error("four threads give other bits than one")
	}
}

// TestInitByName: a parameter's initial value depends on the seed and its own name alone.
func TestInitByName(t *testing.T) {
	a, b := nn.NewScope(), nn.NewScope()
	first := nn.NewLinear(a.Sub("fc"), 3, 4)
	nn.NewLinear(b.Sub("before"), 9, 9)
	second := nn.NewLinear(b.Sub("fc"), 3, 4)
	if !slices.Equal(first.Weight.Tensor().F32, second.Weight.Tensor().F32) {
		t.Error("another layer changes this one's values")
	}
	before := slices.Clone(first.Weight.Tensor().F32)
	a.Params().Init(1)
	if slices.Equal(before, first.Weight.Tensor().F32) {
		t.Error("another seed gives the same values")
	}
	a.Params().Init(0)
	if !slices.Equal(before, first.Weight.Tensor().F32) {
		t.Error("the same seed gives other values")
	}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		name string
		m    nn.Model
		want int
	}{
		{"MLP 784-128-10", mlp.New(784, 128, 10), 101770},
		{"LeNet-5", cnn.NewLeNet5(10), 61706},
		{"ConvNet", cnn.NewConvNet(10), 50282},
	} {
		if got := c.m.Params().Count(); got != c.want {
			t.Errorf("%s has %d parameters, want %d", c.name, got, c.want)
		}
	}
}

func TestSummary(t *testing.T) {
	s, err := nn.Summarize(cnn.NewLeNet5(10), 1, 1, 28, 28)
	if err != nil {
		t.Fatal(err)
	}
	if s.Parameters != 61706 || s.MultiplyAdds != 416520 { // 117,600 + 240,000 + 48,000 + 10,080 + 840
		t.Errorf("%d parameters, %d multiply-adds; want 61706 and 416520", s.Parameters, s.MultiplyAdds)
	}
	for _, want := range []string{"conv1  Conv2D 5×5", "(1, 6, 28, 28)", "156", "48,120"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("the table does not have %q:\n%s", want, s)
		}
	}
}

// TestSummaryAddsUp: what the rows have and what no row reads is all that a model has, and the table says so.
func TestSummaryAddsUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		model  nn.Model
		input  []int
		unread int
	}{
		{"a model that reads all it has", cnn.NewConvNet(10), []int{1, 1, 28, 28}, 0},
		{"a game, whose discriminator makes no pictures", gan.NewGAN(64, 1, 28, 28), []int{1, 64}, 533505},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := nn.Summarize(c.model, c.input...)
			if err != nil {
				t.Fatal(err)
			}
			sum := s.Unread
			for _, r := range s.Rows {
				sum += r.Parameters
			}
			var b strings.Builder
			s.WriteTo(&b)
			if (len(s.UnreadIn) > 0) != (c.unread > 0) || strings.Contains(strings.Join(s.UnreadIn, ""), ".") {
				t.Errorf("the parameters that are unread belong to %q", s.UnreadIn)
			}
			if s.Unread != c.unread || sum != s.Parameters ||
				strings.Contains(b.String(), "not in this pass") != (c.unread > 0) {
				t.Errorf("%d of %d are unread, want %d; rows and these are %d\n%s", s.Unread, s.Parameters,
					c.unread, sum, &b)
			}
		})
	}
}

func batch(n int) (x, y graph.Tensor) {
	x = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 1, 28, 28}})
	y = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{n}})
	for i := range x.F32 {
		x.F32[i] = float32(i*7919%101) / 101
	}
	for i := range y.I64 {
		y.I64[i] = int64(i * 3 % 10)
	}
	return x, y
}

// TestFreeze: frozen parameters keep every bit, the others move.
func TestFreeze(t *testing.T) {
	m := cnn.NewLeNet5(10)
	if n := m.Params().Freeze("conv1"); n != 2 {
		t.Errorf("froze %d parameters, want 2", n)
	}
	before := map[string][]float32{}
	for p := range m.Params().All() {
		before[p.Name()] = slices.Clone(p.Tensor().F32)
	}
	tr := train.New(train.Supervised(m, ops.CrossEntropy), &train.SGD{LR: .1, Momentum: .9})
	x, y := batch(8)
	for range 3 {
		if _, err := tr.Step(x, y); err != nil {
			t.Fatal(err)
		}
	}
	for p := range m.Params().All() {
		frozen := strings.HasPrefix(p.Name(), "conv1.")
		if same := slices.Equal(before[p.Name()], p.Tensor().F32); same != frozen {
			t.Errorf("%s: same %v, frozen %v", p.Name(), same, frozen)
		}
	}
}

func TestFreezeAll(t *testing.T) {
	m := mlp.New(4, 3)
	m.Params().Freeze("")
	_, err := train.New(train.Supervised(m, ops.CrossEntropy),
		&train.SGD{LR: 1}).Step(graph.FromFloat32(make([]float32, 8), 2, 4), graph.FromInt64([]int64{0, 1}, 2))
	if err == nil || !strings.Contains(err.Error(), "no trainable parameters") {
		t.Errorf("got %v", err)
	}
}

// TestPredictor: batches with a short last one give what one pass gives, and running statistics serve.
func TestPredictor(t *testing.T) {
	m := cnn.NewConvNet(10)
	x, y := batch(10)
	if _, err := train.New(train.Supervised(m, ops.CrossEntropy), &train.Adam{LR: 1e-3}).Step(x, y); err != nil {
		t.Fatal(err)
	}
	if n := m.BN1.Batches.Tensor().I64[0]; n != 1 {
		t.Errorf("bn1 has seen %d batches, want 1", n)
	}
	whole, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	p := nn.NewPredictor(m)
	p.Batch = 4
	parts, err := p.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range whole.F32 {
		if math.Abs(float64(v-parts.F32[i])) > 1e-5 {
			t.Fatalf("element %d: %v in one pass, %v in batches", i, v, parts.F32[i])
		}
	}
	if _, err := p.Predict(graph.FromFloat32(make([]float32, 27*27), 1, 1, 27, 27)); err == nil ||
		!strings.HasPrefix(err.Error(), "fc: linear: input has") {
		t.Errorf("a picture of another size: got %v", err)
	}
}

// TestSaveLoad: all values come back, running statistics included, and what does not fit is listed in one message.
func TestSaveLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	a, b := cnn.NewConvNet(10), cnn.NewConvNet(10)
	a.Params().Init(7)
	a.BN1.RunningMean.Tensor().F32[3] = 42
	a.BN2.Batches.Tensor().I64[0] = 5
	if err := a.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	if err := b.Params().Load(path); err != nil {
		t.Fatal(err)
	}
	for p := range a.Params().All() {
		q := b.Params().Get(p.Name()).Tensor()
		if !slices.Equal(p.Tensor().F32, q.F32) || !slices.Equal(p.Tensor().I64, q.I64) {
			t.Errorf("%s differs", p.Name())
		}
	}
	other := cnn.NewConvNet(12)
	keep := slices.Clone(other.FC.Weight.Tensor().F32)
	err := other.Params().Load(path)
	want := "load " + path +
		": 2 mis-shaped: fc.weight: file (10, 3136), model (12, 3136) and fc.bias: file (10), model (12)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if !slices.Equal(keep, other.FC.Weight.Tensor().F32) {
		t.Error("a failed load changed the model")
	}
	if err := other.Params().LoadPrefix(path, "conv1"); err != nil {
		t.Errorf("loading conv1 alone: %v", err)
	}
	if err := cnn.NewLeNet5(10).Params().Load(path); err == nil ||
		!strings.Contains(err.Error(), "8 missing: conv1.bias") {
		t.Errorf("got %v", err)
	}
	if err := a.Params().Load(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) &&
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func ExampleParams_Save() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	model := cnn.NewLeNet5(10)
	path := filepath.Join(dir, "lenet5.safetensors")
	fmt.Println(model.Params().Save(path), model.Params().Load(path))
	// Output: <nil> <nil>
}

func ExampleSummarize() {
	s, err := nn.Summarize(mlp.New(4, 3, 2), 1, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Parameters, "parameters,", s.MultiplyAdds, "multiply-adds")
	// Output: 23 parameters, 18 multiply-adds
}
