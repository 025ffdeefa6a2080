package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kinds"
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
	plain := sheet("e.png", "--view", "stretch=1")
	if !bytes.Equal(plain, sheet("h.png", "--view", "none")) {
		t.Error("pictures as they are and a view that changes nothing give other bytes")
	}
	mixed, cut := sheet("f.png", "--view", "mixup=1"), sheet("g.png", "--view", "cutmix=1")
	if bytes.Equal(plain, mixed) || bytes.Equal(plain, cut) || bytes.Equal(mixed, cut) {
		t.Error("pictures that are mixed with each other give the same bytes")
	}
}

// TestAugmentColours: without a view colour pictures are seen as training has them, and those of one channel by
// pictureView.
func TestAugmentColours(t *testing.T) {
	dir := t.TempDir()
	sheet := func(name string, flags ...string) (picture, view string) {
		t.Helper()
		out := filepath.Join(dir, name)
		args := append([]string{"augment", "--pictures", "3", "--views", "4", "-o", out, "--json"}, flags...)
		code, stdout, stderr := zooRun(args...)
		var got augmented
		if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil {
			t.Fatalf("exit %d: %s%s%v", code, stdout, stderr, err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(b), got.View
	}
	colours := twoColours(t)
	images, err := data.OpenImages(t.Context(), colours, data.FolderOptions{Height: 8, Width: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	usual, view := sheet("usual.png", "--data", colours, "--size", "8")
	want := filepath.Join(dir, "want.png")
	if err := kinds.Views(images, kinds.Seeing{Usual: true}, 3, 4, 0).Write(want); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(want); err != nil || string(b) != usual || view != usualView {
		t.Errorf("colour pictures are seen by %q, %v", view, err)
	}
	if as, view := sheet("as.png", "--data", colours, "--size", "8", "--view", "none"); as == usual || view != "none" {
		t.Errorf("as they are they are seen by %q", view)
	}
	said := filepath.Join(dir, "said.png")
	if _, stdout, _ := zooRun("augment", "--pictures", "1", "-o", said); stdout != "pictures in "+said+"\n" {
		t.Errorf("it is told %q", stdout)
	}
	digits, view := sheet("digits.png")
	if as, _ := sheet("as.png", "--view", pictureView); view != pictureView || digits != as {
		t.Errorf("digits are seen by %q", view)
	}
}

// TestTrainAugment: what training sees is what --augment says.
func TestTrainAugment(t *testing.T) {
	dir := t.TempDir()
	train := func(model string, flags ...string) []byte {
		t.Helper()
		out := filepath.Join(dir, "w")
		code, _, stderr := zooRun(append([]string{"train", model, "--steps", "2", "-o", out}, flags...)...)
		b, err := os.ReadFile(out)
		if code != 0 || err != nil {
			t.Fatalf("exit %d: %s%v", code, stderr, err)
		}
		return b
	}
	weights := func(flags ...string) []byte { return train("lenet5", flags...) }
	own := weights()
	if bytes.Equal(own, weights("--augment", "turn=20,erase=.2")) {
		t.Error("pictures that are seen anew give the same weights")
	}
	if !bytes.Equal(own, weights("--augment", "stretch=1")) {
		t.Error("a view that changes nothing gives other weights")
	}
	if mixed := weights("--augment", "mixup=.2"); bytes.Equal(own, mixed) ||
		bytes.Equal(mixed, weights("--augment", "mixup=.2,cutmix=1")) {
		t.Error("pictures that are mixed with each other give the same weights")
	}
	if !bytes.Equal(own, weights("--augment", "none")) {
		t.Error("digits as they are give other weights than digits as usual")
	}
	colours := []string{"--data", twoColours(t), "--size", "8", "--width", "2", "--batch", "9"} // which vary as usual
	as := train("resnet20", append(colours, "--augment", "none")...)
	if !bytes.Equal(as, train("resnet20", append(colours, "--augment", "stretch=1")...)) ||
		bytes.Equal(as, train("resnet20", colours...)) {
		t.Error("colour pictures are not as they are, or not varied as usual")
	}
}

// TestAugmentTexts: each text stands above its views, which are those of the first epochs.
func TestAugmentTexts(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"augment", "--pictures", "3", "--views", "4"}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return stdout
	}
	text := run("--data", "reviews")
	if blocks := strings.Split(text, "\n\n"); len(blocks) != 3 || strings.Count(blocks[0], "\n  ") != 4 {
		t.Errorf("got %q", text)
	}
	out, file := filepath.Join(dir, "o.txt"), filepath.Join(dir, "s.txt")
	run("--data", "reviews", "-o", out)
	if b, err := os.ReadFile(out); err != nil || string(b) != text || run("--data", "reviews", "--seed", "1") == text {
		t.Errorf("the file has %q, %v, or another seed gives the same", b, err)
	}
	if err := os.WriteFile(file, []byte("Good, fine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got reworded
	err := json.Unmarshal([]byte(run("--data", file, "--view", "replace=1,synonyms="+file, "--json")), &got)
	want := []string{"fine , good", "fine , good", "fine , good", "fine , good"}
	if err != nil || len(got.Texts) != 1 || !slices.Equal(got.Texts[0].Views, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestTrainReworded: texts that are reworded give other weights, the same again, and by a rewording of nothing the
// usual ones.
func TestTrainReworded(t *testing.T) {
	dir := t.TempDir()
	weights := func(model string, flags ...string) []byte {
		t.Helper()
		out := filepath.Join(dir, "w")
		args := []string{"train", model, "--steps", "2", "--batch", "8", "-o", out}
		code, _, stderr := zooRun(append(args, flags...)...)
		b, err := os.ReadFile(out)
		if code != 0 || err != nil {
			t.Fatalf("exit %d: %s%v", code, stderr, err)
		}
		return b
	}
	own, varied := weights("sentiment"), weights("sentiment", "--augment", "swap=.2,delete=.1")
	if bytes.Equal(own, varied) || !bytes.Equal(varied, weights("sentiment", "--augment", "swap=.2,delete=.1")) {
		t.Error("texts that are reworded give the usual weights, or others each time")
	}
	if !bytes.Equal(own, weights("sentiment", "--augment", "swap=0")) {
		t.Error("a rewording of nothing gives other weights")
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
		{"augment --view= -o " + out, 2,
			"--view is empty, which says nothing; leave it out for the usual way"},
		{"augment --view crop=2 -o " + out, 2, "--view: Crop is 2, want 0 to 1"},
		{"augment --pictures 0 -o " + out, 2, "--pictures is 0, want 1 to 64"},
		{"augment --views 33 -o " + out, 2, "--views is 33, want 1 to 32"},
		{"augment --size 2000 -o " + out, 2, "--size is 2000, want 1 to 1024"},
		{"augment --data moons -o " + out, 2, "--data moons is a table, want images"},
		{"augment --data none -o " + out, 66, "--data none: neither a known name"},
		{"train lenet5 --augment turn=400", 2, "--augment: Turn is 400, want 0 to 360"},
		{"train lenet5 --augment mixup=-1", 2, "--augment: Mixup is -1, want an α of 0 to 10000"},
		{"train lenet5-1998 --augment cutmix=1", 2, "--augment: lenet5-1998 learns from pictures of one class each,"},
		{"train sentiment --augment swap=2", 2, "--augment: Swap is 2, want a share of the words, 0 to 1"},
		{"train sentiment --augment insert=.1", 2, "--augment: Insert is 0.1, but there are no synonyms"},
		{"train sentiment --augment synonyms=none.txt", 66, "--augment synonyms=none.txt: no such file"},
		{"train sentiment --augment synonyms=.", 65, "--augment synonyms=.: not a regular file (a folder)"},
		{"train bert-classifier --augment turn=3", 2, `--augment: unknown key "turn"; known are `},
		{"augment --data reviews --size 3", 2, "--size is for pictures, and reviews are texts"},
		{"augment --data reviews -o x.png", 2, "-o x.png: texts are not written as .png; name the file x.txt"},
		{"augment --data reviews --view delete=2", 2, "--view: Delete is 2, want"},
		{"augment --data digits --view swap=.1", 2, "--data digits is images, want labelled sentences"},
		{"augment --data none.txt", 66, "--data none.txt: "},
		{"augment --view cutmix=NaN -o " + out, 2, "--view: Cutmix is NaN, want"},
		{"train lenet5 --augment=", 2, "--augment is empty"},
		{"train gpt --augment flip", 2,
			"--augment is for models that tell the class of a picture, a sound or a text, and "},
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
