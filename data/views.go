// This file holds Views, the pairs of pictures that a model of contrast learns from.

package data

import (
	"fmt"
	"iter"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/rng"
)

// View is how a picture is seen anew: a part of it, turned, slanted, mirrored, in other light and colours, out of
// focus, partly hidden. The zero value is the picture as it is. Pairs of [Views] are for models of contrast;
// [Split.Viewed] has one view of each picture with its label, and [ParseView] reads one that is written.
type View struct {
	Crop    float64 // the least share of the area that is seen, and fills the view; 0 for all of it
	Stretch float64 // the sides of the part are to each other as the picture's, within this factor; 0 for 4/3
	Turn    float64 // the most degrees that it is turned by, either way
	Shear   float64 // the most degrees that what is upright is slanted by, either way
	Flip    bool    // half the views are mirrored, left and right

	// The light is another in 8 views of 10: brightness, contrast and saturation by factors of 1 ± these, and the hue
	// by up to this share of the circle of colours. Saturation and hue are of three channels.
	Brightness, Contrast, Saturation, Hue float64

	Gray float64 // the probability of a view without colour
	Blur float64 // half the views are blurred, by a normal distribution of 0.1 to so many pixels; 0 for none

	// In half the views a rectangle of noise hides something: at most this share of the area, and at least a tenth of
	// that. Zhong, Zheng, Kang, Li and Yang, "Random erasing data augmentation", AAAI 2020.
	Erase float64
}

// The shares of views that are changed, as in SimCLR's code.
const (
	relit   = .8
	blurred = .5
	hidden  = .5
)

// Views are pictures of which a model sees two views each. A batch is a pair of a and b (n, C, H, W): row i of both
// is a view of one picture. A view is a function of (seed, epoch, example, which of the two) alone. The methods
// panic, and say why, when X is no (N, C, H, W) of float32, and when the View makes no sense.
//
// Light, colours and blur come in the order of the fields, where SimCLR's code shuffles those of light; parts have
// fractions of pixels, taken bilinearly, and what a turned picture lacks is filled with its edge.
//
// Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual representations", ICML
// 2020, appendix A.
type Views struct {
	X    graph.Tensor // (N, C, H, W), in [0, 1]
	View View
	Seed uint64
}

// Shuffled returns the batches to train on: in each epoch views are others, and the examples in another order, see
// [Rows.ShuffledBy]. A batch is valid until the next one.
func (v Views) Shuffled(size int) Source {
	return viewed{v, v.numbered("Shuffled").shuffled("Shuffled", size, v.Seed), false}
}

// Ordered returns the batches to evaluate on: all examples in their order, size at a time, the last batch with what is
// left. The views are the same in each epoch. A batch is valid until the next one.
func (v Views) Ordered(size int) Source {
	return viewed{v, v.numbered("Ordered").ordered("Ordered", size), true}
}

// numbered are the pictures with their numbers.
func (v Views) numbered(method string) Rows {
	if err := v.X.Check(); err != nil || v.X.DType != graph.Float32 || len(v.X.Shape) != 4 {
		panic(fmt.Sprintf("data: %s of views of %v, want pictures (N, C, H, W) of float32", method, v.X.Type))
	}
	if fault := v.View.fault(); fault != "" {
		panic(fmt.Sprintf("data: %s of views: %s", method, fault))
	}
	numbers := make([]int64, v.X.Shape[0])
	for i := range numbers {
		numbers[i] = int64(i)
	}
	return Rows{v.X, graph.FromInt64(numbers, len(numbers))}
}

// fault says which field makes no sense, "" if all do.
func (v View) fault() string {
	for _, f := range []struct {
		name      string
		v, lo, hi float64
	}{{"Crop", v.Crop, 0, 1}, {"Turn", v.Turn, 0, 360}, {"Shear", v.Shear, 0, 80}, {"Brightness", v.Brightness, 0, 1},
		{"Contrast", v.Contrast, 0, 1}, {"Saturation", v.Saturation, 0, 1}, {"Hue", v.Hue, 0, .5},
		{"Gray", v.Gray, 0, 1}, {"Blur", v.Blur, 0, 64}, {"Erase", v.Erase, 0, 1}} {
		if !(f.v >= f.lo && f.v <= f.hi) {
			return fmt.Sprintf("%s is %v, want %g to %g", f.name, f.v, f.lo, f.hi)
		}
	}
	if v.Stretch != 0 && !(v.Stretch >= 1 && v.Stretch <= 16) {
		return fmt.Sprintf("Stretch is %v, want 1 to 16, or 0 for 4/3", v.Stretch)
	}
	return ""
}

// viewed is the source of both. Its own source gives pictures with their numbers.
type viewed struct {
	Views
	Source
	fixed bool
}

