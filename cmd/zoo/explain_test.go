package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
)

// explainedBy runs explain with --json, twice: the picture, if -o names one, is a PNG and the same both times.
func explainedBy(t *testing.T, args ...string) explained {
	t.Helper()
	path, pictures := "", [2][]byte{}
	if i := slices.Index(args, "-o"); i >= 0 {
		path = args[i+1]
	}
	var got explained
	for k := range pictures {
		code, stdout, stderr := zooRun(append([]string{"explain", "--json"}, args...)...)
		got = explained{}
		if code != 0 || json.Unmarshal([]byte(stdout), &got) != nil {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		if path == "" {
			return got
		}
		var err error
		if pictures[k], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := png.Decode(bytes.NewReader(pictures[0])); err != nil || !bytes.Equal(pictures[0], pictures[1]) {
		t.Errorf("no picture, or another the second time: %v", err)
	}
	return got
}

// blankPicture writes a picture in which nothing is seen.
func blankPicture(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 28, 28))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestExplainPictures: what is told of the answer to a picture, of another class, and with noise.
func TestExplainPictures(t *testing.T) {
	dir, seven := t.TempDir(), filepath.Join("..", "..", "docs", "seven.png")
	weights, flat := filepath.Join(dir, "w"), filepath.Join(dir, "mlp")
	weightsOf(t, weights, "lenet5")
	weightsOf(t, flat, "mlp")
	out := filepath.Join(dir, "why.png")
	got := explainedBy(t, "lenet5", "--weights", weights, seven, seven, "-o", out)
	if len(got.Answers) != 2 || got.Model != "lenet5" || got.Output != out {
		t.Fatalf("got %+v", got)
	}
	likely := got.Answers[0]
	p := likely.Picture
	if likely.Prediction != likely.Class || p.Height != 28 || p.Width != 28 || !(p.Saliency > 0) || p.GradCAM == nil ||
		p.Layer != "conv2" || !slices.Equal(p.Maps, []int{16, 5, 5}) || likely.Words != nil {
		t.Errorf("got %+v, %+v", likely, p)
	}
	of := func(more ...string) explainedText {
		return explainedBy(t, append([]string{"lenet5", "--weights", weights, seven}, more...)...).Answers[0]
	}
	first := of("--layer", "conv1", "--class", likely.Class)
	if first.Picture.Layer != "conv1" || !slices.Equal(first.Picture.Maps, []int{6, 14, 14}) ||
		first.Picture.Saliency != p.Saliency || first.Probability != likely.Probability {
		t.Errorf("of the first layer %+v, of the answer %+v", first, likely)
	}
	for _, class := range []string{"3", "9"} {
		one := of("--class", class)
		if one.Class != class || one.Prediction != likely.Prediction || one.Probability > likely.Probability ||
			(one.Picture.Saliency == p.Saliency) != (class == likely.Class) {
			t.Errorf("class %s: %+v %+v", class, one, one.Picture)
		}
	}
	smooth := func(seed string) cli.Figure {
		return of("--smooth", "3", "--seed", seed).Picture.Saliency
	}
	if a, b := smooth("1"), smooth("2"); a == b || a != smooth("1") || a == p.Saliency {
		t.Errorf("with noise the saliency adds up to %v and %v, without to %v", a, b, p.Saliency)
	}
	p = explainedBy(t, "mlp", "--weights", flat, seven, "-o", out).Answers[0].Picture
	if p.GradCAM != nil || !(p.Saliency > 0) {
		t.Errorf("of a model without maps: %+v", p)
	}
}

// TestExplainTexts: the words of a text have what they have moved, which is what predict says, and of a model with
// attention shares that add up to 1.
func TestExplainTexts(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		model, text string
		words       []string
		looks       bool
		class       string
	}{
		{"sentiment", "not dull at all", []string{"not", "dull", "at", "all"}, false, "pos"},
		{"bert-classifier", "not dull", []string{"<s>", "not", "dull", "</s>"}, true, "neg"},
		{"bert", "the [MASK] door", []string{"<s>", "the", "[MASK]", "door", "</s>"}, true, "door"},
		{"gpt", "the mi", []string{"t", "h", "e", "␣", "m", "i"}, true, "l"},
		{"charlstm", "ab", []string{"a", "b"}, false, " "},
	} {
		t.Run(c.model, func(t *testing.T) {
			weights := filepath.Join(dir, c.model)
			weightsOf(t, weights, c.model)
			args := []string{c.model, "--weights", weights, c.text}
			if c.model == "gpt" {
				args = append(args, "-o", filepath.Join(dir, "words.png"))
			}
			one := explainedBy(t, args...).Answers[0]
			var words []string
			shares, moved := 0., 0.
			for _, w := range one.Words {
				words = append(words, w.Word)
				moved += math.Abs(float64(w.Weight))
				if (w.Share != nil) != c.looks {
					t.Errorf("share of %q: %v", w.Word, w.Share)
				} else if c.looks {
					shares += float64(*w.Share)
				}
			}
			if !slices.Equal(words, c.words) || moved == 0 || c.looks && math.Abs(shares-1) > 1e-6 ||
				one.Picture != nil {
				t.Errorf("words %q have moved %v and have %v of it", words, moved, shares)
			}
			other := explainedBy(t, append(args[:4:4], "--class", c.class)...).Answers[0]
			if other.Prediction != one.Prediction || !(other.Probability <= one.Probability) {
				t.Errorf("of class %q: %+v; of the answer: %+v", c.class, other, one)
			}
			if c.model == "sentiment" {
				sameAsPredicted(t, weights, c.text, one.Words)
			}
		})
	}
}

