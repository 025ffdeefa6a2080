// This file finds the drawing in a picture.

package picture

import (
	"image"
	"io"
	"math"
	"slices"

	"golang.org/x/image/draw"

	"github.com/stheno-ml/stheno/graph"
)

const (
	lookSide  = 512 // pixels of the longer side while a drawing is looked for
	drawSide  = 160 // of the drawing while it is drawn anew
	leastSeen = .05 // of the range, by which ink differs from its ground

	penWidth         = .125 // of the height of a digit, the middle of MNIST's
	thinPen, fatPen  = .095, .19
	mostPieces       = 30 // a drawing has no more
	leastPiece       = .05
	leastInnerPieces = .03
)

// drawing is the drawing in src, laid on paper, in the form of MNIST; zeros if nothing is seen.
func drawing(src image.Image, orientation int, paper image.Image, h, w int) plane {
	all := reduced(src, src.Bounds(), paper, lookSide)
	if as := all.grey().turned(orientation); as.w == w && as.h == h && as.clean() && as.centred() {
		return as
	}
	none := newPlane(w, h)
	first := all.ink().pieces()
	if first.box.Empty() {
		return none
	}
	// Now the same in the drawing's own surroundings, as finely as the picture allows.
	side := max(first.box.Dx(), first.box.Dy())
	step := all.step
	around := first.box.Inset(-(side*3/10 + 2))
	around = image.Rect(around.Min.X*step, around.Min.Y*step, around.Max.X*step,
		around.Max.Y*step).Add(src.Bounds().Min)
	near := reduced(src, around.Intersect(src.Bounds()), paper, drawSide*8/5).enlarged(drawSide)
	found := near.ink().pieces()
	if found.box.Empty() {
		return none
	}
	return found.redrawn().turned(orientation).placed(h, w)
}

// colours are the three planes of a part of a picture, and how many pixels of it a pixel of theirs is across.
type colours struct {
	plane [3]plane
	step  int
}

// reduced is a part of a picture on paper, made smaller by a whole number until no side is longer than most.
func reduced(src image.Image, part image.Rectangle, paper image.Image, most int) colours {
	k := max((max(part.Dx(), part.Dy())+most-1)/most, 1)
	c := colours{step: k}
	w, h := (part.Dx()+k-1)/k, (part.Dy()+k-1)/k
	for i := range c.plane {
		c.plane[i] = newPlane(w, h)
	}
	rows := image.NewRGBA(image.Rect(0, 0, part.Dx(), k))
	for y := range h {
		draw.Draw(rows, rows.Rect, paper, image.Point{}, draw.Src)
		draw.Draw(rows, rows.Rect, src, image.Pt(part.Min.X, part.Min.Y+y*k), draw.Over)
		high := min(k, part.Dy()-y*k)
		for x := range w {
			wide := min(k, part.Dx()-x*k)
			var sum [3]int
			for j := range high {
				for at := j*rows.Stride + 4*x*k; at < j*rows.Stride+4*(x*k+wide); at += 4 {
					sum[0] += int(rows.Pix[at])
					sum[1] += int(rows.Pix[at+1])
					sum[2] += int(rows.Pix[at+2])
				}
			}
			for i, s := range sum {
				c.plane[i].v[y*w+x] = float32(s) / float32(255*high*wide)
			}
		}
	}
	return c
}

// enlarged is c with straight lines between its pixels, until the longer side has as many as given.
func (c colours) enlarged(least int) colours {
	k := (least + max(c.plane[0].w, c.plane[0].h) - 1) / max(c.plane[0].w, c.plane[0].h)
	if k <= 1 {
		return c
	}
	for i, p := range c.plane {
		q := newPlane(p.w*k, p.h*k)
		for y := range q.h {
			for x := range q.w {
				q.v[y*q.w+x] = p.between((float64(x)+.5)/float64(k), (float64(y)+.5)/float64(k))
			}
		}
		c.plane[i] = q
	}
	return c
}

