package vector

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// The kernels over rows in all forms.
func TestRows(t *testing.T) {
	proof.CheckRows(t, []proof.RowCase{
		{"scale", 2, func(v [][]float32) []float64 { Scale(v[0], v[1], 1.3); return nil }},
		{"scale in place", 1, func(v [][]float32) []float64 { Scale(v[0], v[0], 1.3); return nil }},
		{"shift", 2, func(v [][]float32) []float64 { Shift(v[0], v[1], 1.3); return nil }},
		{"add scaled", 2, func(v [][]float32) []float64 { AddScaled(v[0], v[0], v[1], -.7); return nil }},
		{"sum", 1, func(v [][]float32) []float64 { return []float64{RowSum(v[0])} }},
		{"square sum", 1, func(v [][]float32) []float64 { return []float64{SquareSum(v[0], .25)} }},
		{"dot", 2, func(v [][]float32) []float64 { return []float64{Dot(v[0], v[1])} }},
		{"dot centred", 2, func(v [][]float32) []float64 {
			a,
				b := DotCentred(v[0], v[1], .25)
			return []float64{a, b}
		}},
		{"dot centred each", 3, func(v [][]float32) []float64 {
			a, b := DotCentredEach(v[0], v[1], v[2], .25)
			return []float64{a, b}
		}},
		{"largest", 1, func(v [][]float32) []float64 { return []float64{float64(Extremum(Max, v[0][0], v[0]))} }},
		{"smallest", 1, func(v [][]float32) []float64 { return []float64{float64(Extremum(Min, v[0][0], v[0]))} }},
		{"finite", 1, func(v [][]float32) []float64 {
			if FiniteRow(v[0]) {
				return []float64{1}
			}
			return []float64{0}
		}},
		{"column sums", 2, func(v [][]float32) []float64 {
			var total [Columns]float64
			n := min(Columns, (len(v[0])+2)/3)
			ColumnSums(&total, v[0], n, 1+(len(v[0])-n)/n, n)
			return total[:n]
		}},
		{"column squares", 1, func(v [][]float32) []float64 {
			total, mean := [Columns]float64{}, [Columns]float64{.25, -.25, 3}
			n := min(Columns, (len(v[0])+2)/3)
			ColumnSquares(&total, &mean, v[0], n, 1+(len(v[0])-n)/n, n)
			return total[:n]
		}},
		{"column dots", 2, func(v [][]float32) []float64 {
			var sums, dots [Columns]float64
			mean := [Columns]float64{.25, -.25, 3}
			n := min(Columns, (len(v[0])+2)/3)
			ColumnDots(&sums, &dots, &mean, v[0], v[1], n, 1+(len(v[0])-n)/n, n)
			return append(sums[:n], dots[:n]...)
		}},
		{"column dots each", 4, func(v [][]float32) []float64 {
			var sums, dots [Columns]float64
			n := min(Columns, (len(v[0])+2)/3)
			rows := 1 + (len(v[0])-n)/n
			ColumnDotsEach(&sums, &dots, v[2][:rows], v[3][:rows], v[0], v[1], n, n)
			return append(sums[:n], dots[:n]...)
		}},
	})
}

// Of ±0 the largest is +0 and the smallest -0, wherever they are.
func TestExtremumOfZeros(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for n := 8; n < 80; n++ {
			for at := range n {
				x := make([]float32, n)
				x[at] = proof.Special[1]
				if v := Extremum(Min, x[0], x); v != 0 || !math.Signbit(float64(v)) {
					t.Fatalf("smallest of %d with -0 at %d: %v", n, at, v)
				}
				for i := range x {
					x[i] = proof.Special[1]
				}
				x[at] = 0
				if v := Extremum(Max, x[0], x); v != 0 || math.Signbit(float64(v)) {
					t.Fatalf("largest of %d with +0 at %d: %v", n, at, v)
				}
			}
		}
	})
}
