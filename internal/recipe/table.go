// This file holds the table: a row for each model.

package recipe

import (
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/gan"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train/schedule"
)

// digit is the shape of a picture of a digit.
var digit = graph.Shape{1, 28, 28}

// bertContext is how many words the models of BERT see, and bertStretch how many of a text a model learns from at a
// time. Attention begins spread over all of them, so that a model sees 1/T of a neighbour: in stretches of 64 words of
// the built-in text it knows after 800 steps which words are about (4.32 nats), and in those of 16 after 400 which
// word stands beside (3.94). BERT learns from shorter stretches first, too, for their cost (Devlin et al. 2019,
// appendix A.2).
const bertContext, bertStretch = 64, 16

// bertSize is the size of such a model: a number more than there are words stands for one that is masked.
func bertSize(f kind.Form, dropout float64) transformer.BERTConfig {
	return transformer.BERTConfig{Vocabulary: f.Words.Len() + 1, Context: bertContext, Width: f.Size.Width, Heads: 4,
		Layers: f.Size.Depth, Dropout: dropout}
}

// dcgan is the model for pictures of a side. The width is that for pictures up to 32×32, to which the players widen
// those of 28×28. Larger ones have twice the width, 64, and a noise of 100, as the official network for 64×64.
func dcgan(f kind.Form) kinds.Playing {
	if f.Size.Size > 32 {
		return gan.NewDCGAN(100, 2*f.Size.Width, f.Input...)
	}
	return gan.NewDCGAN(64, f.Size.Width, f.Input...)
}

// photograph are the options of a network for pictures of a form: below a side of 64 it begins as papers on CIFAR do.
func photograph(f kind.Form) cnn.Options {
	return cnn.Options{Channels: f.Input[0], Width: f.Size.Width, Small: f.Input[1] < kinds.SmallSide}
}

// recurrent are the options of a recurrent model for a form.
func recurrent(f kind.Form) rnn.Options { return rnn.Options{Unroll: f.Unroll} }

// inception are those of networks whose published weights were learnt in TensorFlow.
func inception(f kind.Form) cnn.Options {
	o := photograph(f)
	o.TransformInput = f.Transform
	return o
}

// inceptionV3 are those of Inception v3, whose auxiliary head takes pictures of the published size, or small ones.
func inceptionV3(f kind.Form) cnn.Options {
	o := inception(f)
	o.NoAux = !o.Small && f.Input[1] < 299
	return o
}

// vgg are those of VGG: on small pictures it is normalised, as Liu and Deng 2015 and all who came after have it there.
func vgg(f kind.Form) cnn.Options {
	o := photograph(f)
	o.BatchNorm = o.Small
	return o
}

// ofTensorFlow is what pages say of the weights of others.
const ofTensorFlow = "Weights of others, such as torchvision's, were learnt in TensorFlow, of pictures in [-1, 1]: " +
	"with a file of such weights pictures are brought there behind `normalize` (`cnn.Options.TransformInput`). " +
	"Weights that are learnt here see what `normalize` gives."

var (
	vggDeviations = []string{
		"Below a side of 64 it is that of Liu's pytorch-cifar: batch normalisation after each convolution, " +
			"and no hidden layers of 4096 units.",
	}
	basicDeviations = []string{
		"Below a side of 64 it is that of Liu's pytorch-cifar: its first convolution is 3×3 of stride 1, and " +
			"nothing is pooled before the blocks.",
	}
	bottleneckDeviations = append([]string{
		"A block whose planes shrink has its stride in the 3×3 convolution, as torchvision's; the paper has it " +
			"in the 1×1 one before.",
	}, basicDeviations...)
	cifarDeviations = []string{
		"The paper trains for 64,000 steps of 128 pictures at a rate of 0.1 that is divided by ten twice; " +
			"this recipe takes 5,000, by a rate that rises for a fifth of them, and falls along half a cosine.",
	}
)

// halfCosine falls from the largest rate to none.
var halfCosine = schedule.Cosine{}.At

// oneCycle rises for a fifth of the steps and falls along half a cosine, in the manner of Smith and Topin 2018.
var oneCycle = schedule.Warmup{Over: .2, Then: schedule.Cosine{}}.At

// watched is what a network comes to in a size that is small enough to watch it learn.
func watched(bound float64, steps, side, width int) []Expect {
	size := kind.Size{Size: side, Width: width}
	return []Expect{{Figure: "accuracy", Bound: bound, Data: "digits", Steps: steps, Size: size}}
}

