package lessons_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/internal/lessons"
)

func Example() {
	l, ok := lessons.Find("neuron")
	if !ok {
		log.Fatal("there is no such lesson")
	}
	t, err := l.Build()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Number, t.Title.En, "·", t.Title.Zh)
	fmt.Println(len(t.Settings), "settings,", len(t.Tour), "stops of a tour")
	for _, n := range t.Runs[0].Nodes {
		if n.Phase == "forward" {
			fmt.Print(n.Name, " ")
		}
	}
	// Output:
	// 1 A neuron and a nudge · 一个神经元：轻轻一推
	// 61 settings, 8 stops of a tour
	// w₀ x₀ mul w₁ x₁ mul add b add sigmoid
}
