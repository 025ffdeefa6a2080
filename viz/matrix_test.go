package viz

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// heads are matrices of weights of so many symbols that look at those before them.
func heads(n, symbols int) (all []Matrix) {
	names := []string{"the", "␣", "miller", "⊕", "层", "<unk>", `"`,
		"a very long word that nobody would say in one breath"}
	for h := range n {
		m := Matrix{Title: fmt.Sprintf("layer %d · head %d", h/2, h%2)}
		for i := range symbols {
			m.Rows = append(m.Rows, names[i%len(names)])
			for j := range symbols {
				v := float32(0)
				if j <= i {
					v = 1 / float32(i+1)
				}
				m.Values = append(m.Values, v)
			}
		}
		m.Columns = m.Rows
		if h%2 == 0 {
			m.RowAxis, m.ColumnAxis = "from target", "to source"
		}
		all = append(all, m)
	}
	return all
}

func matricesSVG(t *testing.T, list []Matrix, opt MatrixOptions) string {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return WriteMatricesSVG(b, list, opt) })
}

// TestMatrices: a sheet is valid XML, the same each time, and everything is on it; nothing lies on anything else.
func TestMatrices(t *testing.T) {
	for _, c := range []struct{ n, symbols, across int }{{1, 1, 0}, {4, 3, 2}, {5, 8, 4}, {3, 20, 2}, {2, 40, 2},
		{4, 12, 9}} {
		opt := MatrixOptions{Title: "attention", Note: "a row: where one symbol looks", Across: c.across}
		list := heads(c.n, c.symbols)
		svg := matricesSVG(t, list, opt)
		if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if matricesSVG(t, list, opt) != svg {
			t.Errorf("%+v differs from run to run", c)
		}
		s, err := newSheet(list, opt)
		if err != nil {
			t.Fatal(err)
		}
		if found := s.faults(); len(found) > 0 {
			t.Errorf("%+v: %s", c, strings.Join(found, "\n"))
		}
		if n := strings.Count(svg, `class="matrix"`); n != c.n {
			t.Errorf("%+v: %d matrices are drawn", c, n)
		}
	}
}

// faults are labels and fields that leave the sheet or lie on each other.
func (s *sheet) faults() (found []string) {
	page := ink.Area(0, 0, s.w, s.h)
	var places []ink.Rect
	var names []string
	put := func(name string, r ink.Rect) {
		if !flaws.Contains(page, r) {
			found = append(found, name+" leaves the page")
		}
		for i, other := range places {
			if flaws.Overlap(r, other) {
				found = append(found, name+" lies on "+names[i])
			}
		}
		places, names = append(places, r), append(names, name)
	}
	for i := range s.fields {
		put(fmt.Sprint("matrix ", i), s.fields[i].Rect)
	}
	for _, l := range s.labels {
		t := ink.Text{Point: l.Point, Anchor: l.anchor, Size: l.size, Runs: []ink.Run{{S: l.s, Bold: l.bold}}}
		r := t.Bounds()
		if l.upward {
			r = ink.Area(l.X-.76*l.size, l.Y-t.Width(), l.size, t.Width())
		}
		put(l.s, r)
	}
	return found
}

