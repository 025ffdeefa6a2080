package lessons

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/viz/trace"
)

func sigmoidOracles() []oracle {
	return []oracle{
		{"sigmoids", "the gradient at each layer is the product of weights and slopes behind it", "z[3]",
			each(func(v view, at []int) error {
				n := []int{1, 10, 20}[at[1]]
				w, err := v.value("w[1]")
				if err != nil {
					return err
				}
				a, slopes := 1., make([]float64, n)
				for l := range n {
					z := w[0] * a
					switch a = bends[at[0]].f(z); at[0] {
					case 0:
						slopes[l] = a * (1 - a)
					case 1:
						slopes[l] = 1 - a*a
					default:
						slopes[l] = 1
					}
				}
				g := 1.
				for l := n - 1; l >= 0; l-- {
					g *= slopes[l]
					if err := v.near(fmt.Sprintf("∂z[%d]", l+1), 1e-9*math.Abs(g), g); err != nil {
						return err
					}
					g *= w[0]
				}
				return nil
			})},
		{"sigmoids", "M6: at z = 5 and 10 the slope of the sigmoid is 6.648e-3 and 4.540e-5", "a[1]",
			func(tr *trace.Trace) error {
				five, err := at(tr, 0, 0, 3)
				ten, err2 := at(tr, 0, 0, 4)
				return first(err, err2, five.near("z[1]", 0, 5), five.near("∂z[1]", 1e-6, 6.648e-3), ten.near("z[1]",
					0, 10),
					ten.near("∂z[1]", 1e-8, 4.540e-5))
			}},
		{"sigmoids", "ten hops leave less than 0.25¹⁰ = 9.54e-7", "", func(tr *trace.Trace) error {
			v, err := at(tr, 0, 1, 1)
			g, err2 := v.value("∂z[1]")
			if err := first(err, err2); err != nil {
				return err
			}
			if !(g[0] > 0 && g[0] <= 9.54e-7) {
				return fmt.Errorf("∂z1 is %g", g[0])
			}
			return nil
		}},
	}
}

