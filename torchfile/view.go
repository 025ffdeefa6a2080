// This file holds view, which shows what is in a file of PyTorch as the bytes of a file of safetensors.

package torchfile

import (
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"sync"
)

// A view has a header, and behind it the elements of each tensor, row-major and little-endian. They are taken from the
// file as they are read.
type view struct {
	r         io.ReaderAt
	head      []byte
	tensors   []placed // by their places
	bigEndian bool

	mu      sync.Mutex
	checked map[*storage]error // the storages that have been compared with their checksums
	last    *tensor            // the one that was put in order last
	bytes   []byte             // of it
}

// A placed is a tensor with its name, and the bytes of its elements in the view, counted from the end of the header.
type placed struct {
	*tensor
	name       string
	begin, end int64
}

func newView(r io.ReaderAt, o object) (*view, error) {
	var found finder
	if err := found.walk("", o.value, 0); err != nil {
		return nil, err
	}
	end := int64(0)
	for i := range found.tensors {
		t := &found.tensors[i]
		t.begin, t.end = end, end+t.count()*t.width
		if end = t.end; end > maxView {
			return nil, badFormat("its tensors have over %d bytes together", maxView)
		}
	}
	head, err := header(found.tensors, found.words)
	v := &view{r: r, head: head, tensors: found.tensors, bigEndian: o.bigEndian, checked: map[*storage]error{}}
	return v, err
}

// maxView is the most bytes that tensors may have together: parts of one storage may count many times.
const maxView = 1 << 46

func (v *view) size() int64 {
	n := int64(len(v.head))
	if len(v.tensors) > 0 {
		n += v.tensors[len(v.tensors)-1].end
	}
	return n
}

// ReadAt reads as io.ReaderAt has it.
func (v *view) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < int64(len(v.head)) {
		n = copy(p, v.head[offset:])
	}
	at := offset + int64(n) - int64(len(v.head))
	next := sort.Search(len(v.tensors), func(i int) bool { return v.tensors[i].end > at })
	for ; n < len(p); next++ {
		if next >= len(v.tensors) {
			return n, io.EOF
		}
		t := v.tensors[next]
		if t.begin == t.end {
			continue
		}
		part := p[n:min(len(p), n+int(t.end-at))]
		if err := v.read(t.tensor, part, at-t.begin); err != nil {
			return n, err
		}
		n, at = n+len(part), at+int64(len(part))
	}
	return n, nil
}

// read reads a part of the elements of a tensor, which begins at a byte of them.
func (v *view) read(t *tensor, p []byte, from int64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.check(t.storage); err != nil {
		return err
	}
	if t.rowMajor() && (!v.bigEndian || t.width == 1) {
		return readFull(v.r, p, t.at+t.offset*t.width+from)
	}
	if v.last != t {
		v.last, v.bytes = nil, nil
		b, err := t.gather(v.r, v.bigEndian)
		if err != nil {
			return err
		}
		v.last, v.bytes = t, b
	}
	copy(p, v.bytes[from:])
	return nil
}

// check compares the bytes of a storage with their checksum, once.
func (v *view) check(s *storage) error {
	if s.sum == nil {
		return nil
	}
	err, done := v.checked[s]
	if done {
		return err
	}
	sum := crc32.NewIEEE()
	_, err = io.Copy(sum, io.NewSectionReader(v.r, s.at, s.count*s.width))
	if got := sum.Sum32(); err == nil && got != *s.sum {
		err = badFormat("storage %s is damaged: the checksum of its bytes is %08x, the archive says %08x",
			quote(s.key), got, *s.sum)
	}
	v.checked[s] = err
	return err
}

// gather returns the elements of a tensor, row-major and little-endian.
func (t *tensor) gather(r io.ReaderAt, bigEndian bool) ([]byte, error) {
	n := t.count()
	if n == 0 {
		return nil, nil
	}
	span := make([]byte, (t.reach()+1)*t.width)
	if err := readFull(r, span, t.at+t.offset*t.width); err != nil {
		return nil, err
	}
	out, at := make([]byte, 0, n*t.width), make([]int64, len(t.shape))
	for place := int64(0); ; {
		out = append(out, span[place*t.width:(place+1)*t.width]...)
		if bigEndian {
			slices.Reverse(out[int64(len(out))-t.width:])
		}
		axis := len(at) - 1
		for ; axis >= 0; axis-- { // to the next element, the last axis first
			if at[axis]++; at[axis] < t.shape[axis] {
				place += t.stride[axis]
				break
			}
			place -= (t.shape[axis] - 1) * t.stride[axis]
			at[axis] = 0
		}
		if axis < 0 {
			return out, nil
		}
	}
}

// readFull fills p from offset on.
func readFull(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return badFormat("file ends early, it has shrunk since it was opened (got %d bytes at offset %d, want %d)",
			n, offset, len(p))
	}
	return err
}
