//go:build !linux

package main

import "testing"

func TestProgressOnTerminal(t *testing.T) {
	t.Skip("pseudo-terminals are opened here as Linux does")
}
