package ladder

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/awalterschulze/gographviz"
	"github.com/awalterschulze/gographviz/ast"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// The DOT drawing is a ladder too, which is what makes it a layout that Graphviz
// finds at once: every row is one rank, every column one group, and the edges of
// the backward pass are written downwards with dir=back. Left to itself, dot gives
// up on a few hundred operations with their gradients.
//
// gographviz checks the names of attributes and keeps the tree of subgraphs, but
// quotes nothing reliably and sorts by name. So it is given quoted text only (see
// quote), and its syntax tree is put into tape order before printing.

// Quote returns s as a DOT string whose text Graphviz shows unchanged: it reads
// backslash escapes and HTML entities in labels.
func Quote(s string) string {
	if r := []rune(plain.Text(s)); len(r) > dotLongest {
		return `"` + dotEscaper.Replace(string(r[:dotLongest])) + `…"`
	}
	return `"` + dotEscaper.Replace(plain.Text(s)) + `"`
}

// dotLongest is how many characters of a name are written: dot reads strings of at most 16,384 bytes, and two of
// these, of eight bytes a character as they are escaped, may be one.
const dotLongest = 800

// U+FFFD is written as an entity because gographviz takes the character itself for broken UTF-8.
var dotEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`, "\uFFFD", `&#65533;`)

// dotFont is one that every Graphviz finds; boxes are sized for it by the table of package ink.
const dotFont = `"Helvetica,Arial,sans-serif"`

// attrs are attributes by name, with quoted values.
type attrs = map[string]string

// dotWriter adds a scene to a gographviz graph.
type dotWriter struct {
	s     *Scene
	g     *gographviz.Graph
	width int     // digits of the largest number in a name
	wide  float64 // inches of a box in the columns of operations
	err   error
}

const dotRoot = `"stheno"`

// DOT returns the scene in DOT.
func DOT(s *Scene) (string, error) {
	w := &dotWriter{s: s, g: gographviz.NewGraph()}
	for i := range s.Rows {
		w.width = max(w.width, len(strconv.Itoa(s.Rows[i].ID)))
	}
	w.measure()
	w.graph()
	w.rows()
	w.edges()
	if w.err != nil {
		return "", fmt.Errorf("viz: dot: %w", w.err)
	}
	tree, err := w.g.WriteAst()
	if err != nil {
		return "", fmt.Errorf("viz: dot: %w", err)
	}
	var b strings.Builder
	b.WriteString("digraph " + tree.ID.String() + " {\n")
	printStatements(&b, tree.StmtList, 1)
	b.WriteString("}\n")
	return b.String(), nil
}

// measure finds the width of the columns of operations.
func (w *dotWriter) measure() {
	for i := range w.s.Rows {
		r := &w.s.Rows[i]
		for _, b := range []*Box{&r.Op, r.Back} {
			if b != nil {
				w.wide = max(w.wide, dotWidth(b))
			}
		}
	}
}

func (w *dotWriter) graph() {
	w.check(w.g.SetName(dotRoot))
	w.check(w.g.SetDir(true))
	title := w.s.Title
	if w.s.Note != "" {
		title += " · " + w.s.Note
	}
	all := attrs{
		"rankdir": "TB", "newrank": "true", "splines": "true", "nodesep": "0.3", "ranksep": "0.25",
		"fontname": dotFont, "fontsize": "14", "labelloc": "t", "label": Quote(title), "tooltip": Quote(w.s.Title),
	}
	for name, value := range all {
		w.check(w.g.AddAttr(dotRoot, name, value))
	}
}

func (w *dotWriter) check(err error) {
	if w.err == nil {
		w.err = err
	}
}

// name returns the id of a box: the number of its row, zero-padded, and a letter
// for its column.
func (w *dotWriter) name(row int, suffix string) string {
	return fmt.Sprintf(`"n%0*d%s"`, w.width, w.s.Rows[row].ID, suffix)
}

func (w *dotWriter) port(p Port) string {
	if p.Back {
		return w.name(p.Row, "b")
	}
	return w.name(p.Row, "f")
}

// rows adds the boxes: one subgraph of equal rank per row, within the clusters of
// its frames.
func (w *dotWriter) rows() {
	parents := []string{dotRoot}
	open := []Frame{}
	next := 0
	for i := range w.s.Rows {
		for len(open) > 0 && open[len(open)-1].Last < i {
			open, parents = open[:len(open)-1], parents[:len(parents)-1]
		}
		for ; next < len(w.s.Frames) && w.s.Frames[next].First == i; next++ {
			name := fmt.Sprintf(`"cluster%0*d_%d"`, w.width, w.s.Rows[i].ID, next)
			w.cluster(parents[len(parents)-1], name, &w.s.Frames[next])
			open, parents = append(open, w.s.Frames[next]), append(parents, name)
		}
		w.row(parents[len(parents)-1], i)
	}
}

func (w *dotWriter) cluster(parent, name string, f *Frame) {
	title := f.Title
	if f.Count > 1 {
		title += times(f.Count)
	}
	w.check(w.g.AddSubGraph(parent, name, attrs{
		"label": Quote(title), "labeljust": "l", "style": `"rounded"`, "color": Quote(ink.Frame.Light),
		"fontcolor": Quote(ink.Quiet.Light), "fontname": dotFont, "fontsize": "11", "margin": "12",
	}))
}

