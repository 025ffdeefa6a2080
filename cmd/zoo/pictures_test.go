package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno-ml/stheno/data"
)

// hand holds a person's digits as lines between points, x from 0 to 1 and y down from 0 to 1.6. They are none of the
// strokes that the built-in digits are drawn from.
var hand = [10][][][2]float64{
	0: {{{.5, 0}, {.2, .12}, {.04, .5}, {.02, 1}, {.15, 1.42}, {.45, 1.6}, {.75, 1.5}, {.95, 1.1}, {.98, .6},
		{.85, .18}, {.6, 0}, {.5, 0}}},
	1: {{{.3, .3}, {.55, 0}, {.53, .8}, {.5, 1.6}}},
	2: {{{.05, .4}, {.15, .12}, {.45, 0}, {.8, .1}, {.92, .4}, {.8, .75}, {.4, 1.2}, {.02, 1.58}, {.5, 1.56},
		{1, 1.58}}},
	3: {{{.08, .2}, {.35, .02}, {.7, .05}, {.88, .3}, {.75, .6}, {.4, .74}, {.75, .86}, {.95, 1.15}, {.8, 1.48},
		{.45, 1.6}, {.05, 1.42}}},
	4: {{{.62, 0}, {.3, .5}, {.02, 1.02}, {.5, 1.05}, {1, 1}}, {{.75, .6}, {.72, 1.1}, {.7, 1.6}}},
	5: {{{.9, .02}, {.5, .03}, {.2, .02}, {.12, .7}, {.5, .6}, {.85, .75}, {.95, 1.1}, {.75, 1.48}, {.4, 1.6},
		{.04, 1.45}}},
	6: {{{.75, .02}, {.4, .3}, {.12, .8}, {.06, 1.2}, {.2, 1.52}, {.5, 1.6}, {.85, 1.45}, {.92, 1.1}, {.7, .85},
		{.4, .85}, {.12, 1.1}}},
	7: {{{.02, .06}, {.5, .04}, {.98, .02}, {.7, .6}, {.5, 1.05}, {.38, 1.6}}},
	8: {{{.85, .25}, {.6, .02}, {.25, .06}, {.12, .35}, {.3, .65}, {.7, .85}, {.92, 1.2}, {.75, 1.52}, {.45, 1.6},
		{.12, 1.45}, {.06, 1.15}, {.3, .85}, {.7, .6}, {.88, .35}, {.8, .18}}},
	9: {{{.9, .35}, {.7, .06}, {.35, .03}, {.08, .3}, {.15, .65}, {.45, .8}, {.75, .65}, {.9, .35}, {.88, .9},
		{.75, 1.6}}},
}

// coverage tells how much of a place a shape covers, from 0 to 1; the place is in the shape's own unit, its height.
type coverage func(x, y, pixel float64) float64

