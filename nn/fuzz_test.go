package nn_test

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// calls are the functions that FuzzCalls calls: all of package ops, the losses with options, the constructors of
// layers, and those methods of a graph that make nodes.
var calls = []any{
	ops.Abs, ops.AdaGrad, ops.AdamUpdate, ops.AdaptiveAvgPool2D, ops.AdaptiveMaxPool2D, ops.Add, ops.AddScalar,
	ops.ArgMax,
	ops.ArgMin, ops.Attention, ops.AttentionWeights, ops.AvgPool1D, ops.AvgPool2D, ops.BCE, ops.BCEWithLogits,
	ops.BatchNorm,
	ops.Clamp, ops.ClipByNorm, ops.Concat, ops.Conv1D, ops.Conv2D, ops.ConvTranspose1D, ops.ConvTranspose2D, ops.Cos,
	ops.CrossAttention, ops.CrossEntropy, ops.Div, ops.DropPath, ops.Dropout, ops.ELU, ops.Embedding, ops.Equal,
	ops.Erf,
	ops.Exp,
	ops.Expand,
	ops.Flatten, ops.Flip, ops.GELU, ops.GELUTanh, ops.GRU, ops.Gather, ops.GlobalAvgPool2D, ops.GlobalMaxPool2D,
	ops.GlobalNorm,
	ops.Greater, ops.GreaterEqual, ops.GroupNorm, ops.Increment, ops.KLDiv, ops.KLGauss, ops.L1Loss, ops.L1Penalty,
	ops.L2Penalty,
	ops.LSTM, ops.LayerNorm, ops.LeakyReLU, ops.Less, ops.LessEqual, ops.Linear, ops.Log, ops.LogSoftmax, ops.MSE,
	ops.MatMul,
	ops.MatMulT, ops.Max, ops.MaxKeep, ops.MaxPool1D, ops.MaxPool2D, ops.MaxPool2DIndex, ops.MaxUnpool2D,
	ops.Maximum, ops.Mean,
	ops.MeanKeep, ops.Min, ops.MinKeep, ops.Minimum, ops.Mish, ops.Momentum, ops.Mul, ops.Neg, ops.NotEqual,
	ops.OneHot, ops.Pad,
	ops.Parts, ops.Pow, ops.PowScalar, ops.RMSProp, ops.RNN, ops.RNNReLU, ops.RandomNormal, ops.RandomUniform,
	ops.ReLU, ops.Reciprocal,
	ops.Repeat, ops.Reshape, ops.Rsqrt, ops.SGD, ops.Scale, ops.SelfAttention, ops.SiLU, ops.Sigmoid, ops.Sign,
	ops.Sin, ops.Slice,
	ops.Softmax, ops.Softplus, ops.SpatialDropout, ops.Split, ops.Sqrt, ops.Square, ops.Squeeze, ops.Stack,
	ops.StopGradient, ops.Sub,
	ops.Sum, ops.SumKeep, ops.SumTo, ops.Swap, ops.TakeAlong, ops.Tanh, ops.Tile, ops.Transpose, ops.Unsqueeze,
	ops.Unstack, ops.Var,
	ops.VarKeep, ops.WeightedSum, ops.Where,

	ops.SmoothedCrossEntropy.Loss, ops.SquaredError.Loss, ops.AbsoluteError.Loss, ops.Huber.Loss, ops.SmoothL1.Loss,
	ops.BinaryCrossEntropy.Loss, ops.KLDivergence.Loss, ops.NegativeLogLikelihood.Loss, ops.NLL,
	ops.NTXent.Loss, ops.NTXent.Scores,

	ops.AddAlong, ops.Cast, ops.Ceil, ops.CosineSimilarity, ops.CumProd, ops.CumSum, ops.Floor, ops.Fmod,
	ops.Interpolate, ops.LogSumExp, ops.Median, ops.Norm, ops.NormKeep, ops.PadCircular, ops.PadReflect,
	ops.PadReplicate, ops.PutAlong, ops.Remainder, ops.Round, ops.ScatterAdd, ops.Sort, ops.Std, ops.StdKeep,
	ops.TopK, ops.Trunc, ops.PReLU, ops.LocalResponseNorm, ops.PixelShuffle, ops.PixelUnshuffle,

	nn.NewLinear, nn.NewConv2D, nn.NewConv2DRect, nn.NewConv1D,
	nn.NewConvTranspose2D,
	nn.NewBatchNorm1D, nn.NewBatchNorm2D, nn.NewLayerNorm, nn.NewGroupNorm, nn.NewEmbedding,
	nn.NewMultiHeadAttention, nn.NewRNN,
	nn.NewLSTM, nn.NewGRU, nn.MaxPool2D, nn.AvgPool2D, nn.AdaptiveAvgPool2D, nn.Dropout, nn.DropPath,
	nn.SpatialDropout, nn.Flatten,

	(*graph.Graph).Full, (*graph.Graph).Constant, (*graph.Graph).Scalar, (*graph.Graph).Step, (*graph.Graph).Input,
	(*graph.Graph).Indices, (*graph.Graph).Assign, graph.Gradients, graph.NewParam,

	nn.NewRNNCell, nn.NewLSTMCell, nn.NewGRUCell, nn.NewPReLU, nn.NewInstanceNorm2D,
	nn.NewSpectralLinear, nn.NewSpectralConv2D,
}

