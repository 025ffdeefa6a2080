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

	"github.com/stheno-ml/stheno/graph"
)

var (
	update = flag.Bool("update", false, "write docs/branches.md anew")
	long   = flag.Bool("long", false, "look at what the kernels and passes come to")
)

// run is packages whose conditions are looked at, and the tests that shall reach them all.
type run struct {
	name     string
	dirs     []string
	keep     func(file string) bool
	tests    []string // packages
	pattern  string   // of the tests with random shapes
	accepted []acceptance
}

// acceptance is an outcome that no random shape reaches, and why.
type acceptance struct {
	condition string // as [Condition] prints itself
	result    bool
	why       string
}

// onlyWide reports an outcome that a processor without AVX-512 cannot have: which form a function takes, and what
// tiles of that form need.
func onlyWide(o Outcome) bool {
	pairs := o.File == "conv/lanes_amd64.go" && // of pixels, in tiles twice as wide as a pixel
		(o.Func == "row" && strings.Contains("j.kernels.Width > lanes, x+across.phases < j.outW", o.Text) ||
			o.Func == "addTaps" && o.Text == "p.width == 1")
	return strings.HasSuffix(o.File, "_choices_amd64.go") || o.File == "form/form_amd64.go" || o.Func == "MicroFor" ||
		o.Func == "panel" && o.Text == "kernels == t.p.kernels" || o.Func == "multiply" && o.Text == "lo < hi" || pairs
}

var runs = []run{
	{name: "kernels", dirs: []string{"internal/kernel", "internal/kernel/scalar", "internal/kernel/vector",
		"internal/kernel/gemm", "internal/kernel/conv", "internal/form", "internal/reuse"}, keep: isKernel,
		tests:   []string{"./internal/kernel/...", "./internal/form", "./internal/reuse"},
		pattern: "^TestRandom", accepted: acceptedKernels},
	{name: "passes", dirs: []string{"graph"}, keep: isPass, tests: []string{"./ops", "./nn", "./graph"},
		pattern: "^TestRandom", accepted: acceptedPasses},
}

// isKernel reports whether a file holds kernels, and not what measures a processor's peak.
func isKernel(file string) bool {
	return !strings.Contains(file, "peak") && !strings.HasPrefix(file, "multiplyadds")
}

// isPass reports whether a file of package graph holds passes.
func isPass(file string) bool {
	return slices.Contains([]string{"compile.go", "fuse.go", "fuse_chains.go", "fuse_epilogues.go",
		"fuse_operands.go", "fuse_patterns.go",
		"fuse_products.go", "fuse_scalars.go", "checkpoint.go", "prepare.go", "alias.go", "plan.go"}, file)
}

// TestBranches: random shapes take the branches of the kernels and of the passes; what they leave is reached by the
// tables of the other tests, or accepted with a reason.
func TestBranches(t *testing.T) {
	if !*long {
		t.Skip("it compiles the kernels and all that stands on them once more: -long")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	if form() == "plain" {
		t.Skip("the kernels have one form alone")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			in, outcomes := r.instrument(t, root)
			in.test(t, root, r.tests, "-run", r.pattern)
			left := len(in.Missing(read(t, outcomes)))
			in.test(t, root, r.tests, "-skip", r.pattern)
			missing := in.Missing(read(t, outcomes))
			t.Logf("random shapes leave %d outcomes, and tables %d of these", left, len(missing))
			r.check(t, in, missing)
		})
	}
}

