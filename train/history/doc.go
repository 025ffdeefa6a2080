// Package history holds what a training came to: [Rows] for its epochs, and looks inside its model.
//
// The one idea: a history is plain numbers, which anybody may look through, draw or write. train.Fit returns Rows, and
// a train.Watch collects looks; this package knows neither, and needs no graph.
//
//	result, err := fit.Run(ctx)
//	...
//	err = result.History.WriteFile("run.csv")
//
// The rows are in history.go, with the tables of CSV and JSON that they are written as; events.go has the form that
// TensorBoard reads. A [Look] says what was seen of each layer and each parameter: look.go has it with its figures,
// histogram.go with its histograms for TensorBoard.
package history
