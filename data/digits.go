// This file holds the generated data set of handwritten digits.

package data

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/rng"
)

// side is the height and width of an image of a digit.
const side = 28

// Digits returns the built-in data set of the ten digits, 10,000 images (1, 28, 28) to train on and 2,000 to
// test with, white on black as MNIST's. It needs no file: each image is drawn with a round pen along the strokes
// of one of a few ways to write the digit, after the strokes have been bent as hands bend them (moved control
// points, a smooth displacement field in the manner of Simard, Steinkraus and Platt 2003, slant, rotation, size,
// aspect, place and pen width), then blurred and made a little noisy.
//
// Image i of each part shows the digit i mod 10 and is a function of (seed, part, i) alone. A linear classifier
// stays near 0.91 on the test images however long it learns; LeNet-5 passes 0.97 in three epochs.
func Digits(seed uint64) Images { return DigitsN(seed, 10000, 2000) }

// DigitsN is [Digits] with other numbers of images: the first ones of as many as one likes. It panics when a number is
// negative.
func DigitsN(seed uint64, train, test int) Images {
	if train < 0 || test < 0 {
		panic(fmt.Sprintf("data: DigitsN of %d and %d images, want at least 0 of each", train, test))
	}
	return Images{
		Name:    "digits",
		Train:   drawDigits(rng.Key(seed, rng.HashString("data.digits.train")), train),
		Test:    drawDigits(rng.Key(seed, rng.HashString("data.digits.test")), test),
		Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
	}
}

func drawDigits(key rng.K, n int) Split {
	s := Split{
		X: graph.FromFloat32(make([]float32, n*side*side), n, 1, side, side),
		Y: graph.FromInt64(make([]int64, n), n),
	}
	parallel.Run(parallel.Blocks(n, sheet), &digitSheet{key, s})
	return s
}

// sheet is the number of digits one block of work draws.
const sheet = 50

type digitSheet struct {
	key rng.K
	s   Split
}

func (d *digitSheet) Block(b int) {
	var c canvas
	lo, hi := parallel.Bounds(b, sheet, d.s.Len())
	for i := lo; i < hi; i++ {
		label := i % 10
		c.draw(d.key.Sub(uint64(i)), label)
		for j, v := range c.ink {
			d.s.X.F32[i*side*side+j] = float32(math.Round(min(max(v, 0), 1)*255) / 255) // a grey value of a byte
		}
		d.s.Y.I64[i] = int64(label)
	}
}

// A canvas is one image while it is drawn, and the random numbers it is drawn by.
type canvas struct {
	key   rng.K
	drawn uint64 // random numbers used
	ink   [side * side]float64
}

// uniform returns a number in [lo, hi).
func (c *canvas) uniform(lo, hi float64) float64 {
	var u [1]float64
	rng.Uniform(u[:], c.key, c.drawn)
	c.drawn++
	return lo + (hi-lo)*u[0]
}

// bell returns a number about 0 with the given spread, never further away than three of it: the sum of three
// uniform numbers.
func (c *canvas) bell(spread float64) float64 {
	return spread * (c.uniform(-1, 1) + c.uniform(-1, 1) + c.uniform(-1, 1))
}

