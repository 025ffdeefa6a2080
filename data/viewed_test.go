package data

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// constants are n pictures, each of one number, which its label is.
func constants(n int) Split {
	x, y := randomPictures(n, 1), make([]int64, n)
	for i := range n {
		y[i] = int64(i)
		p := x.Rows(i, i+1).F32
		for k := range p {
			p[k] = float32(i) / float32(n)
		}
	}
	return Split{X: x, Y: graph.FromInt64(y, n)}
}

// epochOf are copies of the pictures and the labels of an epoch.
func epochOf(s Source, epoch int) (x []float32, y []int64) {
	for batch := range s.Batches(epoch) {
		x, y = append(x, batch[0].F32...), append(y, batch[1].I64...)
	}
	return x, y
}

// TestViewed: pictures keep their labels and the order of Shuffled, and a view depends on seed, epoch and example
// alone.
func TestViewed(t *testing.T) {
	set := constants(23)
	_, want := epochOf(set.Shuffled(5), 3)
	x, y := epochOf(set.Viewed(View{Crop: .4, Turn: 30, Shear: 20, Flip: true}, 5), 3)
	if !slices.Equal(y, want) {
		t.Errorf("the labels are %v, want those of Shuffled %v", y, want)
	}
	for i, label := range y {
		for _, v := range x[48*i : 48*(i+1)] {
			if math.Abs(float64(v)-float64(label)/23) > 1e-6 {
				t.Fatalf("a pixel of the picture with label %d is %v", label, v)
			}
		}
	}
	set.X = randomPictures(23, 3)
	plain, _ := epochOf(set.Shuffled(5), 3)
	if same, _ := epochOf(set.Viewed(View{}, 5), 3); !slices.Equal(plain, same) {
		t.Error("a View that changes nothing changes something")
	}
	one, _ := epochOf(set.Viewed(everything, 5), 3)
	before := runtime.GOMAXPROCS(1)
	alone, _ := epochOf(set.Viewed(everything, 5), 3)
	runtime.GOMAXPROCS(before)
	next, _ := epochOf(set.Viewed(everything, 5), 4)
	seeded, _ := epochOf(set.Seeded(9).Viewed(everything, 5), 3)
	if !slices.Equal(one, alone) || slices.Equal(one, next) || slices.Equal(one, seeded) || slices.Equal(one, plain) {
		t.Error("views depend on GOMAXPROCS, or not on epoch and seed")
	}
	for name, f := range map[string]func(){
		"a View that makes no sense": func() { set.Viewed(View{Crop: 2}, 5) },
		"no pictures":                func() { Split{X: set.Y, Y: set.Y}.Viewed(View{}, 5) },
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.HasPrefix(said, "data: Viewed") {
					t.Errorf("%s: it panics with %q", name, said)
				}
			}()
			f()
		}()
	}
}

func TestParseView(t *testing.T) {
	for text, want := range map[string]View{
		"turn=15,crop=.6,flip": {Turn: 15, Crop: .6, Flip: true},
		"erase=0.25":           {Erase: .25},
		"stretch=1,crop=1,hue=.1,gray=1,blur=2,shear=3,brightness=.1,contrast=.2,saturation=.3": {Stretch: 1, Crop: 1,
			Hue: .1, Gray: 1, Blur: 2, Shear: 3, Brightness: .1, Contrast: .2, Saturation: .3},
	} {
		if got, err := ParseView(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":            `unknown key ""; known are `,
		"trun=3":      `unknown key "trun"; known are turn, `,
		"turn":        "turn needs a number, such as turn=.5",
		"turn=":       `turn is "", want a number`,
		"turn=x":      `turn is "x", want a number`,
		"turn=NaN":    "Turn is NaN, want 0 to 360",
		"crop=1.5":    "Crop is 1.5, want 0 to 1",
		"shear=90":    "Shear is 90, want 0 to 80",
		"flip=1":      `flip takes no number, and has "1"`,
		"flip,flip":   `"flip" is given twice`,
		"hue=1,hue=2": `"hue" is given twice`,
		"erase=2":     "Erase is 2, want 0 to 1",
	} {
		if got, err := ParseView(text); err == nil || !strings.HasPrefix(err.Error(), "view: "+want) {
			t.Errorf("%s: got %+v, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseMixedView(t *testing.T) {
	v, mix, err := ParseMixedView("turn=15,cutmix=1,mixup=.2")
	if want := (Mix{Mixup: .2, Cutmix: 1}); err != nil || v != (View{Turn: 15}) || mix != want {
		t.Errorf("got %+v, %+v, %v", v, mix, err)
	}
	for text, want := range map[string]string{
		"mixpu=1":         `view: unknown key "mixpu"; known are mixup, `,
		"mixup=-1":        "mix: Mixup is -1, want an α of 0 to 10000",
		"mixup=1,mixup=1": `view: "mixup" is given twice`,
		"turn=400":        "view: Turn is 400, want 0 to 360",
	} {
		if _, _, err := ParseMixedView(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := ParseView("mixup=1"); err == nil { // one picture has no partner
		t.Error("a View takes mixup")
	}
}

// FuzzParseView: what is read makes sense, and is used without a fault.
func FuzzParseView(f *testing.F) {
	for _, seed := range []string{"turn=15,crop=.6,flip", "erase=1,shear=80,blur=64", "hue=.5,,",
		"crop=1e-300,stretch=16", "mixup=.2,cutmix=1"} {
		f.Add(seed)
	}
	set := constants(2)
	f.Fuzz(func(t *testing.T, text string) {
		v, mix, err := ParseMixedView(text)
		if err != nil {
			return
		}
		x, _ := epochOf(mix.Of(set.Viewed(v, 2), 2, 0), 0)
		for _, p := range x {
			if !(p >= 0 && p <= 1+1e-6) {
				t.Fatalf("%q: a pixel is %v", text, p)
			}
		}
	})
}
