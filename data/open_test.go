package data

import (
	"context"
	"fmt"
)

func ExampleSources() {
	for _, s := range Sources() {
		fmt.Printf("%-9s  %-8s  %s\n", s.Name, s.Kind, s.About)
	}
	// Output:
	// digits     images    generated handwritten digits, 10,000 and 2,000 of 28×28; built in
	// mnist      images    MNIST's handwritten digits, 60,000 and 10,000 of 28×28; downloaded once
	// prose      text      generated English-like sentences, 250,000 characters with an entropy of 0.461 nats each; built in
	// names      lines     generated names, 9,000 and 1,000, with an entropy of 1.986 nats a character; built in
	// moons      table     generated points of two half circles, 800 and 200; built in
	// sums       pairs     generated sums of two numbers below 1000, 10,000 and 1,000; built in
	// reverse    pairs     generated letters to turn round, 20,000 and 1,000; built in
	// sort       pairs     generated letters to sort, 20,000 and 1,000; built in
	// phrases    pairs     generated English sentences and their German translations, 4,000 and 500; built in
	// reviews    labelled  generated reviews of films that praise or blame, 4,000 and 1,000; built in
	// languages  labelled  generated names of eight made-up languages, 4,000 and 1,000; built in
	// sine       series    generated waves with noise, 800 and 200 values; built in
	// tones      sounds    generated tones, chirps and vowels, 1,500 and 300 of ten classes; built in
}

func ExampleOpenImages() {
	digits, err := OpenImages(context.Background(), "digits", FolderOptions{}, nil)
	fmt.Println(digits.Train.X.Shape, digits.Test.X.Shape, err)
	_, err = OpenImages(context.Background(), "prose", FolderOptions{}, nil)
	fmt.Println(err)
	// Output:
	// (10000, 1, 28, 28) (2000, 1, 28, 28) <nil>
	// prose is text, want images
}
