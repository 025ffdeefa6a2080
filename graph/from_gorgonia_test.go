package graph_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

// This file has programs of Gorgonia's users that come along: a regression on the measures of flowers and a
// convolutional network on digits, after the two that Gorgonia's own examples begin with.

// A line is fitted: the model is Gorgonia's, gradients, update and run are ours.
func ExampleFromGorgonia() {
	// As it was, in Gorgonia's words.
	e := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(e, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(4, 2))
	y := gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("y"), gorgonia.WithShape(4))
	w := gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("w"), gorgonia.WithShape(2),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{0, 0}))))
	miss := gorgonia.Must(gorgonia.Sub(gorgonia.Must(gorgonia.Mul(x, w)), y))
	cost := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(miss))))

	// What takes the place of Grad, NewTapeMachine and the solver.
	g, err := graph.FromGorgonia(e, graph.ImportOptions{Mode: graph.Train})
	must(err)
	loss := g.NodeOf(cost)
	train.Minimize(loss, &train.SGD{LR: .1}) // by w, since it has a value
	prog, err := g.Compile(loss)
	must(err)
	prog.Set(g.NodeOf(x), []float64{0, 1, 1, 1, 2, 1, 3, 1})
	prog.Set(g.NodeOf(y), []float64{1, 3, 5, 7})
	for range 200 {
		must(prog.Run())
	}
	learnt := g.NodeOf(w).Param().Tensor()
	fmt.Printf("loss %.6f, w %.2f\n", prog.Float(loss), learnt.F64)

	// Back to Gorgonia, whose graph is as it was.
	must(gorgonia.Let(w, learnt.Dense()))
	// Output: loss 0.000000, w [2.00 1.00]
}

// regression is the program of the flowers, with the columns of measures and 1, and the number of the species.
func regression(e *gorgonia.ExprGraph, rows int) (x, y, pred, cost *gorgonia.Node, err error) {
	x = gorgonia.NewMatrix(e, tensor.Float64, gorgonia.WithName("measures"), gorgonia.WithShape(rows, 5))
	y = gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("species"), gorgonia.WithShape(rows))
	theta := gorgonia.NewVector(e, tensor.Float64, gorgonia.WithName("theta"), gorgonia.WithShape(5),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{.1, .1, .1, .1, .1}))))
	if pred, err = gorgonia.Mul(x, theta); err != nil {
		return
	}
	miss, err := gorgonia.Sub(pred, y)
	if err != nil {
		return
	}
	square, err := gorgonia.Square(miss)
	if err != nil {
		return
	}
	cost, err = gorgonia.Mean(square)
	return
}

// TestIrisFromGorgonia: the regression finds the species of 9 in 10 of Fisher's flowers, as Gorgonia's example does.
func TestIrisFromGorgonia(t *testing.T) {
	measures, species := irises(t)
	rows := len(species)
	e := gorgonia.NewGraph()
	x, y, pred, cost, err := regression(e, rows)
	if err != nil {
		t.Fatal(err)
	}
	g := importOf(t, e, graph.ImportOptions{Mode: graph.Train})
	loss := g.NodeOf(cost)
	train.Minimize(loss, &train.SGD{LR: .01})
	p := compiled(t, g, loss, g.NodeOf(pred))
	p.Set(g.NodeOf(x), measures)
	p.Set(g.NodeOf(y), species)
	for range 3000 {
		runOnce(t, p)
	}
	right := 0
	for i, v := range p.Value(g.NodeOf(pred)).F64 {
		if math.Round(v) == species[i] {
			right++
		}
	}
	if right < rows*9/10 {
		t.Errorf("%d of %d species are found, the loss is %v", right, rows, p.Float(loss))
	}
}

