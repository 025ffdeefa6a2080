package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

// TestImageLimits: memory and time are in proportion to the file, and the limits are told.
func TestImageLimits(t *testing.T) {
	dot := image.NewGray(image.Rect(0, 0, 8, 8))
	grey, colour := trial.PNG(dot), trial.PNG(image.NewNRGBA(image.Rect(0, 0, 8, 8)))
	photo := trial.JPEG(image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420))
	for _, row := range []struct {
		name string
		in   []byte
		want string
	}{
		{"a PNG of one column of 67 million", trial.Sized(grey, 1, 1<<26, 0), "want sides of 1 to 32768"},
		{"a PNG of one row of 2 million", trial.Sized(grey, 2_000_000, 1, 0), "want sides of 1 to 32768"},
		{"a PNG of 32,768 by 32,768 in grey", trial.Sized(grey, 1<<15, 1<<15, 0),
			"it takes 1024 MB in memory, want at most 64"},
		{"a PNG of 16 million coloured pixels and some", trial.Sized(colour, 1<<12, 1<<12+1, 0), "is too large"},
		{"an interlaced PNG of half as many", trial.Sized(colour, 1<<12, 1<<11+1, 1), "is too large"},
		{"a PNG that claims 64 MB and breaks off", trial.Sized(grey, 1<<13, 1<<13, 0), "damaged"},
		{"a JPEG of 65,535 by 65,535", trial.FrameSized(photo, 65535, 65535, false), "want sides of 1 to 32768"},
		{"a JPEG of 60 million pixels", trial.FrameSized(photo, 10000, 6000, false), "is too large"},
		{"a progressive JPEG of 12 million pixels", trial.FrameSized(photo, 4000, 3000, true), "is too large"},
		{"a JPEG of 12 million pixels that breaks off", trial.FrameSized(photo, 4000, 3000, false), "damaged"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var err error
			n, took := trial.Spent(func() {
				_, err = readImage(bytes.NewReader(row.in), int64(len(row.in)), "f", 28, 28)
			})
			if !errors.Is(err, read.ErrDamaged) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if n > 70<<20 || took > 5*time.Second {
				t.Errorf("%d bytes in %v", n, took)
			}
		})
	}
	t.Run("a sound picture at the limits", func(t *testing.T) {
		for _, size := range [][2]int{{1 << 15, 1}, {1, 1 << 15}, {1 << 15, 1 << 10}, {4000, 3000}} {
			in := trial.PNG(image.NewGray(image.Rect(0, 0, size[0], size[1])))
			n, took := trial.Spent(func() {
				if _, err := readImage(bytes.NewReader(in), int64(len(in)), "f", 28, 28); err != nil {
					t.Error(err)
				}
			})
			if n > 128<<20 || took > 10*time.Second {
				t.Errorf("%v: %d bytes allocated in %v", size, n, took)
			}
		}
	})
}

// corner is a picture of two bars, a long one across the top and a short one down the left.
func corner() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 120, 160))
	for i := range img.Pix {
		x, y := i%120, i/120
		img.Pix[i] = 255
		if x >= 20 && x < 100 && y >= 20 && y < 36 || x >= 20 && x < 36 && y >= 20 && y < 80 {
			img.Pix[i] = 0
		}
	}
	return img
}

// TestOrientations: a picture that is held in any of the eight ways is read as the upright one.
func TestOrientations(t *testing.T) {
	up := plane{120, 160, make([]float32, 120*160)}
	for i, v := range corner().Pix {
		up.v[i] = float32(v)
	}
	back := [9]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
	var want []float32
	for o := 1; o <= 8; o++ {
		held := up.turned(back[o])
		if again := held.turned(o); again.w != up.w || !slices.Equal(again.v, up.v) {
			t.Fatalf("orientation %d is not undone by %d", o, back[o])
		}
		img := image.NewGray(image.Rect(0, 0, held.w, held.h))
		for i, v := range held.v {
			img.Pix[i] = uint8(v)
		}
		raw := trial.JPEG(img)
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			in := withExif(raw, order, o)
			x, err := readImage(bytes.NewReader(in), int64(len(in)), "f", 28, 28)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = x.F32
			}
			for i, v := range x.F32 {
				if d := v - want[i]; d > .2 || d < -.2 {
					t.Errorf("orientation %d: pixel %d is %v, want %v", o, i, v, want[i])
					break
				}
			}
		}
	}
	if want[10*28+20] < .5 || want[20*28+20] > .1 {
		t.Errorf("the bars are not where they were: %v", want)
	}
}

