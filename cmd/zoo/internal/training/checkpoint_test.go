package training

import (
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

// TestOldChecksum: a folder that a zoo before has saved, which looked at the first batches alone, is compared by
// these.
func TestOldChecksum(t *testing.T) {
	r, err := recipe.Find("mlp")
	if err != nil {
		t.Fatal(err)
	}
	batches := train.Fixed([]graph.Tensor{graph.FromFloat32([]float32{1, 2}, 2)})
	for began, want := range map[string]string{
		"1 batches, crc32c 01234567": "1 batches, crc32c ",
		"":                           "1 batches, sha256 ",
	} {
		f := trainFlags{saving: saving{checkpoint: "run", settings: map[string]string{},
			began: map[string]string{trainingData: began}}}
		keep, err := f.keeping(r, r.New(r.Usual()), batches, batches)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{trainingData, "test data"} {
			if got := keep.Settings[name]; !strings.HasPrefix(got, want) {
				t.Errorf("begun with %q the %s is %q, want %s…", began, name, got, want)
			}
		}
	}
}
