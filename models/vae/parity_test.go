package vae_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

// tolerance is the norm of a difference by that of what PyTorch gives.
const tolerance = 1e-5

// fixture is what PyTorch 1.13 gives of a model, see testdata/parity.py.
type fixture struct {
	*testing.T
	*safetensors.File
}

func (f fixture) floats(name string) []float32 {
	f.Helper()
	info, ok := f.Tensor(name)
	v := make([]float32, info.Len())
	if err := f.ReadFloat32(name, v); err != nil || !ok {
		f.Fatal(name, err)
	}
	return v
}

// same compares with the tensor of the given name.
func (f fixture) same(name string, got ...float32) {
	f.Helper()
	want := f.floats(name)
	if len(got) != len(want) {
		f.Fatalf("%s: there are %d numbers, want %d", name, len(got), len(want))
	}
	var difference, norm float64
	for i, w := range want {
		difference += math.Pow(float64(got[i])-float64(w), 2)
		norm += math.Pow(float64(w), 2)
	}
	if !(difference <= tolerance*tolerance*norm) {
		f.Errorf("%s differs from PyTorch's by %g of its norm", name, math.Sqrt(difference/norm))
	}
}

// fed are the tensors of a batch, which with the noise is the input of a step.
func (f fixture) fed(names []string) (all []graph.Tensor) {
	f.Helper()
	for _, name := range names {
		info, _ := f.Tensor(name)
		t := graph.NewTensor(graph.Type{Shape: info.Shape})
		err := f.ReadFloat32(name, t.F32)
		if name == "y" {
			t = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: info.Shape})
			err = f.ReadInt64(name, t.I64)
		}
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, t)
	}
	return all
}

// given is a task whose batch has the noise.
type given func(b ...graph.Node) train.Outcome

func (t given) Build(b ...graph.Node) train.Outcome { return t(b...) }

// TestPyTorchParity: the loss and its figures, predictions, all gradients and three steps of Adam are PyTorch's, of
// each model with the noise given.
func TestPyTorchParity(t *testing.T) {
	shape := graph.Shape{1, 8, 8}
	for _, c := range []struct {
		name  string
		batch []string
		build func() (nn.Model, given)
	}{
		{"vae", []string{"x", "noise"}, func() (nn.Model, given) {
			m := vae.NewVAE(12, 7, 3)
			return m, func(b ...graph.Node) train.Outcome { return m.ELBO(b[0], b[1]) }
		}},
		{"vae_gaussian", []string{"x", "noise"}, func() (nn.Model, given) {
			m := vae.NewVAE(12, 7, 3, vae.Options{Beta: 4, Likelihood: vae.Gaussian, Variance: .3})
			return m, func(b ...graph.Node) train.Outcome { return m.ELBO(b[0], b[1]) }
		}},
		{"convvae", []string{"x", "noise"}, func() (nn.Model, given) {
			m := vae.NewConvVAE(shape, 3, 3)
			return m, func(b ...graph.Node) train.Outcome { return m.ELBO(b[0], b[1]) }
		}},
		{"cvae", []string{"x", "noise", "y"}, func() (nn.Model, given) {
			m := vae.NewCVAE(12, 4, 7, 3)
			return m, func(b ...graph.Node) train.Outcome { return m.ELBO(b[0], b[2], b[1]) }
		}},
		{"denoising", []string{"x", "noise"}, func() (nn.Model, given) {
			m := vae.NewDenoising(12, 7, 3, .5)
			return m, func(b ...graph.Node) train.Outcome { return m.Recover(b[0], b[1]) }
		}},
		{"contrastive", []string{"a", "b"}, func() (nn.Model, given) {
			m := vae.NewContrastive(1, 2, 5, .5)
			return m, m.Build
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := safetensors.Open("testdata/" + c.name + ".safetensors")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			f := fixture{t, file}
			m, task := c.build()
			f.weightsOf(m, c.batch)
			batch := f.fed(c.batch)
			f.step(task, batch)
			f.weightsOf(m, c.batch) // without what the running statistics have become
			f.steps(m, task, batch)
		})
	}
}

// weightsOf gives the model the weights of the file, which has each of them in its shape and no others.
func (f fixture) weightsOf(m nn.Model, batch []string) {
	f.Helper()
	_, err := m.Params().LoadFrom(f.File, nn.LoadOptions{Rename: func(s string) string {
		before, _, _ := strings.Cut(s, ".")
		if slices.Contains([]string{"d", "after", "figure", "pred", "losses"}, before) || slices.Contains(batch, s) {
			return ""
		}
		return s
	}})
	if err != nil {
		f.Fatal(err)
	}
}

