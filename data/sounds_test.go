package data

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/trial"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
)

// quick is a small picture.
var quick = sound.LogMel{Rate: 8000, Window: 256, Hop: 256, Bands: 8, Frames: 12}

// everySound is a View that changes all that it can.
var everySound = sound.View{Noise: 10, Stretch: .2, Pitch: 2, Mask: .3}

// TestTones: sound i is of class i mod 10 and does not depend on how many there are, parts and seeds differ, and all
// are within [-1, 1].
func TestTones(t *testing.T) {
	a, b := TonesN(0, 30, 12), TonesN(0, 20, 11)
	for i, x := range b.Train.X {
		if !slices.Equal(x, a.Train.X[i]) || b.Train.Y[i] != int64(i%10) {
			t.Errorf("sound %d of class %d depends on how many there are", i, b.Train.Y[i])
		}
	}
	if slices.Equal(a.Train.X[0], a.Test.X[0]) || slices.Equal(a.Train.X[0], a.Train.X[10]) ||
		slices.Equal(a.Train.X[0], TonesN(1, 1, 0).Train.X[0]) {
		t.Error("parts, numbers or seeds do not matter")
	}
	for i, x := range a.Train.X {
		if len(x) < 2400 || len(x) > 6400 || slices.Max(x) > 1 || slices.Min(x) < -1 || slices.Max(x) < .05 {
			t.Errorf("sound %d has %d samples from %v to %v", i, len(x), slices.Min(x), slices.Max(x))
		}
	}
	if err := a.Train.Check(); err != nil || len(a.Classes) != 10 || a.Test.Len() != 12 || TonesN(0, -1,
		0).Train.Len() != 0 {
		t.Errorf("%v, %d classes, %d to test with", err, len(a.Classes), a.Test.Len())
	}
}

