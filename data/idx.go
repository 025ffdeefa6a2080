// This file holds the reader of IDX files, the format of MNIST.

package data

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
)

// IDX is the content of an IDX file: an array of bytes, its last axis fastest.
type IDX struct {
	Shape graph.Shape
	Bytes []byte
}

const (
	idxUint8   = 0x08
	idxMaxRank = 8
	idxMax     = 1 << 30 // bytes of content; the largest of the MNIST family, EMNIST by class, has 0.64 GiB

	bombSize  = 16 << 20 // content beyond this, which as float32 is 64 MiB,
	bombRatio = 100      // at this many times what is stored is no picture but an attack

	deflateRatio = 1032 // no deflate stream unpacks to more than this many times its size
)

var idxTypes = map[byte]string{
	0x09: "signed byte", 0x0b: "16-bit integer", 0x0c: "32-bit integer", 0x0d: "32-bit float", 0x0e: "64-bit float",
}

// ReadIDX reads an IDX file of unsigned bytes, plain or compressed by gzip, which it tells by the first bytes.
// Errors name it by the given name; offsets in them count the bytes of the content, unpacked.
//
// The format, from LeCun's page of MNIST: two bytes 0, the type of the elements (8: unsigned byte, the only one
// taken here), the number of axes, the length of each axis as a big-endian 32-bit integer, the elements. The stream
// must end with the last element. Memory grows with what the stream really holds, whatever the header claims: at most
// 1 GiB of elements are read, and of a gzip stream that has more than 16 MiB of them at most 100 times its size.
func ReadIDX(r io.Reader, name string) (IDX, error) {
	in, shape, err := readHeader(r, name)
	if err != nil {
		return IDX{}, err
	}
	content, err := in.elements(shape.Size())
	if err != nil {
		return IDX{}, err
	}
	return IDX{shape, content}, nil
}

// readHeader reads what stands before the elements.
func readHeader(r io.Reader, name string) (*idxReader, graph.Shape, error) {
	if r == nil {
		return nil, nil, fmt.Errorf("%s: there is no reader to read it from", name)
	}
	stored := &counter{r: r}
	plain := bufio.NewReader(stored)
	in := &idxReader{name: name, r: plain, stored: stored}
	if magic, _ := plain.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(plain)
		if err != nil {
			return nil, nil, in.fail(err)
		}
		in.r, in.packed = z, true
	}
	shape, err := in.header()
	return in, shape, err
}

// ReadIDXFile is [ReadIDX] of a file. What the header claims is compared with the size of the file before any element
// is read. It is an error if the path is no regular file.
func ReadIDXFile(path string) (IDX, error) {
	f, err := openIDX(path)
	if err != nil {
		return IDX{}, err
	}
	defer f.close()
	content, err := f.elements(f.shape.Size())
	if err != nil {
		return IDX{}, err
	}
	return IDX{f.shape, content}, nil
}

// An idxFile is an open file whose header has been read.
type idxFile struct {
	*idxReader
	shape graph.Shape
	close func() error
}

