package data

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestVocabulary(t *testing.T) {
	v := NewVocabulary("to be or not\n卷")
	if got := strings.Join(v.Symbols(), ""); got != "\n benort卷" || v.Len() != 9 {
		t.Errorf("got %q of %d characters", got, v.Len())
	}
	ids, err := v.Encode("卷 no")
	if err != nil || !slices.Equal(ids, []int64{8, 1, 4, 5}) {
		t.Errorf("got %v, %v", ids, err)
	}
	if got := v.Decode(append(ids, -1, 9, math.MaxInt64)); got != "卷 no\uFFFD\uFFFD\uFFFD" {
		t.Errorf("numbers of no character: got %q", got)
	}
	for in, want := range map[string]string{
		"bee x": `character 'x' at offset 4 is not in the vocabulary of 9 characters`,
		"卷卷a":   `character 'a' at offset 6 is not in the vocabulary of 9 characters`,
		"b\xff": `character '�' at offset 1 is not in the vocabulary of 9 characters`,
	} {
		if _, err := v.Encode(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
	var none Vocabulary
	if ids, err := none.Encode(""); err != nil || len(ids) != 0 || none.Len() != 0 || none.Decode(nil) != "" {
		t.Errorf("the zero vocabulary: %v, %v", ids, err)
	}
}

func TestVocabularyJSON(t *testing.T) {
	v := NewVocabulary("\"\\<\n\u2028\uFFFD\U0001F469 a")
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Vocabulary
	if err := json.Unmarshal(b, &back); err != nil || !slices.Equal(back.symbols, v.symbols) {
		t.Errorf("%s came back as %q, %v", b, back.Symbols(), err)
	}
	for _, c := range []struct{ name, in, want string }{
		{"no list", `{"a":1}`, "vocabulary: not a list of strings: "},
		{"numbers", `["a",2]`, "vocabulary: not a list of strings: "},
		{"two characters in one", `["a","bc"]`, `vocabulary: entry 1 is not one character (got "bc")`},
		{"no character", `["","a"]`, `vocabulary: entry 0 is not one character (got "")`},
		{"a character twice", `["a","a"]`, `vocabulary: entry 1 is out of order (got 'a' after 'a')`},
		{"another order", `["b","a"]`, `vocabulary: entry 1 is out of order (got 'a' after 'b')`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := json.Unmarshal([]byte(c.in), &back)
			if !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if !slices.Equal(back.symbols, v.symbols) {
				t.Errorf("a vocabulary that was not read has changed: %q", back.Symbols())
			}
		})
	}
}

func FuzzVocabulary(f *testing.F) {
	for _, seed := range []string{"[]", "null", `["a","b"]`, `["\ud800"]`, `["\n"," "]`, `["b","a"]`, `[1]`, "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v Vocabulary
		if err := v.UnmarshalJSON(in); err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		text := strings.Join(v.Symbols(), "")
		if ids, err := v.Encode(text); err != nil || len(ids) != v.Len() {
			t.Errorf("%q: %v", in, err)
		}
	})
}

// counted is the stream 0, 1, 2, …
func counted(n int) Stream {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i)
	}
	return Stream{ids}
}

