// This file holds Translator, which finds the target to a source.

package transformer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Translator finds the targets to sources by a [Beam], or draws them. It reads many sources at a time, and writes
// their targets symbol by symbol, each for the price of one: [Transformer.Next]. It is used by one goroutine at a
// time.
type Translator struct {
	Beam Beam
	Rows int // beginnings at a time, of all sources; 0 for 128

	model    *Transformer
	programs recent.List[*translation]
}

// NewTranslator returns a translator by the model, whose parameters it shares.
func NewTranslator(m *Transformer, b Beam) *Translator { return &Translator{Beam: b, model: m} }

// Translate returns the hypotheses for each source, the best first: one that is greedy finds one. A source is an error
// that has no symbol, more than Context, or one that the model does not know. When the context ends, it returns its
// error.
func (t *Translator) Translate(ctx context.Context, sources [][]int64) ([][]Hypothesis, error) {
	return t.inParts(ctx, sources, t.Beam.width(), func([]int) search { return t.Beam.search })
}

// Sample returns a target for each source whose symbols are drawn, one after the other, as o says: of source i they
// are a function of (o.Seed, i) and the probabilities. Of the Beam only Longest and Never count. What is wrong with a
// source, and the end of the context, are errors as those of Translate.
func (t *Translator) Sample(ctx context.Context, sources [][]int64, o nn.Sampling) ([]Hypothesis, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("translate: %w", err)
	}
	o.Never = slices.Concat(o.Never, t.Beam.Never, []int64{data.Padding, data.Begin})
	found, err := t.inParts(ctx, sources, 1, func(part []int) search {
		key := rng.Key(o.Seed, rng.HashString("translate"))
		d := drawing{Sampling: o}
		for _, i := range part {
			d.keys = append(d.keys, key.Sub(uint64(i)))
		}
		return d.search
	})
	if err != nil {
		return nil, err
	}
	all := make([]Hypothesis, len(found))
	for i, one := range found {
		all[i] = one[0]
	}
	return all, nil
}

// search finds sequences for n sources at once, see [Beam.search].
type search func(n, v, longest int, next func(last, parents []int64) ([]float32, error)) ([][]Hypothesis, error)

// inParts finds the targets to sources, some at a time, each part by a search of its own that keeps so many
// beginnings.
func (t *Translator) inParts(ctx context.Context, sources [][]int64, width int, by func(part []int) search) (
	[][]Hypothesis, error) {
	if err := t.check(sources); err != nil {
		return nil, fmt.Errorf("translate: %w", err)
	}
	order := make([]int, len(sources))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(sources[i]), len(sources[j])) })
	all := make([][]Hypothesis, len(sources))
	for part := range slices.Chunk(order, max(cmp.Or(t.Rows, 128)/width, 1)) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		found, err := t.part(sources, part, width, by(part))
		if err != nil {
			return nil, fmt.Errorf("translate: %w", err)
		}
		for k, i := range part {
			all[i] = found[k]
		}
	}
	return all, nil
}

func (t *Translator) check(sources [][]int64) error {
	if err := t.Beam.check(); err != nil {
		return err
	}
	if t.Rows < 0 {
		return fmt.Errorf("the translator has %d rows, want at least 1, or 0 for 128", t.Rows)
	}
	c := t.model.Config
	for i, x := range sources {
		if len(x) == 0 || len(x) > c.Context {
			return fmt.Errorf("source %d has %d symbols, want 1 to the Context of %d", i, len(x), c.Context)
		}
		for at, symbol := range x {
			if symbol < 0 || symbol >= int64(c.Source) {
				return fmt.Errorf("source %d: symbol %d at place %d is outside 0..%d", i, symbol, at, c.Source-1)
			}
		}
	}
	return nil
}

// part translates those of the sources that the order names, of which the last is the longest.
func (t *Translator) part(sources [][]int64, order []int, width int, by search) ([][]Hypothesis, error) {
	c := t.model.Config
	length := len(sources[order[len(order)-1]])
	longest := min(cmp.Or(t.Beam.Longest, length+50), c.Context-1)
	rounded := min((length+7)/8*8, c.Context) // so that there are few shapes
	p, err := t.program(len(order), width, rounded, min(cmp.Or(t.Beam.Longest, rounded+50), c.Context-1)+1)
	if err != nil {
		return nil, err
	}
	x, lengths := make([]int64, len(order)*rounded), make([]int64, len(order))
	for row, i := range order {
		lengths[row] = int64(copy(x[row*rounded:(row+1)*rounded], sources[i]))
	}
	if err := p.read(x, lengths, width); err != nil {
		return nil, err
	}
	return by(len(order), c.Target, longest, p.write)
}

