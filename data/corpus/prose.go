// This file holds the built-in text, which a small grammar writes.

package corpus

import (
	"strings"

	"github.com/stheno-ml/stheno/internal/rng"
)

// proseLength is the number of bytes after which the text ends with its paragraph.
const proseLength = 250_000

// Prose returns the built-in text: some 250,000 characters of English-like sentences in paragraphs, without sense but
// with grammar, a few hundred words, commas, questions and speech. It needs no file: a context-free grammar writes it
// by random choices, which are a function of the seed. As in a language some words are much more frequent than
// others: of the ways to go on, each list's first ones are chosen most.
//
// A model of characters soon learns the spaces and the frequent words, then the rare ones and the order of words. By
// counts of the training part, smoothed as Witten and Bell (1991) do, a character of the test part has 3.0 nats
// without its past, 2.1 after the last character and 0.7 after the last six. The grammar itself leaves [ProseEntropy].
func Prose(seed uint64) Text {
	p := &proseWriter{grammar: proseGrammar, key: rng.Key(seed, rng.HashString("data.prose"))}
	for p.out.Len() < proseLength {
		p.paragraph()
	}
	return NewText("prose", p.out.String())
}

// ProseEntropy is that of [Prose] in nats a character, by which the loss of a model of language is to be judged: the
// loss on a text that is new to it comes near it, and not below. It is the entropy of the grammar's choices by the
// mean length of what they write. The true probabilities come to 0.464 on the test part, whatever was written in
// more than one way being counted once.
const ProseEntropy = .461

// A proseWriter is a text while it is written, and the grammar and the random numbers it is written by.
type proseWriter struct {
	grammar map[string][]string
	key     rng.K
	drawn   uint64 // random numbers used
	out     strings.Builder
}

// below returns an integer in [0, n), small ones more often: the smaller of two uniform draws.
func (p *proseWriter) below(n int) int {
	p.drawn += 2
	return min(p.key.IntN(p.drawn-2, n), p.key.IntN(p.drawn-1, n))
}

func (p *proseWriter) paragraph() {
	for i := range 2 + p.below(7) {
		if i > 0 {
			p.out.WriteByte(' ')
		}
		p.out.WriteString(polish(p.expand("sentence")))
	}
	p.out.WriteString("\n\n")
}

// expand writes a symbol of the grammar as words: one way to write it is chosen, and the symbols in that, which begin
// with a dollar, are expanded.
func (p *proseWriter) expand(symbol string) string {
	ways := p.grammar[symbol]
	var b strings.Builder
	for i, word := range strings.Split(ways[p.below(len(ways))], "$") {
		if i == 0 {
			b.WriteString(word)
			continue
		}
		end := strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' })
		if end < 0 {
			end = len(word)
		}
		b.WriteString(p.expand(word[:end]) + word[end:])
	}
	return b.String()
}

// polish begins a sentence with a capital, a sentence of speech too, and writes "an" before a vowel.
func polish(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if w == "a" && i+1 < len(words) && strings.ContainsRune("aeiou", rune(words[i+1][0])) {
			words[i] = "an"
		}
		if i == 0 || strings.HasPrefix(w, `"`) {
			at := len(w) - len(strings.TrimLeft(w, `"`))
			words[i] = words[i][:at] + strings.ToUpper(words[i][at:at+1]) + words[i][at+1:]
		}
	}
	return strings.Join(words, " ")
}

