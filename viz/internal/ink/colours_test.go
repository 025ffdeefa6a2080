package ink

import (
	"image/color"
	"math"
	"slices"
	"testing"
)

// TestInks: from level to level the lightness falls by as much, to within what 256 shades can tell, from white on.
// Only 0 is white. As a control, colours whose darkness grows with the square of the level do not fall evenly.
func TestInks(t *testing.T) {
	uneven := func(at func(i int) color.RGBA) float64 {
		var falls []float64
		for i := 8; i < Levels; i += 8 {
			falls = append(falls, lightness(at(i-8))-lightness(at(i)))
		}
		return slices.Max(falls) / slices.Min(falls)
	}
	if r := uneven(func(i int) color.RGBA { return Blues[i] }); !(r >= 1 && r < 1.25) {
		t.Errorf("the steps of lightness differ by a factor of %.2f", r)
	}
	squared := func(i int) color.RGBA { return Blues[i*i/(Levels-1)] }
	if r := uneven(squared); r < 1.25 {
		t.Errorf("the control is as even: %.2f", r)
	}
	if Blues[0] != (color.RGBA{255, 255, 255, 255}) || LevelOf(0, 1) != 0 || LevelOf(1e-9, 1) != 1 ||
		LevelOf(1, 1) != Levels-1 || LevelOf(7, 1) != Levels-1 || LevelOf(0, 0) != 0 {
		t.Error("the ends of the scale are wrong")
	}
}

// lightness is L* of CIELAB for the whitepoint D65 (CIE 15:2004), from linear intensities (IEC 61966-2-1).
func lightness(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= .04045 {
			return x / 12.92
		}
		return math.Pow((x+.055)/1.055, 2.4)
	}
	y := .2126*linear(c.R) + .7152*linear(c.G) + .0722*linear(c.B)
	if y <= 216./24389 {
		return y * 24389 / 27
	}
	return 116*math.Cbrt(y) - 16
}
