// Package conv has convolutions: forward, and their gradients by the image and by the weights. All are products of
// matrices; the ways differ in what is copied so that it can be multiplied, and docs/architecture.md says which is
// taken when.
//
//	conv.go                  the geometry, the plain form by columns, and the bias
//	window.go                where windows lie in an image
//	planes_amd64.go          by planes of phases, the way of most; and which way is taken
//	lanes_amd64.go           16 images side by side
//	columns_amd64.go         few windows, by columns
//	thin_amd64.go            one image with few windows: the weights fill the registers
//	spread_amd64.go          the gradient by an image of few windows
//	weights_amd64.go         the gradient by the weights, many channels
//	filter_amd64.go          3×3 by Winograd's minimal filtering
//	filter_weights_amd64.go  the same for the gradient by the weights
//	other.go                 no such forms, on other processors
//
//	winograd_amd64.s             Winograd's transforms, which avo writes
//	winograd_amd64.go            their declarations
//	winograd_choices_amd64.go    functions that take AVX2 or AVX-512
package conv
