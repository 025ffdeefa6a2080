package viz_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// Graphviz draws what WriteDOT writes: dot -Tpdf. Here are the boxes of the three nodes.
func ExampleWriteDOT() {
	g := &graph.Graph{}
	ops.Softmax(ops.ReLU(g.Input("x", 2, 3)), -1)
	var dot bytes.Buffer
	if err := viz.WriteDOT(&dot, g, viz.Options{}); err != nil {
		log.Fatal(err)
	}
	for _, box := range regexp.MustCompile(`"\w+" \[.* label="([^"]+)"`).FindAllStringSubmatch(dot.String(), -1) {
		fmt.Println(box[1])
	}
	// Output:
	// x\n2×3
	// ReLU\n2×3
	// Softmax\n2×3
}

// A drawing with its title, and the error where there is no backward pass to draw.
func ExampleWriteSVG() {
	g := &graph.Graph{Mode: graph.Train}
	x, w := g.Input("x", 4, 3), g.Param(graph.NewParam("fc.weight", graph.Type{Shape: graph.Shape{2, 3}}))
	loss := ops.Mean(ops.Square(ops.Linear(x, w, graph.Node{})))

	var svg bytes.Buffer
	err := viz.WriteSVG(&svg, g, viz.Options{Backward: true})
	fmt.Println(errors.Is(err, viz.ErrNoGradients))

	graph.Gradients(loss, w)
	svg.Reset()
	if err := viz.WriteSVG(&svg, g, viz.Options{Backward: true, Title: "a layer"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(svg.String(), "<svg"), strings.Contains(svg.String(), "a layer"))
	// Output:
	// true
	// true true
}

// The name's extension says in which form a file is written.
func ExampleWriteFile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	g := &graph.Graph{}
	ops.ReLU(g.Input("x", 2, 3))
	for _, name := range []string{"relu.svg", "relu.dot"} {
		path := filepath.Join(dir, name)
		if err := viz.WriteFile(path, g, viz.Options{}); err != nil {
			log.Print(err)
			return
		}
		drawing, err := os.ReadFile(path)
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(name, "begins with", strings.Fields(string(drawing))[0])
	}
	// Output:
	// relu.svg begins with <svg
	// relu.dot begins with digraph
}

// What a head of attention looks at, as a picture: a row for each word that looks.
func ExampleWriteMatrices() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	words := []string{"the", "cat", "sat"}
	head := viz.Matrix{Title: "head 1", Rows: words, Columns: words, Values: []float32{
		1, 0, 0,
		.3, .7, 0,
		.1, .6, .3,
	}}
	path := filepath.Join(dir, "attention.svg")
	if err := viz.WriteMatrices(path, []viz.Matrix{head}, viz.MatrixOptions{Title: "attention"}); err != nil {
		log.Print(err)
		return
	}
	svg, err := os.ReadFile(path)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(strings.Count(string(svg), ">cat<"), "labels say cat")
	// Output: 2 labels say cat
}

// A depth that opens no layer more draws the same.
func ExampleSameDepth() {
	g := &graph.Graph{}
	x := g.Input("x", 2, 3)
	defer g.Scope("block")()
	ops.Softmax(ops.ReLU(x), -1)
	for _, depth := range []int{1, 2, 7} {
		same, err := viz.SameDepth(g, viz.Options{Depth: depth})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(depth, "draws the same as", same)
	}
	// Output:
	// 1 draws the same as 1
	// 2 draws the same as 2
	// 7 draws the same as 2
}

// Two kernels of 2 by 2 as a picture.
func ExampleWriteTiles() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "kernels.png")
	err = viz.WriteTiles(path, []viz.Tile{
		{Title: "an edge", Planes: 1, Height: 2, Width: 2, Values: []float32{-1, 1, -1, 1}},
		{Title: "a spot", Planes: 1, Height: 2, Width: 2, Values: []float32{1, 0, 0, 0}},
	}, viz.TileOptions{Title: "conv1"})
	if err != nil {
		log.Print(err)
		return
	}
	b, err := os.ReadFile(path)
	fmt.Println(bytes.HasPrefix(b, []byte("\x89PNG")), err)
	// Output: true <nil>
}
