// This file holds Text, one long text that a model learns to go on with.

package corpus

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// Text is a data set for models of language: the text that a model learns from, the text that it is measured on, and
// the characters of both.
type Text struct {
	Name        string
	Train, Test string
	Vocabulary  data.Vocabulary
}

// NewText parts a text into its first nine tenths, to train on, and the rest, to test with: a passage that the model
// has not seen.
func NewText(name, text string) Text {
	at := utf8.RuneCountInString(text) * 9 / 10
	cut := len(text)
	for i := range text {
		if at == 0 {
			cut = i
			break
		}
		at--
	}
	return Text{Name: name, Train: text[:cut], Test: text[cut:], Vocabulary: data.NewVocabulary(text)}
}

// Streams returns the numbers of both parts' characters. It is an error when the vocabulary, which may have come with
// a model's weights, lacks one of them.
func (t Text) Streams() (train, test data.Stream, err error) {
	if train.IDs, err = t.Vocabulary.Encode(t.Train); err != nil {
		return data.Stream{}, data.Stream{}, fmt.Errorf("%s: training part: %w", t.Name, err)
	}
	if test.IDs, err = t.Vocabulary.Encode(t.Test); err != nil {
		return data.Stream{}, data.Stream{}, fmt.Errorf("%s: test part: %w", t.Name, err)
	}
	return train, test, nil
}

// ReadText reads a file of text in UTF-8, without the byte order mark that it may begin with. Whatever is no text is
// [data.ErrDamaged], with the offset: a byte that is no UTF-8, a zero byte, and more than 256 MiB.
func ReadText(path string) (string, error) { return read.Text(path, read.MaxText) }

// OpenText returns the text of a name that [data.Sources] lists, or of a file, as [ReadText] and [NewText] make it.
// log is as that of [data.OpenImages].
func OpenText(ctx context.Context, source string, log func(format string, args ...any)) (Text, error) {
	isName, err := read.LookUp(ctx, source, "text", "file")
	switch {
	case err != nil:
		return Text{}, err
	case isName:
		return Prose(0), nil
	}
	text, err := ReadText(source)
	if err != nil {
		return Text{}, err
	}
	t := NewText(read.BaseName(source), text)
	if utf8.RuneCountInString(t.Train) < 2 || utf8.RuneCountInString(t.Test) < 2 {
		return Text{}, read.Damage(fmt.Sprintf("%s: too short a text to learn from (%d characters)", source,
			utf8.RuneCountInString(text)))
	}
	return t, nil
}
