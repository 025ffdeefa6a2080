package data

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/trial"
)

// cmyk is a JPEG of 8 by 8 pixels of pure red in four inks, as Adobe's programs write it.
// PIL 9.4: Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(f, "JPEG")
const cmyk = "" +
	"/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04Mj" +
	"wuMzQy/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQEC" +
	"AwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dX" +
	"Z3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E" +
	"QwBNAFkASwAAPwD3+vn+vn+vf6//2Q=="

// withChunk puts a chunk behind the header of a PNG.
func withChunk(b []byte, kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 4 + 4 + 13 + 4
	return append(append(bytes.Clone(b[:header]), chunk...), b[header:]...)
}

// deep is a picture of 16 bits of red.
func deep() image.Image {
	img := image.NewNRGBA64(image.Rect(0, 0, 4, 4))
	for i := range 16 {
		img.SetNRGBA64(i%4, i/4, color.NRGBA64{R: 0xffff, A: 0xffff})
	}
	return img
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestStrangePictures: whatever lies in a folder of pictures under the name of one, it is read as what it is, or the
// error is one line that names the file, and the memory that it takes is in proportion.
func TestStrangePictures(t *testing.T) {
	sound := trial.PNG(square(4, 4, red))
	for _, c := range []struct {
		name, file string
		content    []byte
		// of the error, behind the name of the file; "" for a picture that is red, wherever one looks
		want string
	}{
		{"a picture of one pixel", "1x1.png", trial.PNG(square(1, 1, red)), ""},
		{"a picture of one row", "row.png", trial.PNG(square(500, 1, red)), ""},
		{"16 bits a colour", "deep.png", trial.PNG(deep()), ""},
		{"a palette", "few.png", trial.PNG(image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{red})), ""},
		{"four inks", "cmyk.jpg", decoded(t, cmyk), ""},
		{"an animated PNG, of which the still picture is taken", "moves.png", withChunk(sound, "acTL", make([]byte,
			8)), ""},
		{"a JPEG that is called PNG", "photo.png", trial.JPEG(square(4, 4, red)), ""},
		{"a PNG that is called JPEG", "drawing.jpeg", sound, ""},
		{"a GIF", "moves.png", []byte("GIF89a\x04\x00\x04\x00"),
			"not a PNG or JPEG picture but a GIF; save it as PNG"},
		{"a WebP", "web.jpg", []byte("RIFF\x10\x00\x00\x00WEBPVP8 "),
			"not a PNG or JPEG picture but a WebP picture; save it as PNG"},
		{"a BMP", "b.png", []byte("BM\x00\x00"), "not a PNG or JPEG picture but a BMP; save it as PNG"},
		{"a TIFF", "t.png", []byte("MM\x00*\x00\x00\x00\x08"), "not a PNG or JPEG picture but a TIFF; save it as PNG"},
		{"a photograph of a telephone", "p.jpg", []byte("\x00\x00\x00\x18ftypheic"),
			"not a PNG or JPEG picture but an HEIC, AVIF or MP4 file; save it as PNG"},
		{"a page of the web", "page.jpg", []byte("<!DOCTYPE html>"),
			"not a PNG or JPEG picture but an HTML, XML or SVG text"},
		{"a pointer of Git LFS", "lfs.png", []byte("version https://git-lfs.github.com/spec/v1"),
			"not a PNG or JPEG picture but a Git LFS pointer; git lfs pull fetches it"},
		{"a text", "text.jpg", []byte("a red square"), "not a PNG or JPEG picture"},
		{"an empty file", "empty.png", nil, "not a PNG or JPEG picture but an empty file"},
		{"a PNG that is cut in its header", "cut.png", sound[:20], "the png picture is damaged: "},
		{"a PNG that is cut in its pixels", "cut.png", sound[:50], "the png picture is damaged: "},
		{"a JPEG that is cut in its header", "cut.jpg", trial.JPEG(square(40, 40, red))[:100],
			"the jpeg picture is damaged: "},
		{"a JPEG that is cut in its pixels", "cut.jpg", trial.JPEG(square(40, 40, red))[:630],
			"the jpeg picture is damaged: "},
		{"a PNG with a bit that has turned", "bit.png", flipped(sound, 45), "the png picture is damaged: "},
		{"a PNG of 900 million pixels", "bomb.png", trial.Sized(sound, 30_000, 30_000, 0),
			"the png picture of 30000×30000 pixels is too large (it takes "},
		{"a PNG of 2³¹ by 2³¹ pixels", "bomb.png", trial.Sized(sound, math.MaxInt32, math.MaxInt32, 0), ""},
		{"a JPEG of 4 billion pixels", "bomb.jpg",
			trial.FrameSized(trial.JPEG(square(8, 8, red)), 65535, 65535, false),
			"the jpeg picture has 65535×65535 pixels, want sides of 1 to 32768"},
		{"a PNG without pixels", "none.png", trial.Sized(sound, 0, 0, 0), "the png picture is damaged: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := trial.Tree(t, map[string][]byte{"train/a/0.png": sound, "test/a/0.png": sound,
				"train/b/" + c.file: c.content})
			var set Images
			var err error
			n, _ := trial.Spent(func() { set, err = Folder(dir, FolderOptions{}) })
			if n > 8<<20 {
				t.Errorf("%d bytes allocated", n)
			}
			if c.name == "a PNG of 2³¹ by 2³¹ pixels" { // how Go says so depends on the size of an int
				c.want = "the png picture "
			}
			if c.want != "" {
				path := filepath.Join(dir, "train", "b", c.file)
				if err == nil || !strings.HasPrefix(err.Error(), path+": offset 0: "+c.want) ||
					strings.Contains(err.Error(), "\n") || !errors.Is(err, ErrDamaged) {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			last := set.Train.X.Rows(1, 2).F32
			for i, v := range last {
				if want := float32(1 - min(i/16, 1)); v < want-.02 || v > want+.02 {
					t.Fatalf("pixel %d is %v, want %v: %v", i, v, want, last)
				}
			}
		})
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 4
	return b
}

