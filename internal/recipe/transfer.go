// This file holds transfer: what a network that has learnt before is worth where there are few examples.

package recipe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

// Way is a way to learn from few examples.
type Way struct {
	Name, About string

	learnt bool // begins with what was learnt before
	body   study
	head   study // of a new last layer alone, from features that are computed once
}

// study is how layers learn. The rate falls to 0 as half a cosine does.
type study struct {
	rate, share float64 // of the last layer; of those below it, as a share of that
	epochs      int
	least       int // steps
}

// The batch of all ways, and the norm that gradients are cut to.
const fewBatch, fewNorm = 32, 1

// Ways lists the ways. Their constants were chosen on what is held out of the training part, see docs/transfer.md, and
// are the same for every number of examples.
func Ways() []Way {
	head := study{rate: .01, epochs: 100, least: 300}
	return []Way{
		{Name: "random", About: "random start, all layers", body: study{rate: 3e-3, share: 1, epochs: 25, least: 60}},
		{Name: "head", About: "pre-trained, a new head alone", learnt: true, head: head},
		{Name: "all", About: "pre-trained, the head first and then all layers", learnt: true, head: head,
			body: study{rate: 2e-3, share: .3, epochs: 15, least: 40}},
	}
}

// WayNames are the names of [Ways].
func WayNames() (names []string) {
	for _, w := range Ways() {
		names = append(names, w.Name)
	}
	return names
}

// Transfer is what a comparison of ways is to do.
type Transfer struct {
	Shots   []int    // examples of each class to learn from
	Seeds   int      // how many draws of these, from Seed on
	Seed    uint64   // of the draws, initial values and order
	Ways    []string // names of Ways
	Test    int      // examples of each class to measure with; 0 for all
	HeldOut bool     // these are of the training part, and none of those that are learnt from
	// Begin, if given, is called when everything has been found to be in order, before anything learns.
	Begin func()
	// Progress, if given, is told how often each network was right.
	Progress func(way string, shots int, seed uint64, accuracy float64)
}

// Transferred is what a way came to with so many examples of each class.
type Transferred struct {
	Way         string
	Shots       int
	Accuracies  []float64 // for each seed
	Mean        float64
	Least, Most float64
}

// FewError is the error of pictures that are too few for what is asked for.
type FewError struct{ error }

// Transfer compares ways to learn from few examples of each class, drawn from the training part of pictures. All ways
// learn from the same examples. Each begins with a network that has learnt before, whose last layer is replaced, or
// with the same network at random. Pictures of one channel have it three times for a network of colours, and other
// sizes are brought to the network's as [data.ResizePictures] does.
//
// It is a [FewError] if a class has too few examples.
func (r Recipe) Transfer(ctx context.Context, learnt *kind.Model, images data.Images, o Transfer) ([]Transferred,
	error) {
	t, err := r.newTransfer(learnt, images, o)
	if err != nil {
		return nil, err
	}
	rows := t.rows()
	for k := range o.Seeds {
		if err := t.draw(ctx, o.Seed+uint64(k), rows); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		rows[i].Mean, _ = meanAndDeviation(rows[i].Accuracies)
		rows[i].Least, rows[i].Most = slices.Min(rows[i].Accuracies), slices.Max(rows[i].Accuracies)
	}
	return rows, nil
}

// transfer is a comparison under way.
type transfer struct {
	Transfer
	recipe Recipe
	learnt *kind.Model   // the network of the file
	form   kind.Form     // of those that learn
	body   *nn.Predictor // of it
	head   string        // the path of its last layer
	varied bool          // pictures are, as they are learnt from

	pool, test   data.Split
	testFeatures data.Split
}

