// This file holds explain.

package main

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	weights, out string
	asked        kind.Explain
	reading      kind.Reading
}

// mostSmooth is more copies than a map gains by.
const mostSmooth = 1000

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{Use: "explain MODEL --weights FILE INPUT...", Short: "Show what a model's answers rest on",
		ValidArgsFunction: completeExplained,
		Long: `Show what the answers of a model rest on, as a picture (.png).

Of a picture it is, beside the picture as the model sees it: saliency, how much each pixel moves the logit of the class
(Simonyan et al. 2014); and of a model with convolutions Grad-CAM, where its last feature maps speak for the class
(Selvaraju et al. 2017). With --smooth the saliency is of the mean gradient of so many copies with noise (SmoothGrad).

Of a text it is what each word has moved: gradient times input, above 0 for the class and below 0 against it; and of a
model with attention which share each word has of what the answer is made of, by attention rollout (Abnar and Zuidema
2020). A model of language answers with what comes next, and one of masked words with the word for a [MASK].

What is explained is the answer, or the --class that is named. Weights of a model that has learnt nothing show what is
of the input alone: zoo train MODEL --lr 1e-12 --steps 1 -o random.safetensors makes some. See docs/explain.md, and for
feature maps zoo draw --features.`,
		Example: "  zoo explain lenet5 --weights lenet5.safetensors docs/seven.png -o why.png\n" +
			"  zoo explain lenet5 --weights lenet5.safetensors docs/seven.png --class 2 --smooth 50 -o why-2.png\n" +
			"  zoo explain sentiment --weights sentiment.safetensors 'the plot is not dull' -o words.png",
		Args: func(_ *cobra.Command, args []string) error {
			return modelAndInputs("explain", "models that it explains", recipe.Explaining, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if r, err = cli.Reading(c, r, f.reading); err != nil {
				return err
			}
			if err := a.checkExplain(c, r, &f, args[1:]); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.explain(r, f, args[1:]) })
		}}
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage)
	c.Flags().StringVar(&f.asked.Class, "class", "", "the class to explain, by name or number; the answer without it")
	c.Flags().StringVar(&f.asked.Layer, "layer", "",
		"the layer whose feature maps Grad-CAM is of; the last one without it")
	c.Flags().Var(cli.Whole(&f.asked.Smooth), "smooth",
		"noisy copies whose mean gradient the saliency is of; 0 for none")
	c.Flags().Var(cli.Seed(&f.asked.Seed), "seed", "seed of the noise")
	cli.ReadingFlags(c, &f.reading, []string{"encoding", "text"})
	cli.OutputFlag(c, &f.out, "file for the picture (.png)")
	a.JSONFlag(c)
	return c
}

// completeExplained offers the models that are explained to the shell, and then files.
func completeExplained(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return recipe.Explaining(), cobra.ShellCompDirectiveNoFileComp
}

