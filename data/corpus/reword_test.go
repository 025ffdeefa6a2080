package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/rng"
)

// thesaurus has two groups, of which one word is in both.
func thesaurus() Synonyms {
	return NewSynonyms([][]string{{"good", "fine", "great"}, {"dull", "boring"}, {"fine", "thin", "thin"}, {"alone"}})
}

func TestSynonyms(t *testing.T) {
	s := thesaurus()
	for word, want := range map[string][]string{"good": {"fine", "great"}, "fine": {"good", "great", "thin"},
		"dull": {"boring"}, "thin": {"fine"}, "alone": {}, "the": {}} {
		if got := s.Of(word); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	if n := s.Len(); n != 6 {
		t.Errorf("%d words have synonyms, want 6", n)
	}
	few := s.In(data.NewWords([]string{"good dull thin fine"}, data.WordOptions{}))
	if got := few.Of("fine"); !slices.Equal(got, []string{"good", "thin"}) || len(few.Of("dull")) > 0 {
		t.Errorf("in a vocabulary fine has %q", got)
	}
}

func TestReadSynonyms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.txt")
	read := func(text string) (Synonyms, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadSynonyms(path)
	}
	s, err := read("Good, fine great\n\n,dull,,boring,\r\n")
	if err != nil || !slices.Equal(s.Of("good"), []string{"fine", "great"}) || s.Len() != 5 {
		t.Errorf("got %v, %v", s, err)
	}
	for text, want := range map[string]string{"good fine\nalone\n": "line 2: one word",
		"a A": "line 1: one word", "": "no words",
		"\xff good": "not UTF-8", " \n,\n": "no words"} {
		if _, err := read(text); !errors.Is(err, data.ErrDamaged) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := ReadSynonyms(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// FuzzSynonyms: what is read has each word's synonyms in both directions, and no word stands for itself.
func FuzzSynonyms(f *testing.F) {
	for _, seed := range []string{"good fine great\ndull,boring", "a a b", "a b\nb c\nc a", "ß SS ẞ",
		"\ufeffa b", "A@B A@B"} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "s.txt")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSynonyms(path)
		if err != nil {
			if !errors.Is(err, data.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		for _, word := range slices.Concat(s.groups...)[:2] {
			for _, other := range s.Of(word) {
				if other == word || !slices.Contains(s.Of(other), word) {
					t.Fatalf("%q stands for %q, whose own are %q", other, word, s.Of(other))
				}
			}
		}
	})
}

// edited says by how much a text differs from n numbered words: how many are missing, new, and out of order.
func edited(words []string, n int) (missing, fresh, moved int) {
	seen, last := map[string]bool{}, ""
	for _, w := range words {
		if strings.HasPrefix(w, "s") {
			fresh++
			continue
		}
		if w < last {
			moved++
		}
		seen[w], last = true, w
	}
	return n - len(seen), fresh, moved
}

// TestRewording: each kind of change comes as often as it should, over many draws, and does nothing else.
func TestRewording(t *testing.T) {
	const n, draws = 15, 2000
	var words []string
	var groups [][]string
	for i := range n {
		words = append(words, fmt.Sprintf("w%02d", i))
		groups = append(groups, []string{words[i], fmt.Sprintf("s%02d", i)})
	}
	mean := func(r Rewording) (m [4]float64) {
		r.Synonyms = NewSynonyms(groups)
		for i := range draws {
			text := r.Of(words, 1, 2, i)
			missing, fresh, moved := edited(text, n)
			for k, v := range []int{missing, fresh, moved, len(text) - n} {
				m[k] += float64(v) / draws
			}
		}
		return m
	}
	for _, c := range []struct {
		name string
		r    Rewording
		want [4]float64 // words that are missing, new, in the wrong order, and more; -1 for some
	}{
		{"nothing", Rewording{}, [4]float64{0, 0, 0, 0}},
		{"a tenth is replaced", Rewording{Replace: .1}, [4]float64{1.5, 1.5, 0, 0}},
		{"all are replaced", Rewording{Replace: 1}, [4]float64{15, 15, 0, 0}},
		{"a fifth is put in", Rewording{Insert: .2}, [4]float64{0, 3, 0, 3}},
		{"a tenth are swapped", Rewording{Swap: .1}, [4]float64{0, 0, -1, 0}},
		{"a tenth is left out", Rewording{Delete: .1}, [4]float64{1.5, 0, 0, -1.5}},
		{"all but one are left out", Rewording{Delete: 1}, [4]float64{14, 0, 0, -14}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, got := range mean(c.r) {
				if want := c.want[k]; want == -1 && k == 2 && got < .5 ||
					!(want == -1 && k == 2) && math.Abs(got-want) > .15 {
					t.Errorf("figure %d is %.2f, want %v", k, got, want)
				}
			}
		})
	}
	if got := mean(Rewording{Delete: .2}); math.Abs(got[0]-1.5) <= .15 { // negative control
		t.Error("a fifth that is left out passes for a tenth")
	}
}

// TestRewordingDraws: a text depends on seed, epoch and number alone, and what is given stays as it is.
func TestRewordingDraws(t *testing.T) {
	words := strings.Fields("the plot is good and the ending is dull , but the fine cast is great")
	r, before := Rewording{.2, .2, .2, .2, thesaurus()}, slices.Clone(words)
	a := r.Of(words, 1, 2, 3)
	if !slices.Equal(a, r.Of(words, 1, 2, 3)) || !slices.Equal(words, before) {
		t.Error("the same draw differs, or the words have changed")
	}
	for _, b := range [][]string{r.Of(words, 2, 2, 3), r.Of(words, 1, 3, 3), r.Of(words, 1, 2, 4)} {
		if slices.Equal(a, b) { // negative control
			t.Errorf("another draw gives the same text: %q", b)
		}
	}
	if got := (Rewording{}).Of(words, 1, 2, 3); !slices.Equal(got, words) {
		t.Errorf("the zero value gives %q", got)
	}
	for _, words := range [][]string{nil, {"fine"}} {
		for i := range 50 {
			if got := r.Of(words, 0, 0, i); len(words) > 0 && len(got) == 0 || len(got) > 2 {
				t.Errorf("of %q: %q", words, got)
			}
		}
	}
}

func TestParseRewording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(path, []byte("good fine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][4]float64{"swap=.1,delete=.2": {0, 0, .1, .2}, "synonyms=" + path: {.1},
		"insert=.3,synonyms=" + path: {0, .3}, "replace=1,synonyms=" + path: {1}} {
		r, err := ParseRewording(text)
		if got := [4]float64{r.Replace, r.Insert, r.Swap, r.Delete}; err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":            `rewording: unknown key ""; known are `,
		"wsap=.1":     `rewording: unknown key "wsap"; known are swap, `,
		"swap":        "rewording: swap needs a number",
		"swap=2":      "rewording: Swap is 2, want a share of the words, 0 to 1",
		"delete=NaN":  "rewording: Delete is NaN, want",
		"insert=.1":   "rewording: Insert is 0.1, but there are no synonyms",
		"synonyms=":   "rewording: synonyms needs a name, such as synonyms=FILE",
		"synonyms=/x": "stat /x: no such file",
	} {
		if _, err := ParseRewording(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	defer func() {
		if said, _ := recover().(string); !strings.HasPrefix(said, "corpus: rewording: Swap is -1") {
			t.Errorf("it panics with %q", said)
		}
	}()
	Rewording{Swap: -1}.Of(nil, 0, 0, 0)
}

// FuzzParseRewording: what is read makes sense, and is used without a fault.
func FuzzParseRewording(f *testing.F) {
	for _, seed := range []string{"swap=.1,delete=.1", "delete=1", "swap=1,swap=1", "replace=.5", "insert=1e-300"} {
		f.Add(seed, "the plot is good and fine")
	}
	f.Fuzz(func(t *testing.T, text, words string) {
		if strings.Contains(text, "synonyms") { // which names a file
			return
		}
		r, err := ParseRewording(text)
		if err != nil {
			return
		}
		r.Replace, r.Insert, r.Synonyms = r.Swap, r.Delete, thesaurus()
		before := strings.Fields(words)
		got := r.Of(before, 1, 2, 3)
		if most := float64(len(before))*(1+r.Insert) + 1; float64(len(got)) > most || len(before) > 0 &&
			len(got) == 0 {
			t.Fatalf("%q of %q gives %q", text, words, got)
		}
	})
}

// TestVaried: inputs are those of the epoch, in the order and the batches of Bucketed, with their labels.
func TestVaried(t *testing.T) {
	var s data.Sequences
	key := rng.Key(4, 4)
	for i := range 50 {
		x := make([]int64, 1+key.IntN(uint64(i), 20))
		for k := range x {
			x[k] = int64(i + 10)
		}
		s.X, s.Labels = append(s.X, x), append(s.Labels, int64(i))
	}
	list := func(src data.Source, epoch int) (all []string) {
		for b := range src.Batches(epoch) {
			all = append(all, fmt.Sprint(b))
		}
		return all
	}
	same := s.Varied(6, 4, 1, func(_, i int) []int64 { return s.X[i] })
	if !slices.Equal(list(same, 3), list(s.Bucketed(6, 4, 1), 3)) || same.Len() != 8 {
		t.Error("inputs that do not vary give other batches than Bucketed")
	}
	for b := range s.Varied(6, 4, 1, func(epoch, i int) []int64 { return []int64{int64(100*epoch + i)} }).Batches(2) {
		for row, label := range b[2].I64 {
			if got := b[0].I64[row*4]; got != 200+label || b[1].I64[row] != 1 || b[0].Shape[1] != 4 {
				t.Errorf("example %d is %v of length %d", label, got, b[1].I64[row])
			}
		}
	}
	defer func() {
		if said, _ := recover().(string); !strings.HasPrefix(said, "data: Varied of sequences of which example ") {
			t.Errorf("it panics with %q", said)
		}
	}()
	list(s.Varied(6, 4, 1, func(int, int) []int64 { return nil }), 0)
}
