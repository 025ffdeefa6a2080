// This file holds how numbers are shown.

package plain

import "strconv"

// Thousands writes n in groups of three digits: 61,706.
func Thousands[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
