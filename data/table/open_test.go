package table

import (
	"context"
	"fmt"
	"slices"
)

func ExampleOpen() {
	moons, err := Open(context.Background(), "moons", Options{}, nil)
	moons = moons.Standardize()
	fmt.Println(moons.Features, moons.Classes, slices.Max(moons.Train.X.F32) < 3, err)
	// Output:
	// [x y] [upper lower] true <nil>
}

func ExampleOpenSeries() {
	sine, err := OpenSeries(context.Background(), "sine", SeriesOptions{}, nil)
	fmt.Printf("%d values, learnt from up to %d; persistence %.2f; %v\n", len(sine.Values), sine.Cut,
		sine.Persistence(), err)
	// Output:
	// 1000 values, learnt from up to 800; persistence 0.23; <nil>
}
