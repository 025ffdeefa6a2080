package conv

// The gradient by the weights in float32 for more than a few channels, as products of panels.
//
// For a tap (u, v) the gradient is the product of dy (K, windows) and the image (windows, C), read at a place that the
// tap shifts. Windows are counted along whole rows of planes, as in planes_amd64.go; dy has zeros for windows that
// reach beyond the end of a row. A panel of B is the transpose of as many planes as a tile has columns, a channel
// each. The same panel, read further on, is the panel of another tap. A panel of A is the transpose of rows of dy. A
// tile of the result belongs to one tap. Planes have phases for rows alone: the places of neighbouring windows are
// StrideW rows of the panel apart.
//
// Many small images are interleaved, as in lanes_amd64.go: then a row of windows is long enough by itself, and no
// window reaches beyond it.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

const sumsChannels = 8 // with fewer channels, most of a panel is empty

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	sumsRun    = 1 << 9  // places of planes of small images that are copied at a time
	sumsMemory = 1 << 21 // elements of partial sums at most
)

// sumsJob computes the gradient by the weights.
type sumsJob struct {
	planes
	c             Conv
	x, dy, dw     []float32
	kernels       *gemm.Micro
	images        int // images whose windows are copied at a time
	parts, blocks int // parts of the images, and blocks of the panels
	panelCount    int // panels of the channels of a group
	step          int // rows of a panel between neighbouring windows
	total         int // elements of the sums of one part: (group, tap, panel, K/Groups, width)
	sums          []float32
	lanes         *lanesJob // the interleaved images, or nil
}

var sumsJobs = reuse.Spares{Fresh: func() any { return new(sumsJob) }}

// sumWeights computes dw.
func (c *Conv) sumWeights(dw, x, dy []float32) {
	in, out, taps, _ := c.group()
	j := sumsJobs.Get().(*sumsJob)
	j.c, j.x, j.dy, j.dw, j.kernels = *c, x, dy, dw, gemm.MicroFor(in)
	j.planes = c.planes()
	j.strideW, j.phasesW, j.width, j.step = 1, 1, gemm.RoundUp(c.width(), c.StrideW), c.StrideW
	j.images = max(1, min(c.N, sumsRun/(j.rows*j.width)))
	if c.StrideH == 1 && c.StrideW == 1 && c.laneable(c.C, c.rows()*c.width(), c.OH*c.OW) {
		j.images, j.lanes = lanes, lanesJobs.Get().(*lanesJob)
		j.lanes.takeBoth(c, x, dy, frame{c.OH, c.OW, 0, 0, c.OH, c.OW, 1})
	}
	groups := parallel.Blocks(c.N, j.images)
	j.panelCount = parallel.Blocks(in, j.kernels.Width)
	j.total = c.Groups * taps * j.panelCount * out * j.kernels.Width
	j.parts = max(1, min(groups, gemm.GoodBlocks, sumsMemory/j.total))
	j.blocks = min(j.panelCount, parallel.Blocks(gemm.GoodBlocks, c.Groups*j.parts))
	reuse.Room(&j.sums, j.parts*j.total)
	parallel.Run(c.Groups*j.parts*j.blocks, j)
	parallel.Run(c.K, (*sumsOut)(j))
	if j.lanes != nil {
		j.lanes.give()
	}
	*j = sumsJob{sums: j.sums}
	sumsJobs.Put(j)
}

// planes returns how the image is copied for windows of c.
func (c *Conv) planes() planes {
	p := planes{h: c.H, w: c.W, strideH: c.StrideH, strideW: c.StrideW, phasesH: c.StrideH, phasesW: c.StrideW,
		padT: c.PadT, padL: c.PadL,
		rows: c.OH + (c.KH-1)*c.DilH/c.StrideH, width: c.OW + (c.KW-1)*c.DilW/c.StrideW}
	if c.KH == 1 {
		p.phasesH = 1
	}
	if c.KW == 1 {
		p.phasesW = 1
	}
	return p
}

// Block sums some panels of one group over one part of the images.
func (j *sumsJob) Block(i int) {
	c := &j.c
	block, i := i%j.blocks, i/j.blocks
	part, g := i%j.parts, i/j.parts
	lo, hi := block*j.panelCount/j.blocks, (block+1)*j.panelCount/j.blocks
	groups := parallel.Blocks(c.N, j.images)
	s := convSpaces.Get().(*convSpace)
	sums := j.sums[part*j.total+g*j.total/c.Groups:]
	first := part * groups / j.parts
	for group := first; group < (part+1)*groups/j.parts; group++ {
		if j.lanes != nil {
			j.addInterleaved(s, sums, group, lo, hi, group > first)
		} else {
			j.addPlanes(s, sums, group, g, lo, hi, group > first)
		}
	}
	convSpaces.Put(s)
}

