package curves

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train/history"
	"gonum.org/v1/plot/plotter"
)

// threeEpochs is a history of three epochs, with a test and a metric.
func threeEpochs() []history.Row {
	return []history.Row{
		{Epoch: 1, Step: 100, TrainLoss: 1.5, TestLoss: .9, Test: map[string]float64{"accuracy": .7}},
		{Epoch: 2, Step: 200, TrainLoss: .8, TestLoss: .7, Test: map[string]float64{"accuracy": .8}},
		{Epoch: 3, Step: 300, TrainLoss: .6, TestLoss: .65, Test: map[string]float64{"accuracy": .85}},
	}
}

// with is that history with the share of the most frequent class.
func with(majority float64) []history.Row {
	h := threeEpochs()
	for i := range h {
		h[i].Test["majority"] = majority
	}
	return h
}

func steps(n int) (all []float64) {
	for i := range n {
		all = append(all, 2/(1+float64(i)/50))
	}
	return all
}

func svgOf(t *testing.T, h []history.Row, opt Options) string {
	t.Helper()
	var b, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&b, &again} {
		if err := WriteSVG(w, h, opt); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != again.String() {
		t.Error("the drawing differs from run to run")
	}
	if err := xml.Unmarshal(b.Bytes(), new(struct{})); err != nil {
		t.Error(err)
	}
	return b.String()
}

// TestWhatIsDrawn: what a history has is drawn and named, and nothing else.
func TestWhatIsDrawn(t *testing.T) {
	words := []string{"training, step by step", "training, mean of the epoch", "held out", "accuracy",
		"generator", "a title", "majority",
		"generator, step by step", "generator, mean of the epoch", "generator, held out",
		"training, means of 3 steps"}
	beside := map[string]string{"majority": "accuracy"}
	alone := []history.Row{{Epoch: 1, Step: 7, TrainLoss: 1}}
	game := []history.Row{{Epoch: 1, Step: 7, TrainLoss: 1, Train: map[string]float64{"generator": .4}},
		{Epoch: 2, Step: 14, TrainLoss: 1, Train: map[string]float64{"generator": .3}}}
	for _, c := range []struct {
		name string
		h    []history.Row
		opt  Options
		want []int // of words
	}{
		{"a usual history with its steps", threeEpochs(), Options{Title: "a title", Steps: steps(300)},
			[]int{1, 2, 3, 5, 10}},
		{"a history alone", threeEpochs(), Options{}, []int{1, 2, 3}},
		{"one epoch without a test", alone, Options{}, []int{1}},
		{"a figure beside another", with(.5), Options{Beside: beside}, []int{1, 2, 3, 6}},
		{"a figure of its own", with(.5), Options{}, []int{1, 2, 3, 6}},
		{"a figure beside one that is not there", with(.5), Options{Beside: map[string]string{"majority": "bleu"}},
			[]int{1, 2, 3}},
		{"figures of training", game, Options{}, []int{1, 4}},
		{"a figure of one epoch", game[:1], Options{}, []int{1}},
		{"a player of a game", game, Options{Players: []Player{{"generator", steps(14)}}}, []int{7, 8}},
		{"a player beside a metric", append(game, threeEpochs()...), Options{Players: []Player{{Name: "generator"}}},
			[]int{3, 8}},
		{"an epoch that was interrupted", nil, Options{Steps: steps(12)}, []int{0}},
		{"a single step", nil, Options{Steps: steps(1)}, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			svg := svgOf(t, c.h, c.opt)
			for i, w := range words {
				if got, want := strings.Contains(svg, ">"+w+"<"), slices.Contains(c.want, i); got != want {
					t.Errorf("%q is drawn: %v, want %v", w, got, want)
				}
			}
			if !strings.Contains(svg, ">loss<") || !strings.Contains(svg, ">step<") {
				t.Error("the axes have no names")
			}
		})
	}
}

// TestLinesGoThroughTheNumbers: the points of a curve are those of the history.
func TestLinesGoThroughTheNumbers(t *testing.T) {
	for _, c := range []struct {
		name     string
		training bool
		want     plotter.XYs
	}{
		{"loss", true, plotter.XYs{{X: 100, Y: 1.5}, {X: 200, Y: .8}, {X: 300, Y: .6}}},
		{"loss", false, plotter.XYs{{X: 100, Y: .9}, {X: 200, Y: .7}, {X: 300, Y: .65}}},
		{"accuracy", false, plotter.XYs{{X: 100, Y: .7}, {X: 200, Y: .8}, {X: 300, Y: .85}}},
		{"accuracy", true, nil},
	} {
		if got := along(threeEpochs(), c.name, c.training); !slices.Equal(got, c.want) {
			t.Errorf("%s, training %v: got %v, want %v", c.name, c.training, got, c.want)
		}
	}
}

// TestMeans: few steps are drawn as they are, many as means in the middle of their stretches, which keep the mean of
// all.
func TestMeans(t *testing.T) {
	few := plotter.XYs{{X: 11, Y: 3}, {X: 12, Y: 1}, {X: 13, Y: 2}}
	if got := means([]float64{3, 1, 2}, 10); !slices.Equal(got, few) {
		t.Errorf("got %v, want %v", got, few)
	}
	if got := means(nil, 0); len(got) != 0 {
		t.Errorf("no steps make %v", got)
	}
	all := steps(stretches * 10)
	got := means(all, 0)
	if len(got) != stretches || got[0].X != 5.5 || got[stretches-1].X != stretches*10-4.5 {
		t.Fatalf("%d means, from %v to %v", len(got), got[0], got[len(got)-1])
	}
	sum, want := 0., 0.
	for _, p := range got {
		sum += p.Y / stretches
	}
	for _, v := range all {
		want += v / float64(len(all))
	}
	if math.Abs(sum-want) > 1e-9 {
		t.Errorf("the mean of the means is %v, of the steps %v", sum, want)
	}
	if n := len(means(steps(stretches*10+1), 0)); n > stretches {
		t.Errorf("%d means", n)
	}
}

