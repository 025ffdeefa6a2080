// This file holds labelled sentences that stand in the columns of a table, and lists of sentences without labels.

package data

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
)

// isTable reports a path that ends as tables do.
func isTable(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".csv" || ext == ".tsv"
}

// readLabelledTable reads the sentences and the classes of two columns.
func readLabelledTable(path string, o SentenceOptions) (Labelled, error) {
	g, err := readEncodedRows(path, o.Encoding, 2)
	if err != nil {
		return Labelled{}, err
	}
	text, err := g.find(cmp.Or(o.Text, "text"))
	if err != nil {
		return Labelled{}, err
	}
	label, err := g.find(cmp.Or(o.Label, "label"))
	if err != nil {
		return Labelled{}, err
	}
	classes, err := g.target(label, true)
	if err != nil {
		return Labelled{}, err
	}
	sentences, err := g.sentences(text)
	if err != nil {
		return Labelled{}, err
	}
	l := Labelled{Name: baseName(path), Classes: classes.names}
	all := make([]LabelledSentence, len(sentences))
	for i, s := range sentences {
		all[i] = LabelledSentence{s, classes.codes[i]}
	}
	return l.part(path, all, o)
}

// readEncodedRows is readRows of a file of an encoding.
func readEncodedRows(path string, e Encoding, least int) (*grid, error) {
	text, err := readEncoded(path, e)
	if err != nil {
		return nil, err
	}
	if len(text) > maxTable {
		return nil, damaged(path, maxTable, "too large (got %d bytes of text, want at most %d)", len(text), maxTable)
	}
	return readRows(path, text, least)
}

// sentences reads the sentences of a column.
func (g *grid) sentences(column int) ([]string, error) {
	list := make([]string, len(g.rows))
	for i, row := range g.rows {
		switch list[i] = row[column]; {
		case list[i] == "":
			return nil, g.damaged(i, column, "no sentence")
		case len(list[i]) > maxSentence:
			return nil, g.damaged(i, column, "too long (got %d bytes, want at most %d)", len(list[i]), maxSentence)
		}
	}
	return list, nil
}

// ReadSentences reads sentences without labels: those of a column of a table, if the path ends in .csv or .tsv, or
// else one a line, empty lines left out. Of the options Encoding and Text count. What the file does wrong is
// [ErrDamaged] as [ReadLabelled] has it; no sentence at all is wrong too.
func ReadSentences(path string, o SentenceOptions) ([]string, error) {
	if isTable(path) {
		g, err := readEncodedRows(path, o.Encoding, 1)
		if err != nil {
			return nil, err
		}
		text, err := g.find(cmp.Or(o.Text, "text"))
		if err != nil {
			return nil, err
		}
		return g.sentences(text)
	}
	b, err := readBytes(path, maxTable)
	if err != nil {
		return nil, err
	}
	return Sentences(path, b, o)
}

// Sentences returns the sentences of a text that is read already, one a line, as [ReadSentences] does. Name is that of
// where it comes from, for errors.
func Sentences(name string, text []byte, o SentenceOptions) (list []string, err error) {
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
		return nil, damage(fmt.Sprintf("%s: no sentence", name))
	}
	return list, nil
}
