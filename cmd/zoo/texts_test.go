package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// inFolder writes files into a folder, and returns a function that makes paths of DIR/name.
func inFolder(t *testing.T, all map[string]string) (args func(line string) []string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(line string) []string {
		var list []string
		for _, arg := range strings.Fields(line) {
			list = append(list, strings.NewReplacer("DIR", dir, "_", " ").Replace(arg))
		}
		return list
	}
}

// weightsOf saves fresh weights of a row.
func weightsOf(t *testing.T, path, name string) {
	t.Helper()
	r, err := recipe.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Save(r.New(r.Usual()), path); err != nil {
		t.Fatal(err)
	}
}

// TestTextMistakes: what is wrong with texts and series, and with what is said of them, is one line and its code.
func TestTextMistakes(t *testing.T) {
	series := func(n int, gap string) string {
		var b strings.Builder
		b.WriteString("t,sold\n")
		for i := range n {
			value := fmt.Sprint(i % 7)
			if i == 5 {
				value = gap
			}
			fmt.Fprintf(&b, "%d,%s\n", i, value)
		}
		return b.String()
	}
	args := inFolder(t, map[string]string{
		"latin/a.txt": "\xe9t\xe9\nprintemps\n", "latin/b.txt": "hiver\nautomne\n", "one/a.txt": "x\n",
		"gap/a": "x\n\nz\n",
		"gap/b": "y\n", "void/a": "", "void/b": "y\n", "file.txt": "one\ntwo\n",
		"t.csv":   "review,stars\ngreat,5\nbad,1\nfine,5\nweak,1\n",
		"bad.csv": "text,label\ngood\n", "long.csv": series(80, "3"), "gap.csv": series(80, "NA"),
		"short.csv":     series(20, "3"),
		"empty/.hidden": "", "names.txt": "ann\nbob\ncid\n\n", "words.csv": "t,sold\n1,few\n2,many\n", "void.csv": "",
		"utf16.txt": "\xff\xfea\x00", "blank.txt": " \n\n", "strange.txt": "zzz\n",
	})
	dir := filepath.Dir(args("DIR/x")[0])
	for _, name := range []string{"sentiment", "language", "forecast"} {
		weightsOf(t, filepath.Join(dir, name), name)
	}
	for _, c := range []struct {
		name, line string
		code       int
		want       string
	}{
		{"a folder that is not there", "train sentiment --data DIR/none", 66,
			"neither a known name (reviews, languages) nor a file or folder"},
		{"text that is Latin-1", "train sentiment --data DIR/latin", 65,
			"latin/a.txt: offset 0: not UTF-8 (byte 0xe9); save it as UTF-8"},
		{"one class", "train sentiment --data DIR/one", 65, "not a file for each of at least 2"},
		{"an empty line", "train sentiment --data DIR/gap", 65, "gap/a: line 2: no sentence"},
		{"an empty file", "train sentiment --data DIR/void", 65, "void/a: offset 0: no sentence"},
		{"one file", "train sentiment --data DIR/file.txt", 65, "one file, which is one class"},
		{"a table without a column text", "train sentiment --data DIR/t.csv", 2,
			`there is no column "text"; known are stars, review`},
		{"a column that is not there", "train sentiment --data DIR/t.csv --text review --label star", 2,
			`there is no column "star"; known are stars, review`},
		{"a damaged table", "train sentiment --data DIR/bad.csv", 65,
			"line 2: wrong number of fields (got 1, line 1 has 2)"},
		{"a series in the place of texts", "train sentiment --data sine", 2,
			"--data sine is a series, want labelled sentences; sentiment is a text classifier"},
		{"a batch beyond the data", "train sentiment --data DIR/t.csv --text review --label stars --batch 64", 2,
			"--batch is 64, but there are 3 training examples"},
		{"an unknown encoding", "train sentiment --encoding latin1", 2,
			`unknown encoding "latin1"; known are latin-1, utf-8`},
		{"a share beyond one", "train sentiment --held-out 1.5", 2,
			"the share held out is 1.5, want it above 0 and below 1"},
		{"no share", "train sentiment --held-out 0", 2,
			"--held-out is 0, want more; leave it out for the usual way"},
		{"a share of data that are built in", "train sentiment --held-out 0.5", 2,
			"--held-out says how files are read, and reviews is none: name one by --data"},
		{"an encoding of data of another kind", "train sentiment --encoding utf-8 --data sine", 2,
			"--encoding says how files are read, and sine is none"},
		{"a column of data that are built in", "eval forecast --weights DIR/forecast --column 1", 2,
			"--column says how files are read, and sine is none"},
		{"a column of a series for texts", "train sentiment --column 2", 2,
			"--column says nothing to sentiment, which is a text classifier"},
		{"an encoding of pictures", "train mlp --encoding utf-8", 2,
			"--encoding says nothing to mlp, which is a classifier"},

		{"a series that is not there", "train forecast --data DIR/none.csv", 66,
			"none.csv: neither a known name (sine) nor a file"},
		{"a gap", "train forecast --data DIR/gap.csv", 65,
			`line 7, column 2 (sold): the value is missing (got "NA"); the rules previous and linear fill it`},
		{"an unknown rule", "train forecast --data DIR/gap.csv --fill mean", 2,
			`unknown rule "mean" to fill gaps by; known are linear, previous`},
		{"an unknown column", "train forecast --data DIR/long.csv --column sales", 2,
			`there is no column "sales"; known are sold, t`},
		{"a column of words", "train forecast --data DIR/words.csv", 65,
			`line 2, column 2 (sold): "few" is no number`},
		{"an empty table", "train forecast --data DIR/void.csv", 65, "too few rows (got 0, want at least 2)"},
		{"a series that is too short", "train forecast --data DIR/short.csv", 65,
			"no window of 36 values and the next one is in the training part of 16"},

		{"weights of another row", "predict language --weights DIR/sentiment abc", 65,
			"these are the weights of sentiment, not of language"},
		{"a text of other classes", "eval sentiment --weights DIR/sentiment --data languages", 2,
			"the model was made for [neg pos]; give --data that fit the model"},
		{"an empty text", "predict sentiment --weights DIR/sentiment _", 2, "a text is empty"},
		{"a text of which nothing is known", "predict sentiment --weights DIR/sentiment zzz", 2,
			`"zzz": the model knows no word of it`},
		{"such a text in a file", "predict sentiment --weights DIR/sentiment DIR/strange.txt", 65,
			`"zzz": the model knows no word of it`},
		{"an empty folder", "train sentiment --data DIR/empty", 65,
			"empty: an empty folder, want one with a file for each of at least 2 classes"},
		{"a text that is too short, by its whole name", "train bert --data DIR/file.txt", 65,
			"file.txt: too short a text to learn from"},
		{"a file of texts that is not there", "predict sentiment --weights DIR/sentiment DIR/none.txt", 66,
			"none.txt"},
		{"a file of UTF-16", "predict sentiment --weights DIR/sentiment DIR/utf16.txt", 65,
			"not UTF-8 but UTF-16; save it as UTF-8"},
		{"a file of nothing", "predict sentiment --weights DIR/sentiment DIR/blank.txt", 65, "blank.txt: no sentence"},
		{"a table without its column", "predict sentiment --weights DIR/sentiment DIR/t.csv", 2,
			`there is no column "text"; known are stars, review`},
		{"a series to forecast that is too short", "predict forecast --weights DIR/forecast DIR/short.csv", 65,
			"too short a series: 20 values, the model looks back on 36"},
		{"values beyond all", "predict forecast --weights DIR/forecast DIR/long.csv --ahead 100000", 2,
			"the number of values to forecast is 100000, want 1 to 4096"},
		{"no values", "predict forecast --weights DIR/forecast DIR/long.csv --ahead 0", 2,
			"--ahead is 0, want more; leave it out for the usual way"},
		{"a batch that is usual, beyond the data",
			"train sentiment --data DIR/t.csv --text review --label stars", 2,
			"a batch is usually 32, but the data allow 3 at most: give --batch 3 or less"},
		{"a column of texts that are in no file", "predict sentiment --weights DIR/sentiment --text review dull", 2,
			"--text says how files are read, and no input is one"},
		{"values ahead of a text", "predict sentiment --weights DIR/sentiment --ahead 2 good", 2,
			"--ahead says nothing to sentiment"},
		{"a picture of a text", "predict sentiment --weights DIR/sentiment -o DIR/x.png dull", 2,
			"-o is for results that are pictures"},
	} {
		t.Run(c.name, answer{args: args(c.line), code: c.code, want: c.want}.check)
	}
	for _, line := range []string{
		"train sentiment --data DIR/latin --encoding latin-1 --batch 1 --steps 1",
		"train sentiment --data DIR/t.csv --text review --label stars --batch 2 --steps 1",
		"train names --data DIR/names.txt --batch 1 --steps 1",
		"train names --data DIR/latin/a.txt --encoding latin-1 --held-out 0.5 --batch 1 --steps 1",
		"train forecast --data DIR/gap.csv --fill linear --column sold --held-out 0.25 --steps 1 --json",
		"eval forecast --weights DIR/forecast --data DIR/gap.csv --fill previous",
		"predict sentiment --weights DIR/sentiment DIR/t.csv --text review",
		"predict forecast --weights DIR/forecast DIR/gap.csv --fill previous --ahead 3",
	} {
		if code, stdout, stderr := zooRun(args(line)...); code != 0 || stdout == "" {
			t.Errorf("%s: exit %d: %s", line, code, stderr)
		}
	}
}

