package cnn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// The whole of a transfer: weights of another task are read, all but their head; the features of a few pictures are
// computed once; a new head learns from these alone; and then all layers learn, those of the body at a tenth of the
// rate, the last stage an epoch before the others.
func ExampleCIFARResNet_WithHead() {
	if err := transfer(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 114 loaded; 2 missing: linear.weight, linear.bias; 2 left out: module.linear.bias, module.linear.weight
	// 8 pictures become (8, 16), and the head learns: true
	// epoch 1 [layer3 linear]
	// epoch 2 [bn1 conv1 layer1 layer2 layer3 linear]
}

func transfer() error {
	path, remove, err := weightsOfAnotherTask()
	if err != nil {
		return err
	}
	defer remove()

	// The body: what the file has, but for the head.
	net := cnn.NewResNet20(10, cnn.Options{Width: 4}).WithHead(2)
	report, err := net.Params().LoadWith(path, nn.LoadOptions{Strip: "module.", Partial: true,
		Rename: func(name string) string {
			if name == "linear.weight" || name == "linear.bias" {
				return ""
			}
			return name
		}})
	if err != nil {
		return err
	}
	fmt.Println(report)

	// Features, once, in eval mode; and a head that learns from them.
	few := pictures()
	body := nn.NewPredictor(nn.Func(func(x graph.Node) graph.Node {
		y, _ := net.Features(x)
		return y
	}))
	features, err := few.Through(body.Predict)
	if err != nil {
		return err
	}
	head := nn.NewSequential(nn.NewScope(), func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 16, 2) })
	trainer := train.New(train.Supervised(head, ops.CrossEntropy), &train.Adam{LR: .05})
	result, err := (&train.Fit{Trainer: trainer, Train: features.Shuffled(8), Epochs: 200}).Run(context.Background())
	if err != nil {
		return err
	}
	fmt.Println(few.Len(), "pictures become", fmt.Sprint(features.X.Shape)+", and the head learns:",
		result.TrainLoss < .9*result.History[0].TrainLoss)
	net.Linear.Weight.Tensor().CopyFrom(head.Params().Get("0.weight").Tensor())
	net.Linear.Bias.Tensor().CopyFrom(head.Params().Get("0.bias").Tensor())

	// All layers: rates of their own, and one part after the other.
	opt := &train.ByGroup{
		Groups: []train.Group{{Of: train.Under("linear"), Optimizer: &train.AdamW{LR: 1e-3}}},
		Else:   &train.AdamW{LR: 1e-4},
	}
	thaw := &train.Thaw{Of: net.Params(), From: []train.Part{
		{Path: "linear", Epoch: 1}, {Path: "layer3", Epoch: 1}, {Path: "", Epoch: 2}}}
	if err := thaw.At(1); err != nil {
		return err
	}
	before := valuesOf(net.Params())
	trainer = train.New(train.Supervised(net, ops.CrossEntropy), opt)
	fit := train.Fit{Trainer: trainer, Train: few.Shuffled(8), Epochs: 2,
		Hook: train.Hooks(func(now train.Progress, _ *train.Control) {
			fmt.Println("epoch", now.Epoch, moved(net.Params(), before))
			before = valuesOf(net.Params())
		}, thaw.Hook)}
	_, err = fit.Run(context.Background())
	return err
}

// weightsOfAnotherTask is a file of a network for ten classes, whose names begin with those of DataParallel.
func weightsOfAnotherTask() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return "", nil, err
	}
	s := nn.NewScope().Sub("module")
	for p := range cnn.NewResNet20(10, cnn.Options{Width: 4}).Params().All() {
		if t := p.Type(); t.DType == graph.Float32 {
			s.Param(p.Name(), func(dst graph.Tensor, _ *nn.Rand) { dst.CopyFrom(p.Tensor()) }, t.Shape...)
		} else {
			s.Counter(p.Name())
		}
	}
	path = filepath.Join(dir, "checkpoint.safetensors")
	return path, func() { os.RemoveAll(dir) }, s.Params().Save(path)
}

// pictures are four digits and four others, in the channels of colour, small.
func pictures() data.Split {
	few := data.DigitsN(0, 8, 1).Train
	few.X = data.RepeatChannel(data.ResizePictures(few.X, 16, 16), 3)
	few.Y = graph.FromInt64([]int64{0, 0, 0, 0, 1, 1, 1, 1}, 8)
	return few
}

func valuesOf(ps *nn.Params) map[string][]float32 {
	values := map[string][]float32{}
	for p := range ps.All() {
		values[p.Name()] = slices.Clone(p.Tensor().F32)
	}
	return values
}

// moved lists the parts of the network with a trained parameter that is another than before.
func moved(ps *nn.Params, before map[string][]float32) (parts []string) {
	for p := range ps.All() {
		part, _, _ := strings.Cut(p.Name(), ".")
		is := p.Trainable() && !slices.Equal(before[p.Name()], p.Tensor().F32)
		if is && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts
}