func deadOracles() []oracle {
	unit := func(tr *trace.Trace, function, step int) (x []float64, err error) {
		v, err := at(tr, function, 0, 2, step)
		for _, name := range []string{"W1", "b1", "∂W1", "∂b1"} {
			p, err2 := v.value(name)
			if err := first(err, err2); err != nil {
				return nil, err
			}
			x = append(x, p[0])
		}
		return x, err
	}
	return []oracle{
		{"dead", "the parameters of a dead unit are the same over 200 steps, to the bit", "",
			func(tr *trace.Trace) error {
				for step := range moments {
					x, err := unit(tr, 0, step)
					if err != nil {
						return err
					}
					if !slices.Equal(x, []float64{1, -4, 0, 0}) {
						return fmt.Errorf("at step %g weight, bias and their gradients are %v", moments[step], x)
					}
				}
				return nil
			}},
		{"dead", "with a leak unit 3, off for all points at step 200, is active for four at step 500", "",
			func(tr *trace.Trace) error {
				for _, c := range []struct {
					function, step int
					active         []int
					loss           float64 // not more than 0.0005 from it
				}{{1, 2, []int{0, 8, 0}, 2.348}, {1, 5, []int{0, 6, 0}, .239}, {1, 6, []int{0, 7, 4}, .029},
					{1, 7, []int{0, 7, 6}, .004}, {0, 5, []int{0, 5, 0}, .227}, {0, 7, []int{0, 5, 0}, .225}} {
					v, err := at(tr, c.function, 1, 0, c.step)
					z, err2 := v.value("z1")
					if err := first(err, err2, v.near("J", .0005, c.loss)); err != nil {
						return err
					}
					active := make([]int, 3)
					for i, x := range z {
						if x > 0 {
							active[i%3]++
						}
					}
					if !slices.Equal(active, c.active) {
						return fmt.Errorf("function %d, step %g: the units are active for %v points, want %v",
							c.function, moments[c.step], active, c.active)
					}
				}
				return nil
			}},
		{"dead", "with a leak the unit that begins dead has a gradient, and moves", "", func(tr *trace.Trace) error {
			before, err := unit(tr, 1, 0)
			after, err2 := unit(tr, 1, 5)
			if err := first(err, err2); err != nil {
				return err
			}
			if before[3] == 0 || after[1] == before[1] {
				return fmt.Errorf("the bias had the gradient %g, and went from %g to %g", before[3], before[1],
					after[1])
			}
			return nil
		}},
		{"dead", "a first step that is too large kills two units for good", "", func(tr *trace.Trace) error {
			early, err := at(tr, 0, 1, 0, 2)
			late, err2 := at(tr, 0, 1, 0, 5)
			if err := first(err, err2); err != nil {
				return err
			}
			was, err := early.value("b1")
			is, err2 := late.value("b1")
			z, err3 := late.value("z1")
			if err := first(err, err2, err3); err != nil {
				return err
			}
			dead := 0
			for u := range 3 {
				off := true
				for i := range pointsX {
					off = off && z[3*i+u] < 0
				}
				if off && was[u] == is[u] {
					dead++
				}
			}
			if dead != 2 {
				return fmt.Errorf("the biases went from %v to %v", was, is)
			}
			return nil
		}},
		{"dead", "the gradients are those of the mean squared error by hand", "z1", each(func(v view, at []int) error {
			pred, err := v.value("ŷ")
			z, err2 := v.value("z1")
			w2, err3 := v.value("W2")
			if err := first(err, err2, err3); err != nil {
				return err
			}
			want := make([]float64, 3)
			for i, p := range pred {
				for u := range want {
					local := 1.
					if z[3*i+u] <= 0 {
						local = slope * float64(at[0])
					}
					want[u] += 2 * (p - pointsY[i]) / 16 * w2[u] * local
				}
			}
			return v.near("∂b1", 1e-12, want...)
		})},
	}
}

func xorOracles() []oracle {
	return []oracle{
		{"xor", "the cross-entropy falls below 0.02 within 500 steps", "", func(tr *trace.Trace) error {
			v, err := at(tr, 4, 0, 0, 0, 2)
			j, err2 := v.value("J")
			if err := first(err, err2); err != nil || j[0] < .02 {
				return err
			}
			return fmt.Errorf("J is %g", j[0])
		}},
		{"xor", "equal units have equal gradients in each step", "", func(tr *trace.Trace) error {
			for step := range xorSteps {
				v, err := at(tr, step, 0, 1, 0, 2)
				d, err2 := v.value("∂W[1]")
				if err := first(err, err2); err != nil {
					return err
				}
				if d[0] != d[2] || d[1] != d[3] {
					return fmt.Errorf("at step %g: ∂W1 is %v", xorSteps[step], d)
				}
			}
			return nil
		}},
		{"xor", "errors and gradients are those of the primer's formulas", "z[1]", func(tr *trace.Trace) error {
			for step := range xorSteps {
				v, err := at(tr, step, 0, 0, 0, 2)
				if err := first(err, primer(v)); err != nil {
					return fmt.Errorf("step %g: %w", xorSteps[step], err)
				}
			}
			return nil
		}},
		{"xor", "what is frozen has a gradient and stays", "", func(tr *trace.Trace) error {
			v, err := at(tr, 5, 0, 0, 1, 2)
			d, err2 := v.value("∂W[1]")
			if err := first(err, err2, v.near("W[1]", 0, xorStart[0]...)); err != nil {
				return err
			}
			if d[0] == 0 {
				return fmt.Errorf("∂W1 is %v", d)
			}
			return nil
		}},
	}
}

