package nn_test

import (
	"encoding/binary"
	"hash/fnv"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// TestConstructingCostsNothing: 140 million parameters, as many as VGG-16 has, are made, listed, counted and compiled
// in no time, and take no memory until one is read.
func TestConstructingCostsNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var s *nn.Scope
	var layers []*nn.Linear
	count, took := 0, time.Hour
	for range 5 { // the least of five, as others may be at work
		start := time.Now()
		s, layers, count = nn.NewScope(), nil, 0
		for i := range 35 {
			layers = append(layers, nn.NewLinear(s.Subf("%d", i), 2000, 2000))
		}
		s.Params().Init(3)
		for p := range s.Params().All() {
			count += p.Type().Shape.Size()
		}
		took = min(took, time.Since(start))
	}
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 1, 2000)
	for _, l := range layers {
		x = l.Forward(x)
	}
	prog, err := g.Compile(x)
	if err != nil {
		t.Fatal(err)
	}
	var tape strings.Builder
	if _, err := prog.WriteTo(&tape); err != nil || !strings.Contains(tape.String(), "34.weight") {
		t.Errorf("the tape does not print: %v\n%s", err, &tape)
	}
	runtime.ReadMemStats(&after)
	if want := 35 * 2001 * 2000; count != want || s.Params().Count() != want {
		t.Errorf("%d and %d parameters, want %d", count, s.Params().Count(), want)
	}
	if took > 10*time.Millisecond {
		t.Errorf("constructing took %v", took)
	}
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 10<<20 { // one weight has 16 MB
		t.Errorf("constructing and compiling allocated %s", graph.Bytes(int(bytes)))
	}
}

// varied is a model of every initialiser that layers use.
func varied() *nn.Scope {
	s := nn.NewScope()
	nn.NewConv2D(s.Sub("conv"), 3, 8, 3, ops.Conv{})
	nn.NewBatchNorm2D(s.Sub("bn"), 8)
	nn.NewEmbedding(s.Sub("e"), 11, 5)
	nn.NewLSTM(s.Sub("lstm"), 5, 7, nn.Recurrent{})
	nn.NewMultiHeadAttention(s.Sub("att"), 8, 2, nn.Attention{})
	s.Param("he", nn.HeNormal(nn.GainReLU, nn.FanIn), 9, 4)
	return s
}

// TestInitialBytes: values that are made when they are read are those that constructors once made at once. The sums
// were written by the constructors of commit d0eed96.
func TestInitialBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		ps   func() *nn.Params
		want uint64
	}{
		{"seed 0, without Init", func() *nn.Params { return varied().Params() }, 0xfac1efc621b4d5bb},
		{"seed 7", func() *nn.Params { ps := varied().Params(); ps.Init(7); return ps }, 0xe85d7b1fe61224a8},
		{"seed 7 after seed 0 was read", func() *nn.Params {
			ps := varied().Params()
			sum(ps)
			ps.Init(7)
			return ps
		}, 0xe85d7b1fe61224a8},
		{"read from the last to the first", func() *nn.Params {
			ps := varied().Params()
			for _, p := range slices.Backward(slices.Collect(ps.All())) {
				p.Tensor()
			}
			return ps
		}, 0xfac1efc621b4d5bb},
	} {
		if got := sum(c.ps()); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.name, got, c.want)
		}
	}
}

// sum is FNV-1a of all elements in their order.
func sum(ps *nn.Params) uint64 {
	h := fnv.New64a()
	for p := range ps.All() {
		binary.Write(h, binary.LittleEndian, p.Tensor().F32)
		binary.Write(h, binary.LittleEndian, p.Tensor().I64)
	}
	return h.Sum64()
}

