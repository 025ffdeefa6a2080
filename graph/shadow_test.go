package graph

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel"
)

// shadow knows which value was written last to each cell of memory.
type shadow struct {
	cell  uintptr // bytes; values begin and end at multiples of it
	owner map[uintptr]origin
}

func newShadow(cell uintptr) shadow { return shadow{cell, map[uintptr]origin{}} }

// origin is a byte of a value.
type origin struct {
	value any
	at    uintptr
}

// span is a run of memory.
type span struct{ from, size uintptr }

func (a span) meets(b span) bool { return a.from < b.from+b.size && b.from < a.from+a.size }

// access is a value, from a byte of it on, in memory.
type access struct {
	name string
	from origin
	span
}

// event is an instruction as the memory sees it: it reads, and then it writes.
type event struct {
	name          string
	reads, writes []access
	over          func(write, read int) bool // whether the write may be in the place of the operand
}

func (s shadow) write(a access) {
	for i := uintptr(0); i < a.size; i += s.cell {
		s.owner[a.span.from+i] = origin{a.from.value, a.from.at + i}
	}
}

func (s shadow) check(a access) error {
	for i := uintptr(0); i < a.size; i += s.cell {
		if got := s.owner[a.span.from+i]; got != (origin{a.from.value, a.from.at + i}) {
			return fmt.Errorf("byte %d of %s is byte %d of %v", i, a.name, got.at, got.value)
		}
	}
	return nil
}

// run does what the events do to the memory.
func (s shadow) run(events []event) error {
	for i, e := range events {
		for _, r := range e.reads {
			if err := s.check(r); err != nil {
				return fmt.Errorf("instruction %d, %s: %w", i, e.name, err)
			}
		}
		for k, w := range e.writes {
			for _, v := range e.writes[:k] {
				if w.meets(v.span) {
					return fmt.Errorf("instruction %d, %s: %s and %s are written to the same memory", i, e.name,
						v.name, w.name)
				}
			}
			if err := e.overwrites(k); err != nil {
				return fmt.Errorf("instruction %d, %s: %w", i, e.name, err)
			}
			s.write(w)
		}
	}
	return nil
}

// overwrites is an error if write k destroys an operand other than the one in whose place it may be.
func (e *event) overwrites(k int) error {
	w := e.writes[k]
	for j, r := range e.reads {
		if w.meets(r.span) && (w.span != r.span || !e.over(k, j)) {
			return fmt.Errorf("%s is written over its operand %s", w.name, r.name)
		}
	}
	return nil
}

// CheckMemory follows what each instruction of the tape reads and writes, and reports the first that reads
// memory which holds another value by then.
func CheckMemory(p *Program) error {
	if err := p.allocate(); err != nil {
		return err
	}
	s, c := newShadow(uintptr(Float32.Size())), p.code
	from := map[*register]origin{}
	for _, in := range c.instrs {
		for _, r := range in.out {
			from[r] = origin{}
		}
	}
	for _, r := range c.live() {
		if _, computed := from[r]; !computed && r.root == r {
			from[r] = origin{r.name(), 0}
			s.write(access{r.name(), from[r], spanOf(p.values[r])})
		}
	}
	read := func(r *register) access { return access{r.name(), from[r], spanOf(p.values[r])} }
	var events []event
	for i, in := range c.instrs {
		if i == p.start {
			computed, inputs, kept := c.frontier()
			before := slices.Concat(c.guards, computed, inputs, kept)
			events = append(events, event{name: "what must be finite", reads: accesses(before, read)})
		}
		if v, ok := in.op.(Viewer); ok && in.view {
			operand, offset := v.View(typesOfRegs(in.in))
			o := from[in.in[operand]]
			from[in.out[0]] = origin{o.value, o.at + uintptr(offset*in.out[0].t.DType.Size())}
			continue
		}
		e := event{name: in.op.String(), reads: accesses(in.in, read), over: func(k, j int) bool {
			op, ok := in.op.(InPlacer)
			return ok && k < len(in.out) && slices.Contains(op.InPlace(k), j)
		}}
		for j, r := range in.out {
			from[r] = origin{fmt.Sprintf("%s of instruction %d", r.name(), i), 0}
			if _, copies := in.op.(copyOp); copies {
				from[r] = from[in.in[0]]
			}
			e.writes = append(e.writes, access{r.name(), from[r], spanOf(p.steps[i].dst[j])})
		}
		for j := range in.scratch {
			a := access{name: fmt.Sprintf("scratch %d", j), span: spanOf(p.steps[i].dst[len(in.out)+j])}
			a.from.value = a.name
			e.writes = append(e.writes, a)
		}
		events = append(events, e)
	}
	events = append(events, event{name: "the outputs", reads: accesses(c.outputs, read)})
	for _, e := range c.assigns {
		events = append(events,
			event{name: "assign " + e.to.name(), reads: []access{{e.to.name(), from[e.v], spanOf(p.values[e.to])}}})
	}
	return s.run(events)
}

