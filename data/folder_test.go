package data

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/picture"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

// shared is where data for development lies; tests of it are skipped where it is absent.
var shared = filepath.Join("..", "..", "shared", "data")

// square is a picture of one colour.
func square(w, h int, c color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Set(i%w, i/w, c)
	}
	return img
}

var (
	red  = color.NRGBA{R: 255, A: 255}
	blue = color.NRGBA{B: 255, A: 255}
)

// parted is a small folder in two parts.
func parted() map[string][]byte {
	return map[string][]byte{
		"train/b/1.png": trial.PNG(square(2, 1, blue)), "train/b/2.PNG": trial.PNG(square(2, 1, blue)),
		"train/a/1.png": trial.PNG(square(2, 1, red)), "test/b/1.png": trial.PNG(square(2, 1, color.Gray{Y: 51})),
	}
}

func TestFolder(t *testing.T) {
	set, err := Folder(trial.Tree(t, parted()), FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(set.Name, set.Classes, set.Train.X, set.Train.Y); got !=
		"set[a b] float32 (3, 3, 1, 2) int64 (3) 0 1 1" {
		t.Errorf("got %s", got)
	}
	if want := []float32{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}; !slices.Equal(set.Train.X.F32[:12], want) {
		t.Errorf("got %v, want red and then blue", set.Train.X.F32[:12])
	}
	if got := set.Test.X.String() + " " + set.Test.Y.String(); got !=
		"float32 (1, 3, 1, 2) 0.2 0.2 0.2 0.2 0.2 0.2 int64 (1) 1" {
		t.Errorf("test part: got %s", got)
	}
	grey, err := Folder(trial.Tree(t, parted()), FolderOptions{Gray: true})
	if err != nil || grey.Train.X.Shape[1] != 1 {
		t.Fatalf("got %v, %v", grey.Train.X, err)
	}
	for i, want := range []float32{76, 29, 29} { // .299·255 and .114·255
		if got := grey.Train.X.F32[2*i]; got != want/255 {
			t.Errorf("picture %d in grey: got %v, want %v", i, got, want/255)
		}
	}
	if grey.Test.X.F32[0] != .2 {
		t.Errorf("grey in grey: got %v", grey.Test.X.F32[0])
	}
}

// TestFolderParting: a folder that is not parted is, each class alike.
func TestFolderParting(t *testing.T) {
	all := map[string][]byte{"readme.txt": []byte("x"), ".git/x.png": []byte("x"), "a/.hidden.png": nil,
		"a/Thumbs.db": nil}
	for i := range 20 {
		all[fmt.Sprintf("a/%02d.png", i)] = trial.PNG(square(1, 1, color.Gray{Y: uint8(i)}))
		if i < 10 {
			all[fmt.Sprintf("b/%02d.jpeg", i)] = trial.JPEG(square(1, 1, color.Gray{Y: uint8(100 + i)}))
		}
	}
	dir := trial.Tree(t, all)
	set, err := Folder(dir, FolderOptions{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	count := [2]int{}
	for _, y := range set.Test.Y.I64 {
		count[y]++
	}
	if set.Train.Len() != 24 || count != [2]int{4, 2} {
		t.Errorf("%d to train on, by class %v to test with", set.Train.Len(), count)
	}
	for _, s := range []Split{set.Train, set.Test} {
		for i, y := range s.Y.I64 {
			if dark := s.X.F32[3*i] < .3; dark != (y == 0) {
				t.Errorf("picture %v has label %d", s.X.F32[3*i], y)
			}
		}
	}
	again, err := Folder(dir, FolderOptions{Seed: 3})
	other, err2 := Folder(dir, FolderOptions{Seed: 4})
	if err != nil || err2 != nil || !slices.Equal(again.Test.X.F32, set.Test.X.F32) ||
		slices.Equal(other.Test.X.F32, set.Test.X.F32) {
		t.Errorf("the parts are no function of the seed alone: %v, %v", err, err2)
	}
}

// TestFolderSizes: pictures of other sizes are brought to that of the first one, or the one asked for.
func TestFolderSizes(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 40, 20)) // red at the left, blue at the right
	for i := range 40 * 20 {
		wide.Set(i%40, i/40, red)
		if i%40 >= 20 {
			wide.Set(i%40, i/40, blue)
		}
	}
	dir := trial.Tree(t, map[string][]byte{"train/a/0.png": trial.PNG(square(4, 2, red)),
		"train/a/1.png": trial.PNG(wide),
		"test/a/0.png":  trial.PNG(square(1, 1, color.NRGBA{R: 255, A: 0}))})
	set, err := Folder(dir, FolderOptions{})
	if err != nil || set.Train.X.Shape.String() != "(2, 3, 2, 4)" || set.Test.X.Shape.String() != "(1, 3, 2, 4)" {
		t.Fatalf("got %v and %v, %v", set.Train.X.Shape, set.Test.X.Shape, err)
	}
	reds := set.Train.X.F32[24:32] // (2, 4)
	if reds[0] < .98 || reds[4] < .98 || reds[3] > .02 || reds[7] > .02 {
		t.Errorf("red is left of blue, got %v", reds)
	}
	if slices.Min(set.Test.X.F32) != 1 {
		t.Errorf("what is transparent is white, got %v", set.Test.X.F32)
	}
	set, err = Folder(dir, FolderOptions{Height: 8, Width: 6, Gray: true})
	if err != nil || set.Train.X.Shape.String() != "(2, 1, 8, 6)" {
		t.Errorf("got %v, %v", set.Train.X.Shape, err)
	}
	for _, v := range set.Train.X.F32 {
		if v < 0 || v > 1 {
			t.Fatalf("value %v", v)
		}
	}
}

// TestReadPicture: one picture is read as those of a folder, and held upright.
func TestReadPicture(t *testing.T) {
	dir := trial.Tree(t, parted())
	set, err := Folder(dir, FolderOptions{Height: 3, Width: 5})
	if err != nil {
		t.Fatal(err)
	}
	x, err := ReadPicture(filepath.Join(dir, "train", "a", "1.png"), 3, 3, 5)
	if err != nil || !slices.Equal(x.F32, set.Train.X.F32[:45]) {
		t.Errorf("got %v, %v", x, err)
	}
	for _, bad := range [][3]int{{2, 1, 1}, {3, 0, 1}, {3, 1, -1}, {1, picture.MaxSide + 1, 1}} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "data: ReadPicture of (") {
					t.Errorf("%v: got %q", bad, r)
				}
			}()
			ReadPicture("", bad[0], bad[1], bad[2])
		}()
	}
	lying := pictureSize{3, 2, 1, Stretch} // stored as 2 across and 1 down
	x6 := make([]float32, 6)
	two := square(2, 1, red).(*image.NRGBA)
	two.Set(1, 0, blue)
	lying.fill(x6, two, 6) // EXIF 6: its left is the top
	if want := []float32{1, 0, 0, 0, 0, 1}; !slices.Equal(x6, want) {
		t.Errorf("turned: got %v, want %v", x6, want)
	}
}

