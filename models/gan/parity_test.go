package gan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/gan"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// A pass is what PyTorch gives in one mode, see testdata/parity.py. Tensors are their norm and first four elements.
type pass struct {
	Losses     []float64            `json:"losses"`
	Fake, Real []float64            // pictures that are made, and logits of real ones
	Gradients  map[string][]float64 `json:"gradients"`
}

// A match is a game of two DCGAN of PyTorch.
type match struct {
	Train, Eval pass
	Steps       [][]float64          // losses of both players, by the step
	After       map[string][]float64 // the generator, behind them
}

// fixture is the file of the script.
type fixture struct {
	Shapes map[string]graph.Shape `json:"shapes"` // of the official networks for 3×64×64
	Large  match                  `json:"64"`
	Small  match                  `json:"32"`
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	raw, err := os.ReadFile("testdata/parity.json")
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// numbers are the script's pseudo-random numbers in [0, 1).
func numbers(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

// start gives the parameters of a player the script's initial values.
func start(ps *nn.Params, salt int) {
	for p := range ps.All() {
		shape, at := p.Type().Shape, p.Tensor()
		for i, u := range numbers(shape.Size(), salt) {
			switch u -= .5; {
			case p.Type().DType == graph.Int64:
				continue
			case len(shape) == 4:
				u *= 4 / math.Sqrt(float64(shape[1:].Size()))
			case strings.HasSuffix(p.Name(), "weight"), strings.HasSuffix(p.Name(), "running_var"):
				u = 1 + u/2
			}
			at.F32[i] = float32(u)
		}
		salt++
	}
}

// A contest is a model with the script's values, its real pictures, in [0, 1], and its noise.
type contest struct {
	*gan.DCGAN
	x, z graph.Tensor
}

func contestOf(noise, width, side, channels, n int) contest {
	m := gan.NewDCGAN(noise, width, channels, side, side)
	start(m.Params().Under("discriminator"), 1)
	start(m.Params().Under("generator"), 101)
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{n, channels, side, side}})
	z := graph.NewTensor(graph.Type{Shape: graph.Shape{n, noise}})
	for i, u := range numbers(len(x.F32), 7) {
		x.F32[i] = float32(u)
	}
	for i, u := range numbers(len(z.F32), 8) {
		z.F32[i] = float32((u - .5) * 3)
	}
	return contest{m, x, z}
}

// head is what the script keeps of a tensor.
func head(v []float32) []float64 {
	h := []float64{0}
	for i, x := range v {
		h[0] += float64(x) * float64(x)
		if i < 4 {
			h = append(h, float64(x))
		}
	}
	h[0] = math.Sqrt(h[0])
	return h
}

// near compares norm-wise, relative.
func near(got, want []float64) bool {
	var diff, norm float64
	for i := range want {
		diff += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	return math.Sqrt(diff) <= 1e-4*math.Sqrt(norm)
}

// TestPyTorchParity: both players' losses, and the gradient of each by its own parameters, are those of the official
// networks, in training and with running statistics; and so are three steps of Adam.
func TestPyTorchParity(t *testing.T) {
	f := readFixture(t)
	for _, c := range []struct {
		name string
		make func() contest
		want match
	}{
		{"the official form, 64×64 in colours", func() contest { return contestOf(6, 2, 64, 3, 3) }, f.Large},
		{"the form for 32×32 in grey", func() contest { return contestOf(5, 3, 32, 1, 4) }, f.Small},
	} {
		t.Run(c.name, func(t *testing.T) {
			comparePass(t, c.make(), graph.Train, c.want.Train)
			comparePass(t, c.make(), graph.Eval, c.want.Eval)
			compareSteps(t, c.make(), c.want)
		})
	}
}

func comparePass(t *testing.T, c contest, mode graph.Mode, want pass) {
	t.Helper()
	g := &graph.Graph{Mode: mode}
	x, z := g.Input("x", c.x.Shape...), g.Input("z", c.z.Shape...)
	fake := ops.AddScalar(ops.Scale(c.Forward(z), 2), -1)
	outputs := []graph.Node{fake, c.Judge(ops.AddScalar(ops.Scale(x, 2), -1))}
	var losses, grads, of []graph.Node
	for i, o := range c.Play(x, z) {
		own := c.Params().Under([]string{"discriminator", "generator"}[i])
		losses = append(losses, o.Loss)
		var params []graph.Node
		for p := range own.All() {
			if p.Trainable() {
				params = append(params, g.Param(p))
			}
		}
		grads, of = append(grads, graph.Gradients(o.Loss, params...)...), append(of, params...)
	}
	prog, err := g.Compile(slices.Concat(outputs, losses, grads)...)
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(x, c.x)
	prog.Set(z, c.z)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want []float64) {
		if !near(got, want) {
			t.Errorf("%v: %s is %v, want %v", mode, what, got, want)
		}
	}
	check("the losses", []float64{prog.Float(losses[0]), prog.Float(losses[1])}, want.Losses)
	check("what is made", head(prog.Value(outputs[0]).F32), want.Fake)
	check("what is said of real pictures", head(prog.Value(outputs[1]).F32), want.Real)
	if len(of) != len(want.Gradients) {
		t.Errorf("%d parameters, want %d", len(of), len(want.Gradients))
	}
	for i, d := range grads {
		check("the gradient of "+of[i].Name(), head(prog.Value(d).F32), want.Gradients[of[i].Name()])
	}
}

