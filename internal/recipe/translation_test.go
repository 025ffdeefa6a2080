package recipe

import (
	"errors"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
)

// TestAnswersToPairs: a model answers to texts as many times as is wanted, the likeliest first, and by a beam of any
// width; what it cannot read is one line that says why.
func TestAnswersToPairs(t *testing.T) {
	r := mustFind(t, "seq2seq")
	m, k := r.New(r.Usual()), r.Kind.(kind.Predictor)
	answers, _, err := k.Predict(m, []string{"abc", " jihgfedcba "}, 3)
	if err != nil || len(answers) != 2 {
		t.Fatal(answers, err)
	}
	for _, a := range answers {
		if len(a.Top) != 3 || a.Top[0].Prediction != a.Prediction || a.Top[0].Probability != a.Probability {
			t.Errorf("got %+v", a)
		}
	}
	wide, _, err := r.Kind.(kind.Searcher).WithBeam(5).(kind.Predictor).Predict(m, []string{"abc"}, 1)
	if err != nil || len(wide[0].Top) != 1 || wide[0].Probability < answers[0].Probability*.999 {
		t.Errorf("by a beam of 5 it is %+v, by one of 3 %+v: %v", wide, answers[0], err)
	}
	for _, c := range []struct{ model, name, text, want string }{
		{"seq2seq", "a character that there is not", "abxc", `"abxc": character 3 is not one that the model knows: `},
		{"seq2seq", "nothing", "  ", `"  ": there is no text to answer to`},
		{"seq2seq", "too long", strings.Repeat("a", 257), "it has 257 symbols, the model reads 256"},
		{"translate", "a language that it does not know", "veni vidi",
			`"veni vidi": the model knows none of its words`},
		{"translate", "nothing", "", `"": there is no sentence to answer to`},
	} {
		r := mustFind(t, c.model)
		_, _, err := r.Kind.(kind.Predictor).Predict(r.New(r.Usual()), []string{c.text}, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, data.ErrDamaged) {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
	translate := mustFind(t, "translate")
	m = translate.New(translate.Usual())
	if _, _, err := translate.Kind.(kind.Predictor).Predict(m, []string{"the dog barks ."}, 1); err != nil {
		t.Errorf("a word that is not known among others: %v", err)
	}
}
