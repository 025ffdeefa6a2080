// This file holds Settings, by which a source says what its batches depend on, for a training that is gone on from.

package data

import (
	"fmt"
	"maps"
	"strconv"
)

// Settings are what the batches of a source depend on, as a text for each name: what its method of this name says, and
// nil of one that has none. A train.Fit that has a Checkpoint asks for it. The sources of this package have
//
//	data         the beginning of the [Checksum]
//	batch size   examples
//	seed         of the order, where there is one
//
// and how examples are varied, where that is said by numbers. A function that varies them is not among them, and a
// [Loader] adds nothing: the batches are the same.
func Settings(s Source) map[string]string {
	if d, ok := s.(interface{ Settings() map[string]string }); ok {
		return d.Settings()
	}
	return nil
}

// described are the settings of examples and of their batches, and more: names and values in turn.
func described(s Source, size int, more ...any) map[string]string {
	all := map[string]string{"data": fmt.Sprintf("sha256 %.32s", Checksum(s)), "batch size": strconv.Itoa(size)}
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = fmt.Sprintf("%+v", more[i+1])
	}
	return all
}

// with adds a setting of one's own to a source's, unless it has none.
func with(all map[string]string, name string, value any) map[string]string {
	if all = maps.Clone(all); all != nil {
		all[name] = fmt.Sprintf("%+v", value)
	}
	return all
}

// Settings are the checksum, the size of a batch and the seed.
func (s shuffled) Settings() map[string]string { return described(s, s.size, "seed", s.seed) }

// Settings are the checksum and the size of a batch.
func (o ordered) Settings() map[string]string { return described(o, o.size) }

// Settings are those of the order, and the Augmentation.
func (s augmented) Settings() map[string]string {
	return described(s, s.order.size, "seed", s.order.seed, "augmentation", s.Augmentation)
}

// Settings are those of the order, and the View.
func (s seenAnew) Settings() map[string]string {
	return described(s, s.order.size, "seed", s.order.seed, "view", s.view)
}

// Settings are those of the source.
func (l Loader) Settings() map[string]string { return Settings(l.Source) }

// Settings are those of the source, and the size of its pictures.
func (r resized) Settings() map[string]string {
	return with(Settings(r.Source), "size of pictures", fmt.Sprintf("%d×%d", r.h, r.w))
}

// Settings are those of the source, and the Mix with its seed.
func (s mixed) Settings() map[string]string {
	return with(with(Settings(s.Source), "mix", s.mix), "seed of the mix", s.seed)
}

// Settings are those of the order, and what is hidden.
func (s masked) Settings() map[string]string {
	hidden := fmt.Sprintf("a share of %v of %d to %d, by %d", s.Share, s.From, s.To, s.Mask)
	return with(with(Settings(s.Source), "seed", s.Seed), "hidden", hidden)
}

// Settings are those of the order, and the View.
func (s viewed) Settings() map[string]string {
	return with(with(Settings(s.Source), "seed", s.Seed), "view", s.View)
}

// Settings are the checksum, and the rows and symbols of a batch.
func (l lanes) Settings() map[string]string { return described(l, l.n, "length", l.t) }

// Settings are those of the lanes, and the seed.
func (s stretches) Settings() map[string]string { return with(s.lanes.Settings(), "seed", s.seed) }

// Settings are those of the order, how the sounds become pictures, and the View.
func (s heardAnew) Settings() map[string]string {
	return described(s, s.order.size, "seed", s.order.seed, "pictures", s.mel, "view", s.view)
}

// Settings are the checksum, the size of a batch, the step of the lengths and the seed.
func (b bucketed) Settings() map[string]string {
	return described(b, b.size, "step", b.step, "seed", b.seed)
}

// Settings are the checksum, the size of a batch and the step of the lengths.
func (o inOrder) Settings() map[string]string { return described(o, o.size, "step", o.step) }
