// Package settings reads numbers with names as they stand on a command line: "turn=15,crop=.6,flip".
package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// Parse reads KEY=NUMBER and switches, which have no number, with commas between, in any order and none twice. Errors
// begin with the subject, and list the keys that are known, nearest first.
func Parse(subject, text string, numbers map[string]*float64, switches map[string]*bool) error {
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		key, value, valued := strings.Cut(part, "=")
		number, flag := numbers[key], switches[key]
		switch {
		case seen[key]:
			return fmt.Errorf("%s: %q is given twice", subject, key)
		case flag != nil && valued:
			return fmt.Errorf("%s: %s takes no number, and has %q", subject, key, value)
		case flag != nil:
			*flag = true
		case number == nil:
			return fmt.Errorf("%s: unknown key %.40q; known are %s", subject, key,
				strings.Join(near.Sort(key, Keys(numbers, switches)), ", "))
		case !valued:
			return fmt.Errorf("%s: %s needs a number, such as %[2]s=.5", subject, key)
		default:
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return fmt.Errorf("%s: %s is %.40q, want a number", subject, key, value)
			}
			*number = v
		}
		seen[key] = true
	}
	return nil
}

// Keys lists the keys, in the order of the alphabet.
func Keys(numbers map[string]*float64, switches map[string]*bool) (keys []string) {
	for k := range numbers {
		keys = append(keys, k)
	}
	for k := range switches {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
