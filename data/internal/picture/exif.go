// This file reads what the decoders of pictures do not tell: how a picture is laid down, and which way up it is.

package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// A pictureForm is what decoding takes, and how the picture was held.
type pictureForm struct {
	bytes       float64 // of memory, for a pixel
	scans       int     // of a progressive JPEG: how often all of the picture is gone over
	orientation int     // of EXIF, 1 to 8; 1 is upright
}

// read looks at the first parts of a file. What is not as it should be is left to the decoder.
func (p *pictureForm) read(f io.ReadSeeker, kind string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReader(f)
	if kind == "jpeg" {
		p.jpeg(r)
		return nil
	}
	if head, err := r.Peek(29); err == nil && head[28] == 1 {
		p.bytes *= 2 // interlaced: the passes lie beside the whole
	}
	return nil
}

// jpeg reads the segments up to the frame.
func (p *pictureForm) jpeg(r *bufio.Reader) {
	r.Discard(2)
	for {
		var head [4]byte // ff, the marker, the length with its own two bytes
		if _, err := io.ReadFull(r, head[:1]); err != nil || head[0] != 0xff {
			return
		}
		for head[1] = 0xff; head[1] == 0xff; { // which may be repeated
			b, err := r.ReadByte()
			if err != nil {
				return
			}
			head[1] = b
		}
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return
		}
		n := int(binary.BigEndian.Uint16(head[2:])) - 2
		if n < 0 || head[1] == 0xda {
			return
		}
		frame := head[1] >= 0xc0 && head[1] <= 0xc2
		if !frame && head[1] != 0xe1 {
			if _, err := r.Discard(n); err != nil {
				return
			}
			continue
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		if frame {
			p.frame(body, head[1] == 0xc2)
			if head[1] == 0xc2 {
				p.scans = scansIn(r)
			}
			return
		}
		if o := exifOrientation(body); o > 0 {
			p.orientation = o
		}
	}
}

// scansIn counts the markers of scans in the rest of a file. What is coded has no such bytes in it.
func scansIn(r *bufio.Reader) (n int) {
	for last := byte(0); ; {
		b, err := r.ReadByte()
		if err != nil {
			return n
		}
		if last == 0xff && b == 0xda {
			n++
		}
		last = b
	}
}

// frame counts the samples of a pixel. A progressive picture keeps them as coefficients of 4 bytes beside the
// picture; one of other colours than YCbCr is converted into another.
func (p *pictureForm) frame(b []byte, progressive bool) {
	if len(b) < 6 || len(b) < 6+3*int(b[5]) {
		return
	}
	parts, most, samples := int(b[5]), 1, 0
	for i := range parts {
		across, down := int(b[7+3*i]>>4), int(b[7+3*i]&15)
		most, samples = max(most, across*down), samples+across*down
	}
	p.bytes = max(float64(samples)/float64(most), 1)
	if progressive {
		p.bytes *= 5
	}
	if parts == 4 || parts == 3 && b[6] == 'R' {
		p.bytes += 5
	}
}

// exifOrientation returns the orientation in an APP1 segment, 0 if there is none: "Exif", two zeros, and a TIFF file,
// whose first directory has entries of 12 bytes: tag, type, count, value.
func exifOrientation(b []byte) int {
	tiff, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		const orientation, short = 0x0112, 3
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}
