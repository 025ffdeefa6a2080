package metrics

import (
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestBLEU: scores are sacreBLEU's, from its test/test_bleu.py and from the numbers by hand.
func TestBLEU(t *testing.T) {
	sentences := []string{"The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."}
	references := [][]string{
		{"The dog bit the man.", "It was not unexpected.", "The man bit him first."},
		{"The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."},
	}
	one := func(s string) []string { return []string{s} }
	for _, c := range []struct {
		name       string
		b          BLEU
		sentences  []string
		references [][]string
		want       float64
	}{
		{"the set of its README", BLEU{}, sentences, references, 48.530827},
		{"the same, cut by spaces", BLEU{Tokens: strings.Fields}, sentences, references, 49.1919566},
		{"the same, of single words", BLEU{Order: 1}, sentences, references, 77.65},
		{"the same, of two words at most", BLEU{Order: 2}, sentences, references, 60.50},
		{"nothing at all", BLEU{}, []string{"", "", ""}, references, 0},
		{"all", BLEU{}, one("this is a test"), [][]string{one("this is a test")}, 100},
		{"a word less than the reference, of effective order", BLEU{Floor: .01, Effective: true}, one("test"),
			[][]string{one("a test")}, 36.78794411714425},
		{"a word more", BLEU{Floor: .01, Effective: true}, one("a little test"), [][]string{one("a test")},
			3.218297948685433},
		{"another word", BLEU{Floor: .01, Effective: true}, one("this is a fest"), [][]string{one("this is a test")},
			22.3606797749979},
		{"a floor of a tenth", BLEU{Floor: .1}, one("am I am a character sequence"),
			[][]string{one("I am a symbol string sequence a a")}, 15.55722182},
		{"no run of four, which is halved", BLEU{}, one("am I am a character sequence"), // .7165·(4/6·2/5·1/4·1/6)^¼
			[][]string{one("I am a symbol string sequence a a")},
			100 * math.Exp(1-8./6) * math.Pow(4./6*2/5/4/6, .25)},
		{"three words have no run of four", BLEU{}, one("a b c"), [][]string{one("a b c")}, 0},
	} {
		got, err := c.b.Score(c.sentences, c.references...)
		digits := 1e-5
		if c.b.Order > 0 {
			digits = 5e-3 // as they are given
		}
		if err != nil || math.Abs(got-c.want) > digits {
			t.Errorf("%s: %.7f, want %.7f (%v)", c.name, got, c.want, err)
		}
	}
	counts := runs{matches: []int{9, 7, 5, 3}, all: []int{10, 8, 6, 4}, words: 11, reference: 11}
	if got := (BLEU{}).score(counts); math.Abs(got-83.75922397) > 1e-6 {
		t.Errorf("of its counts it is %.7f, want 83.7592240", got)
	}
}

// TestBLEUTokens: texts are cut as sacreBLEU does.
func TestBLEUTokens(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		cut              func(string) []string
	}{
		{"signs stand alone", "It's (almost) done: 50%!", "It's ( almost ) done : 50 % !", Tokens13a},
		{"a dot ends a sentence, and is part of a number", "Pi is 3.14, or 1,000.",
			"Pi is 3.14 , or 1,000 .", Tokens13a},
		{"a dash belongs to a word, and not to a number", "well-known 1-2", "well-known 1 - 2", Tokens13a},
		{"a word that goes on in the next line", "a trans-\nlation\nof it-", "a translation of it-", Tokens13a},
		{"entities", "&quot;a&quot; &amp; b &lt;c&gt;", `" a " & b < c >`, Tokens13a},
		{"Chinese is cut into characters", "我喜欢Go。 OK，好", "我 喜 欢 Go 。 OK ， 好", TokensZh},
		{"and by 13a it is not", "我喜欢", "我喜欢", Tokens13a},
	} {
		if got := strings.Join(c.cut(c.text), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestBLEUMisused: what is no set of translations is an error.
func TestBLEUMisused(t *testing.T) {
	for _, c := range []struct {
		want       string
		b          BLEU
		sentences  []string
		references [][]string
	}{
		{"bleu: there are 0 sentences and 1 references, want at least one of each", BLEU{}, nil, [][]string{{}}},
		{"bleu: there are 1 sentences and 0 references", BLEU{}, []string{"a"}, nil},
		{"bleu: reference 1 has 2 sentences, want 1", BLEU{}, []string{"a"}, [][]string{{"a"}, {"a", "b"}}},
		{"bleu: Order is -1", BLEU{Order: -1}, []string{"a"}, [][]string{{"a"}}},
		{"bleu: Order is 1125899906842624", BLEU{Order: 1 << 50}, []string{"a"}, [][]string{{"a"}}},
		{"bleu: Order is 0 and Floor NaN", BLEU{Floor: math.NaN()}, []string{"a"}, [][]string{{"a"}}},
	} {
		if _, err := c.b.Score(c.sentences, c.references...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// A translation is as good as the runs of words that it shares with those of people.
func ExampleBLEU() {
	references := []string{"the cat sits on the mat .", "there is a dog in the garden ."}
	score, err := BLEU{}.Score([]string{"the cat sits on a mat .", "a dog is in the garden ."}, references)
	if err != nil {
		log.Fatal(err)
	}
	reversed := slices.Clone(references)
	slices.Reverse(reversed)
	worse, err := BLEU{}.Score(reversed, references)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f %.1f\n", score, worse)
	// Output: 46.4 4.2
}
