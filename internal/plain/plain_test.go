package plain

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a usual name stays", "layer1.0.conv1", "layer1.0.conv1"},
		{"other scripts and emoji stay", "卷积层 σ(z) 👩\u200d👩\u200d👧", "卷积层 σ(z) 👩\u200d👩\u200d👧"},
		{"control characters become pictures", "a\x1b[31m\x00\n\t\x7f", "a␛[31m␀␊␉␡"},
		{"those after ASCII have none", "\u0085\u009b", "��"},
		{"marks that turn the line", "\u202ertl\u2066\u200f\u061c", "�rtl���"},
		{"separators of lines", "a\u2028b\u2029", "a�b�"},
		{"broken UTF-8", "\xff\xfea", "�a"},
		{"no characters", "\uffff\ufdd0", "��"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if Text(got) != got {
			t.Errorf("%q: %q changes when it is cleaned again", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || !utf8.ValidString(got) {
				t.Errorf("%q: %U is left", s, r)
			}
		}
	})
}
