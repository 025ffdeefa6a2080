package data

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
			path := filepath.Join(writeFiles(t, map[string][]byte{"f": []byte(c.in)}), "f")
			got, err := readText(path, 100)
			switch {
			case c.ok && (err != nil || got != c.want):
				t.Errorf("got %q, %v", got, err)
			case !c.ok && (!errors.Is(err, ErrDamaged) || err.Error() != path+": "+c.want):
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
	if n, _ := spent(func() { _, err = ReadText(path) }); !errors.Is(err, ErrDamaged) || n > 1<<20 {
		t.Errorf("%d bytes allocated, %v", n, err)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "abc", "\uFEFF\uFEFF", "\xff\xfe", "a\x00", "\xed\xa0\x80", "\uFFFD", "卷"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, err := checkText("f", in)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		if !utf8.ValidString(text) || len(text) > len(in) {
			t.Errorf("%q was taken as %q", in, text)
		}
		v := NewVocabulary(text)
		if ids, err := v.Encode(text); err != nil || v.Decode(ids) != text {
			t.Errorf("%q comes back as %q, %v", text, v.Decode(ids), err)
		}
	})
}

func TestVocabulary(t *testing.T) {
	v := NewVocabulary("to be or not\n卷")
	if got := strings.Join(v.Symbols(), ""); got != "\n benort卷" || v.Len() != 9 {
		t.Errorf("got %q of %d characters", got, v.Len())
	}
	ids, err := v.Encode("卷 no")
	if err != nil || !slices.Equal(ids, []int64{8, 1, 4, 5}) {
		t.Errorf("got %v, %v", ids, err)
	}
	if got := v.Decode(append(ids, -1, 9, math.MaxInt64)); got != "卷 no\uFFFD\uFFFD\uFFFD" {
		t.Errorf("numbers of no character: got %q", got)
	}
	for in, want := range map[string]string{
		"bee x": `character 'x' at offset 4 is not in the vocabulary of 9 characters`,
		"卷卷a":   `character 'a' at offset 6 is not in the vocabulary of 9 characters`,
		"b\xff": `character '�' at offset 1 is not in the vocabulary of 9 characters`,
	} {
		if _, err := v.Encode(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
	var none Vocabulary
	if ids, err := none.Encode(""); err != nil || len(ids) != 0 || none.Len() != 0 || none.Decode(nil) != "" {
		t.Errorf("the zero vocabulary: %v, %v", ids, err)
	}
}

func TestVocabularyJSON(t *testing.T) {
	v := NewVocabulary("\"\\<\n\u2028\uFFFD\U0001F469 a")
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Vocabulary
	if err := json.Unmarshal(b, &back); err != nil || !slices.Equal(back.symbols, v.symbols) {
		t.Errorf("%s came back as %q, %v", b, back.Symbols(), err)
	}
	for _, c := range []struct{ name, in, want string }{
		{"no list", `{"a":1}`, "vocabulary: not a list of strings: "},
		{"numbers", `["a",2]`, "vocabulary: not a list of strings: "},
		{"two characters in one", `["a","bc"]`, `vocabulary: entry 1 is not one character (got "bc")`},
		{"no character", `["","a"]`, `vocabulary: entry 0 is not one character (got "")`},
		{"a character twice", `["a","a"]`, `vocabulary: entry 1 is out of order (got 'a' after 'a')`},
		{"another order", `["b","a"]`, `vocabulary: entry 1 is out of order (got 'a' after 'b')`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := json.Unmarshal([]byte(c.in), &back)
			if !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if !slices.Equal(back.symbols, v.symbols) {
				t.Errorf("a vocabulary that was not read has changed: %q", back.Symbols())
			}
		})
	}
}

func FuzzVocabulary(f *testing.F) {
	for _, seed := range []string{"[]", "null", `["a","b"]`, `["\ud800"]`, `["\n"," "]`, `["b","a"]`, `[1]`, "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v Vocabulary
		if err := v.UnmarshalJSON(in); err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		text := strings.Join(v.Symbols(), "")
		if ids, err := v.Encode(text); err != nil || len(ids) != v.Len() {
			t.Errorf("%q: %v", in, err)
		}
	})
}

// counted is the stream 0, 1, 2, …
func counted(n int) Stream {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i)
	}
	return Stream{ids}
}

