package safetensors_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/safetensors"
)

// A checkpoint that was taken apart into raw files is read as one file.
func ExampleOpenManifest() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"manifest.json": `{"rnn/bias": {"filename": "rnn_bias", "shape": [2]}}`,
		"rnn_bias":      "\x00\x00\x80\x3f\x00\x00\x00\xc0",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			log.Print(err)
			return
		}
	}
	f, err := safetensors.OpenManifest(dir)
	if err != nil {
		log.Print(err)
		return
	}
	bias := make([]float32, 2)
	err = f.ReadFloat32("rnn/bias", bias)
	fmt.Println(f.Names(), bias, err)
	// Output: [rnn/bias] [1 -2] <nil>
}

// A model of TensorFlow.js is read as one file.
func ExampleOpenLayers() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"model.json": `{"weightsManifest": [{"paths": ["group1-shard1of1"],
			"weights": [{"name": "dense/bias", "shape": [2], "dtype": "float32"}]}]}`,
		"group1-shard1of1": "\x00\x00\x80\x3f\x00\x00\x00\xc0",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			log.Print(err)
			return
		}
	}
	f, err := safetensors.OpenLayers(dir)
	if err != nil {
		log.Print(err)
		return
	}
	bias := make([]float32, 2)
	err = f.ReadFloat32("dense/bias", bias)
	fmt.Println(f.Names(), bias, err)
	// Output: [dense/bias] [1 -2] <nil>
}
