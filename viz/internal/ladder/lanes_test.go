package ladder

import "testing"

// TestPortalLabels: the arrow of a long skip points away from the box that it leaves, and to the one where it arrives,
// on either side of the column.
func TestPortalLabels(t *testing.T) {
	for _, c := range []struct {
		name      string
		back, out bool
		want      string
	}{
		{"it leaves to the right", false, true, "⟶ skip 1"},
		{"it arrives from the right", false, false, "⟵ skip 1"},
		{"it leaves to the left", true, true, "skip 1 ⟵"},
		{"it arrives from the left", true, false, "skip 1 ⟶"},
	} {
		p := portal{name: "skip 1", from: Port{0, c.back}, to: Port{5, c.back}}
		if got := p.label(c.out); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
