package recipe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
)

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
	k := r.Kind.(kind.Predictor)
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
		var input kind.InputError
		if !errors.As(err, &input) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestBegin: a classifier begins with the encoder of the masked words, in their numbers and its size, and with a head
// of its own; and with nothing that is not the base's.
func TestBegin(t *testing.T) {
	dir := t.TempDir()
	saved := func(name string, size kind.Size) (*kind.Model, string) {
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
	base, path := saved("bert", kind.Size{Width: 24, Depth: 1})
	r := mustFind(t, "bert-classifier")
	form, err := r.Base(path)
	if err != nil || form == nil || form.Size != (kind.Size{Width: 24, Depth: 1}) ||
		form.Words.Len() != base.Form.Words.Len() {
		t.Fatalf("the form is %+v, error %v", form, err)
	}
	set, err := r.Kind.Open(context.Background(), "reviews", form, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	set.Form.Size = form.Size
	m := r.New(set.Form)
	if err := r.Kind.(kind.Starter).Begin(m, path); err != nil {
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
		_, path := saved(name, kind.Size{Width: 24, Depth: 1})
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

// TestAnswersOfNumbersTooLarge: what finite weights make that is not finite is no answer, of any model of words.
func TestAnswersOfNumbersTooLarge(t *testing.T) {
	for _, c := range []struct{ row, text string }{
		{"bert", "the [MASK] was"},
		{"bert-classifier", "a fine film"},
		{"sentiment", "a fine film"},
	} {
		t.Run(c.row, func(t *testing.T) {
			r := mustFind(t, c.row)
			m := r.New(r.Usual())
			for p := range m.Params().All() {
				m.Params().SetInit(p.Name(), nn.Constant(1e38))
			}
			if all, _, err := r.Kind.(kind.Predictor).Predict(m, []string{c.text}, 1); !errors.Is(err,
				kind.ErrNotFinite) {
				t.Errorf("got %v, %v", all, err)
			}
		})
	}
}
