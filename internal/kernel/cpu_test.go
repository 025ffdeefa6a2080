package kernel

import "testing"

func TestChooseForm(t *testing.T) {
	for _, c := range []struct {
		name string
		best form
		want form
		ok   bool
	}{
		{"", avx2, avx2, true},
		{"plain", avx512, plain, true},
		{"avx2", avx512, avx2, true},
		{"avx512", avx2, avx2, false},
		{"avx2", plain, plain, false},
		{"sse", avx2, avx2, false},
		{"\x1b[2J", avx2, avx2, false},
	} {
		if got, err := chooseForm(c.name, c.best); got != c.want || (err == nil) != c.ok {
			t.Errorf("STHENO_CPU=%q where %s is best: %s, error %v", c.name, formNames[c.best], formNames[got], err)
		}
	}
}

// eachForm runs a test in every form that the processor has.
func eachForm(t *testing.T, run func(t *testing.T)) {
	best := active
	defer func() { active = best }()
	for f := range best + 1 {
		active = f
		t.Run(formNames[f], run)
	}
}
