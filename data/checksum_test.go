package data

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// last is the end of the last example of a source: a symbol or a label, and a number.
type last struct {
	symbol int64
	number float32
}

// holders make each kind of source of this package, in batches of size. What their data have is in the names: symbols,
// numbers, or both.
func holders() map[string]func(end last, size int, seed uint64) Source {
	const n = 23
	pictures := func(end last, seed uint64) Split {
		x, y := make([]float32, n*3*4*4), make([]int64, n)
		rng.Uniform(x, rng.Key(1, 2), 0)
		x[len(x)-1], y[n-1] = end.number, end.symbol
		return Split{X: graph.FromFloat32(x, n, 3, 4, 4), Y: graph.FromInt64(y, n)}.Seeded(seed)
	}
	symbols := func(end last) []int64 {
		ids := make([]int64, 4*n+1)
		ids[4*n] = end.symbol
		return ids
	}
	texts := func(end last, of string) (s Sequences) {
		for i := range n {
			s.X = append(s.X, []int64{5, int64(i)})
			switch of {
			case "labels":
				s.Labels = append(s.Labels, 0)
			case "pairs":
				s.Y = append(s.Y, []int64{4, 9})
			}
		}
		switch of {
		case "labels":
			s.Labels[n-1] = end.symbol
		case "pairs":
			s.Y[n-1][1] = end.symbol
		default:
			s.X[n-1][1] = end.symbol
		}
		return s
	}
	return map[string]func(last, int, uint64) Source{
		"both: shuffled": func(e last, n int, s uint64) Source { return pictures(e, s).Shuffled(n) },
		"both: in order": func(e last, n int, s uint64) Source { return pictures(e, s).Ordered(n) },
		"both: augmented": func(e last, n int, s uint64) Source {
			return pictures(e, s).Augmented(Augmentation{Pad: 1}, n)
		},
		"both: viewed": func(e last, n int, s uint64) Source { return pictures(e, s).Viewed(View{Turn: 9}, n) },
		"both: mixed": func(e last, n int, s uint64) Source {
			return Mix{Mixup: 1}.Of(pictures(e, s).Shuffled(n), 2, s)
		},
		"both: resized": func(e last, n int, s uint64) Source { return Resized(pictures(e, s).Shuffled(n), 2, 2) },
		"both: loaded": func(e last, n int, s uint64) Source {
			return Loader{Source: pictures(e, s).Shuffled(n), Workers: int(s)}
		},
		"numbers: pairs of views": func(e last, n int, s uint64) Source {
			return Views{X: pictures(e, 0).X, View: View{Turn: 9}, Seed: s}.Shuffled(n)
		},
		"symbols: masked": func(e last, size int, s uint64) Source {
			return Masked{X: graph.FromInt64(symbols(e)[1:], n, 4), To: 9, Seed: s}.Shuffled(size)
		},
		"symbols: lanes":          func(e last, n int, _ uint64) Source { return Stream{symbols(e)}.Lanes(n, 2) },
		"symbols: windows":        func(e last, n int, s uint64) Source { return Stream{symbols(e)}.Windows(n, 2, s) },
		"symbols: texts":          func(e last, n int, s uint64) Source { return texts(e, "").Bucketed(n, 2, s) },
		"symbols: texts in order": func(e last, n int, _ uint64) Source { return texts(e, "").Ordered(n, 2) },
		"symbols: labels": func(e last, n int,
			s uint64) Source {
			return texts(e, "labels").Bucketed(n, 2, s)
		},
		"symbols: pairs": func(e last, n int, s uint64) Source { return texts(e, "pairs").Bucketed(n, 2, s) },
		"symbols: varied texts": func(e last, n int, s uint64) Source {
			return texts(e, "").Varied(n, 2, s, func(int, int) []int64 { return []int64{5} })
		},
		"both: sounds": func(e last, size int, s uint64) Source {
			c := Clips{Rate: 8000, X: make([][]float32, n), Y: make([]int64, n)}
			for i := range c.X {
				c.X[i] = make([]float32, 300)
			}
			c.X[n-1][299], c.Y[n-1] = e.number, e.symbol
			source, err := c.Viewed(quick, sound.View{}, size, s)
			if err != nil {
				panic(err)
			}
			return source
		},
	}
}

// TestChecksum: in batches of any size, by any seed, the same data have the same checksum; where the last bit, or the
// first, of the last example is another, it is another. Nothing but the data is asked for.
func TestChecksum(t *testing.T) {
	end := last{0, .5}
	for name, source := range holders() {
		want := Checksum(source(end, 5, 1))
		if got := Checksum(source(end, 2, 2)); got != want || len(got) != 64 {
			t.Errorf("%s: the same data in other batches have %s, want %s", name, got, want)
		}
		if _, ok := source(end, 5, 1).(Holder); !ok {
			t.Errorf("%s: it is no Holder: epochs that come later are not looked at", name)
		}
		for what, other := range map[string]last{
			"symbols, the last bit":  {1, .5},
			"symbols, the first bit": {math.MinInt64, .5},
			"numbers, the last bit":  {0, math.Nextafter32(.5, 1)},
			"numbers, the sign":      {0, -.5},
		} {
			has, _, _ := strings.Cut(name, ":")
			if has != "both" && !strings.HasPrefix(what, has) {
				continue
			}
			if Checksum(source(other, 5, 1)) == want {
				t.Errorf("%s: %s is another, and the checksum is not", name, what)
			}
		}
	}
}

// TestChecksumBounds: where one part ends and the next begins counts, and so does the type.
func TestChecksumBounds(t *testing.T) {
	seen := map[string]string{}
	for name, s := range map[string]Source{
		"six numbers":    Rows{graph.FromFloat32(make([]float32, 6), 6)}.Ordered(1),
		"six of float64": Rows{graph.FromFloat64(make([]float64, 6), 6)}.Ordered(1),
		"three pairs":    Rows{graph.FromFloat32(make([]float32, 6), 3, 2)}.Ordered(1),
		"two of three":   Rows{graph.FromFloat32(make([]float32, 6), 2, 3)}.Ordered(1),
		"in two tensors": Rows{graph.FromFloat32(make([]float32, 3), 3),
			graph.FromFloat32(make([]float32, 3), 3)}.Ordered(1),
		"nothing":          Rows{}.Ordered(1),
		"one, then two":    Sequences{X: [][]int64{{1}, {1, 1}}}.Ordered(1, 1),
		"two, then one":    Sequences{X: [][]int64{{1, 1}, {1}}}.Ordered(1, 1),
		"x and y":          Sequences{X: [][]int64{{1}}, Y: [][]int64{{1, 1}}}.Ordered(1, 1),
		"x alone":          Sequences{X: [][]int64{{1}}}.Ordered(1, 1),
		"x and a label":    Sequences{X: [][]int64{{1}}, Labels: []int64{1}}.Ordered(1, 1),
		"of another maker": plainSource{n: 3},
		"and more batches": plainSource{n: 4},
	} {
		sum := Checksum(s)
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s have one checksum", name, other)
		}
		seen[sum] = name
	}
}

// BenchmarkChecksum is that of as many pictures as MNIST's training part.
func BenchmarkChecksum(b *testing.B) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{60000, 1, 28, 28}})
	rng.Uniform(x.F32, rng.Key(1, 2), 0)
	source := Split{X: x, Y: graph.FromInt64(make([]int64, 60000), 60000)}.Shuffled(64)
	b.SetBytes(int64(4 * len(x.F32)))
	for b.Loop() {
		Checksum(source)
	}
}
