// This file holds Rewording, which varies texts as a model learns from them.

package corpus

import (
	"fmt"

	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/internal/settings"
)

// Rewording says how the words of a text vary from epoch to epoch, so that a model that learns from few texts sees
// more. The zero value leaves them as they are. Of n words, in this order,
//
//	Replace·n  become another word of the Synonyms, of those that have some
//	Insert·n   times a synonym of one of the words is put in at any place
//	Swap·n     times two words change places
//	Delete     is the probability with which a word is left out; one stays at least
//
// A number of words that is no whole one is rounded up or down by draw, so that short texts vary too. What a text says
// may suffer: look at some views, and stay small.
//
// Wei and Zou, "EDA: easy data augmentation techniques for boosting performance on text classification tasks", EMNLP
// 2019, do one of the four to a sentence, and find that 0.05 to 0.1 is good for each.
type Rewording struct {
	Replace, Insert, Swap, Delete float64
	Synonyms                      Synonyms // for Replace and Insert
}

// UsualReplace is the share of the words that [ParseRewording] replaces where only synonyms are given.
const UsualReplace = .1

// Check reports a field that makes no sense.
func (r Rewording) Check() error {
	for _, f := range []struct {
		name  string
		v     float64
		needs bool
	}{{"Replace", r.Replace, true}, {"Insert", r.Insert, true}, {"Swap", r.Swap, false}, {"Delete", r.Delete, false}} {
		switch {
		case !(f.v >= 0 && f.v <= 1):
			return fmt.Errorf("rewording: %s is %v, want a share of the words, 0 to 1", f.name, f.v)
		case f.needs && f.v > 0 && r.Synonyms.Len() == 0:
			return fmt.Errorf("rewording: %s is %v, but there are no synonyms", f.name, f.v)
		}
	}
	return nil
}

// Of returns the words of a text as they are in an epoch, if it is the example of this number: a function of (seed,
// epoch, number) alone. What it is given it leaves as it is. It panics where the Rewording makes no sense.
func (r Rewording) Of(words []string, seed uint64, epoch, number int) []string {
	if err := r.Check(); err != nil {
		panic("corpus: " + err.Error())
	}
	key := rng.Key(seed, rng.HashString("data.reword")).Sub(uint64(epoch)).Sub(uint64(number))
	text := rewritten{append([]string(nil), words...), key}
	text.replace(r.Synonyms, text.times(0, r.Replace))
	text.insert(r.Synonyms, text.times(1, r.Insert))
	text.swap(text.times(2, r.Swap))
	text.delete(r.Delete)
	return text.words
}

// rewritten is a text under way.
type rewritten struct {
	words []string
	key   rng.K
}

// times is how often something is done that is done to a share of the words: draw i says how it is rounded.
func (t *rewritten) times(i uint64, share float64) int {
	var u [1]float64
	rng.Uniform(u[:], t.key, i)
	return int(share*float64(len(t.words)) + u[0])
}

// known are the places of the words that have synonyms.
func (t *rewritten) known(s Synonyms) (places []int) {
	for i, word := range t.words {
		if s.count(word) > 0 {
			places = append(places, i)
		}
	}
	return places
}

// replace puts synonyms in the place of n words.
func (t *rewritten) replace(s Synonyms, n int) {
	if n == 0 {
		return
	}
	key, places := t.key.Sub(0), t.known(s)
	order := make([]int, len(places))
	rng.Permute(order, key.Sub(0))
	for i, k := range order[:min(n, len(order))] {
		at := places[k]
		t.words[at] = s.nth(t.words[at], key.IntN(uint64(i), s.count(t.words[at])))
	}
}

// insert puts a synonym of a word anywhere, n times.
func (t *rewritten) insert(s Synonyms, n int) {
	if n == 0 {
		return
	}
	key, places := t.key.Sub(1), t.known(s)
	if len(places) == 0 {
		return
	}
	var more []string
	for i := range uint64(n) {
		word := t.words[places[key.IntN(3*i, len(places))]]
		more = append(more, s.nth(word, key.IntN(3*i+1, s.count(word))))
	}
	for i, word := range more {
		at := key.IntN(3*uint64(i)+2, len(t.words)+1)
		t.words = append(t.words, "")
		copy(t.words[at+1:], t.words[at:])
		t.words[at] = word
	}
}

// swap lets two words change places, n times.
func (t *rewritten) swap(n int) {
	key, all := t.key.Sub(2), len(t.words)
	if all < 2 {
		return
	}
	for i := range uint64(n) {
		a := key.IntN(2*i, all)
		b := (a + 1 + key.IntN(2*i+1, all-1)) % all // another
		t.words[a], t.words[b] = t.words[b], t.words[a]
	}
}

// delete leaves each word out with a probability, and one in if none would be left.
func (t *rewritten) delete(p float64) {
	if p == 0 || len(t.words) == 0 {
		return
	}
	key := t.key.Sub(3)
	u := make([]float64, len(t.words))
	rng.Uniform(u, key.Sub(0), 0)
	last := t.words[key.IntN(0, len(t.words))]
	kept := t.words[:0]
	for i, word := range t.words {
		if u[i] >= p {
			kept = append(kept, word)
		}
	}
	if t.words = kept; len(kept) == 0 {
		t.words = append(t.words, last)
	}
}

// ParseRewording reads a Rewording as it is written on a command line, such as "swap=.1,delete=.1,synonyms=FILE". The
// file is read as [ReadSynonyms] does; without replace and insert, [UsualReplace] of the words are then replaced.
func ParseRewording(text string) (Rewording, error) {
	var r Rewording
	file := ""
	s := r.settings()
	s.Words = map[string]*string{"synonyms": &file}
	if err := s.Parse("rewording", text); err != nil {
		return Rewording{}, err
	}
	if file != "" {
		var err error
		if r.Synonyms, err = ReadSynonyms(file); err != nil {
			return Rewording{}, err
		}
		if r.Replace == 0 && r.Insert == 0 {
			r.Replace = UsualReplace
		}
	}
	return r, r.Check()
}

// RewordingKeys lists what [ParseRewording] knows, in the order of the alphabet.
func RewordingKeys() []string {
	s := new(Rewording).settings()
	s.Words = map[string]*string{"synonyms": nil}
	return s.Keys()
}

// settings are the keys of a Rewording as they are written, and what they stand for.
func (r *Rewording) settings() settings.Settings {
	return settings.Settings{Numbers: map[string]*float64{"replace": &r.Replace, "insert": &r.Insert, "swap": &r.Swap,
		"delete": &r.Delete}}
}
