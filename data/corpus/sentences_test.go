package corpus

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

// shared is where data for development lies; tests of it are skipped where it is absent.
var shared = filepath.Join("..", "..", "..", "shared", "data")

// lined is a file of n lines, each of which what makes of its number.
func lined(n int, line func(i int) string) []byte {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return []byte(b.String())
}

// within replaces DIR in a table's row by a folder.
func within(dir, s string) string { return filepath.FromSlash(strings.ReplaceAll(s, "DIR", dir)) }

// checkError wants an error that begins so, of a kind if kind is not nil.
func checkError(t *testing.T, err error, want string, kind error) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("%v is not %v", err, kind)
	}
}

func TestReadPairs(t *testing.T) {
	dir := trial.Tree(t, map[string][]byte{
		"ten.txt":   lined(10, func(i int) string { return fmt.Sprintf(" a%d b \tA%d\tby nobody\tat all\r", i, i) }),
		"two.txt":   []byte("un été\tsummer\nun hiver\twinter"),
		"twice.txt": []byte("a\tb\na\tc\n"),
		"one.txt":   []byte("a\tb\n"),
		"none.txt":  nil,
		"no.txt":    []byte("a\tb\nno tab\n"),
		"wide.txt":  []byte(strings.Repeat("é", 100)),
		"half.txt":  []byte("a\tb\nc\t \n"),
		"long.txt":  []byte("a\tb\n" + strings.Repeat("x", read.MaxSentence) + "\ty\n"),
		"latin.txt": []byte("\xe9t\xe9 \x93\x85\x94\tsummer\nhiver\twinter\n"),
		"un.txt":    []byte("\x81\tsummer\n"),
		"zero.txt":  []byte("a\x00\tsummer\n"),
	})
	ten, err := ReadPairs(filepath.Join(dir, "ten.txt"), Options{})
	if err != nil || ten.Name != "ten" || len(ten.Train) != 8 || len(ten.Test) != 2 || ten.LeftOut != 0 {
		t.Fatalf("got %v, %v", ten, err)
	}
	for _, pair := range append(slices.Clone(ten.Train), ten.Test...) {
		if len(pair.Source) != 4 || pair.Target != "A"+pair.Source[1:2] {
			t.Errorf("got %q", pair)
		}
	}
	again, err := ReadPairs(filepath.Join(dir, "ten.txt"), Options{Seed: 1})
	if err != nil || slices.Equal(ten.Test, again.Test) {
		t.Errorf("another seed draws %v too, %v", again.Test, err)
	}
	if got := ten.Source.Len(); got != data.End+1+9 {
		t.Errorf("the vocabulary of 8 pairs has %d words", got)
	}
	swapped, err := ReadPairs(filepath.Join(dir, "ten.txt"), Options{Swap: true, HeldOut: .5})
	if err != nil || swapped.Train[0].Source[0] != 'A' || len(swapped.Test) != 5 {
		t.Errorf("got %v, %v", swapped.Train, err)
	}
	latin, err := ReadPairs(filepath.Join(dir, "latin.txt"), Options{Encoding: Latin1})
	if all := fmt.Sprint(latin.Train, latin.Test); err != nil || !strings.Contains(all, "{été “…” summer}") {
		t.Errorf("got %s, %v", all, err)
	}
	for _, c := range []struct {
		name, path string
		o          Options
		want       string
		kind       error
	}{
		{"all of one source", "DIR/twice.txt", Options{},
			"DIR/twice.txt: no sentence is left to learn from: those of all 2 lines are in the test part",
			data.ErrDamaged},
		{"one pair", "DIR/one.txt", Options{}, "DIR/one.txt: too few sentences (got 1, want at least 2)",
			data.ErrDamaged},
		{"nothing", "DIR/none.txt", Options{}, "DIR/none.txt: too few sentences (got 0, want at least 2)",
			data.ErrDamaged},
		{"a line of one sentence", "DIR/no.txt", Options{},
			`DIR/no.txt: line 2: not two sentences with a tab between them (got "no tab")`, data.ErrDamaged},
		{"a long line of one sentence", "DIR/wide.txt", Options{},
			`DIR/wide.txt: line 1: not two sentences with a tab between them (got "` + strings.Repeat("é", 60) + `…")`,
			data.ErrDamaged},
		{"a line of half a pair", "DIR/half.txt", Options{},
			`DIR/half.txt: line 2: not two sentences with a tab between them (got "c\t ")`, data.ErrDamaged},
		{"a line that is too long", "DIR/long.txt", Options{},
			"DIR/long.txt: line 2: too long (got 65538 bytes, want at most 65536)", data.ErrDamaged},
		{"Latin-1 that is not said to be", "DIR/latin.txt", Options{},
			"DIR/latin.txt: offset 0: not UTF-8 (byte 0xe9); save it as UTF-8", data.ErrDamaged},
		{"a byte that no encoding has", "DIR/un.txt", Options{Encoding: Latin1},
			"DIR/un.txt: offset 0: not Latin-1 (byte 0x81)", data.ErrDamaged},
		{"a zero byte", "DIR/zero.txt", Options{Encoding: Latin1},
			"DIR/zero.txt: offset 1: a zero byte, which no text has", data.ErrDamaged},
		{"no such encoding", "DIR/two.txt", Options{Encoding: 2},
			"DIR/two.txt: there is no encoding 2; known are UTF8 and Latin1", nil},
		{"no such splitting", "DIR/two.txt", Options{Target: data.WordOptions{Split: 3}},
			"DIR/two.txt: there is no Splitting(3); known are BySpace, ByWord and ByCharacter", nil},
		{"a share beyond one", "DIR/two.txt", Options{HeldOut: 1},
			"DIR/two.txt: the share held out is 1, want it between 0 and 1", nil},
		{"a share that is no number", "DIR/two.txt", Options{HeldOut: math.NaN()},
			"DIR/two.txt: the share held out is NaN, want it between 0 and 1", nil},
		{"all too long", "DIR/two.txt", Options{Longest: 1},
			"DIR/two.txt: too few sentences (got 0, want at least 2)", data.ErrDamaged},
		{"a missing file", "DIR/missing", Options{}, "", os.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadPairs(within(dir, c.path), c.o)
			checkError(t, err, within(dir, c.want), c.kind)
		})
	}
}

