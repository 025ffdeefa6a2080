package ladder

import (
	"math"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// A Value is a value as a box shows it.
type Value struct {
	Name    string     // before it, such as dy; "" for none
	Numbers [][]string // few, in rows
	Lines   []string   // of more numbers, what they come to
	Heat    *Heat      // their picture, nil for none
	Text    string     // all in one line, for tooltips and DOT
}

// A Heat is numbers as a small picture: white is 0, darker is larger, blue above 0 and red below, on one scale. Of a
// tensor of pictures it is some planes side by side, or a picture in its colours.
type Heat struct {
	W, H       float64 // in pixels of the drawing
	Planes, Of int     // that are shown, and that there are
	First      bool    // they are those of the first example alone
	Href       string  // a PNG, within the address
}

// Distances within a value, in pixels.
const (
	valueGap   = 6.0  // below the name of the box
	numberLine = 16.0 // from a row of numbers to the next
	numberGap  = 9.0  // between columns of numbers
	heatGap    = 8.0  // between a picture and what it comes to
	WideHeat   = 90.0 // from this width on that stands below the picture
)

// size is the room that a value takes.
func (v *Value) size() (w, h float64) {
	w, h = v.textSize()
	if v.Heat != nil {
		if v.Heat.W > WideHeat {
			w, h = math.Max(w, v.Heat.W), h+v.Heat.H+4
		} else {
			w, h = w+heatGap+v.Heat.W, math.Max(h, v.Heat.H)
		}
	}
	if v.Name != "" {
		w += ink.TextWidth(v.Name, ink.SmallText, true) + heatGap
	}
	return math.Ceil(w), h
}

// textSize is the room of numbers, or of lines.
func (v *Value) textSize() (w, h float64) {
	for _, c := range v.columns() {
		w += c + numberGap
	}
	w = math.Max(0, w-numberGap)
	for _, l := range v.Lines {
		w = math.Max(w, ink.TextWidth(l, ink.SmallText, false))
	}
	return w, numberLine * float64(len(v.Numbers)+len(v.Lines))
}

// columns are the widths of the columns of numbers.
func (v *Value) columns() (widths []float64) {
	for _, row := range v.Numbers {
		for k, s := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = math.Max(widths[k], ink.TextWidth(s, ink.SmallText, false))
		}
	}
	return widths
}

// place puts a value into r: its texts, and where its picture stands.
func (v *Value) place(r ink.Rect) (texts []ink.Text, heat ink.Rect) {
	w, h := v.size()
	x, y := r.MidX()-w/2, r.MidY()-h/2
	add := func(s string, at ink.Point, a ink.Anchor, bold bool) {
		texts = append(texts, ink.Text{Point: at, Anchor: a, Size: ink.SmallText, Runs: []ink.Run{{S: s, Bold: bold}}})
	}
	if v.Name != "" {
		add(v.Name, ink.At(x, r.MidY()+4.5), ink.Start, true)
		x += ink.TextWidth(v.Name, ink.SmallText, true) + heatGap
	}
	tw, th := v.textSize()
	top := r.MidY() - th/2
	if v.Heat != nil {
		heat = ink.Area(x, y, v.Heat.W, v.Heat.H)
		if v.Heat.W > WideHeat {
			heat.X += math.Max(0, (tw-v.Heat.W)/2)
			x, top = x+math.Max(0, (v.Heat.W-tw)/2), heat.Bottom()+4
		} else {
			heat.Y = r.MidY() - v.Heat.H/2
			x += v.Heat.W + heatGap
		}
	}
	for i, l := range v.Lines {
		add(l, ink.At(x, top+numberLine*(float64(i)+.5)+4.5), ink.Start, false)
	}
	widths := v.columns()
	for i, row := range v.Numbers {
		right := x
		for k, s := range row {
			right += widths[k]
			add(s, ink.At(right, top+numberLine*(float64(i)+.5)+4.5), ink.End, false)
			right += numberGap
		}
	}
	return texts, heat
}
