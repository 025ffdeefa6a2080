package safetensors

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manifest writes a folder of a manifest and files.
func manifest(t *testing.T, text string, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOpenManifest: a folder is read as a file of its tensors.
func TestOpenManifest(t *testing.T) {
	dir := manifest(t, `{"a/w": {"filename": "a_w", "shape": [1, 2]}, "step": {"filename": "step", "shape": []}}`,
		map[string][]byte{"a_w": {0, 0, 128, 63, 0, 0, 0, 192}, "step": {0, 0, 64, 64}})
	f, err := OpenManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Names(); !slices.Equal(got, []string{"a/w", "step"}) || f.Name() != dir {
		t.Errorf("the tensors are %v of %s", got, f.Name())
	}
	w := make([]float32, 2)
	if err := f.ReadFloat32("a/w", w); err != nil || !slices.Equal(w, []float32{1, -2}) {
		t.Errorf("got %v, error %v", w, err)
	}
	if info, _ := f.Tensor("a/w"); !slices.Equal(info.Shape, []int{1, 2}) {
		t.Errorf("the shape is %v", info.Shape)
	}
}

// TestOpenManifestBad: what is wrong with a folder is an error that names the file.
func TestOpenManifestBad(t *testing.T) {
	four := map[string][]byte{"w": {1, 2, 3, 4}}
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", `{`, "manifest.json: not a manifest of tensors"},
		{"a list", `[1]`, "manifest.json: not a manifest of tensors"},
		{"too few bytes", `{"w": {"filename": "w", "shape": [2]}}`, "w: too few bytes (got 4, want 8)"},
		{"too many bytes", `{"w": {"filename": "w", "shape": [0]}}`, "w: too many bytes (got 4, want 0)"},
		{"a shape that wraps", `{"w": {"filename": "w", "shape": [4294967296, 4294967296, 16]}}`,
			`tensor "w": number of elements overflows`},
		{"a negative shape", `{"w": {"filename": "w", "shape": [-1]}}`, `tensor "w": number of elements overflows`},
		{"two negative sizes", `{"w": {"filename": "w", "shape": [-1, -1]}}`, `tensor "w": `},
		{"a size of no number", `{"w": {"filename": "w", "shape": [1e99]}}`, "not a manifest of tensors"},
		{"a file elsewhere", `{"w": {"filename": "../w", "shape": [1]}}`,
			`tensor "w": "../w" is not the name of a file in the folder`},
		{"the folder above", `{"w": {"filename": "..", "shape": [1]}}`,
			`".." is not the name of a file in the folder`},
		{"an absolute path", `{"w": {"filename": "/etc/passwd", "shape": [1]}}`,
			`"/etc/passwd" is not the name of a file`},
		{"no file", `{"w": {"shape": [1]}}`, `"" is not the name of a file in the folder`},
		{"a folder", `{"w": {"filename": ".", "shape": [1]}}`, "not a regular file (a folder)"},
		{"the name of the metadata", `{"__metadata__": {"filename": "w", "shape": [1]}}`, "not a name for a tensor"},
		{"a tensor twice", `{"w": {"filename": "w", "shape": [1]}, "\u0077": {"filename": "w", "shape": []}}`,
			`the key "w" stands twice`},
		{"a key of a tensor twice", `{"w": {"filename": "v", "filename": "w", "shape": [1]}}`,
			`the key "filename" stands twice`},
		{"a long manifest", `{}` + strings.Repeat(" ", maxManifest), "manifest.json: too many bytes"},
	} {
		_, err := OpenManifest(manifest(t, c.text, four))
		if err == nil || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	for name, to := range map[string]string{"a file outside": "../w", "an absolute path": os.Args[0]} {
		dir := manifest(t, `{"v": {"filename": "v", "shape": [1]}}`, four)
		if err := os.Symlink(to, filepath.Join(dir, "v")); err != nil {
			t.Skip(err)
		}
		if _, err := OpenManifest(dir); !errors.Is(err, ErrFormat) ||
			!strings.Contains(err.Error(), `"v" leads out of the folder`) {
			t.Errorf("a link to %s: %v", name, err)
		}
	}
	within := manifest(t, `{"v": {"filename": "v", "shape": [1]}}`, four)
	if err := os.Symlink("w", filepath.Join(within, "v")); err != nil {
		t.Skip(err)
	}
	if _, err := OpenManifest(within); err != nil {
		t.Errorf("a link within the folder: %v", err)
	}
	if _, err := OpenManifest(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
	missing := manifest(t, `{"w": {"filename": "v", "shape": [1]}}`, four)
	if _, err := OpenManifest(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is missing: %v", err)
	}
}
