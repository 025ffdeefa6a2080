package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// asked runs a command that prints a JSON value.
func asked[T any](t *testing.T, args ...string) (out T, stderr string) {
	t.Helper()
	code, stdout, stderr := zooRun(append(args, "--json")...)
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != 0 {
		t.Fatalf("%v: exit %d: %v %s", args, code, err, stderr)
	}
	return out, stderr
}

// put writes a file of lines.
func put(t *testing.T, path string, lines ...string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ordered is a line with its fields in an order.
func ordered(line string, order ...int) string {
	var fields []string
	for _, i := range order {
		fields = append(fields, strings.Split(line, ",")[i])
	}
	return strings.Join(fields, ",")
}

// TestTables: what training has told of a real table, evaluation tells again, bit for bit; the weights alone say how
// another file is read, after that of the training is gone: with its columns in another order and more of them, or of
// other rows, of which all are tested; and the answers to rows are those that are counted.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		file  string
		names string // the first line that is put before the rows; "" for none
		order []int  // of the columns in another file
		bound float64
		rows  int // that are held out
	}{
		{"iris", "sl,sw,pl,pw,species", []int{4, 2, 0, 0, 3, 1}, .9, 30},
		{"wine", "", nil, .9, 36},
		{"banknote_authentication", "", nil, .98, 274},
	} {
		folder := filepath.Join("..", "..", "..", "shared", "data", "tables")
		if _, err := os.Stat(folder); err != nil {
			t.Skip(err)
		}
		text, err := os.ReadFile(filepath.Join(folder, c.file+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		rows := strings.Split(strings.TrimSpace(string(text)), "\n")
		learnt := append([]string{c.names}, rows...)
		if c.names == "" {
			learnt = rows
		}
		path, weights := put(t, filepath.Join(dir, "learnt.csv"), learnt...), filepath.Join(dir, "w.safetensors")
		got, _ := asked[training.Trained](t, "train", "mlp", "--data", path, "-o", weights)
		if got.Steps != 500 || float64(got.Metric["accuracy"]) < c.bound {
			t.Errorf("%s: %d steps, %v", c.file, got.Steps, got.Metric)
		}
		same, _ := asked[evaluated](t, "eval", "mlp", "--weights", weights, "--data", path, "--report")
		if same.Loss != got.TestLoss || fmt.Sprint(same.Metric) != fmt.Sprint(got.Metric) ||
			same.Tested != "held out of training" || countOf(same.Confusion) != c.rows {
			t.Errorf("%s: evaluated %+v\ntrained %+v", c.file, same, got)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if c.order != nil {
			other := []string{strings.Replace(ordered(c.names, c.order...), "sl,sl", "sl,more", 1)}
			for _, row := range rows {
				other = append(other, ordered(row, c.order...))
			}
			path = put(t, filepath.Join(dir, "other.csv"), other...)
			turned, _ := asked[evaluated](t, "eval", "mlp", "--weights", weights, "--data", path, "--report")
			if turned.Loss != same.Loss ||
				fmt.Sprint(turned.Metric, turned.Confusion) != fmt.Sprint(same.Metric, same.Confusion) {
				t.Errorf("%s: in another order %+v", c.file, turned)
			}
		}
		path = put(t, filepath.Join(dir, "fewer.csv"), learnt[:len(learnt)-7]...)
		fewer, _ := asked[evaluated](t, "eval", "mlp", "--weights", weights, "--data", path)
		answers, _ := asked[[]predicted](t, "predict", "mlp", "--weights", weights, path)
		right := 0
		for i, a := range answers {
			fields := strings.Split(strings.TrimSpace(rows[i]), ",")
			if a.Prediction == fields[len(fields)-1] {
				right++
			}
		}
		n := len(rows) - 7
		if len(answers) != n || fewer.Tested != "all of the data" ||
			float64(fewer.Metric["accuracy"]) != float64(right)/float64(n) {
			t.Errorf("%s: %d of %d answers are right, evaluated %+v", c.file, right, len(answers), fewer)
		}
	}
}

func countOf(confusion [][]int) (n int) {
	for _, row := range confusion {
		for _, k := range row {
			n += k
		}
	}
	return n
}

// patients is a table of random rows, three of four of them healthy, some of which lack a value.
func patients(seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 7))
	rows := []string{"id,age,sex,diagnosis"}
	for i := range 80 {
		class, age := []string{"healthy", "ill"}[min(i%4, 3)/3], fmt.Sprintf("%.1f", 50+10*r.NormFloat64())
		if class == "ill" {
			age = fmt.Sprintf("%.1f", 65+10*r.NormFloat64())
		}
		if i%9 == 0 {
			age = "?"
		}
		rows = append(rows, fmt.Sprintf("%d,%s,%s,%s", i, age, []string{"f", "m"}[r.IntN(2)], class))
	}
	return rows
}

