package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	code     = regexp.MustCompile("(?ms)^```.*?^```")
	link     = regexp.MustCompile(`\]\(([^)#\s]+)\)`)
	fileName = regexp.MustCompile("`((?:\\w+/)+\\w+\\.(?:go|py|txt|svg))`")
	testName = regexp.MustCompile("`((?:Test|Example|Benchmark|Fuzz)[A-Z]\\w*)`")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Example|Benchmark|Fuzz)[A-Z]\w*)\(`)
)

// stale are what a page names that there is not: links, relative to the page and outside of code, and files and tests
// in backquotes.
func stale(root, page, text string, tests map[string]bool) (names []string) {
	missing := func(dir, name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err != nil
	}
	for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		if !strings.Contains(m[1], "://") && missing(filepath.Dir(page), m[1]) {
			names = append(names, m[1])
		}
	}
	for _, m := range fileName.FindAllStringSubmatch(text, -1) {
		if missing(root, m[1]) {
			names = append(names, m[1])
		}
	}
	for _, m := range testName.FindAllStringSubmatch(text, -1) {
		if !tests[m[1]] {
			names = append(names, m[1])
		}
	}
	return names
}

// TestPages: every file, folder and test that a page of the documentation names is there.
func TestPages(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, tests := map[string]string{}, map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.HasSuffix(path, ".md") {
			pages[path] = string(text)
		}
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range pages {
		for _, name := range stale(root, path, text, tests) {
			t.Errorf("%s names %s, which is not there", path, name)
		}
	}
	if len(pages) < 10 || len(tests) < 100 {
		t.Errorf("only %d pages and %d tests were seen", len(pages), len(tests))
	}
}

// TestStale: what is not there is found, what is there is not.
func TestStale(t *testing.T) {
	const text = "[a](gone.go) [b](arch_test.go) `no/such.go` `internal/arch/arch_test.go` `TestGone` `TestStale` " +
		"[c](https://example.com)\n```go\nf[T](x)\n```\n[d](lost.go)"
	got := stale(filepath.Join("..", ".."), "page.md", text, map[string]bool{"TestStale": true})
	if want := "gone.go lost.go no/such.go TestGone"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