// TestPredictTexts: each text is answered, an argument or a line of a file or of standard input, with what its words
// have moved.
func TestPredictTexts(t *testing.T) {
	args := inFolder(t, map[string]string{"two.txt": "the plot is dull\n\nthe cast is lovely\n"})
	weights := args("DIR/sentiment")[0]
	weightsOf(t, weights, "sentiment")
	var out, errs bytes.Buffer
	a := &app{&cli.App{Ctx: context.Background(), Stdout: &cli.Sink{W: &out}, Stderr: &cli.Sink{W: &errs},
		Stdin: strings.NewReader("a weak ending\n"), JSON: true}}
	r, err := recipe.Find("sentiment")
	if err != nil {
		t.Fatal(err)
	}
	inputs := append(args("DIR/two.txt"), "What a Superb film!", "-")
	if err := a.predict(r, r.Kind.(kind.Predictor), predictFlags{weights: weights, top: 1}, inputs); err != nil {
		t.Fatal(err)
	}
	var got []predicted
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != 4 {
		t.Fatalf("%v: %s", err, &out)
	}
	for i, want := range []string{"the plot is dull", "the cast is lovely", "what a superb film !", "a weak ending"} {
		var words []string
		moved := 0.
		for _, w := range got[i].Words {
			words = append(words, w.Word)
			moved += math.Abs(float64(w.Weight))
		}
		if strings.Join(words, " ") != want || moved == 0 {
			t.Errorf("%q has the words %v, want those of %q", got[i].Input, got[i].Words, want)
		}
		if p := got[i].Prediction; p != "neg" && p != "pos" {
			t.Errorf("the answer is %q", p)
		}
	}
}

