// This file holds draw --filters and draw --features, which show what a convolutional network has learnt to look for,
// and what it sees in a picture.

package drawing

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz"
)

// planes reports whether kernels or feature maps are asked for.
func (f *drawFlags) planes(c *cobra.Command) bool { return f.filters || c.Flags().Changed("features") }

// checkPlanes reports flags that make no sense with --filters or --features, a model that has no convolution, and a
// file that cannot be written.
func (a Verbs) checkPlanes(c *cobra.Command, r recipe.Recipe, f *drawFlags) error {
	flag := "filters"
	if !f.filters {
		flag = "features"
	}
	for _, name := range []string{"backward", "eval", "values", "lang", "depth", "batch", "attention", "text", "map",
		"data"} {
		if c.Flags().Changed(name) {
			return cli.Usagef("--%s and --%s exclude each other", name, flag)
		}
	}
	_, sighted := r.Kind.(kind.Sighted)
	switch {
	case f.filters && c.Flags().Changed("features"):
		return cli.Usagef(
			"--filters and --features exclude each other: kernels are drawn, or what they see in a picture")
	case !r.Convolves():
		return cli.Usagef("%s has no convolution over pictures; those that have are %s", r.Name,
			cli.Joined(recipe.Convolving(!f.filters)))
	case !f.filters && !sighted:
		return cli.Usagef("%s is given no pictures to look at; those that are and have convolutions are %s", r.Name,
			cli.Joined(recipe.Convolving(true)))
	case !f.filters && f.features == "":
		return cli.Usagef("--features is empty, want the name of a picture (PNG, JPEG)")
	case f.out == "" && !c.Flags().Changed("output"):
		return cli.Usagef("-o FILE.png is needed: --%s draws a picture", flag)
	}
	return f.checkOut(c, []string{".png"}, f.weights, f.features)
}

// DrawnPlanes is the JSON of a sheet of kernels or feature maps.
type DrawnPlanes struct {
	Model  string `json:"model"`
	Layer  string `json:"layer"`
	Shape  []int  `json:"shape"`
	Tiles  int    `json:"tiles"`
	Output string `json:"output"`
}

func (a Verbs) drawPlanes(r recipe.Recipe, f drawFlags) error {
	m, err := f.model(r)
	if err != nil {
		return err
	}
	maps, err := a.planesOf(r, m, f)
	var layer kind.LayerError
	switch {
	case errors.As(err, &layer):
		return cli.Usagef("--layer: %v", err)
	case err != nil:
		return err
	}
	if f.weights == "" {
		a.Logf("%s: no --weights: these are initial values, which look for nothing in particular", r.Name)
	}
	if maps.Left != "" {
		a.Logf("%s: %s are drawn", maps.Layer, maps.Left)
	}
	opt := viz.TileOptions{Title: r.Title + " · " + maps.Layer, Note: f.note(maps), Across: maps.Across,
		Each: !f.filters, Of: maps.Of}
	if err := a.Write(func() error { return viz.WriteTiles(f.out, maps.Tiles, opt) }); err != nil {
		return err
	}
	if !a.JSON {
		return nil
	}
	return a.WriteJSON(DrawnPlanes{r.Name, maps.Layer, maps.Shape, len(maps.Tiles), f.out})
}

func (a Verbs) planesOf(r recipe.Recipe, m *kind.Model, f drawFlags) (kind.Maps, error) {
	if f.filters {
		return m.Filters(f.layer)
	}
	x, err := r.Kind.(kind.Sighted).See(m, f.features)
	if err != nil {
		return kind.Maps{}, cli.ReadBy("--features ", err)
	}
	return m.Features(x, f.layer)
}

// note tells what the tiles are.
func (f *drawFlags) note(maps kind.Maps) string {
	s := maps.Shape
	var note string
	switch {
	case !f.filters:
		note = fmt.Sprintf("%d feature maps of %d×%d, of %s", s[0], s[1], s[2], cli.Shown(filepath.Base(f.features)))
	case maps.Across > 0:
		note = fmt.Sprintf("%d kernels of %d×%d, a line each, of %d planes", s[0], s[2], s[3], s[1])
	default:
		note = fmt.Sprintf("%d kernels of %d×%d", s[0], s[2], s[3])
	}
	if f.filters && s[1] == 3 {
		note += "; in colour, grey is 0"
	}
	if maps.Left != "" {
		note += "; drawn are " + maps.Left
	}
	if f.weights == "" {
		note += " · initial weights, not trained"
	}
	return note
}
