// This file holds settings, which are written KEY=VALUE,KEY=VALUE.

package data

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// settings are the keys that a text may have, and where their values go.
type settings struct {
	numbers map[string]*float64
	words   map[string]*string
	flags   map[string]*bool // keys without a value
}

// keys lists them in the order of the alphabet.
func (s settings) keys() []string {
	all := slices.Collect(maps.Keys(s.numbers))
	all = slices.AppendSeq(all, maps.Keys(s.words))
	return slices.Sorted(slices.Values(slices.AppendSeq(all, maps.Keys(s.flags))))
}

// parse reads a text, of which errors begin with what it is. No key is given twice.
func (s settings) parse(what, text string) error {
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

// set takes up one value.
func (s settings) set(key, value string, valued bool) (err error) {
	number, word, flag := s.numbers[key], s.words[key], s.flags[key]
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
		return fmt.Errorf("unknown key %.40q; known are %s", key, strings.Join(near.Sort(key, s.keys()), ", "))
	case !valued:
		return fmt.Errorf("%s needs a number, such as %[1]s=.5", key)
	default:
		if *number, err = strconv.ParseFloat(value, 64); err != nil {
			return fmt.Errorf("%s is %.40q, want a number", key, value)
		}
	}
	return nil
}
