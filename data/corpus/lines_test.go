package corpus

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/internal/trial"
)

// TestReadLines: lines are parted at random, those that stand twice into one part, and what is wrong is told.
func TestReadLines(t *testing.T) {
	many := ""
	for i := range 200 {
		many += fmt.Sprintf(" n%d \r\n", i%150)
	}
	path := filepath.Join(trial.WriteFiles(t,
		map[string][]byte{"names.txt": []byte(many + strings.Repeat("x", 30))}), "names.txt")
	l, err := ReadLines(path, Options{HeldOut: .1, Longest: 20})
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "names" || l.LeftOut != 1 || len(l.Train)+len(l.Test) != 200 || len(l.Test) < 20 || len(l.Test) > 40 {
		t.Errorf("%s: %d and %d lines, %d left out", l.Name, len(l.Train), len(l.Test), l.LeftOut)
	}
	for _, line := range l.Test {
		if slices.Contains(l.Train, line) {
			t.Errorf("%q is in both parts", line)
		}
	}
	if got := strings.Join(slices.Sorted(slices.Values(l.Words.Symbols()[data.End+1:])), ""); got != "0123456789n" {
		t.Errorf("the characters are %q", got)
	}
	for _, c := range []struct{ name, in, want string }{
		{"an empty line", "a\n\nb\n", "line 2: no sentence"},
		{"two empty lines at the end", "a\nb\n\n\n", "line 3: no sentence"},
		{"one line", "a\n", "too few sentences (got 1, want at least 2)"},
		{"the same line twice", "a\na\n", "no sentence is left to learn from"},
		{"nothing", "", "too few sentences (got 0, want at least 2)"},
		{"Latin-1", "a\n\xe9\n", "offset 2: not UTF-8"},
		{"only long lines", strings.Repeat("x", 21) + "\n" + strings.Repeat("y", 21),
			"too few lines of up to 20 characters (got 0, and 2 longer ones; want at least 2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(trial.WriteFiles(t, map[string][]byte{"f": []byte(c.in)}), "f")
			_, err := ReadLines(path, Options{Longest: 20})
			if !errors.Is(err, data.ErrDamaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := OpenLines(context.Background(), "namse", Options{}, nil); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), "neither a known name (names) nor a file") {
		t.Errorf("a name that is none: %v", err)
	}
}

// TestLineRows: what is read begins with Begin, what follows ends with End, and behind both stands padding.
func TestLineRows(t *testing.T) {
	l := Lines{Train: []string{"ba", "a"}, Test: []string{"abcd"}}
	l.Words = data.NewWords(l.Train, data.WordOptions{Split: data.ByCharacter}) // a is 4, b is 5
	train, test, err := l.Rows(4)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int64{
		{data.Begin, 5, 4, 0, 0, data.Begin, 4, 0, 0, 0}, {5, 4, data.End, 0, 0, 4, data.End, 0, 0, 0},
		{data.Begin, 4, 5, data.Unknown, data.Unknown}, {4, 5, data.Unknown, data.Unknown, data.End},
	} {
		if got := append(slices.Clone(train), test...)[i]; !slices.Equal(got.I64, want) || got.Shape[1] != 5 {
			t.Errorf("tensor %d is %v, want %v", i, got, want)
		}
	}
	if train, _, err := l.Rows(9); err != nil || train[0].Shape[1] != 9 {
		t.Errorf("rows of nine are %v, %v", train[0].Shape, err)
	}
	if _, _, err := l.Rows(read.MaxCells); err == nil || !strings.Contains(err.Error(), "leave the long ones out") {
		t.Errorf("too many numbers: %v", err)
	}
}

// chances are the probabilities of what below chooses of n.
func chances(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = float64(2*(n-i)-1) / float64(n*n)
	}
	return p
}

// choice is the entropy and the mean length of what is chosen from a list.
func choice(list []string) (entropy, length float64) {
	for i, p := range chances(len(list)) {
		entropy -= p * math.Log(p)
		length += p * float64(len(list[i]))
	}
	return entropy, length
}

