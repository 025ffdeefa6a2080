// This file holds Folder, which reads pictures that lie in a folder for each class.

package data

import (
	"cmp"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"github.com/stheno-ml/stheno/data/internal/picture"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
)

// FolderOptions say what is made of a folder's pictures. The zero value keeps their size and colours.
type FolderOptions struct {
	Height, Width int     // of every picture, which is resized to it; 0, 0 for those of the first one
	Fit           Fit     // how that is done with a picture of another size
	Gray          bool    // one channel of luminance in place of red, green and blue
	HeldOut       float64 // the share of the pictures in Test, where the folder is not parted; 0 for a fifth
	Seed          uint64  // of the draw of these pictures
}

// Fit is a way to bring a picture of another size to that of its set, by cubic interpolation (Catmull and Rom 1974).
type Fit uint8

// The ways.
const (
	Stretch   Fit = iota // height and width each by itself, so that proportions change
	Crop                 // until it covers the size, and cut off at both ends of the longer side alike
	Letterbox            // until it fits into the size, between two bands of black
	Exact                // not at all: it is an error
)

// String says what has become of a picture: "stretched".
func (f Fit) String() string {
	return [...]string{"stretched", "cropped", "letterboxed", "refused"}[min(f, Exact)]
}

// maxPixels is the most numbers that the pictures of a folder may become: 4 GiB.
const maxPixels = 1 << 30

// Folder reads the PNG and JPEG pictures of a folder that has a folder for each class,
//
//	dir/<class>/*.png          or, already parted,     dir/train/<class>/*.png, dir/test/<class>/*.png
//
// as X (N, 3, H, W), or (N, 1, H, W) in grey, with values in [0, 1] as they are stored, of which 16 bits become
// 8. A picture of another size is brought to it as Fit says, and counted in Images.Resized. CMYK becomes red, green
// and blue, transparent parts are white, of an animated PNG the still picture is taken, and the EXIF orientation of a
// JPEG is honoured. Classes are the names of the folders, sorted, and pictures come in the order of their paths; what
// begins with a dot, or ends in anything but .png, .jpg or .jpeg, is passed over, and links are followed. The test
// part may lack classes and have none of its own. A folder that is not parted is by the seed, each class alike.
//
// Unlike [ReadImage] it looks for no drawing: [ReadPicture] and [FolderOptions.Read] read one more picture in the same
// way. The limits of a picture are those of ReadImage. Errors name the file and are [ErrDamaged], or os.ErrNotExist,
// also where no picture is, even in one class of several.
func Folder(dir string, o FolderOptions) (Images, error) {
	if o.HeldOut == 0 {
		o.HeldOut = .2
	}
	switch {
	case !(o.HeldOut > 0 && o.HeldOut < 1):
		return Images{}, fmt.Errorf("%s: the share held out is %v, want it between 0 and 1", dir, o.HeldOut)
	case (o.Height == 0) != (o.Width == 0) || min(o.Height, o.Width) < 0 || max(o.Height, o.Width) > picture.MaxSide:
		return Images{}, fmt.Errorf("%s: pictures of height %d and width %d, want 1 to %d, or neither", dir, o.Height,
			o.Width, picture.MaxSide)
	case o.Fit > Exact:
		return Images{}, fmt.Errorf("%s: pictures are resized by rule %d, want one up to %d", dir, o.Fit, Exact)
	}
	classes, train, test, err := pictureFiles.parts(dir, o.HeldOut, o.Seed)
	if err != nil {
		return Images{}, err
	}
	size := pictureSize{3, o.Height, o.Width, o.Fit}
	if o.Height == 0 {
		if size.h, size.w, err = sizeOf(train[0].path); err != nil {
			return Images{}, err
		}
	}
	if o.Gray {
		size.c = 1
	}
	if n := len(train) + len(test); n > maxPixels/(size.c*size.h*size.w) {
		return Images{}, read.Damage(fmt.Sprintf("%s: too large (%d pictures of (%d, %d, %d) are over %d numbers; "+
			"a smaller height and width helps)", dir, n, size.c, size.h, size.w, maxPixels))
	}
	set := Images{Name: filepath.Base(dir), Classes: classes, Pictures: true}
	resized := [2]int{}
	if set.Train, resized[0], err = size.readAll(train); err != nil {
		return Images{}, err
	}
	if set.Test, resized[1], err = size.readAll(test); err != nil {
		return Images{}, err
	}
	set.Resized = resized[0] + resized[1]
	return set, nil
}

// Read reads one more picture as [Folder] does by these options, as (C, H, W). Height and Width must be given.
func (o FolderOptions) Read(path string) (graph.Tensor, error) {
	size := pictureSize{3, o.Height, o.Width, o.Fit}
	if o.Gray {
		size.c = 1
	}
	if min(size.h, size.w) < 1 || max(size.h, size.w) > picture.MaxSide || o.Fit > Exact {
		return graph.Tensor{}, fmt.Errorf("%s: a picture of height %d and width %d by rule %d, want sides of 1 to %d "+
			"and a rule up to %d", path, o.Height, o.Width, o.Fit, picture.MaxSide, Exact)
	}
	return size.readOne(path)
}