// TestPairsAreParted: a source that stands several times is on one side only, and what is too long is left out and
// counted.
func TestPairsAreParted(t *testing.T) {
	path := filepath.Join(trial.Tree(t, map[string][]byte{"p": lined(100, func(i int) string {
		return fmt.Sprintf("s%d\t%s", i/3, strings.Repeat("w ", i%10+1))
	})}), "p")
	set, err := ReadPairs(path, Options{Longest: 9})
	if err != nil || set.LeftOut != 10 || len(set.Train)+len(set.Test) != 90 {
		t.Fatalf("%d, %d and %d, %v", len(set.Train), len(set.Test), set.LeftOut, err)
	}
	for _, pair := range set.Train {
		if slices.ContainsFunc(set.Test, func(p Pair) bool { return p.Source == pair.Source }) {
			t.Errorf("%s is in both parts", pair.Source)
		}
	}
	train, test := set.Sequences()
	if train.Len() != len(set.Train) || test.Len() != len(set.Test) || slices.Contains(train.X[0], data.Unknown) ||
		!slices.Contains(test.X[0], data.Unknown) {
		t.Errorf("the words of the training part are not those of the vocabulary: %v, %v", train.X[0], test.X[0])
	}
}

func TestReadParallel(t *testing.T) {
	dir := trial.Tree(t, map[string][]byte{"a.en": []byte("one\ntwo\nthree"), "a.de": []byte("eins\nzwei\ndrei\n"),
		"b.de": []byte("eins\nzwei\n"), "c.de": []byte("eins\n\ndrei\n")})
	set, err := ReadParallel(filepath.Join(dir, "a.en"), filepath.Join(dir, "a.de"), Options{Swap: true})
	if err != nil || set.Name != "a" || len(set.Train) != 2 || len(set.Test) != 1 {
		t.Fatalf("got %v, %v", set, err)
	}
	if got := fmt.Sprint(set.Train, set.Test); !strings.Contains(got, "{drei three}") {
		t.Errorf("got %s", got)
	}
	for _, c := range []struct{ name, source, target, want string }{
		{"a line too few", "DIR/a.en", "DIR/b.de", "DIR/b.de: not a line for each of DIR/a.en (got 2 lines, want 3)"},
		{"an empty line", "DIR/a.en", "DIR/c.de", "DIR/c.de: line 2: no sentence"},
		{"an empty line of the source", "DIR/c.de", "DIR/a.en", "DIR/c.de: line 2: no sentence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadParallel(within(dir, c.source), within(dir, c.target), Options{})
			checkError(t, err, within(dir, c.want), data.ErrDamaged)
		})
	}
	if _, err := ReadParallel(filepath.Join(dir, "none"), filepath.Join(dir, "a.de"),
		Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestReadLabelled(t *testing.T) {
	line := func(word string) func(int) string { return func(i int) string { return fmt.Sprint(word, " ", i) } }
	dir := trial.Tree(t, map[string][]byte{
		"r.pos": lined(10, line("fine")), "r.neg": lined(30, line("dull")), "rest": nil,
		"f/good.txt": lined(4, line("x")), "f/bad.txt": lined(4, line("y")), "f/.hidden": nil,
		"m/a.txt": lined(2, line("x")), "m/a.csv": lined(2, line("y")), "m/b.txt": lined(2, line("z")),
		"one/a": lined(2, line("x")), "gap.a": []byte("x\n\nz\n"), "gap.b": []byte("x\n"), "no.a": nil,
		"no.b":     []byte("x\n"),
		"deep/a/b": nil, "deep/c": []byte("x\n"), "short.a": []byte("x\n"), "short.b": []byte("y y\nz z\n"),
		"few.a": []byte("x x\n"), "few.b": []byte("y\nz\nw\n"),
	})
	for _, c := range []struct{ name, path, want string }{
		{"files that differ in their ending", "DIR/r", "r [neg pos] 32 8, 24 6"},
		{"a folder of files", "DIR/f", "f [bad good] 6 2, 3 1"},
		{"files that differ in all", "DIR/m", "m [a.csv a.txt b.txt] 5 1, 2 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := ReadLabelled(within(dir, c.path), Options{})
			if err != nil {
				t.Fatal(err)
			}
			first := func(list []LabelledSentence) (n int) {
				for _, s := range list {
					if s.Label == 0 {
						n++
					}
				}
				return n
			}
			got := fmt.Sprint(l.Name, " ", l.Classes, " ", len(l.Train), " ", len(l.Test), ", ", first(l.Train), " ",
				first(l.Test))
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			train, test := l.Sequences()
			if train.Len() != len(l.Train) || test.Len() != len(l.Test) || len(train.Labels) != train.Len() {
				t.Errorf("%d and %d sequences", train.Len(), test.Len())
			}
		})
	}
	for _, c := range []struct {
		name, path, want string
		kind             error
	}{
		{"nothing of that name", "DIR/none", "DIR/none: neither a folder nor the begin of the paths of files: ",
			os.ErrNotExist},
		{"nothing, in a folder that is none", "DIR/none/none",
			"DIR/none/none: neither a folder nor the begin of the paths of files: ", os.ErrNotExist},
		{"one file", "DIR/rest", "DIR/rest: one file, which is one class; want a folder of files", data.ErrDamaged},
		{"a folder of one class", "DIR/one",
			"DIR/one: not a file for each of at least 2 and at most 1000 classes (got 1)", data.ErrDamaged},
		{"an empty line", "DIR/gap", "DIR/gap.a: line 2: no sentence", data.ErrDamaged},
		{"an empty file", "DIR/no", "DIR/no.a: offset 0: no sentence", data.ErrDamaged},
		{"a folder in a folder", "DIR/deep", "DIR/deep/a: not a regular file (a folder)", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadLabelled(within(dir, c.path), Options{})
			checkError(t, err, within(dir, c.want), c.kind)
		})
	}
	_, err := ReadLabelled(filepath.Join(dir, "short"), Options{Longest: 1})
	checkError(t, err, within(dir, "DIR/short: too few sentences (got 1, want at least 2)"), data.ErrDamaged)
	_, err = ReadLabelled(filepath.Join(dir, "f"), Options{HeldOut: 2})
	checkError(t, err, within(dir, "DIR/f: the share held out is 2, want it between 0 and 1"), nil)
	_, err = ReadLabelled(filepath.Join(dir, "f"), Options{Words: data.WordOptions{Split: -1}})
	checkError(t, err, within(dir, "DIR/f: there is no Splitting(-1); known are BySpace, ByWord and ByCharacter"), nil)
	_, err = ReadLabelled(filepath.Join(dir, "few"), Options{Longest: 1})
	checkError(t, err, within(dir, "DIR/few: class a has no sentence in the training part"), data.ErrDamaged)
}