// withExif puts an EXIF segment with one entry into a JPEG.
func withExif(b []byte, order binary.AppendByteOrder, orientation int) []byte {
	tiff := []byte("II*\x00")
	if order.AppendUint16(nil, 1)[1] == 1 {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint16(order.AppendUint32(tiff, 8), 1)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x112), 3), 1)
	tiff = append(order.AppendUint16(tiff, uint16(orientation)), 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(body)+2))
	return append(append(head, body...), b[2:]...)
}

// TestNothingSeen: where there is no drawing, none is made up.
func TestNothingSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	fill := func(f func(x, y int) float64) image.Image {
		img := image.NewGray(image.Rect(0, 0, 200, 150))
		for i := range img.Pix {
			img.Pix[i] = uint8(min(max(255*f(i%200, i/200), 0), 255))
		}
		return img
	}
	for _, row := range []struct {
		name string
		img  image.Image
		seen bool
	}{
		{"white paper", fill(func(int, int) float64 { return 1 }), false},
		{"black", fill(func(int, int) float64 { return 0 }), false},
		{"grey paper", fill(func(int, int) float64 { return .5 }), false},
		{"one pixel", image.NewGray(image.Rect(0, 0, 1, 1)), false},
		{"nothing at all, transparent", image.NewNRGBA(image.Rect(0, 0, 50, 50)), false},
		{"noise", fill(func(int, int) float64 { return .5 + .1*r.NormFloat64() }), false},
		{"a gradient of light", fill(func(x, y int) float64 { return .4 + .5*float64(x+y)/350 }), false},
		{"a shadow's edge", fill(func(x, y int) float64 {
			if x > 120 {
				return .4
			}
			return .8
		}), false},
		{"ink that differs by a hundredth", fill(func(x, y int) float64 {
			if x > 90 && x < 110 && y > 30 && y < 120 {
				return .49
			}
			return .5
		}), false},
		{"ink that differs by a fifth", fill(func(x, y int) float64 {
			if x > 90 && x < 110 && y > 30 && y < 120 {
				return .6
			}
			return .8
		}), true},
		{"corners", corner(), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := trial.PNG(row.img)
			x, err := readImage(bytes.NewReader(in), int64(len(in)), "f", 28, 28)
			if err != nil || slices.Max(x.F32) > .5 != row.seen {
				t.Errorf("it is seen: %v, want %v; %v", slices.Max(x.F32) > .5, row.seen, err)
			}
		})
	}
}

// TestPlanes compares distance with the nearest of all marked pixels, and highest with the maximum, one by one.
func TestPlanes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 50 {
		w, h, reach := 1+r.IntN(20), 1+r.IntN(20), r.IntN(6)
		p := newPlane(w, h)
		for i := range p.v {
			p.v[i] = float32(r.IntN(5))
		}
		p.v[r.IntN(w*h)] = 0
		far, top := distance(w, h, func(i int) bool { return p.v[i] == 0 }), p.highest(reach)
		for i := range p.v {
			near, most := 1e9, float32(0)
			for j, v := range p.v {
				dx, dy := i%w-j%w, i/w-j/w
				if v == 0 {
					near = min(near, float64(dx*dx+dy*dy))
				}
				if max(dx, -dx, dy, -dy) <= reach {
					most = max(most, v)
				}
			}
			if d := float64(far.v[i])*float64(far.v[i]) - near; d > 1e-3 || d < -1e-3 || top.v[i] != most {
				t.Fatalf("%d×%d, reach %d, pixel %d: distance² %v, want %v; highest %v, want %v", w, h, reach, i,
					far.v[i]*far.v[i], near, top.v[i], most)
			}
		}
	}
}

