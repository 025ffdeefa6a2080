package corpus

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

func TestReadText(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string // the text, or the error after "DIR/f: "
		ok       bool
	}{
		{"plain text", "To be,\nor not", "To be,\nor not", true},
		{"text of more than ASCII", "naïve 卷积 \uFFFD", "naïve 卷积 \uFFFD", true},
		{"a byte order mark is left out", "\uFEFFa", "a", true},
		{"ends of lines stay as they are", "a\r\nb\r", "a\r\nb\r", true},
		{"ends of lines of an old Mac become ours", "a\rb\r", "a\nb\n", true},
		{"no text", "", "", true},
		{"a byte of Latin-1", "na\xefve", "offset 2: not UTF-8 (byte 0xef); save it as UTF-8", false},
		{"a character that is cut", "ab\xe5\x8d", "offset 2: not UTF-8 (byte 0xe5); save it as UTF-8", false},
		{"half a surrogate pair", "\xed\xa0\x80", "offset 0: not UTF-8 (byte 0xed); save it as UTF-8", false},
		{"UTF-16, little end first", "\xff\xfea\x00", "offset 0: not UTF-8 but UTF-16; save it as UTF-8", false},
		{"UTF-16, big end first", "\xfe\xff\x00a", "offset 0: not UTF-8 but UTF-16; save it as UTF-8", false},
		{"a zero byte", "abc\x00", "offset 3: a zero byte, which no text has", false},
		{"a file that is too large", strings.Repeat("a", 101),
			"offset 100: too large (got 101 bytes, want at most 100)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(trial.WriteFiles(t, map[string][]byte{"f": []byte(c.in)}), "f")
			got, err := read.Text(path, 100)
			switch {
			case c.ok && (err != nil || got != c.want):
				t.Errorf("got %q, %v", got, err)
			case !c.ok && (!errors.Is(err, data.ErrDamaged) || err.Error() != path+": "+c.want):
				t.Errorf("got  %v\nwant %s: %s", err, path, c.want)
			}
		})
	}
	if _, err := ReadText(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := ReadText(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file (a folder)") {
		t.Errorf("a folder: %v", err)
	}
}

// TestReadTextLimit: a file beyond the limit, which may be a terabyte of nothing, is refused unread.
func TestReadTextLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40)); err != nil {
		t.Skip(err)
	}
	var err error
	if n, _ := trial.Spent(func() { _, err = ReadText(path) }); !errors.Is(err, data.ErrDamaged) || n > 1<<20 {
		t.Errorf("%d bytes allocated, %v", n, err)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "abc", "\uFEFF\uFEFF", "\xff\xfe", "a\x00", "\xed\xa0\x80", "\uFFFD", "卷"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, err := read.CheckText("f", in)
		if err != nil {
			if !errors.Is(err, data.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		if !utf8.ValidString(text) || len(text) > len(in) {
			t.Errorf("%q was taken as %q", in, text)
		}
		v := data.NewVocabulary(text)
		if ids, err := v.Encode(text); err != nil || v.Decode(ids) != text {
			t.Errorf("%q comes back as %q, %v", text, v.Decode(ids), err)
		}
	})
}

func TestNewText(t *testing.T) {
	for _, c := range []struct{ name, in, train, test string }{
		{"ten characters", "abcdefghij", "abcdefghi", "j"},
		{"characters of three bytes are not cut", "卷积网络卷积网络卷积", "卷积网络卷积网络卷", "积"},
		{"one character", "a", "", "a"},
		{"nothing", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := NewText("x", c.in)
			if got.Train != c.train || got.Test != c.test || got.Vocabulary.Len() != data.NewVocabulary(c.in).Len() {
				t.Errorf("got %q and %q", got.Train, got.Test)
			}
		})
	}
	text := NewText("x", "abcdefghij")
	text.Vocabulary = data.NewVocabulary("abcdefghi")
	if _, _, err := text.Streams(); err == nil ||
		err.Error() != "x: test part: character 'j' at offset 0 is not in the vocabulary of 9 characters" {
		t.Errorf("got %v", err)
	}
	text.Vocabulary = data.NewVocabulary("bj")
	if _, _, err := text.Streams(); err == nil || !strings.HasPrefix(err.Error(), "x: training part: character 'a'") {
		t.Errorf("got %v", err)
	}
}

