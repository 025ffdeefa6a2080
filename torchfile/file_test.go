package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/safetensors"
)

// said is what PyTorch says of a tensor: its shape and its elements.
type said struct {
	shape  []int
	values []float64
}

func (s *said) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&s.shape, &s.values}) }

func answers(t *testing.T, name string) (all map[string]said) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// values reads a tensor of any dtype.
func values(t *testing.T, f *safetensors.File, name string) []float64 {
	t.Helper()
	info, ok := f.Tensor(name)
	if !ok {
		t.Fatalf("no tensor %q among %v", name, f.Names())
	}
	out, whole := make([]float64, info.Len()), make([]int64, info.Len())
	if err := f.ReadFloat64(name, out); err == nil {
		return out
	}
	if err := f.ReadInt64(name, whole); err != nil {
		t.Fatal(err)
	}
	for i, v := range whole {
		out[i] = float64(v)
	}
	return out
}

// TestFiles: what torch.save has written is read as torch.load reads it, in either format.
func TestFiles(t *testing.T) {
	for _, c := range []struct{ file, answers string }{
		{"tensors.pt", "tensors.json"}, {"tensors.th", "tensors.json"}, {"big.pt", "tensors.json"},
		{"checkpoint.pt", "checkpoint.json"}, {"checkpoint.th", "checkpoint.json"},
		{"protocol4.pt", "checkpoint.json"}, {"protocol4.th", "checkpoint.json"},
		{"one.pt", "one.json"}, {"one.th", "one.json"},
	} {
		t.Run(c.file, func(t *testing.T) {
			f, err := Open(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			want := answers(t, c.answers)
			if len(f.Names()) != len(want) {
				t.Errorf("tensors %v, want %d", f.Names(), len(want))
			}
			for name, w := range want {
				info, _ := f.Tensor(name)
				if got := values(t, f.File, name); !slices.Equal(got, w.values) ||
					!slices.Equal(info.Shape, w.shape) {
					t.Errorf("%s: got %v of shape %v\nwant %v of shape %v", name, got, info.Shape,
						w.values, w.shape)
				}
			}
		})
	}
}

// TestMetadata: numbers and texts of a checkpoint are told, those of lists too long to tell are not.
func TestMetadata(t *testing.T) {
	for _, name := range []string{"checkpoint.pt", "checkpoint.th", "protocol4.pt"} {
		f, err := Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"epoch": "3", "best_prec1": "91.5", "name": "net", "best": "true",
			"large": "1099511627776", "below": "-300", "optimizer.param_groups.0.lr": "0.1"}
		got := f.Metadata()
		for key, w := range want {
			if got[key] != w {
				t.Errorf("%s: %s is %q, want %q", name, key, got[key], w)
			}
		}
		f.Close()
	}
}

