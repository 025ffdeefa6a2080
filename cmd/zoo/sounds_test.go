package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// words is a folder of sounds of two classes, named by class, speaker and number.
func words(t *testing.T) string {
	t.Helper()
	dir, tones := t.TempDir(), data.TonesN(0, 100, 0).Train
	for i, x := range tones.X {
		if class := i % 10; class == 0 || class == 4 {
			name := fmt.Sprintf("%s_me_%d.wav", []string{"tone", "clicks"}[class/4], i/10)
			s := data.Sound{Rate: tones.Rate, X: graph.FromFloat32(x, 1, len(x))}
			if err := data.WriteWAV(filepath.Join(dir, name), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestAugmentSounds: what is written is the sound and its views, as a sound and as a picture, and depends on seed and
// view.
func TestAugmentSounds(t *testing.T) {
	dir, out := words(t), t.TempDir()
	write := func(name string, flags ...string) []byte {
		t.Helper()
		path := filepath.Join(out, name)
		args := append([]string{"augment", "--data", dir, "--pictures", "3", "--views", "2", "-o", path, "--json"},
			flags...)
		code, stdout, stderr := zooRun(args...)
		var got heard
		err := json.Unmarshal([]byte(stdout), &got)
		if code != 0 || err != nil || got.Views != 2 || got.Output != path {
			t.Fatalf("exit %d: %s%s%v", code, stdout, stderr, err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, end := range []string{".wav", ".png"} {
		a := write("a" + end)
		if !bytes.Equal(a, write("b"+end)) {
			t.Errorf("the same seed gives another %s", end)
		}
		if bytes.Equal(a, write("c"+end, "--seed", "1")) || bytes.Equal(a, write("d"+end, "--view", "pitch=4")) {
			t.Errorf("another seed, or another view, gives the same %s", end)
		}
	}
	img, err := png.Decode(bytes.NewReader(write("e.png")))
	if size := 2*32 + 2; err != nil || img.Bounds().Dx() != 3*size+2 || img.Bounds().Dy() != 3*size+2 {
		t.Errorf("the sheet is %v, %v", img.Bounds(), err)
	}
	one := filepath.Join(dir, "tone_me_7.wav")
	write("f.wav", "--data", one, "--view", "noise=20")
	all, err := data.ReadWAV(filepath.Join(out, "f.wav"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := data.ReadWAV(one)
	if err != nil || all.Rate != 8000 || all.Len() != 3*(s.Len()+2000)+2000 {
		t.Errorf("three times %d samples are %d; error %v", s.Len(), all.Len(), err)
	}
}

// TestSpeech: a model learns from sounds, heard anew if it is told so, is evaluated in noise, and tells the class of a
// sound; what is no sound is refused.
func TestSpeech(t *testing.T) {
	dir, out := words(t), t.TempDir()
	weights := func(flags ...string) string {
		t.Helper()
		path := filepath.Join(out, fmt.Sprint(len(flags), strings.Join(flags, "")))
		args := append([]string{"train", "speech", "--data", dir, "--batch", "5", "--steps", "12", "-o", path},
			flags...)
		if code, _, stderr := zooRun(args...); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return path
	}
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	own := weights()
	if read(own) == read(weights("--augment", "noise=10,mask=.2")) {
		t.Error("sounds that are heard anew give the same weights")
	}
	if read(own) != read(weights("--augment", "mask=0")) {
		t.Error("a view that changes nothing gives other weights")
	}
	eval := func(flags ...string) string {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"eval", "speech", "--weights", own, "--data", dir},
			flags...)...)
		if code != 0 || !strings.Contains(stdout, ", 10 sounds: test loss ") {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		return stdout
	}
	quiet, loud := eval(), eval("--noise", "-5")
	if quiet == loud || loud != eval("--noise", "-5") {
		t.Errorf("noise changes nothing, or is another each time: %s%s", quiet, loud)
	}
	sheet := filepath.Join(out, "worst.png")
	eval("--worst", "3", "--pictures", sheet)
	maps := filepath.Join(out, "maps.png")
	one := filepath.Join(dir, "clicks_me_1.wav")
	if code, _, stderr := zooRun("draw", "speech", "--features", one, "--weights", own, "-o", maps); code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	code, stdout, stderr := zooRun("predict", "speech", "--weights", own, one, "--json")
	var got []predicted
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || len(got) != 1 ||
		got[0].Prediction != "clicks" && got[0].Prediction != "tone" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	silence, bad := filepath.Join(out, "silence.wav"), filepath.Join(out, "bad.wav")
	if err := data.WriteWAV(silence, data.Sound{Rate: 8000, X: graph.FromFloat32(make([]float32, 9), 1,
		9)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("RIFF"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"predict", "speech", "--weights", own, silence}, 65,
			silence + ": nothing is heard in its middle 0.99 s"},
		{[]string{"predict", "speech", "--weights", own, bad}, 65, bad + ": offset 0: not a WAV file"},
		{[]string{"predict", "speech", "--weights", own, bad + "x"}, 66, bad + "x: no such file"},
		{[]string{"train", "speech", "--data", dir, "--augment", "turn=3"}, 2,
			`--augment: unknown key "turn"; known are `},
		{[]string{"train", "speech", "--data", "digits"}, 2,
			"--data digits is images, want sounds; speech is a sound classifier"},
		{[]string{"train", "speech", "--data", one}, 65,
			"--data " + one + ": not a folder, and sounds are in folders"},
		{[]string{"eval", "speech", "--weights", own, "--data", dir, "--noise", "200"}, 2,
			"the sounds are 200 dB above noise, want -100 to 100"},
		{[]string{"train", "speech", "--held-out", ".3"}, 2, "--held-out says how files are read, and tones is none"},
		{[]string{"eval", "lenet5", "--weights", own, "--data", dir, "--noise", "3"}, 2,
			"--noise says nothing to lenet5"},
		{[]string{"augment", "--data", dir, "-o", "x.jpg"}, 2, "-o x.jpg: views are written as .png or .wav"},
		{[]string{"augment", "-o", "x.wav"}, 2, "-o x.wav: views are written as .png"},
		{[]string{"augment", "--data", "tones", "--view", "turn=2", "-o", sheet}, 2,
			`--view: unknown key "turn"; known are `},
		{[]string{"augment", "--data", "tones", "--size", "9", "-o", sheet}, 2, "--size says nothing to sounds"},
		{[]string{"augment", "--data", bad, "-o", sheet}, 65, "--data " + bad + ": offset 0: not a WAV file"},
		{[]string{"augment", "--data", one, "-o", one}, 2, ""},
	} {
		code, stdout, stderr := zooRun(c.args...)
		if code != c.code || stdout != "" || !strings.HasPrefix(stderr, "zoo: "+c.want) || strings.Count(stderr,
			"\n") != 1 {
			t.Errorf("%s: exit %d: %s%s\nwant %d: %s", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
}
