// Package gemm has products of matrices: C = α·A·B + β·C, of a batch of matrices. It knows no convolutions; these use
// its micro-kernels, which compute a tile of C in registers.
//
//	gemm.go        the product as a value, and the plain form, by way of gonum
//	gemm_amd64.go  AVX2 and AVX-512: blocks, panels, and the micro-kernels of a width
//	gemm_other.go  no such form, on other processors
//
//	peak.go multiplyadds_amd64.go multiplyadds_other.go  what products are measured against: multiply-adds alone
//
//	tiles_amd64.s   the micro-kernels, which avo writes
//	tiles_amd64.go  their declarations
//	peak_amd64.s peak_amd64.go  multiply-adds in registers
package gemm
