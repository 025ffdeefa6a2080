package kinds_test

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
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train/metrics"
)

// TestOnePlace: the logits of one place of a text are those of the whole at that place.
func TestOnePlace(t *testing.T) {
	r, err := recipe.Find("gpt")
	if err != nil {
		t.Fatal(err)
	}
	r = tiny(t, r)
	m := r.New(r.Usual())
	x := m.InputNumbers(1, 5)[0]
	all, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	one, err := nn.NewPredictor(kinds.OnePlace(m, 3, 2, 7)).Predict(x)
	v := all.Shape[2]
	if err != nil || !slices.Equal(one.F32, all.F32[3*v+2:3*v+7]) {
		t.Errorf("got %v; %v", one, err)
	}
}

// TestPersistence: the figure beside a model's is the root mean square error of the model that forecasts the last
// value again, in the unit of the series.
func TestPersistence(t *testing.T) {
	set, err := mustFind(t, "forecast").Kind.Open(context.Background(), "sine", nil, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if with := set.Beside[0].With; with != "rmse" {
		t.Errorf("it is compared with %q", with)
	}
	rmse := kinds.RootMeanSquare(set.Form.Scale.Deviation)
	sum, n, persistence := 0., 0, math.NaN()
	for batch := range set.Test.Batches(0) {
		x, y := batch[0], batch[1]
		last := graph.NewTensor(y.Type)
		for i := range last.F32 {
			last.F32[i] = x.F32[(i+1)*x.Shape[1]-1]
		}
		s, k := rmse.Score(last, y)
		sum, n = sum+s, n+k
		p, rows := set.Beside[0].Score(last, y)
		persistence = p / float64(rows)
	}
	if got := rmse.Of(sum / float64(n)); math.Abs(got-persistence) > 1e-6 || math.Abs(got-.2295) > 1e-3 {
		t.Errorf("the last value again has %v, and persistence is %v", got, persistence)
	}
}

// TestForecastFollowsAnyUnit: a series in another unit, or far from 0, has the same forecast in that unit.
func TestForecastFollowsAnyUnit(t *testing.T) {
	r := mustFind(t, "forecast")
	m := r.New(r.Usual())
	m.Params().Init(0)
	ask := func(t *testing.T, unit, level float64) (next, told float64) {
		k, err := r.Kind.(kind.Reader).Reading(kind.Reading{Ahead: 3})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for i := range 70 {
			text += fmt.Sprintf("%.17g\n", level+unit*math.Sin(float64(i)/3))
		}
		path := filepath.Join(t.TempDir(), "series.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, picture, err := k.(kind.Predictor).Predict(m, []string{path}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if picture == nil {
			t.Fatal("there is no plot")
		}
		told1, err := kinds.OneAhead(k.(kinds.Forecast), nn.NewPredictor(m), 1, series(t, path))
		if err != nil {
			t.Fatal(err)
		}
		return (all[0].Next[2] - level) / unit, (told1[0] - level) / unit
	}
	next, told := ask(t, 1, 0)
	for _, c := range []struct {
		name        string
		unit, level float64
		within      float64
	}{
		{"far from 0", 1, 1e9, 1e-5},
		{"far below 0", 1, -1e12, 1e-2},
		{"in a small unit", 1e-7, 0, 1e-5},
		{"in one near to the least that there is", 1e-290, 0, 1e-5},
		{"in a large unit", 1e20, 0, 1e-5},
		{"in one near to the largest that a file may have", 1e38, 0, 1e-5},
		{"in a small unit far from 0", 1e-3, 1e5, 1e-5},
	} {
		t.Run(c.name, func(t *testing.T) {
			gotNext, gotTold := ask(t, c.unit, c.level)
			if math.Abs(gotNext-next) > c.within || math.Abs(gotTold-told) > c.within {
				t.Errorf("got %v, and %v of a value that is known; want %v and %v", gotNext, gotTold, next, told)
			}
		})
	}
	if math.Abs(next-told) < 1e-2 {
		t.Error("negative control: whatever is asked, the answer is the same")
	}
}

// TestForecastTooFar: values that differ by more than numbers can are damaged, and give no answer.
func TestForecastTooFar(t *testing.T) {
	r := mustFind(t, "forecast")
	m, window := r.New(r.Usual()), make([]float64, 30)
	for i := range window {
		window[i] = math.Copysign(1.5e308, float64(i%2)-.5)
	}
	if got, err := kinds.Follow(r.Kind.(kinds.Forecast), nn.NewPredictor(m), 1, window); !errors.Is(err,
		data.ErrDamaged) {
		t.Errorf("got %v and the error %v", got, err)
	}
}

// TestJudgedPictures: a set has no distance from itself, little from others of its kind, and more from the blank and
// from what a model makes that has learnt nothing; on one line it is what one sees.
func TestJudgedPictures(t *testing.T) {
	if got := kinds.SlicedDistance([]float32{3, 1, 2}, []float32{2, 5, 1}, 1); math.Abs(got-math.Sqrt(4./3)) > 1e-6 {
		t.Errorf("of 1 2 3 and 1 2 5 it is %v, want √(4/3)", got)
	}
	digits := data.DigitsN(0, 200, 200)
	a, b := digits.Train.X.F32, digits.Test.X.F32
	same, like := kinds.SlicedDistance(a, a, 784), kinds.SlicedDistance(a, b, 784)
	blank := kinds.SlicedDistance(a, make([]float32, len(a)), 784)
	r := tiny(t, mustFind(t, "dcgan"))
	scores, err := kinds.JudgePictures(r.New(r.Usual()), digits.Test.Inputs().Ordered(64))
	if err != nil {
		t.Fatal(err)
	}
	if made := scores["distance"]; same != 0 || like > .08 || blank < 2*like || made < 2*like {
		t.Errorf("the distances are %v, %v, %v and %v", same, like, blank, made)
	}
}

// TestMaskedCorpora: of a text, and of sentences whose labels are left out, whose test part no classifier has learnt
// from.
func TestMaskedCorpora(t *testing.T) {
	k := mustFind(t, "bert").Kind.(kinds.Masked)
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
	learn, _, _, err := kinds.OpenParagraphs(context.Background(), "reviews", t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]int{"prose": 16, "reviews": 64} {
		set, err := mustFind(t, "bert").Kind.Open(context.Background(), source, nil, t.Logf)
		if err != nil || set.Each != want {
			t.Errorf("%s: stretches of %d words, want %d; error %v", source, set.Each, want, err)
		}
	}
	l, err := kinds.OpenReviews(context.Background(), "reviews", kind.Reading{}, t.Logf)
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

// TestFinetunedTexts: a text has its begin and its end, and what is more than the model reads is left out.
func TestFinetunedTexts(t *testing.T) {
	words := data.NewWords([]string{"a b"}, data.WordOptions{})
	k := kinds.Finetuned{Most: 5}
	for text, want := range map[string]string{"a b": "[2 4 5 3] ", "b b b b b": "[2 5 5 5 3] cut to its first 3 words",
		"c": "[2 1 3] "} {
		ids, note := kinds.Encode(k, words, text)
		if got := fmt.Sprint(ids, " ", note); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	r := mustFind(t, "bert-classifier")
	answers, _, err := r.Kind.(kind.Predictor).Predict(r.New(r.Usual()), []string{"a fine film", "a dull film"}, 2)
	if err != nil || len(answers) != 2 || len(answers[0].Top) != 2 ||
		!slices.Contains([]string{"neg", "pos"}, answers[1].Prediction) {
		t.Errorf("%+v; error %v", answers, err)
	}
	if _, _, err := r.Kind.(kind.Predictor).Predict(r.New(r.Usual()), []string{" "}, 1); !errors.As(err,
		&kind.InputError{}) {
		t.Errorf("of no word: %v", err)
	}
}

// TestNormalised: the first layer of a network for photographs brings pixels to what it has learnt with, and files
// know the network by its own names.
func TestNormalised(t *testing.T) {
	r := tiny(t, mustFind(t, "resnet20"))
	m := r.New(r.Usual())
	if m.Params().Get("conv1.weight") == nil {
		t.Fatal("there is no conv1.weight")
	}
	x := graph.NewTensor(m.Input(2))
	for i := range x.F32 {
		x.F32[i] = float32(i%7) / 7
	}
	want := x.Clone()
	n := x.Shape[2] * x.Shape[3]
	for i := range want.F32 {
		c := i / n % 3
		want.F32[i] = (want.F32[i] - float32(kinds.ColourMean[c])) / float32(kinds.ColourDeviation[c])
	}
	got, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	inside := m.Model.(kinds.NormalisedModel).Model
	plain, err := nn.NewPredictor(inside).Predict(want)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got.F32 {
		if d := v - plain.F32[i]; d > 1e-4 || d < -1e-4 {
			t.Errorf("logit %d is %v, want %v", i, v, plain.F32[i])
		}
	}
	g := &graph.Graph{}
	m.Answer(g, 1)
	if !slices.ContainsFunc(g.Nodes(), func(n graph.Node) bool { return n.Scope() == "normalize" }) {
		t.Error("the graph shows no layer normalize")
	}
}

// TestPretrainedResNet20: the weights of Idelbayev's ResNet-20 give their known answer.
func TestPretrainedResNet20(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "pretrained", "cifar-resnet", "resnet20-12fca82f.th")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the weights are not beside the project: %v", err)
	}
	m, err := mustFind(t, "resnet20").Load(path)
	if err != nil {
		t.Fatal(err)
	}
	x := graph.NewTensor(m.Input(1))
	got, err := nn.NewPredictor(m.Model.(kinds.NormalisedModel).Model).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	// shared/data/SOURCES.md: in evaluation, of zeros (3, 32, 32)
	for i, want := range []float32{3.276047, -2.318933, .419073, 4.520217, -1.338563, .644854, .334888, -1.728834,
		.166675, -4.005504} {
		if d := got.F32[i] - want; d > 1e-4 || d < -1e-4 {
			t.Errorf("logit %d is %v, want %v", i, got.F32[i], want)
		}
	}
	if !slices.Equal(m.Form.Classes, kinds.CIFAR) {
		t.Errorf("the classes are %v", m.Form.Classes)
	}
}

// TestSentenceBatches: batches come in at most four shapes, without lengths, and of a long text the begin is read.
func TestSentenceBatches(t *testing.T) {
	dir := t.TempDir()
	for i, class := range []string{"a", "b"} {
		var b strings.Builder
		for n := range 60 {
			b.WriteString(strings.Repeat("word"+class+" ", 1+n*n/(1+2*i)) + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, class), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"sentiment": "the first 400 words",
		"bert-classifier": "the first 62 words"} {
		told := ""
		_, err := mustFind(t, name).Kind.Open(context.Background(), dir, nil, func(format string, args ...any) {
			told += fmt.Sprintf(format, args...)
		})
		if err != nil || strings.Count(told, want) != 1 {
			t.Errorf("%s says %q, want %s; error %v", name, told, want, err)
		}
	}
	set, err := mustFind(t, "sentiment").Kind.Open(context.Background(), dir, nil, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for batch := range set.Train(4, 0).Batches(0) {
		if len(batch) != 2 || !batch[1].Shape.Equal(graph.Shape{4}) {
			t.Fatalf("a batch is %v", batch)
		}
		seen[batch[0].Shape[1]] = true
	}
	longest := 0
	for n := range seen {
		longest = max(longest, n)
	}
	if len(seen) > kinds.Shapes || longest < kinds.MostSymbols ||
		longest > kinds.MostSymbols+kinds.Shapes*kinds.LeastStep {
		t.Errorf("the lengths are %v", seen)
	}
	if set.TestLen != 12 { // a tenth
		t.Errorf("%d texts are tested with, of 120", set.TestLen)
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
			o := kinds.Options(r.Kind.(kinds.Translation), filepath.Join(dir, c.source)).Words
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
		small, err := r.Sized(kind.Size{Width: 16, Depth: 1})
		if err != nil {
			t.Fatal(err)
		}
		p := corpus.Parallel{Name: "few"}
		for _, s := range []string{"a b", "b", "a a b"} {
			p.Test = append(p.Test, corpus.Pair{Source: s, Target: s})
		}
		p.Source = data.NewWords([]string{"a b"}, data.WordOptions{})
		p.Target = p.Source
		m := small.New(kind.Form{Source: &p.Source, Target: &p.Target})
		_, test := p.Sequences()
		k := r.Kind.(kinds.Translation)
		found, err := kinds.TranslatorOf(k, m).Translate(t.Context(), test.X)
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
		got, err := kinds.Judge(k, t.Context(), m, p, test)
		if err != nil || got["exact"] != right/3 || k.BLEU && got["bleu"] != want {
			t.Errorf("%s: %v, want exact %g and bleu %g: %v", r.Name, got, right/3, want, err)
		}
		if _, scored := got["bleu"]; scored != k.BLEU {
			t.Errorf("%s: %v", r.Name, got)
		}
	}
}

// pairsRows are the rows of the kind.
func pairsRows() (rows []recipe.Recipe) {
	for _, r := range recipe.Table() {
		if _, ok := r.Kind.(kinds.Translation); ok {
			rows = append(rows, r)
		}
	}
	return rows
}

func series(t *testing.T, path string) []float64 {
	s, err := table.ReadSeries(path, table.SeriesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Values
}

func mustFind(t *testing.T, name string) recipe.Recipe {
	t.Helper()
	r, err := recipe.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tiny is the row in the size that it has for tests.
func tiny(t *testing.T, r recipe.Recipe) recipe.Recipe {
	t.Helper()
	r, err := r.Sized(r.Tiny)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
