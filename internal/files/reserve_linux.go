package files

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// reserve asks the disk for room, without writing. A file system that cannot tell has not refused.
func reserve(f *os.File, size int64) error {
	if size <= 0 {
		return nil
	}
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) {
			return err
		}
	}
	return nil
}
