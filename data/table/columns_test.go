package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
)

// drawnTable is a table of random columns, of numbers and of names, with a target of classes; some values are missing.
type drawnTable struct {
	names []string // of the columns; the target is among them
	rows  [][]string
}

func drawTable(r *rand.Rand) drawnTable {
	var d drawnTable
	width := 2 + r.IntN(4)
	target := r.IntN(width)
	words := make([]bool, width)
	for i := range width {
		d.names = append(d.names, fmt.Sprintf("c%d", i))
		words[i] = r.IntN(3) == 0
	}
	d.names[target] = "target"
	for n := range 30 {
		row := make([]string, width)
		for i := range row {
			switch {
			case i == target:
				row[i] = "k" + strconv.Itoa(n%3)
			case n >= 6 && r.IntN(8) == 0:
				row[i] = []string{"NA", "?", ""}[r.IntN(min(width, 3))] // an empty line is no row
			case words[i]:
				row[i] = "w" + strconv.Itoa((n+r.IntN(2))%4)
			default:
				row[i] = strconv.FormatFloat(100*r.NormFloat64(), 'g', 1+r.IntN(8), 64)
			}
		}
		d.rows = append(d.rows, row)
	}
	return d
}

// text is the file, with some of its columns in an order, and with their names or without.
func (d drawnTable) text(order []int, named bool) string {
	var b strings.Builder
	line := func(row []string) {
		for k, i := range order {
			b.WriteString([]string{"", ","}[min(k, 1)] + row[i])
		}
		b.WriteString("\n")
	}
	if named {
		line(d.names)
	}
	for _, row := range d.rows {
		line(row)
	}
	return b.String()
}