// progressive is a grey JPEG of a side, black, which says so in so many scans of 30 bytes.
func progressive(side, scans int) []byte {
	b := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0} // quantisation by 1
	b = append(b, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, 0xc2, 0, 11, 8, byte(side>>8), byte(side), byte(side>>8), byte(side), 1, 1, 0x11, 0)
	// The code 0 of an AC table: a run of 2¹⁴ ends of blocks, and 14 bits more.
	b = append(b, 0xff, 0xc4, 0, 20, 0x10, 1)
	b = append(append(b, make([]byte, 15)...), 0xe0)
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	for range scans {
		b = append(b, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0)
		var bits []byte
		for left := blocks; left > 0; left -= 1<<14 + 1<<14 - 2 {
			bits = append(bits, "011111111111110"...)
		}
		bits = append(bits, bytes.Repeat([]byte("1"), (8-len(bits)%8)%8)...)
		for i := 0; i < len(bits); i += 8 {
			v := byte(0)
			for _, bit := range bits[i : i+8] {
				v = v<<1 | (bit - '0')
			}
			if b = append(b, v); v == 0xff { // which would begin a marker
				b = append(b, 0)
			}
		}
	}
	return append(b, 0xff, 0xd9)
}

// TestManyScans: a small file that goes over a large picture again and again is refused before it is decoded.
func TestManyScans(t *testing.T) {
	few := progressive(64, 5)
	if img, _, err := decodeImage(bytes.NewReader(few), int64(len(few)), "f"); err != nil ||
		img.Bounds() != image.Rect(0, 0, 64, 64) {
		t.Fatalf("five scans: %v", err)
	}
	many := progressive(3200, 30000)
	start := time.Now()
	_, _, err := decodeImage(bytes.NewReader(many), int64(len(many)), "f")
	const want = "f: offset 0: the jpeg picture goes over its pixels 30000 times, want at most 100"
	if took := time.Since(start); err == nil || err.Error() != want || !errors.Is(err, read.ErrDamaged) ||
		took > 2*time.Second {
		t.Errorf("%d bytes: got %v after %v, want %s", len(many), err, took, want)
	}
}

func FuzzImage(f *testing.F) {
	img := corner()
	small := image.NewNRGBA(image.Rect(0, 0, 9, 7))
	small.SetNRGBA(4, 3, color.NRGBA{R: 200, A: 90})
	photo := trial.JPEG(img)
	for _, seed := range [][]byte{
		nil, trial.PNG(img), trial.PNG(small), photo, withExif(photo, binary.BigEndian, 6),
		withExif(photo, binary.LittleEndian, 8), withExif(photo, binary.BigEndian, 9),
		photo[:200], trial.PNG(img)[:80], trial.Sized(trial.PNG(small), 1, 1<<26, 0),
		trial.Sized(trial.PNG(small), 9, 7, 1),
		trial.FrameSized(photo, 65535, 65535, true), progressive(40, 3), {0xff, 0xd8, 0xff, 0xe1, 0, 1},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		x, err := readImage(bytes.NewReader(in), int64(len(in)), "f", 28, 28)
		if err != nil {
			if !errors.Is(err, read.ErrDamaged) {
				t.Errorf("error %v is not ErrDamaged", err)
			}
			return
		}
		for i, v := range x.F32 {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("pixel %d is %v", i, v)
			}
		}
	})
}

// TestDrawingOffCentre: a drawing of the data set's own size that does not stand in the middle is put there.
func TestDrawingOffCentre(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := 2; y < 18; y++ { // a bar of three pixels, with a foot
		for x := 6; x < 9; x++ {
			img.SetGray(x, y, color.Gray{255})
		}
		if y > 14 {
			for x := 6; x < 14; x++ {
				img.SetGray(x, y, color.Gray{255})
			}
		}
	}
	in := trial.PNG(img)
	x, err := readImage(bytes.NewReader(in), int64(len(in)), "f", 28, 28)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlane(28, 28)
	copy(p.v, x.F32)
	if p.empty() || !p.centred() {
		t.Error("it is not put in the middle")
	}
	for i, v := range img.Pix {
		p.v[i] = float32(v) / 255
	}
	if p.centred() {
		t.Error("it is in the middle as it is")
	}
}
