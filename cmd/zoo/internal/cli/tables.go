// This file holds what the verbs share whose models learn from the rows of tables.

package cli

import (
	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// TablesHelp says how a model learns from a table.
const TablesHelp = `A classifier of pictures such as mlp learns from the rows of a table (.csv, .tsv), too. --target
is the column of classes, the last without it, and --ignore a column to leave out. A fifth of the rows is held
out, of each class as much. Features are standardised, and what is missing is filled, by the rows that are
learnt from alone, which is told. The weights keep how, so that zoo eval and zoo predict need no more than them
and a file. How such a model learns is the same for all tables; zoo crossval says how good it is by all rows.

`

// BalanceHelp says what is done about classes that are rare.
const BalanceHelp = `Where some classes of a table are rare, --class-weights lets each count as much as any other in
the loss, that of the test too. --sampling over learns from rows of the rare ones several times, and --sampling
under from as few rows of each class as the rarest has. What is tested stays as it is.`

// BalanceFlags are the flags of it.
func BalanceFlags(c *cobra.Command, b *kind.Balance) {
	c.Flags().BoolVar(&b.Weights, "class-weights", false,
		"weigh the classes of a table in the loss, so that each counts as much as any other")
	c.Flags().StringVar(&b.Sampling, "sampling", "",
		"which rows of a table to learn from, so that each class has as many: "+Joined(kind.Samplings())+
			" (all, each once, without it)")
	Complete(c, "sampling", kind.Samplings())
}

// Balanced is the recipe whose model learns from as much of each class as the flags say.
func Balanced(c *cobra.Command, r recipe.Recipe, b kind.Balance) (recipe.Recipe, error) {
	k, ok := r.Kind.(kind.Balancer)
	if !ok {
		for _, name := range []string{"class-weights", "sampling"} {
			if c.Flags().Changed(name) {
				return r, Usagef("--%s is for tables, and %s is a %s", name, r.Name, r.Kind.Word())
			}
		}
		return r, nil
	}
	var err error
	if r.Kind, err = k.Balanced(b); err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// Tables are the known names of tables.
func Tables() (names []string) {
	for _, s := range data.Sources() {
		if s.Kind == "table" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Tabular are the models that learn from tables.
func Tabular() (names []string) {
	for _, r := range recipe.Table() {
		if r.Tables != nil {
			names = append(names, r.Name)
		}
	}
	return names
}

// CompleteTabular offers the models of tables to the shell.
func CompleteTabular(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return Tabular(), cobra.ShellCompDirectiveNoFileComp
}

// TellChanges tells what was done to the rows of a file, and how.
func (a *App) TellChanges(done table.Report, how string) (told []string) {
	for _, c := range done {
		told = append(told, c.String())
		a.Logf("%s%s", OneLine(c.String()), how)
	}
	return told
}
