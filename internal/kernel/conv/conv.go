package conv

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Conv is the geometry of a 2-D convolution (cross-correlation, the kernel is not flipped) of x (N, C, H, W) with
// weights w (K, C/Groups, KH, KW) to y (N, K, OH, OW):
//
//	y[n,k,i,j] = b[k] + Σ_{c,u,v} w[k,c,u,v] · x[n, g·C/Groups+c, i·StrideH-PadT+u·DilH, j·StrideW-PadL+v·DilW]
//
// where g is the group of k and x is 0 outside its borders. OH and OW are given, not derived: PadB and PadR do not
// enter the sum, and a transposed convolution may have rows that no window reaches.
type Conv struct {
	N, C, H, W             int
	K, KH, KW              int
	StrideH, StrideW       int
	PadT, PadB, PadL, PadR int
	DilH, DilW             int
	Groups                 int
	OH, OW                 int
}

// A convolution is a matrix product for each image and group: the weights (K/Groups, C/Groups·KH·KW) times the columns
// (C/Groups·KH·KW, OH·OW), one column for each window. Columns are made for some channels and some windows at a time:
// convColumns numbers at most, or one window of one channel if that has more taps. There are convBlocks pieces of
// scratch at most. Both are variables, so that tests can cut small shapes into many pieces.
var (
	convColumns = 1 << 14
	convBlocks  = 8
)

// leastWindows is how many windows an image needs so that a product for this image alone is fast enough: the gradient
// by the weights is then the sum of the products of all images.
const leastWindows = 32

// pointwise reports whether the columns are x itself.
func (c *Conv) pointwise() bool {
	return c.KH == 1 && c.KW == 1 && c.StrideH == 1 && c.StrideW == 1 && c.PadT == 0 && c.PadL == 0 &&
		c.OH == c.H && c.OW == c.W
}

// whole reports whether the only window is the whole image, so that images are rows of a matrix.
func (c *Conv) whole() bool {
	return c.Groups == 1 && c.OH == 1 && c.OW == 1 && c.PadT == 0 && c.PadL == 0 && c.DilH == 1 && c.DilW == 1 &&
		c.KH == c.H && c.KW == c.W
}

// product reports whether the convolution is a product without columns.
func (c *Conv) product() bool { return c.pointwise() || c.whole() }

// sums reports whether a pointwise convolution computes the gradient by the weights as one product for each image.
func (c *Conv) sums() bool { return c.N == 1 || c.OH*c.OW >= leastWindows }

