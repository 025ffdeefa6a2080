// This file holds draw --values, which writes the numbers of one step into the drawing of a graph.

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz"
)

// valuesBatch is how many examples a drawing with values has unless it is told: enough for a batch norm, and few
// enough to be seen.
const valuesBatch = 4

// checkValues reports flags that --values needs, or makes no sense with.
func (f *drawFlags) checkValues(c *cobra.Command, r recipe.Recipe) error {
	switch {
	case !f.values && c.Flags().Changed("data"):
		return usagef("--data is for --map and --values: a drawing of the graph alone depends on no values")
	case !f.values && c.Flags().Changed("weights"):
		return usagef("--weights is for --attention, --filters, --features, --map and --values: a drawing of the " +
			"graph alone depends on no values")
	case f.values && f.eval:
		return usagef("--eval and --values exclude each other: the values are those of a training step")
	case f.values && !c.Flags().Changed("data"):
		f.source = r.Data
	}
	return nil
}

// langFlag is the flag of the language of what is written into a file.
func langFlag(c *cobra.Command, lang *string) {
	c.Flags().StringVar(lang, "lang", string(viz.English), "language of the words in it: en or zh")
	var known []string
	for _, l := range viz.Langs() {
		known = append(known, string(l))
	}
	complete(c, "lang", known)
}

// checkLang reports a language that is not known.
func checkLang(lang string) error {
	for _, l := range viz.Langs() {
		if lang == string(l) {
			return nil
		}
	}
	return usagef("--lang %s: unknown language; known are %s and %s", shown(lang), viz.English, viz.Chinese)
}

// firstBatch is a model, and the first examples of its data.
func (a *app) firstBatch(r recipe.Recipe, f drawFlags) (*kind.Model, []graph.Tensor, error) {
	m, set, err := a.prepare(r, trainFlags{data: f.source, weights: f.weights,
		batch: f.batch, batched: true, size: f.size})
	if err != nil {
		return nil, nil, err
	}
	for batch := range set.Train(f.batch, 0).Batches(0) {
		return m, batch, nil
	}
	return nil, nil, fmt.Errorf("--data %s has no batch of %d examples", shown(f.source), f.batch)
}

// values runs the first step of a graph, without its updates, and tells the value of every node that it computes.
func values(g *graph.Graph, batch []graph.Tensor) (func(graph.Node) (graph.Tensor, bool), error) {
	var computed, inputs []graph.Node
	for _, n := range g.Nodes() {
		switch {
		case n.Kind() == graph.KindInput:
			inputs = append(inputs, n)
		case n.Kind() == graph.KindOp && n.Phase() != graph.Update:
			computed = append(computed, n)
		}
	}
	opt := graph.CompileOptions{Teach: true, Assigns: func(*graph.Param) bool { return false }}
	p, err := g.CompileWith(opt, computed...)
	if err != nil {
		return nil, err
	}
	for i, x := range batch {
		p.Set(inputs[i], x)
	}
	return p.Lookup, p.Run()
}
