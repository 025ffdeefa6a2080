package outside

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// question is the i-th of as many as one likes: one row or some.
func question(i int) graph.Tensor {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1 + i%3, 2}})
	nn.NewRand(uint64(i), "question").Normal(x)
	return x
}

// TestSharedPredictor: eight goroutines ask 16,000 questions of one Predictor, each gets its own answers, to the bit.
func TestSharedPredictor(t *testing.T) {
	const goroutines, each, different = 8, 2000, 96
	model := NewClassifier(2, 8, 2)
	want := make([]graph.Tensor, different)
	alone := nn.NewPredictor(model)
	for i := range want {
		var err error
		if want[i], err = alone.Predict(question(i)); err != nil {
			t.Fatal(err)
		}
	}
	shared := nn.NewPredictor(model)
	var wrong, asked atomic.Int64
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range each {
				k := (i*7 + g*31) % different
				y, err := shared.Predict(question(k))
				if asked.Add(1); err != nil || !slices.Equal(y.F32, want[k].F32) {
					wrong.Add(1)
				}
			}
		})
	}
	all.Wait()
	if wrong.Load() != 0 || asked.Load() != 16000 {
		t.Errorf("%d of %d answers are wrong", wrong.Load(), asked.Load())
	}
}

func ask(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	r, err := http.Post(url+"/predict", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer r.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Error(err)
	}
	return r.StatusCode, strings.TrimSpace(b.String())
}

// TestHandlerAtOnce: clients that ask at the same time get their own answers.
func TestHandlerAtOnce(t *testing.T) {
	model := NewClassifier(2, 8, 2)
	server := httptest.NewServer(Handler(nn.NewPredictor(model), 2))
	defer server.Close()
	alone := nn.NewPredictor(model)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 25 {
				x := question(g*25 + i)
				body, _ := json.Marshal(Query{rowsOf(x)})
				want, err := alone.Predict(x)
				if err != nil {
					t.Error(err)
					return
				}
				status, answer := ask(t, server.URL, string(body))
				var got Answer
				if err := json.Unmarshal([]byte(answer), &got); status != http.StatusOK || err != nil ||
					!slices.Equal(slices.Concat(got.Rows...), want.F32) {
					t.Errorf("question %d: %d %s, want %v", g*25+i, status, answer, want.F32)
				}
			}
		})
	}
	all.Wait()
}

// TestHandlerRefuses: what a client does wrong is told to the client.
func TestHandlerRefuses(t *testing.T) {
	server := httptest.NewServer(Handler(nn.NewPredictor(NewClassifier(2, 8, 2)), 2))
	defer server.Close()
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no JSON", "rows", http.StatusBadRequest, "invalid character"},
		{"no rows", `{"rows": []}`, http.StatusBadRequest, "there are no rows"},
		{"a short row", `{"rows": [[1, 2], [3]]}`, http.StatusBadRequest, "row 1 has 1 features, want 2"},
		{"too long a body", `{"rows": [[` + strings.Repeat("1,", MaxBody), http.StatusBadRequest, "too large"},
		{"a good question", `{"rows": [[1, 2]]}`, http.StatusOK, `{"rows":[[`}, // the negative control
	} {
		if status, answer := ask(t, server.URL, c.body); status != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, answer, c.status, c.want)
		}
	}
}
