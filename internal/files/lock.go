// This file holds Hold, a lock that ends with its process.

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrTaken is the kind of the error about a lock that another holds: errors.Is(err, ErrTaken).
var ErrTaken = errors.New("another process has locked it")

// A Held is a lock, from [Hold] to its Release.
type Held struct{ f *os.File }

// Hold takes the lock of a path, without waiting: a file that it makes there, or finds there, which nobody else holds.
// The system takes the lock from a process that ends, however it ends, so that a file that a killed process has left
// is free at once. Another Hold in the same process is refused, too. Where the system or the disk has no locks, all
// are given one.
func Hold(path string) (*Held, error) {
	for range maxTries {
		switch info, err := os.Lstat(path); {
		case err == nil && !info.Mode().IsRegular():
			return nil, regular(path, info)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|dontWait, 0o666) // less the process's mask
		if err != nil {
			return nil, err
		}
		if lock(f) == lockTaken {
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, ErrTaken)
		}
		if named(f) {
			return &Held{f}, nil
		}
		f.Close() // whoever had the lock has removed the file before it gave the lock back
	}
	return nil, fmt.Errorf("%s: the file is exchanged again and again", path)
}

// maxTries is how often a file may go between its opening and its locking. Once is rare.
const maxTries = 1000

// Taken reports whether somebody holds the lock of a path. It makes no file.
func Taken(path string) bool {
	f, _, err := Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return lock(f) == lockTaken
}

// Release gives the lock back and removes its file. The lock of nobody, nil, has nothing to give back.
func (h *Held) Release() {
	if h == nil {
		return
	}
	if named(h.f) { // and not moved away together with its folder, where another may have made one
		discard(h.f)
	}
	h.f.Close()
}

// named reports whether an open file is still there under its name.
func named(f *os.File) bool {
	there, err := os.Lstat(f.Name())
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(there, open)
}
