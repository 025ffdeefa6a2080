package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// ints2 is a case of a comparison of integers.
func ints2(name, torch string, a, b operand, f func(a, b graph.Node) graph.Node, want ...float64) opCase {
	return noGradient(fn2(name, torch, a, b, f, want...))
}

var (
	halves = row(-2.5, -1.5, -.5, .5, 1.5, 2.5, 2.7)
	past   = labels(shape(3), 1<<53, 1<<53+1, -3) // float64 does not tell the first two apart
	bound  = labels(shape(3), 1<<53+1, 1<<53+1, -4)
)

var roundCases = []opCase{
	noGradient(fn1("floor", "a.floor()", halves, Floor, -3, -2, -1, 0, 1, 2, 2)),
	noGradient(fn1("ceil", "a.ceil()", halves, Ceil, -2, -1, 0, 1, 2, 3, 3)),
	noGradient(fn1("round, of halves to the even number", "a.round()", halves, Round, -2, -2, 0, 0, 2, 2, 3)),
	noGradient(fn1("truncate", "a.trunc()", halves, Trunc, -2, -1, 0, 0, 1, 2, 2)),
	fn2("remainder has the sign of the divisor", "torch.remainder(a, b)", row(7, -7, 7, -7), row(3, 3, -3, -3),
		Remainder, 1, 2, -2, -1),
	fn2("fmod has the sign of the dividend", "torch.fmod(a, b)", row(7, -7, 7, -7), row(3, 3, -3, -3), Fmod,
		1, -1, 1, -1),
	fn2("remainder broadcasts", "torch.remainder(a, b)", some(3, 1), between(.3, 1.9, 4), Remainder),
	fn2("fmod broadcasts", "torch.fmod(a, b)", some(3, 1), between(.3, 1.9, 4), Fmod),
	noGradient(fn2("remainder of numbers whose quotient rounds up", "torch.remainder(a, b)", row(1, -1), row(.1, .1),
		Remainder)),
	noGradient(fn2("remainder by 0", "", row(1, 0), row(0, 0), Remainder, nan, nan)),

	refuses(noGradient(fn1("cast to integers", "a.long()", row(-1.7, -.2, 2.9),
		func(x graph.Node) graph.Node { return Cast(x, graph.Int64) }, -1, 0, 2)),
		refused(Cast, "cast to=", graph.Float64, 3, 255)...),
	{name: "cast to floats", in: []operand{labels(shape(2), -7, 1<<24+2)}, torch: "a.float()",
		build: func(in []graph.Node) graph.Node { return Cast(in[0], in[0].Graph().DType) },
		want:  []float64{-7, 1<<24 + 2}},
	ints2("less of integers", "(a < b).float()", past, bound, Less, 1, 0, 0),
	ints2("less or equal of integers", "(a <= b).float()", past, bound, LessEqual, 1, 1, 0),
	ints2("greater of integers", "(a > b).float()", past, bound, Greater, 0, 0, 1),
	ints2("greater or equal of integers", "(a >= b).float()", past, bound, GreaterEqual, 0, 1, 1),
	ints2("equal integers", "(a == b).float()", past, bound, Equal, 0, 1, 0),
	ints2("integers that are not equal, broadcast", "(a != b).float()", labels(shape(2, 1), 1, 2),
		labels(shape(3), 1, 2, 3), NotEqual, 0, 1, 1, 1, 0, 1),
}

var roundErrors = []shapeError{
	{"a cast to other floats than those of the graph",
		func(g *graph.Graph) graph.Node { return Cast(g.Indices("a", 2), graph.Float64) },
		"cast to=float64: floats of this graph are float32, want that or Int64"},
	{"an integer and a float", func(g *graph.Graph) graph.Node { return Less(g.Indices("a", 2), g.Input("b", 2)) },
		"less: an operand holds int64, want floats: a int64 (2), b (2)"},
	{"integers that do not broadcast",
		func(g *graph.Graph) graph.Node { return Equal(g.Indices("a", 2), g.Indices("b", 3)) },
		"equal-int: shapes do not broadcast: a int64 (2), b int64 (3)"},
	{"the floor of integers", func(g *graph.Graph) graph.Node { return Floor(g.Indices("a", 2)) },
		"floor: an operand holds int64, want floats"},
	{"a remainder of integers",
		func(g *graph.Graph) graph.Node { return Remainder(g.Indices("a", 2), g.Indices("b", 2)) },
		"remainder: an operand holds int64, want floats"},
	{"remainders that do not broadcast",
		func(g *graph.Graph) graph.Node { return Fmod(g.Input("a", 2), g.Input("b", 3)) },
		"fmod: shapes do not broadcast: axis 1 from the end has sizes 2 and 3"},
}

// TestCastOfWhatIsNoInteger: a run fails at a float that int64 does not hold, and at none that it does.
func TestCastOfWhatIsNoInteger(t *testing.T) {
	for _, c := range []struct {
		name string
		x    float64
		want string
	}{
		{"NaN", math.NaN(), "cast to=int64: element 1 of x is NaN, which int64 does not hold"},
		{"infinity", math.Inf(-1), "element 1 of x is -Inf"},
		{"2⁶³", 1 << 63, "element 1 of x is 9.223372e+18"},
		{"-2⁶³", -1 << 63, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x := g.Input("x", 2)
			y := Cast(x, graph.Int64)
			p, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(x, []float64{0, c.x})
			switch err := p.Run(); {
			case c.want == "" && (err != nil || p.Value(y).I64[1] != math.MinInt64):
				t.Errorf("got %v, %v", p.Value(y), err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
