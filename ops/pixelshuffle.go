// This file holds PixelShuffle, which makes pictures larger by taking pixels from channels, and its inverse.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// PixelShuffle puts r·r channels side by side, as a picture of r times the height and width:
//
//	x (…, C·r², H, W) → y (…, C, H·r, W·r)        y[…,c, h·r+i, w·r+j] = x[…,c·r²+i·r+j, h, w]
//
// as PyTorch. It is an error if x has fewer than three axes, or r² does not divide the channels. See Shi et al. 2016.
func PixelShuffle(x graph.Node, r int) graph.Node {
	const name = "pixel-shuffle"
	if !x.Valid() {
		return x
	}
	if err := shufflable(x, r); err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	c, h, w := x.Dim(-3), x.Dim(-2), x.Dim(-1)
	if c%(r*r) != 0 {
		return graph.Failf(name, []graph.Node{x}, "r is %d, and x has %d channels, which %d do not divide",
			r, c, r*r)
	}
	y := Reshape(x, -1, c/(r*r), r, r, h, w) // (N, C, i, j, H, W)
	y = Transpose(y, 0, 1, 4, 2, 5, 3)       // (N, C, H, i, W, j)
	return Reshape(y, leading(x, c/(r*r), h*r, w*r)...)
}

// PixelUnshuffle is the inverse of [PixelShuffle]: it puts the pixels of each square of r·r into channels,
//
//	x (…, C, H·r, W·r) → y (…, C·r², H, W)        y[…,c·r²+i·r+j, h, w] = x[…,c, h·r+i, w·r+j]
//
// It is an error if x has fewer than three axes, or r does not divide height and width.
func PixelUnshuffle(x graph.Node, r int) graph.Node {
	const name = "pixel-unshuffle"
	if !x.Valid() {
		return x
	}
	if err := shufflable(x, r); err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	c, h, w := x.Dim(-3), x.Dim(-2), x.Dim(-1)
	if h%r != 0 || w%r != 0 {
		return graph.Failf(name, []graph.Node{x}, "r is %d, which does not divide planes of %d×%d", r, h, w)
	}
	y := Reshape(x, -1, c, h/r, r, w/r, r) // (N, C, H, i, W, j)
	y = Transpose(y, 0, 1, 3, 5, 2, 4)     // (N, C, i, j, H, W)
	return Reshape(y, leading(x, c*r*r, h/r, w/r)...)
}

// leading is the shape of x with other numbers of channels, rows and columns.
func leading(x graph.Node, c, h, w int) []int {
	n := x.Rank() - 3
	return append(append([]int{}, x.Shape()[:n]...), c, h, w)
}

// shufflable reports operands that neither function takes. r·r does not overflow for an r that passes.
func shufflable(x graph.Node, r int) error {
	if x.Rank() < 3 {
		return fmt.Errorf("x has rank %d, want (…, C, H, W)", x.Rank())
	}
	return allowed("r", r)
}
