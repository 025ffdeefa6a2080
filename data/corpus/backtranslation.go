// This file holds BackTranslation, which says texts anew by way of another language.

package corpus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/internal/rng"
)

// A Translate says a text in another language. What it draws, if it draws, is a function of the seed.
type Translate func(text string, seed uint64) (string, error)

// BackTranslation says texts anew: by way of another language, there and back again. Where several words of one
// language are one of the other, or a translator draws its words, what comes back says about the same in other words.
//
//	text → Through → Back
//
// The zero value leaves texts as they are. As a training reads them, with [data.Sequences.Varied], it is
//
//	vary := func(epoch, i int) []int64 { … by.Of(texts[i], seed, epoch, i) … }
//
// Sennrich, Haddow and Birch, "Improving neural machine translation models with monolingual data", ACL 2016, translate
// back to learn translation; as augmentation it is that of Yu et al., "QANet", ICLR 2018. That words which are drawn,
// and not the likeliest ones, teach more is found by Edunov et al., "Understanding back-translation at scale", EMNLP
// 2018.
type BackTranslation struct {
	Through Translate // into the other language
	Back    Translate // and from there
	Share   float64   // the share of the texts of an epoch that are said anew; 0 for none
}

// Check reports a share that makes no sense, and one above 0 without two translators.
func (b BackTranslation) Check() error {
	switch {
	case !(b.Share >= 0 && b.Share <= 1):
		return fmt.Errorf("back-translation: Share is %v, want a share of the texts, 0 to 1", b.Share)
	case b.Share > 0 && b.Through == nil:
		return errors.New("back-translation: there is no Through, which translates into another language")
	case b.Share > 0 && b.Back == nil:
		return errors.New("back-translation: there is no Back, which translates from the other language")
	}
	return nil
}

// Of returns a text as it is in an epoch, if it is the example of this number: a function of (seed, epoch, number) and
// the translators alone. Where a translator has nothing to say, the text stays as it is. An error says which of both
// failed, and is theirs.
func (b BackTranslation) Of(text string, seed uint64, epoch, number int) (string, error) {
	if err := b.Check(); err != nil {
		return "", err
	}
	key := rng.Key(seed, rng.HashString("data.backtranslation")).Sub(uint64(epoch)).Sub(uint64(number))
	if float64(key.Uint32x4(0)[0])/(1<<32) >= b.Share {
		return text, nil
	}
	said := text
	for i, way := range []struct {
		name string
		Translate
	}{{"through", b.Through}, {"back", b.Back}} {
		next, err := way.Translate(said, key.Uint64(uint64(1+i)))
		switch {
		case err != nil:
			return "", fmt.Errorf("back-translation: %s: %w", way.name, err)
		case strings.TrimSpace(next) == "":
			return text, nil
		}
		said = next
	}
	return said, nil
}