func accesses(regs []*register, read func(*register) access) (all []access) {
	for _, r := range regs {
		all = append(all, read(r))
	}
	return all
}

// spanOf is where the elements of t are.
func spanOf(t Tensor) span {
	if t.empty() {
		return span{}
	}
	data := reflect.ValueOf(t.F32)
	switch t.DType {
	case Float64:
		data = reflect.ValueOf(t.F64)
	case Int64:
		data = reflect.ValueOf(t.I64)
	}
	return span{data.Pointer(), uintptr(t.Bytes())}
}

// checkRandomTape compiles a random graph with random options and follows its tape.
func checkRandomTape(t *testing.T, draw *rand.Rand) (all, inPlace, again int) {
	g, outputs := randomGraph(draw)
	opt := CompileOptions{NoFuse: draw.IntN(3) == 0}
	for _, name := range []string{"fold", "merge", "alias", "plan"} {
		if draw.IntN(10) == 0 {
			opt.Without = append(opt.Without, name)
		}
	}
	for _, layer := range []string{"a", "a.b", "c"} {
		if draw.IntN(3) == 0 && g.checkLayers([]string{layer}) == nil {
			opt.Checkpoint = append(opt.Checkpoint, layer)
		}
	}
	p, err := g.CompileWith(opt, outputs...)
	if err == nil {
		err = CheckMemory(p)
	}
	if err != nil {
		var tape strings.Builder
		g.WriteTo(&tape)
		if p != nil {
			p.WriteTo(&tape)
		}
		t.Fatalf("%+v: %v\n%s", opt, err, &tape)
	}
	for _, line := range p.Instructions() {
		inPlace += boolInt(line.InPlace)
		again += boolInt(line.Again)
	}
	return len(p.Instructions()), inPlace, again
}

// TestShadowOfTapes: on 3,000 random tapes no instruction reads memory that does not hold its operand any more.
func TestShadowOfTapes(t *testing.T) {
	all, inPlace, again := 0, 0, 0
	for seed := range uint64(3000) {
		n, i, a := checkRandomTape(t, rand.New(rand.NewPCG(seed, 2)))
		all, inPlace, again = all+n, inPlace+i, again+a
	}
	if inPlace < all/20 || again < all/40 {
		t.Errorf("%d of %d instructions are in place and %d run again: the tapes test too little", inPlace, all, again)
	}
	t.Logf("%d instructions, %d of them in place, %d again", all, inPlace, again)
}

func FuzzTape(f *testing.F) {
	f.Add([]byte("views and values in the place of others"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		checkRandomTape(t, rand.New(&byteSource{choices, rand.NewPCG(3, 3)}))
	})
}

// eventsOf are instructions that write each unit at its first instant, and read it at its last.
func eventsOf(units []*unit) []event {
	last := 0
	for _, u := range units {
		last = max(last, u.last)
	}
	events := make([]event, last+1)
	for i := range events {
		events[i] = event{name: fmt.Sprint("instant ", i), over: func(int, int) bool { return false }}
	}
	for i, u := range units {
		a := access{fmt.Sprint("unit ", i), origin{i, 0}, span{uintptr(u.address), uintptr(u.size)}}
		events[u.first].writes = append(events[u.first].writes, a)
		if u.last > u.first {
			events[u.last].reads = append(events[u.last].reads, a)
		}
	}
	return events
}

