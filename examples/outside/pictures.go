// This file holds LearnPictures, which teaches a residual network the classes of a folder of pictures.

package outside

import (
	"context"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// LearnPictures teaches ResNet-18 the classes of a folder that has one of PNG or JPEG pictures for each, which it
// resizes to 32×32, in batches of n.
func LearnPictures(ctx context.Context, dir string, n, epochs int) (*cnn.ResNet, train.Result, error) {
	images, err := data.Folder(dir, data.FolderOptions{Height: 32, Width: 32, HeldOut: .25})
	if err != nil {
		return nil, train.Result{}, err
	}
	model := cnn.NewResNet18(len(images.Classes), cnn.Options{Small: true})
	fit := train.Fit{
		Trainer: train.New(train.Supervised(model, ops.CrossEntropy), &train.SGD{LR: .01, Momentum: .9, Decay: 5e-4}),
		Train:   images.Train.Shuffled(n),
		Test:    images.Test.Ordered(64),
		Metrics: []train.Metric{train.Accuracy()},
		Epochs:  epochs,
	}
	result, err := fit.Run(ctx)
	return model, result, err
}