// written is digit d by a hand that leans, is broad or narrow, and holds a pen of the given width.
func written(d, way int, pen float64) coverage {
	r := rand.New(rand.NewPCG(uint64(d), uint64(way)))
	lean, broad := []float64{0, .18, -.06, .1}[way], []float64{1, .85, 1.12, .95}[way]
	var lines [][][2]float64
	for _, stroke := range hand[d] {
		var l [][2]float64
		for _, p := range stroke {
			x, y := p[0]-.5+.035*r.NormFloat64(), p[1]-.8+.035*r.NormFloat64()
			l = append(l, [2]float64{(x*broad - lean*y) / 1.6, y / 1.6})
		}
		lines = append(lines, l)
	}
	return func(x, y, pixel float64) float64 {
		if max(math.Abs(x), math.Abs(y)) > .75 {
			return 0
		}
		near := math.Inf(1)
		for _, l := range lines {
			for i := range len(l) - 1 {
				ax, ay, bx, by := l[i][0], l[i][1], l[i+1][0], l[i+1][1]
				dx, dy := bx-ax, by-ay
				t := min(max(((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy), 0), 1)
				near = min(near, math.Hypot(x-ax-t*dx, y-ay-t*dy))
			}
		}
		return min(max((pen/2-near)/pixel+.5, 0), 1)
	}
}

// style is a way in which people have a picture of a digit. In a scene colours are linear from 0 to 1.
type style struct {
	name       string
	w, h       int
	size       float64 // of the digit, of the height
	cx, cy     float64 // its middle, of width and height
	pen        float64 // the stroke's width, of the digit's height
	ink, paper [3]float64
	light      func(x, y float64) float64 // of the lamp, by place from 0 to 1
	noise      float64
	clear      bool // nothing is where no ink is
	turn       int  // the EXIF orientation
	jpeg       bool
}

func even(float64, float64) float64 { return 1 }

func styles() []style {
	return []style{
		{name: "a thin pen on white paper", w: 360, h: 480, size: .5, cx: .5, cy: .5, pen: .03,
			ink: [3]float64{.05, .05, .05}, paper: [3]float64{1, 1, 1}, light: even},
		{name: "a thick blue marker", w: 300, h: 300, size: .8, cx: .5, cy: .5, pen: .24, ink: [3]float64{.1, .2, .75},
			paper: [3]float64{.97, .97, .95}, light: even},
		{name: "pencil on grey paper", w: 400, h: 400, size: .6, cx: .45, cy: .55, pen: .06,
			ink: [3]float64{.42, .42, .44}, paper: [3]float64{.62, .62, .6}, light: even, noise: .02, jpeg: true},
		{name: "chalk on a board", w: 480, h: 360, size: .5, cx: .4, cy: .45, pen: .1, ink: [3]float64{.85, .87, .8},
			paper: [3]float64{.16, .22, .18}, light: even, noise: .03},
		{name: "ink on nothing", w: 256, h: 256, size: .7, cx: .5, cy: .5, pen: .1, ink: [3]float64{0, 0, 0},
			paper: [3]float64{0, 0, 0}, light: even, clear: true},
		{name: "a small red digit off the middle, in lamp light and shadow", w: 800, h: 600, size: .15, cx: .7, cy: .3,
			pen: .09, ink: [3]float64{.7, .1, .12}, paper: [3]float64{.92, .9, .82},
			light: func(x, y float64) float64 {
				l := 1 - .45*math.Hypot(x-.2, y-.1)
				if x+.3*y > .95 {
					l *= .65 // a hand's shadow
				}
				return l
			}, noise: .012, jpeg: true},
		{name: "a photograph held upright", w: 440, h: 330, size: .55, cx: .55, cy: .5, pen: .07,
			ink: [3]float64{.15, .15, .3}, paper: [3]float64{.8, .78, .7},
			light: func(x, y float64) float64 { return .75 + .25*y }, noise: .015, turn: 6, jpeg: true},
	}
}

// render is the picture of a shape in a style.
func (s style) render(shape coverage, noise *rand.Rand) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, s.w, s.h))
	height := s.size * float64(s.h)
	for y := range s.h {
		for x := range s.w {
			c := shape((float64(x)+.5-s.cx*float64(s.w))/height, (float64(y)+.5-s.cy*float64(s.h))/height, 1/height)
			light, at := s.light(float64(x)/float64(s.w), float64(y)/float64(s.h)), img.PixOffset(x, y)
			grain := s.noise * noise.NormFloat64()
			for i := range 3 {
				v := (c*s.ink[i]+(1-c)*s.paper[i])*light + grain
				img.Pix[at+i] = uint8(255*min(max(v, 0), 1) + .5)
			}
			img.Pix[at+3] = 255
			if s.clear {
				img.Pix[at+3] = uint8(255*c + .5)
			}
		}
	}
	return img
}

// held is the picture as a camera stores it that is held as the EXIF orientation says: the inverse of what a viewer
// does.
func held(img *image.NRGBA, orientation int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewNRGBA(img.Rect)
	if orientation >= 5 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := [9][2]int{1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y}, 5: {y, x},
				6: {y, w - 1 - x}, 7: {h - 1 - y, w - 1 - x}, 8: {h - 1 - y, x}}[orientation]
			out.SetNRGBA(to[0], to[1], img.NRGBAAt(x, y))
		}
	}
	return out
}

// withOrientation puts an EXIF segment into a JPEG.
func withOrientation(b []byte, orientation int) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x02"),
		0x01, 0x0f, 0, 2, 0, 0, 0, 4, 'a', 'b', 'c', 0, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0, 0,
		0, 0, 0)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(head, exif...), b[2:]...)
}

