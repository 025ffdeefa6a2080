package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestSink: characters that arrive in parts come out whole, and what is cut for ever is shown.
func TestSink(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"text as it is", []string{"é – ×\t1\n"}, "é – ×\t1\n"},
		{"a character in two parts", []string{"a\xc3", "\xa9b"}, "aéb"},
		{"an override in three parts", []string{"\xe2", "\x80", "\xaeb"}, `\u202eb`},
		{"a character that never ends", []string{"a\xe2\x80"}, `a\ufffd`},
		{"an invalid byte", []string{"a\xffb"}, `a\ufffdb`},
		{"beyond 16 bits, as JSON has it", []string{"\U000e0041"}, `\udb40\udc41`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			s := &Sink{name: "out", W: &out}
			for _, p := range c.parts {
				if n, err := io.WriteString(s, p); n != len(p) || err != nil {
					t.Error(n, err)
				}
			}
			if err := s.Close(); err != nil || out.String() != c.want {
				t.Errorf("got %q, %v, want %q", &out, err, c.want)
			}
			if n, _ := io.WriteString(s, "late"); n != 0 || strings.Contains(out.String(), "late") {
				t.Error("it writes after it is closed")
			}
		})
	}
}
