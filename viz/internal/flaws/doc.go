// Package flaws finds what is wrong with a drawing. It reads an SVG back without looking at what wrote it, and tells
// of boxes that overlap, texts that leave their box, wires that run through boxes or lead nowhere, and labels that are
// cut although there is room. Only tests import it.
//
// # Map
//
//	flaws.go   an SVG that is read back, and its flaws
//	labels.go  labels that are cut
package flaws
