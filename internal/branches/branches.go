// Package branches finds the conditions of Go source that tests never saw come out one way or the other.
//
// Counting the statements that tests reach is not enough: a condition without an else, or a part of one, may always
// have been true. Here every condition of an if, a for and a switch is taken apart at its && and ||, and each part
// must have been both true and false. The source is not changed: a copy, in which each part is wrapped in a function
// that notes its outcome, is compiled in its place by the go command's -overlay.
package branches

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Condition is a part of a condition, or a clause of a switch, which has no false outcome.
type Condition struct {
	File, Func string
	Line       int
	Text       string
	Clause     bool
}

func (c Condition) String() string { return fmt.Sprintf("%s: %s: %s", c.File, c.Func, c.Text) }

// Instrumented are packages whose conditions are noted.
type Instrumented struct {
	Conditions []Condition
	Overlay    map[string]string // from the paths of the source to those of the copies
}

// insertion is text that goes into the source at an offset. Of several at one place those that close come first, and
// of those that open the outermost.
type insertion struct {
	offset int
	text   string
	closes bool
}

// Instrument copies the files of the packages in folders below root, as they are built here, into folder to, with
// their conditions noted. Of the files only those that keep accepts are looked at. In a condition a file of the first
// folder is called by its name, and those of others by that of their folder too.
func Instrument(root string, dirs []string, to string, keep func(file string) bool) (*Instrumented, error) {
	in := &Instrumented{Overlay: map[string]string{}}
	for i, dir := range dirs {
		from, below := filepath.Join(root, dir), filepath.Join(to, fmt.Sprint(i))
		if err := os.Mkdir(below, 0o777); err != nil {
			return nil, err
		}
		pkg, err := build.ImportDir(from, 0)
		if err != nil {
			return nil, err
		}
		prefix := ""
		if i > 0 {
			prefix = path.Base(dir)
		}
		for _, name := range pkg.GoFiles {
			if !keep(name) {
				continue
			}
			if err := in.file(from, below, name, path.Join(prefix, name)); err != nil {
				return nil, err
			}
		}
		if err := in.add(from, below, "branches_noted.go", fmt.Sprintf(noted, pkg.Name)); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// noted is the file that is added to a package. The outcomes are bytes of a file in memory, which outlives the process
// and is one for all packages.
const noted = `package %s

import (
	"os"
	"syscall"
)

var branchOutcomes = branchFile()

func branchFile() []byte {
	f, err := os.OpenFile(os.Getenv("STHENO_BRANCHES"), os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	info, err := f.Stat()
	if err != nil {
		panic(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return b
}

func branchIs(i int, b bool) bool {
	if b {
		branchOutcomes[2*i] = 1
	} else {
		branchOutcomes[2*i+1] = 1
	}
	return b
}
`

func (in *Instrumented) add(from, to, name, text string) error {
	from, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	copied := filepath.Join(to, name)
	in.Overlay[filepath.Join(from, name)] = copied
	return os.WriteFile(copied, []byte(text), 0o666)
}

// file copies one file, which conditions call called.
func (in *Instrumented) file(from, to, name, called string) error {
	source, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	w := walk{in: in, files: files, source: string(source), name: called}
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			w.fn = f.Name.Name
			ast.Inspect(f.Body, w.visit)
		}
	}
	return in.add(from, to, name, w.result())
}

// walk collects the conditions of one file.
type walk struct {
	in         *Instrumented
	files      *token.FileSet
	source     string
	name, fn   string
	insertions []insertion
	seen       map[ast.Expr]bool
}

func (w *walk) offset(p token.Pos) int { return w.files.Position(p).Offset }

func (w *walk) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		w.condition(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			w.condition(n.Cond)
		}
	case *ast.SwitchStmt:
		w.clauses(n.Body, n.Tag == nil)
	case *ast.TypeSwitchStmt:
		w.clauses(n.Body, false)
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			w.condition(n)
		}
	}
	return true
}

// condition notes the parts of e.
func (w *walk) condition(e ast.Expr) {
	if w.seen[e] {
		return
	}
	if w.seen == nil {
		w.seen = map[ast.Expr]bool{}
	}
	w.seen[e] = true
	switch inner := e.(type) {
	case *ast.ParenExpr:
		w.condition(inner.X)
		return
	case *ast.UnaryExpr:
		if inner.Op == token.NOT {
			w.condition(inner.X)
			return
		}
	case *ast.BinaryExpr:
		if inner.Op == token.LAND || inner.Op == token.LOR {
			w.condition(inner.X)
			w.condition(inner.Y)
			return
		}
	}
	lo, hi := w.offset(e.Pos()), w.offset(e.End())
	i := w.note(e.Pos(), w.source[lo:hi], false)
	w.insertions = append(w.insertions, insertion{lo, fmt.Sprintf("branchIs(%d, ", i), false},
		insertion{hi, ")", true})
}

// clauses notes which clauses of a switch are entered: by their conditions, where these are all there is.
func (w *walk) clauses(body *ast.BlockStmt, conditions bool) {
	for _, s := range body.List {
		c := s.(*ast.CaseClause)
		if conditions {
			for _, e := range c.List {
				w.condition(e)
			}
			if c.List != nil {
				continue
			}
		}
		text := w.source[w.offset(c.Pos()):w.offset(c.Colon)]
		i := w.note(c.Pos(), text, true)
		w.insertions = append(w.insertions, insertion{w.offset(c.Colon) + 1, fmt.Sprintf(" branchIs(%d, true);", i),
			false})
	}
}

func (w *walk) note(at token.Pos, text string, clause bool) int {
	text = strings.Join(strings.Fields(text), " ")
	w.in.Conditions = append(w.in.Conditions, Condition{w.name, w.fn, w.files.Position(at).Line, text, clause})
	return len(w.in.Conditions) - 1
}

// result is the source with the insertions.
func (w *walk) result() string {
	slices.SortStableFunc(w.insertions, func(a, b insertion) int {
		if a.offset != b.offset {
			return a.offset - b.offset
		}
		return order(b.closes) - order(a.closes)
	})
	var b strings.Builder
	at := 0
	for _, i := range w.insertions {
		b.WriteString(w.source[at:i.offset] + i.text)
		at = i.offset
	}
	b.WriteString(w.source[at:])
	return b.String()
}

func order(closes bool) int {
	if closes {
		return 1
	}
	return 0
}

// Outcome is a way in which a condition never came out.
type Outcome struct {
	Condition
	Result bool
}

// Missing returns the outcomes that did not occur.
func (in *Instrumented) Missing(noted []byte) (missing []Outcome) {
	for i, c := range in.Conditions {
		if noted[2*i] == 0 {
			missing = append(missing, Outcome{c, true})
		}
		if noted[2*i+1] == 0 && !c.Clause {
			missing = append(missing, Outcome{c, false})
		}
	}
	return missing
}
