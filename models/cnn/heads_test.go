package cnn_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// withHead is the network with a head of n classes, and the path of the head.
func withHead(m photograph, n int) (photograph, string) {
	switch m := m.(type) {
	case *cnn.AlexNet:
		return m.WithHead(n), strings.TrimSuffix(m.Head.Weight.Name(), ".weight")
	case *cnn.VGG:
		return m.WithHead(n), strings.TrimSuffix(m.Head.Weight.Name(), ".weight")
	case *cnn.ResNet:
		return m.WithHead(n), "fc"
	case *cnn.CIFARResNet:
		return m.WithHead(n), "linear"
	}
	return nil, ""
}

// TestHeads: a network with another head shares all but the head, has the names of one that is made so, and is one
// network in a drawing. What the head reads, and the maps before it, have the shapes and names that the docs say.
func TestHeads(t *testing.T) {
	for name, build := range constructors {
		for _, small := range []bool{false, true} {
			m := build(10, cnn.Options{Small: small, Width: 4})
			n, head := withHead(m, 7)
			want := build(7, cnn.Options{Small: small, Width: 4})
			var got, names []string
			for p := range n.Params().All() {
				got = append(got, fmt.Sprint(p.Name(), p.Type().Shape))
				if shared := m.Params().Get(p.Name()) == p; shared == strings.HasPrefix(p.Name(), head+".") {
					t.Errorf("%s: %s is shared: %v", name, p.Name(), shared)
				}
			}
			for p := range want.Params().All() {
				names = append(names, fmt.Sprint(p.Name(), p.Type().Shape))
			}
			if !slices.Equal(got, names) {
				t.Errorf("%s: the names are %q", name, got)
			}
			g := &graph.Graph{}
			x := g.Input("x", 2, 3, 64, 64)
			y, maps := n.Features(x)
			logits := n.Forward(x)
			features := n.Params().Get(head + ".weight").Type().Shape[1]
			if err := g.Err(); err != nil {
				t.Fatal(err)
			}
			if want := (graph.Shape{2, features}); !y.Shape().Equal(want) || !logits.Shape().Equal(graph.Shape{2, 7}) {
				t.Errorf("%s: the head reads %v, want %v, and gives %v", name, y.Shape(), want, logits.Shape())
			}
			first := map[bool]string{false: "maxpool", true: "relu"}[small || isCIFAR(name)]
			if strings.HasPrefix(name, "alexnet") || strings.HasPrefix(name, "vgg") {
				first = "features.0"
			}
			if last := maps[len(maps)-1]; maps[0].Name != first || len(last.Node.Shape()) != 4 {
				t.Errorf("%s: the first map is %s, want %s; the last is %s %v", name, maps[0].Name, first, last.Name,
					last.Node.Shape())
			}
			for _, node := range g.Nodes() {
				if strings.Contains(node.Scope(), "#") {
					t.Fatalf("%s: a layer is shown as %s", name, node.Scope())
				}
			}
		}
	}
}

// TestPhotographsAreQuick: each network at its published size is built, summarised and drawn, collapsed, in 2 seconds;
// the bound is five times that, for machines that others use too.
func TestPhotographsAreQuick(t *testing.T) {
	for name, build := range constructors {
		start := time.Now()
		m := build(1000, cnn.Options{})
		s, err := nn.Summarize(m, 1, 3, 224, 224)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := s.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		g := &graph.Graph{Mode: graph.Train}
		y := g.Indices("y", 8)
		ops.CrossEntropy(m.Forward(g.Input("x", 8, 3, 224, 224)), y)
		if err := viz.WriteSVG(&b, g, viz.Options{Title: name}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s takes %v", name, took)
		}
	}
}

// A network that was trained on ImageNet learns ten other classes: its weights are read, its head is a new one, and
// only that learns.
func ExampleResNet_WithHead() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "resnet18.safetensors")
	if err := cnn.NewResNet18(1000, cnn.Options{Width: 8}).Params().Save(path); err != nil {
		fmt.Println(err)
		return
	}
	m := cnn.NewResNet18(1000, cnn.Options{Width: 8})
	if err := m.Params().Load(path); err != nil {
		fmt.Println(err)
		return
	}
	m.Params().Freeze("")
	n := m.WithHead(10)
	g := &graph.Graph{Mode: graph.Train}
	y := n.Forward(g.Input("x", 4, 3, 64, 64))
	fmt.Println(y.Shape())
	for _, p := range g.Trainable() {
		fmt.Println(p.Name())
	}
	// Output:
	// (4, 10)
	// fc.weight
	// fc.bias
}

// The maps of VGG-16 that perceptual losses compare.
func ExampleVGG_Features() {
	g := &graph.Graph{}
	_, maps := cnn.NewVGG16(1000).Features(g.Input("x", 1, 3, 224, 224))
	for _, m := range maps {
		if slices.Contains([]string{"features.3", "features.8", "features.15", "features.22"}, m.Name) {
			fmt.Println(m.Name, m.Node.Shape())
		}
	}
	// Output:
	// features.3 (1, 64, 224, 224)
	// features.8 (1, 128, 112, 112)
	// features.15 (1, 256, 56, 56)
	// features.22 (1, 512, 28, 28)
}
