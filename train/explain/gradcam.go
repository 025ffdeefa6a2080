// This file holds GradCAM.

package explain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// GradCAMOptions are those of [GradCAM]. The zero value is the last feature maps and the largest logit of each row.
type GradCAMOptions struct {
	Classes []int  // of each row; nil for that of its largest logit
	Layer   string // whose maps are looked at, such as "conv2"; "" for the last ones
}

// CAM is a map of where feature maps speak for a class ("class activation map").
type CAM struct {
	Map   graph.Tensor // (N, H, W), as large as the pictures, from 0 up
	Layer string       // whose feature maps it is made of
	Maps  graph.Shape  // of these, (K, h, w)
}

// GradCAM tells where in pictures x (N, C, H, W) the feature maps a (N, K, h, w) of a layer speak for a class:
//
//	weight[k] = the mean over the h·w places of ∂ logit / ∂ a[k]
//	map = ReLU(Σ over k of weight[k]·a[k]), made H×W by [ops.Interpolate] with Bilinear
//
// The last feature maps are the last result (N, K, h, w) of more than one place that the logits depend on and
// that depends on a convolution: behind activation and pooling, if the model has them before its head. A
// layer that is named gives its last such result, whatever it depends on.
//
// It is an error if the model has no feature maps, [ErrNoMaps], or not the layer, a [LayerError]; if x or a
// derivative is not finite; and if a class makes no sense.
//
// Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", 2017.
func GradCAM(m nn.Module, x graph.Tensor, o GradCAMOptions) (*CAM, error) {
	p, err := newPass("grad-cam", m, x)
	if err != nil {
		return nil, err
	}
	if len(x.Shape) != 4 || !x.DType.IsFloat() {
		return nil, p.failure(fmt.Errorf("x is %v, want pictures (N, C, H, W)", x.Type))
	}
	a, err := p.maps(o.Layer) // (N, K, h, w)
	if err != nil {
		return nil, p.failure(err)
	}
	d := graph.Gradients(p.score(), a)[0]
	weights := ops.MeanKeep(d, 2, 3)                     // (N, K, 1, 1)
	cam := ops.ReLU(ops.SumKeep(ops.Mul(weights, a), 1)) // (N, 1, h, w)
	cam = ops.Interpolate(cam, x.Shape[2], x.Shape[3], ops.InterpolateOptions{Mode: ops.Bilinear})
	cam = ops.Squeeze(cam, 1) // (N, H, W)
	prog, err := p.compile(cam, o.Classes)
	if err != nil {
		return nil, err
	}
	v, err := p.value(prog, cam)
	if err != nil {
		return nil, err
	}
	return &CAM{Map: v, Layer: a.Scope(), Maps: slices.Clone(a.Shape()[1:])}, nil
}

// maps are the last feature maps, or those that a layer gives in the end.
func (p *pass) maps(layer string) (graph.Node, error) {
	used, convolved := p.used(), p.convolved()
	var last graph.Node
	var names []string
	for _, n := range p.g.Nodes() {
		s := n.Shape()
		if n.Kind() != graph.KindOp || n.Result() != 0 || !n.DType().IsFloat() || len(s) != 4 ||
			s[0] != p.input.Shape[0] || s[2]*s[3] < 2 || !used[n.ID()] {
			continue
		}
		for path := n.Scope(); path != ""; path = path[:max(strings.LastIndexByte(path, '.'), 0)] {
			if !slices.Contains(names, path) {
				names = append(names, path)
			}
		}
		if layer == "" && convolved[n.ID()] || layer != "" && strings.HasPrefix(n.Scope()+".", layer+".") {
			last = n
		}
	}
	switch {
	case last != (graph.Node{}):
		return last, nil
	case layer == "":
		return last, ErrNoMaps
	}
	return last, LayerError{unknown(layer, names)}
}

// ErrNoMaps is the error of a model in which no convolution gives maps of more than one place.
var ErrNoMaps = errors.New("the model has no feature maps of more than one place")

// LayerError is the error of a layer that the model does not have, or that gives no feature maps.
type LayerError struct{ error }

// Unwrap is the error itself.
func (e LayerError) Unwrap() error { return e.error }

// unknown says which layers there are, the nearest first.
func unknown(layer string, names []string) error {
	const most = 12
	if len(names) == 0 {
		return fmt.Errorf("the model has no layer of feature maps %q, and no other", layer)
	}
	all, more := near.Sort(layer, names), ""
	if len(all) > most {
		all, more = all[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Errorf("the model has no layer of feature maps %q; it has %s%s", layer, strings.Join(all, ", "), more)
}

// used are the nodes, by number, that the logits depend on.
func (p *pass) used() []bool {
	nodes := p.g.Nodes()
	used := make([]bool, len(nodes))
	used[p.logits.ID()] = true
	for _, n := range slices.Backward(nodes) {
		if used[n.ID()] {
			for _, in := range n.Inputs() {
				used[in.ID()] = true
			}
		}
	}
	return used
}

// convolved are the nodes, by number, that depend on a convolution.
func (p *pass) convolved() []bool {
	nodes := p.g.Nodes()
	on := make([]bool, len(nodes))
	for _, c := range ops.ConvolutionsIn(p.g) {
		on[c.Y.ID()] = true
	}
	for _, n := range nodes {
		on[n.ID()] = on[n.ID()] || slices.ContainsFunc(n.Inputs(), func(in graph.Node) bool { return on[in.ID()] })
	}
	return on
}
