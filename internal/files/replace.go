// This file holds Replace and Probe.

package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Replace makes path the file that write writes: to a temporary file beside it, forced to the disk, and renamed.
// Renaming is atomic, and forcing the data out before it keeps a crash of the machine from leaving a name without its
// content.
//
// A symbolic link is followed: it stays, and the file that it names is replaced, or made. What is not a regular file
// is refused, and so is one that the process may not write. Temporary files of the same path that a killed process has
// left are removed.
func Replace(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, reason(err))
		}
	}()
	target, mode, err := destination(path)
	if err != nil {
		return err
	}
	temp, err := createBeside(target, mode)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // after an error or a panic
			discard(temp)
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // which renames no open file
		if err := temp.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(temp.Name(), target); err != nil { // while the lock is held, so that nobody takes it for stale
		return err
	}
	done = true
	temp.Close()
	syncDir(filepath.Dir(target))
	return nil
}

// Probe reports why [Replace] could not write size bytes to path: it does all that Replace does, up to the renaming.
// Only the reason is in the error. It is nil for no guarantee: a disk can fill later.
func Probe(path string, size int64) error {
	target, mode, err := destination(path)
	if err != nil {
		return reason(err)
	}
	temp, err := createBeside(target, mode)
	if err != nil {
		return reason(err)
	}
	defer discard(temp)
	if _, err := temp.Write(make([]byte, min(size, block))); err != nil {
		return reason(err)
	}
	return reason(reserve(temp, size))
}

// ProbeFolder reports why files of about size bytes could not be written into a folder, which may not be there yet: it
// makes it, and removes it again. What the folder has already by a name that will be written must be a file that can
// be replaced. Only the reason is in the error.
func ProbeFolder(folder string, size int64, written func(name string) bool) error {
	info, err := os.Stat(folder)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("it is no folder (%s)", Kind(info.Mode()))
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR): // a file with a separator behind it
		folder = filepath.Clean(folder)
		if info, err := os.Stat(folder); err == nil {
			return fmt.Errorf("it is no folder (%s)", Kind(info.Mode()))
		}
		if err := os.Mkdir(folder, 0o777); err != nil { // less the process's mask
			return reason(err)
		}
		defer os.Remove(folder)
	case err != nil:
		return reason(err)
	}
	entries, _ := os.ReadDir(folder) // one that cannot be listed may be written to
	for _, e := range entries {
		if !written(e.Name()) {
			continue
		}
		if _, _, err := destination(filepath.Join(folder, e.Name())); err != nil {
			return fmt.Errorf("%s in it: %w", e.Name(), reason(err))
		}
	}
	return Probe(filepath.Join(folder, "0"), size)
}

// block is what Probe really writes: file systems may promise room that they do not have.
const block = 4096

// discard removes an open file and closes it.
func discard(temp *os.File) {
	if runtime.GOOS == "windows" { // which removes no open file
		temp.Close()
	}
	os.Remove(temp.Name()) // before it is closed and its lock given back
	temp.Close()
}

// destination is the file that path leads to, and its permissions, 0 when it is not there yet.
func destination(path string) (target string, mode fs.FileMode, err error) {
	target, err = follow(path)
	if err != nil {
		return "", 0, err
	}
	switch info, err := os.Stat(target); {
	case errors.Is(err, fs.ErrNotExist):
		return target, 0, nil
	case err != nil:
		return "", 0, err
	case !info.Mode().IsRegular():
		return "", 0, fmt.Errorf("it is no regular file (%s)", Kind(info.Mode()))
	default:
		// A rename asks for no permission of the file that it replaces; whoever made it read-only meant it.
		f, err := os.OpenFile(target, os.O_WRONLY|dontWait, 0)
		if err != nil {
			return "", 0, err
		}
		return target, info.Mode().Perm(), f.Close()
	}
}

// maxLinks is how many symbolic links lead on from one another, as Linux counts.
const maxLinks = 40

// follow follows symbolic links up to a name that is none, or that is not there. A descriptor of the process, such as
// /dev/stdout, is refused: what its link seems to name is open already, and would be written by two.
func follow(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil
		case err != nil:
			return "", err
		case info.Mode()&fs.ModeSymlink == 0:
			return path, nil
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(path)) // the link's target may begin with ".."
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(dir, "/proc/") || dir == "/dev/fd" {
			return "", errors.New("it is no regular file (a descriptor of a process)")
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(dir, next)
		}
		path = next
	}
	return "", fmt.Errorf("more than %d symbolic links", maxLinks)
}

// createBeside creates a new file in the folder of path, hidden, under a name that no other writer has, and locked.
// It removes what earlier writers left.
func createBeside(path string, mode fs.FileMode) (*os.File, error) {
	dir, base := filepath.Split(path)
	base = base[:min(len(base), 200)] // of the 255 bytes that most systems allow
	removeStale(dir, base)
	for {
		name := fmt.Sprintf(".%s.%08x.tmp", base, rand.Uint32())
		f, err := os.OpenFile(dir+name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the process's mask
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return nil, err
		case !claim(f):
			f.Close() // another writer took it for stale before it was locked
			continue
		case mode == 0:
			return f, nil
		}
		if err := f.Chmod(mode); err != nil {
			discard(f)
			return nil, err
		}
		return f, nil
	}
}

// claim locks a temporary file, and reports whether it is still there under its name.
func claim(f *os.File) bool { return lock(f) != lockTaken && named(f) }

// removeStale removes the temporary files of base that nobody holds: a writer locks its file, and the system takes
// the lock from a process that ends. Where there are no locks, nothing is surely stale.
func removeStale(dir, base string) {
	d, err := os.Open(filepath.Clean(dir + "."))
	if err != nil {
		return // the creation that follows says more
	}
	names, _ := d.Readdirnames(-1)
	d.Close()
	for _, name := range names {
		if !temporary(name, base) {
			continue
		}
		f, _, err := Open(dir + name)
		if err != nil {
			continue
		}
		if lock(f) == lockHeld {
			discard(f)
		}
		f.Close()
	}
}

// temporary reports whether name is one that createBeside gives.
func temporary(name, base string) bool {
	middle, ok := strings.CutPrefix(name, "."+base+".")
	if !ok {
		return false
	}
	middle, ok = strings.CutSuffix(middle, ".tmp")
	return ok && len(middle) == 8 && strings.Trim(middle, "0123456789abcdef") == ""
}

// The outcomes of lock.
const (
	lockHeld    = iota // by this process
	lockTaken          // by another
	lockMissing        // the system or the disk has none
)

// reason is what went wrong without the name of the temporary file, which means nothing to a user.
func reason(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// syncDir forces a folder's names to the disk, where the system can do that. The file is in place by now and whole in
// any case, so a failure is none of the caller's.
func syncDir(dir string) {
	if runtime.GOOS == "windows" {
		return
	}
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
