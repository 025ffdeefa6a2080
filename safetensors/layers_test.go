package safetensors

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers writes a folder of a model and files.
func layers(t *testing.T, text string, files map[string][]byte) (dir string) {
	t.Helper()
	dir = manifest(t, text, files)
	if err := os.Rename(filepath.Join(dir, "manifest.json"), filepath.Join(dir, "model.json")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOpenLayers: the tensors of a group lie behind one another in its files, wherever these are cut.
func TestOpenLayers(t *testing.T) {
	const text = `{"modelTopology": {}, "weightsManifest": [
		{"paths": ["one", "two"], "weights": [{"name": "d/kernel", "shape": [1, 2], "dtype": "float32"},
			{"name": "d/bias", "shape": [1], "dtype": "float32"}]},
		{"paths": ["three"], "weights": [{"name": "e", "shape": [], "dtype": "float32"}]}]}`
	dir := layers(t, text, map[string][]byte{"one": {0, 0, 128, 63, 0, 0}, "two": {0, 192, 0, 0, 64, 64},
		"three": {0, 0, 0, 63}})
	f, err := OpenLayers(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Names(); !slices.Equal(got, []string{"d/bias", "d/kernel", "e"}) || f.Name() != dir {
		t.Errorf("the tensors are %v of %s", got, f.Name())
	}
	for name, want := range map[string][]float32{"d/kernel": {1, -2}, "d/bias": {3}, "e": {.5}} {
		got := make([]float32, len(want))
		if err := f.ReadFloat32(name, got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v; error %v", name, got, want, err)
		}
	}
	if info, _ := f.Tensor("d/kernel"); !slices.Equal(info.Shape, []int{1, 2}) {
		t.Errorf("the shape is %v", info.Shape)
	}
}

// TestOpenLayersBad: what is wrong with a folder is an error that names the file.
func TestOpenLayersBad(t *testing.T) {
	four := map[string][]byte{"w": {1, 2, 3, 4}}
	group := func(paths, shape, rest string) string {
		return `{"weightsManifest": [{"paths": ` + paths + `, "weights": [{"name": "w", "shape": ` + shape +
			rest + `}]}]}`
	}
	const float = `, "dtype": "float32"`
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", `{`, "model.json: not a model of TensorFlow.js"},
		{"another model", `{"layers": []}`, "it has no weightsManifest"},
		{"too few bytes", group(`["w"]`, `[2]`, float), "w: too few bytes (got 4, want 8)"},
		{"too many bytes", group(`["w"]`, `[0]`, float), "too many bytes (got 4, want 0)"},
		{"a file twice", group(`["w", "w", "w"]`, `[2]`, float), "too many bytes (got 4, want 0)"},
		{"no files", group(`[]`, `[2]`, float), "a group of weights has no files for 8 bytes"},
		{"other elements", group(`["w"]`, `[1]`, `, "dtype": "int32"`),
			`tensor "w": its elements are "int32", want float32`},
		{"quantised elements", group(`["w"]`, `[1]`, float+`, "quantization": {"dtype": "uint8"}`),
			`tensor "w": it is quantised`},
		{"a shape that wraps", group(`["w"]`, `[4294967296, 4294967296, 16]`, float), "number of elements overflows"},
		{"a negative shape", group(`["w"]`, `[-1]`, float), "number of elements overflows"},
		{"a file elsewhere", group(`["../w"]`, `[1]`, float), `"../w" is not the name of a file in the folder`},
		{"a folder", group(`["."]`, `[1]`, float), "not a regular file"},
		{"a long model", `{}` + strings.Repeat(" ", maxManifest), "model.json: too many bytes"},
		{"two of a name", `{"weightsManifest": [{"paths": ["w"], "weights": [{"name": "w", "shape": [1]` + float +
			`}, {"name": "w", "shape": [0]` + float + `}]}]}`, `"w"`},
	} {
		_, err := OpenLayers(layers(t, c.text, four))
		if err == nil || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := OpenLayers(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no model: %v", err)
	}
	if _, err := OpenLayers(layers(t, group(`["v"]`, `[1]`, float), four)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is missing: %v", err)
	}
}
