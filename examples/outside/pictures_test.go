package outside

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno-ml/stheno/nn"
)

// stripes writes n pictures of stripes that lie, and n of stripes that stand, a folder each.
func stripes(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for kind, name := range []string{"lying", "standing"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			picture := image.NewRGBA(image.Rect(0, 0, 32, 32))
			for p := range 32 * 32 {
				x, y := p%32, p/32
				along := [2]int{y, x}[kind] + i
				picture.SetRGBA(x, y, color.RGBA{uint8(along / 4 % 2 * 200), uint8(20 * i), 90, 255})
			}
			f, err := os.Create(filepath.Join(dir, name, fmt.Sprintf("%d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, picture), f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestPictures: the loss falls in a step, and the model answers.
func TestPictures(t *testing.T) {
	model, result, err := LearnPictures(t.Context(), stripes(t, 3), 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	first, last := result.History[0].TrainLoss, result.TrainLoss
	if result.Steps != 2 || !(last < first) {
		t.Errorf("after %d steps the loss is %v, at first %v", result.Steps, last, first)
	}
	x, _ := ring(0, 3*32*16) // any numbers
	if x, err = x.Reshape(1, 3, 32, 32); err != nil {
		t.Fatal(err)
	}
	if y, err := nn.NewPredictor(model).Predict(x); err != nil || y.Shape.Size() != 2 {
		t.Errorf("the scores are %v; error %v", y, err)
	}
	if _, _, err := LearnPictures(t.Context(), t.TempDir(), 6, 3); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}
