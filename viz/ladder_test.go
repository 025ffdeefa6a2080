package viz

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// faults draws a scene and returns what the checker finds.
func faults(t *testing.T, p *picture) []string {
	t.Helper()
	d, err := readDrawing(svgText(p))
	if err != nil {
		t.Fatalf("%v\n%s", err, svgText(p))
	}
	return d.check()
}

// nasty are names that a user may give to anything.
var nasty = []string{
	"", "x", "node", "edge", "digraph", "<unk>", "<b>bold</b>", `a"b'c`, `back\slash\`, `ends\`, "a&b&amp;c",
	"tab\tnewline\nnul\x00",
	"中文名字的层", "σ(z)", "x[0]", "f(x)", "a:b", "A+B", "👩‍👩‍👧‍👦 family", "e\u0301\u0301accents", "عربي",
	"bad\xff\xfeutf8", "]]>", "<!--", "-->", "${x}", "%s%d",
	strings.Repeat("very.long.path.", 12), "\u202eright to left", "\ufeffbom", "￿",
}

// randomScene returns a scene that no graph would make, to see that layout holds.
func randomScene(r *rand.Rand) *scene {
	name := func() string { return nasty[r.IntN(len(nasty))] }
	s := &scene{title: name(), note: name()}
	n := 1 + r.IntN(24)
	back := r.IntN(3) > 0
	anyBox := func() box {
		b := box{tone: tone(r.IntN(int(tones))), label: name(), detail: name(), about: name(), count: r.IntN(4),
			closed: r.IntN(3) == 0, frozen: r.IntN(5) == 0, shared: r.IntN(5) == 0}
		if r.IntN(3) == 0 {
			b.name = name()
		}
		return b
	}
	for i := range n {
		w := row{id: 3 * i, op: anyBox(), saves: r.IntN(2) == 0, saved: name(), seed: r.IntN(6) == 0,
			sum: r.IntN(4) == 0}
		for range r.IntN(4) {
			w.left = append(w.left, anyBox())
		}
		if back && r.IntN(5) > 0 {
			b := anyBox()
			w.back = &b
			for range r.IntN(3) {
				w.right = append(w.right, anyBox())
			}
		}
		s.rows = append(s.rows, w)
	}
	for range r.IntN(3 * n) {
		e := edge{from: port{r.IntN(n), r.IntN(2) == 0}, to: port{r.IntN(n), r.IntN(2) == 0}, shape: name()}
		if r.IntN(4) > 0 { // mostly as a graph would have it
			e.to.back = e.from.back
			if e.from.back == (e.from.row < e.to.row) {
				e.from, e.to = e.to, e.from
			}
		}
		if s.at(e.from) != nil && s.at(e.to) != nil && e.from.row != e.to.row {
			s.edges = append(s.edges, e)
		}
	}
	s.frames = randomFrames(r, 0, n-1, 0)
	for i := range s.frames {
		s.frames[i].title = name()
		s.frames[i].count = r.IntN(3)
	}
	return s
}

// randomFrames nests frames within the rows first … last.
func randomFrames(r *rand.Rand, first, last, depth int) []frame {
	var list []frame
	for i := first; i <= last && depth < 4; i++ {
		if r.IntN(3) > 0 {
			continue
		}
		end := i + r.IntN(last-i+1)
		list = append(list, frame{first: i, last: end, depth: depth})
		list = append(list, randomFrames(r, i, end, depth+1)...)
		i = end
	}
	return list
}

// TestLayoutHolds draws random scenes in every geometry: no overlap, no text outside
// its box, no wire through a box, everything on the page.
func TestLayoutHolds(t *testing.T) {
	scenes := 60
	if testing.Short() {
		scenes = 30
	}
	for seed := range scenes {
		s := randomScene(rand.New(rand.NewPCG(uint64(seed), 1)))
		for _, g := range []geometry{{1, 1}, {2, 1}, {2, 2}, {1, 3}} {
			if found := faults(t, layout(s, g)); len(found) > 0 {
				t.Fatalf("scene %d, %+v:\n%s", seed, g, strings.Join(found[:min(8, len(found))], "\n"))
			}
		}
	}
}

// TestCheckerSees spoils a good picture in every way that the checker is for.
func TestCheckerSees(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(p *picture)
	}{
		{"a box moved onto another", "overlap",
			func(p *picture) { p.boxes[1].y = p.boxes[0].y + 10; p.boxes[1].x = p.boxes[0].x }},
		{"a text moved out of its box", "leaves its box", func(p *picture) { p.boxes[0].texts[0].x += 60 }},
		{"two texts on one place", "texts", func(p *picture) { p.texts = append(p.texts, p.texts[0]) }},
		{"a wire through a box", "runs through box", func(p *picture) {
			b := p.boxes[1].rect
			p.wires = append(p.wires, wire{from: p.boxes[0].id, to: p.boxes[2].id,
				path: []point{{b.x - 20, b.cy()}, {b.right() + 20, b.cy()}}})
		}},
		{"a wire that ends in the air", "does not end", func(p *picture) { p.wires[0].path[1].y -= 9 }},
		{"a page that is too small", "leaves the page", func(p *picture) { p.h -= 60 }},
		{"an id used twice", "occurs twice", func(p *picture) { p.boxes[1].id = p.boxes[0].id }},
		{"two wires on one line", "on one line", func(p *picture) {
			w := p.wires[0]
			w.from, w.to = w.to, w.from
			p.wires = append(p.wires, w)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := layout(chainScene(), geometry{2, 1})
			if found := faults(t, p); len(found) > 0 {
				t.Fatalf("the picture is bad before it is spoiled: %v", found)
			}
			c.spoil(p)
			if found := fmt.Sprint(faults(t, p)); !strings.Contains(found, c.want) {
				t.Errorf("the checker says %s, want %q", found, c.want)
			}
		})
	}
}

// chainScene is three boxes below each other.
func chainScene() *scene {
	s := &scene{title: "chain"}
	for i, label := range []string{"x", "Linear", "ReLU"} {
		s.rows = append(s.rows, row{id: i, op: box{label: label, detail: "2×3"}})
		if i > 0 {
			s.edges = append(s.edges, edge{from: port{row: i - 1}, to: port{row: i}})
		}
	}
	return s
}
