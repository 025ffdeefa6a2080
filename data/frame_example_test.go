package data_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data"
)

// Folds of a table whose gaps are filled by the rows that are learnt from alone.
func ExampleReadFrame() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "fruit.csv")
	rows := "weight,size,fruit\n150,big,apple\n?,big,apple\n120,small,banana\n130,small,banana\n130,small,banana\n"
	if err := os.WriteFile(path, []byte(rows), 0o644); err != nil {
		log.Print(err)
		return
	}
	fruit, err := data.ReadFrame(path, data.TableOptions{
		Missing:  data.MissingMedian,
		Ordinals: []data.Ordinal{{Column: "size", Order: []string{"small", "big"}}},
	})
	if err != nil {
		log.Print(err)
		return
	}
	fruit = fruit.Distinct()
	folds, err := fruit.Folds(2, 0)
	if err != nil {
		log.Print(err)
		return
	}
	for _, fold := range folds {
		t, err := fruit.Table(fold.Train, fold.Test)
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(t.Train.Len(), t.Test.Len(), t.Features)
		fmt.Println(t.Changes)
	}
	// Output:
	// 2 2 [weight size]
	// 1 duplicate row is left out (line 6)
	// weight: 1 missing value is 130 (line 3)
	// 2 2 [weight size]
	// 1 duplicate row is left out (line 6)
	// weight: 1 missing value is 135 (line 3)
}

// Outliers are looked for among the rows to learn from, and the rest of these is learnt from.
func ExampleFrame_Inliers() {
	moons, err := data.OpenFrame(context.Background(), "moons", data.TableOptions{}, nil)
	if err != nil {
		log.Print(err)
		return
	}
	parts, err := data.Stratify(moons.Labels(), 0, .6, .2, .2)
	if err != nil {
		log.Print(err)
		return
	}
	kept, report, err := moons.Inliers(parts[0], data.Outliers{ZScore: 2})
	fmt.Println(len(parts[0]), len(parts[1]), len(parts[2]), len(kept), err)
	fmt.Println(report)
	// Output:
	// 600 200 200 597 <nil>
	// x: 1 outlier row is left out (line 552)
	// y: 2 outlier rows are left out (lines 77, 361)
}

// In each of four folds each class has the same share, to within one example.
func ExampleStratifiedKFold() {
	labels := []int64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}
	folds, err := data.StratifiedKFold(labels, 4, 0)
	if err != nil {
		log.Print(err)
		return
	}
	for _, fold := range folds {
		ones := 0
		for _, i := range fold.Test {
			ones += int(labels[i])
		}
		fmt.Println(len(fold.Train), len(fold.Test), ones)
	}
	// Output:
	// 9 3 1
	// 9 3 1
	// 9 3 1
	// 9 3 1
}

// What is done about a class that is rare: it weighs more, its examples come again, or there are fewer of the other.
func ExampleOversample() {
	labels := []int64{0, 0, 0, 0, 1, 1}
	weights, err := data.ClassWeights(labels, 2)
	fmt.Println(weights, err)
	more, err := data.Oversample(labels, 0)
	fmt.Println(more[:6], len(more), err)
	fewer, err := data.Undersample(labels, 0)
	fmt.Println(len(fewer), err)
	// Output:
	// [0.75 1.5] <nil>
	// [0 1 2 3 4 5] 8 <nil>
	// 4 <nil>
}

// A cross-validation of pictures: of each fold the examples to learn from, and those to test with.
func ExampleSplit_Pick() {
	digits := data.DigitsN(0, 100, 0).Train
	folds, err := data.StratifiedKFold(digits.Y.I64, 5, 0)
	if err != nil {
		log.Print(err)
		return
	}
	learn, test := digits.Pick(folds[0].Train), digits.Pick(folds[0].Test)
	fmt.Println(learn.X.Shape, test.X.Shape, test.Y.Shape)
	// Output: (80, 1, 28, 28) (20, 1, 28, 28) (20)
}

// What a model has learnt of the columns is kept as text beside its weights, and reads rows that it has not seen.
func ExampleTable_Columns() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	learnt, unseen := filepath.Join(dir, "fruit.csv"), filepath.Join(dir, "new.csv")
	rows := "weight,colour,fruit\n150,red,apple\n160,green,apple\n120,green,banana\n110,yellow,banana\n" +
		"130,yellow,banana\n"
	if err := os.WriteFile(learnt, []byte(rows), 0o644); err != nil {
		log.Print(err)
		return
	}
	if err := os.WriteFile(unseen, []byte("colour,weight\nred,155\n?,120\n"), 0o644); err != nil {
		log.Print(err)
		return
	}
	fruit, err := data.ReadTable(learnt, data.TableOptions{Missing: data.MissingMean})
	if err != nil {
		log.Print(err)
		return
	}
	text, err := json.Marshal(fruit.Standardize().Columns())
	if err != nil {
		log.Print(err)
		return
	}
	var columns data.Columns
	if err := json.Unmarshal(text, &columns); err != nil {
		log.Print(err)
		return
	}
	in, err := columns.ReadInputs(unseen)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(fruit.Features, columns.Classes)
	fmt.Printf("%.2f %v\n", in.X.F32, in.Lines)
	fmt.Println(in.Changes)
	// Output:
	// [weight colour=green colour=red colour=yellow] [apple banana]
	// [0.95 0.00 1.00 0.00 -1.26 1.00 0.00 0.00] [2 3]
	// colour: 1 missing value is green (line 3)
}

// Rows are held out before anything is learnt of them; of each class the same share.
func ExampleFrame_HoldOut() {
	moons, err := data.OpenFrame(context.Background(), "moons", data.TableOptions{}, nil)
	if err != nil {
		log.Print(err)
		return
	}
	parts, err := moons.HoldOut(.2, 0)
	if err != nil {
		log.Print(err)
		return
	}
	t, err := moons.Table(parts.Train, parts.Test)
	if err != nil {
		log.Print(err)
		return
	}
	counts := map[int64]int{}
	for _, y := range t.Test.Y.I64 {
		counts[y]++
	}
	fmt.Println(t.Train.Len(), t.Test.Len(), counts)
	// Output: 800 200 map[0:100 1:100]
}

// Rows that a model learnt from are told from others, in whatever order their columns stand.
func ExampleColumns_Open() {
	columns := data.Moons(0).Standardize().Columns()
	moons, err := columns.Open(context.Background(), "moons", nil)
	if err != nil {
		log.Print(err)
		return
	}
	rows, changes, err := columns.Split(moons, []int{0, 1, 2})
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(rows.X.Shape, rows.Y.I64, len(changes), len(moons.Checksum()))
	// Output: (3, 2) [0 1 0] 0 64
}
