package kernel

// The choice of the form of the kernels: plain Go, or assembly for what the processor has.

import (
	"fmt"
	"os"
	"strconv"
)

// A form is one way in which the kernels are written.
type form uint8

const (
	plain  form = iota // Go, everywhere
	avx2               // amd64 with AVX2 and FMA
	avx512             // and with AVX-512 F, BW, DQ and VL, and BMI2; kernels without such a form keep that of AVX2
)

var formNames = [...]string{"plain", "avx2", "avx512"}

// active is the form in use: the best that the processor has, or the lesser one that STHENO_CPU names.
var active, formErr = chooseForm(os.Getenv("STHENO_CPU"), bestForm())

// CPU returns the name of the form of the kernels in use. The error says that the environment variable STHENO_CPU asks
// for a form that there is not, or not on this processor; the best is in use then.
func CPU() (name string, err error) { return formNames[active], formErr }

func chooseForm(name string, best form) (form, error) {
	if name == "" {
		return best, nil
	}
	for f, n := range formNames {
		if n != name {
			continue
		}
		if form(f) > best {
			return best, fmt.Errorf("STHENO_CPU=%s: this processor has at most %s", name, formNames[best])
		}
		return form(f), nil
	}
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
		name = quoted // no control character reaches a terminal
	}
	return best, fmt.Errorf("STHENO_CPU=%.40s: unknown form; known are plain, avx2, avx512", name)
}
