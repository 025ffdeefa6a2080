package metrics_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/train/metrics"
)

// A confusion matrix, and the scores of each class.
func ExampleConfuse() {
	truth := []int64{2, 0, 2, 2, 0, 1}
	predicted := []int64{0, 0, 2, 2, 0, 2}
	c, err := metrics.Confuse(truth, predicted, 3)
	if err != nil {
		log.Print(err)
		return
	}
	c.Names = []string{"ant", "bird", "cat"}
	fmt.Println(c)
	fmt.Println(c.Report())
	fmt.Printf("macro F1 %.4f, MCC %.4f, kappa %.4f\n", c.Average(metrics.Macro).F1, c.MCC(), c.Kappa())
	// Output:
	// truth \ taken for  ant  bird  cat
	// ant                  2     0    0
	// bird                 0     0    1
	// cat                  1     0    2
	//
	// class     precision  recall      f1  support
	// ant          0.6667  1.0000  0.8000        2
	// bird         0.0000  0.0000  0.0000        1
	// cat          0.6667  0.6667  0.6667        3
	// macro        0.4444  0.5556  0.4889        6
	// weighted     0.5556  0.6667  0.6000        6
	// accuracy                     0.6667        6
	//
	// macro F1 0.4889, MCC 0.4523, kappa 0.4286
}

// What scores say by their order.
func ExampleAUC() {
	positive, scores := []bool{false, false, true, true}, []float64{.1, .4, .35, .8}
	points, err := metrics.ROC(positive, scores)
	if err != nil {
		log.Print(err)
		return
	}
	for _, p := range points {
		fmt.Printf("%4.2f: %.1f of the negative, %.1f of the positive\n", p.Threshold, p.FalsePositive, p.TruePositive)
	}
	auc, err := metrics.AUC(positive, scores)
	fmt.Println(auc, err)
	ap, err := metrics.AveragePrecision(positive, scores)
	fmt.Printf("%.4f %v\n", ap, err)
	// Output:
	// +Inf: 0.0 of the negative, 0.0 of the positive
	// 0.80: 0.0 of the negative, 0.5 of the positive
	// 0.40: 0.5 of the negative, 0.5 of the positive
	// 0.35: 0.5 of the negative, 1.0 of the positive
	// 0.10: 1.0 of the negative, 1.0 of the positive
	// 0.75 <nil>
	// 0.8333 <nil>
}

// The logits of a model, such as those of nn.Predictor, as probabilities: how well they foretell, and the worst
// example.
func ExampleLogLoss() {
	logits := []float32{2, 0, 1, 1, -1, 3} // of three examples and two classes
	truth := []int64{0, 0, 0}
	p, err := metrics.Softmax(logits, 2)
	if err != nil {
		log.Print(err)
		return
	}
	loss, err := metrics.LogLoss(truth, p)
	fmt.Printf("log loss %.4f %v\n", loss, err)
	brier, err := metrics.Brier(truth, p)
	fmt.Printf("Brier score %.4f %v\n", brier, err)
	second, err := metrics.TopK(truth, p, 2)
	fmt.Println("top 2:", second, err)
	losses, err := metrics.Losses(truth, p)
	fmt.Println("worst:", metrics.Worst(losses, 1), err)
	// Output:
	// log loss 1.6127 <nil>
	// Brier score 0.8190 <nil>
	// top 2: 1 <nil>
	// worst: [2] <nil>
}

// A model that says 0.9 and is right in three of four cases is too sure.
func ExampleCalibrate() {
	truth := []int64{0, 0, 0, 1, 1, 0}
	p := [][]float64{{.9, .1}, {.9, .1}, {.9, .1}, {.9, .1}, {.4, .6}, {.4, .6}}
	confidence, right, err := metrics.Confidences(truth, p)
	if err != nil {
		log.Print(err)
		return
	}
	c, err := metrics.Calibrate(confidence, right, 4)
	fmt.Print(c)
	fmt.Printf("ECE %.4f %v\n", c.ECE(), err)
	// Output:
	// confidence    examples    mean  accuracy
	// 0.50 to 0.75         2  0.6000    0.5000
	// 0.75 to 1.00         4  0.9000    0.7500
	// ECE 0.1333 <nil>
}

// How far predictions of numbers are off.
func ExampleRegress() {
	r, err := metrics.Regress([]float64{3, -.5, 2, 7}, []float64{2.5, 0, 2, 8})
	fmt.Printf("MSE %.3f, RMSE %.4f, MAE %.1f, R² %.4f %v\n", r.MSE, r.RMSE, r.MAE, r.R2, err)
	// Output: MSE 0.375, RMSE 0.6124, MAE 0.5, R² 0.9486 <nil>
}

// How sure an accuracy is that was measured on forty examples.
func ExampleBootstrap() {
	truth, predicted := make([]int64, 40), make([]int64, 40)
	for i := range 6 {
		predicted[i] = 1 // wrong
	}
	v, err := metrics.Bootstrap{Seed: 1}.Interval(len(truth), func(rows []int) float64 {
		right := 0.
		for _, i := range rows {
			if truth[i] == predicted[i] {
				right++
			}
		}
		return right / float64(len(rows))
	})
	fmt.Printf("%.3f, from %.3f to %.3f, %v\n", v.Value, v.Low, v.High, err)
	// Output: 0.850, from 0.750 to 0.950, <nil>
}

// Two models, by what each says of the same examples, and by their accuracies in five folds.
func ExampleMcNemar() {
	truth := make([]int64, 12)
	a := []int64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	b := []int64{1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}
	t, err := metrics.McNemar(truth, a, b)
	fmt.Printf("%v more, P %.4f %v\n", t.Statistic, t.P, err)
	t, err = metrics.PairedT([]float64{.91, .93, .9, .95, .92}, []float64{.9, .9, .89, .93, .92})
	fmt.Printf("t %.4f, P %.4f %v\n", t.Statistic, t.P, err)
	// Output:
	// 6 more, P 0.0703 <nil>
	// t 2.7456, P 0.0516 <nil>
}

// Three models together: the mean of their probabilities, and their vote.
func ExampleVote() {
	p, err := metrics.Mean([][]float64{{.9, .1}}, [][]float64{{.4, .6}}, [][]float64{{.4, .6}})
	fmt.Printf("%.2f %v\n", p, err)
	v, err := metrics.Vote([]int64{0}, []int64{1}, []int64{1})
	fmt.Println(v, err)
	// Output:
	// [[0.57 0.43]] <nil>
	// [1] <nil>
}