// TestTableTraining: what is filled is told, the same training is the same bytes, one that is killed and gone on from
// as well, with columns that are left out twice; a training goes on from weights with other rows; what the command
// says is lines for people.
func TestTableTraining(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "patients.csv"), patients(1)...)
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"train", "mlp", "--data", path, "--target", "diagnosis", "--ignore", "id", "--ignore", "sex",
		"--missing", "median", "--class-weights", "--steps", "40", "--seed", "3"}
	code, stdout, stderr := zooRun(append(args, "-o", at("a"))...)
	if code != 0 || !strings.Contains(stderr, "64 + 16 rows, seed 3\n2 classes, target diagnosis, 1 feature\n"+
		"age: 9 missing values are ") || !strings.Contains(stdout, ", majority 0.7500\n") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	got, _ := asked[training.Trained](t, append(args, "--checkpoint", at("run"), "--every", "15", "-o", at("b"))...)
	if got.Target != "diagnosis" || len(got.Changes) != 1 {
		t.Errorf("%+v", got)
	}
	late, _ := filepath.Glob(filepath.Join(dir, "run", "checkpoint-000003.*"))
	for _, file := range late { // as if it had been killed before
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	resumed, _ := asked[training.Trained](t, "train", "mlp", "--resume", at("run"), "-o", at("c"))
	a, failed := os.ReadFile(at("a"))
	for _, name := range []string{"b", "c"} {
		if b, err := os.ReadFile(at(name)); err != nil || failed != nil || !bytes.Equal(a, b) || len(late) == 0 {
			t.Errorf("%s is not the same file (%v)", name, err)
		}
	}
	if resumed.TestLoss != got.TestLoss || resumed.Steps != 40 {
		t.Errorf("gone on from: %+v", resumed)
	}
	other := put(t, at("other.csv"), patients(2)...)
	onward, _ := asked[training.Trained](t, "train", "mlp", "--data", other, "--weights", at("a"), "--steps", "1",
		"-o", at("d"))
	again, _ := asked[evaluated](t, "eval", "mlp", "--weights", at("d"), "--data", other)
	if again.Tested != "held out of training" || again.Loss != onward.TestLoss || onward.Target != "diagnosis" {
		t.Errorf("gone on with other rows: %+v\n%+v", onward, again)
	}
	if b, err := os.ReadFile(at("d")); err != nil || bytes.Equal(a, b) {
		t.Errorf("gone on with other rows the weights are the same (%v)", err)
	}
	changed := patients(1)
	changed[5] = "5,1,m,ill"
	put(t, path, changed...)
	if _, stderr := asked[evaluated](t, "eval", "mlp", "--weights", at("a"), "--data", path); !strings.Contains(stderr,
		"it has other rows than the patients.csv that was learnt from: all are tested") {
		t.Errorf("of a file that has changed: %s", stderr)
	}
	code, stdout, _ = zooRun("eval", "mlp", "--weights", at("a"), "--data", other)
	if code != 0 || !strings.Contains(stdout, "other.csv, 80 rows, all of the data: test loss ") {
		t.Errorf("evaluation says %s", stdout)
	}
	code, stdout, stderr = zooRun("predict", "mlp", "--weights", at("a"), put(t, at("two.csv"), "age", "30", "?"))
	if code != 0 || strings.Count(stdout, "\n") != 2 || !strings.Contains(stdout, "two.csv, line 3: ") ||
		!strings.Contains(stderr, `two.csv, line 3": age is missing, and taken for `) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	var out bytes.Buffer
	r, err := recipe.Find("mlp")
	if err != nil {
		t.Fatal(err)
	}
	r = r.Of(at("a"))
	piped := &app{&cli.App{Ctx: t.Context(), Stdout: &cli.Sink{W: &out}, Stderr: &cli.Sink{W: &out},
		Stdin: strings.NewReader("age\n30\n")}}
	err = piped.predict(r, r.Kind.(kind.Predictor), predictFlags{weights: at("a"), top: 1}, []string{"-"})
	if err != nil || !strings.HasPrefix(out.String(), "standard input, line 2: ") {
		t.Errorf("of standard input: %s (%v)", &out, err)
	}
}

