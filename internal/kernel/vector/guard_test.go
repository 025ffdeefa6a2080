package vector

import (
	"fmt"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func TestNothingIsTouchedBeyondVectors(t *testing.T) {
	const most = 67
	a, b, dst := proof.Guarded[float32](t, most, false), proof.Guarded[float32](t, most, false),
		proof.Guarded[float32](t, most, false)
	copy(a, proof.Random[float32]("a", most))
	copy(b, proof.Random[float32]("b", most))
	proof.EachForm(t, func(t *testing.T) {
		for n := range most + 1 {
			a, b, dst := a[most-n:], b[most-n:], dst[most-n:]
			for f := range unaryNames {
				UnaryRow(UnaryFunc(f), dst, a, 0.25, 0.75)
			}
			for f := range binaryNames {
				f := BinaryFunc(f)
				BinaryRow(f, dst, a, b, 0.25, 0.75)
				if n > 0 {
					BinaryRow(f, dst, a, b[n-1:], 0.25, 0.75)
					BinaryRow(f, dst, a[n-1:], b, 0.25, 0.75)
				}
			}
		}
	})
}

// TestVectorsKeepToOperands: no kernel touches anything but its operands.
func TestVectorsKeepToOperands(t *testing.T) {
	proof.CheckGuards(t, []proof.GuardCase{
		{"reductions", guardReductions},
		{"copies", guardCopies},
		{"elementwise", guardElementwise},
	})
}

func guardReductions(y *proof.Yard) {
	for _, shape := range [][]int{{1}, {7}, {5, 6}, {4, 1, 3}, {3, 4, 5, 2}, {9, 131}, {131, 9}, {3, 200, 150},
		{40_001, 2}, {2, 40_001}} {
		for axes := range uint(1) << len(shape) {
			y.Doing = fmt.Sprintf("%v over %b", shape, axes)
			results := 1
			for k, n := range shape {
				if axes>>k&1 == 0 {
					results *= n
				}
			}
			for f := Sum; f <= Min; f++ {
				Reduce(f, y.Out(results), y.In(proof.Size(shape)), shape, axes)
				if f >= Max {
					ArgReduce(f, y.OutIndex(results), y.In(proof.Size(shape)), shape, axes)
					FirstMask(f, y.Out(proof.Size(shape)), y.In(proof.Size(shape)), shape, axes)
				}
			}
		}
	}
}

func guardCopies(y *proof.Yard) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {1, 65, 128, 50}, {3, 7, 5, 9}, {2, 40, 67, 130}, {5, 6, 1, 4}} {
		outer, n, inner := s[0], s[1], s[2]
		y.Doing = fmt.Sprintf("%d×%d×%d", outer, n, inner)
		// (outer, n, inner) to (outer, inner, n), and a part of each row.
		Copy(y.Out(outer*n*inner), 0, []int{n * inner, n, 1}, y.In(outer*n*inner), 0, []int{n * inner, 1, inner},
			[]int{outer, inner, n})
		part := (inner + 1) / 2
		Copy(y.Out(outer*n*part), 0, []int{part, 1}, y.In(outer*n*inner), inner-part, []int{inner, 1},
			[]int{outer * n, part})
		Copy(y.Out(outer*n*inner), inner-part, []int{inner, 1}, y.In(outer*n*part), 0, []int{part, 1},
			[]int{outer * n, part})
	}
}

func guardElementwise(y *proof.Yard) {
	chain := NewChain(3, Step{Arity: 1, Unary: Exp, Args: [3]uint8{0}},
		Step{Arity: 2, Binary: Add, Args: [3]uint8{3, 1}},
		Step{Arity: 2, Binary: Mul, Args: [3]uint8{4, 2}}, Step{Arity: 3, Args: [3]uint8{0, 4, 5}})
	for _, s := range [][2]int{{1, 1}, {3, 5}, {9, 33}, {17, 1025}, {70, 1000}} {
		rows, cols := s[0], s[1]
		n, shape := rows*cols, []int{rows, cols}
		y.Doing = fmt.Sprintf("%d×%d", rows, cols)
		for f := range binaryNames {
			Binary(BinaryFunc(f), y.Out(n), y.In(n), y.In(n), .25, .75)
		}
		for f := range unaryNames {
			Unary(UnaryFunc(f), y.Out(n), y.In(n), .25, .75)
		}
		for _, small := range [][]int{{cols}, {rows, 1}, {}} {
			BroadcastBinary(Add, y.Out(n), shape, y.In(n), shape, y.In(proof.Size(small)), small)
			BroadcastBinary(Div, y.Out(n), shape, y.In(proof.Size(small)), small, y.In(n), shape)
			Where(y.Out(n), shape, y.In(proof.Size(small)), small, y.In(n), shape, y.In(proof.Size(small)), small)
		}
		RunChain(&chain, y.Out(n), &[MaxInputs]Input[float32]{{y.In(n), 1}, {y.In(cols), 1}, {y.In(rows), cols}})
	}
}
