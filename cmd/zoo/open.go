// This file holds the sources of data that --data names.

package main

import (
	"fmt"
	"os"

	"github.com/stheno-ml/stheno/data"
)

// open returns the data set of a name, or reads a folder.
func (a *app) open(source string) (data.Images, error) {
	switch source {
	case "digits":
		return data.Digits(0), nil
	case "mnist":
		return atOnce(a, func() (data.Images, error) { return data.FetchMNIST(a.ctx, a.logf) })
	}
	if _, err := os.Stat(source); err != nil {
		return data.Images{}, fmt.Errorf("--data %s: neither a known name (digits, mnist) nor a folder: %w", source, err)
	}
	return atOnce(a, func() (data.Images, error) { return data.MNIST(source) })
}
