// This file holds what Windows has.

package files

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

const dontWait = 0

// lock takes a file's lock, if it is free: that of a byte far behind its end, since Windows lets nobody else read or
// write what is locked.
func lock(f *os.File) int {
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	switch err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30}); {
	case err == nil:
		return lockHeld
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING):
		return lockTaken
	}
	return lockMissing
}
