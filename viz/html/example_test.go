package html_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

// page writes a page of a run into a folder of temporary files, and tells how it went.
func page(name string, run trace.Run) {
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "step.html"))
	if err != nil {
		log.Fatal(err)
	}
	title := trace.Text{En: name, Zh: name}
	err = html.Write(file, trace.New(title, run), html.Options{})
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d instructions\n", name, len(run.Instructions))
}

// A page of one training step of a model: three lines more than the step itself takes. With Lines it shows the lines
// of Go that made the nodes.
func ExampleWrite() {
	g := &graph.Graph{Mode: graph.Train, Lines: true}
	x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
	loss := ops.CrossEntropy(cnn.NewLeNet5(10).Forward(x), y)
	train.Minimize(loss, &train.Adam{})

	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, loss)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, make([]float32, 2*28*28))
	prog.Set(y, []int{3, 7})
	run, err := trace.Record(prog, trace.Options{})
	if err != nil {
		log.Fatal(err)
	}
	page("LeNet-5", run)
	// Output: LeNet-5: 76 instructions
}

// A page of a program of Gorgonia's own, which is imported as it is.
func ExampleWrite_gorgonia() {
	e := gorgonia.NewGraph()
	x := gorgonia.NewVector(e, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithShape(3))
	w := gorgonia.NewVector(e, gorgonia.Float64, gorgonia.WithName("w"), gorgonia.WithShape(3),
		gorgonia.WithInit(gorgonia.Ones()))
	y := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.HadamardProd(w, x))))))

	g, err := graph.FromGorgonia(e, graph.ImportOptions{Replace: ops.ForGorgonia})
	if err != nil {
		log.Fatal(err)
	}
	grads := graph.Gradients(g.NodeOf(y), g.Trainable()...)
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, append(grads, g.NodeOf(y))...)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(g.NodeOf(x), []float64{1, 2, 3})
	run, err := trace.Record(prog, trace.Options{})
	if err != nil {
		log.Fatal(err)
	}
	page("from Gorgonia", run)
	// Output: from Gorgonia: 8 instructions
}
