//go:build !amd64

package kernel

func bestForm() form { return plain }
