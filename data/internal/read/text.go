// This file holds the readers of whole files and of texts.

package read

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/internal/files"
)

// The limits of what is read or made, which are checked before memory is taken.
const (
	MaxCells    = 1 << 28 // numbers of a set
	MaxSentence = 1 << 16 // bytes of a line of a file of sentences, and so symbols of a sequence made of it
)

// MaxText is the most bytes of a file of text that are read: its numbers take eight times the memory.
const MaxText = 256 << 20

// Text reads a file of text in UTF-8 of at most so many bytes, without the byte order mark that it may begin with.
func Text(path string, most int64) (string, error) {
	b, err := Bytes(path, most)
	if err != nil {
		return "", err
	}
	return CheckText(path, string(b))
}

// Bytes reads a file of at most so many bytes.
func Bytes(path string, most int64) ([]byte, error) {
	f, info, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > most {
		return nil, Damaged(path, most, "too large (got %d bytes, want at most %d)", info.Size(), most)
	}
	b := make([]byte, info.Size())
	n, err := io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b[:n], nil
}

// CheckText returns the text without a byte order mark, or what makes it none. Carriage returns that end its lines
// alone, as spreadsheets on a Mac may write them, become line feeds.
func CheckText(name, text string) (string, error) {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return "", Damaged(name, 0, "not UTF-8 but UTF-16; save it as UTF-8")
	}
	for i, r := range text {
		switch {
		case r == 0:
			return "", Damaged(name, int64(i), "a zero byte, which no text has")
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			return "", Damaged(name, int64(i), "not UTF-8 (byte %#02x); save it as UTF-8", text[i])
		}
	}
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return strings.TrimPrefix(text, "\uFEFF"), nil
}
