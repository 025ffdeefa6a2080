package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// recurrenceWant is what a layer and its gradient should give, in float64, and how large the terms of each sum are.
type recurrenceWant struct {
	y, hn, cn                              []float64
	dx, dwih, dwhh, dbih, dbhh, dh0, dc0   []float64
	most                                   float64 // the largest state
	sxs, swih, swhh, sbih, sbhh, sh0, sdc0 []float64
}

// naiveRecurrence takes one sequence after the other through its steps and back, by the formulas in cells.go, which
// are PyTorch's.
func naiveRecurrence(r *RecurrenceGrad[float32]) *recurrenceWant {
	wide := r.Cell.Gates() * r.H
	o := &recurrenceWant{y: make([]float64, r.N*r.Steps*r.H), hn: make([]float64, r.N*r.H),
		cn: make([]float64, r.N*r.H),
		dx: make([]float64, len(r.X)), dwih: make([]float64, len(r.WIH)), dwhh: make([]float64, len(r.WHH)),
		dbih: make([]float64, wide),
		dbhh: make([]float64, wide), dh0: make([]float64, r.N*r.H), dc0: make([]float64, r.N*r.H)}
	o.sxs, o.swih, o.swhh, o.sbih, o.sbhh = slices.Clone(o.dx), slices.Clone(o.dwih), slices.Clone(o.dwhh),
		slices.Clone(o.dbih), slices.Clone(o.dbhh)
	o.sh0, o.sdc0 = slices.Clone(o.dh0), slices.Clone(o.dc0)
	for n := range r.N {
		o.sequence(r, n)
	}
	return o
}

// optional is element i of x, 0 if there is none.
func optional(x []float32, i int) float64 {
	if x == nil {
		return 0
	}
	return float64(x[i])
}

