// This file holds augment --through and --back, which say texts anew by way of another language.

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// anewFlags are the weights of two translators, there and back, and how boldly they choose their words.
type anewFlags struct {
	through, back string
	temperature   float64
}

const anewHelp = `With --through and --back texts are said anew by way of another language: the first weights translate
them, and the second ones translate back, each word drawn by the probabilities that the model gives (Sennrich et al.
2016; Edunov et al. 2018). Both are of a model of pairs: zoo train translate -o en-de.safetensors, and the same with
--swap -o de-en.safetensors. Texts of which a translator knows no word are left out.`

func (f *anewFlags) flags(c *cobra.Command) {
	f.temperature = 1
	c.Flags().StringVar(&f.through, "through", "", "weights of a translator into another language (FILE)")
	c.Flags().StringVar(&f.back, "back", "", "weights of a translator from there back (FILE)")
	c.Flags().Var(cli.Decimal(&f.temperature), "temperature",
		"with --through: how bold the translators are, above 0; 0 for the likeliest words")
	c.Flags().Lookup("temperature").DefValue = "1"
}

// given reports that one of the flags is.
func (f *anewFlags) given(c *cobra.Command) bool {
	return c.Flags().Changed("through") || c.Flags().Changed("back") || c.Flags().Changed("temperature")
}

// sampling is how words are drawn.
func (f *anewFlags) sampling() nn.Sampling {
	if f.temperature == 0 {
		return nn.Sampling{Temperature: ops.Zero}
	}
	return nn.Sampling{Temperature: f.temperature}
}

// checkAnew reports flags that make no sense, and fills in what the command line leaves open.
func (f *augmentFlags) checkAnew(c *cobra.Command) error {
	switch {
	case f.through == "" || f.back == "":
		return cli.Usagef(
			"--through FILE and --back FILE go together: weights that translate texts, and others that " +
				"translate back")
	case c.Flags().Changed("view"):
		return cli.Usagef("--view and --through exclude each other: words are moved about, or said anew")
	case !(f.temperature >= 0) || f.sampling().Check() != nil:
		return cli.Usagef("--temperature is %v, want a number above 0, or 0 for the likeliest words", f.temperature)
	}
	f.view = ""
	if !c.Flags().Changed("data") {
		f.source = "phrases"
	}
	return nil
}

// openTranslator reads the weights of a translator that a flag names.
func openTranslator(flag, path string) (*kinds.Translator, error) {
	if err := cli.CheckNoFolder(path); err != nil {
		return nil, cli.ReadBy(flag, err)
	}
	t, err := recipe.OpenTranslator(path)
	return t, cli.ReadBy(flag, err)
}

func (a *app) sayAnew(f augmentFlags) error {
	through, err := openTranslator("--through ", f.through)
	if err != nil {
		return err
	}
	back, err := openTranslator("--back ", f.back)
	if err != nil {
		return err
	}
	by, err := kinds.BackTranslation(a.Ctx, through, back, f.sampling())
	if err != nil {
		return cli.Usagef("--back %s: %w", f.back, err)
	}
	texts, err := kinds.SourcesOf(a.Ctx, f.source, a.Logf)
	if err != nil {
		return f.unread(err)
	}
	a.Logf("%s: %s, seed %d: through %s, back %s", cli.Shown(f.source), cli.Plural(cli.Thousands(len(texts)), "text"),
		f.seed, cli.Shown(f.through), cli.Shown(f.back))
	all, unknown, err := kinds.SaidAnew(texts, by, f.lines, f.views, f.seed)
	switch {
	case errors.As(err, new(kind.InputError)):
		return fmt.Errorf("--data %s: %w", f.source, err)
	case err != nil:
		return err
	case unknown > 0:
		a.Logf("left out %s of which a translator knows no word", cli.Plural(cli.Thousands(unknown), "text"))
	}
	temperature := cli.Figure(f.temperature)
	return a.showReworded(reworded{Data: f.source, Seed: f.seed, Texts: all, Output: f.out, Through: f.through,
		Back: f.back, Temperature: &temperature})
}
