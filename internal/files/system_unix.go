//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

// This file holds what Unix systems have.

package files

import (
	"errors"
	"os"
	"syscall"
)

// dontWait keeps the opening of a named pipe from waiting for its other end.
const dontWait = syscall.O_NONBLOCK

// lock takes a file's lock, if it is free.
func lock(f *os.File) int {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return lockHeld
	case errors.Is(err, syscall.EWOULDBLOCK):
		return lockTaken
	}
	return lockMissing
}
