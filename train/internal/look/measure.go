// This file holds what a look says of tensors.

package look

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train/history"
)

// DeadUnits counts the places along an axis, and those of which all values are 0.
func DeadUnits(v graph.Tensor, axis int) (units, dead int) {
	units = v.Shape[axis]
	inner := graph.Shape(v.Shape[axis+1:]).Size()
	alive := make([]bool, units)
	for i := range v.Shape.Size() {
		if v.At(i) != 0 {
			alive[i/inner%units] = true
		}
	}
	for _, a := range alive {
		if !a {
			dead++
		}
	}
	return units, dead
}

// StepNorm is |b - a|.
func StepNorm(a, b graph.Tensor) float64 {
	d := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: a.Shape})
	for i := range d.F64 {
		d.F64[i] = b.At(i) - a.At(i)
	}
	return Numbers(d).Norm
}

// histogramParts are as many as a plot of a histogram can show.
const histogramParts = 32

// Numbers looks at a tensor.
func Numbers(t graph.Tensor) (s history.Numbers) {
	s.N = t.Shape.Size()
	s.Min, s.Max = math.Inf(1), math.Inf(-1)
	finite := make([]float64, 0, s.N)
	for i := range s.N {
		v := t.At(i)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.NotFinite++
			continue
		}
		finite = append(finite, v)
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	}
	if len(finite) == 0 {
		s.Min, s.Max = 0, 0
		return s
	}
	measure(&s, finite)
	count(&s, finite)
	return s
}

// measure sets mean, deviation, share of zeros and norm. Numbers are divided by the largest of them, or their squares
// might be none.
func measure(s *history.Numbers, all []float64) {
	n, size := float64(len(all)), max(-s.Min, s.Max)
	if size == 0 {
		s.Zero = 1
		return
	}
	var sum, squares, around float64
	for _, v := range all {
		if v == 0 {
			s.Zero++
		}
		sum, squares = sum+v/size, squares+v/size*(v/size)
	}
	mean := sum / n
	for _, v := range all {
		around += (v/size - mean) * (v/size - mean)
	}
	s.Mean, s.Deviation, s.Zero = mean*size, math.Sqrt(around/n)*size, s.Zero/n
	s.Norm = min(math.Sqrt(squares)*size, math.MaxFloat64)
}

// count sets the histogram.
func count(s *history.Numbers, all []float64) {
	if s.Min == s.Max {
		s.Counts = []int{len(all)}
		return
	}
	s.Counts = make([]int, histogramParts)
	for _, v := range all {
		share := (v/2 - s.Min/2) / (s.Max/2 - s.Min/2) // of halves: the difference itself may be infinite
		if math.IsNaN(share) {
			share = 0 // of numbers so small that their halves are equal
		}
		s.Counts[min(int(share*histogramParts), histogramParts-1)]++
	}
}
