package viz

import (
	"math"
	"strings"
)

// finish adds headings, the title block and the legend around the panels, and sets
// the size of the picture.
func (l *ladder) finish() {
	l.headings()
	last := &l.panels[len(l.panels)-1]
	w := last.x + l.cols.width
	bottom := l.foot()
	titles, shift := l.titles(w - margin)
	l.move(shift)
	l.pic.texts = append(l.pic.texts, titles...)
	for i := range titles {
		w = math.Max(w, titles[i].bounds().right())
	}
	bottom = l.legend(bottom+shift+16, math.Max(w-margin, 460))
	for _, t := range l.pic.texts {
		w = math.Max(w, t.bounds().right())
	}
	l.pic.w, l.pic.h = math.Ceil(w+margin), math.Ceil(bottom+margin-6)
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
			at := point{p.x + x + w/2, headingRoom - 14}
			l.label(text{point: at, size: smallText, quiet: true, runs: []run{{s, false}}})
		}
	}
	if l.hasParams() {
		heading(l.s.lang.say(sayHeadParams), c.left, math.Max(c.leftW, 1))
	}
	heading(l.s.lang.say(sayHeadForward), c.forward, c.opW)
	if l.back {
		heading(l.s.lang.say(sayHeadBackward), c.backward, c.opW)
		if c.rightW > 0 {
			heading(l.s.lang.say(sayHeadGradients), c.right, c.rightW)
		}
	}
}

func (l *ladder) hasParams() bool {
	for i := range l.s.rows {
		for _, b := range l.s.rows[i].left {
			if b.tone == toneParam {
				return true
			}
		}
	}
	return false
}

// titles returns the title block for a drawing of the given width, and its height.
// The note stands beside the title when there is room.
func (l *ladder) titles(w float64) ([]text, float64) {
	title := text{point: point{margin, margin + 16}, anchor: start, size: titleText, runs: []run{{l.s.title, true}}}
	note := text{point: point{margin, margin + 16}, anchor: start, size: labelText, quiet: true,
		runs: []run{{l.s.note, false}}}
	fit(&title, math.Max(w, 560), l.s.title)
	if beside := title.x + title.width() + 16; beside+note.width() <= margin+w {
		note.x = beside
		return []text{title, note}, margin + 26
	}
	all, y := []text{title}, margin+26
	for _, line := range wrapped(l.s.note, math.Max(w, 560)) {
		y += 22
		note.y, note.runs = y-10, []run{{line, false}}
		fit(&note, math.Max(w, 560), l.s.note)
		all = append(all, note)
	}
	return all, y
}

// factGap stands between the facts of a note.
const factGap = " · "

// wrapped is a note in lines of width w, each of whole facts.
func wrapped(note string, w float64) (lines []string) {
	line := ""
	for _, fact := range strings.Split(note, factGap) {
		switch longer := line + factGap + fact; {
		case line == "":
			line = fact
		case textWidth(longer, labelText, false) <= w:
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
	shift := func(list []text) {
		for i := range list {
			list[i].y += dy
		}
	}
	shift(p.texts)
	for i := range p.boxes {
		p.boxes[i].y += dy
		p.boxes[i].heat.y += dy
		shift(p.boxes[i].texts)
	}
	for i := range p.frames {
		p.frames[i].y += dy
		p.frames[i].title.y += dy
	}
	for i := range p.sums {
		p.sums[i].y += dy
	}
	for i := range p.wires {
		for k := range p.wires[i].path {
			p.wires[i].path[k].y += dy
		}
		for k := range p.wires[i].dots {
			p.wires[i].dots[k].y += dy
		}
	}
}

// legend explains the boxes and wires that are present, in lines of width w, and
// returns where it ends.
func (l *ladder) legend(y, w float64) float64 {
	x := margin
	add := func(s legendShape, p phrase) {
		label := l.s.lang.say(p)
		width := 30 + textWidth(label, smallText, false)
		if x > margin && x+width > margin+w {
			x, y = margin, y+22
		}
		s.rect = rect{x, y, 24, 15}
		l.pic.legend = append(l.pic.legend, s)
		l.label(text{point: point{x + 30, y + 12}, anchor: start, size: smallText, quiet: true,
			runs: []run{{label, false}}})
		x += width + 20
	}
	p := l.present()
	for t := range tones {
		if p.tones[t] {
			add(legendShape{tone: t}, palette[t].legend)
		}
	}
	if p.frozen {
		add(legendShape{tone: toneParam, frozen: true}, sayFrozen)
	}
	if p.shared {
		add(legendShape{tone: toneParam, shared: true}, sayShared)
	}
	if p.cards {
		add(legendShape{tone: toneElementwise, cards: true}, sayCards)
	}
	kinds, cut := [wireKinds]bool{}, false
	for i := range l.pic.wires {
		kinds[l.pic.wires[i].kind] = true
		cut = cut || l.pic.wires[i].cut
	}
	for _, k := range []wireKind{wireForward, wireBackward, wireSaved} {
		if kinds[k] {
			add(legendShape{isWire: true, wire: k}, wireNames[k])
		}
	}
	if cut {
		add(legendShape{isWire: true, wire: wireForward, cut: true}, sayCut)
	}
	if len(l.pic.sums) > 0 {
		add(legendShape{tone: toneGrad, sum: true}, saySums)
	}
	if p.heat {
		add(legendShape{tone: toneView, ramp: true}, sayRamp)
	}
	return y + 15
}

var wireNames = [wireKinds]phrase{
	wireForward:  sayValue,
	wireBackward: sayGradient,
	wireSaved:    saySaved,
}

// presence is what occurs in a drawing: tones, parameters with a mark, and boxes or frames that are folded.
type presence struct {
	tones                 [tones]bool
	frozen, shared, cards bool
	heat                  bool // of the value of some box
}

func (l *ladder) present() (p presence) {
	for i := range l.pic.boxes {
		b := &l.pic.boxes[i]
		if b.class == "portal" {
			continue
		}
		p.tones[b.box.tone] = true
		p.frozen = p.frozen || b.box.frozen
		p.shared = p.shared || b.box.shared
		p.cards = p.cards || b.box.count > 1
		p.heat = p.heat || b.box.value != nil && b.box.value.heat != nil
	}
	for i := range l.pic.frames {
		p.cards = p.cards || l.pic.frames[i].count > 1
	}
	return p
}