// primer computes the errors δ and the gradients of both layers by the formulas of section 2.4, for the sum of the
// points.
func primer(v view) error {
	w2, err := v.value("W[2]")
	a1, err2 := v.value("a[1]")
	yhat, err3 := v.value("ŷ")
	if err := first(err, err2, err3); err != nil {
		return err
	}
	var d1, dw1, db1, dw2 = []float64{}, make([]float64, 4), make([]float64, 2), make([]float64, 2)
	d2 := []float64{}
	for i, y := range xorY {
		dJ := (yhat[i] - y) / (yhat[i] * (1 - yhat[i])) / 4 // ∂J/∂a of the output
		d2 = append(d2, dJ*yhat[i]*(1-yhat[i]))
		for u := range 2 {
			a := a1[2*i+u]
			d := w2[u] * d2[i] * (1 - a*a)
			d1 = append(d1, d)
			dw2[u] += d2[i] * a
			db1[u] += d
			for k := range 2 {
				dw1[2*u+k] += d * xorX[2*i+k]
			}
		}
	}
	return first(v.near("∂z[2]", 1e-9, d2...), v.near("∂z[1]", 1e-9, d1...), v.near("∂W[1]", 1e-9, dw1...),
		v.near("∂b[1]", 1e-9, db1...),
		v.near("∂W[2]", 1e-9, dw2...))
}

func recurrenceOracles() []oracle {
	return []oracle{
		{"recurrence", "fifty steps back multiply by 0.8⁵⁰ = 1.427e-5, or by 1.2⁵⁰ = 9100.4", "h₇",
			func(tr *trace.Trace) error {
				small, err := at(tr, linearCell, 2, 0, 2, 0, 0)
				large, err2 := at(tr, linearCell, 2, 4, 2, 0, 0)
				return first(err, err2, small.near("∂h₀", 1e-8, 1.427e-5), small.near("∂h₀", 1e-15, math.Pow(.8, 50)),
					large.near("∂h₀", 1e-5, 9100.4), large.near("∂h₀", 1e-12, math.Pow(1.2, 50)))
			}},
		{"recurrence", "M8: the gradient of the weight is the sum over all times", "", each(func(v view,
			at []int) error {
			if at[0] != linearCell && at[0] != tanhCell {
				return nil
			}
			w, err := v.value("w")
			if err != nil {
				return err
			}
			want := 0.
			for t := 1; ; t++ {
				h, err := v.value("h" + below(t-1))
				d, err2 := v.value("∂h" + below(t))
				if err != nil {
					return err
				}
				if err2 != nil { // the last one is the loss
					d = []float64{1}
				}
				out, err := v.value("h" + below(t))
				if err != nil {
					break
				}
				local := 1.
				if at[0] == tanhCell {
					local = 1 - out[0]*out[0]
				}
				want += d[0] * local * h[0]
			}
			_ = w
			return v.near("∂w", 1e-12, want)
		})},
		{"recurrence", "behind the scissors there is no gradient", "", func(tr *trace.Trace) error {
			v, err := at(tr, cutCell, 1, 0, 2, 0, 0)
			if err != nil {
				return err
			}
			if d, err := v.value("∂h₁₄"); err == nil && d[0] != 0 {
				return fmt.Errorf("h14, six steps before the end, has the gradient %v", d)
			}
			return v.near("∂h₁₆", 1e-12, math.Pow(.8, 4))
		}},
		{"recurrence", "an open forget gate hands the gradient on: ∂c₂₀/∂c₀ = 1", "c₃", func(tr *trace.Trace) error {
			open, err := at(tr, lstmCell, 1, 0, 2, 0, 0)
			half, err2 := at(tr, lstmCell, 1, 0, 0, 0, 0)
			return first(err, err2, open.near("∂c₀", 0, 1), half.near("∂c₀", 1e-15, math.Pow(.5, 20)))
		}},
		{"recurrence", "clipping shortens to a norm of 1 and leaves the gradient as it is", "",
			func(tr *trace.Trace) error {
				off, err := at(tr, linearCell, 1, 4, 2, 0, 0)
				on, err2 := at(tr, linearCell, 1, 4, 2, 0, 1)
				d, err3 := off.value("∂w")
				return first(err, err2, err3, on.near("∂w", 0, d...), on.near("clipped", 1e-12, 1),
					off.near("clipped", 1e-12, d...))
			}},
	}
}

