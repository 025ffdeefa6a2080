package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script writes a shell script and returns the command that runs it.
func script(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"sh", path}
}

// peer knows two of three workloads, and zoo takes 2 ms for each.
const (
	peer = `case $1 in
mlp) echo "mlp 1.0 ms/step 32 items/s";;
lenet5) echo "# a note"; echo "lenet5 16.0 ms/step 64 items/s (set-up)";;
broken) echo "broken fast";;
failing) echo "no such module" >&2; exit 1;;
*) echo "no workload of that name" >&2; exit 1;;
esac`
	zoo = `echo "[{\"name\": \"$2\", \"ms_per_step\": 2}]"`
)

func TestCompare(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	c := comparison{peer: script(t, peer), zoo: script(t, zoo), rounds: 2}
	var out strings.Builder
	if err := c.run(&out, []string{"mlp", "lenet5", "infer"}); err != nil {
		t.Fatal(err)
	}
	// The ratios are 1/2 and 8: their geometric mean is 2.
	for _, want := range []string{"mlp                                   2.000      1.000     0.50  0.50 … 0.50",
		"     8.00  8.00 … 8.00\n", "infer                            the peer does not know it",
		"geometric mean over 2 workloads: 2.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for name, want := range map[string]string{"broken": `the peer's time is "fast"`, "failing": "no such module"} {
		if err := c.run(&out, []string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestChosen(t *testing.T) {
	if all, err := chosen([]string{"gpt", "nanogpt"}); err != nil || len(all) != 2 {
		t.Errorf("got %v, %v", all, err)
	}
	if _, err := chosen([]string{"none"}); err == nil {
		t.Error("an unknown name is no error")
	}
}

func TestMedian(t *testing.T) {
	for want, v := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 3, 1, 2}} {
		if got := median(v); got != want {
			t.Errorf("%v: got %v", v, got)
		}
	}
}