func (s viewed) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	if s.fixed {
		epoch = 0
	}
	return func(yield func([]graph.Tensor) bool) {
		body := lookers{view: s.View, key: rng.Key(s.Seed, rng.HashString("data.views")).Sub(uint64(epoch))}
		for b := range s.Source.Batches(epoch) {
			body.x, body.numbers = b[0], b[1].I64
			if len(body.views) == 0 || !body.views[0].Shape.Equal(b[0].Shape) {
				body.views = []graph.Tensor{graph.NewTensor(b[0].Type), graph.NewTensor(b[0].Type)}
			}
			parallel.Run(2*len(body.numbers), &body)
			if !yield(body.views) {
				return
			}
		}
	}
}

// lookers look at the pictures of a batch, at two views of each.
type lookers struct {
	view    View
	key     rng.K // of the epoch
	x       graph.Tensor
	numbers []int64 // of the pictures
	views   []graph.Tensor
}

// Block makes view i%2 of picture i/2.
func (l *lookers) Block(i int) {
	row, which := i/2, i%2
	s := l.x.Shape
	look := looker{View: l.view, c: s[1], h: s[2], w: s[3], key: l.key.Sub(uint64(l.numbers[row])).Sub(uint64(which))}
	look.at(l.views[which].Rows(row, row+1).F32, l.x.Rows(row, row+1).F32)
}

// looker makes one view.
type looker struct {
	View
	c, h, w int
	key     rng.K
	drawn   uint64 // numbers so far
}

// uniform is the next random number, in [lo, hi).
func (l *looker) uniform(lo, hi float64) float64 {
	l.drawn++
	return lo + (hi-lo)*fraction(l.key.Uint32x4(l.drawn)[0])
}

// at makes the view dst of a picture, both (C, H, W).
func (l *looker) at(dst, src []float32) {
	l.frame().read(dst, src)
	if l.uniform(0, 1) < relit {
		l.relight(dst)
	}
	if l.uniform(0, 1) < l.Gray && l.c == 3 {
		l.saturate(dst, 0)
	}
	if blur := l.uniform(0, 1) < blurred; blur && l.Blur > 0 {
		l.blur(dst, l.uniform(min(.1, l.Blur), l.Blur))
	}
	if l.Erase > 0 && l.uniform(0, 1) < hidden {
		l.erase(dst)
	}
}

// erase fills a rectangle with noise. Its sides are to each other as the picture's, within a factor of e^0.8, as far
// as it fits.
func (l *looker) erase(v []float32) {
	side, ratio := math.Sqrt(l.uniform(l.Erase/10, l.Erase)), math.Exp(l.uniform(-.4, .4))
	height := max(1, int(math.Round(min(1, side*ratio)*float64(l.h))))
	width := max(1, int(math.Round(min(1, side/ratio)*float64(l.w))))
	top, left := int(l.uniform(0, float64(l.h-height+1))), int(l.uniform(0, float64(l.w-width+1)))
	for c := range l.c {
		for i := range height {
			for j := range width {
				v[(c*l.h+top+i)*l.w+left+j] = float32(l.uniform(0, 1))
			}
		}
	}
}

// frame is the part of a picture that is seen: centre, half axes along the view's width and height, in pixels.
type frame struct {
	c, h, w        int
	x, y           float64
	xx, xy, yx, yy float64 // how far x and y go along the width of the view, and along its height
}

// frame draws the part: ten times, and then, if none fits, it is all of the picture.
func (l *looker) frame() frame {
	w, h := float64(l.w), float64(l.h)
	f := frame{c: l.c, h: l.h, w: l.w}
	width, height := w, h
	stretch := math.Log(l.stretch())
	for try := 0; l.Crop > 0 && try < 10; try++ {
		side := math.Sqrt(l.uniform(l.Crop, 1))
		ratio := math.Exp(l.uniform(-stretch, stretch) / 2)
		if a, b := w*side*ratio, h*side/ratio; a <= w && b <= h {
			width, height = a, b
			break
		}
	}
	f.x, f.y = width/2+l.uniform(0, w-width), height/2+l.uniform(0, h-height)
	sin, cos := math.Sincos(l.uniform(-l.Turn, l.Turn) * math.Pi / 180)
	if mirrored := l.uniform(0, 1) < .5; mirrored && l.Flip {
		width = -width
	}
	f.xx, f.xy = width*cos, width*sin
	f.yx, f.yy = -height*sin, height*cos
	if l.Shear > 0 {
		by := math.Tan(l.uniform(-l.Shear, l.Shear)*math.Pi/180) * height
		f.yx, f.yy = f.yx+by*cos, f.yy+by*sin
	}
	return f
}

func (v View) stretch() float64 {
	if v.Stretch == 0 {
		return 4. / 3
	}
	return v.Stretch
}

