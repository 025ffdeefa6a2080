// This file holds File, an open safetensors file.

package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
)

// File is an open file. Its methods may be called from several goroutines.
type File struct {
	name   string
	r      io.ReaderAt
	closer io.Closer
	header *header
}

// Open opens a file and reads its header. The error is os.ErrNotExist if the file is missing, and [ErrFormat] if it is
// no regular file or breaks a rule of the format; see [NewFile].
func Open(path string) (*File, error) {
	r, info, err := files.Open(path)
	if errors.Is(err, files.ErrNotRegular) {
		return nil, badFormat("%v", err)
	}
	if err != nil {
		return nil, err
	}
	f, err := NewFile(r, info.Size(), path)
	if err != nil {
		r.Close()
		return nil, err
	}
	f.closer = r
	return f, nil
}

// NewFile reads the header of a file of the given size; errors call the file name. It checks all rules of the format:
//
//   - the header is whole, UTF-8, at most 100,000,000 bytes, and JSON of the form that the package comment shows,
//     with no other key and no key twice;
//   - every size is the product of its shape and element type, without overflow;
//   - the tensors fill the rest of the file, without a hole, an overlap or a byte after the last tensor.
//
// In addition to the format it allows at most 1,000,000 tensors of at most 32 axes, with names of at most 4096 bytes,
// and at most 100,000 keys of metadata. An open file takes memory of about twice the size of its header. White space
// around the JSON is accepted, as in the reference implementation.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	h, err := readHeader(r, size)
	if err != nil {
		head := make([]byte, min(size, 64))
		if n, _ := r.ReadAt(head, 0); foreign(head[:n]) != "" {
			err = badFormat("not a safetensors file but %s", foreign(head[:n]))
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &File{name: name, r: r, header: h}, nil
}

func readHeader(r io.ReaderAt, size int64) (*header, error) {
	if size < 8 {
		return nil, badFormat("too small for a safetensors header (got %d bytes, want at least 8)", size)
	}
	var head [8]byte
	if err := readAt(r, head[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(head[:])
	switch {
	case n == 0:
		return nil, badFormat("empty header")
	case n > maxHeader:
		return nil, badFormat("header is too large (got %d bytes, want at most %d)", n, maxHeader)
	case int64(n) > size-8:
		return nil, badFormat("header is longer than the file (got %d bytes, %d are left)", n, size-8)
	}
	var text strings.Builder
	text.Grow(int(n))
	switch got, err := io.Copy(&text, io.NewSectionReader(r, 8, int64(n))); {
	case err != nil:
		return nil, err
	case got < int64(n):
		return nil, ended(got, 8, int64(n))
	}
	h, err := parseHeader(text.String())
	if err != nil {
		return nil, err
	}
	return h, h.check(size - 8 - int64(n))
}

// readAt fills p from offset on.
func readAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return ended(int64(n), offset, int64(len(p)))
	}
	return err
}

func ended(got, offset, want int64) error {
	return badFormat("file ends early, it has shrunk since it was opened (got %d bytes at offset %d, want %d)", got,
		offset, want)
}

// Close closes the file. No tensor can be read afterwards from a file that Open opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Name returns the name of the file in errors: the path given to [Open], or the name given to [NewFile].
func (f *File) Name() string { return f.name }

// Names returns the names of the tensors, sorted.
func (f *File) Names() []string {
	names := make([]string, len(f.header.tensors))
	for i, t := range f.header.tensors {
		names[i] = t.name
	}
	return names
}

// Tensor returns the description of a tensor from the header, and whether the file has the tensor.
func (f *File) Tensor(name string) (Info, bool) {
	p, ok := f.header.find(name)
	if !ok {
		return Info{}, false
	}
	return f.header.info(p), true
}

// Metadata returns the metadata of the file; it is never nil.
func (f *File) Metadata() map[string]string { return maps.Clone(f.header.metadata) }

// Read reads the bytes of a tensor, little-endian and row-major; dst has exactly Info.Size bytes.
func (f *File) Read(name string, dst []byte) error {
	t, err := f.lookup(name)
	if err != nil {
		return err
	}
	if int64(len(dst)) != t.Size {
		return f.errorf(name, "destination has %d bytes, tensor has %d", len(dst), t.Size)
	}
	if err := readAt(f.r, dst, t.Offset); err != nil {
		return f.errorf(name, "%w", err)
	}
	return nil
}

// ReadFloat32 reads a tensor of dtype F32, F64, F16 or BF16, rounded to float32; dst has exactly Info.Len elements.
func (f *File) ReadFloat32(name string, dst []float32) error {
	return readAs(f, name, dst, map[DType]func([]float32, []byte){
		F32: func(dst []float32, b []byte) {
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
			}
		},
		F64: func(dst []float32, b []byte) {
			for i := range dst {
				dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
			}
		},
		F16: func(dst []float32, b []byte) {
			for i := range dst {
				dst[i] = half(binary.LittleEndian.Uint16(b[2*i:]))
			}
		},
		BF16: func(dst []float32, b []byte) {
			for i := range dst {
				dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
			}
		},
	})
}

