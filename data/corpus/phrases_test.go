package corpus

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestPhrases: the pairs are a function of the seed, none stands twice, and translating word by word is of no use.
func TestPhrases(t *testing.T) {
	set := Phrases(0)
	if len(set.Train) != 4000 || len(set.Test) != 500 || set.Source.Len() != 48 || set.Target.Len() != 66 {
		t.Errorf("%d and %d pairs of %d and %d words", len(set.Train), len(set.Test), set.Source.Len(),
			set.Target.Len())
	}
	if !reflect.DeepEqual(set, Phrases(0)) || reflect.DeepEqual(set.Test, Phrases(1).Test) {
		t.Error("the pairs are no function of the seed")
	}
	seen := map[string]bool{}
	for _, p := range append(set.Train[:len(set.Train):len(set.Train)], set.Test...) {
		if seen[p.Source] {
			t.Fatalf("%s stands twice", p.Source)
		}
		seen[p.Source] = true
	}
	best := wordByWord(set.Train)
	got := right(set, func(s string) string {
		var words []string
		for _, word := range strings.Fields(s) {
			words = append(words, best[word])
		}
		return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	})
	if got > .02 {
		t.Errorf("word by word %.3f are right", got)
	}
}

// wordByWord is the word that stands most often in the translations of sentences with a word, and seldom in others.
func wordByWord(pairs []Pair) map[string]string {
	both, of := map[[2]string]int{}, map[string]int{}
	for _, p := range pairs {
		for _, german := range strings.Fields(p.Target) {
			of[german]++
			for _, english := range strings.Fields(p.Source) {
				both[[2]string{english, german}]++
			}
		}
	}
	best, score := map[string]string{}, map[string]float64{}
	for pair, n := range both {
		if s := float64(n) / float64(of[pair[1]]+20); s > score[pair[0]] {
			best[pair[0]], score[pair[0]] = pair[1], s
		}
	}
	return best
}

// TestPhrasesAgree: sentences say what a person would, in both languages.
func TestPhrasesAgree(t *testing.T) {
	translations := map[string]string{}
	for _, p := range Phrases(0).Train {
		translations[p.Source] = p.Target
	}
	for english, german := range map[string]string{
		"the dog knows the dog .":                "der hund kennt den hund .",
		"a small woman paints the table .":       "eine kleine frau malt den tisch .",
		"now the child looks for a dog .":        "jetzt sucht das kind einen hund .",
		"often an old man looks for the house .": "oft sucht ein alter mann das haus .",
		"a new man thinks that a child finds a flower .": "ein neuer mann denkt , dass ein kind " +
			"eine blume findet .",
		"the old child does not love a cat .": "das alte kind liebt keine katze .",
		"a red woman does not know the new cat .": "eine rote frau kennt die neue katze " +
			"nicht .",
		"here the child finds the tree .": "hier findet das kind den baum .",
		"a horse says that the woman does not look for the small book .": "ein pferd sagt , dass die frau das " +
			"kleine buch nicht sucht .",
		"now the old cat sees a woman .": "jetzt sieht die alte katze eine frau .",
	} {
		if got := translations[english]; got != german {
			t.Errorf("%s is %q, want %q", english, got, german)
		}
	}
}

// Phrases are pairs of sentences to learn translating from.
func ExamplePhrases() {
	p := Phrases(0)
	for _, pair := range p.Test[:2] {
		fmt.Println(pair.Source, "=", pair.Target)
	}
	// Output:
	// now the red cat paints the book . = jetzt malt die rote katze das buch .
	// a cat does not see a new child . = eine katze sieht kein neues kind .
}
