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
