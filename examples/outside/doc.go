// Package outside is what a user's program may bring along: a layer, an operation, an optimiser, a loss and an
// initialiser of its own, weights that PyTorch has written, trainings of several kinds, and a server. It is a module
// of its own, so that the compiler lets it use the public names of stheno alone. Each file stands for itself:
//
//	highway.go      a layer             nn.Scope, nn.Affine
//	snake.go        an operation        graph.Op
//	lion.go         an optimiser        train.Optimizer
//	orthogonal.go   an initialiser      nn.Init, nn.Rand
//	quantile.go     a loss              train.Loss
//	classifier.go   a model             nn.Model, weights with other names
//	table.go        rows of a file      table.Read, train.Fit with a hook that ends it
//	adversaries.go  two players         train.Game, and train.Minimize by hand
//	pictures.go     a residual network  data.Folder, cnn.NewResNet18
//	finetune.go     a part used again   nn.Params.LoadPrefix, Freeze
//	handler.go      a server            nn.Predictor, shared by all requests
package outside