// TestTicks: the marks of an axis are round numbers within it.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		want     string
	}{
		{0, 780, "0 100 200 300 400 500 600 700"},
		{.02, 2.3, "0.5 1.0 1.5 2.0"},
		{.963, .977, "0.964 0.966 0.968 0.970 0.972 0.974 0.976"},
		{-1, 1, "-1.0 -0.5 0.0 0.5 1.0"},
		{0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{0, 120000, "0 20000 40000 60000 80000 100000 120000"},
	} {
		var labels []string
		for _, k := range ticks(c.min, c.max) {
			labels = append(labels, k.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("from %v to %v: %s, want %s", c.min, c.max, got, c.want)
		}
	}
}

// TestNumbersThatAreNearlyEqual: figures that differ by a rounding are drawn as equal ones, with ticks that end.
func TestNumbersThatAreNearlyEqual(t *testing.T) {
	for _, v := range []float64{.8, -3, 1e300, 5e-324} {
		h := []history.Row{{Step: 1, TrainLoss: v}, {Step: 2, TrainLoss: math.Nextafter(v, math.Inf(1))}}
		if svg := svgOf(t, h, Options{}); !strings.Contains(svg, ">loss<") {
			t.Errorf("%v: nothing is drawn", v)
		}
	}
}

// TestFiles: the name's extension decides; what cannot be drawn is an error that says why, and leaves no file.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	with := func(f func(r *history.Row)) []history.Row {
		h := threeEpochs()
		f(&h[1])
		return h
	}
	for _, c := range []struct {
		name, file string
		h          []history.Row
		opt        Options
		want       string
	}{
		{"nothing", "a.svg", nil, Options{Title: "empty"}, "there is nothing to draw"},
		{"another kind of file", "a.pdf", threeEpochs(), Options{}, `unknown extension ".pdf", want .svg or .png`},
		{"a loss that is no number", "a.png", with(func(r *history.Row) { r.TrainLoss = math.NaN() }), Options{},
			"loss, training, mean of the epoch: at step 200 it is NaN"},
		{"a metric that is infinite", "a.svg", with(func(r *history.Row) { r.Test["accuracy"] = math.Inf(1) }),
			Options{},
			"accuracy, held out: at step 200 it is +Inf"},
		{"a step that is no number", "a.svg", threeEpochs(), Options{Steps: []float64{1, math.NaN()}},
			"at step 2 it is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := WriteFile(filepath.Join(dir, c.file), c.h, c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v %v", files, err)
	}
	path := filepath.Join(dir, "a.PNG")
	if err := WriteFile(path, threeEpochs(), Options{Steps: steps(9)}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() != 1200 {
		t.Errorf("the picture cannot be read, or is of another size: %v", err)
	}
}

// TestFlat: curves without any slope have marks on their axes, too.
func TestFlat(t *testing.T) {
	for _, v := range []float64{0, 1, -3, 1e-9, 1e9} {
		h := []history.Row{{Step: 1, TrainLoss: v}, {Step: 2, TrainLoss: v}}
		svg := svgOf(t, h, Options{})
		if n := strings.Count(svg, "<text"); n < 8 {
			t.Errorf("%v: only %d texts", v, n)
		}
	}
}

// TestReferences: a figure that others are compared with is a dashed line in their plot, which holds it, and no plot
// of its own.
func TestReferences(t *testing.T) {
	opt := Options{Beside: map[string]string{"majority": "accuracy"}}
	for _, c := range []struct {
		name          string
		opt           Options
		plots, dashes int
	}{{"beside the accuracy", opt, 2, 1}, {"of its own", Options{}, 3, 0}} {
		plots, _, err := plotsOf(with(.2), c.opt)
		if err != nil || len(plots) != c.plots {
			t.Fatalf("%s: %d plots, want %d: %v", c.name, len(plots), c.plots, err)
		}
		if n := strings.Count(svgOf(t, with(.2), c.opt), "stroke-dasharray:5,3"); n != c.dashes {
			t.Errorf("%s: %d dashed lines, want %d", c.name, n, c.dashes)
		}
		if p := plots[1]; c.dashes > 0 && (p.Y.Min > .2 || p.Y.Max <= .85) {
			t.Errorf("%s: the plot goes from %v to %v", c.name, p.Y.Min, p.Y.Max)
		}
	}
	if err := WriteSVG(new(bytes.Buffer), with(math.NaN()), opt); err == nil ||
		!strings.Contains(err.Error(), "accuracy, majority: it is NaN") {
		t.Errorf("got %v", err)
	}
}

// TestControlCharacters: a title and a name with characters that XML does not know are drawn with their pictures.
func TestControlCharacters(t *testing.T) {
	h := []history.Row{{Step: 1, TrainLoss: 1, Test: map[string]float64{"a\x01": 1}},
		{Step: 2, TrainLoss: 1, Test: map[string]float64{"a\x01": 2}}}
	if svg := svgOf(t, h, Options{Title: "a\x1b[31m & <b>"}); !strings.Contains(svg, "a␛[31m &amp; &lt;b&gt;") ||
		!strings.Contains(svg, "a␁") {
		t.Error("they are not drawn")
	}
}
