package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var _ = []Tokenizer{Vocabulary{}, Words{}}

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
