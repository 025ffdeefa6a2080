package data

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/trial"
	"github.com/stheno-ml/stheno/graph"
)

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestReadImage(t *testing.T) {
	dir := t.TempDir()
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	img.SetGray(14, 13, color.Gray{255})
	writePNG(t, filepath.Join(dir, "a.png"), img)
	a, err := ReadImage(filepath.Join(dir, "a.png"), 28, 28)
	if err != nil || a.F32[13*28+14] != 1 || a.F32[0] != 0 {
		t.Errorf("got %v, %v", a.F32[:3], err)
	}
	ink := image.NewGray(image.Rect(0, 0, 56, 56))
	for i := range ink.Pix {
		ink.Pix[i] = 255
	}
	writePNG(t, filepath.Join(dir, "b.png"), ink)
	if b, err := ReadImage(filepath.Join(dir, "b.png"), 28, 28); err != nil || b.F32[0] != 0 {
		t.Errorf("paper becomes %v, want 0; %v", b.F32[0], err)
	}
	bad := filepath.Join(dir, "bad.png")
	if err := os.WriteFile(bad, []byte("GIF89a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadImage(bad, 28, 28); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "bad.png") {
		t.Errorf("got %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, raw[:60], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadImage(bad, 28, 28); !errors.Is(err, ErrDamaged) {
		t.Errorf("a truncated picture: got %v", err)
	}
	if _, err := ReadImage(filepath.Join(dir, "none.png"), 28, 28); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadImage(dir, 28, 28); !errors.Is(err, ErrDamaged) {
		t.Errorf("a folder: got %v", err)
	}
}

// TestDrawn: digits are drawings; clothes, noise, digits in a corner and pictures in colour are not.
func TestDrawn(t *testing.T) {
	digits := DigitsN(3, 100, 1).Train.X
	corner, noise := digits.Clone(), digits.Clone()
	for i := range 100 {
		p := corner.F32[i*784 : (i+1)*784]
		copy(p, p[7*28:])
		clear(p[21*28:])
	}
	for i := range noise.F32 {
		noise.F32[i] = float32(i*7919%256) / 255
	}
	colours := graph.NewTensor(graph.Type{DType: graph.Float32, Shape: graph.Shape{10, 3, 28, 28}})
	cases := map[string]struct {
		x    graph.Tensor
		want bool
	}{"digits": {digits, true}, "in a corner": {corner, false}, "noise": {noise, false}, "colours": {colours, false}}
	for name, want := range map[string]bool{"mnist": true, "fashion-mnist": false} {
		if set, err := MNIST(filepath.Join("..", "..", "shared", "data", name)); err == nil {
			cases[name] = struct {
				x    graph.Tensor
				want bool
			}{set.Train.X, want}
		} else {
			t.Logf("%s is left out: %v", name, err)
		}
	}
	for name, c := range cases {
		if got := Drawn(c.x); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestCleanPictures: pictures of the data set's own size and ground are taken as they are, on black or on white, and
// under ink of nothing.
func TestCleanPictures(t *testing.T) {
	digits := DigitsN(1, 20, 0).Train
	for i := range digits.Len() {
		want := digits.X.F32[i*784 : (i+1)*784]
		dark, light, clear := image.NewGray(image.Rect(0, 0, 28, 28)), image.NewGray(image.Rect(0, 0, 28, 28)),
			image.NewNRGBA(image.Rect(0, 0, 28, 28))
		border := float32(0)
		for j, v := range want {
			dark.Pix[j], light.Pix[j] = uint8(255*v+.5), 255-uint8(255*v+.5)
			clear.SetNRGBA(j%28, j/28, color.NRGBA{A: uint8(255*v + .5)})
			if x, y := j%28, j/28; x == 0 || y == 0 || x == 27 || y == 27 {
				border = max(border, v)
			}
		}
		if border > .01 {
			continue
		}
		for name, img := range map[string]image.Image{"on black": dark, "on white": light, "on nothing": clear} {
			x, err := ReadImage(filepath.Join(trial.WriteFiles(t, map[string][]byte{"f": trial.PNG(img)}), "f"), 28,
				28)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range x.F32 {
				if d := v - want[j]; d > .003 || d < -.003 {
					t.Fatalf("digit %d %s: pixel %d is %v, want %v", i, name, j, v, want[j])
				}
			}
		}
	}
}
