// Command peak writes the loops of multiply-adds that measure what the processor can do at most.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	loop("multiplyAddsAVX2", 8, YMM)
	loop("multiplyAddsAVX512", 16, ZMM)
	Generate()
}

// An FMA has a latency of 4 cycles and two start in each, so eight sums would do; twelve leave room for a processor
// that takes longer.
const sums, unrolled = 12, 4

// loop writes a function of rounds, each of unrolled·sums multiply-adds that do not wait for one another.
func loop(name string, lanes int, register func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(rounds int)")
	Doc(fmt.Sprintf("%s does %d×%d multiply-adds of %d lanes a round, with registers alone. It does one round at "+
		"least.", name, unrolled, sums, lanes))
	rounds := Load(Param("rounds"), GP64())
	var acc [sums]reg.VecVirtual
	for i := range acc {
		acc[i] = register()
		VXORPS(acc[i], acc[i], acc[i])
	}
	a, b := register(), register()
	VXORPS(a, a, a)
	VXORPS(b, b, b)
	Label(name + "Loop")
	for range unrolled {
		for _, s := range acc {
			VFMADD231PS(a, b, s)
		}
	}
	DECQ(rounds)
	JG(LabelRef(name + "Loop"))
	VZEROUPPER()
	RET()
}
