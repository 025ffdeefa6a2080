package sound

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tone is a sine of a frequency, at 8,000 samples a second.
func tone(hz float64, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(.5 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return x
}

// random is noise.
func random(n int, seed uint64) []float32 {
	r, x := rand.New(rand.NewPCG(seed, 1)), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// loudest is the frequency with the most power in the middle of a sound, by a parabola through the logarithms of the
// largest and its neighbours.
func loudest(t *testing.T, x []float32, rate int) float64 {
	t.Helper()
	s := STFT{Window: 2048, Hop: 2048}
	all, err := s.Of(x[max(0, len(x)/2-1024):])
	if err != nil {
		t.Fatal(err)
	}
	row := all.C[all.Bins*min(1, all.Frames-1):][:all.Bins]
	level := func(k int) float64 { return math.Log(math.Hypot(real(row[k]), imag(row[k])) + 1e-30) }
	best := 1
	for k := range len(row) - 1 {
		if k > 0 && level(k) > level(best) {
			best = k
		}
	}
	a, b, c := level(best-1), level(best), level(best+1)
	return (float64(best) + .5*(a-c)/(a-2*b+c)) * float64(rate) / 2048
}

// rms is the root mean square of a part of a sound.
func rms(x []float32) float64 { return math.Sqrt(energy(x) / float64(len(x))) }

// TestTones: a tone of 440 Hz stays one where it is stretched or resampled, and is one of 880 Hz an octave up; it is
// about as loud as it was. By a wrong rate it would not be.
func TestTones(t *testing.T) {
	x := tone(440, 8000)
	for _, c := range []struct {
		name string
		f    func() ([]float32, error)
		rate int
		n    int
		hz   float64

		fainter float64
	}{
		{"as it is", func() ([]float32, error) { return x, nil }, 8000, 8000, 440, 0},
		{"slower", func() ([]float32, error) { return Stretch(x, .8) }, 8000, 10000, 440, .1},
		{"faster", func() ([]float32, error) { return Stretch(x, 1.3) }, 8000, 6154, 440, 0},
		{"an octave up", func() ([]float32, error) { return PitchShift(x, 12) }, 8000, 8000, 880, .15},
		{"an octave down", func() ([]float32, error) { return PitchShift(x, -12) }, 8000, 8000, 220, 0},
		{"three semitones up", func() ([]float32, error) { return PitchShift(x, 3) }, 8000, 8000,
			440 * math.Pow(2, .25), .1},
		{"at another rate", func() ([]float32, error) { return Resample(x, 8000, 11025) }, 11025, 11025, 440, 0},
		{"at half the rate", func() ([]float32, error) { return Resample(x, 8000, 4000) }, 4000, 4000, 440, 0},
		{"slower and higher", func() ([]float32, error) { return retime(x, .5, 12) }, 8000, 16000, 880, .7},
	} {
		y, err := c.f()
		if err != nil || len(y) != c.n {
			t.Fatalf("%s: %d samples, want %d; error %v", c.name, len(y), c.n, err)
		}
		if hz := loudest(t, y, c.rate); math.Abs(hz-c.hz) > 2 {
			t.Errorf("%s: it is a tone of %.2f Hz, want %.2f", c.name, hz, c.hz)
		}
		if r := rms(y[len(y)/4 : 3*len(y)/4]); math.Abs(r/rms(x)-1) > c.fainter+.02 {
			t.Errorf("%s: it is %.3f times as loud", c.name, r/rms(x))
		}
	}
	if y, err := Resample(tone(3000, 8000), 8000, 4000); err != nil || rms(y[400:3600]) > 1e-3 {
		t.Errorf("a tone above half the new rate is there with %v; error %v", rms(y[400:3600]), err)
	}
}

// TestIdentity: nothing changes by a strength of 0, and a spectrum is the sound's.
func TestIdentity(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		x := random(1+r.IntN(3000), r.Uint64())
		for name, f := range map[string]func() ([]float32, error){
			"stretch":  func() ([]float32, error) { return Stretch(x, 1) },
			"pitch":    func() ([]float32, error) { return PitchShift(x, 0) },
			"resample": func() ([]float32, error) { return Resample(x, 8000, 8000) },
			"view":     func() ([]float32, error) { return View{}.Wave(x, Draw{1, 2, 3}) },
		} {
			if y, err := f(); err != nil || !slices.Equal(x, y) {
				t.Errorf("%s of %d samples by nothing changes them; error %v", name, len(x), err)
			}
		}
		s := STFT{Window: 2 + r.IntN(100)}
		s.Hop = 1 + r.IntN(max(1, s.Window/2))
		all, err := s.Of(x)
		if err != nil {
			t.Fatal(err)
		}
		y, err := s.Back(all, len(x))
		if err != nil {
			t.Fatal(err)
		}
		for i := range min(len(x), (all.Frames-1)*s.Hop) { // behind the last frame's middle windows may end
			if math.Abs(float64(x[i]-y[i])) > 1e-4 {
				t.Fatalf("%+v: sample %d of %d is %v, was %v", s, i, len(x), y[i], x[i])
			}
		}
		p := random(30, 5)
		q := slices.Clone(p)
		if err := (View{Noise: 3}).Picture(q, 5, Draw{}); err != nil || !slices.Equal(p, q) {
			t.Errorf("a mask of nothing changes a picture; error %v", err)
		}
		if err := Mask(q, 5, 0, Draw{}); err != nil || !slices.Equal(p, q) {
			t.Errorf("a mask of a share of 0 changes a picture; error %v", err)
		}
	}
}

// TestNoise: the measured ratio is the one that is asked for, and the noise is a function of its Draw alone.
func TestNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		x, want := random(2+r.IntN(5000), r.Uint64()), r.Float64()*60-20
		d := Draw{r.Uint64(), r.IntN(100), r.IntN(100)}
		y, err := Noise(x, want, d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := SNR(x, y)
		if err != nil || math.Abs(got-want) > .01 {
			t.Errorf("%d samples are %v dB above their noise, want %v; error %v", len(x), got, want, err)
		}
		same, _ := Noise(x, want, d)
		if !slices.Equal(y, same) {
			t.Error("the same Draw gives other noise")
		}
		for _, other := range []Draw{{d.Seed + 1, d.Epoch, d.Index}, {d.Seed, d.Epoch + 1, d.Index},
			{d.Seed, d.Epoch, d.Index + 1}} {
			if z, _ := Noise(x, want, other); slices.Equal(y, z) {
				t.Errorf("%+v gives the noise of %+v", other, d)
			}
		}
	}
	if y, err := Noise(make([]float32, 10), 10, Draw{}); err != nil || energy(y) != 0 {
		t.Errorf("silence has noise %v; error %v", y, err)
	}
	for _, v := range []float32{1, 0} {
		if snr, err := SNR([]float32{v}, []float32{v}); err != nil || !math.IsInf(snr, 1) {
			t.Errorf("a sound of %v is %v dB above no noise; error %v", v, snr, err)
		}
	}
}

