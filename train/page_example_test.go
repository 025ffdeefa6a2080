package train_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

// A line of progress a step, with the time that is left if steps go on as before, and one for each evaluation. It is
// rounded to minutes here, so that it is always the same; a longer training rounds it to seconds.
func ExampleFit_progress() {
	_, fit := lineFit(3)
	fit.Progress = func(p train.Progress) {
		if p.Scores != nil {
			fmt.Printf("epoch %d of %d: loss of the test %.4f\n", p.Epoch, p.Epochs, p.Scores.Loss)
			return
		}
		done, all := (p.Epoch-1)*p.Steps+p.Step, p.Epochs*p.Steps
		left := p.Elapsed / time.Duration(done) * time.Duration(all-done)
		left = left.Round(time.Minute)
		fmt.Printf("step %d of %d: loss %.4f, rate %g, %v left\n", done, all, p.MeanLoss, p.LR, left)
	}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step 1 of 3: loss 21.0000, rate 0.125, 0s left
	// epoch 1 of 3: loss of the test 0.0547
	// step 2 of 3: loss 0.0547, rate 0.125, 0s left
	// epoch 2 of 3: loss of the test 0.0009
	// step 3 of 3: loss 0.0009, rate 0.125, 0s left
	// epoch 3 of 3: loss of the test 0.0006
}

// The gradients of the line are long at first. Clipped, the first step is as long as the rate times ClipNorm.
func ExampleTrainer_clipNorm() {
	for _, most := range []float64{0, 2} {
		model, fit := lineFit(1)
		fit.Trainer.ClipNorm = most // 0 for no limit
		if _, err := fit.Run(context.Background()); err != nil {
			log.Fatal(err)
		}
		w, b := model.Layers[0].Weight.Tensor().At(0), model.Layers[0].Bias.Tensor().At(0) // from zeros
		fmt.Printf("ClipNorm %g: a gradient of norm %.2f\n", most, math.Hypot(w, b)/fit.Trainer.LR)
	}
	// Output:
	// ClipNorm 0: a gradient of norm 18.79
	// ClipNorm 2: a gradient of norm 2.00
}

// What a model that has learnt says of examples that are held out: which classes it takes for which, precision, recall
// and F1, whether the right class is among the first three, and the area under the ROC curves.
func ExampleEvaluator_confusion() {
	digits := data.DigitsN(0, 1000, 200)
	model := mlp.New(784, 32, 10)
	fit := train.Fit{
		Trainer: train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .003}),
		Train:   digits.Train.Shuffled(50),
		Epochs:  8,
	}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	logits, err := nn.NewPredictor(model).Predict(digits.Test.X) // (200, 10)
	if err != nil {
		log.Fatal(err)
	}
	truth := digits.Test.Y.I64
	predicted, err := metrics.Largest(logits.F32, 10)
	if err != nil {
		log.Fatal(err)
	}
	c, err := metrics.Confuse(truth, predicted, 10) // fmt.Println(c) shows the matrix, c.Report() all classes
	if err != nil {
		log.Fatal(err)
	}
	probabilities, err := metrics.Softmax(logits.F32, 10)
	if err != nil {
		log.Fatal(err)
	}
	top, err := metrics.TopK(truth, probabilities, 3)
	if err != nil {
		log.Fatal(err)
	}
	auc, err := metrics.OneVsRestAUC(truth, probabilities)
	if err != nil {
		log.Fatal(err)
	}
	scores, err := train.NewEvaluator(train.Supervised(model, ops.CrossEntropy), train.Accuracy()).
		Evaluate(digits.Test.Ordered(64))
	if err != nil {
		log.Fatal(err)
	}
	macro := c.Average(metrics.Macro)
	fmt.Println("macro precision, recall and F1 above .7:", macro.Precision > .7, macro.Recall > .7, macro.F1 > .7)
	fmt.Println("top 3 above .9, AUC above .9:", top > .9, auc > .9)
	fmt.Println("the accuracy is the evaluator's:", math.Abs(c.Accuracy()-scores.Metrics["accuracy"]) < 1e-9)
	// Output:
	// macro precision, recall and F1 above .7: true true true
	// top 3 above .9, AUC above .9: true true
	// the accuracy is the evaluator's: true
}