// TestStreamWindows: stretches begin anywhere, the first and the last place included, others in each epoch and for
// each seed, and targets are one symbol ahead.
func TestStreamWindows(t *testing.T) {
	const total, n, length = 103, 5, 4
	begins := func(seed uint64, epoch int) (all []int64) {
		for b := range counted(total).Windows(n, length, seed).Batches(epoch) {
			for row := range n {
				x, y := b[0].I64[row*length:(row+1)*length], b[1].I64[row*length:(row+1)*length]
				for j := range length {
					if x[j] != x[0]+int64(j) || y[j] != x[j]+1 || y[j] >= total {
						t.Fatalf("row %d is %v and %v", row, x, y)
					}
				}
				all = append(all, x[0])
			}
		}
		return all
	}
	first := begins(1, 0)
	if len(first) != n*counted(total).Windows(n, length, 1).Len() || len(first) != 25 { // (102/5)/4 batches
		t.Errorf("an epoch has %d stretches", len(first))
	}
	if !slices.Equal(first, begins(1, 0)) || slices.Equal(first, begins(1, 1)) || slices.Equal(first, begins(2, 0)) {
		t.Error("where stretches begin is no function of seed and epoch")
	}
	seen := map[int64]bool{}
	for epoch := range 100 {
		for _, at := range begins(0, epoch) {
			seen[at] = true
		}
	}
	if len(seen) != total-length || !seen[0] || !seen[total-length-1] {
		t.Errorf("stretches begin at %d places, want %d", len(seen), total-length)
	}
	for _, c := range []struct {
		name        string
		total, n, t int
		wantFail    string
	}{
		{"no rows", 10, 0, 1, "data: Windows of 0 rows and 1 symbols, want at least 1 of each"},
		{"a stream one short", 12, 3, 4, "data: Windows of 3 rows and 4 symbols of a stream of 12: no batch is whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.wantFail {
					t.Errorf("got %v, want %s", got, c.wantFail)
				}
			}()
			counted(c.total).Windows(c.n, c.t, 0)
		})
	}
}

// TestLanes: row i of each batch goes on where it ended in the last one, and targets are one symbol ahead.
func TestLanes(t *testing.T) {
	for _, c := range []struct {
		name               string
		total, n, t        int
		batches, laneAfter int // symbols from one lane to the next
	}{
		{"one lane", 13, 1, 4, 3, 12},
		{"lanes that the stream fills", 25, 3, 4, 2, 8},
		{"a target short of one more batch", 24, 3, 4, 1, 7},
		{"symbols left over in each lane", 35, 3, 4, 2, 11},
		{"batches of one symbol", 4, 3, 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := counted(c.total).Lanes(c.n, c.t)
			for epoch := range 2 {
				step := 0
				for b := range source.Batches(epoch) {
					for row := range c.n {
						for j := range c.t {
							want := int64(row*c.laneAfter + step*c.t + j)
							x, y := b[0].I64[row*c.t+j], b[1].I64[row*c.t+j]
							if x != want || y != want+1 {
								t.Fatalf("batch %d, row %d, symbol %d: %d and %d, want %d", step, row, j, x, y, want)
							}
						}
					}
					step++
				}
				if step != c.batches || source.Len() != step {
					t.Errorf("%d batches, Len is %d, want %d", step, source.Len(), c.batches)
				}
			}
		})
	}
	t.Run("the loop may be left early", func(t *testing.T) {
		for range counted(100).Lanes(2, 3).Batches(0) {
			break
		}
	})
	for _, c := range []struct {
		name     string
		total    int
		n, t     int
		wantFail string
	}{
		{"no rows", 10, 0, 1, "data: Lanes of 0 rows and 1 symbols, want at least 1 of each"},
		{"no symbols", 10, 1, 0, "data: Lanes of 1 rows and 0 symbols, want at least 1 of each"},
		{"a stream one short", 12, 3, 4, "data: Lanes of 3 rows and 4 symbols of a stream of 12: no batch is whole"},
		{"an empty stream", 0, 1, 1, "data: Lanes of 1 rows and 1 symbols of a stream of 0: no batch is whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.wantFail {
					t.Errorf("got %v, want %s", got, c.wantFail)
				}
			}()
			counted(c.total).Lanes(c.n, c.t)
		})
	}
}

func TestStreamSplit(t *testing.T) {
	for _, c := range []struct {
		fraction float64
		head     int
	}{{.9, 90}, {0, 0}, {1, 100}, {-1, 0}, {2, 100}, {.555, 56}} {
		head, tail := counted(100).Split(c.fraction)
		if head.Len() != c.head || tail.Len() != 100-c.head {
			t.Errorf("fraction %v: %d and %d symbols", c.fraction, head.Len(), tail.Len())
		}
		if tail.Len() > 0 && tail.IDs[0] != int64(c.head) {
			t.Errorf("fraction %v: the tail begins with %d", c.fraction, tail.IDs[0])
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a fraction that is no number is taken")
		}
	}()
	counted(1).Split(math.NaN())
}