// sameAsPredicted compares the weights of words with those that predict shows.
func sameAsPredicted(t *testing.T, weights, text string, words []explainedWord) {
	t.Helper()
	_, stdout, stderr := zooRun("predict", "sentiment", "--weights", weights, text, "--json")
	var predicted []struct {
		Words []struct{ Weight float64 }
	}
	if err := json.Unmarshal([]byte(stdout), &predicted); err != nil || len(predicted) != 1 {
		t.Fatal(err, stderr)
	}
	for i, w := range predicted[0].Words {
		if d := math.Abs(w.Weight - float64(words[i].Weight)); d > 1e-6 {
			t.Errorf("%s has moved %v, by predict %v", words[i].Word, words[i].Weight, w.Weight)
		}
	}
}

// TestExplainMistakes: each bad use is one clear line.
func TestExplainMistakes(t *testing.T) {
	dir, seven := t.TempDir(), filepath.Join("..", "..", "docs", "seven.png")
	paths := map[string]string{}
	for _, name := range []string{"lenet5", "mlp", "sentiment", "bert", "gpt"} {
		paths[name] = filepath.Join(dir, name)
		weightsOf(t, paths[name], name)
	}
	white := filepath.Join(dir, "white.png")
	blankPicture(t, white)
	out := filepath.Join(dir, "out.png")
	with := func(model string, more ...string) []string {
		return append([]string{"explain", model, "--weights", paths[model], "-o", out}, more...)
	}
	for _, c := range []answer{
		{"no model", []string{"explain"}, 2,
			"explain takes a model and at least one input; models that it explains are mlp"},
		{"no input", with("lenet5"), 2, "explain takes a model and at least one input"},
		{"a model that there is not", []string{"explain", "lenet", seven}, 2, `unknown model "lenet"`},
		{"another kind of model", []string{"explain", "vae", "--weights", "w", seven, "-o", out}, 2,
			"vae is a reconstruction, whose answers are not explained; those of these are: mlp, lenet5"},
		{"no weights", []string{"explain", "lenet5", seven, "-o", out}, 2, "--weights FILE is needed"},
		{"weights that are not there", []string{"explain", "lenet5", "--weights", dir + "/none", seven, "-o", out}, 66,
			"none"},
		{"weights of another model", []string{"explain", "lenet5", "--weights", paths["mlp"], seven, "-o", out}, 65,
			"these are the weights of mlp, not of lenet5"},
		{"no file for the picture", []string{"explain", "lenet5", "--weights", paths["lenet5"], seven}, 2,
			"-o FILE.png is needed"},
		{"an SVG", []string{"explain", "lenet5", "--weights", paths["lenet5"], seven, "-o", "a.svg"}, 2,
			`unknown kind of picture ".svg"; known is .png`},
		{"a picture that would be replaced", with("lenet5", white, "-o", white), 2,
			"would replace an input"},
		{"a class that is out of range", with("lenet5", seven, "--class", "10"), 2,
			`--class "10": it is none of the model's 10 classes, whose numbers are 0 to 9`},
		{"a class below 0", with("lenet5", seven, "--class", "-1"), 2, `--class "-1": it is none of`},
		{"a class that there is not", with("sentiment", "fine", "--class", "posi"), 2,
			`--class "posi": unknown class; known are pos, neg`},
		{"no class", with("lenet5", seven, "--class", ""), 2, "--class is empty"},
		{"a layer that there is not", with("lenet5", seven, "--layer", "conv3"), 2,
			`--layer: the model has no layer of feature maps "conv3"; it has conv`},
		{"a layer of a model without maps", with("mlp", seven, "--layer", "fc1"), 2, "mlp has no convolution"},
		{"a layer of a model of texts", with("sentiment", "fine", "--layer", "lstm"), 2,
			"--layer is for models of pictures, and sentiment is a text classifier"},
		{"noise on a text", with("sentiment", "fine", "--smooth", "3"), 2, "--smooth is for models of pictures"},
		{"too few copies", with("lenet5", seven, "--smooth", "-1"), 2, "--smooth is -1, want 1 to 1000"},
		{"too many copies", with("lenet5", seven, "--smooth", "100000"), 2, "--smooth is 100000, want 1 to 1000"},
		{"a seed of nothing", with("lenet5", seven, "--seed", "3"), 2, "--seed is of the noise of --smooth"},
		{"a picture that is not there", with("lenet5", dir+"/none.png"), 66, "none.png"},
		{"a picture that is none", with("lenet5", paths["mlp"]), 65, "not a PNG or JPEG picture"},
		{"a picture in which nothing is seen", with("lenet5", white), 65, "nothing is seen in it"},
		{"a text without a word that is known", with("sentiment", "qqq xxx"), 2, "the model knows no word of it"},
		{"an empty text", with("sentiment", " "), 2, "a text is empty"},
		{"an empty text of characters", with("gpt", ""), 2, "a text is empty"},
		{"nothing to fill in", with("bert", "the door"), 2, "nothing is to be filled in"},
		{"two words to fill in", with("bert", "the [MASK] [MASK]"), 2, "it has 2 words that are [MASK], want one"},
		{"a character that the model does not know", with("gpt", "漢"), 2, `"漢": `},
		{"more than the model sees", with("gpt", strings.Repeat("the ", 100)), 2,
			"it has 400 characters, and the model sees"},
		{"a column of no file", with("sentiment", "fine", "--text", "words"), 2, "--text says how files are read"},
	} {
		t.Run(c.name, c.check)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a mistake has written a picture")
	}
}

// TestExplainSome: of several inputs those that can be read are explained, and a line tells of each of the others.
func TestExplainSome(t *testing.T) {
	dir, seven := t.TempDir(), filepath.Join("..", "..", "docs", "seven.png")
	weights, white := filepath.Join(dir, "w"), filepath.Join(dir, "white.png")
	weightsOf(t, weights, "lenet5")
	blankPicture(t, white)
	out := filepath.Join(dir, "out.png")
	code, stdout, stderr := zooRun("explain", "lenet5", "--weights", weights, white, seven, "-o", out)
	if code != 65 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "white.png: nothing is seen") ||
		!strings.Contains(stdout, "seven.png: ") || !strings.Contains(stdout, "drawn in ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestExplainCompletes: the shell is offered the models that are explained, and then files.
func TestExplainCompletes(t *testing.T) {
	_, models, _ := zooRun("__complete", "explain", "")
	_, inputs, _ := zooRun("__complete", "explain", "lenet5", "")
	if !strings.HasPrefix(models, "mlp\nlenet5\n") || strings.Contains(models, "vae") ||
		!strings.Contains(models, "gpt\n") || inputs != ":0\n" {
		t.Errorf("got %q and %q", models, inputs)
	}
}
