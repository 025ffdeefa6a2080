// This file holds what all verbs share: the model that is named, its size, and its data.

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// find returns the recipe of a model, or says which are known, nearest first.
func find(name string) (recipe.Recipe, error) {
	r, err := recipe.Find(name)
	if err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// sizeFlags are those of models that come in several sizes.
func sizeFlags(c *cobra.Command, s *kind.Size) {
	sideFlags(c, s)
	c.Flags().Var(whole{&s.Depth}, "depth", "layers, where they vary; 0 for the usual number")
}

// sideFlags are those of sizeFlags but for the number of layers.
func sideFlags(c *cobra.Command, s *kind.Size) {
	c.Flags().Var(whole{&s.Size}, "size", "side of the model's pictures, where it varies, "+
		"which may change its first layers, see its page; 0 for the usual one")
	c.Flags().Var(whole{&s.Width}, "width", "units, or channels, of a layer, where they vary; 0 for as usual")
}

// sized is the recipe of a model in a size.
func sized(name string, s kind.Size) (recipe.Recipe, error) {
	r, err := find(name)
	if err != nil {
		return r, err
	}
	return inSize(r, s)
}

// inSize is a recipe in a size.
func inSize(r recipe.Recipe, s kind.Size) (recipe.Recipe, error) {
	r, err := r.Sized(s)
	if err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// checkSize reports weights of another size than the command line asks for; what it does not ask for is of theirs.
func checkSize(r recipe.Recipe, asked kind.Size, form kind.Form) error {
	if asked != (kind.Size{}) && form.Size != r.Size {
		return usagef("the weights are of another size than --size, --width and --depth say: they are of %s",
			strings.Join(form.Size.Flags(), " "))
	}
	return nil
}

// weightsUsage says what a file of weights is.
const weightsUsage = "file of weights (.safetensors, or PyTorch's .pt, .pth or .th, of which nothing is run)"

// dataFlag is the flag that names a source of data, which the shell completes.
func dataFlag(c *cobra.Command, source *string) {
	c.Flags().StringVar(source, "data", "", "data: "+joined(recipe.Sources())+
		", or a path; the model's usual one without it")
	completeBy(c, "data", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			if r, err := recipe.Find(args[0]); err == nil {
				return r.Sources(), cobra.ShellCompDirectiveDefault
			}
		}
		return recipe.Sources(), cobra.ShellCompDirectiveDefault
	})
}

// complete offers values of a flag to the shell.
func complete(c *cobra.Command, flag string, values []string) {
	completeBy(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	})
}

func completeBy(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag is not there: a fault of the program
	}
}

// open opens the data of a model, for a form if there is a model of one already.
func (a *app) open(r recipe.Recipe, source string, form *kind.Form) (*kind.Set, error) {
	if source == r.Data { // it is built in, and there at once: training that is interrupted begins, and saves
		set, err := r.Kind.Open(context.WithoutCancel(a.ctx), source, form, a.logf)
		return set, dataError(r, source, err)
	}
	set, err := atOnce(a, func() (*kind.Set, error) { return r.Kind.Open(a.ctx, source, form, a.logf) })
	return set, dataError(r, source, err)
}

// openTest opens the data that a model is evaluated with.
func (a *app) openTest(r recipe.Recipe, source string, form *kind.Form) (*kind.Set, error) {
	k, ok := r.Kind.(kind.Tester)
	if !ok {
		return a.open(r, source, form)
	}
	set, err := atOnce(a, func() (*kind.Set, error) { return k.OpenTest(a.ctx, source, form, a.logf) })
	return set, dataError(r, source, err)
}

// dataError tells an error of data as one of --data. That a known name has nothing for the model is a slip.
func dataError(r recipe.Recipe, source string, err error) error {
	var other *data.KindError
	var misfit kind.MisfitError
	var target kind.TargetError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return interrupted{"the reading of " + shown(source)}
	case errors.As(err, &other):
		return usageError{fmt.Errorf("--data %w; %s is a %s", err, r.Name, r.Kind.Word())}
	case errors.As(err, &target):
		return usageError{err}
	case errors.As(err, &misfit) && slices.Contains(recipe.Sources(), source):
		return usageError{fmt.Errorf("%w; give --data that fit the model", err)}
	}
	if r.Tables != nil {
		err = orFile(err)
	}
	return readBy("--data ", withTables(err))
}

// orFile is an error of data that says of a source which is not there that it may be a file, too.
func orFile(err error) error {
	var unknown *data.UnknownError
	if errors.As(err, &unknown) {
		unknown.Want = "file or folder"
	}
	return err
}

// withTables is an error of data with the models that take tables, if a table is where a folder is wanted.
func withTables(err error) error {
	var file *data.FileError
	if errors.As(err, &file) && kinds.IsTable(file.Path) {
		return fmt.Errorf("%w; a table is for zoo train and zoo crossval of %s", err, joined(tabular()))
	}
	return err
}
