package recipe

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/viz"
)

// attentionOf is how the usual model of a row looks at its example.
func attentionOf(t *testing.T, r Recipe) ([]viz.Matrix, kind.Attended) {
	t.Helper()
	m := r.New(r.Usual())
	x, err := r.Kind.(kind.Attentive).Attend(m, "")
	if err != nil {
		t.Fatal(err)
	}
	looks, err := m.Attention(x)
	if err != nil {
		t.Fatal(err)
	}
	all, across, err := kind.Matrices(looks, kind.Focus{})
	if err != nil || across < 1 || len(all)%across != 0 {
		t.Errorf("%d matrices, %d side by side: %v", len(all), across, err)
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
	if len(all) != 4*4 || all[0].Title != "self-attention · layer 1 · head 1" ||
		all[15].Title != "self-attention · layer 4 · head 4" {
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
		x, err := r.Kind.(kind.Attentive).Attend(m, text)
		if err != nil {
			t.Fatal(err)
		}
		looks, err := m.Attention(x)
		if err != nil {
			t.Fatal(err)
		}
		return looks[1].Heads[1]
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
		_, err := r.Kind.(kind.Attentive).Attend(m, text)
		var prompt kind.PromptError
		if !errors.As(err, &prompt) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestAttentionOfBERT: attention of an encoder is found, too, and looks both ways.
func TestAttentionOfBERT(t *testing.T) {
	bert := transformer.NewBERT(transformer.BERTConfig{Vocabulary: 9, Context: 8, Width: 8, Heads: 2, Layers: 3})
	m := &kind.Model{Model: bert, Input: func(n int) graph.Type {
		return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, 4}}
	}}
	looks, err := m.Attention(kind.Attended{
		Inputs: []graph.Tensor{graph.FromInt64([]int64{1, 2, 3, 4}, 1, 4)},
		Axes:   kind.Itself([]string{"a", "b", "c", "d"}),
	})
	if err != nil || len(looks) != 3 || len(looks[2].Heads) != 2 || looks[0].Heads[0][3] == 0 {
		t.Errorf("%d layers: %v", len(looks), err)
	}
}

// TestAttentionOfNumbersTooLarge: weights that are finite may still make what is not, which is told.
func TestAttentionOfNumbersTooLarge(t *testing.T) {
	r := mustFind(t, "gpt")
	m := r.New(r.Usual())
	if m.Params().SetInit("h.0.attn.c_attn.weight", nn.Constant(1e38)) == 0 {
		t.Fatal("there is no such weight")
	}
	x, err := r.Kind.(kind.Attentive).Attend(m, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Attention(x); !errors.Is(err, kind.ErrNotFinite) {
		t.Errorf("got %v", err)
	}
}

// TestFocus: a layer, a head or the mean of heads is shown alone, one kind of attention after the other.
func TestFocus(t *testing.T) {
	axes := func(name string) kind.Axes {
		return kind.Axes{Kind: name, Queries: []string{"a"}, Keys: []string{"b", "c"}, From: "target", To: "source"}
	}
	var looks []kind.Look
	for i, name := range []string{"encoder self-attention", "decoder–encoder attention"} {
		for layer := 1; layer <= 3; layer++ {
			heads := [][]float32{{1, 0}, {.5, .5}, {0, 1}, {float32(i), 1 - float32(i)}}
			looks = append(looks, kind.Look{Axes: axes(name), Layer: layer, Heads: heads})
		}
	}
	for _, c := range []struct {
		name          string
		focus         kind.Focus
		count, across int
		last          string
		values        []float32 // of the last
	}{
		{"all", kind.Focus{}, 24, 4, "decoder–encoder attention · layer 3 · head 4", []float32{1, 0}},
		{"a layer", kind.Focus{Layer: 2}, 8, 4, "decoder–encoder attention · layer 2 · head 4", []float32{1, 0}},
		{"a head", kind.Focus{Head: 2}, 6, 3, "decoder–encoder attention · layer 3 · head 2", []float32{.5, .5}},
		{"a head of a layer", kind.Focus{Layer: 1, Head: 3}, 2, 2, "decoder–encoder attention · layer 1 · head 3",
			[]float32{0, 1}},
		{"means", kind.Focus{Mean: true}, 6, 3, "decoder–encoder attention · layer 3 · mean of 4 heads",
			[]float32{.625, .375}},
		{"the means of a layer", kind.Focus{Layer: 3, Mean: true}, 2, 2,
			"decoder–encoder attention · layer 3 · mean of 4 heads", []float32{.625, .375}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, across, err := kind.Matrices(looks, c.focus)
			if err != nil || len(all) != c.count || across != c.across {
				t.Fatalf("%d matrices, %d side by side, want %d, %d: %v", len(all), across, c.count, c.across, err)
			}
			last := all[len(all)-1]
			if last.Title != c.last || !slices.Equal(last.Values, c.values) {
				t.Errorf("the last is %q, %v", last.Title, last.Values)
			}
			if last.RowAxis != "from target" || last.ColumnAxis != "to source" {
				t.Errorf("its axes are %q and %q", last.RowAxis, last.ColumnAxis)
			}
		})
	}
	for want, f := range map[string]kind.Focus{"layer is 4, want 1 to 3": {Layer: 4},
		"head is 5, want 1 to 4": {Head: 5}} {
		if _, _, err := kind.Matrices(looks, f); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAttentionOfTranslation: the encoder looks at the source, the decoder at the target and at the source, and a
// title says which.
func TestAttentionOfTranslation(t *testing.T) {
	all, _ := attentionOf(t, mustFind(t, "seq2seq"))
	kinds := []string{"encoder self-attention", "decoder self-attention", "decoder–encoder attention"}
	axes := [][2]string{{"from source", "to source"}, {"from target", "to target"}, {"from target", "to source"}}
	var seen []string
	for _, m := range all {
		kind, _, _ := strings.Cut(m.Title, " · ")
		if !slices.Contains(seen, kind) {
			seen = append(seen, kind)
		}
		if i := slices.Index(kinds, kind); i < 0 || axes[i] != [2]string{m.RowAxis, m.ColumnAxis} {
			t.Errorf("%s: %q, %q", m.Title, m.RowAxis, m.ColumnAxis)
		}
	}
	if !slices.Equal(seen, kinds) {
		t.Errorf("the kinds are %q", seen)
	}
}
