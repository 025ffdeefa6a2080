package ops

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// cases is the list of all ops: every check below goes over it, and an op type that no case
// builds fails TestEveryOpIsListed.
func cases() []opCase {
	return slices.Concat(
		linearCases,
		matmulCases,
		crossEntropyCases,
		updateCases,
		counterCases,
		arithmeticCases,
		pointwiseCases,
		reductionCases,
		normCases,
		windowCases,
		indexCases,
		layoutCases,
		randomCases,
		lossCases,
		attentionCases,
		recurrentCases,
		measureCases,
		contrastCases,
		roundCases,
		orderCases,
		interpolateCases,
		channelCases,
		oddCases,
	)
}

// opCase is one op, or one interesting combination of attributes.
type opCase struct {
	name   string // a sentence
	in     []operand
	build  func(in []graph.Node) graph.Node
	want   []float64 // result by hand, with its source in a comment beside it
	first  bool      // has a gradient
	second bool      // claims a gradient of its gradient
	torch  string    // the same in PyTorch, over operands a, b, c, …; empty where PyTorch has none
	mode   graph.Mode
	tol    float64 // of want; 0 for 1e-6
	bad    []badAttribute
}

// operand is an input of a case.
type operand struct {
	shape graph.Shape
	v     []float64
	ints  []int64
	fixed bool // no gradient is asked for
}

// some is a float operand with values in (-2, 2) that differ from each other.
func some(shape ...int) operand { return between(-2, 2, shape...) }

// between is a float operand with values in (lo, hi), evenly spaced in a shuffled order: no two
// are equal, so that maxima are unique.
func between(lo, hi float64, shape ...int) operand {
	n := graph.Shape(shape).Size()
	p := make([]int, n)
	rng.Permute(p, rng.Key(uint64(n), 7))
	v := make([]float64, n)
	for i := range v {
		v[i] = lo + (hi-lo)*(float64(p[i])+0.37)/float64(n)
	}
	return operand{shape: shape, v: v}
}

// values is a float operand.
func given(shape []int, v ...float64) operand { return operand{shape: shape, v: v} }

// row is a float operand of one axis.
func row(v ...float64) operand { return operand{shape: []int{len(v)}, v: v} }

// labels is an operand of integers.
func labels(shape []int, v ...int64) operand { return operand{shape: shape, ints: v} }

// constant keeps the operand out of gradients.
func constant(o operand) operand { o.fixed = true; return o }

// shape is a list of axes.
func shape(d ...int) []int { return d }

// arrange builds the graph of a case: operands as inputs.
func (c opCase) arrange(d graph.DType) (g *graph.Graph, in, wrt []graph.Node, y graph.Node) {
	g = &graph.Graph{Mode: c.mode, Seed: 5, DType: d}
	for i, o := range c.in {
		name := string(rune('a' + i))
		if o.ints != nil {
			in = append(in, g.Indices(name, o.shape...))
			continue
		}
		in = append(in, g.Input(name, o.shape...))
		if !o.fixed {
			wrt = append(wrt, in[i])
		}
	}
	return g, in, wrt, c.build(in)
}

// weigh is a scalar that depends on every element of y differently: Σ w·y.
func weigh(y graph.Node, salt int) graph.Node {
	w := weights(y.Size(), salt)
	return Sum(Mul(y, floatConstant(y.Graph(), w, y.Shape()...)))
}

func weights(n, salt int) []float64 {
	w := make([]float64, n)
	rng.Uniform(w, rng.Key(uint64(salt), 3), 0)
	for i := range w {
		w[i] = float64(float32(w[i] + 0.5))
	}
	return w
}

// runner is either engine.
type runner interface {
	Set(graph.Node, any)
	Run() error
	Value(graph.Node) graph.Tensor
}

// zeros sets all inputs of a graph to zeros, but for the number of the step.
func zeros(r runner, g *graph.Graph) {
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindInput {
			r.Set(n, graph.NewTensor(n.Type()))
		}
	}
}

func (c opCase) feed(r runner, in []graph.Node) {
	for i, o := range c.in {
		if o.ints != nil {
			r.Set(in[i], o.ints)
		} else {
			r.Set(in[i], o.v)
		}
	}
}

func elements(t graph.Tensor) []float64 {
	v := make([]float64, t.Shape.Size())
	for i := range v {
		v[i] = t.At(i)
	}
	return v
}

func TestForward(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			_, in, _, y := c.arrange(graph.Float64)
			p, err := y.Graph().Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			c.feed(p, in)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				return
			}
			tol := c.tol
			if tol == 0 {
				tol = 1e-6
			}
			if err := near(elements(p.Value(y)), c.want, tol); err != nil {
				t.Error(err)
			}
		})
	}
}

