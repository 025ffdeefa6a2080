// This file holds ReadImage, which makes a picture file an input of a model, and Drawn, which tells when to.

package data

import (
	"github.com/stheno-ml/stheno/data/internal/picture"
	"github.com/stheno-ml/stheno/graph"
)

// ReadImage reads the drawing in a PNG or JPEG file as grey values (1, h, w) in [0, 1], light on dark as digit data
// is, and as MNIST places it: fitted into the middle 20/28 of height and width, its centre of mass in the middle.
//
// A drawing is what stands out from the ground, which is estimated around each place, so that grey paper, shadows and
// the light of a lamp are ground, and ink may be dark or light and of any colour. Transparent parts are white paper.
// Strokes that are much thinner or thicker than a pen's are brought near to it. The EXIF orientation of a JPEG is
// honoured. A picture that has the size h×w already, on a ground of black or white, is taken as it is, and turned if
// it is white.
//
// All values are 0 if nothing is seen: if no part differs from its ground by a twentieth of the range, and by much
// more than noise does.
//
// Sides are at most 32,768 pixels, unpacked the picture takes at most 64 MiB, or 4 times the file, and a progressive
// JPEG has at most 100 scans. Errors name the file and are [ErrDamaged], or os.ErrNotExist.
func ReadImage(path string, h, w int) (graph.Tensor, error) {
	return picture.OpenDrawing(path, h, w)
}

// Drawn reports whether most of pictures (N, C, H, W) are drawings as those of MNIST are: of one channel, on black,
// and in the middle. It looks at some hundreds of them, evenly spread.
func Drawn(x graph.Tensor) bool { return picture.AreDrawings(x) }
