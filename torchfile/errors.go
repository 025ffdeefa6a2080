// This file holds the errors.

package torchfile

import (
	"fmt"
	"strconv"

	"github.com/stheno-ml/stheno/safetensors"
)

// formatError says that a file is not as it should be. It is of kind safetensors.ErrFormat, as the errors of the other
// files of weights are.
type formatError string

func (e formatError) Error() string        { return string(e) }
func (e formatError) Is(target error) bool { return target == safetensors.ErrFormat }

func badFormat(format string, args ...any) error { return formatError(fmt.Sprintf(format, args...)) }

// quote writes a text from a file as one short line.
func quote(s string) string {
	const most = 100
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