func attentionOracles() []oracle {
	return []oracle{
		{"attention", "rows of weights add up to 1, rows of dS to 0", "A", each(func(v view, at []int) error {
			a, err := v.value("A")
			ds, err2 := v.value("∂S")
			da, err3 := v.value("∂A")
			if err := first(err, err2, err3); err != nil {
				return err
			}
			for i := range words {
				sum, dsum, mean := 0., 0., 0.
				for j := range words {
					sum += a[4*i+j]
					dsum += ds[4*i+j]
					mean += a[4*i+j] * da[4*i+j]
				}
				if math.Abs(sum-1) > 1e-12 || math.Abs(dsum) > 1e-12 {
					return fmt.Errorf("row %d adds up to %g and %g", i, sum, dsum)
				}
				for j := range words {
					if want := a[4*i+j] * (da[4*i+j] - mean); math.Abs(want-ds[4*i+j]) > 1e-12 {
						return fmt.Errorf("dS[%d,%d] is %g, want %g", i, j, ds[4*i+j], want)
					}
				}
			}
			return nil
		})},
		{"attention", "what is masked has weight and gradient exactly 0", "", each(func(v view, at []int) error {
			if at[1] == 0 {
				return nil
			}
			a, err := v.value("A")
			ds, err2 := v.value("∂S")
			if err := first(err, err2); err != nil {
				return err
			}
			for i := range words {
				for j := i + 1; j < words; j++ {
					if a[4*i+j] != 0 || ds[4*i+j] != 0 {
						return fmt.Errorf("A[%d,%d] is %g, dS %g", i, j, a[4*i+j], ds[4*i+j])
					}
				}
			}
			return nil
		})},
		{"attention", "M6: without √d and with large inputs the gradient at S is smaller", "",
			func(tr *trace.Trace) error {
				scaled, err := at(tr, 0, 0, 1)
				raw, err2 := at(tr, 1, 0, 2)
				x, err3 := scaled.value("∂S")
				y, err4 := raw.value("∂S")
				if err := first(err, err2, err3, err4); err != nil {
					return err
				}
				if !(largest(y) < largest(x)/10) {
					return fmt.Errorf("the largest are %g and %g", largest(x), largest(y))
				}
				return nil
			}},
		{"attention", "the gradient at the classes is (ŷ - y)/m", "ŷ", each(func(v view, at []int) error {
			p, err := v.value("ŷ")
			y, err2 := v.value("y")
			if err := first(err, err2); err != nil {
				return err
			}
			want := make([]float64, len(p))
			for i := range p {
				want[i] = (p[i] - y[i]) / words
			}
			return v.near("∂z", 1e-12, want...)
		})},
	}
}

func samplerOracles() []oracle {
	return []oracle{
		{"reparameterisation", "M11: ∂z/∂μ = 1 and ∂z/∂log σ² = ½σε", "z", each(func(v view, at []int) error {
			n := map[string]float64{}
			for _, name := range []string{"μ", "log σ²", "ε", "z", "x̂"} {
				x, err := v.value(name)
				if err != nil {
					return err
				}
				n[name] = x[0]
			}
			dz := 2 * (n["x̂"] - 2) * 1.5
			dmu, dlogvar := .5*n["μ"], .25*(math.Exp(n["log σ²"])-1) // of the divergence
			if at[0] == 0 {
				dmu += dz
				dlogvar += dz * .5 * math.Exp(n["log σ²"]/2) * n["ε"]
			}
			return first(v.near("∂z", 1e-12, dz), v.near("∂μ", 1e-12, dmu), v.near("∂log σ²", 1e-12, dlogvar))
		})},
		{"reparameterisation", "both ways draw the same z", "", each(func(v view, places []int) error {
			other, err := at(v.Trace, 1-places[0], places[1], places[2], places[3])
			z, err2 := other.value("z")
			return first(err, err2, v.near("z", 0, z...))
		})},
		{"reparameterisation", "the divergence is 0 at μ = 0, σ = 1, and (μ² + σ² - 1 - log σ²)/2 elsewhere", "",
			each(func(v view, _ []int) error {
				mu, err := v.value("μ")
				l, err2 := v.value("log σ²")
				if err := first(err, err2); err != nil {
					return err
				}
				return v.near("J₂", 1e-12, (mu[0]*mu[0]+math.Exp(l[0])-1-l[0])/2)
			})},
	}
}

