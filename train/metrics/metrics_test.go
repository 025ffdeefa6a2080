package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// random are examples of up to four classes: their classes, and probabilities, of which many are equal.
func random(r *rand.Rand) (truth []int64, p [][]float64) {
	n, k := 2+r.IntN(40), 2+r.IntN(3)
	truth, p = make([]int64, n), make([][]float64, n)
	for i := range n {
		truth[i], p[i] = int64(r.IntN(k)), make([]float64, k)
		total := 0
		for c := range k {
			p[i][c] = float64(1 + r.IntN(4))
			total += int(p[i][c])
		}
		for c := range k {
			p[i][c] /= float64(total)
		}
	}
	return truth, p
}

// TestAUCIsPairs: the area under the ROC is the share of pairs in order, counted one by one.
func TestAUCIsPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		truth, p := random(r)
		positive, scores := Is(truth, 0), Column(p, 0)
		pairs, inOrder := 0., 0.
		for i, is := range positive {
			for j, other := range positive {
				if is && !other {
					pairs++
					inOrder += map[int]float64{1: 1, 0: .5, -1: 0}[cmpFloat(scores[i], scores[j])]
				}
			}
		}
		got, err := AUC(positive, scores)
		if pairs == 0 {
			if err == nil {
				t.Fatalf("the AUC of one class is %v", got)
			}
			continue
		}
		if want := inOrder / pairs; err != nil || math.Abs(got-want) > 1e-12 {
			t.Fatalf("AUC %v, want %v (%v)", got, want, err)
		}
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a > b:
		return 1
	case a < b:
		return -1
	}
	return 0
}

// TestRelations: of random probabilities, metrics that must agree do.
func TestRelations(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		truth, p := random(r)
		k := len(p[0])
		predicted, err := Largest(slices.Concat(p...), k)
		if err != nil {
			t.Fatal(err)
		}
		accuracy, _ := Accuracy(truth, predicted)
		if top, err := TopK(truth, p, 1); err != nil || top != accuracy {
			t.Fatalf("top 1 is %v, accuracy %v (%v)", top, accuracy, err)
		}
		if top, err := TopK(truth, p, k); err != nil || top != 1 {
			t.Fatalf("top %d of %d is %v (%v)", k, k, top, err)
		}
		confidence, right, err := Confidences(truth, p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Calibrate(confidence, right, 1+r.IntN(15))
		count, hits := 0, 0.
		for _, b := range c {
			count += b.Count
			hits += b.Accuracy * float64(b.Count)
			if b.Count > 0 && (b.Confidence < b.Low-1e-12 || b.Confidence > b.High+1e-12) {
				t.Fatalf("a bin has confidence %v: %+v", b.Confidence, b)
			}
		}
		if err != nil || count != len(truth) || math.Abs(hits/float64(count)-accuracy) > 1e-12 {
			t.Fatalf("%d examples in bins, %v right, want %d and %v (%v)", count, hits, len(truth), accuracy, err)
		}
		one, _ := Calibrate(confidence, right, 1)
		if want := math.Abs(sum(confidence)/float64(len(confidence)) - accuracy); math.Abs(one.ECE()-want) > 1e-12 {
			t.Fatalf("ECE of one bin %v, want %v", one.ECE(), want)
		}
		_, q := random(r)
		for len(q) < len(p) || len(q[0]) != k {
			_, q = random(r)
		}
		checkMean(t, truth, p, q[:len(p)])
	}
}

// checkMean: the log loss of the mean of probabilities is at most the mean of the log losses (Jensen).
func checkMean(t *testing.T, truth []int64, p, q [][]float64) {
	t.Helper()
	mean, err := Mean(p, q)
	if err != nil {
		t.Fatal(err)
	}
	both, _ := LogLoss(truth, mean)
	a, _ := LogLoss(truth, p)
	b, _ := LogLoss(truth, q)
	if both > (a+b)/2+1e-12 {
		t.Fatalf("the mean has log loss %v, the models %v and %v", both, a, b)
	}
}

