package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/internal/trial"
)

// randomLabels are those of a random number of examples, of random classes of which some are rare.
func randomLabels(r *rand.Rand, least int) []int64 {
	labels := make([]int64, least+r.IntN(100))
	classes := 1 + r.IntN(5)
	for i := range labels {
		labels[i] = int64(min(r.IntN(classes), r.IntN(classes)))
	}
	return labels
}

// TestFolds: of random examples folds are disjoint, have all, and as many of each class to within one.
func TestFolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		k := 2 + r.IntN(9)
		labels := randomLabels(r, 5*k)
		n := len(labels)
		folds, err := KFold(n, k, r.Uint64())
		if err != nil || trial.Unfair(folds, n, nil) != "" {
			t.Fatalf("%d folds of %d: %s, %v", k, n, trial.Unfair(folds, n, nil), err)
		}
		folds, err = StratifiedKFold(labels, k, r.Uint64())
		if err != nil || trial.Unfair(folds, n, labels) != "" {
			t.Fatalf("%d folds of %v: %s, %v", k, labels, trial.Unfair(folds, n, labels), err)
		}
	}
}

// TestUnfair: what is wrong with folds is seen.
func TestUnfair(t *testing.T) {
	labels := []int64{0, 0, 0, 0, 1, 1, 1, 1}
	folds, err := KFold(8, 4, 5)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Unfair(folds, 8, labels) == "" {
		t.Error("folds that are not stratified pass as such")
	}
	for _, c := range []struct {
		name   string
		change func(f []Fold)
	}{
		{"an example in both parts", func(f []Fold) { f[0].Train[0] = f[0].Test[0] }},
		{"an example less", func(f []Fold) { f[1].Train = f[1].Train[1:] }},
		{"a fold twice", func(f []Fold) { f[0] = f[1] }},
		{"a fold of one size more", func(f []Fold) {
			f[0].Train, f[0].Test = append([]int{f[0].Test[0]}, f[0].Train...), f[0].Test[1:]
			slices.Sort(f[0].Train)
		}},
	} {
		folds, err := StratifiedKFold(labels, 4, 5)
		if err != nil || trial.Unfair(folds, 8, labels) != "" {
			t.Fatal(trial.Unfair(folds, 8, labels), err)
		}
		if c.change(folds); trial.Unfair(folds, 8, labels) == "" {
			t.Errorf("%s is not seen", c.name)
		}
	}
}

// TestFoldsBySeed: sizes are scikit-learn's; the same seed gives the same folds, another seed others.
func TestFoldsBySeed(t *testing.T) {
	folds, err := KFold(10, 3, 7)
	if err != nil || len(folds[0].Test) != 4 || len(folds[1].Test) != 3 || len(folds[2].Test) != 3 {
		t.Errorf("10 in 3 folds: %v, %v", folds, err)
	}
	again, _ := KFold(10, 3, 7)
	other, _ := KFold(10, 3, 8)
	if !slices.Equal(again[0].Test, folds[0].Test) || slices.Equal(other[0].Test, folds[0].Test) {
		t.Errorf("%v, again %v, by another seed %v", folds[0].Test, again[0].Test, other[0].Test)
	}
}

func TestFoldsWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"one fold", second(KFold(10, 1, 0)), "there are 1 folds, want at least 2"},
		{"fewer than none", second(KFold(10, -1, 0)), "there are -1 folds, want at least 2"},
		{"more folds than examples", second(KFold(3, 4, 0)), "4 folds of 3 examples"},
		{"no examples", second(KFold(0, 2, 0)), "2 folds of 0 examples"},
		{"more examples than there are", second(KFold(math.MaxInt, 2, 0)), "take fewer folds"},
		{"a fold for each of many", second(KFold(1<<20, 1<<20, 0)),
			"1048576 folds of 1048576 examples are lists of more than 268435456 numbers; take fewer folds"},
		{"weights of more classes than there are", second(ClassWeights([]int64{0}, math.MaxInt)),
			"class weights: there are 9223372036854775807 classes, want 1 to"},
		{"no labels", second(StratifiedKFold(nil, 2, 0)), "2 folds of 0 examples"},
		{"a label below 0", second(StratifiedKFold([]int64{0, -1}, 2, 0)), "label 1 is -1, want 0 or more"},
		{"classes smaller than folds", second(StratifiedKFold([]int64{0, 1, 2, 2}, 3, 0)),
			"the largest class has 2 examples, want at least one for each of 3 folds"},
		{"shares below 1", second(Stratify([]int64{0}, 0, .6, .2)), "add up to 0.8, want 1"},
		{"no shares", second(Stratify([]int64{0}, 0)), "add up to 0, want 1"},
		{"a share of NaN", second(Stratify([]int64{0}, 0, math.NaN(), 1)), "share 0 is NaN, want more than 0"},
		{"a share of nothing", second(Stratify([]int64{0}, 0, 1, 0)), "share 1 is 0, want more than 0"},
		{"a label to part below 0", second(Stratify([]int64{-3}, 0, 1)), "label 0 is -3"},
		{"weights of no labels", second(ClassWeights(nil, 2)), "class weights: there are no labels"},
		{"weights of no classes", second(ClassWeights([]int64{0}, 0)), "class weights: there are 0 classes"},
		{"a label that is no class", second(ClassWeights([]int64{0, 2}, 2)),
			"class weights: label 1 is 2, but there are 2 classes (0…1)"},
		{"more of nothing", second(Oversample(nil, 0)), "oversample: there are no labels"},
		{"less of nothing", second(Undersample(nil, 0)), "undersample: there are no labels"},
		{"less of a label below 0", second(Undersample([]int64{-1}, 0)), "undersample: label 0 is -1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestStratify: of random examples every part has its share of each class to within one, and all have all.
func TestStratify(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		labels, shares := randomLabels(r, 1), []float64{.6, .2, .2}
		if r.IntN(2) == 0 {
			a := .1 + .8*r.Float64()
			shares = []float64{a, 1 - a}
		}
		parts, err := Stratify(labels, r.Uint64(), shares...)
		if err != nil {
			t.Fatal(err)
		}
		all, sizes := []int(nil), map[int64]int{}
		for _, l := range labels {
			sizes[l]++
		}
		for p, part := range parts {
			counts := map[int64]int{}
			for _, i := range part {
				counts[labels[i]]++
			}
			for l, n := range sizes {
				if want := shares[p] * float64(n); math.Abs(float64(counts[l])-want) >= 1 {
					t.Fatalf("part %d has %d of class %d, want %.2f", p, counts[l], l, want)
				}
			}
			if want := shares[p] * float64(len(labels)); math.Abs(float64(len(part))-want) > 2 {
				t.Fatalf("part %d has %d of all, want %.2f", p, len(part), want)
			}
			all = append(all, part...)
		}
		if slices.Sort(all); !slices.Equal(all, counting(len(labels))) {
			t.Fatal("the parts have not every example once")
		}
	}
}

// TestBalance: weights are scikit-learn's, and choosing makes all classes as large as the largest, or the smallest.
func TestBalance(t *testing.T) {
	labels := []int64{0, 0, 0, 0, 0, 1, 3, 3}
	// sklearn 1.2: compute_class_weight('balanced', classes=[0, 1, 3], y=labels)
	want := []float64{8. / 15, 8. / 3, 0, 4. / 3}
	w, err := ClassWeights(labels, 4)
	if err != nil || !slices.Equal(w, want) {
		t.Errorf("weights %v, want %v (%v)", w, want, err)
	}
	count := func(rows []int) (n [4]int) {
		for _, i := range rows {
			n[labels[i]]++
		}
		return n
	}
	over, err := Oversample(labels, 1)
	if err != nil || count(over) != [4]int{5, 5, 0, 5} || !slices.Equal(over[:8], counting(8)) {
		t.Errorf("%v has %v (%v)", over, count(over), err)
	}
	for _, i := range []int{6, 7} { // 5 of two: each twice, and one again
		n := 0
		for _, j := range over {
			if i == j {
				n++
			}
		}
		if n != 2 && n != 3 {
			t.Errorf("example %d comes %d times", i, n)
		}
	}
	under, err := Undersample(labels, 1)
	if err != nil || count(under) != [4]int{1, 1, 0, 1} || !slices.IsSorted(under) {
		t.Errorf("%v has %v (%v)", under, count(under), err)
	}
	if again, _ := Undersample(labels, 1); !slices.Equal(again, under) {
		t.Error("the same seed chooses others")
	}
}
