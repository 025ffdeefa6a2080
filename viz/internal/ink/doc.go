// Package ink is what all drawings of the project that are made without a plotting library share: the colours of lines
// and texts on light and dark paper, those of numbers, places in pixels, lines of text, and elements of SVG.
//
// Texts are measured without a font, by a table of the widest advance that a character has in the fonts that a viewer
// may have. So a drawing is the same on every machine, and its texts fit their boxes on each.
//
// # Map
//
//	colours.go   colours on light and dark paper; the colours of numbers, which are even to the eye
//	geometry.go  points and rectangles
//	text.go      a line of text, its sizes and its anchor
//	metrics.go   how wide a text is, and a text that is shortened to fit
//	widths.go    the table of advances, which a test writes
//	svg.go       elements, numbers and texts of SVG
package ink
