package ink

import (
	"fmt"
	"image/color"
	"math"
)

// A Colour is the same hue on light and on dark paper.
type Colour struct{ Light, Dark string }

// Pair is a colour on light and on dark paper.
func Pair(light, dark string) Colour { return Colour{light, dark} }

// Colours that all drawings share.
var (
	Paper = Colour{"#FFFFFF", "#12161C"}
	Black = Colour{"#1A1A1A", "#E8EAED"} // of texts
	Quiet = Colour{"#5A6270", "#A3ACBA"} // of texts that say more
	Frame = Colour{"#C9CED8", "#3A4250"} // around what belongs together
	Line  = Colour{"#8A93A3", "#727C8C"} // around a picture, and to what is saved
)

// Levels is how many colours stand for the numbers from 0 to the most.
const Levels = 64

// LevelOf is the colour of v on a scale from 0 to most. Only 0 is white, so that a weight that is small does not look
// like none.
func LevelOf(v, most float64) uint8 {
	if v <= 0 || most <= 0 {
		return 0
	}
	return uint8(math.Max(1, math.Round(math.Min(v/most, 1)*(Levels-1))))
}

// Blues are the colours by level, from white to dark blue along a straight line in OKLab, a space in which equal
// distances look equal (Ottosson, "A perceptual color space for image processing", 2020). So the eye reads a number
// off the darkness, and those who see other hues, or print in grey, read the same.
var Blues = inksTo(.28, 0, -.13)

// Reds are the colours of numbers below 0, as dark as [Blues] are at the same distance from it.
var Reds = inksTo(.28, .15, .07)

// inksTo are colours from white to one of OKLab.
func inksTo(l, a, b float64) (all [Levels]color.RGBA) {
	for i := range all {
		t := float64(i) / (Levels - 1)
		all[i] = OKLab(1+t*(l-1), t*a, t*b)
	}
	return all
}

// OKLab is a colour of OKLab in sRGB.
func OKLab(l, a, b float64) color.RGBA {
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

// Hex is a colour as SVG has it: #RRGGBB.
func Hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
