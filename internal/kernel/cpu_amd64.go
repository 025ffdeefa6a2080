package kernel

import "golang.org/x/sys/cpu"

// bestForm returns the widest form that the processor and the operating system support.
func bestForm() form {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return avx2
	}
	return plain
}
