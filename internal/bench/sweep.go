// This file holds Sweep: the convolutions, products and pools of models, each at the shapes at which some model has
// it.

package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
)

// Piece is an op at certain shapes.
type Piece struct {
	Op     graph.Op
	In     []graph.Type
	Models []string // that have it, as "resnet18 ×4"
	Cost   graph.Cost

	counts []int
}

// String is "conv2d pad=1 (8, 512, 7, 7) (512, 512, 3, 3)".
func (p *Piece) String() string {
	b := strings.Builder{}
	b.WriteString(p.Op.String())
	for _, t := range p.In {
		fmt.Fprintf(&b, " %v", t.Shape)
	}
	return b.String()
}

// swept are the beginnings of the names of the ops that are pieces.
var swept = []string{"conv", "matmul", "linear", "maxpool", "avgpool", "∂maxpool", "∂avgpool"}

// Sweep collects the pieces of graphs, each once.
type Sweep struct {
	Pieces []*Piece
	known  map[string]*Piece
}

// Add collects those of a model's graph.
func (s *Sweep) Add(model string, g *graph.Graph) {
	if s.known == nil {
		s.known = map[string]*Piece{}
	}
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindOp || n.Result() != 0 || !slices.ContainsFunc(swept, func(name string) bool {
			return strings.HasPrefix(n.Op().String(), name)
		}) {
			continue
		}
		p := &Piece{Op: n.Op()}
		for _, in := range n.Inputs() {
			p.In = append(p.In, in.Type())
		}
		key := fmt.Sprintf("%+v %v", p.Op, p.In)
		if k, ok := s.known[key]; ok {
			p = k
		} else {
			s.known[key] = p
			s.Pieces = append(s.Pieces, p)
		}
		if last := len(p.Models) - 1; last < 0 || p.Models[last] != model {
			p.Models, p.counts = append(p.Models, model), append(p.counts, 0)
		}
		p.counts[len(p.counts)-1]++
	}
}

// Where lists the models that have the piece, and how often.
func (p *Piece) Where() string {
	var all []string
	for i, m := range p.Models {
		if p.counts[i] > 1 {
			m = fmt.Sprintf("%s ×%d", m, p.counts[i])
		}
		all = append(all, m)
	}
	return strings.Join(all, ", ")
}

// Program compiles the piece alone and gives it numbers uniform in [-½, ½), from [Seed].
func (p *Piece) Program() (*graph.Program, error) {
	g := &graph.Graph{}
	var in []graph.Node
	for i, t := range p.In {
		in = append(in, nn.InputLike(g, fmt.Sprintf("x%d", i), t))
	}
	program, err := g.Compile(graph.ApplyAll(p.Op, in...)...)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", p, err)
	}
	for i, n := range in {
		x := graph.NewTensor(p.In[i])
		rng.Uniform(x.F32, rng.Key(Seed, rng.HashString("sweep")+uint64(i)), 0)
		for k := range x.F32 {
			x.F32[k] -= .5
		}
		program.Set(n, x)
	}
	p.Cost = program.Cost()
	return program, nil
}

// Time is the median of runs of the piece, of so many at least and for so long.
func (p *Piece) Time(least int, d time.Duration) (time.Duration, error) {
	program, err := p.Program()
	if err != nil {
		return 0, err
	}
	if err := program.Run(); err != nil {
		return 0, err
	}
	var times []time.Duration
	for begin := time.Now(); len(times) < least || time.Since(begin) < d; {
		start := time.Now()
		if err := program.Run(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
