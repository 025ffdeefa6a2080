package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// systems are where the module is to compile, beside the one that the tests run on.
func systems() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64", "js/wasm"}
}

// listed is a package as go list tells of it.
type listed struct {
	ImportPath, Dir string
	GoFiles, SFiles []string
	ImportMap       map[string]string
	Module          *struct{ Path, GoVersion string }
	Incomplete      bool
	Error           json.RawMessage
}

func (p *listed) ours() bool {
	return p.Module != nil && p.Module.Path+"/" == module
}

// system is what has been compiled for one system.
type system struct {
	name   string
	arch   string
	fset   *token.FileSet
	done   map[string]*types.Package
	errors []error
	seen   int // packages of ours
}

// check does what a compiler does before it writes code: it looks for the files of a system, reads them, and finds the
// types of everything. Of the packages of others, which are not new, it looks at the declarations alone. A file may be
// given in the place of another.
func check(name string, instead map[string]string) *system {
	goos, arch, _ := strings.Cut(name, "/")
	s := &system{name: name, arch: arch, fset: token.NewFileSet(),
		done: map[string]*types.Package{"unsafe": types.Unsafe}}
	list := exec.Command("go", "list", "-deps",
		"-json=ImportPath,Dir,GoFiles,SFiles,ImportMap,Module,Incomplete,Error",
		"../../...")
	list.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+arch, "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		s.errors = append(s.errors, err)
		return s
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; { // what is imported comes first
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return s
		case err != nil:
			s.errors = append(s.errors, err)
			return s
		case p.Incomplete:
			s.errors = append(s.errors, fmt.Errorf("%s: %s", p.ImportPath, p.Error))
		case p.ImportPath != "unsafe":
			s.add(&p, instead)
		}
	}
}

// add finds the types of a package.
func (s *system) add(p *listed, instead map[string]string) {
	var files []*ast.File
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		var src any // nil for what lies there
		if text, ok := instead[name]; ok {
			src = text
		}
		f, err := parser.ParseFile(s.fset, path, src, parser.SkipObjectResolution)
		if err != nil {
			s.errors = append(s.errors, err)
			return
		}
		files = append(files, f)
	}
	config := types.Config{Importer: importing{s, p}, Sizes: types.SizesFor("gc", s.arch), IgnoreFuncBodies: !p.ours(),
		Error: func(err error) { s.errors = append(s.errors, err) }}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	s.done[p.ImportPath], _ = config.Check(p.ImportPath, s.fset, files, nil)
	if !p.ours() {
		return
	}
	s.seen++
	for _, f := range files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body == nil && len(p.SFiles) == 0 {
				s.errors = append(s.errors, fmt.Errorf("%v: %s has no body, and there is no assembly for %s",
					s.fset.Position(d.Pos()), d.Name.Name, s.name))
			}
		}
	}
}

// importing finds what a package imports.
type importing struct {
	*system
	p *listed
}

func (i importing) Import(path string) (*types.Package, error) {
	if to, ok := i.p.ImportMap[path]; ok {
		path = to
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not there on %s", path, i.name)
}

// TestSystems: the module has what it needs on every system that it is for, and everything fits together there.
func TestSystems(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads the whole standard library five times")
	}
	var all sync.WaitGroup
	for _, name := range systems() {
		all.Go(func() {
			s := check(name, nil)
			for _, err := range s.errors {
				t.Errorf("%s: %v", name, err)
			}
			if s.seen < 30 {
				t.Errorf("%s: %d packages", name, s.seen)
			}
		})
	}
	all.Wait()
}

// TestSystemsFail is the negative control: what a compiler would refuse on one system is found there.
func TestSystemsFail(t *testing.T) {
	if testing.Short() {
		t.Skip("as TestSystems")
	}
	const src = "//go:build !unix\n\npackage cli\n\nfunc notifyQuit()\n\nvar x int = \"a\"\n"
	s := check("windows/amd64", map[string]string{"signals_other.go": src}) // of cmd/zoo/internal/cli
	for _, want := range []string{"undefined: ignoreBrokenPipes", "notifyQuit has no body", "too many arguments",
		"cannot use \"a\""} {
		if !slices.ContainsFunc(s.errors, func(err error) bool { return strings.Contains(err.Error(), want) }) {
			t.Errorf("%q is not among %v", want, s.errors)
		}
	}
}
