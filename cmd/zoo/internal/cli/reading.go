// This file holds the flags that say how data are read, and the inputs of predict.

package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// Names of the flags of data, and of inputs.
var (
	OfData   = []string{"encoding", "text", "label", "column", "fill", "held-out", "noise", "swap"}
	OfTables = []string{"target", "ignore", "missing"}
	OfInputs = []string{"encoding", "text", "column", "fill", "ahead"}
)

// ReadingFlags adds flags of these names.
func ReadingFlags(c *cobra.Command, r *kind.Reading, names []string) {
	for _, name := range names {
		f := c.Flags()
		switch name {
		case "encoding":
			f.StringVar(&r.Encoding, name, "",
				"how texts are written: "+Joined(kind.Encodings())+" (utf-8 without it)")
			Complete(c, name, kind.Encodings())
		case "text":
			f.StringVar(&r.Text, name, "", `the column of a table that has sentences ("text" without it)`)
		case "label":
			f.StringVar(&r.Label, name, "", `the column of a table that has their classes ("label" without it)`)
		case "column":
			f.StringVar(&r.Column, name, "", "the column of a series, by name or number (the last without it)")
		case "fill":
			f.StringVar(&r.Fill, name, "", "the rule to fill gaps of a series by: "+Joined(kind.Fills())+
				" (a gap is an error without it)")
			Complete(c, name, kind.Fills())
		case "held-out":
			f.Var(decimal{&r.HeldOut}, name,
				"the share of texts, sounds, rows or of a series to test with (the usual one without it)")
		case "swap":
			f.BoolVar(&r.Swap, name, false, "of pairs, learn to make the first of the second: the other direction")
		case "noise":
			f.Var(decimal{&r.Noise}, name,
				"test with sounds in white noise, above which they are so many decibels (none without it)")
		case "target":
			f.StringVar(&r.Target, name, "",
				"the column of classes of a table, by name or number (the last without it)")
		case "ignore":
			f.StringArrayVar(&r.Ignore, name, nil,
				"a column of a table to leave out, by name or number; may be given again")
		case "missing":
			f.StringVar(&r.Missing, name, "", "the rule for values that are missing in a table: "+
				Joined(kind.MissingRules())+" (mean without it)")
			Complete(c, name, kind.MissingRules())
		case "ahead":
			f.Var(whole{&r.Ahead}, name, "how many values of a series to forecast (one without it)")
		}
	}
}

// Reading is the recipe whose kind reads as the flags say. It is an error to say what the kind has no use for.
func Reading(c *cobra.Command, r recipe.Recipe, how kind.Reading) (recipe.Recipe, error) {
	var takes []string
	k, ok := r.Kind.(kind.Reader)
	if ok {
		takes = k.Readings()
	}
	said := false
	for _, name := range slices.Concat(OfData, OfTables, OfInputs) {
		switch flag := c.Flags().Lookup(name); {
		case flag == nil || !flag.Changed:
		case !slices.Contains(takes, name):
			return r, Usagef("--%s says nothing to %s, which is a %s", name, r.Name, r.Kind.Word())
		case slices.Contains([]string{"0", "-0"}, flag.Value.String()):
			return r, Usagef("--%s is 0, want more; leave it out for the usual way", name)
		default:
			said = true
		}
	}
	if !said {
		return r, nil
	}
	var err error
	if r.Kind, err = k.Reading(how); err != nil {
		return r, usageError{err}
	}
	return r, nil
}

// CheckFiles reports flags of data in files that stand beside data that are in none.
func CheckFiles(c *cobra.Command, source string) error {
	if !slices.Contains(recipe.Sources(), source) {
		return nil
	}
	for _, name := range slices.Concat(OfData, OfTables) {
		if c.Flags().Changed(name) && name != "noise" && name != "swap" { // which any sounds, and any pairs, are given
			return Usagef("--%s says how files are read, and %s is none: name one by --data", name, source)
		}
	}
	return nil
}

// CheckRead reports such flags of predict where no text is in a file.
func CheckRead(c *cobra.Command, k kind.Predictor, args []string) error {
	if _, ok := k.(kind.Listener); !ok || slices.ContainsFunc(args, isFileOfTexts) {
		return nil
	}
	for _, name := range OfInputs {
		if c.Flags().Changed(name) {
			return Usagef("--%s says how files are read, and no input is one", name)
		}
	}
	return nil
}

// InputsOf are what a model answers to: the arguments, or for one of texts those in files that are named among them;
// and what is wrong with files that cannot be read.
func (a *App) InputsOf(k kind.Predictor, args []string) (inputs []string, bad []error, err error) {
	texts, ok := k.(kind.Listener)
	if !ok {
		return args, nil, nil
	}
	for _, arg := range args {
		switch {
		case strings.TrimSpace(arg) == "":
			return nil, nil, Usagef("a text is empty, want one with words")
		case !isFileOfTexts(arg):
			inputs = append(inputs, arg)
			continue
		}
		list, err := texts.Texts(arg, a.Stdin)
		switch {
		case ExitCode(err) == ExitUsage: // such as a column that the command line names
			return nil, nil, err
		case err != nil:
			bad = append(bad, err)
		}
		inputs = append(inputs, list...)
	}
	return inputs, bad, nil
}

// isFileOfTexts reports an argument that is no text itself: standard input, or a file that is there or is named as
// one.
func isFileOfTexts(arg string) bool {
	ext := strings.ToLower(filepath.Ext(arg))
	if arg == "-" {
		return true
	}
	if ext != ".txt" && ext != ".csv" && ext != ".tsv" {
		return false
	}
	_, err := os.Stat(arg)
	return err == nil || !strings.ContainsAny(arg, " \t\n")
}

// WithViews is the recipe whose training has its pictures, sounds or texts anew in each epoch, as --augment says.
func WithViews(c *cobra.Command, r recipe.Recipe, text string) (recipe.Recipe, error) {
	if !c.Flags().Changed("augment") {
		return r, nil
	}
	if _, ok := r.Kind.(kind.Augmenter); !ok {
		return r, Usagef("--augment is for models that tell the class of a picture, a sound or a text, and %s is a %s",
			r.Name, r.Kind.Word())
	}
	r, err := r.Augmented(text)
	if err != nil {
		return r, ViewError("--augment", err)
	}
	return r, nil
}

// ViewError is the error of a view that a flag gives: one of the command line, or of the file that it names.
func ViewError(flag string, err error) error {
	if anyOf(err, fs.ErrNotExist, data.ErrDamaged, files.ErrNotRegular) || errors.As(err, new(*fs.PathError)) {
		return ReadBy(flag+" synonyms=", err)
	}
	said := err.Error()
	for _, what := range []string{"view: ", "mix: ", "rewording: "} {
		said = strings.TrimPrefix(said, what)
	}
	return Usagef("%s: %s", flag, said)
}

// SynonymsIn is the file of synonyms that a view names, "" for none.
func SynonymsIn(view string) string {
	for _, part := range strings.Split(view, ",") {
		if file, ok := strings.CutPrefix(part, "synonyms="); ok {
			return file
		}
	}
	return ""
}
