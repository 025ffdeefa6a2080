// This file holds the sources of data that --data names.

package main

import (
	"github.com/stheno-ml/stheno/data"
)

// open returns the data set of a name, or reads a folder.
func (a *app) open(source string) (data.Images, error) {
	if source != "digits" {
		return data.Images{}, usagef("unknown data %q; known is digits", source)
	}
	return data.Digits(0), nil
}
