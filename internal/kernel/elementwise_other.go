//go:build !amd64

package kernel

func lstmStepFast(_, _, _, _ []float32) bool { return false }

func lstmStepGradFast(_, _, _, _, _, _ []float32) bool { return false }

func expShiftedFast(_, _ []float32, _ float32) bool { return false }

func shiftedTimesFast(_, _, _ []float32, _ float32) bool { return false }

func crossEntropyFast(_, _, _ []float32) bool { return false }

func crossEntropySlopeFast(_, _, _ []float32, _ float32) bool { return false }

func unaryFast(UnaryFunc, []float32, []float32, float32, float32) bool { return false }

func binaryFast(BinaryFunc, []float32, []float32, []float32, float32, float32) bool { return false }
