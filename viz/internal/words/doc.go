// Package words has all words of drawings, in one catalogue: a phrase has a text in each language. Names of operations
// are no phrases; they stay as they are written in code.
//
// # Map
//
//	words.go  languages, phrases and the catalogue
package words
