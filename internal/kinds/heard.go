// This file holds sounds beside views of them, to be heard and to be seen.

package kinds

import (
	"context"
	"os"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
)

// IsSounds reports whether a source is of sounds: by its name, a WAV file, or a folder of such files.
func IsSounds(source string) bool {
	for _, s := range data.Sources() {
		if s.Name == source {
			return s.Kind == Sounds{}.Data()
		}
	}
	return data.HasSounds(source)
}

// OpenClips reads the sounds that models learn from: those of a source, or that of one WAV file. They have the rate
// that models hear.
func OpenClips(ctx context.Context, source string, log func(string, ...any)) (data.Clips, error) {
	if info, err := os.Stat(source); err == nil && !info.IsDir() && data.HasSounds(source) {
		x, err := data.ReadClip(source, OneSecond.Rate)
		return data.Clips{Rate: OneSecond.Rate, X: [][]float32{x}, Y: []int64{0}}, err
	}
	all, err := data.OpenSounds(ctx, source, data.SoundOptions{Rate: OneSecond.Rate}, log)
	return all.Train, err
}

// Heard are sounds, a line each: the sound, and then its views of the first epochs.
type Heard struct {
	view    sound.View
	seed    uint64
	numbers []int         // of the sounds among those that a model learns from
	lines   [][][]float32 // waves
}

// HearViews takes some of the sounds, and makes so many views of each: those that a training by this seed hears in its
// first epochs.
func HearViews(clips data.Clips, v sound.View, lines, views int, seed uint64) (Heard, error) {
	n := clips.Len()
	lines = min(lines, n)
	h := Heard{view: v, seed: seed}
	for i := range lines {
		number := i * n / lines
		if n >= lines*lines { // where classes come by turns, it is not always the same
			number += i
		}
		line := [][]float32{clips.X[number]}
		for epoch := range views {
			y, err := v.Wave(clips.X[number], sound.Draw{Seed: seed, Epoch: epoch, Index: number})
			if err != nil {
				return Heard{}, err
			}
			line = append(line, y)
		}
		h.numbers, h.lines = append(h.numbers, number), append(h.lines, line)
	}
	return h, nil
}

// Len is the number of sounds.
func (h Heard) Len() int { return len(h.lines) }

// Sound is all of them one after the other, a quarter of a second of silence behind each, and another behind a line.
func (h Heard) Sound() data.Sound {
	pause := make([]float32, OneSecond.Rate/4)
	var x []float32
	for _, line := range h.lines {
		for _, wave := range line {
			x = append(append(x, wave...), pause...)
		}
		x = append(x, pause...)
	}
	return data.Sound{Rate: OneSecond.Rate, X: graph.FromFloat32(x, 1, len(x))}
}

// Picture is a grid of the pictures that a model looks at: a sound, and beside it its views, with what they hide.
func (h Heard) Picture() (*kind.Picture, error) {
	painter, err := sound.NewPainter(OneSecond)
	if err != nil {
		return nil, err
	}
	grid := kind.NewGrid(graph.Shape{1, OneSecond.Bands, OneSecond.Frames}, len(h.lines), len(h.lines[0]))
	for i, line := range h.lines {
		for column, wave := range line {
			v := make([]float32, OneSecond.Bands*OneSecond.Frames)
			if err := painter.Paint(v, wave); err != nil {
				return nil, err
			}
			if column > 0 {
				draw := sound.Draw{Seed: h.seed, Epoch: column - 1, Index: h.numbers[i]}
				if err := h.view.Picture(v, OneSecond.Frames, draw); err != nil {
					return nil, err
				}
			}
			grid.Put(i, column, v)
		}
	}
	return grid, nil
}
