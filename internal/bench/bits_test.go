package bench

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
)

// losses returns the losses of some steps of a workload.
func losses(t *testing.T, w Workload, steps int) []float64 {
	t.Helper()
	s, err := w.Build()
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for range steps {
		l, err := s.train()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// TestSameBits: the losses do not depend on the number of processors, nor on the run.
func TestSameBits(t *testing.T) {
	if testing.Short() {
		t.Skip("trains every workload four times")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, w := range Workloads() {
		if w.Infer || heavy[w.Name] {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			steps := 10
			if w.Name == "mlp_784_128_10_b32_adam" || w.Name == "lenet5_b64_sgd" {
				steps = 50
			}
			want := losses(t, w, steps)
			for _, procs := range []int{1, 2, 4} {
				runtime.GOMAXPROCS(procs)
				if got := losses(t, w, steps); !slices.Equal(got, want) {
					t.Errorf("GOMAXPROCS=%d gives losses %v, want %v", procs, got[:3], want[:3])
				}
			}
		})
	}
}

// TestFormsAgree runs this test's program once more with plain kernels, and compares the first loss, and the one after a
// step, which moves the parameters apart.
func TestFormsAgree(t *testing.T) {
	all := map[string][]float64{}
	for _, w := range Workloads() {
		if !w.Infer && !heavy[w.Name] {
			w.Batch = min(w.Batch, 16)
			all[w.Name] = losses(t, w, 2)
		}
	}
	if os.Getenv("STHENO_TEST_LOSSES") != "" {
		if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
			t.Fatal(err)
		}
		os.Exit(0)
	}
	if testing.Short() {
		t.Skip("needs plain kernels, which are slow")
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	c := exec.Command(self, "-test.run", "^TestFormsAgree$")
	c.Env = append(os.Environ(), "STHENO_TEST_LOSSES=1", "STHENO_CPU=plain")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var plain map[string][]float64
	if err := json.Unmarshal(out, &plain); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range plain {
		for i, l := range all[name] {
			if d := math.Abs(l-want[i]) / want[i]; !(d <= []float64{1e-5, 1e-3}[i]) {
				t.Errorf("%s: loss %d is %v, plain kernels give %v: %.1e apart", name, i, l, want[i], d)
			}
		}
	}
	if len(plain) != len(all) {
		t.Errorf("%d workloads with plain kernels, want %d", len(plain), len(all))
	}
}
