// This file holds what a Fit saves of its progress, and goes on from.

package train

import (
	"errors"
	"os"
	"time"

	"github.com/stheno-ml/stheno/train/internal/checkpoint"
)

// saveIfDue saves a checkpoint, if there is to be one, when it is time or training has ended.
func (r *run) saveIfDue(ended bool) error {
	if r.Checkpoint == nil || !ended && !r.Checkpoint.Due(r.Trainer) {
		return nil
	}
	return r.save()
}

func (r *run) save() error {
	at := Position{Epoch: r.epoch, Step: r.done, History: r.History, fit: r.progress()}
	if r.closed {
		at.Epoch, at.Step = r.epoch+1, 0
	}
	r.Trainer.LR = r.rate
	return r.Checkpoint.Save(r.Trainer, at)
}

// progress is what resume needs.
func (r *run) progress() *checkpoint.Progress {
	p := &checkpoint.Progress{Closed: r.closed, Done: r.done, Stop: r.stop, Samples: r.Samples,
		Loss: checkpoint.Exact(r.TrainLoss),
		LR:   checkpoint.Exact(r.lr), Seconds: checkpoint.Exact(r.Training.Seconds()),
		TestLoss: checkpoint.Exact(r.Scores.Loss),
		TestRows: r.Scores.Rows, Means: checkpoint.MeansOf(&r.means), Before: checkpoint.MeansOf(&r.whole)}
	p.Settings, p.Total = r.settings, r.total()
	if r.Scores.Metrics != nil {
		p.Test = map[string]checkpoint.Exact{}
	}
	for name, v := range r.Scores.Metrics {
		p.Test[name] = checkpoint.Exact(v)
	}
	return p
}

// resume goes on from the newest checkpoint, if there is one and it is asked for.
func (r *run) resume() error {
	switch {
	case r.Checkpoint == nil:
		return nil
	case !r.Checkpoint.Resume:
		return r.Checkpoint.begin() // or the first one would find out that it has no place
	}
	at, err := r.Checkpoint.load(r.Trainer, r.compare)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return r.Checkpoint.begin()
	case err != nil:
		return err
	case at.fit == nil:
		return errors.New("the checkpoint is one of a loop by hand")
	}
	if r.taken(checkpoint.RateSetting, at.fit) {
		r.Trainer.LR = r.rate
	} else if was, ok := at.fit.Settings[checkpoint.RateSetting]; ok {
		r.settings[checkpoint.RateSetting] = was // of a Trainer that has done steps it is not known
	}
	r.takeUp(at)
	r.Finished = r.ended()
	return nil
}

func (r *run) takeUp(at Position) {
	p := at.fit
	r.epoch, r.done, r.closed, r.stop = at.Epoch, p.Done, p.Closed, p.Stop
	if r.begun = !p.Closed; p.Closed {
		r.epoch--
	}
	r.rate, r.lr = r.Trainer.LR, float64(p.LR)
	r.means, r.whole = checkpoint.SumsFrom(p.Means), checkpoint.SumsFrom(p.Before)
	r.Result = Result{Epochs: at.Epoch, Steps: r.Trainer.Steps(), Samples: p.Samples, TrainLoss: float64(p.Loss),
		Training: time.Duration(float64(p.Seconds) * float64(time.Second)), History: at.History}
	r.Scores = Scores{Loss: float64(p.TestLoss), Rows: p.TestRows}
	if p.Test != nil {
		r.Scores.Metrics = map[string]float64{}
	}
	for name, v := range p.Test {
		r.Scores.Metrics[name] = float64(v)
	}
	r.next()
}
