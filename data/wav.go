// This file holds the reader and the writer of WAV files.

package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
)

// Sound is a recording: X (channels, T) float32, of which whole numbers in the file are in [-1, 1).
type Sound struct {
	Name string
	Rate int // samples a second
	X    graph.Tensor
}

// Len returns the number of samples of a channel.
func (s Sound) Len() int {
	if len(s.X.Shape) != 2 { // the zero Sound
		return 0
	}
	return s.X.Shape[1]
}

// Seconds returns how long it is.
func (s Sound) Seconds() float64 { return float64(s.Len()) / float64(max(s.Rate, 1)) }

// Mono returns the mean of the channels (T).
func (s Sound) Mono() []float32 {
	mean := make([]float32, s.Len())
	if len(mean) == 0 {
		return mean
	}
	channels := s.X.Shape[0]
	for c := range channels {
		for i, v := range s.X.Rows(c, c+1).F32 {
			mean[i] += v / float32(channels)
		}
	}
	return mean
}

// The limits of a WAV file.
const (
	maxSound    = 256 << 20 // bytes
	maxChannels = 8
	maxRate     = 1 << 20
)

// ReadWAV reads a WAV file: RIFF/WAVE with samples of 8, 16, 24 or 32 bits (PCM; those of 8 bits are without sign, the
// others with) or of float32, of 1 to 8 channels. Samples of n bits are divided by 2ⁿ⁻¹. Chunks that say something
// else are passed over.
//
// What the file does wrong is [ErrDamaged] and names the offset: another format, a chunk that ends behind the file, a
// header that contradicts itself, a part of a sample at the end, a float that is not finite, and over 256 MiB.
//
// IBM and Microsoft, "Multimedia programming interface and data specifications 1.0", 1991; the extensible header:
// Microsoft, "Multiple channel audio data and WAVE files", 2001.
func ReadWAV(path string) (Sound, error) {
	b, err := read.Bytes(path, maxSound)
	if err != nil {
		return Sound{}, err
	}
	return parseWAV(path, b)
}

func parseWAV(path string, b []byte) (Sound, error) {
	w := wav{path: path, b: b}
	if err := w.open(); err != nil {
		return Sound{}, err
	}
	for w.at+chunkHeader <= len(w.b) {
		name, body, err := w.chunk()
		switch {
		case err != nil:
			return Sound{}, err
		case name == "fmt ":
			err = w.format(body)
		case name == "data":
			return w.samples(body)
		}
		if err != nil {
			return Sound{}, err
		}
	}
	return Sound{}, w.damaged(len(w.b), "no chunk of samples (data)")
}

// wav is a file while it is read.
type wav struct {
	path string
	b    []byte
	body int // offset of what the chunk holds
	at   int // and of the next chunk

	coding, channels, rate, width int // width in bytes, 0 before the chunk of the format
}

// The codings of samples.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xFFFE
)

// Sizes of what a file has.
const (
	riffHeader   = 12
	chunkHeader  = 8
	wavFormat    = 16
	wavExtended  = 40
	wavGUIDStart = 24
)

// wavGUID is what the number of a coding is followed by in the extensible header.
const wavGUID = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

func (w *wav) damaged(offset int, format string, args ...any) error {
	return read.Damaged(w.path, int64(offset), format, args...)
}

// open reads the header of the file, and forgets what is behind the end that it tells of.
func (w *wav) open() error {
	if len(w.b) < riffHeader || string(w.b[:4]) != "RIFF" || string(w.b[8:riffHeader]) != "WAVE" {
		return w.damaged(0, "not a WAV file (got %q, want RIFF, a size, WAVE)", w.b[:min(len(w.b), riffHeader)])
	}
	size := int64(binary.LittleEndian.Uint32(w.b[4:]))
	switch got := int64(len(w.b) - chunkHeader); {
	case size > got:
		return w.damaged(4, "truncated (got %d bytes behind the size, want %d)", got, size)
	case size < riffHeader-chunkHeader:
		return w.damaged(4, "the file says that it has %d bytes, fewer than its header", size)
	}
	w.b, w.at = w.b[:chunkHeader+size], riffHeader
	return nil
}

// chunk reads the next chunk; one of an odd number of bytes is followed by another byte.
func (w *wav) chunk() (name string, body []byte, err error) {
	size := int64(binary.LittleEndian.Uint32(w.b[w.at+4:]))
	name, w.body = string(w.b[w.at:w.at+4]), w.at+chunkHeader
	if got := int64(len(w.b) - w.body); size > got {
		return "", nil, w.damaged(w.at+4, "chunk %q is truncated (got %d bytes, want %d)", name, got, size)
	}
	end := w.body + int(size)
	w.at = end + end%2
	return name, w.b[w.body:end], nil
}

