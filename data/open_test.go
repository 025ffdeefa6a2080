package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSourcesOpen: each name is there once, tells what it is, and opens as its kind.
func TestSourcesOpen(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sources() {
		if seen[s.Name] || s.About == "" {
			t.Errorf("%s is there twice, or tells nothing", s.Name)
		}
		if seen[s.Name] = true; s.Name == "mnist" {
			continue // which is downloaded
		}
		name, n, err := "", 0, error(nil)
		switch ctx := context.Background(); s.Kind {
		case "images":
			var set Images
			set, err = OpenImages(ctx, s.Name, FolderOptions{}, nil)
			name, n = set.Name, set.Train.Len()*set.Test.Len()*len(set.Classes)
		case "text":
			var set Text
			set, err = OpenText(ctx, s.Name, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Vocabulary.Len()
		case "lines":
			var set Lines
			set, err = OpenLines(ctx, s.Name, SentenceOptions{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Words.Len()
		case "table":
			var set Table
			set, err = OpenTable(ctx, s.Name, TableOptions{}, nil)
			name, n = set.Name, set.Train.Len()*set.Test.Len()*len(set.Features)
		case "pairs":
			var set Parallel
			set, err = OpenPairs(ctx, s.Name, SentenceOptions{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Source.Len()*set.Target.Len()
		case "labelled":
			var set Labelled
			set, err = OpenLabelled(ctx, s.Name, SentenceOptions{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Words.Len()*len(set.Classes)
		case "series":
			var set Series
			set, err = OpenSeries(ctx, s.Name, SeriesOptions{}, nil)
			name, n = set.Name, len(set.Values)*set.Cut
		case "sounds":
			var set Sounds
			set, err = OpenSounds(ctx, s.Name, SoundOptions{}, nil)
			name, n = set.Name, set.Train.Len()*set.Test.Len()*len(set.Classes)
		default:
			t.Errorf("%s is of an unknown kind, %s", s.Name, s.Kind)
		}
		if err != nil || name != s.Name || n == 0 {
			t.Errorf("%s opens as %s, %d, %v", s.Name, name, n, err)
		}
	}
}

// opened opens a source as a kind and shows what it is.
func opened(ctx context.Context, kind, source string) (string, error) {
	switch kind {
	case "images":
		set, err := OpenImages(ctx, source, FolderOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Train.X.Shape, " ", len(set.Classes)), err
	case "text":
		set, err := OpenText(ctx, source, nil)
		return fmt.Sprintf("%s %q %q", set.Name, set.Train, set.Test), err
	case "pairs":
		set, err := OpenPairs(ctx, source, SentenceOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Train, " ", len(set.Test)), err
	case "labelled":
		set, err := OpenLabelled(ctx, source, SentenceOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Classes, " ", len(set.Train), " ", len(set.Test)), err
	case "series":
		set, err := OpenSeries(ctx, source, SeriesOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Column, " ", set.Values), err
	}
	if kind == "sounds" {
		set, err := OpenSounds(ctx, source, SoundOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Classes, " ", set.Train.Len(), " ", set.Test.Len()), err
	}
	set, err := OpenTable(ctx, source, TableOptions{}, nil)
	return fmt.Sprint(set.Name, " ", set.Features, " ", set.Train.X.Shape), err
}

func TestOpen(t *testing.T) {
	mnist := map[string][]byte{}
	for name, b := range smallMNIST() {
		mnist[name] = b
	}
	text := map[string][]byte{"verse.txt": []byte("abcdefghijklmnopqrst"), "short.txt": []byte("abcdefghij"),
		"none.txt": nil, "latin.txt": []byte("\xe9"), "t.csv": []byte("a,b\n1,2\n3,4\n5,6\n")}
	sentences := map[string][]byte{"p.txt": []byte("a\tA\nb\tB\n"), "two.de": []byte("x\ny\n"),
		"two.en": []byte("X\nY\n"), "f/a": []byte("x\ny\n"), "f/b": []byte("z\nw\n"), "three.a": nil, "three.b": nil,
		"three.c": nil}
	half := map[string][]byte{trainImages: mnist[trainImages], "a/x.png": pngOf(square(1, 1, red))}
	for _, c := range []struct {
		name, kind, source string
		files              map[string][]byte
		is                 error  // of the error, if it is of a kind
		want               string // what is opened, or the error; DIR stands for the folder
	}{
		{"a folder of IDX files", "images", "DIR", mnist, nil, "mnist (3, 1, 2, 2) 10"},
		{"a folder of pictures in two parts", "images", "DIR", parted(), nil, "set (3, 3, 1, 2) 2"},
		{"a folder of pictures", "images", "DIR/train", parted(), nil, "train (2, 3, 1, 2) 2"},
		{"a text", "text", "DIR/verse.txt", text, nil, `verse "abcdefghijklmnopqr" "st"`},
		{"a table", "table", "DIR/t.csv", text, nil, "t [a] (2, 1)"},

		{"pairs of a file", "pairs", "DIR/p.txt", sentences, nil, "p [{a A}] 1"},
		{"pairs of two files", "pairs", "DIR/two", sentences, nil, "two [{x X}] 1"},
		{"labelled sentences of two files", "labelled", "DIR/two", sentences, nil, "two [de en] 3 1"},
		{"labelled sentences of a folder", "labelled", "DIR/f", sentences, nil, "f [a b] 3 1"},
		{"a series", "series", "DIR/t.csv", text, nil, "t b [2 4 6]"},

		{"a text for pairs", "pairs", "prose", nil, nil, "prose is text, want pairs"},
		{"pairs for labelled sentences", "labelled", "sums", nil, nil, "sums is pairs, want labelled sentences"},
		{"labelled sentences for a series", "series", "reviews", nil, nil,
			"reviews is labelled sentences, want a series"},
		{"a series for a table", "table", "sine", nil, nil, "sine is a series, want a table"},
		{"pairs of an unknown name, nearest first", "pairs", "sorts", nil, os.ErrNotExist,
			"sorts: neither a known name (sort, "},
		{"pairs of three files", "pairs", "DIR/three", sentences, ErrDamaged,
			"DIR/three: not two files of pairs but 3 are called so with an ending"},
		{"pairs that are not there", "pairs", "DIR/void", text, os.ErrNotExist,
			"DIR/void: neither a known name (sums, reverse, sort, phrases) nor a file or folder: no such file or " +
				"directory"},
		{"labelled sentences that are not there", "labelled", "DIR/void", text, os.ErrNotExist,
			"DIR/void: neither a known name (reviews, languages) nor a file or folder: no such file or directory"},
		{"a series that is not there", "series", "DIR/none", text, os.ErrNotExist,
			"DIR/none: neither a known name (sine) nor a file: no such file or directory"},

		{"text for images", "images", "prose", nil, nil, "prose is text, want images"},
		{"a table for text", "text", "moons", nil, nil, "moons is a table, want text"},
		{"images for a table", "table", "mnist", nil, nil, "mnist is images, want a table"},
		{"an unknown name, nearest first", "images", "minst", nil, os.ErrNotExist,
			"minst: neither a known name (mnist, digits) nor a folder: no such file or directory"},
		{"a path that is not there", "images", "DIR/none", text, os.ErrNotExist,
			"DIR/none: neither a known name (digits, mnist) nor a folder: no such file or directory"},
		{"a text that is not there", "text", "DIR/none", text, os.ErrNotExist,
			"DIR/none: neither a known name (prose) nor a file: no such file or directory"},
		{"a table that is not there", "table", "DIR/none", text, os.ErrNotExist,
			"DIR/none: neither a known name (moons) nor a file: no such file or directory"},
		{"a file for a folder", "images", "DIR/t.csv", text, ErrDamaged,
			"DIR/t.csv: not a folder, and images are in folders"},
		{"an IDX file for its folder", "images", "DIR/train-images-idx3-ubyte", half, ErrDamaged,
			"DIR/train-images-idx3-ubyte: not a folder, and images are in folders; name that of the IDX files, DIR"},
		{"a folder for a file", "table", "DIR", text, nil, "DIR: not a regular file (a folder)"},
		{"a folder of neither form", "images", "DIR", text, os.ErrNotExist,
			"DIR: has neither train-images-idx3-ubyte and the other files of MNIST's form nor pictures in a folder " +
				"for each class: "},
		{"a folder of which an IDX file is missing", "images", "DIR", half, os.ErrNotExist,
			"DIR: has neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz"},
		{"a text of no UTF-8", "text", "DIR/latin.txt", text, ErrDamaged, "DIR/latin.txt: offset 0: not UTF-8"},
		{"a text that leaves one character to test with", "text", "DIR/short.txt", text, ErrDamaged,
			"DIR/short.txt: too short a text to learn from (10 characters)"},
		{"an empty text", "text", "DIR/none.txt", text, ErrDamaged,
			"DIR/none.txt: too short a text to learn from (0 characters)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := tree(t, c.files)
			in := func(s string) string { return filepath.FromSlash(strings.ReplaceAll(s, "DIR", dir)) }
			got, err := opened(context.Background(), c.kind, in(c.source))
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, in(c.want)) {
				t.Errorf("got  %s\nwant %s", got, in(c.want))
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
		})
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, s := range Sources() {
		if _, err := opened(stopped, s.Kind, s.Name); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: got %v", s.Name, err)
		}
	}
	_, err := OpenTable(context.Background(), "moons", TableOptions{Target: "sun"}, nil)
	if err == nil || err.Error() != `moons: there is no target "sun"; known is moon` {
		t.Errorf("a target of the built-in table: got %v", err)
	}
}

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

func ExampleOpenText() {
	prose, err := OpenText(context.Background(), "prose", nil)
	fmt.Println(len(prose.Train), len(prose.Test), prose.Vocabulary.Len(), err)
	// Output:
	// 225280 25032 52 <nil>
}

func ExampleOpenTable() {
	moons, err := OpenTable(context.Background(), "moons", TableOptions{}, nil)
	moons = moons.Standardize()
	fmt.Println(moons.Features, moons.Classes, slices.Max(moons.Train.X.F32) < 3, err)
	// Output:
	// [x y] [upper lower] true <nil>
}

func ExampleOpenPairs() {
	sums, err := OpenPairs(context.Background(), "sums", SentenceOptions{}, nil)
	fmt.Println(len(sums.Train), len(sums.Test), sums.Train[0], err)
	_, err = OpenPairs(context.Background(), "moons", SentenceOptions{}, nil)
	fmt.Println(err)
	// Output:
	// 10000 1000 {155+26 181} <nil>
	// moons is a table, want pairs
}

func ExampleOpenLabelled() {
	reviews, err := OpenLabelled(context.Background(), "reviews", SentenceOptions{}, nil)
	fmt.Println(len(reviews.Train), len(reviews.Test), reviews.Classes, err)
	// Output:
	// 4000 1000 [neg pos] <nil>
}

func ExampleOpenSeries() {
	sine, err := OpenSeries(context.Background(), "sine", SeriesOptions{}, nil)
	fmt.Printf("%d values, learnt from up to %d; persistence %.2f; %v\n", len(sine.Values), sine.Cut,
		sine.Persistence(), err)
	// Output:
	// 1000 values, learnt from up to 800; persistence 0.23; <nil>
}

// TestOpenPairsSwapped: the second sentences of a known name become the sources, with their words.
func TestOpenPairsSwapped(t *testing.T) {
	there, err := OpenPairs(t.Context(), "phrases", SentenceOptions{}, nil)
	back, failed := OpenPairs(t.Context(), "phrases", SentenceOptions{Swap: true}, nil)
	if err != nil || failed != nil || len(back.Train) != len(there.Train) || len(back.Test) != len(there.Test) {
		t.Fatal(err, failed)
	}
	for i, pair := range there.Train {
		if want := (SentencePair{pair.Target, pair.Source}); back.Train[i] != want {
			t.Fatalf("pair %d is %v, want %v", i, back.Train[i], want)
		}
	}
	if back.Source.Len() != there.Target.Len() || back.Target.Len() != there.Source.Len() ||
		back.Source.Len() == there.Source.Len() {
		t.Errorf("the sources have %d words and the targets %d; before it was %d and %d", back.Source.Len(),
			back.Target.Len(), there.Source.Len(), there.Target.Len())
	}
}
