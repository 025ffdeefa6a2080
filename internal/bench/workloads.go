// This file holds the list of workloads.

package bench

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/gan"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// characters is the size of the alphabet of the language models: that of the tiny Shakespeare.
const characters = 65

// Workloads lists all of them. The optimisers have PyTorch's constants.
func Workloads() []Workload {
	return []Workload{
		{Name: "mlp_784_128_10_b32_adam", Batch: 32, Problem: func(n int) Problem {
			return supervised(mlp.New(784, 128, 10), Normal(n, 784), classes(n), ops.CrossEntropy,
				&train.Adam{LR: 1e-3})
		}},
		{Name: "lenet5_b64_sgd", Batch: 64, Problem: func(n int) Problem {
			return supervised(cnn.NewLeNet5(10), Normal(n, 1, 28, 28), classes(n), ops.CrossEntropy,
				&train.SGD{LR: .01})
		}},
		{Name: "convnet_32_64_b64_adam", Batch: 64, Problem: func(n int) Problem {
			return supervised(newConvNet(), Normal(n, 1, 28, 28), classes(n), ops.CrossEntropy, &train.Adam{LR: 1e-3})
		}},
		{Name: "lstm_charlm_2x128_t50_b50_adam", Batch: 50, Each: 50, Problem: func(n int) Problem {
			return language(newLSTM(characters, 128, 2), n, 50, &train.Adam{LR: 1e-3})
		}},
		{Name: "nanogpt_4x128_t64_b12_adamw", Batch: 12, Each: 64, Problem: func(n int) Problem {
			return language(newGPT(characters, 128, 4, 4, 64), n, 64, &train.AdamW{LR: 1e-3, Decay: .01})
		}},
		{Name: "gpt_6x384_t256_b8_adamw", Batch: 8, Each: 256, Problem: func(n int) Problem {
			return language(newGPT(characters, 384, 6, 6, 256), n, 256, &train.AdamW{LR: 1e-3, Decay: .01})
		}},
		{Name: "vae_784_400_20_b128_adam", Batch: 128, Problem: func(n int) Problem {
			return supervised(newVAE(784, 400, 20), Uniform(n, 784), classes(n), itself, &train.Adam{LR: 1e-3})
		}},
		{Name: "resnet20_cifar_b32_sgd", Batch: 32, Problem: func(n int) Problem {
			m := cnn.NewResNet20(10, cnn.Options{Projection: true})
			return supervised(m, Normal(n, 3, 32, 32), classes(n), ops.CrossEntropy, &train.SGD{LR: .1, Momentum: .9})
		}},
		{Name: "infer_resnet18_b1", Batch: 1, Infer: true, Problem: func(n int) Problem {
			return photographs(cnn.NewResNet18(1000), n)
		}},
		{Name: "infer_resnet50_b1", Batch: 1, Infer: true, Large: true, Problem: func(n int) Problem {
			return photographs(cnn.NewResNet50(1000), n)
		}},
		{Name: "infer_vgg16_b1", Batch: 1, Infer: true, Large: true, Problem: func(n int) Problem {
			return photographs(cnn.NewVGG16(1000), n)
		}},
		{Name: "infer_alexnet_b1", Batch: 1, Infer: true, Large: true, Problem: func(n int) Problem {
			return photographs(cnn.NewAlexNet(1000), n)
		}},
		{Name: "infer_googlenet_b1", Batch: 1, Infer: true, Large: true, Problem: func(n int) Problem {
			return photographs(cnn.NewGoogLeNet(1000, cnn.Options{NoAux: true}), n)
		}},
		{Name: "resnet18_b8_sgd", Batch: 8, Large: true, Problem: func(n int) Problem {
			return photographs(cnn.NewResNet18(1000), n)
		}},
		{Name: "dcgan_64_b16_adam", Batch: 16, Large: true, Problem: func(n int) Problem {
			m := gan.NewDCGAN(100, 64, 3, 64, 64)
			t := train.New(m.Game(2e-4), nil)
			x := Uniform(n, 3, 64, 64)
			z := Normal(n, 100)
			return Problem{Model: m, X: z, Trainer: t, Batch: []graph.Tensor{x}}
		}},
	}
}

// photographs is the problem of telling what is in pictures of 224×224, of a thousand kinds.
func photographs(m nn.Model, n int) Problem {
	x, y := Normal(n, 3, 224, 224), Integers("y", 1000, n)
	return supervised(m, x, y, ops.CrossEntropy, &train.SGD{LR: .1, Momentum: .9})
}

// supervised is the problem of predicting y of x.
func supervised(m nn.Model, x, y graph.Tensor, loss train.Loss, opt train.Optimizer) Problem {
	return Problem{Model: m, X: x, Y: y, Loss: loss, Optimizer: opt}
}

// classes are the labels of n images of ten kinds.
func classes(n int) graph.Tensor { return Integers("y", 10, n) }

// language is the task of predicting t characters in each of n texts.
func language(m *network, n, t int, opt train.Optimizer) Problem {
	return supervised(m, Integers("x", characters, n, t), Integers("y", characters, n*t), ops.CrossEntropy, opt)
}

// itself is the loss of a model whose result is its loss.
func itself(loss, _ graph.Node) graph.Node { return loss }
