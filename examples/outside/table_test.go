package outside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// fruit writes a table of two kinds of fruit: their weights in grams and their lengths in centimetres, on two moons.
func fruit(t *testing.T) string {
	t.Helper()
	moons := table.Moons(0).Train
	var b strings.Builder
	b.WriteString("weight,length,kind\n")
	for i, y := range moons.Y.I64 {
		x := moons.X.Rows(i, i+1).F32
		fmt.Fprintf(&b, "%.1f,%.3f,%s\n", 150+50*x[0], 12+3*x[1], []string{"apple", "banana"}[y])
	}
	path := filepath.Join(t.TempDir(), "fruit.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTable: a file of rows is learnt until the loss of what is held out no longer falls, and the weights of the best
// epoch answer requests, in the units of the file.
func TestTable(t *testing.T) {
	table, err := table.Read(fruit(t), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(t.TempDir(), "fruit.safetensors")
	learned, err := LearnTable(t.Context(), table, weights)
	if err != nil {
		t.Fatal(err)
	}
	if learned.Epochs != learned.Best+5 || learned.Accuracy < .9 {
		t.Errorf("learned %+v, want five epochs after the best and at least 9 of 10 right", learned)
	}
	model := NewTableModel(len(table.Features), len(table.Classes))
	if err := model.Params().Load(weights); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Handler(nn.NewPredictor(model), len(table.Features)))
	defer server.Close()
	var all sync.WaitGroup
	var right [4]int
	for client := range right {
		all.Go(func() {
			for i := client; i < table.Test.Len(); i += len(right) {
				body, _ := json.Marshal(Query{rowsOf(table.Test.X.Rows(i, i+1))})
				status, answer := ask(t, server.URL, string(body))
				var scores Answer
				if err := json.Unmarshal([]byte(answer), &scores); status != http.StatusOK || err != nil {
					t.Errorf("row %d: %d %s", i, status, answer)
					return
				}
				if s := scores.Rows[0]; s[1] > s[0] == (table.Test.Y.I64[i] == 1) {
					right[client]++
				}
			}
		})
	}
	all.Wait()
	n := right[0] + right[1] + right[2] + right[3]
	if got := float64(n) / float64(table.Test.Len()); got != learned.Accuracy {
		t.Errorf("by requests the accuracy is %v, by the evaluator %v", got, learned.Accuracy)
	}
}

// TestTableMisused: each is an error.
func TestTableMisused(t *testing.T) {
	path := fruit(t)
	numbers, err := table.Read(path, table.Options{Target: "length"})
	if err != nil {
		t.Fatal(err)
	}
	classes, err := table.Read(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		name    string
		ctx     context.Context
		table   table.Table
		weights string
		want    error // nil for any
	}{
		{"a target of numbers", t.Context(), numbers, filepath.Join(t.TempDir(), "w"), nil},
		{"no folder for the weights", t.Context(), classes, filepath.Join(t.TempDir(), "none", "w"), os.ErrNotExist},
		{"interrupted", ended, classes, filepath.Join(t.TempDir(), "w"), train.ErrInterrupted},
	} {
		_, err := LearnTable(c.ctx, c.table, c.weights)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}
