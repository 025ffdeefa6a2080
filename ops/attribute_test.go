package ops

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stheno-ml/stheno/graph"
)

// badAttribute is a number that an op does not take, and a part of the message, which begins with the op.
type badAttribute struct {
	name  string
	build func(in []graph.Node) graph.Node // over the operands of the case
	want  string
}

// refuses gives a case its bad attributes.
func refuses(c opCase, bad ...badAttribute) opCase {
	c.bad = append(c.bad, bad...)
	return c
}

// refused are values of an attribute of a function of x, with the part of the message.
func refused[T any](f func(x graph.Node, v T) graph.Node, want string, values ...T) (bad []badAttribute) {
	for _, v := range values {
		bad = append(bad, badAttribute{fmt.Sprint(v), func(in []graph.Node) graph.Node { return f(in[0], v) }, want})
	}
	return bad
}

// TestBadAttributes: each bad attribute of the list is an error when the graph is built, which names the op, what is
// wrong, and the caller's line.
func TestBadAttributes(t *testing.T) {
	for _, c := range cases() {
		for _, b := range c.bad {
			t.Run(c.name+": "+b.name, func(t *testing.T) {
				c.build = b.build
				g, _, _, y := c.arrange(graph.Float32)
				err := g.Err()
				if err == nil {
					t.Fatalf("no error; the result has type %v", y.Type())
				}
				if y.Valid() {
					t.Error("the result is a valid node")
				}
				if !strings.Contains(err.Error(), b.want) || !strings.Contains(err.Error(), "_test.go:") {
					t.Errorf("got  %v\nwant %s and the caller's line", err, b.want)
				}
			})
		}
	}
}

// TestEveryAttributeIsListed: an op that a user gives numbers has bad ones in the list. What ops have none of their
// own is found by reflection.
func TestEveryAttributeIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range cases() {
		for _, b := range c.bad {
			c.build = b.build
			g, _, _, _ := c.arrange(graph.Float32)
			if e, ok := g.Err().(*graph.BuildError); ok {
				name, _, _ := strings.Cut(e.Op, " ")
				listed[name] = true
			}
		}
	}
	missing := func(listed map[string]bool) (names []string) {
		found := map[string]bool{}
		for _, c := range cases() {
			g, _, _, _ := c.arrange(graph.Float32)
			for _, n := range g.Nodes() {
				if n.Op() == nil || n.Kind() != graph.KindOp || !takesNumbers(n.Op()) {
					continue
				}
				name, _, _ := strings.Cut(n.Op().String(), " ")
				if !listed[name] && !found[name] {
					found[name] = true
					names = append(names, name)
				}
			}
		}
		return names
	}
	for _, name := range missing(listed) {
		t.Errorf("%s takes numbers, and no case has bad ones: see opCase.bad", name)
	}
	delete(listed, "conv2d") // the negative control
	if names := missing(listed); len(names) != 1 || names[0] != "conv2d" {
		t.Errorf("without the bad attributes of conv2d, %v are missing", names)
	}
}

// madeByOthers are ops whose numbers other ops determine, so that no user gives them.
var madeByOthers = map[string]string{
	"unsqueeze": "the shape follows from an axis",
	"squeeze":   "the shape follows from axes",
	"flatten":   "the shape follows from an axis",
	"running":   "batchnorm checks its momentum",
	"random":    "the seed is any number",

	"less-int":         "the type of the floats is that of the graph",
	"lessequal-int":    "the same",
	"greater-int":      "the same",
	"greaterequal-int": "the same",
	"equal-int":        "the same",
	"notequal-int":     "the same",
}

// takesNumbers reports whether the user of an op gives it numbers.
func takesNumbers(op graph.Op) bool {
	name, _, _ := strings.Cut(op.String(), " ")
	if _, ok := madeByOthers[name]; ok {
		return false
	}
	if o, ok := op.(pointLoss); ok {
		return pointLossNames[o.f].parameter != ""
	}
	_, places := numbersOf(op)
	return len(places) > 0
}

