// This file holds Orthogonal, an initialiser.

package outside

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Orthogonal makes the rows of a weight (out, in…) orthogonal, each of the length gain; the columns where there are
// fewer of these. They are normal numbers that Gram and Schmidt's method has made so. See Saxe, McClelland and Ganguli
// 2014.
func Orthogonal(gain float64) nn.Init {
	return func(dst graph.Tensor, r *nn.Rand) {
		out := dst.Shape[0]
		in := dst.Shape.Size() / out
		drawn := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: graph.Shape{min(out, in), max(out, in)}})
		r.Normal(drawn)
		rows := orthogonalise(drawn, gain)
		for i := range out {
			for j := range in {
				v := 0.
				if out <= in {
					v = rows[i][j]
				} else {
					v = rows[j][i]
				}
				set(dst, i*in+j, v)
			}
		}
	}
}

// orthogonalise returns the rows of t, each less its parts in the directions of those before, and of the given length.
func orthogonalise(t graph.Tensor, length float64) (rows [][]float64) {
	for i := range t.Shape[0] {
		row := t.Rows(i, i+1).F64
		for _, before := range rows {
			part := dot(row, before) / dot(before, before)
			for k := range row {
				row[k] -= part * before[k]
			}
		}
		scale := length / math.Sqrt(dot(row, row))
		for k := range row {
			row[k] *= scale
		}
		rows = append(rows, row)
	}
	return rows
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// set writes element i of a tensor of floats.
func set(t graph.Tensor, i int, v float64) {
	if t.DType == graph.Float32 {
		t.F32[i] = float32(v)
	} else {
		t.F64[i] = v
	}
}