// TestFuzzedCalls: every exported function of package ops is among the calls.
func TestFuzzedCalls(t *testing.T) {
	listed := map[string]bool{}
	for _, f := range calls {
		name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
		listed[name[strings.LastIndexByte(name, '/')+1:]] = true
	}
	names := exported(t, "../ops")
	whole := []string{"ForGorgonia", "AttentionsIn", "ConvolutionsIn", "EmbeddingsIn"} // which take whole graphs
	for _, name := range names {
		if !listed["ops."+name] && !slices.Contains(whole, name) {
			t.Errorf("ops.%s is not called by FuzzCalls", name)
		}
	}
	if len(names) < 100 {
		t.Errorf("%d functions were found in the sources", len(names))
	}
}

// FuzzCalls builds a graph by random calls of the public functions, differentiates it, compiles it, prints it and
// runs it. Errors are well, and panics whose words are ours; a runtime error, or no end, is not.
func FuzzCalls(f *testing.F) {
	f.Add([]byte{})
	for i := range calls { // each call once, on some operands, and two at a time
		f.Add([]byte{0, byte(i), byte(i >> 8), 1, 2, 3, 1, 4, 2, 6, 5, 3, 5, 8, 9, 7, 9})
		f.Add([]byte{0, byte(i), byte(i >> 8), 0, 0, 0, 2, 0, 0, 1, byte(3 * i), 0, 1, 1, 1, 0, 1, 2, 3})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 256 {
			return
		}
		tryCalls(t, data)
	})
}

// TestRandomCalls is FuzzCalls for some random bytes.
func TestRandomCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		data := make([]byte, 20+r.IntN(200))
		for i := range data {
			if data[i] = byte(r.Uint32()); r.IntN(2) == 0 {
				data[i] %= 16 // the operands from the beginning, small numbers, and few elements
			}
		}
		tryCalls(t, data)
	}
}

func tryCalls(t *testing.T, data []byte) {
	c := &caller{data: data}
	c.mode = graph.Mode(c.byte() % 2)
	c.begin()
	if err := c.program(); err != nil {
		t.Errorf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
}

// caller makes calls of bytes; behind their end all choices are 0.
type caller struct {
	data  []byte
	mode  graph.Mode
	g     *graph.Graph
	scope *nn.Scope
	nodes []graph.Node
	log   []string
}

// begin makes a graph with some inputs.
func (c *caller) begin() {
	c.g, c.scope = &graph.Graph{Mode: c.mode, Seed: 3}, nn.NewScope()
	c.nodes = []graph.Node{c.g.Input("x", 2, 4), c.g.Input("y", 2, 4), c.g.Input("image", 1, 2, 5, 4),
		c.g.Input("kernel", 2, 2, 2, 3),
		c.g.Input("row", 4), c.g.Indices("labels", 2), c.g.Indices("index", 2, 4), c.g.Input("sequence", 2, 3, 4)}
}

// program is all of it. A graph keeps its first error, so that after one all begins anew, without the call that made
// it.
func (c *caller) program() error {
	var good [][]byte
	for n := 0; n < 12 && len(c.data) > 0; n++ {
		before := c.data
		told, err := guarded("a call", c.call)
		switch used := before[:len(before)-len(c.data)]; {
		case err != nil:
			return err
		case !told && c.g.Err() == nil:
			good = append(good, used)
			continue
		}
		rest := c.data
		c.begin()
		for _, c.data = range good {
			if _, err := guarded("a call", c.call); err != nil {
				return err
			}
		}
		c.data = rest
	}
	_, err := guarded("the program", c.run)
	return err
}

// guarded turns a runtime error into an error. Panics with words of our own are told.
func guarded(what string, f func()) (told bool, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case string:
			for _, ours := range []string{"graph", "ops.", "nn: "} {
				if strings.HasPrefix(r, ours) {
					told = true
					return
				}
			}
			err = fmt.Errorf("%s panics: %s", what, r)
		default:
			err = fmt.Errorf("%s panics: %v", what, r)
		}
	}()
	f()
	return false, nil
}

// TestGuarded is the negative control of FuzzCalls: what it is there to find, and what it lets pass.
func TestGuarded(t *testing.T) {
	for _, c := range []struct {
		name       string
		f          func()
		told, find bool
	}{
		{"nothing", func() {}, false, false},
		{"words of ours", func() { panic("nn: block: NewLinear: in is 0, want at least 1") }, true, false},
		{"words of others", func() { panic("makeslice") }, false, true},
		{"an index", func() { _ = someInts[len(someInts):][len(someFloats)] }, false, true},
		{"nothing where something should be", func() { _ = (*nn.Linear)(nil).Weight }, false, true},
	} {
		if told, err := guarded("it", c.f); told != c.told || err != nil != c.find {
			t.Errorf("%s: told %v, error %v", c.name, told, err)
		}
	}
}

