// This file holds the kind of models that tell the class of a sound.

package kinds

import (
	"context"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Sounds is a classifier of the pictures of sounds.
type Sounds struct {
	Mel  sound.LogMel
	New  func(f kind.Form) nn.Model
	view *sound.View // of each sound in training; nil for the sound itself

	noise, heldOut float64 // of the test part, as Reading has them
}

// OneSecond is the picture of a sound that rows have: about a second.
var OneSecond = sound.LogMel{Rate: 8000, Window: 512, Hop: 256, Bands: 32, Frames: 32}

// toneNames are the classes of the built-in sounds.
var toneNames = data.TonesN(0, 0, 0).Classes

func (Sounds) Word() string { return "sound classifier" }
func (Sounds) Data() string { return "sounds" }

func (k Sounds) Form() kind.Form {
	return kind.Form{Input: graph.Shape{1, k.Mel.Bands, k.Mel.Frames}, Classes: toneNames, Pictures: true}
}

func (Sounds) Readings() []string { return []string{"held-out", "noise"} }

func (k Sounds) Reading(r kind.Reading) (kind.Kind, error) {
	k.noise, k.heldOut = r.Noise, r.HeldOut
	return k, r.Check()
}

func (k Sounds) Open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	all, err := data.OpenSounds(ctx, source, data.SoundOptions{Rate: k.Mel.Rate, HeldOut: k.heldOut}, log)
	if err != nil {
		return nil, err
	}
	if made != nil && !slices.Equal(made.Classes, all.Classes) {
		return nil, kind.Misfit("%s: the classes are %v, the model was made for %v", source, firstOf(all.Classes),
			firstOf(made.Classes))
	}
	if k.noise != 0 {
		if all.Test, err = all.Test.Noisy(k.noise, noiseSeed); err != nil {
			return nil, err
		}
	}
	learn, err := all.Train.Pictures(k.Mel)
	if err != nil {
		return nil, err
	}
	test, err := all.Test.Pictures(k.Mel)
	if err != nil {
		return nil, err
	}
	form := k.Form()
	form.Classes = all.Classes
	return &kind.Set{Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "sound", Each: 1,
		Tightest: learn.Len(),
		Train:    func(batch int, seed uint64) train.Source { return k.batches(all.Train, learn, batch, seed) },
		Test:     test.Ordered(testBatch),
		Beside: []kind.Comparison{{Metric: constant("majority", majority(learn.Y.I64, test.Y.I64)),
			With: "accuracy"}}}, nil
}

// noiseSeed is the seed of the noise that a test part is given: it is the same whatever a model learnt by.
const noiseSeed = 0

// batches are those to train on, of sounds that are heard anew if there is a view.
func (k Sounds) batches(all data.Clips, pictures data.Split, batch int, seed uint64) train.Source {
	if k.view == nil {
		return pictures.Seeded(seed).Shuffled(batch)
	}
	source, err := all.Viewed(k.Mel, *k.view, batch, seed)
	if err != nil {
		panic(err) // the view was checked, the batch is no larger than Tightest, and pictures were made
	}
	return source
}

// Augmented is the kind that learns from views.
func (k Sounds) Augmented(text string) (kind.Kind, error) {
	v, err := sound.ParseView(text)
	k.view = &v
	return k, err
}

func (k Sounds) Build(f kind.Form) *kind.Model { return Classifier{New: k.New}.Build(f) }

func (Sounds) Takes() string  { return "sounds (WAV)" }
func (Sounds) Sample() string { return "word.wav" }

// Notes say what is made of a sound.
func (k Sounds) Notes() []string {
	return []string{fmt.Sprintf("A sound becomes a picture of %d bands, equally wide to the ear, by %d frames: it is "+
		"brought to %d samples a second, its middle %.2f s are cut into frames of %d samples, %d apart, and the "+
		"power in each band is taken in decibels, from 80 below the loudest place (0) to that place (1).", k.Mel.Bands,
		k.Mel.Frames, k.Mel.Rate, k.Mel.Seconds(), k.Mel.Window, k.Mel.Hop),
		"`--data DIR` takes a folder with a folder of WAV files for each class, or one of files that are named " +
			"`class_speaker_number.wav` as those of the Free Spoken Digit Dataset, of which numbers 0 to 4 are the " +
			"test part. With `--augment noise=10,stretch=.1,pitch=2,mask=.2` it learns from sounds that are faster " +
			"or slower, higher or lower, in noise, and of which a part is hidden; `zoo eval --noise 10` gives the " +
			"test part noise of a tenth of the power of each sound."}
}

// See reads a sound as the model sees it.
func (k Sounds) See(_ *kind.Model, path string) (graph.Tensor, error) {
	return k.pictures([]string{path})
}

// pictures are those of WAV files.
func (k Sounds) pictures(files []string) (graph.Tensor, error) {
	p, err := sound.NewPainter(k.Mel)
	if err != nil {
		return graph.Tensor{}, err
	}
	x := graph.NewTensor(pictures(k.Form().Input)(len(files)))
	for i, f := range files {
		wave, err := data.ReadClip(f, k.Mel.Rate)
		if err != nil {
			return graph.Tensor{}, err
		}
		if err := p.Paint(x.Rows(i, i+1).F32, wave); err != nil {
			return graph.Tensor{}, kind.Damaged{Err: fmt.Errorf("%s: %w", f, err)}
		}
		if slices.Max(x.Rows(i, i+1).F32) == 0 {
			return graph.Tensor{}, kind.Damaged{Err: fmt.Errorf("%s: nothing is heard in its middle %.2f s", f,
				k.Mel.Seconds())}
		}
	}
	return x, nil
}

// Predict tells the class of each sound.
func (k Sounds) Predict(m *kind.Model, files []string, top int) ([]kind.Answer, *kind.Picture, error) {
	x, err := k.pictures(files)
	if err != nil {
		return nil, nil, err
	}
	all, err := classesOf(m, x, files, top)
	return all, nil, err
}
