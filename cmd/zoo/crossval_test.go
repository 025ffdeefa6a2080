package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCrossval: real tables are cross-validated to the bounds that a small network should reach.
func TestCrossval(t *testing.T) {
	for _, c := range []struct {
		file  string
		bound float64
		rows  int
	}{
		{"iris", .95, 150}, {"wine", .97, 178}, {"breast-cancer-wisconsin", .96, 699},
		{"pima-indians-diabetes", .76, 768}, {"banknote_authentication", .99, 1372},
	} {
		path := filepath.Join("..", "..", "..", "shared", "data", "tables", c.file+".csv")
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
		code, stdout, stderr := zooRun("crossval", "mlp", "--data", path, "--json")
		var got crossvalidated
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 {
			t.Fatalf("%s: exit %d: %v %s", c.file, code, err, stderr)
		}
		mean, all := 0., 0
		for _, a := range got.Folds {
			mean += float64(a) / 10
		}
		for _, row := range got.Confusion {
			for _, n := range row {
				all += n
			}
		}
		if !(float64(got.Mean) >= c.bound) || len(got.Folds) != 10 || math.Abs(mean-float64(got.Mean)) > 1e-12 {
			t.Errorf("%s: mean %v, want %v at least, of folds %v", c.file, got.Mean, c.bound, got.Folds)
		}
		if all != c.rows || got.Rows != c.rows || len(got.Confusion) != len(got.Classes) || got.Seed != 0 {
			t.Errorf("%s: %d rows in %v, want %d", c.file, all, got.Confusion, c.rows)
		}
		if gaps := c.file == "breast-cancer-wisconsin"; gaps != strings.Contains(stderr, "16 missing values are 3.5") {
			t.Errorf("%s: what is missing is told as %s", c.file, stderr)
		}
	}
}

// TestCrossvalByHand: a table whose target has a name, twice to the same bytes and by another seed to others; words
// may be of two columns.
func TestCrossvalByHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "colours.csv")
	rows := "id,colour,species,size\n"
	for i := range 40 {
		rows += string(rune('0'+i%10)) + []string{",red,猫,", ",blue,dog,"}[i%2] + string(rune('1'+i%3)) + "\n"
	}
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"crossval", "mlp", "--data", path, "--target", "species", "--ignore", "id", "--folds", "4"}
	code, stdout, stderr := zooRun(args...)
	want := `truth \ taken for  dog  猫
dog                 20   0
猫                   0  20

class     precision  recall      f1  support
dog          1.0000  1.0000  1.0000       20
猫           1.0000  1.0000  1.0000       20
macro        1.0000  1.0000  1.0000       40
weighted     1.0000  1.0000  1.0000       40
accuracy                     1.0000       40
`
	head, rest, _ := strings.Cut(stdout, "\n\n")
	if code != 0 || rest != want || !strings.HasSuffix(head, "seed 0: accuracy 1.0000 ± 0.0000 over 4 folds") {
		t.Errorf("exit %d: %s\ngot\n%s\n\n%swant\n%s", code, stderr, head, rest, want)
	}
	if !strings.Contains(stderr, "40 rows of 2 classes, target species, seed 0\nfold 1/4  accuracy 1.0000\n") {
		t.Errorf("the log is %s", stderr)
	}
	code, _, stderr = zooRun("crossval", "mlp", "--data", gaps(t), "--folds", "2", "--missing", "drop")
	if code != 0 || !strings.Contains(stderr, "6 rows of 2 classes") ||
		!strings.Contains(stderr, "\ncolumn 1: 2 missing rows are left out (lines 1, 8)\nfold 1/2 ") {
		t.Errorf("rows that are left out are told as %s", stderr)
	}
	moons := []string{"crossval", "mlp", "--folds", "2", "--json", "--seed"}
	_, first, _ := zooRun(append(moons, "1")...)
	_, again, _ := zooRun(append(moons, "1")...)
	_, other, _ := zooRun(append(moons, "2")...)
	if first != again || first == other || !strings.Contains(first, `"data": "moons"`) {
		t.Errorf("by seed 1 %s\nagain %s\nby seed 2 %s", first, again, other)
	}
}

