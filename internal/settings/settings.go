// Package settings reads values with names as they stand on a command line: "turn=15,crop=.6,flip".
package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// Settings are the keys that a text may have, and where their values go.
type Settings struct {
	Numbers map[string]*float64
	Words   map[string]*string
	Flags   map[string]*bool // keys without a value
}

// Keys lists them in the order of the alphabet.
func (s Settings) Keys() []string {
	all := slices.Collect(maps.Keys(s.Numbers))
	all = slices.AppendSeq(all, maps.Keys(s.Words))
	return slices.Sorted(slices.Values(slices.AppendSeq(all, maps.Keys(s.Flags))))
}

// Parse reads a text of KEY=VALUE and flags with commas between, in any order. No key is given twice. Errors begin
// with what the text is, and list the keys that are known, the nearest first.
func (s Settings) Parse(what, text string) error {
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		key, value, valued := strings.Cut(part, "=")
		if seen[key] {
			return fmt.Errorf("%s: %q is given twice", what, key)
		}
		seen[key] = true
		if err := s.set(key, value, valued); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// Number reads a number as a person writes it: 0x10 and 1_000 are slips. Its errors are those of strconv.
func Number(text string) (float64, error) {
	if strings.ContainsAny(text, "xX_") {
		return 0, &strconv.NumError{Func: "Number", Num: text, Err: strconv.ErrSyntax}
	}
	return strconv.ParseFloat(text, 64)
}

// set takes up one value.
func (s Settings) set(key, value string, valued bool) (err error) {
	number, word, flag := s.Numbers[key], s.Words[key], s.Flags[key]
	switch {
	case flag != nil && valued:
		return fmt.Errorf("%s takes no number, and has %q", key, value)
	case flag != nil:
		*flag = true
	case word != nil && value == "":
		return fmt.Errorf("%s needs a name, such as %[1]s=FILE", key)
	case word != nil:
		*word = value
	case number == nil:
		return fmt.Errorf("unknown key %.40q; known are %s", key, strings.Join(near.Sort(key, s.Keys()), ", "))
	case !valued:
		return fmt.Errorf("%s needs a number, such as %[1]s=.5", key)
	default:
		if *number, err = Number(value); err != nil {
			return fmt.Errorf("%s is %.40q, want a number", key, value)
		}
	}
	return nil
}