// near compares elements, relative to 1 or the element wanted, whichever is larger.
func near(got, want []float64, tol float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("got %d elements %v, want %d", len(got), got, len(want))
	}
	for i := range want {
		same := got[i] == want[i] || math.IsNaN(got[i]) && math.IsNaN(want[i])
		if !same && !(math.Abs(got[i]-want[i]) <= tol*max(1, math.Abs(want[i]))) {
			return fmt.Errorf("element %d: got %.10g, want %.10g; all: got %.8g, want %.8g", i, got[i],
				want[i], got, want)
		}
	}
	return nil
}

// gradientError is the largest difference between the gradient of f by the op's rules and by
// central differences, relative to 1 or the gradient, whichever is larger. order 2 checks the
// gradient of a weighted sum of the gradients.
func gradientError(c opCase, order int) (float64, error) {
	g, in, wrt, y := c.arrange(graph.Float64)
	loss := weigh(y, 1)
	grads := graph.Gradients(loss, wrt...)
	if order == 2 {
		loss = weigh(grads[0], 2)
		for i, d := range grads[1:] {
			loss = Add(loss, weigh(d, 3+i))
		}
		grads = graph.Gradients(loss, wrt...)
	}
	p, err := g.Compile(append(grads, loss)...)
	if err != nil {
		return 0, err
	}
	c.feed(p, in)
	at := func() (float64, error) {
		p.SetStep(1)
		if err := p.Run(); err != nil {
			return 0, err
		}
		return p.Float(loss), nil
	}
	if _, err := at(); err != nil {
		return 0, err
	}
	var rules [][]float64
	for _, d := range grads {
		rules = append(rules, elements(p.Value(d)))
	}
	worst := 0.0
	k := 0
	for i, o := range c.in {
		if o.ints != nil || o.fixed {
			continue
		}
		x := slices.Clone(o.v)
		for j, v := range o.v {
			h := 1e-5 * max(1, math.Abs(v))
			x[j] = v + h
			p.Set(in[i], x)
			up, err := at()
			if err != nil {
				return 0, err
			}
			x[j] = v - h
			p.Set(in[i], x)
			down, err := at()
			if err != nil {
				return 0, err
			}
			x[j] = v
			p.Set(in[i], x)
			slope := (up - down) / (2 * h)
			e := math.Abs(slope-rules[k][j]) / max(1, math.Abs(slope), math.Abs(rules[k][j]))
			if !(e <= worst) {
				worst = e
			}
		}
		k++
	}
	return worst, nil
}

const gradientTolerance = 1e-6

func TestGradient(t *testing.T) {
	for _, c := range cases() {
		if !c.first && !c.second {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			e, err := gradientError(c, 1)
			if err != nil {
				t.Fatal(err)
			}
			if !(e <= gradientTolerance) {
				t.Errorf("gradient differs from central differences by %.3g, want at most %g", e, gradientTolerance)
			}
		})
	}
}

func TestSecondGradient(t *testing.T) {
	for _, c := range cases() {
		if !c.second {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			e, err := gradientError(c, 2)
			if err != nil {
				t.Fatal(err)
			}
			if !(e <= gradientTolerance) {
				t.Errorf("second gradient differs from central differences by %.3g, want at most %g", e,
					gradientTolerance)
			}
		})
	}
}

