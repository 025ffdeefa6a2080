// This file holds what a convolutional network has learnt to look for, and what it sees in a picture: its kernels and
// its feature maps as pictures.

package kind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// Sighted is a kind whose models look at pictures.
type Sighted interface {
	// See reads a picture as the model sees it: what the pass that answers are made with takes.
	See(m *Model, path string) (graph.Tensor, error)
}

// passOf is the pass that answers are made with, for one example.
func passOf(m *Model) (*graph.Graph, []graph.Node) {
	pass, types := m.pass(1)
	g := &graph.Graph{}
	inputs := nn.InputsLike(g, types...)
	pass(inputs...)
	return g, inputs
}

// Maps are pictures of what is in a layer.
type Maps struct {
	Layer  string
	Shape  graph.Shape // of the whole
	Tiles  []viz.Tile
	Of     viz.Tile // what feature maps are of
	Across int      // tiles side by side, 0 where it does not matter
	Left   string   // what there is no room for: "64 of 512 kernels", "" if it is all
}

// The most kernels, planes of a kernel and feature maps that a sheet has room for.
const mostKernels, mostPlanes, mostMaps = 96, 32, 256

// Convolves reports whether the model has convolutions over pictures.
func (m *Model) Convolves() bool {
	g, _ := passOf(m)
	return len(ops.ConvolutionsIn(g)) > 0
}

// Filters are the kernels of a convolution: of the first one, or of the first in a layer. A kernel that looks at three
// planes is one tile, in colour; of others each plane is one, and a line of tiles is a kernel.
func (m *Model) Filters(layer string) (Maps, error) {
	g, inputs := passOf(m)
	if err := g.Err(); err != nil {
		return Maps{}, err
	}
	all := ops.ConvolutionsIn(g)
	at := slices.IndexFunc(all, func(c ops.Convolved) bool { return within(c.Layer, layer) })
	if at < 0 {
		return Maps{}, unknownLayer(layer, "convolution", layersOf(all))
	}
	w, err := m.value(g, inputs, all[at].Weight, nil)
	if err != nil {
		return Maps{}, err
	}
	return kernels(all[at].Layer, w), nil
}

func layersOf(all []ops.Convolved) (names []string) {
	for _, c := range all {
		names = append(names, c.Layer)
	}
	return names
}

// kernels are the pictures of weights (K, C, KH, KW).
func kernels(layer string, w graph.Tensor) Maps {
	k, c, h, wide := w.Shape[0], w.Shape[1], w.Shape[2], w.Shape[3]
	maps := Maps{Layer: layer, Shape: w.Shape}
	planes, each, n := 1, min(c, mostPlanes), h*wide
	if c == 3 {
		planes, each = 3, 1
	}
	if each > 1 {
		maps.Across = each
	}
	for i := range min(k, mostKernels) {
		for j := range each {
			title := fmt.Sprint(i + 1)
			if each > 1 {
				title = fmt.Sprintf("%d·%d", i+1, j+1)
			}
			from := (i*c + j) * n
			maps.Tiles = append(maps.Tiles, viz.Tile{Title: title, Planes: planes, Height: h, Width: wide,
				Values: w.F32[from : from+planes*n]})
		}
	}
	var left []string
	if k > mostKernels {
		left = append(left, fmt.Sprintf("%d of %d kernels", mostKernels, k))
	}
	if c > mostPlanes {
		left = append(left, fmt.Sprintf("%d of %d planes", mostPlanes, c))
	}
	maps.Left = strings.Join(left, ", ")
	return maps
}

