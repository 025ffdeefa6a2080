package corpus

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stheno-ml/stheno/data"
)

// A reader reads a paragraph of the built-in text by all ways that the grammar has to write it.
type reader struct {
	text string
	read map[readerKey]map[int]float64
}

type readerKey struct {
	symbol string
	at     int
}

// newReader takes back what polish has done but for capitals.
func newReader(paragraph string) *reader {
	words := strings.Split(paragraph, " ")
	for i, w := range words {
		if w == "an" || w == "An" {
			words[i] = w[:1]
		}
	}
	return &reader{strings.Join(words, " "), map[readerKey]map[int]float64{}}
}

// chance is the probability of the paragraph: of each number of sentences, and each way to part it into them.
func (r *reader) chance() (p float64) {
	begins := map[int]float64{0: 1} // where so many sentences have ended
	counts := chances(7)
	for n := 1; n <= 8 && len(begins) > 0; n++ {
		next := map[int]float64{}
		for at, before := range begins {
			for end, q := range r.symbol("sentence", at) {
				switch {
				case end == len(r.text) && n >= 2:
					p += before * q * counts[n-2]
				case end < len(r.text) && r.text[end] == ' ':
					next[end+1] += before * q
				}
			}
		}
		begins = next
	}
	return p
}

// symbol returns the probability that the symbol writes the text from at on, for each place where it may end.
func (r *reader) symbol(name string, at int) map[int]float64 {
	key := readerKey{name, at}
	if ends, ok := r.read[key]; ok {
		return ends
	}
	ends := map[int]float64{}
	r.read[key] = ends
	ways := proseGrammar[name]
	for i, p := range chances(len(ways)) {
		for end, q := range r.way(ways[i], at) {
			ends[end] += p * q
		}
	}
	return ends
}

// way is symbol of one way to write it.
func (r *reader) way(way string, at int) map[int]float64 {
	here := map[int]float64{at: 1}
	for i, part := range strings.Split(way, "$") {
		if i > 0 {
			symbol, rest := cutSymbol(part)
			next := map[int]float64{}
			for at, p := range here {
				for end, q := range r.symbol(symbol, at) {
					next[end] += p * q
				}
			}
			here, part = next, rest
		}
		next := map[int]float64{}
		for at, p := range here {
			if r.has(part, at) {
				next[at+len(part)] += p
			}
		}
		here = next
	}
	return here
}

// has reports whether a word stands at a place, with a capital where a sentence or speech begins.
func (r *reader) has(word string, at int) bool {
	if at+len(word) > len(r.text) {
		return false
	}
	got := r.text[at : at+len(word)]
	if got == word || word == "" {
		return true
	}
	return got[1:] == word[1:] && unicode.ToLower(rune(got[0])) == rune(word[0]) &&
		(at == 0 || r.text[at-1] == '"' || strings.ContainsRune(`.?!"`, rune(r.text[max(at-2, 0)])))
}

// paragraphs are those of the built-in text that are in its test part as a whole.
func paragraphs(t Text) []string {
	all := strings.Split(strings.TrimSuffix(t.Test, "\n\n"), "\n\n")
	return all[1:]
}

// TestProseEntropy: the entropy of the choices by the length that they make, and what the true probabilities of the
// text, read in all ways that the grammar has, come to on the test part.
func TestProseEntropy(t *testing.T) {
	entropy, length := expectations()
	number, nats := 0., 0. // of sentences in a paragraph
	for i, p := range chances(7) {
		number += p * float64(i+2)
		nats -= p * math.Log(p)
	}
	nats += number * entropy["sentence"]
	if got := nats / (number*(length["sentence"]+1) + 1); math.Abs(got-ProseEntropy) > 5e-4 {
		t.Errorf("the choices have %.4f nats a character, want %v", got, ProseEntropy)
	}
	sum, characters := 0., 0
	for _, p := range paragraphs(Prose(0)) {
		chance := newReader(p).chance()
		if chance == 0 {
			t.Fatalf("the grammar does not write %q", p)
		}
		sum -= math.Log(chance)
		characters += len(p) + len("\n\n")
	}
	if got := sum / float64(characters); math.Abs(got-ProseEntropy) > .01 {
		t.Errorf("the test part has %.4f nats a character, want about %v", got, ProseEntropy)
	}
	if p := newReader("The man went in the house. The man in house went.").chance(); p != 0 {
		t.Errorf("negative control: what the grammar does not write has probability %g", p)
	}
}

// TestEntropiesAreTold: the list of the sources tells the entropies that are known.
func TestEntropiesAreTold(t *testing.T) {
	for name, entropy := range map[string]float64{"prose": ProseEntropy, "names": NamesEntropy} {
		if want := fmt.Sprintf(" with an entropy of %.3f nats ", entropy); !slices.ContainsFunc(data.Sources(),
			func(s data.SourceInfo) bool { return s.Name == name && strings.Contains(s.About, want) }) {
			t.Errorf("%s does not tell%s", name, want)
		}
	}
}

// expectations are the entropy of the choices below each symbol of the grammar, and the mean length of what they
// write. Both are sums over the ways to write the symbol, which name others, itself among them: they are found by
// turns.
func expectations() (entropy, length map[string]float64) {
	entropy, length = map[string]float64{}, map[string]float64{}
	for range 200 {
		for name, ways := range proseGrammar {
			h, l := 0., 0.
			for i, p := range chances(len(ways)) {
				h -= p * math.Log(p)
				article := false
				for k, part := range strings.Split(ways[i], "$") {
					symbol := ""
					if k > 0 {
						symbol, part = cutSymbol(part)
					}
					h += p * entropy[symbol]
					l += p * (length[symbol] + float64(len(part)))
					if article {
						l += p * vowels(symbol)
					}
					article = part == "a " || strings.HasSuffix(part, " a ")
				}
			}
			entropy[name], length[name] = h, l
		}
	}
	return entropy, length
}

// vowels is the probability that what a symbol writes begins with a vowel, before which a becomes an.
func vowels(symbol string) (sum float64) {
	for i, p := range chances(len(proseGrammar[symbol])) {
		if strings.ContainsRune("aeiou", rune(proseGrammar[symbol][i][0])) {
			sum += p
		}
	}
	return sum
}

// cutSymbol parts what follows a dollar into the symbol and the rest.
func cutSymbol(part string) (symbol, rest string) {
	end := strings.IndexFunc(part, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(part)
	}
	return part[:end], part[end:]
}
