package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// newSteps are training steps of many instructions.
var newSteps = []struct {
	name    string
	params  int           // torchvision 0.14, and 65·32 + 32·128 + 128 + 32·128 + 32·65 + 65
	least   int           // instructions of the tape
	limit   time.Duration // of building, differentiating and compiling
	problem func() Problem
}{
	{"ResNet-50", 25_557_032, 500, time.Second, func() Problem { return pictures(cnn.NewResNet50(1000)) }},
	{"ResNet-101", 44_549_160, 1000, time.Second, func() Problem { return pictures(cnn.NewResNet101(1000)) }},
	{"LSTM of small ops, 400 steps", 12_545, 10_000, 2 * time.Second, func() Problem {
		return language(newUnrolled(characters, 32), 4, 400, &train.Adam{LR: 1e-3})
	}},
}

// pictures is the task of naming one picture.
func pictures(m nn.Model) Problem {
	return supervised(m, Normal(1, 3, 224, 224), Integers("y", 1000, 1), ops.CrossEntropy,
		&train.SGD{LR: .1, Momentum: .9})
}

// compiled builds, differentiates and compiles the training step of p, and returns the length of its tape and what
// that took.
func compiled(t testing.TB, p Problem) (instructions int, took time.Duration) {
	t.Helper()
	start := time.Now()
	prog, err := train.New(train.Supervised(p.Model, p.Loss), p.Optimizer).Program(p.X.Type, p.Y.Type)
	if err != nil {
		t.Fatal(err)
	}
	return len(prog.Instructions()), time.Since(start)
}

// TestCompileTime: the best of a few tries is below the limit, far below it on an idle machine.
func TestCompileTime(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	for _, s := range newSteps {
		t.Run(s.name, func(t *testing.T) {
			p := s.problem()
			if n := p.Model.Params().Count(); n != s.params {
				t.Errorf("%d parameters, want %d", n, s.params)
			}
			var best time.Duration
			for try := 0; try < 5 && (try == 0 || best > s.limit/2); try++ {
				instructions, took := compiled(t, p)
				if instructions < s.least {
					t.Errorf("%d instructions, want %d at least", instructions, s.least)
				}
				if try == 0 || took < best {
					best = took
				}
				t.Logf("%d instructions in %v", instructions, took)
			}
			if best > s.limit {
				t.Errorf("compiling takes %v, want less than %v", best, s.limit)
			}
		})
	}
}

// BenchmarkCompile is the time from a model to the program of its training step.
func BenchmarkCompile(b *testing.B) {
	for _, s := range newSteps {
		b.Run(s.name, func(b *testing.B) {
			p := s.problem()
			var instructions int
			for b.Loop() {
				instructions, _ = compiled(b, p)
			}
			b.ReportMetric(float64(instructions), "instructions")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(instructions), "µs/instruction")
		})
	}
}

// BenchmarkScale shows that a step costs in proportion to the batch, and to the length of the sequences.
func BenchmarkScale(b *testing.B) {
	lenet := Find("lenet5_b64_sgd")[0]
	for batch := 16; batch <= 1024; batch *= 2 {
		lenet.Batch = batch
		b.Run(fmt.Sprintf("lenet5/batch=%d", batch),
			func(b *testing.B) { benchmarkScale(b, lenet, batch, "µs/image") })
	}
	for steps := 25; steps <= 400; steps *= 2 {
		w := Workload{Name: "lstm", Batch: 16, Problem: func(n int) Problem {
			return language(newLSTM(characters, 128, 2), n, steps, &train.Adam{LR: 1e-3})
		}}
		b.Run(fmt.Sprintf("lstm/T=%d", steps),
			func(b *testing.B) { benchmarkScale(b, w, w.Batch*steps, "µs/character") })
	}
}

func benchmarkScale(b *testing.B, w Workload, items int, unit string) {
	s, err := w.Build()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.Program.Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(items), unit)
}
