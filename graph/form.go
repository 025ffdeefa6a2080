// This file holds KernelForm, which tells which form of the kernels runs.

package graph

import "github.com/stheno-ml/stheno/internal/form"

// KernelForm returns the form of the kernels in use: "plain" is Go, "avx2" and "avx512" are assembly for amd64. It is
// the best form that the processor can run, or a lesser form that the environment variable STHENO_CPU names. Results
// of different forms differ in their last bits. It is an error if STHENO_CPU names a form that does not exist or that
// the processor cannot run; no graph compiles then.
func KernelForm() (string, error) { return form.Active().String(), form.Err() }