// ReadPicture reads a PNG or JPEG file as [Folder] reads its pictures if it is given no other rule: as (c, h, w) with
// values in [0, 1], of red, green and blue with c = 3, of luminance with c = 1. It panics when c is neither, or h or
// w is not 1 to 32,768.
func ReadPicture(path string, c, h, w int) (graph.Tensor, error) {
	if c != 1 && c != 3 || min(h, w) < 1 || max(h, w) > picture.MaxSide {
		panic(fmt.Sprintf("data: ReadPicture of (%d, %d, %d), want 1 or 3 channels and sides of 1 to %d", c, h, w,
			picture.MaxSide))
	}
	return pictureSize{c, h, w, Stretch}.readOne(path)
}

func (s pictureSize) readOne(path string) (graph.Tensor, error) {
	x := graph.NewTensor(graph.Type{DType: graph.Float32, Shape: graph.Shape{s.c, s.h, s.w}})
	if _, err := s.read(x.F32, path); err != nil {
		return graph.Tensor{}, err
	}
	return x, nil
}

// A labelled is a file and the number of its class.
type labelled struct {
	path  string
	class int64
}

// fileKind is what lies in a folder for each class.
type fileKind struct {
	noun, form string // what a file is called, and its forms
	ends       []string
}

// The kinds.
var (
	pictureFiles = fileKind{"picture", "PNG or JPEG picture", []string{".png", ".jpg", ".jpeg"}}
	soundFiles   = fileKind{"sound", "WAV file", []string{".wav"}}
)

// parts lists the files to train on, of which there is at least one, and to test with.
func (k fileKind) parts(dir string, heldOut float64, seed uint64) (classes []string, train, test []labelled,
	err error) {
	first, second := filepath.Join(dir, "train"), filepath.Join(dir, "test")
	switch learn, watch := read.IsFolder(first), read.IsFolder(second); {
	case learn && watch:
		if classes, train, err = k.classes(first); err != nil {
			return nil, nil, nil, err
		}
		test, err = k.test(second, classes)
		return classes, train, test, err
	case learn && k.isPart(first):
		return nil, nil, nil, missingPart(dir, "train", "test")
	case watch && k.isPart(second):
		return nil, nil, nil, missingPart(dir, "test", "train")
	}
	classes, all, err := k.classes(dir)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case len(all) < 2:
		return nil, nil, nil, fmt.Errorf("%s: has one %s, want at least 2: %w", dir, k.noun, fs.ErrNotExist)
	}
	labels := make([]int64, len(all))
	for i, p := range all {
		labels[i] = p.class
	}
	learn, watch := read.HoldOut(len(all), labels, heldOut, seed)
	for _, i := range learn {
		train = append(train, all[i])
	}
	for _, i := range watch {
		test = append(test, all[i])
	}
	return classes, train, test, nil
}

// isPart reports a folder that has folders of such files, and none itself: it is no class.
func (k fileKind) isPart(dir string) bool {
	own, err := k.list(dir, 0)
	if err != nil || len(own) > 0 {
		return false
	}
	_, all, err := k.classes(dir)
	return err == nil && len(all) > 0
}

func missingPart(dir, has, lacks string) error {
	return fmt.Errorf("%s: has the part %s and no part %s: want both, or folders of classes alone: %w", dir, has,
		lacks, fs.ErrNotExist)
}

// classes lists the classes of a folder and their files.
func (k fileKind) classes(dir string) (classes []string, list []labelled, err error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || !read.IsFolder(path) {
			continue
		}
		own, err := k.list(path, int64(len(classes)))
		switch {
		case err != nil:
			return nil, nil, err
		case len(own) == 0:
			return nil, nil, fmt.Errorf("%s: has no %s: %w", path, k.form, fs.ErrNotExist)
		}
		classes, list = append(classes, e.Name()), append(list, own...)
	}
	if len(classes) == 0 {
		return nil, nil, fmt.Errorf("%s: has no folder of %ss: %w", dir, k.noun, fs.ErrNotExist)
	}
	return classes, list, nil
}

// test lists the files of a test part, whose classes are those of the training part.
func (k fileKind) test(dir string, classes []string) ([]labelled, error) {
	own, list, err := k.classes(dir)
	if err != nil {
		return nil, err
	}
	for i, f := range list {
		name := own[f.class]
		at, ok := slices.BinarySearch(classes, name)
		if !ok {
			return nil, read.Damage(fmt.Sprintf("%s: there is no such class in the training part",
				filepath.Join(dir, name)))
		}
		list[i].class = int64(at)
	}
	return list, nil
}

// list lists the files of a folder.
func (k fileKind) list(dir string, class int64) (list []labelled, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		end := strings.ToLower(filepath.Ext(e.Name()))
		if slices.Contains(k.ends, end) && !strings.HasPrefix(e.Name(), ".") {
			list = append(list, labelled{filepath.Join(dir, e.Name()), class})
		}
	}
	return list, nil
}

