package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// idx makes an IDX file of bytes.
func idx(content []byte, shape ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(shape))}
	for _, n := range shape {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return append(b, content...)
}

func packed(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(b)
	z.Close()
	return buf.Bytes()
}

// broken returns a copy of b with byte i from the end flipped.
func broken(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[len(b)-i] ^= 0xff
	return b
}

func TestReadIDX(t *testing.T) {
	good := idx([]byte{1, 2, 3, 4, 5, 6}, 3, 2)
	long := idx(bytes.Repeat([]byte{7}, 300000), 300000)
	for _, row := range []struct {
		name string
		in   []byte
		want string // the error after "f: ", or the shape and a few bytes
	}{
		{"a plain file", good, "(3, 2) [1 2 3 4 5 6]"},
		{"a file packed by gzip", packed(good), "(3, 2) [1 2 3 4 5 6]"},
		{"two gzip members, one after the other, are one stream", append(packed(good[:7]), packed(good[7:])...),
			"(3, 2) [1 2 3 4 5 6]"},
		{"an axis of length 0", idx(nil, 0, 28, 28), "(0, 28, 28) []"},
		{"content longer than one step of reading", long, "(300000) [7 7 7 7 7 7]"},
		{"an empty file", nil, "offset 0: truncated (want the 4 bytes of an IDX magic number)"},
		{"a file of two bytes", good[:2], "offset 2: truncated (want the 4 bytes of an IDX magic number)"},
		{"a text file", []byte("<!DOCTYPE html>"), "offset 0: not an IDX file (starts with 3c 21, want 00 00)"},
		{"elements of a known other type", []byte{0, 0, 0x0d, 1, 0, 0, 0, 1},
			"offset 2: elements are not bytes (got type 0x0d, 32-bit float, want 0x08, unsigned byte)"},
		{"elements of no type", []byte{0, 0, 0x0a, 1, 0, 0, 0, 1},
			"offset 2: unknown element type (got 0x0a, want 0x08, unsigned byte)"},
		{"no axes", []byte{0, 0, 8, 0, 1}, "offset 3: wrong number of axes (got 0, want 1 to 8)"},
		{"200 axes", []byte{0, 0, 8, 200}, "offset 3: wrong number of axes (got 200, want 1 to 8)"},
		{"a header that ends early", good[:10], "offset 10: truncated (want the length of axis 1 of 2)"},
		{"a product of lengths beyond 64 bits", idx(nil, 1<<31, 1<<31, 1<<31),
			"offset 4: too large (() by 2147483648 is over 1073741824 bytes)"},
		{"a product of lengths beyond the limit", idx(nil, 60000, 28, 28000),
			"offset 12: too large ((60000, 28) by 28000 is over 1073741824 bytes)"},
		{"a header that claims more than there is", idx(make([]byte, 100), 1<<20, 1<<10),
			"offset 112: truncated (want 1073741824 bytes of elements)"},
		{"one byte too few", good[:len(good)-1], "offset 17: truncated (want 6 bytes of elements)"},
		{"one byte too many", append(bytes.Clone(good), 0), "offset 18: bytes after the last element"},
		{"a gzip stream cut in its content", packed(long)[:60], ""},
		{"a gzip stream cut in its trailer", packed(good)[:len(packed(good))-3],
			"offset 18: gzip stream is truncated"},
		{"a gzip header alone", packed(good)[:9], "offset 0: gzip stream is truncated"},
		{"a gzip stream with a wrong checksum", broken(packed(good), 6),
			"offset 18: gzip stream is damaged (gzip: invalid checksum)"},
		{"bytes after a gzip stream", append(packed(good), "more bytes than a gzip header has"...),
			"offset 18: bytes that are no gzip after the end of the gzip stream"},
		{"a second gzip stream after a whole file", append(packed(good), packed(good)...),
			"offset 18: bytes after the last element"},
		{"gzip within gzip", packed(packed(good)), "offset 0: not an IDX file (starts with 1f 8b, want 00 00)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := ReadIDX(iotest.HalfReader(bytes.NewReader(row.in)), "f")
			if err == nil {
				if s := fmt.Sprint(got.Shape, " ", got.Bytes[:min(6, len(got.Bytes))]); s != row.want {
					t.Errorf("got %s, want %s", s, row.want)
				}
				return
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			if row.want != "" && err.Error() != "f: "+row.want {
				t.Errorf("got  %v\nwant f: %s", err, row.want)
			}
		})
	}
}