// place is a number in an op, where it can be changed.
type place struct {
	path string
	v    reflect.Value
}

// numbersOf returns a copy of the op and all numbers in it: fields, those of fields, and elements of lists.
func numbersOf(op graph.Op) (changed reflect.Value, places []place) {
	changed = reflect.New(reflect.TypeOf(op)).Elem()
	changed.Set(reflect.ValueOf(op))
	switch o := op.(type) { // of the functions of a table some have no parameters
	case unary:
		if unaryRules[o.f].params == "" {
			return changed, nil
		}
	case derivative:
		if derivativeRules[o.f].params == "" {
			return changed, nil
		}
	}
	numbersIn(changed, changed.Type().Name(), &places)
	return changed, places
}

// chosenByFunction are fields that say which function an op is: whoever calls the function chooses, and no number
// does.
var chosenByFunction = []reflect.Type{reflect.TypeFor[stepKind](), reflect.TypeFor[distribution](),
	reflect.TypeFor[roundingFunc]()}

func numbersIn(v reflect.Value, path string, places *[]place) {
	if strings.Contains(v.Type().PkgPath(), "internal/kernel") || path == "attention.operands" ||
		path == "attentionGrad.operands" || strings.HasSuffix(path, "window.axes") {
		return
	}
	for _, t := range chosenByFunction {
		if v.Type() == t {
			return
		}
	}
	if !v.CanSet() {
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	switch {
	case v.Type() == reflect.TypeFor[graph.Dims]():
		list := v.FieldByName("d")
		for i := range int(v.FieldByName("n").Int()) {
			numbersIn(list.Index(i), fmt.Sprintf("%s[%d]", path, i), places)
		}
	case v.CanInt() || v.CanUint() || v.CanFloat():
		*places = append(*places, place{path, v})
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			numbersIn(v.Field(i), path+"."+v.Type().Field(i).Name, places)
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			numbersIn(v.Index(i), fmt.Sprintf("%s[%d]", path, i), places)
		}
	}
}

var (
	extremeInts = []int64{math.MinInt64, -1 << 32, -1, 0, 1, 2, 3, 7, 1<<31 - 1, 1 << 31, 1 << 32, 1 << 62,
		math.MaxInt64 - 1, math.MaxInt64}
	extremeFloats = []float64{math.Inf(-1), -math.MaxFloat64, -1, -1e-300, 0, 1e-300, .5, 1, 2, 1e10,
		math.MaxFloat64, math.Inf(1), math.NaN()}
)

// extremes calls f once for each value that the place can have, with the place changed.
func (p place) extremes(f func(what string)) {
	switch {
	case p.v.CanFloat():
		old := p.v.Float()
		for _, x := range extremeFloats {
			p.v.SetFloat(x)
			f(fmt.Sprintf("%s = %g", p.path, x))
		}
		p.v.SetFloat(old)
	default:
		old := reflect.ValueOf(p.v.Interface())
		for _, x := range extremeInts {
			switch {
			case p.v.CanInt() && !p.v.OverflowInt(x):
				p.v.SetInt(x)
			case p.v.CanUint() && x >= 0 && !p.v.OverflowUint(uint64(x)):
				p.v.SetUint(uint64(x))
			default:
				continue
			}
			f(fmt.Sprintf("%s = %d", p.path, x))
		}
		p.v.Set(old)
	}
}

