//go:build linux

package branches

// acceptedKernels are the outcomes that random shapes do not reach.
var acceptedKernels = []acceptance{}
