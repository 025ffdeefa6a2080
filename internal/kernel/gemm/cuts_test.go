package gemm

import (
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func init() { proof.Cut(&SmallFlops, 1, 1) }