// TestExtremeAttributes sets every number of every op of the list, gradients and their gradients included, to extreme
// values: the op is refused, or it runs on all engines to the same result. It neither panics nor hangs. An op of which
// nothing is refused is not checked.
func TestExtremeAttributes(t *testing.T) {
	refusedAny, seen := map[string]bool{}, map[string]int{}
	values, no := 0, 0
	for _, c := range cases() {
		for _, n := range everyNode(c) {
			name, _, _ := strings.Cut(n.Op().String(), " ")
			changed, places := numbersOf(n.Op())
			if seen[name]++; len(places) == 0 || seen[name] > 8 {
				continue
			}
			for _, p := range places {
				p.extremes(func(what string) {
					err, ok := attempt(c.mode, changed.Interface().(graph.Op), typesOf(n.Inputs()), 20*time.Second)
					switch values++; {
					case err != nil && ok:
						no++
						refusedAny[changed.Type().Name()] = true
					case err != nil:
						t.Errorf("%s (%s): %s: %v", name, c.name, what, err)
					}
				})
			}
			if !refusedAny[changed.Type().Name()] {
				t.Errorf("%s: of %d numbers no extreme value is refused", name, len(places))
			}
		}
	}
	t.Logf("%d values, of which %d are refused", values, no)
}

func typesOf(nodes []graph.Node) (types []graph.Type) {
	for _, n := range nodes {
		types = append(types, n.Type())
	}
	return types
}

// everyNode are the results of the ops of a case and of its gradients.
func everyNode(c opCase) (nodes []graph.Node) {
	g, _, wrt, y := c.arrange(graph.Float32)
	if c.first || c.second {
		for i, d := range graph.Gradients(weigh(y, 1), wrt...) {
			if c.second {
				graph.Gradients(weigh(d, 2+i), wrt...)
			}
		}
	}
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindOp && n.Result() == 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// attempt builds and runs an op on operands of the given types. ok says that an error is one as it should be: of the
// graph, or of both runs. Anything else that goes wrong is an error that is not ok: a panic, no end, another result.
func attempt(mode graph.Mode, op graph.Op, in []graph.Type, limit time.Duration) (err error, ok bool) {
	type answer struct {
		err error
		ok  bool
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if r := recover(); r != nil {
				a = answer{fmt.Errorf("it panics: %v", r), false}
			}
			done <- a
		}()
		a.err, a.ok = tried(mode, op, in)
		if a.err != nil && strings.Contains(a.err.Error(), "panics: ") { // which the graph turns into an error
			a.ok = false
		}
	}()
	select {
	case a := <-done:
		return a.err, a.ok
	case <-time.After(limit):
		return fmt.Errorf("no end after %v", limit), false
	}
}

func tried(mode graph.Mode, op graph.Op, in []graph.Type) (err error, ok bool) {
	g := &graph.Graph{Mode: mode, Seed: 5}
	var leaves, outputs []graph.Node
	for i, t := range in {
		leaves = append(leaves, leafLike(g, fmt.Sprint(i), t))
	}
	results := graph.ApplyAll(op, leaves...)
	if err := g.Err(); err != nil {
		return err, !strings.Contains(err.Error(), "%!")
	}
	size := 0
	for _, y := range results {
		size += y.Size()
		if y.DType().IsFloat() {
			outputs = append(outputs, y)
		}
	}
	if s, ok := op.(graph.Scratcher); ok {
		for _, t := range s.Scratch(in) {
			if t.Shape.Check() != nil {
				return fmt.Errorf("the working memory is %v", t), false
			}
			size += t.Shape.Size() >> 8 // more than results have
		}
	}
	_, places := numbersOf(op)
	wide := slices.ContainsFunc(places, func(p place) bool { // kernels may write the padded picture out
		return strings.Contains(p.path, ".pad[") && p.v.Int() > 1<<10
	})
	if size > 1<<14 || wide || len(outputs) == 0 {
		return nil, true // right, as far as shapes go
	}
	if other := gradientsToo(op, in, mode); other != nil {
		return other, false
	}
	return sameRuns(g, leaves, outputs)
}

