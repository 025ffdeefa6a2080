package gemm

import "golang.org/x/sys/cpu"

// multiplyAdds runs the widest form and returns the floating point operations of a round.
func multiplyAdds(rounds int) int {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ:
		multiplyAddsAVX512(rounds)
		return 2 * 4 * 12 * 16
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		multiplyAddsAVX2(rounds)
		return 2 * 4 * 12 * 8
	}
	_ = multiplyAddsPlain(rounds)
	return 2 * plainSums
}
