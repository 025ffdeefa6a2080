package lessons

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/viz/trace"
)

// oracles are the numbers of the lessons, from closed forms.
func oracles() []oracle {
	return slices.Concat(neuronOracles(), forkOracles(), sigmoidOracles(), deadOracles(), xorOracles(),
		convolutionOracles(),
		recurrenceOracles(), attentionOracles(), samplerOracles(), gameOracles(), normalisationOracles(),
		optimiserOracles())
}

// each checks all settings.
func each(check func(v view, at []int) error) func(*trace.Trace) error {
	return func(tr *trace.Trace) error {
		for _, s := range tr.Settings {
			v, _ := at(tr, s.At...)
			if err := check(v, s.At); err != nil {
				return fmt.Errorf("setting %v: %w", s.At, err)
			}
		}
		return nil
	}
}

func neuronOracles() []oracle {
	return []oracle{
		{"neuron", "z, a and all gradients are those of CS231n", "z", func(tr *trace.Trace) error {
			v := begun(tr)
			return first(v.near("z", 1e-12, 1), v.near("a", 1e-7, .7310586), v.near("∂z", 1e-7, .1966119),
				v.near("∂w₀", 1e-4, -.1966), v.near("∂x₀", 1e-4, .3932), v.near("∂w₁", 1e-4, -.3932),
				v.near("∂x₁", 1e-4, -.5898), v.near("∂b", 1e-4, .1966))
		}},
		{"neuron", "in every setting a gradient is σ′(z) times the other factor", "z", func(tr *trace.Trace) error {
			for i := range tr.Settings {
				v, _ := at(tr, tr.Settings[i].At...)
				n := map[string]float64{}
				for _, name := range []string{"w₀", "x₀", "w₁", "x₁", "b"} {
					x, err := v.value(name)
					if err != nil {
						return err
					}
					n[name] = x[0]
				}
				a := 1 / (1 + math.Exp(-(n["w₀"]*n["x₀"] + n["w₁"]*n["x₁"] + n["b"])))
				s := a * (1 - a)
				if err := first(v.near("a", 1e-12, a), v.near("∂w₀", 1e-12, s*n["x₀"]), v.near("∂x₀", 1e-12,
					s*n["w₀"]),
					v.near("∂w₁", 1e-12, s*n["x₁"]), v.near("∂x₁", 1e-12, s*n["w₁"]), v.near("∂b", 1e-12,
						s)); err != nil {
					return fmt.Errorf("setting %v: %w", tr.Settings[i].At, err)
				}
			}
			return nil
		}},
		{"neuron", "M5: no gradient is computed before the output is", "", func(tr *trace.Trace) error {
			v := begun(tr)
			forward := slices.IndexFunc(v.run.Instructions,
				func(i trace.Instruction) bool { return i.Phase == "backward" })
			for _, in := range v.run.Instructions[:forward] {
				for _, n := range in.Results {
					if v.run.Nodes[n].GradOf >= 0 {
						return fmt.Errorf("%s is a gradient", in.Text)
					}
				}
			}
			return nil
		}},
	}
}

func forkOracles() []oracle {
	return []oracle{
		{"forks", "M2: two wires of x·x bring 3 each, together 6", "y", func(tr *trace.Trace) error {
			return begun(tr).near("∂x", 0, 6)
		}},
		{"forks", "the gradients of f add over three roads and two", "(x+y)²", func(tr *trace.Trace) error {
			v, err := at(tr, 1, adds, 4)
			return first(err, v.near("f", 1e-7, 1.5456449), v.near("∂x", 1e-7, .5121444+1.5831869-.0357615),
				v.near("∂y", 1e-7, .0090459+1.5831869))
		}},
		{"forks", "what overwrites leaves one contribution", "x + σ(y)", func(tr *trace.Trace) error {
			v, err := at(tr, 1, overwrite, 4)
			w, err2 := at(tr, 0, overwrite, 4)
			return first(err, err2, v.near("∂x", 1e-7, .5121444), v.near("∂y", 1e-5, .0090459), w.near("∂x", 0, 3))
		}},
		{"forks", "M4: without zeroing, 6 becomes 12", "y", func(tr *trace.Trace) error {
			v, err := at(tr, 0, keeps, 4)
			return first(err, v.near("x.grad", 0, 6), v.near("x.grad + ∂y/∂x", 0, 12))
		}},
	}
}

func convolutionOracles() []oracle {
	return []oracle{
		{"convolution", "M8: the gradient of the shared kernel is the sum of those of its twin", "",
			func(tr *trace.Trace) error {
				for _, s := range tr.Settings {
					if s.At[3] == 1 {
						continue
					}
					v, _ := at(tr, s.At...)
					twin, _ := at(tr, s.At[0], s.At[1], s.At[2], 1)
					rows, err := twin.value("∂w")
					if err != nil {
						return err
					}
					sum := make([]float64, 9)
					for i, x := range rows {
						sum[i%9] += x
					}
					if err := v.near("∂w", 1e-12, sum...); err != nil {
						return fmt.Errorf("setting %v: %w", s.At, err)
					}
				}
				return nil
			}},
		{"convolution", "dW is the sum of gradient times patch, and dX is what the places send back", "y",
			each(func(v view, at []int) error {
				return kernelGradient(v, at[1]+1, at[2])
			})},
		{"convolution", "M9: pooling sends all on, to one cell of each window", "p", each(func(v view,
			at []int) error {
			arrived, err := v.value("c")
			dy, err2 := v.value("∂y")
			if err := first(err, err2); err != nil {
				return err
			}
			n := int(math.Sqrt(float64(len(dy))))
			for w, c := range arrived {
				lit, sum := 0, 0.
				for k := range 4 {
					g := dy[(w/(n/2)*2+k/2)*n+w%(n/2)*2+k%2]
					if g != 0 {
						lit++
					}
					sum += g
				}
				if lit != 1 || sum != c {
					return fmt.Errorf("window %d: %d cells with a gradient, which add up to %g of %g", w, lit, sum, c)
				}
			}
			return nil
		})},
	}
}

// kernelGradient compares the gradient of the kernel, or of one for each place, with the patches of the picture.
func kernelGradient(v view, stride, pad int) error {
	x, err := v.value("x")
	dy, err2 := v.value("∂y")
	dw, err3 := v.value("∂w")
	if err := first(err, err2, err3); err != nil {
		return err
	}
	out := int(math.Sqrt(float64(len(dy))))
	want := make([]float64, len(dw))
	for p, d := range dy {
		for k := range 9 {
			row, column := p/out*stride+k/3-pad, p%out*stride+k%3-pad
			if row >= 0 && row < 6 && column >= 0 && column < 6 {
				want[(p*9+k)%len(dw)] += d * x[row*6+column]
			}
		}
	}
	return v.near("∂w", 1e-12, want...)
}