// draw draws one image of the digit.
func (c *canvas) draw(key rng.K, digit int) {
	c.key, c.drawn = key, 0
	c.ink = [side * side]float64{}

	ways := digitStrokes[digit]
	way := ways[int(c.uniform(0, float64(len(ways))))]
	strokes := make([][]point, len(way))
	bend, place := c.newBend(), c.newHand()
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for i, s := range way {
		strokes[i] = smooth(c.jitter(s))
		for j, p := range strokes[i] {
			p = place.apply(bend.apply(p))
			strokes[i][j] = p
			lo, hi = point{min(lo.x, p.x), min(lo.y, p.y)}, point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	pen := c.newPen()
	shift := point{c.settle(lo.x, hi.x, pen.radius), c.settle(lo.y, hi.y, pen.radius)}
	for _, s := range strokes {
		for j := range s {
			s[j] = point{s[j].x + shift.x, s[j].y + shift.y}
		}
		c.stroke(s, pen)
	}
	c.blur(c.uniform(0.3, 0.75))
	c.develop(c.uniform(0.9, 1.4), c.uniform(0, 0.06))
}

// jitter moves the control points of a stroke a little. Equal neighbours, which mark a corner, stay together.
func (c *canvas) jitter(s []point) []point {
	moved := make([]point, len(s))
	for i, p := range s {
		if i > 0 && p == s[i-1] {
			moved[i] = moved[i-1]
			continue
		}
		moved[i] = point{p.x + c.bell(0.022), p.y + c.bell(0.022)}
	}
	return moved
}

// A bend is a smooth displacement field: two plane waves of random direction.
type bend [2]struct{ fx, fy, phase, dx, dy float64 }

func (c *canvas) newBend() bend {
	var b bend
	for i := range b {
		angle, f := c.uniform(0, 2*math.Pi), c.uniform(2.5, 6)
		sin, cos := math.Sincos(angle)
		b[i].fx, b[i].fy, b[i].phase = f*cos, f*sin, c.uniform(0, 2*math.Pi)
		b[i].dx, b[i].dy = c.bell(0.027), c.bell(0.027)
	}
	return b
}

func (b bend) apply(p point) point {
	q := p
	for _, w := range b {
		s := math.Sin(w.fx*p.x + w.fy*p.y + w.phase)
		q.x += w.dx * s
		q.y += w.dy * s
	}
	return q
}

// A hand is the linear map of slant, rotation, size and aspect, from the unit of the strokes to pixels.
type hand struct{ xx, xy, yx, yy float64 }

func (c *canvas) newHand() hand {
	height := c.uniform(17, 21)
	width := height * (1 + c.bell(0.12))
	slant := 0.08 + c.bell(0.13)
	sin, cos := math.Sincos(c.bell(0.09))
	// rotate · scale · slant; y points down, so a slant to the right is negative
	return hand{
		xx: cos * width, xy: -cos*width*slant - sin*height,
		yx: sin * width, yy: -sin*width*slant + cos*height,
	}
}

func (h hand) apply(p point) point {
	return point{h.xx*p.x + h.xy*p.y, h.yx*p.x + h.yy*p.y}
}

// settle returns how far to move the range [lo, hi] so that it lies near the middle of the image, off by up to
// 2.7 pixels, and inside it when it fits.
func (c *canvas) settle(lo, hi, radius float64) float64 {
	room := max((side-(hi-lo))/2-radius-0.5, 0)
	off := min(max(c.uniform(-2.7, 2.7), -room), room)
	return side/2 + off - (lo+hi)/2
}

// A pen has a radius in pixels, which swells along the stroke.
type pen struct{ radius, swell, rate, phase float64 }

func (c *canvas) newPen() pen {
	return pen{c.uniform(0.95, 1.8), c.uniform(0, 0.2), c.uniform(0.1, 0.35), c.uniform(0, 2*math.Pi)}
}

// stroke inks every pixel by how much of it the pen covers on its way.
func (c *canvas) stroke(path []point, pen pen) {
	length := 0.0
	for i := range len(path) - 1 {
		a, b := path[i], path[i+1]
		dx, dy := b.x-a.x, b.y-a.y
		d2 := dx*dx + dy*dy
		r := pen.radius * (1 + pen.swell*math.Sin(pen.rate*length+pen.phase))
		length += math.Sqrt(d2)
		reach := r + 0.5
		for y := clampPixel(min(a.y, b.y) - reach); y <= clampPixel(max(a.y, b.y)+reach); y++ {
			for x := clampPixel(min(a.x, b.x) - reach); x <= clampPixel(max(a.x, b.x)+reach); x++ {
				px, py := float64(x)+0.5-a.x, float64(y)+0.5-a.y // from a to the middle of the pixel
				t := 0.0
				if d2 > 0 {
					t = min(max((px*dx+py*dy)/d2, 0), 1)
				}
				ex, ey := px-t*dx, py-t*dy
				cover := reach - math.Sqrt(ex*ex+ey*ey)
				at := y*side + x
				c.ink[at] = max(c.ink[at], min(cover, 1))
			}
		}
	}
}

func clampPixel(v float64) int { return int(min(max(math.Floor(v), 0), side-1)) }

// blur folds the image with a Gaussian of the given width, cut to 3×3.
func (c *canvas) blur(sigma float64) {
	near := math.Exp(-1 / (2 * sigma * sigma))
	mid := 1 / (1 + 2*near)
	near *= mid
	var rows [side * side]float64
	for i, v := range c.ink {
		left, right := 0.0, 0.0
		if i%side > 0 {
			left = c.ink[i-1]
		}
		if i%side < side-1 {
			right = c.ink[i+1]
		}
		rows[i] = mid*v + near*(left+right)
	}
	for i, v := range rows {
		above, below := 0.0, 0.0
		if i >= side {
			above = rows[i-side]
		}
		if i+side < len(rows) {
			below = rows[i+side]
		}
		c.ink[i] = mid*v + near*(above+below)
	}
}

// develop sets the contrast and adds noise, more of it in the ink than on the paper.
func (c *canvas) develop(gain, noise float64) {
	var z [side * side]float32
	rng.Normal(z[:], c.key, (c.drawn+3)&^3)
	for i, v := range c.ink {
		v = min(v*gain, 1)
		c.ink[i] = v + noise*(0.25+v)*float64(z[i])
	}
}

// smooth returns points along the centripetal Catmull-Rom curve through the given ones (Yuksel, Schaefer and
// Keyser 2011), which has neither cusps nor loops between them. Two equal neighbours make a corner.
func smooth(control []point) []point {
	var path []point
	for from := 0; from < len(control); {
		to := from + 1
		for to < len(control) && control[to] != control[to-1] {
			to++
		}
		path = appendCurve(path, control[from:to])
		from = to
	}
	return path
}

// samples is the number of straight pieces that one piece of a curve is drawn as.
const samples = 7

func appendCurve(path, c []point) []point {
	path = append(path, c[0])
	for i := range len(c) - 1 {
		p1, p2 := c[i], c[i+1]
		p0, p3 := p1.mirror(p2), p2.mirror(p1) // the ends go on straight
		if i > 0 {
			p0 = c[i-1]
		}
		if i+2 < len(c) {
			p3 = c[i+2]
		}
		for j := 1; j <= samples; j++ {
			path = append(path, catmullRom(p0, p1, p2, p3, float64(j)/samples))
		}
	}
	return path
}

// catmullRom is the point of the curve between p1 (u = 0) and p2 (u = 1), by the pyramid of Barry and Goldman 1988.
func catmullRom(p0, p1, p2, p3 point, u float64) point {
	t1 := p0.knot(p1)
	t2 := t1 + p1.knot(p2)
	t3 := t2 + p2.knot(p3)
	t := t1 + u*(t2-t1)
	a1 := p0.mix(p1, t/t1)
	a2 := p1.mix(p2, (t-t1)/(t2-t1))
	a3 := p2.mix(p3, (t-t2)/(t3-t2))
	b1 := a1.mix(a2, t/t2)
	b2 := a2.mix(a3, (t-t1)/(t3-t1))
	return b1.mix(b2, (t-t1)/(t2-t1))
}

type point struct{ x, y float64 }

func (p point) mix(q point, u float64) point { return point{p.x + u*(q.x-p.x), p.y + u*(q.y-p.y)} }

func (p point) mirror(q point) point { return point{2*p.x - q.x, 2*p.y - q.y} }

// knot is the distance to q under the square root, never 0.
func (p point) knot(q point) float64 { return math.Sqrt(math.Hypot(q.x-p.x, q.y-p.y)) + 1e-6 }
