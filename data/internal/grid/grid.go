// This file holds the reader of tables of text: comma-separated values and their kin.

package grid

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/internal/near"
)

// A Grid is a table as it stands in a file: fields of text, without the white space around them.
type Grid struct {
	File  string
	comma bool       // numbers may be written as 1,5
	Names []string   // of the columns; nil when the file has none
	Rows  [][]string // all of one length
	Lines []int      // the line on which each row begins
	Head  int        // that of the names
}

// Read reads the fields of a file of at least two rows. The first line may name the columns.
func Read(file, text string) (*Grid, error) { return ReadRows(file, text, 2) }

// ReadRows is [Read] of at least so many rows.
func ReadRows(file, text string, least int) (*Grid, error) {
	g, err := ReadFields(file, text)
	if err != nil {
		return nil, err
	}
	if g.IsHeader() {
		g.NameColumns()
	}
	return g, g.Check(least)
}

// ReadFields reads the fields of a file, of which no line names the columns yet.
func ReadFields(file, text string) (*Grid, error) {
	g := &Grid{File: file}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1 // looked at below
	r.TrimLeadingSpace = r.Comma != '\t'
	g.comma = r.Comma == ';'
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, read.Damage(fmt.Sprintf("%s: line %d, byte %d: %v", file, bad.Line, bad.Column, bad.Err))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		if len(row) > MaxColumns {
			return nil, read.Damage(fmt.Sprintf("%s: line %d: too many fields (got %d, want at most %d)", file, line,
				len(row), MaxColumns))
		}
		if len(g.Rows) > 0 && len(row) != len(g.Rows[0]) {
			return nil, read.Damage(fmt.Sprintf("%s: line %d: wrong number of fields (got %d, line %d has %d)", file,
				line, len(row), g.Lines[0], len(g.Rows[0])))
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		g.Rows, g.Lines = append(g.Rows, row), append(g.Lines, line)
	}
	return g, nil
}

// NameColumns makes the first row the names of the columns.
func (g *Grid) NameColumns() {
	g.Names, g.Head = g.Rows[0], g.Lines[0]
	g.Rows, g.Lines = g.Rows[1:], g.Lines[1:]
}

// Check wants at least so many rows, and names that tell the columns apart.
func (g *Grid) Check(least int) error {
	if len(g.Rows) < least {
		return read.Damage(fmt.Sprintf("%s: too few rows (got %d, want at least %d)", g.File, len(g.Rows), least))
	}
	seen := map[string]bool{}
	for i, name := range g.Names {
		if name == "" {
			continue
		}
		if seen[name] {
			return read.Damage(fmt.Sprintf("%s: column %d: the name %q stands twice", g.File, i+1, name))
		}
		seen[name] = true
	}
	return nil
}

// NoEmptyLine is the error of an empty line among the rows of one column, which is a row without its value, or none.
func (g *Grid) NoEmptyLine() error {
	for i := 1; i < len(g.Rows) && len(g.Rows[i]) == 1; i++ {
		if g.Lines[i] != g.Lines[i-1]+1 {
			return read.Damage(fmt.Sprintf("%s: line %d: an empty line among values; write NA if one is missing",
				g.File, g.Lines[i-1]+1))
		}
	}
	return nil
}

// separator returns what stands between the fields: a tab or a semicolon if the first lines have it, each as often,
// else a comma.
func separator(text string) rune {
	for _, sep := range "\t;" {
		if divides(text, sep) {
			return sep
		}
	}
	return ','
}

const looked = 5 // lines of a file that are looked at to find its separator

func divides(text string, sep rune) bool {
	counts, n, quoted, blank := []int(nil), 0, false, true
	for _, r := range text {
		switch {
		case r == '"':
			quoted, blank = !quoted, false
		case quoted:
		case r == sep:
			n++
		case r == '\n' && !blank:
			counts, n, blank = append(counts, n), 0, true
		case r != '\n' && r != '\r':
			blank = false
		}
		if len(counts) == looked {
			break
		}
	}
	if !blank {
		counts = append(counts, n)
	}
	return len(counts) > 0 && counts[0] > 0 && slices.Min(counts) == slices.Max(counts)
}