// sizeOf returns the height and width of a picture, held upright.
func sizeOf(path string) (h, w int, err error) {
	src, orientation, err := picture.DecodeFile(path)
	if err != nil {
		return 0, 0, err
	}
	size := upright(src.Bounds().Size(), orientation)
	return size.Y, size.X, nil
}

// A pictureSize is the shape that pictures are brought to, and how.
type pictureSize struct {
	c, h, w int
	rule    Fit
}

// pile is the number of pictures that one block of work reads.
const pile = 16

type picturePile struct {
	size     pictureSize
	pictures []labelled
	x        []float32
	failed   []error // of each block the first
	resized  []int   // of each block
}

func (p *picturePile) Block(b int) {
	lo, hi := parallel.Bounds(b, pile, len(p.pictures))
	n := p.size.c * p.size.h * p.size.w
	for i := lo; i < hi && p.failed[b] == nil; i++ {
		var other bool
		if other, p.failed[b] = p.size.read(p.x[i*n:(i+1)*n], p.pictures[i].path); other {
			p.resized[b]++
		}
	}
}

// readAll reads the pictures of a part, and counts those of another size. The error is that of the first picture that
// has one.
func (s pictureSize) readAll(pictures []labelled) (part Split, resized int, err error) {
	n := len(pictures)
	blocks := parallel.Blocks(n, pile)
	work := &picturePile{s, pictures, make([]float32, n*s.c*s.h*s.w), make([]error, blocks), make([]int, blocks)}
	parallel.Run(blocks, work)
	if err := cmp.Or(work.failed...); err != nil {
		return Split{}, 0, err
	}
	for _, k := range work.resized {
		resized += k
	}
	y := make([]int64, n)
	for i, p := range pictures {
		y[i] = p.class
	}
	return Split{X: graph.FromFloat32(work.x, n, s.c, s.h, s.w), Y: graph.FromInt64(y, n)}, resized, nil
}

// read reads a picture into x (c, h, w), and reports whether it had another size.
func (s pictureSize) read(x []float32, path string) (other bool, err error) {
	src, orientation, err := picture.DecodeFile(path)
	if err != nil {
		return false, err
	}
	size := upright(src.Bounds().Size(), orientation)
	other = size != image.Pt(s.w, s.h)
	if other && s.rule == Exact {
		return false, read.Damage(fmt.Sprintf("%s: a picture of %d×%d pixels, want all of %d×%d", path, size.X, size.Y,
			s.w, s.h))
	}
	s.fill(x, src, orientation)
	return other, nil
}

// upright is the size of a picture that is held upright.
func upright(size image.Point, orientation int) image.Point {
	if orientation >= 5 {
		return image.Pt(size.Y, size.X)
	}
	return size
}

// fill writes a picture into x, held upright.
func (s pictureSize) fill(x []float32, src image.Image, orientation int) {
	sheet := image.NewRGBA(image.Rectangle{Max: upright(image.Pt(s.w, s.h), orientation)})
	all := sheet.Bounds()
	to, from := s.rule.place(all, src.Bounds())
	draw.Draw(sheet, all, picture.Black, image.Point{}, draw.Src)
	draw.Draw(sheet, to, picture.White, image.Point{}, draw.Src)
	if from.Size() == to.Size() {
		draw.Draw(sheet, to, src, from.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(sheet, to, src, from, draw.Over, nil)
	}
	for k := range s.c {
		plane := make([]float32, all.Dx()*all.Dy())
		for i := range plane {
			v := sheet.Pix[4*i+k]
			if s.c == 1 {
				v = luminance(sheet.Pix[4*i : 4*i+3])
			}
			plane[i] = float32(v) / 255
		}
		copy(x[k*s.h*s.w:], picture.Upright(plane, all.Dx(), orientation))
	}
}

// place says which part of a sheet shows which part of a picture.
func (f Fit) place(sheet, picture image.Rectangle) (to, from image.Rectangle) {
	switch f {
	case Crop:
		return sheet, middle(picture, sheet.Size())
	case Letterbox:
		return middle(sheet, picture.Size()), picture
	}
	return sheet, picture
}

// middle is the largest part of r, in its middle, that has the proportions of size; at least a pixel each way.
func middle(r image.Rectangle, size image.Point) image.Rectangle {
	w, h := r.Dx(), r.Dy()
	if w*size.Y > h*size.X {
		w = max(1, (h*size.X+size.Y/2)/size.Y)
	} else {
		h = max(1, (w*size.Y+size.X/2)/size.X)
	}
	at := r.Min.Add(image.Pt((r.Dx()-w)/2, (r.Dy()-h)/2))
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}

// luminance is 0.299·red + 0.587·green + 0.114·blue (ITU-R BT.601) in 16 bits, so that grey stays what it is.
func luminance(rgb []uint8) uint8 {
	return uint8((19595*uint32(rgb[0]) + 38470*uint32(rgb[1]) + 7471*uint32(rgb[2]) + 1<<15) >> 16)
}
