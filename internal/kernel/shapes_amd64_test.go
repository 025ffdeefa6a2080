package kernel

func init() {
	for _, size := range []*int{&planesBlock, &tapChunk, &planeBand, &dotRun, &lanesPixels, &lanesResults,
		&lanesChunk, &lanesRun, &sumsRun,
		&winogradPixels, &winogradStrips, &winogradResults, &winogradWide, &filterSumsTiles, &goodBlocks,
		&columnsWindows, &columnsFiltered, &columnsLeast, &winogradGroup, &winogradDeep, &winogradFew,
		&thinWindows, &thinFiltered, &thinResults, &thinTaps, &thinColumns,
		&spreadWindows, &spreadLeast, &spreadBatch, &spreadColumns,
		&chunkDepth, &wideCols, &leastRows, &sharePanels} {
		cuts(size, 1, 1)
	}
	for _, size := range []*int{&planesMemory, &lanesMemory, &sumsMemory, &spreadMemory, &winogradWeights, &blockFlops,
		&shareFlops, &shareMemory} {
		cuts(size, 100, 1)
	}
	cuts(&lanesAgain, 0, 1)
	cuts(&blockCols, 2*maxWidth, 2*maxWidth)
	for _, m := range []*micro{&microAVX2, &microAVX512} {
		cuts(&m.rows, m.height, m.height)
		cuts(&m.depth, 8, 8)
	}
}
