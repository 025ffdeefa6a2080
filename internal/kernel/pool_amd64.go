package kernel

import "github.com/stheno-ml/stheno/internal/parallel"

// maxRuns does a plane of a maximum in float32 of which no places are wanted, and reports whether it has. The plane is
// copied with its padding, -Inf; then one pass takes the largest along the rows, of all of it as if it were one line,
// and another those down the columns. So what windows share is looked at once, and it does not matter how short rows
// are. Each window's elements are still compared in the order of its rows, so of equal ones, and of NaNs, the first is
// taken.
func (f *planeLoop[T]) maxRuns(plane int) bool {
	p := &f.pool
	if f.index != nil || !vectors[T]() || p.StrideW > 2 {
		return false
	}
	width, rows := (p.OW-1)*p.StrideW+(p.KW-1)*p.DilW+1, (p.OH-1)*p.StrideH+(p.KH-1)*p.DilH+1
	s := convSpaces.Get().(*convSpace)
	const beyond = 8 // that a block of eight may read, or write
	reach := (p.KW - 1) * p.DilW
	size := roundUp(rows*width, beyond)
	all := room(&s.planes, size+reach+beyond)
	p.padded(all, floats32(f.x)[plane*f.in:(plane+1)*f.in], rows, width)
	Fill(all[rows*width:], negativeInfinity[float32]())
	line := room(&s.result, size+beyond)
	maxTapsAVX2(size/8, p.KW, p.DilW, &line[0], &all[0])
	y := floats32(f.y)[plane*f.out : (plane+1)*f.out]
	if p.StrideH == 1 {
		count := (p.OH-1)*width + (p.OW-1)*p.StrideW + 1
		maxTapsAVX2(parallel.Blocks(count, 8), p.KH, p.DilH*width, &line[0], &line[0])
	}
	below := room(&s.products, roundUp(width, 8))
	for r := range p.OH {
		from := line[r*p.StrideH*width:]
		if p.StrideH > 1 {
			maxTapsAVX2(parallel.Blocks(width-reach, 8), p.KH, p.DilH*width, &below[0], &from[0])
			from = below
		}
		to := y[r*p.OW : (r+1)*p.OW]
		if p.StrideW == 1 {
			copy(to, from)
		} else {
			everySecond(to, from)
		}
	}
	convSpaces.Put(s)
	return true
}

// padded copies a plane to rows of the given width, with what the padding is larger than.
func (p *Pool) padded(to, x []float32, rows, width int) {
	least := negativeInfinity[float32]()
	lo, hi := span(width, p.W, 1, -p.PadL)
	for r := range rows {
		row, h := to[r*width:(r+1)*width], r-p.PadT
		if h < 0 || h >= p.H {
			Fill(row, least)
			continue
		}
		Fill(row[:lo], least)
		copy(row[lo:hi], x[h*p.W+max(0, lo-p.PadL):])
		Fill(row[hi:], least)
	}
}