// TestBalance: each way of balancing learns other weights than none, from as many rows as it says, and says the rare
// class more often; the test part stays as it is, in a cross-validation too.
func TestBalance(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "patients.csv"), patients(4)...)
	ways := map[string][]string{"none": nil, "weights": {"--class-weights"}, "over": {"--sampling", "over"},
		"under": {"--sampling", "under"}}
	rows := map[string]string{"none": "64 + 16", "weights": "64 + 16", "over": "96 + 16", "under": "32 + 16"}
	rare := map[string]int{}
	for name, flags := range ways {
		weights := filepath.Join(dir, name)
		args := append([]string{"--data", path, "--ignore", "id"}, flags...)
		got, stderr := asked[training.Trained](t, append([]string{"train", "mlp", "-o", weights}, args...)...)
		if !strings.Contains(stderr, rows[name]+" rows") {
			t.Errorf("%s: %s", name, stderr)
		}
		again, _ := asked[evaluated](t, "eval", "mlp", "--weights", weights, "--data", path, "--report")
		if again.Loss != got.TestLoss || countOf(again.Confusion) != 16 || again.Report[1].Support != 4 {
			t.Errorf("%s: evaluated %+v, trained %+v", name, again, got)
		}
		v, _ := asked[crossvalidated](t, append([]string{"crossval", "mlp", "--folds", "4"}, args...)...)
		if countOf(v.Confusion) != 80 || v.Report[1].Support != 20 {
			t.Errorf("%s: the folds tell %v", name, v.Confusion)
		}
		rare[name] = v.Confusion[0][1] + v.Confusion[1][1]
	}
	for _, name := range []string{"weights", "over", "under"} {
		if rare[name] <= rare["none"] {
			t.Errorf("the rare class is said %d times of 80 by %s, %d times by none", rare[name], name, rare["none"])
		}
	}
}

// measurements are rows of a table whose column y has so many different values, a step apart and 4 times each.
func measurements(n int, step float64) []string {
	rows := []string{"x,y"}
	for i := range 4 * n {
		rows = append(rows, fmt.Sprintf("%d,%g", i, float64(i%n)*step))
	}
	return rows
}

// TestTargetsOfNumbers: whole numbers are classes, and so are few others.
func TestTargetsOfNumbers(t *testing.T) {
	for _, c := range []struct {
		n    int
		step float64
	}{{21, 1}, {20, .5}, {40, -2}} {
		path := put(t, filepath.Join(t.TempDir(), "t.csv"), measurements(c.n, c.step)...)
		if code, _, stderr := zooRun("train", "mlp", "--data", path, "--steps", "1"); code != 0 ||
			!strings.Contains(stderr, fmt.Sprint(c.n, " classes")) {
			t.Errorf("%d values, %g apart: exit %d: %s", c.n, c.step, code, stderr)
		}
	}
}

