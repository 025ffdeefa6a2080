// This file holds what the kinds have in common whose examples vary from epoch to epoch.

package kinds

import (
	"context"
	"iter"
	"os"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/train"
)

// Augmented is the kind that learns from texts that are reworded.
func (k Sentences) Augmented(text string) (kind.Kind, error) {
	by, err := corpus.ParseRewording(text)
	k.reword = &by
	return k, err
}

// Augmented is the kind that learns from texts that are reworded.
func (k Finetuned) Augmented(text string) (kind.Kind, error) {
	by, err := corpus.ParseRewording(text)
	k.reword = &by
	return k, err
}

// knownIn is a rewording by the synonyms that the vocabulary of texts has. It is an error if it has none of them.
func knownIn(l corpus.Labelled, by *corpus.Rewording, log func(string, ...any)) (*corpus.Rewording, error) {
	if by == nil || by.Synonyms.Len() == 0 {
		return by, nil
	}
	known := *by
	known.Synonyms = by.Synonyms.In(l.Words)
	if known.Synonyms.Len() == 0 {
		return nil, kind.Misfit("%s: of no line of the synonyms two words are in the vocabulary", l.Name)
	}
	log("%s: %d of %d words of the synonyms are in the vocabulary", l.Name, known.Synonyms.Len(), by.Synonyms.Len())
	return &known, nil
}

// varying are labelled texts that a model learns from.
type varying struct {
	corpus.Labelled
	learn data.Sequences            // the numbers of their words, as the model reads them
	step  int                       // lengths are multiples of it
	by    *corpus.Rewording         // nil for the texts as they are
	read  func(ids []int64) []int64 // what the model reads of the numbers of a text
}

// source are the batches to train on.
func (v varying) source(batch int, seed uint64) train.Source {
	if v.by == nil {
		return withoutLengths{v.learn.Bucketed(batch, v.step, seed)}
	}
	texts := make([][]string, len(v.Train))
	for i, s := range v.Train {
		texts[i] = v.Words.Split(s.Text)
	}
	return reworded{withoutLengths{v.learn.Varied(batch, v.step, seed, func(epoch, i int) []int64 {
		return v.read(v.Words.Numbers(v.by.Of(texts[i], seed, epoch, i)))
	})}, v.by.Synonyms}
}

// reworded is a source of texts that vary by synonyms, which are data, too.
type reworded struct {
	withoutLengths
	by corpus.Synonyms
}

// Held gives the texts, and the letters of the synonyms.
func (s reworded) Held() iter.Seq[graph.Tensor] {
	return func(yield func(graph.Tensor) bool) {
		for t := range s.withoutLengths.Held() {
			if !yield(t) {
				return
			}
		}
		var letters []int64
		for _, r := range s.by.String() {
			letters = append(letters, int64(r))
		}
		yield(graph.FromInt64(letters, len(letters)))
	}
}

// RewordedText is a text and views of it.
type RewordedText struct {
	Text  string   `json:"text"`
	Views []string `json:"views"`
}

// Reworded are some texts from all over a list, and views of each: those of the first epochs of a training that learns
// from the list. The words are those of a vocabulary.
func Reworded(texts []string, words data.Words, by corpus.Rewording, lines, views int, seed uint64) []RewordedText {
	var all []RewordedText
	for _, number := range spread(len(texts), lines) {
		text, one := words.Split(texts[number]), RewordedText{Text: texts[number]}
		for epoch := range views {
			one.Views = append(one.Views, words.Join(by.Of(text, seed, epoch, number)))
		}
		all = append(all, one)
	}
	return all
}

// spread are so many numbers below n, from all over them.
func spread(n, lines int) (numbers []int) {
	lines = min(lines, n)
	for i := range lines {
		number := i * n / lines
		if n >= lines*lines { // where classes come by turns, it is not always the same
			number += i
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// TextsOf are the texts of a source, those to train on of a known name or of a folder with a file for each class, and
// else those of a file, with the vocabulary that cuts them into words.
func TextsOf(ctx context.Context, source string, log func(string, ...any)) ([]string, data.Words, error) {
	if isFile(source) {
		texts, err := corpus.ReadSentences(source, corpus.Options{})
		return texts, data.NewWords(nil, ByWord), err
	}
	l, err := corpus.OpenLabelled(ctx, source, corpus.Options{}, log)
	if err != nil {
		return nil, data.Words{}, err
	}
	split := ByWord
	if l.Name == "languages" { // of names
		split = ByCharacter
	}
	return textsOf(l.Train), data.NewWords(nil, split), nil
}

// isFile reports a file, which is no folder.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
