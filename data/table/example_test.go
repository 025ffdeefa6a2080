package table_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data/table"
)

// A table's names become features of 0 and 1; numbers are standardised by the training part.
func ExampleRead() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "fruit.csv")
	rows := `weight,colour,fruit
150,red,apple
170,green,apple
120,yellow,banana
130,yellow,banana
125,green,banana
`
	if err := os.WriteFile(path, []byte(rows), 0o644); err != nil {
		log.Print(err)
		return
	}
	fruit, err := table.Read(path, table.Options{})
	if err != nil {
		log.Print(err)
		return
	}
	fruit = fruit.Standardize()
	fmt.Println(fruit.Name, fruit.Features, fruit.Target, fruit.Classes)
	fmt.Println(fruit.Train.X.Shape, fruit.Train.Y.Shape, fruit.Test.Len())
	fmt.Printf("the training part weighs %.1f ± %.1f\n", fruit.Mean[0], fruit.Deviation[0])

	_, err = table.Read(path, table.Options{Target: "color"})
	fmt.Println(strings.TrimPrefix(err.Error(), dir+"/"))
	// Output:
	// fruit [weight colour=green colour=red colour=yellow] fruit [apple banana]
	// (4, 4) (4) 1
	// the training part weighs 141.2 ± 20.1
	// fruit.csv: there is no column "color"; known are colour, fruit, weight
}

// The built-in table needs no file.
func ExampleMoons() {
	moons := table.Moons(0)
	fmt.Println(moons.Train.X.Shape, moons.Test.X.Shape, moons.Features, moons.Classes)
	// Output:
	// (800, 2) (200, 2) [x y] [upper lower]
}
