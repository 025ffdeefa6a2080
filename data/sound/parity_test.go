package sound

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// sample is some of the numbers that others give, see testdata/sound.py.
type sample struct {
	Norm      float64
	Len, Step int
	Some      []float64 // each so many
}

// fault says how numbers differ from a sample, relative to the largest, "" if they do not.
func (s sample) fault(got []float64) string {
	if len(got) != s.Len {
		return fmt.Sprintf("there are %d numbers, want %d", len(got), s.Len)
	}
	norm, largest := 0., 0.
	for _, v := range got {
		norm, largest = norm+v*v, max(largest, math.Abs(v))
	}
	if norm = math.Sqrt(norm); !(math.Abs(norm-s.Norm) <= 1e-5*s.Norm) {
		return fmt.Sprintf("the norm is %v, want %v", norm, s.Norm)
	}
	for i, want := range s.Some {
		if v := got[i*s.Step]; !(math.Abs(v-want) <= 1e-5*largest) {
			return fmt.Sprintf("number %d is %v, want %v", i*s.Step, v, want)
		}
	}
	return ""
}

// numbers and glide are the sounds of the script.
func numbers(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

func glide(n, salt int) []float32 {
	x, noise := make([]float32, n), numbers(n, salt)
	for i := range x {
		t, v := float64(i)/8000, .02*(noise[i]-.5)
		for _, tone := range [][2]float64{{.5, 200}, {.3, 610}, {.15, 1900}} {
			v += tone[0] * math.Sin(2*math.Pi*(tone[1]*t+40*t*t))
		}
		x[i] = float32(v)
	}
	return x
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// fixtures are what the script has written.
func fixtures(t *testing.T) map[string]map[string]sample {
	t.Helper()
	raw, err := os.ReadFile("testdata/sound.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]sample{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// ints reads the numbers of a case.
func ints(name string, to ...any) {
	if _, err := fmt.Sscan(name, to...); err != nil {
		panic(err)
	}
}

// TestOthers: spectra are PyTorch's and numpy's, and the rest is what the published formulas come to there.
func TestOthers(t *testing.T) {
	x := glide(2000, 1)
	of := map[string]func(name string) ([]float64, error){
		"stft": func(name string) ([]float64, error) {
			var n int
			var s STFT
			ints(name, &n, &s.Window, &s.Hop)
			all, err := s.Of(glide(n, s.Window))
			var flat []float64
			for _, c := range all.C {
				flat = append(flat, real(c), imag(c))
			}
			return flat, err
		},
		"stretch": func(name string) ([]float64, error) {
			var rate float64
			ints(name, &rate)
			y, err := Stretch(x, rate)
			return wide(y), err
		},
		"pitch": func(name string) ([]float64, error) {
			var steps float64
			ints(name, &steps)
			y, err := PitchShift(x, steps)
			return wide(y), err
		},
		"resample": func(name string) ([]float64, error) {
			var from, to int
			ints(name, &from, &to)
			y, err := Resample(x, from, to)
			return wide(y), err
		},
		"mel": func(name string) ([]float64, error) {
			var rate, window, bands int
			ints(name, &rate, &window, &bands)
			return MelFilters(rate, window, bands)
		},
		"picture": func(name string) ([]float64, error) {
			var n int
			var m LogMel
			ints(name, &n, &m.Rate, &m.Window, &m.Hop, &m.Bands, &m.Frames)
			p, err := NewPainter(m)
			if err != nil {
				return nil, err
			}
			dst := make([]float32, m.Bands*m.Frames)
			err = p.Paint(dst, glide(n, 2))
			return wide(dst), err
		},
	}
	all := fixtures(t)
	for what, f := range of {
		if len(all[what]) < 3 {
			t.Errorf("%s has %d cases", what, len(all[what]))
		}
		for name, want := range all[what] {
			got, err := f(name)
			if err != nil {
				t.Errorf("%s of %s: %v", what, name, err)
				continue
			}
			if fault := want.fault(got); fault != "" {
				t.Errorf("%s of %s: %s", what, name, fault)
			}
			got[0] += 1e-3 * want.Norm // the first, which is among them
			if want.fault(got) == "" {
				t.Errorf("%s of %s: a wrong number is not found", what, name)
			}
		}
	}
	if len(all) != len(of) {
		t.Errorf("the script has %d kinds, the test %d", len(all), len(of))
	}
}

// TestMelScale: the figures of librosa's documentation, librosa.hz_to_mel and librosa.mel_frequencies(n_mels=40).
func TestMelScale(t *testing.T) {
	for hz, mel := range map[float64]float64{60: .9, 110: 1.65, 220: 3.3, 440: 6.6, 200: 3, 1000: 15, 6400: 42} {
		if got := Mel(hz); math.Abs(got-mel) > 1e-12 {
			t.Errorf("%v Hz are %v mel, want %v", hz, got, mel)
		}
		if got := Hz(mel); math.Abs(got-hz) > 1e-9 {
			t.Errorf("%v mel are %v Hz, want %v", mel, got, hz)
		}
	}
	want := strings.Fields("0.000 85.317 170.635 255.952 341.269 426.586 511.904 597.221 682.538 767.855 853.173 " +
		"938.490 1024.856 1119.114 1222.042 1334.436 1457.167 1591.187 1737.532 1897.337 2071.840 2262.393 2470.470 " +
		"2697.686 2945.799 3216.731 3512.582 3835.643 4188.417 4573.636 4994.285 5453.621 5955.205 6502.920 " +
		"7101.009 7754.107 8467.272 9246.028 10096.408 11025.000")
	for i, w := range want {
		if got := fmt.Sprintf("%.3f", Hz(Mel(11025)*float64(i)/39)); got != w {
			t.Errorf("frequency %d is %s Hz, want %s", i, got, w)
		}
	}
}
