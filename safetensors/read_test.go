package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// raw makes a file of a header and the bytes behind it, as the format describes it.
func raw(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func open(b []byte) (*File, error) { return NewFile(bytes.NewReader(b), int64(len(b)), "f") }

// entry is the JSON of a tensor "w" of dtype U8.
func entry(shape, offsets string) string {
	return fmt.Sprintf(`{"w":{"dtype":"U8","shape":%s,"data_offsets":%s}}`, shape, offsets)
}

func TestOpenGood(t *testing.T) {
	for _, row := range []struct {
		name string
		in   []byte
		want string // name, dtype, shape, offset behind the header and size of every tensor, and the metadata
	}{
		{"a matrix", raw(`{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}`, make([]byte, 8)...),
			"[{w F32 [1 2] 0 8}] map[]"},
		{"no tensor", raw(`{}`), "[] map[]"},
		{"metadata alone", raw(`{"__metadata__":{"a":"b","":""}}`), "[] map[: a:b]"},
		{"a scalar", raw(entry("[]", "[0,1]"), 5), "[{w U8 [] 0 1}] map[]"},
		{"an empty tensor", raw(entry("[3,0]", "[0,0]")), "[{w U8 [3 0] 0 0}] map[]"},
		{"white space before and behind the JSON", raw(" \n\t" + entry("[0]", "[0,0]") + " \r\n "),
			"[{w U8 [0] 0 0}] map[]"},
		{"white space within the JSON",
			raw(`{ "w" : { "dtype" : "U8" , "shape" : [ 1 , 1 ] , "data_offsets" : [ 0 , 1 ] } }`, 1),
			"[{w U8 [1 1] 0 1}] map[]"},
		{"keys of an entry in any order", raw(`{"w":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}}`, 1),
			"[{w U8 [1] 0 1}] map[]"},
		{"tensors in another order than their data",
			raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"I16","shape":[1],`+
				`"data_offsets":[0,2]}}`, 1, 2, 3), "[{a U8 [1] 2 1} {b I16 [1] 0 2}] map[]"},
		{"empty tensors between others",
			raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],`+
				`"data_offsets":[1,1]},"c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 1, 2),
			"[{a U8 [1] 0 1} {b U8 [0] 1 0} {c U8 [1] 1 1}] map[]"},
		{"a name with escapes", raw(`{"\u00e9\n\"\\\/\ud83d\ude00":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`),
			"[{é\n\"\\/😀 U8 [0] 0 0}] map[]"},
		{"a name that looks like a path is a name", raw(`{"../../x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`),
			"[{../../x U8 [0] 0 0}] map[]"},
		{"two elements of 4 bits", raw(`{"w":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1),
			"[{w F4 [2] 0 1}] map[]"},
		{"an 8-bit float", raw(`{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}`, 1, 2),
			"[{w F8_E4M3 [2] 0 2}] map[]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, err := open(row.in)
			if err != nil {
				t.Fatal(err)
			}
			infos := []Info{}
			for _, name := range f.Names() {
				info, _ := f.Tensor(name)
				info.Offset -= 8 + int64(binary.LittleEndian.Uint64(row.in))
				infos = append(infos, info)
			}
			if got := fmt.Sprint(infos, f.Metadata()); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestOpenBad(t *testing.T) {
	good := raw(entry("[2]", "[0,2]"), 1, 2)
	long := func(n uint64) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), make([]byte, 92)...) }
	two := func(a, b string) []byte {
		return raw(fmt.Sprintf(
			`{"a":{"dtype":"U8","shape":[2],"data_offsets":%s},"b":{"dtype":"U8","shape":[2],"data_offsets":%s}}`, a,
			b), 1, 2, 3, 4)
	}
	for _, row := range []struct {
		name string
		in   []byte
		want string
	}{
		{"an empty file", nil, "too small for a safetensors header (got 0 bytes, want at least 8)"},
		{"7 bytes", make([]byte, 7), "too small for a safetensors header (got 7 bytes, want at least 8)"},
		{"a header of no bytes", make([]byte, 8), "empty header"},
		{"a header longer than the file", long(1000), "header is longer than the file (got 1000 bytes, 92 are left)"},
		{"a header over the limit", long(100_000_001),
			"header is too large (got 100000001 bytes, want at most 100000000)"},
		{"a header length at which 8 more overflow", long(math.MaxUint64),
			"header is too large (got 18446744073709551615 bytes, want at most 100000000)"},
		{"a header that is not UTF-8", raw("{\"\xff\":1}"), "header, byte 10: not UTF-8"},
		{"a byte order mark", raw("\ufeff{}"),
			`header, byte 8: not the JSON of a header (got '\ufeff', want { to begin the header)`},
		{"a list", raw("[]"), "header, byte 8: not the JSON of a header (got '[', want { to begin the header)"},
		{"null", raw("null"), "header, byte 8: not the JSON of a header (got 'n', want { to begin the header)"},
		{"a number", raw("12"), "header, byte 8: not the JSON of a header (got '1', want { to begin the header)"},
		{"nothing but spaces", raw("    "), "header, byte 12: header ends early (want { to begin the header)"},
		{"JSON that ends early", raw(`{"w":{"dtype":"U8"`),
			"header, byte 26: header ends early (want , or } in a tensor)"},
		{"a name that ends early", raw(`{"w`), `header, byte 11: header ends early (want " to end a string)`},
		{"text behind the JSON", raw("{} x"), "header, byte 11: text after the end of the JSON"},
		{"a second object", raw("{}{}"), "header, byte 10: text after the end of the JSON"},
		{"a trailing comma", raw(`{"__metadata__":{},}`),
			`header, byte 27: not the JSON of a header (got '}', want a name)`},
		{"two tensors of one name",
			raw(`{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],`+
				`"data_offsets":[0,2]}}`, 1, 2), `tensor "w": duplicate tensor`},
		{"two tensors of one name, spelt differently",
			raw(`{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\u0077":{"dtype":"U8","shape":[2],`+
				`"data_offsets":[0,2]}}`, 1, 2), `tensor "w": duplicate tensor`},
		{"a key twice in an entry", raw(`{"w":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1),
			`tensor "w": duplicate key "dtype"`},
		{"an entry without anything", raw(`{"w":{}}`), `tensor "w": missing dtype, shape, data_offsets`},
		{"an entry without a shape", raw(`{"w":{"dtype":"U8","data_offsets":[0,0]}}`), `tensor "w": missing shape`},
		{"an unknown key in an entry", raw(`{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1],"strides":[1]}}`, 1),
			`tensor "w": unknown key "strides" (want dtype, shape, data_offsets)`},
		{"an entry that is a list", raw(`{"w":[1]}`),
			"header, byte 13: not the JSON of a header (got '[', want { to begin a tensor)"},
		{"an unknown dtype", raw(`{"w":{"dtype":"F33","shape":[],"data_offsets":[0,1]}}`, 1),
			`tensor "w": unknown dtype (got "F33", want one of BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 ` +
				`F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64)`},
		{"a dtype in small letters", raw(`{"w":{"dtype":"u8","shape":[],"data_offsets":[0,1]}}`, 1), ""},
		{"a dtype that is a number", raw(`{"w":{"dtype":8,"shape":[],"data_offsets":[0,1]}}`, 1),
			"header, byte 22: not the JSON of a header (got '8', want a string for dtype)"},
		{"a negative length", raw(entry("[-2]", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 36: not the JSON of a header (got '-', want a plain integer from 0 up)`},
		{"a length with a fraction", raw(entry("[2.0]", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 37: not the JSON of a header (got '.', want a plain integer)`},
		{"a length with an exponent", raw(entry("[2e0]", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 37: not the JSON of a header (got 'e', want a plain integer)`},
		{"a length that is a string", raw(entry(`["2"]`, "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 36: not the JSON of a header (got '"', want a plain integer from 0 up)`},
		{"a length that begins with 0", raw(entry("[02]", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 38: number begins with 0`},
		{"a shape that is a number", raw(entry("2", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 35: not the JSON of a header (got '2', want [ to begin a list)`},
		{"a shape whose product overflows", raw(entry("[4294967296,4294967296,2]", "[0,2]"), 1, 2),
			`tensor "w": number of elements overflows: shape [4294967296 4294967296 2]`},
		{"a length of 2⁴⁸", raw(entry("[281474976710656]", "[0,2]"), 1, 2),
			`tensor "w": shape: header, byte 50: number is too large (want at most 281474976710655)`},
		{"a length of 30 digits", raw(entry("["+strings.Repeat("9", 30)+"]", "[0,2]"), 1, 2), ""},
		{"65 axes", raw(entry("["+strings.Repeat("1,", 64)+"1]", "[0,1]"), 1),
			`tensor "w": too many axes (got 65, want at most 32)`},
		{"a million axes", raw(entry("["+strings.Repeat("1,", 1e6)+"1]", "[0,1]"), 1),
			`tensor "w": shape: list is too long`},
		{"data that ends before it begins", raw(entry("[2]", "[2,0]"), 1, 2),
			`tensor "w": data ends before it begins (got data_offsets [2,0])`},
		{"one offset", raw(entry("[2]", "[2]"), 1, 2), `tensor "w": wrong number of data_offsets (got 1, want 2)`},
		{"three offsets", raw(entry("[2]", "[0,1,2]"), 1, 2),
			`tensor "w": wrong number of data_offsets (got 3, want 2)`},
		{"data that ends behind the file", raw(entry("[3]", "[0,3]"), 1, 2),
			`tensor "w": data ends behind the file (got end 3, the file has 2 bytes of data)`},
		{"two tensors on the same data", two("[0,2]", "[0,2]"),
			`tensor "b": data overlaps tensor "a" (got offset 0, want 2)`},
		{"two tensors that overlap", two("[0,2]", "[1,3]"),
			`tensor "b": data overlaps tensor "a" (got offset 1, want 2)`},
		{"a hole between two tensors",
			raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],`+
				`"data_offsets":[2,3]}}`, 1, 2, 3),
			`tensor "b": data leaves a hole behind tensor "a" (got offset 2, want 1)`},
		{"a first tensor that begins late", raw(entry("[1]", "[1,2]"), 1, 2),
			`tensor "w": data does not begin with the first tensor (got offset 1, want 0)`},
		{"bytes behind the last tensor", append(bytes.Clone(good), "PK\x03\x04"...),
			"4 bytes after the last tensor belong to no tensor"},
		{"bytes behind a header without tensors", raw("{}", 1), "1 bytes after the last tensor belong to no tensor"},
		{"less data than the shape wants", raw(entry("[3]", "[0,2]"), 1, 2),
			`tensor "w": wrong size of data (got 2 bytes, want 3 for U8 [3])`},
		{"more data than the shape wants", raw(entry("[]", "[0,2]"), 1, 2),
			`tensor "w": wrong size of data (got 2 bytes, want 1 for U8 [])`},
		{"an odd number of 4-bit elements", raw(`{"w":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1),
			`tensor "w": elements do not fill whole bytes: F4 [3]`},
		{"metadata with a number", raw(`{"__metadata__":{"step":3}}`),
			`header, byte 32: not the JSON of a header (got '3', want a string, the only kind of value that ` +
				`__metadata__ may hold)`},
		{"metadata with an object", raw(`{"__metadata__":{"step":{}}}`),
			`header, byte 32: not the JSON of a header (got '{', want a string, the only kind of value that ` +
				`__metadata__ may hold)`},
		{"metadata that is a string", raw(`{"__metadata__":"x"}`),
			`header, byte 24: not the JSON of a header (got '"', want { to begin __metadata__)`},
		{"a key of the metadata twice", raw(`{"__metadata__":{"a":"1","a":"1"}}`),
			`header, byte 37: __metadata__: duplicate key "a"`},
		{"metadata twice", raw(`{"__metadata__":{},"__metadata__":{}}`), "header, byte 42: duplicate __metadata__"},
		{"a name of a megabyte", raw(`{"` + strings.Repeat("n", 1e6) +
			`":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`), `tensor "` + strings.Repeat("n", 100) +
			`"…: name is too long (got 1000000 bytes, want at most 4096)`},
		{"a control character in a name", raw("{\"a\x00\":{}}"),
			`header, byte 11: control character '\x00' in a string`},
		{"an escape that JSON does not have", raw(`{"\x41":{}}`), "header, byte 10: unknown escape in a string"},
		{"an escape that ends early", raw(`{"\u12`), "header, byte 10: unknown escape in a string"},
		{"an escape with a sign in it", raw(`{"\u+123":{}}`), "header, byte 10: unknown escape in a string"},
		{"half of a surrogate pair", raw(`{"\ud800x":{}}`), "header, byte 16: half of a surrogate pair in a string"},
		{"two first halves of a surrogate pair", raw(`{"\ud800\ud800":{}}`),
			"header, byte 22: half of a surrogate pair in a string"},
		{"lists 100,000 deep", raw(`{"w":` + strings.Repeat("[", 100_000)),
			"header, byte 13: not the JSON of a header (got '[', want { to begin a tensor)"},
		{"objects 100,000 deep", raw(strings.Repeat(`{"w":`, 100_000)),
			`tensor "w": unknown key "w" (want dtype, shape, data_offsets)`},
		{"a PyTorch checkpoint", []byte("PK\x03\x04\x00\x00\x08\x08\x00\x00archive/data.pkl"),
			"not a safetensors file but a zip archive, as PyTorch saves checkpoints; package torchfile reads those"},
		{"an old PyTorch checkpoint", []byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."),
			"not a safetensors file but a Python pickle, as old PyTorch saves checkpoints; package torchfile reads " +
				"those"},
		{"a gzip file", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"),
			"not a safetensors file but a gzip file; unpack it first"},
		{"a Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"),
			"not a safetensors file but a Git LFS pointer and not the file itself; fetch it with git lfs pull"},
		{"an HTML page", []byte("\n<!DOCTYPE html><title>404</title>"),
			"not a safetensors file but an HTML or XML page, perhaps an error message saved by a download"},
		{"a short HTML page", []byte("<html>"),
			"not a safetensors file but an HTML or XML page, perhaps an error message saved by a download"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := open(row.in)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("got error %v, want one of kind ErrFormat", err)
			}
			if row.want != "" && err.Error() != "f: "+row.want {
				t.Errorf("got  %v\nwant f: %s", err, row.want)
			}
		})
	}
}

func TestOpenTruncatedAnywhere(t *testing.T) {
	good := raw(`{"__metadata__":{"a":"b"},"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1, 2)
	for n := range good {
		if _, err := open(good[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("the first %d of %d bytes: %v", n, len(good), err)
		}
	}
}

func TestOpenTooManyTensors(t *testing.T) {
	var b strings.Builder
	for i := range maxTensors + 1 {
		fmt.Fprintf(&b, `,"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	_, err := open(raw("{" + b.String()[1:] + "}"))
	if err == nil || err.Error() != "f: header has more than 1000000 tensors" {
		t.Errorf("got %v", err)
	}
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	t.Run("a missing file", func(t *testing.T) {
		if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		if _, err := Open(dir); !errors.Is(err, ErrFormat) || err.Error() != dir+": not a regular file (a folder)" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a pipe is refused and not waited for", func(t *testing.T) {
		pipe := filepath.Join(dir, "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(pipe); !errors.Is(err, ErrFormat) ||
			err.Error() != pipe+": not a regular file (a named pipe)" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a device", func(t *testing.T) {
		if _, err := Open(os.DevNull); !errors.Is(err, ErrFormat) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file that shrinks while it is open", func(t *testing.T) {
		path := filepath.Join(dir, "w")
		if err := os.WriteFile(path, raw(entry("[2]", "[0,2]"), 1, 2), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := os.Truncate(path, 62); err != nil {
			t.Fatal(err)
		}
		want := path + `: tensor "w": file ends early, it has shrunk since it was opened (got 1 bytes at offset 61, ` +
			`want 2)`
		if err := f.ReadInt64("w", make([]int64, 2)); !errors.Is(err, ErrFormat) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if err := f.Read("w", make([]byte, 2)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// TestOpenBegunFiles: a file that breaks off is named as that, though its length begins like another format's magic
// number.
func TestOpenBegunFiles(t *testing.T) {
	for _, row := range []struct {
		name   string
		length int // of the header
	}{
		{"a length that begins like HTML", '<'},
		{"a length that begins like an HTML tag", '<' | 'a'<<8},
		{"a length that begins like a pickle of protocol 2", 0x280},
		{"a length that begins like a pickle of protocol 4", 0x480},
		{"a length that begins like gzip", 0x8b1f},
		{"a length that begins with white space and then like HTML", ' ' | '<'<<8},
	} {
		t.Run(row.name, func(t *testing.T) {
			whole := raw(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`+strings.Repeat(" ", row.length-53), 1)
			if row.length < 53 {
				t.Fatal("the header does not fit")
			}
			if _, err := open(whole); err != nil {
				t.Fatalf("the whole file: %v", err)
			}
			for _, n := range []int{3, 4, 7, 8, 9, 20, len(whole) - 2, len(whole) - 1} {
				_, err := open(whole[:n])
				if !errors.Is(err, ErrFormat) || strings.Contains(err.Error(), "not a safetensors file but") {
					t.Errorf("the first %d of %d bytes: %v", n, len(whole), err)
				}
			}
		})
	}
}

// entries is a header of n empty tensors, each with the given rest of its name and shape.
func entries(n int, name, shape string) string {
	var b []byte
	for i := range n {
		b = append(strconv.AppendInt(append(append(b, `,"`...), name...), int64(i), 10),
			`":{"dtype":"F4","shape":[`...)
		b = append(append(b, shape...), `],"data_offsets":[0,0]}`...)
	}
	return "{" + string(b[1:]) + "}"
}

// keys is a header with n keys of metadata and nothing else.
func keys(n int) string {
	var b []byte
	for i := range n {
		b = append(strconv.AppendInt(append(b, `,"`...), int64(i), 36), `":""`...)
	}
	return `{"__metadata__":{` + string(b[1:]) + "}}"
}

// TestOpenMemory: a header costs memory and time in proportion to the file, whatever it holds.
func TestOpenMemory(t *testing.T) {
	for _, row := range []struct {
		name   string
		header func() string
		want   string // the error
	}{
		{"a million tensors", func() string { return entries(1e6, "", "0") }, ""},
		{"300,000 tensors of 32 axes", func() string { return entries(3e5, "", "0"+strings.Repeat(",1", 31)) }, ""},
		{"100,000 tensors with escapes in their names",
			func() string { return entries(1e5, strings.Repeat(`\n`, 200), "0") }, ""},
		{"a name of 50 MB", func() string { return entries(1, strings.Repeat("n", 50e6), "0") },
			"name is too long (got 50000001 bytes, want at most 4096)"},
		{"a name of 50 MB of escapes", func() string { return entries(1, strings.Repeat(`\u00e9`, 8e6), "0") },
			"name is too long (got 16000001 bytes, want at most 4096)"},
		{"8 million keys of metadata", func() string { return keys(8_000_000) },
			"__metadata__ has more than 100000 keys"},
		{"100,000 keys of metadata", func() string { return keys(100_000) }, ""},
		{"a text of 90 MB in the metadata",
			func() string { return `{"__metadata__":{"a":"` + strings.Repeat("x", 90e6) + `"}}` }, ""},
		{"lists 40 million deep", func() string { return `{"w":{"shape":` + strings.Repeat("[", 40e6) },
			"want a plain integer"},
		{"objects 10 million deep", func() string { return strings.Repeat(`{"w":`, 10e6) }, `unknown key "w"`},
		{"what looks like entries and is none", func() string { return strings.Repeat(`"dtype"`, 8e6) },
			"want { to begin the header"},
		{"white space", func() string { return strings.Repeat(" ", 90e6) + "{}" }, ""},
		{"a list of 40 million lengths", func() string { return entries(1, "", strings.Repeat("1,", 40e6)+"1") },
			"list is too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("large files")
			}
			in := raw(row.header())
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			f, err := open(in)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil && row.want != "" || err != nil &&
				(row.want == "" || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %v, want %q", err, row.want)
			}
			spent, most := after.TotalAlloc-before.TotalAlloc, max(4*uint64(len(in)), 64<<20)
			t.Logf("%d bytes: %d bytes allocated, %v", len(in), spent, took)
			if spent > most || took > 10*time.Second {
				t.Errorf("a file of %d bytes takes %d bytes, want at most %d, and %v", len(in), spent, most, took)
			}
			runtime.KeepAlive(f)
		})
	}
}

// one opens a file of a tensor "w" of two elements.
func one(t *testing.T, dtype DType, data ...byte) *File {
	t.Helper()
	f, err := open(raw(fmt.Sprintf(`{"w":{"dtype":"%s","shape":[2],"data_offsets":[0,%d]}}`, dtype, len(data)),
		data...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadFloats(t *testing.T) {
	for _, row := range []struct {
		dtype DType
		data  []byte
	}{
		{F32, []byte{0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0xff}},
		{F64, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0xff}},
		{F16, []byte{0x00, 0x3e, 0x00, 0xfc}},
		{BF16, []byte{0xc0, 0x3f, 0x80, 0xff}},
	} {
		t.Run(string(row.dtype), func(t *testing.T) {
			f := one(t, row.dtype, row.data...)
			f32, f64 := make([]float32, 2), make([]float64, 2)
			if err := errors.Join(f.ReadFloat32("w", f32), f.ReadFloat64("w", f64)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(f32, f64); got != "[1.5 -Inf] [1.5 -Inf]" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestReadIntegers(t *testing.T) {
	for _, row := range []struct {
		dtype DType
		data  []byte
		want  []int64
	}{
		{I64, []byte{1, 0, 0, 0, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 255},
			[]int64{math.MinInt64 + 1, -1}},
		{I32, []byte{1, 0, 0, 0x80, 255, 255, 255, 255}, []int64{math.MinInt32 + 1, -1}},
		{U32, []byte{1, 0, 0, 0x80, 255, 255, 255, 255}, []int64{1<<31 + 1, math.MaxUint32}},
		{I16, []byte{1, 0x80, 255, 255}, []int64{math.MinInt16 + 1, -1}},
		{U16, []byte{1, 0x80, 255, 255}, []int64{1<<15 + 1, math.MaxUint16}},
		{I8, []byte{0x81, 255}, []int64{-127, -1}},
		{U8, []byte{0x81, 255}, []int64{129, 255}},
		{Bool, []byte{0, 1}, []int64{0, 1}},
	} {
		t.Run(string(row.dtype), func(t *testing.T) {
			got := make([]int64, 2)
			if err := one(t, row.dtype, row.data...).ReadInt64("w", got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	for _, row := range []struct {
		name  string
		dtype DType
		read  func(f *File) error
		want  string
	}{
		{"a tensor that is not there", U16, func(f *File) error { return f.Read("v", nil) }, `f: has no tensor "v"`},
		{"a destination that is too short", U16, func(f *File) error { return f.ReadInt64("w", make([]int64, 1)) },
			`f: tensor "w": destination has 1 elements, tensor has 2: shape [2]`},
		{"a destination of too few bytes", U16, func(f *File) error { return f.Read("w", make([]byte, 3)) },
			`f: tensor "w": destination has 3 bytes, tensor has 4`},
		{"integers as floats", U16, func(f *File) error { return f.ReadFloat32("w", make([]float32, 2)) },
			`f: tensor "w": dtype U16 cannot be read as float32 (want [BF16 F16 F32 F64])`},
		{"floats as integers", F16, func(f *File) error { return f.ReadInt64("w", make([]int64, 2)) },
			`f: tensor "w": dtype F16 cannot be read as int64 (want [BOOL I16 I32 I64 I8 U16 U32 U8])`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.read(one(t, row.dtype, 1, 2, 3, 4)); err == nil || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
	t.Run("a type of the format that has no conversion", func(t *testing.T) {
		f := one(t, "F8_E4M3", 1, 2)
		if err := f.ReadFloat32("w", make([]float32, 2)); err == nil {
			t.Error("no error")
		}
		b := make([]byte, 2)
		if err := f.Read("w", b); err != nil || b[1] != 2 {
			t.Errorf("its bytes: %v, %v", b, err)
		}
	})
}

func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		sign, exp, frac := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * math.Ldexp(1024+frac, exp-25)
		switch {
		case exp == 0:
			want = sign * math.Ldexp(frac, -24)
		case exp == 31 && frac == 0:
			want = math.Inf(int(sign))
		case exp == 31:
			want = math.NaN()
		}
		got := float64(half(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("%#04x: got %v, want %v", h, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	good := raw(`{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},`+
		`"v":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}`, make([]byte, 16)...)
	for _, seed := range [][]byte{
		good, good[:len(good)-1], append(bytes.Clone(good), 0), raw("{}"), raw(" {} "), raw(entry("[0]", "[0,0]")),
		raw(entry("[4294967296,4294967296,2]", "[0,2]")), raw(entry("[2.0]", "[0,2]")), raw(entry("[1]", "[1,0]")),
		raw(`{"\ud83d\ude00":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1), {0, 0, 0, 0, 0, 0, 0, 0x80},
	} {
		f.Add(seed)
	}
	f.Add(raw(`{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"w":{"dtype":"U8","shape":[0],`+
		`"data_offsets":[8,8]}}`, make([]byte, 8)...))
	f.Add([]byte("<\x00\x00\x00\x00\x00\x00\x00{"))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := open(in)
		if err != nil {
			if !errors.Is(err, ErrFormat) || strings.Contains(err.Error(), "%!") && !bytes.Contains(in, []byte("%!")) {
				t.Errorf("error %v", err)
			}
			return
		}
		var tensors []Tensor
		for _, name := range file.Names() {
			info, _ := file.Tensor(name)
			if info.Size > int64(len(in)) {
				t.Fatalf("tensor %q has %d bytes in a file of %d", name, info.Size, len(in))
			}
			data := make([]byte, info.Size)
			if err := file.Read(name, data); err != nil {
				t.Fatal(err)
			}
			tensors = append(tensors, Tensor{name, info.DType, info.Shape, data})
		}
		var out bytes.Buffer
		if err := Encode(&out, tensors, file.Metadata()); err != nil {
			t.Fatal(err)
		}
		again, err := open(out.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !slices.Equal(again.Names(), file.Names()) || fmt.Sprint(again.Metadata()) != fmt.Sprint(file.Metadata()) {
			t.Error("what was written is not what was read")
		}
	})
}
