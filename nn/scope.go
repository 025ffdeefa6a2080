// This file holds Scope, where layers get their parameters, and Params, all parameters of a model.

package nn

import (
	"fmt"
	"iter"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// Scope is a place in the tree of layers. Constructors take one and make their parameters in
// it, so that the name of a parameter is the path to it: "layer1.0.conv1.weight".
type Scope struct {
	params *Params
	path   string
}

// NewScope returns the root of a new model.
func NewScope() *Scope { return &Scope{params: newParams(nil)} }

// must is s, for the named method: one that NewScope has made, or a part of it.
func (s *Scope) must(method string) *Scope {
	if s == nil || s.params == nil {
		panic("nn: Scope." + method + ": this is no scope: make one with NewScope, and parts of it with Sub")
	}
	return s
}

// Sub returns the scope of a part of the model. The name must not contain a dot that is not
// meant as a step of the path.
func (s *Scope) Sub(name string) *Scope {
	return &Scope{s.must("Sub").params, join(s.path, name)}
}

// Subf is [Scope.Sub] with a formatted name.
func (s *Scope) Subf(format string, args ...any) *Scope {
	return s.must("Subf").Sub(fmt.Sprintf(format, args...))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Without returns the root of a model that has the parameters of s's model, the same and no copies, but for those
// under a path, which layers that are made in it may then have anew: the network with another head. In graphs both are
// shown as one model. It panics when there is no parameter under the path.
//
//	s := m.scope.Without("fc")
//	fc := nn.NewLinear(s.Sub("fc"), 512, 10) // s.Params() are those of m, with this layer's in place of m's own
func (s *Scope) Without(path string) *Scope {
	var rest []*param
	for _, p := range s.must("Without").params.list {
		if !under(p.Name(), path) {
			rest = append(rest, p)
		}
	}
	if len(rest) == len(s.params.list) {
		s.refuse("Without", "there is no parameter under %q", path)
	}
	params := s.params.part(rest)
	params.dtype = s.params.DType()
	return &Scope{params: params}
}

// Path is the dotted path from the root.
func (s *Scope) Path() string { return s.must("Path").path }

// Open makes the layer that s is the scope of the one that following nodes of g belong to, and returns what restores
// the layer before. Every Forward begins with it, so that two models in one graph are told apart; see
// [Params.SetLabel].
//
//	defer l.scope.Open(x.Graph())()
func (s *Scope) Open(g *graph.Graph) func() { return s.must("Open").open(g) }

// Apply applies functions to x within a part of s, so that a drawing shows them there: the activation of a layer
// beside the layer.
//
//	x = s.Apply("fc1", m.FC1.Forward(x), ops.ReLU)
func (s *Scope) Apply(part string, x graph.Node, fs ...func(graph.Node) graph.Node) graph.Node {
	s.must("Apply")
	if !x.Valid() {
		return x
	}
	defer s.Sub(part).Open(x.Graph())()
	for _, f := range fs {
		x = f(x)
	}
	return x
}

// open is Open for a layer, which has no scope when it was made by hand: nil opens nothing.
func (s *Scope) open(g *graph.Graph) func() {
	if s == nil {
		return func() {}
	}
	path := s.path
	switch label := s.params.Label(); {
	case path == "":
		path = label
	case label != "":
		path = join(label, path)
	}
	return g.ScopeOf(s.params.root(), path)
}

// Params returns all parameters of the model that s is part of.
func (s *Scope) Params() *Params { return s.must("Params").params }

// Param makes a trainable parameter, which gets its initial value for seed 0 when it is first read. It panics when the
// name is taken, and when no value has the shape, see [graph.Shape.Check].
func (s *Scope) Param(name string, init Init, shape ...int) *graph.Param {
	return s.must("Param").params.add(join(s.path, name), init, graph.Type{DType: s.params.dtype, Shape: shape})
}

// Buffer makes a parameter that is saved and loaded but not trained, such as a running mean.
func (s *Scope) Buffer(name string, init Init, shape ...int) *graph.Param {
	p := s.must("Buffer").params.add(join(s.path, name), init, graph.Type{DType: s.params.dtype, Shape: shape})
	s.params.byName[p.Name()].buffer = true
	p.SetTrainable(false)
	return p
}

// Counter makes an integer scalar that is saved and loaded, such as a number of batches.
func (s *Scope) Counter(name string) *graph.Param {
	p := s.must("Counter").params.add(join(s.path, name), Zeros, graph.Type{DType: graph.Int64})
	s.params.byName[p.Name()].buffer = true
	return p
}

// Params is the ordered collection of a model's parameters.
type Params struct {
	list   []*param
	byName map[string]*param
	whole  *Params // that these are a part of, nil for a model's own
	label  string
	dtype  graph.DType // of the floats that will be made
}

func newParams(list []*param) *Params {
	ps := &Params{list: list, byName: map[string]*param{}}
	for _, p := range list {
		ps.byName[p.Name()] = p
	}
	return ps
}

// part are some of the parameters.
func (ps *Params) part(list []*param) *Params {
	part := newParams(list)
	part.whole = ps
	return part
}

// root is ps, or the whole that it is a part of.
func (ps *Params) root() *Params {
	for ps.whole != nil {
		ps = ps.whole
	}
	return ps
}

// must is ps, for the named method.
func (ps *Params) must(method string) *Params {
	if ps == nil {
		panic("nn: Params." + method + ": the *Params is nil: they come from Scope.Params")
	}
	return ps
}

// SetLabel names the model in graphs built from then on, as in "generator": they show its layers and parameters under
// that, generator.main.0.weight. The names of the parameters, by which files know them, stay what they are. Models of
// equal names can be in one graph without it: what is alike is then shown with #2. The parameters of a part, such as a
// [Sequential] inside a model, name the whole.
func (ps *Params) SetLabel(label string) {
	if ps.must("SetLabel").whole != nil {
		ps.whole.SetLabel(label)
	}
	ps.label = label
	for _, p := range ps.list {
		p.SetLabel(label)
	}
}

// Label is the name that [Params.SetLabel] has given to the model.
func (ps *Params) Label() string {
	if ps.must("Label").whole != nil {
		return ps.whole.Label()
	}
	return ps.label
}

type param struct {
	*graph.Param
	init   Init
	seed   uint64
	buffer bool
}

func (ps *Params) add(name string, init Init, t graph.Type) *graph.Param {
	if ps.byName[name] != nil {
		panic(fmt.Sprintf("nn: two parameters are named %q", name))
	}
	if init == nil {
		panic(fmt.Sprintf("nn: parameter %q has no initialiser", name))
	}
	p := &param{Param: graph.NewParam(name, t), init: init}
	p.SetLabel(ps.Label())
	ps.list = append(ps.list, p)
	ps.byName[name] = p
	p.reset(0)
	return p.Param
}

// reset makes the initial value for a seed what the parameter holds when it is read.
func (p *param) reset(seed uint64) {
	p.seed = seed
	init, name := p.init, p.Name()
	p.Fill(func(dst graph.Tensor) { init(dst, NewRand(seed, name)) })
}

// Init gives every parameter its initial value for a seed. The value depends on the seed and
// the parameter's name alone, so that adding a layer changes no other layer's. It is made when the parameter is
// first read; parameters that have been read get it now.
func (ps *Params) Init(seed uint64) {
	for _, p := range ps.must("Init").list {
		p.reset(seed)
	}
}

// SetInit gives the parameters under a path, all when it is empty, another initialiser, and the initial value by it.
// Buffers are left alone. It returns how many parameters it found. It panics when init is nil.
//
//	model.Params().SetInit("embed.weight", nn.Normal(.02))
func (ps *Params) SetInit(path string, init Init) int {
	ps.must("SetInit")
	if init == nil {
		panic("nn: Params.SetInit: there is no initialiser")
	}
	return ps.each(path, func(p *param) {
		p.init = init
		p.reset(p.seed)
	})
}

// SetDType makes all parameters and buffers of floats, and those that layers will make, ones of the float type. It is
// for a model that nobody has read yet, see [graph.Param.SetDType]; otherwise it is an error, and nothing is changed.
// Models are of float32 at first. Initial values are the same numbers in both, rounded.
func (ps *Params) SetDType(d graph.DType) error {
	if ps.must("SetDType"); !d.IsFloat() {
		return fmt.Errorf("nn: the parameters are to be of %v: want float32 or float64", d)
	}
	var was []graph.DType
	for _, p := range ps.list {
		t := p.Type().DType
		if t.IsFloat() {
			if err := p.SetDType(d); err != nil {
				for i, t := range was {
					_ = ps.list[i].SetDType(t) // nobody has read it
				}
				return fmt.Errorf("nn: %w", err)
			}
		}
		was = append(was, t)
	}
	ps.dtype = d
	return nil
}

// DType is the float type of the parameters, which a graph that reads them has too.
func (ps *Params) DType() graph.DType {
	for _, p := range ps.must("DType").list {
		if t := p.Type().DType; t.IsFloat() {
			return t
		}
	}
	return ps.dtype
}

// All goes over the parameters and buffers in the order in which the layers made them.
func (ps *Params) All() iter.Seq[*graph.Param] {
	ps.must("All")
	return func(yield func(*graph.Param) bool) {
		for _, p := range ps.list {
			if !yield(p.Param) {
				return
			}
		}
	}
}

// Get returns the parameter of the given name, nil if there is none.
func (ps *Params) Get(name string) *graph.Param {
	if p := ps.must("Get").byName[name]; p != nil {
		return p.Param
	}
	return nil
}

// isBuffer reports a parameter of ps that is saved and loaded but not trained.
func (ps *Params) isBuffer(p *graph.Param) bool {
	own := ps.byName[p.Name()]
	return own != nil && own.Param == p && own.buffer
}

// Under returns the parameters under a path, with the names that they have here: those of one player of a game, or of
// a backbone. They are the same parameters, not copies.
func (ps *Params) Under(path string) *Params {
	var part []*param
	for _, p := range ps.must("Under").list {
		if under(p.Name(), path) {
			part = append(part, p)
		}
	}
	return ps.part(part)
}

// Count returns the number of elements of all parameters, buffers left out: the figure that
// papers give.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.must("Count").list {
		if !p.buffer {
			n += p.Type().Shape.Size()
		}
	}
	return n
}

// Freeze keeps optimisers from updating the parameters under a path, all when it is empty. It
// returns how many parameters it found, and holds for graphs built from then on.
func (ps *Params) Freeze(path string) int {
	return ps.must("Freeze").each(path, func(p *param) { p.SetTrainable(false) })
}

// Unfreeze undoes [Params.Freeze].
func (ps *Params) Unfreeze(path string) int {
	return ps.must("Unfreeze").each(path, func(p *param) { p.SetTrainable(true) })
}

// each does f for the parameters under a path, buffers left out, and counts them.
func (ps *Params) each(path string, f func(p *param)) (n int) {
	for _, p := range ps.list {
		if !p.buffer && under(p.Name(), path) {
			f(p)
			n++
		}
	}
	return n
}

// under reports whether name is path or lies below it.
func under(name, path string) bool {
	return path == "" || name == path || strings.HasPrefix(name, path+".")
}
