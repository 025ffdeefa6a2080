// This file holds draw --attention, which shows how a model looks at a text.

package drawing

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz"
)

// checkAttention reports flags that make no sense with --attention, a model that has none, and a file that cannot be
// written.
func (a Verbs) checkAttention(c *cobra.Command, r recipe.Recipe, f *drawFlags) error {
	for _, name := range []string{"backward", "eval", "values", "lang", "depth", "batch", "map", "data"} {
		if c.Flags().Changed(name) {
			return cli.Usagef("--%s and --attention exclude each other: the weights are those of an answer to one "+
				"text", name)
		}
	}
	if c.Flags().Changed("layer") {
		if err := (cli.Whole(&f.focus.Layer)).Set(f.layer); err != nil {
			return cli.Usagef("--layer %q with --attention: %v", f.layer, err)
		}
	}
	for _, number := range []struct {
		flag string
		n    int
	}{{"layer", f.focus.Layer}, {"head", f.focus.Head}} {
		if c.Flags().Changed(number.flag) && number.n < 1 {
			return cli.Usagef("--%s is %d, want at least 1", number.flag, number.n)
		}
	}
	if f.focus.Mean && f.focus.Head > 0 {
		return cli.Usagef("--mean and --head exclude each other: the mean is of all heads of a layer")
	}
	if !r.Attends() {
		return cli.Usagef("%s has no attention to draw; those that have are %s", r.Name,
			cli.Joined(recipe.Attending()))
	}
	if f.out == "" && !c.Flags().Changed("output") && !a.JSON {
		return cli.Usagef("-o FILE.svg or -o FILE.png is needed: attention is drawn as a picture; or --json")
	}
	return f.checkOut(c, []string{".svg", ".png"}, f.weights)
}

// LookedAt is the JSON of how a model looks at a text.
type LookedAt struct {
	Model    string   `json:"model"`
	Text     string   `json:"text"`
	Output   string   `json:"output,omitempty"`
	Matrices []matrix `json:"matrices"`
}

// matrix is one head of a layer.
type matrix struct {
	Title   string      `json:"title"`
	Rows    []string    `json:"rows"`
	Columns []string    `json:"columns"`
	Values  [][]float32 `json:"values"`
}

func (a Verbs) drawAttention(r recipe.Recipe, f drawFlags) error {
	m, err := f.model(r)
	if err != nil {
		return err
	}
	x, err := r.Kind.(kind.Attentive).Attend(m, f.text)
	var prompt kind.PromptError
	switch {
	case errors.As(err, &prompt) && f.text == "":
		return cli.Usagef("the model's own example: %v; --text gives another", err)
	case errors.As(err, &prompt):
		return cli.Usagef("--text %q: %v", cli.Cut(f.text, cli.NameBound), err)
	case err != nil:
		return err
	}
	if x.Note != "" {
		a.Logf("%s: %q: %s", r.Name, cli.Cut(x.Text, cli.InputBound), x.Note)
	}
	looks, err := m.Attention(x)
	if err != nil {
		return err
	}
	all, across, err := kind.Matrices(looks, f.focus)
	if err != nil {
		return cli.Usagef("--%v", err)
	}
	if f.weights == "" {
		a.Logf("%s: no --weights: these are initial values, which look nowhere in particular", r.Name)
	}
	if f.out != "" {
		opt := viz.MatrixOptions{Title: r.Title + " · attention", Across: across, Note: attentionNote}
		if f.weights == "" {
			opt.Note += " · initial weights, not trained"
		}
		if err := a.Write(func() error { return viz.WriteMatrices(f.out, all, opt) }); err != nil {
			return err
		}
	}
	if !a.JSON {
		return nil
	}
	return a.WriteJSON(LookedAt{Model: r.Name, Text: x.Text, Output: f.out, Matrices: matricesOf(all)})
}

func matricesOf(all []viz.Matrix) (out []matrix) {
	for _, m := range all {
		one := matrix{Title: m.Title, Rows: m.Rows, Columns: m.Columns}
		for i := range m.Rows {
			one.Values = append(one.Values, m.Values[i*len(m.Columns):(i+1)*len(m.Columns)])
		}
		out = append(out, one)
	}
	return out
}

// attentionNote tells how a matrix is read.
const attentionNote = "a row: where one symbol looks, its weights add up to 1"
