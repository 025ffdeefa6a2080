// This file holds the format of PyTorch before 1.6, which torch.save still writes if it is asked to.

package torchfile

import (
	"encoding/binary"
	"io"
)

// The first two pickles of a file: a number that says what it is, and the version of the format. See
// torch/serialization.py.
const (
	magic   = long("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
	version = 1001
)

// readLegacy reads the five pickles of a file, and finds the storages behind them. Numbers are little-endian whatever
// the third pickle says of the machine that wrote them: torch/csrc/generic/serialization.cpp turns them.
func readLegacy(r io.ReaderAt, size int64) (o object, err error) {
	in := newReader(r, 0, min(size, maxPickle), "pickle")
	head := [3]any{}
	for i := range head {
		if head[i], err = run(in, nil); err != nil {
			return o, err
		}
		if i == 0 && head[0] != magic {
			return o, badFormat("a Python pickle, and not a file of PyTorch: it does not begin with the " +
				"magic number")
		}
	}
	if head[1] != int64(version) {
		return o, badFormat("the format has version %v, want %d", head[1], version)
	}
	storages := map[string]*storage{}
	o.value, err = run(in, func(id any) (part, error) {
		n, err := nameOf(id)
		if err != nil {
			return part{}, err
		}
		if storages[n.key] == nil {
			storages[n.key] = n.storage()
		}
		return n.part(storages[n.key])
	})
	if err != nil {
		return o, err
	}
	keys, err := run(in, nil)
	if err != nil {
		return o, err
	}
	return o, locate(r, in.at, size, keys, storages)
}

// locate finds the storages, which lie in the order of their keys: the number of elements in 8 bytes, and they.
func locate(r io.ReaderAt, at, size int64, keys any, storages map[string]*storage) error {
	list, ok := keys.(*list)
	if !ok {
		return badFormat("the keys of the storages are %s, want a list", kind(keys))
	}
	for _, k := range list.items {
		key, _ := k.(string)
		s := storages[key]
		if s == nil || s.at > 0 {
			return badFormat("there is a storage %s that no tensor has, or there are two", quote(key))
		}
		var head [8]byte
		if size-at < 8 {
			return cut(key, 8, size-at)
		}
		if err := readFull(r, head[:], at); err != nil {
			return err
		}
		s.at = at + 8
		if n := binary.LittleEndian.Uint64(head[:]); n != uint64(s.count) {
			return badFormat("storage %s has %d elements, its tensors have one of %d", quote(key), n,
				s.count)
		}
		if s.count > (size-s.at)/s.width {
			return cut(key, s.count*s.width, size-s.at)
		}
		at = s.at + s.count*s.width
	}
	for key, s := range storages {
		if s.at == 0 {
			return badFormat("storage %s is not in the file", quote(key))
		}
	}
	return nil
}

func cut(key string, want, got int64) error {
	return badFormat("file ends early: storage %s has %d bytes more, the file %d", quote(key), want, got)
}
