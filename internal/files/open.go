// This file holds Open.

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrNotRegular is the kind of the error about what is not a regular file: errors.Is(err, ErrNotRegular).
var ErrNotRegular = errors.New("not a regular file")

// Open opens a regular file to read. It looks before it opens, since opening a device can do things and opening a
// named pipe waits for a writer; it opens without waiting and looks again, since another file can have taken the name
// in between.
func Open(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if err := regular(path, info); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = regular(path, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func regular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return fmt.Errorf("%s: %w (%s)", path, ErrNotRegular, Kind(info.Mode()))
}

// Kind says in words what a mode that is no regular file's stands for.
func Kind(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "of mode " + m.Type().String()
}