// addPlanes adds the products of some images to panels [lo, hi) of a group, or without add sets the panels.
func (j *sumsJob) addPlanes(s *convSpace, sums []float32, group, g, lo, hi int, add bool) {
	c, width := &j.c, j.kernels.Width
	in, out, _, windows := c.group()
	channels := min(hi*width, in) - lo*width
	size, per := j.rows*j.width, j.strideH
	run := j.images * size // length of one plane of all images, one after the other
	windowsRow, windowsRun := j.width/j.step, run/j.step
	planes, dy := reuse.Room(&s.planes, channels*per*run), reuse.Room(&s.dy, out*windowsRun)
	transposed := reuse.Room(&s.result, (hi-lo)*per*run*width)
	clear(dy) // what is beyond the windows of a row stays 0
	first := group * j.images
	count := min(j.images, c.N-first)
	for n := range count {
		for ch := range channels {
			j.copyPlane(planes[ch*per*run+n*size:], run, j.x[((first+n)*c.C+g*in+lo*width+ch)*c.H*c.W:], 0, j.rows)
		}
		for k := range out {
			to, from := dy[k*windowsRun+n*size/j.step:], j.dy[((first+n)*c.K+g*out+k)*windows:]
			for r := range c.OH {
				copy(to[r*windowsRow:r*windowsRow+c.OW], from[r*c.OW:(r+1)*c.OW])
			}
		}
	}
	for p := range hi - lo {
		for phase := range per {
			j.kernels.TransposePanel(transposed[(p*per+phase)*run*width:][:run*width],
				planes[(p*width*per+phase)*run:],
				per*run, min(width, channels-p*width), run)
		}
	}
	length := ((count-1)*size+(c.OH-1)*j.width)/j.step + c.OW
	depth := gemm.Evenly(length, gemm.ChunkDepth, 1)
	for at := 0; at < length; at += depth {
		j.addRun(s, sums, gemm.Rows(dy[at:], windowsRun), min(depth, length-at),
			gemm.Rows(transposed[at*j.step*width:], per*run*width),
			lo, hi, add)
		add = true
	}
}

// addInterleaved does what addPlanes does, for 16 interleaved images.
func (j *sumsJob) addInterleaved(s *convSpace, sums []float32, group, lo, hi int, add bool) {
	c, width := &j.c, j.kernels.Width
	run := j.rows * j.width * lanes
	transposed := reuse.Room(&s.result, (hi-lo)*run*width)
	for p := range hi - lo {
		first := (lo + p) * width
		j.kernels.TransposePanel(transposed[p*run*width:(p+1)*run*width],
			j.lanes.interleaved[(group*c.C+first)*run:], run,
			min(width, c.C-first), run)
	}
	windows := c.OH * c.OW * lanes
	length := c.OW * lanes
	depth := gemm.Evenly(length, gemm.ChunkDepth, 1)
	for r := range c.OH {
		for at := 0; at < length; at += depth {
			dy := gemm.Rows(j.lanes.dyInterleaved[group*c.K*windows+r*length+at:], windows)
			panels := gemm.Rows(transposed[(r*j.width*lanes+at)*width:], run*width)
			j.addRun(s, sums, dy, min(depth, length-at), panels, lo, hi, add)
			add = true
		}
	}
}

// addRun adds the products of k windows, rows of dy times panels of the image, to panels [lo, hi) of sums.
func (j *sumsJob) addRun(s *convSpace, sums []float32, dy gemm.Matrix[float32], k int, panels gemm.Matrix[float32], lo,
	hi int,
	add bool) {
	c, kernels := &j.c, j.kernels
	_, out, taps, _ := c.group()
	pixel, phase := kernels.Width, panels.Row/j.strideH
	if j.lanes != nil {
		pixel *= lanes
	}
	columns := reuse.Room(&s.products, gemm.RoundUp(out, kernels.Height)*gemm.ChunkDepth)
	kernels.PackA(columns, dy, 0, out, 0, k)
	for p := range hi - lo {
		for t := range taps {
			u, v := t/c.KW*c.DilH, t%c.KW*c.DilW
			from := panels.Data[p*panels.Row+u%j.strideH*phase+(u/j.strideH*j.width+v)*pixel:]
			to := sums[(t*j.panelCount+lo+p)*out*kernels.Width:]
			for m := 0; m < out; m += kernels.Height {
				rows, a, c := min(kernels.Height, out-m), &columns[m*k], &to[m*kernels.Width]
				if j.step == 1 {
					kernels.MultiplyPanel[rows](k, a, &from[0], c, 4*kernels.Width, 1, add)
				} else {
					kernels.MultiplyTile[rows](k, a, 4, 4*kernels.Height, &from[0], 4*kernels.Width*j.step, c,
						4*kernels.Width, 1, add)
				}
			}
		}
	}
}

// sumsOut adds up the parts of one output channel and copies the gradient to its place.
type sumsOut sumsJob

func (q *sumsOut) Block(k int) {
	j := (*sumsJob)(q)
	in, out, taps, _ := j.c.group()
	g, width := k/out, j.kernels.Width
	for p := range j.panelCount {
		for t := range taps {
			sum := j.sums[((g*taps+t)*j.panelCount+p)*out*width+k%out*width:][:width]
			for part := 1; part < j.parts; part++ {
				for i, v := range j.sums[part*j.total+((g*taps+t)*j.panelCount+p)*out*width+k%out*width:][:width] {
					sum[i] += v
				}
			}
			for i := range min(width, in-p*width) {
				j.dw[(k*in+p*width+i)*taps+t] = sum[i]
			}
		}
	}
}
