package data

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
)

func TestDigits(t *testing.T) {
	d := DigitsN(3, 300, 100)
	t.Run("the pixels are bytes in [0, 1]", func(t *testing.T) {
		for i, v := range d.Train.X.F32 {
			if b := float64(v) * 255; b < 0 || b > 255 || math.Abs(b-math.Round(b)) > 1e-4 {
				t.Fatalf("pixel %d is %v", i, v)
			}
		}
	})
	t.Run("every ten images hold every digit", func(t *testing.T) {
		for i, y := range d.Train.Y.I64 {
			if y != int64(i%10) {
				t.Fatalf("label %d is %d", i, y)
			}
		}
	})
	t.Run("every image has ink in it and none at its rim", func(t *testing.T) {
		for i := range d.Train.Len() {
			image := d.Train.X.F32[i*784 : (i+1)*784]
			ink, rim := float32(0), float32(0)
			for j, v := range image {
				ink += v
				if x, y := j%28, j/28; x == 0 || y == 0 || x == 27 || y == 27 {
					rim += v
				}
			}
			if ink < 20 || rim > .1*ink {
				t.Errorf("image %d (a %d): ink %v, of which at the rim %v", i, i%10, ink, rim)
			}
		}
	})
	t.Run("an image depends on its index and not on how many there are", func(t *testing.T) {
		few := DigitsN(3, 20, 0)
		if !slices.Equal(few.Train.X.F32, d.Train.X.F32[:20*784]) {
			t.Error("the first 20 of 300 are not those of 20")
		}
	})
	t.Run("the test part holds other images", func(t *testing.T) {
		if slices.Equal(d.Test.X.F32[:784], d.Train.X.F32[:784]) {
			t.Error("image 0 is the same")
		}
	})
	t.Run("another seed draws other images", func(t *testing.T) {
		if slices.Equal(DigitsN(4, 1, 0).Train.X.F32, d.Train.X.F32[:784]) {
			t.Error("image 0 is the same")
		}
	})
	t.Run("one processor draws the same", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		if !slices.Equal(DigitsN(3, 300, 0).Train.X.F32, d.Train.X.F32) {
			t.Error("the images differ")
		}
	})
}

// TestDigitsStay holds the set to the bytes it had when accuracies on it were first written down. Other processors
// may round a pixel the other way, where the compiler fuses a product and a sum.
func TestDigitsStay(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		return
	}
	h := sha256.New()
	for _, v := range DigitsN(0, 1000, 0).Train.X.F32 {
		binary.Write(h, binary.LittleEndian, byte(math.Round(float64(v)*255)))
	}
	const want = "c9e1a4f4da192606"
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want {
		t.Errorf("the first 1000 images have hash %s, want %s", got, want)
	}
}

func BenchmarkDigits(b *testing.B) {
	for range b.N {
		Digits(0)
	}
}

func ExampleDigits() {
	digits := DigitsN(0, 10, 0)
	image := digits.Train.X.F32[7*28*28 : 8*28*28] // the first 7
	fmt.Println("label", digits.Train.Y.I64[7])
	for y := 2; y < 26; y += 2 {
		for x := 4; x < 24; x++ {
			fmt.Print(string(" .:*#"[int(image[y*28+x]*4.99)]))
		}
		fmt.Println("|")
	}
	// Output:
	// label 7
	//                     |
	// #############*.     |
	// ##############:     |
	//          .###       |
	//         :###        |
	//        *###.        |
	//       .###:         |
	//       ####          |
	//      .###           |
	//      *##:           |
	//      ###            |
	//      :*             |
}
