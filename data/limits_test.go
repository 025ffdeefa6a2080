package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data/internal/trial"
)

// zeroGzip is a gzip stream of head and n zeros.
func zeroGzip(head []byte, n int64) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(head)
	io.CopyN(z, zeros{}, n)
	z.Close()
	return buf.Bytes()
}

// TestMNISTMemory: what the headers say is compared with each other and with the files before anything is unpacked.
func TestMNISTMemory(t *testing.T) {
	const images, pixels = 324_000, 324_000 * 28 * 28 // 254 MB
	head := idx(nil, images, 28, 28)
	for _, row := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"254 MB of images without their labels", map[string][]byte{trainImages: zeroGzip(head, pixels)},
			"gzip unpacks to over 100 times its size"},
		{"254 MB of images that gzip cannot have packed", map[string][]byte{trainImages: packed(head)},
			"which gzip cannot pack into"},
		{"15 MB of images that are not labelled", map[string][]byte{trainImages: zeroGzip(idx(nil, 20_000, 28, 28),
			20_000*28*28)}, "not a label for each image (got 3 labels, "},
		{"test images of another size", map[string][]byte{testImages: zeroGzip(idx(nil, 2, 2000, 2000), 8e6)},
			"images are not of the size of the training images"},
		{"a plain file that claims a gigabyte", map[string][]byte{trainImages: idx(make([]byte, 1000), 1<<20, 32, 32)},
			"offset 1016: truncated (want 1073741824 bytes of elements)"},
		{"a plain file with a byte too many", map[string][]byte{trainImages: idx(make([]byte, 13), 3, 2, 2)},
			"offset 28: bytes after the last element"},
		{"labels that claim a gigabyte", map[string][]byte{trainLabels: idx(nil, 1<<30)}, "truncated"},
		{"packed labels that claim a gigabyte", map[string][]byte{trainLabels: packed(idx(nil, 1<<30))},
			"which gzip cannot pack into"},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := smallMNIST()
			for name, b := range row.files {
				all[name] = b
			}
			dir := trial.WriteFiles(t, all)
			var err error
			n, took := trial.Spent(func() { _, err = MNIST(dir) })
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if n > 2<<20 || took > time.Second {
				t.Errorf("%d bytes allocated in %v", n, took)
			}
		})
	}
	t.Run("sound images take four bytes a pixel", func(t *testing.T) {
		all := smallMNIST()
		all[trainImages], all[trainLabels] = idx(make([]byte, 40_000*784), 40_000, 28, 28),
			idx(make([]byte, 40_000), 40_000)
		all[testImages] = idx(make([]byte, 2*784), 2, 28, 28)
		dir := trial.WriteFiles(t, all)
		var err error
		if n, _ := trial.Spent(func() { _, err = MNIST(dir) }); err != nil || n > 4*40_000*784+1<<20 {
			t.Errorf("%d bytes allocated, %v", n, err)
		}
	})
}

// TestNoRegularFiles: whatever is read, what is no regular file is answered at once.
func TestNoRegularFiles(t *testing.T) {
	dir := trial.WriteFiles(t, smallMNIST())
	for _, name := range []string{trainImages, trainLabels, testImages, testLabels} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Rename(path, path+".kept"), os.Mkdir(path, 0o755)); err != nil {
			t.Fatal(err)
		}
		if _, err := MNIST(dir); err == nil || !strings.Contains(err.Error(), name+": not a regular file (a folder)") {
			t.Errorf("got %v", err)
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".kept", path)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, os.DevNull} {
		if _, err := ReadImage(path, 28, 28); !errors.Is(err, ErrDamaged) ||
			!strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("got %v", err)
		}
	}
}
