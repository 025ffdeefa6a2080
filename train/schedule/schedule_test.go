package schedule

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// pyTorch is what testdata/schedules.py writes.
type pyTorch struct {
	Rates    map[string][]float64
	Plateaus map[string][]float64
}

func fixture(t *testing.T) (f pyTorch) {
	t.Helper()
	text, err := os.ReadFile("testdata/schedules.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// asPyTorch are the forms of testdata/schedules.py.
var asPyTorch = map[string]Form{
	"step":            Step{Every: 100, Gamma: .5},
	"multistep":       MultiStep{When: []float64{50, .3, .8}, Gamma: .3},
	"exponential":     Exponential{Gamma: .995, Every: 1},
	"polynomial":      Polynomial{Over: .9, Power: 2},
	"linear":          Linear{From: .25, To: .75, Over: 600},
	"cosine":          Cosine{},
	"cosine min":      Cosine{Min: .2},
	"restarts":        Restarts{First: 150},
	"restarts longer": Restarts{First: 70, Mult: 2, Min: .05},
	"triangular":      Cyclic{Up: 120},
	"triangular2":     Cyclic{Up: 80, Down: 160, Mode: Triangular2},
	"exprange":        Cyclic{Up: 90, Mode: ExpRange, Gamma: .998},
	"onecycle":        OneCycle{Max: 10},
	"onecycle linear": OneCycle{Pct: .4, Div: 10, FinalDiv: 100, Linear: true},
	"onecycle three":  OneCycle{Pct: .35, ThreePhase: true},
	"sequence": Sequence{Of: []Form{Linear{From: .1, Over: 50}, Exponential{Gamma: .99, Every: 1},
		Step{Every: 60, Gamma: .5}}, When: []float64{50, 400}},
	"product": Product{Linear{From: .2, Over: 200}, Step{Every: 300, Gamma: .5}},
}

// differs reports the first of PyTorch's rates that the schedule of a thousand steps does not have.
func differs(s Schedule, want []float64) error {
	for i, w := range want {
		step := min(10*i, 999)
		if got := s(step, 1000); !(math.Abs(got-w) <= 1e-6*w+1e-12) {
			return fmt.Errorf("step %d: got %v, want %v", step, got, w)
		}
	}
	return nil
}

func TestPyTorch(t *testing.T) {
	rates := fixture(t).Rates
	if len(rates) != len(asPyTorch) {
		t.Errorf("PyTorch has %d schedules, there are %d", len(rates), len(asPyTorch))
	}
	for name, f := range asPyTorch {
		t.Run(name, func(t *testing.T) {
			s, err := New(f)
			if err != nil {
				t.Fatal(err)
			}
			if len(rates[name]) != 101 {
				t.Fatalf("PyTorch has %d rates, want 101", len(rates[name]))
			}
			if err := differs(s, rates[name]); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPyTorchNotices: a form that is off by little, or by a step, is none of PyTorch's.
func TestPyTorchNotices(t *testing.T) {
	rates := fixture(t).Rates
	for name, f := range asPyTorch {
		more := Schedule(func(step, steps int) float64 { return f.At(step, steps) * (1 + 3e-6) })
		late := Schedule(func(step, steps int) float64 { return f.At(step-1, steps) })
		if differs(more, rates[name]) == nil || differs(late, rates[name]) == nil {
			t.Errorf("%s: PyTorch's rates are those of a schedule that is wrong", name)
		}
	}
}

// figures are those of testdata/schedules.py.
func figures() (all []float64) {
	state, v := uint64(1), 5.
	for range 1000 {
		state = (state*1103515245 + 12345) % (1 << 31)
		v += (float64(state)/(1<<31) - .52) * .05
		all = append(all, v)
	}
	return all
}

func TestPlateau(t *testing.T) {
	for name, p := range map[string]Plateau{
		"least":          {Factor: .5, Patience: 10, Threshold: 1e-4},
		"least absolute": {Factor: .7, Patience: 3, Threshold: .02, Absolute: true, Cooldown: 5},
		"most":           {Most: true, Factor: .9, Patience: 20, Threshold: 1e-3, Min: .01},
		"most absolute":  {Most: true, Factor: .95, Absolute: true, Cooldown: 30},
	} {
		t.Run(name, func(t *testing.T) {
			want := fixture(t).Plateaus[name]
			if len(want) != 100 {
				t.Fatalf("PyTorch has %d rates, want 100", len(want))
			}
			hasty, wrong := p, false
			hasty.Patience, hasty.Cooldown = p.Patience+1, p.Cooldown+1
			for i, figure := range figures() {
				got, other := p.Next(figure), hasty.Next(figure)
				if i%10 != 0 {
					continue
				}
				w := want[i/10]
				if math.Abs(got-w) > 1e-6*w {
					t.Fatalf("after figure %d: got %v, want %v", i, got, w)
				}
				wrong = wrong || math.Abs(other-w) > 1e-6*w
			}
			if !wrong {
				t.Error("PyTorch's rates are those of another patience")
			}
		})
	}
}

// TestPlateauGoesOn: one that is saved and read goes on as the one that was not.
func TestPlateauGoesOn(t *testing.T) {
	whole := &Plateau{Patience: 4, Cooldown: 2, Factor: .5}
	part := &Plateau{Patience: 4, Cooldown: 2, Factor: .5}
	for i, figure := range figures()[:200] {
		if i%7 == 0 {
			text, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			part = new(Plateau)
			if err := json.Unmarshal(text, part); err != nil {
				t.Fatal(err)
			}
		}
		if i%5 == 0 {
			values, err := part.Keep()
			if err != nil {
				t.Fatal(err)
			}
			part = &Plateau{Patience: 4, Cooldown: 2, Factor: .5}
			if err := part.TakeUp(values); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := whole.Next(figure), part.Next(figure); a != b {
			t.Fatalf("after figure %d: got %v, want %v", i, b, a)
		}
	}
	if whole.Now.Reduced == 0 {
		t.Error("nothing was reduced")
	}
	for _, counts := range [][]int64{nil, {1, 1, 1, 1}, {1, 2, 0, 0, 0}, {1, 1, -1, 0, 0}} {
		values := map[string]graph.Tensor{"counts": graph.FromInt64(counts, len(counts)),
			"best": graph.FromFloat64([]float64{1})}
		if now := part.Now; part.TakeUp(values) == nil || part.Now != now {
			t.Errorf("counts %v are taken up", counts)
		}
	}
	if _, err := (*Plateau)(nil).Keep(); err == nil || (*Plateau)(nil).TakeUp(nil) == nil {
		t.Error("none is kept")
	}
}

func TestPlateauOfNoFigure(t *testing.T) {
	p := Plateau{Patience: 1}
	if got := p.Share(); got != 1 {
		t.Errorf("before the first figure the share is %v, want 1", got)
	}
	for _, figure := range []float64{math.NaN(), math.Inf(-1), 3, 2} {
		p.Next(figure)
	}
	if p.Now != (PlateauState{Seen: 4, Found: true, Best: 2, Reduced: 1}) {
		t.Errorf("got %+v", p.Now)
	}
	if got := (&Plateau{Factor: 2}).Next(1); !math.IsNaN(got) {
		t.Errorf("with a factor of 2 the share is %v, want NaN", got)
	}
	down := Plateau{Threshold: .1} // of a best that is negative
	down.Next(-1)
	if down.Next(-1.05); down.Now.Best != -1 {
		t.Error("-1.05 is better than -1 by a tenth")
	}
}

// TestOnePlace: what each form begins and ends with, by hand.
func TestOnePlace(t *testing.T) {
	for _, c := range []struct {
		name        string
		form        Form
		step, steps int
		want        float64
	}{
		{"half of a cosine", Cosine{}, 50, 100, .5},
		{"a cosine stays at its end", Cosine{Min: .1}, 200, 100, .1},
		{"a step below 0 is the first", Exponential{}, -5, 100, 1},
		{"the usual exponential falls to a hundredth", Exponential{}, 100, 100, .01},
		{"a length of one step at least", Step{Every: .001}, 1, 10, .1},
		{"a root falls to half at four times the warm-up", InverseRoot{Warm: 100}, 399, 0, .5},
		{"the peak of a root is 1", InverseRoot{Warm: .1}, 9, 100, 1},
		{"a warm-up of nine begins at a tenth", Warmup{Over: 9, Then: Step{Every: 5}}, 0, 0, .1},
		{"behind it time begins", Warmup{Over: 9, Then: Step{Every: 5}}, 14, 0, .1},
		{"a warm-up leaves the last step", Warmup{Over: .99, Then: Cosine{}}, 0, 1, 1},
		{"a length in steps needs no number of steps", Restarts{First: 10, Mult: 2}, 20, 0, .5},
		{"a share does", Step{}, 0, 0, math.NaN()},
		{"and so does all", Cosine{}, 0, 0, math.NaN()},
		{"and so does a warm-up", Warmup{}, 0, 0, math.NaN()},
		{"and so does a sequence", Sequence{Of: []Form{Fixed{}, Fixed{}}, When: []float64{.5}}, 0, 0, math.NaN()},
		{"a sequence in no order", Sequence{Of: []Form{Fixed{}, Fixed{}, Fixed{}}, When: []float64{.9, 5}}, 3, 1000,
			math.NaN()},
		{"a sequence of one form", Sequence{Of: []Form{Step{Every: 2}}}, 2, 0, .1},
		{"a part without a step", Sequence{Of: []Form{Fixed{}, Step{}, Linear{}}, When: []float64{.1, .101}}, 1, 10,
			1. / 3},
		{"one cycle stays at its end", OneCycle{}, 500, 100, 4e-6},
		{"one cycle of one step is at its end", OneCycle{}, 0, 1, 4e-6},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.form.At(c.step, c.steps)
			if !(math.Abs(got-c.want) < 1e-12 || math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestWarmup: the rates are nanoGPT's, whose warm-up is a hundred of two thousand steps, and whose cosine ends at a
// tenth.
func TestWarmup(t *testing.T) {
	nanoGPT := Warmup{Over: .05, Then: Cosine{Min: .1}}
	for step, want := range map[int]float64{0: 9.90099e-3, 99: .990099, 100: 1, 1000: .5871607, 2000: .1} {
		if got := nanoGPT.At(step, 2000); math.Abs(got-want) > 1e-6 {
			t.Errorf("step %d: got %v, want %v", step, got, want)
		}
	}
}

func TestNonsense(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		form Form
		want string
	}{
		{nil, "schedule: there is no form"},
		{(*Cosine)(nil), "schedule: there is no form"},
		{Schedule(nil), "schedule: Schedule: there is no schedule"},
		{Step{Every: -1},
			"schedule: Step: Every is -1, want a whole number of steps, or a share of all steps below 1"},
		{Step{Every: 2.5}, "schedule: Step: Every is 2.5, want a whole"},
		{Step{Every: nan}, "schedule: Step: Every is NaN"},
		{Step{Gamma: -1}, "schedule: Step: Gamma is -1, want a finite number that is not negative"},
		{MultiStep{When: []float64{3, 2}}, "schedule: MultiStep: When[1] is 2, want it above 3, the one before"},
		{MultiStep{When: []float64{.3, 0}}, "schedule: MultiStep: When[1] is 0, want it after the beginning"},
		{MultiStep{When: []float64{-3}}, "schedule: MultiStep: When[0] is -3"},
		{Exponential{Gamma: inf}, "schedule: Exponential: Gamma is +Inf"},
		{Polynomial{Power: nan}, "schedule: Polynomial: Power is NaN"},
		{Polynomial{Min: 2}, "schedule: Polynomial: Min is 2, want a number in [0, 1]"},
		{Linear{To: -1}, "schedule: Linear: To is -1"},
		{Cosine{Over: inf}, "schedule: Cosine: Over is +Inf"},
		{Restarts{Mult: 1.5}, "schedule: Restarts: Mult is 1.5, want a whole number from 1 on"},
		{Cyclic{Mode: 9}, "schedule: Cyclic: Mode is 9, want Triangular, Triangular2 or ExpRange"},
		{Cyclic{Low: 2}, "schedule: Cyclic: Low is 2"},
		{OneCycle{Pct: 1}, "schedule: OneCycle: Pct is 1, want a number in (0, 1), or 0 for 0.3"},
		{OneCycle{Pct: .6, ThreePhase: true}, "schedule: OneCycle: Pct is 0.6, want a number in (0, 0.5] for three"},
		{OneCycle{Div: .5}, "schedule: OneCycle: Div is 0.5, want a finite number from 1 on, or 0 for the usual one"},
		{InverseRoot{Warm: -1}, "schedule: InverseRoot: Warm is -1"},
		{Warmup{Over: nan}, "schedule: Warmup: Over is NaN"},
		{Warmup{Then: Cosine{Min: -1}}, "schedule: Warmup: Cosine: Min is -1"},
		{Sequence{}, "schedule: Sequence: there are no forms in Of"},
		{Sequence{Of: []Form{Fixed{}, Fixed{}}}, "schedule: Sequence: 0 times are in When for 2 forms, want 1"},
		{Sequence{Of: []Form{nil}}, "schedule: Sequence: form 0: there is no form"},
		{Product{}, "schedule: Product: there are no forms"},
		{Product{Fixed{}, Step{Every: -2}}, "schedule: Product: form 1: Step: Every is -2"},
	} {
		if _, err := New(c.form); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s…", err, c.want)
		}
		if c.form != nil && c.form != Form((*Cosine)(nil)) {
			if got := c.form.At(3, 10); !math.IsNaN(got) {
				t.Errorf("%#v: the share is %v, want NaN", c.form, got)
			}
		}
	}
	for want, p := range map[string]*Plateau{
		"there is no Plateau":                        nil,
		"the Patience is -1, want it not negative":   {Patience: -1},
		"the Cooldown is -1, want it not negative":   {Cooldown: -1},
		"Factor is 1, want a number in (0, 1), or 0": {Factor: 1},
		"Threshold is NaN, want a finite number":     {Threshold: nan},
		"Min is 2, want a number in [0, 1]":          {Min: 2},
	} {
		if err := p.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
}

// TestRandom: whatever the numbers, a form that makes sense gives shares that are numbers, and in [0, 1] where its own
// are.
func TestRandom(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		f, steps := random(r, 2), 1+r.IntN(200)
		if _, err := New(f); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range 20 {
			step := r.IntN(steps + 5)
			if v := f.At(step, steps); !(v >= 0 && v <= 1+1e-12) {
				t.Fatalf("seed %d: %#v: the share at step %d of %d is %v, want a number in [0, 1]", seed, f, step,
					steps, v)
			}
		}
	}
}

// random is a form whose shares are in [0, 1], made of others up to a depth.
func random(r *rand.Rand, depth int) Form {
	span := func() float64 {
		if r.IntN(2) == 0 {
			return float64(r.IntN(300))
		}
		return r.Float64()
	}
	forms := []Form{Fixed{}, Step{span(), r.Float64()}, Exponential{r.Float64(), span()},
		Polynomial{3 * r.Float64(), span(), r.Float64()}, Linear{r.Float64(), r.Float64(), span()},
		Cosine{r.Float64(), span()}, Restarts{span(), float64(r.IntN(4)), r.Float64()}, InverseRoot{span()},
		Cyclic{r.Float64(), span(), span(), Mode(r.IntN(3)), r.Float64()},
		OneCycle{r.Float64(), r.Float64() / 2, 1 + 30*r.Float64(), 0, r.IntN(2) == 0, r.IntN(2) == 0}}
	if depth > 0 {
		forms = append(forms, Warmup{span(), random(r, depth-1)}, Product{random(r, depth-1), random(r, depth-1)},
			Sequence{[]Form{random(r, depth-1), random(r, depth-1)}, []float64{1 - r.Float64()}})
	}
	return forms[r.IntN(len(forms))]
}
