package graph

import "math/rand/v2"

// randomUnits draws units as the tape of a training step has them: values of a chain, some of
// them kept until their turn on the way back, and short-lived scratch.
func randomUnits(seed uint64) []*unit {
	draw := rand.New(rand.NewPCG(seed, 1))
	n := 2 + draw.IntN(60)
	var units []*unit
	size := func() int { return 64 * (1 + draw.IntN(1+draw.IntN(400))) }
	for i := range n {
		last := i + 1
		if draw.IntN(2) == 0 {
			last = 2*n - i
		}
		units = append(units, &unit{size: size(), first: i, last: last})
		back := n + i
		units = append(units, &unit{size: size(), first: back, last: back + 1 + draw.IntN(3)})
		if draw.IntN(4) == 0 {
			units = append(units, &unit{size: size(), first: i, last: i})
		}
	}
	return units
}