// group returns the channels in and out of one group, the taps of a kernel and the windows of a plane.
func (c *Conv) group() (in, out, taps, windows int) {
	return c.C / c.Groups, c.K / c.Groups, c.KH * c.KW, c.OH * c.OW
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// even returns the size of pieces that cut n nearly evenly, size or less.
func even(n, size int) int {
	size = max(1, min(size, n))
	return max(1, parallel.Blocks(n, parallel.Blocks(n, size)))
}

// bands returns for how many windows and channels ConvForward makes columns at a time.
func (c *Conv) bands() (windows, channels int) {
	in, _, taps, all := c.group()
	windows = even(all, max(convColumns/(in*taps), min(256, convColumns/taps)))
	return windows, even(in, convColumns/(taps*windows))
}

// forward returns into how many items and blocks ConvForward cuts its work; a block does one or more items.
func (c *Conv) forward() (items, blocks int) {
	windows, _ := c.bands()
	items = c.N * c.Groups * parallel.Blocks(c.OH*c.OW, windows)
	return items, min(items, convBlocks)
}

// ForwardScratch returns the number of elements of scratch that ConvForward needs.
func (c Conv) ForwardScratch() int {
	if c.product() || c.empty() {
		return 0
	}
	windows, channels := c.bands()
	_, blocks := c.forward()
	return blocks * channels * c.KH * c.KW * windows
}

// empty reports whether there is nothing to multiply.
func (c *Conv) empty() bool {
	return c.N == 0 || c.C == 0 || c.K == 0 || c.OH*c.OW == 0 || c.KH*c.KW == 0 || c.H*c.W == 0
}

// PackedWeights returns how many numbers the weights of c take when [PackConv] lays them out for [ConvForwardPacked].
// It is 0 if there is no such form.
func (c Conv) PackedWeights() int {
	if c.empty() || c.whole() {
		return 0
	}
	return packedConv32(c)
}

// PackConv sets packed, c.PackedWeights() numbers, to the weights as [ConvForwardPacked] reads them.
func PackConv(c Conv, packed, w []float32) { packConv32(c, packed, w) }

// ConvForwardPacked is [ConvForward] with weights from [PackConv]. The result has the same bits.
func ConvForwardPacked(c Conv, y, x, packed, b []float32) {
	convForward32(c, y[:c.N*c.K*c.OH*c.OW], x, nil, b, packed)
}

// ConvForward sets y to the convolution of x with w, plus the bias b (K), which may be nil.
func ConvForward[T scalar.Float](c Conv, y, x, w, b, scratch []T) {
	y = y[:c.N*c.K*c.OH*c.OW]
	if c.empty() {
		fillBias(&c, y, b)
		return
	}
	in, out, taps, windows := c.group()
	if c.whole() {
		gemm.Multiply(gemm.Product[T]{M: c.N, N: out, K: in * taps, Batch: 1, A: gemm.Rows(x, in*taps),
			B: gemm.Rows(w, in*taps).T(),
			C: gemm.Rows(y, out), Alpha: 1, Bias: b})
		return
	}
	if c.pointwise() {
		for g := range c.Groups {
			p := gemm.Product[T]{M: out, N: windows, K: in, Batch: c.N, A: gemm.Rows(w[g*out*in:], in),
				B: gemm.Rows(x[g*in*windows:], windows).Every(c.C * windows),
				C: gemm.Rows(y[g*out*windows:], windows).Every(c.K * windows), Alpha: 1}
			if b != nil {
				p.Bias, p.BiasByRow = b[g*out:], true
			}
			gemm.Multiply(p)
		}
		return
	}
	if scalar.Single[T]() && convForward32(c, scalar.Floats32(y), scalar.Floats32(x), scalar.Floats32(w),
		scalar.Floats32(b), nil) {
		return
	}
	job := reuse.Take[convForward[T], T](&convForwardJobs)
	*job = convForward[T]{c: c, y: y, x: x, w: w, b: b, scratch: scratch}
	job.windows, job.channels = c.bands()
	job.items, job.blocks = c.forward()
	job.columns = job.channels * taps * job.windows
	parallel.Run(job.blocks, job)
	reuse.Give[T](&convForwardJobs, job)
}

// fillBias sets y to the bias, or to 0 without one.
func fillBias[T scalar.Float](c *Conv, y, b []T) {
	if b == nil {
		clear(y)
		return
	}
	ChannelFill(c.N, c.K, c.OH*c.OW, y, b)
}

var convForwardJobs reuse.Jobs

type convForward[T scalar.Float] struct {
	c                         Conv
	y, x, w, b, scratch       []T
	windows, channels, blocks int
	items, columns            int
}

// Block does some items. An item is a band of windows of one group of one image.
func (f *convForward[T]) Block(i int) {
	c := &f.c
	in, out, taps, all := c.group()
	cols := f.scratch[i*f.columns : (i+1)*f.columns]
	bands := parallel.Blocks(all, f.windows)
	for item := i * f.items / f.blocks; item < (i+1)*f.items/f.blocks; item++ {
		n, g := item/bands/c.Groups, item/bands%c.Groups
		lo, hi := parallel.Bounds(item%bands, f.windows, all)
		y := f.y[(n*c.K+g*out)*all+lo:]
		beta := T(0)
		if f.b != nil {
			for k := range out {
				row, v := y[k*all:k*all+hi-lo], f.b[g*out+k]
				for j := range row {
					row[j] = v
				}
			}
			beta = 1
		}
		for ch := 0; ch < in; ch += f.channels {
			some := min(f.channels, in-ch)
			imageToColumns(c, cols, f.x[(n*c.C+g*in+ch)*c.H*c.W:], some, lo, hi)
			gemm.Multiply(gemm.Product[T]{M: out, N: hi - lo, K: some * taps, Batch: 1,
				A: gemm.Rows(f.w[(g*out*in+ch)*taps:], in*taps),
				B: gemm.Rows(cols, hi-lo), C: gemm.Rows(y, all), Alpha: 1, Beta: beta})
			beta = 1
		}
	}
}

// imageToColumns sets cols to the columns of windows [lo, hi) over some channels of x: rows (c, u, v), a column for
// each window.
func imageToColumns[T scalar.Float](c *Conv, cols, x []T, channels, lo, hi int) {
	width := hi - lo
	first, last := lo/c.OW, (hi-1)/c.OW
	for ch := range channels {
		plane := x[ch*c.H*c.W : (ch+1)*c.H*c.W]
		for u := range c.KH {
			for v := range c.KW {
				row := cols[:width]
				cols = cols[width:]
				offset := v*c.DilW - c.PadL
				inLo, inHi := Span(c.OW, c.W, c.StrideW, offset)
				for i := first; i <= last; i++ {
					jLo, jHi := max(lo-i*c.OW, 0), min(hi-i*c.OW, c.OW)
					line := row[:jHi-jLo]
					row = row[jHi-jLo:]
					h := i*c.StrideH - c.PadT + u*c.DilH
					from, to := max(inLo, jLo), min(inHi, jHi)
					if h < 0 || h >= c.H || from >= to {
						clear(line)
						continue
					}
					clear(line[:from-jLo])
					clear(line[to-jLo:])
					line = line[from-jLo : to-jLo]
					src := plane[h*c.W+from*c.StrideW+offset : (h+1)*c.W]
					if c.StrideW == 1 {
						copy(line, src)
						continue
					}
					for j := range line {
						line[j] = src[j*c.StrideW]
					}
				}
			}
		}
	}
}

// columnsToImage is the transpose of imageToColumns: it adds each element of cols to the element of x that
// imageToColumns would copy there. Rows of cols are pitch apart.
func columnsToImage[T scalar.Float](c *Conv, x, cols []T, pitch, channels, lo, hi int) {
	width, at := hi-lo, 0
	first, last := lo/c.OW, (hi-1)/c.OW
	for ch := range channels {
		plane := x[ch*c.H*c.W : (ch+1)*c.H*c.W]
		for u := range c.KH {
			for v := range c.KW {
				row := cols[at : at+width]
				at += pitch
				offset := v*c.DilW - c.PadL
				inLo, inHi := Span(c.OW, c.W, c.StrideW, offset)
				for i := first; i <= last; i++ {
					jLo, jHi := max(lo-i*c.OW, 0), min(hi-i*c.OW, c.OW)
					line := row[:jHi-jLo]
					row = row[jHi-jLo:]
					h := i*c.StrideH - c.PadT + u*c.DilH
					from, to := max(inLo, jLo), min(inHi, jHi)
					if h < 0 || h >= c.H || from >= to {
						continue
					}
					line = line[from-jLo : to-jLo]
					dst := plane[h*c.W+from*c.StrideW+offset : (h+1)*c.W]
					if c.StrideW == 1 {
						dst = dst[:len(line)]
						for j, d := range line {
							dst[j] += d
						}
						continue
					}
					for j, d := range line {
						dst[j*c.StrideW] += d
					}
				}
			}
		}
	}
}

// backwardData returns into how many items and blocks ConvBackwardData cuts its work; a block does one or more items.
func (c *Conv) backwardData() (items, blocks int) {
	in, _, _, _ := c.group()
	_, channels := c.backwardBands()
	items = c.N * c.Groups * parallel.Blocks(in, channels)
	return items, min(items, convBlocks)
}

// backwardBands returns for how many windows and channels ConvBackwardData makes columns at a time. An item is some
// channels with all windows, because windows of one image overlap: two items may not add to the same element.
func (c *Conv) backwardBands() (windows, channels int) {
	in, _, taps, all := c.group()
	channels = min(in, max(1, 64/taps))
	windows = even(all, convColumns/(channels*taps))
	return windows, even(in, max(channels, convColumns/(taps*windows)))
}

// BackwardDataScratch returns the number of elements of scratch that ConvBackwardData needs.
func (c Conv) BackwardDataScratch() int {
	if c.product() || c.empty() {
		return 0
	}
	windows, channels := c.backwardBands()
	_, blocks := c.backwardData()
	return blocks * channels * c.KH * c.KW * windows
}

// ConvBackwardData sets dx (N, C, H, W) to the gradient by x, given dy (N, K, OH, OW). The same function of dy is the
// transposed convolution.
func ConvBackwardData[T scalar.Float](c Conv, dx, dy, w, scratch []T) {
	dx = dx[:c.N*c.C*c.H*c.W]
	if c.empty() {
		clear(dx)
		return
	}
	in, out, taps, windows := c.group()
	if c.whole() {
		gemm.Multiply(gemm.Product[T]{M: c.N, N: in * taps, K: out, Batch: 1, A: gemm.Rows(dy, out),
			B: gemm.Rows(w, in*taps),
			C: gemm.Rows(dx, in*taps), Alpha: 1})
		return
	}
	if c.pointwise() {
		for g := range c.Groups {
			gemm.Multiply(gemm.Product[T]{M: in, N: windows, K: out, Batch: c.N, A: gemm.Rows(w[g*out*in:], in).T(),
				B: gemm.Rows(dy[g*out*windows:], windows).Every(c.K * windows),
				C: gemm.Rows(dx[g*in*windows:], windows).Every(c.C * windows), Alpha: 1})
		}
		return
	}
	if scalar.Single[T]() && convBackwardData32(c, scalar.Floats32(dx), scalar.Floats32(dy), scalar.Floats32(w)) {
		return
	}
	job := reuse.Take[convBackwardData[T], T](&convBackwardDataJobs)
	*job = convBackwardData[T]{c: c, dx: dx, dy: dy, w: w, scratch: scratch}
	job.windows, job.channels = c.backwardBands()
	job.items, job.blocks = c.backwardData()
	job.columns = job.channels * taps * job.windows
	parallel.Run(job.blocks, job)
	reuse.Give[T](&convBackwardDataJobs, job)
}

var convBackwardDataJobs reuse.Jobs

type convBackwardData[T scalar.Float] struct {
	c                         Conv
	dx, dy, w, scratch        []T
	windows, channels, blocks int
	items, columns            int
}

// Block does some items. An item is some channels of one group of one image.
func (f *convBackwardData[T]) Block(i int) {
	c := &f.c
	in, out, taps, all := c.group()
	cols := f.scratch[i*f.columns : (i+1)*f.columns]
	chunks := parallel.Blocks(in, f.channels)
	for item := i * f.items / f.blocks; item < (i+1)*f.items/f.blocks; item++ {
		n, g := item/chunks/c.Groups, item/chunks%c.Groups
		ch, chEnd := parallel.Bounds(item%chunks, f.channels, in)
		dx := f.dx[(n*c.C+g*in+ch)*c.H*c.W : (n*c.C+g*in+chEnd)*c.H*c.W]
		clear(dx)
		for lo := 0; lo < all; lo += f.windows {
			hi := min(lo+f.windows, all)
			gemm.Multiply(gemm.Product[T]{M: (chEnd - ch) * taps, N: hi - lo, K: out, Batch: 1,
				A: gemm.Rows(f.w[(g*out*in+ch)*taps:], in*taps).T(), B: gemm.Rows(f.dy[(n*c.K+g*out)*all+lo:], all),
				C: gemm.Rows(cols, hi-lo), Alpha: 1})
			columnsToImage(c, dx, cols, hi-lo, chEnd-ch, lo, hi)
		}
	}
}

// weightBands returns for how many windows and channels ConvBackwardWeights makes columns at a time, and into how many
// parts it cuts the images. There are several parts if the channels alone give too few items.
func (c *Conv) weightBands() (windows, channels, parts int) {
	in, _, taps, all := c.group()
	channels = even(in, max(1, 128/taps))
	windows = even(all, max(1, convColumns/(channels*taps)))
	return windows, channels, min(c.N, parallel.Blocks(convBlocks, c.Groups*parallel.Blocks(in, channels)))
}

// BackwardWeightsScratch returns the number of elements of scratch that ConvBackwardWeights needs.
func (c Conv) BackwardWeightsScratch() int {
	if c.empty() || c.whole() || c.pointwise() && c.sums() {
		return 0
	}
	windows, channels, parts := c.weightBands()
	in, out, taps, _ := c.group()
	items := c.Groups * parallel.Blocks(in, channels) * parts
	size := min(items, convBlocks) * channels * taps * windows
	if parts > 1 {
		size += parts * c.Groups * out * in * taps
	}
	return size
}

// ConvBackwardWeights sets dw (K, C/Groups, KH, KW) to the gradient by the weights, given dy (N, K, OH, OW). It is a
// sum over the images, taken in parts. The number of parts depends on the sizes alone; each part is summed in the
// order of the images.
func ConvBackwardWeights[T scalar.Float](c Conv, dw, x, dy, scratch []T) {
	in, out, taps, windows := c.group()
	dw = dw[:c.K*in*taps]
	if c.empty() {
		clear(dw)
		return
	}
	if c.whole() {
		gemm.Multiply(gemm.Product[T]{M: out, N: in * taps, K: c.N, Batch: 1, A: gemm.Rows(dy, out).T(),
			B: gemm.Rows(x, in*taps),
			C: gemm.Rows(dw, in*taps), Alpha: 1})
		return
	}
	if c.pointwise() && c.sums() {
		for g := range c.Groups {
			for n := range c.N {
				dy, x := dy[(n*c.K+g*out)*windows:], x[(n*c.C+g*in)*windows:]
				gemm.Multiply(gemm.Product[T]{M: out, N: in, K: windows, Batch: 1, A: gemm.Rows(dy, windows),
					B: gemm.Rows(x, windows).T(),
					C: gemm.Rows(dw[g*out*in:], in), Alpha: 1, Beta: T(b2i(n > 0))})
			}
		}
		return
	}
	if scalar.Single[T]() && convBackwardWeights32(c, scalar.Floats32(dw), scalar.Floats32(x), scalar.Floats32(dy)) {
		return
	}
	job := reuse.Take[convBackwardWeights[T], T](&convBackwardWeightsJobs)
	*job = convBackwardWeights[T]{c: c, dw: dw, x: x, dy: dy}
	job.windows, job.channels, job.parts = c.weightBands()
	job.columns = job.channels * taps * job.windows
	job.items = c.Groups * parallel.Blocks(in, job.channels) * job.parts
	job.blocks = min(job.items, convBlocks)
	job.scratch = scratch[:job.blocks*job.columns]
	if job.parts > 1 {
		job.dw = scratch[job.blocks*job.columns:][:job.parts*len(dw)]
	}
	parallel.Run(job.blocks, job)
	if job.parts > 1 {
		copy(dw, job.dw)
		for p := 1; p < job.parts; p++ {
			part := job.dw[p*len(dw) : (p+1)*len(dw)]
			for i, d := range part {
				dw[i] += d
			}
		}
	}
	reuse.Give[T](&convBackwardWeightsJobs, job)
}

var convBackwardWeightsJobs reuse.Jobs

type convBackwardWeights[T scalar.Float] struct {
	c Conv
	// dw holds one gradient for each part.
	dw, x, dy, scratch        []T
	windows, channels, blocks int
	parts, items, columns     int
}

// Block does some items. An item is some channels of one group, summed over one part of the images.
func (f *convBackwardWeights[T]) Block(i int) {
	c := &f.c
	in, out, taps, all := c.group()
	cols := f.scratch[i*f.columns : (i+1)*f.columns]
	chunks := parallel.Blocks(in, f.channels)
	for item := i * f.items / f.blocks; item < (i+1)*f.items/f.blocks; item++ {
		part, g := item/chunks/c.Groups, item/chunks%c.Groups
		ch, chEnd := parallel.Bounds(item%chunks, f.channels, in)
		dw := f.dw[((part*c.K+g*out)*in+ch)*taps:]
		beta := T(0)
		for n := part * c.N / f.parts; n < (part+1)*c.N/f.parts; n++ {
			for lo := 0; lo < all; lo += f.windows {
				hi := min(lo+f.windows, all)
				imageToColumns(c, cols, f.x[(n*c.C+g*in+ch)*c.H*c.W:], chEnd-ch, lo, hi)
				gemm.Multiply(gemm.Product[T]{M: out, N: (chEnd - ch) * taps, K: hi - lo, Batch: 1,
					A: gemm.Rows(f.dy[(n*c.K+g*out)*all+lo:], all), B: gemm.Rows(cols, hi-lo).T(),
					C: gemm.Rows(dw, in*taps), Alpha: 1, Beta: beta})
				beta = 1
			}
		}
	}
}

// ChannelFill sets each element of y (n, c, size) to the value of its channel.
func ChannelFill[T scalar.Float](n, c, size int, y, value []T) {
	for p := range n * c {
		row, v := y[p*size:(p+1)*size], value[p%c]
		for i := range row {
			row[i] = v
		}
	}
}

// ChannelAdd adds to each element of y (n, c, size) the value of its channel.
func ChannelAdd[T scalar.Float](n, c, size int, y, value []T) {
	for p := range n * c {
		row, v := y[p*size:(p+1)*size], value[p%c]
		for i := range row {
			row[i] += v
		}
	}
}