func compareSteps(t *testing.T, c contest, want match) {
	t.Helper()
	game := c.Game(.002)
	game.Batch = []string{"x", "z"}
	game.Play = func(b ...graph.Node) []train.Outcome { return c.Play(b[0], b[1]) }
	tr := train.New(game, nil)
	turns, err := tr.Compiled(c.x.Type, c.z.Type)
	if err != nil {
		t.Fatal(err)
	}
	for step, w := range want.Steps {
		if _, err := tr.Step(c.x, c.z); err != nil {
			t.Fatal(err)
		}
		got := []float64{turns[0].Program.Float(turns[0].Loss), turns[1].Program.Float(turns[1].Loss)}
		if !near(got, w) {
			t.Errorf("step %d: the losses are %v, want %v", step, got, w)
		}
	}
	for name, w := range want.After {
		p := c.Params().Get("generator." + name)
		if p.Type().DType == graph.Int64 {
			if got := float64(p.Tensor().I64[0]); got != w[0] {
				t.Errorf("%s is %v behind three steps, want %v", name, got, w[0])
			}
			continue
		}
		if got := head(p.Tensor().F32); !near(got, w) {
			t.Errorf("%s is %v behind three steps, want %v", name, got, w)
		}
	}
}

// TestOfficialNames: names and shapes are those of the official networks, and a file of each loads under its player.
func TestOfficialNames(t *testing.T) {
	want := readFixture(t).Shapes
	m := gan.NewDCGAN(100, 64, 3, 64, 64)
	got := map[string]graph.Shape{}
	for p := range m.Params().All() {
		got[p.Name()] = p.Type().Shape
	}
	if !maps.EqualFunc(got, want, graph.Shape.Equal) {
		t.Errorf("the parameters are %v\nwant %v", got, want)
	}
	for _, c := range []struct {
		channels, size, width, noise, generator, discriminator int // the first is the example of PyTorch
	}{{3, 64, 64, 100, 3_576_704, 2_765_568}, {1, 64, 64, 100, 3_574_656, 2_763_520},
		{1, 28, 16, 64, 106_976, 42_432}, {1, 32, 32, 64, 295_872, 166_784}} {
		ps := gan.NewDCGAN(c.noise, c.width, c.channels, c.size, c.size).Params()
		g, d := ps.Under("generator").Count(), ps.Under("discriminator").Count()
		if g != c.generator || d != c.discriminator {
			t.Errorf("%+v: there are %d and %d parameters", c, g, d)
		}
	}
}

// TestPlayersLoad: a file of a player alone, which knows nothing of the other, loads under the player's name,
// strictly.
func TestPlayersLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netG.safetensors")
	from, into := gan.NewDCGAN(5, 2, 1, 32, 32), gan.NewDCGAN(5, 2, 1, 32, 32)
	from.Params().Init(7)
	if err := from.Params().Under("generator").Save(path); err != nil {
		t.Fatal(err)
	}
	load := func(strip string) error {
		_, err := into.Params().LoadWith(path, nn.LoadOptions{Under: "generator", Strip: strip,
			Rename: func(name string) string { return "generator." + name }})
		return err
	}
	if err := load("generator."); err != nil { // netG's names: main.0.weight
		t.Fatal(err)
	}
	for p := range from.Params().All() {
		same := slices.Equal(p.Tensor().F32, into.Params().Get(p.Name()).Tensor().F32)
		if mine := strings.HasPrefix(p.Name(), "generator"); !same && mine {
			t.Errorf("%s is not what the file has", p.Name())
		}
	}
	if err := load("other."); err == nil || !strings.Contains(fmt.Sprint(err), "missing: generator.main.0.weight") {
		t.Errorf("names that do not fit: %v", err)
	}
}