// TestCutTexts: that a text is not read to its end is told, beside the answer and in JSON.
func TestCutTexts(t *testing.T) {
	args := inFolder(t, nil)
	for name, want := range map[string]string{"sentiment": "cut to its first 400 words",
		"bert-classifier": "cut to its first 62 words"} {
		weightsOf(t, args("DIR/" + name)[0], name)
		long := strings.Repeat("a dull film ", 200)
		for text, told := range map[string]int{long: 1, "a dull film": 0} {
			code, stdout, stderr := zooRun(append(args("predict "+name+" --json --weights DIR/"+name), text)...)
			if code != 0 || strings.Count(stderr, want) != told || strings.Count(stdout, `"note": "`+want) != told {
				t.Errorf("%s: exit %d, %s; %.200s", name, code, stderr, stdout)
			}
		}
	}
}

// TestOneBadInput: of several inputs those that can be read are answered, and a line tells of each other one.
func TestOneBadInput(t *testing.T) {
	args := inFolder(t, map[string]string{"five.txt": "dull\nzzz\nlovely\nyyy\nweak\n", "bad.txt": "zzz\nyyy\n",
		"short.csv": "1\n2\n", "utf16.txt": "\xff\xfea\x00", "far.csv": strings.Repeat("1e20\n-2e20\n", 40)})
	for _, name := range []string{"sentiment", "forecast", "contrastive"} {
		weightsOf(t, args("DIR/" + name)[0], name)
	}
	one, two := args("DIR/one.png")[0], args("DIR/two.png")[0]
	for i, path := range []string{one, two} {
		x := data.Digits(0).Test.X.Rows(i, i+1)
		grey := image.NewGray(image.Rect(0, 0, 28, 28))
		for k, v := range x.F32 {
			grey.Pix[k] = uint8(255 * v)
		}
		var b bytes.Buffer
		if err := errors.Join(png.Encode(&b, grey), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	far := args("DIR/far.csv")[0]
	for _, c := range []struct {
		name, line string
		code       int
		answers    string
		errors     int
	}{
		{"files of texts that are not there, or are damaged",
			"predict sentiment --weights DIR/sentiment --json dull DIR/none.txt weak DIR/utf16.txt", 65,
			"dull weak", 2},
		{"all of them", "predict sentiment --weights DIR/sentiment --json DIR/utf16.txt DIR/none.txt", 66, "", 2},
		{"large values beside a series that is not there",
			"predict forecast --weights DIR/forecast --json DIR/far.csv DIR/none.csv", 66, far, 1},
		{"a picture of three that are compared is not there",
			"predict contrastive --weights DIR/contrastive --json DIR/one.png DIR/none.png DIR/two.png", 66,
			one + " " + two, 1},
		{"a picture of two that are compared is no picture",
			"predict contrastive --weights DIR/contrastive --json DIR/one.png DIR/utf16.txt", 65, "", 2},
		{"none of those that are compared is there",
			"predict contrastive --weights DIR/contrastive --json DIR/none.png DIR/none.png", 66, "", 2},
		{"two of five in a file", "predict sentiment --weights DIR/sentiment --json DIR/five.txt", 65,
			"dull lovely weak", 2},
		{"one of three arguments", "predict sentiment --weights DIR/sentiment --json zzz dull weak", 65, "dull weak",
			1},
		{"all of a file", "predict sentiment --weights DIR/sentiment --json DIR/bad.txt", 65, "", 2},
		{"all arguments", "predict sentiment --weights DIR/sentiment --json zzz yyy", 65, "", 2},
		{"series of which one is not there",
			"predict forecast --weights DIR/forecast --json DIR/short.csv DIR/none.csv", 66, "", 2},
		{"none", "predict sentiment --weights DIR/sentiment --json dull weak", 0, "dull weak", 0},
	} {
		code, stdout, stderr := zooRun(args(c.line)...)
		var got []predicted
		if stdout != "" {
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Error(err)
			}
		}
		var inputs []string
		for _, p := range got {
			inputs = append(inputs, p.Input)
		}
		if code != c.code || strings.Join(inputs, " ") != c.answers || strings.Count(stderr, "zoo: ") != c.errors ||
			strings.Count(stderr, "\n") != c.errors {
			t.Errorf("%s: exit %d, answers %v, %s", c.name, code, inputs, stderr)
		}
	}
}

// TestPercent: a probability that is small does not read as none.
func TestPercent(t *testing.T) {
	for p, want := range map[cli.Figure]string{0: "0.0 %", 1.7e-6: "0.0002 %", .0004: "0.04 %", .0006: "0.1 %",
		.975: "97.5 %", 1: "100.0 %"} {
		if got := percent(p); got != want {
			t.Errorf("%v is %s, want %s", p, got, want)
		}
	}
	words := []word{{".", 3}, {"dull", -1}, {" ", .9}, {"fine", .7}}
	if got := strongest(words); got != ", dull -1.00, fine +0.70" {
		t.Errorf("the strongest are %q", got)
	}
}

// TestColours: on a terminal the words that moved an answer are in colours, and nowhere else is a control character.
func TestColours(t *testing.T) {
	p := predicted{Input: "The plot\u202e is NOT dull", Prediction: "pos", Probability: .9,
		Words: []word{{"the", .01}, {"plot", .3}, {"is", -.1}, {"not", 2}, {"dull", -1}}}
	for _, c := range []struct {
		name    string
		colours bool
		want    string
	}{
		{"a file", false, `The plot\u202e is NOT dull: pos (90.0 %), not +2.00, dull -1.00` + "\n"},
		{"a terminal", true, `The plot\u202e is ` + "\x1b[32mNOT\x1b[0m \x1b[31mdull\x1b[0m" +
			": pos (90.0 %), not +2.00, dull -1.00\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			a := &app{&cli.App{Stdout: &cli.Sink{W: &out}, Colours: c.colours}}
			a.showPrediction(p, false)
			if out.String() != c.want {
				t.Errorf("got  %q\nwant %q", out.String(), c.want)
			}
		})
	}
	if cli.InColours(&bytes.Buffer{}) {
		t.Error("a buffer is in colours")
	}
}

