package arch

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// most is how many lines a package may have, generated files and tests apart.
const most = 6000

// larger are the packages that may have more, and how many. They hold what belongs together by nature: the passes of
// the compiler, and the ops.
var larger = map[string]int{"graph": 12_000, "ops": 12_000}

// tooLarge says how many lines a package has beyond its bound, 0 if there are none.
func tooLarge(pkg string, lines int) int {
	bound := most
	if more, ok := larger[pkg]; ok {
		bound = more
	}
	return max(0, lines-bound)
}

// TestSizes: a package can be read in a day.
func TestSizes(t *testing.T) {
	root := filepath.Join("..", "..")
	lines := map[string]int{}
	eachSource(t, func(path string, src []byte) []string {
		if !strings.HasSuffix(path, "_test.go") && !generated.Match(src) {
			rel, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return []string{err.Error()}
			}
			lines[filepath.ToSlash(rel)] += bytes.Count(src, []byte("\n"))
		}
		return nil
	})
	for pkg, n := range lines {
		if over := tooLarge(pkg, n); over > 0 {
			t.Errorf("%s has %d lines, %d too many: make a package of a part of it", pkg, n, over)
		}
	}
	for pkg := range larger {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(pkg))); err != nil {
			t.Error(err)
		}
		if lines[pkg] <= most {
			t.Errorf("%s has %d lines and needs no bound of its own", pkg, lines[pkg])
		}
	}
	if tooLarge("internal/kernel", most+1) != 1 || tooLarge("graph", most+1) != 0 || tooLarge("data", 20_000) == 0 {
		t.Error("a package that is too large is not found") // the negative control
	}
}
