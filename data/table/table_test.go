package table

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/trial"
	"github.com/stheno-ml/stheno/graph"
)

// shared is where data for development lies; tests of it are skipped where it is absent.
var shared = filepath.Join("..", "..", "..", "shared", "data")

// lines makes a file of rows.
func lines(rows ...string) string { return strings.Join(rows, "\n") + "\n" }

// drawn shows a table: its features, classes, and all rows of both parts, x then y, sorted.
func drawn(t Table) string {
	var rows []string
	for _, s := range []data.Split{t.Train, t.Test} {
		for i := range s.Len() {
			rows = append(rows, fmt.Sprint(s.X.Rows(i, i+1).F32, " ", s.Y.At(i)))
		}
	}
	slices.Sort(rows)
	return fmt.Sprint(strings.Join(t.Features, ","), " ", t.Classes, ": ", strings.Join(rows, "; "))
}

func TestReadTable(t *testing.T) {
	for _, c := range []struct {
		name, in string
		o        Options
		want     string // as drawn shows it, or the error after "f.csv: "
	}{
		{"numbers, and a target of names", lines("1,2,no", "3,4,yes"), Options{},
			"column 1,column 2 [no yes]: [1 2] 0; [3 4] 1"},
		{"a first line of names", lines("a,b,c", "1,2,no", "3,4,yes"), Options{},
			"a,b [no yes]: [1 2] 0; [3 4] 1"},
		{"names above names that are not their own", lines("colour,ripe", "red,yes", "green,no", "red,yes"),
			Options{}, "colour=green,colour=red [no yes]: [0 1] 1; [0 1] 1; [1 0] 0"},
		{"a first line of names that come again is none", lines("red,yes", "green,no", "red,yes"), Options{},
			"column 1=green,column 1=red [no yes]: [0 1] 1; [0 1] 1; [1 0] 0"},
		{"a first line with a number is none", lines("a,1", "b,2"), Options{},
			"column 1=a,column 1=b []: [0 1] 2; [1 0] 1"},
		{"a first line with years, and a word above numbers", lines("a,1990,y", "1,5,no", "3,6,yes"), Options{},
			"a,1990 [no yes]: [1 5] 0; [3 6] 1"},
		{"a first line with a missing value is none", lines("?,x", "2,y", "4,y"),
			Options{Missing: MissingMean, HeldOut: .01}, ""},
		{"a column without a name", lines(",a,y", "0,5,7", "1,6,8"), Options{},
			"column 1,a []: [0 5] 7; [1 6] 8"},
		{"a target of numbers", lines("1,2", "3,4"), Options{}, "column 1 []: [1] 2; [3] 4"},
		{"a target of numbers that are classes", lines("1,10", "3,9", "5,10"), Options{Classes: true},
			"column 1 [9 10]: [1] 1; [3] 0; [5] 1"},
		{"a target by name", lines("a,b", "1,2", "3,4"), Options{Target: "a"}, "b []: [2] 1; [4] 3"},
		{"a target by number", lines("1,2", "3,4"), Options{Target: "1"}, "column 2 []: [2] 1; [4] 3"},
		{"a column that is left out", lines("id,a,b", "x1,1,2", "x2,3,4"), Options{Ignore: []string{"id"}},
			"a []: [1] 2; [3] 4"},
		{"numbers that are names", lines("a,b", "7,2", "10,4"), Options{Categories: []string{"a"}},
			"a=7,a=10 []: [0 1] 4; [1 0] 2"},
		{"semicolons and decimal commas", lines("a;b", "1,5;2", "3;4"), Options{}, "a []: [1.5] 2; [3] 4"},
		{"tabs", lines("a\tb", "1\t2", "3\t4"), Options{}, "a []: [1] 2; [3] 4"},
		{"commas, and semicolons in a text", lines("a,b", "x;y,2", "z,4"), Options{},
			"a=x;y,a=z []: [0 1] 4; [1 0] 2"},
		{"quotes, with separators and ends of lines inside", lines(`"a;1","b"`, `"x, ""y""`+"\n"+`z",2`, `w,4`),
			Options{}, "a;1=w,a;1=x, \"y\"\nz []: [0 1] 2; [1 0] 4"},
		{"CRLF, white space and empty lines", "a, b\r\n\r\n 1 , 2\r\n3,4", Options{}, "a []: [1] 2; [3] 4"},
		{"numbers with exponents and signs", lines("-1e3,+2", ".5,4."), Options{},
			"column 1 []: [-1000] 2; [0.5] 4"},

		{"nothing", "", Options{}, "too few rows (got 0, want at least 2)"},
		{"names alone", lines("a,b"), Options{}, "too few rows (got 0, want at least 2)"},
		{"one row", lines("a,b", "1,2"), Options{}, "too few rows (got 1, want at least 2)"},
		{"a row that is short", lines("1,2,3", "4,5,6", "7,8"), Options{},
			"line 3: wrong number of fields (got 2, line 1 has 3)"},
		{"a row that is long, after a field of two lines", lines("\"1\n\",2", "4,5,6"), Options{},
			"line 3: wrong number of fields (got 3, line 1 has 2)"},
		{"too many fields", strings.Repeat(",", grid.MaxColumns), Options{},
			"line 1: too many fields (got 65537, want at most 65536)"},
		{"a quote that does not end", lines("1,2", `3,"4`), Options{},
			`line 2, byte 6: extraneous or missing " in quoted-field`},
		{"a quote in the middle", lines("1,2", `3,4"5`), Options{}, `line 2, byte 4: bare " in non-quoted-field`},
		{"a name that stands twice", lines("a,a,b", "1,2,3", "4,5,6"), Options{},
			`column 2: the name "a" stands twice`},
		{"a word among numbers", lines("age,y", "1,2", "3,4", "5x,6"), Options{},
			`line 4, column 1 (age): "5x" is no number, but 2 others of the column are`},
		{"a number beyond float32", lines("1,2", "3,4", "1e39,6"), Options{},
			`line 3, column 1: "1e39" is no number, but 2 others of the column are`},
		{"infinity", lines("1,2", "3,4", "inf,6"), Options{},
			`line 3, column 1: "inf" is no number, but 2 others of the column are`},
		{"a value that is missing", lines("a,b,y", "1,2,3", "4,?,5"), Options{},
			`line 3, column 2 (b): the value is missing (got "?"); there are rules for it (Missing)`},
		{"a name that is missing", lines("a,y", "red,3", ",5"), Options{},
			`line 3, column 1 (a): the value is missing (got ""); there are rules for it (Missing)`},
		{"a target that is missing, which nothing fills", lines("a,y", "1,3", "2,NA"),
			Options{Missing: MissingMean}, `line 3, column 2 (y): the target is missing (got "NA")`},
		{"a column without a value", lines("a,b,y", "1,,3", "4,?,5"),
			Options{Missing: MissingMean}, `column 2 (b): no row has a value; leave it out (Ignore)`},
		{"one class", lines("1,a", "2,a"), Options{}, "column 2: all rows are of one class, a"},
		{"an unknown target, nearest first", lines("age,weight,y", "1,2,3", "4,5,6"), Options{Target: "weihgt"},
			`there is no column "weihgt"; known are weight, age, y`},
		{"an unknown target where there are no names", lines("1,2,3", "4,5,6"), Options{Target: "4"},
			`there is no column "4"; its columns have no names but the numbers 1 to 3`},
		{"an unknown column to leave out", lines("a,y", "1,3", "2,4"), Options{Ignore: []string{"b"}},
			`there is no column "b"; known are a, y`},
		{"an unknown column of names", lines("a,y", "1,3", "2,4"), Options{Categories: []string{"b"}},
			`there is no column "b"; known are a, y`},
		{"a target to leave out", lines("a,b,y", "1,2,3", "2,3,4"), Options{Target: "b", Ignore: []string{"2"}},
			`column 2 (b) is what is predicted, and is to be left out, too`},
		{"no feature", lines("a,y", "1,3", "2,4"), Options{Ignore: []string{"a"}},
			`no column is left to predict column 2 (y) by`},
		{"a share beyond one", lines("1,3", "2,4"), Options{HeldOut: 1},
			`the share held out is 1, want it between 0 and 1`},
		{"a share that is no number", lines("1,3", "2,4"), Options{HeldOut: math.NaN()},
			`the share held out is NaN, want it between 0 and 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseTable("f.csv", c.in, c.o)
			switch {
			case err != nil && err.Error() != "f.csv: "+c.want:
				t.Errorf("got  %v\nwant f.csv: %s", err, c.want)
			case err == nil && c.want != "" && drawn(got) != c.want:
				t.Errorf("got  %s\nwant %s", drawn(got), c.want)
			}
		})
	}
}

// TestReadTableNames: a column of as many names as rows is no feature.
func TestReadTableNames(t *testing.T) {
	var rows []string
	for i := range 1001 {
		rows = append(rows, fmt.Sprintf("n%d,%d", i, i))
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"a feature", Options{},
			"column 1: too many names (got 1001 different ones in 1001 rows, want at most 100)"},
		{"a target", Options{Target: "1"},
			"column 1: too many names (got 1001 different ones in 1001 rows, want at most 1000)"},
	} {
		_, err := parseTable("f", lines(rows...), c.o)
		if !errors.Is(err, data.ErrDamaged) || err.Error() != "f: "+c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestReadTableFile: what the text readers refuse, tables refuse.
func TestReadTableFile(t *testing.T) {
	dir := trial.WriteFiles(t, map[string][]byte{"bom.csv": []byte("\uFEFFa,b\n1,2\n3,4\n"),
		"latin.csv": []byte("a,b\n1,\xe9\n")})
	got, err := Read(filepath.Join(dir, "bom.csv"), Options{})
	if err != nil || got.Name != "bom" || got.Target != "b" || !slices.Equal(got.Features, []string{"a"}) {
		t.Errorf("a byte order mark: got %+v, %v", got, err)
	}
	if _, err = Read(filepath.Join(dir, "latin.csv"), Options{}); !errors.Is(err, data.ErrDamaged) ||
		!strings.Contains(err.Error(), "latin.csv: offset 6: not UTF-8") {
		t.Errorf("Latin-1: %v", err)
	}
	if _, err = Read(filepath.Join(dir, "none.csv"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestFill: what is missing is filled by what the training part has, and the test part changes nothing.
func TestFill(t *testing.T) {
	var rows []string
	for i := range 20 {
		rows = append(rows, fmt.Sprintf("%d,%s,%d", i, []string{"red", "red", "blue"}[i%3], i))
	}
	rows[4], rows[9] = "?,red,4", "9,,9"
	got, err := parseTable("f", lines(rows...), Options{Missing: MissingMean})
	if err != nil {
		t.Fatal(err)
	}
	mean, n := 0., 0.
	for i, y := range got.Train.Y.F32 {
		if y != 4 {
			mean, n = mean+float64(got.Train.X.F32[3*i]), n+1
		}
	}
	for _, part := range []data.Split{got.Train, got.Test} {
		for i, y := range part.Y.F32 {
			x := part.X.F32[3*i : 3*i+3] // the number, blue, red
			if want := float32(mean / n); y == 4 && x[0] != want {
				t.Errorf("the number is filled by %v, want %v", x[0], want)
			}
			if y == 9 && !slices.Equal(x, []float32{9, 0, 1}) {
				t.Errorf("the name is filled as %v, want the frequent red", x)
			}
		}
	}
	_, err = parseTable("f", lines("1,?,1", "2,5,2"), Options{Missing: MissingMean, HeldOut: .5, Seed: 1})
	_, other := parseTable("f", lines("1,5,1", "2,?,2"), Options{Missing: MissingMean, HeldOut: .5, Seed: 1})
	want := "f: column 2: no row of the training part has a value; leave it out (Ignore)"
	if (err == nil) == (other == nil) || errors.Join(err, other).Error() != want {
		t.Errorf("a value that is of the test part alone: got %v and %v, want one %s", err, other, want)
	}
}

func TestStandardize(t *testing.T) {
	table := Table{
		Features: []string{"a", "same", "b=x"}, named: []bool{false, false, true},
		Train: data.Split{X: graph.FromFloat32([]float32{1, 5, 0, 3, 5, 1}, 2, 3),
			Y: graph.FromInt64([]int64{0, 1}, 2)},
		Test: data.Split{X: graph.FromFloat32([]float32{5, 6, 1}, 1, 3), Y: graph.FromInt64([]int64{0}, 1)},
	}
	got := table.Standardize()
	if want := []float32{-1, 0, 0, 1, 0, 1}; !slices.Equal(got.Train.X.F32, want) {
		t.Errorf("training part %v, want %v", got.Train.X.F32, want)
	}
	if want := []float32{3, 1, 1}; !slices.Equal(got.Test.X.F32, want) { // (5-2)/1, (6-5)/1, as it is
		t.Errorf("test part %v, want %v", got.Test.X.F32, want)
	}
	if fmt.Sprint(got.Mean, got.Deviation) != "[2 5 0] [1 1 1]" {
		t.Errorf("mean %v, deviation %v", got.Mean, got.Deviation)
	}
	if table.Mean != nil || table.Train.X.F32[0] != 1 {
		t.Error("the table itself has changed")
	}
	if again := got.Standardize(); !slices.Equal(again.Train.X.F32, got.Train.X.F32) ||
		!slices.Equal(again.Mean, got.Mean) {
		t.Errorf("twice: %v, %v", again.Train.X.F32, again.Mean)
	}
	if empty := (Table{}).Standardize(); empty.Train.Len() != 0 {
		t.Error("the zero table has rows")
	}
	defer func() {
		want := "table: Standardize of a table of 1 features whose Train.X is float32 (2, 3)"
		if got := recover(); got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}()
	table.Features = table.Features[:1]
	table.Standardize()
}

// TestManyColumns: a column that is not there is told at once, however many there are and however long its name.
func TestManyColumns(t *testing.T) {
	names := make([]string, 50_000)
	for i := range names {
		names[i] = fmt.Sprint("n", i)
	}
	text := lines(strings.Join(names, ","), strings.Repeat("1,", len(names)-1)+"1",
		strings.Repeat("2,", len(names)-1)+"2")
	begin := time.Now()
	_, err := parseTable("f.csv", text, Options{Target: "n4999" + strings.Repeat("9", 10_000)})
	took := time.Since(begin)
	if err == nil || !strings.HasSuffix(err.Error(), " and 49980 more") || len(err.Error()) > 20_000 ||
		took > 20*time.Second {
		t.Errorf("after %v: %.300v", took, err)
	}
}

// TestTables reads tables of the UCI repository; what they hold is what their descriptions say.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		file              string
		o                 Options
		features, classes int
		rows              int
	}{
		{"iris", Options{}, 4, 3, 150},
		{"wine", Options{Classes: true}, 13, 3, 178},
		{"breast-cancer-wisconsin", Options{Classes: true, Missing: MissingMean}, 9, 2, 699},
		{"pima-indians-diabetes", Options{Classes: true}, 8, 2, 768},
		{"banknote_authentication", Options{Classes: true}, 4, 2, 1372},
		{"wine", Options{Target: "1"}, 13, 0, 178},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(shared, "tables", c.file+".csv")
			got, err := Read(path, c.o)
			if errors.Is(err, os.ErrNotExist) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Features) != c.features || len(got.Classes) != c.classes ||
				got.Train.Len()+got.Test.Len() != c.rows {
				t.Errorf("%d features, %d classes, %d + %d rows", len(got.Features), len(got.Classes), got.Train.Len(),
					got.Test.Len())
			}
			if n := float64(got.Test.Len()) / float64(c.rows); math.Abs(n-.2) > .005 {
				t.Errorf("the test part is %.3f of all", n)
			}
			got.Standardize()
		})
	}
	path := filepath.Join(shared, "tables", "breast-cancer-wisconsin.csv")
	_, err := Read(path, Options{})
	if !errors.Is(err, os.ErrNotExist) && (!errors.Is(err, data.ErrDamaged) ||
		!strings.Contains(err.Error(), `line 24, column 6: the value is missing (got "?")`)) {
		t.Errorf("missing values: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	for _, seed := range []string{"", "a,b\n1,2\n3,4\n", "1;2\n3;4", "a\tb\n\"x\ny\"\t1\nz\t2", "1,?\n2,3",
		"x,y\nx,z\n", "\"", ",\n,\n", "1,a\n2,b\n3,a\n", "1e39,1\n2,2\n3,3", "1,1\r\n\r\n2,2"} {
		f.Add(seed, "", false, false)
		f.Add(seed, "1", true, true)
	}
	f.Fuzz(func(t *testing.T, text, target string, classes, fill bool) {
		rule := MissingError
		if fill { // by one of the rules, whichever
			rule = MissingMean + Missing(len(text)%int(MissingDrop))
		}
		got, err := parseTable("f", text, Options{Target: target, Classes: classes, Missing: rule})
		if err != nil {
			usage := strings.Contains(err.Error(), "there is no column") ||
				strings.Contains(err.Error(), "no column is left")
			if !errors.Is(err, data.ErrDamaged) && !usage {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		o := Options{Target: target, Classes: classes, Missing: rule}
		if frame, err := parseFrame("f", text, o); err == nil {
			frame.Distinct().Folds(2, 0)
			if _, _, err := frame.Inliers(countTo(frame.Len()), Outliers{IQR: 1.5, ZScore: 3}); err != nil {
				t.Error(err)
			}
		}
		for _, s := range []data.Split{got.Train, got.Test, got.Standardize().Train} {
			n := s.Subset(0, s.Len()).Len() // panics if X and Y are not of one split
			if n < 1 || s.X.Shape[1] != len(got.Features) {
				t.Fatalf("%d rows of shape %v, %d features", n, s.X.Shape, len(got.Features))
			}
			for _, v := range append(slices.Clone(s.X.F32), s.Y.F32...) {
				if v != v {
					t.Fatal("a value is no number")
				}
			}
			for _, y := range s.Y.I64 {
				if y < 0 || int(y) >= len(got.Classes) {
					t.Fatalf("label %d of %d classes", y, len(got.Classes))
				}
			}
		}
	})
}

// TestMoons: the points lie about their half circles, and are the same by their seed.
func TestMoons(t *testing.T) {
	m := Moons(3)
	if m.Train.Len() != 800 || m.Test.Len() != 200 {
		t.Fatalf("%d and %d points", m.Train.Len(), m.Test.Len())
	}
	sum, worst := 0., 0.
	for i, label := range m.Train.Y.I64 {
		x, y := float64(m.Train.X.F32[2*i]), float64(m.Train.X.F32[2*i+1])
		if label == 1 {
			x, y = 1-x, .5-y
		}
		off := math.Hypot(x, y) - 1 // from the circle
		sum, worst = sum+off*off, max(worst, math.Abs(off))
	}
	if d := math.Sqrt(sum / 800); d < .13 || d > .17 || worst > .7 {
		t.Errorf("the points lie %.3f off their circles, at most %.3f", d, worst)
	}
	if again := Moons(3); !slices.Equal(again.Train.X.F32, m.Train.X.F32) {
		t.Error("the same seed gives other points")
	}
	if other := Moons(4); other.Train.X.F32[0] == m.Train.X.F32[0] || m.Test.X.F32[0] == m.Train.X.F32[0] {
		t.Error("another seed or part gives the same points")
	}
}
