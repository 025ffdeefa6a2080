package ink

// Sizes of texts in pixels. Every text is at least SmallText, so the factor by which a slide shrinks the drawing
// decides whether it can be read.
const (
	LabelText = 14.0
	SmallText = 13.0
	TitleText = 20.0
)

// A Text is one line; its runs differ in weight only.
type Text struct {
	Point  // of the baseline
	Anchor Anchor
	Size   float64
	Quiet  bool
	Tone   string // class of a coloured text
	Runs   []Run
	About  string // the whole text when the runs are shortened
}

// An Anchor is the part of a text that stands at its point.
type Anchor uint8

// The anchors.
const (
	Middle Anchor = iota
	Start
	End
)

// A Run is a piece of a text, of one weight.
type Run struct {
	S    string
	Bold bool
}

// Plain is a run of usual weight.
func Plain(s string) Run { return Run{s, false} }

// Bold is a run that is bold.
func Bold(s string) Run { return Run{s, true} }

// Width is the most that the text is wide.
func (t *Text) Width() float64 {
	w := 0.0
	for _, r := range t.Runs {
		w += TextWidth(r.S, t.Size, r.Bold)
	}
	return w
}

// Bounds returns the rectangle that the text covers at most.
func (t *Text) Bounds() Rect {
	w := t.Width()
	x := t.X
	switch t.Anchor {
	case Middle:
		x -= w / 2
	case End:
		x -= w
	}
	return Area(x, t.Y-0.76*t.Size, w, t.Size)
}

// Plain returns the characters of the text.
func (t *Text) Plain() string {
	s := ""
	for _, r := range t.Runs {
		s += r.S
	}
	return s
}
