package schedule_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/train/schedule"
)

// The shares of a rate over a hundred steps.
func ExampleCosine() {
	for _, step := range []int{0, 25, 50, 75, 100} {
		fmt.Printf("%.3f ", schedule.Cosine{}.At(step, 100))
	}
	// Output: 1.000 0.854 0.500 0.146 0.000
}

// The rate rises over ten of a hundred steps, and then falls along half a wave.
func ExampleWarmup() {
	form := schedule.Warmup{Over: 10, Then: schedule.Cosine{}}
	for _, step := range []int{0, 4, 9, 10, 55, 100} {
		fmt.Printf("%.3f ", form.At(step, 100))
	}
	// Output: 0.091 0.455 0.909 1.000 0.500 0.000
}

// New finds what makes no sense, wherever it is.
func ExampleNew() {
	s, err := schedule.New(schedule.Cyclic{Low: .1, Up: 2})
	if err != nil {
		log.Fatal(err)
	}
	for step := range 5 {
		fmt.Println(step, s(step, 0)) // lengths in steps need no number of all steps
	}
	_, err = schedule.New(schedule.Warmup{Over: .1, Then: schedule.Step{Every: 2.5}})
	fmt.Println(err)
	// Output:
	// 0 0.1
	// 1 0.55
	// 2 1
	// 3 0.55
	// 4 0.1
	// schedule: Warmup: Step: Every is 2.5, want a whole number of steps, or a share of all steps below 1
}

// PyTorch's way to warm up: a straight line, and then another schedule.
func ExampleSequence() {
	form := schedule.Sequence{
		Of:   []schedule.Form{schedule.Linear{From: .25, Over: 3}, schedule.Exponential{Gamma: .5, Every: 1}},
		When: []float64{3},
	}
	for step := range 6 {
		fmt.Printf("%.4g ", form.At(step, 6))
	}
	// Output: 0.25 0.5 0.75 1 0.5 0.25
}

// A warm-up and steps at the same time.
func ExampleProduct() {
	form := schedule.Product{schedule.Linear{From: .5, Over: 2}, schedule.Step{Every: 3, Gamma: .1}}
	for step := range 6 {
		fmt.Printf("%.4g ", form.At(step, 6))
	}
	// Output: 0.5 0.75 1 0.1 0.1 0.1
}

// A schedule of one's own goes wherever another does.
func ExampleSchedule() {
	own := schedule.Schedule(func(step, steps int) float64 { return 1 / float64(step+1) })
	form := schedule.Warmup{Over: 2, Then: own}
	for step := range 5 {
		fmt.Printf("%.3g ", form.At(step, 5))
	}
	// Output: 0.333 0.667 1 0.5 0.333
}

// The rate in a loop, after an epoch in which the loss is no better twice.
func ExamplePlateau() {
	plateau := schedule.Plateau{Patience: 1, Factor: .5}
	if err := plateau.Check(); err != nil {
		log.Fatal(err)
	}
	for _, loss := range []float64{3, 2, 2.1, 2.2, 1.9} {
		fmt.Printf("%g ", .1*plateau.Next(loss))
	}
	// Output: 0.1 0.1 0.1 0.05 0.05
}

// Schedules as they are written on a command line.
func ExampleParse() {
	form, err := schedule.Parse("warmup:over=.05+onecycle:max=10,pct=.3")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", form)
	_, err = schedule.Parse("step:evry=3")
	fmt.Println(err)
	// Output:
	// {Over:0.05 Then:{Max:10 Pct:0.3 Div:0 FinalDiv:0 Linear:false ThreePhase:false}}
	// schedule: step: unknown key "evry"; known are every, gamma
}

// What may be written behind a name.
func ExampleUsage() {
	for _, usage := range schedule.Usage()[:3] {
		fmt.Println(usage)
	}
	// Output:
	// cosine:min,over
	// cyclic:low,up,down,mode,gamma
	// exponential:gamma,every
}
