// This file holds the decoder of picture files, which decodes none that is beyond the limits.

package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/internal/files"
)

// The limits of a picture, which are checked before it is decoded: a few bytes can claim gigapixels.
const (
	MaxSide    = 1 << 15
	freePixels = 64 << 20 // bytes that any picture may take in memory; a larger file may take maxGrowth times its size
	maxGrowth  = 4

	// maxScans is the most scans of a progressive JPEG, of which most have about ten: in 30 bytes a scan can say
	// nothing of all of a large picture, and takes a hundredth of a second.
	maxScans = 100
)

func openPicture(path string) (*os.File, fs.FileInfo, error) {
	f, info, err := files.Open(path)
	if errors.Is(err, files.ErrNotRegular) {
		err = read.Damage(err.Error() + ", want a PNG or JPEG file")
	}
	return f, info, err
}

// White and Black are what transparent parts of a picture, and what is around it, may be taken for.
var White, Black = image.NewUniform(color.White), image.NewUniform(color.Black)

func opaque(src image.Image) bool {
	o, ok := src.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// A codec is a format that is read. What a file is is told by its first bytes, whatever its name ends in, and no other
// format is, even if the program has a decoder of it: the limits are not those of others.
type codec struct {
	name, magic string
	config      func(io.Reader) (image.Config, error)
	decode      func(io.Reader) (image.Image, error)
}

var codecs = []codec{
	{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode}, // of an animated one the picture that stands still
	{"jpeg", "\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
}

// codecOf finds the format of a file. The error says what it is, if that is known.
func codecOf(f io.ReadSeeker, name string) (codec, error) {
	head := make([]byte, 32)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return codec{}, fmt.Errorf("%s: %w", name, err)
	}
	for _, c := range codecs {
		if bytes.HasPrefix(head[:n], []byte(c.magic)) {
			_, err := f.Seek(0, io.SeekStart)
			return c, err
		}
	}
	if what := otherFormat(head[:n]); what != "" {
		return codec{}, read.Damaged(name, 0, "not a PNG or JPEG picture but %s", what)
	}
	return codec{}, read.Damaged(name, 0, "not a PNG or JPEG picture")
}

// otherFormat names the format of a file that is met under the name of a picture, "" if it is not known.
func otherFormat(head []byte) string {
	for _, f := range []struct {
		magic string
		at    int
		name  string
	}{
		{"GIF8", 0, "a GIF; save it as PNG"}, {"WEBP", 8, "a WebP picture; save it as PNG"},
		{"BM", 0, "a BMP; save it as PNG"}, {"II*\x00", 0, "a TIFF; save it as PNG"},
		{"MM\x00*", 0, "a TIFF; save it as PNG"}, {"ftyp", 4, "an HEIC, AVIF or MP4 file; save it as PNG"},
		{"%PDF", 0, "a PDF"}, {"<", 0, "an HTML, XML or SVG text"}, {"\x1f\x8b", 0, "a gzip file"},
		{"PK\x03\x04", 0, "a zip archive"},
		{"version https://git-lfs", 0, "a Git LFS pointer; git lfs pull fetches it"},
	} {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return f.name
		}
	}
	if len(head) == 0 {
		return "an empty file"
	}
	return ""
}

// decodeImage decodes a picture that is within the limits.
func decodeImage(f io.ReadSeeker, size int64, name string) (src image.Image, orientation int, err error) {
	c, err := codecOf(f, name)
	if err != nil {
		return nil, 0, err
	}
	config, err := c.config(f)
	kind := c.name
	if err != nil {
		return nil, 0, read.Damaged(name, 0, "the %s picture is damaged: %v", kind, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > MaxSide || config.Height > MaxSide {
		return nil, 0, read.Damaged(name, 0, "the %s picture has %d×%d pixels, want sides of 1 to %d", kind,
			config.Width, config.Height, MaxSide)
	}
	form := pictureForm{bytes: pixelBytes(config.ColorModel), orientation: 1}
	if err := form.read(f, kind); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	need, most := int64(float64(config.Width)*float64(config.Height)*form.bytes), max(freePixels, maxGrowth*size)
	if need > most {
		return nil, 0, read.Damaged(name, 0,
			"the %s picture of %d×%d pixels is too large (it takes %d MB in memory, want at most %d)",
			kind, config.Width, config.Height, need>>20, most>>20)
	}
	if form.scans > maxScans {
		return nil, 0, read.Damaged(name, 0, "the %s picture goes over its pixels %d times, want at most %d", kind,
			form.scans, maxScans)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	if src, err = c.decode(f); err != nil {
		return nil, 0, read.Damaged(name, 0, "the %s picture is damaged: %v", kind, err)
	}
	return src, form.orientation, nil
}

// pixelBytes is what a pixel takes in memory.
func pixelBytes(m color.Model) float64 {
	switch m {
	case color.GrayModel, color.AlphaModel:
		return 1
	case color.Gray16Model, color.Alpha16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// DecodeFile decodes a picture that is within the limits.
func DecodeFile(path string) (src image.Image, orientation int, err error) {
	f, info, err := openPicture(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	return decodeImage(f, info.Size(), path)
}
