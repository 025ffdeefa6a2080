// This file holds OpenManifest, which reads a folder of raw tensors.

package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/stheno-ml/stheno/internal/files"
)

// maxManifest is how many bytes a manifest or model.json may have.
const maxManifest = 1 << 20

// OpenManifest reads a folder of raw tensors, as deeplearn.js and ml5 store checkpoints of TensorFlow: files of
// little-endian float32, and manifest.json, which has the name, file and shape of each tensor:
//
//	{"rnnlm/softmax_b": {"filename": "rnnlm_softmax_b", "shape": [65]}, …}
//
// The size of a file is checked before it is read. The error is os.ErrNotExist if the folder or a file is missing, and
// [ErrFormat] if a rule is broken, for example by a name that stands twice or a link out of the folder. The File holds
// all tensors in memory.
func OpenManifest(dir string) (*File, error) {
	path := filepath.Join(dir, "manifest.json")
	text, err := readWhole(path, 0, maxManifest)
	if err != nil {
		return nil, err
	}
	entries, err := parseManifest(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var tensors []Tensor
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		data, err := entries[name].read(root, name)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, Tensor{Name: name, DType: F32, Shape: entries[name].Shape, Data: data})
	}
	return inMemory(dir, path, tensors)
}

// manifested is the entry of a tensor in a manifest.
type manifested struct {
	Filename string `json:"filename"`
	Shape    []int  `json:"shape"`
}

// parseManifest reads the entries. It is an error if a key stands twice.
func parseManifest(text []byte) (entries map[string]manifested, err error) {
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, badFormat("not a manifest of tensors: %v", err)
	}
	if key, twice := repeated(json.NewDecoder(bytes.NewReader(text))); twice {
		return nil, badFormat("the key %s stands twice", quote(key))
	}
	return entries, nil
}

// repeated finds a key that stands twice in an object, at any depth. The text must be sound JSON.
func repeated(d *json.Decoder) (key string, twice bool) {
	begin, _ := d.Token()
	if _, ok := begin.(json.Delim); !ok {
		return "", false
	}
	seen := map[string]bool{}
	for d.More() {
		if begin == json.Delim('{') {
			t, _ := d.Token()
			key = t.(string)
			if seen[key] {
				return key, true
			}
			seen[key] = true
		}
		if key, twice := repeated(d); twice {
			return key, true
		}
	}
	d.Token() // the end
	return "", false
}

// read reads the file of a tensor. It must lie in the folder itself, and have as many bytes as the shape says.
func (m manifested) read(root *os.Root, name string) ([]byte, error) {
	dir := root.Name()
	size, err := byteSize(name, F32, m.Shape)
	if err == nil && (m.Filename != filepath.Base(m.Filename) || !filepath.IsLocal(m.Filename)) {
		err = tensorError(name, "%s is not the name of a file in the folder", quote(m.Filename))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if _, err := root.Stat(m.Filename); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, tensorError(name, "%s leads out of the folder: %v", quote(m.Filename),
			err))
	}
	return readWhole(filepath.Join(dir, m.Filename), size, size)
}

// readWhole reads a regular file that has at least least and at most most bytes.
func readWhole(path string, least, most int64) ([]byte, error) {
	r, info, err := files.Open(path)
	if errors.Is(err, files.ErrNotRegular) {
		return nil, badFormat("%v", err)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	switch size := info.Size(); {
	case size > most:
		return nil, fmt.Errorf("%s: %w", path, badFormat("too many bytes (got %d, want %d)", size, most))
	case size < least:
		return nil, fmt.Errorf("%s: %w", path, badFormat("too few bytes (got %d, want %d)", size, least))
	}
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && (int64(len(b)) < least || int64(len(b)) > most) {
		err = fmt.Errorf("%s: %w", path, badFormat("it has changed while it was read"))
	}
	return b, err
}
