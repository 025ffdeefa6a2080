package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// text is the code as the tests below compare it: one line an instruction.
func (c *code) text() string {
	var b strings.Builder
	for _, in := range describe(settled(c)) {
		fmt.Fprintf(&b, "%s = %v %s", strings.Join(in.Results, " "), in.Op, strings.Join(in.Operands, " "))
		for _, mark := range []struct {
			on   bool
			text string
		}{{in.View, "view"}, {in.InPlace, "in place"}, {in.Phase == Update, "update"},
			{in.Phase == Prepare, "prepare"}} {
			if mark.on {
				b.WriteString(" | " + mark.text)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// runPasses runs the passes up to and including the named one.
func runPasses(t *testing.T, c *code, last string) {
	t.Helper()
	for _, p := range passes {
		if err := p.run(c); err != nil {
			t.Fatal(err)
		}
		if p.kind == fusion || p.name == "checkpoint" {
			if err := verify(c); err != nil {
				t.Fatalf("after %s: %v", p.name, err)
			}
		}
		if p.name == last {
			return
		}
	}
	t.Fatalf("no pass %q", last)
}

// TestPasses shows what each pass does to the text of a code.
func TestPasses(t *testing.T) {
	for _, c := range []struct {
		name, before, pass string
		checkpoints        []string
		constant           bool
		build              func(g *Graph) []Node
		want, then         string
	}{
		{name: "prune drops what nobody needs", before: "verify", pass: "prune",
			build: func(g *Graph) []Node {
				x := g.Input("x", 2)
				Apply(double{9}, x)
				return []Node{Apply(double{2}, x)}
			},
			want: "%1 = times 9 x\n%2 = times 2 x\n",
			then: "%2 = times 2 x\n"},
		{name: "fold computes constants once", before: "prune", pass: "fold",
			build: func(g *Graph) []Node {
				k := Apply(double{3}, g.Full(2, 2))
				return []Node{Apply(times{}, g.Input("x", 2), k)}
			},
			want: "%0 = const 2 \n%1 = times 3 %0\n%3 = times x %1\n",
			then: "%3 = times x const1\n"},
		{name: "merge computes equal nodes once", before: "fold", pass: "merge",
			build: func(g *Graph) []Node {
				x := g.Input("x", 2)
				a, b, c := Apply(double{2}, x), Apply(double{2}, x), Apply(double{3}, x)
				return []Node{Apply(times{}, a, b), Apply(times{}, b, c)}
			},
			want: "%1 = times 2 x\n%2 = times 2 x\n%3 = times 3 x\n%4 = times %1 %2\n%5 = times %2 %3\n",
			then: "%1 = times 2 x\n%3 = times 3 x\n%4 = times %1 %1\n%5 = times %1 %3\n"},
		{name: "scalars are read as such", before: "merge", pass: "scalars",
			build: func(g *Graph) []Node {
				x := g.Input("x", 2)
				return []Node{Apply(plus{}, Apply(plus{}, x, g.Full(0, 2)), Apply(bend{vector.Abs}, x)),
					Apply(times{}, x, g.Full(0, 2))}
			},
			want: "%2 = plus x 0\n%3 = abs x\n%4 = plus %2 %3\n%6 = times x 0\n",
			then: "%3 = abs x\n%4 = plus x %3\n%6 = times x 0\n"},
		{name: "operands are read before they are turned", before: "scalars", pass: "operands",
			build: func(g *Graph) []Node {
				x, y := g.Input("x", 2, 2), g.Input("y", 2, 2)
				return []Node{Apply(product{}, Apply(turn{}, x), Apply(turn{}, y))}
			},
			want: "%2 = turn x\n%3 = turn y\n%4 = product %2 %3\n",
			then: "%2 = turn x\n%4 = productᵀ %2 y\n"},
		{name: "patterns are given to the op that computes all of them", before: "operands", pass: "patterns",
			build: func(g *Graph) []Node {
				abs := func(x Node) Node { return Apply(bend{vector.Abs}, Apply(bend{vector.Neg}, x)) }
				x := g.Input("x", 2)
				a := Apply(plus{}, x, abs(x))
				return []Node{Apply(plus{}, a, abs(a))} // one after the other
			},
			want: "%1 = neg x\n%2 = abs %1\n%3 = plus x %2\n%4 = neg %3\n%5 = abs %4\n%6 = plus %3 %5\n",
			then: "%3 %r7 = rectified x\n%6 %r8 = rectified %3\n"},
		{name: "patterns are left alone where another reads what is inside, in another phase, or an output is",
			before: "operands", pass: "patterns",
			build: func(g *Graph) []Node {
				x, y, z := g.Input("x", 2), g.Input("y", 2), g.Input("z", 2)
				n := Apply(bend{vector.Neg}, x)
				a, b := Apply(plus{}, x, Apply(bend{vector.Abs}, n)), Apply(double{3}, n)
				c := Apply(bend{vector.Abs}, Apply(bend{vector.Neg}, y))
				d := Apply(bend{vector.Abs}, Apply(bend{vector.Neg}, z))
				g.InPhase(Backward, func() { d = Apply(plus{}, z, d) })
				return []Node{a, b, Apply(plus{}, y, c), c, d}
			},
			want: "%3 = neg x\n%4 = abs %3\n%5 = plus x %4\n%6 = times 3 %3\n%7 = neg y\n%8 = abs %7\n%9 = neg z\n" +
				"%10 = abs %9\n%11 = plus z %10\n%12 = plus y %8\n",
			then: "%3 = neg x\n%4 = abs %3\n%5 = plus x %4\n%6 = times 3 %3\n%7 = neg y\n%8 = abs %7\n%9 = neg z\n" +
				"%10 = abs %9\n%11 = plus z %10\n%12 = plus y %8\n"},
		{name: "accumulate adds products where they are made", before: "patterns", pass: "accumulate",
			build: func(g *Graph) []Node {
				x, y := g.Input("x", 2, 2), g.Input("y", 2, 2)
				a, b, c := Apply(product{}, x, x), Apply(bend{vector.Exp}, x), Apply(product{}, x, y)
				return []Node{Apply(sum{}, c, b, a), Apply(plus{}, b, Apply(product{}, y, y))}
			},
			want: "%2 = product x x\n%3 = exp x\n%4 = product x y\n%5 = accumulate %4 %3 %2\n%6 = product y y\n" +
				"%7 = plus %3 %6\n",
			then: "%2 = product x x\n%3 = exp x\n%r8 = product+= x y %2\n%5 = accumulate %r8 %3\n%7 = product+= y y " +
				"%3\n"},
		{name: "epilogue goes on with what alone reads a product", before: "accumulate", pass: "epilogue",
			build: func(g *Graph) []Node {
				x := g.Input("x", 2, 2)
				a, b := Apply(product{}, x, x), Apply(product{}, x, Apply(bend{vector.Exp}, x))
				return []Node{Apply(bend{vector.Abs}, Apply(bend{vector.Neg}, a)), b, Apply(bend{vector.Neg}, b)}
			},
			want: "%1 = product x x\n%2 = exp x\n%3 = product x %2\n%4 = neg %1\n%5 = abs %4\n%6 = neg %3\n",
			then: "%5 = product+neg+abs x x\n%2 = exp x\n%3 = product x %2\n%6 = neg %3\n"},
		{name: "chains are trees of elementwise ops", before: "epilogue", pass: "chains",
			build: func(g *Graph) []Node {
				x, y := g.Input("x", 2), g.Input("y")
				a := Apply(bend{vector.Exp}, x)
				b := Apply(bend{vector.Abs}, a)
				return []Node{b, Apply(plus{}, Apply(plus{}, Apply(bend{vector.Neg}, b), y), b),
					Apply(double{2}, Apply(bend{vector.Neg}, x))}
			},
			want: "%2 = exp x\n%3 = abs %2\n%4 = neg %3\n%5 = plus %4 y\n%6 = plus %5 %3\n%7 = neg x\n%8 = times 2 " +
				"%7\n",
			then: "%3 = fused(exp·abs) x\n%6 = fused(neg·plus·plus) %3 y\n%7 = neg x\n%8 = times 2 %7\n"},
		{name: "checkpoint computes again what a layer gave for the way back, as it was joined", before: "chains",
			pass:        "checkpoint",
			checkpoints: []string{"a"},
			build: func(g *Graph) []Node {
				x := g.Input("x", 2, 2)
				leave := g.Scope("a.1")
				h := Apply(bend{vector.Exp}, Apply(bend{vector.Neg}, Apply(product{}, x, x)))
				k := Apply(product{}, x, h) // read by others: it is kept
				only := Apply(product{}, h, x)
				leave()
				y := Apply(product{}, k, k)
				g.InPhase(Backward, func() { y = Apply(product{}, Apply(product{}, Apply(product{}, k, y), h), only) })
				return []Node{y}
			},
			want: "%3 = product+neg+exp x x\n%4 = product x %3\n%5 = product %3 x\n%6 = product %4 %4\n" +
				"%7 = product %4 %6\n%8 = product %7 %3\n%9 = product %8 %5\n",
			then: "%3 = product+neg+exp x x\n%4 = product x %3\n%6 = product %4 %4\n" +
				"%7 = product %4 %6\n%3* = product+neg+exp x x\n%8 = product %7 %3*\n%5* = product %3* x\n" +
				"%9 = product %8 %5*\n"},
		{name: "checkpoint keeps what an update reads, and what a view of it is a part of", before: "chains",
			pass:        "checkpoint",
			checkpoints: []string{"a"},
			build: func(g *Graph) []Node {
				x, p := g.Input("x", 2), g.Param(vec("p", 2))
				leave := g.Scope("a")
				h := Apply(double{2}, x)
				k := Apply(double{3}, h)
				v := Apply(flat{MakeDims(2, 1)}, k)
				leave()
				y := Apply(total{}, v)
				g.InPhase(Backward, func() { y = Apply(sum{}, Apply(total{}, h), Apply(total{}, k), y) })
				g.InPhase(Update, func() { g.Assign(p, Apply(double{4}, h)) })
				return []Node{y}
			},
			want: "%2 = times 2 x\n%3 = times 3 %2\n%4 = flat %3\n%5 = total %4\n%6 = total %2\n%7 = total %3\n" +
				"%8 = accumulate %6 %7 %5\n%9 = times 4 %2 | update\n",
			then: "%2 = times 2 x\n%3 = times 3 %2\n%4 = flat %3\n%5 = total %4\n%6 = total %2\n%7 = total %3\n" +
				"%8 = accumulate %6 %7 %5\n%9 = times 4 %2 | update\n"},
		{name: "schedule puts updates last", before: "checkpoint", pass: "schedule",
			build: func(g *Graph) []Node {
				p := g.Param(vec("p", 2))
				g.InPhase(Update, func() { g.Assign(p, Apply(double{.5}, p)) })
				return []Node{Apply(double{2}, p)}
			},
			want: "%1 = times 0.5 p | update\n%2 = times 2 p\n",
			then: "%2 = times 2 p\n%1 = times 0.5 p | update\n"},
		{name: "prepare puts what depends on constant parameters before the tape", before: "schedule", pass: "prepare",
			constant: true,
			build: func(g *Graph) []Node {
				x, p, q := g.Input("x", 2), g.Param(vec("p", 2)), g.Param(vec("q", 2))
				a := Apply(double{2}, p)
				b := Apply(divided{}, Apply(plus{}, x, x), Apply(double{3}, a))
				c := Apply(double{4}, q)
				g.InPhase(Update, func() { g.Assign(q, Apply(double{5}, a)) })
				return []Node{b, c}
			},
			want: "%3 = times 2 p\n%4 = plus x x\n%5 = times 3 %3\n%6 = divided %4 %5\n%7 = times 4 q\n%8 = times 5 " +
				"%3 | update\n",
			then: "%3 = times 2 p | prepare\n%5 = times 3 %3 | prepare\n%r9 = laid out %5 | prepare\n%8 = times 5 " +
				"%3 | prepare\n" +
				"%4 = plus x x\n%6 = divided so %4 %r9\n%7 = times 4 q\n"},
		{name: "alias finds views, dead operands and updates", before: "schedule", pass: "alias",
			build: func(g *Graph) []Node {
				x, p := g.Input("x", 2), g.Param(vec("p", 2))
				a := Apply(flat{MakeDims(2, 1)}, Apply(double{2}, x))
				b := Apply(double{4}, Apply(double{3}, a))
				g.InPhase(Update, func() { g.Assign(p, Apply(times{}, p, Apply(double{5}, x))) })
				return []Node{Apply(total{}, b)}
			},
			want: "%2 = times 2 x\n%3 = flat %2\n%4 = times 3 %3\n%5 = times 4 %4\n%8 = total %5\n%6 = times 5 x | " +
				"update\n%7 = times p %6 | update\n",
			then: "%2 = times 2 x\n%3 = flat %2 | view\n%4 = times 3 %3 | in place\n%5 = times 4 %4 | in place\n" +
				"%8 = total %5\n%6 = times 5 x | update\np' = times p %6 | in place | update\n"},
		{name: "effects copies where an update cannot be in place", before: "alias", pass: "effects",
			build: func(g *Graph) []Node {
				p, q := g.Param(vec("p", 2)), g.Param(vec("q", 2))
				g.Assign(p, q)
				g.Assign(q, p)
				return []Node{p}
			},
			want: "",
			then: "%0 = copy p\n%1 = copy q | update\n%0 = copy p | update\np = copy %1 | update\nq = copy %0 | " +
				"update\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{Mode: Train}
			outputs := c.build(g)
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			before, after := lower(g, outputs, nil), lower(g, outputs, nil)
			before.checkpoints, after.checkpoints, after.constant = c.checkpoints, c.checkpoints, c.constant
			runPasses(t, before, c.before)
			runPasses(t, after, c.pass)
			if got := before.text(); got != c.want {
				t.Errorf("before\n%swant\n%s", got, c.want)
			}
			if got := after.text(); got != c.then {
				t.Errorf("after\n%swant\n%s", got, c.then)
			}
		})
	}
}

// TestVerify: a code that is wrong is found out.
func TestVerify(t *testing.T) {
	build := func() *code {
		g := &Graph{}
		x := g.Input("x", 2)
		return lower(g, []Node{Apply(double{3}, Apply(double{2}, x))}, nil)
	}
	for _, c := range []struct {
		name, want string
		damage     func(c *code)
	}{
		{"an order that reads before it defines", "operand 0 is read before it is defined", func(c *code) {
			c.instrs[0], c.instrs[1] = c.instrs[1], c.instrs[0]
		}},
		{"a register of another type", "result 0 is float32 (2), its register float32 (3)", func(c *code) {
			c.instrs[1].out[0].t = Type{Float32, Shape{3}}
		}},
		{"two definitions of a register", "result 0 is defined twice", func(c *code) {
			c.instrs[1].out[0] = c.instrs[0].out[0]
		}},
		{"an output that nothing computes", "result 0 is never defined", func(c *code) { c.instrs = c.instrs[:1] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := build()
			if err := verify(code); err != nil {
				t.Fatal(err)
			}
			c.damage(code)
			if err := verify(code); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// settled is code as it is described: with scratch and lifetimes.
func settled(c *code) *code {
	c.settle()
	return c
}

// TestTermWithoutOp: a pattern may ask any value, such as an input, for its op and the operands of that.
func TestTermWithoutOp(t *testing.T) {
	input := Term{&register{}}
	if op, operands := input.Op(), input.Operands(); op != nil || operands != nil {
		t.Errorf("an input has the op %v of %v", op, operands)
	}
}
