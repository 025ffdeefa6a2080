package curves_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/metrics"
	"github.com/stheno-ml/stheno/train/schedule"
)

// The curves of a training that Fit has done, with the loss of each step.
func ExampleWriteSVG() {
	x := graph.FromFloat32([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := graph.FromInt64([]int64{0, 1, 1, 0}, 4)
	trainer := train.New(train.Supervised(mlp.New(2, 8, 2), ops.CrossEntropy), &train.Adam{LR: .05})
	var steps []float64
	fit := train.Fit{
		Trainer:  trainer,
		Train:    train.Fixed([]graph.Tensor{x, y}),
		Epochs:   50,
		Progress: func(now train.Progress) { steps = append(steps, now.Loss) },
	}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	var svg bytes.Buffer
	if err := curves.WriteSVG(&svg, result.History, curves.Options{Title: "exclusive or", Steps: steps}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(svg.String(), "exclusive or"), len(result.History), "epochs")
	// Output: true 50 epochs
}

// What a model says of a series, beside its last values.
func ExampleWriteForecasts() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	sales := curves.Forecast{Name: "sales", Known: []float64{12, 15, 19}, Told: []float64{14, 18}, Next: []float64{22,
		24}}
	path := filepath.Join(dir, "sales.svg")
	fmt.Println(curves.WriteForecasts(path, "Sales of two weeks to come", []curves.Forecast{sales}))
	// Output: <nil>
}

// Where two kinds of things lie in a plane.
func ExampleWriteMapSVG() {
	groups := []curves.Group{
		{Name: "apples", X: []float64{1, 1.2, .9}, Y: []float64{2, 2.1, 1.8}},
		{Name: "pears", X: []float64{3}, Y: []float64{.5}},
	}
	var svg strings.Builder
	if err := curves.WriteMapSVG(&svg, groups, curves.MapOptions{Title: "fruit", X: "weight",
		Y: "length"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(svg.String(), "pears"))
	// Output: true
}

// Two schedules of the learning rate.
func ExampleWriteLines() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	lines := []curves.Line{{Name: "cosine"}, {Name: "one cycle"}}
	for step := range 200 {
		lines[0].Y = append(lines[0].Y, schedule.Cosine{}.At(step, 200))
		lines[1].Y = append(lines[1].Y, schedule.OneCycle{}.At(step, 200))
	}
	opt := curves.LinesOptions{Title: "Two schedules", Y: "share of the learning rate"}
	fmt.Println(curves.WriteLines(filepath.Join(dir, "schedules.svg"), lines, opt))
	// Output: <nil>
}

// The curve of a range test, with its suggestion.
func ExampleWriteRange() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x := graph.FromFloat32([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := graph.FromInt64([]int64{0, 1, 1, 0}, 4)
	trainer := train.New(train.Supervised(mlp.New(2, 8, 2), ops.CrossEntropy), &train.Adam{})
	source := train.Fixed([]graph.Tensor{x, y})
	found, err := train.RangeTest(context.Background(), trainer, source, train.RangeOptions{})
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(curves.WriteRange(filepath.Join(dir, "range.svg"), "exclusive or", found))
	// Output: <nil>
}

// The curves of two trainings in one plot.
func ExampleWriteRuns() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	slow := []history.Row{{Epoch: 1, Step: 10, TrainLoss: 2}, {Epoch: 2, Step: 20, TrainLoss: 1.5}}
	fast := []history.Row{{Epoch: 1, Step: 10, TrainLoss: 1.2}, {Epoch: 2, Step: 20, TrainLoss: .8}}
	runs := []curves.Run{{Name: "lr 0.001", History: slow}, {Name: "lr 0.01", History: fast}}
	fmt.Println(curves.WriteRuns(filepath.Join(dir, "runs.svg"), "Two rates", runs))
	// Output: <nil>
}

// What the examples of three classes were taken for.
func ExampleWriteConfusion() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c, err := metrics.Confuse([]int64{2, 0, 2, 2, 0, 1}, []int64{0, 0, 2, 2, 0, 2}, 3)
	if err != nil {
		log.Print(err)
		return
	}
	c.Names = []string{"ant", "bird", "cat"}
	fmt.Println(curves.WriteConfusion(filepath.Join(dir, "animals.png"), c, "Animals"))
	// Output: <nil>
}

// What a training looks like inside, layer by layer.
func ExampleWriteWatch() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x := graph.FromFloat32([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := graph.FromInt64([]int64{0, 1, 1, 0}, 4)
	trainer := train.New(train.Supervised(mlp.New(2, 8, 2), ops.CrossEntropy), &train.Adam{LR: .05})
	watch := &train.Watch{Of: trainer, Batch: []graph.Tensor{x, y}}
	for range 20 {
		if _, err := trainer.Step(x, y); err != nil {
			log.Print(err)
			return
		}
		if err := watch.Add(); err != nil {
			log.Print(err)
			return
		}
	}
	fmt.Println(curves.WriteWatch(filepath.Join(dir, "layers.svg"), "exclusive or", watch.Looks))
	// Output: <nil>
}

// How well a model tells one class from the rest, and whether its probabilities are as often right as they say.
func ExampleWriteROC() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	truth := []int64{0, 1, 1, 0, 1}
	probabilities := [][]float64{{.9, .1}, {.3, .7}, {.6, .4}, {.55, .45}, {.1, .9}}
	fox := curves.Scored{Name: "fox", Positive: metrics.Is(truth, 1), Scores: metrics.Column(probabilities, 1)}
	fmt.Println(curves.WriteROC(filepath.Join(dir, "roc.svg"), "Foxes", []curves.Scored{fox}))
	fmt.Println(curves.WritePrecisionRecall(filepath.Join(dir, "pr.svg"), "Foxes", []curves.Scored{fox}))

	confidence, right, err := metrics.Confidences(truth, probabilities)
	if err != nil {
		log.Print(err)
		return
	}
	bins, err := metrics.Calibrate(confidence, right, 10)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(curves.WriteCalibration(filepath.Join(dir, "calibration.svg"), "Foxes", bins))
	// Output:
	// <nil>
	// <nil>
	// <nil>
}

// What two ways came to with more and more examples, over three draws.
func ExampleWriteSpreads() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x := []float64{1, 5, 20}
	spreads := []curves.Spread{
		{Name: "random start", X: x, Mean: []float64{14, 19, 32},
			Least: []float64{12, 17, 30}, Most: []float64{15, 22, 35}},
		{Name: "pre-trained", X: x, Mean: []float64{67, 76, 77},
			Least: []float64{60, 75, 76}, Most: []float64{70, 78, 79}},
	}
	opt := curves.SpreadsOptions{Title: "Few examples", X: "examples of each class", Y: "accuracy, %"}
	fmt.Println(curves.WriteSpreads(filepath.Join(dir, "gain.svg"), spreads, opt))
	// Output: <nil>
}
