package bench

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recipe"
)

var sweepModels = flag.String("sweep", "", "models that BenchmarkSweep looks at, with commas between; all without it")

// sweepOf collects the pieces of the training steps of models in their usual size.
func sweepOf(tb testing.TB, batch int, names ...string) []*Piece {
	var s Sweep
	for _, r := range recipe.Table() {
		if len(names) > 0 && !slices.Contains(names, r.Name) {
			continue
		}
		m := r.New(r.Usual())
		t, err := r.Trainer(m, r.Optimizer, r.LR)
		if err != nil {
			tb.Fatal(err)
		}
		g, _, err := t.Graph(true, m.Batch(batch)...)
		if err != nil && batch == 1 { // batch norm of 1×1 planes needs two examples: forward alone
			g = &graph.Graph{}
			m.Answer(g, batch)
			err = g.Err()
		}
		if err != nil {
			tb.Fatal(err)
		}
		s.Add(r.Name, g)
	}
	return s.Pieces
}

// BenchmarkSweep times every convolution, product and pool of the zoo's training steps alone, and prints them, those
// that are furthest from the peak first: of multiply-adds, or of copying where that is nearer.
func BenchmarkSweep(b *testing.B) {
	machine := MeasureMachine()
	var names []string
	if *sweepModels != "" {
		names = strings.Split(*sweepModels, ",")
	}
	for _, batch := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			type row struct {
				*Piece
				took  time.Duration
				share float64
			}
			var rows []row
			for _, p := range sweepOf(b, batch, names...) {
				took, err := p.Time(3, 30*time.Millisecond)
				if err != nil {
					b.Fatal(err)
				}
				ns := float64(took.Nanoseconds())
				share := max(float64(p.Cost.Products)/ns/machine.GFLOPS, float64(p.Cost.Bytes)/ns/machine.CopyGBs)
				rows = append(rows, row{p, took, share})
			}
			slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.share, y.share) })
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SHARE\tµs\tGFLOP/s\tGB/s\tOP\tMODELS")
			least, count := 1., 0
			for _, r := range rows {
				ns := float64(r.took.Nanoseconds())
				fmt.Fprintf(w, "%.1f %%\t%d\t%.1f\t%.1f\t%v\t%s\n", 100*r.share, r.took.Microseconds(),
					float64(r.Cost.Products)/ns, float64(r.Cost.Bytes)/ns, r.Piece, r.Where())
				least = min(least, r.share)
				if r.share < .4 {
					count++
				}
			}
			w.Flush()
			b.ReportMetric(100*least, "least-%")
			b.ReportMetric(float64(count), "below-40-%")
		})
	}
}