// checkExplain reports a model whose answers are not explained, flags that say nothing to it, and a file that
// cannot be written.
func (a *app) checkExplain(c *cobra.Command, r recipe.Recipe, f *explainFlags, inputs []string) error {
	if _, ok := r.Kind.(kind.Explainer); !ok {
		return cli.Usagef("%s is a %s, whose answers are not explained; those of these are: %s", r.Name, r.Kind.Word(),
			cli.Joined(recipe.Explaining()))
	}
	ofPictures := r.Kind.Data() == "images"
	for _, name := range []string{"layer", "smooth"} {
		if c.Flags().Changed(name) && !ofPictures {
			return cli.Usagef("--%s is for models of pictures, and %s is a %s", name, r.Name, r.Kind.Word())
		}
	}
	switch {
	case c.Flags().Changed("layer") && !r.Convolves():
		return cli.Usagef("--layer is for models with feature maps, and %s has no convolution", r.Name)
	case f.asked.Smooth < 0 || f.asked.Smooth > mostSmooth:
		return cli.Usagef("--smooth is %d, want 1 to %d, or 0 for none", f.asked.Smooth, mostSmooth)
	case c.Flags().Changed("seed") && f.asked.Smooth == 0:
		return cli.Usagef("--seed is of the noise of --smooth: say how many copies")
	case f.weights == "":
		return cli.Usagef("--weights FILE is needed: a file that zoo train %s -o FILE has written", r.Name)
	case f.out == "" && !c.Flags().Changed("output") && !a.JSON:
		return cli.Usagef("-o FILE.png is needed: what an answer rests on is drawn as a picture; or --json")
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".png" {
		return cli.Usagef("-o %s: unknown kind of picture %q; known is .png", f.out, ext)
	}
	if k, ok := r.Kind.(kind.Predictor); ok {
		if err := cli.CheckRead(c, k, inputs); err != nil {
			return err
		}
	}
	if err := cli.CheckReplaced(f.out, append(slices.Clone(inputs), f.weights)...); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

// explained is the JSON of explain.
type explained struct {
	Model   string          `json:"model"`
	Smooth  int             `json:"smooth,omitempty"`
	Seed    uint64          `json:"seed"`
	Output  string          `json:"output,omitempty"`
	Answers []explainedText `json:"answers"`
}

// explainedText is what is told of one input, a text or a picture.
type explainedText struct {
	Input       string            `json:"input"`
	Prediction  string            `json:"prediction"`
	Class       string            `json:"class"`       // that is explained
	Probability cli.Figure        `json:"probability"` // of it
	Note        string            `json:"note,omitempty"`
	Picture     *explainedPicture `json:"picture,omitempty"`
	Words       []explainedWord   `json:"words,omitempty"`
}

// explainedPicture is the size of a picture, and what the maps of it add up to.
type explainedPicture struct {
	Height   int         `json:"height"`
	Width    int         `json:"width"`
	Saliency cli.Figure  `json:"saliency"`
	GradCAM  *cli.Figure `json:"grad_cam,omitempty"` // none without feature maps
	Layer    string      `json:"layer,omitempty"`    // that these are of
	Maps     graph.Shape `json:"maps,omitempty"`     // (K, h, w)
}

// explainedWord is a word with its share of what the answer is made of, and what it has moved.
type explainedWord struct {
	Word   string      `json:"word"`
	Share  *cli.Figure `json:"share,omitempty"` // none without attention
	Weight cli.Figure  `json:"weight"`
}

func (a *app) explain(r recipe.Recipe, f explainFlags, args []string) error {
	m, err := cli.Load(r, f.weights)
	if err != nil {
		return err
	}
	if f.asked.Smooth > 0 {
		a.Logf("%s: %s, seed %d", r.Name, cli.Counted(f.asked.Smooth, "noisy picture"), f.asked.Seed)
	}
	inputs, bad, err := a.inputsToExplain(r, args)
	if err != nil {
		return err
	}
	var all []kind.Explanation
	for _, input := range inputs {
		e, err := r.Kind.(kind.Explainer).Explain(m, input, f.asked)
		switch code := cli.ExitCode(f.mistake(input, args, err)); {
		case err == nil:
			all = append(all, e)
		case code == cli.ExitDamaged || code == cli.ExitMissing:
			bad = append(bad, err)
		default:
			return f.mistake(input, args, err)
		}
	}
	if len(all) == 0 {
		return a.reportAll(bad)
	}
	if err := a.drawEvidence(r, f, all); err != nil {
		return err
	}
	if err := a.showExplained(r, f, all); err != nil {
		return err
	}
	return a.reportAll(bad)
}

// inputsToExplain are the arguments or, of a model of texts, those in files that are named among them.
func (a *app) inputsToExplain(r recipe.Recipe, args []string) (inputs []string, bad []error, err error) {
	if k, ok := r.Kind.(kind.Predictor); ok {
		return a.InputsOf(k, args)
	}
	if slices.ContainsFunc(args, func(arg string) bool { return strings.TrimSpace(arg) == "" }) {
		return nil, nil, cli.Usagef("a text is empty, want one with characters")
	}
	return args, nil, nil
}

// mistake tells an error of what the command line says as one of it.
func (f *explainFlags) mistake(input string, args []string, err error) error {
	var class kind.ClassError
	var layer kind.LayerError
	var prompt kind.PromptError
	var unread kind.InputError
	switch {
	case errors.As(err, &class):
		return cli.Usagef("--class %q: %v", cli.Shown(f.asked.Class), err)
	case errors.As(err, &layer):
		return cli.Usagef("--layer: %v", err)
	case errors.As(err, &prompt):
		return cli.Usagef("%q: %v", cli.Cut(input, cli.NameBound), err)
	case errors.As(err, &unread) && len(args) == 1 && args[0] == input:
		return cli.UsageError(err)
	}
	return err
}

// drawEvidence draws what the answers rest on, if a file is named.
func (a *app) drawEvidence(r recipe.Recipe, f explainFlags, all []kind.Explanation) error {
	if f.out == "" {
		return nil
	}
	var list []viz.Evidence
	for _, e := range all {
		list = append(list, evidenceOf(e, f.asked.Smooth))
	}
	opt := viz.EvidenceOptions{Title: r.Title + " · what its answers rest on"}
	if len(all) == 1 {
		opt.Title = r.Title + " · what its answer rests on"
	}
	return a.Write(func() error { return viz.WriteEvidence(f.out, list, opt) })
}

// evidenceOf is an explanation as it is drawn.
func evidenceOf(e kind.Explanation, smooth int) viz.Evidence {
	out := viz.Evidence{Title: fmt.Sprintf("%s (%s)", symbolic(e.Of.Prediction),
		percent(cli.Figure(e.Of.Probability)))}
	if e.Of != e.Answer {
		out.Note = fmt.Sprintf("the answer is %s (%s)", symbolic(e.Answer.Prediction),
			percent(cli.Figure(e.Answer.Probability)))
	}
	if e.Picture.Planes == 0 {
		out.Title = fmt.Sprintf("%q: %s", cli.Cut(e.Input, cli.InputBound), out.Title)
		out.Texts = textsOf(e)
		return out
	}
	out.Title = fileOf(e.Input) + ": " + out.Title
	out.Cells = cellsOf(e, smooth)
	return out
}

// fileOf is the name of a file in its folder, by which pictures of several folders are told apart.
func fileOf(path string) string {
	if folder := filepath.Base(filepath.Dir(path)); folder != "." && folder != string(filepath.Separator) {
		return cli.Shown(filepath.Join(folder, filepath.Base(path)))
	}
	return cli.Shown(filepath.Base(path))
}

// cellsOf are the picture and its maps.
func cellsOf(e kind.Explanation, smooth int) []viz.Cell {
	seen := e.Picture
	seen.Title = "the picture"
	of := "of " + cli.Cut(e.Of.Prediction, 16)
	saliency := viz.Tile{Title: "saliency " + of, Planes: 1, Height: seen.Height, Width: seen.Width,
		Values: e.Saliency}
	note := "|∂ logit/∂ pixel|"
	if smooth > 0 {
		note = fmt.Sprintf("mean of %d with noise", smooth)
	}
	cells := []viz.Cell{
		{Tile: seen, Note: fmt.Sprintf("as the model sees it, %d×%d", seen.Height, seen.Width)},
		{Tile: saliency, Note: fmt.Sprintf("%s, up to %.3g", note, slices.Max(e.Saliency))},
	}
	if e.CAM == nil {
		return cells
	}
	seen.Title = "Grad-CAM " + of
	over := viz.Tile{Planes: 1, Height: seen.Height, Width: seen.Width, Values: e.CAM.Map.F32}
	s := e.CAM.Maps
	return append(cells, viz.Cell{Tile: seen, Over: &over,
		Note: fmt.Sprintf("%s, %d maps of %d×%d", e.CAM.Layer, s[0], s[1], s[2])})
}

// textsOf are the words of a text by what they have of the answer.
func textsOf(e kind.Explanation) (texts []viz.Shaded) {
	shares := viz.Shaded{Title: "attention rollout: the share of each, in hundredths"}
	moved := viz.Shaded{Title: "gradient × input: blue speaks for " + symbolic(e.Of.Prediction) + ", red against it"}
	for _, w := range e.Words {
		shares.Words, moved.Words = append(shares.Words, w.Word), append(moved.Words, w.Word)
		shares.Values, moved.Values = append(shares.Values, float32(w.Share)), append(moved.Values, float32(w.Weight))
		shares.Below = append(shares.Below, fmt.Sprintf("%.0f", 100*w.Share))
		moved.Below = append(moved.Below, signed(w.Weight))
	}
	if e.Looks {
		texts = append(texts, shares)
	}
	return append(texts, moved)
}

// signed writes "+0.31", and "0" of what would be written as 0.00.
func signed(v float64) string {
	if math.Abs(v) < .005 {
		return "0"
	}
	return fmt.Sprintf("%+.2f", v)
}

// symbolic is a class as one sees it, a space as ␣.
func symbolic(class string) string {
	return strings.NewReplacer(" ", "␣", "\n", "␊").Replace(cli.Cut(class, cli.InputBound))
}

func (a *app) showExplained(r recipe.Recipe, f explainFlags, all []kind.Explanation) error {
	out := explained{Model: r.Name, Smooth: f.asked.Smooth, Seed: f.asked.Seed, Output: f.out}
	for _, e := range all {
		if e.Note != "" {
			a.Logf("%s: %q: %s", r.Name, cli.Cut(e.Input, cli.InputBound), e.Note)
		}
		one := explainedOf(e)
		out.Answers = append(out.Answers, one)
		if a.JSON {
			continue
		}
		fmt.Fprintf(a.Stdout, "%s: %s (%s)", cli.Shown(e.Input), symbolic(one.Class), percent(one.Probability))
		if e.Of != e.Answer {
			fmt.Fprintf(a.Stdout, ", where the answer is %s (%s)", symbolic(one.Prediction),
				percent(cli.Figure(e.Answer.Probability)))
		}
		fmt.Fprintln(a.Stdout, strongest(movedBy(one.Words)))
	}
	if a.JSON {
		return a.WriteJSON(out)
	}
	fmt.Fprintf(a.Stdout, "drawn in %s\n", cli.Shown(f.out))
	return nil
}

func movedBy(words []explainedWord) (all []word) {
	for _, w := range words {
		all = append(all, word{w.Word, w.Weight})
	}
	return all
}

func explainedOf(e kind.Explanation) explainedText {
	one := explainedText{Input: e.Input, Prediction: e.Answer.Prediction, Class: e.Of.Prediction,
		Probability: cli.Figure(e.Of.Probability), Note: e.Note}
	if e.Picture.Planes > 0 {
		one.Picture = &explainedPicture{Height: e.Picture.Height, Width: e.Picture.Width, Saliency: sumOf(e.Saliency)}
		if e.CAM != nil {
			sum := sumOf(e.CAM.Map.F32)
			one.Picture.GradCAM, one.Picture.Layer, one.Picture.Maps = &sum, e.CAM.Layer, e.CAM.Maps
		}
	}
	for _, w := range e.Words {
		said := explainedWord{Word: w.Word, Weight: cli.Figure(w.Weight)}
		if e.Looks {
			share := cli.Figure(w.Share)
			said.Share = &share
		}
		one.Words = append(one.Words, said)
	}
	return one
}

func sumOf(values []float32) cli.Figure {
	sum := 0.
	for _, v := range values {
		sum += float64(v)
	}
	return cli.Figure(sum)
}