func TestReadIDXTruncatedAnywhere(t *testing.T) {
	good := idx([]byte{1, 2, 3, 4, 5, 6}, 3, 2)
	for _, whole := range [][]byte{good, packed(good)} {
		for n := range whole {
			if _, err := ReadIDX(bytes.NewReader(whole[:n]), "f"); !errors.Is(err, ErrDamaged) {
				t.Errorf("the first %d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
}

func TestReadIDXFailure(t *testing.T) {
	if _, err := ReadIDX(nil, "f"); err == nil || !strings.HasPrefix(err.Error(), "f: there is no reader") {
		t.Errorf("without a reader: %v", err)
	}
	_, err := ReadIDX(iotest.ErrReader(os.ErrPermission), "f")
	if !errors.Is(err, os.ErrPermission) || errors.Is(err, ErrDamaged) {
		t.Errorf("a failed read is no damage: %v", err)
	}
	_, err = ReadIDXFile(t.TempDir())
	if err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a folder: %v", err)
	}
	_, err = ReadIDXFile(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// zeros is an endless stream of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReadIDXMemory(t *testing.T) {
	spent := func(in []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ReadIDX(bytes.NewReader(in), "f"); !errors.Is(err, ErrDamaged) {
			t.Errorf("got error %v", err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	t.Run("a header that claims 1 GiB costs no memory", func(t *testing.T) {
		if n := spent(idx(make([]byte, 1000), 1<<30)); n > 1<<20 {
			t.Errorf("%d bytes allocated", n)
		}
	})
	t.Run("a gzip bomb is found before it has unpacked", func(t *testing.T) {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		z.Write(idx(nil, 1<<30))
		io.CopyN(z, zeros{}, 280<<20)
		z.Close()
		_, err := ReadIDX(&buf, "f")
		if err == nil || !strings.Contains(err.Error(), "gzip unpacks to over 100 times its size") {
			t.Errorf("got error %v", err)
		}
	})
}

func FuzzIDX(f *testing.F) {
	good := idx([]byte{1, 2, 3, 4, 5, 6}, 3, 2)
	for _, seed := range [][]byte{
		nil, good, packed(good), good[:9], append(packed(good), 1), broken(packed(good), 5), broken(packed(good), 20),
		idx(nil, 0), idx(nil, 1<<31, 1<<31), {0, 0, 8, 255}, {0x1f, 0x8b}, append(packed(good), packed(good)...),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		x, err := ReadIDX(bytes.NewReader(in), "f")
		if err == nil && x.Shape.Size() != len(x.Bytes) {
			t.Errorf("shape %v with %d bytes", x.Shape, len(x.Bytes))
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("error %v of a reader that does not fail is not ErrDamaged", err)
		}
	})
}

func ExampleReadIDX() {
	file := strings.NewReader("\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03abcdef")
	x, err := ReadIDX(file, "letters-idx2-ubyte")
	fmt.Println(x.Shape, string(x.Bytes), err)

	_, err = ReadIDX(strings.NewReader("\x00\x00\x08\x01\x00\x00\x00\x09abc"), "letters-idx1-ubyte")
	fmt.Println(err)
	fmt.Println(errors.Is(err, ErrDamaged))
	// Output:
	// (2, 3) abcdef <nil>
	// letters-idx1-ubyte: offset 11: truncated (want 9 bytes of elements)
	// true
}
