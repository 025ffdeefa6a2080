// This file holds what stands between a text and a terminal.

package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Hidden reports whether a character does something else than to be seen: control characters, marks that change the
// direction of writing or cannot be seen at all, separators of lines, and what is no character.
func Hidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp)
}

// appendVisible appends a character, or its number where it is hidden: \u001b, as JSON writes it, so that what was
// JSON stays it.
func appendVisible(b []byte, r rune) []byte {
	switch {
	case !Hidden(r):
		return utf8.AppendRune(b, r)
	case r < 0x10000:
		return fmt.Appendf(b, `\u%04x`, r)
	}
	high, low := utf16.EncodeRune(r)
	return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
}

// NameBound is how many characters of a name a message shows, and lineBound how many a message has.
const NameBound, LineBound = 160, 2000

// Shown is a name, from a file or the command line, as a part of a line: visible, and not too long.
func Shown(name string) string {
	var b []byte
	for _, r := range Cut(name, NameBound) {
		b = appendVisible(b, r)
	}
	return string(b)
}

// InputBound is how many characters of an input a note about it shows.
const InputBound = 60

// Cut leaves out the middle of what has more than so many characters.
func Cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2:])
}

// OneLine makes a message one line, in which no word is longer than a name may be.
func OneLine(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "\n", "; "))
	for i, w := range words {
		words[i] = Cut(w, NameBound)
	}
	return Cut(strings.Join(words, " "), LineBound)
}

// A Sink is standard output or standard error as the command writes to it. Whatever a text is made of, only what can
// be seen gets through, with spaces, tabs and ends of lines. The first failure is kept.
type Sink struct {
	name string
	W    io.Writer

	mu   sync.Mutex
	part []byte // the beginning of a character whose rest is to come
	err  error
	shut bool
}

func (s *Sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut || s.err != nil {
		return 0, s.failure()
	}
	text := append(s.part, p...)
	out := make([]byte, 0, len(text))
	for len(text) > 0 && utf8.FullRune(text) {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		if r == '\n' || r == '\t' {
			out = append(out, byte(r))
		} else {
			out = appendVisible(out, r)
		}
	}
	s.part = append([]byte(nil), text...)
	if _, s.err = s.W.Write(out); s.err != nil {
		return 0, s.failure()
	}
	return len(p), nil
}

// Paint writes a text in a colour of a terminal, or as it is without one.
func (s *Sink) Paint(colour, text string) {
	raw := func(code string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.shut && s.err == nil {
			_, s.err = io.WriteString(s.W, "\x1b["+code+"m")
		}
	}
	if colour != "" {
		raw(colour)
		defer raw("0")
	}
	io.WriteString(s, text)
}

// Close lets nothing more through, and returns what has failed: what goes on after an interruption must not write
// into the answer.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.part) > 0 && s.err == nil {
		_, s.err = io.WriteString(s.W, `\ufffd`)
	}
	s.shut, s.part = true, nil
	return s.failure()
}

// Failed returns the first failure so far.
func (s *Sink) Failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure()
}

func (s *Sink) failure() error {
	if s.err == nil {
		return nil
	}
	err := s.err
	var p *fs.PathError
	if errors.As(err, &p) { // whose path is /dev/stdout, whatever is behind it
		err = p.Err
	}
	return outputError{fmt.Errorf("%s: %w", s.name, err)}
}

// Plural writes "1 example" and "2,000 examples".
func Plural(n, noun string) string {
	if n == "1" {
		return "1 " + noun
	}
	return n + " " + noun + "s"
}

// Counted writes "1 step" and "2 steps".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Joined are words with commas between them.
func Joined(s []string) string {
	text := ""
	for i, v := range s {
		if i > 0 {
			text += ", "
		}
		text += v
	}
	return text
}
