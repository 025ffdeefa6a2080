package data

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// pictures are n random pictures of c channels, 6 pixels high and 8 wide.
func randomPictures(n, c int) graph.Tensor {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{n, c, 6, 8}})
	rng.Uniform(x.F32, rng.Key(3, 4), 0)
	return x
}

// everything is a View that changes all that there is to change.
var everything = View{Crop: .3, Turn: 20, Flip: true, Brightness: .4, Contrast: .4, Saturation: .4, Hue: .1, Gray: .2,
	Blur: 1, Shear: 10, Erase: .2}

// collect are copies of the views of an epoch, one behind the other.
func collect(s Source, epoch int) (a, b []float32) {
	for batch := range s.Batches(epoch) {
		a, b = append(a, batch[0].F32...), append(b, batch[1].F32...)
	}
	return a, b
}

// TestViewsAreFunctions: views depend on seed, epoch, example and which of the two they are, and on nothing else.
func TestViewsAreFunctions(t *testing.T) {
	for _, channels := range []int{1, 3} {
		x := randomPictures(10, channels)
		v := Views{X: x, View: everything, Seed: 7}
		a, b := collect(v.Ordered(4), 0)
		if slices.Equal(a, b) {
			t.Error("both views are the same")
		}
		for _, other := range []struct {
			name   string
			source Source
			epoch  int
			same   bool
		}{
			{"another batch size", v.Ordered(3), 0, true},
			{"another epoch of what is evaluated on", v.Ordered(4), 1, true},
			{"another seed", Views{x, everything, 8}.Ordered(4), 0, false},
		} {
			again, _ := collect(other.source, other.epoch)
			if slices.Equal(a, again) != other.same {
				t.Errorf("%d channels, %s: the same is %v", channels, other.name, !other.same)
			}
		}
		before := runtime.GOMAXPROCS(1)
		alone, _ := collect(v.Shuffled(5), 2)
		runtime.GOMAXPROCS(before)
		many, _ := collect(v.Shuffled(5), 2)
		next, _ := collect(v.Shuffled(5), 3)
		if !slices.Equal(alone, many) || slices.Equal(many, next) {
			t.Error("what is trained on depends on GOMAXPROCS, or not on the epoch")
		}
		for _, p := range slices.Concat(a, b) {
			if !(p >= 0 && p <= 1) {
				t.Fatalf("a pixel is %v", p)
			}
		}
	}
}