// Features are the feature maps of a picture, x as [Sighted] has it: what the first convolution gives, or what a layer
// gives in the end, with its activation and pooling if they are of it.
func (m *Model) Features(x graph.Tensor, layer string) (Maps, error) {
	g, inputs := passOf(m)
	if err := g.Err(); err != nil {
		return Maps{}, err
	}
	names, ends := planesIn(g)
	y, ok := ends[layer]
	if all := ops.ConvolutionsIn(g); layer == "" && len(all) > 0 {
		layer, y, ok = all[0].Layer, all[0].Y, true
	}
	if !ok {
		return Maps{}, unknownLayer(layer, "layer of feature maps", names)
	}
	v, err := m.value(g, inputs, y, &x)
	if err != nil {
		return Maps{}, err
	}
	c, h, w := v.Shape[1], v.Shape[2], v.Shape[3]
	maps := Maps{Layer: layer, Shape: v.Shape[1:], Of: TileOf(x)}
	for i := range min(c, mostMaps) {
		maps.Tiles = append(maps.Tiles, viz.Tile{Title: fmt.Sprint(i + 1), Planes: 1, Height: h, Width: w,
			Values: v.F32[i*h*w : (i+1)*h*w]})
	}
	if c > mostMaps {
		maps.Left = fmt.Sprintf("%d of %d maps", mostMaps, c)
	}
	return maps, nil
}

// TileOf is a picture x (1, C, H, W) as a tile, nothing if it has neither one plane nor three; of three the numbers
// are those of a colour, of which middle grey is 0.
func TileOf(x graph.Tensor) viz.Tile {
	if len(x.Shape) != 4 || x.Shape[1] != 1 && x.Shape[1] != 3 {
		return viz.Tile{}
	}
	t := viz.Tile{Planes: x.Shape[1], Height: x.Shape[2], Width: x.Shape[3], Values: slices.Clone(x.F32)}
	if t.Planes == 3 {
		for i, v := range t.Values {
			t.Values[i] = 2*v - 1
		}
	}
	return t
}

// planesIn are the layers that give planes of one picture, (1, C, H, W) of more than one pixel, in the order of the
// pass, and what each gives in the end.
func planesIn(g *graph.Graph) (names []string, ends map[string]graph.Node) {
	ends = map[string]graph.Node{}
	for _, n := range g.Nodes() {
		s := n.Shape()
		if n.Kind() != graph.KindOp || n.Result() != 0 || n.DType() != graph.Float32 || len(s) != 4 || s[0] != 1 ||
			s[2]*s[3] < 2 {
			continue
		}
		for path := n.Scope(); path != ""; {
			if _, known := ends[path]; !known {
				names = append(names, path)
			}
			ends[path] = n
			path = path[:max(strings.LastIndexByte(path, '.'), 0)]
		}
	}
	return names, ends
}

// within reports whether a path is that of a layer, or of a part of it; any is in "".
func within(path, layer string) bool {
	return layer == "" || path == layer || strings.HasPrefix(path, layer+".")
}

// unknownLayer is the error of a layer that there is not, which names those that there are, the nearest first.
func unknownLayer(layer, what string, known []string) error {
	const most = 12
	if len(known) == 0 {
		return LayerError{fmt.Errorf("the model has no %s", what)}
	}
	near, more := near.Sort(layer, known), ""
	if len(near) > most {
		near, more = near[:most], fmt.Sprintf(" and %d more", len(known)-most)
	}
	return LayerError{fmt.Errorf("the model has no %s %q; it has %s%s", what, layer, strings.Join(near, ", "), more)}
}

// value computes a node of the pass of an example, which is x, or zeros if the node does not depend on it.
func (m *Model) value(g *graph.Graph, inputs []graph.Node, y graph.Node, x *graph.Tensor) (graph.Tensor, error) {
	p, err := g.Compile(y)
	if err != nil {
		return graph.Tensor{}, err
	}
	if x != nil {
		if len(inputs) != 1 || !x.Type.Equal(inputs[0].Type()) {
			return graph.Tensor{}, fmt.Errorf("a picture is %v, and the model takes %d inputs, the first %v", x.Type,
				len(inputs), inputs[0].Type())
		}
		p.Set(inputs[0], *x)
	}
	if err := p.Run(); err != nil {
		return graph.Tensor{}, err
	}
	v := p.Value(y)
	if !AllFinite(v.F32) {
		return graph.Tensor{}, ErrNotFinite
	}
	return v, nil
}
