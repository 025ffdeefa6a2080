// This file holds WordPiece, the tokenizer of BERT.

package subword

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// WordPiece is the tokenizer of BERT: a text is cut into words, and a word, from its begin on, into the longest pieces
// that the vocabulary has. A piece that does not begin a word is written with ## before it. A word that cannot be
// made of pieces, or has more than 200 characters, is [UNK].
//
// Words are what white space parts; each sign of punctuation is a word, and each Chinese character. Characters of
// control are left out. [CLS] and [SEP], which BERT wants around a text, are for the caller to add: [WordPiece.Token]
// has their numbers. See Devlin et al. 2019, and tokenization.py of google-research/bert, whose rules these are.
//
// The zero WordPiece has no token. A WordPiece may be used by many goroutines.
type WordPiece struct {
	tokens  []string
	ids     map[string]int64
	unknown int64
	cased   bool
}

var _ data.Tokenizer = (*WordPiece)(nil)

// The limits of WordPiece.
const (
	unknownPiece = "[UNK]"
	maxPieced    = 200 // characters of a word, as BERT's max_input_chars_per_word
)

// ReadWordPiece reads a vocabulary, vocab.txt of BERT: a token a line in the order of their numbers, [UNK] among them.
// Unless it is cased, texts are written in small letters without accents before they are cut.
//
// What the file does wrong is [data.ErrDamaged] and names its line: an empty line or one with white space, a token
// that stands twice, more than 64 MiB, and the lack of [UNK].
func ReadWordPiece(path string, cased bool) (*WordPiece, error) {
	text, err := read.Text(path, maxBPE)
	if err != nil {
		return nil, err
	}
	return parseWordPiece(path, text, cased)
}

func parseWordPiece(path, text string, cased bool) (*WordPiece, error) {
	w := &WordPiece{ids: map[string]int64{}, cased: cased}
	for line := range strings.Lines(text) {
		token := strings.TrimRight(line, "\r\n")
		at := len(w.tokens) + 1
		first, twice := w.ids[token]
		switch {
		case token == "" || strings.ContainsFunc(token, unicode.IsSpace):
			return nil, read.Damage(fmt.Sprintf("%s: line %d: not one token (got %q)", path, at, token))
		case twice:
			return nil, read.Damage(fmt.Sprintf("%s: line %d: token %q stands on line %d already", path, at,
				token, first+1))
		}
		w.ids[token] = int64(len(w.tokens))
		w.tokens = append(w.tokens, token)
	}
	var ok bool
	if w.unknown, ok = w.ids[unknownPiece]; !ok {
		return nil, read.Damage(fmt.Sprintf("%s: none of the %d lines is %s", path, len(w.tokens), unknownPiece))
	}
	return w, nil
}

// Len returns the number of tokens.
func (w *WordPiece) Len() int { return len(w.tokens) }

// Token returns the number of a token by its text, such as [CLS] or ##ing, and whether there is one.
func (w *WordPiece) Token(text string) (int64, bool) {
	id, ok := w.ids[text]
	return id, ok
}

// Encode returns the numbers of a text's pieces. Only the zero WordPiece has an error, of a text that is not empty.
func (w *WordPiece) Encode(text string) ([]int64, error) {
	if len(w.tokens) == 0 && text != "" {
		return nil, fmt.Errorf("text of %d bytes: the tokenizer has no token; read one with ReadWordPiece", len(text))
	}
	var ids []int64
	for _, word := range w.words(text) {
		ids = w.pieces(word, ids)
	}
	return ids, nil
}

// Decode returns the words of these pieces with a space between them, which is not always the text they were made of.
// A number that is no piece's becomes U+FFFD.
func (w *WordPiece) Decode(ids []int64) string {
	var text strings.Builder
	for i, id := range ids {
		piece := string(utf8.RuneError)
		if id >= 0 && id < int64(len(w.tokens)) {
			piece = w.tokens[id]
		}
		inside, ok := strings.CutPrefix(piece, "##")
		if !ok && i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(inside)
	}
	return text.String()
}

// pieces appends the pieces of a word.
func (w *WordPiece) pieces(word string, ids []int64) []int64 {
	if utf8.RuneCountInString(word) > maxPieced {
		return append(ids, w.unknown)
	}
	start, begin := len(ids), ""
	for len(word) > 0 {
		end := len(word)
		for end > 0 {
			if id, ok := w.ids[begin+word[:end]]; ok {
				ids = append(ids, id)
				break
			}
			_, last := utf8.DecodeLastRuneInString(word[:end])
			end -= last
		}
		if end == 0 {
			return append(ids[:start], w.unknown)
		}
		word, begin = word[end:], "##"
	}
	return ids
}

// words returns the words of a text, without accents and in small letters unless the vocabulary is cased.
func (w *WordPiece) words(text string) []string {
	text = strings.Map(func(r rune) rune {
		switch {
		case isBlank(r):
			return ' '
		case r == utf8.RuneError || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	if !w.cased {
		text = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(strings.ToLower(text)))
	}
	var apart strings.Builder
	for _, r := range text {
		if isPunctuation(r) || isIdeograph(r) {
			apart.WriteString(" " + string(r) + " ")
			continue
		}
		apart.WriteRune(r)
	}
	return strings.Fields(apart.String())
}

func isBlank(r rune) bool { return strings.ContainsRune(" \t\n\r", r) || unicode.Is(unicode.Zs, r) }

// isPunctuation reports the signs of ASCII too that Unicode has as symbols, such as $ and ^.
func isPunctuation(r rune) bool {
	return r > ' ' && r < 0x7f && !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.IsPunct(r)
}

// isIdeograph reports the blocks of CJK Unified Ideographs, which are not all of Han: kana and Korean are not of them.
func isIdeograph(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2CEAF || r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}
