// This file holds draw and tape, which show the graph of a model.

package drawing

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz"
)

// drawFlags are the flags of draw.
type drawFlags struct {
	out            string
	depth, batch   int
	backward, eval bool
	values         bool
	lang           string

	size kind.Size

	attention     bool
	weights, text string
	focus         kind.Focus

	filters         bool
	features, layer string

	codes  bool
	source string
}

// DrawCommand is the verb draw.
func (a Verbs) DrawCommand() *cobra.Command {
	var f drawFlags
	c := &cobra.Command{Use: "draw MODEL", Short: "Draw the graph of a model as SVG or DOT", Args: cli.OneModel,
		ValidArgsFunction: cli.CompleteModels,
		Long: `Draw the graph of a model: its layers from top to bottom, with the shapes of all values, and with
--backward the gradients beside them. The file name decides: .svg or .dot. Without -o the DOT text goes to
standard output.

Layers are drawn closed as far as the picture then fits a slide; --depth opens that many levels of them.

With --values it is the first training step of some examples, with its numbers in the boxes: few as they are,
more as a small picture with their range and mean, gradients beside the values that they are of. --lang zh
writes the headings, the legend and the notes in Chinese.

With --attention it is how the model looks at a text: for each head of each layer a matrix of weights, a row for each
symbol that looks and a column for each that it looks at, as .svg or .png. --layer and --head show those of one layer
or head alone, --mean the mean of the heads of each layer. Layers of a kind are counted from 1.

With --filters it is what a convolution looks for, its kernels, and with --features what it sees in a picture, its
feature maps, as .png: of the first convolution, or what a --layer gives in the end.

With --map it is where the pictures of the test part lie, by the codes that the model has of them, a point for each in
the colour of its class, as .svg or .png. Codes of more than two numbers are seen in the plane in which they differ
most.`,
		Example: "  zoo draw lenet5 --backward -o lenet5.svg\n" +
			"  zoo draw mlp --width 8 --backward --values -o values.svg\n" +
			"  zoo draw lenet5 --backward --values --lang zh --weights lenet5.safetensors -o lenet5.svg\n" +
			"  zoo draw lenet5 | dot -Tpdf -o lenet5.pdf\n" +
			"  zoo draw gpt --attention --weights gpt.safetensors --text 'the miller went' -o look.png\n" +
			"  zoo draw translate --attention --weights translate.safetensors --layer 3 --mean -o look.svg\n" +
			"  zoo draw lenet5 --filters --weights lenet5.safetensors -o kernels.png\n" +
			"  zoo draw lenet5 --features digit.png --layer conv2 --weights lenet5.safetensors -o maps.png\n" +
			"  zoo draw vae --map --weights vae.safetensors -o map.png",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Sized(args[0], f.size)
			if err != nil {
				return err
			}
			if err := checkLang(f.lang); err != nil {
				return err
			}
			if f.attention {
				if err := a.checkAttention(c, r, &f); err != nil {
					return err
				}
				return a.Verb(c, func() error { return a.drawAttention(r, f) })
			}
			if f.codes {
				if err := a.checkMap(c, r, &f); err != nil {
					return err
				}
				return a.Verb(c, func() error { return a.drawMap(r, f) })
			}
			if f.planes(c) {
				if err := a.checkPlanes(c, r, &f); err != nil {
					return err
				}
				return a.Verb(c, func() error { return a.drawPlanes(r, f) })
			}
			if err := a.checkDraw(c, r, &f); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.draw(r, f) })
		}}
	cli.OutputFlag(c, &f.out,
		"file: .svg or .dot, of attention or a map .svg or .png, of planes .png; DOT on standard output without it")
	c.Flags().Var(cli.Whole(&f.depth), "depth", "levels of layers to open; 0 to fit a slide, -1 down to single ops")
	c.Flags().Var(cli.Whole(&f.batch), "batch", "examples a batch, for the shapes; 4 with --values without it")
	c.Flags().BoolVar(&f.backward, "backward", false, "draw the gradients too")
	c.Flags().BoolVar(&f.eval, "eval", false, "draw the graph for evaluation: no dropout, running statistics")
	c.Flags().BoolVar(&f.values, "values", false, "write the values of a training step into the boxes")
	langFlag(c, &f.lang)
	cli.SideFlags(c, &f.size)
	c.Flags().BoolVar(&f.attention, "attention", false, "draw how the model looks at a text")
	c.Flags().BoolVar(&f.codes, "map", false, "draw where pictures lie by their codes")
	cli.DataFlag(c, &f.source)
	c.Flags().Lookup("data").Usage = "with --map and --values: " + c.Flags().Lookup("data").Usage
	c.Flags().StringVar(&f.weights, "weights", "",
		"with --attention, --filters, --features, --map and --values: "+cli.WeightsUsage)
	c.Flags().StringVar(&f.text, "text", "", "with --attention: the text; an example of the model's own without it")
	c.Flags().Var(cli.Whole(&f.focus.Head), "head", "with --attention: the number of a head; all without it")
	c.Flags().BoolVar(&f.focus.Mean, "mean", false, "with --attention: the mean of the heads of each layer")
	c.Flags().BoolVar(&f.filters, "filters", false, "draw the kernels of a convolution")
	c.Flags().StringVar(&f.features, "features", "", "draw the feature maps of this picture (PNG, JPEG)")
	c.Flags().StringVar(&f.layer, "layer", "", "with --attention: the number of a layer, all without it; with "+
		"--filters and --features: its name, the first convolution without it")
	a.JSONFlag(c)
	return c
}