// TestMask: what is hidden is rows and columns, no more of them than the share, and it is the mean.
func TestMask(t *testing.T) {
	const rows, columns = 12, 20
	widest := [2]int{}
	for i := range 300 {
		p := random(rows*columns, uint64(i))
		q, mean := slices.Clone(p), 0.
		for _, v := range p {
			mean += float64(v) / float64(len(p))
		}
		if err := Mask(q, columns, .25, Draw{Index: i}); err != nil {
			t.Fatal(err)
		}
		var hidden [2]int
		for r := range rows {
			if !slices.ContainsFunc(q[r*columns:(r+1)*columns], func(v float32) bool { return v != float32(mean) }) {
				hidden[0]++
			}
		}
		for c := range columns {
			n := 0
			for r := range rows {
				if q[r*columns+c] == float32(mean) {
					n++
				}
			}
			if n == rows {
				hidden[1]++
			}
		}
		for k, v := range q {
			if v != p[k] && v != float32(mean) {
				t.Fatalf("place %d is %v, was %v", k, v, p[k])
			}
		}
		widest = [2]int{max(widest[0], hidden[0]), max(widest[1], hidden[1])}
	}
	if widest != [2]int{3, 5} {
		t.Errorf("at most %v rows and columns are hidden, want 3 and 5, a quarter of each", widest)
	}
}

// TestView: a view depends on its Draw alone, differs from others, and stays within what it says.
func TestView(t *testing.T) {
	x := tone(440, 4000)
	v := View{Noise: 10, Stretch: .2, Pitch: 2}
	var all [][]float32
	noisy := 0
	for i := range 60 {
		y, err := v.Wave(x, Draw{7, 1, i})
		if err != nil {
			t.Fatal(err)
		}
		if same, _ := v.Wave(x, Draw{7, 1, i}); !slices.Equal(y, same) {
			t.Error("the same Draw gives another view")
		}
		if n := len(y); n < 3333 || n > 5000 { // 4000/1.2 and 4000/0.8
			t.Errorf("it has %d samples", n)
		}
		if hz := loudest(t, y, 8000); hz < 440*math.Pow(2, -2./12)-2 || hz > 440*math.Pow(2, 2./12)+2 {
			t.Errorf("it is a tone of %v Hz", hz)
		}
		clean, _ := View{Stretch: .2, Pitch: 2}.Wave(x, Draw{7, 1, i})
		if snr, _ := SNR(clean, y); !math.IsInf(snr, 1) {
			noisy++
			if snr < 9.9 || snr > 30.1 {
				t.Errorf("it is %v dB above the noise", snr)
			}
		}
		all = append(all, y)
	}
	if noisy < 20 || noisy > 40 {
		t.Errorf("%d of 60 views have noise, want about half", noisy)
	}
	for i := range all[1:] {
		if slices.Equal(all[i], all[i+1]) {
			t.Errorf("views %d and %d are alike", i, i+1)
		}
	}
}

