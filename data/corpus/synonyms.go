// This file holds Synonyms, the words that may stand for each other.

package corpus

import (
	"strings"
	"unicode"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// Synonyms are groups of words of which each may stand for the others of its group. A word may be in several groups.
// The zero Synonyms have none.
type Synonyms struct {
	groups [][]string
	places map[string][]place // of each word
}

// A place is word at of a group.
type place struct{ group, at int }

// NewSynonyms returns the synonyms of these groups. A word that comes again in its group counts once, and a group of
// one word says nothing.
func NewSynonyms(groups [][]string) Synonyms {
	s := Synonyms{places: map[string][]place{}}
	for _, words := range groups {
		group := distinct(words)
		if len(group) < 2 {
			continue
		}
		for at, word := range group {
			s.places[word] = append(s.places[word], place{len(s.groups), at})
		}
		s.groups = append(s.groups, group)
	}
	return s
}

// distinct are the words without those that came before.
func distinct(words []string) (list []string) {
	seen := map[string]bool{}
	for _, word := range words {
		if !seen[word] {
			seen[word] = true
			list = append(list, word)
		}
	}
	return list
}

// ReadSynonyms reads a file of which each line is a group: words with spaces or commas between. They become small
// letters, as vocabularies have them. Empty lines are left out. What the file does wrong is [data.ErrDamaged] and
// names the line: a line of one word, one of over 64 KiB, bytes that are no UTF-8, no words at all.
func ReadSynonyms(path string) (Synonyms, error) {
	lines, err := readLines(path, UTF8)
	if err != nil {
		return Synonyms{}, err
	}
	var groups [][]string
	for i, line := range lines {
		isBetween := func(r rune) bool { return r == ',' || unicode.IsSpace(r) }
		words := distinct(strings.FieldsFunc(strings.ToLower(line), isBetween))
		switch {
		case len(words) == 1:
			return Synonyms{}, badLine(path, i, "one word, want others that may stand for it (got %q)", excerpt(line))
		case len(words) > 1:
			groups = append(groups, words)
		}
	}
	if len(groups) == 0 {
		return Synonyms{}, read.Damaged(path, 0, "no words")
	}
	return NewSynonyms(groups), nil
}

// String writes the groups as [ReadSynonyms] reads them: a line of words each.
func (s Synonyms) String() string {
	var b strings.Builder
	for _, group := range s.groups {
		b.WriteString(strings.Join(group, " ") + "\n")
	}
	return b.String()
}

// Len returns the number of words that have synonyms.
func (s Synonyms) Len() int { return len(s.places) }

// Of returns the words that may stand for a word, those of one group after those of another.
func (s Synonyms) Of(word string) []string {
	words := make([]string, s.count(word))
	for i := range words {
		words[i] = s.nth(word, i)
	}
	return words
}

// In returns the synonyms that a vocabulary has: with others a model can do nothing.
func (s Synonyms) In(w data.Words) Synonyms {
	groups := make([][]string, len(s.groups))
	for i, group := range s.groups {
		for _, word := range group {
			if w.Numbers([]string{word})[0] != data.Unknown {
				groups[i] = append(groups[i], word)
			}
		}
	}
	return NewSynonyms(groups)
}

// count is how many words may stand for a word.
func (s Synonyms) count(word string) (n int) {
	for _, p := range s.places[word] {
		n += len(s.groups[p.group]) - 1
	}
	return n
}

// nth is number n of them.
func (s Synonyms) nth(word string, n int) string {
	for _, p := range s.places[word] {
		group := s.groups[p.group]
		switch {
		case n >= len(group)-1:
			n -= len(group) - 1
		case n >= p.at:
			return group[n+1]
		default:
			return group[n]
		}
	}
	return word
}