// between is the value at a place, where the middle of pixel (0, 0) is (½, ½).
func (p plane) between(x, y float64) float32 {
	x, y = x-.5, y-.5
	fx, fy := math.Floor(x), math.Floor(y)
	ax, ay := float32(x-fx), float32(y-fy)
	ix, iy := int(fx), int(fy)
	return (1-ay)*((1-ax)*p.at(ix, iy)+ax*p.at(ix+1, iy)) + ay*((1-ax)*p.at(ix, iy+1)+ax*p.at(ix+1, iy+1))
}

// grey is the lightness.
func (c colours) grey() plane {
	p := newPlane(c.plane[0].w, c.plane[0].h)
	for i := range p.v {
		r, g, b := c.plane[0].v[i], c.plane[1].v[i], c.plane[2].v[i]
		if p.v[i] = r; r != g || g != b {
			p.v[i] = .299*r + .587*g + .114*b
		}
	}
	return p
}

// clean reports whether a picture is like those of a data set, on black, or on white, and then turns it.
func (p plane) clean() bool {
	around := p.border()
	slices.Sort(around)
	low, high := around[len(around)/10], around[len(around)*9/10]
	if slices.Max(p.v)-slices.Min(p.v) < .6 {
		return false
	}
	if low > .97 {
		for i, v := range p.v {
			p.v[i] = 1 - v
		}
		return true
	}
	return high < .03
}

// ink is by how much each pixel stands out from its ground, in [0, 1], and by how much noise does.
func (c colours) ink() ink {
	w, h := c.plane[0].w, c.plane[0].h
	out := newPlane(w, h)
	var standing []float32
	for k, p := range c.plane {
		if k == 0 || !slices.Equal(p.v, c.plane[k-1].v) { // most pictures of ink are grey
			standing = p.standing()
		}
		for i, v := range standing {
			out.v[i] += v * v / 3
		}
	}
	for i, v := range out.v {
		out.v[i] = float32(math.Sqrt(float64(v)))
	}
	out = out.mean(1)
	sorted := slices.Sorted(slices.Values(out.v))
	ground := sorted[len(sorted)/2]              // noise makes the ground's brightest parts stand for it
	noise := ground - sorted[len(sorted)*16/100] // of the half that holds no ink
	for i, v := range out.v {
		out.v[i] = max(v-ground, 0)
	}
	return ink{out, noise}
}

// farOff is how far the centre of mass of a drawing may be from the middle, as a share of the side. In MNIST, and in
// what placed makes, it is within a pixel of 28.
const farOff = 2.5 / 28

// centred reports whether the drawing on black stands in the middle, as [plane.placed] puts it.
func (p plane) centred() bool {
	mass, mx, my := 0., 0., 0.
	for i, v := range p.v {
		mass += float64(v)
		mx += float64(v) * (float64(i%p.w) + .5)
		my += float64(v) * (float64(i/p.w) + .5)
	}
	w, h := float64(p.w), float64(p.h)
	return mass == 0 || math.Abs(mx/mass-w/2) <= farOff*w && math.Abs(my/mass-h/2) <= farOff*h
}

// AreDrawings reports whether most of pictures (N, C, H, W) are drawings as those of MNIST are: of one channel, on
// black, and in the middle. It looks at some hundreds of them, evenly spread.
func AreDrawings(x graph.Tensor) bool {
	const looks = 300
	if len(x.Shape) != 4 || x.Shape[1] != 1 || x.DType != graph.Float32 || x.Shape.Size() == 0 {
		return false
	}
	n, size := x.Shape[0], x.Shape[2]*x.Shape[3]
	step, seen, drawn := (n+looks-1)/looks, 0, 0
	p := newPlane(x.Shape[3], x.Shape[2])
	for i := 0; i < n; i += step {
		copy(p.v, x.F32[i*size:(i+1)*size])
		if seen++; p.clean() && p.centred() {
			drawn++
		}
	}
	return 2*drawn > seen
}

