// This file holds what all verbs share: the model that is named, its size, and its data.

package cli

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

// Find returns the recipe of a model, or says which are known, nearest first.
func Find(name string) (recipe.Recipe, error) {
	r, err := recipe.Find(name)
	if err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// SizeFlags are those of models that come in several sizes.
func SizeFlags(c *cobra.Command, s *kind.Size) {
	SideFlags(c, s)
	c.Flags().Var(whole{&s.Depth}, "depth", "layers, where they vary; 0 for the usual number")
}

// SideFlags are those of SizeFlags but for the number of layers.
func SideFlags(c *cobra.Command, s *kind.Size) {
	c.Flags().Var(whole{&s.Size}, "size", "side of the model's pictures, where it varies, "+
		"which may change its first layers, see its page; 0 for the usual one")
	c.Flags().Var(whole{&s.Width}, "width", "units, or channels, of a layer, where they vary; 0 for as usual")
}

// Sized is the recipe of a model in a size.
func Sized(name string, s kind.Size) (recipe.Recipe, error) {
	r, err := Find(name)
	if err != nil {
		return r, err
	}
	return InSize(r, s)
}

// InSize is a recipe in a size.
func InSize(r recipe.Recipe, s kind.Size) (recipe.Recipe, error) {
	r, err := r.Sized(s)
	if err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// CheckSize reports weights of another size than the command line asks for; what it does not ask for is of theirs.
func CheckSize(r recipe.Recipe, asked kind.Size, form kind.Form) error {
	if asked != (kind.Size{}) && form.Size != r.Size {
		return Usagef("the weights are of another size than --size, --width and --depth say: they are of %s",
			strings.Join(form.Size.Flags(), " "))
	}
	return nil
}

// WeightsUsage says what a file of weights is.
const WeightsUsage = "file of weights (.safetensors, or PyTorch's .pt, .pth or .th, of which nothing is run)"

// DataFlag is the flag that names a source of data, which the shell completes.
func DataFlag(c *cobra.Command, source *string) {
	c.Flags().StringVar(source, "data", "", "data: "+Joined(recipe.Sources())+
		", or a path; the model's usual one without it")
	CompleteBy(c, "data", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			if r, err := recipe.Find(args[0]); err == nil {
				return r.Sources(), cobra.ShellCompDirectiveDefault
			}
		}
		return recipe.Sources(), cobra.ShellCompDirectiveDefault
	})
}

// Complete offers values of a flag to the shell.
func Complete(c *cobra.Command, flag string, values []string) {
	CompleteBy(c, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	})
}

// CompleteBy offers to the shell what f says for the value of a flag.
func CompleteBy(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag is not there: a fault of the program
	}
}

// Open opens the data of a model, for a form if there is a model of one already.
func (a *App) Open(r recipe.Recipe, source string, form *kind.Form) (*kind.Set, error) {
	if source == r.Data { // it is built in, and there at once: training that is interrupted begins, and saves
		set, err := r.Kind.Open(context.WithoutCancel(a.Ctx), source, form, a.Logf)
		return set, DataError(r, source, err)
	}
	set, err := AtOnce(a, func() (*kind.Set, error) { return r.Kind.Open(a.Ctx, source, form, a.Logf) })
	return set, DataError(r, source, err)
}

// OpenTest opens the data that a model is evaluated with.
func (a *App) OpenTest(r recipe.Recipe, source string, form *kind.Form) (*kind.Set, error) {
	k, ok := r.Kind.(kind.Tester)
	if !ok {
		return a.Open(r, source, form)
	}
	set, err := AtOnce(a, func() (*kind.Set, error) { return k.OpenTest(a.Ctx, source, form, a.Logf) })
	return set, DataError(r, source, err)
}

// DataError tells an error of data as one of --data. That a known name has nothing for the model is a slip.
func DataError(r recipe.Recipe, source string, err error) error {
	var other *data.KindError
	var misfit kind.MisfitError
	var target kind.TargetError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return interrupted{"the reading of " + Shown(source)}
	case errors.As(err, &other):
		return usageError{fmt.Errorf("--data %w; %s is a %s", err, r.Name, r.Kind.Word())}
	case errors.As(err, &target):
		return usageError{err}
	case errors.As(err, &misfit) && slices.Contains(recipe.Sources(), source):
		return usageError{fmt.Errorf("%w; give --data that fit the model", err)}
	}
	if r.Tables != nil {
		err = OrFile(err)
	}
	return ReadBy("--data ", WithTables(err))
}

// OrFile is an error of data that says of a source which is not there that it may be a file, too.
func OrFile(err error) error {
	var unknown *data.UnknownError
	if errors.As(err, &unknown) {
		unknown.Want = "file or folder"
	}
	return err
}

// WithTables is an error of data with the models that take tables, if a table is where a folder is wanted.
func WithTables(err error) error {
	var file *data.FileError
	if errors.As(err, &file) && kinds.IsTable(file.Path) {
		return fmt.Errorf("%w; a table is for zoo train and zoo crossval of %s", err, Joined(Tabular()))
	}
	return err
}

// MaxBatch is more examples than a step has memory for.
const MaxBatch = 1 << 16
