package training

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
)

// FuzzReadShots: numbers of examples are read as they are written, or not at all.
func FuzzReadShots(f *testing.F) {
	for _, s := range []string{"1,5,20", "1", "", "5,1", "0", "1,,2", " 1", "+1", "01", "99999999999999999999",
		"1,2,3,4,5,6,7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shots, err := readShots(text)
		if err != nil {
			if shots != nil || len(err.Error()) > 4*cli.LineBound {
				t.Errorf("%q: %v, and an error of %d bytes", text, shots, len(err.Error()))
			}
			return
		}
		var again []string
		for i, n := range shots {
			if n < 1 || i > 0 && n <= shots[i-1] {
				t.Errorf("%q is read as %v", text, shots)
			}
			again = append(again, strconv.Itoa(n))
		}
		if got := strings.Join(again, ","); got != text {
			t.Errorf("%q is read as %q", text, got)
		}
	})
}
