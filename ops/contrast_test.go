package ops

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// ntxent is a case of NTXent. In PyTorch the logits of a view with itself are filled with -Inf.
func ntxent(name string, tau float64, a, b operand, want ...float64) opCase {
	torch := fmt.Sprintf("F.cross_entropy((lambda z: z @ z.t() / %g)(F.normalize(torch.cat([a, b]), eps=1e-12))"+
		".masked_fill(torch.eye(2*len(a)) > 0, -torch.inf), (torch.arange(2*len(a)) + len(a)) %% (2*len(a)))", tau)
	return firstOnly(fn2(name, torch, a, b, NTXent{Temperature: tau}.Loss, want...))
}

var contrastCases = []opCase{
	// Reference values of SimCLR: two pairs, views that are equal, and pairs that are orthogonal.
	refuses(ntxent("contrast of two equal views at a temperature of 1", 1, given(shape(2, 2), 3, 0, 0, 2),
		given(shape(2, 2), 1, 0, 0, .5), .5514447139), badNTXent...),
	ntxent("the same at a temperature of ½", .5, given(shape(2, 2), 3, 0, 0, 2), given(shape(2, 2), 1, 0, 0, .5),
		.2395447662),
	firstOnly(fn2("the same at a temperature of 0.1", "", given(shape(2, 2), 3, 0, 0, 2), given(shape(2, 2), 1, 0, 0,
		.5),
		NTXent{Temperature: .1}.Loss, 9.07957e-5)), // which PyTorch has to four digits
	ntxent("contrast of views that are all alike", .5, given(shape(2, 2), 1, 2, 1, 2), given(shape(2, 2), 1, 2, 1, 2),
		math.Log(3)), // ln(2N-1)
	ntxent("contrast of any views", .2, some(4, 3), between(-1, 3, 4, 3)),
	noGradient(fn2("contrast with a view of nothing", "", given(shape(2, 1), 0, 1), given(shape(2, 1), 0, 1),
		NTXent{}.Loss,
		(2*math.Log(3)+2*(math.Log(2+math.E)-1))/4)), // the cosines of 0 are 0
}

var badNTXent = append(refused(func(x graph.Node, tau float64) graph.Node {
	return NTXent{Temperature: tau}.Loss(x,
		x)
},
	"nt-xent: temperature is ", -1, nan, -infinite),
	bad1("a temperature that float32 takes for 0", func(x graph.Node) graph.Node {
		return NTXent{Temperature: 1e-60}.Loss(x, x)
	}, "temperature is 1e-60, which in float32 is 0"),
	bad1("views of another number", func(x graph.Node) graph.Node {
		return NTXent{}.Loss(x, Slice(x, 0, 0, 1, 1))
	}, "nt-xent: the shapes differ, and row i of both is of example i: a (2, 2), b (1, 2)"),
	bad1("views of three axes", func(x graph.Node) graph.Node {
		return NTXent{}.Loss(Unsqueeze(x, 0), Unsqueeze(x, 0))
	}, "nt-xent: a has rank 3, want (N, D)"))

// TestNTXentOfRandom: of random vectors in many dimensions the loss is little above that of vectors that are all
// alike.
func TestNTXentOfRandom(t *testing.T) {
	g := &graph.Graph{Seed: 1}
	y := NTXent{}.Loss(RandomNormal(g, 256, 1024), RandomNormal(g, 256, 1024))
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if got, want := p.Float(y), math.Log(511); math.Abs(got-want) > .01 { // 6.2364
		t.Errorf("the loss is %.4f, want about %.4f", got, want)
	}
}