func (s style) file(t *testing.T, dir, name string, shape coverage, noise *rand.Rand) string {
	t.Helper()
	var b bytes.Buffer
	img := s.render(shape, noise)
	var err error
	if s.turn > 0 {
		img = held(img, s.turn)
	}
	if s.jpeg {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	} else {
		err = png.Encode(&b, img)
	}
	out := b.Bytes()
	if s.turn > 0 {
		out = withOrientation(out, s.turn)
	}
	path := filepath.Join(dir, name)
	if err != nil || os.WriteFile(path, out, 0o600) != nil {
		t.Fatal(err)
	}
	return path
}

// readDigits predicts the digits in files.
func readDigits(t *testing.T, weights string, files []string) []predicted {
	t.Helper()
	code, stdout, stderr := zooRun(append([]string{"predict", "lenet5", "--json", "--weights", weights}, files...)...)
	var got []predicted
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || len(got) != len(files) {
		t.Fatalf("exit %d: %.300s %s %v", code, stdout, stderr, err)
	}
	return got
}

// trained40 are weights of LeNet-5 that know the built-in digits alone.
func trained40(t *testing.T, dir string) string {
	t.Helper()
	weights := filepath.Join(dir, "w")
	if code, _, stderr := zooRun("train", "lenet5", "--epochs", "4", "-o", weights); code != 0 {
		t.Fatal(stderr)
	}
	return weights
}

// TestPicturesOfPeople: 40 digits of a hand that the built-in digits do not know, in each of seven styles, are read
// right.
func TestPicturesOfPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("training takes seconds")
	}
	dir := t.TempDir()
	weights := trained40(t, dir)
	noise := rand.New(rand.NewPCG(1, 2))
	for _, s := range styles() {
		t.Run(s.name, func(t *testing.T) {
			var files []string
			for i := range 40 {
				files = append(files, s.file(t, dir, fmt.Sprintf("%d.img", i), written(i%10, i/10, s.pen), noise))
			}
			right, wrong := 0, ""
			for i, p := range readDigits(t, weights, files) {
				if p.Prediction == fmt.Sprint(i%10) {
					right++
				} else {
					wrong += fmt.Sprintf(" %d as %s (%.2f)", i%10, p.Prediction, p.Probability)
				}
			}
			t.Logf("%d of 40 are read right%s", right, wrong)
			if right < 40 {
				t.Errorf("%d of 40 are read right; wrong are%s", right, wrong)
			}
		})
	}
}

// TestPhotographsOfMNIST: handwriting of strangers, as pictures of people, is read nearly as well as from the data
// set's own files.
func TestPhotographsOfMNIST(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "data", "mnist")
	set, err := data.MNIST(folder)
	if err != nil {
		t.Skipf("MNIST is not beside the project: %v", err)
	}
	if testing.Short() {
		t.Skip("training takes seconds")
	}
	dir := t.TempDir()
	weights := filepath.Join(dir, "w")
	if code, _, stderr := zooRun("train", "lenet5", "--data", folder, "--epochs", "1", "-o", weights); code != 0 {
		t.Fatal(stderr)
	}
	noise := rand.New(rand.NewPCG(3, 4))
	const n = 30
	for _, s := range styles() {
		t.Run(s.name, func(t *testing.T) {
			var files []string
			for i := range n {
				files = append(files, s.file(t, dir, fmt.Sprintf("%d.img", i),
					scanned(set.Test.X.F32[i*784:(i+1)*784]), noise))
			}
			right := 0
			for i, p := range readDigits(t, weights, files) {
				if p.Prediction == fmt.Sprint(set.Test.Y.I64[i]) {
					right++
				}
			}
			t.Logf("%d of %d are read right", right, n)
			if right < 28 {
				t.Errorf("%d of %d are read right, want 28", right, n)
			}
		})
	}
}

// scanned is a picture of 28×28 in which the digit is 20 pixels high.
func scanned(pixels []float32) coverage {
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x > 27 || y > 27 {
			return 0
		}
		return float64(pixels[y*28+x])
	}
	return func(x, y, _ float64) float64 {
		x, y = 20*x+13.5, 20*y+13.5
		fx, fy := math.Floor(x), math.Floor(y)
		ax, ay, ix, iy := x-fx, y-fy, int(fx), int(fy)
		v := (1-ay)*((1-ax)*at(ix, iy)+ax*at(ix+1, iy)) + ay*((1-ax)*at(ix, iy+1)+ax*at(ix+1, iy+1))
		return min(max(3*v-1, 0), 1) // with the edges of ink
	}
}
