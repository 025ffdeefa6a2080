package viz

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// Options say what is drawn. The zero value draws the forward pass, collapsed to
// fit a slide.
type Options struct {
	// Depth is how many levels of layers are opened. The model is the first level:
	// 1 draws each of its layers as one box, 2 opens them, and so on; equal layers
	// that follow each other are drawn once, with how many they are. A negative
	// Depth draws every single operation. 0 opens as much as can be read on a slide.
	Depth int

	// Backward draws the backward pass and the gradients beside the forward pass.
	// The graph must contain them: see [graph.Gradients].
	Backward bool

	// Title is the first line of the title block; the line below it is made from
	// what the drawing shows.
	Title string

	// Values, if given, tells the values of nodes, and false for those that it does not know; they are drawn in the
	// boxes, gradients beside them. [graph.Program.Lookup] is such a function: of a program that has run and was
	// compiled with [graph.CompileOptions.Teach], for it knows all that was computed. Up to nine numbers are written,
	// with three significant digits; pictures and matrices are small pictures with their range and mean; larger
	// matrices are these alone. Closed layers show their result.
	Values func(graph.Node) (graph.Tensor, bool)

	// Lang is the language of all other words; English if it is empty.
	Lang Lang
}

// ErrNoGradients is returned when a backward pass is to be drawn that the graph
// does not have.
var ErrNoGradients = errors.New(
	"viz: the graph has no gradients; add them with graph.Gradients, or draw it without Backward")

// WriteSVG draws g as SVG.
func WriteSVG(w io.Writer, g *graph.Graph, opt Options) error {
	s, err := newScene(g, opt)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, ladder.SVG(ladder.LayoutForPage(s)))
	return err
}

// WriteDOT draws g in the language of Graphviz.
func WriteDOT(w io.Writer, g *graph.Graph, opt Options) error {
	s, err := newScene(g, opt)
	if err != nil {
		return err
	}
	text, err := ladder.DOT(s)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// WriteFile draws g into a file, as SVG or DOT by the name's extension. The file is
// written whole or not at all; a symbolic link is followed.
func WriteFile(path string, g *graph.Graph, opt Options) error {
	write := WriteSVG
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
	case ".dot", ".gv":
		write = WriteDOT
	default:
		return fmt.Errorf("viz: %s: unknown extension %q, want .svg or .dot", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return write(w, g, opt) }); err != nil {
		return fmt.Errorf("viz: %w", err)
	}
	return nil
}

// SameDepth returns the least Depth from 1 on that draws g as opt does: less than opt.Depth where no layer is left to
// open. For a Depth below 1 it is opt.Depth itself. Errors are those of [WriteSVG].
func SameDepth(g *graph.Graph, opt Options) (int, error) {
	s, err := newScene(g, opt)
	if err != nil || opt.Depth < 1 {
		return opt.Depth, err
	}
	opt.Depth = min(opt.Depth, buildLayers(readGraph(g, opt)).height())
	for opt.Depth > 1 {
		less := opt
		less.Depth--
		before, err := newScene(g, less)
		if err != nil || !reflect.DeepEqual(before, s) {
			return opt.Depth, err
		}
		opt = less
	}
	return opt.Depth, nil
}

// check reports a graph that cannot be drawn so.
func check(g *graph.Graph, opt Options) error {
	if g == nil {
		return errors.New("viz: the graph is nil")
	}
	if err := g.Err(); err != nil {
		return err
	}
	if err := opt.Lang.check(); err != nil {
		return err
	}
	if opt.Backward && len(g.Contributions()) == 0 {
		return ErrNoGradients
	}
	return nil
}

// newScene reads the graph and collapses it as opt says.
func newScene(g *graph.Graph, opt Options) (*ladder.Scene, error) {
	if err := check(g, opt); err != nil {
		return nil, err
	}
	t := readGraph(g, opt)
	root := buildLayers(t)
	collapse(t, root, opt.Depth)
	s := assemble(t, root)
	t.caption(s, opt.Title)
	return s, nil
}

// caption writes the title block from what is present.
func (t *reading) caption(s *ladder.Scene, title string) {
	s.Title = title
	if title == "" {
		s.Title = t.lang.Say(words.ForwardPass)
		if t.back {
			s.Title = t.lang.Say(words.BothPasses)
		}
	}
	var facts []string
	if t.params > 0 {
		facts = append(facts, t.lang.Say(words.Params, t.params))
	}
	if t.batch > 0 {
		facts = append(facts, t.lang.Say(words.Batch, itoa(t.batch)))
	}
	facts = append(facts, t.lang.Say(words.Ops, t.ops))
	if t.back {
		facts = append(facts, t.lang.Say(words.BackOps, itoa(t.backOps)))
	}
	if t.carriers > 0 {
		facts = append(facts, t.lang.Say(words.Carriers, itoa(t.carriers)))
	}
	if t.updates > 0 {
		facts = append(facts, t.lang.Say(words.Updates, t.updates))
	}
	first, folded := s.Valued()
	if first {
		facts = append(facts, t.lang.Say(words.FirstShown))
	}
	if folded {
		facts = append(facts, t.lang.Say(words.FirstOfEqual))
	}
	s.Note = strings.Join(facts, ladder.FactGap)
}