// TestEngines: our tape, our tape with every optional pass off, and Gorgonia's own tape
// machine give the same bits, for values and gradients. So does our tape with instructions joined in ways
// that keep each element's arithmetic; with all of them joined it differs by rounding.
func TestEngines(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			g, in, wrt, y := c.arrange(graph.Float32)
			outputs := []graph.Node{y}
			if c.first || c.second {
				outputs = append(outputs, graph.Gradients(weigh(y, 1), wrt...)...)
			}
			if err := engines(g, outputs, func(r runner) { c.feed(r, in) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// everyPass are the passes that compile for speed and memory; without them each node is an instruction with memory of
// its own.
var everyPass = []string{"fold", "merge", "alias", "plan"}

// roundingPasses are those that change how sums are rounded.
var roundingPasses = []string{"operands", "patterns", "accumulate"}

// engines runs a graph on all engines and compares the outputs, bit for bit but where products are joined.
func engines(g *graph.Graph, outputs []graph.Node, feed func(runner)) error {
	var first runner
	for engine := range engineCount {
		r, err := engineOf(g, engine, outputs)
		if err != nil {
			return err
		}
		feed(r)
		if err := r.Run(); err != nil {
			return fmt.Errorf("%s: %w", engineNames[engine], err)
		}
		if engine == 0 {
			first = r
			continue
		}
		for i, n := range outputs {
			if err := sameResult(engine, r.Value(n), first.Value(n)); err != nil {
				return fmt.Errorf("output %d, %s and %s: %w", i, engineNames[engine], engineNames[0], err)
			}
		}
	}
	return nil
}

const engineCount = 5

var engineNames = [engineCount]string{"tape", "tape without its passes", "gorgonia's tape",
	"tape with elementwise ops joined", "joined tape"}

func engineOf(g *graph.Graph, engine int, outputs []graph.Node) (runner, error) {
	switch engine {
	case 0:
		return g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...)
	case 1:
		return g.CompileWith(graph.CompileOptions{NoFuse: true, Without: everyPass}, outputs...)
	case 2:
		return g.Stock(outputs...)
	case 3:
		return g.CompileWith(graph.CompileOptions{Without: roundingPasses}, outputs...)
	default:
		return g.Compile(outputs...)
	}
}

// sameResult compares what an engine computes with what the first does.
func sameResult(engine int, got, want graph.Tensor) error {
	if engine == engineCount-1 && got.DType.IsFloat() {
		return normwise(elements(got), elements(want))
	}
	return sameBits(got, want)
}

func sameBits(a, b graph.Tensor) error {
	if !a.Type.Equal(b.Type) {
		return fmt.Errorf("types %v and %v", a.Type, b.Type)
	}
	for i := range a.Shape.Size() {
		if math.Float64bits(a.At(i)) != math.Float64bits(b.At(i)) {
			return fmt.Errorf("element %d is %v and %v", i, a.At(i), b.At(i))
		}
	}
	return nil
}

// TestEveryOpIsListed: each type with the methods of an op is built by some case.
func TestEveryOpIsListed(t *testing.T) {
	built := map[string]bool{}
	for _, c := range cases() {
		g, _, wrt, y := c.arrange(graph.Float64)
		if c.first || c.second {
			grads := graph.Gradients(weigh(y, 1), wrt...)
			if c.second {
				for i, d := range grads {
					graph.Gradients(weigh(d, 2+i), wrt...)
				}
			}
		}
		for _, n := range g.Nodes() {
			if n.Op() != nil {
				name := reflect.TypeOf(n.Op()).Name()
				name, _, _ = strings.Cut(name, "[")
				built[name] = true
			}
		}
	}
	for _, name := range opTypes(t) {
		if !built[name] {
			t.Errorf("op %s is in no case of the list", name)
		}
	}
}

// opTypes finds the types of the package that have an Eval method, but those that only the compiler makes.
func opTypes(t *testing.T) []string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Eval" {
				if id, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
					names = append(names, id.Name)
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("no op found in the sources")
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains(joinedOps, name) ||
			slices.Contains(preparedOps, name)
	})
}

var anew = flag.Bool("update", false,
	"write anew what a test writes: implements.go and docs/joins.md, and the inputs "+
		"of the PyTorch fixtures, of which testdata/fixtures.py then computes the results")

// fixture is a case with PyTorch's results in float32.
type fixture struct {
	Expr    string      `json:"expr"`
	Shapes  [][]int     `json:"shapes"`
	Floats  [][]float32 `json:"floats"` // null for integers
	Ints    [][]int64   `json:"ints"`
	Fixed   []bool      `json:"fixed"`
	Weights []float64   `json:"weights"`
	Grad    bool        `json:"grad"`
	Result  []float64   `json:"result"`
	Grads   [][]float64 `json:"grads"`
}

const fixtures = "testdata/torch.json"

func TestTorch(t *testing.T) {
	if *anew {
		writeFixtures(t)
		return
	}
	raw, err := os.ReadFile(fixtures)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]fixture{}
	if err := json.Unmarshal(raw, &stored); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases() {
		if c.torch == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			f, ok := stored[c.name]
			if !ok || f.Expr != c.torch || f.Result == nil {
				t.Fatalf("no fixture for this case: go test ./ops -run TestTorch -update && python3 " +
					"ops/testdata/fixtures.py")
			}
			g, in, wrt, y := c.arrange(graph.Float32)
			outputs := []graph.Node{y}
			if f.Grad {
				outputs = append(outputs, graph.Gradients(weigh(y, 1), wrt...)...)
			}
			p, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			c.feed(p, in)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			if err := normwise(elements(p.Value(y)), f.Result); err != nil {
				t.Errorf("result: %v", err)
			}
			for i, d := range outputs[1:] {
				if err := normwise(elements(p.Value(d)), f.Grads[i]); err != nil {
					t.Errorf("gradient %d: %v", i, err)
				}
			}
		})
	}
}

