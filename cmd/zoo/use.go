// This file holds summary, eval and predict.

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

func (a *app) summaryCommand() *cobra.Command {
	c := &cobra.Command{Use: "summary MODEL", Short: "Print the layers of a model with shapes and parameters", Args: oneModel, ValidArgsFunction: completeModels,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			return a.verb(c, func() error { return a.summary(e) })
		}}
	a.jsonFlag(c)
	return c
}

func (a *app) summary(e entry) error {
	s, err := nn.Summarize(e.build(), append([]int{1}, e.input...)...)
	if err != nil {
		return err
	}
	if !a.json {
		_, err := s.WriteTo(a.stdout)
		return err
	}
	type layer struct {
		Path       string      `json:"path"`
		Layer      string      `json:"layer"`
		Output     graph.Shape `json:"output"`
		Parameters int         `json:"parameters"`
		MACs       int64       `json:"multiply_adds"`
	}
	out := struct {
		Model      string  `json:"model"`
		Parameters int     `json:"parameters"`
		MACs       int64   `json:"multiply_adds"`
		Layers     []layer `json:"layers"`
	}{Model: e.name, Parameters: s.Parameters, MACs: s.MultiplyAdds}
	for _, r := range s.Rows {
		out.Layers = append(out.Layers, layer{r.Path, r.Layer, r.Output, r.Parameters, r.MultiplyAdds})
	}
	return a.writeJSON(out)
}

func (a *app) evalCommand() *cobra.Command {
	var weights, source string
	c := &cobra.Command{Use: "eval MODEL --weights FILE", Short: "Evaluate saved weights on the held-out part of the data", Args: oneModel, ValidArgsFunction: completeModels,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			if !c.Flags().Changed("data") {
				source = e.data
			}
			return a.verb(c, func() error { return a.eval(e, weights, source) })
		}}
	c.Flags().StringVar(&weights, "weights", "", "file of weights (.safetensors)")
	c.Flags().StringVar(&source, "data", "", "data: digits, mnist, or a folder with IDX files")
	a.jsonFlag(c)
	return c
}

// load builds the model and reads its weights.
func (e entry) load(weights string) (nn.Model, error) {
	if weights == "" {
		return nil, usagef("--weights FILE is needed: a file that zoo train %s -o FILE has written", e.name)
	}
	m := e.build()
	if err := m.Params().Load(weights); err != nil {
		return nil, err
	}
	return m, finite(m, weights)
}

// finite reports the first weight that is not a finite number: what comes of it is no answer.
func finite(m nn.Model, weights string) error {
	for p := range m.Params().All() {
		t := p.Tensor()
		for i := range t.Shape.Size() {
			if v := t.At(i); math.IsNaN(v) || math.IsInf(v, 0) {
				return damagef("%s: tensor %q is not finite: element %v of shape %v is %v", weights, p.Name(),
					place(i, t.Shape), t.Shape, v)
			}
		}
	}
	return nil
}

// place is where element i stands in a tensor.
func place(i int, shape graph.Shape) graph.Shape {
	at := make(graph.Shape, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = i % shape[axis]
		i /= shape[axis]
	}
	return at
}

// evaluated is the JSON of an evaluation.
type evaluated struct {
	Model     string            `json:"model"`
	Data      string            `json:"data"`
	Loss      figure            `json:"test_loss"`
	Metric    map[string]figure `json:"metric"`
	NotFinite []string          `json:"not_finite,omitempty"`
}

func (a *app) eval(e entry, weights, source string) error {
	model, err := e.load(weights)
	if err != nil {
		return err
	}
	set, err := a.open(source)
	if err != nil {
		return err
	}
	if err := fits(e, set); err != nil {
		return err
	}
	s, err := train.NewEvaluator(train.Supervised(model, ops.CrossEntropy), train.Accuracy()).Evaluate(data.Pairs(set.Test.InOrder(250)))
	if err != nil {
		return err
	}
	if a.json {
		out := evaluated{Model: e.name, Data: source, Loss: figure(s.Loss), Metric: figures(s.Metrics)}
		out.NotFinite = notFinite(out)
		return a.writeJSON(out)
	}
	fmt.Fprintf(a.stdout, "%s on %s, %s examples: test loss %.4f", e.name, shown(source), thousands(s.Rows), s.Loss)
	for _, name := range sortedKeys(s.Metrics) {
		fmt.Fprintf(a.stdout, ", %s %.4f", name, s.Metrics[name])
	}
	fmt.Fprintln(a.stdout)
	return nil
}

func (a *app) predictCommand() *cobra.Command {
	var weights string
	c := &cobra.Command{Use: "predict MODEL --weights FILE INPUT...", Short: "Predict the class of pictures (PNG, JPEG)", ValidArgsFunction: completeModels,
		Long: `Predict the class of pictures (PNG, JPEG) of one digit each, drawn or photographed, dark on light or
light on dark.

The drawing is looked for in the picture, fitted and centred as the training data are. A picture in which
nothing is seen is an error, and an answer that is more likely wrong than right is called uncertain. A side
has at most 32,768 pixels, and a picture takes at most 64 MiB of memory, or 4 times its file.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("predict takes a model and at least one picture; known models are %s", joined(names()))
			}
			_, err := find(args[0])
			return err
		},
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			return a.verb(c, func() error { return a.predict(e, weights, args[1:]) })
		}}
	c.Flags().StringVar(&weights, "weights", "", "file of weights (.safetensors)")
	a.jsonFlag(c)
	return c
}

// predicted is the JSON of one prediction.
type predicted struct {
	Input       string   `json:"input"`
	Prediction  string   `json:"prediction"`
	Probability figure   `json:"probability"`
	Uncertain   bool     `json:"uncertain,omitempty"`
	NotFinite   []string `json:"not_finite,omitempty"`
}

// certain is the least probability of an answer that is not called uncertain: that it is right rather than wrong.
const certain = .5

func (a *app) predict(e entry, weights string, files []string) error {
	model, err := e.load(weights)
	if err != nil {
		return err
	}
	x := graph.NewTensor(graph.Type{Shape: append(graph.Shape{len(files)}, e.input...)})
	for i, f := range files {
		img, err := data.ReadImage(f, e.input[1], e.input[2])
		if err != nil {
			return err
		}
		if slices.Max(img.F32) == 0 {
			return damagef("%s: nothing is seen in it: no drawing stands out from its ground", f)
		}
		copy(x.Rows(i, i+1).F32, img.F32)
	}
	logits, err := nn.NewPredictor(model).Predict(x)
	if err != nil {
		return err
	}
	var all []predicted
	for i, f := range files {
		class, p := mostLikely(logits.Rows(i, i+1).F32)
		one := predicted{Input: f, Prediction: fmt.Sprint(class), Probability: figure(p), Uncertain: !(p >= certain)}
		one.NotFinite = notFinite(one)
		all = append(all, one)
	}
	if a.json {
		return a.writeJSON(all)
	}
	for _, p := range all {
		doubt := ""
		if p.Uncertain {
			doubt = ", uncertain"
		}
		fmt.Fprintf(a.stdout, "%s: %s (%.1f %%%s)\n", shown(p.Input), p.Prediction, 100*p.Probability, doubt)
	}
	return nil
}

// mostLikely is the class with the largest logit and its softmax.
func mostLikely(logits []float32) (class int, p float64) {
	for k, v := range logits {
		if v > logits[class] {
			class = k
		}
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[class]))
	}
	return class, 1 / sum
}
