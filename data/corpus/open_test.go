package corpus

import (
	"context"
	"fmt"
	"testing"
)

func ExampleOpenText() {
	prose, err := OpenText(context.Background(), "prose", nil)
	fmt.Println(len(prose.Train), len(prose.Test), prose.Vocabulary.Len(), err)
	// Output:
	// 225280 25032 52 <nil>
}

func ExampleOpenPairs() {
	sums, err := OpenPairs(context.Background(), "sums", Options{}, nil)
	fmt.Println(len(sums.Train), len(sums.Test), sums.Train[0], err)
	_, err = OpenPairs(context.Background(), "moons", Options{}, nil)
	fmt.Println(err)
	// Output:
	// 10000 1000 {155+26 181} <nil>
	// moons is a table, want pairs
}

func ExampleOpenLabelled() {
	reviews, err := OpenLabelled(context.Background(), "reviews", Options{}, nil)
	fmt.Println(len(reviews.Train), len(reviews.Test), reviews.Classes, err)
	// Output:
	// 4000 1000 [neg pos] <nil>
}

// TestOpenPairsSwapped: the second sentences of a known name become the sources, with their words.
func TestOpenPairsSwapped(t *testing.T) {
	there, err := OpenPairs(t.Context(), "phrases", Options{}, nil)
	back, failed := OpenPairs(t.Context(), "phrases", Options{Swap: true}, nil)
	if err != nil || failed != nil || len(back.Train) != len(there.Train) || len(back.Test) != len(there.Test) {
		t.Fatal(err, failed)
	}
	for i, pair := range there.Train {
		if want := (Pair{pair.Target, pair.Source}); back.Train[i] != want {
			t.Fatalf("pair %d is %v, want %v", i, back.Train[i], want)
		}
	}
	if back.Source.Len() != there.Target.Len() || back.Target.Len() != there.Source.Len() ||
		back.Source.Len() == there.Source.Len() {
		t.Errorf("the sources have %d words and the targets %d; before it was %d and %d", back.Source.Len(),
			back.Target.Len(), there.Source.Len(), there.Target.Len())
	}
}
