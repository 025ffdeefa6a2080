// This file holds Handler, which answers requests by a model.

package outside

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Query is what a request asks, and Answer what it is told: a row of scores for each row of features.
type Query struct {
	Rows [][]float32 `json:"rows"`
}

// Answer is the response to a [Query].
type Answer struct {
	Rows [][]float32 `json:"rows"`
}

// MaxBody is the most bytes that a request may have.
const MaxBody = 1 << 20

// Handler answers a POST of a [Query] in JSON by an [Answer]. The rows have so many features. All requests share one
// Predictor, which any number of goroutines may call: it gives each run a program of its own over the same parameters.
func Handler(p *nn.Predictor, features int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /predict", func(w http.ResponseWriter, r *http.Request) {
		var q Query
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxBody)).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		x, err := tensorOf(q.Rows, features)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		y, err := p.Predict(x)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(Answer{rowsOf(y)}) // the client is gone
	})
	return mux
}

// tensorOf makes a tensor (N, features) of the rows.
func tensorOf(rows [][]float32, features int) (graph.Tensor, error) {
	if len(rows) == 0 {
		return graph.Tensor{}, fmt.Errorf("there are no rows")
	}
	var all []float32
	for i, row := range rows {
		if len(row) != features {
			return graph.Tensor{}, fmt.Errorf("row %d has %d features, want %d", i, len(row), features)
		}
		all = append(all, row...)
	}
	return graph.FromFloat32(all, len(rows), features), nil
}

// rowsOf are the rows of y (N, classes).
func rowsOf(y graph.Tensor) (rows [][]float32) {
	for i := range y.Shape[0] {
		rows = append(rows, y.Rows(i, i+1).F32)
	}
	return rows
}
