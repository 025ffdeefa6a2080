package kernel

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

func init() {
	proof.Cut(&gemm.SmallFlops, 1, 1)
	proof.Cut(&vector.BlockSize, vector.Costly, 1)
	proof.Cut(&vector.ParallelFrom, vector.Costly, 1)
	proof.Cut(&planeElements, 1, 1)
	proof.Cut(&randomBlock, 32, 32)
}
