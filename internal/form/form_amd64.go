package form

import "golang.org/x/sys/cpu"

// Best returns the widest form that the processor and the operating system support.
func Best() Form {
	switch x := &cpu.X86; {
	case !x.HasAVX2 || !x.HasFMA:
		return Plain
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL || !x.HasBMI2:
		return AVX2
	}
	return AVX512
}
