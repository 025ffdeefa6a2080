// This file holds MultiplyAdds, which does only what a processor does fastest. The other kernels are measured against
// it.

package gemm

// MultiplyAdds does multiply-adds in float32 that touch no memory and do not wait for one another, in the widest form
// that the processor has, whatever STHENO_CPU says. It returns the number of floating point operations; a multiply-add
// counts as two.
func MultiplyAdds(rounds int) (flops int) {
	rounds = max(rounds, 1)
	return rounds * multiplyAdds(rounds)
}

// plainSums is the number of multiply-adds in a round of the plain form.
const plainSums = 8

// multiplyAddsPlain is the form without assembly. It is not inlined, so that the compiler cannot leave the work out.
//
//go:noinline
func multiplyAddsPlain(rounds int) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	a, b := float32(rounds), float32(1)
	for range rounds {
		s0, s1, s2, s3 = s0*b+a, s1*b+a, s2*b+a, s3*b+a
		s4, s5, s6, s7 = s4*b+a, s5*b+a, s6*b+a, s7*b+a
	}
	return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
}
