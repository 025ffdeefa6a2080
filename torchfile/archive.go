// This file holds the format of PyTorch since 1.6: a zip archive.

package torchfile

import (
	"archive/zip"
	"io"
	"math"
	"strings"
)

// maxDirectory is how many bytes the directory of an archive may have, which takes a few times as much memory.
const maxDirectory = 16 << 20

// An archive is a zip archive whose members lie in it as they are.
type archive struct {
	members  map[string]*zip.File
	prefix   string // of all names: "archive/"
	size     int64
	storages map[string]*storage
}

// readArchive reads the pickle of an archive.
func readArchive(r io.ReaderAt, size int64) (o object, err error) {
	b := &bounded{r, maxDirectory}
	z, err := zip.NewReader(b, size)
	if err != nil {
		return o, badFormat("the zip archive is damaged: %v", err)
	}
	b.left = math.MaxInt64
	a := &archive{members: map[string]*zip.File{}, size: size, storages: map[string]*storage{}}
	for _, f := range z.File {
		if a.members[f.Name] != nil {
			return o, badFormat("the zip archive has member %s twice", quote(f.Name))
		}
		a.members[f.Name] = f
	}
	if len(z.File) > 0 {
		a.prefix, _, _ = strings.Cut(z.File[0].Name, "/")
		a.prefix += "/"
	}
	if a.members[a.prefix+"constants.pkl"] != nil {
		return o, badFormat("a TorchScript program, which has code: save model.state_dict() in place of it")
	}
	if o.bigEndian, err = a.order(r); err != nil {
		return o, err
	}
	at, n, err := a.find("data.pkl")
	switch {
	case err != nil:
		return o, err
	case n > maxPickle:
		return o, badFormat("data.pkl has %d bytes, want at most %d", n, maxPickle)
	}
	o.value, err = run(newReader(r, at, at+n, "data.pkl"), a.load)
	return o, err
}

// find returns where a member lies, and its size.
func (a *archive) find(name string) (at, size int64, err error) {
	f := a.members[a.prefix+name]
	switch {
	case f == nil:
		return 0, 0, badFormat("the zip archive has no member %s, as those of PyTorch do",
			quote(a.prefix+name))
	case f.Method != zip.Store:
		return 0, 0, badFormat("member %s of the zip archive is packed, want it as PyTorch has it: "+
			"unpack it all, and pack it with zip -0", quote(f.Name))
	case f.Flags&1 != 0:
		return 0, 0, badFormat("member %s of the zip archive is encrypted", quote(f.Name))
	}
	if at, err = f.DataOffset(); err != nil {
		return 0, 0, badFormat("member %s of the zip archive: %v", quote(f.Name), err)
	}
	if n := f.UncompressedSize64; n != f.CompressedSize64 || at > a.size || n > uint64(a.size-at) {
		return 0, 0, badFormat("member %s of the zip archive is not in it in full (%d bytes at %d of %d)",
			quote(f.Name), n, at, a.size)
	}
	return at, int64(f.UncompressedSize64), nil
}

// order reads which byte of a number comes first, which files of before PyTorch 2.1 do not tell.
func (a *archive) order(r io.ReaderAt) (bigEndian bool, err error) {
	if a.members[a.prefix+"byteorder"] == nil {
		return false, nil
	}
	at, n, err := a.find("byteorder")
	if err != nil {
		return false, err
	}
	text := make([]byte, min(n, 16))
	if err := readFull(r, text, at); err != nil {
		return false, err
	}
	switch string(text) {
	case "little":
		return false, nil
	case "big":
		return true, nil
	}
	return false, badFormat(`the order of bytes is %s, want "little" or "big"`, quote(string(text)))
}

// load gives a storage, which must be a member of just its size.
func (a *archive) load(id any) (part, error) {
	n, err := nameOf(id)
	if err != nil {
		return part{}, err
	}
	s := a.storages[n.key]
	if s == nil {
		s = n.storage()
		at, size, err := a.find("data/" + n.key)
		switch {
		case err != nil:
			return part{}, err
		case size != s.count*s.width:
			return part{}, badFormat("storage %s has %d elements of %s and %d bytes, want %d",
				quote(n.key), s.count, s.dtype, size, s.count*s.width)
		}
		s.at, s.sum = at, &a.members[a.prefix+"data/"+n.key].CRC32
		a.storages[n.key] = s
	}
	return n.part(s)
}

// bounded reads no more than so many bytes in all.
type bounded struct {
	io.ReaderAt
	left int64
}

func (b *bounded) ReadAt(p []byte, offset int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, badFormat("its directory is longer than %d MiB", maxDirectory>>20)
	}
	return b.ReaderAt.ReadAt(p, offset)
}
