// This file holds how a sound is given another number of samples a second.

package sound

import (
	"fmt"
	"math"
)

// maxRate is the most samples a second, that of data.ReadWAV.
const maxRate = 1 << 20

// Resample brings a sound of from samples a second to as many as to says: ⌈n·to/from⌉ samples. Frequencies above half
// the lower of the two rates are taken away, by a sum over a sinc under a window of Hann:
//
//	y[i] = Σ_k x[k] · h(i·from/to - k)        h(t) = c · sinc(c·t) · cos²(π·c·t/(2·16)) for |c·t| < 16
//
// with sinc(t) = sin(πt)/(πt), c = .95·min(1, to/from). Where both rates are one, it is a copy.
//
// Smith, "Digital audio resampling home page", 2002; torchaudio's sinc_interp_hann has 6 in place of 16, and .99.
func Resample(x []float32, from, to int) ([]float32, error) {
	if err := check("resample", x); err != nil {
		return nil, err
	}
	if min(from, to) < 1 || max(from, to) > maxRate {
		return nil, fmt.Errorf("resample: from %d to %d samples a second, want 1 to %d", from, to, maxRate)
	}
	n := (len(x)*to + from - 1) / from
	if n > maxSamples {
		return nil, fmt.Errorf("resample: %d samples become %d, want at most %d", len(x), n, maxSamples)
	}
	y := resample(x, float64(to)/float64(from), n)
	return y, check("resample", y)
}

// crossings is how often the sinc of resample crosses 0 on each side, rolloff the share of the frequencies that stay.
const crossings, rolloff = 16, .95

// resample is [Resample] by any ratio of the new rate to the old, to n samples.
func resample(x []float32, ratio float64, n int) []float32 {
	y := make([]float32, n)
	if ratio == 1 {
		copy(y, x)
		return y
	}
	c := rolloff * min(1, ratio)
	reach := crossings / c
	// From tap to tap the angles of the sinc and of its window grow by the same: both are turned, not computed anew.
	stepSin, stepCos := math.Sincos(math.Pi * c)
	slowSin, slowCos := math.Sincos(math.Pi * c / crossings)
	for i := range y {
		at := float64(i) / ratio
		lo, hi := max(0, int(math.Ceil(at-reach))), min(len(x)-1, int(math.Floor(at+reach)))
		t := float64(lo) - at
		sin, cos := math.Sincos(math.Pi * c * t)
		wSin, wCos := math.Sincos(math.Pi * c * t / crossings)
		sum := 0.
		for k := lo; k <= hi; k++ {
			h := 1.
			if a := math.Pi * c * (float64(k) - at); math.Abs(a) > 1e-9 {
				h = sin / a
			}
			sum += float64(x[k]) * h * (.5 + .5*wCos)
			sin, cos = sin*stepCos+cos*stepSin, cos*stepCos-sin*stepSin
			wSin, wCos = wSin*slowCos+wCos*slowSin, wCos*slowCos-wSin*slowSin
		}
		y[i] = float32(c * sum)
	}
	return y
}
