package graph_test

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

// TestFromGorgoniaPage: docs/from-gorgonia.md names only what there is here, and each function of Gorgonia's that
// makes a node of nodes.
func TestFromGorgoniaPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "from-gorgonia.md"))
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]map[string]bool{}
	for _, pkg := range []string{"graph", "ops", "nn", "train", "viz"} {
		exported[pkg] = exportedNames(t, pkg)
	}
	ours := regexp.MustCompile(`\b(graph|ops|nn|train|viz)\.([A-Z]\w*)`)
	for _, m := range ours.FindAllStringSubmatch(string(text), -1) {
		if !exported[m[1]][m[2]] {
			t.Errorf("there is no %s", m[0])
		}
	}
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`\w+`).FindAllString(string(text), -1) {
		words[w] = true
	}
	for _, u := range uses() {
		broadcast := strings.HasPrefix(u.function, "Broadcast") && words["Broadcast"]
		if !words[u.function] && !broadcast {
			t.Errorf("the page does not say how %s fares", u.function)
		}
	}
}

// exportedNames lists the functions and types of a package.
func exportedNames(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", pkg, err)
	}
	names := map[string]bool{}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = names[d.Name.Name] || d.Recv == nil
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						names[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range s.Names {
							names[n.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}
