package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// riff is a file of the given chunks, each a name and what it holds.
func riff(chunks ...string) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVE")
	for i := 0; i < len(chunks); i += 2 {
		b = append(b, chunks[i]...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(chunks[i+1])))
		b = append(b, chunks[i+1]...)
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// wavFmt is the chunk of a format.
func wavFmt(coding, channels, rate, bits int) string {
	b := binary.LittleEndian.AppendUint16(nil, uint16(coding))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	return string(binary.LittleEndian.AppendUint16(b, uint16(bits)))
}

// extensible is the chunk of an extensible format.
func extensible(coding, channels, rate, bits int) string {
	return wavFmt(wavExtensible, channels, rate, bits) +
		"\x16\x00" + string([]byte{byte(bits), 0}) + "\x03\x00\x00\x00" +
		string([]byte{byte(coding), 0}) + wavGUID
}

func floatsLE(v ...float32) string {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return string(b)
}

// TestWAV: samples of each width, and what a file may have beside them.
func TestWAV(t *testing.T) {
	stereo := wavFmt(wavPCM, 2, 44100, 16)
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"8 bits without sign", riff("fmt ", wavFmt(wavPCM, 1, 8000, 8), "data", "\x00\x80\xff"),
			"8000 (1, 3) [-1 0 0.9921875]"},
		{"16 bits", riff("fmt ", wavFmt(wavPCM, 1, 8000, 16), "data", "\x00\x80\x00\x00\xff\x7f\xff\xff"),
			"8000 (1, 4) [-1 0 0.9999695 -3.0517578e-05]"}, // 32767/32768, -1/32768
		{"24 bits", riff("fmt ", wavFmt(wavPCM, 1, 8000, 24), "data", "\x00\x00\x80\xff\xff\x7f\x00\x00\x40"),
			"8000 (1, 3) [-1 0.9999999 0.5]"},
		{"32 bits", riff("fmt ", wavFmt(wavPCM, 1, 8000, 32), "data", "\x00\x00\x00\x80\x00\x00\x00\x20"),
			"8000 (1, 2) [-1 0.25]"},
		{"floats", riff("fmt ", wavFmt(wavFloat, 1, 16000, 32), "data", floatsLE(-1.5, .25)),
			"16000 (1, 2) [-1.5 0.25]"},
		{"two channels lie one after the other", riff("fmt ", stereo, "data", "\x00\x40\x00\xc0\x00\x20\x00\xe0"),
			"44100 (2, 2) [0.5 0.25 -0.5 -0.25]"},
		{"the extensible header", riff("fmt ", extensible(wavPCM, 2, 48000, 16), "data", "\x00\x40\x00\xc0"),
			"48000 (2, 1) [0.5 -0.5]"},
		{"floats with the extensible header", riff("fmt ", extensible(wavFloat, 1, 48000, 32), "data", floatsLE(.5)),
			"48000 (1, 1) [0.5]"},
		{"other chunks, one of an odd size", riff("LIST", "abc", "fmt ", stereo+"\x00\x00", "fact", "\x01\x00\x00\x00",
			"data", "\x00\x40\x00\xc0", "id3 ", "x"),
			"44100 (2, 1) [0.5 -0.5]"},
		{"what is behind the end of the file", append(riff("fmt ", stereo, "data", "\x00\x40\x00\xc0"), "tail"...),
			"44100 (2, 1) [0.5 -0.5]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parseWAV("dir/a.wav", c.b)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.Rate, " ", s.X.Shape, " ", s.X.F32); got != c.want || s.Name != "a" {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	s, err := parseWAV("a.wav", riff("fmt ", stereo, "data", "\x00\x40\x00\xc0\x00\x20\x00\x60"))
	if err != nil || !slices.Equal(s.Mono(), []float32{0, .5}) || s.Len() != 2 || s.Seconds() != 2./44100 {
		t.Errorf("the mean of the channels is %v, the length %d or %v s; error %v", s.Mono(), s.Len(),
			s.Seconds(), err)
	}
}