// TestLoadDrawsNothing: what a file fills is not drawn first; what it leaves alone is drawn when it is read.
func TestLoadDrawsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two.safetensors")
	drawn := 0
	count := func(dst graph.Tensor, _ *nn.Rand) { drawn++; dst.F32[0] = 7 }
	model := func() *nn.Scope {
		s := nn.NewScope()
		s.Param("a.w", count, 2)
		s.Param("b.w", count, 2)
		return s
	}
	if err := model().Params().Save(path); err != nil || drawn != 2 {
		t.Fatalf("save: %v, %d drawn, want 2", err, drawn)
	}
	for _, c := range []struct {
		name string
		load func(ps *nn.Params) error
		want int // drawn when all is read
	}{
		{"Load", func(ps *nn.Params) error { return ps.Load(path) }, 0},
		{"Load after Init", func(ps *nn.Params) error { ps.Init(5); return ps.Load(path) }, 0},
		{"LoadPrefix", func(ps *nn.Params) error { return ps.LoadPrefix(path, "b") }, 1},
	} {
		drawn = 0
		ps := model().Params()
		if err := c.load(ps); err != nil || drawn != 0 {
			t.Errorf("%s: %v, %d drawn, want 0", c.name, err, drawn)
		}
		for p := range ps.All() {
			if got := p.Tensor().F32[0]; got != 7 {
				t.Errorf("%s: %s is %v, want 7", c.name, p.Name(), got)
			}
		}
		if drawn != c.want {
			t.Errorf("%s: %d drawn when read, want %d", c.name, drawn, c.want)
		}
	}
}

// TestFirstReadAtOnce: Predictors of one fresh model answer alike, whoever reads a parameter first.
func TestFirstReadAtOnce(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, 3, 4}, 1, 4)
	want, err := nn.NewPredictor(mlp.New(4, 16, 3)).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		m := mlp.New(4, 16, 3)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				got, err := nn.NewPredictor(m).Predict(x)
				if err != nil || !slices.Equal(got.F32, want.F32) {
					t.Errorf("got %v, %v, want %v", got, err, want)
				}
			})
		}
		all.Wait()
	}
}

// TestRunsAllocateNothing: the first run gives parameters their memory, and later ones nothing.
func TestRunsAllocateNothing(t *testing.T) {
	m := mlp.New(4, 16, 3)
	g := &graph.Graph{}
	prog, err := g.Compile(m.Forward(g.Input("x", 1, 4)))
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(g.Nodes()[0], make([]float32, 4))
	run := func() {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

// TestRand: the numbers go on from call to call, and depend on seed and name alone.
func TestRand(t *testing.T) {
	whole, parts := make([]float32, 7), make([]float32, 7)
	fill := func(r *nn.Rand, dst []float32) { r.Normal(graph.FromFloat32(dst, len(dst))) }
	fill(nn.NewRand(1, "w"), whole)
	r := nn.NewRand(1, "w")
	fill(r, parts[:3])
	fill(r, parts[3:])
	if !slices.Equal(whole, parts) {
		t.Errorf("in two parts %v, in one %v", parts, whole)
	}
	for _, c := range []struct {
		name string
		r    *nn.Rand
	}{{"another seed", nn.NewRand(2, "w")}, {"another name", nn.NewRand(1, "v")}} {
		if fill(c.r, parts); slices.Equal(whole, parts) {
			t.Errorf("%s gives the same numbers", c.name)
		}
	}
	wide := make([]float64, 7)
	nn.NewRand(1, "w").Uniform(graph.FromFloat64(wide, 7))
	nn.NewRand(1, "w").Uniform(graph.FromFloat32(parts, 7))
	r = nn.NewRand(1, "w")
	for i := range wide {
		if one := r.Float64(); one != wide[i] || wide[i]-float64(parts[i]) < 0 || wide[i]-float64(parts[i]) > 0x1p-24 {
			t.Errorf("number %d: %v alone, %v in float64, %v in float32", i, one, wide[i], parts[i])
		}
	}
	seen := map[int]bool{}
	for range 100 {
		seen[r.IntN(3)] = true
	}
	if len(seen) != 3 || !seen[0] || !seen[2] {
		t.Errorf("IntN(3) gives %v", seen)
	}
}