func TestSoftmax(t *testing.T) {
	p, err := Softmax([]float32{0, 0, 1000, 1000, float32(math.Inf(-1)), 0}, 2)
	if err != nil || fmt.Sprint(p) != "[[0.5 0.5] [0.5 0.5] [0 1]]" {
		t.Errorf("%v, %v", p, err)
	}
	if got, err := Largest([]float64{1, 2, 2, 3, 0, 3}, 3); err != nil || fmt.Sprint(got) != "[1 0]" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWorst(t *testing.T) {
	losses := []float64{1, math.NaN(), 3, math.Inf(1), 1, 2}
	for n, want := range map[int]string{-1: "[]", 0: "[]", 3: "[1 3 2]", 9: "[1 3 2 5 0 4]"} {
		if got := fmt.Sprint(Worst(losses, n)); got != want {
			t.Errorf("%d worst: %s, want %s", n, got, want)
		}
	}
}

func TestVote(t *testing.T) {
	got, err := Vote([]int64{0, 2, 1, 5}, []int64{1, 2, 0, 4}, []int64{1, 0, 2, 5})
	if err != nil || fmt.Sprint(got) != "[1 2 0 5]" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestBootstrap: the interval of a mean is that of the normal distribution, nearly, and as often as it says it has the
// mean of the distribution; it is a function of the seed.
func TestBootstrap(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 71))
	const n, trials = 50, 300
	x, inside := make([]float64, n), 0
	mean := func(rows []int) (m float64) {
		for _, i := range rows {
			m += x[i] / n
		}
		return m
	}
	for trial := range trials {
		for i := range x {
			x[i] = r.NormFloat64()
		}
		b := Bootstrap{Seed: uint64(trial), Level: .8, Resamples: 300}
		v, err := b.Interval(n, mean)
		if err != nil {
			t.Fatal(err)
		}
		if v.Low <= 0 && v.High >= 0 {
			inside++
		}
		if again, _ := b.Interval(n, mean); again != v {
			t.Fatal("the same seed gives another interval")
		}
		deviation := 0.
		for _, a := range x {
			deviation += (a - v.Value) * (a - v.Value) / n
		}
		if want := 2 * 1.2816 * math.Sqrt(deviation/n); math.Abs((v.High-v.Low)/want-1) > .3 {
			t.Errorf("an interval of %v, want about %v", v.High-v.Low, want)
		}
	}
	if inside < 214 || inside > 260 { // 237 ± 7 by chance: of so few examples it is 0.79
		t.Errorf("%d of %d intervals of level 0.8 have the mean", inside, trials)
	}
	flip := func(rows []int) float64 { // undefined without example 0: of two draws a quarter has none
		if !slices.Contains(rows, 0) {
			return math.NaN()
		}
		return 1
	}
	if v, err := (Bootstrap{}).Interval(2, flip); err != nil || v.Undefined < 200 || v.Undefined > 300 || v.Low != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestMistakes: what makes no sense is an error that says where.
func TestMistakes(t *testing.T) {
	nan, yes := math.NaN(), []bool{true, false}
	one := [][]float64{{.5, .5}}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing", second(Confuse(nil, nil, 2)), "confusion: there are no examples"},
		{"other lengths", second(Confuse([]int64{0}, nil, 2)),
			"confusion: the truth has 1 examples and there are 0 predictions"},
		{"no classes", second(Confuse([]int64{0}, []int64{0}, 0)), "confusion: there are 0 classes"},
		{"too many classes", second(Confuse([]int64{0}, []int64{0}, 1<<40)), "want 1 to 8192"},
		{"a class below 0", second(Confuse([]int64{0, -1}, []int64{0, 0}, 2)),
			"confusion: example 1 is of class -1 and was taken for 0, but there are 2 classes (0…1)"},
		{"a class beyond all", second(Confuse([]int64{0}, []int64{2}, 2)),
			"example 0 is of class 0 and was taken for 2"},
		{"no matrix", (&Confusion{}).Add(nil), "confusion: the matrix has no classes"},
		{"other classes", (&Confusion{Counts: [][]int{{1}}}).Add(&Confusion{Counts: [][]int{{1, 0}, {0, 1}}}),
			"confusion: there are 1 classes, and 2 in the matrix to add"},
		{"accuracy of nothing", second(Accuracy(nil, nil)), "accuracy: there are no examples"},
		{"ROC of nothing", second(ROC(nil, nil)), "ROC: there are no examples"},
		{"no positive example", second(ROC([]bool{false}, []float64{1})), "ROC: none of the 1 examples is positive"},
		{"no negative example", second(AUC([]bool{true}, []float64{1})), "ROC: all 1 examples are positive"},
		{"a score of NaN", second(ROC(yes, []float64{1, nan})), "ROC: the score of example 1 is NaN"},
		{"a curve of other lengths", second(PrecisionRecall(yes, []float64{1})),
			"precision and recall: the truth has 2"},
		{"a precision of no positive", second(AveragePrecision([]bool{false}, []float64{1})), "is positive"},
		{"a class without examples", second(OneVsRestAUC([]int64{0}, one)),
			"one-vs-rest AUC: class 0: ROC: all 1 examples"},
		{"rows of other lengths", second(OneVsRestAUC([]int64{0, 1}, [][]float64{{1, 2}, {1}})),
			"row 1 has 1 scores, want one for each class, and row 0 has 2"},
		{"rows of nothing", second(TopK([]int64{0}, [][]float64{nil}, 1)), "top k: row 0 has 0 scores"},
		{"k of 0", second(TopK([]int64{0}, one, 0)), "top k: k is 0, want 1 to 2"},
		{"k beyond all classes", second(TopK([]int64{0}, one, 3)), "top k: k is 3, want 1 to 2"},
		{"a truth beyond all classes", second(TopK([]int64{2}, one, 1)),
			"top k: example 0 is of class 2, but there are 2"},
		{"logits", second(LogLoss([]int64{0}, [][]float64{{3, -2}})),
			"log loss: the probability of class 0 in row 0 is 3, want 0 to 1; of logits take Softmax"},
		{"half of it", second(Brier([]int64{0}, [][]float64{{.2, .3}})),
			"Brier score: the probabilities of row 0 add up to 0.5"},
		{"a probability of NaN", second(Losses([]int64{0}, [][]float64{{nan, 1}})),
			"log loss: the score of class 0 in row 0 is NaN"},
		{"no rows", second(LogLoss(nil, nil)), "log loss: there are no examples"},
		{"no bins", second(Calibrate([]float64{1}, []bool{true}, 0)), "calibration: there are 0 bins"},
		{"a confidence beyond 1", second(Calibrate([]float64{1, 2}, yes, 3)),
			"the confidence of example 1 is 2, want 0 to 1"},
		{"confidences of other lengths", second(Calibrate([]float64{1}, yes, 3)),
			"calibration: the truth has 2 examples and there are 1 confidences"},
		{"a number of infinity", second(Regress([]float64{1, 2}, []float64{1, math.Inf(1)})),
			"regression: example 1 is 2 and was predicted as +Inf, want finite numbers"},
		{"numbers beyond squares", second(Regress([]float64{1e200, 0}, []float64{0, 0})),
			"regression: the numbers are too large"},
		{"numbers of other lengths", second(Regress([]float64{1}, nil)), "regression: the truth has 1"},
		{"no models", second(Mean()), "mean: there are no models"},
		{"models of other rows", second(Mean(one, nil)), "mean: model 1 has 0 rows, model 0 has 1"},
		{"models of other classes", second(Mean(one, [][]float64{{1}})), "mean: row 0 of model 1 has 1 classes"},
		{"no votes", second(Vote()), "vote: there are no models"},
		{"votes of other lengths", second(Vote([]int64{1}, nil)), "vote: model 1 has 0 predictions, model 0 has 1"},
		{"no metric", second(Bootstrap{}.Interval(3, nil)), "bootstrap: there is no metric"},
		{"more examples than there are", second(Bootstrap{}.Interval(math.MaxInt, constant(1))),
			"bootstrap: there are 9223372036854775807 examples, want 1 to"},
		{"no examples to draw", second(Bootstrap{}.Interval(0, constant(1))), "bootstrap: there are 0 examples"},
		{"a level in per cent", second(Bootstrap{Level: 95}.Interval(3, constant(1))),
			"the level is 95, want it between 0 and 1"},
		{"resamples below 0", second(Bootstrap{Resamples: -1}.Interval(3, constant(1))), "there are -1 resamples"},
		{"a metric of NaN", second(Bootstrap{}.Interval(3, constant(nan))), "the metric of the 3 examples is NaN"},
		{"a metric that is mostly NaN", second(Bootstrap{}.Interval(2, once())),
			"the metric is NaN of 1000 of 1000 resamples"},
		{"one pair", second(PairedT([]float64{1}, []float64{1})), "paired t: there is 1 pair, want at least 2"},
		{"pairs of other lengths", second(PairedT([]float64{1, 2}, nil)), "paired t: the truth has 2"},
		{"a pair of NaN", second(PairedT([]float64{1, nan}, []float64{1, 2})),
			"paired t: the figures of pair 1 are NaN and 2"},
		{"no predictions of the second", second(McNemar([]int64{0}, []int64{0}, nil)),
			"predictions of the second model"},
		{"rows of no class", second(Largest([]float64{1}, 0)),
			"largest: there are 1 numbers, want one or more rows of 0"},
		{"a row that is short", second(Softmax([]float64{1, 2, 3}, 2)), "softmax: there are 3 numbers"},
		{"a logit of NaN", second(Softmax([]float64{1, nan}, 2)), "softmax: the number of class 1 in row 0 is NaN"},
		{"an infinite logit", second(Softmax([]float64{1, math.Inf(1)}, 2)),
			"softmax: the largest logit of row 0 is +Inf"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
	}
	if _, _, err := Confidences(nil, nil); err == nil {
		t.Error("confidences of nothing")
	}
}

func second[T any](_ T, err error) error { return err }

func constant(v float64) func([]int) float64 { return func([]int) float64 { return v } }

// once is a metric that is 1 the first time, and NaN from then on.
func once() func([]int) float64 {
	n := 0
	return func([]int) float64 {
		if n++; n > 1 {
			return math.NaN()
		}
		return 1
	}
}

// TestR2OfEqualNumbers: of numbers that are one it is 1 or 0, whatever the rounding of their mean; of others it is
// what the sums say.
func TestR2OfEqualNumbers(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		truth, off := make([]float64, 2+r.IntN(20)), make([]float64, 0, 22)
		y := math.Pow(10, 20*r.Float64()-10) * (r.Float64() - .5)
		for i := range truth {
			truth[i] = y
			off = append(off, y+math.Abs(y)*(.1+r.Float64()))
		}
		same, err := Regress(truth, truth)
		other, failed := Regress(truth, off)
		if err != nil || failed != nil || same.R2 != 1 || other.R2 != 0 {
			t.Errorf("of %d times %v: R2 is %v and %v, want 1 and 0; %v, %v", len(truth), y, same.R2, other.R2, err,
				failed)
		}
	}
	if r, err := Regress([]float64{1, 2, 3}, []float64{1, 2, 4}); err != nil || r.R2 != .5 { // negative control
		t.Errorf("R2 is %v, want 0.5; %v", r.R2, err)
	}
}
