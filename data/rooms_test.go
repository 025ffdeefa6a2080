package data_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/internal/trial"
	"github.com/stheno-ml/stheno/data/subword"
	"github.com/stheno-ml/stheno/data/table"
)

// TestSequenceLimits: what the readers of sequences refuse for its size they refuse unread.
func TestSequenceLimits(t *testing.T) {
	dir := trial.WriteFiles(t, map[string][]byte{"small": []byte(byteTokens())})
	small, huge := filepath.Join(dir, "small"), filepath.Join(dir, "huge")
	if err := errors.Join(os.WriteFile(huge, nil, 0o644), os.Truncate(huge, 1<<40)); err != nil {
		t.Skip(err)
	}
	for _, row := range []struct {
		name string
		read func() error
	}{
		{"an encoder", func() error { _, err := subword.ReadBPE(huge, small); return err }},
		{"merges", func() error { _, err := subword.ReadBPE(small, huge); return err }},
		{"a vocabulary of pieces", func() error { _, err := subword.ReadWordPiece(huge, false); return err }},
		{"pairs", func() error { _, err := corpus.ReadPairs(huge, corpus.Options{}); return err }},
		{"pairs in Latin-1",
			func() error {
				_, err := corpus.ReadPairs(huge, corpus.Options{Encoding: corpus.Latin1})
				return err
			}},
		{"pairs of two files", func() error {
			_, err := corpus.ReadParallel(small, huge, corpus.Options{})
			return err
		}},
		{"labelled sentences", func() error { _, err := corpus.ReadLabelled(dir, corpus.Options{}); return err }},
		{"a series", func() error { _, err := table.ReadSeries(huge, table.SeriesOptions{}); return err }},
	} {
		t.Run(row.name, func(t *testing.T) {
			var err error
			n, took := trial.Spent(func() { err = row.read() })
			if !errors.Is(err, data.ErrDamaged) || !strings.Contains(err.Error(), "too large") {
				t.Errorf("got %v", err)
			}
			if n > 2<<20 || took > 5*time.Second {
				t.Errorf("%d bytes allocated in %v", n, took)
			}
		})
	}
}

