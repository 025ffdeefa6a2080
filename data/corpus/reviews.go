// This file holds the built-in reviews of films, which a grammar writes.

package corpus

import (
	"maps"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Reviews returns the built-in sentences of classes: reviews of films that blame ("neg") or praise ("pos"), 4000 to
// learn from and 1000 to test with, of each class half, no text twice. It needs no file; all is a function of the
// seed.
//
// Some words praise and some blame, but one clause in five denies them ("the plot is not dull"), and in a third of the
// reviews a remark that says the opposite stands before or behind the verdict and does not count ("although the score
// is lovely , the plot is dull"). So words alone do not decide: a linear classifier of the counts of words has 0.69 of
// the test part right, one that counts pairs of neighbours too 0.75; whoever reads has all.
func Reviews(seed uint64) Labelled {
	l := Labelled{Name: "reviews", Classes: []string{"neg", "pos"}}
	seen := map[string]bool{}
	l.Train = reviews(rng.Key(seed, rng.HashString("data.reviews.train")), 4000, seen)
	l.Test = reviews(rng.Key(seed, rng.HashString("data.reviews.test")), 1000, seen)
	l.Words = data.NewWords(sides(l.Train, func(s LabelledSentence) string { return s.Text }), data.WordOptions{})
	return l
}

// reviews writes n reviews that were not seen, of the classes in turn.
func reviews(key rng.K, n int, seen map[string]bool) (list []LabelledSentence) {
	for i := uint64(0); len(list) < n; i++ {
		p := &proseWriter{grammar: reviewGrammar, key: key.Sub(i)}
		label := len(list) % 2
		if text := p.review(label == 1); !seen[text] {
			seen[text] = true
			list = append(list, LabelledSentence{text, int64(label)})
		}
	}
	return list
}

// review writes one review, words and signs with a space between them.
func (p *proseWriter) review(good bool) string {
	text := p.verdict(good)
	if p.happens(30) {
		way := p.expand("contrast")
		text = strings.NewReplacer("VERDICT", text, "REMARK", p.verdict(!good)).Replace(way)
	}
	if p.happens(50) {
		text = p.expand("opening") + " " + text
	}
	text += " ."
	if p.happens(30) {
		text += " " + p.expand("closing")
	}
	return text
}

// verdict writes a clause that praises or blames, one in five by denying the opposite.
func (p *proseWriter) verdict(good bool) string {
	switch denies := p.happens(20); {
	case denies && good:
		return p.expand("notblame")
	case denies:
		return p.expand("notpraise")
	case good:
		return p.expand("praise")
	}
	return p.expand("blame")
}

// happens reports what has so many chances in a hundred.
func (p *proseWriter) happens(percent int) bool {
	p.drawn++
	return p.key.IntN(p.drawn-1, 100) < percent
}

// reviewGrammar is as [proseGrammar].
var reviewGrammar = func() map[string][]string {
	g := map[string][]string{
		"contrast": {
			"REMARK , but VERDICT", "although REMARK , VERDICT", "VERDICT , although REMARK",
			"REMARK , yet VERDICT", "VERDICT , even if REMARK", "even if REMARK , VERDICT",
		},
		"opening": {
			"i saw this film $when .", "it is a film about $whom .", "a $kind about $whom :", "in this $kind ,",
			"they made a $kind about $whom .", "to me ,", "two hours about $whom ;",
		},
		"closing": {
			"i saw it $when .", "it lasts two hours .", "it is a $kind about $whom .", "the director also wrote it .",
			"they showed it $when .",
		},
		"part": strings.Fields(`plot lead story score script ending dialogue cast picture hero pace villain beginning
			title`),
		"kind": strings.Fields(`comedy drama thriller western musical sequel remake mystery`),
		"whom": {"a family", "two brothers", "a teacher", "a war", "a robbery", "a young painter", "a city", "love",
			"a lawyer", "three friends"},
		"when": {"on monday", "last night", "with my family", "in the cinema", "on a plane", "twice", "at home"},
		"praising": strings.Fields(`great funny fine charming moving clever brilliant warm fresh gripping witty lovely
			powerful touching wonderful superb`),
		"blaming": strings.Fields(`dull bad boring weak silly tedious lazy flat clumsy stale dreary tiresome pointless
			shallow messy bland`),
	}
	says := []string{"the $part is WORD", "it has a WORD $part", "a WORD $part", "i find the $part WORD",
		"the $part is WORD from begin to end", "what a WORD $part"}
	denies := []string{"the $part is not WORD", "it does not have a WORD $part", "the $part is never WORD",
		"nobody could call the $part WORD", "there is nothing WORD about the $part", "the $part is far from WORD"}
	maps.Copy(g, map[string][]string{
		"praise": about(says, "$praising"), "blame": about(says, "$blaming"),
		"notpraise": about(denies, "$praising"), "notblame": about(denies, "$blaming"),
	})
	return g
}()

// about puts a symbol into the ways of a clause.
func about(ways []string, symbol string) []string {
	list := make([]string, len(ways))
	for i, way := range ways {
		list[i] = strings.ReplaceAll(way, "WORD", symbol)
	}
	return list
}
