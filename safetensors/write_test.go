package safetensors

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/internal/files"
)

func TestEncode(t *testing.T) {
	for _, row := range []struct {
		name     string
		tensors  []Tensor
		metadata map[string]string
		want     string // the header and, in hexadecimal, the data
	}{
		{"nothing", nil, nil, "{}      "},
		{"a float32 matrix", []Tensor{{"w", "", []int{1, 2}, []float32{1, -2}}}, nil,
			`{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}` + " 0000803f000000c0"},
		{"larger elements come first, then names in order", []Tensor{
			{"b", "", []int{1}, []float32{0}}, {"a", "", []int{1}, []float32{1}}, {"c", U8, []int{1}, []byte{5}},
			{"d", "", nil, []int64{-1}}, {"e", "", nil, []float64{1}},
		}, nil,
			`{"d":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"e":{"dtype":"F64","shape":[],"data_offsets":[8,` +
				`16]},"a":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},"b":{"dtype":"F32","shape":[1],` +
				`"data_offsets":[20,24]},"c":{"dtype":"U8","shape":[1],"data_offsets":[24,25]}}` +
				"        ffffffffffffffff000000000000f03f0000803f0000000005"},
		{"metadata comes first, its keys in order", []Tensor{{"w", "", []int{0}, []float32{}}},
			map[string]string{"b": "2", "a": "1"},
			`{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}` + " "},
		{"strings are escaped where they must be", []Tensor{{"é<\"\\\n\x01>", U8, []int{0}, []byte{}}}, nil,
			`{"é<\"\\\n\u0001>":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}` + "   "},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Encode(&out, row.tensors, row.metadata); err != nil {
				t.Fatal(err)
			}
			b := out.Bytes()
			n := int(b[0]) | int(b[1])<<8
			if n%8 != 0 {
				t.Errorf("header of %d bytes", n)
			}
			if got := string(b[8:8+n]) + hex.EncodeToString(b[8+n:]); strings.ReplaceAll(got, " ",
				"") != strings.ReplaceAll(row.want, " ", "") {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if _, err := open(b); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEncodeSameBytes(t *testing.T) {
	a, b := Tensor{"a", "", []int{1}, []float32{1}}, Tensor{"b", "", []int{1}, []float32{2}}
	metadata := map[string]string{"x": "1", "y": "2", "z": "3"}
	var first, second bytes.Buffer
	if err := errors.Join(Encode(&first, []Tensor{a, b}, metadata),
		Encode(&second, []Tensor{b, a}, metadata)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the order of the tensors shows in the file")
	}
}

func TestEncodeErrors(t *testing.T) {
	w := Tensor{"w", "", []int{1}, []float32{1}}
	for _, row := range []struct {
		name     string
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		{"two tensors of one name", []Tensor{w, {"w", "", nil, []float64{1}}}, nil, `tensor "w": duplicate tensor`},
		{"data that does not fill the shape", []Tensor{{"w", "", []int{2, 3}, []float32{1}}}, nil,
			`tensor "w": data does not fill the shape (got 4 bytes, want 24 for F32 [2 3])`},
		{"data of a Go type that has no dtype", []Tensor{{"w", "", []int{1}, []int{1}}}, nil,
			`tensor "w": data is []int (want []float32, []float64, []int64 or []byte)`},
		{"no data", []Tensor{{"w", F32, []int{1}, nil}}, nil,
			`tensor "w": data is <nil> (want []float32, []float64, []int64 or []byte)`},
		{"a dtype that is not the data's", []Tensor{{"w", F64, []int{1}, []float32{1}}}, nil,
			`tensor "w": data of type []float32 is not F64`},
		{"bytes without a dtype", []Tensor{{"w", "", []int{1}, []byte{1}}}, nil, ``},
		{"the name of the metadata", []Tensor{{metadataKey, "", []int{1}, []float32{1}}}, nil,
			`tensor "__metadata__": not a name for a tensor (want UTF-8 of at most 4096 bytes, not __metadata__)`},
		{"a name that is not UTF-8", []Tensor{{"\xff", "", []int{1}, []float32{1}}}, nil,
			`tensor "\xff": not a name for a tensor (want UTF-8 of at most 4096 bytes, not __metadata__)`},
		{"a negative length", []Tensor{{"w", "", []int{-1, -1}, []float32{1}}}, nil,
			`tensor "w": impossible shape [-1 -1]`},
		{"a product that overflows", []Tensor{{"w", "", []int{1 << 40, 1 << 40}, []float32{1}}}, nil,
			`tensor "w": number of elements overflows: shape [1099511627776 1099511627776]`},
		{"too many axes", []Tensor{{"w", "", make([]int, 33), []float32{}}}, nil,
			`tensor "w": too many axes (got 33, want at most 32)`},
		{"metadata that is not UTF-8", nil, map[string]string{"a": "\xff"}, `metadata "a": not UTF-8`},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := Encode(io.Discard, row.tensors, row.metadata)
			if err == nil || row.want != "" && err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

func TestWriteRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	x := make([]float32, 100_003) // more than a step of reading, and no multiple of it
	y, z := make([]float64, len(x)), make([]int64, len(x))
	for i := range x {
		x[i], y[i], z[i] = rand.Float32(), rand.NormFloat64(), rand.Int64()-rand.Int64()
	}
	x[0], y[0] = float32(math.Inf(1)), math.Copysign(0, -1)
	shape := []int{len(x)}
	if err := Write(path, []Tensor{{"x", "", shape, x}, {"y", "", shape, y}, {"z", "", shape, z}},
		map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x2, y2, z2 := make([]float32, len(x)), make([]float64, len(x)), make([]int64, len(x))
	if err := errors.Join(f.ReadFloat32("x", x2), f.ReadFloat64("y", y2), f.ReadInt64("z", z2)); err != nil {
		t.Fatal(err)
	}
	for i := range x {
		if x[i] != x2[i] || math.Float64bits(y[i]) != math.Float64bits(y2[i]) || z[i] != z2[i] {
			t.Fatalf("element %d: got %v %v %v, want %v %v %v", i, x2[i], y2[i], z2[i], x[i], y[i], z[i])
		}
	}
	if got := f.Metadata(); len(got) != 1 || got["format"] != "pt" {
		t.Errorf("metadata %v", got)
	}
}

// listed lists a folder.
func listed(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestWriteWholeOrNotAtAll(t *testing.T) {
	w := []Tensor{{"w", "", []int{1}, []float32{1}}}
	t.Run("a failed write leaves the old file and nothing else", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "w")
		if err := Write(path, w, nil); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		failure := errors.New("disk is full")
		err := files.Replace(path, func(w io.Writer) error {
			io.WriteString(w, "half")
			return failure
		})
		if !errors.Is(err, failure) || err.Error() != "cannot write "+path+": disk is full" {
			t.Errorf("got %v", err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) || listed(t, dir) != "w" {
			t.Errorf("the folder holds %s", listed(t, dir))
		}
	})
	t.Run("bad tensors leave the old file", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "w")
		err := Write(path, []Tensor{{"w", "", []int{2}, []float32{1}}}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), path+`: tensor "w": data does not fill the shape`) ||
			listed(t, dir) != "" {
			t.Errorf("got %v, the folder holds %q", err, listed(t, dir))
		}
	})
	t.Run("a folder is refused", func(t *testing.T) {
		dir := t.TempDir()
		if err := Write(dir, w, nil); err == nil ||
			err.Error() != "cannot write "+dir+": it is no regular file (a folder)" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a device is refused and stays a device", func(t *testing.T) {
		if err := Write(os.DevNull, w, nil); err == nil || !strings.Contains(err.Error(), "(a device)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a folder that is missing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "w")
		if err := Write(path, w, nil); !errors.Is(err, os.ErrNotExist) ||
			err.Error() != "cannot write "+path+": no such file or directory" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file in place of the folder", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(path, "w")
		if err := Write(path, w, nil); err == nil || err.Error() != "cannot write "+path+": not a directory" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a symbolic link stays, and the file behind it is replaced", func(t *testing.T) {
		dir := t.TempDir()
		target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
		if err := errors.Join(Write(target, nil, nil), os.Symlink("target", link), Write(link, w, nil)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is %v, %v", info, err)
		}
		f, err := Open(target)
		if err != nil || len(f.Names()) != 1 {
			t.Fatalf("the file behind it: %v", err)
		}
		f.Close()
	})
	t.Run("the permissions of the old file stay", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "w")
		if err := errors.Join(Write(path, w, nil), os.Chmod(path, 0o600), Write(path, w, nil)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	})
	t.Run("a name as long as a name may be", func(t *testing.T) {
		if err := Write(filepath.Join(t.TempDir(), strings.Repeat("n", 255)), w, nil); err != nil {
			t.Error(err)
		}
	})
}

// TestWriteKilled kills a process that writes one file over and over, and looks at the file each time.
func TestWriteKilled(t *testing.T) {
	const variable = "SAFETENSORS_TEST_WRITE"
	const elements = 500_000
	if path := os.Getenv(variable); path != "" {
		data := make([]float64, elements)
		fmt.Println("begun")
		for n := 0.; ; n++ {
			for i := range data {
				data[i] = n
			}
			if err := Write(path, []Tensor{{"w", "", []int{elements}, data}}, nil); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "w")
	if err := Write(path, []Tensor{{"w", "", []int{elements}, make([]float64, elements)}}, nil); err != nil {
		t.Fatal(err)
	}
	partial := 0
	for round := 0; round < 20 || partial == 0 && round < 200; round++ { // more on a machine that has much else to do
		child := exec.Command(os.Args[0], "-test.run=^TestWriteKilled$")
		child.Env = append(os.Environ(), variable+"="+path)
		out, err := child.StdoutPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil { // it has begun to write
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		child.Process.Kill()
		if err := child.Wait(); child.ProcessState.Exited() {
			t.Fatalf("the writer ended by itself: %v", err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		data := make([]float64, elements)
		if err := f.ReadFloat64("w", data); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		f.Close()
		for i, v := range data {
			if v != data[0] {
				t.Fatalf("round %d: element %d is of file %v, element 0 of file %v", round, i, v, data[0])
			}
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".w.*.tmp"))
		if err != nil {
			t.Fatal(err)
		}
		partial += len(left)
		for _, l := range left {
			os.Remove(l)
		}
	}
	if partial == 0 {
		t.Error("no kill came while a file was being written: the test has seen nothing")
	}
}

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")

	err = Write(path, []Tensor{
		{Name: "fc.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "fc.bias", Shape: []int{2}, Data: []float32{7, 8}},
	}, map[string]string{"epochs": "3"})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for _, name := range f.Names() {
		info, _ := f.Tensor(name)
		values := make([]float64, info.Len())
		if err := f.ReadFloat64(name, values); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(name, info.DType, info.Shape, values)
	}
	fmt.Println("epochs", f.Metadata()["epochs"])
	// Output:
	// fc.bias F32 [2] [7 8]
	// fc.weight F32 [2 3] [1 2 3 4 5 6]
	// epochs 3
}

func ExampleNewFile() {
	page := "<html>404 Not Found</html>"
	_, err := NewFile(strings.NewReader(page), int64(len(page)), "resnet18.safetensors")
	fmt.Println(err)
	fmt.Println(errors.Is(err, ErrFormat))
	// Output:
	// resnet18.safetensors: not a safetensors file but an HTML or XML page, perhaps an error message saved by a download
	// true
}