// standing is what ink is in one colour: the part of the light that is missing where ink is dark, the light that is
// added where it is light.
func (p plane) standing() []float32 {
	reach := max(min(p.w, p.h)*2/10, 2)
	v := make([]float32, len(p.v))
	if p.dark() {
		for i, g := range p.closed(reach).v {
			v[i] = (g - p.v[i]) / max(g, .15)
		}
		return v
	}
	for i, g := range p.negative().closed(reach).v {
		v[i] = p.v[i] + g
	}
	return v
}

// dark reports whether ink is darker than the ground. Around the picture is ground, if it is even; else ink is the
// smaller part of each surroundings, and lies further from their mean.
func (p plane) dark() bool {
	around, sum := p.border(), 0.0
	ground := median(around)
	if spread(around) < .02 {
		for _, v := range p.v {
			d := float64(v - ground)
			sum += d * d * d
		}
		return sum < 0
	}
	for i, m := range p.mean(max(min(p.w, p.h)/4, 2)).v {
		d := float64(p.v[i] - m)
		sum += d * d * d
	}
	return sum < 0
}

// ink is a plane of what stands out, and the spread of its ground.
type ink struct {
	plane
	noise float32
}

// pieces are those connected parts of the ink that are taken for the drawing, and the box around them.
type pieces struct {
	w, h int
	in   []bool
	box  image.Rectangle
}

// A piece is a connected part of the ink.
type piece struct {
	pixels []int
	edge   bool // it reaches the end of the picture
}

// pieces takes the parts that stand out by four tenths of the most and more. Of those, parts that reach the end of
// the picture are what lies about, if there are others, and small parts are dust.
func (k ink) pieces() pieces {
	out := pieces{w: k.w, h: k.h, in: make([]bool, k.w*k.h)}
	most := slices.Max(k.v)
	if most < leastSeen || most < 8*k.noise {
		return out
	}
	all := k.connected(max(.4*most, 4*k.noise))
	largest := func() (n int) {
		for _, p := range all {
			n = max(n, len(p.pixels))
		}
		return n
	}
	inner := slices.ContainsFunc(all, func(p piece) bool {
		return !p.edge &&
			float64(len(p.pixels)) >= leastInnerPieces*float64(largest())
	})
	if inner {
		all = slices.DeleteFunc(all, func(p piece) bool { return p.edge })
	}
	least := leastPiece * float64(largest())
	all = slices.DeleteFunc(all, func(p piece) bool { return float64(len(p.pixels)) < least })
	if len(all) > mostPieces {
		return out
	}
	for _, p := range all {
		for _, i := range p.pixels {
			out.in[i] = true
			out.box = out.box.Union(image.Rect(i%k.w, i/k.w, i%k.w+1, i/k.w+1))
		}
	}
	return out
}

// connected returns the parts of pixels above a bound that touch by sides or corners.
func (k ink) connected(bound float32) []piece {
	var all []piece
	seen := make([]bool, len(k.v))
	for i := range k.v {
		if seen[i] || k.v[i] < bound {
			continue
		}
		seen[i] = true
		p := piece{pixels: []int{i}}
		for n := 0; n < len(p.pixels); n++ {
			x, y := p.pixels[n]%k.w, p.pixels[n]/k.w
			p.edge = p.edge || x == 0 || y == 0 || x == k.w-1 || y == k.h-1
			for ny := max(y-1, 0); ny <= min(y+1, k.h-1); ny++ {
				for nx := max(x-1, 0); nx <= min(x+1, k.w-1); nx++ {
					if j := ny*k.w + nx; !seen[j] && k.v[j] >= bound {
						seen[j] = true
						p.pixels = append(p.pixels, j)
					}
				}
			}
		}
		all = append(all, p)
	}
	return all
}