// irises reads the measures, each with a 1 at the end, and the species as 0, 1 and 2.
func irises(t *testing.T) (measures, species []float64) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "tables", "iris.csv"))
	if os.IsNotExist(err) {
		t.Skipf("Fisher's irises are not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"Iris-setosa", "Iris-versicolor", "Iris-virginica"}
	for _, r := range rows {
		for _, s := range r[:4] {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			measures = append(measures, v)
		}
		measures = append(measures, 1)
		species = append(species, float64(slices.Index(names, r[4])))
	}
	return measures, species
}

// digitNet is a convolutional network in Gorgonia's words: two convolutions with pooling and dropout, two products.
type digitNet struct {
	e                  *gorgonia.ExprGraph
	x, y, logits, cost *gorgonia.Node
}

func newDigitNet(batch int) (*digitNet, error) {
	m := &digitNet{e: gorgonia.NewGraph()}
	m.x = gorgonia.NewTensor(m.e, tensor.Float32, 4, gorgonia.WithName("x"), gorgonia.WithShape(batch, 1, 28, 28))
	m.y = gorgonia.NewMatrix(m.e, tensor.Float32, gorgonia.WithName("y"), gorgonia.WithShape(batch, 10))
	h := m.x
	for i, channels := range []int{8, 16} {
		w := m.weight(fmt.Sprintf("conv%d", i), channels, h.Shape()[1], 3, 3)
		c, err := gorgonia.Conv2d(h, w, []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1})
		if err != nil {
			return nil, err
		}
		a, err := gorgonia.Rectify(c)
		if err != nil {
			return nil, err
		}
		p, err := gorgonia.MaxPool2D(a, []int{2, 2}, []int{0, 0}, []int{2, 2})
		if err != nil {
			return nil, err
		}
		if h, err = gorgonia.Dropout(p, .1); err != nil {
			return nil, err
		}
	}
	return m, m.head(h, batch)
}

// head adds the two products and the cross-entropy.
func (m *digitNet) head(h *gorgonia.Node, batch int) error {
	features := h.Shape().TotalSize() / batch
	flat, err := gorgonia.Reshape(h, tensor.Shape{batch, features})
	if err != nil {
		return err
	}
	hidden, err := gorgonia.Mul(flat, m.weight("hidden", features, 64))
	if err != nil {
		return err
	}
	a, err := gorgonia.Rectify(hidden)
	if err != nil {
		return err
	}
	if m.logits, err = gorgonia.Mul(a, m.weight("out", 64, 10)); err != nil {
		return err
	}
	logs, err := gorgonia.LogSoftMax(m.logits, 1)
	if err != nil {
		return err
	}
	chosen, err := gorgonia.HadamardProd(logs, m.y)
	if err != nil {
		return err
	}
	total, err := gorgonia.Sum(chosen)
	if err != nil {
		return err
	}
	m.cost, err = gorgonia.Div(total, gorgonia.NewConstant(float32(-batch)))
	return err
}

// weight is a leaf of normal numbers, scaled by the number of inputs. See He et al. 2015.
func (m *digitNet) weight(name string, shape ...int) *gorgonia.Node {
	v := make([]float32, tensor.Shape(shape).TotalSize())
	inputs := len(v) / shape[0]
	if len(shape) == 2 {
		inputs = shape[0]
	}
	random := rand.New(rand.NewPCG(0, uint64(inputs)))
	for i := range v {
		v[i] = float32(random.NormFloat64() * math.Sqrt(2/float64(inputs)))
	}
	return gorgonia.NewTensor(m.e, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))))
}

// TestConvnetFromGorgonia: the network learns digits, is evaluated in another mode with the same weights, and its
// weights go to a file and come back.
func TestConvnetFromGorgonia(t *testing.T) {
	const batch = 20
	m, err := newDigitNet(batch)
	if err != nil {
		t.Fatal(err)
	}
	digits := data.DigitsN(0, 1000, 100)
	g := importOf(t, m.e, graph.ImportOptions{Mode: graph.Train, Seed: 1, Replace: ops.ForGorgonia})
	loss := g.NodeOf(m.cost)
	train.Minimize(loss, &train.Adam{LR: 3e-3})
	p := compiled(t, g, loss)
	for epoch := range 4 {
		for b := range digits.Train.Batches(batch, epoch) {
			p.Set(g.NodeOf(m.x), b.X)
			p.Set(g.NodeOf(m.y), oneHot(b.Y.I64))
			runOnce(t, p)
		}
	}
	evalGraph := importOf(t, m.e, graph.ImportOptions{Mode: graph.Eval, Like: g, Replace: ops.ForGorgonia})
	eval := compiled(t, evalGraph, evalGraph.NodeOf(m.logits))
	right := 0
	for b := range digits.Test.InOrder(batch) {
		eval.Set(evalGraph.NodeOf(m.x), b.X)
		runOnce(t, eval)
		right += correct(eval.Value(evalGraph.NodeOf(m.logits)).F32, b.Y.I64)
	}
	if right < 85 {
		t.Errorf("%d of 100 digits are right, the loss is %v", right, p.Float(loss))
	}
	checkSaved(t, g.Params())
}

