// This file holds the built-in sounds: tones, chirps and vowels.

package data

import (
	"math"

	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/rng"
)

// tonesRate is the rate of the built-in sounds.
const tonesRate = 8000

// toneClasses are what is heard: a tone, one that rises, one that falls, one that warbles, clicks, and five vowels.
var toneClasses = []string{"tone", "rise", "fall", "warble", "clicks", "a", "e", "i", "o", "u"}

// formants are the first three of the vowels in father, bet, beet, bought and boot, in Hz, as men speak them:
// Peterson and Barney, "Control methods used in a study of the vowels", JASA 24, 1952, table II.
var formants = [5][3]float64{{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410},
	{300, 870, 2240}}

// Tones returns the built-in sounds of ten classes, 1,500 to learn from and 300 to test with, at 8,000 samples a
// second: a tone, one that rises, one that falls, one that warbles, clicks, and the vowels a, e, i, o and u, which are
// pulses through three resonators. Each is .3 to .8 seconds long, of another pitch and loudness, and 5 to 25 dB above
// white noise.
//
// Sound i of each part is of class i mod 10 and a function of (seed, part, i) alone.
func Tones(seed uint64) Sounds { return TonesN(seed, 1500, 300) }

// TonesN is [Tones] with other numbers of sounds: the first ones of as many as one likes; below 0 is none.
func TonesN(seed uint64, train, test int) Sounds {
	return Sounds{
		Name:    "tones",
		Train:   singTones(rng.Key(seed, rng.HashString("data.tones.train")), train),
		Test:    singTones(rng.Key(seed, rng.HashString("data.tones.test")), test),
		Classes: append([]string{}, toneClasses...),
	}
}

func singTones(key rng.K, n int) Clips {
	n = max(n, 0)
	s := &singers{key, Clips{tonesRate, make([][]float32, n), make([]int64, n)}}
	parallel.Run(parallel.Blocks(n, hearing), s)
	return s.clips
}

type singers struct {
	key   rng.K
	clips Clips
}

func (s *singers) Block(b int) {
	lo, hi := parallel.Bounds(b, hearing, len(s.clips.X))
	for i := lo; i < hi; i++ {
		one := singer{key: s.key.Sub(uint64(i))}
		s.clips.X[i], s.clips.Y[i] = one.sing(i%len(toneClasses)), int64(i%len(toneClasses))
	}
}

// singer makes one sound.
type singer struct {
	key   rng.K
	drawn uint64 // random numbers so far
}

// uniform is the next random number, in [lo, hi).
func (s *singer) uniform(lo, hi float64) float64 {
	var u [1]float64
	rng.Uniform(u[:], s.key, s.drawn)
	s.drawn++
	return lo + (hi-lo)*u[0]
}

func (s *singer) sing(class int) []float32 {
	x := make([]float64, int(s.uniform(.3, .8)*tonesRate))
	switch class {
	case 0, 1, 2:
		s.glide(x, [3]float64{0, 1, -1}[class]*s.uniform(.4, 1.2))
	case 3:
		s.warble(x)
	case 4:
		s.pulses(x, func(float64) float64 { return s.uniform(8, 25) })
		resonate(x, s.uniform(600, 2500), 400)
	default:
		s.vowel(x, formants[class-5])
	}
	return s.finish(x)
}

// glide is a tone of 300 to 1,500 Hz in the middle, which rises by so many octaves.
func (s *singer) glide(x []float64, octaves float64) {
	middle, phase := 300*math.Exp2(s.uniform(0, 2.3)), s.uniform(0, 1)
	for i := range x {
		x[i] = math.Sin(2 * math.Pi * phase)
		phase += middle * math.Exp2(octaves*(float64(i)/float64(len(x))-.5)) / tonesRate
	}
}

// warble is a tone that goes up and down by two to six semitones, 4 to 9 times a second.
func (s *singer) warble(x []float64) {
	middle, phase := 300*math.Exp2(s.uniform(0, 2.3)), s.uniform(0, 1)
	far, often, from := s.uniform(1, 3)/12, s.uniform(4, 9), s.uniform(0, 1)
	for i := range x {
		x[i] = math.Sin(2 * math.Pi * phase)
		turn := 2 * math.Pi * (from + often*float64(i)/tonesRate)
		phase += middle * math.Exp2(far*math.Sin(turn)) / tonesRate
	}
}

// pulses are as many a second as often says, at a share of the sound.
func (s *singer) pulses(x []float64, often func(at float64) float64) {
	for at := s.uniform(0, .02) * tonesRate; at < float64(len(x)); {
		x[int(at)] = 1
		at += tonesRate / often(at/float64(len(x)))
	}
}

// vowel is pulses, 90 to 220 a second and fewer at the end, through resonators at the formants of a speaker.
func (s *singer) vowel(x []float64, of [3]float64) {
	pitch, falls, tract := s.uniform(90, 220), s.uniform(0, .2), s.uniform(.92, 1.12)
	s.pulses(x, func(at float64) float64 { return pitch * (1 - falls*at) })
	resonate(x, 0, 200) // a pulse of the glottis is dull
	for k, f := range of {
		resonate(x, f*tract*s.uniform(.97, 1.03), 60+40*float64(k))
	}
}

// resonate filters a sound by a resonator of a frequency and a width in Hz, of two poles:
//
//	y[t] = x[t] + 2r·cos(2πf/rate)·y[t-1] - r²·y[t-2]        r = e^(-π·width/rate)
func resonate(x []float64, f, width float64) {
	r := math.Exp(-math.Pi * width / tonesRate)
	a, b := 2*r*math.Cos(2*math.Pi*f/tonesRate), r*r
	before, last := 0., 0.
	for i := range x {
		x[i] += a*last - b*before
		before, last = last, x[i]
	}
}

// finish fades a sound in and out, in 20 ms each, brings it to a loudness, and adds noise.
func (s *singer) finish(x []float64) []float32 {
	const fade = tonesRate / 50
	largest := 0.
	for i := range x {
		x[i] *= min(1, float64(i)/fade, float64(len(x)-1-i)/fade)
		largest = max(largest, math.Abs(x[i]))
	}
	loud, y := s.uniform(.1, .5), make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v * loud / largest)
	}
	y, err := sound.Noise(y, s.uniform(5, 25), sound.Draw{Seed: s.key.Uint64(1 << 40)})
	if err != nil {
		panic(err) // all are finite
	}
	return y
}