func TestFolderErrors(t *testing.T) {
	huge := trial.Sized(trial.PNG(square(1, 1, red)), 30000, 30000, 0)
	for _, c := range []struct {
		name, file string
		content    []byte // nil: the file is removed
		o          FolderOptions
		kind       error
		want       string // DIR stands for the folder
	}{
		{"a picture that is none", "train/b/2.PNG", []byte("GIF89a"), FolderOptions{}, ErrDamaged,
			"DIR/train/b/2.PNG: offset 0: not a PNG or JPEG picture but a GIF; save it as PNG"},
		{"the first picture is none", "train/a/1.png", []byte("GIF89a"), FolderOptions{}, ErrDamaged,
			"DIR/train/a/1.png: offset 0: not a PNG or JPEG picture but a GIF; save it as PNG"},
		{"a picture that is cut", "test/b/1.png", trial.PNG(square(9, 9, red))[:60], FolderOptions{}, ErrDamaged,
			"DIR/test/b/1.png: offset 0: the png picture is damaged: png: invalid format: unexpected EOF"},
		{"a picture that claims gigapixels", "train/b/2.PNG", huge, FolderOptions{}, ErrDamaged,
			"DIR/train/b/2.PNG: offset 0: the png picture of 30000×30000 pixels is too large (it takes 3433 MB in " +
				"memory, want at most 64)"},
		{"a class that has no pictures", "train/c/x.txt", []byte("x"), FolderOptions{}, os.ErrNotExist,
			"DIR/train/c: has no PNG or JPEG picture: file does not exist"},
		{"a class to test with alone", "test/c/1.png", trial.PNG(square(1, 1, red)), FolderOptions{}, ErrDamaged,
			"DIR/test/c: there is no such class in the training part"},
		{"a test part without pictures", "test/b/1.png", nil, FolderOptions{}, os.ErrNotExist,
			"DIR/test/b: has no PNG or JPEG picture: file does not exist"},
		{"a height alone", "", nil, FolderOptions{Height: 3}, nil,
			"DIR: pictures of height 3 and width 0, want 1 to 32768, or neither"},
		{"a negative size", "", nil, FolderOptions{Height: -3, Width: -3}, nil,
			"DIR: pictures of height -3 and width -3, want 1 to 32768, or neither"},
		{"a share of all", "", nil, FolderOptions{HeldOut: 1}, nil,
			"DIR: the share held out is 1, want it between 0 and 1"},
		{"a share that is no number", "", nil, FolderOptions{HeldOut: math.NaN()}, nil,
			"DIR: the share held out is NaN, want it between 0 and 1"},
		{"pictures of gigabytes", "", nil, FolderOptions{Height: 20000, Width: 20000}, ErrDamaged,
			"DIR: too large (4 pictures of (3, 20000, 20000) are over 1073741824 numbers; a smaller height and " +
				"width helps)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := parted()
			if c.content != nil {
				all[c.file] = c.content
			}
			dir := trial.Tree(t, all)
			if c.content == nil && c.file != "" {
				if err := os.Remove(filepath.Join(dir, c.file)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Folder(dir, c.o)
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want kind %v", err, c.kind)
			}
			if want := filepath.FromSlash(strings.ReplaceAll(c.want, "DIR", dir)); err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	for name, all := range map[string]map[string][]byte{
		"has no folder of pictures":                      {"x.png": trial.PNG(square(1, 1, red))},
		"has one picture":                                {"a/x.png": trial.PNG(square(1, 1, red))},
		"has the part train and no part test: want both": {"train/a/x.png": trial.PNG(square(1, 1, red))},
		"has the part test and no part train: want both": {"test/a/x.png": trial.PNG(square(1, 1, red)),
			"other/x.png": trial.PNG(square(1, 1, red))},
	} {
		if _, err := Folder(trial.Tree(t, all), FolderOptions{}); !errors.Is(err, os.ErrNotExist) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	set, err := Folder(trial.Tree(t, map[string][]byte{"train/1.png": trial.PNG(square(1, 1, red)),
		"bus/1.png": trial.PNG(square(1, 1, blue))}), FolderOptions{})
	if err != nil || fmt.Sprint(set.Classes) != "[bus train]" {
		t.Errorf("a class that is called train: %v, %v", set.Classes, err)
	}
	if _, err := Folder(filepath.Join(t.TempDir(), "none"), FolderOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}

// TestCIFAR10 reads the part of CIFAR-10 that lies as a folder.
func TestCIFAR10(t *testing.T) {
	if testing.Short() {
		t.Skip("12,000 pictures take seconds")
	}
	dir := filepath.Join(shared, "cifar10")
	set, err := Folder(dir, FolderOptions{})
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Classes) != 10 || set.Classes[0] != "airplane" || set.Train.X.Shape.String() != "(10000, 3, 32, 32)" ||
		set.Test.X.Shape.String() != "(2000, 3, 32, 32)" {
		t.Errorf("got %v and %v of %v", set.Train.X.Shape, set.Test.X.Shape, set.Classes)
	}
}

// Pictures of any size are cut to squares, and one more of them is.
func ExampleFolderOptions_Read() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tom.png")
	if err := os.WriteFile(path, trial.PNG(square(64, 48, red)), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	x, err := FolderOptions{Height: 32, Width: 32, Fit: Crop, Gray: true}.Read(path)
	fmt.Println(x.Shape, err)
	_, err = FolderOptions{Height: 32, Width: 32, Fit: Exact}.Read(path)
	fmt.Println(errors.Is(err, ErrDamaged))
	// Output:
	// (1, 32, 32) <nil>
	// true
}

func ExampleFolder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"cat/tom.png", "cat/kitty.png", "cat/felix.png", "dog/rex.png", "dog/fido.png"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, trial.PNG(square(64, 48, red)), 0o644)); err != nil {
			fmt.Println(err)
			return
		}
	}
	pets, err := Folder(dir, FolderOptions{Height: 32, Width: 32})
	fmt.Println(pets.Classes, pets.Train.X.Shape, pets.Test.X.Shape, err)

	fmt.Println(pets.Resized, "are", Stretch) // from 64×48

	x, err := ReadPicture(filepath.Join(dir, "cat", "tom.png"), 3, 32, 32) // as the model learnt to see
	fmt.Println(x.Shape, err)
	// Output:
	// [cat dog] (4, 3, 32, 32) (1, 3, 32, 32) <nil>
	// 5 are stretched
	// (3, 32, 32) <nil>
}

