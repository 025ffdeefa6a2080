// This file holds generate, which lets a model make something new.

package main

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// generateFlags are the flags of generate.
type generateFlags struct {
	weights, out, prompt string
	class                string
	walk                 bool
	n, topK              int
	temperature, topP    float64
	seed                 uint64
}

func (a *app) generateCommand() *cobra.Command {
	f := generateFlags{temperature: 1, topP: 1}
	c := &cobra.Command{Use: "generate MODEL", Short: "Let a model write text, or make pictures",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Let a model of language write text, character by character, or let a generator make pictures, as a grid
in a PNG file, or each in a file of its own, 0001.png and so on, in a folder. The same seed makes the same.

Text is shown as it comes. A temperature above 1 makes it bolder, and one below 1 more careful; at 0 each character is
the likeliest. --top-k lets only so many of the likeliest characters come into question, and --top-p of these the
fewest that together have such a share of the probability.

A model that is told a class makes pictures of each, in a row for each, or of the one that --class names. With --walk
the pictures of a row lie between two: their codes, or the noise that they are made of, are on a line from that of the
first to that of the last.

Without --weights a model that learns within a minute is trained first, on the data that are built in.`,
		Example: "  zoo generate charlstm --prompt 'It was' -n 300\n" +
			"  zoo generate gpt --weights book.safetensors --prompt 'It was' --temperature 0.8 --top-k 40 --seed 1\n" +
			"  zoo generate gan --weights gan.safetensors -o digits.png\n" +
			"  zoo generate dcgan --weights dcgan.safetensors -n 1000 -o digits/\n" +
			"  zoo generate cvae --weights cvae.safetensors --class 7 -o sevens.png",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			k, ok := r.Kind.(kind.Generator)
			if !ok {
				return cli.Usagef("%s is a %s, which makes nothing new: see zoo predict", r.Name, r.Kind.Word())
			}
			if most := k.Most(); f.n < 0 || f.n > most {
				return cli.Usagef("-n is %d, want 1 to %d, or 0 for the usual number", f.n, most)
			}
			if err := f.check(c, r, k.Makes()); err != nil {
				return err
			}
			if err := f.checkWishes(c, r); err != nil {
				return err
			}
			return a.generateWith(c, r, k, f)
		}}
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage)
	c.Flags().StringVar(&f.prompt, "prompt", "", "what the text, or each line, begins with")
	c.Flags().VarP(cli.Whole(&f.n), "number", "n",
		"characters, lines or pictures to make; 0 for 500, 20 or 64 of them, or ten of each class")
	c.Flags().StringVar(&f.class, "class", "", "class of the pictures, of models that are told one; each without it")
	c.Flags().BoolVar(&f.walk, "walk", false, "pictures of codes on a line, or of noise, a row for each line")
	c.Flags().Var(cli.Decimal(&f.temperature), "temperature",
		"what logits are divided by; 0 takes the likeliest character")
	c.Flags().Var(cli.Whole(&f.topK), "top-k", "how many of the likeliest characters are drawn from; 0 for all")
	c.Flags().Var(cli.Decimal(&f.topP), "top-p",
		"share of the probability that the likeliest characters are drawn from")
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of what is drawn at random")
	cli.OutputFlag(c, &f.out, "file for the text, or for the pictures (.png), or folder for each picture (DIR/)")
	a.JSONFlag(c)
	return c
}

// ofTexts are the flags that are for models of language alone.
var ofTexts = []string{"prompt", "temperature", "top-k", "top-p"}

// check reports flags that do not fit what the model makes.
func (f *generateFlags) check(c *cobra.Command, r recipe.Recipe, makes kind.Product) error {
	ext := strings.ToLower(filepath.Ext(f.out))
	if err := cli.CheckReplaced(f.out, f.weights); err != nil {
		return err
	}
	switch {
	case makes == kind.Texts && slices.Contains(noTexts, ext):
		return cli.Usagef("-o %s: what is made is text, which is not written as %s; name the file %s.txt", f.out, ext,
			f.out[:len(f.out)-len(ext)])
	case makes == kind.Texts:
		if err := f.checkSampling(); err != nil {
			return err
		}
		return cli.CheckOutput(c, f.out, int64(f.n))
	}
	for _, name := range ofTexts {
		if c.Flags().Changed(name) {
			return cli.Usagef("--%s is for models of language, and %s is a %s", name, r.Name, r.Kind.Word())
		}
	}
	if f.out == "" && !c.Flags().Changed("output") {
		return cli.Usagef("-o FILE.png is needed: %s makes pictures", r.Name)
	}
	return cli.CheckPictures(c, "output", "-o", f.out, kind.PictureNames)
}

// checkWishes reports flags that have nothing to say to the model.
func (f *generateFlags) checkWishes(c *cobra.Command, r recipe.Recipe) error {
	var wishes []string
	if k, ok := r.Kind.(kind.Asked); ok {
		wishes = k.Wishes()
	}
	for _, f := range [][2]string{{"class", "are told a class"}, {"walk", "make pictures"}} {
		if c.Flags().Changed(f[0]) && !slices.Contains(wishes, f[0]) {
			return cli.Usagef("--%s is for models that %s, and %s is a %s", f[0], f[1], r.Name, r.Kind.Word())
		}
	}
	return nil
}

// noTexts are the endings of files that hold something else than text.
var noTexts = []string{".png", ".jpg", ".jpeg", ".gif", ".pdf", ".wav", ".safetensors"}

// checkSampling reports numbers that make no sense.
func (f *generateFlags) checkSampling() error {
	switch {
	case !(f.temperature >= 0 && f.temperature <= math.MaxFloat64):
		return cli.Usagef("--temperature is %v, want a number from 0 up", f.temperature)
	case f.topK < 0:
		return cli.Usagef("--top-k is %d, want at least 1, or 0 for all", f.topK)
	case !(f.topP > 0 && f.topP <= 1):
		return cli.Usagef("--top-p is %v, want a share above 0 and up to 1", f.topP)
	}
	return nil
}

func (f *generateFlags) sampling() nn.Sampling {
	s := nn.Sampling{Temperature: f.temperature, TopK: f.topK, TopP: f.topP}
	if s.Temperature == 0 {
		s.Temperature = ops.Zero
	}
	return s
}

// generateWith generates with the weights that are named, or after a training.
func (a *app) generateWith(c *cobra.Command, r recipe.Recipe, k kind.Generator, f generateFlags) (err error) {
	var m *kind.Model
	if !c.Flags().Changed("weights") && r.Quick > 0 {
		if err := a.foretaste(c, r, k, f); err != nil {
			return err
		}
		if m, err = training.Learn(a.App, c, r); err != nil {
			return err
		}
	}
	text := &stream{to: a.Stdout, shows: !a.JSON && f.out == ""}
	err = a.Verb(c, func() (err error) {
		from := "what it has learnt"
		if m == nil {
			if m, err = cli.Load(r, f.weights); err != nil {
				return err
			}
			from = cli.Shown(f.weights)
		}
		a.Logf("%s: %s, seed %d", r.Name, from, f.seed)
		return a.generate(r, k, f, m, text)
	})
	text.end()
	return err
}

// foretaste lets a model that has learnt nothing begin, so that a prompt that it cannot read is told before it learns.
func (a *app) foretaste(c *cobra.Command, r recipe.Recipe, k kind.Generator, f generateFlags) error {
	return a.Verb(c, func() error {
		_, err := k.Generate(a.Ctx, r.New(r.Usual()), kind.Generate{Prompt: f.prompt, N: 1})
		return f.explain(err)
	})
}

func (a *app) generate(r recipe.Recipe, k kind.Generator, f generateFlags, m *kind.Model, text *stream) error {
	made, err := k.Generate(a.Ctx, m, kind.Generate{Prompt: f.prompt, N: f.n, Seed: f.seed, Class: f.class,
		Walk: f.walk, Sampling: f.sampling(), Piece: text.add,
		Log: func(format string, args ...any) { a.Logf(r.Name+": "+format, args...) }})
	if err != nil {
		return f.explain(err)
	}
	output := made.Text
	switch {
	case made.Picture != nil:
		err, output = a.writePictures(made.Picture, f.out), f.out
	case f.out != "":
		err, output = a.Write(func() error { return kind.WriteText(f.out, made.Text) }), f.out
	}
	switch {
	case err != nil:
		return err
	case a.JSON:
		return a.WriteJSON(struct {
			Model  string `json:"model"`
			Output string `json:"output"`
			Seed   uint64 `json:"seed"`
		}{r.Name, output, f.seed})
	case f.out != "":
		fmt.Fprintln(a.Stdout, cli.Shown(f.out))
	}
	return nil
}

// writePictures writes a grid into a file, or each picture of it into a folder.
func (a *app) writePictures(p *kind.Picture, path string) error {
	return a.Write(func() error {
		if cli.IsFolder(path) {
			return p.WriteEach(path)
		}
		return p.Write(path)
	})
}

// explain tells an error of the prompt as one of the command line.
func (f *generateFlags) explain(err error) error {
	var prompt kind.PromptError
	if errors.As(err, &prompt) {
		return cli.Usagef("--prompt %q: %v", cli.Cut(f.prompt, cli.NameBound), err)
	}
	var class kind.ClassError
	if errors.As(err, &class) {
		return cli.Usagef("--class %q: %v", cli.Shown(f.class), err)
	}
	return err
}

// A stream is a text that is shown as it comes, on lines of its own.
type stream struct {
	to    *cli.Sink
	shows bool

	mu    sync.Mutex
	ended bool // what comes after an interruption is not shown
	last  byte // what was shown last
}

func (s *stream) add(piece string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shows || s.ended {
		return nil
	}
	s.last = piece[len(piece)-1]
	_, err := s.to.Write([]byte(piece))
	return err
}

// end ends the line that was begun.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended = true; s.last != 0 && s.last != '\n' {
		fmt.Fprintln(s.to)
	}
}
