// This file holds ReadImage, which makes a picture file an input of a model.

package data

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the formats that image.Decode knows
	_ "image/png"
	"io"

	"golang.org/x/image/draw"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
)

// maxPixels bounds a picture before it is decoded: a few bytes can claim gigapixels.
const maxPixels = 64 << 20

// ReadImage reads a PNG or JPEG file as grey values (1, h, w) in [0, 1]. A picture of another size is scaled.
// Transparent parts are black. A picture whose border is bright on average, such as ink on paper, is inverted, since digit
// data is white on black. Errors name the file and are [ErrDamaged], or os.ErrNotExist.
func ReadImage(path string, h, w int) (graph.Tensor, error) {
	f, _, err := files.Open(path)
	if errors.Is(err, files.ErrNotRegular) {
		return graph.Tensor{}, damage(err.Error() + ", want a PNG or JPEG file")
	}
	if err != nil {
		return graph.Tensor{}, err
	}
	defer f.Close()
	config, kind, err := image.DecodeConfig(f)
	if err != nil {
		return graph.Tensor{}, damaged(path, 0, "not a PNG or JPEG picture: %v", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return graph.Tensor{}, damaged(path, 0, "the %s picture has %d×%d pixels, want 1 to %d in all", kind, config.Width, config.Height, maxPixels)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return graph.Tensor{}, fmt.Errorf("%s: %w", path, err)
	}
	src, _, err := image.Decode(f)
	if err != nil {
		return graph.Tensor{}, damaged(path, 0, "the %s picture is damaged: %v", kind, err)
	}
	return greyTensor(src, h, w), nil
}

func greyTensor(src image.Image, h, w int) graph.Tensor {
	dst := image.NewGray16(image.Rect(0, 0, w, h))
	if src.Bounds().Dx() == w && src.Bounds().Dy() == h {
		draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	}
	t := graph.NewTensor(graph.Type{Shape: graph.Shape{1, h, w}})
	border, n := 0.0, 0
	for y := range h {
		for x := range w {
			v := float32(dst.At(x, y).(color.Gray16).Y) / 65535
			t.F32[y*w+x] = v
			if y == 0 || x == 0 || y == h-1 || x == w-1 {
				border += float64(v)
				n++
			}
		}
	}
	if border > 0.5*float64(n) {
		for i, v := range t.F32 {
			t.F32[i] = 1 - v
		}
	}
	return t
}