func TestTableMistakes(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	path, weights := put(t, at("patients.csv"), patients(1)...), at("w.safetensors")
	args := []string{"train", "mlp", "--data", path, "--ignore", "id", "--steps", "1", "-o", weights}
	if code, _, stderr := zooRun(args...); code != 0 {
		t.Fatal(stderr)
	}
	pictures := at("p.safetensors")
	if code, _, stderr := zooRun("train", "mlp", "--steps", "1", "-o", pictures); code != 0 {
		t.Fatal(stderr)
	}
	files := 0
	eval := func(rows ...string) []string {
		files++
		file := put(t, at(fmt.Sprint(files, ".csv")), rows...)
		return []string{"eval", "mlp", "--weights", weights, "--data", file}
	}
	numbers := []string{"a,b"}
	for i := range 30 {
		numbers = append(numbers, fmt.Sprintf("%d,%d.5", i%3, i))
	}
	prices := put(t, at("prices.csv"), numbers...)
	lengths := put(t, at("lengths.csv"), measurements(21, .1)...)
	for _, c := range []answer{
		{"a column that is not there", eval("age,diagnosis", "1,ill"), 65,
			`.csv: line 1: there is no column "sex", which the model reads; there are age, diagnosis`},
		{"a category that is not known", eval("age,sex,diagnosis", "1,x,ill"), 65,
			`.csv: line 2, column 2 (sex): want one of f, m, got "x"`},
		{"a text for a number", eval("age,sex,diagnosis", "1,f,ill", "old,f,ill"), 65,
			`.csv: line 3, column 1 (age): want a number, got "old"`},
		{"a class that is not known", eval("sex,diagnosis,age", "f,dead,1"), 65,
			`.csv: line 2, column 2 (diagnosis): want one of ill, healthy, got "dead"`},
		{"no target to test by", eval("sex,age", "f,1"), 65, `there is no column "diagnosis", which is the target`},
		{"no data", []string{"eval", "mlp", "--weights", weights}, 2,
			"--data is needed: the weights learnt from a file"},
		{"a share that is held out already", append(eval("age,sex,diagnosis", "1,f,ill"), "--held-out", ".5"), 2,
			"--held-out says nothing to these weights"},
		{"pictures of a worst row", append(eval("age,sex,diagnosis", "1,f,ill"), "--worst", "1", "--pictures",
			at("x.png")), 2, "--pictures is for models of pictures, and mlp is a table classifier"},
		{"data of pictures", []string{"eval", "mlp", "--weights", weights, "--data", "digits"}, 2,
			"--data digits is images, want a table; mlp is a table classifier"},
		{"a file that is not there", []string{"predict", "mlp", "--weights", weights, at("none.csv")}, 66, "none.csv"},
		{"a picture", []string{"predict", "mlp", "--weights", weights, "../../docs/seven.png"}, 65, "seven.png"},
		{"weights of a table to explain a picture", []string{"explain", "mlp", "--weights", weights,
			"../../docs/seven.png", "-o", at("e.png")}, 65, "these weights learnt from the rows of a table"},
		{"weights of a table to go on with pictures", []string{"train", "mlp", "--weights", weights}, 65,
			"these weights learnt from the rows of a table, and tell nothing of images"},
		{"weights of pictures to go on with a table", []string{"train", "mlp", "--weights", pictures, "--data", path},
			65, "these weights learnt from no table"},
		{"a table for a model of pictures alone", []string{"train", "lenet5", "--data", path}, 65,
			"not a folder, and images are in folders; a table is for zoo train and zoo crossval of mlp"},
		{"a table to learn from few of", []string{"transfer", "resnet20", "--weights", tinyResNet(t, "cat", "dog"),
			"--data", path}, 65, "images are in folders; a table is for zoo train and zoo crossval of mlp"},
		{"weights to see anew", []string{"augment", "--data", weights, "-o", at("a.png")}, 65,
			"not a folder, and images are in folders"},
		{"flags of tables for pictures", []string{"train", "mlp", "--target", "a"}, 2,
			"--target says nothing to mlp, which is a classifier"},
		{"class weights of pictures", []string{"train", "lenet5", "--class-weights"}, 2,
			"--class-weights is for tables, and lenet5 is a classifier"},
		{"both ways at once", []string{"train", "mlp", "--data", path, "--class-weights", "--sampling", "over"}, 2,
			"exclude each other"},
		{"an unknown sampling", []string{"crossval", "mlp", "--sampling", "ovre"}, 2,
			`unknown sampling "ovre"; known are over, under`},
		{"flags of files for the built-in table", []string{"train", "mlp", "--data", "moons", "--target", "moon"}, 2,
			"--target says how files are read, and moons is none"},
		{"a target of numbers", []string{"train", "mlp", "--data", prices}, 2,
			"target b has 30 different values in 30 rows, which are no classes; name another column by --target"},
		{"a target that is measured", []string{"train", "mlp", "--data", lengths}, 2,
			"target y has 21 different values that are numbers, not all whole: it looks like a number to predict, " +
				"and a table classifier tells classes; name a column of classes by --target"},
		{"a target that is measured, to cross-validate", []string{"crossval", "mlp", "--data", lengths}, 2,
			"target y has 21 different values that are numbers, not all whole"},
		{"a target that is not there", []string{"train", "mlp", "--data", path, "--target", "diagnoses"}, 2,
			`there is no column "diagnoses"; known are diagnosis, `},
		{"an empty column to ignore", []string{"train", "mlp", "--data", path, "--ignore", ""}, 2,
			"--ignore is empty"},
		{"views of rows", []string{"train", "mlp", "--data", path, "--augment", "flip"}, 2,
			"mlp is a table classifier"},
	} {
		t.Run(c.name, c.check)
	}
	for _, args := range [][]string{{"__complete", "train", "mlp", "--sampling", ""},
		{"__complete", "crossval", "mlp", "--sampling", ""}} {
		if _, stdout, _ := zooRun(args...); !strings.HasPrefix(stdout, "over\nunder\n:") {
			t.Errorf("samplings are completed as %s", stdout)
		}
	}
	if _, stdout, _ := zooRun("__complete", "train", "mlp", "--data", ""); !strings.Contains(stdout, "moons\n") {
		t.Errorf("data are completed as %s", stdout)
	}
}

