package trace_test

import (
	"bytes"
	"fmt"
	"log"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A graph is compiled as the tape of a lesson, run once, and written.
func ExampleRecord() {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x")
	y := ops.Mul(x, x)
	dy := graph.Gradients(y, x)[0]
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, y, dy)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, 3.)
	run, err := trace.Record(prog, trace.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range run.Instructions {
		v, _ := run.Tensor(0, in.Results[0])
		fmt.Printf("%-8s %-32s %v\n", in.Phase, in.Text, v.At(0))
	}
	for _, f := range run.Forks {
		fmt.Printf("the gradient of %s has %d contributions\n", run.Nodes[f.Node].Name, len(f.Steps))
	}
	check := run.States[0].Checks[0]
	fmt.Printf("%v and, by differences, %.6f\n", check.Symbolic[0], check.Numeric[0])

	var file bytes.Buffer
	if _, err := trace.New(trace.Text{En: "x times x", Zh: "x 乘 x"}, run).WriteTo(&file); err != nil {
		log.Fatal(err)
	}
	// Output:
	// forward  %1 = mul x, x : float64 ()       9
	// backward %2 = const 1  : float64 ()       1
	// backward %3 = mul %2, x : float64 ()      3
	// backward %4 = mul %2, x : float64 ()      3
	// backward ∂x = accumulate %3, %4 : float64 () 6
	// the gradient of x has 2 contributions
	// 6 and, by differences, 6.000000
}

// A Recorder keeps a state for each setting of a slider.
func ExampleRecorder() {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x")
	y := ops.Sigmoid(x)
	dx := graph.Gradients(y, x)[0]
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, y, dx)
	if err != nil {
		log.Fatal(err)
	}
	r, err := trace.NewRecorder(prog, trace.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range []float64{0, 5, 10} {
		prog.Set(x, v)
		name := fmt.Sprint("x = ", v)
		if err := r.Add(trace.Text{En: name, Zh: name}); err != nil {
			log.Fatal(err)
		}
	}
	run, err := r.Run()
	if err != nil {
		log.Fatal(err)
	}
	for k, s := range run.States {
		v, _ := run.Tensor(k, r.Node(dx))
		fmt.Printf("%s: the slope is %.3e\n", s.Name.En, v.At(0))
	}
	// Output:
	// x = 0: the slope is 2.500e-01
	// x = 5: the slope is 6.648e-03
	// x = 10: the slope is 4.540e-05
}

// A program of Gorgonia's own is imported, differentiated and recorded.
func ExampleRecord_gorgonia() {
	e := gorgonia.NewGraph()
	x := gorgonia.NewScalar(e, gorgonia.Float64, gorgonia.WithName("x"))
	w := gorgonia.NewScalar(e, gorgonia.Float64, gorgonia.WithName("w"), gorgonia.WithValue(2.))
	y := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Mul(w, x))))

	g, err := graph.FromGorgonia(e, graph.ImportOptions{Replace: ops.ForGorgonia})
	if err != nil {
		log.Fatal(err)
	}
	loss := g.NodeOf(y)
	grads := graph.Gradients(loss, g.Trainable()...)
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, append(grads, loss)...)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(g.NodeOf(x), .25)
	run, err := trace.Record(prog, trace.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range run.States[0].Checks {
		of := run.Nodes[run.Nodes[c.Grad].GradOf]
		fmt.Printf("∂%s: %.6f, by differences %.6f\n", of.Name, c.Symbolic[0], c.Numeric[0])
	}
	// Output:
	// ∂mul: 0.786448, by differences 0.786448
	// ∂w: 0.196612, by differences 0.196612
}
