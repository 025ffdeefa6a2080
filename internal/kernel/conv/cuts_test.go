package conv

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func init() {
	proof.Cut(&gemm.SmallFlops, 1, 1)
	proof.Cut(&convColumns, 1, 1)
	proof.Cut(&convBlocks, 1, 1)
}
