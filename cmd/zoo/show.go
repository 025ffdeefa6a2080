// This file holds draw and tape, which show the graph of a model.

package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz"
)

// drawFlags are the flags of draw.
type drawFlags struct {
	out            string
	depth, batch   int
	backward, eval bool
}

func (a *app) drawCommand() *cobra.Command {
	var f drawFlags
	c := &cobra.Command{Use: "draw MODEL", Short: "Draw the graph of a model as SVG or DOT", Args: oneModel, ValidArgsFunction: completeModels,
		Long: `Draw the graph of a model: its layers from top to bottom, with the shapes of all values, and with --backward the
gradients beside them. The file name decides: .svg or .dot. Without -o the DOT text goes to standard output.

Layers are drawn closed as far as the picture then fits a slide; --depth opens that many levels of them.`,
		Example: "  zoo draw lenet5 --backward -o lenet5.svg\n  zoo draw lenet5 | dot -Tpdf -o lenet5.pdf",
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			if err := a.checkDraw(c, &f); err != nil {
				return err
			}
			return a.verb(c, func() error { return a.draw(e, f) })
		}}
	outputFlag(c, &f.out, "file: .svg or .dot; DOT on standard output without it")
	c.Flags().Var(whole{&f.depth}, "depth", "levels of layers to open; 0 to fit a slide, -1 down to single ops")
	c.Flags().Var(whole{&f.batch}, "batch", "examples a batch, for the shapes")
	c.Flags().BoolVar(&f.backward, "backward", false, "draw the gradients too")
	c.Flags().BoolVar(&f.eval, "eval", false, "draw the graph for evaluation: no dropout, running statistics")
	return c
}

// checkDraw reports values that make no sense, and a file that cannot be written.
func (a *app) checkDraw(c *cobra.Command, f *drawFlags) error {
	if f.eval && f.backward {
		return usagef("--eval and --backward exclude each other: there are no gradients in evaluation")
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".svg" && ext != ".dot" {
		return usagef("-o %s: unknown kind of file %q; known are .svg and .dot", f.out, ext)
	}
	if f.batch < 0 || f.batch > maxBatch {
		return usagef("--batch is %d, want 1 to %d", f.batch, maxBatch)
	}
	if f.depth < -1 {
		return usagef("--depth is %d, want a number of levels, 0 to fit a slide, or -1 for single ops", f.depth)
	}
	return checkOutput(c, f.out, drawingSize)
}

// drawingSize is more than most drawings take, in bytes.
const drawingSize = 256 << 10

func (a *app) draw(e entry, f drawFlags) error {
	if f.batch == 0 {
		f.batch = e.batch
	}
	mode := graph.Train
	if f.eval {
		mode = graph.Eval
	}
	g, loss := e.graph(mode, f.batch)
	if f.backward {
		graph.Gradients(loss, g.Trainable()...)
	}
	opt := viz.Options{Depth: f.depth, Backward: f.backward, Title: e.caption(f)}
	if f.out == "" {
		return viz.WriteDOT(a.stdout, g, opt)
	}
	return a.write(func() error { return viz.WriteFile(f.out, g, opt) })
}

func (e entry) caption(f drawFlags) string {
	what := "forward pass"
	if f.backward {
		what = "one training step"
	}
	if f.eval {
		what = "evaluation"
	}
	return e.title + " · " + what
}

// graph builds the model with its loss, or without it for evaluation.
func (e entry) graph(mode graph.Mode, batch int) (g *graph.Graph, loss graph.Node) {
	g = &graph.Graph{Mode: mode}
	y := e.build().Forward(g.Input("x", append([]int{batch}, e.input...)...))
	if mode == graph.Eval {
		return g, y
	}
	return g, ops.CrossEntropy(y, g.Indices("y", batch))
}

func (a *app) tapeCommand() *cobra.Command {
	var f struct {
		backward, noFuse bool
		batch            int
	}
	c := &cobra.Command{Use: "tape MODEL", Short: "Print the compiled tape of a model", Args: oneModel, ValidArgsFunction: completeModels,
		Long: `Print the tape that a model compiles to: one line an instruction, with its registers, shape, layer, operations, bytes moved and the
memory that is alive. With --backward it is a whole training step: forward, gradients, and the optimizer's updates.`,
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			if f.batch < 0 || f.batch > maxBatch {
				return usagef("--batch is %d, want 1 to %d", f.batch, maxBatch)
			}
			if f.batch == 0 {
				f.batch = e.batch
			}
			return a.verb(c, func() error {
				return a.tape(e, f.batch, f.backward,
					graph.CompileOptions{NoFuse: f.noFuse})
			})
		}}
	c.Flags().BoolVar(&f.backward, "backward", false, "a whole training step, with gradients and updates")
	c.Flags().BoolVar(&f.noFuse, "no-fuse", false, "one instruction for each node of the graph")
	c.Flags().Var(whole{&f.batch}, "batch", "examples a batch")
	a.jsonFlag(c)
	return c
}

func (a *app) tape(e entry, batch int, backward bool, opt graph.CompileOptions) error {
	p, err := e.program(batch, backward, opt)
	if err != nil {
		return err
	}
	if !a.json {
		_, err := p.WriteTo(a.stdout)
		return err
	}
	m := p.Memory()
	return a.writeJSON(struct {
		Instructions int   `json:"instructions"`
		Arena        int   `json:"arena_bytes"`
		PeakLive     int   `json:"peak_live_bytes"`
		Unplanned    int   `json:"unplanned_bytes"`
		Flops        int64 `json:"flops"`
	}{len(p.Instructions()), m.Arena, m.PeakLive, m.Unplanned, p.Cost().Flops})
}

// program compiles the forward pass with its loss, or a whole training step.
func (e entry) program(batch int, backward bool, compile graph.CompileOptions) (*graph.Program, error) {
	if !backward {
		g, loss := e.graph(graph.Train, batch)
		return g.CompileWith(compile, loss)
	}
	opt, err := train.NewOptimizer(e.optimizer, e.lr)
	if err != nil {
		return nil, err
	}
	t := train.New(train.Supervised(e.build(), ops.CrossEntropy), opt)
	t.Compile = compile
	return t.Program(graph.Type{Shape: append(graph.Shape{batch}, e.input...)}, graph.Type{DType: graph.Int64, Shape: graph.Shape{batch}})
}
