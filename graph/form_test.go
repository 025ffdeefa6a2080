package graph_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

func ExampleKernelForm() {
	form, err := graph.KernelForm()
	fmt.Println(form != "", err)
	// Output: true <nil>
}

// TestUnknownForm: a program that asks for kernels that there are not compiles nothing, and says why; of each form
// that there is it runs.
func TestUnknownForm(t *testing.T) {
	if os.Getenv("STHENO_FORM_TEST") != "" {
		g := &graph.Graph{}
		_, err := g.Compile(ops.Square(g.Input("x", 3)))
		_, stock := g.Stock(ops.Square(g.Input("y", 3)))
		fmt.Println(err, "/", stock)
		return
	}
	for form, want := range map[string]string{
		"sse": "STHENO_CPU=sse: unknown form; known are plain, avx2, avx512 / STHENO_CPU=sse: unknown form; " +
			"known are plain, avx2, avx512",
		"AVX2":    "STHENO_CPU=AVX2: unknown form",
		"avx2 ":   "STHENO_CPU=avx2 : unknown form",
		"plain":   "<nil> / <nil>",
		"\x1b[2J": `STHENO_CPU="\x1b[2J": unknown form`,
	} {
		test := exec.Command(os.Args[0], "-test.run", "^TestUnknownForm$")
		test.Env = append(os.Environ(), "STHENO_CPU="+form, "STHENO_FORM_TEST=1")
		if out, err := test.Output(); err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("STHENO_CPU=%q: %q, error %v, want %q", form, out, err, want)
		}
	}
}
