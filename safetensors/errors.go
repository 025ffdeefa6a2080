// This file holds the errors, and the first bytes of other formats.

package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrFormat is the kind of two errors: a file is not a sound safetensors file, or a tensor has a dtype that cannot be
// read as the wanted type. Ask with errors.Is(err, ErrFormat).
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

// foreign names the format of a file by its first bytes, if it is a format that is often taken for safetensors. It is
// "" for others, and for a file that begins with the length of a header and a brace. The length alone may look like
// the beginning of another format: 60 is "<".
func foreign(head []byte) string {
	if begun(head) {
		return ""
	}
	for _, f := range []struct{ magic, next, name string }{
		// next: the bytes that may follow magic, any byte if it is empty
		{"PK\x03\x04", "", "a zip archive, as PyTorch saves checkpoints; package torchfile reads those"},
		{"\x80", "\x02\x03\x04\x05",
			"a Python pickle, as old PyTorch saves checkpoints; package torchfile reads those"},
		{"\x1f\x8b", "", "a gzip file; unpack it first"},
		{"version https://git-lfs", "", "a Git LFS pointer and not the file itself; fetch it with git lfs pull"},
		{"\x89HDF\r\n\x1a\n", "", "an HDF5 file; convert it to safetensors first"},
		{"GGUF", "", "a GGUF file; convert it to safetensors first"},
		{"<", "!?/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
			"an HTML or XML page, perhaps an error message saved by a download"},
	} {
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n\ufeff"), []byte(f.magic))
		if ok && (f.next == "" || len(rest) > 0 && strings.IndexByte(f.next, rest[0]) >= 0) {
			return f.name
		}
	}
	if isText(head) {
		return "a text"
	}
	return ""
}

// isText reports 8 bytes or more of a text. The length of a header has bytes of 0, of which a text has none.
func isText(head []byte) bool {
	return len(head) >= 8 && !bytes.ContainsFunc(head, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n'
	})
}

// begun reports whether head, which may be short, begins as a safetensors file does.
func begun(head []byte) bool {
	var length [8]byte
	copy(length[:], head)
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n == 0 || n > maxHeader:
		return false
	case len(head) > 8:
		return strings.IndexByte("{ \t\r\n", head[8]) >= 0
	}
	return len(head) >= 3 && head[len(head)-1] == 0 // a length, and some of the zeros that end it
}
