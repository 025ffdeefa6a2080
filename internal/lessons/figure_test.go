package lessons

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDifference: what is written of two numbers gives, subtracted, what is written of their difference.
func TestDifference(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 6))
	long := 0
	for range 300 {
		x := draw.Float64()
		y := x + draw.NormFloat64()*math.Pow(10, -float64(draw.IntN(10)))
		got := difference(y, x)
		left, d, _ := strings.Cut(got, " = ")
		a, b, _ := strings.Cut(left, " − ")
		a, b = strings.ReplaceAll(a, "−", "-"), strings.ReplaceAll(b, "−", "-")
		if num(number(a)-number(b)) != d || d != num(y-x) {
			t.Errorf("%v and %v: %s", y, x, got)
		}
		if num(number(num(y))-number(num(x))) != d {
			long++
		}
	}
	if long < 100 {
		t.Errorf("three digits are too few for %d of 300 pairs: the test asks for too little", long)
	}
}
