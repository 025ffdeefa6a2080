package data_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data"
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
