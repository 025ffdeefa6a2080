package recipe

import (
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
)

// digitFile writes a digit of the built-in ones as a picture.
func digitFile(t *testing.T, number int) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	for k, v := range data.Digits(0).Test.X.Rows(number, number+1).F32 {
		img.Pix[k] = uint8(255 * v)
	}
	path := filepath.Join(t.TempDir(), "digit.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTooLargeWeights: whatever a model of any kind answers or makes by weights that are finite and far too large is
// finite, or an error.
func TestTooLargeWeights(t *testing.T) {
	series := filepath.Join(t.TempDir(), "series.csv")
	if err := os.WriteFile(series, []byte(strings.Repeat("1\n2\n4\n", 30)), 0o600); err != nil {
		t.Fatal(err)
	}
	one, two, word := digitFile(t, 0), digitFile(t, 1), filepath.Join(t.TempDir(), "word.wav")
	tone := data.TonesN(0, 1, 0).Train.X[0]
	if err := data.WriteWAV(word, data.Sound{Rate: 8000, X: graph.FromFloat32(tone, 1, len(tone))}); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	for _, r := range Table() {
		if kind := reflect.TypeOf(r.Kind); seen[kind] {
			continue
		} else {
			seen[kind] = true
		}
		t.Run(r.Name, func(t *testing.T) {
			r, err := r.Sized(r.Tiny)
			if err != nil {
				t.Fatal(err)
			}
			m := r.New(r.Usual())
			for p := range m.Params().All() {
				p.Fill(func(dst graph.Tensor) {
					for i := range dst.F32 {
						dst.F32[i] = 1e30 * float32(1-i%2*2)
					}
				})
			}
			if k, ok := r.Kind.(kind.Generator); ok {
				made, err := k.Generate(t.Context(), m, kind.Generate{N: 2})
				if err == nil && made.Picture != nil && notFinitePictures(made.Picture) {
					t.Error("it makes pictures that are not finite")
				}
			}
			k, ok := r.Kind.(kind.Predictor)
			if !ok {
				return
			}
			inputs := []string{strings.Trim(k.Sample(), `"'`)}
			switch {
			case strings.Contains(inputs[0], ".png"):
				inputs = []string{one, two}
			case strings.Contains(inputs[0], ".wav"):
				inputs = []string{word}
			case strings.Contains(inputs[0], ".csv"):
				inputs = []string{series}
			}
			answers, picture, err := k.Predict(m, inputs, 3)
			if err != nil {
				t.Log(err)
			}
			if err == nil && picture != nil && notFinitePictures(picture) {
				t.Error("it answers by pictures that are not finite")
			}
			for _, a := range answers {
				numbers := append([]float64{a.Probability}, a.Next...)
				for _, w := range a.Words {
					numbers = append(numbers, w.Weight)
				}
				for _, v := range numbers {
					if math.IsNaN(v) || math.IsInf(v, 0) || strings.Contains(fmt.Sprint(a), "NaN") {
						t.Errorf("it answers %v", a)
					}
				}
			}
		})
	}
}

func notFinitePictures(p *kind.Picture) bool {
	for _, v := range p.Small() {
		if !kind.AllFinite(v) {
			return true
		}
	}
	return false
}
