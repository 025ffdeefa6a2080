package arch

import (
	"io/fs"
	"maps"
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
	goName   = regexp.MustCompile("`([a-z]\\w*)\\.([A-Z]\\w*(?:\\.[A-Z]\\w*)?)`")
	theirs   = regexp.MustCompile(`(?m)^\|[^|]*\|`) // the first cell of a row
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Example|Benchmark|Fuzz)[A-Z]\w*)\(`)
)

// stale are what a page names that there is not: links, relative to the page and outside of code, and files, tests and
// names of packages in backquotes. The first cells of tables in pages for users of other frameworks have names of
// those.
func stale(root, page, text string, tests map[string]bool, packages map[string]map[string]bool) (names []string) {
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
	if strings.HasPrefix(filepath.Base(page), "from-") {
		text = theirs.ReplaceAllString(text, "")
	}
	for _, m := range goName.FindAllStringSubmatch(text, -1) {
		if has := packages[m[1]]; has != nil && !has[m[2]] {
			names = append(names, m[1]+"."+m[2])
		}
	}
	return names
}

// TestPages: every file, folder, test and name of a package that a page of the documentation names is there.
func TestPages(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, tests, packages := map[string]string{}, map[string]bool{}, map[string]map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case d.IsDir():
			if packages[d.Name()] == nil {
				packages[d.Name()] = map[string]bool{}
			}
			maps.Copy(packages[d.Name()], declared(t, path))
			if len(packages[d.Name()]) == 0 {
				delete(packages, d.Name())
			}
			return nil
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
		for _, name := range stale(root, path, text, tests, packages) {
			t.Errorf("%s names %s, which is not there", path, name)
		}
	}
	if len(pages) < 10 || len(tests) < 100 || len(packages) < 40 {
		t.Errorf("only %d pages, %d tests and %d packages were seen", len(pages), len(tests), len(packages))
	}
}

// TestStale: what is not there is found, what is there is not.
func TestStale(t *testing.T) {
	const text = "[a](gone.go) [b](arch_test.go) `no/such.go` `internal/arch/arch_test.go` `TestGone` `TestStale` " +
		"[c](https://example.com)\n```go\nf[T](x)\n```\n[d](lost.go)\n" +
		"| `nn.Theirs` | `nn.Ours` and `nn.Gone` | `os.Open` |"
	for page, want := range map[string]string{
		"page.md":      "gone.go lost.go no/such.go TestGone nn.Theirs nn.Gone",
		"from-them.md": "gone.go lost.go no/such.go TestGone nn.Gone",
	} {
		got := stale(filepath.Join("..", ".."), page, text, map[string]bool{"TestStale": true},
			map[string]map[string]bool{"nn": {"Ours": true}})
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", page, got, want)
		}
	}
}
