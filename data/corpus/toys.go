// This file holds the built-in pairs of sequences: sums, and letters to turn round or to sort.

package corpus

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Sums returns the built-in pairs of arithmetic: 10,000 sums such as 512+79 to learn from and 1000 to test with, of
// two numbers uniform from 0 to 999, and their results. Words are characters. It needs no file; all is a function of
// the seed. A sum of the test part is not in the training part, nor the other way round as 79+512.
//
// The result is right if all its digits are. The most frequent result is right for 0.3 % of the test part, and adding
// the digits without a carry for 17 %.
func Sums(seed uint64) Parallel {
	return toyPairs("sums", seed, 10_000, 1000, func(key rng.K) (Pair, string) {
		a, b := key.IntN(0, 1000), key.IntN(1, 1000)
		return Pair{fmt.Sprintf("%d+%d", a, b), fmt.Sprint(a + b)}, fmt.Sprint(min(a, b), "+", max(a, b))
	})
}

// Reverse returns the built-in pairs of which the target is the source from its end to its begin: 4 to 16 letters of a
// to j, 20,000 pairs to learn from and 1000 to test with, of which none is in both parts. Words are characters. It
// needs no file; all is a function of the seed.
//
// Where a letter stands decides all, and what it is nothing: the first letter of the target is known when the source
// has ended only. A model without attention must keep the whole of it in its state. A guess is right for one letter
// in ten.
func Reverse(seed uint64) Parallel {
	return toyPairs("reverse", seed, 20_000, 1000, func(key rng.K) (Pair, string) {
		source := letters(key)
		target := slices.Clone(source)
		slices.Reverse(target)
		return Pair{string(source), string(target)}, string(source)
	})
}

// Sort returns the built-in pairs of which the target has the letters of the source in the order of the alphabet: 4 to
// 16 letters of a to j, 20,000 pairs to learn from and 1000 to test with. Words are characters. It needs no file; all
// is a function of the seed. No target is in both parts, so that it cannot be known by heart.
//
// Where a letter stands decides nothing, and how often it occurs all: a model may count. The target's n-th letter is
// the n-th of ten evenly spread ones for about three in eight.
func Sort(seed uint64) Parallel {
	return toyPairs("sort", seed, 20_000, 1000, func(key rng.K) (Pair, string) {
		source := letters(key)
		target := slices.Sorted(slices.Values(source))
		return Pair{string(source), string(target)}, string(target)
	})
}

// letters are 4 to 16 letters of a to j.
func letters(key rng.K) []byte {
	list := make([]byte, 4+key.IntN(0, 13))
	for i := range list {
		list[i] = "abcdefghij"[key.IntN(uint64(i)+1, 10)]
	}
	return list
}

// toyPairs makes pairs of different keys: the first of them are learnt from, the others tested with.
func toyPairs(name string, seed uint64, train, test int, make func(rng.K) (pair Pair, key string)) Parallel {
	key := rng.Key(seed, rng.HashString("data."+name))
	p := Parallel{Name: name}
	seen := map[string]bool{}
	for i := uint64(0); len(p.Test) < test; i++ {
		pair, unique := make(key.Sub(i))
		switch {
		case seen[unique]:
			continue
		case len(p.Train) < train:
			p.Train = append(p.Train, pair)
		default:
			p.Test = append(p.Test, pair)
		}
		seen[unique] = true
	}
	o := data.WordOptions{Split: data.ByCharacter}
	p.Source = data.NewWords(sides(p.Train, Pair.source), o)
	p.Target = data.NewWords(sides(p.Train, Pair.target), o)
	return p
}
