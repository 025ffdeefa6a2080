package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/data/internal/trial"
	"github.com/stheno-ml/stheno/data/table"
)

// TestReadLabelledTable: sentences and classes are those of two columns, whatever they are called.
func TestReadLabelledTable(t *testing.T) {
	dir := trial.Tree(t, map[string][]byte{
		"named.csv":  []byte("label,text\npos,\"good, \"\"very\"\" good\"\nneg,bad\npos,fine\nneg,worse\n"),
		"stars.tsv":  []byte("review\tstars\nfine\t10\npoor\t2\nok\t10\npoor\t2\n"),
		"bare.csv":   []byte("good,1\nbad,0\nfine,1\nworse,0\n"),
		"latin.csv":  []byte("text,label\n\xe9t\xe9,a\nhiver,b\nprintemps,a\nautomne,b\n"),
		"empty.csv":  nil,
		"gap.csv":    []byte("text,label\ngood,a\n,b\n"),
		"none.csv":   []byte("text,label\ngood,a\nbad,NA\n"),
		"one.csv":    []byte("text,label\ngood,a\nbad,a\n"),
		"long.csv":   []byte("text,label\ngood,a\n" + strings.Repeat("x", read.MaxSentence+1) + ",b\n"),
		"ragged.csv": []byte("text,label\ngood,a\nbad\n"),
		"quote.csv":  []byte("text,label\n\"good,a\n"),
	})
	for _, c := range []struct {
		name, file string
		o          Options
		want       string // classes, and the sentences with their labels, or the error behind the path
	}{
		{"columns of the usual names", "named.csv", Options{},
			`[neg pos] ["good, \"very\" good" 1] ["bad" 0] ["fine" 1] ["worse" 0]`},
		{"columns by name", "stars.tsv", Options{Text: "review", Label: "stars"},
			`[2 10] ["fine" 1] ["poor" 0] ["ok" 1] ["poor" 0]`},
		{"columns by number", "bare.csv", Options{Text: "1", Label: "2"},
			`[0 1] ["good" 1] ["bad" 0] ["fine" 1] ["worse" 0]`},
		{"Latin-1", "latin.csv", Options{Encoding: Latin1},
			`[a b] ["été" 0] ["hiver" 1] ["printemps" 0] ["automne" 1]`},

		{"Latin-1 that is not told", "latin.csv", Options{},
			": offset 11: not UTF-8 (byte 0xe9); save it as UTF-8"},
		{"a column that is not there", "stars.tsv", Options{},
			`: there is no column "text"; known are stars, review`},
		{"a column of a table without names", "bare.csv", Options{},
			`: there is no column "text"; its columns have no names but the numbers 1 to 2`},
		{"an empty file", "empty.csv", Options{}, ": too few rows (got 0, want at least 2)"},
		{"a row without a sentence", "gap.csv", Options{}, ": line 3, column 1 (text): no sentence"},
		{"a row without a class", "none.csv", Options{},
			`: line 3, column 2 (label): the target is missing (got "NA")`},
		{"one class", "one.csv", Options{}, ": column 2 (label): all rows are of one class, a"},
		{"a sentence beyond all", "long.csv", Options{},
			": line 3, column 1 (text): too long (got 65537 bytes, want at most 65536)"},
		{"a row with too few fields", "ragged.csv", Options{},
			": line 3: wrong number of fields (got 1, line 1 has 2)"},
		{"a quote that never ends", "quote.csv", Options{},
			`: line 2, byte 9: extraneous or missing " in quoted-field`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			l, err := ReadLabelled(path, c.o)
			var list []string
			for _, s := range append(slices.Clone(l.Train), l.Test...) {
				list = append(list, fmt.Sprintf("[%q %d]", s.Text, s.Label))
			}
			if err != nil {
				got := strings.TrimPrefix(err.Error(), path)
				if !strings.HasPrefix(got, c.want) ||
					errors.Is(err, data.ErrDamaged) == errors.Is(err, table.ErrNoColumn) {
					t.Errorf("got  %s (damaged %v, no column %v)\nwant %s", got, errors.Is(err, data.ErrDamaged),
						errors.Is(err, table.ErrNoColumn), c.want)
				}
				return
			}
			want := strings.SplitAfterN(c.want, "] ", 2)
			if got := fmt.Sprint(l.Classes, " "); got != want[0] {
				t.Errorf("the classes are %s, want %s", got, want[0])
			}
			for _, s := range list { // the parts are drawn, so the order is not the file's
				if !strings.Contains(want[1], s) {
					t.Errorf("%s is not of the file", s)
				}
			}
			if n := strings.Count(want[1], "["); n != len(list) {
				t.Errorf("there are %d sentences, want %d", len(list), n)
			}
		})
	}
}

// TestPairInAFolder: the two files NAME.neg and NAME.pos are taken among others, if there is one such name.
func TestPairInAFolder(t *testing.T) {
	two := lined(4, func(i int) string { return fmt.Sprint("x ", i) })
	dir := trial.Tree(t, map[string][]byte{"a/r.neg": two, "a/r.pos": two, "a/names.txt": two, "a/deep/b": two,
		"b/r.neg": two, "b/r.pos": two, "b/s.neg": two, "b/s.pos": two, "c/r.neg": two, "c/s.pos": two})
	for _, c := range []struct{ name, folder, want string }{
		{"a pair among others", "a", "[neg pos]"},
		{"two pairs, which are four classes", "b", "[r.neg r.pos s.neg s.pos]"},
		{"files that are no pair", "c", "[r s]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := ReadLabelled(filepath.Join(dir, c.folder), Options{})
			if got := fmt.Sprint(l.Classes); got != c.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	dir := trial.Tree(t, map[string][]byte{"a.txt": []byte("un été\r\n\n  deux \n"),
		"b.csv": []byte("text,n\nun,1\ndeux,2\n"), "row.csv": []byte("text\nun\n"), "head.csv": []byte("text,n\n"),
		"none.txt": []byte("\n \n"), "bad.txt": []byte("a\n\xff")})
	for _, c := range []struct {
		name, file, want string
	}{
		{"lines, without the empty ones", "a.txt", `["un été" "deux"]`},
		{"a column", "b.csv", `["un" "deux"]`},
		{"one row", "row.csv", `["un"]`},
		{"no row", "head.csv", "head.csv: too few rows (got 0, want at least 1)"},
		{"no sentence", "none.txt", "none.txt: no sentence"},
		{"no UTF-8", "bad.txt", "bad.txt: offset 2: not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := ReadSentences(filepath.Join(dir, c.file), Options{})
			if got := fmt.Sprintf("%q %v", list, err); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if err != nil && !errors.Is(err, data.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
		})
	}
	if _, err := ReadSentences(filepath.Join(dir, "c.csv"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// The sentences of a text that is read already, such as standard input.
func ExampleSentences() {
	list, err := Sentences("standard input", []byte("the plot is dull\n\nthe cast is fine\n"), Options{})
	fmt.Printf("%q %v\n", list, err)
	// Output: ["the plot is dull" "the cast is fine"] <nil>
}
