// This file holds the checks of the sizes and numbers that constructors are given. A constructor returns a layer and
// no error, so it panics with the path of the layer, the name of the size, and its value.

package nn

import (
	"fmt"
	"math"
	"strings"
)

// sizes panics unless each size is at least 1 and no more than an axis can have. The names are those of the arguments.
func (s *Scope) sizes(constructor, names string, values ...int) {
	for i, name := range strings.Fields(names) {
		switch v := values[i]; {
		case v < 1:
			s.refuse(constructor, "%s is %d, want at least 1", name, v)
		case v > math.MaxInt32:
			s.refuse(constructor, "%s is %d, want at most %d", name, v, math.MaxInt32)
		}
	}
}

// divides panics unless the number of parts divides each of the sizes; 0 parts count as 1.
func (s *Scope) divides(constructor, what string, parts int, names string, values ...int) {
	if parts < 0 {
		s.refuse(constructor, "%s is %d, want at least 1", what, parts)
	}
	for i, name := range strings.Fields(names) {
		if values[i]%max(parts, 1) != 0 {
			s.refuse(constructor, "%s is %d, which %d %s do not divide", name, values[i], parts, what)
		}
	}
}

// refuse panics with a message about a wrong argument.
func (s *Scope) refuse(constructor, format string, args ...any) {
	at := ""
	if s.must(constructor).path != "" {
		at = s.path + ": "
	}
	panic("nn: " + at + constructor + ": " + fmt.Sprintf(format, args...))
}

// spread panics unless v, a scale of initial values, is finite and not negative.
func spread(initialiser, name string, v float64) {
	if !(v >= 0 && v <= math.MaxFloat32) {
		panic(fmt.Sprintf("nn: %s: %s is %g, want a finite number that is not negative", initialiser, name, v))
	}
}