// nameChance is the probability of a name, which is read in one way only, and the number of ways.
func nameChance(name string, syllables int) (p float64, ways int) {
	begins, middles := chances(len(nameBegins)), chances(len(nameMiddles))
	vowels, ends := chances(len(nameVowels)), chances(len(nameEnds))
	var rest func(s string, left int) (float64, int)
	vowel := func(s string, left int) (p float64, ways int) {
		for i, v := range nameVowels {
			if after, ok := strings.CutPrefix(s, v); ok {
				q, n := rest(after, left-1)
				p, ways = p+vowels[i]*q, ways+n
			}
		}
		return p, ways
	}
	rest = func(s string, left int) (p float64, ways int) {
		if left == 0 {
			if i := slices.Index(nameEnds, s); i >= 0 {
				return ends[i], 1
			}
			return 0, 0
		}
		for i, c := range nameMiddles {
			if after, ok := strings.CutPrefix(s, c); ok {
				q, n := vowel(after, left)
				p, ways = p+middles[i]*q, ways+n
			}
		}
		return p, ways
	}
	for i, c := range nameBegins {
		if after, ok := strings.CutPrefix(name, c); ok {
			q, n := vowel(after, syllables)
			p, ways = p+begins[i]*q, ways+n
		}
	}
	return p, ways
}

// TestNamesEntropy: the entropy is that of the choices by the length that they make; each name can be read in one way
// only, so that it is that of the names; and on the test part the true probabilities come to about it.
func TestNamesEntropy(t *testing.T) {
	begin, beginLength := choice(nameBegins)
	middle, middleLength := choice(nameMiddles)
	vowel, vowelLength := choice(nameVowels)
	end, endLength := choice(nameEnds)
	more, entropy := 0., 0. // syllables behind the first
	for i, p := range chances(3) {
		more += float64(i+1) * p
		entropy -= p * math.Log(p)
	}
	entropy += begin + vowel + more*(middle+vowel) + end
	length := beginLength + vowelLength + more*(middleLength+vowelLength) + endLength + 1
	if got := entropy / length; math.Abs(got-NamesEntropy) > 5e-4 {
		t.Errorf("the entropy is %.4f nats a character, want %v", got, NamesEntropy)
	}
	nats, characters := 0., 0
	for _, name := range Names(0).Test {
		p, ways := 0., 0
		for i, chance := range chances(3) {
			q, n := nameChance(name, i+2)
			p, ways = p+chance*q, ways+n
		}
		if ways != 1 {
			t.Fatalf("%q can be read in %d ways", name, ways)
		}
		nats -= math.Log(p)
		characters += len(name) + 1
	}
	if got := nats / float64(characters); math.Abs(got-NamesEntropy) > .03 {
		t.Errorf("the test part has %.4f nats a character, want about %v", got, NamesEntropy)
	}
	if _, ways := nameChance("qa", 1); ways != 0 {
		t.Error("negative control: what is no name can be read")
	}
}

// The built-in names need no file.
func ExampleNames() {
	names := Names(0)
	train, test, err := names.Rows(0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train[0].Shape, test[0].Shape, names.Words.Len())
	fmt.Println(strings.Join(names.Train[:6], " "))
	// Output:
	// (9000, 15) (1000, 15) 28
	// hoder naman thotand brariar thukulivaer sagaend
}

// A file of names, one a line, of which a fifth is held out.
func ExampleReadLines() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "days.txt")
	if err := os.WriteFile(path, []byte("monday\ntuesday\nwednesday\nfriday\nsunday\n"), 0o644); err != nil {
		log.Print(err)
		return
	}
	l, err := ReadLines(path, Options{})
	fmt.Println(l.Train, l.Test, l.Words.Len(), err)
	// Output: [tuesday wednesday friday sunday] [monday] 16 <nil>
}