// TestProse: the built-in text is what its comment says, the same by its seed, and reads as written.
func TestProse(t *testing.T) {
	p := Prose(0)
	all := p.Train + p.Test
	if n := len(all); n < proseLength || n > proseLength+2000 || len(p.Test) < n/11 {
		t.Errorf("%d and %d bytes", len(p.Train), len(p.Test))
	}
	if again := Prose(0); again.Train != p.Train || again.Test != p.Test {
		t.Error("the same seed gives another text")
	}
	if Prose(1).Train == p.Train {
		t.Error("another seed gives the same text")
	}
	if n := p.Vocabulary.Len(); n < 45 || n > 60 {
		t.Errorf("%d characters", n)
	}
	counts := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(all), func(r rune) bool { return r < 'a' || r > 'z' }) {
		counts[w]++
	}
	if len(counts) < 300 || len(counts) > 600 {
		t.Errorf("%d words", len(counts))
	}
	for _, wrong := range []string{"$", "  ", " .", " ,", "of he ", "of they", " a a", " a e", " a i",
		" a o", "..", ".\"."} {
		if at := strings.Index(all, wrong); at >= 0 {
			t.Errorf("%q stands in %q", wrong, all[max(0, at-30):at+20])
		}
	}
	for paragraph := range strings.SplitSeq(strings.TrimSpace(all), "\n\n") {
		first := strings.TrimLeft(paragraph, `"`)[0]
		if first < 'A' || first > 'Z' || !strings.ContainsAny(paragraph[len(paragraph)-1:], `."`) {
			t.Fatalf("a paragraph is %q", paragraph)
		}
	}
}

// TestProseGrammar: each symbol has ways to be written, and each way's symbols are there.
func TestProseGrammar(t *testing.T) {
	used := map[string]bool{"sentence": true}
	for symbol, ways := range proseGrammar {
		if len(ways) == 0 {
			t.Errorf("%s has no way", symbol)
		}
		for _, way := range ways {
			for i, part := range strings.Split(way, "$") {
				if i == 0 {
					continue
				}
				name := strings.FieldsFunc(part, func(r rune) bool { return r < 'a' || r > 'z' })[0]
				if used[name] = true; proseGrammar[name] == nil {
					t.Errorf("%s: %q names an unknown symbol %s", symbol, way, name)
				}
			}
		}
	}
	for symbol := range proseGrammar {
		if !used[symbol] {
			t.Errorf("%s is never used", symbol)
		}
	}
}

// TestProseIsLearnable: the past tells much about the next character, as the comment of Prose says.
func TestProseIsLearnable(t *testing.T) {
	p := Prose(0)
	for context, want := range map[int]float64{0: 3, 1: 2.1, 6: .7} {
		if got := nats(p, context); math.Abs(got-want) > .05 {
			t.Errorf("%.3f nats after %d characters, want %v", got, context, want)
		}
	}
}

// nats is the mean of -ln p(c) over the characters c of the test part, with what follows each context of up to n
// characters in the training part counted: p(c|context) = (count(c) + d·p(c|shorter context)) / (count + d), d the
// number of different characters that follow.
func nats(text Text, n int) float64 {
	follows := map[string]map[byte]float64{}
	for i := n; i < len(text.Train); i++ {
		for k := range n + 1 {
			context := text.Train[i-k : i]
			if follows[context] == nil {
				follows[context] = map[byte]float64{}
			}
			follows[context][text.Train[i]]++
		}
	}
	sum := 0.
	for i := n; i < len(text.Test); i++ {
		p := 1 / float64(text.Vocabulary.Len())
		for k := range n + 1 {
			total, after := 0., follows[text.Test[i-k:i]]
			for _, count := range after {
				total += count
			}
			if total > 0 {
				d := float64(len(after))
				p = (after[text.Test[i]] + d*p) / (total + d)
			}
		}
		sum -= math.Log(p)
	}
	return sum / float64(len(text.Test)-n)
}
