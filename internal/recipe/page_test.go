package recipe

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write docs/zoo")

const pages, outputs = "../../docs/zoo", "../../docs/zoo/output"

// TestPages: the pages are what the table makes of them.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	if *update {
		dir = pages
	}
	if err := write(dir, outputs); err != nil {
		t.Fatal(err)
	}
	for _, name := range pagesOf() {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(pages, name))
		switch {
		case err != nil:
			t.Errorf("%v; run go generate ./internal/recipe", err)
		case !bytes.Equal(got, want):
			t.Errorf("docs/zoo/%s is not what there is; run go generate ./internal/recipe", name)
		}
	}
	files, err := os.ReadDir(pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !f.IsDir() && !slices.Contains(pagesOf(), f.Name()) {
			t.Errorf("docs/zoo/%s belongs to no row", f.Name())
		}
	}
}

// pagesOf are the names of all files of a folder of pages that this package writes.
func pagesOf() (names []string) {
	names = []string{"README.md"}
	for _, r := range Table() {
		names = append(names, r.Name+".md", r.Name+".svg")
	}
	slices.Sort(names)
	return names
}

// write writes all pages into a folder, which has what training prints in output/NAME.txt.
func write(dir, outputs string) error {
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(Index()), 0o644); err != nil {
		return err
	}
	for _, r := range Table() {
		output, err := os.ReadFile(filepath.Join(outputs, r.Name+".txt"))
		if err != nil {
			return err
		}
		page, err := r.Page(string(output))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, r.Name+".md"), []byte(page), 0o644); err != nil {
			return err
		}
		if err := r.Picture(filepath.Join(dir, r.Name+".svg")); err != nil {
			return err
		}
	}
	return nil
}
