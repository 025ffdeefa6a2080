// This file holds how sounds vary from epoch to epoch: noise, masks, and a View of all.

package sound

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/internal/settings"
)

// Draw says which random numbers are drawn: they are a function of these alone.
type Draw struct {
	Seed         uint64
	Epoch, Index int
}

// key is the key of the numbers that have a name.
func (d Draw) key(name string) rng.K {
	return rng.Key(d.Seed, rng.HashString("sound."+name)).Sub(uint64(d.Epoch)).Sub(uint64(d.Index))
}

// maxDecibels is the largest ratio of a sound to noise, either way.
const maxDecibels = 200

// Noise adds white noise to a sound x of n samples, above which the sound then is by so many decibels:
//
//	y = x + σ·z/√(Σz²/n)        z of N(0, 1), σ² = (Σx²/n) / 10^(snr/10)
//
// The noise is measured, so that the ratio is right for short sounds, too. Silence stays silence. snr is -200 to 200.
func Noise(x []float32, snr float64, d Draw) ([]float32, error) {
	if err := check("noise", x); err != nil {
		return nil, err
	}
	if !(snr >= -maxDecibels && snr <= maxDecibels) {
		return nil, fmt.Errorf("noise: the sound is %v dB above it, want -%d to %d", snr, maxDecibels, maxDecibels)
	}
	z := make([]float64, len(x))
	rng.Normal(z, d.key("noise"), 0)
	of := 0.
	for _, v := range z {
		of += v * v
	}
	y := slices.Clone(x)
	if of == 0 {
		return y, nil
	}
	by := math.Sqrt(energy(x) / of / math.Pow(10, snr/10))
	for i := range y {
		y[i] = float32(float64(x[i]) + by*z[i])
	}
	return y, check("noise", y)
}

// energy is Σx².
func energy(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// SNR is how many decibels a sound is above what was added to it: 10·log₁₀(Σx²/Σ(y-x)²), +Inf if that is nothing. It
// is an error if their lengths differ, and if a sample is not finite.
func SNR(x, y []float32) (float64, error) {
	if len(x) != len(y) {
		return 0, fmt.Errorf("snr: the sound has %d samples, the one with noise %d", len(x), len(y))
	}
	for _, of := range [][]float32{x, y} {
		if err := check("snr", of); err != nil {
			return 0, err
		}
	}
	noise := 0.
	for i := range x {
		noise += (float64(y[i]) - float64(x[i])) * (float64(y[i]) - float64(x[i]))
	}
	if noise == 0 {
		return math.Inf(1), nil // of silence as well
	}
	return 10 * math.Log10(energy(x)/noise), nil
}

// Mask hides a band of at most a share of the rows of a picture (rows, columns), and a span of at most that share of
// its columns, in the mean of the picture. How wide they are and where is drawn, each number alike.
//
// Park et al., "SpecAugment: a simple data augmentation method for automatic speech recognition", Interspeech 2019.
func Mask(picture []float32, columns int, share float64, d Draw) error {
	if columns < 1 || len(picture)%columns != 0 {
		return fmt.Errorf("mask: a picture of %d numbers has no columns of %d", len(picture), columns)
	}
	if !(share >= 0 && share <= 1) {
		return fmt.Errorf("mask: the share is %v, want 0 to 1", share)
	}
	rows, mean := len(picture)/columns, 0.
	for _, v := range picture {
		mean += float64(v) / float64(len(picture))
	}
	key := d.key("mask")
	top, below := stretchOf(key.Sub(0), rows, share)
	left, right := stretchOf(key.Sub(1), columns, share)
	for i := range picture {
		if r, c := i/columns, i%columns; r >= top && r < below || c >= left && c < right {
			picture[i] = float32(mean)
		}
	}
	return nil
}

// stretchOf draws a part of n places, at most a share of them.
func stretchOf(key rng.K, n int, share float64) (from, to int) {
	long := key.IntN(0, int(share*float64(n))+1)
	from = key.IntN(1, n-long+1)
	return from, from + long
}

// View is how a sound is heard anew: faster or slower, higher or lower, in noise, and with a part of its picture
// hidden. The zero value is the sound as it is. [ParseView] reads one that is written.
type View struct {
	Noise   float64 // in half the views the sound is so many dB above white noise, or up to 20 dB more; 0 for none
	Stretch float64 // faster or slower by a rate of 1 ± at most this
	Pitch   float64 // higher or lower by at most so many semitones
	Mask    float64 // a band of at most this share of the bands is hidden, and at most this share of the time
}

// The share of views with noise, and how much less than the most there is at least, in dB.
const noisy, quieter = .5, 20

// Wave is a view of a sound: stretched, its pitch shifted, and in noise.
func (v View) Wave(x []float32, d Draw) ([]float32, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	var u [4]float64
	rng.Uniform(u[:], d.key("view"), 0)
	y, err := retime(x, 1+v.Stretch*(2*u[0]-1), v.Pitch*(2*u[1]-1))
	if err != nil || v.Noise == 0 || u[2] >= noisy {
		return y, err
	}
	return Noise(y, v.Noise+quieter*u[3], d)
}

// Picture hides what the view hides of the picture of a sound.
func (v View) Picture(picture []float32, columns int, d Draw) error {
	if v.Mask == 0 {
		return nil
	}
	return Mask(picture, columns, v.Mask, d)
}

// Check reports a field that makes no sense.
func (v View) Check() error {
	for _, f := range []struct {
		name    string
		v, most float64
	}{{"noise", v.Noise, 100}, {"stretch", v.Stretch, .9}, {"pitch", v.Pitch, 24}, {"mask", v.Mask, 1}} {
		if !(f.v >= 0 && f.v <= f.most) {
			return errors.New(subject + fmt.Sprintf(": %s is %v, want 0 to %g", f.name, f.v, f.most))
		}
	}
	return nil
}

const subject = "view"

// settings are the fields of a View as they are written.
func (v *View) settings() settings.Settings {
	return settings.Settings{Numbers: map[string]*float64{"noise": &v.Noise, "stretch": &v.Stretch, "pitch": &v.Pitch,
		"mask": &v.Mask}}
}

// ViewKeys lists what [ParseView] knows, in the order of the alphabet.
func ViewKeys() []string { return new(View).settings().Keys() }

// ParseView reads a View as it is written on a command line: "noise=10,stretch=.1,pitch=2,mask=.2". None is given
// twice, and noise of 0 dB is an error, since 0 stands for none.
func ParseView(text string) (v View, err error) {
	if err := v.settings().Parse(subject, text); err != nil {
		return View{}, err
	}
	if v.Noise == 0 && strings.Contains(text, "noise") { // in a View it stands for none
		return View{}, errors.New(subject + ": noise is 0, want more than 0 to 100 dB; leave it out for none")
	}
	return v, v.Check()
}