// TestReadSentences: the sets that lie in shared/data are read whole: numbers of lines as their SOURCES.md has them.
func TestReadSentences(t *testing.T) {
	in := func(parts ...string) string { return filepath.Join(append([]string{shared, "text"}, parts...)...) }
	if _, err := os.Stat(in("cmn.txt")); err != nil {
		t.Skip(err)
	}
	pairs, err := ReadPairs(in("cmn.txt"), Options{Words: data.WordOptions{Split: data.ByWord, Lower: true},
		Target: data.WordOptions{Split: data.ByCharacter}})
	if n := len(pairs.Train) + len(pairs.Test); err != nil || n != 20133 || pairs.Target.Len() < 2000 {
		t.Errorf("cmn: %d pairs, %d characters, %v", n, pairs.Target.Len(), err)
	}
	captions, err := ReadParallel(in("multi30k", "train.de"), in("multi30k", "train.en"), Options{})
	if n := len(captions.Train) + len(captions.Test); err != nil || n != 29000 {
		t.Errorf("multi30k: %d pairs, %v", n, err)
	}
	reviews, err := ReadLabelled(in("rt-polarity"), Options{})
	if n := len(reviews.Train) + len(reviews.Test); err != nil || n != 2*5331 ||
		fmt.Sprint(reviews.Classes) != "[neg pos]" {
		t.Errorf("rt-polarity: %d sentences of %v, %v", n, reviews.Classes, err)
	}
}

