// This file holds generate, which lets a model make something new.

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/internal/recipe"
)

// generateFlags are the flags of generate.
type generateFlags struct {
	weights, out, prompt string
	n                    int
	seed                 uint64
}

func (a *app) generateCommand() *cobra.Command {
	var f generateFlags
	c := &cobra.Command{Use: "generate MODEL --weights FILE", Short: "Let a model write text, or make pictures",
		Args: oneModel, ValidArgsFunction: completeModels,
		Long: `Let a model of language write text, character by character, or let a generator make pictures, as a grid in a PNG
file. The same seed makes the same.`,
		Example: "  zoo generate charlstm --weights book.safetensors --prompt 'It was' -n 300\n" +
			"  zoo generate gan --weights gan.safetensors -o digits.png",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := find(args[0])
			if err != nil {
				return err
			}
			k, ok := r.Kind.(recipe.Generator)
			if !ok {
				return usagef("%s is a %s, which makes nothing new: see zoo predict", r.Name, r.Kind.Word())
			}
			if most := k.Most(); f.n < 0 || f.n > most {
				return usagef("-n is %d, want 1 to %d, or 0 for the usual number", f.n, most)
			}
			if err := f.check(c, r, k.Makes()); err != nil {
				return err
			}
			return a.verb(c, func() error { return a.generate(r, k, f) })
		}}
	c.Flags().StringVar(&f.weights, "weights", "", "file of weights (.safetensors)")
	c.Flags().StringVar(&f.prompt, "prompt", "", "what the text begins with")
	c.Flags().VarP(whole{&f.n}, "number", "n", "characters or pictures to make; 0 for the usual number")
	c.Flags().Var(seed{&f.seed}, "seed", "seed of what is drawn at random")
	outputFlag(c, &f.out, "file for the text, or for the pictures (.png)")
	a.jsonFlag(c)
	return c
}

// check reports flags that do not fit what the model makes.
func (f *generateFlags) check(c *cobra.Command, r recipe.Recipe, makes recipe.Product) error {
	ext := strings.ToLower(filepath.Ext(f.out))
	if err := checkReplaced(f.out, f.weights); err != nil {
		return err
	}
	switch {
	case makes == recipe.Texts && slices.Contains(noTexts, ext):
		return usagef("-o %s: what is made is text, which is not written as %s; name the file %s.txt", f.out, ext,
			f.out[:len(f.out)-len(ext)])
	case makes == recipe.Texts:
		return checkOutput(c, f.out, int64(f.n))
	case c.Flags().Changed("prompt"):
		return usagef("--prompt is for models of language, and %s is a %s", r.Name, r.Kind.Word())
	case f.out == "" && !c.Flags().Changed("output"):
		return usagef("-o FILE.png is needed: %s makes pictures", r.Name)
	}
	return checkPicture(c, f.out)
}

// noTexts are the endings of files that hold something else than text.
var noTexts = []string{".png", ".jpg", ".jpeg", ".gif", ".pdf", ".wav", ".safetensors"}

func (a *app) generate(r recipe.Recipe, k recipe.Generator, f generateFlags) error {
	m, err := load(r, f.weights)
	if err != nil {
		return err
	}
	a.logf("%s: %s, seed %d", r.Name, shown(f.weights), f.seed)
	made, err := k.Generate(a.ctx, m, recipe.Generate{Prompt: f.prompt, N: f.n, Seed: f.seed})
	var prompt recipe.PromptError
	switch {
	case errors.As(err, &prompt):
		return usagef("--prompt %q: %v", shown(f.prompt), err)
	case err != nil:
		return err
	}
	output := made.Text
	switch {
	case made.Picture != nil:
		err, output = a.writePicture(r, made.Picture, f.out), f.out
	case f.out != "":
		err, output = a.write(func() error { return recipe.WriteText(f.out, made.Text) }), f.out
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(struct {
			Model  string `json:"model"`
			Output string `json:"output"`
			Seed   uint64 `json:"seed"`
		}{r.Name, output, f.seed})
	}
	if output == f.out && f.out != "" {
		output = shown(f.out)
	}
	fmt.Fprintln(a.stdout, strings.TrimSuffix(output, "\n"))
	return nil
}
