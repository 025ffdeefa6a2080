package recipe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// TestStretches: a stretch begins with its sign, a paragraph ends with its own, and no word is lost but behind the
// last whole stretch.
func TestStretches(t *testing.T) {
	texts := paragraphs("a b c\nd\r\n\r\n\n\ne f\n\n \n\na g")
	words := data.NewWords(texts, data.WordOptions{Split: data.ByWord})
	x, counts := masked{stretch: 4}.stretches(texts, words)
	var lines []string
	symbols := words.Symbols()
	for i := range x.Shape[0] {
		line := ""
		for _, id := range x.Rows(i, i+1).I64 {
			line += symbols[id] + " "
		}
		lines = append(lines, line)
	}
	const want = "[<s> a b c  <s> d </s> e  <s> f </s> a ]"
	if got := fmt.Sprint(lines); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a, _ := words.Encode("a")
	if counts[a[0]] != 2 || counts[data.End] != 3 || counts[data.Begin] != 0 {
		t.Errorf("the counts are %v", counts)
	}
}

// TestUnigram: the figure of words alone, by hand.
func TestUnigram(t *testing.T) {
	score := unigram([]int{9, 9, 9, 9, 3, 1, 0}, 7).Score // words 4, 5 and 6 have 3, 1 and ½ of 4.5
	sum, n := score(graph.Tensor{}, graph.FromInt64([]int64{4, ops.IgnoreIndex, 5, 6}, 4))
	if want := math.Log(4.5/3) + math.Log(4.5) + math.Log(9); n != 3 || math.Abs(sum-want) > 1e-12 {
		t.Errorf("%v of %d words, want %v of 3", sum, n, want)
	}
}

