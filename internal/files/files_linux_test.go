package files

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipes: a named pipe without a writer, and a socket, are refused and not waited for, to read and to write.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "s")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, kind := range map[string]string{pipe: "a named pipe", socket: "a socket",
		link(t, pipe, dir+"/l"): "a named pipe"} {
		checkOutput(t, path, "it is no regular file ("+kind+")")
		if _, _, err := Open(path); !errors.Is(err, ErrNotRegular) ||
			err.Error() != path+": not a regular file ("+kind+")" {
			t.Errorf("got %v", err)
		}
	}
}

// TestOpenRace exchanges a file and a named pipe while it is opened: Open never waits and never gives the pipe.
func TestOpenRace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	stop, swapped := make(chan bool), make(chan bool)
	go func() {
		defer close(swapped)
		for {
			select {
			case <-stop:
				return
			default:
				syscall.Mkfifo(dir+"/p", 0o600)
				os.Rename(dir+"/p", path)
				os.WriteFile(dir+"/r", nil, 0o600)
				os.Rename(dir+"/r", path)
			}
		}
	}()
	defer func() { close(stop); <-swapped }()
	end := time.After(10 * time.Second)
	opened := make(chan error)
	for range 2000 {
		go func() {
			f, info, err := Open(path)
			if err == nil {
				if !info.Mode().IsRegular() {
					err = errors.New("it is a pipe")
				}
				f.Close()
			} else if errors.Is(err, ErrNotRegular) || errors.Is(err, os.ErrNotExist) {
				err = nil
			}
			opened <- err
		}()
		select {
		case err := <-opened:
			if err != nil {
				t.Fatal(err)
			}
		case <-end:
			t.Fatal("it waits")
		}
	}
}

// TestNoRoom: a full disk, a limit of size and places where the system lets nobody write are found by the probe.
func TestNoRoom(t *testing.T) {
	for _, path := range []string{"/proc/self/comm2", "/proc/version", "/sys/x"} {
		if err := Probe(path, 1); err == nil {
			t.Errorf("%s could be written", path)
		}
	}
	for _, path := range []string{"/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/1"} {
		if _, err := os.Lstat(path); err == nil {
			checkOutput(t, path, "it is no regular file (a descriptor of a process)")
		}
	}
	checkOutput(t, "/dev/full", "it is no regular file (a device)")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	path := filepath.Join(dir, "f")
	if err := Probe(path, 32<<10); err != nil {
		t.Errorf("there is room: %v", err)
	}
	if err := Probe(path, 128<<10); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("there is no room for so much: got %v", err)
	}
	put(t, dir+"/old", "old")
	err := Replace(dir+"/old", write(string(make([]byte, 128<<10))))
	if got, _ := os.ReadFile(dir + "/old"); !errors.Is(err, syscall.ENOSPC) || string(got) != "old" ||
		len(listed(t, dir)) != 1 {
		t.Errorf("got %v, the file is %q, the folder %q", err, got, listed(t, dir))
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err == nil {
		checkOutput(t, dir+"/old", "read-only file system")
		checkOutput(t, dir+"/new", "read-only file system")
	}
}

// TestReadOnly: a file that its owner made read-only is not replaced, and nothing is made in a folder without
// permission. The superuser may do both, so there the test runs as somebody else.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "f"), "old")
	closed := filepath.Join(dir, "closed")
	if err := errors.Join(os.Chmod(path, 0o444), os.Mkdir(closed, 0o555)); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		t.Skip("the superuser may write everywhere")
	}
	checkOutput(t, path, "permission denied")
	checkOutput(t, closed+"/f", "permission denied")
}
