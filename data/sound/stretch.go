// This file holds the phase vocoder: sounds that are slower or faster, and sounds that are higher or lower.

package sound

import (
	"fmt"
	"math"
	"math/cmplx"
)

// vocoder is how the phase vocoder cuts a sound: at 8,000 samples a second a frame is 64 ms.
var vocoder = STFT{Window: 512, Hop: 128}

// The limits of what is heard as the same: how much slower or faster, and how many semitones.
const maxStretch, maxSteps = 16, 48

// Stretch makes a sound faster by a rate, or slower by one below 1, and keeps its pitch: n samples become
// round(n/rate). Frame m of the result is between frames of the sound, at m·rate: magnitudes are interpolated, and the
// phase of each frequency goes on by what it has gone on by there,
//
//	φ[m+1] = φ[m] + ω + princ(∠X[⌊m·rate⌋+1] - ∠X[⌊m·rate⌋] - ω)        ω = 2π·k·Hop/Window
//
// with princ an angle in [-π, π]. Frames are of 512 samples, a quarter apart. A rate of 1 is a copy. The rate is
// 1/16 to 16. Phases of neighbouring frequencies drift apart, so that what is much slower is fainter, too: to .9 by a
// rate of .8, and to .3 by one of .25.
//
// Flanagan and Golden, "Phase vocoder", Bell System Technical Journal 45, 1966; as librosa.effects.time_stretch, with
// other frames.
func Stretch(x []float32, rate float64) ([]float32, error) {
	if !(rate >= 1./maxStretch && rate <= maxStretch) {
		return nil, fmt.Errorf("stretch: the rate is %v, want 1/%d to %d", rate, maxStretch, maxStretch)
	}
	return retime(x, rate, 0)
}

// PitchShift makes a sound higher by so many semitones, or lower, and keeps its length: it is stretched by the
// rate r = 2^(-steps/12), and then resampled to r times as many samples. 12 semitones are an octave, 0 is a copy; -48
// to 48.
func PitchShift(x []float32, steps float64) ([]float32, error) {
	if !(steps >= -maxSteps && steps <= maxSteps) {
		return nil, fmt.Errorf("pitch shift: %v semitones, want -%d to %d", steps, maxSteps, maxSteps)
	}
	return retime(x, 1, steps)
}

// retime is [Stretch] and then [PitchShift], by one vocoder for both.
func retime(x []float32, rate, steps float64) ([]float32, error) {
	if err := check("stretch", x); err != nil {
		return nil, err
	}
	higher := math.Exp2(-steps / 12)
	n, long := math.Round(float64(len(x))/rate), math.Round(float64(len(x))/(rate*higher))
	if max(n, long) > maxSamples {
		return nil, fmt.Errorf("stretch: %d samples become %.0f, want at most %d", len(x), max(n, long), maxSamples)
	}
	y := x
	if rate*higher != 1 {
		y = vocode(x, rate*higher, int(long))
	}
	z := resample(y, higher, int(n))
	return z, check("stretch", z)
}

// vocode is the phase vocoder: a sound of n samples.
func vocode(x []float32, rate float64, n int) []float32 {
	f, sum := newFramer(vocoder), newOverlap(n)
	v := voice{framer: f, x: x, frames: f.Frames(len(x)), at: -2}
	bins := f.Bins()
	phase, out := make([]float64, bins), make([]complex128, bins)
	for m := 0; ; m++ {
		place := float64(m) * rate
		if place >= float64(v.frames) || m*f.Hop-f.Window/2 >= n {
			return sum.sound()
		}
		at := int(place)
		v.move(at)
		if m == 0 {
			copy(phase, v.now.angle)
		}
		share := place - float64(at)
		for k := range out {
			out[k] = cmplx.Rect((1-share)*v.now.size[k]+share*v.next.size[k], phase[k])
			omega := 2 * math.Pi * float64(k*f.Hop) / float64(f.Window)
			d := v.next.angle[k] - v.now.angle[k] - omega
			phase[k] += omega + d - 2*math.Pi*math.RoundToEven(d/(2*math.Pi))
		}
		f.write(sum, out, m)
	}
}

// voice is two frames of a sound, one after the other. Those behind the last are silent.
type voice struct {
	*framer
	x         []float32
	frames    int
	at        int
	now, next polar
	c         []complex128
}

// polar is a frame by magnitudes and angles.
type polar struct{ size, angle []float64 }

// move moves to frames at and at+1.
func (v *voice) move(at int) {
	switch at {
	case v.at:
		return
	case v.at + 1:
		v.now, v.next = v.next, v.now
	default:
		v.look(&v.now, at)
	}
	v.look(&v.next, at+1)
	v.at = at
}

func (v *voice) look(p *polar, at int) {
	if p.size == nil {
		p.size, p.angle = make([]float64, v.Bins()), make([]float64, v.Bins())
		v.c = make([]complex128, v.Bins())
	}
	if at >= v.frames {
		clear(p.size)
		clear(p.angle)
		return
	}
	v.read(v.c, v.x, at)
	for k, c := range v.c {
		p.size[k], p.angle[k] = math.Hypot(real(c), imag(c)), math.Atan2(imag(c), real(c))
	}
}
