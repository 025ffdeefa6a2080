// This file holds the built-in translations of short sentences, English and German, which a grammar writes.

package corpus

import (
	"strings"

	"github.com/stheno-ml/stheno/internal/rng"
)

// Phrases returns the built-in pairs of languages: 4000 English sentences and their German translations to learn from
// and 500 to test with, of which no English one stands twice. Words are what stands between spaces. It needs no file;
// all is a function of the seed.
//
//	today the small dog does not see a red house .      heute sieht der kleine hund kein rotes haus .
//
// Each word has one translation, but for what the grammar does to it: articles and adjectives take the gender and the
// case of their noun, the verb comes second, behind whatever is first, and last in a clause that begins with dass, and
// nicht or kein stands where does not stood elsewhere. So word by word, each as it is translated most often, less than
// 2 of 100 come out right.
func Phrases(seed uint64) Parallel {
	key := rng.Key(seed, rng.HashString("data.phrases"))
	p := Parallel{Name: "phrases"}
	seen := map[string]bool{}
	for i := uint64(0); len(p.Test) < 500; i++ {
		w := phraseWriter{key: key.Sub(i)}
		pair := w.sentence()
		switch {
		case seen[pair.Source]:
			continue
		case len(p.Train) < 4000:
			p.Train = append(p.Train, pair)
		default:
			p.Test = append(p.Test, pair)
		}
		seen[pair.Source] = true
	}
	return p.numbered(Options{})
}

// What articles and adjectives agree with: the gender of a noun, and its case, which shows in one of them alone.
const (
	masculine = iota
	feminine
	neuter
	masculineAccusative
)

// phraseNouns are English and German, by gender. The first six are alive, and may see things.
var phraseNouns = []struct {
	english, german string
	gender          int
}{
	{"dog", "hund", masculine}, {"man", "mann", masculine}, {"cat", "katze", feminine}, {"woman", "frau", feminine},
	{"child", "kind", neuter}, {"horse", "pferd", neuter},
	{"tree", "baum", masculine}, {"table", "tisch", masculine}, {"flower", "blume", feminine},
	{"bottle", "flasche", feminine}, {"house", "haus", neuter}, {"book", "buch", neuter},
}

const alive = 6

var (
	phraseAdjectives = [][2]string{{"small", "klein"}, {"old", "alt"}, {"red", "rot"}, {"white", "weiß"},
		{"new", "neu"}, {"beautiful", "schön"}}
	phraseVerbs = [][3]string{{"see", "sees", "sieht"}, {"find", "finds", "findet"},
		{"look for", "looks for", "sucht"}, {"paint", "paints", "malt"}, {"know", "knows", "kennt"},
		{"love", "loves", "liebt"}}
	phraseTimes = [][2]string{{"today", "heute"}, {"now", "jetzt"}, {"often", "oft"}, {"here", "hier"}}
	phraseSays  = [][2]string{{"says that", "sagt , dass"}, {"thinks that", "denkt , dass"}}
)

// phraseWriter draws sentences.
type phraseWriter struct {
	key   rng.K
	drawn uint64
}

func (w *phraseWriter) below(n int) int {
	w.drawn++
	return w.key.IntN(w.drawn-1, n)
}

// clause is a clause in parts: of the German one the verb may stand in two places, and nicht at its end.
type clause struct {
	english               string
	subject, verb, object string
}

// sentence writes a sentence: a clause, one that begins with a time, or what somebody says.
func (w *phraseWriter) sentence() Pair {
	c := w.clause()
	switch w.below(3) {
	case 0:
		return ended(c.english, c.subject, c.verb, c.object)
	case 1:
		time := phraseTimes[w.below(len(phraseTimes))]
		return ended(time[0]+" "+c.english, time[1], c.verb, c.subject, c.object)
	}
	english, german, _ := w.noun(alive, false, false)
	says := phraseSays[w.below(len(phraseSays))]
	return ended(english+" "+says[0]+" "+c.english, german, says[1], c.subject, c.object, c.verb)
}

// ended is a pair of which the German sentence is made of these parts.
func ended(english string, german ...string) Pair {
	return Pair{english + " .", strings.Join(german, " ") + " ."}
}

// clause writes who does what to what, or does not.
func (w *phraseWriter) clause() (c clause) {
	denied := w.below(4) == 0
	subject, german, _ := w.noun(alive, false, false)
	verb := phraseVerbs[w.below(len(phraseVerbs))]
	object, what, definite := w.noun(len(phraseNouns), true, denied)
	c.english = subject + " " + verb[1] + " " + object
	if denied {
		c.english = subject + " does not " + verb[0] + " " + object
		if definite {
			what += " nicht" // and else kein is the article
		}
	}
	c.subject, c.verb, c.object = german, verb[2], what
	return c
}

// noun writes one of the first n nouns with its article, and in half of the cases an adjective.
func (w *phraseWriter) noun(n int, accusative, denied bool) (english, german string, definite bool) {
	noun := phraseNouns[w.below(n)]
	definite = w.below(2) == 0
	form := noun.gender
	if accusative && form == masculine {
		form = masculineAccusative
	}
	article, ending := [...]string{"der", "die", "das", "den"}[form], [...]string{"e", "e", "e", "en"}[form]
	english = "the"
	if !definite {
		english = "a"
		article, ending = [...]string{"ein", "eine", "ein", "einen"}[form], [...]string{"er", "e", "es", "en"}[form]
		if denied {
			article = "k" + article
		}
	}
	german = article
	if w.below(2) == 0 {
		adjective := phraseAdjectives[w.below(len(phraseAdjectives))]
		if english == "a" && adjective[0] == "old" {
			english = "an"
		}
		english += " " + adjective[0]
		german += " " + adjective[1] + ending
	}
	return english + " " + noun.english, german + " " + noun.german, definite
}