func (o *recurrenceWant) sequence(r *RecurrenceGrad[float32], n int) {
	H, G := r.H, r.Cell.Gates()
	steps := r.Steps
	if r.Lengths != nil {
		steps = int(r.Lengths[n])
	}
	place := func(s int) int {
		if r.Reverse {
			return n*r.Steps + steps - 1 - s
		}
		return n*r.Steps + s
	}
	sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	h, c := make([]float64, H), make([]float64, H)
	for k := range h {
		h[k], c[k] = optional(r.H0, n*H+k), optional(r.C0, n*H+k)
	}
	type step struct{ h, c, gates, zh, next []float64 } // before, gates after their functions, and the states after
	var kept []step
	for s := range steps {
		st := step{h: h, c: c, gates: make([]float64, G*H), zh: make([]float64, G*H)}
		zx := make([]float64, G*H)
		for j := range zx {
			zx[j], st.zh[j] = optional(r.BIH, j), optional(r.BHH, j)
			for i := range r.In {
				zx[j] += float64(r.WIH[j*r.In+i]) * float64(r.X[place(s)*r.In+i])
			}
			for i, v := range h {
				st.zh[j] += float64(r.WHH[j*H+i]) * v
			}
		}
		h, c = make([]float64, H), make([]float64, H)
		for k := range H {
			z := func(g int) float64 { return zx[g*H+k] + st.zh[g*H+k] }
			a := func(g int) *float64 { return &st.gates[g*H+k] }
			switch r.Cell {
			case vector.TanhCell:
				*a(0) = math.Tanh(z(0))
				h[k] = *a(0)
			case vector.ReLUCell:
				*a(0) = max(z(0), 0)
				h[k] = *a(0)
			case vector.LSTMCell:
				*a(0), *a(1), *a(2), *a(3) = sigma(z(0)), sigma(z(1)), math.Tanh(z(2)), sigma(z(3))
				c[k] = *a(1)*st.c[k] + *a(0)**a(2)
				h[k] = *a(3) * math.Tanh(c[k])
			default:
				*a(0), *a(1) = sigma(z(0)), sigma(z(1))
				*a(2) = math.Tanh(zx[2*H+k] + *a(0)*st.zh[2*H+k])
				h[k] = (1-*a(1))**a(2) + *a(1)*st.h[k]
			}
			o.y[place(s)*H+k] = h[k]
			o.most = max(o.most, math.Abs(h[k]), math.Abs(c[k]))
		}
		st.next = c
		kept = append(kept, st)
	}
	copy(o.hn[n*H:], h)
	copy(o.cn[n*H:], c)
	dh, dc := make([]float64, H), make([]float64, H)
	for k := range dh {
		dh[k], dc[k] = optional(r.DHN, n*H+k), optional(r.DCN, n*H+k)
	}
	for s := steps - 1; s >= 0; s-- {
		st := kept[s]
		dzx, dzh, back := make([]float64, G*H), make([]float64, G*H), make([]float64, H)
		for k := range H {
			d := dh[k] + optional(r.DY, place(s)*H+k)
			a := func(g int) float64 { return st.gates[g*H+k] }
			set := func(g int, x, h float64) { dzx[g*H+k], dzh[g*H+k] = x, h }
			squash := func(g int, d float64) { set(g, d*a(g)*(1-a(g)), d*a(g)*(1-a(g))) }
			switch r.Cell {
			case vector.TanhCell:
				set(0, d*(1-a(0)*a(0)), d*(1-a(0)*a(0)))
			case vector.ReLUCell:
				set(0, proof.ChoiceOf(a(0) > 0, d, 0), proof.ChoiceOf(a(0) > 0, d, 0))
			case vector.LSTMCell:
				t := math.Tanh(st.next[k])
				e := dc[k] + d*a(3)*(1-t*t)
				squash(0, e*a(2))
				squash(1, e*st.c[k])
				set(2, e*a(0)*(1-a(2)*a(2)), e*a(0)*(1-a(2)*a(2)))
				squash(3, d*t)
				dc[k] = e * a(1)
			default:
				dn := d * (1 - a(1)) * (1 - a(2)*a(2))
				squash(0, dn*st.zh[2*H+k])
				squash(1, d*(st.h[k]-a(2)))
				set(2, dn, dn*a(0))
				back[k] = d * a(1)
			}
		}
		for j := range dzx {
			o.dbih[j] += dzx[j]
			o.sbih[j] += math.Abs(dzx[j])
			o.dbhh[j] += dzh[j]
			o.sbhh[j] += math.Abs(dzh[j])
			for i := range r.In {
				at, x := place(s)*r.In+i, float64(r.X[place(s)*r.In+i])
				o.dx[at] += dzx[j] * float64(r.WIH[j*r.In+i])
				o.sxs[at] += math.Abs(dzx[j] * float64(r.WIH[j*r.In+i]))
				o.dwih[j*r.In+i] += dzx[j] * x
				o.swih[j*r.In+i] += math.Abs(dzx[j] * x)
			}
			for i := range H {
				o.dwhh[j*H+i] += dzh[j] * st.h[i]
				o.swhh[j*H+i] += math.Abs(dzh[j] * st.h[i])
				back[i] += dzh[j] * float64(r.WHH[j*H+i])
			}
		}
		dh = back
	}
	copy(o.dh0[n*H:], dh)
	copy(o.dc0[n*H:], dc)
}

