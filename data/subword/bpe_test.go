package subword

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

// shared is where data for development lies; tests of it are skipped where it is absent.
var shared = filepath.Join("..", "..", "..", "shared", "data")

// byteTokens are the tokens of the 256 bytes, in their order, and those given after them.
func byteTokens(more ...string) string {
	ids := map[string]int{}
	for i, r := range byteRunes {
		ids[string(r)] = i
	}
	for i, token := range more {
		ids[token] = 256 + i
	}
	b, _ := json.Marshal(ids)
	return string(b)
}

// gpt2 reads the tokenizer of GPT-2, or skips the test.
func gpt2(t *testing.T) *BPE {
	t.Helper()
	dir := filepath.Join(shared, "text", "gpt2")
	b, err := ReadBPE(filepath.Join(dir, "encoder.json"), filepath.Join(dir, "vocab.bpe"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGPT2: tokens are those of src/encoder.py of openai/gpt-2, run over its own two files by Python's regex 2026.5.9.
func TestGPT2(t *testing.T) {
	b := gpt2(t)
	for _, c := range []struct {
		name, in string
		want     []int64
	}{
		{"a sentence", "Hello, world!", []int64{15496, 11, 995, 0}},
		{"white space leaves its last character to what follows", "  two  spaces\n\nand lines \t ",
			[]int64{220, 734, 220, 9029, 198, 198, 392, 3951, 220, 197, 220}},
		{"contractions", "I'm sure they'll say it's John's, won't they've?", []int64{40, 1101, 1654, 484, 1183, 910,
			340, 338, 1757, 338, 11, 1839, 470, 484, 1053, 30}},
		{"contractions in capitals are none, and one after a space is no start", "IT'S 'sup 'S",
			[]int64{2043, 6, 50, 705, 37330, 705, 50}},
		{"numbers", "3.14159 and 1,000,000", []int64{18, 13, 1415, 19707, 290, 352, 11, 830, 11, 830}},
		{"letters beyond ASCII", "naïve café 卷积网络 嗨。", []int64{2616, 38776, 40304, 10263, 235, 115, 163, 100,
			107, 163, 121, 239, 163, 119, 250, 10263, 245, 101, 16764}},
		{"a sign of several characters", "👩‍🚀 flies", []int64{41840, 102, 447, 235, 8582, 248, 222, 17607}},
		{"a long word", "supercalifragilisticexpialidocious", []int64{16668, 9948, 361, 22562, 346, 396, 501, 42372,
			498, 312, 32346}},
		{"a special token is text", "<|endoftext|>", []int64{27, 91, 437, 1659, 5239, 91, 29}},
		{"white space beyond ASCII", "a\u00a0b\u2003c d", []int64{64, 1849, 65, 447, 225, 66, 288}},
		{"numbers that are no digits", "²³ Ⅳ x½", []int64{31185, 126, 111, 2343, 227, 96, 2124, 23141}},
		{"signs", "x_y = f(x)**2;  # comment", []int64{87, 62, 88, 796, 277, 7, 87, 8, 1174, 17, 26, 220, 1303, 2912}},
		{"an end of line of two characters", "\r\n", []int64{201, 198}},
		{"white space at the end", "tail   ", []int64{13199, 220, 220, 220}},
		{"marks without a letter", "\u0301e \u200b\ufeff", []int64{136, 223, 68, 20126, 171, 119, 123}},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := b.Encode(c.in)
			if err != nil || !slices.Equal(got, c.want) || b.Decode(got) != c.in {
				t.Errorf("got %v, %v, which is %q\nwant %v", got, err, b.Decode(got), c.want)
			}
		})
	}
	if id, ok := b.Token("<|endoftext|>"); id != 50256 || !ok || b.Len() != 50257 ||
		b.Decode([]int64{id}) != "<|endoftext|>" {
		t.Errorf("the end of text is %d, %v, of %d tokens", id, ok, b.Len())
	}
}

// TestGPT2Text: a whole text has the tokens that GPT-2's encoder gives it: their number (301,966 + 36,059 in nanoGPT's
// data/shakespeare) and a sum over them, of Python as above.
func TestGPT2Text(t *testing.T) {
	b := gpt2(t)
	text, err := corpus.ReadText(filepath.Join(shared, "text", "tinyshakespeare.txt"))
	if err != nil {
		t.Skip(err)
	}
	ids, err := b.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for _, id := range ids {
		sum = sum*31 + uint64(id)
	}
	if len(ids) != 338_025 || sum != 3602529322982767551 {
		t.Errorf("got %d tokens of sum %d", len(ids), sum)
	}
	if b.Decode(ids) != text {
		t.Error("the text does not come back")
	}
}

func TestReadBPE(t *testing.T) {
	for _, c := range []struct{ name, tokens, merges, want string }{
		{"sound files", byteTokens("ab", "Ġab"), "#version: 0.2\na b\nĠ ab\n", ""},
		{"lines that end in CRLF, without a version", byteTokens("ab"), "a b\r\n", ""},
		{"no merges", byteTokens(), "", ""},

		{"no object", "[1]", "", "e: offset 1: not a JSON object of tokens and their numbers"},
		{"nothing", "", "", "e: offset 0: not a JSON object of tokens and their numbers"},
		{"an object that is cut", `{"a": 0`, "", "e: offset 7: no JSON: EOF"},
		{"two objects", "{} {}", "", "e: offset 4: more than one JSON object"},
		{"a number in words", `{"a": "b"}`, "",
			`e: offset 1: token "a": its number is none: json: cannot unmarshal string into Go value of type int64`},
		{"a character that is no byte's", `{"a b": 0}`, "",
			`e: offset 1: token "a b" is not written in the characters of bytes`},
		{"an empty token", `{"": 0}`, "", `e: offset 1: token "" is not written in the characters of bytes`},
		{"a token twice", `{"a": 0, "a": 1}`, "", `e: offset 7: token "a" stands twice`},
		{"a number below 0", `{"a": -1}`, "", `e: offset 1: token "a" has the number -1, want 0 to 4194303`},
		{"a number that asks for much memory", `{"a": 1000000000000}`, "",
			`e: offset 1: token "a" has the number 1000000000000, want 0 to 4194303`},
		{"a number beyond the others", `{"a": 1}`, "", `e: token "a" has the number 1, but there are 1 tokens`},
		{"a number twice", `{"Ġ": 0, "a": 0}`, "", `e: tokens "Ġ" and "a" have one number, 0`},
		{"a byte that is missing", `{"a": 0}`, "", `e: byte 0x00, which is written 'Ā', has no token`},
		{"a merge of one token", byteTokens("ab"), "a b\n\nab\n", `m: line 3: not two tokens (got "ab")`},
		{"a merge of three", byteTokens("ab"), "a b c", `m: line 1: not two tokens (got "a b c")`},
		{"a merge of an unknown token", byteTokens("ab"), "#version\nab a\n",
			`m: line 2: token "aba" is not in the encoder of 257 tokens`},
		{"a merge twice", byteTokens("ab"), "a b\na b",
			`m: line 2: the pair "a b" stands twice (it is merge 0 already)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseBPE("e", c.tokens, "m", c.merges)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.Is(err, data.ErrDamaged) || err.Error() != c.want):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	dir := trial.WriteFiles(t, map[string][]byte{"e": []byte(byteTokens()), "latin": {0xff, 'a'}})
	in := func(name string) string { return filepath.Join(dir, name) }
	if _, err := ReadBPE(in("none"), in("e")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing encoder: %v", err)
	}
	if _, err := ReadBPE(in("e"), in("none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing merges: %v", err)
	}
	if _, err := ReadBPE(in("e"), in("latin")); !errors.Is(err, data.ErrDamaged) {
		t.Errorf("merges that are no text: %v", err)
	}
	var none BPE
	if _, err := none.Encode("ab"); err == nil ||
		err.Error() != "text of 2 bytes: the tokenizer has no token; read one with ReadBPE" {
		t.Errorf("the zero BPE: %v", err)
	}
	if ids, err := none.Encode(""); len(ids) > 0 || err != nil || none.Decode([]int64{0, -1}) != "\uFFFD\uFFFD" {
		t.Errorf("the zero BPE of nothing: %v, %v", ids, err)
	}
}

// slowMerge is the loop of GPT-2's encoder: as long as there is one, the pair of the lowest rank is joined wherever it
// occurs.
func slowMerge(b *BPE, word string) []int64 {
	var ids []int32
	for i := range len(word) {
		ids = append(ids, b.bytes[word[i]])
	}
	for {
		var best *merge
		for i := range max(len(ids)-1, 0) {
			if m, ok := b.merges[[2]int32{ids[i], ids[i+1]}]; ok && (best == nil || m.rank < best.rank) {
				best = &m
			}
		}
		if best == nil {
			break
		}
		var joined []int32
		for i := 0; i < len(ids); i++ {
			if i+1 < len(ids) && b.merges[[2]int32{ids[i], ids[i+1]}] == *best {
				joined = append(joined, best.id)
				i++
			} else {
				joined = append(joined, ids[i])
			}
		}
		ids = joined
	}
	wide := make([]int64, len(ids))
	for i, id := range ids {
		wide[i] = int64(id)
	}
	return wide
}

// overlapping are merges of which some make what others need later. Those of sooner come up with a lower rank than
// what made them: after both of "abcabc" are joined as one round does it, "abc ab" is none any more.
const (
	overlapping = "b c\nabc ab\na bc\nabc a\na a\na ab\naa a\na b\nab c\nb b\n"
	sooner      = "a b\nabc ab\nab c\naa aab\na a\naa b\n"
)

func mergesOf(t testing.TB, merges string) *BPE {
	b, err := parseBPE("e", byteTokens("ab", "bc", "abc", "abcab", "aa", "aaa", "bb", "aab", "abca", "aaaab"),
		"m", merges)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMerge: the heap joins what the plain loop joins, in all words of up to eight letters.
func TestMerge(t *testing.T) {
	for _, merges := range []string{overlapping, sooner} {
		b := mergesOf(t, merges)
		var w wordMerger
		for n := range 9 {
			for k := range pow(3, n) {
				word := lettersOf(k, n)
				if got, want := w.merge(b, word, nil), slowMerge(b, word); !slices.Equal(got, want) {
					t.Fatalf("%s: got %v, want %v", word, got, want)
				}
			}
		}
	}
}

// lettersOf is the k-th word of n letters of a to c.
func lettersOf(k, n int) string {
	word := make([]byte, n)
	for i := range word {
		word[i] = "abc"[k%3]
		k /= 3
	}
	return string(word)
}

func pow(x, n int) int {
	p := 1
	for range n {
		p *= x
	}
	return p
}

// TestLongWord: a word of a million letters takes no time that grows with its square.
func TestLongWord(t *testing.T) {
	b := mergesOf(t, overlapping)
	word := strings.Repeat("abcbaab", 150_000)
	var ids []int64
	var err error
	if _, took := trial.Spent(func() { ids, err = b.Encode(word) }); err != nil || took > 20*time.Second ||
		b.Decode(ids) != word {
		t.Errorf("%d tokens in %v, %v", len(ids), took, err)
	}
}

func FuzzBPE(f *testing.F) {
	b := mergesOf(f, sooner)
	for _, seed := range []string{"", "aabcab abca", "\xff\xfe", "it's  \n b", "a\u00a0\u2003", "\xe5\x8d",
		"ⅣⅣ 1", " 's"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		ids, err := b.Encode(in)
		if err != nil || b.Decode(ids) != in {
			t.Errorf("%q comes back as %q, %v", in, b.Decode(ids), err)
		}
		var want []int64
		for rest := in; rest != ""; {
			n := wordLength(rest)
			want = append(want, slowMerge(b, rest[:n])...)
			rest = rest[n:]
		}
		if len(in) < 1000 && !slices.Equal(ids, want) {
			t.Errorf("%q: got %v, want %v", in, ids, want)
		}
	})
}

func FuzzReadBPE(f *testing.F) {
	f.Add(`{"a": 0}`, "a b")
	f.Add(byteTokens("ab"), "#version\na b")
	f.Add(`{"a": 1e9}`, "")
	f.Fuzz(func(t *testing.T, tokens, merges string) {
		b, err := parseBPE("e", tokens, "m", merges)
		if err != nil {
			if !errors.Is(err, data.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		if ids, err := b.Encode("abab"); err != nil || b.Decode(ids) != "abab" {
			t.Errorf("abab comes back as %q, %v", b.Decode(ids), err)
		}
	})
}

// Two merges make one token of "low" and leave the bytes of other words.
func ExampleReadBPE() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	encoder, merges := filepath.Join(dir, "encoder.json"), filepath.Join(dir, "vocab.bpe")
	err = errors.Join(os.WriteFile(encoder, []byte(byteTokens("lo", "low", "<|endoftext|>")), 0o644),
		os.WriteFile(merges, []byte("#version: 0.2\nl o\nlo w\n"), 0o644))
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := ReadBPE(encoder, merges)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := b.Encode("lower low")
	fmt.Printf("%v %v %q\n", ids, err, b.Decode(ids))
	fmt.Println(b.Token("<|endoftext|>"))
	// Output:
	// [257 101 114 32 257] <nil> "lower low"
	// 258 true
}
