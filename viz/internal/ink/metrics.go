package ink

import (
	"strings"
	"unicode"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Text is measured without a font. The table in widths.go holds, per character,
// the largest advance among Inter, Liberation Sans (the metrics of Arial and
// Helvetica) and DejaVu Sans, so a text fits its box whichever of them the viewer
// has; scripts outside the table count as wide. safety covers hinting and rounding.
const safety = 1.04

// TextWidth returns an upper bound of the width of s in pixels.
func TextWidth(s string, size float64, bold bool) float64 {
	em := 0
	for _, r := range plain.Text(s) { // as it is written
		em += runeWidth(r, bold)
	}
	return float64(em) / 100 * size * safety
}

// runeWidth returns the advance of r in hundredths of an em.
func runeWidth(r rune, bold bool) int {
	for i := range widths {
		t := &widths[i]
		if r < t.first || int(r-t.first) >= len(t.regular) {
			continue
		}
		if bold {
			return int(t.bold[r-t.first])
		}
		return int(t.regular[r-t.first])
	}
	switch {
	case isZeroWidth(r):
		return 0
	case r >= 0x1F000 || r >= 0x2600 && r <= 0x27BF:
		return 130 // emoji and dingbats: Noto Color Emoji advances 1.25 em
	}
	return 105 // East Asian wide is 1 em; so is, generously, every other script
}

// isZeroWidth reports whether r is drawn on top of its neighbour or not at all:
// combining marks, joiners, variation selectors, direction marks.
func isZeroWidth(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf)
}

// Ellipsize shortens s in the middle until it is at most max pixels wide. Names
// differ at both ends (layer3.1.conv2), so both ends stay.
func Ellipsize(s string, size float64, bold bool, max float64) string {
	if TextWidth(s, size, bold) <= max {
		return s
	}
	parts := clusters(s)
	if n := len(parts); n > 2*longName { // what is between is never seen
		parts = append(parts[:longName:longName], parts[n-longName:]...)
	}
	for keep := len(parts) - 1; keep > 0; keep-- {
		head := (keep + 1) / 2
		short := strings.Join(parts[:head], "") + "…" + strings.Join(parts[len(parts)-keep+head:], "")
		if TextWidth(short, size, bold) <= max {
			return short
		}
	}
	return "…"
}

// longName is more characters than a text on a drawing has room for, on either side of what is left out.
const longName = 400

// clusters splits s before every character that has a width of its own, except
// after a joiner, so that no accent or emoji is torn apart.
func clusters(s string) []string {
	var parts []string
	joined := false
	for _, r := range s {
		if n := len(parts); n > 0 && (joined || isZeroWidth(r)) {
			parts[n-1] += string(r)
		} else {
			parts = append(parts, string(r))
		}
		joined = r == 0x200D
	}
	return parts
}
