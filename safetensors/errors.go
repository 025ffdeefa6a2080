// This file holds the errors and what other formats look like.

package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// ErrFormat is the kind of every error that says that a file is not a sound safetensors file: errors.Is(err, ErrFormat).
var ErrFormat = errors.New("safetensors: format")

type formatError string

func (e formatError) Error() string        { return string(e) }
func (e formatError) Is(target error) bool { return target == ErrFormat }

func badFormat(format string, args ...any) error { return formatError(fmt.Sprintf(format, args...)) }

// tensorError is an error about one tensor: `tensor "w": …`.
func tensorError(name, format string, args ...any) error {
	return badFormat("tensor %s: "+format, append([]any{quote(name)}, args...)...)
}

// quote writes a name from a file as one short line.
func quote(name string) string {
	const most = 100
	if len(name) > most {
		return strconv.Quote(name[:most]) + "…"
	}
	return strconv.Quote(name)
}

// foreign names the format of a file by its first bytes, when it is one that is met under the name of safetensors.
func foreign(head []byte) string {
	for _, f := range []struct{ magic, name string }{
		{"PK\x03\x04", "a zip archive, as PyTorch saves checkpoints; convert it to safetensors first"},
		{"\x80\x02", "a Python pickle, as old PyTorch saves checkpoints; convert it to safetensors first"},
		{"\x1f\x8b", "a gzip file; unpack it first"},
		{"version https://git-lfs", "a Git LFS pointer and not the file itself; fetch it with git lfs pull"},
		{"\x89HDF\r\n\x1a\n", "an HDF5 file; convert it to safetensors first"},
		{"GGUF", "a GGUF file; convert it to safetensors first"},
		{"<", "an HTML or XML page, perhaps an error message saved by a download"},
	} {
		if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n\ufeff"), []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}
