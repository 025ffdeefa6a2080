package html_test

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// data is what a page's script reads.
type data struct {
	Ladders []ladder
	Trace   trace.Trace
}

type ladder struct {
	Width   int
	Columns []struct{ X, W, Lanes int }
	Rows    []struct{ H, F int }
	Frames  []frame
	Boxes   []box
	Wires   []wire
	Of      []int
}

type frame struct {
	Title               string
	First, Last, Parent int
	Depth, Times        int
	Open, Update        bool
	Boxes               []int
}

type box struct {
	Node, I, R, C, Y, H int
	Kind, Title         string
}

type wire struct {
	A, B int
	S    string
	L    int
}

// dataOf reads the data of a page.
func dataOf(t testing.TB, page string) (d data) {
	t.Helper()
	_, text, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, _ = strings.Cut(text, "</script>")
	if strings.HasPrefix(text, "H4sI") {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLadder: what the layout promises, of a small graph and of LeNet-5.
func TestLadder(t *testing.T) {
	for name, tr := range map[string]*trace.Trace{"forks": forks(t), "lenet": lenet(t)} {
		d := dataOf(t, written(t, tr))
		for _, fault := range faults(&d.Trace.Runs[0], &d.Ladders[0]) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// TestLadderFaults: what the layout promises is found to be broken when it is.
func TestLadderFaults(t *testing.T) {
	d := dataOf(t, written(t, lenet(t)))
	whole, err := json.Marshal(d.Ladders[0])
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(l *ladder){
		"has no box":        func(l *ladder) { l.Of[3] = -1 },
		"overlap":           func(l *ladder) { l.Boxes[l.Of[17]].Y = l.Boxes[l.Of[16]].Y },
		"out of its row":    func(l *ladder) { l.Boxes[l.Of[3]].Y = 999 },
		"not in the row of": func(l *ladder) { l.Boxes[l.Of[18]].R++ },
		"crosses":           func(l *ladder) { l.Frames[0].Last = l.Frames[1].First },
		"columns overlap":   func(l *ladder) { l.Columns[2].X = l.Columns[1].X },
		"share lane": func(l *ladder) {
			l.Wires = append(l.Wires, wire{0, l.Of[5], "forward", 3}, wire{l.Of[0], l.Of[4], "forward", 3})
		},
		"straight over":          func(l *ladder) { l.Wires = append(l.Wires, wire{l.Of[0], l.Of[6], "forward", -1}) },
		"more rows than are few": func(l *ladder) { l.Rows = append(l.Rows, make([]struct{ H, F int }, 60)...) },
	} {
		var l ladder
		if err := json.Unmarshal(whole, &l); err != nil {
			t.Fatal(err)
		}
		spoil(&l)
		found := faults(&d.Trace.Runs[0], &l)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("a ladder that is spoilt so that %q is said to have the faults %v", want, found)
		}
	}
}

// faults are what is wrong with a ladder.
func faults(run *trace.Run, l *ladder) (list []string) {
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for i := range run.Instructions {
		if l.Of[i] < 0 || l.Boxes[l.Of[i]].I != i {
			fault("instruction %d has no box", i)
		}
	}
	for i := 1; i < len(l.Columns); i++ {
		if a, b := l.Columns[i-1], l.Columns[i]; b.W > 0 && b.X < a.X+a.W {
			fault("columns overlap: %d", i)
		}
	}
	stacks := map[[2]int][]box{}
	for _, b := range l.Boxes {
		if b.Y < 0 || b.Y+b.H > l.Rows[b.R].H {
			fault("box %s is out of its row", b.Title)
		}
		stacks[[2]int{b.R, b.C}] = append(stacks[[2]int{b.R, b.C}], b)
	}
	for _, s := range stacks {
		slices.SortFunc(s, func(a, b box) int { return a.Y - b.Y })
		for i := 1; i < len(s); i++ {
			if s[i].Y < s[i-1].Y+s[i-1].H {
				fault("boxes %s and %s overlap", s[i-1].Title, s[i].Title)
			}
		}
	}
	list = append(list, servants(run, l)...)
	list = append(list, crossings(l)...)
	list = append(list, lanes(l)...)
	if n := seenRows(l); n > 40 {
		fault("%d rows are seen, more rows than are few", n)
	}
	return list
}

// servants are the instructions of the backward pass that are not beside the op that they serve.
func servants(run *trace.Run, l *ladder) (list []string) {
	makes := map[int]int{}
	for i, in := range run.Instructions {
		for _, n := range in.Results {
			makes[n] = i
		}
	}
	for i, in := range run.Instructions {
		of := run.Nodes[in.Results[0]].Of
		k, ok := makes[of]
		if in.Phase != "backward" || !ok || run.Instructions[k].Phase != "forward" || l.Of[i] < 0 || l.Of[k] < 0 {
			continue
		}
		if a, b := l.Boxes[l.Of[i]], l.Boxes[l.Of[k]]; a.R != b.R {
			list = append(list, fmt.Sprintf("%s is not in the row of %s", a.Title, b.Title))
		}
	}
	return list
}

// crossings are frames that are neither apart nor one inside the other.
func crossings(l *ladder) (list []string) {
	for i, a := range l.Frames {
		for _, b := range l.Frames[i+1:] {
			apart := a.Last < b.First || b.Last < a.First
			within := a.First <= b.First && b.Last <= a.Last || b.First <= a.First && a.Last <= b.Last
			if !apart && !within {
				list = append(list, fmt.Sprintf("frame %s crosses %s", a.Title, b.Title))
			}
		}
	}
	return list
}

// lanes are wires of different values that lie on each other, and straight ones that pass over a box.
func lanes(l *ladder) (list []string) {
	type key struct {
		side      string
		lane, row int
	}
	used := map[key]int{}
	for _, w := range l.Wires {
		a, b := l.Boxes[w.A].R, l.Boxes[w.B].R
		if w.L == -1 && w.S != "param" && w.S != "across" && max(a, b)-min(a, b) > 1 {
			list = append(list, fmt.Sprintf("a wire goes straight over rows %d to %d", a, b))
		}
		for r := min(a, b); w.L >= 0 && r <= max(a, b); r++ {
			k := key{w.S, w.L, r}
			if from, ok := used[k]; ok && from != w.A {
				a, b := l.Boxes[from].Title, l.Boxes[w.A].Title
				list = append(list, fmt.Sprintf("wires of %s and %s share lane %d of row %d", a, b, w.L, r))
			}
			used[k] = w.A
		}
	}
	return list
}

// seenRows are those that are seen at the beginning, of closed frames one.
func seenRows(l *ladder) (n int) {
	for r := 0; r < len(l.Rows); n++ {
		closed := -1
		for f := l.Rows[r].F; f >= 0 && len(l.Frames) > 0; f = l.Frames[f].Parent {
			if !l.Frames[f].Open {
				closed = f
			}
			if f == l.Frames[f].Parent {
				break
			}
		}
		if closed >= 0 {
			r = l.Frames[closed].Last + 1
		} else {
			r++
		}
	}
	return n
}

// TestRepeat: equal steps that follow each other are one frame, rolled up, and a step that differs is not among them.
func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		name  string
		other int // the step that has another op
		want  []string
	}{
		{"equal steps", -1, []string{"step0…step4 ×5"}},
		{"the fourth is another", 3, []string{"step0…step2 ×3"}},
		{"that in the middle is another, and too few are left", 2, nil},
	} {
		g := &graph.Graph{DType: graph.Float64}
		x, w := g.Input("x", 3), g.Input("w", 3)
		h := x
		for i := range 5 {
			leave := g.Scope(fmt.Sprint("step", i))
			h = ops.Mul(h, w)
			if i == c.other {
				h = ops.Sigmoid(h)
			} else {
				h = ops.Tanh(h)
			}
			leave()
		}
		loss := ops.Sum(h)
		p := compile(t, g, append(graph.Gradients(loss, x, w), loss, h)...)
		p.Set(x, make([]float64, 3))
		p.Set(w, make([]float64, 3))
		d := dataOf(t, written(t, recorded(t, p, trace.Text{En: c.name, Zh: "循环"})))
		var got []string
		for _, f := range d.Ladders[0].Frames {
			if f.Times > 0 {
				got = append(got, f.Title)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: frames %q, want %q", c.name, got, c.want)
		}
		for _, fault := range faults(&d.Trace.Runs[0], &d.Ladders[0]) {
			t.Errorf("%s: %s", c.name, fault)
		}
	}
}
