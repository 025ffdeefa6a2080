package data_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
)

// A picture becomes a tensor of grey values in [0, 1], here without scaling.
func ExampleReadImage() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	picture := image.NewGray(image.Rect(0, 0, 3, 3))
	picture.SetGray(1, 1, color.Gray{Y: 255}) // a white dot in the middle of a black square
	path := filepath.Join(dir, "dot.png")
	if err := write(path, picture); err != nil {
		log.Print(err)
		return
	}

	x, err := data.ReadImage(path, 3, 3)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(x)

	_, err = data.ReadImage(filepath.Join(dir, "none.png"), 3, 3)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output:
	// float32 (1, 3, 3) 0 0 0 0 1 0 0 0 0
	// true
}

func write(path string, picture image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, picture), f.Close())
}

// A picture in colours, as those of [data.Folder] are: a pixel of red beside one of blue.
func ExampleReadPicture() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	picture := image.NewRGBA(image.Rect(0, 0, 2, 1))
	picture.SetRGBA(0, 0, color.RGBA{R: 255, A: 255})
	picture.SetRGBA(1, 0, color.RGBA{B: 255, A: 255})
	path := filepath.Join(dir, "flag.png")
	if err := write(path, picture); err != nil {
		log.Print(err)
		return
	}
	x, err := data.ReadPicture(path, 3, 1, 2)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(x)
	// Output: float32 (3, 1, 2) 1 0 0 0 0 1
}

// Ten examples are parted into eight to learn from and two to watch, and those eight come in another order each epoch.
func ExampleSplit_Divide() {
	x, y := make([]float32, 10), make([]int64, 10)
	for i := range x {
		x[i], y[i] = float32(i), int64(i)
	}
	all := data.Split{X: graph.FromFloat32(x, 10, 1), Y: graph.FromInt64(y, 10)}
	learn, watch := all.Divide(0.8, 1)
	fmt.Println(learn.Len(), watch.Len())
	for epoch := range 2 {
		for batch := range learn.Batches(3, epoch) { // a last batch of two is left out
			fmt.Println("epoch", epoch, batch.Y)
		}
	}
	for batch := range all.Subset(0, 5).InOrder(3) { // here it is not
		fmt.Println("in order", batch.Y)
	}
	// Output:
	// 8 2
	// epoch 0 int64 (3) 7 4 0
	// epoch 0 int64 (3) 8 2 3
	// epoch 1 int64 (3) 4 7 0
	// epoch 1 int64 (3) 9 8 1
	// in order int64 (3) 0 1 2
	// in order int64 (2) 3 4
}

// Errors about what was read are ErrDamaged, whatever is wrong with it.
func ExampleReadIDX_damaged() {
	_, err := data.ReadIDX(strings.NewReader("<html>not found</html>"), "labels")
	fmt.Println(err)
	fmt.Println(errors.Is(err, data.ErrDamaged))
	// Output:
	// labels: offset 0: not an IDX file (starts with 3c 68, want 00 00)
	// true
}

// Pairs are for loops of one's own.
func ExamplePairs() {
	set := data.DigitsN(0, 64, 20)
	for x, y := range data.Pairs(set.Test.InOrder(10)) {
		fmt.Println(x.Shape, y.I64)
	}
	// Output:
	// (10, 1, 28, 28) [0 1 2 3 4 5 6 7 8 9]
	// (10, 1, 28, 28) [0 1 2 3 4 5 6 7 8 9]
}

// Characters are numbered in the order of Unicode.
func ExampleVocabulary() {
	v := data.NewVocabulary("hello, world")
	ids, err := v.Encode("hold")
	fmt.Println(v.Len(), ids, err, v.Decode(ids))
	_, err = v.Encode("hold on")
	fmt.Println(err)
	list, err := json.Marshal(v) // which a file of weights can carry
	fmt.Println(string(list), err)
	// Output:
	// 9 [4 6 5 2] <nil> hold
	// character 'n' at offset 6 is not in the vocabulary of 9 characters
	// [" ",",","d","e","h","l","o","r","w"] <nil>
}

// Two lanes read the two halves of a stream, three symbols at a time; targets are the next symbols.
func ExampleStream_Lanes() {
	v := data.NewVocabulary("abcdefghijklmn")
	ids, err := v.Encode("abcdefghijklmn")
	if err != nil {
		log.Fatal(err)
	}
	for batch := range (data.Stream{IDs: ids}).Lanes(2, 3).Batches(0) {
		x, y := batch[0].I64, batch[1].I64
		fmt.Println(v.Decode(x[:3]), "->", v.Decode(y[:3]), "", v.Decode(x[3:]), "->", v.Decode(y[3:]))
	}
	// Output:
	// abc -> bcd  ghi -> hij
	// def -> efg  jkl -> klm
}

// Stretches of three symbols begin anywhere in a stream, in each epoch elsewhere.
func ExampleStream_Windows() {
	v := data.NewVocabulary("abcdefghijklmn")
	ids, err := v.Encode("abcdefghijklmn")
	if err != nil {
		log.Fatal(err)
	}
	source := data.Stream{IDs: ids}.Windows(2, 3, 0)
	for epoch := range 2 {
		for batch := range source.Batches(epoch) {
			x, y := batch[0].I64, batch[1].I64
			fmt.Println(v.Decode(x[:3]), "->", v.Decode(y[:3]), "", v.Decode(x[3:]), "->", v.Decode(y[3:]))
		}
	}
	// Output:
	// klm -> lmn  efg -> fgh
	// efg -> fgh  ijk -> jkl
	// bcd -> cde  cde -> def
	// cde -> def  fgh -> ghi
}

