package recipe

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
)

// TestHostileForms: whatever form a file of weights tells of, the model is made or the file is called damaged.
func TestHostileForms(t *testing.T) {
	const letters = `"vocabulary":["a","b"]`
	ten := `"classes":["0","1","2","3","4","5","6","7","8","9"]`
	digits := `"input":[1,28,28],"classes":["0","1"]`
	for _, c := range []struct{ name, model, form, want string }{
		{"nothing", "charlstm", ``, "unexpected end of JSON input"},
		{"another type", "charlstm", `[1]`, "cannot unmarshal array"},
		{"no characters", "charlstm", `{"vocabulary":[]}`, "it has no characters"},
		{"characters that are words", "charlstm", `{"vocabulary":["ab"]}`, "entry 0 is not one character"},
		{"a width without a depth", "charlstm", `{` + letters + `,"size":{"width":8}}`, ""},
		{"a depth without a width", "charlstm", `{` + letters + `,"size":{"depth":1}}`, ""},
		{"a width below 1", "charlstm", `{` + letters + `,"size":{"width":-8}}`, "the width is -8, want 1 to 65536"},
		{"a width that no tensor has", "charlstm", `{` + letters + `,"size":{"width":65536,"depth":1}}`,
			"charlstm is not made in this size: graph.NewParam"},
		{"a width that is no whole number", "charlstm", `{` + letters + `,"size":{"width":1.5}}`,
			"cannot unmarshal number 1.5"},
		{"a size that does not vary", "charlstm", `{` + letters + `,"size":{"size":8}}`, "charlstm comes in one size"},
		{"no words", "names", `{}`, "it has no words"},
		{"words that are none", "names", `{"words":{"split":"character","words":[]}}`, "it has no words"},
		{"words of more than a character", "names", `{"words":{"split":"character","words":["ab"]}}`,
			"entry 0 is not one word"},
		{"words of what has none", "charlstm", `{` + letters + `,"words":{"split":"character","words":["a"]}}`,
			"it has no words"},
		{"words as they should be", "names", `{"words":{"split":"character","words":["a"]}}`, ""},
		{"an input of its own", "mlp", `{"input":[1,-28,-28],"classes":["0","1"]}`,
			"an example has shape (1, -28, -28), the model takes (1, 28, 28)"},
		{"no classes", "mlp", `{"input":[1,28,28]}`, "it has 0 classes"},
		{"classes of what has none", "gan", `{` + digits + `}`, "it has 2 classes"},
		{"classes of what has none", "vae", `{` + digits + `}`, "it has 2 classes"},
		{"no classes of what is told them", "cvae", `{"input":[1,28,28]}`, "it has 0 classes"},
		{"two classes of what is told them", "cvae", `{` + digits + `}`, ""},
		{"a width of convolutions that no tensor has", "convvae", `{"input":[1,28,28],"size":{"width":65536}}`,
			"convvae is not made in this size: "},
		{"no words", "sentiment", `{"classes":["neg","pos"]}`, "it has no words"},
		{"a list of no words", "sentiment", `{"classes":["neg","pos"],"words":{"split":"word","words":[]}}`,
			"it has no words"},
		{"words of what has none", "mlp", `{` + digits + `,"words":{"split":"word","words":["a"]}}`,
			"it has no words"},
		{"words twice", "sentiment", `{"classes":["neg","pos"],"words":{"split":"word","words":["a","a"]}}`,
			"entry 1 stands twice"},
		{"no classes of texts", "language", `{"words":{"split":"character","words":["a"]}}`, "it has 0 classes"},
		{"one class of texts", "language", `{"classes":["a"],"words":{"split":"character","words":["a"]}}`, ""},
		{"no scale", "forecast", `{}`, "it has no scale of a series"},
		{"a deviation of 0", "forecast", `{"scale":{"mean":1,"deviation":0}}`, "it has no scale of a series"},
		{"a deviation that no float32 holds", "forecast", `{"scale":{"mean":1,"deviation":1e300}}`,
			"it has no scale of a series"},
		{"no words", "seq2seq", `{}`, "it has no words"},
		{"words of one side", "seq2seq", `{"source":{"split":"space","lower":false,"words":["a"]}}`,
			"it has no words"},
		{"an empty list of words", "seq2seq",
			`{"source":{"split":"space","words":["a"]},"target":{"split":"space","words":[]}}`, "it has no words"},
		{"words that stand twice", "seq2seq", `{"source":{"split":"space","words":["a","a"]}}`,
			"entry 1 stands twice"},
		{"words of what has none", "mlp", `{` + digits + `,"source":{"split":"space","words":["a"]}}`,
			"it has no words"},
		{"no masked words", "bert", `{}`, "it has no words"},
		{"words of which there are none", "bert", `{"words":{"split":"word","lower":true,"words":[]}}`,
			"it has no words"},
		{"words that are two", "bert", `{"words":{"split":"word","lower":true,"words":["a b"]}}`,
			"entry 0 is not one word"},
		{"words of what has characters", "charlstm", `{` + letters + `,"words":{"split":"word","words":["a"]}}`,
			"it has no words"},
		{"a classifier of words without classes", "bert-classifier", `{"words":{"split":"word","words":["a"]}}`,
			"it has 0 classes"},
		{"words as they should be", "bert", `{"words":{"split":"word","lower":true,"words":["a"]}}`, ""},
		{"more layers than tensors", "gpt", `{` + letters + `,"size":{"width":4,"depth":2000}}`,
			"it has 2000 layers, the file "},
		{"no picture", "resnet20", `{` + ten + `}`, "shape (), the model takes square pictures"},
		{"a picture that is not square", "resnet20", `{"input":[3,32,16],` + ten + `}`, "shape (3, 32, 16)"},
		{"two channels", "resnet20", `{"input":[2,32,32],` + ten + `}`, "shape (2, 32, 32)"},
		{"a side below 1", "resnet20", `{"input":[3,-32,-32],` + ten + `}`, "shape (3, -32, -32)"},
		{"a side of no picture", "resnet20", `{"input":[3,32768,32768],` + ten + `}`, "sides of 1 to 1024"},
		{"a side that is not the size", "resnet20", `{"input":[3,32,32],"size":{"size":16},` + ten + `}`,
			"and the size that it says"},
		{"a side that the network does not take", "vgg11", `{"input":[3,8,8],"size":{"size":8},` + ten + `}`,
			"vgg11 is not made in this size"},
		{"drawings that are none", "resnet20", `{"input":[1,32,32],"stored":[1,28],` + ten + `}`,
			"a drawing has shape (1, 28)"},
		{"drawings too large", "resnet20", `{"input":[1,32,32],"stored":[1,65536,65536],` + ten + `}`,
			"a drawing has shape (1, 65536, 65536)"},
		{"a picture as it should be", "resnet20", `{"input":[1,32,32],"stored":[1,28,28],` + ten + `}`, ""},
		{"as it should be", "mlp", `{` + digits + `}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustFind(t, c.model)
			small := tiny(t, r)
			m := small.New(small.Usual())
			path := filepath.Join(t.TempDir(), "w.safetensors")
			if err := m.Params().SaveWith(path, map[string]string{modelKey: c.model, formKey: c.form}); err != nil {
				t.Fatal(err)
			}
			form, err := r.formOf(path)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "":
				if made := r.New(form).Form.Size; made.Width == 0 || made.Depth == 0 && r.Size.Depth > 0 {
					t.Errorf("the model is of size %+v", made)
				}
			case err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, data.ErrDamaged):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestWeightsThatOverflow: weights that are finite and give NaN make nothing new, and say so.
func TestWeightsThatOverflow(t *testing.T) {
	for _, name := range []string{"charlstm", "names", "gan", "vae", "cvae"} {
		r := mustFind(t, name)
		m := r.New(r.Usual())
		k := r.Kind.(kind.Generator)
		if _, err := k.Generate(t.Context(), m, kind.Generate{N: 2}); err != nil { // negative control
			t.Errorf("%s: %v", name, err)
		}
		for p := range m.Params().All() {
			for i, v := range p.Tensor().F32 {
				p.Tensor().F32[i] = float32(math.Copysign(3e38, float64(v)))
			}
		}
		if _, err := k.Generate(t.Context(), m, kind.Generate{N: 2}); err == nil {
			t.Errorf("%s makes something of weights of 3e38", name)
		}
	}
}

// TestForeignTexts: a model is not trained and not tested with texts whose symbols it does not know.
func TestForeignTexts(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	few := "xyzzy\txyzzy\n"
	for _, pair := range kinds.Phrases().Train[:6] {
		few += pair.Source + "\t" + pair.Target + "\n"
	}
	for _, c := range []struct{ name, model, source, want string }{
		{"sums for letters", "seq2seq", "sums", "% of the characters"},
		{"letters to sort for letters to turn round", "seq2seq", "sort", ""},
		{"pairs of which it knows no word", "translate", file("a.txt", strings.Repeat("xx yy\tzz\nyy xx\tuu\n", 5)),
			"the model does not know 100 % of the words"},
		{"pairs of which it does not know one", "translate", file("b.txt", few), ""},
		{"names with other letters", "names", file("c.txt", "Ølaf\nanna\nberta\n"), "% of the characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustFind(t, c.model)
			form := r.Usual()
			_, err := r.Kind.Open(context.Background(), c.source, &form, t.Logf)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!errors.Is(err, data.ErrDamaged)):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