func (r Recipe) newTransfer(learnt *kind.Model, images data.Images, o Transfer) (*transfer, error) {
	form := learnt.Form
	form.Classes, form.Pictures = images.Classes, images.Pictures
	if err := r.Fits(form); err != nil {
		return nil, err
	}
	body, head, ok := kinds.Parts(learnt)
	if !ok {
		return nil, fmt.Errorf("%s has no last layer that reads features", r.Name)
	}
	t := &transfer{Transfer: o, recipe: r, learnt: learnt, form: form, body: nn.NewPredictor(body), head: head,
		varied: images.Pictures && form.Input[0] == 3, pool: images.Train}
	t.body.Batch = kinds.AtOnce(form.Input)
	test := images.Test
	if o.Test > 0 && !o.HeldOut {
		numbers, err := data.Shots(test.Y.I64, o.Test, 0) // the same for all seeds
		if err != nil {
			return nil, FewError{fmt.Errorf("the test part: %w", err)}
		}
		test = test.Pick(numbers)
	}
	if err := t.checkShots(); err != nil {
		return nil, err
	}
	if o.Begin != nil {
		o.Begin()
	}
	if o.HeldOut {
		return t, nil // each draw has its own test
	}
	return t, t.measureBy(test)
}

// checkShots is the error of a class of the training part that has too few examples, whatever is drawn.
func (t *transfer) checkShots() error {
	if t.HeldOut {
		_, _, err := t.drawHeld(t.Seed)
		return err
	}
	if _, err := data.Shots(t.pool.Y.I64, slices.Max(t.Shots), t.Seed); err != nil {
		return FewError{fmt.Errorf("the training part: %w", err)}
	}
	return nil
}

// measureBy makes pictures those that are measured with.
func (t *transfer) measureBy(test data.Split) (err error) {
	t.test = t.pictures(test)
	t.testFeatures, err = t.test.Through(t.body.Predict)
	return err
}

// pictures are those of a split as the network reads them.
func (t *transfer) pictures(s data.Split) data.Split {
	shape := t.form.Input
	if s.X.Shape[1] == 1 && shape[0] > 1 {
		s.X = data.RepeatChannel(s.X, shape[0])
	}
	if s.X.Shape[2] != shape[1] || s.X.Shape[3] != shape[2] {
		s.X = data.ResizePictures(s.X, shape[1], shape[2])
	}
	return s
}

// rows are those to be filled, way by way.
func (t *transfer) rows() (all []Transferred) {
	for _, way := range t.Ways {
		for _, n := range t.Shots {
			all = append(all, Transferred{Way: way, Shots: n})
		}
	}
	return all
}

// draw lets all ways learn from the examples of one seed.
func (t *transfer) draw(ctx context.Context, seed uint64, rows []Transferred) error {
	if err := t.holdOut(seed); err != nil {
		return err
	}
	for _, n := range t.Shots {
		numbers, err := data.Shots(t.pool.Y.I64, n, seed)
		if err != nil {
			return FewError{fmt.Errorf("the training part: %w", err)}
		}
		few := t.pictures(t.pool.Pick(numbers))
		seen, err := few.Through(t.body.Predict)
		if err != nil {
			return err
		}
		l := lesson{transfer: t, seed: rng.Key(seed, rng.HashString("recipe.transfer")).Uint64(uint64(n)), few: few,
			features: seen}
		for i := range rows {
			if rows[i].Shots != n {
				continue
			}
			accuracy, err := l.accuracy(ctx, wayOf(rows[i].Way))
			if err != nil {
				return fmt.Errorf("%s: %s, %d examples a class, seed %d: %w", t.recipe.Name, rows[i].Way, n, seed, err)
			}
			rows[i].Accuracies = append(rows[i].Accuracies, accuracy)
			if t.Progress != nil {
				t.Progress(rows[i].Way, n, seed, accuracy)
			}
		}
	}
	return nil
}

func wayOf(name string) Way {
	all := Ways()
	return all[slices.IndexFunc(all, func(w Way) bool { return w.Name == name })]
}

// holdOut takes examples to measure with from the training part, which nothing learns from in this draw.
func (t *transfer) holdOut(seed uint64) error {
	if !t.HeldOut {
		return nil
	}
	used, all, err := t.drawHeld(seed)
	if err != nil {
		return err
	}
	return t.measureBy(t.pool.Pick(slices.DeleteFunc(all, func(i int) bool {
		_, is := slices.BinarySearch(used, i)
		return is
	})))
}

