// This file holds the reader of tables of text: comma-separated values and their kin.

package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// A grid is a table as it stands in a file: fields of text, without the white space around them.
type grid struct {
	file  string
	comma bool       // numbers may be written as 1,5
	names []string   // of the columns; nil when the file has none
	rows  [][]string // all of one length
	lines []int      // the line on which each row begins
	head  int        // that of the names
}

// readGrid reads the fields of a file of at least two rows. The first line may name the columns.
func readGrid(file, text string) (*grid, error) { return readRows(file, text, 2) }

// readRows is readGrid of at least so many rows.
func readRows(file, text string, least int) (*grid, error) {
	g, err := readFields(file, text)
	if err != nil {
		return nil, err
	}
	if g.isHeader() {
		g.nameColumns()
	}
	return g, g.check(least)
}

// readFields reads the fields of a file, of which no line names the columns yet.
func readFields(file, text string) (*grid, error) {
	g := &grid{file: file}
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
			return nil, damage(fmt.Sprintf("%s: line %d, byte %d: %v", file, bad.Line, bad.Column, bad.Err))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		if len(row) > maxColumns {
			return nil, damage(fmt.Sprintf("%s: line %d: too many fields (got %d, want at most %d)", file, line,
				len(row), maxColumns))
		}
		if len(g.rows) > 0 && len(row) != len(g.rows[0]) {
			return nil, damage(fmt.Sprintf("%s: line %d: wrong number of fields (got %d, line %d has %d)", file, line,
				len(row), g.lines[0], len(g.rows[0])))
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		g.rows, g.lines = append(g.rows, row), append(g.lines, line)
	}
	return g, nil
}

// nameColumns makes the first row the names of the columns.
func (g *grid) nameColumns() {
	g.names, g.head = g.rows[0], g.lines[0]
	g.rows, g.lines = g.rows[1:], g.lines[1:]
}

// check wants at least so many rows, and names that tell the columns apart.
func (g *grid) check(least int) error {
	if len(g.rows) < least {
		return damage(fmt.Sprintf("%s: too few rows (got %d, want at least %d)", g.file, len(g.rows), least))
	}
	seen := map[string]bool{}
	for i, name := range g.names {
		if name == "" {
			continue
		}
		if seen[name] {
			return damage(fmt.Sprintf("%s: column %d: the name %q stands twice", g.file, i+1, name))
		}
		seen[name] = true
	}
	return nil
}

// noEmptyLine is the error of an empty line among the rows of one column, which is a row without its value, or none.
func (g *grid) noEmptyLine() error {
	for i := 1; i < len(g.rows) && len(g.rows[i]) == 1; i++ {
		if g.lines[i] != g.lines[i-1]+1 {
			return damage(fmt.Sprintf("%s: line %d: an empty line among values; write NA if one is missing", g.file,
				g.lines[i-1]+1))
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

// isHeader reports whether the first row names the columns: it holds no number but years, and a word of it stands
// above numbers, or, if it holds no year, it has no field that its column has again.
func (g *grid) isHeader() bool {
	if len(g.rows) == 0 || slices.ContainsFunc(g.rows[0], g.isNoName) {
		return false
	}
	again, years := false, slices.ContainsFunc(g.rows[0], isYear)
	for i, name := range g.rows[0] {
		numbers, others := 0, 0
		for _, row := range g.rows[1:] {
			switch {
			case g.isNumber(row[i]):
				numbers++
			case !missing(row[i]):
				others++
			}
			again = again || row[i] == name
		}
		if numbers > others && !isYear(name) && !(years && missing(name)) {
			return true
		}
	}
	return !again && !years
}

// isNoName reports a field that names no column: a number other than a year, or the mark of a value that is not known.
func (g *grid) isNoName(field string) bool {
	return field == "?" || g.isNumber(field) && !isYear(field)
}

// isYear reports a number from 1000 to 2999, which tables have as the name of a column.
func isYear(field string) bool {
	return len(field) == 4 && (field[0] == '1' || field[0] == '2') && strings.Trim(field, "0123456789") == ""
}

// mayBeNames reports a first row that [grid.isHeader] has not told from values: of years, and of words without digits,
// such as dates have them.
func (g *grid) mayBeNames() bool {
	years, words := 0, 0
	for _, field := range g.rows[0] {
		switch {
		case isYear(field):
			years++
		case !missing(field) && !strings.ContainsAny(field, "0123456789"):
			words++
		}
	}
	return g.names == nil && years > 0 && words > 0 && years+words == len(g.rows[0])
}

// isYearOverOthers reports whether column i begins with a year and has no other one.
func (g *grid) isYearOverOthers(i int) bool {
	return isYear(g.rows[0][i]) && !slices.ContainsFunc(g.rows[1:], func(row []string) bool { return isYear(row[i]) })
}

func (g *grid) isNumber(field string) bool {
	_, ok := g.number(field)
	return ok
}

// missing reports the marks of a value that is not known.
func missing(field string) bool {
	switch field {
	case "", "?", "NA", "N/A", "NaN", "nan", "null":
		return true
	}
	return false
}

// number reads a field as a decimal number that a float32 can hold: neither 1_000 nor 0x10 nor inf is one.
func (g *grid) number(field string) (float64, bool) {
	if g.comma && strings.Count(field, ",") == 1 && !strings.Contains(field, ".") {
		field = strings.Replace(field, ",", ".", 1)
	}
	if strings.Trim(field, "+-.0123456789eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(field, 64)
	return v, err == nil && math.Abs(v) <= math.MaxFloat32 // false for NaN
}

// name is what column i is called.
func (g *grid) name(i int) string {
	if i < len(g.names) && g.names[i] != "" {
		return g.names[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// place says where column i stands, for errors.
func (g *grid) place(i int) string {
	if i < len(g.names) && g.names[i] != "" {
		return fmt.Sprintf("column %d (%s)", i+1, g.names[i])
	}
	return fmt.Sprintf("column %d", i+1)
}

// mostNames is how many columns an error lists.
const mostNames = 20

// find returns the column of a name, or of a number from 1.
func (g *grid) find(name string) (int, error) {
	if i := slices.Index(g.names, name); i >= 0 && name != "" {
		return i, nil
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 1 && i <= len(g.rows[0]) {
		return i - 1, nil
	}
	if g.names == nil {
		return 0, columnError(fmt.Sprintf("%s: there is no column %q; its columns have no names but the numbers "+
			"1 to %d", g.file, name, len(g.rows[0])))
	}
	known := near.Sort(name, g.names)
	rest := ""
	if more := len(known) - mostNames; more > 0 {
		known, rest = known[:mostNames], fmt.Sprintf(" and %d more", more)
	}
	return 0, columnError(fmt.Sprintf("%s: there is no column %q; known are %s%s", g.file, name,
		strings.Join(known, ", "), rest))
}

// ErrNoColumn is the error of a column that is asked for and that a table does not have.
var ErrNoColumn = errors.New("there is no such column")

// columnError is an ErrNoColumn that names the columns that there are.
type columnError string

func (e columnError) Error() string { return string(e) }

func (columnError) Is(target error) bool { return target == ErrNoColumn }

// damaged is the error "file: line 3, column 2 (age): what is wrong" about a field.
func (g *grid) damaged(row, column int, format string, args ...any) error {
	where := fmt.Sprintf("%s: line %d, %s: ", g.file, g.lines[row], g.place(column))
	return damage(where + fmt.Sprintf(format, args...))
}
