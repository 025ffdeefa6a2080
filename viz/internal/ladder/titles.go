package ladder

import (
	"math"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// finish adds headings, the title block and the legend around the panels, and sets
// the size of the picture.
func (l *ladder) finish() {
	l.headings()
	last := &l.panels[len(l.panels)-1]
	w := last.x + l.cols.width
	bottom := l.foot()
	titles, shift := l.titles(w - ink.Margin)
	l.move(shift)
	l.pic.Texts = append(l.pic.Texts, titles...)
	for i := range titles {
		w = math.Max(w, titles[i].Bounds().Right())
	}
	bottom = l.legend(bottom+shift+16, math.Max(w-ink.Margin, 460))
	for _, t := range l.pic.Texts {
		w = math.Max(w, t.Bounds().Right())
	}
	l.pic.W, l.pic.H = math.Ceil(w+ink.Margin), math.Ceil(bottom+ink.Margin-6)
}

// headings names the columns above every panel.
func (l *ladder) headings() {
	for k := range l.panels {
		l.headingsOf(&l.panels[k])
	}
}

func (l *ladder) headingsOf(p *panel) {
	c := &l.cols
	heading := func(s string, x, w float64) {
		if w > 0 {
			at := ink.At(p.x+x+w/2, headingRoom-14)
			l.label(ink.Text{Point: at, Size: ink.SmallText, Quiet: true, Runs: []ink.Run{ink.Plain(s)}})
		}
	}
	if l.hasParams() {
		heading(l.s.Lang.Say(words.HeadParams), c.left, math.Max(c.leftW, 1))
	}
	heading(l.s.Lang.Say(words.HeadForward), c.forward, c.opW)
	if l.back {
		heading(l.s.Lang.Say(words.HeadBackward), c.backward, c.opW)
		if c.rightW > 0 {
			heading(l.s.Lang.Say(words.HeadGradients), c.right, c.rightW)
		}
	}
}

func (l *ladder) hasParams() bool {
	for i := range l.s.Rows {
		for _, b := range l.s.Rows[i].Left {
			if b.Tone == ToneParam {
				return true
			}
		}
	}
	return false
}

// titles returns the title block for a drawing of the given width, and its height.
// The note stands beside the title when there is room.
func (l *ladder) titles(w float64) ([]ink.Text, float64) {
	title := ink.Text{Point: ink.At(ink.Margin, ink.Margin+16), Anchor: ink.Start, Size: ink.TitleText,
		Runs: []ink.Run{ink.Bold(l.s.Title)}}
	note := ink.Text{Point: ink.At(ink.Margin, ink.Margin+16), Anchor: ink.Start, Size: ink.LabelText, Quiet: true,
		Runs: []ink.Run{ink.Plain(l.s.Note)}}
	fit(&title, math.Max(w, 560), l.s.Title)
	if beside := title.X + title.Width() + 16; beside+note.Width() <= ink.Margin+w {
		note.X = beside
		return []ink.Text{title, note}, ink.Margin + 26
	}
	all, y := []ink.Text{title}, ink.Margin+26
	for _, line := range wrapped(l.s.Note, math.Max(w, 560)) {
		y += 22
		note.Y, note.Runs = y-10, []ink.Run{ink.Plain(line)}
		fit(&note, math.Max(w, 560), l.s.Note)
		all = append(all, note)
	}
	return all, y
}

// FactGap stands between the facts of a note.
const FactGap = " · "

// wrapped is a note in lines of width w, each of whole facts.
func wrapped(note string, w float64) (lines []string) {
	line := ""
	for _, fact := range strings.Split(note, FactGap) {
		switch longer := line + FactGap + fact; {
		case line == "":
			line = fact
		case ink.TextWidth(longer, ink.LabelText, false) <= w:
			line = longer
		default:
			lines, line = append(lines, line), fact
		}
	}
	return append(lines, line)
}

// move shifts everything drawn so far down.
func (l *ladder) move(dy float64) {
	p := l.pic
	shift := func(list []ink.Text) {
		for i := range list {
			list[i].Y += dy
		}
	}
	shift(p.Texts)
	for i := range p.Boxes {
		p.Boxes[i].Y += dy
		p.Boxes[i].heat.Y += dy
		shift(p.Boxes[i].Texts)
	}
	for i := range p.Frames {
		p.Frames[i].Y += dy
		p.Frames[i].Title.Y += dy
	}
	for i := range p.sums {
		p.sums[i].Y += dy
	}
	for i := range p.Wires {
		for k := range p.Wires[i].Path {
			p.Wires[i].Path[k].Y += dy
		}
		for k := range p.Wires[i].dots {
			p.Wires[i].dots[k].Y += dy
		}
	}
}

// legend explains the boxes and wires that are present, in lines of width w, and
// returns where it ends.
func (l *ladder) legend(y, w float64) float64 {
	x := ink.Margin
	add := func(s legendShape, p words.Phrase) {
		label := l.s.Lang.Say(p)
		width := 30 + ink.TextWidth(label, ink.SmallText, false)
		if x > ink.Margin && x+width > ink.Margin+w {
			x, y = ink.Margin, y+22
		}
		s.Rect = ink.Area(x, y, 24, 15)
		l.pic.legend = append(l.pic.legend, s)
		l.label(ink.Text{Point: ink.At(x+30, y+12), Anchor: ink.Start, Size: ink.SmallText, Quiet: true,
			Runs: []ink.Run{ink.Plain(label)}})
		x += width + 20
	}
	p := l.present()
	for t := range Tones {
		if p.tones[t] {
			add(legendShape{tone: t}, palette[t].legend)
		}
	}
	if p.frozen {
		add(legendShape{tone: ToneParam, frozen: true}, words.Frozen)
	}
	if p.shared {
		add(legendShape{tone: ToneParam, shared: true}, words.Shared)
	}
	if p.cards {
		add(legendShape{tone: ToneElementwise, cards: true}, words.Cards)
	}
	kinds, cut := [wireKinds]bool{}, false
	for i := range l.pic.Wires {
		kinds[l.pic.Wires[i].kind] = true
		cut = cut || l.pic.Wires[i].cut
	}
	for _, k := range []wireKind{wireForward, wireBackward, wireSaved} {
		if kinds[k] {
			add(legendShape{isWire: true, wire: k}, wireNames[k])
		}
	}
	if cut {
		add(legendShape{isWire: true, wire: wireForward, cut: true}, words.Cut)
	}
	if len(l.pic.sums) > 0 {
		add(legendShape{tone: ToneGrad, sum: true}, words.Sums)
	}
	if p.heat {
		add(legendShape{tone: ToneView, ramp: true}, words.Ramp)
	}
	return y + 15
}

var wireNames = [wireKinds]words.Phrase{
	wireForward:  words.Value,
	wireBackward: words.Gradient,
	wireSaved:    words.Saved,
}

// presence is what occurs in a drawing: tones, parameters with a mark, and boxes or frames that are folded.
type presence struct {
	tones                 [Tones]bool
	frozen, shared, cards bool
	heat                  bool // of the value of some box
}

func (l *ladder) present() (p presence) {
	for i := range l.pic.Boxes {
		b := &l.pic.Boxes[i]
		if b.Class == "portal" {
			continue
		}
		p.tones[b.Box.Tone] = true
		p.frozen = p.frozen || b.Box.Frozen
		p.shared = p.shared || b.Box.Shared
		p.cards = p.cards || b.Box.Count > 1
		p.heat = p.heat || b.Box.Value != nil && b.Box.Value.Heat != nil
	}
	for i := range l.pic.Frames {
		p.cards = p.cards || l.pic.Frames[i].count > 1
	}
	return p
}
