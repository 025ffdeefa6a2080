package ops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// primitive is a row of the table in doc.go.
type primitive struct {
	typ, file string
	names     []string // on the tape, of the functions below it too
	functions []string // those that have a row of their own
}

// TestTableOfPrimitives holds the table of the package comment to the sources: their types, files and rule tables, and
// the names that the ops of all cases print.
func TestTableOfPrimitives(t *testing.T) {
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	checkPrimitives(t.Errorf, t, string(src))
}

// TestTableOfPrimitivesFails is the negative control: each of these slips is found.
func TestTableOfPrimitivesFails(t *testing.T) {
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"a type without a row", "//\t  increment  increment  n (…) int64 → (…)  none by nature\n", ""},
		{"a row without a type", "//\t  flip   flip ", "//\t  flop   flip "},
		{"a type in another file", "//\tcounter.go\n", "//\tcounters.go\n"},
		{"a row that stands twice", "//\t  flip   flip ", "//\t  slice  slice  x  y\n//\t  flip   flip "},
		{"a function without a row", "//\t    sqrt  ", "//\t    exp  "},
		{"a row without a function", "//\t    sqrt  ", "//\t    sqrt  √x  dy/2y\n//\t    cbrt  "},
		{"a name that no op prints", "∂{,log}softmax", "∂{,log,exp}softmax"},
		{"a printed name that is not there", "gather embedding", "gather          "},
		{"a row without a gradient", "dx = channelSum(dy)", ""},
		{"a line that is too long", "dx = channelSum(dy)", "dx = channelSum(dy)" + strings.Repeat(" dy", 40)},
	} {
		broken := strings.Replace(string(src), c.old, c.new, 1)
		if broken == string(src) {
			t.Errorf("%s: doc.go does not contain %q", c.name, c.old)
			continue
		}
		found := false
		checkPrimitives(func(string, ...any) { found = true }, t, broken)
		if !found {
			t.Errorf("%s: not found", c.name)
		}
	}
}

func checkPrimitives(report func(format string, args ...any), t *testing.T, src string) {
	rows := primitives(report, t, src)
	files := opFiles(t)
	listed := map[string]primitive{}
	for _, r := range rows {
		if _, twice := listed[r.typ]; twice {
			report("op %s has two rows", r.typ)
		}
		listed[r.typ] = r
		switch file, ok := files[r.typ]; {
		case !ok:
			report("the row %s names no op", r.typ)
		case file != r.file:
			report("op %s stands under %s, it is in %s", r.typ, r.file, file)
		}
	}
	tables := ruleTables()
	printed := printedNames()
	for _, typ := range opTypes(t) {
		r, ok := listed[typ]
		if !ok {
			report("op %s has no row", typ)
			continue
		}
		if want := tables[typ]; !slices.Equal(r.functions, want) {
			report("op %s: the rows of its functions are %v, its rules %v", typ, r.functions, want)
		}
		for name := range printed[typ] {
			if !slices.ContainsFunc(r.names, func(n string) bool { return tapeName(n, name) }) {
				report("op %s prints as %s, its row has %v", typ, name, r.names)
			}
		}
		for _, n := range r.names {
			used := false
			for name := range printed[typ] {
				used = used || tapeName(n, name)
			}
			if !used {
				report("op %s: no case prints as %s", typ, n)
			}
		}
	}
}

// tapeName reports whether a name of the table stands for a printed one: "∂…" for all that begin so.
func tapeName(row, printed string) bool {
	if prefix, ok := strings.CutSuffix(row, "…"); ok {
		return strings.HasPrefix(printed, prefix)
	}
	return row == printed
}

// primitives reads the table: files without indentation, types indented by two, functions by four.
func primitives(report func(format string, args ...any), t *testing.T, src string) []primitive {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(f.Doc.Text(), "Table of primitives")
	if !ok {
		t.Fatal("doc.go has no table of primitives")
	}
	var rows []primitive
	file := ""
	for line := range strings.Lines(table) {
		line, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "\t")
		if !indented {
			continue
		}
		if n := len([]rune(line)); n > 113 { // lines of source end by column 120
			report("a line of the table has %d characters, want at most 113: %s", n, line)
		}
		text := strings.TrimLeft(line, " ")
		columns := columnsOf(text)
		switch depth := len(line) - len(text); {
		case depth == 0:
			file = text
		case depth == 2 && len(columns) == 4:
			r := primitive{typ: columns[0], file: file}
			if columns[1] != "see below" {
				r.names = alternatives(columns[1])
			}
			rows = append(rows, r)
		case depth == 4 && len(columns) == 3 && len(rows) > 0:
			r := &rows[len(rows)-1]
			name := strings.Fields(columns[0])[0]
			r.functions = append(r.functions, columns[0])
			r.names = append(r.names, name)
		default:
			report("a row has %d columns at depth %d: %s", len(columns), depth, line)
		}
	}
	return rows
}

// columnsOf splits at two or more spaces.
func columnsOf(line string) []string {
	var columns []string
	for c := range strings.SplitSeq(line, "  ") {
		if c = strings.TrimSpace(c); c != "" {
			columns = append(columns, c)
		}
	}
	return columns
}

// alternatives lists names, with {a,b} written out. What follows a comma and a space is a remark.
func alternatives(names string) []string {
	names, _, _ = strings.Cut(names, ", ")
	var all []string
	for _, name := range strings.Fields(names) {
		before, rest, braces := strings.Cut(name, "{")
		if !braces {
			all = append(all, name)
			continue
		}
		inner, after, _ := strings.Cut(rest, "}")
		for part := range strings.SplitSeq(inner, ",") {
			all = append(all, before+part+after)
		}
	}
	return all
}

// opFiles finds the file of each type that has an Eval method, at its declaration.
func opFiles(t *testing.T) map[string]string {
	ops := opTypes(t)
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && slices.Contains(ops, s.Name.Name) {
				files[s.Name.Name] = path
			}
			return true
		})
	}
	return files
}

// ruleTables are the functions of the ops that stand for a table of them, with the names of their attributes.
func ruleTables() map[string][]string {
	tables := map[string][]string{}
	add := func(typ, name, params string) {
		if name != "" { // a table may begin with an offset
			tables[typ] = append(tables[typ], strings.TrimSpace(name+" "+params))
		}
	}
	for _, r := range unaryRules {
		add("unary", r.name, r.params)
	}
	for _, r := range binaryRules {
		add("binary", r.name, "")
	}
	for _, r := range derivativeRules {
		if r.name != "" {
			add("derivative", "∂"+r.name, r.params)
		}
	}
	for _, r := range pointLossNames {
		add("pointLoss", r.tape, r.parameter)
	}
	for _, name := range reduceNames {
		add("reduce", name, "")
	}
	return tables
}

// printedNames are the first words that the ops of all cases, and of their gradients, print, by type.
var printedNames = sync.OnceValue(func() map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for _, c := range cases() {
		g, _, wrt, y := c.arrange(graph.Float64)
		if c.first || c.second {
			grads := graph.Gradients(weigh(y, 1), wrt...)
			for i, d := range grads {
				if c.second {
					graph.Gradients(weigh(d, 2+i), wrt...)
				}
			}
		}
		for _, n := range g.Nodes() {
			if n.Op() == nil {
				continue
			}
			typ := reflect.TypeOf(n.Op()).Name()
			if names[typ] == nil {
				names[typ] = map[string]bool{}
			}
			name, _, _ := strings.Cut(n.Op().String(), " ")
			names[typ][name] = true
		}
	}
	return names
})
