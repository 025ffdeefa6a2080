// This file holds what stands between a text and a terminal.

package main

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

// hidden reports whether a character does something else than to be seen: control characters, marks that change the
// direction of writing or cannot be seen at all, separators of lines, and what is no character.
func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp)
}

// appendVisible appends a character, or its number where it is hidden: \u001b, as JSON writes it, so that what was
// JSON stays it.
func appendVisible(b []byte, r rune) []byte {
	switch {
	case !hidden(r):
		return utf8.AppendRune(b, r)
	case r < 0x10000:
		return fmt.Appendf(b, `\u%04x`, r)
	}
	high, low := utf16.EncodeRune(r)
	return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
}

// nameBound is how many characters of a name a message shows, and lineBound how many a message has.
const nameBound, lineBound = 160, 2000

// shown is a name, from a file or the command line, as a part of a line: visible, and not too long.
func shown(name string) string {
	var b []byte
	for _, r := range cut(name, nameBound) {
		b = appendVisible(b, r)
	}
	return string(b)
}

// inputBound is how many characters of an input a note about it shows.
const inputBound = 60

// cut leaves out the middle of what has more than so many characters.
func cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2:])
}

// oneLine makes a message one line, in which no word is longer than a name may be.
func oneLine(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "\n", "; "))
	for i, w := range words {
		words[i] = cut(w, nameBound)
	}
	return cut(strings.Join(words, " "), lineBound)
}

// A sink is standard output or standard error as the command writes to it. Whatever a text is made of, only what can
// be seen gets through, with spaces, tabs and ends of lines. The first failure is kept.
type sink struct {
	name string
	w    io.Writer

	mu   sync.Mutex
	part []byte // the beginning of a character whose rest is to come
	err  error
	shut bool
}

func (s *sink) Write(p []byte) (int, error) {
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
	if _, s.err = s.w.Write(out); s.err != nil {
		return 0, s.failure()
	}
	return len(p), nil
}

// paint writes a text in a colour of a terminal, or as it is without one.
func (s *sink) paint(colour, text string) {
	raw := func(code string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.shut && s.err == nil {
			_, s.err = io.WriteString(s.w, "\x1b["+code+"m")
		}
	}
	if colour != "" {
		raw(colour)
		defer raw("0")
	}
	io.WriteString(s, text)
}

// close lets nothing more through, and returns what has failed: what goes on after an interruption must not write
// into the answer.
func (s *sink) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.part) > 0 && s.err == nil {
		_, s.err = io.WriteString(s.w, `\ufffd`)
	}
	s.shut, s.part = true, nil
	return s.failure()
}

// failed returns the first failure so far.
func (s *sink) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure()
}

func (s *sink) failure() error {
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
