package pages

import "syscall"

// hugePage is MADV_HUGEPAGE, see madvise(2).
const hugePage = 14

func advise(address, bytes uintptr) {
	first, length := around(address, bytes)
	syscall.Syscall(syscall.SYS_MADVISE, first, length, hugePage)
}
