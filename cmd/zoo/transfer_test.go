package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// tinyResNet writes weights of a small network for colours, and returns the path.
func tinyResNet(t *testing.T, classes ...string) string {
	t.Helper()
	r, err := recipe.Find("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	size := kind.Size{Size: 8, Width: 2}
	if r, err = r.Sized(size); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tiny.safetensors")
	form := kind.Form{Input: graph.Shape{3, 8, 8}, Classes: classes, Pictures: true, Size: size}
	if err := r.Save(r.New(form), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// twoColours writes a folder of small pictures of two classes, red and blue ones with noise, and returns its path.
func twoColours(t *testing.T) string {
	t.Helper()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	for p, part := range []string{"train", "test"} {
		for class, name := range []string{"red", "blue"} {
			for i := range 9 - 4*p {
				img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
				for k := range img.Pix {
					if img.Pix[k] = uint8(r.IntN(100)); k%4 == 3 || k%4 == 2*class {
						img.Pix[k] = 255 // opaque, and its colour
					}
				}
				var b bytes.Buffer
				path := filepath.Join(dir, part, name, strconv.Itoa(i)+".png")
				if err := errors.Join(png.Encode(&b, img), os.MkdirAll(filepath.Dir(path), 0o755),
					os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return dir
}

// TestTransfer: all ways learn, the same seed gives the same numbers whatever other ways run beside, another seed
// others; the mean is that of the accuracies, the gain is over the random start, and the plot is written.
func TestTransfer(t *testing.T) {
	weights, source := tinyResNet(t, "cat", "dog"), twoColours(t)
	plot := filepath.Join(t.TempDir(), "gain.svg")
	args := []string{"transfer", "resnet20", "--weights", weights, "--data", source, "--shots", "1,3",
		"--test", "4", "--json"}
	ask := func(more ...string) (out training.Transferred, stderr string) {
		code, stdout, stderr := zooRun(append(args, more...)...)
		if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != 0 {
			t.Fatalf("exit %d: %v %s", code, err, stderr)
		}
		return out, stderr
	}
	all, log := ask("--seeds", "2", "-o", plot)
	if len(all.Ways) != 6 || all.Part != "test" || all.Data != source ||
		!strings.Contains(log, "seed 1  3 examples a class  all  accuracy ") {
		t.Errorf("%+v\n%s", all, log)
	}
	for i, row := range all.Ways {
		mean := float64(row.Accuracies[0]+row.Accuracies[1]) / 2
		if len(row.Accuracies) != 2 || math.Abs(mean-float64(row.Mean)) > 1e-12 || row.Least > row.Mean ||
			row.Most < row.Mean {
			t.Errorf("%+v", row)
		}
		random := all.Ways[i%2]
		if i < 2 != (row.Gain == nil) || row.Gain != nil &&
			math.Abs(float64(*row.Gain-(row.Mean-random.Mean))) > 1e-12 {
			t.Errorf("the gain of %+v over %+v is %v", row, random, row.Gain)
		}
	}
	if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "pre-trained, a new head alone") {
		t.Errorf("the plot has no legend; error %v", err)
	}
	head, _ := ask("--seeds", "1", "--ways", "head", "--seed", "1")
	if head.Ways[1].Accuracies[0] != all.Ways[3].Accuracies[1] || head.Ways[0].Gain != nil {
		t.Errorf("alone the head comes to %+v, beside others to %+v", head.Ways[1], all.Ways[3])
	}
	held, _ := ask("--seeds", "1", "--ways", "head", "--held-out")
	if held.Part != "held out of training" {
		t.Errorf("%+v", held)
	}
	code, stdout, stderr := zooRun("transfer", "resnet20", "--weights", weights, "--data", source, "--shots", "2",
		"--test", "2", "--seeds", "1", "--ways", "head")
	if code != 0 || !strings.Contains(stdout, "\nWAY   EXAMPLES A CLASS  MEAN  LEAST  MOST  GAIN\nhead  2 ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestTransferMistakes(t *testing.T) {
	weights, source, dir := tinyResNet(t, "cat", "dog"), twoColours(t), t.TempDir()
	with := func(more ...string) []string {
		return append([]string{"transfer", "resnet20", "--weights", weights, "--data", source}, more...)
	}
	for _, c := range []answer{
		{"no model", []string{"transfer"}, 2, "transfer takes one model, got 0 arguments"},
		{"a model without features", []string{"transfer", "gpt", "--weights", weights}, 2,
			"gpt is a language model whose last layer is not replaced; transfer takes "},
		{"no weights", []string{"transfer", "resnet20"}, 2, "--weights FILE is needed"},
		{"weights that are not there", []string{"transfer", "resnet20", "--weights", dir + "/none"}, 66, "none"},
		{"weights of another model", []string{"transfer", "resnet56", "--weights", weights}, 65,
			"these are the weights of resnet20, not of resnet56"},
		{"weights in a folder", []string{"transfer", "resnet20", "--weights", dir, "--data", source}, 65,
			": a folder, and no file of weights (.safetensors) is in it"},
		{"data that are no pictures", with("--data", "moons"), 2, "--data moons is a table, want images"},
		{"data that are not there", with("--data", dir+"/none"), 66, "--data "},
		{"shots that fall", with("--shots", "5,1"), 2, `--shots is "5,1", want whole numbers from 1 up that rise`},
		{"shots twice", with("--shots", "5,5"), 2, "that rise"},
		{"no shot", with("--shots", "0"), 2, `--shots is "0"`},
		{"half a shot", with("--shots", "1.5"), 2, `--shots is "1.5"`},
		{"no shots at all", with("--shots", ""), 2, "--shots is empty"},
		{"too many numbers", with("--shots", "1,2,3,4,5,6,7"), 2, "--shots has 7 numbers, want at most 6"},
		{"more shots than there are", with("--shots", "99999", "--test", "2"), 2, "examples, want at least 99999"},
		{"fewer to measure with than is usual", with(), 2, "want at least 100; see --shots and --test"},
		{"more to measure with than there are", with("--test", "99999"), 2, "examples, want at least 99999"},
		{"more held out than there are", with("--shots", "1", "--test", "99999", "--held-out"), 2,
			"1 of each class to learn from and 99999 to measure with"},
		{"an unknown way", with("--ways", "heads"), 2, `--ways: unknown way "heads"; known are head, `},
		{"a way twice", with("--ways", "head,head"), 2, "--ways: head is named twice"},
		{"no seeds", with("--seeds", "0"), 2, "--seeds is 0, want 1 to 100"},
		{"less than no test", with("--test", "-1"), 2, "--test is -1"},
		{"all that is held out", with("--test", "0", "--held-out"), 2, "--test is 0, and --held-out needs to know"},
		{"another kind of picture", with("-o", "x.pdf"), 2, `unknown kind of picture ".pdf"`},
		{"a picture in no folder", with("-o", dir+"/no/x.svg"), 1, "-o "},
		{"a picture over the weights", with("-o", weights), 2, "unknown kind of picture"},
	} {
		t.Run(c.name, c.check)
	}
}
