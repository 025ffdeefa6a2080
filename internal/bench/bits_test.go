package bench

import (
	"flag"
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

// long has tests take as many steps of every workload as they take of small ones, which may take minutes.
var long = flag.Bool("long", false, "take many steps of large workloads too")

// TestSameBits: the losses do not depend on the number of processors, nor on the run.
func TestSameBits(t *testing.T) {
	if testing.Short() {
		t.Skip("trains every workload four times")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, w := range tried() {
		if w.Infer || heavy[w.Name] && !*long {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			steps := 6
			if light[w.Name] || *long {
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