// TestViewsOfOneKind: a View of one field does what the field says, to the first of two views.
func TestViewsOfOneKind(t *testing.T) {
	const h, w = 6, 8
	x := randomPictures(40, 3)
	for i := range 20 { // the rest are ramps, from left to right and from top to bottom
		p := x.Rows(20+i, 21+i).F32
		for k := range p {
			p[k] = .25 + float32(k%w)/w/2 + float32(k/w%h)/h/4
		}
	}
	pixel := func(p []float32, c, i, j int) float64 { return float64(p[(c*h+i)*w+j]) }
	mirrored := func(p []float32) (q []float32) {
		for k := range p {
			q = append(q, p[k/w*w+w-1-k%w])
		}
		return q
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
	for _, c := range []struct {
		name     string
		view     View
		from, to int // of the pictures
		holds    func(view, picture []float32) bool
	}{
		{"nothing changes nothing", View{}, 0, 40, slices.Equal[[]float32]},
		{"a part of a ramp is a ramp that is less steep", View{Crop: .25}, 20, 40, func(v, p []float32) bool {
			down, right := pixel(v, 0, 3, 4)-pixel(v, 0, 2, 4), pixel(v, 0, 3, 4)-pixel(v, 0, 3, 3)
			area := down * right * 4 * h * 2 * w
			return area > .249 && area < 1.001 && math.Abs(pixel(v, 0, 2, 5)-pixel(v, 0, 2, 4)-right) < 1e-4
		}},
		{"a part of all is all", View{Crop: 1, Stretch: 1}, 0, 40, slices.Equal[[]float32]},
		{"a mirror leaves alone or mirrors", View{Flip: true}, 0, 40, func(v, p []float32) bool {
			return slices.Equal(v, p) || slices.Equal(v, mirrored(p))
		}},
		{"brightness multiplies", View{Brightness: .5}, 20, 40, func(v, p []float32) bool {
			by := pixel(v, 1, 2, 2) / pixel(p, 1, 2, 2)
			return by > .4999 && by < 1.5001 && near(pixel(v, 1, 3, 3), by*pixel(p, 1, 3, 3))
		}},
		{"contrast keeps the mean", View{Contrast: .2}, 20, 40, func(v, p []float32) bool {
			var a, b float64
			for k := range v {
				a, b = a+float64(v[k]), b+float64(p[k])
			}
			return math.Abs(a-b) < 1e-4
		}},
		{"saturation of grey changes nothing", View{Saturation: 1}, 20, 40, func(v, p []float32) bool {
			return near(pixel(v, 0, 2, 2), pixel(p, 0, 2, 2))
		}},
		{"another hue keeps the largest and the least of three", View{Hue: .5}, 0, 20, func(v, p []float32) bool {
			a := []float64{pixel(v, 0, 1, 1), pixel(v, 1, 1, 1), pixel(v, 2, 1, 1)}
			b := []float64{pixel(p, 0, 1, 1), pixel(p, 1, 1, 1), pixel(p, 2, 1, 1)}
			return near(slices.Max(a), slices.Max(b)) && near(slices.Min(a), slices.Min(b))
		}},
		{"grey has one channel", View{Gray: 1}, 0, 20, func(v, p []float32) bool {
			want := .299*pixel(p, 0, 4, 4) + .587*pixel(p, 1, 4, 4) + .114*pixel(p, 2, 4, 4)
			return near(pixel(v, 0, 4, 4), want) && near(pixel(v, 2, 4, 4), want)
		}},
		{"a blurred ramp is the ramp inside", View{Blur: .3}, 20, 40, func(v, p []float32) bool {
			return math.Abs(pixel(v, 2, 3, 4)-pixel(p, 2, 3, 4)) < 1e-3
		}},
		{"a slanted ramp is a ramp that goes as far to the right", View{Shear: 20}, 20, 40, func(v, p []float32) bool {
			right, down := pixel(v, 1, 2, 4)-pixel(v, 1, 2, 3), pixel(v, 1, 3, 4)-pixel(v, 1, 2, 4)
			slant := math.Atan((down-.25/h)/(.5/w)) * 180 / math.Pi
			return math.Abs(right-.5/w) < 1e-4 && math.Abs(slant) < 20.1 &&
				math.Abs(pixel(v, 1, 4, 4)-pixel(v, 1, 3, 4)-down) < 1e-4
		}},
		{"what is hidden is a rectangle, in all channels", View{Erase: .3}, 0, 20, func(v, p []float32) bool {
			top, left, bottom, right, n := h, w, -1, -1, 0
			for i := range h {
				for j := range w {
					if pixel(v, 0, i, j) != pixel(p, 0, i, j) || pixel(v, 2, i, j) != pixel(p, 2, i, j) {
						top, left, bottom, right, n = min(top, i), min(left, j), max(bottom, i), max(right, j), n+1
					}
				}
			}
			return n == 0 || n == (bottom-top+1)*(right-left+1) && n <= 24 // .3·48 and two roundings
		}},
	} {
		a, _ := collect(Views{X: x, View: c.view}.Ordered(40), 0)
		n, changed := len(a)/40, 0
		for i := c.from; i < c.to; i++ {
			v, p := a[i*n:(i+1)*n], x.Rows(i, i+1).F32
			if !c.holds(v, p) {
				t.Errorf("%s: not so of picture %d", c.name, i)
			}
			if !slices.Equal(v, p) {
				changed++
			}
		}
		if all := c.to - c.from; strings.Contains(c.name, "changes nothing") || strings.HasSuffix(c.name, "is all") {
			continue
		} else if changed < all/4 { // the negative control
			t.Errorf("%s: %d of %d pictures are changed", c.name, changed, all)
		}
	}
}

// TestFrames: what is seen of a picture that is turned by a quarter is each pixel in its new place.
func TestFrames(t *testing.T) {
	src := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for _, c := range []struct {
		name           string
		xx, xy, yx, yy float64
		want           []float32
	}{
		{"as it is", 3, 0, 0, 3, src},
		{"turned by a quarter", 0, 3, -3, 0, []float32{3, 6, 9, 2, 5, 8, 1, 4, 7}},
		{"turned by a half", -3, 0, 0, -3, []float32{9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{"mirrored", -3, 0, 0, 3, []float32{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{"half the size, of a ramp", 1.5, 0, 0, 1.5, []float32{3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7}},
		{"twice the size, with its edge around", 6, 0, 0, 6, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		got := make([]float32, 9)
		frame{1, 3, 3, 1.5, 1.5, c.xx, c.xy, c.yx, c.yy}.read(got, src)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestHues: a third of the circle makes green of red, and all of it changes nothing.
func TestHues(t *testing.T) {
	for _, c := range []struct {
		by       float64
		rgb, hue [3]float32
	}{
		{1. / 3, [3]float32{1, 0, 0}, [3]float32{0, 1, 0}},
		{-1. / 3, [3]float32{.8, .2, .2}, [3]float32{.2, .2, .8}},
		{1. / 6, [3]float32{0, 0, 1}, [3]float32{1, 0, 1}},
		{.5, [3]float32{1, .5, 0}, [3]float32{0, .5, 1}},
		{1, [3]float32{.1, .7, .3}, [3]float32{.1, .7, .3}},
		{.4, [3]float32{.5, .5, .5}, [3]float32{.5, .5, .5}},
	} {
		l := looker{c: 3, h: 1, w: 1}
		got := c.rgb
		l.turnHue(got[:], c.by)
		for k := range got {
			if math.Abs(float64(got[k]-c.hue[k])) > 1e-6 {
				t.Errorf("%v turned by %.2f is %v, want %v", c.rgb, c.by, got, c.hue)
				break
			}
		}
	}
}

// TestBlurs: a point becomes a hill of the same weight, as wide as it is high, and lower the more it is blurred.
func TestBlurs(t *testing.T) {
	const side = 21
	top := 1.
	for _, sigma := range []float64{.3, 1, 2} {
		v := make([]float32, side*side)
		v[10*side+10] = 1
		l := looker{c: 1, h: side, w: side}
		l.blur(v, sigma)
		sum := 0.
		for i, x := range v {
			sum += float64(x)
			if d := x - v[i%side*side+i/side]; d > 1e-7 || d < -1e-7 {
				t.Fatalf("σ %g: it is not as wide as it is high", sigma)
			}
		}
		if math.Abs(sum-1) > 1e-5 || float64(v[10*side+10]) >= top {
			t.Errorf("σ %g: the weight is %v, the top %v, before %v", sigma, sum, v[10*side+10], top)
		}
		top = float64(v[10*side+10])
	}
}

// TestViewsMisused: what makes no sense is told by a panic with a reason.
func TestViewsMisused(t *testing.T) {
	x := randomPictures(3, 1)
	for _, c := range []struct {
		name string
		v    Views
		size int
		want string
	}{
		{"no pictures", Views{X: graph.FromFloat32([]float32{1, 2}, 2)}, 1,
			"of views of float32 (2), want pictures (N, C, H, W)"},
		{"a crop of more than all", Views{X: x, View: View{Crop: 1.5}}, 1, "of views: Crop is 1.5, want 0 to 1"},
		{"a crop that is no number", Views{X: x, View: View{Crop: math.NaN()}}, 1, "Crop is NaN"},
		{"a stretch below 1", Views{X: x, View: View{Stretch: .5}}, 1, "Stretch is 0.5, want 1 to 16, or 0 for 4/3"},
		{"a hue beyond the circle", Views{X: x, View: View{Hue: 1}}, 1, "Hue is 1, want 0 to 0.5"},
		{"a negative blur", Views{X: x, View: View{Blur: -1}}, 1, "Blur is -1, want 0 to 64"},
		{"no examples at a time", Views{X: x}, 0, "of 0 examples, want at least 1"},
	} {
		for _, method := range []func(int) Source{c.v.Shuffled, c.v.Ordered} {
			func() {
				defer func() {
					if said := fmt.Sprint(recover()); !strings.HasPrefix(said, "data: ") ||
						!strings.Contains(said, c.want) {
						t.Errorf("%s: it says %q, want %s", c.name, said, c.want)
					}
				}()
				method(c.size)
			}()
		}
	}
}
