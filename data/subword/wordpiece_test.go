package subword

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
)

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
			if _, err := parseWordPiece("v", c.in, true); !errors.Is(err, data.ErrDamaged) || err.Error() != c.want {
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
			if !errors.Is(err, data.ErrDamaged) {
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