func (w *dotWriter) row(parent string, i int) {
	r := &w.s.Rows[i]
	name := fmt.Sprintf(`"row%0*d"`, w.width, r.ID)
	w.check(w.g.AddSubGraph(parent, name, attrs{"rank": `"same"`}))
	for k := range r.Left {
		w.box(name, w.name(i, "p"+strconv.Itoa(k)), &r.Left[k], "p", 0)
	}
	w.box(name, w.name(i, "f"), &r.Op, "f", w.wide)
	if r.Back != nil {
		w.box(name, w.name(i, "b"), r.Back, "b", w.wide)
	}
	for k := range r.Right {
		w.box(name, w.name(i, "d"+strconv.Itoa(k)), &r.Right[k], "d", 0)
	}
}

// dotShapes are Graphviz' names for the forms.
var dotShapes = map[form][2]string{
	formRound:     {"box", "rounded,filled"},
	formFolded:    {"note", "filled"},
	formStadium:   {"box", "rounded,filled"},
	formHexagon:   {"hexagon", "filled"},
	formTrapezoid: {"trapezium", "filled"},
	formBar:       {"box", "rounded,filled,dashed"},
	formDice:      {"box", "rounded,filled,dashed"},
}

// dotWidth is the width of a box in inches; names that are cut are no wider than the longest that is not.
func dotWidth(b *Box) float64 {
	width, _ := headSize(b, 2)
	if b.Value != nil {
		width = max(width, ink.TextWidth(b.Value.Text, ink.SmallText, false)+2*TextInset(b))
	}
	return min(width, dotLongest*10) / 96
}

// box adds one box with a plain label of two lines and a fixed size.
func (w *dotWriter) box(parent, name string, b *Box, group string, wide float64) {
	tone := &palette[b.Tone]
	width := max(dotWidth(b), wide)
	if tone.form == formHexagon || tone.form == formTrapezoid {
		width *= 1.25
	}
	label := ink.Text{Runs: LabelRuns(b)}
	shape := dotShapes[tone.form]
	lines, height := []string{b.Detail}, "0.42"
	if b.Value != nil {
		lines, height = append(lines, b.Value.Text), "0.62"
	}
	a := attrs{
		"label": quoteLines(label.Plain(), lines...), "shape": Quote(shape[0]), "style": Quote(shape[1]),
		"color": Quote(tone.stroke.Light), "fillcolor": Quote(tone.fill.Light), "fontcolor": Quote(ink.Black.Light),
		"fontname": dotFont, "fontsize": "10", "penwidth": "1.25", "fixedsize": "true", "group": Quote(group),
		"width": strconv.FormatFloat(width, 'f', 2, 64), "height": height, "tooltip": Quote(aboutBox(b)),
		"id": name,
	}
	if b.Count > 1 {
		a["peripheries"] = "2"
	}
	w.check(w.g.AddNode(parent, name, a))
}

// quoteLines quotes lines as one label, without those that are empty.
func quoteLines(first string, more ...string) string {
	s := Quote(first)
	for _, line := range more {
		if line != "" {
			s = strings.TrimSuffix(s, `"`) + `\n` + strings.TrimPrefix(Quote(line), `"`)
		}
	}
	return s
}

// edges adds all edges row by row, so that dot sees the boxes in tape order.
func (w *dotWriter) edges() {
	r := route(w.s, func(int) int { return 0 })
	lines := map[int][]Edge{} // by upper row
	for _, e := range r.direct {
		lines[min(e.From.Row, e.To.Row)] = append(lines[min(e.From.Row, e.To.Row)], e)
	}
	for _, t := range r.trunks {
		for _, tap := range t.taps {
			e := Edge{From: Port{t.top, t.back}, To: Port{tap, t.back}, Shape: t.about}
			if t.back {
				e.From, e.To = e.To, e.From
			}
			lines[t.top] = append(lines[t.top], e)
		}
	}
	for i := range w.s.Rows {
		w.across(i)
		if i+1 < len(w.s.Rows) {
			w.edge(w.name(i, "f"), w.name(i+1, "f"), attrs{"style": `"invis"`, "weight": "8"})
		}
		for _, e := range lines[i] {
			w.down(e)
		}
	}
	for _, o := range r.loops {
		w.loop(o)
	}
	w.portals(r.portals)
}

// across adds the edges within a row, from left to right.
func (w *dotWriter) across(i int) {
	r := &w.s.Rows[i]
	f, b := w.name(i, "f"), w.name(i, "b")
	for k := range r.Left {
		w.edge(w.name(i, "p"+strconv.Itoa(k)), f, attrs{"color": Quote(palette[r.Left[k].Tone].stroke.Light)})
	}
	if r.Back == nil {
		return
	}
	switch {
	case r.Seed:
		w.edge(f, b, attrs{"color": Quote(lossInk.Light), "penwidth": "1.75", "label": Quote("dy = 1"),
			"fontname": dotFont, "fontsize": "9"})
	case r.Saves:
		w.edge(f, b, attrs{"color": Quote(ink.Line.Light), "style": `"dotted"`, "dir": `"none"`,
			"tooltip": Quote(w.s.Lang.Say(words.TipSavedWhich, r.Saved))})
	default:
		w.edge(f, b, attrs{"style": `"invis"`})
	}
	for k := range r.Right {
		w.edge(b, w.name(i, "d"+strconv.Itoa(k)), attrs{"color": Quote(gradInk.Light), "style": `"dashed"`,
			"arrowhead": `"onormal"`})
	}
}

