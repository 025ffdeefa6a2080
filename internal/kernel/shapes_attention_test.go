package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// drawHeads lays out memory for heads side by side, or as part of the rows of a projection.
func drawHeads(s *proof.Trial, make func(n int) []float32, p AttentionSizes, rows int, packed bool) Heads[float32] {
	if !packed {
		gap := s.IntN(3)
		row := p.HS + gap
		return Heads[float32]{make(p.N * p.NH * rows * row), p.NH * rows * row, rows * row, row}
	}
	d, parts := p.NH*p.HS, 1+s.IntN(3)
	first := s.IntN(parts) * d
	return Heads[float32]{make(p.N * rows * parts * d)[first:], rows * parts * d, p.HS, parts * d}
}

// attentionWant is what heads should hold, with the bounds of each element.
type attentionWant struct{ value, bound []float64 }

func newWant(p AttentionSizes, rows int) attentionWant {
	n := p.N * p.NH * rows * p.HS
	return attentionWant{make([]float64, n), make([]float64, n)}
}

// Attention by its formulas in float64, one query after the other. A weight is within what is said at [Attention] of
// itself, and what is summed by weights within that and 10⁻⁶ of the sum of its terms' magnitudes.
func TestRandomAttention(t *testing.T) {
	proof.Try(t, 150, 10_000, func(s *proof.Trial) {
		p := AttentionSizes{N: s.Size(3), NH: s.Size(3), T: s.Size(proof.One(s, 20, 200)),
			S:  s.Size(proof.One(s, 20, 300)),
			HS: s.Size(proof.One(s, 10, 70)), Causal: s.Chance(2)}
		if p.T*p.S*p.HS*p.N*p.NH > 1_000_000 {
			p.N, p.NH, p.HS = 1, 1, min(p.HS, 9)
		}
		p.Scale = proof.One(s, 1., 1, 1, 10, 1000) / math.Sqrt(float64(p.HS))
		if s.Chance(2) {
			p.Lengths = s.Indices(p.N, p.S+1)
		}
		s.Real = true
		number := func(n int) []float32 { return s.Draw(n, 1) }
		packed, masked := s.Chance(2), s.Chance(4)
		q, k, v, dy := drawHeads(s, number, p, p.T, packed), drawHeads(s, number, p, p.S, packed),
			drawHeads(s, number, p, p.S, packed), drawHeads(s, number, p, p.T, packed)
		var mask Heads[float32]
		if masked {
			mask = Heads[float32]{s.Draw(p.T*p.S, 1), 0, 0, p.S}
			for i := range mask.X {
				if s.Chance(4) {
					mask.X[i] = float32(-proof.Inf)
				}
			}
		}
		s.What = fmt.Sprintf("%+v packed %t masked %t", p, packed, masked)
		y, dq, dk, dv := newWant(p, p.T), newWant(p, p.T), newWant(p, p.S), newWant(p, p.S)
		lse, lseBound := make([]float64, p.N*p.NH*p.T), make([]float64, p.N*p.NH*p.T)
		for head := range p.N * p.NH {
			n, h := head/p.NH, head%p.NH
			for i := range p.T {
				seen := p.S
				if p.Lengths != nil {
					seen = int(p.Lengths[n])
				}
				if p.Causal {
					seen = max(0, min(seen, i+1+p.S-p.T))
				}
				qi, dyi := q.from(n, h, i)[:p.HS], dy.from(n, h, i)[:p.HS]
				w, dp, top, total, size := make([]float64, seen), make([]float64, seen), -proof.Inf, 0., 0.
				for j := range w {
					terms := 0.
					for e, kv := range k.from(n, h, j)[:p.HS] {
						w[j] += p.Scale * float64(qi[e]) * float64(kv)
						terms += p.Scale * math.Abs(float64(qi[e])*float64(kv))
					}
					if masked {
						w[j] += float64(mask.X[i*p.S+j])
						terms++
					}
					top, size = max(top, w[j]), max(size, terms)
				}
				r := head*p.T + i
				if seen == 0 {
					continue
				}
				for j := range w {
					w[j] = math.Exp(w[j] - top)
					total += w[j]
				}
				lse[r] = top + math.Log(total)
				root := math.Sqrt(float64(p.HS))
				forward := 2*(root+4)*0x1p-24*size + 1e-6
				back := 2*(root+6)*0x1p-24*max(size, math.Abs(lse[r])) + 2e-6
				lseBound[r] = forward + 2e-7*math.Abs(lse[r])
				delta, deltaTerms := 0., 0.
				for j := range w {
					w[j] /= total
					terms := 0.
					for e, vv := range v.from(n, h, j)[:p.HS] {
						dp[j] += float64(dyi[e]) * float64(vv)
						terms += math.Abs(float64(dyi[e]) * float64(vv))
						at := r*p.HS + e
						y.value[at] += w[j] * float64(vv)
						y.bound[at] += forward * w[j]
						at = (head*p.S+j)*p.HS + e
						dv.value[at] += w[j] * float64(dyi[e])
						dv.bound[at] += back*w[j]*math.Abs(float64(dyi[e])) + 1e-40
					}
					delta += w[j] * dp[j]
					deltaTerms = max(deltaTerms, terms)
				}
				for j := range w {
					ds := p.Scale * w[j] * (dp[j] - delta)
					b := back * p.Scale * w[j] * (2*deltaTerms + 1e-6)
					for e := range p.HS {
						kv, qv := float64(k.from(n, h, j)[e]), float64(qi[e])
						dq.value[r*p.HS+e] += ds * kv
						dq.bound[r*p.HS+e] += b*math.Abs(kv) + 1e-40
						at := (head*p.S+j)*p.HS + e
						dk.value[at] += ds * qv
						dk.bound[at] += b*math.Abs(qv) + 1e-40
					}
				}
			}
		}
		s.Forms(func() {
			z := drawHeads(s, s.Result, p, p.T, packed)
			check := func(name string, got Heads[float32], want attentionWant, rows int) {
				var row []float32
				for head := range p.N * p.NH {
					for i := range rows {
						row = append(row, got.from(head/p.NH, head%p.NH, i)[:p.HS]...)
					}
				}
				s.Within(name, row, want.value, func(i int) float64 { return want.bound[i] })
			}
			l := s.Result(p.N * p.NH * p.T)
			Attention(z, l, q, k, v, mask, p)
			check("y", z, y, p.T)
			other := drawHeads(s, s.Result, p, p.T, packed)
			Attention(other, nil, q, k, v, mask, p)
			check("y alone", other, y, p.T)
			if masked {
				return
			}
			s.Within("ln Σ eˢ", l, lse, func(i int) float64 { return lseBound[i] })
			gq, gk, gv := drawHeads(s, s.Result, p, p.T, packed), drawHeads(s, s.Result, p, p.S, packed),
				drawHeads(s, s.Result, p, p.S, packed)
			AttentionGrad(gq, gk, gv, dy, Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: l}, p)
			check("dq", gq, dq, p.T)
			check("dk", gk, dk, p.S)
			check("dv", gv, dv, p.S)
			none := Heads[float32]{}
			gq, gk, gv = drawHeads(s, s.Result, p, p.T, packed), drawHeads(s, s.Result, p, p.S, packed),
				drawHeads(s, s.Result, p, p.S, packed)
			AttentionGrad(gq, none, none, dy, Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: l}, p)
			AttentionGrad(none, gk, none, dy, Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: l}, p)
			AttentionGrad(none, none, gv, dy, Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: l}, p)
			check("dq alone", gq, dq, p.T)
			check("dk alone", gk, dk, p.S)
			check("dv alone", gv, dv, p.S)
		})
	})
}