func (c *caller) byte() byte {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return b
}

func (c *caller) call() {
	i := (int(c.byte()) | int(c.byte())<<8) % len(calls)
	f := reflect.ValueOf(calls[i])
	t := f.Type()
	var args []reflect.Value
	for k := range t.NumIn() {
		args = append(args, c.value(t.In(k)))
	}
	shown := runtime.FuncForPC(f.Pointer()).Name()
	for _, a := range args {
		shown += fmt.Sprintf(" %v", show(a))
	}
	c.log = append(c.log, shown)
	results := f.Call
	if t.IsVariadic() {
		results = f.CallSlice
	}
	for _, r := range results(args) {
		c.keep(r.Interface())
	}
}

func show(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case graph.Node:
		if !x.Valid() {
			return "(no node)"
		}
		return x.Type()
	case *graph.Graph, *nn.Scope:
		return "·"
	default:
		return fmt.Sprintf("%+v", x)
	}
}

// keep makes operands of what a call gave. A layer is used at once.
func (c *caller) keep(x any) {
	switch x := x.(type) {
	case graph.Node:
		c.nodes = append(c.nodes, x)
	case []graph.Node:
		c.nodes = append(c.nodes, x[:min(len(x), 4)]...)
	case *graph.Param:
		c.nodes = append(c.nodes, c.g.Param(x))
	case nn.Module:
		c.nodes = append(c.nodes, x.Forward(c.node()))
	}
}

// node is one of those made so far that are not too large to go on with; now and then the zero Node.
func (c *caller) node() graph.Node {
	k := int(c.byte())
	if k >= 250 {
		return graph.Node{}
	}
	n := c.nodes[k%len(c.nodes)]
	if n.Valid() && n.Size() > 1<<10 {
		return c.nodes[0]
	}
	return n
}

var (
	someInts   = []int{0, 1, 2, 3, 4, 5, 6, 7, -1, -2, math.MinInt, math.MaxInt, 1 << 31, 1 << 32, 1 << 62, -1 << 33}
	someFloats = []float64{0, .5, 1, 2, -1, .1, 1e-5, 100, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		-1e-300, 1e-300}
)

func (c *caller) value(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[graph.Node]():
		return reflect.ValueOf(c.node())
	case reflect.TypeFor[*graph.Graph]():
		return reflect.ValueOf(c.g)
	case reflect.TypeFor[*nn.Scope]():
		return reflect.ValueOf(c.scope.Subf("layer%d", len(c.log)))
	case reflect.TypeFor[graph.DType]():
		v.SetUint(uint64(c.byte() % 4))
		return v
	}
	switch t.Kind() {
	case reflect.Int:
		v.SetInt(int64(someInts[int(c.byte())%len(someInts)]))
	case reflect.Uint8:
		v.SetUint(uint64(c.byte() % 12))
	case reflect.Float64:
		v.SetFloat(someFloats[int(c.byte())%len(someFloats)])
	case reflect.Float32, reflect.Int64:
		v = reflect.ValueOf(int(c.byte()) % 4).Convert(t)
	case reflect.Bool:
		v.SetBool(c.byte()&1 == 1)
	case reflect.String:
		v.SetString(fmt.Sprintf("name%d", c.byte()%8))
	case reflect.Slice:
		for range c.byte() % 6 {
			v = reflect.Append(v, c.value(t.Elem()))
		}
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(c.value(t.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(c.value(t.Field(i).Type))
			}
		}
	}
	return v
}

// run takes the last float that is there for a loss, and does with the graph what one does with graphs.
func (c *caller) run() {
	c.g.WriteTo(io.Discard)
	size := 0
	var loss graph.Node
	for _, n := range c.g.Nodes() {
		if size += n.Size(); n.DType().IsFloat() {
			loss = n
		}
	}
	if size > 1<<18 || !loss.Valid() {
		return
	}
	grads := graph.Gradients(ops.Sum(loss), c.nodes[0], c.nodes[2])
	outputs := []graph.Node{loss}
	if c.g.Err() == nil {
		outputs = append(outputs, grads...)
	}
	p, err := c.g.Compile(outputs...)
	if err != nil {
		c.log = append(c.log, err.Error())
		return
	}
	for _, n := range c.g.Nodes() {
		if n.Kind() == graph.KindInput {
			t := graph.NewTensor(n.Type())
			for i := range t.F32 {
				t.F32[i] = float32(i%7) / 8
			}
			for i := range t.I64 {
				t.I64[i] = int64(i % 3)
			}
			p.Set(n, t)
		}
	}
	p.WriteTo(io.Discard)
	if err := p.Run(); err != nil {
		if strings.Contains(err.Error(), "it panics") {
			panic(err)
		}
		return
	}
	p.Value(outputs[0])
}