func gameOracles() []oracle {
	return []oracle{
		{"game", "each turn leaves the other player's parameters as they are, to the bit", "", each(func(v view,
			at []int) error {
			for _, in := range v.run.Instructions {
				for _, n := range in.Results {
					if to := v.run.Nodes[n].Assigns; to >= 0 {
						if name := v.run.Nodes[to].Name; (name[0] == 'D') != (at[0] == 0) {
							return fmt.Errorf("%s is assigned", name)
						}
					}
				}
			}
			return nil
		})},
		{"game", "M10: in the generator's turn the discriminator has gradients, and they are shown", "",
			func(tr *trace.Trace) error {
				v, err := at(tr, 1, noCut, 0)
				w, err2 := v.value("∂D.w")
				a, err3 := v.value("∂G.a")
				if err := first(err, err2, err3); err != nil {
					return err
				}
				if w[0] == 0 || a[0] == 0 {
					return fmt.Errorf("∂w is %g, ∂a %g", w[0], a[0])
				}
				return nil
			}},
		{"game", "M10: a cut behind the discriminator starves the generator", "", func(tr *trace.Trace) error {
			v, err := at(tr, 1, cutSays, 0)
			if err != nil {
				return err
			}
			if d, err := v.value("∂x̃"); err == nil && largest(d) != 0 {
				return fmt.Errorf("∂x̃ is %v", d)
			}
			return first(v.near("G.a", 0, v.after("G.a")...), v.near("G.b", 0, v.after("G.b")...))
		}},
		{"game", "a cut between the players changes nothing for the discriminator", "", func(tr *trace.Trace) error {
			for i := range turns {
				cut, err := at(tr, 0, cutFake, i)
				none, err2 := at(tr, 0, noCut, i)
				w, err3 := cut.value("∂D.w")
				if err := first(err, err2, err3, none.near("∂D.w", 0, w...)); err != nil {
					return err
				}
			}
			return nil
		}},
		{"game", "the gradient of each made number is w·(D(x̃) - 1)/m in the generator's turn", "D(x̃)",
			func(tr *trace.Trace) error {
				for i := range turns {
					v, err := at(tr, 1, noCut, i)
					says, err2 := v.value("D(x̃)")
					w, err3 := v.value("D.w")
					if err := first(err, err2, err3); err != nil {
						return err
					}
					want := make([]float64, 8)
					for k, d := range says {
						want[k] = w[0] * (d - 1) / 8
					}
					if err := v.near("∂x̃", 1e-12, want...); err != nil {
						return err
					}
				}
				return nil
			}},
	}
}

// after is what a parameter is after the step, nil if it is not assigned.
func (v view) after(name string) []float64 {
	for i, n := range v.run.Nodes {
		if n.Assigns >= 0 && v.run.Nodes[n.Assigns].Name == name {
			x, _ := v.element(i)
			return x
		}
	}
	return nil
}

