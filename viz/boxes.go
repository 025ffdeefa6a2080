package viz

import "math"

// Sizes of the drawing in pixels. Every text is at least smallText, so the factor
// by which a slide shrinks the drawing decides whether it can be read.
const (
	labelText = 14.0
	smallText = 13.0
	titleText = 20.0

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

// textInset returns the room that a form takes from its texts on each side.
func textInset(b *box) float64 {
	switch palette[b.tone].form {
	case formHexagon, formTrapezoid:
		return bevel + 2
	case formStadium:
		return 12
	case formDice:
		return textPad + glyphWidth
	case formFolded:
		if !b.frozen {
			return textPad + 3
		}
	}
	if b.frozen {
		return textPad + glyphWidth
	}
	return textPad
}

// times writes how often a folded layer occurs.
func times(n int) string { return "  ×" + itoa(n) }

// labelRuns returns the first line of a box: its layer, what it is, how often.
func labelRuns(b *box) []run {
	var runs []run
	if b.name != "" {
		runs = append(runs, run{b.name, true})
		if b.label != "" {
			runs = append(runs, run{" · " + b.label, false})
		}
	} else {
		runs = append(runs, run{b.label, true})
	}
	if b.count > 1 {
		runs = append(runs, run{times(b.count), true})
	}
	return runs
}

// oneLine reports whether label and detail of a box share a line.
func oneLine(b *box, lines int) bool {
	return lines == 1 || b.detail == "" || palette[b.tone].form == formBar
}

// boxSize returns the size that a box asks for.
func boxSize(b *box, lines int) (w, h float64) {
	w, h = headSize(b, lines)
	if b.value != nil {
		vw, vh := b.value.size()
		w, h = math.Max(w, vw+2*textInset(b)), h+vh+valueGap
	}
	return w, h
}

// headSize is that of a box without its value.
func headSize(b *box, lines int) (w, h float64) {
	label := text{size: labelText, runs: labelRuns(b)}
	detail := text{size: smallText, runs: []run{{b.detail, false}}}
	side := 2 * textInset(b)
	switch {
	case b.detail == "":
		return label.width() + side, 28
	case oneLine(b, lines):
		return label.width() + 12 + detail.width() + side, 28
	}
	return math.Max(label.width(), detail.width()) + side, 44
}

// boxTexts places the texts of a box that stands in r, shortening what is too long, and the picture of its value.
func boxTexts(b *box, r rect, lines int) (texts []text, heat rect) {
	if b.value == nil {
		return headTexts(b, r, lines), rect{}
	}
	_, whole := boxSize(b, lines)
	_, head := headSize(b, lines)
	top := r.cy() - whole/2
	values, heat := b.value.place(rect{r.x, top + head, r.w, whole - head - valueGap})
	return append(headTexts(b, rect{r.x, top, r.w, head}, lines), values...), heat
}

// headTexts places the texts of a box without its value.
func headTexts(b *box, r rect, lines int) []text {
	in := textInset(b)
	room := r.w - 2*in
	whole := aboutBox(b)
	label := text{size: labelText, runs: labelRuns(b)}
	if b.detail == "" {
		label.point = point{r.cx(), r.cy() + 5}
		fit(&label, room, whole)
		return []text{label}
	}
	detail := text{size: smallText, runs: []run{{b.detail, false}}}
	if !oneLine(b, lines) {
		label.point, detail.point = point{r.cx(), r.cy() - 4}, point{r.cx(), r.cy() + 14}
		fit(&label, room, whole)
		fit(&detail, room, whole)
		return []text{label, detail}
	}
	label.point, label.anchor = point{r.x + in, r.cy() + 5}, start
	detail.point, detail.anchor = point{r.right() - in, r.cy() + 5}, end
	if both := room - 12; label.width()+detail.width() > both {
		fit(&detail, math.Max(both*0.6, both-label.width()), whole)
		fit(&label, both-detail.width(), whole)
	}
	return []text{label, detail}
}

// fit shortens the longest run of t until t is at most max wide; the tooltip then
// has the whole.
func fit(t *text, max float64, whole string) {
	over := t.width() - max
	if over <= 0 {
		return
	}
	longest := 0
	for i := range t.runs {
		if len(t.runs[i].s) > len(t.runs[longest].s) {
			longest = i
		}
	}
	r := &t.runs[longest]
	r.s = ellipsize(r.s, t.size, r.bold, textWidth(r.s, t.size, r.bold)-over)
	t.about = whole
	if t.width() > max && len(t.runs) > 1 {
		t.runs = t.runs[:1]
		fit(t, max, whole)
	}
}

// aboutBox returns the tooltip of a box.
func aboutBox(b *box) string {
	label := text{runs: labelRuns(b)}
	s := label.plain()
	value := ""
	if b.value != nil {
		value = b.value.text
	}
	for _, more := range []string{b.detail, value, b.about} {
		if more != "" {
			s += " — " + more
		}
	}
	return s
}
