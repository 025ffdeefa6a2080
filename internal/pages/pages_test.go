package pages

import "testing"

func TestAround(t *testing.T) {
	for _, c := range []struct{ address, bytes, first, length uintptr }{
		{0, 1, 0, size},
		{size, size, size, size},
		{size - 1, 2, 0, 2 * size},
		{5*size + 64, 3 * size, 5 * size, 4 * size},
	} {
		if first, length := around(c.address, c.bytes); first != c.first || length != c.length {
			t.Errorf("%d bytes at %d lie within %d bytes at %d, want %d at %d",
				c.bytes, c.address, length, first, c.length, c.first)
		}
	}
}

// Large changes nothing that can be seen in Go, whatever the length.
func TestLarge(t *testing.T) {
	for _, n := range []int{0, 1, least/8 - 1, least / 8, size/8 + 1, 3 * size / 8} {
		s := make([]float64, n)
		for i := range s {
			s[i] = float64(i)
		}
		got := Large(s)
		if len(got) != n || cap(got) != cap(s) || n > 0 && &got[0] != &s[0] {
			t.Errorf("%d elements: another slice came back", n)
		}
		for i, v := range got {
			if v != float64(i) {
				t.Fatalf("%d elements: element %d is %g", n, i, v)
			}
		}
	}
	if Large[float32](nil) != nil {
		t.Error("nil came back as something else")
	}
}