// TestMaskedCorpora: of a text, and of sentences whose labels are left out, whose test part no classifier has learnt
// from.
func TestMaskedCorpora(t *testing.T) {
	k := mustFind(t, "bert").Kind.(masked)
	for _, source := range []string{"prose", "reviews"} {
		set, err := k.Open(context.Background(), source, nil, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		for b := range set.Test.Batches(0) {
			sum, n := set.Beside[0].Score(graph.Tensor{}, b[1])
			if nats := sum / float64(n); nats < 3 || nats > math.Log(float64(set.Form.Words.Len())) {
				t.Errorf("%s: a word has %v nats by its frequency", source, nats)
			}
			break
		}
	}
	learn, _, _, err := openParagraphs(context.Background(), "reviews", t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]int{"prose": bertStretch, "reviews": bertContext} {
		set, err := mustFind(t, "bert").Kind.Open(context.Background(), source, nil, t.Logf)
		if err != nil || set.Each != want {
			t.Errorf("%s: stretches of %d words, want %d; error %v", source, set.Each, want, err)
		}
	}
	l, err := openReviews(context.Background(), "reviews", Reading{}, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, text := range learn {
		seen[text] = true
	}
	for _, s := range l.Test {
		if seen[s.Text] {
			t.Errorf("%q is tested with, and was learnt from", s.Text)
		}
	}
}

// TestMaskedMistakes: what is no text to learn from.
func TestMaskedMistakes(t *testing.T) {
	dir := t.TempDir()
	short := filepath.Join(dir, "short.txt")
	if err := os.WriteFile(short, []byte(strings.Repeat("a word is not a text\n\n", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	k := mustFind(t, "bert").Kind
	for _, c := range []struct {
		source string
		is     error
		want   string
	}{
		{short, data.ErrDamaged, "short.txt: too short a text to learn from: its parts have not 16 words each"},
		{filepath.Join(dir, "none.txt"), os.ErrNotExist, "none.txt: neither a known name (prose) nor a file"},
		{"digits", nil, "digits is images, want text"},
	} {
		_, err := k.Open(context.Background(), c.source, nil, t.Logf)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: got %v, want %s", c.source, err, c.want)
		}
	}
}

// TestFill: each blank of each text has an answer, of words alone, and what is no text with a blank is refused.
func TestFill(t *testing.T) {
	r := mustFind(t, "bert")
	m := r.New(r.Usual())
	k := r.Kind.(Predictor)
	answers, _, err := k.Predict(m, []string{"the [MASK] was [MASK] .", "[MASK]"}, 3)
	if err != nil || len(answers) != 3 {
		t.Fatalf("%d answers, error %v", len(answers), err)
	}
	for _, a := range answers {
		if len(a.Top) != 3 || a.Top[0].Prediction != a.Prediction || strings.HasPrefix(a.Prediction, "<") ||
			!slices.Contains(m.Form.Words.Symbols(), a.Prediction) {
			t.Errorf("%+v", a)
		}
	}
	if answers[0].Input != "the [MASK] was [MASK] ." || answers[2].Input != "[MASK]" {
		t.Errorf("the inputs are %q and %q", answers[0].Input, answers[2].Input)
	}
	for text, want := range map[string]string{
		"the king is " +
			"dead": `"the king is dead": nothing is to be filled in: write [MASK] for a word`,
		"[MASK]" + strings.Repeat(" king", 14): ": 15 words, want at most 14",
	} {
		_, _, err := k.Predict(m, []string{text}, 1)
		var input InputError
		if !errors.As(err, &input) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestBegin: a classifier begins with the encoder of the masked words, in their numbers and its size, and with a head
// of its own; and with nothing that is not the base's.
func TestBegin(t *testing.T) {
	dir := t.TempDir()
	saved := func(name string, size Size) (*Model, string) {
		r, err := mustFind(t, name).Sized(size)
		if err != nil {
			t.Fatal(err)
		}
		m := r.New(r.Usual())
		m.Params().Init(7)
		path := filepath.Join(dir, name+".safetensors")
		if err := r.Save(m, path); err != nil {
			t.Fatal(err)
		}
		return m, path
	}
	base, path := saved("bert", Size{Width: 24, Depth: 1})
	r := mustFind(t, "bert-classifier")
	form, err := r.Base(path)
	if err != nil || form == nil || form.Size != (Size{Width: 24, Depth: 1}) ||
		form.Words.Len() != base.Form.Words.Len() {
		t.Fatalf("the form is %+v, error %v", form, err)
	}
	set, err := r.Kind.Open(context.Background(), "reviews", form, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	set.Form.Size = form.Size
	m := r.New(set.Form)
	if err := r.Kind.(Starter).Begin(m, path); err != nil {
		t.Fatal(err)
	}
	learnt := map[string][]float32{}
	for p := range base.Params().All() {
		learnt[p.Name()] = p.Tensor().F32
	}
	shared := 0
	for p := range m.Params().All() {
		want, ok := learnt[p.Name()]
		if ok {
			shared++
		}
		if ok && !slices.Equal(p.Tensor().F32, want) {
			t.Errorf("%s is not what the base has learnt", p.Name())
		}
	}
	if shared != 21 { // 5 of the embeddings, 16 of the layer
		t.Errorf("%d parameters are the base's, want 21", shared)
	}
	for _, name := range []string{"bert-classifier", "charlstm"} {
		_, path := saved(name, Size{Width: 24, Depth: 1})
		if form, err := r.Base(path); form != nil || err != nil {
			t.Errorf("weights of %s are those of a base: %v, %v", name, form, err)
		}
	}
	if _, err := r.Base(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if form, err := mustFind(t, "mlp").Base(path); form != nil || err != nil {
		t.Errorf("a row without a base has one: %v, %v", form, err)
	}
}

// TestFinetunedTexts: a text has its begin and its end, and what is more than the model reads is left out.
func TestFinetunedTexts(t *testing.T) {
	words := data.NewWords([]string{"a b"}, data.WordOptions{})
	k := finetuned{most: 5}
	for text, want := range map[string]string{"a b": "[2 4 5 3] ", "b b b b b": "[2 5 5 5 3] cut to its first 3 words",
		"c": "[2 1 3] "} {
		ids, note := k.encode(words, text)
		if got := fmt.Sprint(ids, " ", note); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	r := mustFind(t, "bert-classifier")
	answers, _, err := r.Kind.(Predictor).Predict(r.New(r.Usual()), []string{"a fine film", "a dull film"}, 2)
	if err != nil || len(answers) != 2 || len(answers[0].Top) != 2 ||
		!slices.Contains([]string{"neg", "pos"}, answers[1].Prediction) {
		t.Errorf("%+v; error %v", answers, err)
	}
	if _, _, err := r.Kind.(Predictor).Predict(r.New(r.Usual()), []string{" "}, 1); !errors.As(err, &InputError{}) {
		t.Errorf("of no word: %v", err)
	}
}

// TestAnswersOfNumbersTooLarge: what finite weights make that is not finite is no answer, of any model of words.
func TestAnswersOfNumbersTooLarge(t *testing.T) {
	for _, c := range []struct{ row, text string }{
		{"bert", "the " + blank + " was"},
		{"bert-classifier", "a fine film"},
		{"sentiment", "a fine film"},
	} {
		t.Run(c.row, func(t *testing.T) {
			r := mustFind(t, c.row)
			m := r.New(r.Usual())
			for p := range m.Params().All() {
				m.Params().SetInit(p.Name(), nn.Constant(1e38))
			}
			if all, _, err := r.Kind.(Predictor).Predict(m, []string{c.text}, 1); !errors.Is(err, errNoNumbers) {
				t.Errorf("got %v, %v", all, err)
			}
		})
	}
}