// proseGrammar lists the ways to write each symbol, the frequent ones first. All is told in the past, in which a verb
// has one form for one and for many.
var proseGrammar = map[string][]string{
	"sentence": {
		"$someone $did.", "$someone $did, and $someone $did.", "$when, $someone $did.",
		"$someone $did, but $someone $did.",
		`"$speech," said $name.`, "$where there was $thing.", "$when $someone $did, for $someone $did.",
		`$name asked, "$question?"`, "$someone who $did was $feeling.", "$many $acted $where.",
		`"$speech!" cried $someone.`, "it was $feeling $where; $someone $did.",
		"if $someone $did, $someone would $act.",
	},
	"speech": {
		"I $did", "we must $act", "$someone $did", "you $did $when", "there is no $noun $where", "let us $act",
		"I have never seen $thing", "do not $act",
	},
	"question": {"where is $thing", "who $did", "why did you $act", "did $someone $act", "what can we do with $thing"},
	"someone": {
		"the $person", "$name", "the $quality $person", "a $person", "she", "he", "they", "a $quality $person",
		"the $person of $place", "$name and $name", "nobody",
	},
	"whom": {"the $person", "$name", "the $quality $person", "a $person", "everybody", "$name and the $person"},
	"did": {
		"$went $where", "$took $thing", "$went $how $where", "$took $thing and $went $where", "was $feeling",
		"$acted $how", "$acted", "$gave $thing to $whom", "$thought that $someone $did", "had $taken $thing $when",
	},
	"thing": {
		"the $noun", "a $noun", "the $quality $noun", "a $quality $noun", "the $noun of $whom",
		"two $many and a $noun", "every $noun $where", "some $many",
	},
	"where": {
		"in the $space", "near the $space", "at $place", "behind the $quality $space", "under the $space",
		"beyond $place", "on the way to $place", "between the $space and the $space",
	},
	"place": {"the $space", "$town", "the $quality $space"},
	"when": {
		"in the morning", "at night", "then", "one day", "in the $season", "after the $noun", "before the $season",
		"at last", "when the $noun was $feeling", "for a long time", "at the end of the $season", "once",
		"two days later",
	},
	"how": {"slowly", "quickly", "without a word", "quietly", "alone", "with $thing", "again", "gladly",
		"in silence"},
	"person": prosePersons, "name": proseNames, "noun": proseNouns, "many": proseMany, "space": proseSpaces,
	"town": proseTowns, "season": proseSeasons, "quality": proseQualities, "feeling": proseFeelings, "went": proseWent,
	"took": proseTook, "taken": proseTaken, "gave": proseGave, "acted": proseActed, "act": proseAct,
	"thought": proseThought,
}

// The words of the grammar, by what they do in a sentence.
var (
	prosePersons = strings.Fields(`man woman captain child doctor king teacher sailor farmer queen miller painter baker
		stranger soldier hunter shepherd widow clerk gardener neighbour carpenter priest merchant servant weaver`)
	proseNames = strings.Fields(`Anna John Mary Peter Martha Thomas Clara Simon Alice Henry Julia Robert Helen Edward
		Agnes Walter Ruth Oliver`)
	proseNouns = strings.Fields(`book lamp letter horse boat key stone hat clock knife rope apple map song coat door
		candle picture bell bread basket ring chair mirror flag storm wheel cup ladder blanket hammer story lantern
		compass umbrella egg orange axe`)
	proseMany = strings.Fields(`birds children people stars ships horses leaves letters trees soldiers wolves clouds
		sheep bees travellers voices`)
	proseSpaces = strings.Fields(`house garden river forest village sea hill road harbour kitchen town field bridge
		mountain valley church island market tower mill library stable orchard cellar lake school`)
	proseTowns     = strings.Fields(`Ashford Millbrook Westgate Northam Oakley Thornbury Redcliff Harwick`)
	proseSeasons   = strings.Fields(`winter summer evening spring autumn rain harvest war`)
	proseQualities = strings.Fields(`old little great young white dark poor long green small strange red good
		cold empty silver quiet tall heavy broken golden blind clever honest narrow early ancient ugly iron`)
	proseFeelings = strings.Fields(`happy cold tired alone afraid late silent ready sad angry hungry lost sorry warm
		glad ill asleep awake proud`)
	proseWent = strings.Fields(`went came walked ran waited stood sat lived turned slept travelled looked worked stayed
		climbed rested wandered sailed`)
	proseTook = strings.Fields(`took saw found had lost made carried bought wanted opened kept heard sold remembered
		broke painted followed needed mended hid stole dropped watched`)
	proseTaken = strings.Fields(`seen taken lost found sold kept broken hidden bought carried forgotten painted stolen
		mended`)
	proseGave    = strings.Fields(`gave showed brought sent sold promised carried handed`)
	proseActed   = strings.Fields(`laughed spoke listened sang wept smiled slept rose danced answered shouted prayed`)
	proseAct     = strings.Fields(`go wait speak sleep listen sing work stay leave run look begin return laugh fight`)
	proseThought = strings.Fields(`thought said knew believed hoped feared heard dreamt`)
)