// openIDX opens a file, reads its header, and finds out whether the file can hold what the header claims.
func openIDX(path string) (*idxFile, error) {
	f, info, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	in, shape, err := readHeader(f, path)
	if err == nil {
		err = in.fits(int64(shape.Size()), info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &idxFile{in, shape, f.Close}, nil
}

// fits compares the elements that are still to come with the bytes that are stored in all.
func (in *idxReader) fits(n, stored int64) error {
	switch {
	case !in.packed && in.at+n > stored:
		return read.Damaged(in.name, stored, "truncated (want %d bytes of elements)", n)
	case !in.packed && in.at+n < stored:
		return read.Damaged(in.name, in.at+n, "bytes after the last element")
	case in.packed && n/deflateRatio > stored:
		return read.Damaged(in.name, in.at, "truncated (want %d bytes of elements, which gzip cannot pack into %d)", n,
			stored)
	case in.packed && n > bombSize && n > bombRatio*stored:
		return read.Damaged(in.name, in.at, "gzip unpacks to over %d times its size (%d bytes from %d)", bombRatio, n,
			stored)
	}
	in.sized = true
	return nil
}

// An idxReader reads the content of one IDX stream and knows how far it is.
type idxReader struct {
	name   string
	r      io.Reader
	packed bool
	sized  bool // the file is known to be as large as its header wants
	stored *counter
	at     int64
}

func (in *idxReader) header() (graph.Shape, error) {
	var head [4]byte
	if err := in.read(head[:], "the 4 bytes of an IDX magic number"); err != nil {
		return nil, err
	}
	kind, rank := head[2], int(head[3])
	switch {
	case head[0] != 0 || head[1] != 0:
		return nil, read.Damaged(in.name, 0, "not an IDX file (starts with % x, want 00 00)", head[:2])
	case idxTypes[kind] != "":
		return nil, read.Damaged(in.name, 2, "elements are not bytes (got type %#02x, %s, want 0x08, unsigned byte)",
			kind, idxTypes[kind])
	case kind != idxUint8:
		return nil, read.Damaged(in.name, 2, "unknown element type (got %#02x, want 0x08, unsigned byte)", kind)
	case rank < 1 || rank > idxMaxRank:
		return nil, read.Damaged(in.name, 3, "wrong number of axes (got %d, want 1 to %d)", rank, idxMaxRank)
	}
	shape, size := make(graph.Shape, rank), uint64(1)
	for i := range shape {
		if err := in.read(head[:], "the length of axis %d of %d", i, rank); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(head[:])
		size *= uint64(n) // at most 2³⁰ · 2³²
		if size > idxMax {
			return nil, read.Damaged(in.name, in.at-4, "too large (%v by %d is over %d bytes)", shape[:i], n, idxMax)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// elements reads n bytes and the end of the stream, in steps, so that memory follows the stream.
func (in *idxReader) elements(n int) ([]byte, error) {
	var content []byte
	for len(content) < n {
		have := len(content)
		grown := make([]byte, min(max(2*have, idxStep), n))
		if in.sized && !in.packed {
			grown = make([]byte, n)
		}
		copy(grown, content)
		content = grown
		if err := in.read(content[have:], "%d bytes of elements", n); err != nil {
			return nil, err
		}
		if in.packed && in.at > bombSize && in.at > bombRatio*in.stored.n {
			return nil, read.Damaged(in.name, in.at, "gzip unpacks to over %d times its size (%d bytes from %d)",
				bombRatio, in.at, in.stored.n)
		}
	}
	return content, in.end()
}

const idxStep = 64 << 10

// pixels reads n bytes as grey values in [0, 1], and the end of the stream. A plain file is converted as it is read:
// it takes no memory but that of the result, 4 times its size.
func (in *idxReader) pixels(n int) ([]float32, error) {
	if in.packed || !in.sized {
		content, err := in.elements(n)
		if err != nil {
			return nil, err
		}
		x := make([]float32, n)
		grey(x, content)
		return x, nil
	}
	x, buf := make([]float32, n), make([]byte, min(idxStep, n))
	for at := 0; at < n; at += len(buf) {
		buf = buf[:min(len(buf), n-at)]
		if err := in.read(buf, "%d bytes of elements", n); err != nil {
			return nil, err
		}
		grey(x[at:], buf)
	}
	return x, in.end()
}

func grey(dst []float32, b []byte) {
	for i, v := range b {
		dst[i] = float32(v) / 255
	}
}

// end wants the end of the stream.
func (in *idxReader) end() error {
	var more [1]byte
	switch k, err := io.ReadFull(in.r, more[:]); {
	case k > 0:
		return read.Damaged(in.name, in.at, "bytes after the last element")
	case err != io.EOF:
		return in.fail(err)
	}
	return nil
}

// read fills p, or says that what is missing.
func (in *idxReader) read(p []byte, format string, args ...any) error {
	k, err := io.ReadFull(in.r, p)
	in.at += int64(k)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return read.Damaged(in.name, in.at, "truncated (want "+format+")", args...)
	}
	if err != nil {
		return in.fail(err)
	}
	return nil
}

// fail tells a broken gzip stream, which is damage, from a failed read.
func (in *idxReader) fail(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == gzip.ErrHeader && in.at > 0:
		return read.Damaged(in.name, in.at, "bytes that are no gzip after the end of the gzip stream")
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return read.Damaged(in.name, in.at, "gzip stream is truncated")
	case err == gzip.ErrHeader, err == gzip.ErrChecksum, errors.As(err, &corrupt):
		return read.Damaged(in.name, in.at, "gzip stream is damaged (%v)", err)
	}
	return fmt.Errorf("%s: %w", in.name, err)
}

// A counter counts the bytes read from r.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
