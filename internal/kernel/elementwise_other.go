//go:build !amd64

package kernel

func unaryFast(UnaryFunc, []float32, []float32, float32, float32) bool { return false }

func binaryFast(BinaryFunc, []float32, []float32, []float32, float32, float32) bool { return false }