// drawHeld draws the examples to learn from, and all: these, and those to measure with.
func (t *transfer) drawHeld(seed uint64) (used, all []int, err error) {
	most := slices.Max(t.Shots)
	if used, err = data.Shots(t.pool.Y.I64, most, seed); err != nil {
		return nil, nil, FewError{fmt.Errorf("the training part: %w", err)}
	}
	if all, err = data.Shots(t.pool.Y.I64, most+t.Test, seed); err != nil {
		return nil, nil, FewError{fmt.Errorf("the training part, %d of each class to learn from and %d to measure "+
			"with: %w", most, t.Test, err)}
	}
	return used, all, nil
}

// lesson is some examples to learn from.
type lesson struct {
	*transfer
	seed          uint64
	few, features data.Split
}

// accuracy is how often a network is right that has learnt in a way.
func (l *lesson) accuracy(ctx context.Context, w Way) (float64, error) {
	m := l.recipe.New(l.form)
	m.Params().Init(l.seed)
	if w.learnt {
		head, err := l.learnHead(ctx, w.head)
		if err != nil {
			return 0, err
		}
		if w.body.epochs == 0 {
			return right(head, l.testFeatures, 0)
		}
		l.join(m, head)
	}
	batch := min(fewBatch, l.few.Len())
	source := l.few.Seeded(l.seed).Shuffled(batch)
	if l.varied {
		source = l.few.Seeded(l.seed).Augmented(data.Augmentation{Pad: l.form.Input[1] / 8, Flip: true}, batch)
	}
	if err := l.fit(ctx, m, w.body.optimizer(l.head), source, w.body); err != nil {
		return 0, err
	}
	return right(m, l.test, kinds.AtOnce(l.form.Input))
}

// optimizer is Adam, by which the layers below the head learn at their share of the rate.
func (s study) optimizer(head string) train.Optimizer {
	if s.share == 1 {
		return &train.AdamW{LR: s.rate}
	}
	return &train.ByGroup{Groups: []train.Group{{Of: train.Under(head), Optimizer: &train.AdamW{LR: s.rate}}},
		Else: &train.AdamW{LR: s.rate * s.share}}
}

// learnHead is a new last layer that has learnt from features.
func (l *lesson) learnHead(ctx context.Context, s study) (nn.Model, error) {
	in, classes := l.features.X.Shape[1], len(l.form.Classes)
	head := nn.NewSequential(nn.NewScope(), func(s *nn.Scope) nn.Module { return nn.NewLinear(s, in, classes) })
	head.Params().Init(l.seed)
	source := l.features.Seeded(l.seed).Shuffled(min(fewBatch, l.features.Len()))
	return head, l.fit(ctx, head, &train.AdamW{LR: s.rate}, source, s)
}

// fit lets a model learn.
func (l *lesson) fit(ctx context.Context, m nn.Model, opt train.Optimizer, source train.Source, s study) error {
	trainer := train.New(train.Supervised(m, ops.CrossEntropy), opt)
	trainer.Seed, trainer.ClipNorm = l.seed, fewNorm
	epochs := max(s.epochs, 1+(s.least-1)/source.Len())
	_, err := (&train.Fit{Trainer: trainer, Train: source, Epochs: epochs, Schedule: halfCosine}).Run(ctx)
	return err
}

// join gives a new network the body that has learnt before, and a head.
func (l *lesson) join(m *kind.Model, head nn.Model) {
	for p := range m.Params().All() {
		from := l.learnt.Params().Get(p.Name())
		if part, ok := strings.CutPrefix(p.Name(), l.head+"."); ok {
			from = head.Params().Get("0." + part)
		}
		p.Tensor().CopyFrom(from.Tensor())
	}
}

// right is the share of examples whose class a model tells.
func right(m nn.Model, test data.Split, batch int) (float64, error) {
	p := nn.NewPredictor(m)
	p.Batch = batch
	logits, err := p.Predict(test.X)
	if err != nil {
		return 0, err
	}
	if !kind.AllFinite(logits.F32) {
		return 0, kind.ErrNotFinite
	}
	taken, err := metrics.Largest(logits.F32, logits.Shape[1])
	if err != nil {
		return 0, err
	}
	n := 0
	for i, class := range test.Y.I64 {
		if taken[i] == class {
			n++
		}
	}
	return float64(n) / float64(len(taken)), nil
}
