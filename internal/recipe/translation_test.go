package recipe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/metrics"
)

// pairsRows are the rows of the kind.
func pairsRows() (rows []Recipe) {
	for _, r := range Table() {
		if _, ok := r.Kind.(translation); ok {
			rows = append(rows, r)
		}
	}
	return rows
}

// TestAnswersToPairs: a model answers to texts as many times as is wanted, the likeliest first, and by a beam of any
// width; what it cannot read is one line that says why.
func TestAnswersToPairs(t *testing.T) {
	r := mustFind(t, "seq2seq")
	m, k := r.New(r.Usual()), r.Kind.(Predictor)
	answers, _, err := k.Predict(m, []string{"abc", " jihgfedcba "}, 3)
	if err != nil || len(answers) != 2 {
		t.Fatal(answers, err)
	}
	for _, a := range answers {
		if len(a.Top) != 3 || a.Top[0].Prediction != a.Prediction || a.Top[0].Probability != a.Probability {
			t.Errorf("got %+v", a)
		}
	}
	wide, _, err := r.Kind.(Searcher).WithBeam(5).(Predictor).Predict(m, []string{"abc"}, 1)
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
		_, _, err := r.Kind.(Predictor).Predict(r.New(r.Usual()), []string{c.text}, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, data.ErrDamaged) {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
	translate := mustFind(t, "translate")
	m = translate.New(translate.Usual())
	if _, _, err := translate.Kind.(Predictor).Predict(m, []string{"the dog barks ."}, 1); err != nil {
		t.Errorf("a word that is not known among others: %v", err)
	}
}

// TestPairsAreOpened: what is in files is cut as the row says, and a model that was made keeps its words.
func TestPairsAreOpened(t *testing.T) {
	dir := t.TempDir()
	write := func(name, line string) {
		t.Helper()
		var text strings.Builder
		for i := range 20 {
			text.WriteString(strings.ReplaceAll(line, "N", fmt.Sprint(i)) + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("zh.txt", "Hi, you N.\t你好 N。")
	for _, part := range []string{"train", "test"} {
		write(part+".en", "it &apos;s Red N .")
		write(part+".de", "es ist Rot N .")
	}
	for _, c := range []struct{ name, model, source, words, target string }{
		{"a file of pairs, in characters", "seq2seq", "zh.txt", "H", "好"},
		{"in words, small letters and signs", "translate", "zh.txt", ", . hi you", "。 你 好"},
		{"a folder, in what spaces part", "translate", ".", "&apos;s . Red it", ". Rot es ist"},
	} {
		r := mustFind(t, c.model)
		set, err := r.Kind.Open(t.Context(), filepath.Join(dir, c.source), nil, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		source, target := set.Form.Source.Symbols()[data.End+1:], set.Form.Target.Symbols()[data.End+1:]
		got, of := strings.Join(source, " "), strings.Join(target, " ")
		if c.model == "seq2seq" && slices.Contains(source, c.words) && slices.Contains(target, c.target) {
			got, of = c.words, c.target
		}
		if got != c.words || of != c.target {
			t.Errorf("%s: the words are %q and %q, want %q and %q", c.name, got, of, c.words, c.target)
		}
		form := set.Form
		if c.model == "translate" { // one word more than the file has
			o := r.Kind.(translation).options(filepath.Join(dir, c.source)).Words
			o.Least = 1
			more := data.NewWords(append(source, "more"), o)
			form.Source = &more
		}
		again, err := r.Kind.Open(t.Context(), filepath.Join(dir, c.source), &form, t.Logf)
		if err != nil || again.Form.Source.Len() != form.Source.Len() {
			t.Errorf("%s: a model that was made is given other words: %v", c.name, err)
		}
	}
}

// TestPairsAreJudged: the figures at the end are those of the answers to the test part.
func TestPairsAreJudged(t *testing.T) {
	for _, r := range pairsRows() {
		small, err := r.Sized(Size{Width: 16, Depth: 1})
		if err != nil {
			t.Fatal(err)
		}
		p := data.Parallel{Name: "few"}
		for _, s := range []string{"a b", "b", "a a b"} {
			p.Test = append(p.Test, data.SentencePair{Source: s, Target: s})
		}
		p.Source = data.NewWords([]string{"a b"}, data.WordOptions{})
		p.Target = p.Source
		m := small.New(Form{Source: &p.Source, Target: &p.Target})
		_, test := p.Sequences()
		k := r.Kind.(translation)
		found, err := k.translator(m).Translate(t.Context(), test.X)
		if err != nil {
			t.Fatal(err)
		}
		right := 0.
		sentences := make([]string, len(found))
		for i, h := range found {
			if sentences[i] = p.Target.Decode(h[0].Symbols); sentences[i] == p.Test[i].Target {
				right++
			}
		}
		want, err := metrics.BLEU{}.Score(sentences, []string{"a b", "b", "a a b"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.judge(t.Context(), m, p, test)
		if err != nil || got["exact"] != right/3 || k.bleu && got["bleu"] != want {
			t.Errorf("%s: %v, want exact %g and bleu %g: %v", r.Name, got, right/3, want, err)
		}
		if _, scored := got["bleu"]; scored != k.bleu {
			t.Errorf("%s: %v", r.Name, got)
		}
	}
}

// TestNextSymbols: symbols that are left out count neither as hits nor as symbols.
func TestNextSymbols(t *testing.T) {
	pred := graph.FromFloat32([]float32{1, 2, 3, 3, 2, 1, 5, 5, 0}, 1, 3, 3)
	for _, c := range []struct {
		name   string
		target []int64
		sum    float64
		n      int
	}{
		{"all", []int64{2, 0, 0}, 3, 3},
		{"the second of two equal ones", []int64{2, 0, 1}, 2, 3},
		{"one that is left out", []int64{2, 1, ops.IgnoreIndex}, 1, 2},
	} {
		if sum, n := nextSymbols(pred, graph.FromInt64(c.target, 1, 3)); sum != c.sum || n != c.n {
			t.Errorf("%s: %v of %d, want %v of %d", c.name, sum, n, c.sum, c.n)
		}
	}
}
