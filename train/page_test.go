package train

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTrainingPage: each example that docs/training.md names is there, and each of the tools has one on it.
func TestTrainingPage(t *testing.T) {
	page, err := os.ReadFile("../docs/training.md")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("*example_test.go")
	others, _ := filepath.Glob("*/example_test.go")
	ofData, _ := filepath.Glob("../data/*example_test.go")
	ofGraph, _ := filepath.Glob("../graph/*example_test.go")
	files = slices.Concat(files, others, ofData, ofGraph)
	var source strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	example := regexp.MustCompile("`(?:(?:data|graph|history|metrics|schedule)\\.)?(Example[A-Za-z_]*)`")
	named := example.FindAllStringSubmatch(string(page), -1)
	for _, m := range named {
		if !strings.Contains(source.String(), "func "+m[1]+"() {") {
			t.Errorf("it names %s, which there is not", m[1])
		}
	}
	if len(named) < 40 {
		t.Errorf("it names %d examples", len(named))
	}
	tools, err := os.ReadFile("tools_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`func (Example\w+)\(`).FindAllStringSubmatch(string(tools), -1) {
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("it does not name %s", m[1])
		}
	}
}

// TestOwnData: the program of docs/training.md for data of one's own is the example that runs: its imports, and the
// lines of main.
func TestOwnData(t *testing.T) {
	page, err := os.ReadFile("../docs/training.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("own_data_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(page)
	if program == nil {
		t.Fatal("the page has no whole program")
	}
	parts := func(source string) (imports, body string) {
		_, imports, _ = strings.Cut(source, "import (\n")
		imports, _, _ = strings.Cut(imports, "\n)")
		_, body, _ = strings.Cut(source, "() {\n")
		body, _, _ = strings.Cut(body, "\n}\n")
		body, _, _ = strings.Cut(body, "\n\t// Output:")
		return imports, body
	}
	wantImports, want := parts(string(example))
	if imports, body := parts(string(program[1])); imports != wantImports || body != want || len(body) < 500 {
		t.Errorf("the page has\n%s\n%s\nand the example\n%s\n%s", imports, body, wantImports, want)
	}
}
