//go:build !amd64

package vector

func lstmStepFast(_, _, _, _ []float32) bool { return false }

func lstmStepGradFast(_, _, _, _, _, _ []float32) bool { return false }

// ExpShiftedFast reports whether there is assembly for the function. On these processors there is none.
func ExpShiftedFast(_, _ []float32, _ float32) bool { return false }

// ShiftedTimesFast is like ExpShiftedFast.
func ShiftedTimesFast(_, _, _ []float32, _ float32) bool { return false }

// CrossEntropyFast is like ExpShiftedFast.
func CrossEntropyFast(_, _, _ []float32) bool { return false }

// CrossEntropySlopeFast is like ExpShiftedFast.
func CrossEntropySlopeFast(_, _, _ []float32, _ float32) bool { return false }

func unaryFast(UnaryFunc, []float32, []float32, float32, float32) bool { return false }

func binaryFast(BinaryFunc, []float32, []float32, []float32, float32, float32) bool { return false }
