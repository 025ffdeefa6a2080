package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAugment: the sheet has a line for each picture, with the picture and its views, and the same seed gives the same
// bytes.
func TestAugment(t *testing.T) {
	dir := t.TempDir()
	sheet := func(name string, flags ...string) []byte {
		t.Helper()
		out := filepath.Join(dir, name)
		args := append([]string{"augment", "--pictures", "3", "--views", "4", "-o", out, "--json"}, flags...)
		code, stdout, stderr := zooRun(args...)
		var got augmented
		err := json.Unmarshal([]byte(stdout), &got)
		if code != 0 || err != nil || got.Pictures != 3 || got.Views != 4 {
			t.Fatalf("exit %d: %s%s%v", code, stdout, stderr, err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a := sheet("a.png")
	img, err := png.Decode(bytes.NewReader(a))
	if size := 2*28 + 2; err != nil || img.Bounds().Dx() != 5*size+2 || img.Bounds().Dy() != 3*size+2 {
		t.Errorf("the sheet is %v, %v", img.Bounds(), err)
	}
	if !bytes.Equal(a, sheet("b.png")) {
		t.Error("the same seed gives other bytes")
	}
	if bytes.Equal(a, sheet("c.png", "--seed", "1")) || bytes.Equal(a, sheet("d.png", "--view", "turn=90")) {
		t.Error("another seed, or another view, gives the same bytes")
	}
}

// TestTrainAugment: what training sees is what --augment says.
func TestTrainAugment(t *testing.T) {
	dir := t.TempDir()
	weights := func(flags ...string) []byte {
		t.Helper()
		out := filepath.Join(dir, "w")
		code, _, stderr := zooRun(append([]string{"train", "lenet5", "--steps", "2", "-o", out}, flags...)...)
		b, err := os.ReadFile(out)
		if code != 0 || err != nil {
			t.Fatalf("exit %d: %s%v", code, stderr, err)
		}
		return b
	}
	own := weights()
	if bytes.Equal(own, weights("--augment", "turn=20,erase=.2")) {
		t.Error("pictures that are seen anew give the same weights")
	}
	if !bytes.Equal(own, weights("--augment", "stretch=1")) {
		t.Error("a view that changes nothing gives other weights")
	}
}

func TestAugmentMistakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.png")
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"augment", 2, "-o FILE.png is needed"},
		{"augment -o x.jpg", 2, "-o x.jpg: views are written as .png"},
		{"augment digits -o " + out, 2, "augment takes no arguments"},
		{"augment --view trun=3 -o " + out, 2, `--view: unknown key "trun"; known are turn, `},
		{"augment --view crop=2 -o " + out, 2, "--view: Crop is 2, want 0 to 1"},
		{"augment --pictures 0 -o " + out, 2, "--pictures is 0, want 1 to 64"},
		{"augment --views 33 -o " + out, 2, "--views is 33, want 1 to 32"},
		{"augment --size 2000 -o " + out, 2, "--size is 2000, want 1 to 1024"},
		{"augment --data moons -o " + out, 2, "--data moons is a table, want images"},
		{"augment --data none -o " + out, 66, "--data none: neither a known name"},
		{"train lenet5 --augment turn=400", 2, "--augment: Turn is 400, want 0 to 360"},
		{"train lenet5 --augment=", 2, "--augment is empty"},
		{"train gpt --augment flip", 2, "--augment is for models that tell the class of a picture or a sound, and gpt is a "},
	} {
		code, stdout, stderr := zooRun(strings.Fields(c.args)...)
		if code != c.code || stdout != "" || !strings.HasPrefix(stderr, "zoo: "+c.want) ||
			strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d: %s%s", c.args, code, stdout, stderr)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a picture was written")
	}
}
