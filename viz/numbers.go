package viz

import (
	"strconv"

	"github.com/stheno-ml/stheno/internal/plain"
)

func itoa(n int) string { return strconv.Itoa(n) }

// thousands writes 61706 as 61,706.
func thousands(n int) string { return plain.Thousands(n) }
