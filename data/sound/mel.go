// This file holds the mel scale, and the picture of a sound that a network looks at.

package sound

import (
	"fmt"
	"math"
)

// Mel is a frequency in Hz on the scale of Slaney's Auditory Toolbox, which librosa has, too: it is linear below
// 1,000 Hz, which is 15, and logarithmic above, where 6,400 Hz is 42:
//
//	mel(f) = 3f/200 for f < 1000, 15 + 27·ln(f/1000)/ln 6.4 above
//
// Slaney, "Auditory Toolbox version 2", Interval Research Corporation, 1998. HTK's scale, 2595·log₁₀(1 + f/700), is
// another.
func Mel(hz float64) float64 {
	if hz < melKnee {
		return hz * 3 / 200
	}
	return melKnee*3/200 + 27*math.Log(hz/melKnee)/math.Log(6.4)
}

// Hz is the frequency of a number of mels.
func Hz(mel float64) float64 {
	if mel < melKnee*3/200 {
		return mel * 200 / 3
	}
	return melKnee * math.Exp((mel-melKnee*3/200)*math.Log(6.4)/27)
}

// melKnee is where the scale stops to be linear, in Hz.
const melKnee = 1000

// MelFilters are triangles (bands, bins) over the frequencies of a window of samples, bins 1 + ⌊window/2⌋. Band b
// rises from edge b to edge b+1 and falls to edge b+2, of bands+2 edges that are as far from each other in mels, from
// 0 to half the rate, and its height is 2/(edge b+2 - edge b) in Hz, so that its area is 1: librosa.filters.mel as it
// is.
func MelFilters(rate, window, bands int) ([]float64, error) {
	if err := (LogMel{Rate: rate, Window: window, Hop: window, Bands: bands, Frames: 1}).Check(); err != nil {
		return nil, err
	}
	bins, edges := 1+window/2, make([]float64, bands+2)
	for i := range edges {
		edges[i] = Hz(Mel(float64(rate)/2) * float64(i) / float64(bands+1))
	}
	w := make([]float64, bands*bins)
	for b := range bands {
		low, middle, high := edges[b], edges[b+1], edges[b+2]
		for k := range bins {
			f := float64(k) * float64(rate) / float64(window)
			w[b*bins+k] = max(0, min((f-low)/(middle-low), (high-f)/(high-middle))) * 2 / (high - low)
		}
	}
	return w, nil
}

// LogMel says how the picture of a sound is made: Frames frames of Window samples, Hop samples apart, in Bands bands
// that are equally wide to the ear.
type LogMel struct {
	Rate   int `json:"rate"` // samples a second
	Window int `json:"window"`
	Hop    int `json:"hop"`
	Bands  int `json:"bands"`
	Frames int `json:"frames"`
}

// The most bands and frames of a picture.
const maxBands, maxFrames = 1 << 10, 1 << 12

// Check reports what makes no picture.
func (m LogMel) Check() error {
	switch {
	case m.Rate < 1 || m.Rate > maxRate:
		return fmt.Errorf("log-mel: %d samples a second, want 1 to %d", m.Rate, maxRate)
	case m.Bands < 1 || m.Bands > maxBands:
		return fmt.Errorf("log-mel: %d bands, want 1 to %d", m.Bands, maxBands)
	case m.Frames < 1 || m.Frames > maxFrames:
		return fmt.Errorf("log-mel: %d frames, want 1 to %d", m.Frames, maxFrames)
	}
	if err := (STFT{m.Window, m.Hop}).Check(); err != nil {
		return fmt.Errorf("log-mel: %w", err)
	}
	return nil
}

// Len is how many samples a picture shows: (Frames-1)·Hop.
func (m LogMel) Len() int { return (m.Frames - 1) * m.Hop }

// Seconds is how long that is.
func (m LogMel) Seconds() float64 { return float64(m.Len()) / float64(m.Rate) }

// Painter makes pictures of sounds. It is for one goroutine.
type Painter struct {
	mel    LogMel
	framer *framer
	bands  []band
	clip   []float32
	c      []complex128
	power  []float64
	levels []float64
}

// band is a filter, without the zeros on both sides.
type band struct {
	from    int
	weights []float64
}

// NewPainter makes a painter. The error is that of [LogMel.Check].
func NewPainter(m LogMel) (*Painter, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	w, err := MelFilters(m.Rate, m.Window, m.Bands)
	if err != nil {
		return nil, err
	}
	s := STFT{m.Window, m.Hop}
	p := &Painter{mel: m, framer: newFramer(s), clip: make([]float32, m.Len()), c: make([]complex128, s.Bins()),
		power: make([]float64, s.Bins()), levels: make([]float64, m.Bands*m.Frames)}
	for b := range m.Bands {
		p.bands = append(p.bands, bandOf(w[b*s.Bins():][:s.Bins()]))
	}
	return p, nil
}

func bandOf(w []float64) band {
	lo, hi := 0, len(w)
	for lo < hi && w[lo] == 0 {
		lo++
	}
	for lo < hi && w[hi-1] == 0 {
		hi--
	}
	return band{lo, w[lo:hi]}
}

// depth is how far below the loudest place of a picture its black is, in dB.
const depth = 80

// Paint writes the picture (Bands, Frames) of a sound to dst: the power in each band and frame, in decibels below the
// loudest, from 0 at -80 dB to 1, so how loud the sound is does not matter:
//
//	p = max(0, 1 + (10·log₁₀ m - max 10·log₁₀ m)/80)        m[b, t] = Σ_k filter[b, k]·|X[t, k]|²
//
// The first row is the highest band, so that the picture stands as one draws it. A sound that is shorter than the
// picture stands in its middle, between two silences, and of one that is longer the middle is seen. Of silence all
// is 0.
//
// The error is a dst of another size, a sound that is too long, or a sample that is not finite.
func (p *Painter) Paint(dst, x []float32) error {
	if len(dst) != len(p.levels) {
		return fmt.Errorf("log-mel: there is room for %d numbers, want %d bands of %d frames", len(dst), p.mel.Bands,
			p.mel.Frames)
	}
	if err := check("log-mel", x); err != nil {
		return err
	}
	p.cut(x)
	loudest := 0.
	for t := range p.mel.Frames {
		p.framer.read(p.c, p.clip, t)
		for k, c := range p.c {
			p.power[k] = real(c)*real(c) + imag(c)*imag(c)
		}
		for b, f := range p.bands {
			sum := 0.
			for k, w := range f.weights {
				sum += w * p.power[f.from+k]
			}
			p.levels[(p.mel.Bands-1-b)*p.mel.Frames+t] = sum
			loudest = max(loudest, sum)
		}
	}
	for i, v := range p.levels {
		dst[i] = 0
		if v > 0 {
			dst[i] = float32(max(0, 1+10*math.Log10(v/loudest)/depth))
		}
	}
	return nil
}

// cut puts the middle of a sound into the middle of the clip.
func (p *Painter) cut(x []float32) {
	clear(p.clip)
	if spare := len(x) - len(p.clip); spare > 0 {
		copy(p.clip, x[spare/2:])
	} else {
		copy(p.clip[-spare/2:], x)
	}
}