func normalisationOracles() []oracle {
	return []oracle{
		{"normalisation", "M12: the batch of 1, 2, 4, 9 and its gradients", "y", func(tr *trace.Trace) error {
			v := begun(tr)
			dx, err := v.value("∂x")
			y, err2 := v.value("y")
			if err := first(err, err2, v.near("y", 1e-6, -.973328, -.648885, 0, 1.622213),
				v.near("∂x", 1e-7, .0375670, -.0776955, .0486664, -.0085379)); err != nil {
				return err
			}
			sum, along := 0., 0.
			for i := range dx {
				sum += dx[i]
				along += dx[i] * y[i]
			}
			if math.Abs(sum) > 1e-15 || math.Abs(along-2.3e-7) > 1e-8 {
				return fmt.Errorf("Σdx is %g, Σdx·x̂ %g", sum, along)
			}
			return nil
		}},
		{"normalisation", "M12: one sample moves all results in training, and one in use", "",
			func(tr *trace.Trace) error {
				for mode := range 2 {
					before, err := at(tr, 0, mode, 3, 0)
					after, err2 := at(tr, 0, mode, 5, 0)
					x, err3 := before.value("y")
					y, err4 := after.value("y")
					if err := first(err, err2, err3, err4); err != nil {
						return err
					}
					moved := 0
					for i := range x {
						if x[i] != y[i] {
							moved++
						}
					}
					if moved != []int{4, 1}[mode] {
						return fmt.Errorf("mode %d: %d results have moved", mode, moved)
					}
				}
				return nil
			}},
		{"normalisation", "M13: the mask of the way back is that of the way forward, 0 or 2", "",
			each(func(v view, at []int) error {
				if at[0] == 0 {
					return nil
				}
				x, err := v.value("x")
				y, err2 := v.value("y")
				dx, err3 := v.value("∂x")
				if err := first(err, err2, err3); err != nil {
					return err
				}
				off := 0
				for i := range x {
					m := y[i] / x[i]
					if m != dx[i] || m != 0 && m != 2 && at[1] == 0 || m != 1 && at[1] == 1 {
						return fmt.Errorf("number %d: forward times %g, back times %g", i, m, dx[i])
					}
					if m == 0 {
						off++
					}
				}
				if at[1] == 0 && (off == 0 || off == len(x)) {
					return fmt.Errorf("%d numbers are off", off)
				}
				return nil
			})},
	}
}

