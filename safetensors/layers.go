// This file holds OpenLayers, which reads a model of TensorFlow.js.

package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// OpenLayers reads the weights of a folder as TensorFlow.js stores models of Keras: model.json lists groups of files,
// and the tensors that lie in the bytes of each group, one after the other, as little-endian float32:
//
//	{"weightsManifest": [{"paths": ["group1-shard1of1"],
//		"weights": [{"name": "dense_5/kernel", "shape": [67, 784], "dtype": "float32"}, …]}]}
//
// The rest of model.json, such as the description of the layers, is ignored. Every size is checked against the files,
// and quantised weights are refused. The error is os.ErrNotExist if the folder or a file is missing, and [ErrFormat]
// if a file breaks a rule. The File holds all tensors in memory.
func OpenLayers(dir string) (*File, error) {
	path := filepath.Join(dir, "model.json")
	text, err := readWhole(path, 0, maxManifest)
	if err != nil {
		return nil, err
	}
	var model struct {
		Groups []weightGroup `json:"weightsManifest"`
	}
	if err := json.Unmarshal(text, &model); err != nil {
		return nil, fmt.Errorf("%s: %w", path, badFormat("not a model of TensorFlow.js: %v", err))
	}
	if len(model.Groups) == 0 {
		return nil, fmt.Errorf("%s: %w", path, badFormat("not a model of TensorFlow.js: it has no weightsManifest"))
	}
	var tensors []Tensor
	for _, g := range model.Groups {
		part, err := g.read(dir)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, part...)
	}
	return inMemory(dir, path, tensors)
}

// inMemory is a File of tensors in memory, which were read from the folder dir; errors name path.
func inMemory(dir, path string, tensors []Tensor) (*File, error) {
	var whole bytes.Buffer
	if err := Encode(&whole, tensors, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", path, badFormat("%v", err))
	}
	return NewFile(bytes.NewReader(whole.Bytes()), int64(whole.Len()), dir)
}

// weightGroup is a group of files, and the tensors in their bytes.
type weightGroup struct {
	Paths   []string `json:"paths"`
	Weights []struct {
		Name         string          `json:"name"`
		Shape        []int           `json:"shape"`
		DType        string          `json:"dtype"`
		Quantization json.RawMessage `json:"quantization"`
	} `json:"weights"`
}

// read reads the files of a group. They must lie in the folder itself, and have as many bytes as the shapes say.
func (g weightGroup) read(dir string) (tensors []Tensor, err error) {
	sizes, left := make([]int64, len(g.Weights)), int64(0)
	for i, w := range g.Weights {
		size, err := byteSize(w.Name, F32, w.Shape)
		switch {
		case err != nil:
		case w.DType != "float32":
			err = tensorError(w.Name, "its elements are %s, want float32", quote(w.DType))
		case w.Quantization != nil:
			err = tensorError(w.Name, "it is quantised, want float32 as they are")
		case left+size < left:
			err = tensorError(w.Name, "number of elements overflows: shape %v behind %d bytes", w.Shape, left)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		sizes[i], left = size, left+size
	}
	var all []byte
	for i, name := range g.Paths {
		if err := inFolder(name); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		least := int64(0)
		if i == len(g.Paths)-1 {
			least = left
		}
		part, err := readWhole(filepath.Join(dir, name), least, left)
		if err != nil {
			return nil, err
		}
		all, left = append(all, part...), left-int64(len(part))
	}
	if left > 0 {
		return nil, fmt.Errorf("%s: %w", dir, badFormat("a group of weights has no files for %d bytes", left))
	}
	for i, w := range g.Weights {
		tensors = append(tensors, Tensor{Name: w.Name, DType: F32, Shape: w.Shape, Data: all[:sizes[i]:sizes[i]]})
		all = all[sizes[i]:]
	}
	return tensors, nil
}

// inFolder reports a name that does not name a file directly in a folder.
func inFolder(name string) error {
	if name != filepath.Base(name) || !filepath.IsLocal(name) {
		return badFormat("%s is not the name of a file in the folder", quote(name))
	}
	return nil
}
