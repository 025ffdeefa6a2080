// This file holds the header: a strict reader of its JSON, and the rules for its entries.

package safetensors

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of a header. The first is that of the reference implementation, the last that of its JSON schema. The
// others protect the memory of the reader from a malicious file.
const (
	maxHeader   = 100_000_000
	maxTensors  = 1_000_000
	maxMetadata = 100_000 // keys
	maxName     = 4096
	maxRank     = 32
	maxInt      = 1<<48 - 1
)

const metadataKey = "__metadata__"

// Info describes a tensor in a file.
type Info struct {
	Name  string
	DType DType
	Shape []int // empty for a scalar

	Offset, Size int64 // where the bytes of the elements begin in the file, and how many there are
}

// Len returns the number of elements.
func (t Info) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// A header is the JSON text, and the place of each tensor. The entry of a tensor is read again when it is asked for: a
// place takes less memory than a description, so that a header of a million tensors takes about twice its own size.
type header struct {
	text     string
	tensors  []place // by name
	metadata map[string]string
}

// A place says where the entry and the data of a tensor are.
type place struct {
	name         string
	at           int   // of the entry, in the text
	offset, size int64 // of the data, from the end of the header on
}

// shortest is the length of the shortest entry, or less: {"dtype":"F4","shape":[],"data_offsets":[0,0]}.
const shortest = 48

// find returns the place of a tensor.
func (h *header) find(name string) (place, bool) {
	i, ok := slices.BinarySearchFunc(h.tensors, name, func(p place,
		name string) int {
		return strings.Compare(p.name, name)
	})
	if !ok {
		return place{}, false
	}
	return h.tensors[i], true
}

// info reads what the entry at a place says.
func (h *header) info(p place) Info {
	s := &scanner{text: h.text, at: p.at}
	t, _ := s.entry(p.name) // parseHeader has found no error in it
	t.Offset += int64(8 + len(h.text))
	return t
}

// check checks that no name stands twice, and that the tensors, in the order of their offsets, fill size bytes of data
// without gap or overlap.
func (h *header) check(size int64) error {
	slices.SortFunc(h.tensors, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.size, b.size), strings.Compare(a.name, b.name))
	})
	err := h.layout(size)
	slices.SortFunc(h.tensors, func(a, b place) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(h.tensors); i++ {
		if h.tensors[i].name == h.tensors[i-1].name {
			return tensorError(h.tensors[i].name, "duplicate tensor")
		}
	}
	return err
}

func (h *header) layout(size int64) error {
	end, last := int64(0), ""
	for i, t := range h.tensors {
		switch {
		case t.offset+t.size > size:
			return tensorError(t.name, "data ends behind the file (got end %d, the file has %d bytes of data)",
				t.offset+t.size, size)
		case t.offset > end && i == 0:
			return tensorError(t.name, "data does not begin with the first tensor (got offset %d, want 0)", t.offset)
		case t.offset > end:
			return tensorError(t.name, "data leaves a hole behind tensor %s (got offset %d, want %d)", quote(last),
				t.offset, end)
		case t.offset < end:
			return tensorError(t.name, "data overlaps tensor %s (got offset %d, want %d)", quote(last), t.offset, end)
		}
		end, last = t.offset+t.size, t.name
	}
	if end != size {
		return badFormat("%d bytes after the last tensor belong to no tensor", size-end)
	}
	return nil
}

// parseHeader reads the JSON of a header.
func parseHeader(text string) (*header, error) {
	s := &scanner{text: text}
	if !utf8.ValidString(text) {
		s.at = strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
		for { // to the first one that is not an encoded U+FFFD
			if _, n := utf8.DecodeRuneInString(text[s.at:]); n <= 1 {
				return nil, s.fail("not UTF-8")
			}
			s.at += 3 + strings.IndexFunc(text[s.at+3:], func(r rune) bool { return r == utf8.RuneError })
		}
	}
	entries := min(strings.Count(text, `"dtype"`), len(text)/shortest, maxTensors)
	h := &header{text: text, tensors: make([]place, 0, entries), metadata: map[string]string{}}
	hasMetadata := false
	err := s.object("the header", func(name string) error {
		if name == metadataKey {
			if hasMetadata {
				return s.fail("duplicate %s", metadataKey)
			}
			hasMetadata = true
			return s.metadata(h.metadata)
		}
		if len(h.tensors) == maxTensors {
			return badFormat("header has more than %d tensors", maxTensors)
		}
		p := place{name: name, at: s.at}
		t, err := s.entry(name)
		p.offset, p.size = t.Offset, t.Size
		h.tensors = append(h.tensors, p)
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

// A scanner reads the JSON of a header from left to right. It knows only the JSON that the format allows.
type scanner struct {
	text    string
	at      int
	numbers []int64 // the list that was read last
}

// fail is an error at the place of the scanner, as an offset in the file.
func (s *scanner) fail(format string, args ...any) error {
	return badFormat("header, byte %d: "+format, append([]any{8 + s.at}, args...)...)
}

// unexpected is an error that says what stands at the place of the scanner instead of what was wanted.
func (s *scanner) unexpected(want string) error {
	if s.at >= len(s.text) {
		return s.fail("header ends early (want %s)", want)
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.at:])
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
		if len(into) == maxMetadata {
			return s.fail("%s has more than %d keys", metadataKey, maxMetadata)
		}
		s.space()
		text, err := s.string("a string, the only kind of value that " + metadataKey + " may hold")
		into[key] = text
		return err
	})
}