// TestSourcesOpen: each name is there once, tells what it is, and opens as its kind.
func TestSourcesOpen(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range data.Sources() {
		if seen[s.Name] || s.About == "" {
			t.Errorf("%s is there twice, or tells nothing", s.Name)
		}
		if seen[s.Name] = true; s.Name == "mnist" {
			continue // which is downloaded
		}
		name, n, err := "", 0, error(nil)
		switch ctx := context.Background(); s.Kind {
		case "images":
			var set data.Images
			set, err = data.OpenImages(ctx, s.Name, data.FolderOptions{}, nil)
			name, n = set.Name, set.Train.Len()*set.Test.Len()*len(set.Classes)
		case "text":
			var set corpus.Text
			set, err = corpus.OpenText(ctx, s.Name, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Vocabulary.Len()
		case "lines":
			var set corpus.Lines
			set, err = corpus.OpenLines(ctx, s.Name, corpus.Options{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Words.Len()
		case "table":
			var set table.Table
			set, err = table.Open(ctx, s.Name, table.Options{}, nil)
			name, n = set.Name, set.Train.Len()*set.Test.Len()*len(set.Features)
		case "pairs":
			var set corpus.Parallel
			set, err = corpus.OpenPairs(ctx, s.Name, corpus.Options{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Source.Len()*set.Target.Len()
		case "labelled":
			var set corpus.Labelled
			set, err = corpus.OpenLabelled(ctx, s.Name, corpus.Options{}, nil)
			name, n = set.Name, len(set.Train)*len(set.Test)*set.Words.Len()*len(set.Classes)
		case "series":
			var set table.Series
			set, err = table.OpenSeries(ctx, s.Name, table.SeriesOptions{}, nil)
			name, n = set.Name, len(set.Values)*set.Cut
		case "sounds":
			var set data.Sounds
			set, err = data.OpenSounds(ctx, s.Name, data.SoundOptions{}, nil)
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
		set, err := data.OpenImages(ctx, source, data.FolderOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Train.X.Shape, " ", len(set.Classes)), err
	case "text":
		set, err := corpus.OpenText(ctx, source, nil)
		return fmt.Sprintf("%s %q %q", set.Name, set.Train, set.Test), err
	case "pairs":
		set, err := corpus.OpenPairs(ctx, source, corpus.Options{}, nil)
		return fmt.Sprint(set.Name, " ", set.Train, " ", len(set.Test)), err
	case "labelled":
		set, err := corpus.OpenLabelled(ctx, source, corpus.Options{}, nil)
		return fmt.Sprint(set.Name, " ", set.Classes, " ", len(set.Train), " ", len(set.Test)), err
	case "series":
		set, err := table.OpenSeries(ctx, source, table.SeriesOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Column, " ", set.Values), err
	}
	if kind == "sounds" {
		set, err := data.OpenSounds(ctx, source, data.SoundOptions{}, nil)
		return fmt.Sprint(set.Name, " ", set.Classes, " ", set.Train.Len(), " ", set.Test.Len()), err
	}
	set, err := table.Open(ctx, source, table.Options{}, nil)
	return fmt.Sprint(set.Name, " ", set.Features, " ", set.Train.X.Shape), err
}

func TestOpen(t *testing.T) {
	mnist := map[string][]byte{}
	for name, b := range data.SmallMNIST() {
		mnist[name] = b
	}
	text := map[string][]byte{"verse.txt": []byte("abcdefghijklmnopqrst"), "short.txt": []byte("abcdefghij"),
		"none.txt": nil, "latin.txt": []byte("\xe9"), "t.csv": []byte("a,b\n1,2\n3,4\n5,6\n")}
	sentences := map[string][]byte{"p.txt": []byte("a\tA\nb\tB\n"), "two.de": []byte("x\ny\n"),
		"two.en": []byte("X\nY\n"), "f/a": []byte("x\ny\n"), "f/b": []byte("z\nw\n"), "three.a": nil, "three.b": nil,
		"three.c": nil}
	half := map[string][]byte{data.TrainImages: mnist[data.TrainImages],
		"a/x.png": trial.PNG(data.Square(1, 1, data.Red))}
	for _, c := range []struct {
		name, kind, source string
		files              map[string][]byte
		is                 error  // of the error, if it is of a kind
		want               string // what is opened, or the error; DIR stands for the folder
	}{
		{"a folder of IDX files", "images", "DIR", mnist, nil, "mnist (3, 1, 2, 2) 10"},
		{"a folder of pictures in two parts", "images", "DIR", data.Parted(), nil, "set (3, 3, 1, 2) 2"},
		{"a folder of pictures", "images", "DIR/train", data.Parted(), nil, "train (2, 3, 1, 2) 2"},
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
		{"pairs of three files", "pairs", "DIR/three", sentences, data.ErrDamaged,
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
		{"a file for a folder", "images", "DIR/t.csv", text, data.ErrDamaged,
			"DIR/t.csv: not a folder, and images are in folders"},
		{"an IDX file for its folder", "images", "DIR/train-images-idx3-ubyte", half, data.ErrDamaged,
			"DIR/train-images-idx3-ubyte: not a folder, and images are in folders; name that of the IDX files, DIR"},
		{"a folder for a file", "table", "DIR", text, nil, "DIR: not a regular file (a folder)"},
		{"a folder of neither form", "images", "DIR", text, os.ErrNotExist,
			"DIR: has neither train-images-idx3-ubyte and the other files of MNIST's form nor pictures in a folder " +
				"for each class: "},
		{"a folder of which an IDX file is missing", "images", "DIR", half, os.ErrNotExist,
			"DIR: has neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz"},
		{"a text of no UTF-8", "text", "DIR/latin.txt", text, data.ErrDamaged, "DIR/latin.txt: offset 0: not UTF-8"},
		{"a text that leaves one character to test with", "text", "DIR/short.txt", text, data.ErrDamaged,
			"DIR/short.txt: too short a text to learn from (10 characters)"},
		{"an empty text", "text", "DIR/none.txt", text, data.ErrDamaged,
			"DIR/none.txt: too short a text to learn from (0 characters)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := trial.Tree(t, c.files)
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
	for _, s := range data.Sources() {
		if _, err := opened(stopped, s.Kind, s.Name); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: got %v", s.Name, err)
		}
	}
	_, err := table.Open(context.Background(), "moons", table.Options{Target: "sun"}, nil)
	if err == nil || err.Error() != `moons: there is no target "sun"; known is moon` {
		t.Errorf("a target of the built-in table: got %v", err)
	}
}

// byteTokens are the tokens of the 256 bytes as GPT-2 writes them: a byte that shows as nothing is a letter behind
// them.
func byteTokens() string {
	ids, more := map[string]int{}, rune(256)
	for b := range rune(256) {
		if b < '!' || b > '~' && b < '¡' || b == '\u00ad' {
			ids[string(more)] = int(b)
			more++
			continue
		}
		ids[string(b)] = int(b)
	}
	b, _ := json.Marshal(ids)
	return string(b)
}
