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
	files = slices.Concat(files, others, ofData)
	var source strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	named := regexp.MustCompile("`(?:data\\.)?(Example[A-Za-z_]*)`").FindAllStringSubmatch(string(page), -1)
	for _, m := range named {
		if !strings.Contains(source.String(), "func "+m[1]+"() {") {
			t.Errorf("it names %s, which there is not", m[1])
		}
	}
	if len(named) < 20 {
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