// TestPredictSeries: the values that follow are those of the series' own unit, each of those before.
func TestPredictSeries(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintln(&b, 1000+10*(i%4))
	}
	args := inFolder(t, map[string]string{"s.csv": b.String()})
	weightsOf(t, args("DIR/f")[0], "forecast")
	var out bytes.Buffer
	a := &app{&cli.App{Ctx: context.Background(), Stdout: &cli.Sink{W: &out}, Stderr: &cli.Sink{W: &out},
		Stdin: strings.NewReader(b.String())}}
	r, err := recipe.Find("forecast")
	if err != nil {
		t.Fatal(err)
	}
	file := args("DIR/s.csv")[0]
	if err := a.predict(r, r.Kind.(kind.Predictor), predictFlags{weights: args("DIR/f")[0], top: 1},
		[]string{file, "-"}); err != nil {
		t.Fatal(err)
	}
	if said := strings.Split(out.String(), "\n"); len(said) != 3 ||
		strings.TrimPrefix(said[0], file+": ") != strings.TrimPrefix(said[1], "-: ") {
		t.Errorf("of a file and of standard input it says %q", said)
	}
	code, stdout, stderr := zooRun(args("predict forecast --weights DIR/f DIR/s.csv --ahead 3 --json")...)
	var got []predicted
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || len(got) != 1 || len(got[0].Next) != 3 {
		t.Fatalf("exit %d: %s%s %v", code, stdout, stderr, err)
	}
	for _, v := range got[0].Next {
		if v < 900 || v > 1100 {
			t.Errorf("%v follows values about 1015", v)
		}
	}
	_, stdout, _ = zooRun(args("predict forecast --weights DIR/f DIR/s.csv --ahead 3")...)
	if want := "s.csv\n     1  " + strings.Replace(strings.Replace(got[0].Prediction, ", ", "\n     2  ", 1), ", ",
		"\n     3  ", 1) + "\n"; !strings.HasSuffix(stdout, want) || strings.Contains(stdout, "%") {
		t.Errorf("got %s, want %s", stdout, want)
	}
	_, stdout, _ = zooRun(args("predict forecast --weights DIR/f DIR/s.csv --json")...)
	if strings.Contains(stdout, "probability") {
		t.Errorf("a value has a probability: %s", stdout)
	}
}

