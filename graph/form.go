// This file holds KernelForm, which tells how the kernels are written that run here.

package graph

import "github.com/stheno-ml/stheno/internal/form"

// KernelForm returns the form of the kernels in use: "plain" is Go, "avx2" and "avx512" are assembly for amd64. It is
// the best that the processor has, or the lesser one that the environment variable STHENO_CPU names; results of
// different forms differ in their last bits. The error says that STHENO_CPU asks for a form that there is not, or not
// on this processor; nothing compiles then.
func KernelForm() (string, error) { return form.Active().String(), form.Err() }
