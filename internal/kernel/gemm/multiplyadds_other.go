//go:build !amd64

package gemm

// multiplyAdds runs the only form and returns the floating point operations of a round.
func multiplyAdds(rounds int) int {
	_ = multiplyAddsPlain(rounds)
	return 2 * plainSums
}