// format reads the chunk that says how samples are written.
func (w *wav) format(body []byte) error {
	if len(body) < wavFormat {
		return w.damaged(w.body, "the chunk of the format is too short (got %d bytes, want at least %d)", len(body),
			wavFormat)
	}
	w.coding = int(binary.LittleEndian.Uint16(body))
	if w.coding == wavExtensible {
		if len(body) < wavExtended || string(body[wavGUIDStart+2:wavExtended]) != wavGUID {
			return w.damaged(w.body, "the extensible header has no coding that is known")
		}
		w.coding = int(binary.LittleEndian.Uint16(body[wavGUIDStart:]))
	}
	rate, bits := binary.LittleEndian.Uint32(body[4:]), int(binary.LittleEndian.Uint16(body[14:]))
	frame := int(binary.LittleEndian.Uint16(body[12:]))
	w.channels, w.rate, w.width = int(binary.LittleEndian.Uint16(body[2:])), int(rate), bits/8
	switch {
	case w.coding == wavPCM && bits != 8 && bits != 16 && bits != 24 && bits != 32, w.coding == wavFloat && bits != 32,
		w.coding != wavPCM && w.coding != wavFloat:
		return w.damaged(w.body, "coding %d of %d bits is not read: save it as PCM of 16 bits", w.coding, bits)
	case w.channels < 1 || w.channels > maxChannels:
		return w.damaged(w.body+2, "%d channels, want 1 to %d", w.channels, maxChannels)
	case rate < 1 || rate > maxRate:
		return w.damaged(w.body+4, "%d samples a second, want 1 to %d", rate, maxRate)
	case frame != w.channels*w.width:
		return w.damaged(w.body+12, "%d bytes for the samples of a moment, want %d channels of %d", frame, w.channels,
			w.width)
	}
	return nil
}

// samples reads the chunk of the samples.
func (w *wav) samples(body []byte) (Sound, error) {
	if w.width == 0 {
		return Sound{}, w.damaged(w.body-chunkHeader, "samples before the chunk that says what they are (fmt)")
	}
	frame := w.channels * w.width
	if len(body)%frame != 0 {
		return Sound{}, w.damaged(w.body, "a part of a sample at the end (got %d bytes, want a multiple of %d)",
			len(body), frame)
	}
	n := len(body) / frame
	if n == 0 {
		return Sound{}, w.damaged(w.body, "no sample")
	}
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{w.channels, n}})
	for i := range n * w.channels {
		v := w.sample(body[i*w.width:])
		if v != v || math.IsInf(float64(v), 0) {
			return Sound{}, w.damaged(w.body+i*w.width, "a sample is %v", v)
		}
		x.F32[i%w.channels*n+i/w.channels] = v
	}
	return Sound{Name: read.BaseName(filepath.Base(w.path)), Rate: w.rate, X: x}, nil
}

// sample reads one sample.
func (w *wav) sample(b []byte) float32 {
	switch {
	case w.coding == wavFloat:
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	case w.width == 1:
		return (float32(b[0]) - 128) / (1 << 7)
	}
	var v int32 // the highest bytes first, so that its sign is theirs
	for i := range w.width {
		v |= int32(b[i]) << (8 * (4 - w.width + i))
	}
	return float32(v) / (1 << 31)
}

// WriteWAV writes a sound as a WAV file of 16 bits (PCM), whole or not at all. Samples are rounded to 1/32,768, and
// those outside of [-1, 1) are brought to its ends. It is an error if there is no sample, or one that is not finite.
func WriteWAV(path string, s Sound) error {
	switch n := s.Len(); {
	case s.X.Check() != nil || n == 0 || s.X.DType != graph.Float32:
		return fmt.Errorf("%s: the sound is %v, want (channels, T) of float32", path, s.X.Type)
	case s.X.Shape[0] < 1 || s.X.Shape[0] > maxChannels || n > maxSound/2/s.X.Shape[0]:
		return fmt.Errorf("%s: the sound is %v, want 1 to %d channels, and %d bytes at most", path, s.X.Shape,
			maxChannels, maxSound)
	case s.Rate < 1 || s.Rate > maxRate:
		return fmt.Errorf("%s: %d samples a second, want 1 to %d", path, s.Rate, maxRate)
	}
	for i, v := range s.X.F32 {
		if v-v != 0 {
			return fmt.Errorf("%s: sample %d is %v", path, i, v)
		}
	}
	return files.Replace(path, func(w io.Writer) error {
		_, err := w.Write(s.bytes())
		return err
	})
}

// bytes are those of a WAV file.
func (s Sound) bytes() []byte {
	const width = 2
	c, n := s.X.Shape[0], s.Len()
	size := uint32(c * n * width)
	b := append([]byte("RIFF"), make([]byte, 4)...)
	binary.LittleEndian.PutUint32(b[4:], riffHeader-chunkHeader+chunkHeader+wavFormat+chunkHeader+size)
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), wavFormat)
	b = binary.LittleEndian.AppendUint16(b, wavPCM)
	b = binary.LittleEndian.AppendUint16(b, uint16(c))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Rate*c*width))
	b = binary.LittleEndian.AppendUint16(b, uint16(c*width))
	b = binary.LittleEndian.AppendUint16(b, 8*width)
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), size)
	for t := range n {
		for k := range c {
			v := math.Round(float64(s.X.F32[k*n+t]) * (1 << 15))
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(min(max(v, -1<<15), 1<<15-1))))
		}
	}
	return b
}