// step compares loss, figures, prediction and gradients of the task.
func (f fixture) step(task train.Task, batch []graph.Tensor) {
	f.Helper()
	g := &graph.Graph{Mode: graph.Train}
	var types []graph.Type
	for _, b := range batch {
		types = append(types, b.Type)
	}
	in := nn.InputsLike(g, types...)
	o := task.Build(in...)
	params := g.Trainable()
	grads := graph.Gradients(o.Loss, params...)
	outputs := append(slices.Clone(grads), o.Loss)
	if o.Pred.Valid() {
		outputs = append(outputs, o.Pred)
	}
	for _, r := range o.Report {
		outputs = append(outputs, r.Sum)
		if r.Count.Valid() {
			outputs = append(outputs, r.Count)
		}
	}
	prog, err := g.Compile(outputs...)
	if err != nil {
		f.Fatal(err)
	}
	for i, b := range batch {
		prog.Set(in[i], b)
	}
	if err := prog.Run(); err != nil {
		f.Fatal(err)
	}
	if o.Pred.Valid() {
		f.same("pred", prog.Value(o.Pred).F32...)
	}
	for _, r := range o.Report {
		count := float64(batch[0].Shape[0])
		if r.Count.Valid() {
			count = prog.Float(r.Count)
		}
		f.same("figure."+r.Name, float32(prog.Float(r.Sum)/count))
	}
	for i, p := range params {
		f.same("d."+p.Name(), prog.Value(grads[i]).F32...)
	}
}

// steps compares the losses of three steps of Adam, and the weights after them.
func (f fixture) steps(m nn.Model, task train.Task, batch []graph.Tensor) {
	f.Helper()
	trainer := train.New(task, &train.Adam{LR: 1e-2})
	var losses []float32
	for range 3 {
		loss, err := trainer.Step(batch...)
		if err != nil {
			f.Fatal(err)
		}
		losses = append(losses, float32(loss))
	}
	f.same("losses", losses...)
	for p := range m.Params().All() {
		if p.Type().DType.IsFloat() {
			f.same("after."+p.Name(), p.Tensor().F32...)
		}
	}
}

// TestStartValue: a decoder that gives ½ for each pixel loses ln 2 a pixel, whatever the picture, and a code that says
// nothing loses no more.
func TestStartValue(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  vae.Options
		want float64
	}{
		{"of pixels between 0 and 1", vae.Options{}, 784 * math.Ln2}, // 543.427
		{"whatever the divergence weighs", vae.Options{Beta: 7}, 784 * math.Ln2},
		{"of normal pixels, all 0", vae.Options{Likelihood: vae.Gaussian}, 784. / 2 * math.Log(2*math.Pi)},
		{"of a small variance", vae.Options{Likelihood: vae.Gaussian, Variance: .01},
			784. / 2 * math.Log(.02*math.Pi)},
	} {
		m := vae.NewVAE(784, 400, 20, c.opt)
		for _, l := range []*nn.Linear{m.FC21, m.FC22, m.FC4} {
			clear(l.Weight.Tensor().F32)
			clear(l.Bias.Tensor().F32)
		}
		g := &graph.Graph{Mode: graph.Train}
		x := g.Input("x", 3, 784)
		o := m.Build(x)
		p, err := g.Compile(o.Loss, o.Report[1].Sum)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float32, 3*784)
		if c.opt.Likelihood == vae.Bernoulli {
			for i := range v {
				v[i] = float32(i%11) / 10
			}
		}
		p.Set(x, v)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got := p.Float(o.Loss); math.Abs(got-c.want) > 1e-5*math.Abs(c.want) || p.Float(o.Report[1].Sum) != 0 {
			t.Errorf("%s: the loss is %.4f, want %.4f, and the divergence %v", c.name, got, c.want,
				p.Float(o.Report[1].Sum))
		}
	}
}

// TestBeta: the loss is the reconstruction and β times the divergence.
func TestBeta(t *testing.T) {
	for _, c := range []struct{ beta, weighs float64 }{{0, 1}, {1, 1}, {2.5, 2.5}, {ops.Zero, 0}} {
		m := vae.NewVAE(12, 7, 3, vae.Options{Beta: c.beta})
		g := &graph.Graph{Mode: graph.Train}
		x := g.Input("x", 2, 12)
		o := m.Build(x)
		p, err := g.Compile(o.Loss, o.Report[0].Sum, o.Report[1].Sum)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, make([]float32, 24))
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		want := (p.Float(o.Report[0].Sum) + c.weighs*p.Float(o.Report[1].Sum)) / 2
		if got := p.Float(o.Loss); math.Abs(got-want) > 1e-5*want {
			t.Errorf("β = %v: the loss is %v, want %v", c.beta, got, want)
		}
	}
}
