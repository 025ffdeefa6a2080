package flaws

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// CutLabels returns the labels of a picture that are cut although their box holds them, or could have grown.
func CutLabels(s *ladder.Scene, p *ladder.Picture, g ladder.Geometry) (cut []string) {
	for i := range p.Boxes {
		b := &p.Boxes[i]
		most := ladder.MostOp
		switch b.Class {
		case "portal":
			continue
		case "parameter", "gradient":
			most = ladder.MostSide
		}
		asked, _ := ladder.BoxSize(b.Box, g.Lines)
		label := ink.Text{Runs: ladder.LabelRuns(b.Box), Size: ink.LabelText}
		detail := ink.Text{Runs: []ink.Run{ink.Plain(b.Box.Detail)}, Size: ink.SmallText}
		for _, want := range []ink.Text{label, detail} {
			alone := !ladder.OneLine(b.Box, g.Lines) && want.Width()+2*ladder.TextInset(b.Box) <= most
			isShown := slices.ContainsFunc(b.Texts, func(t ink.Text) bool { return t.Plain() == want.Plain() })
			if want.Plain() != "" && !isShown && (asked <= most || alone) {
				cut = append(cut, want.Plain())
			}
		}
	}
	isText := func(want string) bool {
		return slices.ContainsFunc(p.Texts, func(t ink.Text) bool { return t.Plain() == want })
	}
	for i := range s.Rows {
		r := &s.Rows[i]
		isDrawn := r.Saves && !r.Seed && r.Back != nil && r.Saved != ""
		if isDrawn && ink.TextWidth(r.Saved, ink.SmallText, false)+28 <= ladder.MostSaved && !isText(r.Saved) {
			cut = append(cut, r.Saved)
		}
	}
	for i := range p.Frames {
		if f := &p.Frames[i]; strings.Contains(f.Title.Plain(), "…") && !strings.Contains(f.About, "…") &&
			ink.TextWidth(f.About, ink.SmallText, true) < ladder.MostSide/2 {
			cut = append(cut, f.About)
		}
	}
	return cut
}
