package recipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
)

// rare writes a table of random points of two classes, one of which has a fifth of the rows.
func rare(t *testing.T, n int) string {
	t.Helper()
	r, rows := rand.New(rand.NewPCG(5, 5)), "x,y,class\n"
	for i := range n {
		class := min(i%5, 1)
		rows += fmt.Sprintf("%.3f,%.3f,%s\n", float64(class)+r.NormFloat64(), r.NormFloat64(),
			[]string{"a", "b"}[class])
	}
	path := filepath.Join(t.TempDir(), "rare.csv")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// quiet takes what is told.
func quiet(string, ...any) {}

// TestTabularFolds: in a cross-validation classes are balanced where a model learns, and nowhere else.
func TestTabularFolds(t *testing.T) {
	r := mustFind(t, "mlp").Tabular()
	said := map[string]int{}
	for _, b := range []kind.Balance{{}, {Weights: true}, {Sampling: "over"}, {Sampling: "under"}} {
		var err error
		if r.Kind, err = r.Kind.(kind.Balancer).Balanced(b); err != nil {
			t.Fatal(err)
		}
		f, err := r.OpenFrame(t.Context(), rare(t, 100), quiet)
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.CrossValidate(t.Context(), f, CrossValidation{Folds: 4, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := v.Confusion.Counts
		if c[0][0]+c[0][1] != 20 || c[1][0]+c[1][1] != 80 {
			t.Errorf("%+v: tested with %v", b, c)
		}
		said[fmt.Sprint(b)] = c[0][0] + c[1][0]
	}
	for b, n := range said {
		if none := said[fmt.Sprint(kind.Balance{})]; b != fmt.Sprint(kind.Balance{}) && n <= none {
			t.Errorf("%s: the rare class is said %d times, without %d times", b, n, none)
		}
	}
}

// tableFile writes weights of the moons, with a form that is changed by edit.
func tableFile(t testing.TB, r Recipe, edit func(f *kind.Form)) string {
	t.Helper()
	m := r.New(r.Usual())
	table := *m.Form.Table
	m.Form.Table = &table
	if edit != nil {
		edit(&m.Form)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := r.Save(m, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHostileTables: what the form of a damaged file says of a table is an error before anything is made of it.
func TestHostileTables(t *testing.T) {
	r := mustFind(t, "mlp").Tabular()
	for _, c := range []struct {
		name string
		edit func(f *kind.Form)
		want string
	}{
		{"as it should be", nil, ""},
		{"no table", func(f *kind.Form) { f.Table = nil }, "these weights learnt from no table"},
		{"another number of features", func(f *kind.Form) { f.Input[0] = 3 }, "shape (3), and its table 2 features"},
		{"no shape", func(f *kind.Form) { f.Input = nil }, "shape (), and its table 2 features"},
		{"a huge shape", func(f *kind.Form) { f.Input[0] = 1 << 40 }, "and its table 2 features"},
		{"other classes", func(f *kind.Form) { f.Classes = []string{"a", "b"} },
			"the classes are [a b], and those of its"},
		{"no classes", func(f *kind.Form) { f.Classes, f.Table.Classes = nil, nil }, "the target is a number"},
		{"no rows", func(f *kind.Form) { f.Table.Rows = 0 }, "it learnt from 0 rows"},
		{"a class beyond all", func(f *kind.Form) { f.Table.Majority = 2 }, "most rows are of class 2 of 2"},
		{"one weight", func(f *kind.Form) { f.Table.Weights = []float64{1} }, "1 weights of 2 classes"},
		{"a weight below 0", func(f *kind.Form) { f.Table.Weights = []float64{1, -1} }, "a class has the weight -1"},
		{"all held out", func(f *kind.Form) { f.Table.HeldOut = 1 }, "the share held out is 1"},
		{"no columns", func(f *kind.Form) { f.Table.List = nil }, "there are 0 columns"},
		{"a width that is none", func(f *kind.Form) { f.Size.Width = 1 << 30 }, "the width is 1073741824"},
	} {
		_, err := r.Load(tableFile(t, r, func(f *kind.Form) {
			f.Input = slices.Clone(f.Input)
			if c.edit != nil {
				c.edit(f)
			}
		}))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
			!errors.Is(err, data.ErrDamaged)) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := mustFind(t, "mlp").Load(tableFile(t, r, nil)); err == nil ||
		!strings.Contains(err.Error(), "these weights learnt from the rows of a table, and tell nothing of images") {
		t.Errorf("as a model of pictures: %v", err)
	}
}

// FuzzTableForm: whatever a file of weights says of its form, it is called damaged, or a model is made that answers to
// the rows of a file.
func FuzzTableForm(f *testing.F) {
	r, err := Find("mlp")
	if err != nil {
		f.Fatal(err)
	}
	r = r.Tabular()
	usual, err := json.Marshal(r.Usual())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(usual), "x,y\n1,2\n")
	f.Add(strings.ReplaceAll(string(usual), `"x"`, `"column 1"`), "1,2\n3,4\n")
	f.Add(`{"input":[1],"classes":["a","b"],"table":{"target":"y","classes":["a","b"],"columns":[{"name":"x",`+
		`"names":["p"],"fill":-1,"deviation":1}],"missing":"mean","rows":9,"held_out":0.5}}`, "x\np\n?\n")
	f.Add(`{"table":{"columns":[{}]},"input":[-1]}`, "")
	f.Add(`{"table":null}`, "1")
	f.Fuzz(func(t *testing.T, text, rows string) {
		var form kind.Form
		if json.Unmarshal([]byte(text), &form) != nil || r.check("w", form) != nil {
			return
		}
		if form.Size.Width > 256 || form.Table.Width() > 256 {
			return // it is made, and its file would have to be as large
		}
		m := r.New(form)
		k, err := r.Kind.(kind.Piped).WithInput(strings.NewReader(rows))
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := k.Predict(m, []string{"-"}, 1)
		if err == nil && len(all) == 0 {
			t.Error("there is neither an answer nor an error")
		}
	})
}

// TestTabularBalance: rows are drawn again, or left out, among those that are learnt from alone; the test part is that
// of no balance, and the statistics too; weights are N/(K·N[c]); the decay counts rows that differ.
func TestTabularBalance(t *testing.T) {
	path := rare(t, 100)
	r := mustFind(t, "mlp").Tabular()
	plain, err := r.Kind.Open(t.Context(), path, nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	var test []float32
	for b := range plain.Test.Batches(0) {
		test = append(test, b[0].F32...)
	}
	for _, c := range []struct {
		b             kind.Balance
		rows, learnt  int
		first, second int // rows of the classes in an epoch of all
		weights       []float64
	}{
		{kind.Balance{}, 80, 80, 16, 64, nil},
		{kind.Balance{Weights: true}, 80, 80, 16, 64, []float64{2.5, .625}}, // 80/(2·16), 80/(2·64)
		{kind.Balance{Sampling: "over"}, 128, 80, 64, 64, nil},
		{kind.Balance{Sampling: "under"}, 32, 32, 16, 16, nil},
	} {
		k, err := r.Kind.(kind.Balancer).Balanced(c.b)
		if err != nil {
			t.Fatal(err)
		}
		set, err := k.Open(t.Context(), path, nil, quiet)
		if err != nil {
			t.Fatal(err)
		}
		var counts [2]int
		for b := range set.Train(c.rows, 1).Batches(0) {
			for _, y := range b[1].I64 {
				counts[y]++
			}
		}
		form := set.Form.Table
		if counts != [2]int{c.first, c.second} || set.TrainLen != c.rows || form.Rows != c.learnt ||
			!slices.Equal(form.Weights, c.weights) || form.Majority != 1 {
			t.Errorf("%+v: %v of the classes, %d rows, %+v", c.b, counts, set.TrainLen, form)
		}
		var got []float32
		for b := range set.Test.Batches(0) {
			got = append(got, b[0].F32...)
		}
		if !slices.Equal(got, test) {
			t.Errorf("%+v: another test part", c.b)
		}
	}
}
