// Package plain makes names, numbers and other values fit to be shown: in drawings, in printed tapes, on terminals.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s with every character visible that acts instead of being seen, so that a name moves no cursor, turns
// no line around and is valid in XML and DOT. Control characters become their pictures (U+2400 and on). Those that
// separate lines or change the direction of writing, bytes that are no UTF-8, and what is no character become U+FFFD.
func Text(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' { // most names need nothing
			return strings.Map(shown, strings.ToValidUTF8(s, "\uFFFD"))
		}
	}
	return s
}

func shown(r rune) rune {
	switch {
	case r < ' ':
		return 0x2400 + r
	case r == 0x7F:
		return 0x2421
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Noncharacter_Code_Point):
		return utf8.RuneError
	}
	return r
}
