// This file holds Scope, in which layers make their parameters, and Params, all parameters of a model.

package nn

import (
	"fmt"
	"iter"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// Scope is a place in the tree of layers. Constructors take a Scope and make their parameters in it. The name of a
// parameter is the path to it: "layer1.0.conv1.weight".
type Scope struct {
	params *Params
	path   string
}

// NewScope returns the root of a new model.
func NewScope() *Scope { return &Scope{params: newParams(nil)} }

// must returns s. It panics if neither NewScope nor Sub has made s, and names the method.
func (s *Scope) must(method string) *Scope {
	if s == nil || s.params == nil {
		panic("nn: Scope." + method + ": this is no scope: make one with NewScope, and parts of it with Sub")
	}
	return s
}

// Sub returns the scope of a part of the model. A dot in the name separates two steps of the path.
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

// Without returns the root of a new model. It has the parameters of the model of s, shared and not copied, except the
// parameters under a path. Layers made in the new model may take these names again: so a network gets another head.
// Graphs show both models as one model. Without panics if there is no parameter under the path.
//
//	s := m.scope.Without("fc")
//	fc := nn.NewLinear(s.Sub("fc"), 512, 10) // s.Params() has the parameters of m, with this fc in the place of m's
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

// Open makes the layer of s the layer that nodes added to g next belong to. It returns a function that restores the
// layer before. Every Forward begins with it, so that two models in one graph can be distinguished; see
// [Params.SetLabel].
//
//	defer l.scope.Open(x.Graph())()
func (s *Scope) Open(g *graph.Graph) func() { return s.must("Open").open(g) }

// Apply applies functions to x within a part of s, so that a drawing shows them there, for example the activation of a
// layer beside the layer.
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

// open is Open for a layer. The scope of a layer that was made by hand is nil, and then open does nothing.
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

// Param makes a trainable parameter. It gets its initial value for seed 0 when it is first read, unless [Params.Init]
// chooses another seed before. Param panics if the name is taken, or if no value can have the shape, see
// [graph.Shape.Check].
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
	whole  *Params // the Params that these are a part of, nil for all of a model
	label  string
	dtype  graph.DType // float type of the parameters that will be made
}

func newParams(list []*param) *Params {
	ps := &Params{list: list, byName: map[string]*param{}}
	for _, p := range list {
		ps.byName[p.Name()] = p
	}
	return ps
}

// part returns some of the parameters as a part of ps.
func (ps *Params) part(list []*param) *Params {
	part := newParams(list)
	part.whole = ps
	return part
}

// root is the outermost Params that ps is a part of, or ps itself.
func (ps *Params) root() *Params {
	for ps.whole != nil {
		ps = ps.whole
	}
	return ps
}

// must returns ps. It panics for nil and names the method.
func (ps *Params) must(method string) *Params {
	if ps == nil {
		panic("nn: Params." + method + ": the *Params is nil: they come from Scope.Params")
	}
	return ps
}

// SetLabel names the model in graphs built from then on. With the label "generator" they show a parameter as
// generator.main.0.weight, and layers in the same way. The names of the parameters, which files have, stay the same.
// Models with equal names can be in one graph without labels: the second of two equal names is then shown with #2.
// Called on a part of a model, such as the Params of a [Sequential] inside it, SetLabel names the whole model.
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

// reset lets the parameter have its initial value for a seed.
func (p *param) reset(seed uint64) {
	p.seed = seed
	init, name := p.init, p.Name()
	p.Fill(func(dst graph.Tensor) { init(dst, NewRand(seed, name)) })
}

// Init gives every parameter its initial value for a seed. The value depends on the seed and the name of the parameter
// alone, so that adding a layer changes no value of another layer. A parameter that has been read gets its value at
// once, others when they are first read.
func (ps *Params) Init(seed uint64) {
	for _, p := range ps.must("Init").list {
		p.reset(seed)
	}
}

// SetInit gives the parameters under a path another initialiser, and the value that it makes; the empty path stands
// for all parameters. Buffers are not changed. SetInit returns how many parameters it found. It panics if init is nil.
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

// SetDType changes the float type of all parameters and buffers of floats, and of those that layers will make. No
// parameter of the model may have been read, see [graph.Param.SetDType]; otherwise it is an error, and nothing is
// changed. The type is float32 at first. Initial values are the same numbers in both types, apart from rounding.
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
					_ = ps.list[i].SetDType(t) // it cannot fail: nobody has read it
				}
				return fmt.Errorf("nn: %w", err)
			}
		}
		was = append(was, t)
	}
	ps.dtype = d
	return nil
}

// DType is the float type of the parameters. A graph that reads them must have the same float type.
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

// Under returns the parameters under a path, such as one player of a game, or a backbone. Their names stay the same.
// The parameters are shared and not copied.
func (ps *Params) Under(path string) *Params {
	var part []*param
	for _, p := range ps.must("Under").list {
		if under(p.Name(), path) {
			part = append(part, p)
		}
	}
	return ps.part(part)
}

// Count returns the number of elements of all parameters without buffers, as papers give it.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.must("Count").list {
		if !p.buffer {
			n += p.Type().Shape.Size()
		}
	}
	return n
}

// Freeze keeps optimisers from updating the parameters under a path, in graphs built from then on; the empty path
// stands for all parameters. It returns how many parameters it found.
func (ps *Params) Freeze(path string) int {
	return ps.must("Freeze").each(path, func(p *param) { p.SetTrainable(false) })
}

// Unfreeze undoes [Params.Freeze].
func (ps *Params) Unfreeze(path string) int {
	return ps.must("Unfreeze").each(path, func(p *param) { p.SetTrainable(true) })
}

// each calls f for the parameters under a path, except buffers, and counts them.
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
