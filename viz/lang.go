// This file holds the languages of drawings.

package viz

import "fmt"

// Lang is the language of headings, legend, notes and tooltips. Names of operations stay as they are written in code.
type Lang string

// The languages. The empty one is English.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs lists the languages, the usual one first.
func Langs() []Lang { return []Lang{English, Chinese} }

// check reports a language that is not known.
func (l Lang) check() error {
	if l != "" && l != English && l != Chinese {
		return fmt.Errorf("viz: language %q is not known; known are %q and %q", string(l), English, Chinese)
	}
	return nil
}
