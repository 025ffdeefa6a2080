// This file holds the lines of Go that made the nodes, with what is around them.

package trace

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// around is how many lines are shown before and after one that is in no function, and longest how many a function has
// that is shown whole.
const around, longest = 4, 60

// place is a line of a file.
type place struct {
	file string
	line int
}

// sources fills in where the nodes were made, and reads these files as far as they can be read: a program may run
// where its sources are not.
func (r *Recorder) sources() {
	lines := map[string][]int{}
	own, rule := make([]place, len(r.run.Nodes)), make([]place, len(r.run.Nodes))
	for n, i := range r.index {
		from := n
		if of := n.Of(); n.Phase() == graph.Backward && of.Valid() {
			from = of // what called Gradients says little
		}
		own[i].file, own[i].line = from.Line()
		rule[i].file, rule[i].line = n.Rule()
		for _, p := range []place{own[i], rule[i]} {
			if p.line > 0 && !slices.Contains(lines[p.file], p.line) {
				lines[p.file] = append(lines[p.file], p.line)
			}
		}
	}
	excerpts := map[string][]int{} // of a file, their numbers in Code
	for _, file := range sortedKeys(lines) {
		for _, e := range excerptsOf(file, lines[file], r.opt.source()) {
			excerpts[file] = append(excerpts[file], len(r.run.Code))
			r.run.Code = append(r.run.Code, e)
		}
	}
	find := func(p place) int {
		for _, k := range excerpts[p.file] {
			if e := r.run.Code[k]; p.line >= e.First && p.line < e.First+len(e.Lines) {
				return k
			}
		}
		return -1
	}
	for i := range r.run.Nodes {
		n := &r.run.Nodes[i]
		if k := find(own[i]); k >= 0 {
			n.File, n.Line = k, own[i].line
		}
		if k := find(rule[i]); k >= 0 {
			n.RuleFile, n.RuleLine = k, rule[i].line
		}
	}
}

// source is what reads the files.
func (o Options) source() func(file string) ([]byte, error) {
	if o.Source != nil {
		return o.Source
	}
	return os.ReadFile
}

// sortedKeys are by their base names first, which do not depend on where the sources lie.
func sortedKeys(m map[string][]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(filepath.Base(a), filepath.Base(b)), cmp.Compare(a, b))
	})
	return keys
}

// excerptsOf are the parts of a file that hold the lines: the functions that they are in, or some lines around them.
// Parts that touch are one.
func excerptsOf(file string, lines []int, read func(string) ([]byte, error)) (all []File) {
	text, err := read(file)
	if err != nil || len(text) > 1<<20 {
		return nil
	}
	rows := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	functions := functionsOf(file, text)
	slices.Sort(lines)
	for _, l := range lines {
		if l > len(rows) {
			continue
		}
		lo, hi := max(1, l-around), min(len(rows), l+around)
		for _, f := range functions {
			if f[0] <= l && l <= f[1] {
				lo, hi = f[0], f[1]
				if f[1]-f[0] >= longest {
					lo, hi = max(f[0], l-2*around), min(f[1], l+2*around)
				}
			}
		}
		if n := len(all); n > 0 && lo <= all[n-1].First+len(all[n-1].Lines) {
			last := &all[n-1]
			if hi >= last.First+len(last.Lines) {
				last.Lines = rows[last.First-1 : hi]
			}
			continue
		}
		all = append(all, File{Name: filepath.Base(file), First: lo, Lines: rows[lo-1 : hi]})
	}
	return all
}

// functionsOf are the first and last lines of the functions of a file, with their comments.
func functionsOf(file string, text []byte) (all [][2]int) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first := fn.Pos()
		if fn.Doc != nil {
			first = fn.Doc.Pos()
		}
		all = append(all, [2]int{set.Position(first).Line, set.Position(fn.End()).Line})
	}
	return all
}