// Digits that are turned and slanted a little, otherwise in each epoch, with their labels.
func ExampleSplit_Viewed() {
	view, err := data.ParseView("turn=15,shear=10,crop=.8")
	if err != nil {
		log.Fatal(err)
	}
	digits := data.DigitsN(0, 100, 10)
	for batch := range digits.Train.Viewed(view, 20).Batches(0) {
		fmt.Println(batch[0].Type, batch[1].Type)
		break
	}
	// Output: float32 (20, 1, 28, 28) int64 (20)
}

// Two views of each digit, for a model that is to find that they belong together.
func ExampleViews() {
	digits := data.DigitsN(0, 100, 0).Train
	views := data.Views{X: digits.X, View: data.View{Crop: .5, Turn: 15, Brightness: .4, Contrast: .4, Blur: 1}}
	for batch := range views.Shuffled(32).Batches(0) {
		fmt.Println(batch[0].Shape, batch[1].Shape)
		break
	}
	// Output: (32, 1, 28, 28) (32, 1, 28, 28)
}

// Three batches of a black and a white pixel, mixed: the shares of the labels are those of the pictures.
func ExampleMix() {
	pixels := graph.FromFloat32([]float32{0, 1}, 2, 1, 1, 1)
	pair := data.Split{X: pixels, Y: graph.FromInt64([]int64{0, 1}, 2)}
	mixed := data.Mix{Mixup: .4}.Of(pair.Ordered(2), 2, 0) // of two classes, by seed 0
	for epoch := range 3 {
		for batch := range mixed.Batches(epoch) {
			fmt.Printf("x %.2f, y %.2f\n", batch[0].F32, batch[1].F32) // ops.CrossEntropy takes such y
		}
	}
	// Output:
	// x [0.42 0.58], y [0.58 0.42 0.42 0.58]
	// x [0.76 0.24], y [0.24 0.76 0.76 0.24]
	// x [0.00 1.00], y [1.00 0.00 0.00 1.00]
}

// Sentences that a model sees in other words in each epoch; their labels stay.
func ExampleSequences_Varied() {
	texts := [][]string{{"a", "good", "film"}, {"a", "dull", "film"}}
	words := data.NewWords([]string{"a good dull film"}, data.WordOptions{})
	all := data.Sequences{X: [][]int64{words.Numbers(texts[0]), words.Numbers(texts[1])}, Labels: []int64{1, 0}}
	r := corpus.Rewording{Swap: .3}
	source := all.Varied(1, 1, 0, func(epoch, i int) []int64 { return words.Numbers(r.Of(texts[i], 0, epoch, i)) })
	for epoch := range 2 {
		for batch := range source.Batches(epoch) {
			fmt.Println(words.Decode(batch[0].I64), batch[2].I64)
		}
	}
	// Output:
	// a film dull [0]
	// film good a [1]
	// a good film [1]
	// a film dull [0]
}

// Sounds become pictures of frequencies over time, here of sounds that are heard otherwise in each epoch.
func ExampleClips_Viewed() {
	view, err := sound.ParseView("noise=10,stretch=.1,pitch=2,mask=.2")
	if err != nil {
		log.Fatal(err)
	}
	mel := sound.LogMel{Rate: 8000, Window: 512, Hop: 256, Bands: 32, Frames: 32}
	tones := data.TonesN(0, 100, 10)
	source, err := tones.Train.Viewed(mel, view, 20, 0)
	if err != nil {
		log.Fatal(err)
	}
	for batch := range source.Batches(0) {
		fmt.Println(batch[0].Type, batch[1].Type, tones.Classes)
		break
	}
	// Output: float32 (20, 1, 32, 32) int64 (20) [tone rise fall warble clicks a e i o u]
}

// One bit of one example makes another checksum; the batches and their order make none.
func ExampleChecksum() {
	x := []float32{1, 2, 3, 4}
	rows := data.Rows{graph.FromFloat32(x, 4)}
	sum := data.Checksum(rows.ShuffledBy(2, 7))
	fmt.Println(len(sum), sum == data.Checksum(rows.Ordered(3)))
	x[3] = math.Nextafter32(4, 5)
	fmt.Println(sum == data.Checksum(rows.ShuffledBy(2, 7)))
	// Output:
	// 64 true
	// false
}

// What a source says of its batches is what a train.Fit compares before it goes on from a checkpoint.
func ExampleSettings() {
	set := data.Split{X: graph.FromFloat32([]float32{1, 2, 3, 4}, 4, 1), Y: graph.FromInt64([]int64{0, 1, 0, 1}, 4)}
	has := data.Settings(set.Seeded(7).Shuffled(2))
	for _, name := range slices.Sorted(maps.Keys(has)) {
		fmt.Printf("%s: %.14s\n", name, has[name])
	}
	// Output:
	// batch size: 2
	// data: sha256 d7cc6c9
	// seed: 7
}
