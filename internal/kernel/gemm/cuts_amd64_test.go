package gemm

import (
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func init() {
	for _, size := range []*int{&GoodBlocks, &ChunkDepth, &wideCols, &leastRows, &sharePanels} {
		proof.Cut(size, 1, 1)
	}
	for _, size := range []*int{&BlockFlops, &shareFlops, &shareMemory, &wideRows} {
		proof.Cut(size, 100, 1)
	}
	proof.Cut(&blockCols, 2*MaxWidth, 2*MaxWidth)
	for _, m := range []*Micro{&MicroAVX2, &microAVX512} {
		proof.Cut(&m.rows, m.Height, m.Height)
		proof.Cut(&m.depth, 8, 8)
	}
}