// read takes the pixels of the view from those of the picture, bilinearly.
func (f frame) read(dst, src []float32) {
	for i := range f.h {
		v := (float64(i)+.5)/float64(f.h) - .5
		for j := range f.w {
			u := (float64(j)+.5)/float64(f.w) - .5
			x := bounded(snapped(f.x+u*f.xx+v*f.yx-.5), f.w-1)
			y := bounded(snapped(f.y+u*f.xy+v*f.yy-.5), f.h-1)
			left, top := int(x), int(y)
			right, below := min(left+1, f.w-1), min(top+1, f.h-1)
			a, b := float32(x-float64(left)), float32(y-float64(top))
			for c := range f.c {
				plane := src[c*f.h*f.w:][:f.h*f.w]
				upper := (1-a)*plane[top*f.w+left] + a*plane[top*f.w+right]
				lower := (1-a)*plane[below*f.w+left] + a*plane[below*f.w+right]
				dst[(c*f.h+i)*f.w+j] = (1-b)*upper + b*lower
			}
		}
	}
}

// snapped is a place in 4096ths of a pixel, so that the centre of one is not missed by a rounding.
func snapped(v float64) float64 { return math.Round(v*4096) / 4096 }

// bounded is v, but no less than 0 and no more than most.
func bounded(v float64, most int) float64 { return min(max(v, 0), float64(most)) }

// relight changes brightness, contrast and colours, each by a blend with another picture: black, its mean grey, itself
// in grey.
func (l *looker) relight(v []float32) {
	blend := func(by, with float64) {
		for i, x := range v {
			v[i] = float32(bounded(by*float64(x)+(1-by)*with, 1))
		}
	}
	if l.Brightness > 0 {
		blend(l.uniform(1-l.Brightness, 1+l.Brightness), 0)
	}
	if l.Contrast > 0 {
		mean := 0.
		for i := range l.h * l.w {
			mean += l.gray(v, i) / float64(l.h*l.w)
		}
		blend(l.uniform(1-l.Contrast, 1+l.Contrast), mean)
	}
	if l.Saturation > 0 && l.c == 3 {
		l.saturate(v, l.uniform(1-l.Saturation, 1+l.Saturation))
	}
	if l.Hue > 0 && l.c == 3 {
		l.turnHue(v, l.uniform(-l.Hue, l.Hue))
	}
}

// gray is the luminance of pixel i of three channels, by the weights of ITU-R BT.601, or the mean of others.
func (l *looker) gray(v []float32, i int) (sum float64) {
	n := l.h * l.w
	if l.c == 3 {
		return .299*float64(v[i]) + .587*float64(v[n+i]) + .114*float64(v[2*n+i])
	}
	for c := range l.c {
		sum += float64(v[c*n+i])
	}
	return sum / float64(l.c)
}

// saturate blends colours with their grey: 0 leaves that alone.
func (l *looker) saturate(v []float32, by float64) {
	n := l.h * l.w
	for i := range n {
		g := l.gray(v, i)
		for c := range l.c {
			v[c*n+i] = float32(bounded(by*float64(v[c*n+i])+(1-by)*g, 1))
		}
	}
}

// turnHue turns the colours by a share of their circle: a colour is a grey, the least of red, green and blue, and a
// hue between two of them (Smith 1978, the hexagon of HSV).
func (l *looker) turnHue(v []float32, by float64) {
	n := l.h * l.w
	for i := range n {
		r, g, b := float64(v[i]), float64(v[n+i]), float64(v[2*n+i])
		top, low := max(r, g, b), min(r, g, b)
		d := top - low
		if d == 0 {
			continue
		}
		var hue float64 // in sixths of the circle
		switch top {
		case r:
			hue = (g - b) / d
		case g:
			hue = 2 + (b-r)/d
		default:
			hue = 4 + (r-g)/d
		}
		hue += 6 * by
		for c, sector := range [3]float64{5, 3, 1} {
			k := math.Mod(sector+hue+12, 6)
			v[c*n+i] = float32(top - d*bounded(min(k, 4-k), 1))
		}
	}
}

// blur weighs each pixel with those around it by a normal distribution, along the width and then the height.
func (l *looker) blur(v []float32, sigma float64) {
	reach := int(math.Ceil(3 * sigma))
	weights, sum := make([]float64, 2*reach+1), 0.
	for i := range weights {
		d := float64(i-reach) / sigma
		weights[i] = math.Exp(-d * d / 2)
		sum += weights[i]
	}
	line := make([]float32, max(l.h, l.w))
	along := func(first, n, step int) {
		for i := range n {
			total := 0.
			for k, w := range weights {
				at := min(max(i+k-reach, 0), n-1)
				total += w * float64(v[first+at*step])
			}
			line[i] = float32(total / sum)
		}
		for i := range n {
			v[first+i*step] = line[i]
		}
	}
	for c := range l.c {
		plane := c * l.h * l.w
		for i := range l.h {
			along(plane+i*l.w, l.w, 1)
		}
		for j := range l.w {
			along(plane+j, l.h, l.w)
		}
	}
}