// normwise compares two arrays by the norm of their difference, relative to the norm of the
// one wanted, at 1e-5.
func normwise(got, want []float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("got %d elements, want %d", len(got), len(want))
	}
	var diff, norm float64
	for i := range want {
		if math.IsInf(want[i], 0) && got[i] == want[i] || math.IsNaN(want[i]) && math.IsNaN(got[i]) {
			continue
		}
		diff += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	if !(math.Sqrt(diff) <= 1e-5*max(math.Sqrt(norm), 1e-3)) {
		return fmt.Errorf("differs by %.3g of the norm: got %.7g, want %.7g", math.Sqrt(diff/norm), got, want)
	}
	return nil
}

func writeFixtures(t *testing.T) {
	stored := map[string]fixture{}
	for _, c := range cases() {
		if c.torch == "" {
			continue
		}
		if _, ok := stored[c.name]; ok {
			t.Errorf("two cases are named %q", c.name)
		}
		_, _, _, y := c.arrange(graph.Float32)
		f := fixture{Expr: c.torch, Weights: weights(y.Size(), 1), Grad: c.first || c.second}
		for _, o := range c.in {
			var v []float32
			for _, x := range o.v {
				v = append(v, float32(x))
			}
			f.Shapes, f.Floats, f.Ints, f.Fixed = append(f.Shapes, append([]int{}, o.shape...)), append(f.Floats, v),
				append(f.Ints, o.ints), append(f.Fixed, o.fixed)
		}
		stored[c.name] = f
	}
	raw, err := json.Marshal(stored)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixtures, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

// shapeError is a mistake and a part of the message that must name it.
type shapeError struct {
	name  string
	build func(g *graph.Graph) graph.Node
	want  string
}

// shapeErrors is the list of mistakes.
func shapeErrors() []shapeError {
	return slices.Concat(
		linearErrors,
		matmulErrors,
		crossEntropyErrors,
		updateErrors,
		indexErrors,
		layoutErrors,
		randomErrors,
		lossErrors,
		attentionErrors,
		recurrentErrors,
		roundErrors,
		orderErrors,
		interpolateErrors,
	)
}

func TestShapeErrors(t *testing.T) {
	for _, e := range shapeErrors() {
		t.Run(e.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			y := e.build(g)
			if g.Err() == nil {
				t.Fatalf("no error; the result has type %v", y.Type())
			}
			if y.Valid() {
				t.Error("the result is a valid node")
			}
			if !strings.Contains(g.Err().Error(), e.want) {
				t.Errorf("got  %v\nwant %s", g.Err(), e.want)
			}
			if !strings.Contains(g.Err().Error(), "_test.go:") {
				t.Errorf("the error does not name the caller's line: %v", g.Err())
			}
		})
	}
}

// wrongSlope is x² with the derivative 3x: a negative control.
type wrongSlope struct{ unlisted }

func (wrongSlope) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{Mul(dy[0], Mul(in[0], in[0].Graph().Scalar(3)))}
}

// unlisted is x² without a rule.
type unlisted struct{}

func (unlisted) String() string                                   { return "unlisted" }
func (unlisted) Types(in []graph.Type) ([]graph.Type, error)      { return in[:1], nil }
func (unlisted) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (unlisted) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].F64 {
		dst[0].F64[i] = v * v
	}
	for i, v := range in[0].F32 {
		dst[0].F32[i] = v * v
	}
	return nil
}

// TestNegativeControls: the checks above find what they are there to find.
func TestNegativeControls(t *testing.T) {
	square := opCase{in: []operand{some(2, 3)}}
	square.build = func(in []graph.Node) graph.Node { return graph.Apply(wrongSlope{}, in[0]) }
	if e, err := gradientError(square, 1); err != nil || e < 1e-2 {
		t.Errorf("a wrong derivative passes the gradient check: error %g, %v", e, err)
	}
	square.build = func(in []graph.Node) graph.Node { return graph.Apply(unlisted{}, in[0]) }
	if _, err := gradientError(square, 1); err == nil || !strings.Contains(err.Error(), "unlisted") {
		t.Errorf("an op without a rule: got error %v, want one that names it", err)
	}
	square.build = func(in []graph.Node) graph.Node { return Mul(in[0], in[0]) }
	if e, err := gradientError(square, 2); err != nil || e > gradientTolerance {
		t.Errorf("x·x: error %g, %v", e, err)
	}
	if normwise([]float64{1, 2}, []float64{1, 2.0001}) == nil {
		t.Error("a difference of 5e-5 passes the comparison with PyTorch")
	}
	a, b := graph.FromFloat32([]float32{0}), graph.FromFloat32([]float32{float32(math.Copysign(0, -1))})
	if sameBits(a, b) == nil {
		t.Error("0 and -0 pass as the same bits")
	}
}
