//go:build linux

package branches

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/cpu"
)

var update = flag.Bool("update", false, "write docs/branches.md anew")

// run is a package whose conditions are looked at, and the tests that shall reach them all.
type run struct {
	name     string
	dir      string
	keep     func(file string) bool
	tests    []string // packages
	pattern  string
	accepted []acceptance
}

// acceptance is an outcome that no random shape reaches, and why.
type acceptance struct {
	condition string // as [Condition] prints itself
	result    bool
	why       string
}

var runs = []run{
	{name: "kernels", dir: "internal/kernel", keep: isKernel, tests: []string{"./internal/kernel"}, pattern: "^TestRandom|^TestChooseForm", accepted: acceptedKernels},
}

// isKernel reports whether a file holds kernels, and not what measures a processor's peak.
func isKernel(file string) bool {
	return !strings.Contains(file, "peak") && !strings.HasPrefix(file, "multiplyadds") && (strings.HasPrefix(file, "conv") || strings.HasPrefix(file, "gemm") || file == "strided.go" || file == "arena.go")
}

// TestBranches: random shapes take every branch of the kernels.
func TestBranches(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the kernels and all that stands on them once more")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			in, noted := r.do(t, root)
			r.check(t, in, noted)
			r.write(&table, in)
		})
	}
	if t.Failed() {
		return
	}
	path := filepath.Join(root, "docs", "branches.md")
	if *update {
		if err := os.WriteFile(path, []byte(tableHead+table.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if had, err := os.ReadFile(path); err != nil || string(had) != tableHead+table.String() {
		t.Errorf("docs/branches.md is not of this source; write it anew with: go test ./internal/branches -update (%v)", err)
	}
}

// do runs the tests over the instrumented package and returns what was noted.
func (r *run) do(t *testing.T, root string) (*Instrumented, []byte) {
	t.Helper()
	dir := t.TempDir()
	in, err := Instrument(filepath.Join(root, r.dir), dir, r.keep)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": in.Overlay})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, replace := filepath.Join(dir, "outcomes"), filepath.Join(dir, "overlay.json")
	for name, content := range map[string][]byte{outcomes: make([]byte, 2*len(in.Conditions)), replace: overlay} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	test := exec.Command("go", append([]string{"test", "-count=1", "-overlay", replace, "-run", r.pattern}, r.tests...)...)
	test.Dir, test.Env = root, append(os.Environ(), "STHENO_BRANCHES="+outcomes)
	if out, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", test, err, out)
	}
	noted, err := os.ReadFile(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	return in, noted
}

// check compares what is missing with what is accepted.
func (r *run) check(t *testing.T, in *Instrumented, noted []byte) {
	t.Helper()
	accepted := map[string]bool{}
	for _, a := range r.accepted {
		accepted[fmt.Sprint(a.condition, a.result)] = true
	}
	lesser := !cpu.X86.HasAVX512VL // what only the widest form reaches is not told then
	for _, m := range in.Missing(noted) {
		key := fmt.Sprint(m.Condition, m.Result)
		if !accepted[key] && !lesser {
			t.Errorf("%s:%d: in %s, %q was never %v", filepath.Join(r.dir, m.File), m.Line, m.Func, m.Text, m.Result)
		}
		delete(accepted, key)
	}
	for key := range accepted {
		if !slices.ContainsFunc(in.Conditions, func(c Condition) bool { return key == fmt.Sprint(c, true) || key == fmt.Sprint(c, false) }) {
			t.Errorf("the accepted outcome %q is of no condition that there is", key)
		} else if !lesser {
			t.Errorf("the accepted outcome %q occurs", key)
		}
	}
}

const tableHead = `# Branches

Random shapes reach these conditions of the kernels and of the compiler's passes, each part of each both true and false. What they do not reach is listed
with its reason. ` + "`internal/branches`" + ` measures it and fails where anything is missing; it writes this page with ` + "`-update`" + `.
`

// write adds the package to the table.
func (r *run) write(b *bytes.Buffer, in *Instrumented) {
	fmt.Fprintf(b, "\n## %s\n\n| file | function | outcomes | not reached |\n|---|---|---|---|\n", r.dir)
	type key struct{ file, fn string }
	var order []key
	count, missed := map[key]int{}, map[key]int{}
	for _, c := range in.Conditions {
		k := key{c.File, c.Func}
		if count[k] == 0 {
			order = append(order, k)
		}
		if count[k] += 2; c.Clause {
			count[k]--
		}
		for _, a := range r.accepted {
			if a.condition == c.String() {
				missed[k]++
			}
		}
	}
	total, out := 0, 0
	for _, k := range order {
		miss := ""
		if missed[k] > 0 {
			miss = fmt.Sprint(missed[k])
		}
		fmt.Fprintf(b, "| %s | %s | %d | %s |\n", k.file, k.fn, count[k], miss)
		total, out = total+count[k], out+missed[k]
	}
	fmt.Fprintf(b, "| | | **%d** | **%d** |\n", total, out)
	for _, a := range r.accepted {
		fmt.Fprintf(b, "\n- `%s` is never %v: %s", a.condition, a.result, a.why)
	}
	b.WriteString("\n")
}

// TestMissing: a condition that came out one way alone is told, and one that came out both ways is not.
func TestMissing(t *testing.T) {
	const source = `package main

func main() {
	for i := 0; i < 4; i++ {
		classify(i)
	}
}

func classify(i int) string {
	switch {
	case i < 2 && i != 7:
		return "small"
	case i > 9:
		return "large"
	}
	if odd := i%2 == 1; !odd || i < 0 {
		return "even"
	}
	switch i {
	case 3:
		return "three"
	case 5:
		return "five"
	default:
		return "many"
	}
}
`
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": source, "go.mod": "module m\n\ngo 1.26\n", "main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestRandom(*testing.T) { main() }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := run{dir: ".", keep: func(string) bool { return true }, tests: []string{"."}, pattern: "."}
	in, noted := r.do(t, dir)
	var got []string
	for _, m := range in.Missing(noted) {
		got = append(got, fmt.Sprintf("%s %v", m.Text, m.Result))
	}
	want := []string{"i != 7 false", "i > 9 true", "i < 0 true", "case 5 true", "default true"}
	if !slices.Equal(got, want) {
		t.Errorf("missing are %s, want %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
}
