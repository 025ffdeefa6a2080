package graph

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

// TestMap: the map of the package comment names each file of the package once, and no other.
func TestMap(t *testing.T) {
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := slices.DeleteFunc(paths, func(p string) bool { return strings.HasSuffix(p, "_test.go") })
	for _, mistake := range mapMistakes(t, string(src), files) {
		t.Error(mistake)
	}
	for _, c := range []struct{ name, old, new string }{ // negative controls
		{"a file that is left out", "graph.go node.go param.go", "graph.go node.go         "},
		{"a file that is not there", "gradient.go  ", "gradients.go "},
		{"a file that stands twice", "alias.go plan.go", "alias.go plan.go op.go"},
	} {
		broken := strings.Replace(string(src), c.old, c.new, 1)
		if broken == string(src) || len(mapMistakes(t, broken, files)) == 0 {
			t.Errorf("%s: not found", c.name)
		}
	}
}

// mapMistakes compares the file names in the section "Map" of a package comment with the files.
func mapMistakes(t *testing.T, src string, files []string) (mistakes []string) {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(f.Doc.Text(), "# Map\n")
	text, _, _ = strings.Cut(text, "\n# ")
	count := map[string]int{}
	for _, word := range strings.Fields(text) {
		if strings.HasSuffix(word, ".go") {
			count[word]++
		}
	}
	for _, file := range files {
		if count[file] != 1 {
			mistakes = append(mistakes, fmt.Sprintf("the map names %s %d times, want once", file, count[file]))
		}
		delete(count, file)
	}
	for file := range count {
		mistakes = append(mistakes, fmt.Sprintf("the map names %s, which is no file of the package", file))
	}
	return mistakes
}