// TestPaint: a picture is that of a sound however loud it is, silence is black, and a tone is one bright line where
// its band is.
func TestPaint(t *testing.T) {
	m := LogMel{Rate: 8000, Window: 512, Hop: 256, Bands: 32, Frames: 16}
	p, err := NewPainter(m)
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float32, 512), make([]float32, 512)
	x := tone(1000, 9000)
	paint := func(dst, x []float32) {
		t.Helper()
		if err := p.Paint(dst, x); err != nil {
			t.Fatal(err)
		}
	}
	paint(a, x)
	for i := range x {
		x[i] *= 1e-3
	}
	paint(b, x)
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-3 || !(a[i] >= 0 && a[i] <= 1) {
			t.Fatalf("number %d is %v, and %v of the same sound that is not as loud", i, a[i], b[i])
		}
	}
	best := 0
	for row := range 32 {
		if a[row*16+8] > a[best*16+8] {
			best = row
		}
	}
	band := 31 - best // of 1,000 Hz: edges are 33 equal steps up to Mel(4000) from 0, and band b peaks at edge b+1
	if want := Mel(1000)/(Mel(4000)/33) - 1; math.Abs(float64(band)-want) > 1 {
		t.Errorf("a tone of 1,000 Hz is brightest in band %d, want about %.1f", band, want)
	}
	for _, n := range []int{0, 1, 5000} {
		paint(a, make([]float32, n))
		if slices.Max(a) != 0 {
			t.Errorf("the picture of %d samples of silence has a place of %v", n, slices.Max(a))
		}
	}
	paint(a, []float32{1}) // a click in the middle: nothing before and behind it
	if a[0] != 0 || a[15] != 0 || a[8] == 0 && a[7] == 0 {
		t.Errorf("a click is at %v", a[:16])
	}
}