// kept are columns as they come back from JSON.
func kept(t *testing.T, c Columns) (back Columns) {
	t.Helper()
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestColumns: of random tables, by each rule for what is missing, the columns make of a file, in any order and with
// more columns beside them, to the bit what training made of it; with the target or without; and a value that is
// another one makes another feature.
func TestColumns(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		d, named := drawTable(r), seed%2 == 0
		order := countTo(len(d.names))
		rule := []Missing{MissingMean, MissingMedian, MissingFrequent, MissingDrop}[r.IntN(4)]
		f, err := parseFrame("learnt.csv", d.text(order, named), Options{Target: targetOf(d, named),
			Missing: rule, Classes: true})
		if err != nil {
			t.Fatal(seed, err)
		}
		parts, err := f.HoldOut(.3, seed)
		if err != nil {
			t.Fatal(seed, err)
		}
		table, err := f.Table(parts.Train, parts.Test)
		if err != nil {
			t.Fatal(seed, err)
		}
		table = table.Standardize()
		c := kept(t, table.Columns())
		if named {
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		again, err := c.parse("again.csv", d.text(order, named))
		if err != nil {
			t.Fatal(seed, err)
		}
		for _, part := range []struct {
			rows []int
			want data.Split
		}{{parts.Train, table.Train}, {parts.Test, table.Test}} {
			got, changes, err := c.Split(again, part.rows)
			if err != nil || !slices.Equal(got.X.F32, part.want.X.F32) || !slices.Equal(got.Y.I64, part.want.Y.I64) {
				t.Fatalf("seed %d, %v: got %v\nwant %v (%v)", seed, rule, got.X.F32, part.want.X.F32, err)
			}
			if rule == MissingDrop && changes.String() != f.Changes.String() {
				t.Errorf("seed %d: told %s, want %s", seed, changes, f.Changes)
			}
		}
		if again.Checksum() != f.Checksum() {
			t.Errorf("seed %d: in another order the rows have another checksum", seed)
		}
		if rule == MissingDrop {
			continue // what is left out has no features
		}
		order = slices.DeleteFunc(order, func(i int) bool { return d.names[i] == "target" })
		in, err := c.inputs("in.csv", d.text(order, named))
		all, _, failed := c.Split(again, nil)
		if err != nil || failed != nil || !slices.Equal(in.X.F32, all.X.F32) {
			t.Errorf("seed %d: without the target %v, want %v (%v, %v)", seed, in.X.F32, all.X.F32, err, failed)
		}
		if k := slices.IndexFunc(c.List, func(c Column) bool { return len(c.Names) == 0 }); k >= 0 {
			// negative control
			c.List[k].Deviation *= 2
			other, err := c.inputs("in.csv", d.text(order, named))
			if err != nil || slices.Equal(other.X.F32, in.X.F32) {
				t.Errorf("seed %d: by another deviation the features are the same (%v)", seed, err)
			}
		}
		d.rows[4][order[0]] = "?"
		changed, err := c.parse("in.csv", d.text(countTo(len(d.names)), named))
		if err != nil || changed.Checksum() == f.Checksum() {
			t.Errorf("seed %d: other rows have the same checksum (%v)", seed, err)
		}
	}
}

// targetOf is how the options name the target.
func targetOf(d drawnTable, named bool) string {
	if named {
		return "target"
	}
	return strconv.Itoa(1 + slices.Index(d.names, "target"))
}

// TestColumnsOfOptions: orders of names, a constant for what is missing, and the built-in table come back as well.
func TestColumnsOfOptions(t *testing.T) {
	text := lines("size,a,y", "low,1,no", "high,2,yes", "low,4,no", "?,?,yes", "high,5,yes")
	f, err := parseFrame("f.csv", text, Options{Missing: MissingConstant, Constant: -7,
		Ordinals: []Ordinal{{Column: "size", Order: []string{"low", "high"}}}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := f.Table([]int{0, 1, 2}, []int{3, 4})
	if err != nil {
		t.Fatal(err)
	}
	c := kept(t, table.Columns()) // not standardised
	in, err := c.inputs("in.csv", lines("a,size", "3,high", "NA,low"))
	if want := []float32{1, 3, 0, -7}; err != nil || !slices.Equal(in.X.F32, want) ||
		!slices.Equal(in.Lines, []int{2, 3}) || in.Changes.String() != "a: 1 missing value is -7 (line 3)" {
		t.Errorf("%v of lines %v, want %v; %v (%v)", in.X.F32, in.Lines, want, in.Changes, err)
	}
	again, err := c.parse("f.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	if refit, err := again.Table([]int{0, 1, 2}, []int{3, 4}); err != nil ||
		!slices.Equal(refit.Test.X.F32, table.Test.X.F32) {
		t.Errorf("parted anew: %v, want %v (%v)", refit.Test.X.F32, table.Test.X.F32, err)
	}
	moons := Moons(0).Standardize()
	c = kept(t, moons.Columns())
	c.List[0], c.List[1] = c.List[1], c.List[0]
	f, err = c.Open(t.Context(), "moons", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := c.Split(f, nil)
	if err != nil || got.Len() != 1000 || got.X.F32[0] != moons.Train.X.F32[1] ||
		got.X.F32[1] != moons.Train.X.F32[0] || got.X.F32[1999] != moons.Test.X.F32[398] {
		t.Errorf("the moons begin with %v and end with %v (%v)", got.X.F32[:2], got.X.F32[1998:], err)
	}
	if _, _, err := c.Split(again, nil); err == nil || !strings.Contains(err.Error(), "not opened by these columns") {
		t.Errorf("another frame: %v", err)
	}
}

// fruit are the columns of a small table with names, and letters those of one without.
func fruit(t *testing.T) (named, unnamed Columns) {
	t.Helper()
	for i, text := range []string{
		lines("weight,colour,fruit", "150,red,apple", "120,yellow,banana", "160,red,apple", "130,yellow,banana"),
		lines("150,red,1", "120,yellow,2", "160,red,1", "130,yellow,2"),
	} {
		f, err := parseFrame("f.csv", text, Options{Classes: true})
		if err != nil {
			t.Fatal(err)
		}
		table, err := f.Table([]int{0, 1}, []int{2, 3})
		if err != nil {
			t.Fatal(err)
		}
		c := table.Standardize().Columns()
		if i == 0 {
			named = c
		} else {
			unnamed = c
		}
	}
	return named, unnamed
}

func TestColumnsWrong(t *testing.T) {
	named, unnamed := fruit(t)
	mean := named
	mean.Missing = MissingMean
	one := Columns{Target: "y", List: []Column{{Name: "a", Deviation: 1}}}
	drop := named
	drop.Missing = MissingDrop
	open := func(c Columns, rows ...string) error { return failure(c.parse("f.csv", lines(rows...))) }
	read := func(c Columns, rows ...string) error { return failure(c.inputs("f.csv", lines(rows...))) }
	for _, c := range []struct {
		name string
		err  error
		want string // "" for none
	}{
		{"as it should be", open(named, "weight,colour,fruit", "1,red,apple"), ""},
		{"one row to answer to, of more columns in another order", read(named, "id,colour,weight", "x,red,1"), ""},
		{"a column that is not there", read(named, "weight,color", "1,red"),
			`f.csv: line 1: there is no column "colour", which the model reads; there are color, weight`},
		{"the target that is not there", open(named, "", "weight,colour", "1,red"),
			`f.csv: line 2: there is no column "fruit", which is the target`},
		{"no names", read(named, "1,red"),
			`f.csv: line 1: it names no columns, and the model knows them by their names, such as "weight"`},
		{"a word for a number", read(named, "weight,colour", "1,red", "heavy,red"),
			`f.csv: line 3, column 1 (weight): want a number, got "heavy"`},
		{"a name that is not known", read(named, "weight,colour", "1,rad"),
			`f.csv: line 2, column 2 (colour): want one of red, yellow, got "rad"`},
		{"a class that is not known", open(named, "weight,fruit,colour", "1,pear,red"),
			`f.csv: line 2, column 2 (fruit): want one of apple, banana, got "pear"`},
		{"a class that is missing", open(mean, "weight,fruit,colour", "1,?,red"),
			`f.csv: line 2, column 2 (fruit): the target is missing (got "?")`},
		{"a value that is missing, without a rule", read(named, "weight,colour", "1,red", "2,"),
			`f.csv: line 3, column 2 (colour): the value is missing (got "")`},
		{"a value that is missing, with one", read(mean, "weight,colour", "1,red", "2,"), ""},
		{"a row to leave out", open(drop, "weight,colour,fruit", "1,red,apple", "?,red,apple"), ""},
		{"a row to leave out, and to answer to", read(drop, "weight,colour", "1,red", "?,red"),
			`f.csv: line 3, column 1 (weight): the value is missing (got "?")`},
		{"all rows to leave out", open(drop, "weight,colour,fruit", "?,red,apple", "?,red,apple"),
			"f.csv: each of its 2 rows lacks a value"},
		{"an empty line where there is one column", read(one, "a", "1", "", "2"),
			"f.csv: line 3: an empty line among values; write NA if one is missing"},
		{"no rows", read(named, "weight,colour"), "f.csv: too few rows (got 0, want at least 1)"},
		{"an empty file", read(named), "f.csv: too few rows (got 0, want at least 1)"},
		{"an empty file of no names", read(unnamed), "f.csv: too few rows (got 0, want at least 1)"},
		{"a row that is short", read(named, "weight,colour", "1"), "f.csv: line 2: wrong number of fields"},
		{"a number too far", read(Columns{Target: "y", List: []Column{{Name: "a", Deviation: 1e-30}}}, "a", "3e38"),
			"f.csv: line 2, column 1 (a): 3e+38 is too far from the numbers that were learnt from"},
		{"columns by their places", open(unnamed, "1,red,1"), ""},
		{"without the target", read(unnamed, "1,red"), ""},
		{"with names that they had not", read(unnamed, "w,c", "1,red"), ""},
		{"more columns by their places", read(unnamed, "1,red,2,3"), "f.csv: line 1: wrong number of fields (got 4, " +
			"want 3, or 2 without the target, column 3)"},
		{"a first row that is damaged", read(unnamed, "w1,red,7"), `f.csv: line 1, column 1: want a number, got "w1"`},
		{"classes of another table", failure(named.Open(t.Context(), "moons", nil)),
			"moons: the target is moon, of upper, lower, the model's is fruit, of apple, banana"},
		{"a name of something else", failure(named.Open(t.Context(), "digits", nil)),
			"digits is images, want a table"},
	} {
		if c.want == "" && c.err != nil || c.want != "" &&
			(c.err == nil || !strings.HasPrefix(c.err.Error(), c.want)) {
			t.Errorf("%s: got %v\nwant %s", c.name, c.err, c.want)
		}
		if c.want != "" && !errors.Is(c.err, data.ErrDamaged) && !strings.Contains(c.want, "images") {
			t.Errorf("%s: %v is not ErrDamaged", c.name, c.err)
		}
	}
}

// TestColumnsCheck: each thing that no table has is an error, before anything is read.
func TestColumnsCheck(t *testing.T) {
	named, unnamed := fruit(t)
	long := strings.Split(strings.Repeat("x,", grid.MaxClasses+1), ",")
	for i := range long {
		long[i] += strconv.Itoa(i)
	}
	for _, c := range []struct {
		name  string
		of    Columns
		spoil func(c *Columns)
		want  string
	}{
		{"nothing", named, func(*Columns) {}, ""},
		{"nothing, without names", unnamed, func(*Columns) {}, ""},
		{"no columns", named, func(c *Columns) { c.List = nil }, "there are 0 columns"},
		{"no target", named, func(c *Columns) { c.Target = "" }, "the target has no name"},
		{"one class", named, func(c *Columns) { c.Classes = c.Classes[:1] }, "the target has 1 classes"},
		{"too many classes", named, func(c *Columns) { c.Classes = long }, "the target has 1002 classes"},
		{"a class twice", named, func(c *Columns) { c.Classes[1] = c.Classes[0] }, `the target has "apple" twice`},
		{"no rule", named, func(c *Columns) { c.Missing = 9 }, "there is no rule Missing(9)"},
		{"a place of a column that has a name", named, func(c *Columns) { c.List[0].At = 1 }, "its place is 1 of 0"},
		{"a place of a target that has a name", named, func(c *Columns) { c.TargetAt = 1 }, "its place is 1 of 0"},
		{"a place beyond all", unnamed, func(c *Columns) { c.List[0].At = 4 }, "its place is 4 of 3"},
		{"a place twice", unnamed, func(c *Columns) { c.List[0].At = 2 }, "its place is 2 of 3"},
		{"the place of the target", unnamed, func(c *Columns) { c.List[0].At = 3 }, "its place is 3 of 3"},
		{"a number of columns", unnamed, func(c *Columns) { c.Unnamed = 1 << 40 }, "columns without names"},
		{"a name twice", named, func(c *Columns) { c.List[0].Name = "colour" }, `the name "colour" stands twice`},
		{"the name of the target", named, func(c *Columns) { c.List[0].Name = "fruit" }, `"fruit" stands twice`},
		{"no name", named, func(c *Columns) { c.List[0].Name = "" }, "it has no name"},
		{"a name of a category twice", named, func(c *Columns) { c.List[1].Names[1] = "red" }, `it has "red" twice`},
		{"a category that is missing", named, func(c *Columns) { c.List[1].Names[1] = "?" }, `it has "?" twice, or`},
		{"too many categories", named, func(c *Columns) { c.List[1].Names = long }, "it has 1002 names, want at most"},
		{"names and an order", named, func(c *Columns) { c.List[1].Order = []string{"a"} }, "and names in an order"},
		{"an order twice", named, func(c *Columns) { c.List[0].Order = []string{"a", "a"} },
			`its order has "a" twice`},
		{"half a name to fill with", named, func(c *Columns) { c.List[1].Fill = .5 }, "0.5 stands for a missing name"},
		{"a name beyond all", named, func(c *Columns) { c.List[1].Fill = 2 }, "2 stands for a missing name"},
		{"NaN for a name", named, func(c *Columns) { c.List[1].Fill = math.NaN() }, "NaN stands for a missing name"},
		{"names with a mean", named, func(c *Columns) { c.List[1].Mean = 1 }, "names have the mean 1"},
		{"NaN for a number", named, func(c *Columns) { c.List[0].Fill = math.NaN() },
			"NaN stands for a missing number"},
		{"a mean of infinity", named, func(c *Columns) { c.List[0].Mean = math.Inf(1) }, "the mean is +Inf"},
		{"a deviation of 0", named, func(c *Columns) { c.List[0].Deviation = 0 }, "the deviation 0"},
		{"a deviation of NaN", named, func(c *Columns) { c.List[0].Deviation = math.NaN() }, "the deviation NaN"},
	} {
		of := c.of
		of.Classes, of.List = slices.Clone(of.Classes), slices.Clone(of.List)
		of.List[1].Names = slices.Clone(of.List[1].Names)
		c.spoil(&of)
		err := of.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if _, failed := of.inputs("f", "weight,colour\n1,red\n"); err != nil && failed == nil {
			t.Errorf("%s: rows are read all the same", c.name)
		}
	}
}

// FuzzColumns: whatever JSON says of columns, and whatever a file has, rows are read with finite features or an error
// is returned.
func FuzzColumns(f *testing.F) {
	for _, text := range []string{
		`{"target":"y","classes":["a","b"],"missing":"mean","columns":[{"name":"x","mean":1,"deviation":2}]}`,
		`{"target":"y","missing":"drop","columns":[{"name":"x","names":["1","2"],"fill":-1,"deviation":1}]}`,
		`{"target":"y","missing":"error","unnamed":2,"target_at":1,"columns":[{"name":"x","at":2,"deviation":1e-30}]}`,
		`{"target":"y","missing":"mean","columns":[{"name":"x","order":["1","2"],"deviation":1}]}`, `[]`, `{}`,
	} {
		f.Add(text, "x,y\n1,a\n2,b\n")
		f.Add(text, "a,1\nb,?\n")
	}
	f.Fuzz(func(t *testing.T, columns, text string) {
		var c Columns
		if json.Unmarshal([]byte(columns), &c) != nil {
			return
		}
		if in, err := c.inputs("f", text); err == nil {
			if len(in.Lines) < 1 || len(in.X.F32) != len(in.Lines)*c.Width() {
				t.Fatalf("%d rows of shape %v, %d features", len(in.Lines), in.X.Shape, c.Width())
			}
			for _, v := range in.X.F32 {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("a feature is %v", v)
				}
			}
		}
		frame, err := c.parse("f", text)
		if err != nil {
			return
		}
		frame.HoldOut(0, 0)
		s, _, err := c.Split(frame, nil)
		if err != nil {
			return
		}
		for _, y := range s.Y.I64 {
			if y < 0 || int(y) >= len(c.Classes) {
				t.Fatalf("label %d of %d classes", y, len(c.Classes))
			}
		}
	})
}

// TestFrameHoldOut: where rows were left out, each class still has the share that is held out.
func TestFrameHoldOut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := []string{}
	for i := range 200 {
		class := i / 100
		x := strconv.Itoa(r.IntN(100))
		if class == 0 && i%5 > 0 {
			x = "?" // of which 20 are left
		}
		rows = append(rows, fmt.Sprintf("%s,k%d", x, class))
	}
	f, err := parseFrame("f.csv", lines(rows...), Options{Missing: MissingDrop})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := f.HoldOut(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	labels, counts := f.Labels(), [2]int{}
	for _, i := range parts.Test {
		counts[labels[i]]++
	}
	if counts != [2]int{4, 20} || len(parts.Train) != 96 {
		t.Errorf("%v held out, %d learnt from", counts, len(parts.Train))
	}
	path := filepath.Join(t.TempDir(), "f.csv")
	if err := os.WriteFile(path, []byte(lines(rows...)), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := Read(path, Options{Missing: MissingDrop})
	if err != nil {
		t.Fatal(err)
	}
	if ones := slices.Index(table.Test.Y.I64, 1); table.Test.Len() != 24 || ones != 4 {
		t.Errorf("Read holds out %v", table.Test.Y.I64)
	}
	for _, share := range []float64{-1, 1, math.NaN()} {
		if _, err := f.HoldOut(share, 0); err == nil {
			t.Errorf("a share of %v is held out", share)
		}
	}
	_, err = (Frame{Name: "f"}).HoldOut(0, 0)
	if err == nil || !strings.Contains(err.Error(), "too few rows to part") {
		t.Errorf("no rows are parted: %v", err)
	}
}
