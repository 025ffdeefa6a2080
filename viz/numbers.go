package viz

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// thousands writes n in groups of three digits: 61,706.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
