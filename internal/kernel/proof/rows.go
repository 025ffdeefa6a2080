package proof

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
)

// A RowCase is a kernel over some rows. It may change them, and returns its sums.
type RowCase = struct {
	Name     string
	Operands int
	Run      func(v [][]float32) []float64
}

// CheckRows compares the form in use of kernels over rows with the plain one. Elements must have the same bits, and
// sums may differ by the rounding of float64. Operands end at a page that faults, and so lie at many alignments.
func CheckRows(t *testing.T, cases []RowCase) {
	EachForm(t, func(t *testing.T) {
		used := form.Active()
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) { checkRow(t, c, used) })
		}
	})
}

// checkRow compares a form with the plain one.
func checkRow(t *testing.T, c RowCase, used form.Form) {
	const most = 460
	memory := make([][]float32, c.Operands)
	for k := range memory {
		memory[k] = Guarded[float32](t, most, false)
	}
	fill := func(n int, odd bool) [][]float32 {
		v := make([][]float32, c.Operands)
		for k := range v {
			v[k] = memory[k][most-n:]
			copy(v[k], Random[float32](fmt.Sprint(c.Name, k), n))
			if odd {
				for i, s := range Special {
					v[k][(n/2+3*i*(k+1))%n] = s
				}
			}
		}
		return v
	}
	for n := 1; n < most; n += 1 + n/80*9 {
		for _, odd := range []bool{false, true} {
			form.Use(form.Plain)
			v := fill(n, odd)
			wantScalars := c.Run(v)
			var want [][]float32
			for _, x := range v {
				want = append(want, slices.Clone(x))
			}
			form.Use(used)
			v = fill(n, odd)
			gotScalars := c.Run(v)
			for k, want := range want {
				for i, w := range want {
					if !SameFloat(v[k][i], w) {
						t.Fatalf("n=%d odd=%v: element %d of operand %d is %v, want %v", n, odd, i,
							k, v[k][i], w)
					}
				}
			}
			for i, w := range wantScalars {
				g := gotScalars[i]
				if (g != g) != (w != w) || w == w && g != w && !(math.Abs(g-w) <= 1e-11*(1+math.Abs(w)) ||
					odd && math.Abs(g-w) <= 1e-11*math.MaxFloat32*math.MaxFloat32) {
					t.Fatalf("n=%d odd=%v: sum %d is %v, want %v", n, odd, i, g, w)
				}
				if w == 0 && (c.Name == "largest" || c.Name == "smallest") &&
					math.Signbit(g) != math.Signbit(w) {
					t.Fatalf("n=%d: %v, want %v", n, g, w)
				}
			}
		}
	}
}
