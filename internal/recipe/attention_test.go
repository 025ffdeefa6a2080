package recipe

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/viz"
)

// attentionOf is how the usual model of a row looks at its example.
func attentionOf(t *testing.T, r Recipe) ([]viz.Matrix, Attended) {
	t.Helper()
	m := r.New(r.Usual())
	x, err := r.Kind.(Attentive).Attend(m, "")
	if err != nil {
		t.Fatal(err)
	}
	all, heads, err := m.Attention(x)
	if err != nil {
		t.Fatal(err)
	}
	if heads < 1 || len(all)%heads != 0 {
		t.Errorf("%d matrices of layers of %d heads", len(all), heads)
	}
	return all, x
}

// TestAttention: of every row that has attention, each symbol looks somewhere: its weights are not below 0 and add up
// to 1, each row and column has a name, and no two matrices are called the same.
func TestAttention(t *testing.T) {
	names := Attending()
	if !slices.Contains(names, "gpt") || slices.Contains(names, "charlstm") || slices.Contains(names, "mlp") {
		t.Errorf("those that have attention are %v", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			all, _ := attentionOf(t, mustFind(t, name))
			titles := map[string]bool{}
			for _, a := range all {
				if titles[a.Title] {
					t.Errorf("two are called %q", a.Title)
				}
				titles[a.Title] = true
				if len(a.Values) != len(a.Rows)*len(a.Columns) {
					t.Fatalf("%s: %d weights, %d rows, %d columns", a.Title, len(a.Values), len(a.Rows),
						len(a.Columns))
				}
				for i := range a.Rows {
					sum := 0.
					for _, v := range a.Values[i*len(a.Columns) : (i+1)*len(a.Columns)] {
						if v < 0 {
							t.Errorf("%s: a weight is %v", a.Title, v)
						}
						sum += float64(v)
					}
					if math.Abs(sum-1) > 1e-5 {
						t.Errorf("%s: the weights of %q add up to %v", a.Title, a.Rows[i], sum)
					}
				}
			}
		})
	}
}

// TestAttentionOfGPT: a model that predicts looks at nothing that is to come, layer by layer, head by head, and what
// it looks at is the text.
func TestAttentionOfGPT(t *testing.T) {
	r := mustFind(t, "gpt")
	all, x := attentionOf(t, r)
	if len(all) != 4*4 || all[0].Title != "h.0.attn · head 1" || all[15].Title != "h.3.attn · head 4" {
		t.Fatalf("%d matrices, the first is %q", len(all), all[0].Title)
	}
	if got := strings.Join(all[0].Rows, ""); got != strings.ReplaceAll(x.Text, " ", "␣") {
		t.Errorf("the rows spell %q, the text is %q", got, x.Text)
	}
	for _, a := range all {
		for i := range a.Rows {
			for j := i + 1; j < len(a.Columns); j++ {
				if v := a.Values[i*len(a.Columns)+j]; v != 0 {
					t.Fatalf("%s: symbol %d looks at %d with %v", a.Title, i, j, v)
				}
			}
		}
	}
}

// TestAttentionMoves: another text, and other weights, are looked at otherwise.
func TestAttentionMoves(t *testing.T) {
	r := mustFind(t, "gpt")
	look := func(seed uint64, text string) []float32 {
		m := r.New(r.Usual())
		m.Params().Init(seed)
		x, err := r.Kind.(Attentive).Attend(m, text)
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := m.Attention(x)
		if err != nil {
			t.Fatal(err)
		}
		return all[5].Values
	}
	usual := look(0, "the sea was blue")
	switch {
	case !slices.Equal(usual, look(0, "the sea was blue")):
		t.Error("the same text is looked at otherwise")
	case slices.Equal(usual, look(0, "the sun was gone")):
		t.Error("another text is looked at in the same way")
	case slices.Equal(usual, look(1, "the sea was blue")):
		t.Error("other weights look in the same way")
	}
}

// TestAttendsNot: what a model cannot read is the error of a prompt.
func TestAttendsNot(t *testing.T) {
	r := mustFind(t, "gpt")
	m := r.New(r.Usual())
	for text, want := range map[string]string{
		strings.Repeat("a", 65): "it has 65 characters, and the model sees 64",
		"the 海":                 "海",
	} {
		_, err := r.Kind.(Attentive).Attend(m, text)
		var prompt PromptError
		if !errors.As(err, &prompt) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestAttentionOfBERT: attention of an encoder is found, too, and looks both ways.
func TestAttentionOfBERT(t *testing.T) {
	bert := transformer.NewBERT(transformer.BERTConfig{Vocabulary: 9, Context: 8, Width: 8, Heads: 2, Layers: 3})
	m := &Model{Model: bert, Input: func(n int) graph.Type {
		return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, 4}}
	}}
	all, heads, err := m.Attention(Attended{
		Inputs: []graph.Tensor{graph.FromInt64([]int64{1, 2, 3, 4}, 1, 4)},
		Axes:   itself([]string{"a", "b", "c", "d"}),
	})
	if err != nil || heads != 2 || len(all) != 6 || all[0].Values[3] == 0 {
		t.Errorf("%d matrices of %d heads: %v", len(all), heads, err)
	}
}

// TestAttentionOfNumbersTooLarge: weights that are finite may still make what is not, which is told.
func TestAttentionOfNumbersTooLarge(t *testing.T) {
	r := mustFind(t, "gpt")
	m := r.New(r.Usual())
	if m.Params().SetInit("h.0.attn.c_attn.weight", nn.Constant(1e38)) == 0 {
		t.Fatal("there is no such weight")
	}
	x, err := r.Kind.(Attentive).Attend(m, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Attention(x); !errors.Is(err, errNoNumbers) {
		t.Errorf("got %v", err)
	}
}
