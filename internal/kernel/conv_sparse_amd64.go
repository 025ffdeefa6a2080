package kernel

// Convolutions of 1×1 with strides in float32: those of 1×1 without, of the pixels that windows see, which are a copy of
// some of the image. Three pixels of four are neither read by the products nor written.

import "github.com/stheno-ml/stheno/internal/parallel"

// sparseWindows is how many windows an image has at least, where y or the weights are wanted: a product for each image
// needs that many columns.
var sparseWindows = 64

// sparse reports whether the convolution is one for this.
func (c *Conv) sparse() bool {
	return c.KH == 1 && c.KW == 1 && c.StrideH*c.StrideW > 1 && c.Groups == 1 && c.PadT == 0 && c.PadL == 0 &&
		(c.OH-1)*c.StrideH < c.H && (c.OW-1)*c.StrideW < c.W
}

// dense is the convolution of the pixels that are seen.
func (c *Conv) dense() Conv {
	d := *c
	d.H, d.W, d.StrideH, d.StrideW, d.PadB, d.PadR = c.OH, c.OW, 1, 1, 0, 0
	return d
}

// sparseJob copies planes: those of the image to seen ones, or back, to planes that are 0 elsewhere.
type sparseJob struct {
	c             Conv
	x             []float32
	seen, scratch []float32
	back          bool
	per           int // planes of a block
}

var sparseJobs = spares{fresh: func() any { return new(sparseJob) }}

func (c *Conv) takeSparse(x []float32) *sparseJob {
	j := sparseJobs.Get().(*sparseJob)
	j.c, j.x, j.per = *c, x, max(1, planeElements/(c.H*c.W))
	room(&j.seen, c.N*c.C*c.OH*c.OW)
	return j
}

func (j *sparseJob) run(back bool) {
	j.back = back
	parallel.Run(parallel.Blocks(j.c.N*j.c.C, j.per), j)
}

func (j *sparseJob) give() {
	*j = sparseJob{seen: j.seen, scratch: j.scratch}
	sparseJobs.Put(j)
}

// Block copies some planes.
func (j *sparseJob) Block(i int) {
	c := &j.c
	lo, hi := parallel.Bounds(i, j.per, c.N*c.C)
	for p := lo; p < hi; p++ {
		x, seen := j.x[p*c.H*c.W:(p+1)*c.H*c.W], j.seen[p*c.OH*c.OW:(p+1)*c.OH*c.OW]
		if j.back {
			clear(x)
		}
		for r := range c.OH {
			from, to := x[r*c.StrideH*c.W:], seen[r*c.OW:(r+1)*c.OW]
			switch {
			case j.back:
				for s, v := range to {
					from[s*c.StrideW] = v
				}
			case c.StrideW == 2:
				everySecond(to, from)
			default:
				for s := range to {
					to[s] = from[s*c.StrideW]
				}
			}
		}
	}
}

func (c *Conv) sparseForward(y, x, w, b []float32) {
	j := c.takeSparse(x)
	j.run(false)
	ConvForward(c.dense(), y, j.seen, w, b, nil)
	j.give()
}

func (c *Conv) sparseData(dx, dy, w []float32) {
	j := c.takeSparse(dx)
	ConvBackwardData(c.dense(), j.seen, dy, w, nil)
	j.run(true)
	j.give()
}

func (c *Conv) sparseWeights(dw, x, dy []float32) {
	j := c.takeSparse(x)
	j.run(false)
	d := c.dense()
	ConvBackwardWeights(d, dw, j.seen, dy, room(&j.scratch, d.BackwardWeightsScratch()))
	j.give()
}