func oneHot(classes []int64) []float32 {
	v := make([]float32, 10*len(classes))
	for i, c := range classes {
		v[10*i+int(c)] = 1
	}
	return v
}

func correct(logits []float32, classes []int64) (n int) {
	for i, c := range classes {
		row := logits[10*i : 10*i+10]
		if slices.Index(row, slices.Max(row)) == int(c) {
			n++
		}
	}
	return n
}

// checkSaved writes parameters to a file and reads them.
func checkSaved(t *testing.T, params []*graph.Param) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	var list []safetensors.Tensor
	for _, p := range params {
		list = append(list, safetensors.Tensor{Name: p.Name(), Shape: p.Type().Shape, Data: p.Tensor().F32})
	}
	if err := safetensors.Write(path, list, nil); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range params {
		v := make([]float32, len(p.Tensor().F32))
		if err := f.ReadFloat32(p.Name(), v); err != nil || !slices.Equal(v, p.Tensor().F32) {
			t.Errorf("%s comes back otherwise: %v", p.Name(), err)
		}
	}
}

// TestConvnetByOurs: our ops take the places of all of Gorgonia's; the gradients are the same.
func TestConvnetByOurs(t *testing.T) {
	m, err := newDigitNet(2)
	if err != nil {
		t.Fatal(err)
	}
	var losses, norms []float64
	for _, replace := range []func(graph.Foreign, []graph.Node) (graph.Node, bool){nil, ops.ForGorgonia} {
		g := importOf(t, m.e, graph.ImportOptions{Mode: graph.Train, Seed: 1, Replace: replace})
		loss := g.NodeOf(m.cost)
		norm := ops.GlobalNorm(graph.Gradients(loss, g.Trainable()...)...)
		p := compiled(t, g, loss, norm)
		p.Set(g.NodeOf(m.x), waves(tensor.Float32, 1, 2, 1, 28, 28))
		p.Set(g.NodeOf(m.y), oneHot([]int64{3, 8}))
		runOnce(t, p)
		losses, norms = append(losses, p.Float(loss)), append(norms, p.Float(norm))
		for _, n := range g.Nodes() {
			name, foreign := strings.CutPrefix(n.Name(), "gorgonia.")
			stands := strings.HasPrefix(name, "MaxPool2D") || strings.HasPrefix(name, "Dropout")
			if replace != nil && foreign && !stands {
				t.Errorf("%v is not ours", n)
			}
		}
	}
	near(t, "loss", losses[1:], losses[:1], 1e-5)
	near(t, "norm of the gradients", norms[1:], norms[:1], 1e-4)
}

// BenchmarkConvnetFromGorgonia is a step forward and back, on Gorgonia's machine, imported, and by our ops.
func BenchmarkConvnetFromGorgonia(b *testing.B) {
	const batch = 20
	x, y := waves(tensor.Float32, 1, batch, 1, 28, 28), tensor.New(tensor.WithShape(batch, 10),
		tensor.WithBacking(oneHot(make([]int64, batch))))
	b.Run("gorgonia", func(b *testing.B) {
		m, err := newDigitNet(batch)
		if err != nil {
			b.Fatal(err)
		}
		var params gorgonia.Nodes
		for _, n := range m.e.Inputs() {
			if n != m.x && n != m.y {
				params = append(params, n)
			}
		}
		if _, err := gorgonia.Grad(m.cost, params...); err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(gorgonia.Let(m.x, x), gorgonia.Let(m.y, y)); err != nil {
			b.Fatal(err)
		}
		vm := gorgonia.NewTapeMachine(m.e)
		defer vm.Close()
		for b.Loop() {
			if err := vm.RunAll(); err != nil {
				b.Fatal(err)
			}
			vm.Reset()
		}
	})
	for name, replace := range map[string]func(graph.Foreign, []graph.Node) (graph.Node, bool){
		"imported": nil, "ours": ops.ForGorgonia} {
		b.Run(name, func(b *testing.B) {
			m, err := newDigitNet(batch)
			if err != nil {
				b.Fatal(err)
			}
			g := importOf(b, m.e, graph.ImportOptions{Mode: graph.Train, Replace: replace})
			p := compiled(b, g, graph.Gradients(g.NodeOf(m.cost), g.Trainable()...)...)
			p.Set(g.NodeOf(m.x), x)
			p.Set(g.NodeOf(m.y), y)
			for b.Loop() {
				runOnce(b, p)
			}
		})
	}
}
