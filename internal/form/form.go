package form

import (
	"fmt"
	"os"
	"strconv"
)

// A Form is one way in which the kernels are written.
type Form uint8

// The forms.
const (
	Plain  Form = iota // Go, everywhere
	AVX2               // amd64 with AVX2 and FMA
	AVX512             // and with AVX-512 F, BW, DQ and VL, and BMI2; kernels without such a form keep that of AVX2
)

var names = [...]string{"plain", "avx2", "avx512"}

// String returns the name of a form, as STHENO_CPU has it.
func (f Form) String() string { return names[f] }

// inUse is the form in use: the best that the processor has, or the lesser one that STHENO_CPU names.
var inUse, refused = choose(os.Getenv("STHENO_CPU"), Best())

// Active returns the form of the kernels in use.
func Active() Form { return inUse }

// Err says that the environment variable STHENO_CPU asks for a form that there is not, or not on this processor; the
// best is in use then.
func Err() error { return refused }

// Use changes the form in use to one that the processor has. It is for tests, while no kernel runs.
func Use(f Form) { inUse = f }

func choose(name string, best Form) (Form, error) {
	if name == "" {
		return best, nil
	}
	for f, n := range names {
		if n != name {
			continue
		}
		if Form(f) > best {
			return best, fmt.Errorf("STHENO_CPU=%s: this processor has at most %s", name, best)
		}
		return Form(f), nil
	}
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
		name = quoted // no control character reaches a terminal
	}
	return best, fmt.Errorf("STHENO_CPU=%.40s: unknown form; known are plain, avx2, avx512", name)
}
