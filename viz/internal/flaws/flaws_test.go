package flaws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// faults draws a scene and returns what the checker finds.
func faults(t *testing.T, p *ladder.Picture) []string {
	t.Helper()
	d, err := Read(ladder.SVG(p))
	if err != nil {
		t.Fatalf("%v\n%s", err, ladder.SVG(p))
	}
	return d.Check()
}

// TestCheckerSees spoils a good picture in every way that the checker is for.
func TestCheckerSees(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(p *ladder.Picture)
	}{
		{"a box moved onto another", "overlap",
			func(p *ladder.Picture) { p.Boxes[1].Y = p.Boxes[0].Y + 10; p.Boxes[1].X = p.Boxes[0].X }},
		{"a text moved out of its box", "leaves its box", func(p *ladder.Picture) { p.Boxes[0].Texts[0].X += 60 }},
		{"two texts on one place", "texts", func(p *ladder.Picture) { p.Texts = append(p.Texts, p.Texts[0]) }},
		{"a wire through a box", "runs through box", func(p *ladder.Picture) {
			b := p.Boxes[1].Rect
			p.Wires = append(p.Wires, ladder.Wire{From: p.Boxes[0].ID, To: p.Boxes[2].ID,
				Path: []ink.Point{ink.At(b.X-20, b.MidY()), ink.At(b.Right()+20, b.MidY())}})
		}},
		{"a wire that ends in the air", "does not end", func(p *ladder.Picture) { p.Wires[0].Path[1].Y -= 9 }},
		{"a page that is too small", "leaves the page", func(p *ladder.Picture) { p.H -= 60 }},
		{"an id used twice", "occurs twice", func(p *ladder.Picture) { p.Boxes[1].ID = p.Boxes[0].ID }},
		{"two wires on one line", "on one line", func(p *ladder.Picture) {
			w := p.Wires[0]
			w.From, w.To = w.To, w.From
			p.Wires = append(p.Wires, w)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := ladder.Layout(chainScene(), ladder.Geometry{Lines: 2, Panels: 1})
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

// TestCutLabelsAreSeen spoils a picture whose labels are whole.
func TestCutLabelsAreSeen(t *testing.T) {
	s := chainScene()
	s.Rows[1].Left = []ladder.Box{{Tone: ladder.ToneParam, Label: "weight_hh_l0", Detail: "512×128"}}
	back := ladder.Box{Label: "∂Linear", Detail: "2×3"}
	s.Rows[1].Back, s.Rows[1].Saves, s.Rows[1].Saved = &back, true, "x w_ih w_hh kept"
	s.Frames = []ladder.Frame{{First: 1, Last: 2, Title: "encoder.layer.0.attention"}}
	g := ladder.Geometry{Lines: 2, Panels: 1}
	for _, c := range []struct {
		name, want string
		spoil      func(p *ladder.Picture)
	}{
		{"nothing", "", func(*ladder.Picture) {}},
		{"the label of a parameter", "weight_hh_l0", func(p *ladder.Picture) {
			i := slices.IndexFunc(p.Boxes, func(b ladder.BoxShape) bool { return b.Class == "parameter" })
			p.Boxes[i].Texts[0].Runs = []ink.Run{ink.Bold("weight…_hh_l0")}
		}},
		{"the shape in a box", "2×3", func(p *ladder.Picture) {
			p.Boxes[0].Texts[1].Runs = []ink.Run{ink.Plain("2…")}
		}},
		{"the values that are saved", "x w_ih w_hh kept", func(p *ladder.Picture) {
			i := slices.IndexFunc(p.Texts, func(t ink.Text) bool { return t.Plain() == s.Rows[1].Saved })
			p.Texts[i].Runs = []ink.Run{ink.Plain("x w_… kept")}
		}},
		{"the title of a frame", "encoder.layer.0.attention", func(p *ladder.Picture) {
			p.Frames[0].Title.Runs = []ink.Run{ink.Bold("enc…tion")}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := ladder.Layout(s, g)
			c.spoil(p)
			if got := strings.Join(CutLabels(s, p, g), ", "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