// TestStreamWindows: stretches begin anywhere, the first and the last place included, others in each epoch and for
// each seed, and targets are one symbol ahead.
func TestStreamWindows(t *testing.T) {
	const total, n, length = 103, 5, 4
	begins := func(seed uint64, epoch int) (all []int64) {
		for b := range counted(total).Windows(n, length, seed).Batches(epoch) {
			for row := range n {
				x, y := b[0].I64[row*length:(row+1)*length], b[1].I64[row*length:(row+1)*length]
				for j := range length {
					if x[j] != x[0]+int64(j) || y[j] != x[j]+1 || y[j] >= total {
						t.Fatalf("row %d is %v and %v", row, x, y)
					}
				}
				all = append(all, x[0])
			}
		}
		return all
	}
	first := begins(1, 0)
	if len(first) != n*counted(total).Windows(n, length, 1).Len() || len(first) != 25 { // (102/5)/4 batches
		t.Errorf("an epoch has %d stretches", len(first))
	}
	if !slices.Equal(first, begins(1, 0)) || slices.Equal(first, begins(1, 1)) || slices.Equal(first, begins(2, 0)) {
		t.Error("where stretches begin is no function of seed and epoch")
	}
	seen := map[int64]bool{}
	for epoch := range 100 {
		for _, at := range begins(0, epoch) {
			seen[at] = true
		}
	}
	if len(seen) != total-length || !seen[0] || !seen[total-length-1] {
		t.Errorf("stretches begin at %d places, want %d", len(seen), total-length)
	}
	for _, c := range []struct {
		name        string
		total, n, t int
		wantFail    string
	}{
		{"no rows", 10, 0, 1, "data: Windows of 0 rows and 1 symbols, want at least 1 of each"},
		{"a stream one short", 12, 3, 4, "data: Windows of 3 rows and 4 symbols of a stream of 12: no batch is whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.wantFail {
					t.Errorf("got %v, want %s", got, c.wantFail)
				}
			}()
			counted(c.total).Windows(c.n, c.t, 0)
		})
	}
}

// TestLanes: row i of each batch goes on where it ended in the last one, and targets are one symbol ahead.
func TestLanes(t *testing.T) {
	for _, c := range []struct {
		name               string
		total, n, t        int
		batches, laneAfter int // symbols from one lane to the next
	}{
		{"one lane", 13, 1, 4, 3, 12},
		{"lanes that the stream fills", 25, 3, 4, 2, 8},
		{"a target short of one more batch", 24, 3, 4, 1, 7},
		{"symbols left over in each lane", 35, 3, 4, 2, 11},
		{"batches of one symbol", 4, 3, 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := counted(c.total).Lanes(c.n, c.t)
			for epoch := range 2 {
				step := 0
				for b := range source.Batches(epoch) {
					for row := range c.n {
						for j := range c.t {
							want := int64(row*c.laneAfter + step*c.t + j)
							x, y := b[0].I64[row*c.t+j], b[1].I64[row*c.t+j]
							if x != want || y != want+1 {
								t.Fatalf("batch %d, row %d, symbol %d: %d and %d, want %d", step, row, j, x, y, want)
							}
						}
					}
					step++
				}
				if step != c.batches || source.Len() != step {
					t.Errorf("%d batches, Len is %d, want %d", step, source.Len(), c.batches)
				}
			}
		})
	}
	t.Run("the loop may be left early", func(t *testing.T) {
		for range counted(100).Lanes(2, 3).Batches(0) {
			break
		}
	})
	for _, c := range []struct {
		name     string
		total    int
		n, t     int
		wantFail string
	}{
		{"no rows", 10, 0, 1, "data: Lanes of 0 rows and 1 symbols, want at least 1 of each"},
		{"no symbols", 10, 1, 0, "data: Lanes of 1 rows and 0 symbols, want at least 1 of each"},
		{"a stream one short", 12, 3, 4, "data: Lanes of 3 rows and 4 symbols of a stream of 12: no batch is whole"},
		{"an empty stream", 0, 1, 1, "data: Lanes of 1 rows and 1 symbols of a stream of 0: no batch is whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.wantFail {
					t.Errorf("got %v, want %s", got, c.wantFail)
				}
			}()
			counted(c.total).Lanes(c.n, c.t)
		})
	}
}

func TestStreamSplit(t *testing.T) {
	for _, c := range []struct {
		fraction float64
		head     int
	}{{.9, 90}, {0, 0}, {1, 100}, {-1, 0}, {2, 100}, {.555, 56}} {
		head, tail := counted(100).Split(c.fraction)
		if head.Len() != c.head || tail.Len() != 100-c.head {
			t.Errorf("fraction %v: %d and %d symbols", c.fraction, head.Len(), tail.Len())
		}
		if tail.Len() > 0 && tail.IDs[0] != int64(c.head) {
			t.Errorf("fraction %v: the tail begins with %d", c.fraction, tail.IDs[0])
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a fraction that is no number is taken")
		}
	}()
	counted(1).Split(math.NaN())
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
			if got.Train != c.train || got.Test != c.test || got.Vocabulary.Len() != NewVocabulary(c.in).Len() {
				t.Errorf("got %q and %q", got.Train, got.Test)
			}
		})
	}
	text := NewText("x", "abcdefghij")
	text.Vocabulary = NewVocabulary("abcdefghi")
	if _, _, err := text.Streams(); err == nil ||
		err.Error() != "x: test part: character 'j' at offset 0 is not in the vocabulary of 9 characters" {
		t.Errorf("got %v", err)
	}
	text.Vocabulary = NewVocabulary("bj")
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