// TestPage: docs/branches.md lists the conditions of this source, whatever processor reads it.
func TestPage(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	table.WriteString(tableHead)
	for _, r := range runs {
		in, err := Instrument(root, r.dirs, t.TempDir(), r.keep)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.stale(in) {
			t.Errorf("the accepted outcome %q is of no condition that there is", c)
		}
		r.accepted = append(r.accepted[:len(r.accepted):len(r.accepted)], acceptance{condition: "a.go: f: x"})
		if len(r.stale(in)) == 0 { // the negative control
			t.Error("an outcome of no condition is not found")
		}
		r.accepted = r.accepted[:len(r.accepted)-1]
		r.write(&table, in)
	}
	path := filepath.Join(root, "docs", "branches.md")
	if *update {
		if err := os.WriteFile(path, table.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if had, err := os.ReadFile(path); err != nil || !bytes.Equal(had, table.Bytes()) {
		t.Errorf("docs/branches.md is not of this source; write it anew with: go test ./internal/branches -update "+
			"(%v)",
			err)
	}
}

// widest reports whether the kernels have every form here.
func widest() bool { return form() == "avx512" }

// form is the widest form of the kernels that tests of them run in.
func form() string {
	name, err := graph.KernelForm()
	if err != nil {
		panic(err)
	}
	return name
}

// instrument copies the packages and returns the file of its outcomes.
func (r *run) instrument(t *testing.T, root string) (*instrumented, string) {
	t.Helper()
	dir := t.TempDir()
	in, err := Instrument(root, r.dirs, dir, r.keep)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": in.Overlay})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, replace := filepath.Join(dir, "outcomes"), filepath.Join(dir, "overlay.json")
	for name, content := range map[string][]byte{outcomes: make([]byte, max(1, 2*len(in.Conditions))),
		replace: overlay} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return &instrumented{in, replace, outcomes}, outcomes
}

// instrumented are packages with what the go command needs to build it.
type instrumented struct {
	*Instrumented
	overlay, outcomes string
}

// test runs tests over the packages.
func (in *instrumented) test(t *testing.T, root string, packages []string, flag, pattern string) {
	t.Helper()
	test := exec.Command("go", append([]string{"test", "-count=1", "-overlay", in.overlay, flag, pattern},
		packages...)...)
	test.Dir, test.Env = root, append(os.Environ(), "STHENO_BRANCHES="+in.outcomes)
	if out, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", test, err, out)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// check compares what is missing with what is accepted.
func (r *run) check(t *testing.T, in *instrumented, missing []Outcome) {
	t.Helper()
	accepted := map[string]bool{}
	for _, a := range r.accepted {
		accepted[fmt.Sprintf("%s: %v", a.condition, a.result)] = true
	}
	for _, m := range missing {
		key := fmt.Sprintf("%v: %v", m.Condition, m.Result)
		if !accepted[key] && (widest() || !onlyWide(m)) {
			t.Errorf("%s:%d: in %s, %q was never %v", filepath.Join(r.dirs[0], m.File), m.Line, m.Func, m.Text,
				m.Result)
		}
	}
}

// stale returns the accepted outcomes of conditions that there are not.
func (r *run) stale(in *Instrumented) (conditions []string) {
	there := map[string]bool{}
	for _, c := range in.Conditions {
		there[c.String()] = true
	}
	for _, a := range r.accepted {
		if !there[a.condition] {
			conditions = append(conditions, a.condition)
		}
	}
	return conditions
}

const tableHead = `# Branches

Conditions of the kernels and of the compiler's passes, each taken apart at its && and ||: every part must come out
both true and false, and every clause of a switch be entered. Random shapes do most of it; what they leave is reached
by tables of cases, such as those of special values and of element types. The rest is listed with its reason.
` + "`go test ./internal/branches -long`" + ` measures it and fails where anything is missing; without -long it
compares this page with the source, and writes it anew with ` + "`-update`" + `.
`

// write adds the packages to the table.
func (r *run) write(b *bytes.Buffer, in *Instrumented) {
	fmt.Fprintf(b, "\n## %s\n\n| file | function | outcomes | accepted |\n|---|---|---|---|\n", r.dirs[0])
	type key struct{ file, fn string }
	var order []key
	count, accepted := map[key]int{}, map[key]int{}
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
				accepted[k]++
			}
		}
	}
	var total [2]int
	for _, k := range order {
		fmt.Fprintf(b, "| %s | %s | %d | %s |\n", k.file, k.fn, count[k], some(accepted[k]))
		total[0], total[1] = total[0]+count[k], total[1]+accepted[k]
	}
	fmt.Fprintf(b, "| | | **%d** | **%d** |\n", total[0], total[1])
	for _, a := range r.accepted {
		fmt.Fprintf(b, "\n- `%s` is never %v: %s", a.condition, a.result, a.why)
	}
	b.WriteString("\n")
}

func some(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
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
	for name, text := range map[string]string{"main.go": source, "go.mod": "module m\n\ngo 1.26\n",
		"main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestRandom(*testing.T) { main() }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := run{dirs: []string{"."}, keep: func(string) bool { return true }, tests: []string{"."}, pattern: "."}
	in, outcomes := r.instrument(t, dir)
	in.test(t, dir, r.tests, "-run", r.pattern)
	var got []string
	for _, m := range in.Missing(read(t, outcomes)) {
		got = append(got, fmt.Sprintf("%s %v", m.Text, m.Result))
	}
	want := []string{"i != 7 false", "i > 9 true", "i < 0 true", "case 5 true", "default true"}
	if !slices.Equal(got, want) {
		t.Errorf("missing are %s, want %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
}