// TestTablesBeside: two trainings are an ensemble, and a rate is looked for.
func TestTablesBeside(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, seed := range []string{"1", "2"} {
		files = append(files, filepath.Join(dir, seed+".safetensors"))
		if code, _, stderr := zooRun("train", "mlp", "--data", "moons", "--steps", "20", "--seed", seed, "-o",
			files[len(files)-1]); code != 0 {
			t.Fatal(stderr)
		}
	}
	out, _ := asked[ensembled](t, "ensemble", "mlp", files[0], files[1], "--data", "moons")
	one, _ := asked[evaluated](t, "eval", "mlp", "--weights", files[0], "--data", "moons")
	if out.Examples != 200 || out.Members[0].Accuracy != one.Metric["accuracy"] {
		t.Errorf("%+v\n%+v", out, one)
	}
	found, _ := asked[struct{ Suggestion cli.Figure }](t, "lr-find", "mlp", "--data", "moons", "--steps", "20")
	if found.Suggestion <= 0 {
		t.Errorf("no rate is found: %+v", found)
	}
	if r, err := recipe.Find("mlp"); err != nil || r.Of(files[0]).Kind.Word() != "table classifier" ||
		r.Of(filepath.Join(dir, "none")).Kind.Word() != "classifier" {
		t.Errorf("the weights are those of %v (%v)", r.Kind, err)
	}
}
