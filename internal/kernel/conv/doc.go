// Package conv has convolutions: the pass forward, the gradient by the image and the gradient by the weights. All
// three are products of matrices. The ways differ in what they copy before they multiply; docs/architecture.md says
// which way is taken when.
//
//	conv.go                  the geometry, the plain form by columns, and the bias
//	window.go                where windows lie in an image
//	planes_amd64.go          planes of phases: the way of most sizes; and the choice between the ways
//	lanes_amd64.go           16 images side by side
//	columns_amd64.go         the gradient by the weights, few windows
//	thin_amd64.go            forward, one image with few windows: the weights fill the registers
//	rows_amd64.go            forward, pointwise, with packed weights
//	spread_amd64.go          the gradient by the image, few windows
//	weights_amd64.go         the gradient by the weights, many channels
//	filter_amd64.go          3×3, forward and by the image, by Winograd's minimal filtering
//	filter_weights_amd64.go  3×3, by the weights, by Winograd's minimal filtering
//	other.go                 stand-ins on other processors, which have none of these forms
//
//	winograd_amd64.s             Winograd's transforms, which avo writes
//	winograd_amd64.go            their declarations
//	winograd_choices_amd64.go    functions that take AVX2 or AVX-512
package conv
