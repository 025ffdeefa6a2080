// Package gemm has products of matrices: C = α·A·B + β·C, of a batch of matrices. It knows nothing of convolutions.
// Package conv uses its micro-kernels, which compute a tile of C in registers.
//
//	gemm.go        the product as a value, and the plain form, which calls gonum
//	gemm_amd64.go  AVX2 and AVX-512: blocks, panels, and the set of micro-kernels of each form
//	gemm_other.go  stand-ins on other processors, which have none of these forms
//
//	peak.go multiplyadds_amd64.go multiplyadds_other.go  multiply-adds alone, the measure of products
//
//	tiles_amd64.s   the micro-kernels, which avo writes
//	tiles_amd64.go  their declarations
//	edges_amd64.go  lists of them by the size of a tile
//	peak_amd64.s peak_amd64.go  multiply-adds in registers
package gemm
