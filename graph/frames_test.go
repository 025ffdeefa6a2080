package graph

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackageOf: a frame in any folder of the packages that build graphs is of this library, one in a model or in a
// program is not, and a test is a program.
func TestPackageOf(t *testing.T) {
	for _, p := range []string{"graph", "ops", "nn", "train", "data"} {
		if err := filepath.WalkDir("../"+p, func(file string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() && e.Name() != "testdata" {
				dir := strings.TrimPrefix(filepath.ToSlash(file), "../")
				if got := packageOf("github.com/stheno-ml/stheno/"+dir+".F", "elsewhere.go"); got != p {
					t.Errorf("a function of %s is in %q, want %q", dir, got, p)
				}
				if got := packageOf("main.inlined", path.Join(module, dir, "file.go")); got != p {
					t.Errorf("a file of %s is in %q, want %q", dir, got, p)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ function, file string }{
		{"github.com/stheno-ml/stheno/models/cnn.New", path.Join(module, "models/cnn/cnn.go")},
		{"github.com/stheno-ml/stheno/graph_test.TestX", path.Join(module, "graph/x_test.go")},
		{"example.com/database.Open", "/home/user/database/open.go"},
		{"github.com/stheno-ml/stheno/training.F", path.Join(module, "training/f.go")},
		{"main.main", "/home/user/graph/main.go"},
	} {
		if got := packageOf(c.function, c.file); got != "" {
			t.Errorf("%s in %s is in %q, want none", c.function, c.file, got)
		}
	}
}
