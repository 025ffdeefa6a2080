package corpus

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestBackTranslation: about the share of the texts is said anew, both ways, by seeds of their own; the rest, all at a
// share of 0, is what it was; and all is a function of (seed, epoch, number).
func TestBackTranslation(t *testing.T) {
	seeds := map[uint64]bool{}
	noted := func(suffix string) Translate {
		return func(text string, seed uint64) (string, error) {
			seeds[seed] = true
			return text + suffix, nil
		}
	}
	for _, share := range []float64{0, .3, 1} {
		b := BackTranslation{Through: noted("→"), Back: noted("←"), Share: share}
		clear(seeds)
		anew, n := 0, 0
		for epoch := range 5 {
			for number := range 200 {
				got, err := b.Of("text", 7, epoch, number)
				again, _ := b.Of("text", 7, epoch, number)
				switch n++; {
				case err != nil || got != again:
					t.Fatalf("%q, and then %q: %v", got, again, err)
				case got == "text→←":
					anew++
				case got != "text":
					t.Fatalf("got %q", got)
				}
			}
		}
		if want := share * float64(n); math.Abs(float64(anew)-want) > 60 || share == math.Trunc(share) &&
			float64(anew) != want {
			t.Errorf("share %v: %d of %d are said anew", share, anew, n)
		}
		if len(seeds) != 2*anew {
			t.Errorf("share %v: %d seeds for %d translations", share, len(seeds), 2*anew)
		}
	}
	if got, err := (BackTranslation{}).Of("text", 1, 2, 3); got != "text" || err != nil {
		t.Errorf("the zero value gives %q, %v", got, err)
	}
	mute := func(string, uint64) (string, error) { return " \n", nil }
	b := BackTranslation{Through: noted("→"), Back: mute, Share: 1}
	if got, err := b.Of("text", 1, 2, 3); got != "text" || err != nil {
		t.Errorf("of a translator with nothing to say: %q, %v", got, err)
	}
}

// TestBackTranslationRefused: what makes no sense is an error, and so is what a translator refuses.
func TestBackTranslationRefused(t *testing.T) {
	same := func(text string, _ uint64) (string, error) { return text, nil }
	failed := errors.New("no such word")
	fails := func(string, uint64) (string, error) { return "", failed }
	for _, c := range []struct {
		b    BackTranslation
		want string
	}{
		{BackTranslation{same, same, math.NaN()}, "Share is NaN, want a share of the texts, 0 to 1"},
		{BackTranslation{same, same, 1.5}, "Share is 1.5"},
		{BackTranslation{nil, same, 1}, "there is no Through"},
		{BackTranslation{same, nil, 1}, "there is no Back"},
		{BackTranslation{fails, same, 1}, "through: no such word"},
		{BackTranslation{same, fails, 1}, "back: no such word"},
	} {
		_, err := c.b.Of("text", 0, 0, 0)
		if err == nil || !strings.HasPrefix(err.Error(), "back-translation: "+c.want) ||
			strings.HasSuffix(c.want, "word") != errors.Is(err, failed) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
