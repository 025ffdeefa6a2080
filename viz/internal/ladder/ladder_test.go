package ladder_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// faults draws a scene and returns what the checker finds.
func faults(t *testing.T, p *ladder.Picture) []string {
	t.Helper()
	d, err := flaws.Read(ladder.SVG(p))
	if err != nil {
		t.Fatalf("%v\n%s", err, ladder.SVG(p))
	}
	return d.Check()
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
func randomScene(r *rand.Rand) *ladder.Scene {
	name := func() string { return nasty[r.IntN(len(nasty))] }
	s := &ladder.Scene{Title: name(), Note: name()}
	n := 1 + r.IntN(24)
	back := r.IntN(3) > 0
	anyBox := func() ladder.Box {
		b := ladder.Box{Tone: ladder.Tone(r.IntN(int(ladder.Tones))), Label: name(), Detail: name(), About: name(),
			Count:  r.IntN(4),
			Closed: r.IntN(3) == 0, Frozen: r.IntN(5) == 0, Shared: r.IntN(5) == 0}
		if r.IntN(3) == 0 {
			b.Name = name()
		}
		return b
	}
	for i := range n {
		w := ladder.Row{ID: 3 * i, Op: anyBox(), Saves: r.IntN(2) == 0, Saved: name(), Seed: r.IntN(6) == 0,
			Sum: r.IntN(4) == 0}
		for range r.IntN(4) {
			w.Left = append(w.Left, anyBox())
		}
		if back && r.IntN(5) > 0 {
			b := anyBox()
			w.Back = &b
			for range r.IntN(3) {
				w.Right = append(w.Right, anyBox())
			}
		}
		s.Rows = append(s.Rows, w)
	}
	for range r.IntN(3 * n) {
		e := ladder.Edge{From: ladder.Port{r.IntN(n), r.IntN(2) == 0}, To: ladder.Port{r.IntN(n), r.IntN(2) == 0},
			Shape: name()}
		if r.IntN(4) > 0 { // mostly as a graph would have it
			e.To.Back = e.From.Back
			if e.From.Back == (e.From.Row < e.To.Row) {
				e.From, e.To = e.To, e.From
			}
		}
		if s.At(e.From) != nil && s.At(e.To) != nil && e.From.Row != e.To.Row {
			s.Edges = append(s.Edges, e)
		}
	}
	s.Frames = randomFrames(r, 0, n-1, 0)
	for i := range s.Frames {
		s.Frames[i].Title = name()
		s.Frames[i].Count = r.IntN(3)
	}
	return s
}

// randomFrames nests frames within the rows first … last.
func randomFrames(r *rand.Rand, first, last, depth int) []ladder.Frame {
	var list []ladder.Frame
	for i := first; i <= last && depth < 4; i++ {
		if r.IntN(3) > 0 {
			continue
		}
		end := i + r.IntN(last-i+1)
		list = append(list, ladder.Frame{First: i, Last: end, Depth: depth})
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
		for _, g := range []ladder.Geometry{{1, 1}, {2, 1}, {2, 2}, {1, 3}} {
			if found := faults(t, ladder.Layout(s, g)); len(found) > 0 {
				t.Fatalf("scene %d, %+v:\n%s", seed, g, strings.Join(found[:min(8, len(found))], "\n"))
			}
		}
	}
}

// chainScene is three boxes below each other.
func chainScene() *ladder.Scene {
	s := &ladder.Scene{Title: "chain"}
	for i, label := range []string{"x", "Linear", "ReLU"} {
		s.Rows = append(s.Rows, ladder.Row{ID: i, Op: ladder.Box{Label: label, Detail: "2×3"}})
		if i > 0 {
			s.Edges = append(s.Edges, ladder.Edge{From: ladder.Port{Row: i - 1}, To: ladder.Port{Row: i}})
		}
	}
	return s
}
