package data

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/trial"
)

// smallMNIST is four files of 3 training images and 2 test images of 2×2.
func smallMNIST() map[string][]byte {
	return map[string][]byte{
		trainImages: idx([]byte{0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8}, 3, 2, 2),
		trainLabels: idx([]byte{9, 0, 1}, 3),
		testImages:  idx([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2),
		testLabels:  idx([]byte{5, 6}, 2),
	}
}

func TestMNIST(t *testing.T) {
	files := smallMNIST()
	files[testImages+".gz"] = packed(files[testImages])
	delete(files, testImages)
	m, err := MNIST(trial.WriteFiles(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Train.X.String() + " " + m.Train.Y.String(); got !=
		"float32 (3, 1, 2, 2) 0 1 0.2 0.4 0.00392157 0.00784314 0.0117647 0.0156863 0.0196078 0.0235294 0.027451 "+
			"0.0313726 int64 (3) 9 0 1" {
		t.Errorf("got %s", got)
	}
	if m.Test.Len() != 2 || m.Test.Y.I64[1] != 6 || len(m.Classes) != 10 {
		t.Errorf("got %v", m.Test)
	}
}

func TestMNISTErrors(t *testing.T) {
	for _, row := range []struct {
		name, file string
		content    []byte // nil: the file is removed
		kind       error
		want       string // DIR stands for the folder
	}{
		{"a missing file", trainLabels, nil, os.ErrNotExist,
			"DIR: has neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz: file does not exist"},
		{"fewer labels than images", trainLabels, idx([]byte{1, 2}, 2), ErrDamaged,
			"DIR/train-labels-idx1-ubyte: offset 4: not a label for each image (got 2 labels, " +
				"train-images-idx3-ubyte has 3 images)"},
		{"a label that is no digit", testLabels, idx([]byte{1, 255}, 2), ErrDamaged,
			"DIR/t10k-labels-idx1-ubyte: offset 9: label of image 1 is out of range (got 255, want 0 to 9)"},
		{"labels in place of images", trainImages, idx([]byte{1, 2, 3}, 3), ErrDamaged,
			"DIR/train-images-idx3-ubyte: offset 3: not a list of images (got 1 axes, want 3)"},
		{"images in place of labels", trainLabels, idx([]byte{1, 2, 3}, 3, 1, 1), ErrDamaged,
			"DIR/train-labels-idx1-ubyte: offset 3: not a list of labels (got 3 axes, want 1)"},
		{"images of no pixels", trainImages, idx(nil, 3, 0, 28), ErrDamaged,
			"DIR/train-images-idx3-ubyte: offset 4: no pixels: shape (3, 0, 28)"},
		{"no images", trainImages, idx(nil, 0, 28, 28), ErrDamaged,
			"DIR/train-images-idx3-ubyte: offset 4: no pixels: shape (0, 28, 28)"},
		{"test images of another size", testImages, idx(make([]byte, 18), 2, 3, 3), ErrDamaged,
			"DIR/t10k-images-idx3-ubyte: offset 8: images are not of the size of the training images (got (1, 3, " +
				"3), want (1, 2, 2))"},
		{"a damaged file", testImages, []byte("<html>"), ErrDamaged,
			"DIR/t10k-images-idx3-ubyte: offset 0: not an IDX file (starts with 3c 68, want 00 00)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := smallMNIST()
			files[row.file] = row.content
			if row.content == nil {
				delete(files, row.file)
			}
			dir := trial.WriteFiles(t, files)
			_, err := MNIST(dir)
			if !errors.Is(err, row.kind) {
				t.Fatalf("got %v, want kind %v", err, row.kind)
			}
			if want := strings.ReplaceAll(row.want, "DIR", dir); err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	t.Run("a missing folder", func(t *testing.T) {
		if _, err := MNIST(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file in place of a folder", func(t *testing.T) {
		dir := trial.WriteFiles(t, map[string][]byte{"f": nil})
		if _, err := MNIST(filepath.Join(dir, "f")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}
