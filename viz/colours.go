// This file holds the colours of numbers.

package viz

import (
	"fmt"
	"image/color"
	"math"
)

// levels is how many colours stand for the numbers from 0 to the most.
const levels = 64

// levelOf is the colour of v on a scale from 0 to most. Only 0 is white, so that a weight that is small does not look
// like none.
func levelOf(v, most float64) uint8 {
	if v <= 0 || most <= 0 {
		return 0
	}
	return uint8(math.Max(1, math.Round(math.Min(v/most, 1)*(levels-1))))
}

// inks are the colours by level, from white to dark blue along a straight line in OKLab, a space in which equal
// distances look equal (Ottosson, "A perceptual color space for image processing", 2020). So the eye reads a number
// off the darkness, and those who see other hues, or print in grey, read the same.
var inks = inksTo(.28, 0, -.13)

// inksTo are colours from white to one of OKLab.
func inksTo(l, a, b float64) (all [levels]color.RGBA) {
	for i := range all {
		t := float64(i) / (levels - 1)
		all[i] = fromOKLab(1+t*(l-1), t*a, t*b)
	}
	return all
}

// fromOKLab is a colour of OKLab in sRGB.
func fromOKLab(l, a, b float64) color.RGBA {
	cube := func(x float64) float64 { return x * x * x }
	x := cube(l + .3963377774*a + .2158037573*b)
	y := cube(l - .1055613458*a - .0638541728*b)
	z := cube(l - .0894841775*a - 1.2914855480*b)
	return color.RGBA{
		R: sRGB(4.0767416621*x - 3.3077115913*y + .2309699292*z),
		G: sRGB(-1.2684380046*x + 2.6097574011*y - .3413193965*z),
		B: sRGB(-.0041960863*x - .7034186147*y + 1.7076147010*z),
		A: 0xff,
	}
}

// sRGB is a linear intensity as one of 256 (IEC 61966-2-1).
func sRGB(v float64) uint8 {
	v = math.Min(math.Max(v, 0), 1)
	if v <= .0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - .055
	}
	return uint8(math.Round(255 * v))
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
