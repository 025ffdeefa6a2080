// This file holds the models of the zoo: what each command knows of them.

package main

import (
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
)

// entry is one model of the zoo with its usual training.
type entry struct {
	name, title, family, paper string
	input                      graph.Shape // of one example
	build                      func() nn.Model

	data      string // default data
	epochs    int
	batch     int
	lr        float64
	optimizer string
}

// zoo lists the models by name.
func zoo() []entry {
	return []entry{
		{name: "mlp", title: "MLP 784-128-10", family: "mlp", paper: "Rumelhart, Hinton and Williams 1986",
			input: graph.Shape{1, 28, 28}, build: func() nn.Model { return mlp.New(784, 128, 10) },
			data: "digits", epochs: 5, batch: 64, lr: 0.05, optimizer: "momentum"},
		{name: "lenet5", title: "LeNet-5", family: "cnn", paper: "LeCun, Bottou, Bengio and Haffner 1998",
			input: graph.Shape{1, 28, 28}, build: func() nn.Model { return cnn.NewLeNet5(10) },
			data: "digits", epochs: 5, batch: 64, lr: 2e-3, optimizer: "adam"},
		{name: "convnet", title: "ConvNet", family: "cnn", paper: "Ioffe and Szegedy 2015",
			input: graph.Shape{1, 28, 28}, build: func() nn.Model { return cnn.NewConvNet(10) },
			data: "digits", epochs: 3, batch: 64, lr: 2e-3, optimizer: "adam"},
	}
}

func names() []string {
	var all []string
	for _, e := range zoo() {
		all = append(all, e.name)
	}
	return all
}

// find returns the model of a name, or says which are known, nearest first.
func find(name string) (entry, error) {
	for _, e := range zoo() {
		if e.name == name {
			return e, nil
		}
	}
	return entry{}, usagef("unknown model %q; known are %s", name, strings.Join(near.Sort(name, names()), ", "))
}
