package graph

import (
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel"
)

// TestSweepKeepsValuesApart: in plans of the planner of long tapes no two units that are alive together share a byte,
// and the arena is within 50 % of what must be alive at once, on average within 15 %. A block that is released too
// early is noticed.
func TestSweepKeepsValuesApart(t *testing.T) {
	worst, total := 0.0, 0.0
	const n = 2000
	for seed := range uint64(n) {
		units := randomUnits(seed)
		arena := sweep(units)
		if err := verifyPlan(units); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := newShadow(kernel.Alignment).run(eventsOf(units)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		top := 0
		for _, u := range units {
			top = max(top, u.address+u.size)
		}
		if top != arena {
			t.Fatalf("seed %d: the arena is %d bytes, the units take %d", seed, arena, top)
		}
		ratio := float64(arena) / float64(peakLive(units))
		worst, total = max(worst, ratio), total+ratio
	}
	t.Logf("arenas: %.3f of the bound on average, %.3f at most", total/n, worst)
	if worst > 1.5 || total/n > 1.15 {
		t.Error("that is more than it was")
	}
	long := &unit{root: &register{id: 1}, size: 64, first: 0, last: 2}
	next := &unit{root: &register{id: 2}, size: 64, first: 3, last: 4}
	sweep([]*unit{long, next})
	long.last++
	if verifyPlan([]*unit{long, next}) == nil {
		t.Error("a lifetime shortened by one instruction goes unnoticed")
	}
}