// checkOut reports a file that is no picture of these kinds, that is one of those which are read, or that cannot be
// written.
func (f *drawFlags) checkOut(c *cobra.Command, kinds []string, read ...string) error {
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && !slices.Contains(kinds, ext) {
		are := "is"
		if len(kinds) > 1 {
			are = "are"
		}
		return cli.Usagef("-o %s: unknown kind of picture %q; known %s %s", f.out, ext, are,
			strings.Join(kinds, " and "))
	}
	if err := cli.CheckReplaced(f.out, read...); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

// model is the row's, with the weights of a file if one is given.
func (f *drawFlags) model(r recipe.Recipe) (*kind.Model, error) {
	if f.weights == "" {
		return r.New(r.Usual()), nil
	}
	m, err := cli.Load(r, f.weights)
	if err != nil {
		return nil, err
	}
	return m, cli.CheckSize(r, f.size, m.Form)
}

// checkDraw reports values that make no sense, and a file that cannot be written.
func (a Verbs) checkDraw(c *cobra.Command, r recipe.Recipe, f *drawFlags) error {
	for _, only := range [][2]string{{"text", "--attention"}, {"layer", "--attention, --filters and --features"},
		{"head", "--attention"}, {"mean", "--attention"}} {
		if c.Flags().Changed(only[0]) {
			return cli.Usagef("--%s is for %s: a drawing of the graph depends on no values", only[0], only[1])
		}
	}
	if err := f.checkValues(c, r); err != nil {
		return err
	}
	if err := cli.CheckReplaced(f.out, f.weights, f.source); err != nil {
		return err
	}
	if f.eval && f.backward {
		return cli.Usagef("--eval and --backward exclude each other: there are no gradients in evaluation")
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".svg" && ext != ".dot" {
		more := ""
		if ext == ".png" || ext == ".pdf" {
			more = fmt.Sprintf("; a browser shows and prints an .svg, and rsvg-convert -f %s makes a %[1]s of it",
				ext[1:])
		}
		return cli.Usagef("-o %s: unknown kind of file %q; known are .svg and .dot%s", f.out, ext, more)
	}
	if f.batch < 0 || f.batch > cli.MaxBatch {
		return cli.Usagef("--batch is %d, want 1 to %d", f.batch, cli.MaxBatch)
	}
	if f.depth < -1 {
		return cli.Usagef("--depth is %d, want a number of levels, 0 to fit a slide, or -1 for single ops", f.depth)
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

func (a Verbs) draw(r recipe.Recipe, f drawFlags) error {
	switch {
	case f.batch == 0 && f.values:
		f.batch = min(valuesBatch, r.Batch)
	case f.batch == 0:
		f.batch = r.Batch
	}
	g, known, err := a.graph(r, f)
	if err != nil {
		return tooLarge(r, f.batch, err)
	}
	opt := viz.Options{Depth: f.depth, Backward: f.backward, Title: caption(r, f), Values: known,
		Lang: viz.Lang(f.lang)}
	same, err := viz.SameDepth(g, opt)
	if err != nil {
		return err
	}
	if same != f.depth {
		a.Logf("depth %d draws the same as depth %d", f.depth, same)
	}
	switch {
	case f.out != "":
		err = a.Write(func() error { return viz.WriteFile(f.out, g, opt) })
	case !a.JSON:
		return viz.WriteDOT(a.Stdout, g, opt)
	}
	if err != nil || !a.JSON {
		return err
	}
	return a.WriteJSON(drawing{Model: r.Name, Title: opt.Title, Output: f.out, Nodes: nodesOf(g)})
}

// tooLarge tells an error of a graph, whose shapes depend on nothing else, as one of its batch.
func tooLarge(r recipe.Recipe, batch int, err error) error {
	var build *graph.BuildError
	if !errors.As(err, &build) {
		return err
	}
	e := *build
	e.File = "" // a line of this command
	return cli.Usagef("%s is not made for a batch of %d: %v", r.Name, batch, &e)
}

func caption(r recipe.Recipe, f drawFlags) string {
	what := [2]string{"forward pass", "前向传播"}
	if f.backward {
		what = [2]string{"one training step", "一步训练"}
	}
	if f.eval {
		what = [2]string{"evaluation", "评估"}
	}
	if f.values && f.weights == "" {
		what[0], what[1] = what[0]+" · initial weights, not trained", what[1]+" · 初始权重，未经训练"
	}
	if f.lang == string(viz.Chinese) {
		return r.ChineseTitle() + " · " + what[1]
	}
	return r.Title + " · " + what[0]
}

// graph is what is drawn of a model, and the values of its nodes if they are asked for.
func (a Verbs) graph(r recipe.Recipe, f drawFlags) (*graph.Graph, func(graph.Node) (graph.Tensor, bool), error) {
	if !f.values {
		m := r.New(r.Usual())
		g, err := drawn(r, m, f, m.Batch(f.batch))
		return g, nil, err
	}
	m, batch, err := training.FirstBatch(a.App, r,
		training.First{Data: f.source, Weights: f.weights, Batch: f.batch, Size: f.size})
	if err != nil {
		return nil, nil, err
	}
	var types []graph.Type
	for _, x := range batch {
		types = append(types, x.Type)
	}
	g, err := drawn(r, m, f, types)
	if err != nil {
		return nil, nil, err
	}
	known, err := cli.AtOnce(a.App, func() (func(graph.Node) (graph.Tensor, bool), error) { return values(g, batch) })
	return g, known, err
}

// drawn builds the task in a graph, with gradients if they are asked for; or the model alone for evaluation.
func drawn(r recipe.Recipe, m *kind.Model, f drawFlags, batch []graph.Type) (*graph.Graph, error) {
	if f.eval {
		g := &graph.Graph{}
		m.Answer(g, f.batch)
		return g, g.Err()
	}
	t, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return nil, err
	}
	g, _, err := t.Graph(f.backward, batch...)
	return g, err
}

// drawing is the JSON of a graph: what a drawing of it shows.
type drawing struct {
	Model  string      `json:"model"`
	Title  string      `json:"title"`
	Output string      `json:"output,omitempty"`
	Nodes  []drawnNode `json:"nodes"`
}

type drawnNode struct {
	ID     int         `json:"id"`
	Kind   string      `json:"kind"`
	Label  string      `json:"label"`
	Op     string      `json:"op,omitempty"`
	Layer  string      `json:"layer,omitempty"`
	Phase  string      `json:"phase"`
	Type   string      `json:"type"`
	Shape  graph.Shape `json:"shape"`
	Inputs []int       `json:"inputs"`
}

func nodesOf(g *graph.Graph) (all []drawnNode) {
	for _, n := range g.Nodes() {
		_, label := graph.RoleOf(n)
		d := drawnNode{ID: n.ID(), Kind: n.Kind().String(), Label: label, Layer: n.Scope(), Phase: n.Phase().String(),
			Type: n.DType().String(), Shape: append(graph.Shape{}, n.Shape()...), Inputs: []int{}}
		if op := n.Op(); op != nil {
			d.Op = op.String()
		}
		for _, in := range n.Inputs() {
			d.Inputs = append(d.Inputs, in.ID())
		}
		all = append(all, d)
	}
	return all
}

// TapeCommand is the verb tape.
func (a Verbs) TapeCommand() *cobra.Command {
	var f struct {
		backward, noFuse bool
		batch            int
		size             kind.Size
	}
	c := &cobra.Command{Use: "tape MODEL", Short: "Print the compiled tape of a model", Args: cli.OneModel,
		ValidArgsFunction: cli.CompleteModels,
		Long: `Print the tape that a model compiles to: one line an instruction, with its registers, shape, layer,
operations, bytes moved and the memory that is alive. With --backward it is a whole training step: forward, gradients,
and the optimizer's updates.`,
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Sized(args[0], f.size)
			if err != nil {
				return err
			}
			if f.batch < 0 || f.batch > cli.MaxBatch {
				return cli.Usagef("--batch is %d, want 1 to %d", f.batch, cli.MaxBatch)
			}
			if f.batch == 0 {
				f.batch = r.Batch
			}
			return a.Verb(c, func() error {
				return a.tape(r, f.batch, f.backward,
					graph.CompileOptions{NoFuse: f.noFuse})
			})
		}}
	c.Flags().BoolVar(&f.backward, "backward", false, "a whole training step, with gradients and updates")
	c.Flags().BoolVar(&f.noFuse, "no-fuse", false, "one instruction for each node of the graph")
	c.Flags().Var(cli.Whole(&f.batch), "batch", "examples a batch")
	cli.SizeFlags(c, &f.size)
	a.JSONFlag(c)
	return c
}

func (a Verbs) tape(r recipe.Recipe, batch int, backward bool, opt graph.CompileOptions) error {
	steps, err := compiled(r, batch, backward, opt)
	if err != nil {
		return tooLarge(r, batch, err)
	}
	out := printed{}
	for i, s := range steps {
		if !a.JSON {
			if s.Player != "" {
				fmt.Fprintf(a.Stdout, "%s── turn of the %s\n", strings.Repeat("\n", min(i, 1)), s.Player)
			}
			if _, err := s.Program.WriteTo(a.Stdout); err != nil {
				return err
			}
			continue
		}
		out.add(s)
	}
	if a.JSON {
		return a.WriteJSON(out)
	}
	return nil
}

// printed is the JSON of a tape: in a game of those of all turns, one after the other.
type printed struct {
	Instructions int           `json:"instructions"`
	Arena        int           `json:"arena_bytes"`
	PeakLive     int           `json:"peak_live_bytes"`
	Unplanned    int           `json:"unplanned_bytes"`
	Flops        int64         `json:"flops"`
	Tape         []instruction `json:"tape"`
}

// instruction is one of a tape.
type instruction struct {
	Index   int      `json:"index"`
	Player  string   `json:"player,omitempty"`
	Op      string   `json:"op"`
	Layer   string   `json:"layer,omitempty"`
	Phase   string   `json:"phase"`
	Inputs  []string `json:"inputs"`
	Results []string `json:"results"`
	Types   []string `json:"types"`
}

func (p *printed) add(s train.Compiled) {
	m := s.Program.Memory()
	list := s.Program.Instructions()
	p.Instructions += len(list)
	p.Arena += m.Arena
	p.PeakLive += m.PeakLive
	p.Unplanned += m.Unplanned
	p.Flops += s.Program.Cost().Flops
	for _, in := range list {
		one := instruction{Index: in.Index, Player: s.Player, Op: in.Op.String(), Layer: in.Scope,
			Phase:  in.Phase.String(),
			Inputs: append([]string{}, in.Operands...), Results: in.Results}
		for _, t := range in.Types {
			one.Types = append(one.Types, t.String())
		}
		p.Tape = append(p.Tape, one)
	}
}

// compiled compiles the forward pass with its loss, or the turns of a whole training step.
func compiled(r recipe.Recipe, batch int, backward bool, opt graph.CompileOptions) ([]train.Compiled, error) {
	m := r.New(r.Usual())
	t, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return nil, err
	}
	if backward {
		t.Compile = opt
		return t.Compiled(m.Batch(batch)...)
	}
	g, losses, err := t.Graph(false, m.Batch(batch)...)
	if err != nil {
		return nil, err
	}
	p, err := g.CompileWith(opt, losses...)
	return []train.Compiled{{Program: p}}, err
}
