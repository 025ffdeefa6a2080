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

// Three layers of one kind are drawn once; the last, of another width, by itself.
func ExampleFolds() {
	g := &graph.Graph{Mode: graph.Train}
	h := ops.Tanh(g.Input("x", 2, 3))
	for i, width := range []int{3, 3, 3, 5} {
		name := fmt.Sprint("layer.", i)
		leave := g.Scope(name)
		w := g.Param(graph.NewParam(name+".weight", graph.Type{Shape: graph.Shape{width, h.Dim(1)}}))
		h = ops.ReLU(ops.Linear(h, w, graph.Node{}))
		leave()
	}
	folds, err := viz.Folds(g, viz.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range folds {
		fmt.Println(f.Path, "stands for", len(f.Layers), "layers of", len(f.Layers[0]), "operations")
	}
	// Output: layer.0 stands for 3 layers of 2 operations
}

// Numbers of a run in the boxes: a tape of a lesson knows those of all nodes.
func ExampleOptions_values() {
	g := &graph.Graph{Mode: graph.Train}
	x, w := g.Input("x", 1, 2), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{1, 2}}))
	loss := ops.Sum(ops.Square(ops.Linear(x, w, graph.Node{})))
	grads := graph.Gradients(loss, w)
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, append(grads, loss)...)
	if err != nil {
		log.Fatal(err)
	}
	copy(w.Param().Tensor().F32, []float32{3, -1})
	prog.Set(x, []float32{2, 1})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	var svg bytes.Buffer
	err = viz.WriteSVG(&svg, g, viz.Options{Backward: true, Depth: -1, Values: prog.Lookup, Lang: viz.Chinese})
	if err != nil {
		log.Fatal(err)
	}
	for _, box := range regexp.MustCompile(`<title>(∂?(?:Linear|Square|Sum|dw) —[^<]* — [^<]*) — [^<]*</title>`).
		FindAllStringSubmatch(svg.String(), -1) {
		fmt.Println(box[1])
	}
	// Output:
	// Linear — 1×1 — 5
	// ∂Linear — 不求 dx — dy = 10
	// dw — 1×2 — 20 10
	// Square — 1×1 — 25
	// ∂Square — 1×1 — dy = 1
	// Sum — 标量 — 25
}

// A picture of two by two, a map laid over it, and a text whose words have shares.
func ExampleWriteEvidence() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "why.png")
	picture := viz.Tile{Title: "the picture", Planes: 1, Height: 2, Width: 2, Values: []float32{0, 1, 1, 0}}
	regions := viz.Tile{Planes: 1, Height: 2, Width: 2, Values: []float32{0, 3, 0, 1}}
	err = viz.WriteEvidence(path, []viz.Evidence{
		{Title: "a picture", Cells: []viz.Cell{{Tile: picture}, {Tile: picture, Over: &regions}}},
		{Title: "a text", Texts: []viz.Shaded{{Words: []string{"not", "dull"}, Values: []float32{.7, .3}}}},
	}, viz.EvidenceOptions{Title: "a model"})
	if err != nil {
		log.Print(err)
		return
	}
	b, err := os.ReadFile(path)
	fmt.Println(bytes.HasPrefix(b, []byte("\x89PNG")), err)
	// Output: true <nil>
}
