// This file holds list and version.

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/recipe"
)

func (a *app) listCommand() *cobra.Command {
	var family string
	c := &cobra.Command{Use: "list", Short: "List every model: name, family, parameters, input, paper",
		Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if all := families(); family != "" && !slices.Contains(all, family) {
				return cli.Usagef("unknown family %q; known are %s", family, cli.Joined(near.Sort(family, all)))
			}
			return a.Verb(c, func() error { return a.list(family) })
		}}
	c.Flags().StringVar(&family, "family", "", "the models of one family: "+cli.Joined(families()))
	cli.Complete(c, "family", families())
	a.JSONFlag(c)
	return c
}

func families() (all []string) {
	for _, r := range recipe.Table() {
		if !slices.Contains(all, r.Family) {
			all = append(all, r.Family)
		}
	}
	return all
}

// listed is the JSON of a model in the list.
type listed struct {
	Name       string      `json:"name"`
	Family     string      `json:"family"`
	Parameters int         `json:"parameters"`
	Input      graph.Shape `json:"input"`
	Paper      string      `json:"paper"`
	Kind       string      `json:"kind"`
	Data       string      `json:"data"`
}

func (a *app) list(family string) error {
	all := []listed{}
	for _, r := range recipe.Table() {
		if family == "" || r.Family == family {
			m := r.New(r.Usual())
			all = append(all, listed{r.Name, r.Family, m.Params().Count(), m.Input(1).Shape[1:], r.Paper,
				r.Kind.Word(), r.Data})
		}
	}
	if a.JSON {
		return a.WriteJSON(all)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFAMILY\tPARAMETERS\tINPUT\tKIND\tPAPER")
	for _, m := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.Family, cli.Thousands(m.Parameters), times(m.Input),
			m.Kind, m.Paper)
	}
	return w.Flush()
}

// times writes a shape as 64×1×28×28.
func times(s graph.Shape) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "Print version, Go and the CPU features in use", Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return a.Verb(c, a.version) }}
	a.JSONFlag(c)
	return c
}

// version prints the module's version as the build knows it.
func (a *app) version() error {
	v := struct {
		Version string   `json:"version"`
		Go      string   `json:"go"`
		CPU     []string `json:"cpu"`
	}{"(devel)", runtime.Version(), []string{runtime.GOARCH}}
	v.CPU = append(v.CPU, form.Active().String())
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	if a.JSON {
		return a.WriteJSON(v)
	}
	fmt.Fprintf(a.Stdout, "zoo %s\n%s\ncpu %s\n", v.Version, v.Go, strings.Join(v.CPU, " "))
	return nil
}
