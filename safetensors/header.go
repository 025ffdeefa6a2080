// This file holds the header: its JSON, read strictly, and the rules that its entries must keep.

package safetensors

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of a header. The first and the last are those of the reference implementation and of its JSON schema; a
// file beyond the others is taken for an attempt on the reader's memory.
const (
	maxHeader  = 100_000_000
	maxTensors = 1_000_000
	maxName    = 4096
	maxRank    = 32
	maxInt     = 1<<48 - 1
)

const metadataKey = "__metadata__"

// Info describes a tensor in a file.
type Info struct {
	Name  string
	DType DType
	Shape []int // empty for a scalar

	Offset, Size int64 // the bytes of the elements: where they begin in the file, and how many there are
}

// Len returns the number of elements.
func (t Info) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// A header is what the JSON says. Until layout has checked it, Info.Offset counts from the end of the header.
type header struct {
	tensors  []Info
	metadata map[string]string
}

// layout checks that the tensors, sorted by their place, fill size bytes of data without gap or overlap, and moves
// their offsets by base.
func (h *header) layout(base, size int64) error {
	slices.SortFunc(h.tensors, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Size, b.Size), strings.Compare(a.Name, b.Name))
	})
	end, last := int64(0), ""
	for i := range h.tensors {
		t := &h.tensors[i]
		switch {
		case t.Offset+t.Size > size:
			return tensorError(t.Name, "data ends behind the file (got end %d, the file has %d bytes of data)", t.Offset+t.Size, size)
		case t.Offset > end && i == 0:
			return tensorError(t.Name, "data does not begin with the first tensor (got offset %d, want 0)", t.Offset)
		case t.Offset > end:
			return tensorError(t.Name, "data leaves a hole behind tensor %s (got offset %d, want %d)", quote(last), t.Offset, end)
		case t.Offset < end:
			return tensorError(t.Name, "data overlaps tensor %s (got offset %d, want %d)", quote(last), t.Offset, end)
		}
		end, last = t.Offset+t.Size, t.Name
		t.Offset += base
	}
	if end != size {
		return badFormat("%d bytes after the last tensor belong to no tensor", size-end)
	}
	return nil
}

