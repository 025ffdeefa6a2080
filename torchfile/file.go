// This file holds File, an open file of PyTorch.

package torchfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/safetensors"
)

// File is an open file, seen as one of safetensors. Its tensors are row-major and little-endian whatever they are in
// the file, and Info.Offset is no place in it. Metadata are the numbers, texts and truth values beside its tensors, at
// most 1000 of them, under their names: "epoch", say.
type File struct {
	*safetensors.File
	closer io.Closer
}

// Close closes the file. Nothing can be read after it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Open opens a file of either format and reads its pickle. A file that is missing is os.ErrNotExist, one that is no
// regular file or breaks a rule safetensors.ErrFormat; see [NewFile].
func Open(path string) (*File, error) {
	return open(path, func(r io.ReaderAt, size int64) (*safetensors.File, error) { return NewFile(r, size, path) })
}

// OpenAny opens a file of weights by what it begins with: one of PyTorch as [Open] does, any other as
// [safetensors.Open].
func OpenAny(path string) (*File, error) {
	return open(path, func(r io.ReaderAt, size int64) (*safetensors.File, error) {
		head := make([]byte, min(size, 16))
		if n, _ := r.ReadAt(head, 0); isTorch(head[:n]) {
			return NewFile(r, size, path)
		}
		return safetensors.NewFile(r, size, path)
	})
}

func open(path string, read func(r io.ReaderAt, size int64) (*safetensors.File, error)) (*File, error) {
	r, info, err := files.Open(path)
	if errors.Is(err, files.ErrNotRegular) {
		return nil, badFormat("%v", err)
	}
	if err != nil {
		return nil, err
	}
	f, err := read(r, info.Size())
	if err != nil {
		r.Close()
		return nil, err
	}
	return &File{f, r}, nil
}

// The beginnings of the two formats: the header of a zip archive's first member, and a pickle of protocol 2 to 5.
const zipMagic, pickleMagic = "PK\x03\x04", "\x80"

// isTorch reports whether a file begins as one of PyTorch. One of safetensors may begin with the same bytes, which are
// then the length of its header; the JSON of that comes after 8 bytes, where the others never have a brace or a space.
func isTorch(head []byte) bool {
	if len(head) > 8 && strings.IndexByte("{ \t\r\n", head[8]) >= 0 {
		return false
	}
	return bytes.HasPrefix(head, []byte(zipMagic)) ||
		bytes.HasPrefix(head, []byte(pickleMagic)) && len(head) > 1 && head[1] >= 2 && head[1] <= 5
}

// NewFile reads the pickle of a file of the given size; errors call it name. It refuses
//
//   - a pickle that asks for anything but what the package comment lists, by its name;
//   - a pickle of more than 32 MiB or 2 million values, and containers that are more than 64 deep or hold themselves;
//   - a member of an archive that is packed, encrypted or there twice, and a directory of more than 16 MiB;
//   - a storage that is not in the file in full, and a tensor that reaches beyond its storage or has more elements;
//   - two tensors of one name, and whatever [safetensors.NewFile] refuses.
//
// A file that is one tensor has it under the name "tensor". When a storage is read first, its bytes are compared with
// the checksum of the archive; the older format has none. A tensor that is not row-major in the file is put in order
// in memory as it is read; the last one stays there.
func NewFile(r io.ReaderAt, size int64, name string) (*safetensors.File, error) {
	o, err := readObject(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	v, err := newView(r, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return safetensors.NewFile(v, v.size(), name)
}

// An object is what a file holds: the value that was saved, and how the bytes of its storages are to be read.
type object struct {
	value     any
	bigEndian bool
}

func readObject(r io.ReaderAt, size int64) (object, error) {
	head := make([]byte, min(size, 512))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return object{}, fmt.Errorf("it cannot be read: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return readArchive(r, size)
	case bytes.HasPrefix(head, []byte(pickleMagic)):
		return readLegacy(r, size)
	case len(head) == 512 && string(head[257:262]) == "ustar":
		return object{},
			badFormat("a tar archive, as PyTorch of before 0.2 saved: load it there and save it again")
	}
	return object{}, badFormat("not a file of PyTorch: it is no zip archive and no pickle")
}

// header is the header of a file of safetensors that has the tensors of a view, one after the other.
func header(tensors []placed, words map[string]string) ([]byte, error) {
	type entry struct {
		DType   safetensors.DType `json:"dtype"`
		Shape   []int64           `json:"shape"`
		Offsets [2]int64          `json:"data_offsets"`
	}
	all := map[string]any{}
	for _, t := range tensors {
		all[t.name] = entry{t.dtype, t.shape, [2]int64{t.begin, t.end}}
	}
	if len(words) > 0 {
		all[metadataKey] = words
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

// metadataKey is the name that no tensor of a file of safetensors can have.
const metadataKey = "__metadata__"