// TestClipsViewed: labels and order are those of Shuffled, views depend on seed, epoch and sound alone, and a View
// that changes nothing changes nothing.
func TestClipsViewed(t *testing.T) {
	clips := TonesN(0, 23, 0).Train
	for i := range clips.Y {
		clips.Y[i] = int64(i)
	}
	pictures, err := clips.Pictures(quick)
	if err != nil || !pictures.X.Shape.Equal(graph.Shape{23, 1, 8, 12}) {
		t.Fatalf("%v, %v", pictures.X.Shape, err)
	}
	epoch := func(v sound.View, epoch int, seed uint64) ([]float32, []int64) {
		t.Helper()
		s, err := clips.Viewed(quick, v, 5, seed)
		if err != nil || s.Len() != 4 {
			t.Fatal(s, err)
		}
		return epochOf(s, epoch)
	}
	plain, order := epochOf(pictures.Seeded(7).Shuffled(5), 3)
	if same, y := epoch(sound.View{}, 3, 7); !slices.Equal(plain, same) || !slices.Equal(order, y) {
		t.Error("a View that changes nothing changes something")
	}
	one, y := epoch(everySound, 3, 7)
	before := runtime.GOMAXPROCS(1)
	alone, _ := epoch(everySound, 3, 7)
	runtime.GOMAXPROCS(before)
	next, _ := epoch(everySound, 4, 7)
	seeded, _ := epoch(everySound, 3, 8)
	if !slices.Equal(y, order) || !slices.Equal(one, alone) || slices.Equal(one, next) || slices.Equal(one, seeded) ||
		slices.Equal(one, plain) {
		t.Error("views depend on GOMAXPROCS, or not on epoch and seed")
	}
	painter, err := sound.NewPainter(quick)
	if err != nil {
		t.Fatal(err)
	}
	want, draw := make([]float32, 96), sound.Draw{Seed: 7, Epoch: 3, Index: int(order[6])}
	wave, err := everySound.Wave(clips.X[draw.Index], draw)
	if err = errors.Join(err, painter.Paint(want, wave), everySound.Picture(want, 12, draw)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(want, one[6*96:7*96]) {
		t.Error("the seventh sound is not the view by its number")
	}
}

// TestNoisy: each sound is as far above the noise as is asked for.
func TestNoisy(t *testing.T) {
	clips := TonesN(0, 12, 0).Train
	noisy, err := clips.Noisy(10, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range clips.X {
		if snr, err := sound.SNR(clips.X[i], noisy.X[i]); err != nil || math.Abs(snr-10) > .1 {
			t.Errorf("sound %d is %v dB above the noise; error %v", i, snr, err)
		}
	}
	if other, _ := clips.Noisy(10, 4); slices.Equal(other.X[0], noisy.X[0]) {
		t.Error("the seed does not matter")
	}
}

func TestClipsMistakes(t *testing.T) {
	clips := TonesN(0, 3, 0).Train
	nan := Clips{8000, [][]float32{{0, float32(math.NaN())}}, []int64{0}}
	for _, c := range []struct {
		want string
		f    func() error
	}{
		{"sounds: there are 1 sounds and 0 labels", func() error {
			return Clips{8000, [][]float32{nil},
				nil}.Check()
		}},
		{"sounds: 0 samples a second", func() error { return Clips{}.Check() }},
		{"sounds: sample 1 of sound 0 is NaN", func() error { _, err := nan.Pictures(quick); return err }},
		{"sounds: sample 1 of sound 0 is NaN", func() error { _, err := nan.Noisy(1, 0); return err }},
		{"sounds: sound 0: noise: the sound is NaN dB", func() error {
			_, err := clips.Noisy(math.NaN(),
				0)
			return err
		}},
		{"sounds: they have 8000 samples a second, the pictures 16000", func() error {
			_, err := clips.Pictures(sound.LogMel{Rate: 16000, Window: 256, Hop: 256, Bands: 8, Frames: 12})
			return err
		}},
		{"log-mel: 0 samples a second", func() error { _, err := clips.Pictures(sound.LogMel{}); return err }},
		{"sounds: batches of 4, want 1 to the number of sounds, which is 3",
			func() error { _, err := clips.Viewed(quick, sound.View{}, 4, 0); return err }},
		{"sounds: batches of 0", func() error { _, err := clips.Viewed(quick, sound.View{}, 0, 0); return err }},
		{"view: pitch is NaN", func() error {
			_, err := clips.Viewed(quick, sound.View{Pitch: math.NaN()}, 1,
				0)
			return err
		}},
	} {
		if err := c.f(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// pcm is a WAV file of a rate with so many samples, all of a value.
func pcm(rate, n int, value int16) []byte {
	var b []byte
	for range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(value))
	}
	return riff("fmt ", wavFmt(wavPCM, 1, rate, 16), "data", string(b))
}

// TestRecordings: the three forms of a folder, and what is wrong with others.
func TestRecordings(t *testing.T) {
	a, b := pcm(8000, 100, 8192), pcm(4000, 50, -8192)
	for _, c := range []struct {
		name  string
		files map[string][]byte
		o     SoundOptions
		want  string // classes, labels of both parts, the rate, and lengths; or the error behind the folder
		is    error
	}{
		{"named by class, speaker and number", map[string][]byte{"2_x_7.wav": a, "10_x_4.wav": a,
			"2_y_0.WAV": a, "10_y_50.wav": b, "readme": a},
			SoundOptions{}, "[10 2] [0 1] [0 1] 4000 [50 50]", nil},
		{"folders of classes", map[string][]byte{"yes/a.wav": a, "yes/b.wav": a, "no/c.wav": b, "no/d.wav": a,
			"no/.e.wav": nil},
			SoundOptions{HeldOut: .5}, "[no yes] [0 1] [0 1] 8000 [100 100]", nil},
		{"parts", map[string][]byte{"train/yes/a.wav": a, "train/no/c.wav": b, "test/yes/d.wav": a},
			SoundOptions{Rate: 2000}, "[no yes] [0 1] [1] 2000 [25 25]", nil},
		{"other names", map[string][]byte{"7.wav": a}, SoundOptions{},
			"/7.wav: not named as class_speaker_number.wav; other sounds lie in a folder for each class", ErrDamaged},
		{"nothing to test with", map[string][]byte{"2_x_7.wav": a, "2_x_8.wav": a}, SoundOptions{},
			": 0 sounds have a number below 5, which are tested with, and 2 another: want both", fs.ErrNotExist},
		{"nothing to learn from", map[string][]byte{"2_x_0.wav": a}, SoundOptions{},
			": 1 sounds have a number below 5", fs.ErrNotExist},
		{"a class without a sound", map[string][]byte{"yes/a.wav": a, "no/c.txt": b}, SoundOptions{},
			"/no: has no WAV file", fs.ErrNotExist},
		{"no class", map[string][]byte{"a.txt": a}, SoundOptions{}, ": has no folder of sounds", fs.ErrNotExist},
		{"one sound", map[string][]byte{"yes/a.wav": a}, SoundOptions{}, ": has one sound, want at least 2",
			fs.ErrNotExist},
		{"a damaged sound", map[string][]byte{"yes/a.wav": a, "no/c.wav": a[:50]}, SoundOptions{},
			"/no/c.wav: offset 4: truncated", ErrDamaged},
		{"a class of the test part alone", map[string][]byte{"train/yes/a.wav": a, "test/no/d.wav": a},
			SoundOptions{}, "/test/no: there is no such class in the training part", ErrDamaged},
		{"all held out", map[string][]byte{"yes/a.wav": a}, SoundOptions{HeldOut: 1},
			": the share held out is 1, want it between 0 and 1", nil},
		{"a rate below 0", map[string][]byte{"yes/a.wav": a}, SoundOptions{Rate: -1},
			": -1 samples a second, want 1 to 1048576", nil},
		{"a sound that grows too long", map[string][]byte{"yes/a.wav": pcm(1, 100, 1), "no/b.wav": a},
			SoundOptions{Rate: maxRate},
			"/yes/a.wav: resample: 100 samples become 104857600, want at most 33554432", ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := trial.Tree(t, c.files)
			s, err := Recordings(dir, c.o)
			if err != nil {
				if !strings.HasPrefix(strings.TrimPrefix(err.Error(), dir), c.want) || c.is != nil &&
					!errors.Is(err, c.is) {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				return
			}
			got := fmt.Sprint(s.Classes, " ", s.Train.Y, " ", s.Test.Y, " ", s.Train.Rate, " ",
				[]int{len(s.Train.X[0]), len(s.Test.X[0])})
			if got != c.want || s.Name != filepath.Base(dir) {
				t.Errorf("got %s, %s, want %s", s.Name, got, c.want)
			}
		})
	}
	dir := trial.Tree(t, map[string][]byte{"word.wav": a, "f/x/a.wav": a, "g/a_b_1.wav": a, "h/a.png": a})
	for path, want := range map[string]bool{"word.wav": true, "f": true, "g": true, "h": false, "none": false,
		"NONE.WAV": true} {
		if got := HasSounds(filepath.Join(dir, path)); got != want {
			t.Errorf("%s has sounds: %v", path, got)
		}
	}
	if _, err := OpenSounds(context.Background(), filepath.Join(dir, "word.wav"), SoundOptions{}, nil); err == nil ||
		!strings.HasSuffix(err.Error(), "word.wav: not a folder, and sounds are in folders") ||
		!errors.Is(err, ErrDamaged) {
		t.Errorf("a file for a folder: %v", err)
	}
}

// TestSpokenDigits: the official split of the recordings, where they are.
func TestSpokenDigits(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data", "audio", "fsdd")
	if _, err := os.Stat(dir); err != nil || testing.Short() {
		t.Skip("the recordings are not there, or take a second to read: ", err)
	}
	s, err := OpenSounds(context.Background(), dir, SoundOptions{Rate: 8000}, nil)
	if err != nil || s.Train.Len() != 2700 || s.Test.Len() != 300 || strings.Join(s.Classes, "") != "0123456789" {
		t.Errorf("%d and %d sounds of %v; error %v", s.Train.Len(), s.Test.Len(), s.Classes, err)
	}
}

// TestWriteWAV: what is written is read again, to half a step of 16 bits; and what is wrong is told.
func TestWriteWAV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	s := Sound{Rate: 11025, X: graph.FromFloat32([]float32{0, .5, -1, 1, 2, -3, .1, -.1}, 2, 4)}
	if err := WriteWAV(path, s); err != nil {
		t.Fatal(err)
	}
	again, err := ReadWAV(path)
	if err != nil || again.Rate != s.Rate || !again.X.Shape.Equal(s.X.Shape) {
		t.Fatalf("%v at %d Hz; error %v", again.X.Type, again.Rate, err)
	}
	for i, v := range s.X.F32 {
		if want := min(max(v, -1), 1-1./32768); math.Abs(float64(again.X.F32[i]-want)) > .5/32768+1e-9 {
			t.Errorf("sample %d is %v, want %v", i, again.X.F32[i], want)
		}
	}
	for want, s := range map[string]Sound{
		"the sound is ":                    {},
		"the sound is int64":               {Rate: 1, X: graph.FromInt64([]int64{1}, 1, 1)},
		"the sound is (9, 1), want 1 to 8": {Rate: 1, X: graph.FromFloat32(make([]float32, 9), 9, 1)},
		"0 samples a second":               {X: graph.FromFloat32(make([]float32, 9), 1, 9)},
		"sample 1 is +Inf": {Rate: 1, X: graph.FromFloat32([]float32{0, float32(math.Inf(1))},
			1, 2)},
		"1048577 samples a second, want 1 t": {Rate: 1<<20 + 1, X: graph.FromFloat32(make([]float32, 9), 1, 9)},
	} {
		if err := WriteWAV(path, s); err == nil || !strings.HasPrefix(err.Error(), path+": "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