// parseHeader reads the JSON of a header.
func parseHeader(text []byte) (*header, error) {
	s := &scanner{text: text}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			s.at = i
			return nil, s.fail("not UTF-8")
		}
		i += n
	}
	h := &header{metadata: map[string]string{}}
	names := map[string]bool{}
	err := s.object("the header", func(name string) error {
		if names[name] {
			if name == metadataKey {
				return s.fail("duplicate %s", metadataKey)
			}
			return tensorError(name, "duplicate tensor")
		}
		names[name] = true
		if name == metadataKey {
			return s.metadata(h.metadata)
		}
		if len(h.tensors) == maxTensors {
			return badFormat("header has more than %d tensors", maxTensors)
		}
		t, err := s.entry(name)
		h.tensors = append(h.tensors, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.space(); s.at < len(text) {
		return nil, s.fail("text after the end of the JSON")
	}
	return h, nil
}

// A scanner reads the header's JSON, of which it knows no more than the format allows, from left to right.
type scanner struct {
	text []byte
	at   int
}

// fail is an error at the scanner's place, counted in the file.
func (s *scanner) fail(format string, args ...any) error {
	return badFormat("header, byte %d: "+format, append([]any{8 + s.at}, args...)...)
}

// unexpected says what is at the scanner's place instead of what was wanted.
func (s *scanner) unexpected(want string) error {
	if s.at >= len(s.text) {
		return s.fail("header ends early (want %s)", want)
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return s.fail("not the JSON of a header (got %q, want %s)", r, want)
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

// take skips white space and then c, and reports whether c was there.
func (s *scanner) take(c byte) bool {
	if s.space(); s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// object reads {"key": value, …}, where value is read by the given function.
func (s *scanner) object(what string, value func(key string) error) error {
	if !s.take('{') {
		return s.unexpected("{ to begin " + what)
	}
	if s.take('}') {
		return nil
	}
	for {
		s.space()
		key, err := s.string("a name")
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.unexpected(": after a name")
		}
		if err := value(key); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.unexpected(", or } in " + what)
		}
	}
}

func (s *scanner) metadata(into map[string]string) error {
	return s.object(metadataKey, func(key string) error {
		if _, ok := into[key]; ok {
			return s.fail("%s: duplicate key %s", metadataKey, quote(key))
		}
		s.space()
		text, err := s.string("a string, the only kind of value that " + metadataKey + " may hold")
		into[key] = text
		return err
	})
}

// entry reads the description of one tensor and checks it by itself.
func (s *scanner) entry(name string) (Info, error) {
	t := Info{Name: name}
	if len(name) > maxName {
		return t, tensorError(name, "name is too long (got %d bytes, want at most %d)", len(name), maxName)
	}
	var shape, offsets []int64
	seen := map[string]bool{}
	err := s.object("a tensor", func(key string) (err error) {
		if seen[key] {
			return tensorError(name, "duplicate key %s", quote(key))
		}
		seen[key] = true
		switch key {
		case "dtype":
			var dtype string
			s.space()
			dtype, err = s.string("a string for dtype")
			t.DType = DType(dtype)
		case "shape":
			shape, err = s.integers(name, key)
		case "data_offsets":
			offsets, err = s.integers(name, key)
		default:
			err = tensorError(name, "unknown key %s (want dtype, shape, data_offsets)", quote(key))
		}
		return err
	})
	if err != nil {
		return t, err
	}
	var missing []string
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[key] {
			missing = append(missing, key)
		}
	}
	switch {
	case missing != nil:
		return t, tensorError(name, "missing %s", strings.Join(missing, ", "))
	case len(offsets) != 2:
		return t, tensorError(name, "wrong number of data_offsets (got %d, want 2)", len(offsets))
	case offsets[0] > offsets[1]:
		return t, tensorError(name, "data ends before it begins (got data_offsets [%d,%d])", offsets[0], offsets[1])
	}
	size, err := byteSize(name, t.DType, shape)
	if err != nil {
		return t, err
	}
	if got := offsets[1] - offsets[0]; got != size {
		return t, tensorError(name, "wrong size of data (got %d bytes, want %d for %s %v)", got, size, t.DType, shape)
	}
	t.Offset, t.Size = offsets[0], size
	t.Shape = make([]int, len(shape))
	for i, n := range shape {
		t.Shape[i] = int(n)
	}
	return t, nil
}

// byteSize is the size of a tensor's elements, whose type and shape it checks.
func byteSize(name string, d DType, shape []int64) (int64, error) {
	width := d.bits()
	switch {
	case width == 0:
		return 0, tensorError(name, "unknown dtype (got %s, want one of %s)", quote(string(d)), known())
	case len(shape) > maxRank:
		return 0, tensorError(name, "too many axes (got %d, want at most %d)", len(shape), maxRank)
	}
	size := uint64(width)
	for _, n := range shape {
		over, low := bits.Mul64(size, uint64(n))
		if over != 0 || low > 1<<62 {
			return 0, tensorError(name, "number of elements overflows: shape %v", shape)
		}
		size = low
	}
	if size%8 != 0 {
		return 0, tensorError(name, "elements do not fill whole bytes: %s %v", d, shape)
	}
	return int64(size / 8), nil
}

func known() string {
	var names []string
	for _, t := range dtypes {
		names = append(names, string(t.name))
	}
	return strings.Join(names, " ")
}

// integers reads [1, 2, …].
func (s *scanner) integers(name, key string) ([]int64, error) {
	if !s.take('[') {
		return nil, tensorError(name, "%s: %v", key, s.unexpected("[ to begin a list"))
	}
	if s.take(']') {
		return nil, nil
	}
	var list []int64
	for {
		n, err := s.integer()
		if err != nil {
			return nil, tensorError(name, "%s: %v", key, err)
		}
		if list = append(list, n); len(list) > 1000 {
			return nil, tensorError(name, "%s: list is too long", key)
		}
		if s.take(']') {
			return list, nil
		}
		if !s.take(',') {
			return nil, tensorError(name, "%s: %v", key, s.unexpected(", or ] in a list"))
		}
	}
}

// integer reads a plain integer from 0 to 2⁴⁸-1.
func (s *scanner) integer() (int64, error) {
	s.space()
	from, n := s.at, int64(0)
	for ; s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9'; s.at++ {
		if n = 10*n + int64(s.text[s.at]-'0'); n > maxInt {
			return 0, s.fail("number is too large (want at most %d)", int64(maxInt))
		}
	}
	switch digits := s.text[from:s.at]; {
	case len(digits) == 0:
		return 0, s.unexpected("a plain integer from 0 up")
	case len(digits) > 1 && digits[0] == '0':
		return 0, s.fail("number begins with 0")
	case s.at < len(s.text) && strings.IndexByte(".eE", s.text[s.at]) >= 0:
		return 0, s.unexpected("a plain integer")
	}
	return n, nil
}

// string reads a JSON string.
func (s *scanner) string(what string) (string, error) {
	if s.at >= len(s.text) || s.text[s.at] != '"' {
		return "", s.unexpected(what)
	}
	s.at++
	from := s.at
	var out []byte // what is unescaped so far, nil while nothing was escaped
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			rest := s.text[from:s.at]
			s.at++
			if out == nil {
				return string(rest), nil
			}
			return string(append(out, rest...)), nil
		case c < ' ':
			return "", s.fail("control character %q in a string", c)
		case c == '\\':
			out = append(out, s.text[from:s.at]...)
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			from = s.at
		default:
			s.at++
		}
	}
	return "", s.unexpected(`" to end a string`)
}

// escape reads one escape sequence, or two that are the halves of one character.
func (s *scanner) escape() (rune, error) {
	if s.at+1 >= len(s.text) {
		return 0, s.fail("string ends in an escape")
	}
	const names, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(names, s.text[s.at+1]); i >= 0 {
		s.at += 2
		return rune(values[i]), nil
	}
	r, err := s.unicode()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	low, err := s.unicode()
	if r = utf16.DecodeRune(r, low); err != nil || r == utf8.RuneError {
		return 0, s.fail("half of a surrogate pair in a string")
	}
	return r, nil
}

// unicode reads \uXXXX.
func (s *scanner) unicode() (rune, error) {
	if s.at+6 > len(s.text) || s.text[s.at] != '\\' || s.text[s.at+1] != 'u' {
		return 0, s.fail("unknown escape in a string")
	}
	r := rune(0)
	for _, c := range s.text[s.at+2 : s.at+6] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if c < '0' || digit < 0 {
			return 0, s.fail("unknown escape in a string")
		}
		r = r<<4 | rune(digit)
	}
	s.at += 6
	return r, nil
}