// ReadFloat64 reads a tensor of dtype F64, F32, F16 or BF16; dst has exactly Info.Len elements.
func (f *File) ReadFloat64(name string, dst []float64) error {
	return readAs(f, name, dst, map[DType]func([]float64, []byte){
		F64: func(dst []float64, b []byte) {
			for i := range dst {
				dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			}
		},
		F32: func(dst []float64, b []byte) {
			for i := range dst {
				dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
			}
		},
		F16: func(dst []float64, b []byte) {
			for i := range dst {
				dst[i] = float64(half(binary.LittleEndian.Uint16(b[2*i:])))
			}
		},
		BF16: func(dst []float64, b []byte) {
			for i := range dst {
				dst[i] = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16))
			}
		},
	})
}

// ReadInt64 reads a tensor of a signed or unsigned integer dtype of up to 32 bits, of I64, or of BOOL (0 and 1); dst
// has exactly Info.Len elements.
func (f *File) ReadInt64(name string, dst []int64) error {
	bytewise := func(dst []int64, b []byte) {
		for i := range dst {
			dst[i] = int64(b[i])
		}
	}
	return readAs(f, name, dst, map[DType]func([]int64, []byte){
		I64: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
			}
		},
		I32: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
			}
		},
		U32: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(binary.LittleEndian.Uint32(b[4*i:]))
			}
		},
		I16: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(int16(binary.LittleEndian.Uint16(b[2*i:])))
			}
		},
		U16: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(binary.LittleEndian.Uint16(b[2*i:]))
			}
		},
		I8: func(dst []int64, b []byte) {
			for i := range dst {
				dst[i] = int64(int8(b[i]))
			}
		},
		U8: bytewise, Bool: bytewise,
	})
}

// readAs reads a tensor piece by piece and converts each piece by the rule of the dtype.
func readAs[T any](f *File, name string, dst []T, rules map[DType]func([]T, []byte)) error {
	t, err := f.lookup(name)
	if err != nil {
		return err
	}
	convert, ok := rules[t.DType]
	switch {
	case !ok:
		var zero T
		return f.errorf(name, "%w", badFormat("dtype %s cannot be read as %T (want %s)", t.DType, zero,
			sortedNames(rules)))
	case len(dst) != t.Len():
		return f.errorf(name, "destination has %d elements, tensor has %d: shape %v", len(dst), t.Len(), t.Shape)
	}
	width := int(t.DType.bits() / 8)
	const step = 64 << 10 // bytes, a multiple of every width
	buf := make([]byte, min(t.Size, step))
	for offset := t.Offset; len(dst) > 0; offset += int64(len(buf)) {
		n := min(len(dst), len(buf)/width)
		buf = buf[:n*width]
		if err := readAt(f.r, buf, offset); err != nil {
			return f.errorf(name, "%w", err)
		}
		convert(dst[:n], buf)
		dst = dst[n:]
	}
	return nil
}

func sortedNames[T any](rules map[DType]T) []DType { return slices.Sorted(maps.Keys(rules)) }

func (f *File) lookup(name string) (Info, error) {
	t, ok := f.Tensor(name)
	if !ok {
		return t, fmt.Errorf("%s: has no tensor %s", f.name, quote(name))
	}
	return t, nil
}

func (f *File) errorf(name, format string, args ...any) error {
	return fmt.Errorf("%s: tensor %s: "+format, append([]any{f.name, quote(name)}, args...)...)
}

// half converts an IEEE 754 binary16 number exactly.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&1023)
	switch exp {
	case 0: // zero, or frac · 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*0x1p-24))
	case 31: // infinite, or not a number
		exp = 255 - 112
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
