// This file holds the numbers of words: what a tokenizer is, and the vocabulary of the words of sentences.

package data

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data/internal/read"
)

// A Tokenizer cuts a text into tokens and numbers them from 0: [Vocabulary] characters, [Words] words, and those of
// package subword parts of words.
type Tokenizer interface {
	Len() int // the number of tokens
	Encode(text string) ([]int64, error)
	Decode(ids []int64) string
}

// The numbers of [Words] that are no word's.
const (
	Padding = iota // what stands behind the end of a sentence in a batch
	Unknown        // any word that the vocabulary lacks
	Begin          // what a sentence that is to be written begins with
	End            // what it ends with
	firstWord
)

// A Splitting says what the words of a sentence are.
type Splitting int

// The ways to split a sentence.
const (
	BySpace     Splitting = iota // what stands between white space, of sentences that are tokenised already
	ByWord                       // runs of letters, marks and digits; any other sign, or Chinese character, is one
	ByCharacter                  // each character, white space too
)

var splittings = []string{"space", "word", "character"}

// String is the name that JSON has for it.
func (s Splitting) String() string {
	if s < 0 || int(s) >= len(splittings) {
		return fmt.Sprintf("Splitting(%d)", int(s))
	}
	return splittings[s]
}

// Split returns the words of a text. It panics if there is no such splitting.
func (s Splitting) Split(text string) []string {
	switch s {
	case BySpace:
		return strings.Fields(text)
	case ByCharacter:
		return strings.Split(text, "")
	case ByWord:
		return splitWords(text)
	}
	panic(fmt.Sprintf("data: there is no %v; known are BySpace, ByWord and ByCharacter", s))
}

// splitWords is [ByWord].
func splitWords(text string) (words []string) {
	for len(text) > 0 {
		n := strings.IndexFunc(text, func(r rune) bool { return !isOfWord(r) })
		if n < 0 {
			n = len(text)
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text)
		}
		if word := text[:n]; strings.TrimSpace(word) != "" {
			words = append(words, word)
		}
		text = text[n:]
	}
	return words
}

func isOfWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
}

// join writes words as a text again.
func (s Splitting) join(words []string) string {
	var b strings.Builder
	for i, word := range words {
		apart := s == BySpace || s == ByWord && !isChinese(word)
		if i > 0 && apart && (s == BySpace || !isChinese(words[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// isChinese reports a Chinese character or sign, beside which there are no spaces.
func isChinese(word string) bool {
	r, n := utf8.DecodeRuneInString(word)
	return n == len(word) && (unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef)
}

// WordOptions say which words a vocabulary has. The zero value takes all that white space parts.
type WordOptions struct {
	Split Splitting
	Lower bool // capitals are small letters
	Least int  // how often a word occurs at least; 0 for once
	Most  int  // the most words, the frequent ones; 0 for any number
}

// Words is a vocabulary of words. The numbers [Padding], [Unknown], [Begin] and [End] come first, then the words, the
// frequent ones first. As JSON it is what a file of weights can carry:
//
//	{"split": "word", "lower": true, "words": ["the", "a", "cat"]}
//
// The zero Words have no word, and take any for unknown.
type Words struct {
	split Splitting
	lower bool
	words []string // of the numbers from firstWord on
	ids   map[string]int64
}

// NewWords returns the vocabulary of the words of these sentences, which should be those of the training part: what is
// rare there stays unknown, and the model learns what to do about it. Of words that are as frequent the order is that
// of their letters. It panics if there is no such splitting.
func NewWords(sentences []string, o WordOptions) Words {
	w := Words{split: o.Split, lower: o.Lower}
	counts := map[string]int{}
	for _, s := range sentences {
		for _, word := range w.cut(s) {
			counts[word]++
		}
	}
	for word, n := range counts {
		if n >= o.Least {
			w.words = append(w.words, word)
		}
	}
	slices.SortFunc(w.words, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	if o.Most > 0 && len(w.words) > o.Most {
		w.words = slices.Clip(w.words[:o.Most])
	}
	w.number()
	return w
}

func (w *Words) number() {
	w.ids = make(map[string]int64, len(w.words))
	for i, word := range w.words {
		w.ids[word] = firstWord + int64(i)
	}
}

// Split returns the words of a text as the vocabulary writes them, one for each number of [Words.Encode].
func (w Words) Split(text string) []string { return w.cut(text) }

func (w Words) cut(text string) []string {
	if w.lower {
		text = strings.ToLower(text)
	}
	return w.split.Split(text)
}

// Len returns the number of words and of the four numbers before them.
func (w Words) Len() int { return firstWord + len(w.words) }

// Symbols returns what each number shows as: the words, and before them <pad>, <unk>, <s> and </s>.
func (w Words) Symbols() []string {
	return append([]string{"<pad>", "<unk>", "<s>", "</s>"}, w.words...)
}

// Encode returns the number of each word of a text, without a begin or an end. The error is always nil.
func (w Words) Encode(text string) ([]int64, error) {
	return w.Numbers(w.cut(text)), nil
}

// Numbers returns the number of each of these words, which are written as [Words.Split] does.
func (w Words) Numbers(words []string) []int64 {
	ids := make([]int64, len(words))
	for i, word := range words {
		ids[i] = Unknown
		if id, ok := w.ids[word]; ok {
			ids[i] = id
		}
	}
	return ids
}

// Join writes words as a text again, with spaces as [Words.Decode] has them.
func (w Words) Join(words []string) string { return w.split.join(words) }

// Decode returns the text of these numbers up to the first [End], with a space between words that are no characters,
// and, of [ByWord], none beside a Chinese character or sign.
// [Padding] and [Begin] show as nothing, and what is no word's number as <unk>.
func (w Words) Decode(ids []int64) string {
	var words []string
	for _, id := range ids {
		switch {
		case id == End:
			return w.split.join(words)
		case id == Padding, id == Begin:
		case id < firstWord || id >= int64(w.Len()):
			words = append(words, "<unk>")
		default:
			words = append(words, w.words[id-firstWord])
		}
	}
	return w.split.join(words)
}

// wordsJSON is the form of Words in JSON.
type wordsJSON struct {
	Split string   `json:"split"`
	Lower bool     `json:"lower"`
	Words []string `json:"words"`
}

// MarshalJSON writes the splitting and the words.
func (w Words) MarshalJSON() ([]byte, error) {
	return json.Marshal(wordsJSON{w.split.String(), w.lower, append([]string{}, w.words...)})
}

// UnmarshalJSON reads what MarshalJSON writes. Errors are [ErrDamaged].
func (w *Words) UnmarshalJSON(b []byte) error {
	var in wordsJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return read.Damage("words: not an object with a list of words: " + err.Error())
	}
	split := slices.Index(splittings, in.Split)
	if split < 0 {
		return read.Damage(fmt.Sprintf("words: there is no splitting %q; known are %s", in.Split,
			strings.Join(splittings, ", ")))
	}
	got := Words{split: Splitting(split), lower: in.Lower, words: in.Words}
	seen := map[string]bool{}
	for i, word := range in.Words {
		switch cut := got.cut(word); {
		case len(cut) != 1 || cut[0] != word:
			return read.Damage(fmt.Sprintf("words: entry %d is not one word of its splitting (got %q)", i, word))
		case seen[word]:
			return read.Damage(fmt.Sprintf("words: entry %d stands twice (got %q)", i, word))
		}
		seen[word] = true
	}
	got.number()
	*w = got
	return nil
}