// redrawn is the drawing with strokes of a pen's width, 1 in it and 0 outside, with room around it for what they gain.
func (p pieces) redrawn() plane {
	side := max(p.box.Dx(), p.box.Dy())
	room := side/8 + 2
	box := p.box.Inset(-room)
	w, h := box.Dx(), box.Dy()
	in := func(i int) bool {
		x, y := i%w+box.Min.X, i/w+box.Min.Y
		return x >= 0 && y >= 0 && x < p.w && y < p.h && p.in[y*p.w+x]
	}
	inside, outside := distance(w, h, func(i int) bool { return !in(i) }), distance(w, h, in)
	width := 2 * strokeRadius(inside) / float64(side)
	grow := 0.
	switch {
	case width < thinPen:
		grow = (penWidth - width) / 2 * float64(side)
	case width > fatPen:
		grow = max(penWidth-width, -.6*width) / 2 * float64(side)
	}
	out := newPlane(w, h)
	for i := range out.v {
		deep := inside.v[i] - .5 // from the edge, which lies between pixels
		if outside.v[i] > 0 {
			deep = .5 - outside.v[i]
		}
		out.v[i] = min(max(deep+float32(grow)+.5, 0), 1)
	}
	return out
}

// strokeRadius is the mean distance from the edge along the middles of the strokes, where it is larger than beside.
func strokeRadius(inside plane) float64 {
	sum, n := 0., 0.
	for y := range inside.h {
		for x := range inside.w {
			v := inside.at(x, y)
			if v > 0 && (v >= inside.at(x-1, y) && v >= inside.at(x+1, y) || v >= inside.at(x, y-1) &&
				v >= inside.at(x, y+1)) {
				sum += float64(v) * float64(v)
				n += float64(v)
			}
		}
	}
	return sum/n - .25
}

// placed is the plane scaled so that its drawing fits the middle 20/28 of h and w, with its centre of mass in the
// middle.
func (p plane) placed(h, w int) plane {
	box, mass, mx, my := image.Rectangle{}, 0., 0., 0.
	for i, v := range p.v {
		if v > .5 {
			box = box.Union(image.Rect(i%p.w, i/p.w, i%p.w+1, i/p.w+1))
		}
		mass += float64(v)
		mx += float64(v) * (float64(i%p.w) + .5)
		my += float64(v) * (float64(i/p.w) + .5)
	}
	out := newPlane(w, h)
	if box.Empty() {
		return out
	}
	mx, my = mx/mass, my/mass
	scale := max(float64(box.Dx())/(float64(w)*20/28), float64(box.Dy())/(float64(h)*20/28)) // pixels of p a pixel
	left := settled(mx-scale*float64(w)/2, float64(box.Min.X), float64(box.Max.X), scale*float64(w))
	top := settled(my-scale*float64(h)/2, float64(box.Min.Y), float64(box.Max.Y), scale*float64(h))
	const samples = 8
	for i := range out.v {
		sum := float32(0)
		for j := range samples * samples {
			x := left + scale*(float64(i%w)+(float64(j%samples)+.5)/samples)
			y := top + scale*(float64(i/w)+(float64(j/samples)+.5)/samples)
			if x >= 0 && y >= 0 && x < float64(p.w) && y < float64(p.h) {
				sum += p.between(x, y)
			}
		}
		out.v[i] = sum / (samples * samples)
	}
	return out
}

// settled moves a frame of the given length that begins at from so that it holds lo to hi.
func settled(from, lo, hi, length float64) float64 { return max(min(from, lo), hi-length) }

// OpenDrawing reads the drawing in a picture file as grey values (1, h, w) in [0, 1], light on dark.
func OpenDrawing(path string, h, w int) (graph.Tensor, error) {
	f, info, err := openPicture(path)
	if err != nil {
		return graph.Tensor{}, err
	}
	defer f.Close()
	return readImage(f, info.Size(), path, h, w)
}

func readImage(f io.ReadSeeker, size int64, name string, h, w int) (graph.Tensor, error) {
	src, orientation, err := decodeImage(f, size, name)
	if err != nil {
		return graph.Tensor{}, err
	}
	x := drawing(src, orientation, White, h, w)
	if x.empty() && !opaque(src) { // perhaps white ink on nothing
		x = drawing(src, orientation, Black, h, w)
	}
	return graph.FromFloat32(x.v, 1, h, w), nil
}