func optimiserOracles() []oracle {
	return []oracle{
		{"optimisers", "all paths are those of a solver of its own, to 1e-12", "", func(tr *trace.Trace) error {
			for _, s := range tr.Settings {
				v, _ := at(tr, s.At...)
				if s.At[3] == 1 {
					continue
				}
				want := solve(s.At[0], s.At[1], s.At[2], int(pathSteps[s.At[4]]))
				if err := v.near("θ", 1e-12, want[0], want[1]); err != nil {
					return fmt.Errorf("setting %v: %w", s.At, err)
				}
			}
			return nil
		}},
		{"optimisers", "M1: the gradient is that of the surface, whatever rate and optimiser", "f",
			each(func(v view, at []int) error {
				theta, err := v.value("θ")
				if err != nil {
					return err
				}
				g := slopeOf(at[0], theta)
				return v.near("∂θ", 1e-12, g[0], g[1])
			})},
		{"optimisers", "SGD diverges above 2/L and not below", "", func(tr *trace.Trace) error {
			for rate, grows := range []bool{false, false, true} {
				early, err := at(tr, 0, 0, rate, 0, 0)
				late, err2 := at(tr, 0, 0, rate, 0, 4)
				x, err3 := early.value("f")
				y, err4 := late.value("f")
				if err := first(err, err2, err3, err4); err != nil {
					return err
				}
				if (y[0] > x[0]) != grows {
					return fmt.Errorf("α = %g: f goes from %g to %g", methods[0].rates[0][rate], x[0], y[0])
				}
			}
			return nil
		}},
		{"optimisers", "M14: Adam's first step is the rate times the sign of the gradient", "",
			func(tr *trace.Trace) error {
				for i := range surfaces() {
					for rate := range 3 {
						v, err := at(tr, i, 4, rate, 0, 0)
						theta, err2 := v.value("θ")
						g, err3 := v.value("∂θ")
						if err := first(err, err2, err3); err != nil {
							return err
						}
						alpha := methods[4].rates[i][rate]
						want := []float64{}
						for k := range theta {
							want = append(want, theta[k]-alpha*math.Copysign(1, g[k]))
						}
						if err := v.near("θ′", 1e-4, want...); err != nil { // at the saddle g is 1e-3 and ε counts
							return err
						}
					}
				}
				return nil
			}},
		{"optimisers", "RMSProp's steps on a plane are α/√(1-βᵗ) long, never less than α", "",
			func(tr *trace.Trace) error {
				for k, t := range pathSteps {
					v, err := at(tr, 2, 3, 1, 0, k)
					theta, err2 := v.value("θ")
					if err := first(err, err2); err != nil {
						return err
					}
					step := methods[3].rates[2][1] / math.Sqrt(1-math.Pow(rho, t+1))
					if err := v.near("θ′", 1e-6, theta[0]-step, theta[1]-step); err != nil {
						return err
					}
				}
				return nil
			}},
		{"optimisers", "AdaGrad's steps on a plane shrink as 1/√t", "", func(tr *trace.Trace) error {
			for k, t := range pathSteps {
				v, err := at(tr, 2, 2, 1, 0, k)
				theta, err2 := v.value("θ")
				if err := first(err, err2); err != nil {
					return err
				}
				step := methods[2].rates[2][1] / math.Sqrt(t+1)
				if err := v.near("θ′", 1e-6, theta[0]-step, theta[1]-step); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// slopeOf is the gradient of a surface, by hand.
func slopeOf(surface int, theta []float64) [2]float64 {
	x, y := theta[0], theta[1]
	switch surface {
	case 0:
		return [2]float64{x / 10, 2 * y}
	case 1:
		return [2]float64{x / 10, -y / 10}
	case 2:
		return [2]float64{1, .1}
	case 3:
		return [2]float64{-2*(1-x) - 400*x*(y-x*x), 200 * (y - x*x)}
	}
	var g [2]float64
	for i, c := range []float64{1.5, 2.25, 2.625} {
		n := float64(i + 1)
		r := c - x + x*math.Pow(y, n)
		g[0] += 2 * r * (math.Pow(y, n) - 1)
		g[1] += 2 * r * x * n * math.Pow(y, n-1)
	}
	return g
}

// solve is where an optimiser is after so many steps, computed without any graph.
func solve(surface, method, rate, steps int) [2]float64 {
	theta := [2]float64(surfaces()[surface].start)
	alpha := methods[method].rates[surface][rate]
	var m, v [2]float64
	for t := 1; t <= steps; t++ {
		g := slopeOf(surface, theta[:])
		for k := range theta {
			switch methods[method].name {
			case "SGD":
				theta[k] -= alpha * g[k]
			case "Momentum":
				m[k] = .9*m[k] + g[k]
				theta[k] -= alpha * m[k]
			case "AdaGrad":
				v[k] += g[k] * g[k]
				theta[k] -= alpha * g[k] / (math.Sqrt(v[k]) + 1e-8)
			case "RMSProp":
				v[k] = .9*v[k] + .1*g[k]*g[k]
				theta[k] -= alpha * g[k] / (math.Sqrt(v[k]) + 1e-8)
			case "Adam":
				m[k] = .9*m[k] + .1*g[k]
				v[k] = .999*v[k] + .001*g[k]*g[k]
				mean := m[k] / (1 - math.Pow(.9, float64(t)))
				square := v[k] / (1 - math.Pow(.999, float64(t)))
				theta[k] -= alpha * mean / (math.Sqrt(square) + 1e-8)
			}
		}
	}
	return theta
}
