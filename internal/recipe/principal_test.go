package recipe

import (
	"errors"
	"io/fs"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// principalErrors are the mean squared errors of pictures that are given back from so many principal components of
// others.
func principalErrors(t *testing.T, learn, test graph.Tensor, components ...int) (errors []float64) {
	t.Helper()
	d := learn.Shape[1:].Size()
	mean := make([]float64, d)
	for i, v := range learn.F32 {
		mean[i%d] += float64(v) / float64(learn.Shape[0])
	}
	away := func(x graph.Tensor) *mat.Dense { // from the mean
		v := make([]float64, len(x.F32))
		for i := range v {
			v[i] = float64(x.F32[i]) - mean[i%d]
		}
		return mat.NewDense(x.Shape[0], d, v)
	}
	var spread mat.SymDense
	spread.SymOuterK(1, away(learn).T())
	var e mat.EigenSym
	if !e.Factorize(&spread, true) {
		t.Fatal("there are no principal components")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	x := away(test)
	all := mat.Norm(x, 2)
	for _, n := range components {
		var codes mat.Dense
		codes.Mul(x, vectors.Slice(0, d, d-n, d)) // the largest are last
		kept := mat.Norm(&codes, 2)
		errors = append(errors, (all*all-kept*kept)/float64(len(test.F32)))
	}
	return errors
}

// TestPrincipalComponents: what the autoencoder must come to is less than the error of as many principal components,
// of the first pictures of its data.
func TestPrincipalComponents(t *testing.T) {
	if testing.Short() {
		t.Skip("principal components take seconds")
	}
	const most, components = 4000, 32
	for _, c := range []struct{ data, source string }{{"digits", "digits"}, {"mnist", "../../../shared/data/mnist"}} {
		set, err := data.OpenImages(t.Context(), c.source, data.FolderOptions{Height: 28, Width: 28, Gray: true},
			t.Logf)
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s: the data for development are not there", c.source)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all := principalErrors(t, set.Train.X.Rows(0, most), set.Test.X, components, components/4)
		pca := all[0]
		if all[1] < 1.5*pca { // the negative control
			t.Errorf("%s: with fewer components the error is %.5f, with all %.5f", c.data, all[1], pca)
		}
		for _, e := range mustFind(t, "autoencoder").Expect {
			if e.Data == c.data && e.Bound > pca {
				t.Errorf("on %s the loss may be %.5f, and principal components come to %.5f", c.data, e.Bound, pca)
			}
		}
		t.Logf("%s: %d principal components have an error of %.5f", c.data, components, pca)
	}
}
