package curves

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train/history"
)

// looks are those of a training with so many layers, in which the weights of layer 1 have no gradient, its ReLU is
// dead, and the gradient of layer 2 explodes.
func looks(layers int) (all []history.Look) {
	for step := range 5 {
		l := history.Look{Step: 10 * (step + 1)}
		for i := range layers {
			path := fmt.Sprintf("fc%d", i)
			p := history.SeenParam{Path: path, Name: path + ".weight", Value: history.Numbers{N: 6, Norm: 1},
				Gradient: history.Numbers{N: 6, Norm: .01}, Update: 1e-3}
			v := history.SeenLayer{Path: path, Layer: "ReLU", Units: 4, Dead: 1,
				Value: history.Numbers{N: 8, Deviation: .5}}
			switch i {
			case 1:
				p.Gradient.Norm, p.Update, v.Dead = 0, 0, 4
			case 2:
				p.Gradient.Norm = math.Pow(100, float64(step))
			}
			bias := history.SeenParam{Path: path, Name: path + ".bias", Value: history.Numbers{N: 2}}
			l.Params, l.Layers = append(l.Params, bias, p), append(l.Layers, v)
		}
		all = append(all, l)
	}
	return all
}

// TestWatch: the drawing names the layers and panels, is the same each time, and holds few and many layers, one look,
// and layers without a ReLU.
func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	draw := func(l []history.Look) string {
		if err := WriteWatch(path, "a title", l); err != nil {
			t.Fatal(err)
		}
		svg, err := os.ReadFile(path)
		if err != nil || xml.Unmarshal(svg, new(struct{})) != nil {
			t.Fatalf("the drawing cannot be read: %v", err)
		}
		return string(svg)
	}
	few := draw(looks(3))
	for _, want := range []string{"a title", "fc0", "fc1", "fc2", "|step| / |weight|", "norm of the gradient",
		"deviation of the values", "share of dead units", "1e8", "1e-3", "usual", "0", "step"} {
		if !strings.Contains(few, ">"+want+"<") {
			t.Errorf("%q is not drawn", want)
		}
	}
	if draw(looks(3)) != few {
		t.Error("the drawings differ")
	}
	if many := draw(looks(40)); strings.Count(many, ">fc") != mostNamed || !strings.Contains(many, ">fc39<") {
		t.Errorf("of 40 layers the legend names %d", strings.Count(many, ">fc"))
	}
	if one := draw(looks(1)[:1]); strings.Contains(one, ">0<") && !strings.Contains(one, ">fc0<") {
		t.Error("one look is not drawn")
	}
	bare := looks(2)
	for i := range bare {
		bare[i].Layers = nil
	}
	if svg := draw(bare); strings.Contains(svg, "dead units") || !strings.Contains(svg, "norm of the gradient") {
		t.Error("layers that give nothing have no panels of that, but the others")
	}
	bad := looks(3)
	bad[1].Params[1].Gradient.Norm = math.NaN()
	draw(bad)
}

// TestWatchNumbers: what is wrong with a network is seen in the lines: 0 below all others, and what explodes above.
func TestWatchNumbers(t *testing.T) {
	all := looks(3)
	ratio, gradient, dead := watchPanels[0].of, watchPanels[1].of, watchPanels[3].of
	last := &all[4]
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"a sound layer moves by", ratio(last, "fc0"), 1e-3},
		{"a dead layer moves by", ratio(last, "fc1"), 0},
		{"of it is dead", dead(last, "fc1"), 1},
		{"of a sound layer is dead", dead(last, "fc0"), .25},
		{"the gradient that explodes", gradient(last, "fc2"), 1e8},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	lines := []curve{{line: along(threeEpochs(), "loss", true)}}
	lines[0].line[0].Y, lines[0].line[1].Y = 0, .02
	if floor := toLogarithms(lines); floor != -3 || lines[0].line[0].Y != -3 || !hasZero(lines, floor) {
		t.Errorf("0 stands at %v, want -3, one below the least of the others", lines[0].line[0].Y)
	}
}

func TestWatchMistakes(t *testing.T) {
	dir := t.TempDir()
	empty := looks(1)
	empty[0].Params[0].Gradient = history.Numbers{}
	for want, err := range map[string]error{
		"the watch has seen no layer": WriteWatch(filepath.Join(dir, "a.svg"), "", nil),
		"unknown extension":           WriteWatch(filepath.Join(dir, "a.gif"), "", looks(1)),
		"the watch has seen no finite number": WriteWatch(filepath.Join(dir, "a.svg"), "",
			[]history.Look{{Params: empty[0].Params[:1]}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there are %v", left)
	}
}

// TestShades: colours of many layers differ from one to the next.
func TestShades(t *testing.T) {
	for _, n := range []int{1, 6, 7, 30} {
		var before []byte
		for _, c := range shades(n) {
			now := fmt.Appendf(nil, "%v", c)
			if bytes.Equal(now, before) {
				t.Errorf("of %d colours two are %s", n, now)
			}
			before = now
		}
	}
}
