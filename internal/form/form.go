package form

import (
	"fmt"
	"os"
	"strconv"
)

// A Form is an instruction set that kernels are written for.
type Form uint8

// The forms.
const (
	Plain  Form = iota // Go, everywhere
	AVX2               // amd64 with AVX2 and FMA
	AVX512             // and with AVX-512 F, BW, DQ and VL, and BMI2; some kernels use AVX2 here too
)

var names = [...]string{"plain", "avx2", "avx512"}

// String returns the name of a form, as it stands in STHENO_CPU.
func (f Form) String() string { return names[f] }

// inUse is the form in use: the best that the processor has, or the lesser one that STHENO_CPU names.
var inUse, refused = choose(os.Getenv("STHENO_CPU"), Best())

// Active returns the form of the kernels in use.
func Active() Form { return inUse }

// Err returns an error if the environment variable STHENO_CPU names a form that does not exist, or that this processor
// does not have. Then the best form is in use.
func Err() error { return refused }

// Use changes the form in use. The processor must have the new one. It is for tests, while no kernel runs.
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