func FuzzLatin1(f *testing.F) {
	for _, seed := range []string{"", "abc", "\x80\xff", "\x81", "a\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		text, err := fromLatin1("f", in)
		if err != nil {
			if !errors.Is(err, data.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) != len(in) {
			t.Errorf("%q was taken as %q", in, text)
		}
	})
}

// Sentences of one class a file, of which the words are numbered by the training part.
func ExampleReadLabelled() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	err = errors.Join(os.WriteFile(filepath.Join(dir, "film.neg"), []byte("a dull film\na long film\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "film.pos"), []byte("a fine film\na good film\na film\n"), 0o644))
	if err != nil {
		fmt.Println(err)
		return
	}
	films, err := ReadLabelled(filepath.Join(dir, "film"), Options{Words: data.WordOptions{Least: 2}})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _ := films.Sequences()
	rows, err := train.Padded(0, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(films.Name, films.Classes, films.Words.Symbols())
	fmt.Println("x", rows[0], "lengths", rows[1].I64, "y", rows[2].I64)
	// Output:
	// film [neg pos] [<pad> <unk> <s> </s> a film]
	// x int64 (4, 3) 4 1 5 4 1 5 4 1 5 4 5 0 lengths [3 3 3 2] y [0 0 1 1]
}

// Pairs stand on a line each, and become what an encoder reads, what a decoder is told, and what it is to say.
func ExampleReadPairs() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "fra.txt")
	if err := os.WriteFile(path, []byte("Go.\tVa !\nRun!\tCours !\nStop!\tStop !\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	o := Options{Words: data.WordOptions{Split: data.ByWord}, Target: data.WordOptions{Split: data.ByWord}}
	pairs, err := ReadPairs(path, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _ := pairs.Sequences()
	for i, pair := range pairs.Train {
		fmt.Printf("%v: %v is %q\n", pair, train.Y[i], pairs.Target.Decode(train.Y[i]))
	}
	// Output:
	// {Go. Va !}: [6 4] is "Va !"
	// {Stop! Stop !}: [5 4] is "Stop !"
}

// TestReadParallelParts: the parts of a folder are what its files say, English to the other language.
func TestReadParallelParts(t *testing.T) {
	files := map[string][]byte{
		"train.de": []byte("ein hund\nein kater\nein sehr langer satz\n"),
		"train.en": []byte("a dog\na cat\na long one\n"),
		"val.de":   []byte("zwei hunde\n"), "val.en": []byte("two dogs\n"),
		"test.de": []byte("drei\n"), "test.en": []byte("three\n"), "README": []byte("about"),
	}
	p, err := ReadParallelParts(trial.Tree(t, files), Options{Longest: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Train, p.Valid, p.Test, p.LeftOut, p.Source.Len(), p.Target.Len()); got !=
		"[{a dog ein hund} {a cat ein kater}] [{two dogs zwei hunde}] [{three drei}] 1 7 7" {
		t.Errorf("got %s", got)
	}
	swapped, err := ReadParallelParts(trial.Tree(t, files), Options{Swap: true})
	if err != nil || swapped.Test[0] != (Pair{"drei", "three"}) {
		t.Errorf("swapped it is %v, %v", swapped.Test, err)
	}
	for _, c := range []struct{ name, without, more, want string }{
		{"no test part", "test.de", "", "DIR: not two files test.LANGUAGE (got 1)"},
		{"a third language", "", "train.fr", "DIR: not two files train.LANGUAGE (got 3)"},
		{"a validation part of one language", "val.en", "", "DIR: not two files val.LANGUAGE (got 1)"},
		{"all too long", "", "", "DIR/train.en: no sentence, or none short enough"},
	} {
		t.Run(c.name, func(t *testing.T) {
			some := maps.Clone(files)
			delete(some, c.without)
			o := Options{}
			if c.more != "" {
				some[c.more] = []byte("un\n")
			}
			if strings.HasPrefix(c.name, "all") {
				o.Longest = 1
			}
			dir := trial.Tree(t, some)
			_, err := ReadParallelParts(dir, o)
			checkError(t, err, within(dir, c.want), data.ErrDamaged)
		})
	}
}