// TestMistakes: each says what and where.
func TestMistakes(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	good := LogMel{Rate: 8000, Window: 512, Hop: 256, Bands: 32, Frames: 16}
	for _, c := range []struct {
		want string
		f    func() error
	}{
		{"stretch: the rate is 0, want 1/16 to 16", func() error { _, err := Stretch(nil, 0); return err }},
		{"stretch: the rate is NaN", func() error { _, err := Stretch(nil, math.NaN()); return err }},
		{"stretch: sample 1 is NaN", func() error { _, err := Stretch([]float32{0, nan}, 2); return err }},
		{"stretch: 33554432 samples become 67108864, want at most 33554432",
			func() error { _, err := Stretch(make([]float32, maxSamples), .5); return err }},
		{"pitch shift: 49 semitones, want -48 to 48", func() error { _, err := PitchShift(nil, 49); return err }},
		{"pitch shift: NaN semitones", func() error { _, err := PitchShift(nil, math.NaN()); return err }},
		{"resample: from 0 to 8000", func() error { _, err := Resample(nil, 0, 8000); return err }},
		{"resample: from 8000 to -1", func() error { _, err := Resample(nil, 8000, -1); return err }},
		{"resample: 100 samples become 104857600", func() error {
			_, err := Resample(make([]float32, 100), 1,
				1<<20)
			return err
		}},
		{"resample: sample 0 is -Inf", func() error { _, err := Resample([]float32{inf}, 1, 2); return err }},
		{"noise: the sound is NaN dB above it", func() error { _, err := Noise(nil, math.NaN(), Draw{}); return err }},
		{"noise: the sound is 300 dB above it, want -200 to 200", func() error {
			_, err := Noise(nil, 300,
				Draw{})
			return err
		}},
		{"noise: sample 0 is NaN", func() error { _, err := Noise([]float32{nan}, 1, Draw{}); return err }},
		{"snr: sample 1 is NaN", func() error { _, err := SNR(make([]float32, 2), []float32{0, nan}); return err }},
		{"snr: the sound has 1 samples, the one with noise 2", func() error {
			_, err := SNR(make([]float32, 1),
				make([]float32, 2))
			return err
		}},
		{"mask: a picture of 5 numbers has no columns of 2", func() error {
			return Mask(make([]float32, 5), 2,
				.5, Draw{})
		}},
		{"mask: a picture of 5 numbers has no columns of 0", func() error {
			return Mask(make([]float32, 5), 0,
				.5, Draw{})
		}},
		{"mask: the share is 2, want 0 to 1", func() error { return Mask(make([]float32, 4), 2, 2, Draw{}) }},
		{"stft: the window has 1 samples, want 2 to 65536", func() error { _, err := STFT{1, 1}.Of(nil); return err }},
		{"stft: the hop is 0 samples, want 1 to the window, which has 4", func() error {
			_, err := STFT{4,
				0}.Of(nil)
			return err
		}},
		{"stft: sample 0 is NaN", func() error { _, err := STFT{4, 2}.Of([]float32{nan}); return err }},
		{"stft: 4194305 frames of 2049", func() error {
			_, err := STFT{4096, 1}.Of(make([]float32,
				1<<22))
			return err
		}},
		{"stft: the spectrum has 5 numbers, want 2 frames of 3", func() error {
			_, err := STFT{4, 2}.Back(Spectrum{2, 3, make([]complex128, 5)}, 4)
			return err
		}},
		{"stft: -1 samples are asked for", func() error {
			_, err := STFT{4, 2}.Back(Spectrum{0, 3, nil},
				-1)
			return err
		}},
		{"log-mel: 0 samples a second", func() error { _, err := NewPainter(LogMel{}); return err }},
		{"log-mel: -1 bands, want 1 to 1024", func() error { _, err := MelFilters(8000, 512, -1); return err }},
		{"log-mel: stft: the window has 0 samples", func() error {
			return LogMel{Rate: 1, Bands: 1,
				Frames: 1}.Check()
		}},
		{"log-mel: 0 frames, want 1 to 4096", func() error { return LogMel{Rate: 1, Bands: 1}.Check() }},
		{"log-mel: there is room for 3 numbers, want 32 bands of 16 frames", func() error {
			p, err := NewPainter(good)
			if err != nil {
				return err
			}
			return p.Paint(make([]float32, 3), nil)
		}},
		{"log-mel: sample 2 is NaN", func() error {
			p, err := NewPainter(good)
			if err != nil {
				return err
			}
			return p.Paint(make([]float32, 512), []float32{0, 0, nan})
		}},
		{"view: stretch is 2, want 0 to 0.9", func() error {
			_, err := View{Stretch: 2}.Wave(nil,
				Draw{})
			return err
		}},
	} {
		if err := c.f(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// TestExtremes: sounds of nothing, of one sample and of large numbers give no panic and no number that is none.
func TestExtremes(t *testing.T) {
	for _, x := range [][]float32{nil, {1}, {1, -1}, {math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32}, {1e-45}} {
		for i := range 8 {
			v := View{Noise: 1, Stretch: .9, Pitch: 24, Mask: 1}
			y, err := v.Wave(x, Draw{Index: i})
			if err != nil && !strings.Contains(err.Error(), "Inf") {
				t.Errorf("%v: %v", x, err)
			}
			if err == nil && check("view", y) != nil {
				t.Errorf("%v: it is %v", x, y)
			}
		}
	}
}

func TestParseView(t *testing.T) {
	for text, want := range map[string]View{
		"noise=10,stretch=.1,pitch=2,mask=.2": {10, .1, 2, .2},
		"mask=0.5":                            {Mask: .5},
	} {
		if got, err := ParseView(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":               `unknown key ""; known are `,
		"nose=3":         `unknown key "nose"; known are noise, `,
		"noise":          "noise needs a number, such as noise=.5",
		"noise=0":        "noise is 0, want more than 0",
		"noise=x":        `noise is "x", want a number`,
		"noise=-3":       "noise is -3, want 0 to 100",
		"pitch=NaN":      "pitch is NaN, want 0 to 24",
		"mask=.1,mask=1": `"mask" is given twice`,
	} {
		if got, err := ParseView(text); err == nil || !strings.HasPrefix(err.Error(), "view: "+want) {
			t.Errorf("%s: got %+v, %v, want %s", text, got, err, want)
		}
	}
	if got := strings.Join(ViewKeys(), " "); got != "mask noise pitch stretch" {
		t.Errorf("the keys are %s", got)
	}
}

// FuzzParseView: what is read makes sense, and is used without a fault.
func FuzzParseView(f *testing.F) {
	for _, seed := range []string{"noise=10,stretch=.1,pitch=2,mask=.2", "pitch=24,,", "stretch=.9,noise=1e-300"} {
		f.Add(seed)
	}
	x := tone(440, 100)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseView(text)
		if err != nil {
			return
		}
		if y, err := v.Wave(x, Draw{}); err != nil || check("view", y) != nil {
			t.Fatalf("%q: %v, %v", text, y, err)
		}
	})
}
