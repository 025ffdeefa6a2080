package table_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
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
	fruit, err := table.ReadFrame(path, table.Options{
		Missing:  table.MissingMedian,
		Ordinals: []table.Ordinal{{Column: "size", Order: []string{"small", "big"}}},
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
	moons, err := table.OpenFrame(context.Background(), "moons", table.Options{}, nil)
	if err != nil {
		log.Print(err)
		return
	}
	parts, err := data.Stratify(moons.Labels(), 0, .6, .2, .2)
	if err != nil {
		log.Print(err)
		return
	}
	kept, report, err := moons.Inliers(parts[0], table.Outliers{ZScore: 2})
	fmt.Println(len(parts[0]), len(parts[1]), len(parts[2]), len(kept), err)
	fmt.Println(report)
	// Output:
	// 600 200 200 597 <nil>
	// x: 1 outlier row is left out (line 552)
	// y: 2 outlier rows are left out (lines 77, 361)
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
	fruit, err := table.Read(learnt, table.Options{Missing: table.MissingMean})
	if err != nil {
		log.Print(err)
		return
	}
	text, err := json.Marshal(fruit.Standardize().Columns())
	if err != nil {
		log.Print(err)
		return
	}
	var columns table.Columns
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
	moons, err := table.OpenFrame(context.Background(), "moons", table.Options{}, nil)
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
	columns := table.Moons(0).Standardize().Columns()
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
