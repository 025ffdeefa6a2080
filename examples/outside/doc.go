// Package outside is what a user's program may bring along: a layer, an operation, an optimiser and an initialiser of
// its own, weights that PyTorch has written, and a server. It is a module of its own, so that the compiler lets it use
// the public names of stheno alone. Each file stands for itself:
//
//	highway.go     a layer          nn.Scope, nn.Affine
//	snake.go       an operation     graph.Op
//	lion.go        an optimiser     train.Optimizer
//	orthogonal.go  an initialiser   nn.Init, nn.Rand
//	classifier.go  a model          nn.Model, weights with other names
//	handler.go     a server         nn.Predictor, shared by all requests
package outside
