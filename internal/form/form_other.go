//go:build !amd64

package form

// Best returns the widest form that the processor and the operating system support.
func Best() Form { return Plain }
