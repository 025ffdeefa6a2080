// Package near finds the known names that resemble an unknown one, for messages.
package near

import (
	"cmp"
	"slices"
)

// Sort returns the known names, those first that differ from the unknown one in the fewest letters, of which it looks
// at the first 64.
func Sort(unknown string, known []string) []string {
	far := make(map[string]int, len(known))
	for _, name := range known {
		far[name] = distance(head(unknown), head(name))
	}
	sorted := slices.Clone(known)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	return sorted
}

// head is what is looked at of a name: the time of a distance grows with both lengths.
func head(name string) string { return name[:min(len(name), 64)] }

// distance is the number of letters to insert, delete or change (Levenshtein 1966).
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			now[j+1] = min(change, before[j+1]+1, now[j]+1)
		}
		before = now
	}
	return before[len(b)]
}