// IsHeader reports whether the first row names the columns: it holds no number but years, and a word of it stands
// above numbers, or, if it holds no year, it has no field that its column has again.
func (g *Grid) IsHeader() bool {
	if len(g.Rows) == 0 || slices.ContainsFunc(g.Rows[0], g.isNoName) {
		return false
	}
	again, years := false, slices.ContainsFunc(g.Rows[0], isYear)
	for i, name := range g.Rows[0] {
		numbers, others := 0, 0
		for _, row := range g.Rows[1:] {
			switch {
			case g.IsNumber(row[i]):
				numbers++
			case !Missing(row[i]):
				others++
			}
			again = again || row[i] == name
		}
		if numbers > others && !isYear(name) && !(years && Missing(name)) {
			return true
		}
	}
	return !again && !years
}

// isNoName reports a field that names no column: a number other than a year, or the mark of a value that is not known.
func (g *Grid) isNoName(field string) bool {
	return field == "?" || g.IsNumber(field) && !isYear(field)
}

// isYear reports a number from 1000 to 2999, which tables have as the name of a column.
func isYear(field string) bool {
	return len(field) == 4 && (field[0] == '1' || field[0] == '2') && strings.Trim(field, "0123456789") == ""
}

// MayBeNames reports a first row that [Grid.IsHeader] has not told from values: of years, and of words without digits,
// such as dates have them.
func (g *Grid) MayBeNames() bool {
	years, words := 0, 0
	for _, field := range g.Rows[0] {
		switch {
		case isYear(field):
			years++
		case !Missing(field) && !strings.ContainsAny(field, "0123456789"):
			words++
		}
	}
	return g.Names == nil && years > 0 && words > 0 && years+words == len(g.Rows[0])
}

// IsYearOverOthers reports whether column i begins with a year and has no other one.
func (g *Grid) IsYearOverOthers(i int) bool {
	return isYear(g.Rows[0][i]) && !slices.ContainsFunc(g.Rows[1:], func(row []string) bool { return isYear(row[i]) })
}

// IsNumber reports whether a field is a number.
func (g *Grid) IsNumber(field string) bool {
	_, ok := g.Number(field)
	return ok
}

// Missing reports the marks of a value that is not known.
func Missing(field string) bool {
	switch field {
	case "", "?", "NA", "N/A", "NaN", "nan", "null":
		return true
	}
	return false
}

// Number reads a field as a decimal number that a float32 can hold: neither 1_000 nor 0x10 nor inf is one.
func (g *Grid) Number(field string) (float64, bool) {
	if g.comma && strings.Count(field, ",") == 1 && !strings.Contains(field, ".") {
		field = strings.Replace(field, ",", ".", 1)
	}
	if strings.Trim(field, "+-.0123456789eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(field, 64)
	return v, err == nil && math.Abs(v) <= math.MaxFloat32 // false for NaN
}

// Name is what column i is called.
func (g *Grid) Name(i int) string {
	if i < len(g.Names) && g.Names[i] != "" {
		return g.Names[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// Place says where column i stands, for errors.
func (g *Grid) Place(i int) string {
	if i < len(g.Names) && g.Names[i] != "" {
		return fmt.Sprintf("column %d (%s)", i+1, g.Names[i])
	}
	return fmt.Sprintf("column %d", i+1)
}

// MostNames is how many columns an error lists.
const MostNames = 20

// Find returns the column of a name, or of a number from 1.
func (g *Grid) Find(name string) (int, error) {
	if i := slices.Index(g.Names, name); i >= 0 && name != "" {
		return i, nil
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 1 && i <= len(g.Rows[0]) {
		return i - 1, nil
	}
	if g.Names == nil {
		return 0, ColumnError(fmt.Sprintf("%s: there is no column %q; its columns have no names but the numbers "+
			"1 to %d", g.File, name, len(g.Rows[0])))
	}
	known := near.Sort(name, g.Names)
	rest := ""
	if more := len(known) - MostNames; more > 0 {
		known, rest = known[:MostNames], fmt.Sprintf(" and %d more", more)
	}
	return 0, ColumnError(fmt.Sprintf("%s: there is no column %q; known are %s%s", g.File, name,
		strings.Join(known, ", "), rest))
}

// ErrNoColumn is the error of a column that is asked for and that a table does not have.
var ErrNoColumn = errors.New("there is no such column")

// ColumnError is an ErrNoColumn that names the columns that there are.
type ColumnError string

func (e ColumnError) Error() string { return string(e) }

// Is reports whether it is ErrNoColumn.
func (ColumnError) Is(target error) bool { return target == ErrNoColumn }

// Damaged is the error "file: line 3, column 2 (age): what is wrong" about a field.
func (g *Grid) Damaged(row, column int, format string, args ...any) error {
	where := fmt.Sprintf("%s: line %d, %s: ", g.File, g.Lines[row], g.Place(column))
	return read.Damage(where + fmt.Sprintf(format, args...))
}