// Table lists the models of the zoo.
func Table() []Recipe {
	return []Recipe{
		{
			Name: "mlp", Title: "MLP 784-128-10", Family: "mlp", File: "models/mlp/mlp.go",
			Paper: "Rumelhart, Hinton and Williams 1986",
			About: "Fully connected layers with ReLU between them, the network that back-propagation was shown with.",
			Next:  []string{"models/cnn/lenet.go", "ops/linear.go"},
			Kind: kinds.Classifier{Input: digit, New: func(f kind.Form) nn.Model {
				return mlp.New(f.Input.Size(), f.Size.Width, len(f.Classes))
			}},
			Size: kind.Size{Width: 128},
			Data: "digits", Epochs: 5, Batch: 64, Optimizer: "momentum", LR: .05, Schedule: halfCosine,
			Tables: &Tables{Title: "MLP", Width: 32, Batch: 32, Steps: 500, Optimizer: "adam", LR: .01},
			Learns: .5,
			Expect: []Expect{{Figure: "accuracy", Bound: .97, Data: "digits"}},
		},
		{
			Name: "lenet5", Title: "LeNet-5", Family: "cnn", File: "models/cnn/lenet.go",
			Paper: "LeCun, Bottou, Bengio and Haffner 1998",
			About: "The convolutional network that read cheques, in the form in which it is taught today.",
			Next:  []string{"models/cnn/convnet.go", "ops/conv.go"},

			Published: "61,706 parameters in this form, 60,000 in that of 1998",
			Deviations: []string{
				"ReLU, maxima and a linear output stand where the network of 1998 has a scaled tanh, trainable " +
					"means and distances to fixed codes.",
				"Its second convolution reads all maps below, that of 1998 some of them.",
			},
			Kind: kinds.Classifier{Input: digit, New: func(f kind.Form) nn.Model {
				return cnn.NewLeNet5(len(f.Classes))
			}},
			Data: "digits", Epochs: 5, Elsewhere: 10, Batch: 64, Optimizer: "adam", LR: 2e-3,
			Schedule: halfCosine,
			Learns:   .5,
			Expect: []Expect{
				{Figure: "accuracy", Bound: .99, Data: "digits"},
				{Figure: "accuracy", Bound: .99, Data: "mnist"},
				{Figure: "accuracy", Bound: .89, Data: "fashion-mnist"},
			},
		},
		{
			Name: "lenet5-1998", Title: "LeNet-5 of 1998", Family: "cnn", File: "models/cnn/lenet1998.go",
			Paper: "LeCun, Bottou, Bengio and Haffner 1998",
			About: "LeNet-5 as it was published: it learns to draw each digit as a small picture, and the nearest " +
				"of " +
				"ten drawings is the answer.",
			Next: []string{"models/cnn/lenet.go", "ops/pool.go"},

			Published: "60,000 parameters; an error of 0.95 % on the test digits of MNIST",
			Deviations: []string{
				"The drawings that it learns to make are not the paper's, which shows them without their numbers.",
				"It learns by Adam, where the paper divides the rate of each weight by a second derivative.",
			},
			Kind: kinds.Classifier{Input: digit, New: func(kind.Form) nn.Model { return cnn.NewLeNet1998() }},
			Data: "digits", Epochs: 5, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: 20,
			Expect: []Expect{
				{Figure: "accuracy", Bound: .97, Data: "digits"},
				{Figure: "accuracy", Bound: .985, Data: "mnist"},
			},
		},
		{
			Name: "convnet", Title: "ConvNet", Family: "cnn", File: "models/cnn/convnet.go",
			Paper: "Ioffe and Szegedy 2015",
			About: "A small convolutional network of today: batch normalisation after each convolution, and dropout.",
			Next:  []string{"nn/norm.go", "ops/norm.go"},
			Kind: kinds.Classifier{Input: digit, New: func(f kind.Form) nn.Model {
				return cnn.NewConvNet(len(f.Classes))
			}},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: .5,
			Expect: []Expect{{Figure: "accuracy", Bound: .99, Data: "digits"}},
		},
		{
			Name: "alexnet", Title: "AlexNet", Family: "cnn", File: "models/cnn/alexnet.go",
			Paper: "Krizhevsky, Sutskever and Hinton 2012",
			About: "The network of five convolutions that won the ImageNet challenge of 2012.",
			Next:  []string{"models/cnn/vgg.go", "models/cnn/options.go", "ops/conv.go"},

			Published: "61,100,840 parameters and 0.714 billion multiply-adds in the form of 2014, " +
				"60,965,224 parameters in that of 2012; 56.522 % of ImageNet right at the first guess " +
				"(torchvision's weights)",
			Deviations: []string{
				"It is the network of \"One weird trick\" (Krizhevsky 2014): 64, 192, 384, 256 and " +
					"256 channels, without groups and without normalisation of responses.",
				"Below a side of 64 it is that of Yang's pytorch-classification for CIFAR, which has " +
					"no hidden layers of 4096 units.",
			},
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewAlexNet(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 32, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "adam", LR: 1e-3, Schedule: halfCosine,
			Learns: 1.8,
			Expect: watched(.95, 300, 32, 32),
		},
		{
			Name: "vgg11", Title: "VGG-11", Family: "cnn", File: "models/cnn/vgg.go",
			Paper: "Simonyan and Zisserman 2015",
			About: "Configuration A of VGG: 11 layers with weights, of which all convolutions are 3×3.",
			Next:  []string{"models/cnn/resnet.go", "models/cnn/alexnet.go"},

			Published: "132,863,336 parameters, 7.609 billion multiply-adds; 69.020 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: vggDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewVGG11(len(f.Classes), vgg(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 32, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 32, 8),
		},
		{
			Name: "vgg13", Title: "VGG-13", Family: "cnn", File: "models/cnn/vgg.go",
			Paper: "Simonyan and Zisserman 2015",
			About: "Configuration B of VGG: 13 layers with weights, of which all convolutions are 3×3.",
			Next:  []string{"models/cnn/resnet.go", "models/cnn/alexnet.go"},

			Published: "133,047,848 parameters, 11.308 billion multiply-adds; 69.928 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: vggDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewVGG13(len(f.Classes), vgg(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 32, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 32, 8),
		},
		{
			Name: "vgg16", Title: "VGG-16", Family: "cnn", File: "models/cnn/vgg.go",
			Paper: "Simonyan and Zisserman 2015",
			About: "Configuration D of VGG: 16 layers with weights, of which all convolutions are 3×3.",
			Next:  []string{"models/cnn/resnet.go", "models/cnn/alexnet.go"},

			Published: "138,357,544 parameters, 15.470 billion multiply-adds; 71.592 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: vggDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewVGG16(len(f.Classes), vgg(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 32, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 32, 8),
		},
		{
			Name: "vgg19", Title: "VGG-19", Family: "cnn", File: "models/cnn/vgg.go",
			Paper: "Simonyan and Zisserman 2015",
			About: "Configuration E of VGG: 19 layers with weights, of which all convolutions are 3×3.",
			Next:  []string{"models/cnn/resnet.go", "models/cnn/alexnet.go"},

			Published: "143,667,240 parameters, 19.632 billion multiply-adds; 72.376 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: vggDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewVGG19(len(f.Classes), vgg(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 32, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 32, 8),
		},
		{
			Name: "googlenet", Title: "GoogLeNet", Family: "cnn", File: "models/cnn/googlenet.go",
			Paper: "Szegedy et al. 2015",
			About: "A network of modules that look at the same maps through windows of several sizes; " +
				"two more classifiers in its middle help it to learn.",
			Next: []string{"models/cnn/inception.go", "models/cnn/inception_v3.go"},

			Published: "6,624,904 parameters, 1.498 billion multiply-adds, and 6,379,984 parameters " +
				"in the auxiliary heads; 69.778 % of ImageNet right at the first guess " +
				"(torchvision's weights)",
			Deviations: []string{
				"Each convolution is normalised, and the third branch of a module has 3×3 where the " +
					"paper has 5×5, as torchvision's.",
				"Below a side of 64 it begins as that of Liu's pytorch-cifar: its first convolution " +
					"is 3×3 of stride 1, and nothing is pooled before the modules.",
				ofTensorFlow,
			},
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewGoogLeNet(len(f.Classes), inception(f))
			}),
			Transforms: true,
			Size:       kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 8},
			Data: "digits", Epochs: 3, Batch: 64,
			Optimizer: "nesterov", LR: .05, Decay: 5e-4, Schedule: oneCycle,
			Learns: 1.8,
			Expect: []Expect{{
				Figure: "accuracy", Bound: .95, Data: "digits",
				Steps: 200, Size: kind.Size{Size: 32, Width: 8},
			}},
		},
		{
			Name: "inception_v3", Title: "Inception v3", Family: "cnn", File: "models/cnn/inception_v3.go",
			Paper: "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016",
			About: "An Inception network whose large windows are taken apart into small ones, such as " +
				"7×7 into 1×7 and 7×1.",
			Next: []string{"models/cnn/googlenet.go", "models/cnn/inception.go"},

			Published: "23,834,568 parameters, 5.713 billion multiply-adds, and 3,326,696 parameters " +
				"in the auxiliary head; 77.294 % of ImageNet right at the first guess " +
				"(torchvision's weights)",
			Deviations: []string{
				"Means of windows count the zeros at the border, as torchvision's; those of " +
					"TensorFlow and Keras do not.",
				"Below a side of 64 it begins as that of weiaicunzai's pytorch-cifar100: its first " +
					"convolutions have a stride of 1, and nothing is pooled before the modules.",
				"From there to a side of 299 it has no auxiliary head, which would find nothing to " +
					"look at.",
				ofTensorFlow,
			},
			Kind: kinds.NewPhotographs(299, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewInceptionV3(len(f.Classes), inceptionV3(f))
			}),
			Transforms: true,
			Size:       kind.Size{Size: 299, Width: 32}, Tiny: kind.Size{Size: 16, Width: 2},
			Data: "digits", Epochs: 3, Batch: 64,
			Optimizer: "nesterov", LR: .05, Decay: 5e-4, Schedule: oneCycle,
			Learns: 1.8,
			Expect: []Expect{{
				Figure: "accuracy", Bound: .95, Data: "digits",
				Steps: 200, Size: kind.Size{Size: 32, Width: 4},
			}},
		},
		{
			Name: "resnet18", Title: "ResNet-18", Family: "cnn", File: "models/cnn/resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "A residual network: each block adds to what it is given, so that many layers learn.",
			Next:  []string{"models/cnn/block.go", "models/cnn/cifar_resnet.go"},

			Published: "11,689,512 parameters, 1.814 billion multiply-adds; 69.758 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: basicDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewResNet18(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 16, 16),
		},
		{
			Name: "resnet34", Title: "ResNet-34", Family: "cnn", File: "models/cnn/resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 34 layers, the deepest whose blocks have two convolutions.",
			Next:  []string{"models/cnn/block.go", "models/cnn/cifar_resnet.go"},

			Published: "21,797,672 parameters, 3.664 billion multiply-adds; 73.314 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: basicDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewResNet34(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.95, 200, 16, 16),
		},
		{
			Name: "resnet50", Title: "ResNet-50", Family: "cnn", File: "models/cnn/resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 50 layers, whose blocks narrow, convolve and widen again.",
			Next:  []string{"models/cnn/block.go", "models/cnn/cifar_resnet.go"},

			Published: "25,557,032 parameters, 4.089 billion multiply-adds; 76.130 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: bottleneckDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewResNet50(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.9, 200, 16, 8),
		},
		{
			Name: "resnet101", Title: "ResNet-101", Family: "cnn", File: "models/cnn/resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 101 layers, 23 blocks of which are in the third stage.",
			Next:  []string{"models/cnn/block.go", "models/cnn/cifar_resnet.go"},

			Published: "44,549,160 parameters, 7.801 billion multiply-adds; 77.374 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: bottleneckDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewResNet101(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.9, 200, 16, 8),
		},
		{
			Name: "resnet152", Title: "ResNet-152", Family: "cnn", File: "models/cnn/resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 152 layers, which won the ImageNet challenge of 2015.",
			Next:  []string{"models/cnn/block.go", "models/cnn/cifar_resnet.go"},

			Published: "60,192,808 parameters, 11.514 billion multiply-adds; 78.312 % of ImageNet right " +
				"at the first guess (torchvision's weights)",
			Deviations: bottleneckDeviations,
			Kind: kinds.NewPhotographs(224, kinds.ImageNet, func(f kind.Form) nn.Model {
				return cnn.NewResNet152(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 224, Width: 64}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Batch: 64, Optimizer: "nesterov", LR: .05, Onward: .1, Decay: 5e-4,
			Schedule: oneCycle,
			Learns:   1.8,
			Expect:   watched(.9, 200, 16, 8),
		},
		{
			Name: "resnet20", Title: "ResNet-20 for CIFAR", Family: "cnn",
			File:  "models/cnn/cifar_resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 20 layers for small pictures, whose skips have no parameters.",
			Next:  []string{"models/cnn/block.go", "models/cnn/resnet.go"},

			Published:  "269,722 parameters, 40.6 million multiply-adds; wrong on 8.75 % of CIFAR-10",
			Deviations: cifarDeviations,
			Kind: kinds.NewPhotographs(32, kinds.CIFAR, func(f kind.Form) nn.Model {
				return cnn.NewResNet20(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 32, Width: 16}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Steps: 5000, Batch: 128, Optimizer: "nesterov", LR: .1, Onward: .1,
			Decay: 5e-4, Schedule: oneCycle,
			Learns: 1.8,
			Expect: []Expect{
				{Figure: "accuracy", Bound: .98, Data: "digits", Size: kind.Size{Size: 16}},
				{Figure: "accuracy", Bound: .994, Data: "mnist"},
				{Figure: "accuracy", Bound: .92, Data: "fashion-mnist"},
				{Figure: "accuracy", Bound: .72, Data: "cifar10"},
			},
		},
		{
			Name: "resnet32", Title: "ResNet-32 for CIFAR", Family: "cnn",
			File:  "models/cnn/cifar_resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 32 layers for small pictures, whose skips have no parameters.",
			Next:  []string{"models/cnn/block.go", "models/cnn/resnet.go"},

			Published:  "464,154 parameters, 68.9 million multiply-adds; wrong on 7.51 % of CIFAR-10",
			Deviations: cifarDeviations,
			Kind: kinds.NewPhotographs(32, kinds.CIFAR, func(f kind.Form) nn.Model {
				return cnn.NewResNet32(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 32, Width: 16}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Steps: 5000, Batch: 128, Optimizer: "nesterov", LR: .1, Onward: .1,
			Decay: 5e-4, Schedule: oneCycle,
			Learns: 1.8,
			Expect: watched(.95, 200, 16, 8),
		},
		{
			Name: "resnet56", Title: "ResNet-56 for CIFAR", Family: "cnn",
			File:  "models/cnn/cifar_resnet.go",
			Paper: "He, Zhang, Ren and Sun 2016",
			About: "The residual network of 56 layers for small pictures, whose skips have no parameters.",
			Next:  []string{"models/cnn/block.go", "models/cnn/resnet.go"},

			Published:  "853,018 parameters, 125.5 million multiply-adds; wrong on 6.97 % of CIFAR-10",
			Deviations: cifarDeviations,
			Kind: kinds.NewPhotographs(32, kinds.CIFAR, func(f kind.Form) nn.Model {
				return cnn.NewResNet56(len(f.Classes), photograph(f))
			}),
			Size: kind.Size{Size: 32, Width: 16}, Tiny: kind.Size{Size: 16, Width: 4},
			Data: "digits", Epochs: 3, Steps: 5000, Batch: 128, Optimizer: "nesterov", LR: .1, Onward: .1,
			Decay: 5e-4, Schedule: oneCycle,
			Learns: 1.8,
			Expect: watched(.95, 200, 16, 8),
		},
		{
			Name: "speech", Title: "Speech network", Family: "cnn", File: "models/cnn/speech.go",
			Paper: "Sainath and Parada 2015",
			About: "It tells which word is said, or which sound is heard, from a picture of frequencies over time.",
			Next:  []string{"data/sound/mel.go", "data/sound/stretch.go", "models/cnn/convnet.go"},
			Deviations: []string{
				"The paper's networks have two convolutions, of 20×8 and 10×4, over 40 bands of 32 frames, and " +
					"hidden layers; this one has three of 3×3 with batch normalisation, and a linear layer.",
			},
			Kind: kinds.Sounds{Mel: kinds.OneSecond, New: func(f kind.Form) nn.Model {
				return cnn.NewSpeechNet(f.Input[1], f.Size.Width, len(f.Classes))
			}},
			Size: kind.Size{Width: 16}, Tiny: kind.Size{Width: 8},
			Data: "tones", Epochs: 15, Elsewhere: 25, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: .9,
			Expect: []Expect{
				{Figure: "accuracy", Bound: .92, Data: "tones"},
				{Figure: "accuracy", Bound: .96, Data: "audio/fsdd"},
			},
		},
		{
			Name: "charrnn", Title: "Character RNN", Family: "rnn", File: "models/rnn/charrnn.go",
			Paper: "Elman 1990",
			About: "A language model of characters without gates, the network that an LSTM is measured by.",
			Next:  []string{"models/rnn/charlstm.go", "nn/recurrent_step.go"},
			Deviations: []string{
				"Elman's network has one layer, and no error goes back in time; this one has two, and it goes back " +
					"64 steps.",
			},
			Kind: kinds.Language{Length: 64, New: func(f kind.Form) kinds.Continuing {
				return rnn.NewCharRNN(f.Vocabulary.Len(), f.Size.Width, f.Size.Depth, recurrent(f))
			}},
			Unrolls: true,
			Size:    kind.Size{Width: 128, Depth: 2},
			Data:    "prose", Epochs: 8, Batch: 32, Optimizer: "adam", LR: 2e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 2.5,
			Expect: []Expect{{Figure: "loss", AtMost: true, Bound: .72, Data: "prose"}},
			Quick:  20 * time.Second,
		},
		{
			Name: "charlstm", Title: "Character LSTM", Family: "rnn", File: "models/rnn/charlstm.go",
			Paper: "Hochreiter and Schmidhuber 1997",
			About: "A language model of characters: it reads a text in stretches, carrying its state on, and writes " +
				"more of it.",
			Next: []string{"nn/recurrent.go", "ops/recurrent.go"},
			Deviations: []string{
				"It is the LSTM of PyTorch, with a forget gate (Gers, Schmidhuber and Cummins 2000) and no peepholes.",
			},
			Kind: kinds.Language{Length: 64, New: func(f kind.Form) kinds.Continuing {
				return rnn.NewCharLSTM(f.Vocabulary.Len(), f.Size.Width, f.Size.Depth, recurrent(f))
			}},
			Unrolls: true,
			Size:    kind.Size{Width: 128, Depth: 2},
			Data:    "prose", Epochs: 8, Batch: 32, Optimizer: "adam", LR: 4e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 2.5,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: .7, Data: "prose"},
				{Figure: "loss", AtMost: true, Bound: 1.58, Data: "text/tinyshakespeare.txt"},
			},
			Quick: 20 * time.Second,
		},
		{
			Name: "chargru", Title: "Character GRU", Family: "rnn", File: "models/rnn/chargru.go",
			Paper: "Cho et al. 2014",
			About: "A language model of characters with three gates in place of the four of an LSTM.",
			Next:  []string{"models/rnn/charlstm.go", "ops/recurrent.go"},
			Kind: kinds.Language{Length: 64, New: func(f kind.Form) kinds.Continuing {
				return rnn.NewCharGRU(f.Vocabulary.Len(), f.Size.Width, f.Size.Depth, recurrent(f))
			}},
			Unrolls: true,
			Size:    kind.Size{Width: 128, Depth: 2},
			Data:    "prose", Epochs: 8, Batch: 32, Optimizer: "adam", LR: 4e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 2.5,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: .7, Data: "prose"},
				{Figure: "loss", AtMost: true, Bound: 1.58, Data: "text/tinyshakespeare.txt"},
			},
			Quick: 20 * time.Second,
		},
		{
			Name: "names", Title: "GRU that invents names", Family: "rnn", File: "models/rnn/names.go",
			Paper: "Cho et al. 2014",
			About: "It learns a list of names, character by character, and invents new ones; a prompt is what they " +
				"begin with.",
			Next: []string{"models/rnn/chargru.go", "data/corpus/lines.go", "nn/sampler.go"},

			Published: "on the 32,033 names of Karpathy's makemore its networks come to 2.17 (a perceptron), 2.11 " +
				"(with batch normalisation) and 1.92 (a transformer) nats a character, on another held-out tenth",
			Kind: kinds.Lines{Length: 16, New: func(f kind.Form) kinds.Continuing {
				return rnn.NewNameGRU(f.Words.Len(), f.Size.Width, f.Size.Depth)
			}},
			Size: kind.Size{Width: 128, Depth: 1},
			Data: "names", Epochs: 4, Elsewhere: 10, Batch: 64, Optimizer: "adamw", LR: 4e-3, ClipNorm: 1,
			Schedule: halfCosine,
			Learns:   2.5,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: 2.03, Data: "names"},
				{Figure: "loss", AtMost: true, Bound: 2.12, Data: "text/names.txt"},
			},
			Quick: 10 * time.Second,
		},
		{
			Name: "gpt", Title: "GPT of characters", Family: "transformer", File: "models/transformer/gpt.go",
			Paper: "Radford et al. 2019",
			About: "A language model of attention alone: GPT-2, in small, of characters. It sees 64 of them.",
			Next:  []string{"nn/attention.go", "ops/attention.go", "models/transformer/bert.go"},
			Kind: kinds.Language{Length: 64, Anywhere: true, New: func(f kind.Form) kinds.Continuing {
				return transformer.NewGPT(transformer.GPTConfig{Vocabulary: f.Vocabulary.Len(), Context: 64,
					Width: f.Size.Width, Heads: 4, Layers: f.Size.Depth})
			}},
			Size: kind.Size{Width: 128, Depth: 4},
			Data: "prose", Epochs: 4, Elsewhere: 8, Batch: 16, Optimizer: "adamw", LR: 3e-3, ClipNorm: 1,
			Schedule: schedule.Warmup{Over: .05, Then: schedule.Cosine{}}.At,
			Learns:   2.5,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: .85, Data: "prose"},
				{Figure: "loss", AtMost: true, Bound: 1.6, Data: "text/tinyshakespeare.txt"},
			},
			Quick: 40 * time.Second,
			Deviations: []string{
				"It has four heads and no dropout, and reads characters where GPT-2 reads 50,257 pieces of words.",
				"When it has written as much as it sees, it reads the later half again.",
			},
		},
		{
			Name: "bert", Title: "BERT of words", Family: "transformer", File: "models/transformer/bert.go",
			Paper: "Devlin, Chang, Lee and Toutanova 2019",
			About: "An encoder that reads a text in both directions and learns by filling in words that are masked.",
			Next:  []string{"data/masked.go", "models/transformer/bert_classifier.go"},
			Deviations: []string{
				"It reads whole words, those that the training part has three times, where BERT reads 30,522 " +
					"pieces of words.",
				"It has no dropout, does not learn whether one text follows another, and its rate falls along half " +
					"a cosine.",
			},
			Kind: kinds.Masked{Length: bertStretch, Longest: bertContext, New: func(f kind.Form) kinds.Filling {
				return transformer.NewBERTMaskedLM(bertSize(f, 0))
			}},
			Size: kind.Size{Width: 128, Depth: 2},
			Data: "prose", Epochs: 12, Batch: 32, Optimizer: "adamw", LR: 1e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 4.5,
			Expect: []Expect{
				// What a model comes to that knows the frequencies of words alone is reported as unigram: 4.73 and
				// 5.79.
				{Figure: "loss", AtMost: true, Bound: 2.8, Data: "prose"},
				{Figure: "loss", AtMost: true, Bound: 5.26, Data: "text/tinyshakespeare.txt"},
			},
		},
		{
			Name: "bert-classifier", Title: "Classifier of BERT", Family: "transformer",
			File:  "models/transformer/bert_classifier.go",
			Paper: "Devlin, Chang, Lee and Toutanova 2019",
			About: "A BERT that tells the class of a text; it may begin with the weights of one that learnt " +
				"masked words.",
			Next: []string{"models/transformer/bert.go"},
			Kind: kinds.Finetuned{Most: bertContext, BaseRow: "bert", Rename: transformer.BERTClassifierName,
				New: func(f kind.Form) nn.Model {
					return transformer.NewBERTClassifier(bertSize(f, .1), len(f.Classes))
				},
			},
			Size: kind.Size{Width: 128, Depth: 2},
			Data: "reviews", Epochs: 4, Batch: 32, Optimizer: "adamw", LR: 5e-4, ClipNorm: 1, Schedule: halfCosine,
			Learns: .6,
			Expect: []Expect{{Figure: "accuracy", Bound: .9, Data: "reviews"}},
		},
		{
			Name: "sentiment", Title: "Sentiment of sentences", Family: "rnn", File: "models/rnn/sentiment.go",
			Paper: "Schuster and Paliwal 1997",
			About: "It tells praise from blame: an LSTM reads a sentence both ways, and the mean of its states " +
				"decides.",
			Next: []string{"models/rnn/language.go", "nn/lengths.go", "data/corpus/sentences.go"},
			Deviations: []string{
				"The paper's network is of plain units and labels each frame of speech; this one is of LSTMs, and " +
					"labels the whole.",
				"Words begin as N(0, 0.1) where PyTorch has N(0, 1): on film reviews it is right for six more in a " +
					"hundred.",
			},
			Kind: kinds.Sentences{
				Noun: "sentence", Symbol: "word", Usual: kinds.Reviews, Length: 24, Share: .1,
				Words: kinds.ByWord,
				New: func(f kind.Form) kinds.Weighing {
					return rnn.NewSentiment(f.Words.Len(), f.Size.Width, f.Size.Width, len(f.Classes), .5)
				},
			},
			Size: kind.Size{Width: 64},
			Data: "reviews", Epochs: 6, Batch: 32, Optimizer: "adam", LR: 2e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: .6,
			Expect: []Expect{
				{Figure: "accuracy", Bound: .95, Data: "reviews"},
				{Figure: "accuracy", Bound: .74, Data: "text"},
			},
		},
		{
			Name: "language", Title: "Language of names", Family: "rnn", File: "models/rnn/language.go",
			Paper: "Cho et al. 2014",
			About: "It tells from which language a name is: a GRU reads it letter by letter, and the state at its " +
				"end decides.",
			Next: []string{"models/rnn/sentiment.go", "data/corpus/languages.go"},
			Deviations: []string{
				"The tutorial of PyTorch that it follows reads one name at a time, with a plain recurrent layer.",
			},
			Kind: kinds.Sentences{
				Noun: "name", Symbol: "character", Usual: kinds.Languages, Length: 8, Share: .2,
				Words: kinds.ByCharacter,
				New: func(f kind.Form) kinds.Weighing {
					return rnn.NewLanguage(f.Words.Len(), f.Size.Width, len(f.Classes), .2)
				},
			},
			Size: kind.Size{Width: 64},
			Data: "languages", Epochs: 6, Batch: 32, Optimizer: "adam", LR: 4e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 1.7,
			Expect: []Expect{{Figure: "accuracy", Bound: .75, Data: "languages"}}, // the largest class has 0.24
		},
		{
			Name: "forecast", Title: "LSTM that forecasts a series", Family: "rnn", File: "models/rnn/forecast.go",
			Paper: "Hochreiter and Schmidhuber 1997",
			About: "It forecasts the next value of a series: how far it is from the last one, in units of the " +
				"swing of late.",
			Next: []string{"data/table/series.go", "nn/recurrent.go"},
			Deviations: []string{
				"A window is seen less its last value and divided by its deviation, and what is forecast is put " +
					"back so: a trend leads out of all that was learnt from, and an LSTM saturates there.",
			},
			Kind: kinds.Forecast{Window: 36, New: func(f kind.Form) kinds.Forecasting {
				return rnn.NewForecast(f.Size.Width)
			}},
			Size: kind.Size{Width: 32},
			Data: "sine", Epochs: 30, Batch: 16, Optimizer: "adam", LR: 4e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: .06,
			Expect: []Expect{ // the bounds are what persistence comes to
				{Figure: "rmse", AtMost: true, Bound: .14, Data: "sine"},
				{Figure: "rmse", AtMost: true, Bound: 48.04, Data: "tables/airline-passengers.csv", HeldOut: .33},
				{Figure: "rmse", AtMost: true, Bound: 20.09, Data: "tables/monthly-sunspots.csv"},
				{Figure: "rmse", AtMost: true, Bound: 2.481, Data: "tables/daily-min-temperatures.csv"},
			},
		},
		{
			Name: "seq2seq", Title: "Transformer of letters", Family: "transformer",
			File:  "models/transformer/transformer.go",
			Paper: "Vaswani et al. 2017",
			About: "An encoder and a decoder of attention alone, which learn to turn letters round, to sort them, " +
				"or to add.",
			Next: []string{"nn/attention.go", "models/transformer/beam.go", "models/transformer/gpt.go"},
			Deviations: []string{
				"It has two layers each way where the paper has six, and normalises what a layer reads and not " +
					"what it gives.",
			},
			Kind: kinds.Translation{Length: 16, Characters: true, Usual: kinds.Reversed,
				Model: transformer.TransformerConfig{
					Heads: 4, NormFirst: true,
				}},
			Size: kind.Size{Width: 64, Depth: 2},
			Data: "reverse", Epochs: 4, Batch: 64, Optimizer: "adam", LR: 2e-3, ClipNorm: 1, Schedule: halfCosine,
			Learns: 2,
			Expect: []Expect{
				{Figure: "exact", Bound: .99, Data: "reverse"},
				{Figure: "exact", Bound: .97, Data: "sort"},
			},
		},
		{
			Name: "translate", Title: "Transformer of words", Family: "transformer",
			File:  "models/transformer/transformer.go",
			Paper: "Vaswani et al. 2017",
			About: "The encoder and decoder that the paper was about: it translates sentences.",
			Next:  []string{"models/transformer/translator.go", "train/metrics/bleu.go", "models/transformer/gpt.go"},

			Published: "44,140,544 parameters in the layers of the base model; BLEU 27.3 on WMT 2014, " +
				"English to German",
			Deviations: []string{
				"It has three layers each way, 256 wide, where the paper has six, 512 wide, and normalises what a " +
					"layer reads and not what it gives.",
				"It reads words, of which rare ones are unknown, where the paper has pieces of them.",
			},
			Kind: kinds.Translation{Length: 16, BLEU: true, Usual: kinds.Phrases, Model: transformer.TransformerConfig{
				Heads: 8, Inner: 512, Dropout: .1, Smoothing: .1, NormFirst: true, Tied: true,
			}},
			Size: kind.Size{Width: 256, Depth: 3},
			Data: "phrases", Epochs: 3, Elsewhere: 5, Batch: 64, Optimizer: "adam", LR: 1e-3, ClipNorm: 1,
			Schedule: schedule.Warmup{Over: .1, Then: schedule.Cosine{}}.At,
			Learns:   3,
			Expect: []Expect{
				{Figure: "bleu", Bound: 95, Data: "phrases"},
				{Figure: "bleu", Bound: 20, Data: "text/multi30k"},
			},
		},
		{
			Name: "autoencoder", Title: "Autoencoder 784-128-32", Family: "vae", File: "models/vae/autoencoder.go",
			Paper: "Hinton and Salakhutdinov 2006",
			About: "It gives back what it is given, through a code of 32 numbers, and so learns what pictures have " +
				"in common.",
			Next: []string{"models/vae/denoising.go", "models/vae/vae.go", "models/gan/gan.go"},
			Deviations: []string{
				"The paper's has 784-1000-500-250-30 units and is pretrained layer by layer; this one has two " +
					"layers each way and learns all at once.",
			},
			Kind: kinds.Reconstruction{Input: digit, New: func(f kind.Form) kinds.Reconstructing {
				return vae.NewAutoencoder(f.Input.Size(), f.Size.Width, 32)
			}},
			Size: kind.Size{Width: 128},
			Data: "digits", Epochs: 20, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: .06,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: .009, Data: "digits"},
				{Figure: "loss", AtMost: true, Bound: .0168, Data: "mnist", Epochs: 5}, // PCA's with 32 components
			},
		},
		{
			Name: "denoising", Title: "Denoising autoencoder", Family: "vae", File: "models/vae/denoising.go",
			Paper: "Vincent, Larochelle, Bengio and Manzagol 2008",
			About: "It is given pictures with noise and gives back the clean ones, for which it has to know what " +
				"pictures look like.",
			Next: []string{"models/vae/autoencoder.go", "models/vae/vae.go"},
			Deviations: []string{
				"The paper's noise sets some pixels to 0; this one adds numbers of N(0, 0.5²), within 0 and 1.",
			},
			Kind: kinds.Reconstruction{Input: digit, New: func(f kind.Form) kinds.Reconstructing {
				return vae.NewDenoising(f.Input.Size(), f.Size.Width, 32, .5)
			}},
			Size: kind.Size{Width: 128},
			Data: "digits", Epochs: 20, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: .08,
			Expect: []Expect{
				{Figure: "left", AtMost: true, Bound: .2, Data: "digits"},
				{Figure: "left", AtMost: true, Bound: .3, Data: "mnist", Epochs: 5},
			},
		},
		{
			Name: "vae", Title: "VAE 784-400-20", Family: "vae", File: "models/vae/vae.go",
			Paper: "Kingma and Welling 2014",
			About: "An autoencoder whose code is a distribution, so that codes are drawn and pictures made of them.",
			Next:  []string{"models/vae/elbo.go", "models/vae/convvae.go", "models/vae/cvae.go"},

			Published: "652,824 parameters in PyTorch's example, which comes to 105.6 nats on MNIST after ten epochs",
			Kind: kinds.Variational{Code: 20,
				Reconstruction: kinds.Reconstruction{Input: digit, New: func(f kind.Form) kinds.Reconstructing {
					return vae.NewVAE(f.Input.Size(), f.Size.Width, 20)
				}}},
			Size: kind.Size{Width: 400},
			Data: "digits", Epochs: 20, Elsewhere: 10, Batch: 128, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: 215,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: 147, Data: "digits"},
				{Figure: "loss", AtMost: true, Bound: 106, Data: "mnist"},
			},
			Quick: 20 * time.Second,
		},
		{
			Name: "convvae", Title: "Convolutional VAE", Family: "vae", File: "models/vae/convvae.go",
			Paper: "Higgins et al. 2017",
			About: "A variational autoencoder whose encoder halves pictures by convolutions, and whose decoder " +
				"doubles them by transposed ones.",
			Next: []string{"models/vae/vae.go", "ops/conv.go"},
			Deviations: []string{
				"The paper's has four convolutions each way, for pictures of 64×64, and a layer of 256 units; this " +
					"one has two, and the paper's β is 1 here.",
			},
			Kind: kinds.Variational{Code: 20,
				Reconstruction: kinds.Reconstruction{Input: digit, New: func(f kind.Form) kinds.Reconstructing {
					return vae.NewConvVAE(f.Input, f.Size.Width, 20)
				}}},
			Size: kind.Size{Width: 32}, Tiny: kind.Size{Width: 8},
			Data: "digits", Epochs: 6, Batch: 64, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: 270,
			Expect: []Expect{{Figure: "loss", AtMost: true, Bound: 149, Data: "digits"}},
		},
		{
			Name: "cvae", Title: "Conditional VAE", Family: "vae", File: "models/vae/cvae.go",
			Paper: "Sohn, Lee and Yan 2015",
			About: "A variational autoencoder that is told the class, and makes pictures of the one asked for.",
			Next:  []string{"models/vae/vae.go", "models/vae/sketch.go"},
			Deviations: []string{
				"The paper's codes depend on what is given, and it fills in parts of pictures; this one's are of " +
					"N(0, 1), as those of Kingma, Rezende, Mohamed and Welling 2014.",
				"The divergence weighs 4, and a code has 8 numbers: else codes tell the class as well, and of one " +
					"that is drawn at random a LeNet-5 sees the digit that was asked for in half the pictures.",
			},
			Kind: kinds.Conditional{Input: digit, Code: 8, New: func(f kind.Form) kinds.Telling {
				return vae.NewCVAE(f.Input.Size(), len(f.Classes), f.Size.Width, 8, vae.Options{Beta: 4})
			}},
			Size: kind.Size{Width: 400},
			Data: "digits", Epochs: 20, Elsewhere: 10, Batch: 128, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: 205,
			Expect: []Expect{
				{Figure: "loss", AtMost: true, Bound: 181, Data: "digits"},
				{Figure: "loss", AtMost: true, Bound: 136, Data: "mnist"},
			},
			Quick: 20 * time.Second,
		},
		{
			Name: "contrastive", Title: "SimCLR", Family: "vae", File: "models/vae/contrastive.go",
			Paper: "Chen, Kornblith, Norouzi and Hinton 2020",
			About: "It learns without labels what pictures have in common: two views of a picture are to be alike, " +
				"and unlike those of others.",
			Next: []string{"ops/loss_contrast.go", "data/views.go"},
			Deviations: []string{
				"The paper's encoder is ResNet-50 and its batches have 4,096 pictures; this one has three " +
					"convolutions, and 128.",
				"Digits are turned a little, and not mirrored.",
			},
			Kind: kinds.Contrast{Input: digit, Pairs: 128, Temperature: .5,
				View: data.View{Crop: .4, Turn: 15, Brightness: .4, Contrast: .4, Blur: 1},
				New: func(f kind.Form, temperature float64) kinds.Contrasting {
					return vae.NewContrastive(f.Input[0], f.Size.Width, 64, temperature)
				}},
			Size: kind.Size{Width: 32}, Tiny: kind.Size{Width: 4},
			Data: "digits", Epochs: 5, Elsewhere: 2, Batch: 128, Optimizer: "adam", LR: 2e-3, Schedule: halfCosine,
			Learns: 5.2,
			Expect: []Expect{
				{Figure: "probe", Bound: .99, Data: "digits"},
				{Figure: "probe", Bound: .96, Data: "mnist"},
			},
		},
		{
			Name: "gan", Title: "GAN of two perceptrons", Family: "gan", File: "models/gan/gan.go",
			Paper: "Goodfellow et al. 2014",
			About: "A generator makes digits of noise, a discriminator tells them from real ones, and each learns " +
				"from the other.",
			Next: []string{"train/game.go", "models/vae/autoencoder.go"},
			Deviations: []string{
				"The generator learns to make -log D(G(z)) small, as section 3 of the paper advises for its " +
					"gradients.",
				"LeakyReLU and dropout stand where the paper has ReLU and maxout.",
			},
			Kind: kinds.Game{Input: digit, New: func(f kind.Form) kinds.Playing { return gan.NewGAN(64, f.Input...) }},
			Data: "digits", Epochs: 30, Batch: 128, Optimizer: "adam", LR: 2e-4,
			Expect: []Expect{
				{Figure: "distance", AtMost: true, Bound: .12, Data: "digits"},
				{Figure: "distance", AtMost: true, Bound: .11, Data: "mnist", Epochs: 8},
			},
			Quick: 20 * time.Second,
		},
		{
			Name: "dcgan", Title: "DCGAN", Family: "gan", File: "models/gan/dcgan.go",
			Paper: "Radford, Metz and Chintala 2016",
			About: "Convolutional networks without pooling play the game of generator and discriminator.",
			Next:  []string{"models/gan/gan.go", "train/adversarial/losses.go"},

			Published: "6,338,176 parameters for 64×64 with one channel (--size 64): 3,574,656 + 2,763,520",
			Deviations: []string{
				"Usually it is one for digits: the players see 32×32, and have a convolution less each.",
				"The discriminator's sigmoid is part of the loss.",
			},
			Kind: kinds.Game{Input: digit, Colours: true, New: dcgan},
			Size: kind.Size{Size: 28, Width: 32},
			Tiny: kind.Size{Width: 8},
			Data: "digits", Epochs: 6, Elsewhere: 12, Batch: 64, Optimizer: "adam", LR: 5e-4,
			Schedule: halfCosine,
			Expect: []Expect{
				{Figure: "distance", AtMost: true, Bound: .1, Data: "digits"},
				{Figure: "distance", AtMost: true, Bound: .05, Data: "mnist", Epochs: 3,
					Size: kind.Size{Width: 16}},
			},
		},
	}
}