// entry reads the description of one tensor, and checks it without looking at the others.
func (s *scanner) entry(name string) (Info, error) {
	t := Info{Name: name}
	if len(name) > maxName {
		return t, tensorError(name, "name is too long (got %d bytes, want at most %d)", len(name), maxName)
	}
	var dtype string
	var seen [3]bool
	var begin, end int64
	offsets := 0
	err := s.object("a tensor", func(key string) (err error) {
		i := slices.Index(entryKeys[:], key)
		switch {
		case i < 0:
			return tensorError(name, "unknown key %s (want %s)", quote(key), strings.Join(entryKeys[:], ", "))
		case seen[i]:
			return tensorError(name, "duplicate key %s", quote(key))
		}
		seen[i] = true
		switch key {
		case "dtype":
			s.space()
			dtype, err = s.string("a string for dtype")
		case "shape":
			err = s.integers(name, key)
			t.Shape = make([]int, len(s.numbers))
			for i, n := range s.numbers {
				t.Shape[i] = int(n)
			}
		case "data_offsets":
			err = s.integers(name, key)
			if offsets = len(s.numbers); offsets == 2 {
				begin, end = s.numbers[0], s.numbers[1]
			}
		}
		return err
	})
	if err != nil {
		return t, err
	}
	var missing []string
	for i, key := range entryKeys {
		if !seen[i] {
			missing = append(missing, key)
		}
	}
	switch {
	case missing != nil:
		return t, tensorError(name, "missing %s", strings.Join(missing, ", "))
	case offsets != 2:
		return t, tensorError(name, "wrong number of data_offsets (got %d, want 2)", offsets)
	case begin > end:
		return t, tensorError(name, "data ends before it begins (got data_offsets [%d,%d])", begin, end)
	}
	t.DType = DType(dtype)
	size, err := byteSize(name, t.DType, t.Shape)
	if err != nil {
		return t, err
	}
	if got := end - begin; got != size {
		return t, tensorError(name, "wrong size of data (got %d bytes, want %d for %s %v)", got, size,
			t.DType, t.Shape)
	}
	t.Offset, t.Size = begin, size
	return t, nil
}

// entryKeys are the keys of a tensor's description.
var entryKeys = [...]string{"dtype", "shape", "data_offsets"}

// byteSize is the number of bytes of the elements of a tensor. It checks the type and the shape.
func byteSize(name string, d DType, shape []int) (int64, error) {
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

// integers reads [1, 2, …] into s.numbers.
func (s *scanner) integers(name, key string) error {
	s.numbers = s.numbers[:0]
	if !s.take('[') {
		return tensorError(name, "%s: %v", key, s.unexpected("[ to begin a list"))
	}
	if s.take(']') {
		return nil
	}
	for {
		n, err := s.integer()
		if err != nil {
			return tensorError(name, "%s: %v", key, err)
		}
		if s.numbers = append(s.numbers, n); len(s.numbers) > 1000 {
			return tensorError(name, "%s: list is too long", key)
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return tensorError(name, "%s: %v", key, s.unexpected(", or ] in a list"))
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
	var out []byte // the string so far, nil while there was no escape
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			rest := s.text[from:s.at]
			s.at++
			if out == nil {
				return rest, nil // shares the memory of the text
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
	for _, c := range []byte(s.text[s.at+2 : s.at+6]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if c < '0' || digit < 0 {
			return 0, s.fail("unknown escape in a string")
		}
		r = r<<4 | rune(digit)
	}
	s.at += 6
	return r, nil
}
