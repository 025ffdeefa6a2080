package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docLink is a link of a comment to something of another package.
var docLink = regexp.MustCompile(`\[\*?([a-z]\w*)\.([A-Z]\w*(?:\.\w+)?)\]`)

// brokenLinks returns the links of a file's comments to what packages of this module do not have. A link is by the
// name of a package that the file imports.
func brokenLinks(f *ast.File, has func(pkg, name string) bool) (broken []string) {
	imported := map[string]string{}
	for _, im := range f.Imports {
		if own, ok := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), module); ok {
			imported[path.Base(own)] = own
		}
	}
	for _, group := range f.Comments {
		for _, m := range docLink.FindAllStringSubmatch(group.Text(), -1) {
			pkg, ok := imported[m[1]]
			if name := m[2]; ok && !has(pkg, name) {
				broken = append(broken, m[0])
			}
		}
	}
	return broken
}

// declared returns what a package in a folder has: its functions, types, variables and constants, and the methods and
// fields of its types as Type.Name.
func declared(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	list, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[receiver(d)+d.Name.Name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					declare(names, s)
				}
			}
		}
	}
	return names
}

// receiver is the type of a method and a dot, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	for {
		switch e := of.(type) {
		case *ast.StarExpr:
			of = e.X
		case *ast.IndexExpr:
			of = e.X
		case *ast.IndexListExpr:
			of = e.X
		case *ast.Ident:
			return e.Name + "."
		default:
			return "?."
		}
	}
}

// declare adds the names of a declaration.
func declare(names map[string]bool, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[n.Name] = true
		}
	case *ast.TypeSpec:
		names[s.Name.Name] = true
		var fields *ast.FieldList
		switch of := s.Type.(type) {
		case *ast.StructType:
			fields = of.Fields
		case *ast.InterfaceType:
			fields = of.Methods
		default:
			return
		}
		for _, field := range fields.List {
			for _, n := range field.Names {
				names[s.Name.Name+"."+n.Name] = true
			}
		}
	}
}

// TestDocLinks: what comments link to in other packages of the module is there.
func TestDocLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	known := map[string]map[string]bool{}
	seen := 0
	has := func(pkg, name string) bool {
		seen++
		if known[pkg] == nil {
			known[pkg] = declared(t, filepath.Join(root, filepath.FromSlash(pkg)))
		}
		return known[pkg][name]
	}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".go" {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, link := range brokenLinks(f, has) {
			t.Errorf("%s links to %s, which is not there", file, link)
		}
		return nil
	})
	if err != nil || seen < 50 {
		t.Errorf("%d links: %v", seen, err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), "a.go",
		"package a\n\nimport \""+module+"graph\"\n\n"+
			"// A uses [graph.Node], [graph.Nodes], [*graph.Node] and [other.Thing].\ntype A graph.Node\n",
		parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if broken := brokenLinks(f, has); len(broken) != 1 || broken[0] != "[graph.Nodes]" { // the negative control
		t.Errorf("the broken links are %v", broken)
	}
}

// misnamed are the comments of a file that begin with what they are about, but in other letters: the name as it was
// before it was exported, say.
func misnamed(f *ast.File) (names []string) {
	check := func(doc *ast.CommentGroup, name string) {
		first, _, _ := strings.Cut(strings.TrimSpace(doc.Text()), " ")
		if first != name && strings.EqualFold(first, name) {
			names = append(names, first)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			check(d.Doc, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					check(d.Doc, s.Name.Name)
					check(s.Doc, s.Name.Name)
				case *ast.ValueSpec:
					check(d.Doc, s.Names[0].Name)
					check(s.Doc, s.Names[0].Name)
				}
			}
		}
	}
	return names
}

// TestComments: a comment calls what it is about as it is called.
func TestComments(t *testing.T) {
	root, seen := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".go" {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		for _, name := range misnamed(f) {
			t.Errorf("%s: a comment calls it %s, its declaration does not", file, name)
		}
		return nil
	})
	if err != nil || seen < 500 {
		t.Errorf("%d files: %v", seen, err)
	}
	const wrong = "package p\n\n// newest is the last.\nfunc Newest() {}\n\n" +
		"// Oldest is the first.\nfunc Oldest() {}\n"
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", wrong, parser.ParseComments)
	if err != nil || len(misnamed(f)) != 1 {
		t.Errorf("the wrong name is not found: %v", err)
	}
}