// translation is the programs for sources of one shape.
type translation struct {
	n, length, most int
	memory          *graph.Program
	x, lengths      graph.Node
	kv              []graph.Node

	next                        *graph.Program
	y, nextLengths, at, parents graph.Node
	nextKV                      []graph.Node
	logp                        graph.Node
	count                       []int64 // of each row, the symbols that it has read
}

func (t *Translator) program(n, width, length, most int) (*translation, error) {
	is := func(p *translation) bool {
		return p.n == n && p.length == length && p.most == most && p.next != nil && len(p.count) == n*width
	}
	return t.programs.Get(is, recent.Programs, func() (*translation, error) {
		p := &translation{n: n, length: length, most: most}
		return p, cmp.Or(p.compileMemory(t.model, width), p.compileNext(t.model, width))
	})
}

// compileMemory compiles what reads the sources. Each is in as many rows as there are beginnings.
func (p *translation) compileMemory(m *Transformer, width int) (err error) {
	g := &graph.Graph{DType: m.Params().DType()}
	p.x, p.lengths = g.Indices("x", p.n, p.length), g.Indices("lengths", p.n)
	for _, kv := range m.Memory(p.x, p.lengths) { // (n, T, 2·D)
		if width > 1 {
			kv = ops.Repeat(kv, 0, width) // (n·width, T, 2·D)
		}
		p.kv = append(p.kv, kv)
	}
	p.memory, err = g.Compile(p.kv...)
	return err
}

// compileNext compiles what writes a symbol of each target.
func (p *translation) compileNext(m *Transformer, width int) (err error) {
	g, rows := &graph.Graph{DType: m.Params().DType()}, p.n*width
	p.count = make([]int64, rows)
	p.y, p.nextLengths, p.at = g.Indices("y", rows, 1), g.Indices("lengths", rows), g.Indices("read", rows)
	if width > 1 {
		p.parents = g.Indices("parents", rows)
	}
	for i := range m.Decoder {
		p.nextKV = append(p.nextKV, g.Input(fmt.Sprint("memory", i), rows, p.length, 2*m.Config.Width))
	}
	logits := m.Next(p.y, p.nextKV, p.nextLengths, p.at, p.parents, p.most) // (rows, 1, V)
	p.logp = ops.LogSoftmax(logits, -1)
	p.next, err = g.Compile(p.logp)
	return err
}

// read lets the model read sources.
func (p *translation) read(x, lengths []int64, width int) error {
	p.memory.Set(p.x, graph.FromInt64(x, p.n, p.length))
	p.memory.Set(p.lengths, graph.FromInt64(lengths, p.n))
	if err := p.memory.Run(); err != nil {
		return err
	}
	var each []int64
	for _, l := range lengths {
		each = append(each, slices.Repeat([]int64{l}, width)...)
	}
	p.next.Reset()
	p.next.Set(p.nextLengths, graph.FromInt64(each, len(each)))
	for i, kv := range p.kv {
		p.next.Set(p.nextKV[i], p.memory.Value(kv))
	}
	clear(p.count)
	return nil
}

// write adds a symbol to each target, and returns the logarithms of the probabilities of those that follow.
func (p *translation) write(last, parents []int64) ([]float32, error) {
	rows := len(last)
	p.next.Set(p.y, graph.FromInt64(last, rows, 1))
	p.next.Set(p.at, graph.FromInt64(p.count, rows))
	if p.parents != (graph.Node{}) {
		p.next.Set(p.parents, graph.FromInt64(parents, rows))
	}
	if err := p.next.Run(); err != nil {
		return nil, err
	}
	for i := range p.count {
		p.count[i]++
	}
	return float32s(p.next.Value(p.logp)), nil
}

// float32s are the elements of t.
func float32s(t graph.Tensor) []float32 {
	if t.DType == graph.Float32 {
		return t.F32
	}
	v := make([]float32, len(t.F64))
	for i, x := range t.F64 {
		v[i] = float32(x)
	}
	return v
}
