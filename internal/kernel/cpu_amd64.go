package kernel

import "golang.org/x/sys/cpu"

// bestForm returns the widest form that the processor and the operating system support.
func bestForm() form {
	switch x := &cpu.X86; {
	case !x.HasAVX2 || !x.HasFMA:
		return plain
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL || !x.HasBMI2:
		return avx2
	}
	return avx512
}
