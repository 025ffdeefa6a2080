// This file holds the flags that say how data are read, and the inputs of predict.

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// Names of the flags of data, and of inputs.
var (
	ofData   = []string{"encoding", "text", "label", "column", "fill", "held-out", "noise", "swap"}
	ofTables = []string{"target", "ignore", "missing"}
	ofInputs = []string{"encoding", "text", "column", "fill", "ahead"}
)

// readingFlags adds flags of these names.
func readingFlags(c *cobra.Command, r *kind.Reading, names []string) {
	for _, name := range names {
		f := c.Flags()
		switch name {
		case "encoding":
			f.StringVar(&r.Encoding, name, "",
				"how texts are written: "+joined(kind.Encodings())+" (utf-8 without it)")
			complete(c, name, kind.Encodings())
		case "text":
			f.StringVar(&r.Text, name, "", `the column of a table that has sentences ("text" without it)`)
		case "label":
			f.StringVar(&r.Label, name, "", `the column of a table that has their classes ("label" without it)`)
		case "column":
			f.StringVar(&r.Column, name, "", "the column of a series, by name or number (the last without it)")
		case "fill":
			f.StringVar(&r.Fill, name, "", "the rule to fill gaps of a series by: "+joined(kind.Fills())+
				" (a gap is an error without it)")
			complete(c, name, kind.Fills())
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
				joined(kind.MissingRules())+" (mean without it)")
			complete(c, name, kind.MissingRules())
		case "ahead":
			f.Var(whole{&r.Ahead}, name, "how many values of a series to forecast (one without it)")
		}
	}
}

// reading is the recipe whose kind reads as the flags say. It is an error to say what the kind has no use for.
func reading(c *cobra.Command, r recipe.Recipe, how kind.Reading) (recipe.Recipe, error) {
	var takes []string
	k, ok := r.Kind.(kind.Reader)
	if ok {
		takes = k.Readings()
	}
	said := false
	for _, name := range slices.Concat(ofData, ofTables, ofInputs) {
		switch flag := c.Flags().Lookup(name); {
		case flag == nil || !flag.Changed:
		case !slices.Contains(takes, name):
			return r, usagef("--%s says nothing to %s, which is a %s", name, r.Name, r.Kind.Word())
		case slices.Contains([]string{"0", "-0"}, flag.Value.String()):
			return r, usagef("--%s is 0, want more; leave it out for the usual way", name)
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

// checkFiles reports flags of data in files that stand beside data that are in none.
func checkFiles(c *cobra.Command, source string) error {
	if !slices.Contains(recipe.Sources(), source) {
		return nil
	}
	for _, name := range slices.Concat(ofData, ofTables) {
		if c.Flags().Changed(name) && name != "noise" && name != "swap" { // which any sounds, and any pairs, are given
			return usagef("--%s says how files are read, and %s is none: name one by --data", name, source)
		}
	}
	return nil
}

// checkRead reports such flags of predict where no text is in a file.
func checkRead(c *cobra.Command, k kind.Predictor, args []string) error {
	if _, ok := k.(kind.Listener); !ok || slices.ContainsFunc(args, isFileOfTexts) {
		return nil
	}
	for _, name := range ofInputs {
		if c.Flags().Changed(name) {
			return usagef("--%s says how files are read, and no input is one", name)
		}
	}
	return nil
}

// inputsOf are what a model answers to: the arguments, or for one of texts those in files that are named among them;
// and what is wrong with files that cannot be read.
func (a *app) inputsOf(k kind.Predictor, args []string) (inputs []string, bad []error, err error) {
	texts, ok := k.(kind.Listener)
	if !ok {
		return args, nil, nil
	}
	for _, arg := range args {
		switch {
		case strings.TrimSpace(arg) == "":
			return nil, nil, usagef("a text is empty, want one with words")
		case !isFileOfTexts(arg):
			inputs = append(inputs, arg)
			continue
		}
		list, err := texts.Texts(arg, a.stdin)
		switch {
		case exitCode(err) == exitUsage: // such as a column that the command line names
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
