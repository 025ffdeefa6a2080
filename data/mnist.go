// This file reads MNIST from a folder.

package data

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
	train, err := readSplit(dir, trainImages, trainLabels)
	if err != nil {
		return Images{}, err
	}
	test, err := readSplit(dir, testImages, testLabels)
	if err != nil {
		return Images{}, err
	}
	if got, want := test.X.Shape[1:], train.X.Shape[1:]; !got.Equal(want) {
		return Images{}, damaged(filepath.Join(dir, testImages), 8, "images are not of the size of the training images (got %v, want %v)", got, want)
	}
	return Images{"mnist", train, test, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}, nil
}

func readSplit(dir, images, labels string) (Split, error) {
	imagesPath, err := find(dir, images)
	if err != nil {
		return Split{}, err
	}
	labelsPath, err := find(dir, labels)
	if err != nil {
		return Split{}, err
	}
	x, err := ReadIDXFile(imagesPath)
	if err != nil {
		return Split{}, err
	}
	y, err := ReadIDXFile(labelsPath)
	if err != nil {
		return Split{}, err
	}
	switch n := x.Shape[0]; {
	case len(x.Shape) != 3:
		return Split{}, damaged(imagesPath, 3, "not a list of images (got %d axes, want 3)", len(x.Shape))
	case x.Shape.Size() == 0:
		return Split{}, damaged(imagesPath, 4, "no pixels: shape %v", x.Shape)
	case len(y.Shape) != 1:
		return Split{}, damaged(labelsPath, 3, "not a list of labels (got %d axes, want 1)", len(y.Shape))
	case y.Shape[0] != n:
		return Split{}, damaged(labelsPath, 4, "not a label for each image (got %d labels, %s has %d images)", y.Shape[0], filepath.Base(imagesPath), n)
	}
	s := Split{
		X: graph.FromFloat32(make([]float32, len(x.Bytes)), x.Shape[0], 1, x.Shape[1], x.Shape[2]),
		Y: graph.FromInt64(make([]int64, len(y.Bytes)), len(y.Bytes)),
	}
	for i, v := range x.Bytes {
		s.X.F32[i] = float32(v) / 255
	}
	for i, v := range y.Bytes {
		if v > 9 {
			return Split{}, damaged(labelsPath, int64(8+i), "label of image %d is out of range (got %d, want 0 to 9)", i, v)
		}
		s.Y.I64[i] = int64(v)
	}
	return s, nil
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