// TestMatrixFaultsAreSeen spoils a sheet.
func TestMatrixFaultsAreSeen(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(s *sheet)
	}{
		{"nothing", "", func(*sheet) {}},
		{"a page that is too small", "leaves the page", func(s *sheet) { s.h -= 40 }},
		{"a label on a matrix", "lies on matrix 0",
			func(s *sheet) { s.labels[4].Point = ink.At(s.fields[0].X+9, s.fields[0].Y+9) }},
		{"two matrices on one place", "lies on matrix 0", func(s *sheet) { s.fields[1].Rect = s.fields[0].Rect }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newSheet(heads(2, 5), MatrixOptions{Title: "attention"})
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(s)
			got := strings.Join(s.faults(), "; ")
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestMatrixPNG: elements have the colours of the scale where SVG has them, the same bytes come twice, and upright and
// lying texts leave ink, those of letters that the font lacks too.
func TestMatrixPNG(t *testing.T) {
	list := []Matrix{{Title: "one", Rows: []string{"a", "层"}, Columns: []string{"first", "second"},
		Values: []float32{0, 1, .5, .25}}}
	var b, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&b, &again} {
		if err := WriteMatricesPNG(w, list, MatrixOptions{Title: "attention"}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the picture differs from run to run")
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSheetInGo(list, MatrixOptions{Title: "attention"})
	if err != nil {
		t.Fatal(err)
	}
	f := s.fields[0]
	for i, v := range list[0].Values {
		x, y := f.X+(float64(i%2)+.5)*f.W/2, f.Y+(float64(i/2)+.5)*f.H/2
		if got, want := img.At(int(sharp*x), int(sharp*y)), ink.Blues[ink.LevelOf(float64(v), 1)]; got != want {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
	for _, l := range s.labels {
		r := image.Rect(int(l.X-40), int(l.Y-20), int(l.X+40), int(l.Y+4))
		if l.upward {
			r = image.Rect(int(l.X-9), int(l.Y-20), int(l.X+2), int(l.Y))
		}
		if !hasInk(img, r) {
			t.Errorf("%q is not to be seen", l.s)
		}
	}
}

func hasInk(img image.Image, r image.Rectangle) bool {
	for y := r.Min.Y * sharp; y < r.Max.Y*sharp; y++ {
		for x := r.Min.X * sharp; x < r.Max.X*sharp; x++ {
			if c := color.GrayModel.Convert(img.At(x, y)).(color.Gray); c.Y < 128 {
				return true
			}
		}
	}
	return false
}

// TestSpelt: what the Go fonts lack is written so that one knows what it was.
func TestSpelt(t *testing.T) {
	fonts, err := goFonts()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"miller": "miller", "Größe λ Ж": "Größe λ Ж", "␣": "_", "␊": "¶",
		"层": "U+5C42"} {
		if got := spelt(fonts[0], in); got != want {
			t.Errorf("%q is spelt %q, want %q", in, got, want)
		}
	}
}

// TestBadMatrices: what cannot be drawn is an error that says why, and leaves no file.
func TestBadMatrices(t *testing.T) {
	good := func() Matrix {
		return Matrix{Title: "h", Rows: []string{"a"}, Columns: []string{"b", "c"}, Values: []float32{.5, .5}}
	}
	spoilt := func(f func(m *Matrix)) []Matrix {
		m := good()
		f(&m)
		return []Matrix{good(), m}
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name, file string
		list       []Matrix
		opt        MatrixOptions
		want       string
	}{
		{"no matrix", "a.svg", nil, MatrixOptions{}, "there is no matrix"},
		{"an empty one", "a.svg", []Matrix{{Title: "h"}}, MatrixOptions{}, `matrix "h" has 0 rows and 0 columns`},
		{"too few elements", "a.png", spoilt(func(m *Matrix) { m.Values = m.Values[:1] }), MatrixOptions{},
			`matrix "h" has 1 elements, want 2 for 1 rows and 2 columns`},
		{"an element below 0", "a.svg", spoilt(func(m *Matrix) { m.Values[1] = -1 }), MatrixOptions{},
			"element (0, 1) is -1"},
		{"NaN", "a.png", spoilt(func(m *Matrix) { m.Values[0] = float32(math.NaN()) }), MatrixOptions{},
			"element (0, 0) is NaN"},
		{"another kind of file", "a.pdf", []Matrix{good()}, MatrixOptions{},
			`unknown extension ".pdf", want .svg or .png`},
		{"a negative number side by side", "a.svg", []Matrix{good()}, MatrixOptions{Across: -1}, "Across is -1"},
		{"a scale to nowhere", "a.svg", []Matrix{good()}, MatrixOptions{Most: math.Inf(1)}, "Most is +Inf"},
		{"more than can be seen", "a.svg", heads(2, 1<<11), MatrixOptions{}, "8388608 elements, want at most 4194304"},
		{"more than a picture holds", "a.png", heads(1, 900), MatrixOptions{}, "pixels, want at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := WriteMatrices(filepath.Join(dir, c.file), c.list, c.opt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v %v", files, err)
	}
}