// gaps is a table of eight rows, of which two lack a value.
func gaps(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "gaps.csv")
	rows := "?,2,no\n3,4,yes\n5,6,no\n7,8,yes\n1,2,no\n3,4,yes\n5,6,no\n,8,yes\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCrossvalMistakes(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := put("good.csv", "a,b,y\n1,2,no\n3,4,yes\n5,6,no\n7,8,yes\n")
	gap := put("gap.csv", "a,b,y\n1,2,no\n3,?,yes\n5,6,no\n7,8,yes\n")
	short := put("short.csv", "1,2,no\n3,yes\n")
	one := put("one.csv", "1,2,no\n3,4,no\n")
	for _, c := range []answer{
		{"no model", []string{"crossval"}, 2, "crossval takes one model, got 0 arguments"},
		{"an unknown model", []string{"crossval", "mpl"}, 2, `unknown model "mpl"; known are mlp, `},
		{"a model of pictures", []string{"crossval", "lenet5"}, 2,
			"lenet5 is a classifier that learns from no tables; crossval takes mlp"},
		{"an unknown flag", []string{"crossval", "mlp", "--fold", "3"}, 2, "unknown flag: --fold"},
		{"one fold", []string{"crossval", "mlp", "--folds", "1"}, 2, "--folds is 1, want at least 2"},
		{"half a fold", []string{"crossval", "mlp", "--folds", "2.5"}, 2, "want a whole number"},
		{"more folds than rows", []string{"crossval", "mlp", "--data", good, "--folds", "5"}, 2,
			"--folds is 5: " + good + ": there are 5 folds of 4 examples"},
		{"more folds than rows of a class", []string{"crossval", "mlp", "--data", good, "--folds", "3"}, 2,
			"the largest class has 2 examples, want at least one for each of 3 folds"},
		{"a target that is not there, nearest first", []string{"crossval", "mlp", "--data", good, "--target", "z"}, 2,
			`there is no column "z"; known are `},
		{"a column to ignore that is not there", []string{"crossval", "mlp", "--data", good, "--ignore", "id"}, 2,
			`there is no column "id"`},
		{"no column left", []string{"crossval", "mlp", "--data", good, "--ignore", "a", "--ignore", "b"}, 2,
			"no column is left to predict column 3 (y) by"},
		{"an empty target", []string{"crossval", "mlp", "--data", good, "--target", ""}, 2, "--target is empty"},
		{"an empty column to ignore", []string{"crossval", "mlp", "--data", good, "--ignore", ""}, 2,
			"--ignore is empty"},
		{"an unknown rule", []string{"crossval", "mlp", "--data", good, "--missing", "meen"}, 2,
			`unknown rule "meen" for what is missing; known are mean, `},
		{"a rule that needs a constant", []string{"crossval", "mlp", "--data", good, "--missing", "constant"}, 2,
			`unknown rule "constant" for what is missing; known are `},
		{"a gap without a rule", []string{"crossval", "mlp", "--data", gap, "--missing", "error"}, 65,
			`gap.csv: line 3, column 2 (b): the value is missing (got "?")`},
		{"a target of numbers", []string{"crossval", "mlp", "--data", good, "--target", "a"}, 2,
			"target a has 4 different values in 4 rows, which are no classes; name another column by --target"},
		{"a target of the built-in table", []string{"crossval", "mlp", "--target", "moon"}, 2,
			"--target says how files are read, and moons is none"},
		{"pictures", []string{"crossval", "mlp", "--data", "digits"}, 2, "--data digits is images, want a table"},
		{"a file that is not there", []string{"crossval", "mlp", "--data", dir + "/none.csv"}, 66, "none.csv"},
		{"a folder", []string{"crossval", "mlp", "--data", dir}, 65, dir},
		{"a row that is short", []string{"crossval", "mlp", "--data", short}, 65,
			"short.csv: line 2: wrong number of fields (got 2, line 1 has 3)"},
		{"one class", []string{"crossval", "mlp", "--data", one}, 65, "all rows are of one class, no"},
		{"an empty file", []string{"crossval", "mlp", "--data", put("empty.csv", "")}, 65, "too few rows"},
	} {
		t.Run(c.name, c.check)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"crossval", "mlp"}, &out, &errs); code != 130 || out.Len() > 0 {
		t.Errorf("an interruption: exit %d, %s%s", code, &out, &errs)
	}
	if _, stdout, _ := zooRun("__complete", "crossval", ""); !strings.HasPrefix(stdout, "mlp\n:") {
		t.Errorf("models are completed as %s", stdout)
	}
	if code, stdout, _ := zooRun("crossval", "--help"); code != 0 || !strings.Contains(stdout, "folds (default 10)") {
		t.Errorf("help: %s", stdout)
	}
}
