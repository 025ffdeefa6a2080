// This file holds draw --values, which writes the numbers of one step into the drawing of a graph.

package drawing

import (
	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
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
		return cli.Usagef("--data is for --map and --values: a drawing of the graph alone depends on no values")
	case !f.values && c.Flags().Changed("weights"):
		return cli.Usagef(
			"--weights is for --attention, --filters, --features, --map and --values: a drawing of the " +
				"graph alone depends on no values")
	case f.values && f.eval:
		return cli.Usagef("--eval and --values exclude each other: the values are those of a training step")
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
	cli.Complete(c, "lang", known)
}

// checkLang reports a language that is not known.
func checkLang(lang string) error {
	for _, l := range viz.Langs() {
		if lang == string(l) {
			return nil
		}
	}
	return cli.Usagef("--lang %s: unknown language; known are %s and %s", cli.Shown(lang), viz.English, viz.Chinese)
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
