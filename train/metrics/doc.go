// Package metrics measures predictions: of classes, of probabilities, and of numbers.
//
// The one idea: it knows no graph and no model. Its functions take plain slices, so that predictions may come from
// anywhere, and what they return is plain values:
//
//	c, err := metrics.Confuse(truth, predicted, 3)
//	c.Names = []string{"setosa", "versicolor", "virginica"}
//	fmt.Print(c, c.Report())
//
// Classes are numbers from 0. A list of probabilities has a row for each example and in it a number for each class, as
// [Softmax] makes them of logits:
//
//	of classes          Confuse, Accuracy, Confusion.Classes, Average, MCC, Kappa        confusion.go
//	of scores           ROC, AUC, OneVsRestAUC, PrecisionRecall, AveragePrecision, TopK  ranking.go
//	of probabilities    LogLoss, Brier, Losses, Worst, Confidences, Calibrate            probability.go
//	of numbers          Regress                                                          regression.go
//	of translations     BLEU                                                             bleu.go
//	of several models   Mean, Vote                                                       ensemble.go
//	how sure one is     Bootstrap, McNemar, PairedT                                      compare.go
//
// The numbers are those of scikit-learn, which testdata/metrics.py has written down; where frameworks differ, the
// function says which way it goes. What makes no sense, such as lists of different lengths, is an error that says
// where.
package metrics