// TestForecastIsDrawn: the last values of each series, and what follows them, are a plot, as SVG or PNG, the same each
// time.
func TestForecastIsDrawn(t *testing.T) {
	args := inFolder(t, map[string]string{"s.csv": strings.Repeat("1\n2\n3\n", 20), "r.csv": strings.Repeat("5\n1\n",
		18)})
	weightsOf(t, args("DIR/f")[0], "forecast")
	var files [2][]byte
	for i := range files {
		code, _,
			stderr := zooRun(args("predict forecast --weights DIR/f DIR/s.csv DIR/r.csv --ahead 3 -o DIR/a.svg")...)
		if code != 0 {
			t.Fatal(stderr)
		}
		var err error
		if files[i], err = os.ReadFile(args("DIR/a.svg")[0]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the plots differ from run to run")
	}
	for _, want := range []string{">s.csv<", ">r.csv<", ">known<", ">forecast, one value ahead<", ">forecast<"} {
		if !strings.Contains(string(files[0]), want) {
			t.Errorf("%q is not drawn", want)
		}
	}
	if code, _, stderr := zooRun(args("predict forecast --weights DIR/f DIR/s.csv -o DIR/a.png")...); code != 0 {
		t.Errorf("as PNG: exit %d: %s", code, stderr)
	}
	for _, c := range []answer{
		{"as PDF", args("predict forecast --weights DIR/f DIR/s.csv -o DIR/a.pdf"), 2,
			"plots are written as .svg or .png"},
		{"pictures as SVG", args("generate gan -o DIR/a.svg"), 2, "pictures are written as .png"},
	} {
		t.Run(c.name, c.check)
	}
}
