package ladder

import (
	"math"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// The page that a drawing is made to fit, in pixels: a slide. A text is legible on
// it from LegibleText pixels.
const (
	pageWidth, pageHeight = 1600.0, 900.0
	LegibleText           = 12.0
)

// LayoutForPage tries all geometries and takes the one whose texts are largest on a
// slide; but a panel more must pay for the eye's way to it, and beyond a comfortable
// size larger is no better.
func LayoutForPage(s *Scene) *Picture {
	const comfortable, panelCost, denseCost = 17.0, 1.5, 0.7
	var best *Picture
	bestScore := math.Inf(-1)
	for panels := 1; panels <= maxPanels(s); panels++ {
		for lines := 2; lines >= 1; lines-- {
			p := Layout(s, Geometry{Lines: lines, Panels: panels})
			score := math.Min(SlideText(p), comfortable) - panelCost*float64(panels-1) - denseCost*float64(2-lines)
			if size := SlideText(p); size < LegibleText {
				score = size - 100
			}
			if score > bestScore {
				best, bestScore = p, score
			}
		}
	}
	return best
}

// maxPanels bounds the panels that are worth trying: each has a few rows.
func maxPanels(s *Scene) int { return max(1, min(12, len(s.Rows)/4)) }

// SlideText returns the size of the smallest text when the picture fills a slide.
func SlideText(p *Picture) float64 {
	return ink.SmallText * math.Min(pageWidth/p.W, pageHeight/p.H)
}
