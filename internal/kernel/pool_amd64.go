package kernel

import "github.com/stheno-ml/stheno/internal/parallel"

// Pooling in float32 by lines: a plane is copied with its padding, and as if it were one line, a pass goes along the rows,
// and another down the columns. What windows share is looked at once, and it does not matter how short rows are. The
// elements of a window are still taken row by row: of equal ones, and of NaNs, the first is the largest.

// byLines reports whether a pooling is one for this.
func (p *Pool) byLines() bool {
	return p.KH*p.KW > 0 && p.OH*p.OW > 0
}

// windowsAlone is how many windows more than 1 apart a row has, at least, that are looked at one by one where places are wanted: by
// lines, half of what the first pass finds is for nothing.
const windowsAlone = 24

// lineBlock is how many elements a step of a pass has.
const lineBlock = 8

// padded are the rows and the width of a plane with its padding, as far as windows see it.
func (p *Pool) padded() (rows, width int) {
	return (p.OH-1)*p.StrideH + (p.KH-1)*p.DilH + 1, (p.OW-1)*p.StrideW + (p.KW-1)*p.DilW + 1
}

// pad copies a plane, with a value around it.
func (p *Pool) pad(to, x []float32, value float32) {
	rows, width := p.padded()
	lo, hi := span(width, p.W, 1, -p.PadL)
	for r := range rows {
		row, h := to[r*width:(r+1)*width], r-p.PadT
		if h < 0 || h >= p.H || lo >= hi {
			Fill(row, value)
			continue
		}
		Fill(row[:lo], value)
		copy(row[lo:hi], x[h*p.W+lo-p.PadL:])
		Fill(row[hi:], value)
	}
	Fill(to[rows*width:], value)
}

type tapsLine func(blocks, taps, step int, y, x *float32)

// passes takes both passes over a plane x, and returns the rows of results, a width apart, with columns for strides of 1.
func (p *Pool) passes(s *convSpace, x []float32, value float32, pass tapsLine) (line []float32, width int) {
	rows, width := p.padded()
	size, reach := roundUp(rows*width, lineBlock), (p.KW-1)*p.DilW
	all := room(&s.planes, size+reach)
	p.pad(all, x, value)
	line = room(&s.result, size+lineBlock)
	pass(size/lineBlock, p.KW, p.DilW, &line[0], &all[0])
	if p.StrideH == 1 {
		pass(parallel.Blocks(p.OH*width-reach, lineBlock), p.KH, p.DilH*width, &line[0], &line[0])
		return line, width
	}
	below := room(&s.products, p.OH*width+lineBlock)
	for r := range p.OH {
		pass(parallel.Blocks(width-reach, lineBlock), p.KH, p.DilH*width, &below[r*width], &line[r*p.StrideH*width])
	}
	return below, width
}

// seen copies the columns of a row that windows begin at.
func (p *Pool) seen(to, from []float32) {
	switch p.StrideW {
	case 1:
		copy(to, from)
	case 2:
		everySecond(to, from)
	default:
		for i := range to {
			to[i] = from[i*p.StrideW]
		}
	}
}

// maxLines does a plane of a maximum, and reports whether it has.
func (f *planeLoop[T]) maxLines(plane int) bool {
	p := &f.pool
	if !vectors[T]() || !p.byLines() || p.two() || f.index != nil && p.StrideW >= 2 && p.OW >= windowsAlone {
		return false
	}
	s := convSpaces.Get().(*convSpace)
	defer convSpaces.Put(s)
	x := floats32(f.x)[plane*f.in : (plane+1)*f.in]
	if f.index != nil {
		return f.maxPlaces(s, plane, x)
	}
	y := floats32(f.y)[plane*f.out : (plane+1)*f.out]
	line, width := p.passes(s, x, negativeInfinity[float32](), maxTapsAVX2)
	for r := range p.OH {
		p.seen(y[r*p.OW:(r+1)*p.OW], line[r*width:])
	}
	return true
}