// FuzzFolder: whatever files lie in a folder, by whatever names, it is read or the error says what is wrong. The even
// ones of the paths have the bytes, the others are a picture.
func FuzzFolder(f *testing.F) {
	good := trial.PNG(square(2, 1, red))
	for _, names := range []string{"a/1.png\nb/1.png\na/2.png\nb/2.png", "train/a/1.png\ntest/a/1.png\ntrain/b/2.JPG",
		"a/.x.png\n.b/1.png\na/b/c.png", "train/1.png\ntest\na/1.jpeg\na.png/a.png"} {
		f.Add(names, good, uint8(0), uint8(0), uint8(0))
		f.Add(names, good[:30], uint8(3), uint8(2), uint8(7))
	}
	f.Fuzz(func(t *testing.T, names string, b []byte, h, w, how uint8) {
		dir := t.TempDir()
		for i, name := range strings.Split(names, "\n") {
			path := filepath.Join(dir, name)
			if !filepath.IsLocal(name) || i > 8 || os.MkdirAll(filepath.Dir(path), 0o755) != nil {
				continue
			}
			content := good
			if i%2 == 0 {
				content = b
			}
			_ = os.WriteFile(path, content, 0o600) // a name that cannot be is no file
		}
		o := FolderOptions{Height: int(h), Width: int(w), Fit: Fit(how % 4), Gray: how&4 > 0}
		set, err := Folder(dir, o)
		if err != nil {
			usage := strings.Contains(err.Error(), "want 1 to ")
			if !usage && !errors.Is(err, ErrDamaged) && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%v is neither ErrDamaged nor that something is missing", err)
			}
			return
		}
		for _, s := range []Split{set.Train, set.Test} {
			s.mustHold("fuzz")
			for i, v := range s.X.F32 {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("number %d is %v", i, v)
				}
			}
			for i, class := range s.Y.I64 {
				if class < 0 || int(class) >= len(set.Classes) {
					t.Fatalf("class %d of picture %d, and there are %d", class, i, len(set.Classes))
				}
			}
		}
	})
}
