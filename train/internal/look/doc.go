// Package look measures tensors for the looks of a Watch, and packs looks into a tensor.
//
// What is said of many numbers is in measure.go. A checkpoint holds tensors alone, so that pack.go makes one of looks,
// and looks of one.
package look
