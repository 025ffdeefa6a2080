package bench

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"time"
)

// heavy are the workloads of which a step takes long; tests have one row of them, and -short leaves them out.
var heavy = map[string]bool{"gpt_6x384_t256_b8_adamw": true}

// tried are the workloads that tests build, all of them with -long.
func tried() (all []Workload) {
	for _, w := range Workloads() {
		if !w.Large || *long {
			all = append(all, w)
		}
	}
	return all
}

// light are those of which a step takes a few milliseconds.
var light = map[string]bool{"mlp_784_128_10_b32_adam": true, "lenet5_b64_sgd": true}

// TestParameters: the models have as many parameters as PyTorch's.
func TestParameters(t *testing.T) {
	// torch 1.13: sum(p.numel() for p in model.parameters()) of the same layers
	want := map[string]int{
		"mlp_784_128_10_b32_adam":        101770,
		"lenet5_b64_sgd":                 61706,
		"convnet_32_64_b64_adam":         1199882,
		"lstm_charlm_2x128_t50_b50_adam": 280897,
		"nanogpt_4x128_t64_b12_adamw":    818176,
		"gpt_6x384_t256_b8_adamw":        10795776,
		"vae_784_400_20_b128_adam":       652824,
		"resnet20_cifar_b32_sgd":         272474,
		"infer_resnet18_b1":              11689512, // torchvision 0.14, and the following
		"infer_resnet50_b1":              25557032,
		"infer_vgg16_b1":                 138357544,
		"infer_alexnet_b1":               61100840,
		"infer_googlenet_b1":             6624904,
		"resnet18_b8_sgd":                11689512,
		"dcgan_64_b16_adam":              3576704 + 2765568, // pytorch/examples, both players
	}
	for _, w := range Workloads() {
		if got := w.Problem(1).Model.Params().Count(); got != want[w.Name] {
			t.Errorf("%s: %d parameters, want %d", w.Name, got, want[w.Name])
		}
	}
}

// TestItems: a step's items are those that the peers count.
func TestItems(t *testing.T) {
	for name, want := range map[string]int{"mlp_784_128_10_b32_adam": 32, "lstm_charlm_2x128_t50_b50_adam": 2500,
		"gpt_6x384_t256_b8_adamw": 2048} {
		if got := Find(name)[0].Items(); got != want {
			t.Errorf("%s: %d items, want %d", name, got, want)
		}
	}
}

// TestLossFalls: a few steps on the same inputs lower the loss, and none is NaN; a forward pass gives numbers.
func TestLossFalls(t *testing.T) {
	for _, w := range tried() {
		t.Run(w.Name, func(t *testing.T) {
			if testing.Short() && heavy[w.Name] {
				t.Skip("takes too long for -short")
			}
			w.Batch = min(w.Batch, 2)
			if heavy[w.Name] {
				w.Batch = 1
			}
			s, err := w.Build()
			if err != nil {
				t.Fatal(err)
			}
			if w.Infer {
				if err := s.Program.Run(); err != nil {
					t.Error(err)
				}
				return
			}
			first, err := s.train()
			for range 3 {
				var last float64
				if err == nil {
					last, err = s.train()
				}
				if err != nil || math.IsNaN(last) || math.IsInf(last, 0) {
					t.Fatalf("loss %v, error %v", last, err)
				}
			}
			last, err := s.train()
			if err != nil || !(last < first) {
				t.Errorf("the loss went from %v to %v, error %v", first, last, err)
			}
		})
	}
}

