// This file holds the short-time Fourier transform, and the way back.

package sound

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// STFT says how a sound is cut into frames that overlap: a frame is Window samples, and the next begins Hop samples
// later. Four frames over each sample, Hop = Window/4, are usual where the sound is made again.
type STFT struct{ Window, Hop int }

// Spectrum is the Fourier transform of each frame: C holds Frames rows of Bins numbers. Bin k is the frequency
// k·rate/Window.
type Spectrum struct {
	Frames, Bins int
	C            []complex128
}

// The largest window, the most samples of a sound, and the most numbers of a spectrum.
const maxWindow, maxSamples, maxSpectrum = 1 << 16, 1 << 25, 1 << 26

// Check reports a window that is not 2 to 65,536 samples, and a hop that is not 1 to the window.
func (s STFT) Check() error {
	switch {
	case s.Window < 2 || s.Window > maxWindow:
		return fmt.Errorf("stft: the window has %d samples, want 2 to %d", s.Window, maxWindow)
	case s.Hop < 1 || s.Hop > s.Window:
		return fmt.Errorf("stft: the hop is %d samples, want 1 to the window, which has %d", s.Hop, s.Window)
	}
	return nil
}

// Frames is the number of frames of n samples: 1 + ⌊n/Hop⌋.
func (s STFT) Frames(n int) int { return 1 + n/s.Hop }

// Bins is the number of frequencies: 1 + ⌊Window/2⌋, from 0 to half the rate.
func (s STFT) Bins() int { return 1 + s.Window/2 }

// Of is the transform of a sound:
//
//	X[m, k] = Σ_j w[j] · x[m·Hop + j - Window/2] · e^(-2πi·jk/Window)        w[j] = ½ - ½·cos(2πj/Window)
//
// Frame m is centred at sample m·Hop, and what lies before the sound and behind it is 0: torch.stft with center=True
// and pad_mode='constant', librosa.stft as it is. The window is Hann's, periodic.
func (s STFT) Of(x []float32) (Spectrum, error) {
	if err := s.Check(); err != nil {
		return Spectrum{}, err
	}
	if err := check("stft", x); err != nil {
		return Spectrum{}, err
	}
	all := Spectrum{Frames: s.Frames(len(x)), Bins: s.Bins()}
	if all.Frames > maxSpectrum/all.Bins {
		return Spectrum{}, fmt.Errorf("stft: %d frames of %d frequencies are over %d numbers: take a larger hop",
			all.Frames, all.Bins, maxSpectrum)
	}
	all.C = make([]complex128, all.Frames*all.Bins)
	f := newFramer(s)
	for m := range all.Frames {
		f.read(all.C[m*all.Bins:][:all.Bins], x, m)
	}
	return all, nil
}

// Back is the sound of n samples that a spectrum is of, the one whose frames are nearest to it:
//
//	x[t] = Σ_m w[t - m·Hop] · y[m, t - m·Hop] / Σ_m w[t - m·Hop]²
//
// where y are the frames that the spectrum is transformed back to. Samples that no frame reaches are 0.
//
// Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE TASSP 32, 1984.
func (s STFT) Back(all Spectrum, n int) ([]float32, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	switch {
	case n < 0 || n > maxSamples:
		return nil, fmt.Errorf("stft: %d samples are asked for, want 0 to %d", n, maxSamples)
	case all.Frames < 0 || all.Bins != s.Bins() || len(all.C)/all.Bins != all.Frames || len(all.C)%all.Bins != 0:
		return nil, fmt.Errorf("stft: the spectrum has %d numbers, want %d frames of %d", len(all.C), all.Frames,
			s.Bins())
	}
	f, sum := newFramer(s), newOverlap(n)
	for m := range all.Frames {
		f.write(sum, all.C[m*all.Bins:][:all.Bins], m)
	}
	return sum.sound(), nil
}

// framer transforms frames, there and back. It is for one goroutine.
type framer struct {
	STFT
	window []float64
	fft    *fourier.FFT
	frame  []float64
}

func newFramer(s STFT) *framer {
	f := &framer{STFT: s, window: make([]float64, s.Window), fft: fourier.NewFFT(s.Window),
		frame: make([]float64, s.Window)}
	for j := range f.window {
		f.window[j] = .5 - .5*math.Cos(2*math.Pi*float64(j)/float64(s.Window))
	}
	return f
}

// read transforms frame m of a sound.
func (f *framer) read(dst []complex128, x []float32, m int) {
	from := m*f.Hop - f.Window/2
	for j, w := range f.window {
		f.frame[j] = 0
		if t := from + j; t >= 0 && t < len(x) {
			f.frame[j] = w * float64(x[t])
		}
	}
	f.fft.Coefficients(dst, f.frame)
}

// write transforms frame m back, and adds it to a sound.
func (f *framer) write(sum overlap, c []complex128, m int) {
	f.fft.Sequence(f.frame, c)
	from := m*f.Hop - f.Window/2
	for j, w := range f.window {
		if t := from + j; t >= 0 && t < len(sum.x) {
			sum.x[t] += w * f.frame[j] / float64(f.Window)
			sum.weight[t] += w * w
		}
	}
}

// overlap is a sound while frames are added to it.
type overlap struct{ x, weight []float64 }

func newOverlap(n int) overlap { return overlap{make([]float64, n), make([]float64, n)} }

func (o overlap) sound() []float32 {
	x := make([]float32, len(o.x))
	for t, w := range o.weight {
		if w > 1e-11 {
			x[t] = float32(o.x[t] / w)
		}
	}
	return x
}

// check reports a sound that is too long, and a sample that is not finite.
func check(what string, x []float32) error {
	if len(x) > maxSamples {
		return fmt.Errorf("%s: the sound has %d samples, want at most %d", what, len(x), maxSamples)
	}
	for t, v := range x {
		if v-v != 0 {
			return fmt.Errorf("%s: sample %d is %v", what, t, v)
		}
	}
	return nil
}