// maxPlaces is maxLines with the places of the largest elements. Where all of a window is -Inf, what is around the plane
// might be taken for its first: the loop over windows knows better.
func (f *planeLoop[T]) maxPlaces(s *convSpace, plane int, x []float32) bool {
	p := &f.pool
	rows, width := p.padded()
	size, reach := roundUp(rows*width, lineBlock), (p.KW-1)*p.DilW
	all := room(&s.planes, size+reach)
	p.pad(all, x, negativeInfinity[float32]())
	line, below := room(&s.result, size+lineBlock), room(&s.products, p.OH*width+lineBlock)
	first, where := s.placesOf(p)
	maxTapsPlacesAVX2(size/lineBlock, p.KW, p.DilW, &line[0], &where[0], &all[0], &first[0])
	for r := range p.OH {
		from := r * p.StrideH * width
		at := &first[size+reach+r*width]
		maxTapsPlacesAVX2(parallel.Blocks(width-reach, lineBlock), p.KH, p.DilH*width, &below[r*width], at, &line[from], &where[from])
	}
	least := negativeInfinity[float32]()
	index := f.index[plane*f.out : (plane+1)*f.out]
	found := first[size+reach:]
	for r := range p.OH {
		for c := range p.OW {
			k := r*width + c*p.StrideW
			if below[k] == least {
				return false
			}
			index[r*p.OW+c] = int64(found[k])
		}
	}
	if f.y != nil {
		y := floats32(f.y)[plane*f.out : (plane+1)*f.out]
		for r := range p.OH {
			for c := range p.OW {
				y[r*p.OW+c] = below[r*width+c*p.StrideW]
			}
		}
	}
	return true
}

// placesOf returns the places in the plane of the elements that passes goes over, with room for as many results, and room
// for those of the first pass.
func (s *convSpace) placesOf(p *Pool) (first, where []int32) {
	rows, width := p.padded()
	size, reach := roundUp(rows*width, lineBlock), (p.KW-1)*p.DilW
	n := size + reach + p.OH*width + lineBlock
	if s.pool != *p {
		s.places, s.pool = make([]int32, n+size+lineBlock), *p
		for r := range rows {
			for c := range width {
				s.places[r*width+c] = int32((r-p.PadT)*p.W + c - p.PadL)
			}
		}
	}
	return s.places[:n], s.places[n:]
}

// sums sets the rows of y to those of the sums of windows, in the order of passes.
func (p *Pool) sums(s *convSpace, y, x []float32) {
	line, width := p.passes(s, x, 0, sumTapsAVX2)
	for r := range p.OH {
		p.seen(y[r*p.OW:(r+1)*p.OW], line[r*width:])
	}
}

// avgLines does a plane of means, and reports whether it has.
func (f *planeLoop[T]) avgLines(plane int) bool {
	p := &f.pool
	if !vectors[T]() || !p.byLines() {
		return false
	}
	s := convSpaces.Get().(*convSpace)
	y := floats32(f.y)[plane*f.out : (plane+1)*f.out]
	p.sums(s, y, floats32(f.x)[plane*f.in:(plane+1)*f.in])
	s.divide(p, y)
	convSpaces.Put(s)
	return true
}

// divide divides sums of windows, or gradients of means, by how much the windows count.
func (s *convSpace) divide(p *Pool, y []float32) {
	if s.counted != *p {
		s.counts, s.counted = make([]float32, p.OH*p.OW), *p
		for i := range p.OH {
			top := i*p.StrideH - p.PadT
			uLo, uHi := taps(top, p.DilH, p.KH, p.H)
			rows := p.count(top, p.DilH, p.KH, p.H, p.PadB, uLo, uHi)
			for j := range p.OW {
				left := j*p.StrideW - p.PadL
				vLo, vHi := taps(left, p.DilW, p.KW, p.W)
				s.counts[i*p.OW+j] = float32(max(1, rows*p.count(left, p.DilW, p.KW, p.W, p.PadR, vLo, vHi)))
			}
		}
	}
	binary(Div, y, y, s.counts, 0, 0)
}

// avgLinesBackward does a plane of the gradient of means: where windows are 1 apart, it is sums of windows of dy, divided.
func (f *planeLoop[T]) avgLinesBackward(plane int) bool {
	p := &f.pool
	back := Pool{Planes: 1, H: p.OH, W: p.OW, KH: p.KH, KW: p.KW, StrideH: 1, StrideW: 1, DilH: p.DilH, DilW: p.DilW, OH: p.H, OW: p.W,
		PadT: (p.KH-1)*p.DilH - p.PadT, PadL: (p.KW-1)*p.DilW - p.PadL}
	if !vectors[T]() || !p.byLines() || p.StrideH != 1 || p.StrideW != 1 || back.PadT < 0 || back.PadL < 0 {
		return false
	}
	s := convSpaces.Get().(*convSpace)
	dy := room(&s.dy, p.OH*p.OW)
	copy(dy, floats32(f.x)[plane*f.in:(plane+1)*f.in])
	s.divide(p, dy)
	back.sums(s, floats32(f.y)[plane*f.out:(plane+1)*f.out], dy)
	convSpaces.Put(s)
	return true
}
