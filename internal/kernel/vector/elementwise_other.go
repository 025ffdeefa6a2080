//go:build !amd64

package vector

func lstmStepFast(_, _, _, _ []float32) bool { return false }

func lstmStepGradFast(_, _, _, _, _, _ []float32) bool { return false }

// ExpShiftedFast reports whether there is assembly for the function: only on amd64. So do the other functions of this
// file.
func ExpShiftedFast(_, _ []float32, _ float32) bool { return false }

// ShiftedTimesFast: see ExpShiftedFast.
func ShiftedTimesFast(_, _, _ []float32, _ float32) bool { return false }

// CrossEntropyFast: see ExpShiftedFast.
func CrossEntropyFast(_, _, _ []float32) bool { return false }

// CrossEntropySlopeFast: see ExpShiftedFast.
func CrossEntropySlopeFast(_, _, _ []float32, _ float32) bool { return false }

func unaryFast(UnaryFunc, []float32, []float32, float32, float32) bool { return false }

func binaryFast(BinaryFunc, []float32, []float32, []float32, float32, float32) bool { return false }
