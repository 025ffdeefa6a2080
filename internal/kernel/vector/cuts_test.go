package vector

import (
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func init() {
	proof.Cut(&BlockSize, Costly, 1)
	proof.Cut(&ParallelFrom, Costly, 1)
}
