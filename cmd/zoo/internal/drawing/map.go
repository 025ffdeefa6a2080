// This file holds draw --map, which shows where pictures lie by the codes that a model has of them.

package drawing

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train/curves"
)

// checkMap reports flags that make no sense with --map, a model that has no codes, and a file that cannot be written.
func (a Verbs) checkMap(c *cobra.Command, r recipe.Recipe, f *drawFlags) error {
	for _, name := range []string{"backward", "eval", "values", "lang", "depth", "batch", "attention", "text",
		"filters", "features", "layer"} {
		if c.Flags().Changed(name) {
			return cli.Usagef("--%s and --map exclude each other: a map is of the codes of pictures", name)
		}
	}
	if _, ok := r.Kind.(kind.Mapper); !ok {
		return cli.Usagef("%s has no codes to draw a map of; those that have are %s", r.Name,
			cli.Joined(recipe.Mapping()))
	}
	if f.out == "" && !c.Flags().Changed("output") && !a.JSON {
		return cli.Usagef("-o FILE.svg or -o FILE.png is needed: a map is drawn as a picture; or --json")
	}
	if !c.Flags().Changed("data") {
		f.source = r.Data
	}
	return f.checkOut(c, []string{".svg", ".png"}, f.weights, f.source)
}

// mapped is the JSON of a map.
type mapped struct {
	Model  string        `json:"model"`
	Data   string        `json:"data"`
	Share  cli.Figure    `json:"share"`
	Output string        `json:"output,omitempty"`
	Points []mappedPoint `json:"points"`
}

type mappedPoint struct {
	Class string     `json:"class"`
	X     cli.Figure `json:"x"`
	Y     cli.Figure `json:"y"`
}

// mostMapped is how many points a map has: more hide one another.
const mostMapped = 2000

func (a Verbs) drawMap(r recipe.Recipe, f drawFlags) error {
	m, err := f.model(r)
	if err != nil {
		return err
	}
	codes, err := r.Kind.(kind.Mapper).Codes(a.Ctx, m, f.source, mostMapped, a.Logf)
	var source kind.SourceError
	if errors.As(err, &source) {
		return cli.DataError(r, f.source, err)
	}
	if err != nil {
		return err
	}
	x, y, share := codes.Plane()
	title := r.Title + " · codes of " + cli.Shown(filepath.Base(f.source))
	if f.weights == "" {
		a.Logf("%s: no --weights: these are the codes of initial values, which have learnt nothing", r.Name)
		title += " · initial weights, not trained"
	}
	if f.out != "" {
		opt := curves.MapOptions{Title: title, Note: codes.Note, X: "first number of the code", Y: "second number"}
		if d := codes.Points.Shape[1]; d > 2 {
			opt.X = fmt.Sprintf("first principal component of %d numbers", d)
			opt.Y = fmt.Sprintf("second; both see %.0f %% of the variance", 100*share)
		}
		groups := make([]curves.Group, len(codes.Classes))
		for k, name := range codes.Classes {
			groups[k].Name = cli.Shown(name)
		}
		for i, k := range codes.Labels {
			groups[k].X, groups[k].Y = append(groups[k].X, x[i]), append(groups[k].Y, y[i])
		}
		if err := a.Write(func() error { return curves.WriteMap(f.out, groups, opt) }); err != nil {
			return err
		}
	}
	if !a.JSON {
		return nil
	}
	out := mapped{Model: r.Name, Data: f.source, Share: cli.Figure(share), Output: f.out}
	for i, k := range codes.Labels {
		out.Points = append(out.Points, mappedPoint{codes.Classes[k], cli.Figure(x[i]), cli.Figure(y[i])})
	}
	return a.WriteJSON(out)
}
