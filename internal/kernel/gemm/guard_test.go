package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestProductsKeepToOperands: no kernel touches anything but its operands.
func TestProductsKeepToOperands(t *testing.T) {
	proof.CheckGuards(t, []proof.GuardCase{
		{"products", guardProducts},
		{"batches of products", guardBatches},
	})
}

// matrix is the number of elements from the first to the last of a matrix, whose rows are ld apart.
func matrix(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

func guardProducts(y *proof.Yard) {
	sizes := [][3]int{{1, 1, 1}, {1, 17, 9}, {17, 1, 9}, {7, 5, 0}, {3, 130, 300}, {130, 3, 40}, {25, 40, 256},
		{6, 16, 8}, {12, 32, 16},
		{13, 37, 700}, {65, 193, 65}, {16, 33, 1024}, {250, 270, 131}, {131, 533, 257}}
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		sizes = append(sizes, [3]int{1 + r.IntN(70), 1 + r.IntN(70), 1 + r.IntN(70)})
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		if testing.Short() && m*n*k > 500_000 {
			continue
		}
		for mode := range 4 {
			transA, transB := mode&1 != 0, mode&2 != 0
			for pad, scale := range [][2]float32{{1, 0}, {1, 1}, {.5, -2}, {0, .5}} {
				if m*n*k > 100_000 && pad == 3 {
					continue
				}
				rowsA, colsA, rowsB, colsB := m, k, k, n
				if transA {
					rowsA, colsA = k, m
				}
				if transB {
					rowsB, colsB = n, k
				}
				lda, ldb, ldc := max(1, colsA+pad), max(1, colsB+pad), n+pad
				y.Doing = fmt.Sprintf("%d×%d×%d, transposed %t %t, alpha beta %v, rows %d longer", m, n, k, transA,
					transB, scale, pad)
				p := productOf(m, n, k, operand(y.In(matrix(rowsA, colsA, lda)), lda, transA),
					operand(y.In(matrix(rowsB, colsB, ldb)), ldb, transB), Rows(y.Out(matrix(m, n, ldc)), ldc))
				p.Alpha, p.Beta = scale[0], scale[1]
				Multiply(p)
			}
		}
	}
}

func guardBatches(y *proof.Yard) {
	for _, s := range [][4]int{{50, 5, 7, 6}, {3, 70, 200, 65}, {9, 17, 33, 4}, {2, 1, 130, 70}} {
		batch, m, n, k := s[0], s[1], s[2], s[3]
		for mode := range 4 {
			transA, transB, lda, ldb := mode&1 != 0, mode&2 != 0, k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			y.Doing = fmt.Sprintf("%d products, %d×%d×%d, transposed %t %t", batch, m, n, k, transA, transB)
			for _, one := range [][2]bool{{false, false}, {false, true}, {true, false}} {
				// one matrix for all products
				a, b := operand(y.In(m*k), lda, transA), operand(y.In(k*n), ldb, transB)
				if !one[0] {
					a = operand(y.In(batch*m*k), lda, transA).Every(m * k)
				}
				if !one[1] {
					b = operand(y.In(batch*k*n), ldb, transB).Every(k * n)
				}
				p := productOf(m, n, k, a, b, Rows(y.Out(batch*m*n), n).Every(m*n))
				if p.Batch = batch; one[1] {
					p.Alpha, p.Beta = .5, 1
				}
				Multiply(p)
			}
		}
	}
}
