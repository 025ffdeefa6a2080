package ladder

import (
	"math"
	"strconv"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// Sizes of a box in pixels.
const (
	cornerRadius = 6.0
	cardOffset   = 3.5 // of each card in the stack of a folded box
	bevel        = 13.0
	textPad      = 10.0
	glyphWidth   = 18.0
	minBoxWidth  = 96.0
)

// inset returns how far the outline of a form of height h is from its left (or
// right) side at height dy above the middle.
func inset(f form, h, dy float64) float64 {
	switch f {
	case formHexagon:
		return bevel * math.Min(1, math.Abs(dy)/(h/2))
	case formTrapezoid:
		return bevel * (h/2 + dy) / h
	case formStadium:
		r := stadiumRadius(h)
		over := math.Max(0, math.Abs(dy)-(h/2-r))
		return r - math.Sqrt(math.Max(0, r*r-over*over))
	}
	return 0
}

func stadiumRadius(h float64) float64 { return math.Min(h/2, 22) }

// TextInset returns the room that a form takes from its texts on each side.
func TextInset(b *Box) float64 {
	switch palette[b.Tone].form {
	case formHexagon, formTrapezoid:
		return bevel + 2
	case formStadium:
		return 12
	case formDice:
		return textPad + glyphWidth
	case formFolded:
		if !b.Frozen {
			return textPad + 3
		}
	}
	if b.Frozen {
		return textPad + glyphWidth
	}
	return textPad
}

// times writes how often a folded layer occurs.
func times(n int) string { return "  ×" + strconv.Itoa(n) }

// LabelRuns returns the first line of a box: its layer, what it is, how often.
func LabelRuns(b *Box) []ink.Run {
	var runs []ink.Run
	if b.Name != "" {
		runs = append(runs, ink.Bold(b.Name))
		if b.Label != "" {
			runs = append(runs, ink.Plain(" · "+b.Label))
		}
	} else {
		runs = append(runs, ink.Bold(b.Label))
	}
	if b.Count > 1 {
		runs = append(runs, ink.Bold(times(b.Count)))
	}
	return runs
}

// OneLine reports whether label and detail of a box share a line.
func OneLine(b *Box, lines int) bool {
	return lines == 1 || b.Detail == "" || palette[b.Tone].form == formBar
}

// BoxSize returns the size that a box asks for.
func BoxSize(b *Box, lines int) (w, h float64) {
	w, h = headSize(b, lines)
	if b.Value != nil {
		vw, vh := b.Value.size()
		w, h = math.Max(w, vw+2*TextInset(b)), h+vh+valueGap
	}
	return w, h
}

// headSize is that of a box without its value.
func headSize(b *Box, lines int) (w, h float64) {
	label := ink.Text{Size: ink.LabelText, Runs: LabelRuns(b)}
	detail := ink.Text{Size: ink.SmallText, Runs: []ink.Run{ink.Plain(b.Detail)}}
	side := 2 * TextInset(b)
	switch {
	case b.Detail == "":
		return label.Width() + side, 28
	case OneLine(b, lines):
		return label.Width() + 12 + detail.Width() + side, 28
	}
	return math.Max(label.Width(), detail.Width()) + side, 44
}

// boxTexts places the texts of a box that stands in r, shortening what is too long, and the picture of its value.
func boxTexts(b *Box, r ink.Rect, lines int) (texts []ink.Text, heat ink.Rect) {
	if b.Value == nil {
		return headTexts(b, r, lines), ink.Rect{}
	}
	_, whole := BoxSize(b, lines)
	_, head := headSize(b, lines)
	top := r.MidY() - whole/2
	values, heat := b.Value.place(ink.Area(r.X, top+head, r.W, whole-head-valueGap))
	return append(headTexts(b, ink.Area(r.X, top, r.W, head), lines), values...), heat
}

// headTexts places the texts of a box without its value.
func headTexts(b *Box, r ink.Rect, lines int) []ink.Text {
	in := TextInset(b)
	room := r.W - 2*in
	whole := aboutBox(b)
	label := ink.Text{Size: ink.LabelText, Runs: LabelRuns(b)}
	if b.Detail == "" {
		label.Point = ink.At(r.MidX(), r.MidY()+5)
		fit(&label, room, whole)
		return []ink.Text{label}
	}
	detail := ink.Text{Size: ink.SmallText, Runs: []ink.Run{ink.Plain(b.Detail)}}
	if !OneLine(b, lines) {
		label.Point, detail.Point = ink.At(r.MidX(), r.MidY()-4), ink.At(r.MidX(), r.MidY()+14)
		fit(&label, room, whole)
		fit(&detail, room, whole)
		return []ink.Text{label, detail}
	}
	label.Point, label.Anchor = ink.At(r.X+in, r.MidY()+5), ink.Start
	detail.Point, detail.Anchor = ink.At(r.Right()-in, r.MidY()+5), ink.End
	if both := room - 12; label.Width()+detail.Width() > both {
		fit(&detail, math.Max(both*0.6, both-label.Width()), whole)
		fit(&label, both-detail.Width(), whole)
	}
	return []ink.Text{label, detail}
}

// fit shortens the longest run of t until t is at most max wide; the tooltip then
// has the whole.
func fit(t *ink.Text, max float64, whole string) {
	over := t.Width() - max
	if over <= 0 {
		return
	}
	longest := 0
	for i := range t.Runs {
		if len(t.Runs[i].S) > len(t.Runs[longest].S) {
			longest = i
		}
	}
	r := &t.Runs[longest]
	r.S = ink.Ellipsize(r.S, t.Size, r.Bold, ink.TextWidth(r.S, t.Size, r.Bold)-over)
	t.About = whole
	if t.Width() > max && len(t.Runs) > 1 {
		t.Runs = t.Runs[:1]
		fit(t, max, whole)
	}
}

// aboutBox returns the tooltip of a box.
func aboutBox(b *Box) string {
	label := ink.Text{Runs: LabelRuns(b)}
	s := label.Plain()
	value := ""
	if b.Value != nil {
		value = b.Value.Text
	}
	for _, more := range []string{b.Detail, value, b.About} {
		if more != "" {
			s += " — " + more
		}
	}
	return s
}
