// This file reads MNIST from a folder.

package data

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
)

// The files of MNIST, as they are published with ".gz" behind.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// MNIST reads a data set in the form of MNIST from a folder: the four files train-images-idx3-ubyte,
// train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with ".gz" behind.
// Images may have any height and width, the same in both parts; labels are 0 to 9. A missing file is
// os.ErrNotExist, a wrong one [ErrDamaged]. [FetchMNIST] gets the files.
//
// MNIST is the database of handwritten digits of LeCun, Cortes and Burges.
func MNIST(dir string) (Images, error) {
	train, err := openPair(dir, trainImages, trainLabels)
	if err != nil {
		return Images{}, err
	}
	defer train.close()
	test, err := openPair(dir, testImages, testLabels)
	if err != nil {
		return Images{}, err
	}
	defer test.close()
	got, want := test.images.shape, train.images.shape
	if !got[1:].Equal(want[1:]) {
		return Images{}, read.Damaged(test.images.name, 8,
			"images are not of the size of the training images (got %v, want %v)",
			graph.Shape{1, got[1], got[2]}, graph.Shape{1, want[1], want[2]})
	}
	set := Images{Name: "mnist", Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	if set.Train, err = train.read(); err != nil {
		return Images{}, err
	}
	if set.Test, err = test.read(); err != nil {
		return Images{}, err
	}
	return set, nil
}

// A pair is a file of images and that of their labels. All that the headers say is compared before anything else is
// read.
type pair struct{ images, labels *idxFile }

func openPair(dir, images, labels string) (pair, error) {
	x, err := openNamed(dir, images)
	if err != nil {
		return pair{}, err
	}
	y, err := openNamed(dir, labels)
	if err != nil {
		x.close()
		return pair{}, err
	}
	p := pair{x, y}
	if err := p.check(); err != nil {
		p.close()
		return pair{}, err
	}
	return p, nil
}

func openNamed(dir, name string) (*idxFile, error) {
	path, err := find(dir, name)
	if err != nil {
		return nil, err
	}
	return openIDX(path)
}

func (p pair) close() {
	p.images.close()
	p.labels.close()
}

func (p pair) check() error {
	x, y := p.images, p.labels
	switch n := x.shape[0]; {
	case len(x.shape) != 3:
		return read.Damaged(x.name, 3, "not a list of images (got %d axes, want 3)", len(x.shape))
	case x.shape.Size() == 0:
		return read.Damaged(x.name, 4, "no pixels: shape %v", x.shape)
	case len(y.shape) != 1:
		return read.Damaged(y.name, 3, "not a list of labels (got %d axes, want 1)", len(y.shape))
	case y.shape[0] != n:
		return read.Damaged(y.name, 4, "not a label for each image (got %d labels, %s has %d images)", y.shape[0],
			filepath.Base(x.name), n)
	}
	return nil
}

func (p pair) read() (Split, error) {
	n, h, w := p.images.shape[0], p.images.shape[1], p.images.shape[2]
	labels, err := p.labels.elements(n)
	if err != nil {
		return Split{}, err
	}
	y := make([]int64, n)
	for i, v := range labels {
		if v > 9 {
			return Split{}, read.Damaged(p.labels.name, int64(8+i),
				"label of image %d is out of range (got %d, want 0 to 9)", i, v)
		}
		y[i] = int64(v)
	}
	x, err := p.images.pixels(n * h * w)
	if err != nil {
		return Split{}, err
	}
	return Split{X: graph.FromFloat32(x, n, 1, h, w), Y: graph.FromInt64(y, n)}, nil
}

// find returns the path of the file of that name in dir, or of that name and ".gz".
func find(dir, name string) (string, error) {
	for _, n := range []string{name, name + ".gz"} {
		path := filepath.Join(dir, n)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s: not a folder: %w", dir, fs.ErrNotExist)
	}
	return "", fmt.Errorf("%s: has neither %s nor %s.gz: %w", dir, name, name, fs.ErrNotExist)
}
