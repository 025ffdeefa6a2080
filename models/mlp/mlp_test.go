package mlp

import (
	"context"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		widths []int
		want   int
	}{
		{[]int{784, 10}, 7850},
		{[]int{784, 128, 10}, 784*128 + 128 + 128*10 + 10},
		{[]int{784, 300, 100, 10}, 266610}, // LeNet-300-100, LeCun et al. 1998
	} {
		if got := New(test.widths...).Params().Count(); got != test.want {
			t.Errorf("widths %v: %d parameters, want %d", test.widths, got, test.want)
		}
	}
}

// TestDigitsAreATask: the generated digits are hard enough that a linear model is not enough.
func TestDigitsAreATask(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for ten epochs")
	}
	digits := data.Digits(0)
	accuracy := func(widths ...int) float64 {
		task := train.Supervised(New(widths...), ops.CrossEntropy)
		fit := train.Fit{Trainer: train.New(task, &train.Adam{LR: 2e-3}),
			Metrics: []train.Metric{train.Accuracy()}, Epochs: 10,
			Train: digits.Train.Shuffled(64),
			Test:  digits.Test.Ordered(500)}
		result, err := fit.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return result.Scores.Metrics["accuracy"]
	}
	linear, deep := accuracy(784, 10), accuracy(784, 128, 10)
	t.Logf("accuracy of a linear model %.4f, with a hidden layer %.4f", linear, deep)
	if linear >= 0.93 || deep <= linear {
		t.Errorf("accuracy of a linear model is %.4f, want less than 0.93 and than %.4f", linear, deep)
	}
}