// TestInfer: each workload has a forward pass for evaluation.
func TestInfer(t *testing.T) {
	for _, w := range tried() {
		w.Batch, w.Infer = 1, true
		s, err := w.Build()
		if err != nil {
			t.Error(err)
			continue
		}
		if err := s.Program.Run(); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
}

// TestBuildMistakes: a batch of nothing is an error.
func TestBuildMistakes(t *testing.T) {
	w := Find("lenet5")[0]
	w.Batch = 0
	if _, err := w.Build(); err == nil || err.Error() != "lenet5_b64_sgd: the batch is 0, want at least 1" {
		t.Errorf("got %v", err)
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]int{"": len(Workloads()), "gpt": 2, "mlp": 1, "lenet5_b64_sgd": 1,
		"nothing": 0} {
		if got := len(Find(name)); got != want {
			t.Errorf("%q finds %d workloads, want %d", name, got, want)
		}
	}
}

// TestMeasure: the figures of a run make sense, and a step allocates nothing.
func TestMeasure(t *testing.T) {
	w := Find("mlp")[0]
	r, s, err := Measure(context.Background(), w, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	// Forward 2·32·(784·128 + 128·10); backward twice that, without the gradient of the images.
	if want := int64(2 * 32 * (2*784*128 + 3*128*10)); r.Flops != want || s.Params != 101770 {
		t.Errorf("%d operations and %d parameters, want %d and 101770", r.Flops, s.Params, want)
	}
	if r.Steps < minSteps || r.Median <= 0 || r.Median > r.P99 || r.P99 > r.Max {
		t.Errorf("%d steps, median %v, p99 %v, max %v", r.Steps, r.Median, r.P99, r.Max)
	}
	if r.Allocs != 0 || r.GCs != 0 {
		t.Errorf("%d allocations a step, %d collections", r.Allocs, r.GCs)
	}
	if r.GFLOPS() <= 0 || r.ItemsPerSecond() <= 0 {
		t.Errorf("%v GFLOP/s, %v items/s", r.GFLOPS(), r.ItemsPerSecond())
	}
}

// TestNoGarbage: steps allocate nothing, so that no garbage is ever collected.
func TestNoGarbage(t *testing.T) {
	for _, w := range tried() {
		t.Run(w.Name, func(t *testing.T) {
			steps := 5
			switch {
			case w.Name == "mlp_784_128_10_b32_adam" || *long:
				steps = 1000
			case light[w.Name]:
				steps = 300
			case heavy[w.Name]:
				w.Batch = 1
			}
			if testing.Short() {
				steps, w.Batch = 3, 1
			}
			s, err := w.Build()
			if err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			// Warming up is over when as many goroutines as there are have been in the same kernel.
			for try := 0; ; try++ {
				allocations, clean, collections, err := s.garbage(steps)
				if err != nil {
					t.Fatal(err)
				}
				// The runtime itself may allocate a little, and on a machine that has much to do as often as there are
				// steps, if these are few and take seconds. What a kernel allocates, it allocates in each.
				if collections == 0 && (allocations < uint64(steps) || try == 5 && steps < 10 && clean > 0) {
					t.Logf("%d allocations in %d steps", allocations, steps)
					return
				}
				if collections > 0 || try == 5 {
					t.Fatalf("%d allocations and %d collections in %d steps", allocations, collections, steps)
				}
			}
		})
	}
}

// garbage runs some steps, and counts what the process allocates meanwhile, the steps in which it allocates nothing,
// and how often garbage is collected beyond the collection that Go starts when there was none for two minutes.
func (s *Step) garbage(steps int) (allocations uint64, clean, collections int, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	last, begin := time.Unix(0, int64(before.LastGC)), before
	for range steps {
		if err := s.Program.Run(); err != nil {
			return 0, 0, 0, err
		}
		if runtime.ReadMemStats(&after); after.Mallocs == before.Mallocs {
			clean++
		}
		before = after
	}
	idle := int(time.Since(last) / (2 * time.Minute))
	return after.Mallocs - begin.Mallocs, clean, max(0, int(after.NumGC-begin.NumGC)-idle), nil
}

func TestMeasureEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Measure(ctx, Find("mlp")[0], time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMachine(t *testing.T) {
	m := MeasureMachine()
	t.Logf("%+v", m)
	if m.CPU == "" || m.Threads < 1 || m.CoreGFLOPS <= 0 || m.GFLOPS <= 0 || m.CopyGBs <= 0 {
		t.Errorf("%+v", m)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, w := range tried() {
		b.Run(w.Name, func(b *testing.B) {
			s, err := w.Build()
			if err != nil {
				b.Fatal(err)
			}
			for range warmUps {
				if err := s.Program.Run(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Program.Run(); err != nil {
					b.Fatal(err)
				}
			}
			perStep := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(float64(w.Items())/perStep, "items/s")
			b.ReportMetric(float64(s.Program.Cost().Products)/perStep/1e9, "GFLOP/s")
		})
	}
}
