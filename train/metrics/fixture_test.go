package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// fixture is what scikit-learn and SciPy say; see testdata/metrics.py. A null is NaN, or what there is not.
type fixture struct {
	Confusion []struct {
		Name                   string
		Classes                int
		Truth, Predicted       []int64
		Counts, Support        []int
		Accuracy               float64
		Precision, Recall, F1  []float64
		Macro, Micro, Weighted []float64
		MCC, Kappa             *float64
	}
	Ranking []struct {
		Name              string
		Positive          []bool
		Scores            []float64
		FPR, TPR          []float64
		AUC, AP           float64
		Precision, Recall []float64
	}
	Probabilities []struct {
		Name    string
		Truth   []int64
		P       [][]float64
		LogLoss float64 `json:"log_loss"`
		Top     []*float64
		OVR     *float64
		Brier   *float64
		Bins    *struct{ Accuracy, Confidence []float64 }
	}
	Regression []struct {
		Name               string
		Truth, Predicted   []float64
		MSE, RMSE, MAE, R2 float64
	}
	McNemar []struct {
		A, B int
		P    float64
	}
	Paired []struct {
		A, B []float64
		T, P float64
	}
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	raw, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// near reports numbers that are equal to eleven digits; a want of nil is NaN.
func near(got float64, want *float64) bool {
	if want == nil {
		return math.IsNaN(got)
	}
	return math.Abs(got-*want) <= 1e-11*max(1, math.Abs(*want))
}

func allNear(got, want []float64) bool {
	return slices.EqualFunc(got, want, func(g, w float64) bool { return near(g, &w) })
}

func TestConfusionOfOthers(t *testing.T) {
	cases := readFixture(t).Confusion
	for _, f := range cases {
		c, err := Confuse(f.Truth, f.Predicted, f.Classes)
		if err != nil {
			t.Fatal(f.Name, err)
		}
		if got := slices.Concat(c.Counts...); !slices.Equal(got, f.Counts) {
			t.Errorf("%s: counts %v, want %v", f.Name, got, f.Counts)
		}
		for k, got := range c.Classes() {
			want := Scores{f.Precision[k], f.Recall[k], f.F1[k], f.Support[k]}
			if !allNear(got.list(), want.list()) || got.Support != want.Support {
				t.Errorf("%s: class %d has %+v, want %+v", f.Name, k, got, want)
			}
		}
		for how, want := range map[Averaging][]float64{Macro: f.Macro, Micro: f.Micro, Weighted: f.Weighted} {
			if got := c.Average(how); !allNear(got.list(), want) {
				t.Errorf("%s: %v average %+v, want %v", f.Name, how, got, want)
			}
		}
		if !near(c.Accuracy(), &f.Accuracy) || !near(c.MCC(), f.MCC) || !near(c.Kappa(), f.Kappa) {
			t.Errorf("%s: accuracy %v, MCC %v, kappa %v, want %v, %v, %v", f.Name, c.Accuracy(), c.MCC(), c.Kappa(),
				f.Accuracy, f.MCC, f.Kappa)
		}
	}
	if len(cases) < 9 || near(.5, &cases[0].Accuracy) || near(1, nil) || allNear([]float64{1}, []float64{1.0001}) {
		t.Error("the comparison passes what is wrong")
	}
}

func (s Scores) list() []float64 { return []float64{s.Precision, s.Recall, s.F1} }

func TestRankingOfOthers(t *testing.T) {
	for _, f := range readFixture(t).Ranking {
		roc, err := ROC(f.Positive, f.Scores)
		curve, other := PrecisionRecall(f.Positive, f.Scores)
		if err != nil || other != nil {
			t.Fatal(f.Name, err, other)
		}
		var fpr, tpr, precision, recall []float64
		for _, p := range roc {
			fpr, tpr = append(fpr, p.FalsePositive), append(tpr, p.TruePositive)
		}
		for _, p := range curve {
			precision, recall = append(precision, p.Precision), append(recall, p.Recall)
		}
		if !allNear(fpr, f.FPR) || !allNear(tpr, f.TPR) {
			t.Errorf("%s: ROC %v %v, want %v %v", f.Name, fpr, tpr, f.FPR, f.TPR)
		}
		if !allNear(precision, f.Precision) || !allNear(recall, f.Recall) {
			t.Errorf("%s: precision %v\nrecall %v\nwant %v\n%v", f.Name, precision, recall, f.Precision, f.Recall)
		}
		auc, err := AUC(f.Positive, f.Scores)
		ap, other := AveragePrecision(f.Positive, f.Scores)
		if err != nil || other != nil || !near(auc, &f.AUC) || !near(ap, &f.AP) {
			t.Errorf("%s: AUC %v, want %v; average precision %v, want %v (%v, %v)", f.Name, auc, f.AUC, ap, f.AP, err,
				other)
		}
	}
}

func TestProbabilitiesOfOthers(t *testing.T) {
	for _, f := range readFixture(t).Probabilities {
		loss, err := LogLoss(f.Truth, f.P)
		if err != nil || math.Abs(loss-f.LogLoss) > 1e-9 {
			t.Errorf("%s: log loss %v, want %v (%v)", f.Name, loss, f.LogLoss, err)
		}
		for k, want := range f.Top {
			got, err := TopK(f.Truth, f.P, k+1)
			if want != nil && (err != nil || !near(got, want)) {
				t.Errorf("%s: top %d is %v, want %v (%v)", f.Name, k+1, got, *want, err)
			}
		}
		if f.OVR != nil {
			if got, err := OneVsRestAUC(f.Truth, f.P); err != nil || !near(got, f.OVR) {
				t.Errorf("%s: one-vs-rest AUC %v, want %v (%v)", f.Name, got, *f.OVR, err)
			}
		}
		if f.Brier != nil {
			if got, err := Brier(f.Truth, f.P); err != nil || math.Abs(got-2**f.Brier) > 1e-9 {
				t.Errorf("%s: Brier score %v, want twice %v (%v)", f.Name, got, *f.Brier, err)
			}
		}
		if f.Bins != nil {
			c, err := Calibrate(Column(f.P, 1), Is(f.Truth, 1), 4)
			var accuracy, confidence []float64
			for _, b := range c {
				if b.Count > 0 {
					accuracy, confidence = append(accuracy, b.Accuracy), append(confidence, b.Confidence)
				}
			}
			if err != nil || !allNear(accuracy, f.Bins.Accuracy) || !allNear(confidence, f.Bins.Confidence) {
				t.Errorf("%s: calibration %v, want %v (%v)", f.Name, c, *f.Bins, err)
			}
		}
	}
}

func TestRegressionOfOthers(t *testing.T) {
	for _, f := range readFixture(t).Regression {
		r, err := Regress(f.Truth, f.Predicted)
		got, want := []float64{r.MSE, r.RMSE, r.MAE, r.R2}, []float64{f.MSE, f.RMSE, f.MAE, f.R2}
		if err != nil || !allNear(got, want) {
			t.Errorf("%s: %v, want %v (%v)", f.Name, got, want, err)
		}
	}
}

func TestTestsOfOthers(t *testing.T) {
	f := readFixture(t)
	for _, c := range f.McNemar {
		truth, a, b := make([]int64, c.A+c.B+3), make([]int64, c.A+c.B+3), make([]int64, c.A+c.B+3)
		for i := range c.A + c.B {
			if i < c.A {
				b[i] = 1
			} else {
				a[i] = 1
			}
		}
		a[c.A+c.B], b[c.A+c.B] = 1, 2 // both wrong
		got, err := McNemar(truth, a, b)
		if err != nil || !near(got.P, &c.P) || got.Statistic != float64(c.A-c.B) {
			t.Errorf("%d and %d: %+v, want P %v (%v)", c.A, c.B, got, c.P, err)
		}
	}
	for _, c := range f.Paired {
		got, err := PairedT(c.A, c.B)
		if err != nil || math.Abs(got.Statistic-c.T) > 1e-9 || math.Abs(got.P-c.P) > 1e-9 {
			t.Errorf("%v: %+v, want t %v, P %v (%v)", c.A, got, c.T, c.P, err)
		}
	}
	for _, c := range []struct {
		a    []float64
		want string
	}{{[]float64{1, 2}, "{0 1}"}, {[]float64{2, 3}, "{+Inf 0}"}, {[]float64{0, 1}, "{-Inf 0}"}} {
		if got, err := PairedT(c.a, []float64{1, 2}); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%v: %v, want %s (%v)", c.a, got, c.want, err)
		}
	}
}
