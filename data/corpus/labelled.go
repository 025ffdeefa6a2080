// This file holds labelled sentences that stand in the columns of a table, and lists of sentences without labels.

package corpus

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
)

// isTable reports a path that ends as tables do.
func isTable(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".csv" || ext == ".tsv"
}

// readLabelledTable reads the sentences and the classes of two columns.
func readLabelledTable(path string, o Options) (Labelled, error) {
	g, err := readEncodedRows(path, o.Encoding, 2)
	if err != nil {
		return Labelled{}, err
	}
	text, err := g.Find(cmp.Or(o.Text, "text"))
	if err != nil {
		return Labelled{}, err
	}
	label, err := g.Find(cmp.Or(o.Label, "label"))
	if err != nil {
		return Labelled{}, err
	}
	classes, err := g.Target(label, true)
	if err != nil {
		return Labelled{}, err
	}
	sentences, err := sentencesOf(g, text)
	if err != nil {
		return Labelled{}, err
	}
	l := Labelled{Name: read.BaseName(path), Classes: classes.Names}
	all := make([]LabelledSentence, len(sentences))
	for i, s := range sentences {
		all[i] = LabelledSentence{s, classes.Codes[i]}
	}
	return l.part(path, all, o)
}

// readEncodedRows is [grid.ReadRows] of a file of an encoding.
func readEncodedRows(path string, e Encoding, least int) (*grid.Grid, error) {
	text, err := readEncoded(path, e)
	if err != nil {
		return nil, err
	}
	if len(text) > grid.MaxBytes {
		return nil, read.Damaged(path, grid.MaxBytes, "too large (got %d bytes of text, want at most %d)", len(text),
			grid.MaxBytes)
	}
	return grid.ReadRows(path, text, least)
}

// sentencesOf reads the sentences of a column.
func sentencesOf(g *grid.Grid, column int) ([]string, error) {
	list := make([]string, len(g.Rows))
	for i, row := range g.Rows {
		switch list[i] = row[column]; {
		case list[i] == "":
			return nil, g.Damaged(i, column, "no sentence")
		case len(list[i]) > read.MaxSentence:
			return nil, g.Damaged(i, column, "too long (got %d bytes, want at most %d)", len(list[i]),
				read.MaxSentence)
		}
	}
	return list, nil
}

// ReadSentences reads sentences without labels: those of a column of a table, if the path ends in .csv or .tsv, or
// else one a line, empty lines left out. Of the options Encoding and Text count. What the file does wrong is
// [data.ErrDamaged] as [ReadLabelled] has it; no sentence at all is wrong too.
func ReadSentences(path string, o Options) ([]string, error) {
	if isTable(path) {
		g, err := readEncodedRows(path, o.Encoding, 1)
		if err != nil {
			return nil, err
		}
		text, err := g.Find(cmp.Or(o.Text, "text"))
		if err != nil {
			return nil, err
		}
		return sentencesOf(g, text)
	}
	b, err := read.Bytes(path, grid.MaxBytes)
	if err != nil {
		return nil, err
	}
	return Sentences(path, b, o)
}

// Sentences returns the sentences of a text that is read already, one a line, as [ReadSentences] does. Name is that of
// where it comes from, for errors.
func Sentences(name string, text []byte, o Options) (list []string, err error) {
	lines, err := linesOf(name, text, o.Encoding)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	if len(list) == 0 {
		return nil, read.Damage(fmt.Sprintf("%s: no sentence", name))
	}
	return list, nil
}
