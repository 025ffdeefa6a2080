// This file holds Write and Encode, which write tensors.

package safetensors

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/internal/files"
)

// Tensor is a tensor to be written. Data holds its elements, row-major. It is a []float32, []float64 or []int64, for
// which DType is F32, F64 or I64 or may be left empty, or a []byte of little-endian elements of the type DType.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  any
}

// Write writes tensors to a file, with metadata, which may be nil. The same tensors give the same bytes, whatever
// their order: they are sorted by dtype, larger elements first, and then by name, as in the reference implementation.
//
// The file is written whole or not at all: Write writes a temporary file in the same folder, and gives it the name
// path when all of it is on the disk. If the process is killed at any moment, path is the old file or the new one.
// (The temporary file may be left; its name begins with "." and the name of the file.) A symbolic link is followed. If
// path exists and is not a regular file, this is an error.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	l, err := lay(tensors, metadata)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return files.Replace(path, l.write)
}

// Encode writes to w what [Write] writes to a file.
func Encode(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	l, err := lay(tensors, metadata)
	if err != nil {
		return err
	}
	return l.write(w)
}

// A laid is the header and the tensors of a file that is to be written.
type laid struct {
	header  []byte
	tensors []Tensor
}

// lay checks tensors and metadata, and makes the header.
func lay(tensors []Tensor, metadata map[string]string) (*laid, error) {
	tensors = slices.Clone(tensors)
	names := make(map[string]bool, len(tensors))
	for i := range tensors {
		t := &tensors[i]
		if err := t.check(); err != nil {
			return nil, err
		}
		if names[t.Name] {
			return nil, fmt.Errorf("tensor %s: duplicate tensor", quote(t.Name))
		}
		names[t.Name] = true
	}
	slices.SortFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.order(), a.DType.order()), strings.Compare(a.Name, b.Name))
	})
	head, err := appendMetadata(make([]byte, 8), metadata)
	if err != nil {
		return nil, err
	}
	offset := int64(0)
	for _, t := range tensors {
		head = appendTensor(head, t, offset)
		offset += t.size()
	}
	head = append(bytes.TrimSuffix(head, []byte{','}), '}')
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	if len(head)-8 > maxHeader || len(tensors) > maxTensors {
		return nil, fmt.Errorf("header is too large (got %d bytes and %d tensors, want at most %d and %d)",
			len(head)-8, len(tensors), maxHeader, maxTensors)
	}
	binary.LittleEndian.PutUint64(head, uint64(len(head)-8))
	return &laid{head, tensors}, nil
}

// appendMetadata appends the beginning of the JSON, with an entry for the metadata if there is any.
func appendMetadata(b []byte, metadata map[string]string) ([]byte, error) {
	b = append(b, '{')
	if len(metadata) == 0 {
		return b, nil
	}
	b = append(b, `"`+metadataKey+`":{`...)
	for i, key := range slices.Sorted(maps.Keys(metadata)) {
		text := metadata[key]
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return nil, fmt.Errorf("metadata %s: not UTF-8", quote(key))
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		b = appendString(b, text)
	}
	return append(b, "},"...), nil
}

// appendTensor appends the entry of a tensor whose elements begin at offset.
func appendTensor(b []byte, t Tensor, offset int64) []byte {
	b = append(appendString(b, t.Name), `:{"dtype":"`+t.DType+`","shape":[`...)
	for i, n := range t.Shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return fmt.Appendf(b, `],"data_offsets":[%d,%d]},`, offset, offset+t.size())
}

// check checks one tensor and fills in its dtype.
func (t *Tensor) check() error {
	natural := t.DType
	switch t.Data.(type) {
	case []float32:
		natural = F32
	case []float64:
		natural = F64
	case []int64:
		natural = I64
	case []byte:
	default:
		return fmt.Errorf("tensor %s: data is %T (want []float32, []float64, []int64 or []byte)",
			quote(t.Name), t.Data)
	}
	t.DType = cmp.Or(t.DType, natural)
	switch {
	case t.DType != natural:
		return fmt.Errorf("tensor %s: data of type %T is not %s", quote(t.Name), t.Data, t.DType)
	case t.Name == metadataKey || len(t.Name) > maxName || !utf8.ValidString(t.Name):
		return fmt.Errorf("tensor %s: not a name for a tensor (want UTF-8 of at most %d bytes, not %s)", quote(t.Name),
			maxName, metadataKey)
	}
	for _, n := range t.Shape {
		if n < 0 || n > maxInt {
			return fmt.Errorf("tensor %s: impossible shape %v", quote(t.Name), t.Shape)
		}
	}
	size, err := byteSize(t.Name, t.DType, t.Shape)
	if err != nil {
		return err
	}
	if t.size() != size {
		return fmt.Errorf("tensor %s: data does not fill the shape (got %d bytes, want %d for %s %v)", quote(t.Name),
			t.size(), size, t.DType, t.Shape)
	}
	return nil
}

// size is the number of bytes of the elements.
func (t *Tensor) size() int64 {
	switch data := t.Data.(type) {
	case []float32:
		return 4 * int64(len(data))
	case []float64:
		return 8 * int64(len(data))
	case []int64:
		return 8 * int64(len(data))
	case []byte:
		return int64(len(data))
	}
	return 0
}

func (l *laid) write(w io.Writer) error {
	b := bufio.NewWriterSize(w, 64<<10)
	b.Write(l.header)
	var word [8]byte
	for _, t := range l.tensors {
		switch data := t.Data.(type) { // b keeps its first error for Flush
		case []byte:
			b.Write(data)
		case []float32:
			for _, v := range data {
				binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
				b.Write(word[:4])
			}
		case []float64:
			for _, v := range data {
				binary.LittleEndian.PutUint64(word[:], math.Float64bits(v))
				b.Write(word[:])
			}
		case []int64:
			for _, v := range data {
				binary.LittleEndian.PutUint64(word[:], uint64(v))
				b.Write(word[:])
			}
		}
	}
	return b.Flush()
}

// appendString appends s as a JSON string. It escapes only what JSON demands.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			b = append(b, '\\', "bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
	}
	return append(b, '"')
}
