package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mapped are the packages whose comment has a map of their files.
var mapped = []string{"graph", "internal/form", "internal/reuse", "internal/kernel", "internal/kernel/scalar",
	"internal/kernel/vector", "internal/kernel/gemm", "internal/kernel/conv", proof,
	"viz", "viz/internal/ink", "viz/internal/words", "viz/internal/ladder", flaws,
	"data/table", "data/corpus", "data/subword", "data/internal/read", "data/internal/grid", "data/internal/picture",
	trial, "internal/kind", "internal/kinds", "internal/recipe",
	"cmd/zoo", "cmd/zoo/internal/cli", "cmd/zoo/internal/training", "cmd/zoo/internal/drawing"}

// TestMaps: the comment of a package with a map names every file of the package once, and no other.
func TestMaps(t *testing.T) {
	for _, room := range mapped {
		dir := filepath.Join("..", "..", filepath.FromSlash(room))
		comment, files := mapOf(t, dir)
		for _, mistake := range mapMistakes(comment, files) {
			t.Errorf("%s: %s", room, mistake)
		}
	}
	comment, files := mapOf(t, filepath.Join("..", "kernel", "gemm"))
	for _, c := range []struct{ name, old, new string }{ // negative controls
		{"a file that is left out", "gemm_amd64.go", "gemm"},
		{"a file that is not there", "gemm_amd64.go", "gemm_arm64.go"},
		{"a file that stands twice", "gemm_amd64.go", "gemm_amd64.go gemm.go"},
	} {
		broken := strings.Replace(comment, c.old, c.new, 1)
		if broken == comment || len(mapMistakes(broken, files)) == 0 {
			t.Errorf("%s: not found", c.name)
		}
	}
}

// mapOf returns the map in the comment of a package, and the names of its files but doc.go.
func mapOf(t *testing.T, dir string) (comment string, files []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "doc.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if isSource(e.Name()) && e.Name() != "doc.go" && !strings.HasSuffix(e.Name(), "_test.go") {
			files = append(files, e.Name())
		}
	}
	text := f.Doc.Text()
	if _, after, ok := strings.Cut(text, "# Map\n"); ok { // the map is a section
		text, _, _ = strings.Cut(after, "\n# ")
	}
	return text, files
}

// isSource reports whether a word is the name of a file of Go or of assembly.
func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".s")
}

// mapMistakes compares the file names in the comment of a package with the files.
func mapMistakes(comment string, files []string) (mistakes []string) {
	count := map[string]int{}
	for _, word := range strings.Fields(comment) {
		if word = strings.Trim(word, ",:"); isSource(word) && !strings.Contains(word, "/") {
			count[word]++
		}
	}
	for _, file := range files {
		if count[file] != 1 {
			mistakes = append(mistakes, fmt.Sprintf("the map names %s %d times, want once", file, count[file]))
		}
		delete(count, file)
	}
	delete(count, "doc.go")
	for file := range count {
		mistakes = append(mistakes, fmt.Sprintf("the map names %s, which is no file of the package", file))
	}
	slices.Sort(mistakes)
	return mistakes
}