// TestBadWAV: every error names file and offset.
func TestBadWAV(t *testing.T) {
	mono := wavFmt(wavPCM, 1, 8000, 16)
	with := func(b []byte, at int, v uint32) []byte {
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	frame := []byte(mono)
	frame[12] = 3
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"nothing", nil, `offset 0: not a WAV file (got "", want RIFF, a size, WAVE)`},
		{"an MP3", []byte("ID3\x04 and more than that"), `offset 0: not a WAV file (got "ID3\x04 and mor"`},
		{"another RIFF", append([]byte("RIFF\x04\x00\x00\x00"), "AVI "...), "offset 0: not a WAV file"},
		{"a file that is cut off", riff("fmt ", mono, "data", "ab")[:40],
			"offset 4: truncated (got 32 bytes behind the size, want 38)"},
		{"a size of less than the header", with(riff("fmt ", mono), 4, 3),
			"offset 4: the file says that it has 3 bytes"},
		{"no samples", riff("fmt ", mono), "offset 36: no chunk of samples (data)"},
		{"a chunk of 4 GB", with(riff("fmt ", mono, "data", "ab"), 40, 1<<32-1),
			`offset 40: chunk "data" is truncated (got 2 bytes, want 4294967295)`},
		{"samples before their format", riff("data", "ab", "fmt ", mono),
			"offset 12: samples before the chunk that says what they are (fmt)"},
		{"a short format", riff("fmt ", mono[:14], "data", "ab"),
			"offset 20: the chunk of the format is too short (got 14 bytes, want at least 16)"},
		{"another coding", riff("fmt ", wavFmt(7, 1, 8000, 8), "data", "ab"),
			"offset 20: coding 7 of 8 bits is not read: save it as PCM of 16 bits"},
		{"12 bits", riff("fmt ", wavFmt(wavPCM, 1, 8000, 12), "data", "ab"),
			"offset 20: coding 1 of 12 bits is not read"},
		{"floats of 64 bits", riff("fmt ", wavFmt(wavFloat, 1, 8000, 64), "data", "ab"),
			"offset 20: coding 3 of 64 bits is not read"},
		{"an extensible header of another kind",
			riff("fmt ", strings.Replace(extensible(wavPCM, 1, 8000, 16), "\xaa", "\xab", 1), "data", "ab"),
			"offset 20: the extensible header has no coding that is known"},
		{"an extensible header that is short", riff("fmt ", wavFmt(wavExtensible, 1, 8000, 16), "data", "ab"),
			"offset 20: the extensible header"},
		{"no channel", riff("fmt ", wavFmt(wavPCM, 0, 8000, 16), "data", "ab"), "offset 22: 0 channels, want 1 to 8"},
		{"many channels", riff("fmt ", wavFmt(wavPCM, 9, 8000, 16), "data", "ab"),
			"offset 22: 9 channels, want 1 to 8"},
		{"no rate", riff("fmt ", wavFmt(wavPCM, 1, 0, 16), "data", "ab"),
			"offset 24: 0 samples a second, want 1 to 1048576"},
		{"frames of another size", riff("fmt ", string(frame), "data", "ab"),
			"offset 32: 3 bytes for the samples of a moment, want 1 channels of 2"},
		{"half a sample", riff("fmt ", mono, "data", "abc"),
			"offset 44: a part of a sample at the end (got 3 bytes, want a multiple of 2)"},
		{"an empty chunk of samples", riff("fmt ", mono, "data", ""), "offset 44: no sample"},
		{"a float that is none", riff("fmt ", wavFmt(wavFloat, 1, 8000, 32), "data", floatsLE(0, float32(math.NaN()))),
			"offset 48: a sample is NaN"},
		{"an infinite float", riff("fmt ", wavFmt(wavFloat, 1, 8000, 32), "data", floatsLE(float32(math.Inf(1)))),
			"offset 44: a sample is +Inf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseWAV("a.wav", c.b)
			if err == nil || !strings.HasPrefix(err.Error(), "a.wav: "+c.want) || !errors.Is(err, ErrDamaged) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := ReadWAV(filepath.Join(t.TempDir(), "none.wav")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestSpeech reads spoken digits, and a minute of speech, where they are.
func TestSpeech(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data")
	digits, err := filepath.Glob(filepath.Join(dir, "audio", "fsdd", "*_0.wav"))
	if err != nil || len(digits) == 0 {
		t.Skip("the recordings are not there: ", dir)
	}
	for _, path := range digits {
		s, err := ReadWAV(path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Rate != 8000 || s.X.Shape[0] != 1 || s.Seconds() < .1 || s.Seconds() > 3 {
			t.Errorf("%s: %v at %d Hz", path, s.X.Type, s.Rate)
		}
	}
	s, err := ReadWAV(filepath.Join(dir, "pretrained", "silero-vad", "test.wav"))
	if err != nil || s.Rate != 16000 || s.Len() != 960_000 || s.X.F32[0] != -147./32768 { // its first bytes: 6d ff
		t.Errorf("%v at %d Hz; error %v", s.X.Type, s.Rate, err)
	}
}

func FuzzWAV(f *testing.F) {
	for _, seed := range [][]byte{nil, riff(), riff("fmt ", wavFmt(wavPCM, 1, 8000, 16), "data", "abcd"),
		riff("fmt ", extensible(wavFloat, 2, 48000, 32), "LIST", "x", "data", floatsLE(1, 2)),
		riff("fmt ", wavFmt(wavPCM, 2, 8000, 24), "data", "abcdef"), riff("fmt ", wavFmt(wavPCM, 1, 1, 8),
			"data", "")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := parseWAV("f", in)
		switch {
		case err != nil && !errors.Is(err, ErrDamaged):
			t.Errorf("%v is not ErrDamaged", err)
		case err == nil && (s.X.Check() != nil || s.X.Shape.Size() == 0 || s.X.Shape.Size() > len(in) || s.Rate < 1):
			t.Errorf("%q gives %v at %d Hz", in, s.X.Type, s.Rate)
		}
	})
}

// A recording is numbers between -1 and 1.
func ExampleReadWAV() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "click.wav")
	header := "RIFF\x28\x00\x00\x00WAVEfmt " +
		"\x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
	if err := os.WriteFile(path, []byte(header+"data\x04\x00\x00\x00\x00\x40\x00\xc0"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	click, err := ReadWAV(path)
	fmt.Println(click.Rate, click.X, err)
	// Output: 8000 float32 (1, 2) 0.5 -0.5 <nil>
}
