package train

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/schedule"
)

// panicOf is what a call panics with, "" for nothing.
func panicOf(call func()) (said string) {
	defer func() {
		if r := recover(); r != nil {
			said = fmt.Sprint(r)
		}
	}()
	call()
	return ""
}

// anyhow calls a function with zero values, but for what has to be there to be written to and read from, and with an
// evaluation in what is a Progress if it is to be one.
func anyhow(f reflect.Value, evaluated bool) string {
	var in []reflect.Value
	for i := range f.Type().NumIn() {
		of := f.Type().In(i)
		v := reflect.Zero(of)
		for _, there := range []any{io.Discard, strings.NewReader(""), context.Background(), &Control{},
			&graph.Graph{}} {
			if t := reflect.TypeOf(there); of.Kind() == reflect.Interface && of.NumMethod() > 0 && t.Implements(of) ||
				t == of {
				v = reflect.ValueOf(there)
			}
		}
		if of == reflect.TypeFor[Progress]() && evaluated {
			v = reflect.ValueOf(Progress{Scores: &Scores{}})
		}
		in = append(in, v)
	}
	return panicOf(func() {
		if f.Type().IsVariadic() {
			f.CallSlice(in)
			return
		}
		f.Call(in)
	})
}

// TestToolsAnyhow: no method of a tool panics, be the tool nil or the zero value, and its arguments nil or zero.
func TestToolsAnyhow(t *testing.T) {
	for _, tool := range []any{&Trainer{}, &Fit{}, &Evaluator{}, &Average{}, &EarlyStop{}, &KeepBest{}, &Watch{},
		&Snapshots{}, &Thaw{}, &Checkpoint{}, &SettingsError{}, &schedule.Plateau{}} {
		zero := reflect.ValueOf(tool)
		for _, v := range []reflect.Value{zero, reflect.Zero(zero.Type())} {
			for i := range v.NumMethod() {
				name := v.Type().Method(i).Name
				if _, isError := tool.(error); isError && v.IsNil() {
					continue
				}
				for _, evaluated := range []bool{false, true} {
					if said := anyhow(v.Method(i), evaluated); said != "" {
						t.Errorf("%s of %T, nil %v: panic: %s", name, tool, v.IsNil(), said)
					}
				}
			}
		}
	}
	for name, f := range map[string]any{"RangeTest": RangeTest, "ReadCheckpoint": ReadCheckpoint,
		"ReadCSV": history.ReadCSV, "CheckForm": history.CheckForm, "Minimize": Minimize, "Hooks": Hooks, "New": New,
		"NewEvaluator": NewEvaluator, "NewOptimizer": NewOptimizer,
		"Rows.WriteCSV": history.Rows.WriteCSV, "Rows.WriteEvents": history.Rows.WriteEvents,
		"Rows.WriteEventsWith": history.Rows.WriteEventsWith, "Rows.WriteFile": history.Rows.WriteFile,
		"Rows.WriteFileWith": history.Rows.WriteFileWith, "Rows.WriteJSONLines": history.Rows.WriteJSONLines,
		"Rows.Join": history.Rows.Join, "Look.Figures": (&history.Look{}).Figures,
		"SeenParam.Ratio": (&history.SeenParam{}).Ratio} {
		if said := anyhow(reflect.ValueOf(f), false); said != "" {
			t.Errorf("%s: panic: %s", name, said)
		}
	}
	if anyhow(reflect.ValueOf(Limit), false) == "" { // negative control
		t.Error("no panic is seen")
	}
}

// TestToolsInAnyOrder: tools whose parameters are now those of one model and now those of another are called in a
// random order, and take up what others have kept. Nothing panics, and what is restored is what was best.
func TestToolsInAnyOrder(t *testing.T) {
	done := map[string]bool{}
	for seed := range uint64(40) {
		random := nn.NewRand(seed, "order")
		models := []*mlp.MLP{mlp.New(4, 3), mlp.New(4, 5, 3), mlp.New(4, 3)}
		for i, m := range models {
			m.Params().Init(uint64(i))
		}
		of := func() *nn.Params {
			if i := random.IntN(len(models) + 1); i < len(models) {
				return models[i].Params()
			}
			return nil
		}
		trainer := New(Supervised(models[0], ops.CrossEntropy), &Adam{})
		stop, average, best := &EarlyStop{}, &Average{Decay: .5}, &KeepBest{Dir: t.TempDir()}
		thaw, watch := &Thaw{From: []Part{{"", 1}}}, &Watch{Of: trainer}
		keepers := []Keeper{stop, average, best, thaw, watch, &schedule.Plateau{}}
		var kept []map[string]graph.Tensor
		var said []string
		calls := []func() string{
			func() string { stop.Of = of(); return "stop.Of" },
			func() string { average.Of = of(); return "average.Of" },
			func() string { best.Of = of(); return "best.Of" },
			func() string { thaw.Of = of(); return "thaw.Of" },
			func() string {
				rows := 1 + random.IntN(3)
				watch.Batch = []graph.Tensor{normal(seed, rows, 4), graph.FromInt64(make([]int64, rows), rows)}
				return "watch.Batch"
			},
			func() string { _, err := stop.Add(random.Float64()); return fmt.Sprint("stop.Add ", err) },
			func() string { return fmt.Sprint("stop.Restore ", stop.Restore()) },
			func() string { return fmt.Sprint("average.Add ", average.Add()) },
			func() string { return fmt.Sprint("average.Swap ", average.Swap()) },
			func() string { return fmt.Sprint("best.Add ", best.Add(random.IntN(3), random.Float64())) },
			func() string { return fmt.Sprint("thaw.At ", thaw.At(random.IntN(3))) },
			func() string { return fmt.Sprint("watch.Add ", watch.Add()) },
			func() string {
				_, err := trainer.Step(normal(seed, 2, 4), graph.FromInt64([]int64{0, 1}, 2))
				return fmt.Sprint("Step ", err)
			},
			func() string {
				values, err := keepers[random.IntN(len(keepers))].Keep()
				kept = append(kept, values)
				return fmt.Sprint("Keep ", err)
			},
			func() string {
				k := keepers[random.IntN(len(keepers))]
				if len(kept) == 0 {
					return ""
				}
				return fmt.Sprintf("%T.TakeUp %v", k, k.TakeUp(kept[random.IntN(len(kept))]))
			},
		}
		for range 40 {
			call := calls[random.IntN(len(calls))]
			if p := panicOf(func() { said = append(said, call()) }); p != "" {
				t.Fatalf("seed %d: panic: %s, after %q", seed, p, said)
			}
		}
		for _, k := range keepers { // what a tool has kept it takes up
			values, err := k.Keep()
			if err != nil {
				continue
			}
			if err := k.TakeUp(values); err != nil {
				t.Errorf("seed %d: %T does not take up what it has kept: %v, after %q", seed, k, err, said)
			}
		}
		for _, s := range said {
			if what, ok := strings.CutSuffix(s, " <nil>"); ok {
				done[what] = true
			}
		}
	}
	for _, what := range []string{"stop.Add", "stop.Restore", "average.Add", "average.Swap", "best.Add", "thaw.At",
		"watch.Add", "Step", "Keep", "*train.EarlyStop.TakeUp", "*train.Watch.TakeUp"} {
		if !done[what] { // negative control
			t.Errorf("%s never did anything but fail", what)
		}
	}
}
