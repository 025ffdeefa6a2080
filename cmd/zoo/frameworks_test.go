package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFrameworksPage: each name of this project on the page for users of PyTorch and Keras is exported by the package,
// as a function, type, field, method or constant; each of its lines of Go stands in an example; the files it names are
// there.
func TestFrameworksPage(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "from-pytorch-and-keras.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	known := exportedNames(t, root)
	faults, n := unknownNames(page, known)
	for _, f := range faults {
		t.Errorf("there is no %s", f)
	}
	if n < 150 {
		t.Errorf("the page has %d names of the project", n)
	}
	wrong := "| `nn.Linear(in, out)` | `Dense` | `nn.NewWings`, `train.Fit.Wings` |"
	if faults, _ := unknownNames(wrong, known); len(faults) != 2 { // negative control
		t.Errorf("of two names that there are not, %v are found", faults)
	}
	source, err := os.ReadFile(filepath.Join(root, "train", "frameworks_example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1) {
		for _, line := range strings.Split(block[1], "\n") {
			code, _, _ := strings.Cut(line, "//")
			if code = strings.TrimSpace(code); len(code) < 3 {
				continue
			}
			if lines++; !strings.Contains(string(source), code) {
				t.Errorf("no example has the line %q", code)
			}
		}
	}
	if lines < 35 {
		t.Errorf("the page has %d lines of Go", lines)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(page, -1) {
		file, _, _ := strings.Cut(m[1], "#")
		if _, err := os.Stat(filepath.Join(root, "docs", file)); err != nil {
			t.Error(err)
		}
	}
}

// TestTransferPage: each name of this project on the page of transfer is exported, or an example, each of its commands
// is one that there is, and the files that it names are there.
func TestTransferPage(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "transfer.md"))
	if err != nil {
		t.Fatal(err)
	}
	faults, n := unknownNames(string(text), exportedNames(t, root))
	if len(faults) > 0 || n < 15 {
		t.Errorf("of %d names there are no %v", n, faults)
	}
	commands := 0
	for _, m := range regexp.MustCompile("(?m)^zoo (.*)$").FindAllStringSubmatch(string(text), -1) {
		if fault := commandFault(strings.Fields(m[1])); fault != "" {
			t.Errorf("zoo %s: %s", m[1], fault)
		}
		commands++
	}
	if commands < 4 {
		t.Errorf("it has %d commands", commands)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join(root, "docs", m[1])); err != nil {
			t.Error(err)
		}
	}
}

// pagePackages are the packages whose names are looked for on the page, and where they are.
var pagePackages = map[string]string{"nn": "nn", "ops": "ops", "train": "train", "data": "data", "graph": "graph",
	"schedule": "train/schedule", "metrics": "train/metrics", "cnn": "models/cnn"}

// unknownNames are the names in a table or a text that no package exports, and how many were looked for. In a row of
// a table, the columns of PyTorch and Keras have names of theirs that look alike.
func unknownNames(page string, known map[string]bool) (faults []string, n int) {
	name := regexp.MustCompile("`([a-z]+)((?:\\.[A-Z]\\w*)+)`")
	page = regexp.MustCompile("(?s)```.*?```").ReplaceAllString(page, "")
	theirs := 0
	for _, line := range strings.Split(page, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			if strings.TrimSpace(cells[1]) == "" || strings.Contains(line, "| here") {
				theirs = 1
				for i, c := range cells {
					if strings.TrimSpace(c) == "here" {
						theirs = i
					}
				}
				continue
			}
			line = strings.Join(cells[min(theirs, len(cells)):], "|")
		}
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			if pagePackages[m[1]] == "" {
				continue
			}
			if n++; !known[m[1]+m[2]] {
				faults = append(faults, m[1]+m[2])
			}
		}
	}
	return faults, n
}

// exportedNames are what the packages export, and their examples: "nn.NewLinear", "ops.Conv.Pad", "train.Fit.Run",
// "train.Example_fromKeras".
func exportedNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for pkg, dir := range pagePackages {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				for _, name := range namesOf(d) {
					if ours := !strings.HasSuffix(path, "_test.go"); ours || strings.HasPrefix(name, "Example") {
						known[pkg+"."+name] = true
					}
				}
			}
		}
	}
	return known
}

// namesOf are the names that a declaration makes.
func namesOf(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		recv := d.Recv.List[0].Type
		if star, ok := recv.(*ast.StarExpr); ok {
			recv = star.X
		}
		if id, ok := recv.(*ast.Ident); ok {
			return []string{id.Name + "." + d.Name.Name}
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names = append(names, id.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				if st, ok := s.Type.(*ast.StructType); ok {
					for _, field := range st.Fields.List {
						for _, id := range field.Names {
							names = append(names, s.Name.Name+"."+id.Name)
						}
					}
				}
			}
		}
	}
	return names
}
