// This file holds Folds, which tells what a drawing folds.

package viz

import "github.com/stheno-ml/stheno/graph"

// Fold is a run of equal layers that follow each other, which a drawing shows once.
type Fold struct {
	Path   string         // of the first layer
	Layers [][]graph.Node // of each layer its operations in the order of the tape, as their first results
}

// Folds returns what a drawing of g folds, an outer layer before those inside it; what is inside a layer that is equal
// to the one before is not told again. Equal is proven node by node: the same operations with the same attributes,
// shapes and kinds of parameters, the same edges inside, and each layer fed by the one before in the same place.
// Depth and the words of opt play no part. Errors are those of [WriteSVG].
func Folds(g *graph.Graph, opt Options) ([]Fold, error) {
	opt.Depth = 1
	if err := check(g, opt); err != nil {
		return nil, err
	}
	t := readGraph(g, opt)
	root := buildLayers(t)
	foldAll(t, root)
	var all []Fold
	root.folds(func(l *layer) {
		f := Fold{Path: l.path}
		for _, equal := range append([]*layer{l}, l.twins...) {
			var nodes []graph.Node
			for _, i := range equal.atoms() {
				nodes = append(nodes, t.atoms[i].node)
			}
			f.Layers = append(f.Layers, nodes)
		}
		all = append(all, f)
	})
	return all, nil
}

// folds calls f for the layers below l that stand for several, outer first.
func (l *layer) folds(f func(*layer)) {
	for _, p := range l.parts {
		if p.layer == nil || p.layer.twin {
			continue
		}
		if len(p.layer.twins) > 0 {
			f(p.layer)
		}
		p.layer.folds(f)
	}
}
