// This file holds planes of numbers and what is done to them in looking for a drawing.

package picture

import (
	"math"
	"slices"
)

// A plane is an image of one number a pixel.
type plane struct {
	w, h int
	v    []float32
}

func newPlane(w, h int) plane { return plane{w, h, make([]float32, w*h)} }

func (p plane) empty() bool { return slices.Max(p.v) == 0 }

// at is the value at a pixel, that of the nearest one outside.
func (p plane) at(x, y int) float32 {
	return p.v[min(max(y, 0), p.h-1)*p.w+min(max(x, 0), p.w-1)]
}

// border returns the values around.
func (p plane) border() []float32 {
	var all []float32
	for x := range p.w {
		all = append(all, p.v[x], p.v[(p.h-1)*p.w+x])
	}
	for y := range p.h {
		all = append(all, p.v[y*p.w], p.v[y*p.w+p.w-1])
	}
	return all
}

func median(v []float32) float32 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// spread is the deviation of the middle half, as that of a normal distribution with such a middle.
func spread(v []float32) float32 {
	v = slices.Clone(v)
	slices.Sort(v)
	return (v[len(v)*3/4] - v[len(v)/4]) / 1.349
}

// lines calls f for each row and then each column, which f changes in place.
func (p plane) lines(f func(line []float32)) {
	for y := range p.h {
		f(p.v[y*p.w : (y+1)*p.w])
	}
	column := make([]float32, p.h)
	for x := range p.w {
		for y := range column {
			column[y] = p.v[y*p.w+x]
		}
		f(column)
		for y, v := range column {
			p.v[y*p.w+x] = v
		}
	}
}

// mean is the mean over the square of 2·reach+1 pixels about each.
func (p plane) mean(reach int) plane {
	q := plane{p.w, p.h, slices.Clone(p.v)}
	sums := make([]float64, max(p.w, p.h)+1)
	q.lines(func(line []float32) {
		for i, v := range line {
			sums[i+1] = sums[i] + float64(v)
		}
		for i := range line {
			lo, hi := max(i-reach, 0), min(i+reach+1, len(line))
			line[i] = float32((sums[hi] - sums[lo]) / float64(hi-lo))
		}
	})
	return q
}

// highest is the maximum over the square about each pixel, by a queue of the candidates of a line, which fall.
func (p plane) highest(reach int) plane {
	q := plane{p.w, p.h, slices.Clone(p.v)}
	queue, was := make([]int, max(p.w, p.h)), make([]float32, max(p.w, p.h))
	q.lines(func(line []float32) {
		copy(was, line)
		head, tail, next := 0, 0, 0
		for i := range line {
			for ; next < min(i+reach+1, len(line)); next++ {
				for tail > head && was[queue[tail-1]] <= was[next] {
					tail--
				}
				queue[tail] = next
				tail++
			}
			if queue[head] < i-reach {
				head++
			}
			line[i] = was[queue[head]]
		}
	})
	return q
}

func (p plane) negative() plane {
	q := newPlane(p.w, p.h)
	for i, v := range p.v {
		q.v[i] = -v
	}
	return q
}

// closed fills what is darker than all around it and narrower than 2·reach+1 pixels. Edges of larger things stay.
// What is at the end of the picture goes on beyond it, or the dark end of a gradient would be filled.
func (p plane) closed(reach int) plane {
	wide := newPlane(p.w+2*reach, p.h+2*reach)
	for i := range wide.v {
		wide.v[i] = p.at(i%wide.w-reach, i/wide.w-reach)
	}
	wide = wide.highest(reach).negative().highest(reach)
	q := newPlane(p.w, p.h)
	for i := range q.v {
		q.v[i] = -wide.v[(i/p.w+reach)*wide.w+i%p.w+reach]
	}
	return q
}

// distance is how far each pixel is from the nearest of those that are marked, the lower envelope of parabolas along
// each axis (Felzenszwalb and Huttenlocher 2012).
func distance(w, h int, marked func(i int) bool) plane {
	const far = 1e12
	d := newPlane(w, h)
	for i := range d.v {
		if !marked(i) {
			d.v[i] = far
		}
	}
	n := max(w, h)
	at, from, was := make([]int, n), make([]float64, n+1), make([]float64, n)
	d.lines(func(line []float32) {
		for i, v := range line {
			was[i] = float64(v)
		}
		k := 0
		at[0], from[0], from[1] = 0, math.Inf(-1), math.Inf(1)
		for q := 1; q < len(line); q++ {
			cross := func() float64 {
				p := at[k]
				return (was[q] + float64(q*q) - was[p] - float64(p*p)) / float64(2*(q-p))
			}
			s := cross()
			for s <= from[k] {
				k--
				s = cross()
			}
			k++
			at[k], from[k], from[k+1] = q, s, math.Inf(1)
		}
		k = 0
		for q := range line {
			for from[k+1] < float64(q) {
				k++
			}
			line[q] = float32(float64((q-at[k])*(q-at[k])) + was[at[k]])
		}
	})
	for i, v := range d.v {
		d.v[i] = float32(math.Sqrt(float64(v)))
	}
	return d
}

// turned is the plane as the EXIF orientation wants it held: 2 to 4 mirror and turn by half, 5 to 8 exchange the axes
// too.
func (p plane) turned(orientation int) plane {
	q := newPlane(p.w, p.h)
	if orientation >= 5 {
		q = newPlane(p.h, p.w)
	}
	for y := range q.h {
		for x := range q.w {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			switch orientation {
			case 2, 3, 7, 8: // across
				sx = p.w - 1 - sx
			}
			switch orientation {
			case 3, 4, 6, 7: // down
				sy = p.h - 1 - sy
			}
			q.v[y*q.w+x] = p.v[sy*p.w+sx]
		}
	}
	return q
}

// Upright returns rows of w numbers of a picture as they stand when it is held as its EXIF orientation says.
func Upright(v []float32, w, orientation int) []float32 {
	return plane{w, len(v) / w, v}.turned(orientation).v
}