// Recurrent layers by their formulas in float64. An error made in a step goes on to those after it, so the bound of a
// state is 10⁻⁶ for each step, of the largest state; gradients have twice as many steps, and are bound by the
// magnitudes of their terms and by the largest gradient.
func TestRandomRecurrent(t *testing.T) {
	proof.Try(t, 150, 10_000, func(s *proof.Trial) {
		cell := vector.Cell(s.IntN(4))
		n, steps, in, h := s.Size(proof.One(s, 5, 30)), s.Size(8), s.Size(proof.One(s, 8, 40)),
			proof.One(s, s.Size(20), 8*s.Size(4), 16*s.Size(2))
		wide := cell.Gates() * h
		s.Real = true
		scaled := func(n int) []float32 {
			w := s.Draw(n, 1)
			for i := range w {
				w[i] *= float32(1 / math.Sqrt(float64(h)))
			}
			return w
		}
		var r RecurrenceGrad[float32]
		r.Cell, r.N, r.Steps, r.In, r.H, r.Reverse = cell, n, steps, in, h, s.Chance(2)
		if s.Chance(2) {
			r.Lengths = s.Indices(n, steps+1)
			if s.Chance(2) {
				slices.SortFunc(r.Lengths, func(a, b int64) int { return int(b - a) })
			}
		}
		r.X, r.WIH, r.WHH, r.BIH, r.BHH, r.H0 = s.Draw(n*steps*in, 1), scaled(wide*in), scaled(wide*h),
			s.Draw(wide, 1), s.Draw(wide, 1), s.Maybe(s.Draw(n*h, 1))
		if s.Chance(4) {
			r.BIH = nil
		}
		if s.Chance(4) {
			r.BHH = nil
		}
		if cell == vector.LSTMCell {
			r.C0, r.DCN = s.Maybe(s.Draw(n*h, 1)), s.Maybe(s.Draw(n*h, 1))
		}
		r.DY, r.DHN = s.Maybe(s.Draw(n*steps*h, 1)), s.Maybe(s.Draw(n*h, 1))
		s.What = fmt.Sprintf("cell %d of %d, %d sequences of %d steps of %d, lengths %v, reverse %t", cell, h, n,
			steps, in, r.Lengths, r.Reverse)
		want := naiveRecurrence(&r)
		most := func(x []float64) (m float64) {
			for _, v := range x {
				m = max(m, math.Abs(v))
			}
			return m
		}
		gradient := 1 + most(want.dbih)/float64(n) + most(want.dh0) + most(want.dc0)
		none, together := s.IntN(6), s.Chance(2)
		s.Forms(func() {
			r := r
			r.Y, r.HN, r.Gates, r.Kept = s.Result(n*steps*h), s.Result(n*h), s.Result(n*steps*wide),
				s.Result(n*steps*h)
			if together && wide == h {
				r.Gates = r.Y
			}
			if cell == vector.LSTMCell {
				r.CN = s.Result(n * h)
			}
			r.Transposed, r.Step, r.Bias = s.Result(h*wide), s.Result(n*wide), s.Result(wide)
			RecurrentForward(r.Recurrence)
			state := func(int) float64 { return 1e-6 * float64(steps+1) * (1 + want.most) }
			s.Within("y", r.Y, want.y, state)
			s.Within("the last state", r.HN, want.hn, state)
			if cell == vector.LSTMCell {
				s.Within("the last cell state", r.CN, want.cn, state)
			}
			last := r.Recurrence
			last.Y, last.Kept, last.HN, last.Gates, last.Step = nil, nil, s.Result(n*h), s.Result(n*steps*wide),
				s.Result(n*wide)
			if cell == vector.LSTMCell {
				last.CN = s.Result(n * h)
			}
			RecurrentForward(last)
			s.Within("the last state alone", last.HN, want.hn, state)
			r.Step, r.DZ, r.Before, r.Row = s.Result(n*wide), s.Result(n*steps*wide), s.Result(n*steps*h),
				s.Result(n*h)
			if r.DZH = r.DZ; cell == vector.GRUCell {
				r.DZH = s.Result(n * steps * wide)
			}
			r.DH0, r.DC0 = s.Result(n*h), s.Result(n*h)
			results := []struct {
				name      string
				to        *[]float32
				want, sum []float64
			}{{"dx", &r.DX, want.dx, want.sxs}, {"dw_ih", &r.DWIH, want.dwih, want.swih},
				{"dw_hh", &r.DWHH, want.dwhh, want.swhh},
				{"db_ih", &r.DBIH, want.dbih, want.sbih}, {"db_hh", &r.DBHH, want.dbhh, want.sbhh}}
			for k, x := range results {
				if k != none {
					*x.to = s.Result(len(x.want))
				}
			}
			RecurrentBackward(r)
			bound := func(sum []float64) func(i int) float64 {
				return func(i int) float64 { return 1e-6 * float64(2*steps+2) * (1 + want.most) * (sum[i] + gradient) }
			}
			for k, x := range results {
				if k != none {
					s.Within(x.name, *x.to, x.want, bound(x.sum))
				}
			}
			s.Within("dh", r.DH0, want.dh0, bound(want.sh0))
			if cell == vector.LSTMCell {
				s.Within("dc", r.DC0, want.dc0, bound(want.sdc0))
			}
		})
	})
}