// down adds an edge between rows, written downwards in either column.
func (w *dotWriter) down(e Edge) {
	if !e.From.Back {
		a := attrs{"color": Quote(forwardInk.Light), "tooltip": Quote(e.Shape), "weight": "2"}
		if w.s.Cuts[[2]Port{e.From, e.To}] {
			a["arrowhead"], a["tooltip"] = `"normaltee"`, Quote(w.s.Lang.Say(words.TipCut, e.Shape))
		}
		beside(a, e)
		w.edge(w.port(e.From), w.port(e.To), a)
		return
	}
	a := attrs{"color": Quote(gradInk.Light), "style": `"dashed"`, "dir": `"back"`, "arrowtail": `"onormal"`,
		"tooltip": Quote(e.Shape), "weight": "2"}
	beside(a, e)
	w.edge(w.port(e.To), w.port(e.From), a)
}

// beside writes the value of an edge beside it.
func beside(a attrs, e Edge) {
	if e.Value != "" {
		a["label"], a["fontname"], a["fontsize"] = Quote(e.Value), dotFont, "9"
	}
}

func (w *dotWriter) edge(from, to string, a attrs) {
	a["arrowsize"] = "0.7"
	w.check(w.g.AddEdge(from, to, true, a))
}

// portals adds the stubs of long skips as text beside their boxes.
func (w *dotWriter) portals(list []portal) {
	seen := map[string]bool{}
	for _, p := range list {
		for _, out := range []bool{true, false} {
			at, label := p.to, p.label(false)
			if out {
				at, label = p.from, p.label(true)
			}
			id := w.name(at.Row, "s_"+label)
			if seen[id] {
				continue
			}
			seen[id] = true
			w.check(w.g.AddNode(fmt.Sprintf(`"row%0*d"`, w.width, w.s.Rows[at.Row].ID), id, attrs{
				"label": Quote(label), "shape": `"plaintext"`, "fontname": dotFont, "fontsize": "9",
				"fontcolor": Quote(ink.Quiet.Light), "height": "0.2", "tooltip": Quote(p.about),
			}))
			a := attrs{"color": Quote(forwardInk.Light)}
			if at.Back {
				a = attrs{"color": Quote(gradInk.Light), "style": `"dashed"`}
			}
			if out {
				a["dir"] = `"none"`
				w.edge(w.port(at), id, a)
			} else {
				w.edge(id, w.port(at), a)
			}
		}
	}
}

// loop adds what goes from each of the steps that a box stands for to the next.
func (w *dotWriter) loop(o loop) {
	a := attrs{"color": Quote(forwardInk.Light), "label": Quote(o.name), "fontname": dotFont, "fontsize": "9"}
	if o.port.Back {
		a["color"], a["style"], a["arrowhead"] = Quote(gradInk.Light), `"dashed"`, `"onormal"`
	}
	w.edge(w.port(o.port), w.port(o.port), a)
}

// printStatements prints a syntax tree of gographviz with indentation: attributes,
// then boxes and subgraphs in tape order, then edges.
func printStatements(b *strings.Builder, list ast.StmtList, depth int) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y ast.Stmt) int { return slices.Compare(statementKey(x), statementKey(y)) })
	indent := strings.Repeat("\t", depth)
	for _, s := range list {
		sub, ok := s.(*ast.SubGraph)
		if !ok {
			fmt.Fprintf(b, "%s%s;\n", indent, strings.TrimSpace(s.String()))
			continue
		}
		fmt.Fprintf(b, "%ssubgraph %s {\n", indent, sub.ID)
		printStatements(b, sub.StmtList, depth+1)
		fmt.Fprintf(b, "%s}\n", indent)
	}
}

// statementKey orders statements by kind, by the number in their name, and by the
// column after it.
func statementKey(s ast.Stmt) []int {
	switch s := s.(type) {
	case *ast.SubGraph:
		return append([]int{1}, tapeOrder(s.ID.String())...)
	case *ast.NodeStmt:
		return append([]int{1}, tapeOrder(s.NodeID.String())...)
	case *ast.EdgeStmt:
		return []int{2}
	}
	return []int{0}
}

// tapeOrder splits a name such as "n0042b" into its number and its column.
func tapeOrder(name string) []int {
	name = strings.TrimLeft(name, `"abcdefghijklmnopqrstuvwxyz`)
	end := 0
	for end < len(name) && '0' <= name[end] && name[end] <= '9' {
		end++
	}
	number, _ := strconv.Atoi(name[:end])
	return []int{number, strings.IndexByte("pfsbd", name[end])}
}