// TestOpenAny opens files of both kinds by what they begin with.
func TestOpenAny(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.pt") // a name that says nothing
	err := safetensors.Write(plain, []safetensors.Tensor{{Name: "w", Shape: []int{2}, Data: []float32{1, 2}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{plain: "w", "testdata/one.pt": "tensor",
		"testdata/one.th": "tensor"} {
		f, err := OpenAny(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := values(t, f.File, want); !slices.Equal(got, []float64{1, 2}) {
			t.Errorf("%s: got %v", path, got)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if err := f.ReadFloat32(want, make([]float32, 2)); err == nil {
			t.Errorf("%s is read after it was closed", path)
		}
	}
	if _, err := OpenAny(filepath.Join(dir, "none.pt")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := OpenAny(dir); !errors.Is(err, safetensors.ErrFormat) {
		t.Errorf("a folder: %v", err)
	}
	for n, head := range map[string]string{ // lengths of headers that begin as the others do
		"a header of 640 bytes":        "\x80\x02\x00\x00\x00\x00\x00\x00{",
		"a header of 67,324,752 bytes": "PK\x03\x04\x00\x00\x00\x00{",
	} {
		if isTorch([]byte(head)) {
			t.Errorf("%s is taken for a file of PyTorch", n)
		}
	}
}

// TestRefusals: what is no tensor and no plain container is refused by name, and nothing is run.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"code.pt", `data.pkl, byte 233: it asks for "posix.system", which is no tensor and no plain container: ` +
			`nothing of it is run`},
		{"code.th", `it asks for "posix.system"`},
		{"model.pt", `it asks for "torch.nn.modules.container.Sequential"`},
		{"model.th", `it asks for "torch.nn.modules.container.Sequential"`},
		{"set.pt", `it asks for "__builtin__.set"`},
		{"set.th", `it asks for "__builtin__.set"`},
		{"expanded.pt", "torch._utils._rebuild_tensor_v2: a tensor of shape [2 3] has more elements than its " +
			"storage, which has 1"},
		{"expanded.th", "has more elements than its storage"},
		{"script.pt", "a TorchScript program, which has code: save model.state_dict() in place of it"},
		{"packed.pt", "of the zip archive is packed, want it as PyTorch has it"},
		{"plain.pkl", "a Python pickle, and not a file of PyTorch: it does not begin with the magic number"},
		{"files.py", "not a file of PyTorch: it is no zip archive and no pickle"},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join("testdata", c.file)
			_, err := Open(path)
			if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(),
				c.want) ||
				strings.Contains(err.Error(), "\n") || !errors.Is(err, safetensors.ErrFormat) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := os.Stat("executed"); err == nil {
		t.Error("code was run")
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readAll opens a file and reads all tensors.
func readAll(b []byte) error {
	f, err := NewFile(bytes.NewReader(b), int64(len(b)), "f")
	if err != nil {
		return err
	}
	for _, name := range f.Names() {
		info, _ := f.Tensor(name)
		if err := f.Read(name, make([]byte, info.Size)); err != nil {
			return err
		}
	}
	return nil
}

// TestCutAnywhere: a file that breaks off is an error, wherever that is.
func TestCutAnywhere(t *testing.T) {
	for name, step := range map[string]int{"checkpoint.th": 1, "one.pt": 1, "checkpoint.pt": 7, "tensors.th": 7} {
		b := fixture(t, name)
		for n := 0; n < len(b); n += step {
			if err := readAll(b[:n]); err == nil || !errors.Is(err, safetensors.ErrFormat) {
				t.Fatalf("%s, %d bytes of %d: %v", name, n, len(b), err)
			}
		}
		if err := readAll(b); err != nil { // negative control
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamage: a bit of an archive's storage that has turned is found, and the names of it are told.
func TestDamage(t *testing.T) {
	b := fixture(t, "one.pt")
	at := bytes.Index(b, binary.LittleEndian.AppendUint32(nil, 0x40000000)) // 2 as a float
	b[at] ^= 1
	if err := readAll(b); err == nil || !strings.Contains(err.Error(),
		`f: tensor "tensor": storage "0" is damaged`) ||
		!errors.Is(err, safetensors.ErrFormat) {
		t.Errorf("got %v", err)
	}
}

// A member of an archive that a test makes.
type member struct{ name, text string }

func zipped(all ...member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range all {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(w, m.text)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// The parts of pickles.
const (
	aStorage = "((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ" // of 4 elements, and a mark below
	rebuild  = "ctorch._utils\n_rebuild_tensor_v2\n"
	hooks    = "\x89ccollections\nOrderedDict\n)R"
)

// tensorOf is a pickle of one tensor with the name w.
func tensorOf(args string) string {
	return "\x80\x02}U\x01w" + rebuild + aStorage + args + hooks + "tRs."
}

// TestHostilePickles: whatever a pickle says, the answer is an error, and little memory was taken.
func TestHostilePickles(t *testing.T) {
	sixteen := strings.Repeat("\x00", 16)
	deep := strings.Repeat("(", 100) + strings.Repeat("l", 100)
	for _, c := range []struct{ name, pickle, want string }{
		{"a sound one", tensorOf("K\x00K\x04\x85K\x01\x85"), ""},
		{"nothing", "", "ends early"},
		{"no end", "\x80\x02N", "ends early"},
		{"an end and nothing", ".", "takes a value from an empty stack"},
		{"values that nobody takes", "NN.", "it ends with 1 values or marks too many"},
		{"a mark that nobody takes", "(N.", "it ends with 1 values or marks too many"},
		{"a value from before a mark", "N(0.", "takes a value from an empty stack"},
		{"no mark to go back to", "Nt.", "goes back to a mark that there is not"},
		{"a value that was not put by", "h\x07.", "it takes value 7, which it has not put by"},
		{"a text of 4 GB", "X\xff\xff\xff\xff", "ends early, or is longer than 32 MiB (4294967295 bytes are wanted"},
		{"a text of 2⁶⁴ bytes", "\x8d" + strings.Repeat("\xff", 8), "ends early"},
		{"an int of 4 GB", "\x8b\xff\xff\xff\xff", "ends early"},
		{"a text that is not UTF-8", "U\x01\xff.", "a text is not UTF-8"},
		{"a line without an end", "I" + strings.Repeat("1", 5000), "a line is longer than 4096 bytes"},
		{"an int that is none", "Ix\n.", `"x" is no number`},
		{"a float that is none", "Fx\n.", `"x" is no number`},
		{"protocol 9", "\x80\x09N.", "protocol 9, want at most 5"},
		{"an object", "\x80\x02(iposix\nsystem\n.",
			"instruction 0x69, which makes an object of a class: nothing of it is run"},
		{"an object by NEWOBJ", "\x80\x02N)\x81.", "makes an object of a class"},
		{"a function by its names on the stack", "\x8c\x05posix\x8c\x06system\x93.", `it asks for "posix.system"`},
		{"a function by what is no name", "NN\x93.", "asks for a function by what is no name"},
		{"a function of the right module", "ctorch._utils\n_import_dotted_name\n.",
			`it asks for "torch._utils._import_dotted_name"`},
		{"a name that hides another", "ctorch._utils._rebuild_tensor\nmro\n.",
			`it asks for "torch._utils._rebuild_tensor.mro"`},
		{"a call of what is no function", "N)R.", "it calls None"},
		{"a call of an element type", "ctorch\nFloatStorage\n)R.", "it calls torch.FloatStorage"},
		{"a call without a tuple", "ccollections\nOrderedDict\nNR.", "it calls collections.OrderedDict"},
		{"attributes of a text", "U\x01aNb.", "it gives attributes to a text"},
		{"an item of a list", "]NNs.", "sets an item of what is no dict"},
		{"an item without a value", "}(Nu.", "sets an item without a value"},
		{"a list as a key", "}]Ns.", "a dict with a list as a key"},
		{"more appended to a tuple", ")Na.", "it appends to a tuple"},
		{"a storage by what is no name", "\x80\x02NQ.", "it names None as a storage"},
		{"a module of code", "\x80\x02(U\x06moduleNNNNtQ.", "it names a tuple as a storage"},
		{"a storage that is not there", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "U\x010", "U\x019", 1),
			`has no member "a/data/9"`},
		{"more elements than the storage has", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "K\x04tQ",
			"K\x08tQ", 1), `storage "0" has 8 elements of F32 and 16 bytes, want 32`},
		{"another type than the storage has", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "FloatS", "LongS",
			1), `storage "0" has 4 elements of I64 and 16 bytes, want 32`},
		{"elements below 0", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "K\x04tQ", "J\xff\xff\xff\xfftQ", 1),
			"has -1 elements"},
		{"a type that is none", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "FloatS", "QInt8S", 1),
			`it asks for "torch.QInt8Storage"`},
		{"a tensor beyond its storage", tensorOf("K\x01K\x04\x85K\x01\x85"), "reaches beyond its storage"},
		{"a tensor that begins beyond its storage", tensorOf("K\x05K\x01\x85K\x01\x85"),
			"begins at element 5 of a storage of 4"},
		{"a scalar behind the last element", tensorOf("K\x04))"), "begins at element 4 of a storage of 4"},
		{"a tensor that begins before its storage", tensorOf("J\xff\xff\xff\xffK\x01\x85K\x01\x85"),
			"begins at element -1"},
		{"strides that go beyond", tensorOf("K\x00K\x02K\x02\x86K\x03K\x01\x86"), "reaches beyond its storage"},
		{"strides that overflow", tensorOf("K\x00K\x02K\x02\x86\x8a\x08" + strings.Repeat("\xff",
			7) + "\x7fK\x01\x86"), "reaches beyond its storage"},
		{"strides below 0", tensorOf("K\x03K\x04\x85J\xff\xff\xff\xff\x85"), "want none below 0"},
		{"a shape below 0", tensorOf("K\x00J\xff\xff\xff\xff\x85K\x01\x85"), "want none below 0"},
		{"a shape whose product overflows",
			tensorOf("K\x00" + strings.Repeat("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40",
				3) + "\x87K\x00K\x00K\x00\x87"), "more elements than its storage"},
		{"no element, of a shape that overflows", tensorOf("K\x00K\x00\x8a\x08" + strings.Repeat("\xff",
			7) + "\x7f\x86K\x01K\x01\x86"), "shape"},
		{"a shape without strides", tensorOf("K\x00K\x04\x85)"), "has 1 axes and 0 strides"},
		{"a shape of texts", tensorOf("K\x00U\x01a\x85K\x01\x85"), "want a storage, an int, and two tuples of ints"},
		{"a tensor of a text", "\x80\x02" + rebuild + "(U\x01aK\x00))tR.",
			"want a storage, an int, and two tuples of ints"},
		{"two tensors of one name", "\x80\x02}(U\x03a.b" + rebuild + aStorage + "K\x00K\x04\x85K\x01\x85" + hooks +
			"tRq\x05U\x01a}U\x01bh\x05su.", `two tensors of the name "a.b"`},
		{"a name that no tensor can have", strings.Replace(tensorOf("K\x00K\x04\x85K\x01\x85"), "U\x01w",
			"U\x0c__metadata__", 1), "or one that no tensor can have"},
		{"a list that holds itself", "]q\x00h\x00a.", "or one holds itself"},
		{"lists 100 deep", deep + ".", "more than 64 deep"},
		{"a billion lists in 20", laughs(20), "containers have more than 1048576 values"},
		{"2 million values", strings.Repeat("N", 2_000_001), "more than 2000000 values"},
		{"2 million marks", strings.Repeat("(", 2_000_001), "more than 2000000 values"},
		{"a value put by 2 million times", "N" + strings.Repeat("r\x00\x00\x00\x00", 2_000_001),
			"more than 2000000 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := zipped(member{"a/data.pkl", c.pickle}, member{"a/data/0", sixteen})
			var err error
			n := allocated(func() { err = readAll(b) })
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!errors.Is(err, safetensors.ErrFormat)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if n > 256<<20 {
				t.Errorf("%d bytes allocated", n)
			}
		})
	}
}

// laughs is a list of ten of a list of ten of …
func laughs(deep int) string {
	s := "]q\x00"
	for i := range deep {
		s += "](" + strings.Repeat(fmt.Sprintf("h%c", i), 10) + fmt.Sprintf("eq%c", i+1)
	}
	return "(" + s + "t."
}

// allocated is the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileArchives: whatever an archive says of its members, the answer is an error.
func TestHostileArchives(t *testing.T) {
	sound := tensorOf("K\x00K\x04\x85K\x01\x85")
	data := member{"a/data/0", strings.Repeat("\x00", 16)}
	cut := zipped(member{"a/data.pkl", sound}, data)
	long := bytes.Replace(cut, []byte{16, 0, 0, 0, 16, 0, 0, 0}, []byte{16, 0, 0, 1, 16, 0, 0, 1}, -1)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a sound one", cut, ""},
		{"an order of bytes that is said", zipped(member{"a/data.pkl", sound}, data, member{"a/byteorder", "little"}),
			""},
		{"no members", zipped(), "not a file of PyTorch"},
		{"no pickle", zipped(data), `no member "a/data.pkl"`},
		{"a pickle elsewhere", zipped(data, member{"b/data.pkl", sound}), `no member "a/data.pkl"`},
		{"a member twice", zipped(member{"a/data.pkl", sound}, data, data), `has member "a/data/0" twice`},
		{"another order of bytes", zipped(member{"a/data.pkl", sound}, data, member{"a/byteorder", "middle"}),
			`the order of bytes is "middle", want "little" or "big"`},
		{"a program", zipped(member{"a/data.pkl", sound}, data, member{"a/constants.pkl", ""}),
			"a TorchScript program"},
		{"a member that is longer than the file", long, "is not in it in full"},
		{"a directory that is cut", cut[:len(cut)-30], "the zip archive is damaged"},
		{"an archive of Word", zipped(member{"[Content_Types].xml", ""}), "has no member"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := readAll(c.file)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!errors.Is(err, safetensors.ErrFormat)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	t.Run("a directory of 20 MB", func(t *testing.T) {
		all := make([]member, 5000)
		for i := range all {
			all[i].name = fmt.Sprintf("a/%04000d", i)
		}
		b := zipped(all...)
		var err error
		if n := allocated(func() { err = readAll(b) }); err == nil || n > 256<<20 ||
			!strings.Contains(err.Error(), "its directory is longer than 16 MiB") {
			t.Errorf("%d bytes allocated: %v", n, err)
		}
	})
}

// TestHostileStorages: what the older format says of its storages is compared with the file.
func TestHostileStorages(t *testing.T) {
	const head = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}."
	file := func(pickle, keys string, storages ...string) []byte {
		return []byte(head + pickle + keys + strings.Join(storages, ""))
	}
	stored := func(n int, have int) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(n))) + strings.Repeat("\x00", have)
	}
	view := func(part string) string {
		return strings.Replace(tensorOf("K\x00K\x02\x85K\x01\x85"), "K\x04tQ", "K\x04(U\x01v"+part+"ttQ", 1)
	}
	sound := tensorOf("K\x00K\x04\x85K\x01\x85")
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a sound one", file(sound, "]U\x010a.", stored(4, 16)), ""},
		{"bytes behind it, as of another file", file(sound, "]U\x010a.", stored(4, 20)), ""},
		{"a part of a storage", file(view("K\x02K\x02"), "]U\x010a.", stored(4, 16)), ""},
		{"a part that goes beyond", file(view("K\x03K\x02"), "]U\x010a.", stored(4, 16)),
			`a part of storage "0" is not in it`},
		{"a part that begins before", file(view("J\xff\xff\xff\xffK\x02"), "]U\x010a.", stored(4, 16)),
			`a part of storage "0" is not in it`},
		{"a tensor beyond its part", file(view("K\x02K\x01"), "]U\x010a.", stored(4, 16)),
			"more elements than its storage, which has 1"},
		{"a storage of another length", file(sound, "]U\x010a.", stored(3, 12)),
			`storage "0" has 3 elements, its tensors have one of 4`},
		{"a storage of 2⁶³ elements", file(strings.Replace(sound, "K\x04tQ",
			"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ftQ", 1), "]U\x010a.", stored(4, 16)),
			"has 9223372036854775807 elements"},
		{"a storage of 8 GB", file(strings.Replace(sound, "K\x04tQ", "J\xff\xff\xff\x7ftQ", 1), "]U\x010a.",
			stored(1<<31-1, 16)), `file ends early: storage "0" has 8589934588 bytes more, the file 16`},
		{"no keys", file(sound, "]."), `storage "0" is not in the file`},
		{"a key that no tensor has", file(sound, "](U\x010U\x011e.", stored(4, 16), stored(4, 16)),
			`a storage "1" that no tensor has`},
		{"a key twice", file(sound, "](U\x010U\x010e.", stored(4, 16), stored(4, 16)), "or there are two"},
		{"keys that are no list", file(sound, "}."), "the keys of the storages are a dict, want a list"},
		{"another version", bytes.Replace(file(sound, "]U\x010a.", stored(4, 16)), []byte("M\xe9\x03"),
			[]byte("M\xea\x03"), 1), "the format has version 1002, want 1001"},
		{"a storage among the first pickles", []byte("\x80\x02((U\x07storagetQ."),
			"it names a storage, where there are none"},
		{"a tar archive", append(append(make([]byte, 257), "ustar"...), make([]byte, 512)...),
			"a tar archive, as PyTorch of before 0.2 saved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := readAll(c.file)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!errors.Is(err, safetensors.ErrFormat)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// FuzzFile: whatever a file holds, it is read or refused as no sound file.
func FuzzFile(f *testing.F) {
	names, err := filepath.Glob("testdata/*.[pt][th]*")
	if err != nil || len(names) < 10 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(fixture(f, filepath.Base(name)))
	}
	f.Add(zipped(member{"a/data.pkl", tensorOf("K\x00K\x04\x85K\x01\x85")}, member{"a/data/0",
		strings.Repeat("\x00", 16)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := readAll(b); err != nil && !errors.Is(err, safetensors.ErrFormat) {
			t.Errorf("error %v is not of kind safetensors.ErrFormat", err)
		}
	})
}
