package plain

import (
	"io"
	"strings"
	"testing"
)

type inner struct {
	Rate float64
	Kind [2]int
}

// hermit has what a text must have no address of, and no endless depth.
type hermit struct {
	Rate  float64
	In    []inner
	Of    func(int) bool
	Self  *hermit
	Names map[string]int
	Where *int
	Any   any
	Empty string
	own   []int
}

func TestValue(t *testing.T) {
	n := 3
	v := &hermit{Rate: .5, In: []inner{{Rate: 2}}, Of: func(int) bool { return true },
		Names: map[string]int{"a": 1}, Where: &n, Any: inner{Kind: [2]int{1, 2}}, own: []int{1}}
	const rest = "In:[inner{Rate:2}] Of:func(int) bool Names:map[string]int Where:3 Any:inner{Kind:[1 2]}}"
	if got, want := Value(v), "hermit{Rate:0.5 "+rest; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := Value(v, "Rate"), "hermit{"+rest; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	v.Self = v
	if got := Value(v); len(got) > 2000 || strings.Contains(got, "0x") || !strings.Contains(got, "…") {
		t.Errorf("of one that refers to itself: %s", got)
	}
	for _, nothing := range []any{nil, (*hermit)(nil), io.Reader(nil)} {
		if got := Value(nothing); got != "none" {
			t.Errorf("of nothing: %s", got)
		}
	}
}