// checkUnits follows a plan, and the plan with one unit in the place of another that is alive with it, which has to be
// found.
func checkUnits(units []*unit) error {
	place(units)
	if err := newShadow(kernel.Alignment).run(eventsOf(units)); err != nil {
		return err
	}
	for i, u := range units {
		j := slices.IndexFunc(units[:i], u.meets)
		if j < 0 {
			continue
		}
		before := u.address
		u.address = units[j].address
		if newShadow(kernel.Alignment).run(eventsOf(units)) == nil {
			return fmt.Errorf("units %d and %d share memory, and that is not found", i, j)
		}
		u.address = before
		return nil
	}
	return nil
}

// TestShadowOfUnits: in plans for random lifetimes every value is there when it is read last.
func TestShadowOfUnits(t *testing.T) {
	for seed := range uint64(300) {
		if err := checkUnits(randomUnits(seed)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func FuzzUnits(f *testing.F) {
	f.Add([]byte("lifetimes"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		draw := rand.New(&byteSource{choices, rand.NewPCG(5, 5)})
		var units []*unit
		for range 1 + draw.IntN(80) {
			first := draw.IntN(60)
			units = append(units, &unit{size: 64 * (1 + draw.IntN(50)), first: first,
				last: first + draw.IntN(1+draw.IntN(30))})
		}
		if err := checkUnits(units); err != nil {
			t.Fatal(err)
		}
	})
}

// TestShadowFinds: a tape whose memory is wrong is found out.
func TestShadowFinds(t *testing.T) {
	build := func() *Program {
		g := &Graph{Mode: Train}
		x, w := g.Input("x", 16), g.Param(vec("w", 16))
		a := Apply(double{2}, x)
		b := ApplyAll(both{}, a)
		h := Apply(half{}, b[0])
		y := Apply(sum{}, Apply(double{3}, x), b[0], b[1], a)
		g.InPhase(Update, func() { g.Assign(w, Apply(times{}, w, b[1])) })
		return mustCompile(t, g, Apply(total{}, h), Apply(total{}, y))
	}
	outOf := func(p *Program, op string, k int) *register {
		i := slices.IndexFunc(p.code.instrs, func(in *instr) bool { return in.op.String() == op })
		return slices.Concat(p.code.instrs[i].out, p.code.instrs[i].scratch)[k]
	}
	for _, c := range []struct {
		name, want string
		damage     func(p *Program)
	}{
		{"a value in the place of one that is read later", "byte 0 of %2 is byte 0 of %6", func(p *Program) {
			outOf(p, "times 3", 0).address = outOf(p, "times 2", 0).address
		}},
		{"two results in one place", "%3 and %4 are written to the same memory", func(p *Program) {
			outOf(p, "both", 1).address = outOf(p, "both", 0).address
		}},
		{"a result over an operand that it may not replace", "%4 is written over its operand %2", func(p *Program) {
			outOf(p, "both", 1).address = outOf(p, "times 2", 0).address + 4
		}},
		{"a view of another part", "byte 0 of %5 is byte 0 of %3",
			func(p *Program) { outOf(p, "half", 0).offset = 0 }},
		{"an update before the last reader of the old value", "byte 0 of w is byte 0 of w' of instruction",
			func(p *Program) {
				in := p.code.instrs[len(p.code.instrs)-1]
				p.code.instrs = slices.Insert(p.code.instrs, len(p.code.instrs)-1, in)
			}},
		{"an assignment that is not made", "byte 0 of w is byte 0 of w", func(p *Program) {
			p.code.instrs = p.code.instrs[:len(p.code.instrs)-1]
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := build()
			if err := CheckMemory(p); err != nil {
				t.Fatal(err)
			}
			c.damage(p)
			p.bind()
			if err := CheckMemory(p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
