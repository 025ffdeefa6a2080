package form

import "testing"

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name string
		best Form
		want Form
		ok   bool
	}{
		{"", AVX2, AVX2, true},
		{"plain", AVX512, Plain, true},
		{"avx2", AVX512, AVX2, true},
		{"avx512", AVX2, AVX2, false},
		{"avx2", Plain, Plain, false},
		{"sse", AVX2, AVX2, false},
		{"\x1b[2J", AVX2, AVX2, false},
	} {
		if got, err := choose(c.name, c.best); got != c.want || (err == nil) != c.ok {
			t.Errorf("STHENO_CPU=%q where %s is best: %s, error %v", c.name, c.best, got, err)
		}
	}
}

// TestUse: what is in use is what was asked for, and the best otherwise.
func TestUse(t *testing.T) {
	had := Active()
	defer Use(had)
	if had > Best() {
		t.Errorf("%s is in use where %s is best", had, Best())
	}
	for f := range Best() + 1 {
		if Use(f); Active() != f {
			t.Errorf("%s is in use, want %s", Active(), f)
		}
	}
}