// gradientsToo builds the gradient, for what panics. That there is none is no fault.
func gradientsToo(op graph.Op, in []graph.Type, mode graph.Mode) error {
	g := &graph.Graph{Mode: mode, Seed: 5}
	var leaves, wrt []graph.Node
	for i, t := range in {
		p := g.Param(graph.NewParam(fmt.Sprint(i), t))
		if leaves = append(leaves, p); t.DType.IsFloat() {
			wrt = append(wrt, p)
		}
	}
	y := graph.Apply(op, leaves...)
	if len(wrt) == 0 || !y.DType().IsFloat() {
		return nil
	}
	graph.Gradients(weigh(y, 1), wrt...)
	if err := g.Err(); err != nil && !strings.Contains(err.Error(), "gradient") &&
		!strings.Contains(err.Error(), "derivative") {
		return fmt.Errorf("the gradient of what was accepted: %w", err)
	}
	return nil
}

// sameRuns runs the outputs with and without joined instructions. Both fail, or they agree but for rounding.
func sameRuns(g *graph.Graph, leaves, outputs []graph.Node) (err error, ok bool) {
	var values [2][]graph.Tensor
	var errs [2]error
	for k, opt := range []graph.CompileOptions{{NoFuse: true}, {}} {
		p, err := g.CompileWith(opt, outputs...)
		if err != nil {
			return fmt.Errorf("compile: %w", err), false
		}
		for _, x := range leaves {
			p.Set(x, filling(x))
		}
		if errs[k] = p.Run(); errs[k] != nil {
			continue
		}
		for _, y := range outputs {
			values[k] = append(values[k], p.Value(y).Clone())
		}
	}
	if errs[0] != nil || errs[1] != nil {
		if strings.Contains(fmt.Sprint(errs), "it panics") {
			return errs[0], false
		}
		if fmt.Sprint(errs[0]) != fmt.Sprint(errs[1]) {
			return fmt.Errorf("not joined: %v; joined: %v", errs[0], errs[1]), false
		}
		return errs[0], true
	}
	for i := range values[0] {
		if err := alikeValues(values[1][i], values[0][i]); err != nil {
			return fmt.Errorf("result %d, joined and not: %w", i, err), false
		}
	}
	return nil, true
}

// filling is numbers between 0 and 1, and the index 0, which most ops take.
func filling(x graph.Node) graph.Tensor {
	t := graph.NewTensor(x.Type())
	for i := range t.F32 {
		t.F32[i] = float32(i*7919%997+1) / 1000
	}
	for i := range t.F64 {
		t.F64[i] = float64(i*7919%997+1) / 1000
	}
	if x.Rank() == 0 {
		for i := range t.I64 {
			t.I64[i] = 1 // a step
		}
	}
	return t
}

// alikeValues compares element by element: both NaN, equal, or within 1e-4 of the largest.
func alikeValues(got, want graph.Tensor) error {
	largest := 0.
	for i := range want.Shape.Size() {
		if v := math.Abs(want.At(i)); !math.IsInf(v, 0) {
			largest = max(largest, v)
		}
	}
	for i := range want.Shape.Size() {
		a, b := got.At(i), want.At(i)
		if a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-4*largest {
			continue
		}
		return fmt.Errorf("element %d is %v and %v", i, a, b)
	}
	return nil
}

// careless is an op that takes any number for an index.
type careless struct {
	unlisted
	at int
}

func (o careless) Eval(dst, in []graph.Tensor) error {
	for o.at == 1<<62 {
		time.Sleep(time.Millisecond)
	}
	dst[0].F32[o.at] = 1
	return nil
}

// TestExtremesAreFound is the negative control: an op that does not check its number panics or hangs, and is found.
func TestExtremesAreFound(t *testing.T) {
	types := []graph.Type{{Shape: graph.Shape{3}}}
	for _, c := range []struct {
		at   int
		want string
	}{{-1, "it panics: "}, {math.MaxInt, "it panics: "}, {1 << 62, "no end after"}} {
		if err, ok := attempt(graph.Eval, careless{at: c.at}, types, 100*time.Millisecond); ok || err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("at %d: got %v", c.at, err)
		}
	}
	if _, places := numbersOf(careless{at: 2}); len(places) != 1 || places[0].path != "careless.at" {
		t.Errorf("its numbers are %v", places)
	}
}
