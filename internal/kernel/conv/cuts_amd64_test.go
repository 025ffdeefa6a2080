package conv

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

func init() {
	for _, size := range []*int{&planesBlock, &tapChunk, &planeBand, &dotRun, &lanesPixels, &lanesResults,
		&lanesChunk, &lanesRun, &sumsRun,
		&winogradPixels, &winogradStrips, &winogradResults, &winogradWide, &filterSumsTiles, &gemm.GoodBlocks,
		&columnsWindows, &columnsFiltered, &columnsLeast, &winogradGroup, &winogradDeep, &winogradFew,
		&rowsPanels, &rowsChannels, &thinWindows, &thinFiltered, &thinResults, &thinTaps, &thinColumns,
		&spreadWindows, &spreadLeast, &spreadBatch, &spreadColumns,
		&gemm.ChunkDepth} {
		proof.Cut(size, 1, 1)
	}
	for _, size := range []*int{&planesMemory, &lanesMemory, &sumsMemory, &spreadMemory, &winogradWeights,
		&gemm.BlockFlops} {
		proof.Cut(size, 100, 1)
	}
	proof.Cut(&lanesAgain, 0, 1)
}