// TestStrangeFolders: what is no picture, and folders that do not fit together.
func TestStrangeFolders(t *testing.T) {
	sound := trial.PNG(square(2, 2, red))
	link := func(to, from string) func(dir string) error {
		return func(dir string) error {
			return os.Symlink(strings.ReplaceAll(to, "DIR", dir), filepath.Join(dir, from))
		}
	}
	for _, c := range []struct {
		name string
		add  func(dir string) error
		kind error // nil for none
		want string
	}{
		{"nothing more", func(string) error { return nil }, nil, "[a b] 3 1"},
		{"a class that is a link", link("DIR/test", "train/z"), os.ErrNotExist,
			"DIR/train/z: has no PNG or JPEG picture"},
		{"a class that is a link to pictures", link("DIR/train/a", "train/c"), nil, "[a b c] 4 1"},
		{"a class that is a link to nothing", link("none", "train/c"), nil, "[a b] 3 1"},
		{"a picture that is a link", link("DIR/train/a/0.png", "train/b/9.png"), nil, "[a b] 4 1"},
		{"a picture that is a link to nothing", link("none.png", "train/b/9.png"), os.ErrNotExist,
			"DIR/train/b/9.png"},
		{"a picture that is a link to itself", link("9.png", "train/b/9.png"), nil,
			"DIR/train/b/9.png: too many levels of symbolic links"},
		{"a device", link("/dev/zero", "train/b/9.png"), ErrDamaged,
			"DIR/train/b/9.png: not a regular file (a device), want a PNG or JPEG file"},
		{"a folder that is called like a picture", func(dir string) error {
			return os.Mkdir(dir+"/train/b/9.png",
				0o755)
		}, ErrDamaged,
			"DIR/train/b/9.png: not a regular file (a folder), want a PNG or JPEG file"},
		{"what has another name", put("train/b/notes.txt", nil), nil, "[a b] 3 1"},
		{"hidden pictures and folders", func(dir string) error {
			return errors.Join(put("train/b/.hidden.png", nil)(dir), os.Mkdir(dir+"/train/.cache", 0o755))
		}, nil, "[a b] 3 1"},
		{"a class without pictures", func(dir string) error { return os.Mkdir(dir+"/train/c", 0o755) }, os.ErrNotExist,
			"DIR/train/c: has no PNG or JPEG picture"},
		{"a class to test with alone", func(dir string) error {
			return errors.Join(os.Mkdir(dir+"/test/c", 0o755), put("test/c/0.png", sound)(dir))
		}, ErrDamaged, "DIR/test/c: there is no such class in the training part"},
		{"a picture that may not be read", func(dir string) error {
			return errors.Join(put("train/b/9.png", sound)(dir), os.Chmod(dir+"/train/b/9.png", 0))
		}, fs.ErrPermission, "DIR/train/b/9.png: permission denied"},
		{"a picture that nobody may read, root neither", func(dir string) error {
			return os.Symlink("9.png", dir+"/train/b/9.png")
		}, nil, "DIR/train/b/9.png: too many levels of symbolic links"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.kind == fs.ErrPermission && os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			dir := trial.Tree(t, map[string][]byte{"train/a/0.png": sound, "train/b/0.png": sound,
				"train/b/1.png": sound,
				"test/b/0.png":  sound})
			if err := c.add(dir); err != nil {
				t.Skip(err)
			}
			set, err := Folder(dir, FolderOptions{})
			want := strings.ReplaceAll(c.want, "DIR", dir)
			switch {
			case strings.HasPrefix(c.want, "["):
				if got := fmt.Sprint(set.Classes, set.Train.Len(), set.Test.Len()); err != nil || got != want {
					t.Errorf("got %s, %v\nwant %s", got, err, want)
				}
			case err == nil || !strings.Contains(err.Error(), want) || c.kind != nil && !errors.Is(err, c.kind):
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// put writes a file of a folder.
func put(name string, b []byte) func(dir string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), b, 0o644) }
}

// TestFit: a picture of another size is brought to that of the others by the rule that is given, and counted.
func TestFit(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 16, 4)) // red, and blue at both ends
	for i := range 64 {
		wide.Set(i%16, i/16, red)
		if x := i % 16; x < 4 || x >= 12 {
			wide.Set(x, i/16, blue)
		}
	}
	dir := trial.Tree(t, map[string][]byte{"train/a/0.png": trial.PNG(square(4, 4, red)),
		"train/a/1.png": trial.PNG(wide),
		"test/a/0.png":  trial.PNG(square(4, 4, red))})
	for _, c := range []struct {
		rule Fit
		want string // the second row and the first one: r, b, or . for black
	}{
		{Stretch, "brrb brrb"}, {Crop, "rrrr rrrr"}, {Letterbox, "brrb ...."},
	} {
		t.Run(c.rule.String(), func(t *testing.T) {
			o := FolderOptions{Fit: c.rule}
			set, err := Folder(dir, o)
			if err != nil || set.Resized != 1 {
				t.Fatalf("%d resized, %v", set.Resized, err)
			}
			x := set.Train.X.Rows(1, 2).F32 // (3, 4, 4)
			if got := coloursOf(x, 1) + " " + coloursOf(x, 0); got != c.want {
				t.Errorf("got %s, want %s: %v", got, c.want, x)
			}
			o.Height, o.Width = 4, 4
			one, err := o.Read(filepath.Join(dir, "train", "a", "1.png"))
			if err != nil || !slices.Equal(one.F32, x) {
				t.Errorf("one more is read as %v, %v", one, err)
			}
		})
	}
	_, err := Folder(dir, FolderOptions{Fit: Exact})
	want := filepath.Join(dir, "train", "a", "1.png") + ": a picture of 16×4 pixels, want all of 4×4"
	if err == nil || err.Error() != want || !errors.Is(err, ErrDamaged) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	for _, o := range []FolderOptions{{Fit: 9}, {Fit: 9, Height: 4, Width: 4}} {
		_, err := Folder(dir, o)
		_, err2 := o.Read(filepath.Join(dir, "train", "a", "1.png"))
		if err == nil || err2 == nil {
			t.Errorf("rule 9 is taken: %v, %v", err, err2)
		}
	}
	if _, err := (FolderOptions{}).Read(filepath.Join(dir, "train", "a", "1.png")); err == nil {
		t.Error("one more is read without a size")
	}
}

// coloursOf names the colours of a row of (3, 4, 4).
func coloursOf(x []float32, row int) (s string) {
	for i := 4 * row; i < 4*row+4; i++ {
		switch {
		case x[i] > .7 && x[32+i] < .3:
			s += "r"
		case x[32+i] > .7 && x[i] < .3:
			s += "b"
		case x[i]+x[16+i]+x[32+i] < .1:
			s += "."
		default:
			s += "?"
		}
	}
	return s
}
