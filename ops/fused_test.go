package ops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// TestFused: an op that only the compiler makes has no rule for gradients, and a role, so that drawings and traces of
// its tape have names.
func TestFused(t *testing.T) {
	paths, err := filepath.Glob("fused_*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range slices.DeleteFunc(paths, func(p string) bool { return p == "fused_test.go" }) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		n, faults := unfused(f)
		seen += n
		for _, fault := range faults {
			t.Errorf("%s: %s", path, fault)
		}
	}
	if seen < 7 {
		t.Errorf("%d fused ops were seen", seen)
	}
	for _, src := range []string{ // negative controls
		"type a struct{ x int }\nfunc (a) Eval() {}\nfunc (a) Draw() {}",
		"type a struct{ graph.NoRule }\nfunc (a) Eval() {}",
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "a.go", "package ops\n"+src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if n, faults := unfused(f); n != 1 || len(faults) != 1 {
			t.Errorf("%s: %d ops, faults %v", src, n, faults)
		}
	}
}

// unfused counts the ops of a file, and says what they lack.
func unfused(f *ast.File) (ops int, faults []string) {
	methods := map[string][]string{}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil {
			if name, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
				methods[name.Name] = append(methods[name.Name], fn.Name.Name)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !slices.Contains(methods[spec.Name.Name], "Eval") {
			return true
		}
		ops++
		rule := false
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			s, ok := field.Type.(*ast.SelectorExpr)
			rule = rule || ok && len(field.Names) == 0 && s.Sel.Name == "NoRule"
		}
		if !rule {
			faults = append(faults, spec.Name.Name+" does not embed graph.NoRule")
		}
		if !slices.Contains(methods[spec.Name.Name], "Draw") {
			faults = append(faults, spec.Name.Name+" has no Draw")
		}
		return true
	})
	return ops, faults
}
