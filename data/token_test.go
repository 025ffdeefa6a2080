package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var _ = []Tokenizer{Vocabulary{}, Words{}, (*BPE)(nil), (*WordPiece)(nil)}

func TestSplitting(t *testing.T) {
	for _, c := range []struct {
		name  string
		split Splitting
		in    string
		want  []string
	}{
		{"by space signs stay where they are", BySpace, " it's a\tcat .\u00a0\n", []string{"it's", "a", "cat", "."}},
		{"by word signs are words", ByWord, "It's 3.5 (or so)…", []string{"It", "'", "s", "3", ".", "5", "(", "or",
			"so", ")", "…"}},
		{"by word Chinese characters are words", ByWord, "你好 abc嗨。", []string{"你", "好", "abc", "嗨", "。"}},
		{"by word marks stay with their letter", ByWord, "cafe\u0301s", []string{"cafe\u0301s"}},
		{"by word a byte that is no UTF-8 is one", ByWord, "a\xffb", []string{"a", "\xff", "b"}},
		{"by character white space counts", ByCharacter, "1 卷", []string{"1", " ", "卷"}},
		{"nothing", ByWord, " ", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.split.Split(c.in); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	defer func() {
		if got := recover(); got != "data: there is no Splitting(7); known are BySpace, ByWord and ByCharacter" {
			t.Errorf("an unknown splitting: %v", got)
		}
	}()
	Splitting(7).Split("a")
}

func TestWords(t *testing.T) {
	said := []string{"the cat saw the dog", "The dog slept", "the end"}
	for _, c := range []struct {
		name string
		o    WordOptions
		want string
	}{
		{"all words, the frequent ones first", WordOptions{}, "the dog The cat end saw slept"},
		{"words that occur twice", WordOptions{Least: 2}, "the dog"},
		{"in small letters", WordOptions{Least: 2, Lower: true}, "the dog"},
		{"the most frequent one, in small letters", WordOptions{Most: 1, Lower: true}, "the"},
		{"more than there are", WordOptions{Most: 99, Least: 2}, "the dog"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := NewWords(said, c.o)
			if got := strings.Join(w.Symbols()[firstWord:], " "); got != c.want || w.Len() != len(w.Symbols()) {
				t.Errorf("got %s, %d words, want %s", got, w.Len(), c.want)
			}
		})
	}
	w := NewWords(said, WordOptions{Least: 2, Lower: true})
	ids, err := w.Encode("The dog  SLEPT")
	if err != nil || !slices.Equal(ids, []int64{4, 5, Unknown}) {
		t.Errorf("got %v, %v", ids, err)
	}
	for _, c := range []struct {
		name string
		ids  []int64
		want string
	}{
		{"a begin and padding show as nothing", []int64{Begin, 4, 5, Padding, Padding}, "the dog"},
		{"the end ends it", []int64{4, End, 5, 5}, "the"},
		{"what is no word is unknown", []int64{Unknown, -1, 6, 4}, "<unk> <unk> <unk> the"},
		{"nothing", nil, ""},
	} {
		if got := w.Decode(c.ids); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := NewWords([]string{"12+3"}, WordOptions{Split: ByCharacter}).Decode([]int64{5, 6, 4}); got != "12+" {
		t.Errorf("characters: got %q", got)
	}
	var none Words
	if ids, err := none.Encode("a b"); err != nil || !slices.Equal(ids, []int64{Unknown, Unknown}) || none.Len() != 4 {
		t.Errorf("the zero Words: %v, %v", ids, err)
	}
}

func TestWordsJSON(t *testing.T) {
	w := NewWords([]string{"你好 \"abc\" <unk>"}, WordOptions{Split: ByWord, Lower: true})
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var back Words
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, w) {
		t.Errorf("%s came back as %v, %v", b, back, err)
	}
	for _, c := range []struct{ name, in, want string }{
		{"no object", `["a"]`, "words: not an object with a list of words: "},
		{"an unknown splitting", `{"split":"line"}`,
			`words: there is no splitting "line"; known are space, word, character`},
		{"two words in one", `{"split":"space","words":["a","b c"]}`,
			`words: entry 1 is not one word of its splitting (got "b c")`},
		{"no word", `{"split":"word","words":[""]}`, `words: entry 0 is not one word of its splitting (got "")`},
		{"a capital among small letters", `{"split":"word","lower":true,"words":["A"]}`,
			`words: entry 0 is not one word of its splitting (got "A")`},
		{"a word twice", `{"split":"space","words":["a","b","a"]}`, `words: entry 2 stands twice (got "a")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := json.Unmarshal([]byte(c.in), &back)
			if !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if !reflect.DeepEqual(back, w) {
				t.Errorf("words that were not read have changed: %v", back)
			}
		})
	}
}

func FuzzWords(f *testing.F) {
	for i, seed := range []string{"", "a b a", "İstanbul ΣΑΣ", "卷 積", "\u0301", "A\u00a0b", "\u200d"} {
		f.Add(seed, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, in string, lower bool) {
		if !utf8.ValidString(in) {
			return
		}
		for split := range Splitting(len(splittings)) {
			w := NewWords([]string{in}, WordOptions{Split: split, Lower: lower})
			ids, err := w.Encode(in)
			if err != nil || slices.Contains(ids, Unknown) {
				t.Errorf("%q: %v, %v", in, ids, err)
			}
			b, err := json.Marshal(w)
			if err != nil {
				t.Fatal(err)
			}
			var back Words
			if err := json.Unmarshal(b, &back); err != nil || !slices.Equal(back.Symbols(), w.Symbols()) {
				t.Errorf("%s comes back as %q, %v", b, back.Symbols(), err)
			}
		}
	})
}

// Words that occur once in what a model learns from stay unknown.
func ExampleNewWords() {
	words := NewWords([]string{"a cat sat.", "A dog sat!"}, WordOptions{Split: ByWord, Lower: true, Least: 2})
	ids, err := words.Encode("A cat sat")
	fmt.Println(words.Symbols(), ids, err)
	fmt.Println(words.Decode(append(ids, End, Padding)))
	// Output:
	// [<pad> <unk> <s> </s> a sat] [4 1 5] <nil>
	// a <unk> sat
}

// pieces of tokenization_test.py of google-research/bert, which the results of TestWordPiece are of where not said
// otherwise.
const bertPieces = "[UNK]\n[CLS]\n[SEP]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n"

func TestWordPiece(t *testing.T) {
	w, err := parseWordPiece("v", bertPieces, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, in string
		want     []int64
	}{
		{"small letters without accents", "UNwant\u00E9d,running", []int64{7, 4, 5, 10, 8, 9}},
		{"a word without its last piece is unknown", "unwantedX running", []int64{0, 8, 9}},
		{"nothing", "", nil},
		{"a word of over 200 characters is unknown (by the rule)", "un" + strings.Repeat("want", 50) + " un",
			[]int64{0, 7}},
		{"a word of 198 is none (by the rule)", "un" + strings.Repeat("want", 49),
			append([]int64{7}, slices.Repeat([]int64{4}, 49)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := w.Encode(c.in); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
	if got := w.Decode([]int64{7, 4, 5, 10, 8, 9, 99}); got != "unwanted , running \uFFFD" {
		t.Errorf("got %q", got)
	}
	if id, ok := w.Token("[SEP]"); id != 2 || !ok || w.Len() != 11 {
		t.Errorf("[SEP] is %d, %v of %d", id, ok, w.Len())
	}
	for _, c := range []struct {
		name, in string
		cased    bool
		want     []string
	}{
		{"Chinese characters", "ah\u535A\u63A8zz", true, []string{"ah", "\u535A", "\u63A8", "zz"}},
		{"small letters", " \tHeLLo!how  \n Are yoU?  ", false, []string{"hello", "!", "how", "are", "you", "?"}},
		{"an accent is taken off", "H\u00E9llo", false, []string{"hello"}},
		{"capitals and accents stay", " \tHeLLo!how  \n Ar\u00E9 yoU?  ", true,
			[]string{"HeLLo", "!", "how", "Ar\u00E9", "yoU", "?"}},
		{"signs of ASCII that Unicode has as symbols", "a$b^c", true, []string{"a", "$", "b", "^", "c"}},
		{"control characters are left out", "a\u0005b\u200dc\ufffd\u00a0d", true, []string{"abc", "d"}},
		{"kana is no ideograph (by the rule)", "かな漢", true, []string{"かな", "漢"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (&WordPiece{cased: c.cased}).words(c.in); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	var none WordPiece
	if _, err := none.Encode("ab"); err == nil ||
		err.Error() != "text of 2 bytes: the tokenizer has no token; read one with ReadWordPiece" {
		t.Errorf("the zero WordPiece: %v", err)
	}
}

func TestReadWordPiece(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an empty line", "a\n\n[UNK]\n", `v: line 2: not one token (got "")`},
		{"two words", "a b\n", `v: line 1: not one token (got "a b")`},
		{"a token twice", "a\n[UNK]\na\n", `v: line 3: token "a" stands on line 1 already`},
		{"no token for what is unknown", "a\nb", "v: none of the 2 lines is [UNK]"},
		{"nothing", "", "v: none of the 0 lines is [UNK]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseWordPiece("v", c.in, true); !errors.Is(err, ErrDamaged) || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := ReadWordPiece(filepath.Join(t.TempDir(), "none"), true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzWordPiece(f *testing.F) {
	for _, seed := range []string{"a\n##b\n[UNK]", "[UNK]\r\na\r\n", "", "\xff\n[UNK]", "İ\n[UNK]"} {
		f.Add(seed, "abba İ\u0301 卷")
	}
	f.Fuzz(func(t *testing.T, vocabulary, text string) {
		w, err := parseWordPiece("v", vocabulary, false)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		ids, err := w.Encode(text)
		for _, id := range ids {
			if id < 0 || id >= int64(w.Len()) {
				t.Errorf("%q: number %d of %d", text, id, w.Len())
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// A word is made of the longest pieces that there are.
func ExampleReadWordPiece() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "vocab.txt")
	if err := os.WriteFile(path, []byte("[UNK]\nplay\n##ing\n##s\n.\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	pieces, err := ReadWordPiece(path, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := pieces.Encode("Playing plays.")
	fmt.Println(ids, err, pieces.Decode(ids))
	// Output:
	// [1 2 1 3 4] <nil> playing plays .
}
