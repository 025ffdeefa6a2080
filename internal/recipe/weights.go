// This file holds what a file of weights says of the model that it belongs to.

package recipe

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/torchfile"
)

// The words of a file of weights that are ours.
const modelKey, formKey = "stheno.model", "stheno.form"

// Save writes the weights of a model, with the row's name and the model's form. The file is written whole or not at
// all.
func (r Recipe) Save(m *kind.Model, path string) error {
	words, err := r.Words(m)
	if err != nil {
		return err
	}
	return m.Params().SaveWith(path, words)
}

// Words are what a file of weights says of a model: the row's name, and the form.
func (r Recipe) Words(m *kind.Model) (map[string]string, error) {
	form, err := json.Marshal(m.Form)
	return map[string]string{modelKey: r.Name, formKey: string(form)}, err
}

// Load makes the model of the row in the form that a file of weights tells of, and reads the weights. A file of
// others, of safetensors or of PyTorch, tells of none: it is for the usual form, and names may differ a little, see
// foreign. It is an error if a weight is not finite: what comes of it is no answer.
func (r Recipe) Load(path string) (*kind.Model, error) {
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	form, err := r.formIn(f.File)
	if err != nil {
		return nil, err
	}
	m := r.New(form)
	if _, err := m.Params().LoadFrom(f.File, r.foreign(f.File)); err != nil {
		return nil, err
	}
	return m, finite(m, path)
}

// Base is the form that a file of weights gives to a model that begins with those of another row, nil of a file that
// is no such.
func (r Recipe) Base(path string) (*kind.Form, error) {
	k, ok := r.Kind.(kind.Starter)
	if !ok {
		return nil, nil
	}
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return nil, err
	}
	name := f.Metadata()[modelKey]
	if err := f.Close(); err != nil || name != k.Base() {
		return nil, err
	}
	base, err := Find(name)
	if err != nil {
		return nil, err
	}
	form, err := base.formOf(path)
	return &form, err
}

// formOf reads the form of the model that a file holds.
func (r Recipe) formOf(path string) (kind.Form, error) {
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return kind.Form{}, err
	}
	defer f.Close()
	return r.formIn(f.File)
}

func (r Recipe) formIn(f *safetensors.File) (kind.Form, error) {
	words, path := f.Metadata(), f.Name()
	if name, ok := words[modelKey]; ok && name != r.Name {
		return kind.Form{}, kind.Damaged{Err: fmt.Errorf("%s: these are the weights of %s, not of %s", path, name,
			r.Name)}
	}
	text, ok := words[formKey]
	if !ok {
		form := r.Usual()
		form.Transform = r.Transforms
		return form, nil
	}
	var form kind.Form
	if err := json.Unmarshal([]byte(text), &form); err != nil {
		return kind.Form{}, kind.Damaged{Err: fmt.Errorf("%s: the form of the model is damaged: %w", path, err)}
	}
	if n := len(f.Names()); form.Size.Depth > n { // or the model is made before one sees that it is not this one
		return form, kind.Damaged{
			Err: fmt.Errorf("%s: the form of the model is damaged: it has %d layers, the file %d tensors",
				path, form.Size.Depth, n)}
	}
	return form, r.check(path, form)
}

// check reports a form that the row does not have, such as one of a damaged file.
func (r Recipe) check(path string, f kind.Form) error {
	usual := r.Usual()
	bad := func(format string, args ...any) error {
		return kind.Damaged{Err: fmt.Errorf("%s: the form of the model is damaged: %s", path,
			fmt.Sprintf(format, args...))}
	}
	switch {
	case f.Table != nil && usual.Table == nil:
		return kind.Damaged{
			Err: fmt.Errorf("%s: these weights learnt from the rows of a table, and tell nothing of %s", path,
				r.Kind.Data())}
	case f.Table == nil && usual.Table != nil:
		return kind.Damaged{Err: fmt.Errorf("%s: these weights learnt from no table", path)}
	}
	if k, ok := r.Kind.(interface{ Fits(f kind.Form) error }); ok {
		if err := k.Fits(f); err != nil {
			return bad("%v", err)
		}
	} else if !f.Input.Equal(usual.Input) {
		return bad("an example has shape %v, the model takes %v", f.Input, usual.Input)
	}
	if f.Transform && !(r.Transforms && f.Input[0] == 3) {
		return bad("pictures are as in TensorFlow")
	}
	if s := f.Stored; s != nil && !kind.IsPicture(s) {
		return bad("a drawing has shape %v", s)
	}
	if (f.Vocabulary == nil) != (usual.Vocabulary == nil) || f.Vocabulary != nil && f.Vocabulary.Len() == 0 {
		return bad("it has no characters")
	}
	if (f.Words == nil) != (usual.Words == nil) || f.Words != nil && f.Words.Len() == new(data.Words).Len() {
		return bad("it has no words")
	}
	if (f.Scale == nil) != (usual.Scale == nil) || f.Scale != nil && !f.Scale.Valid() {
		return bad("it has no scale of a series")
	}
	for _, w := range [][2]*data.Words{{f.Source, usual.Source}, {f.Target, usual.Target}} {
		if (w[0] == nil) != (w[1] == nil) || w[0] != nil && w[0].Len() <= data.End+1 {
			return bad("it has no words")
		}
	}
	if n := len(f.Classes); (n == 0) != (len(usual.Classes) == 0) || n > kind.MaxSize {
		return bad("it has %d classes", n)
	}
	if _, err := r.Sized(f.Size); err != nil {
		return bad("%v", err)
	}
	if err := r.Fits(f); err != nil {
		return bad("%v", err)
	}
	return nil
}

// finite reports the first weight that is not a finite number.
func finite(m nn.Model, path string) error {
	for p := range m.Params().All() {
		t := p.Tensor()
		for i := range t.Shape.Size() {
			if v := t.At(i); math.IsNaN(v) || math.IsInf(v, 0) {
				return kind.Damaged{Err: fmt.Errorf("%s: tensor %q is not finite: element %v of shape %v is %v", path,
					p.Name(), place(i, t.Shape), t.Shape, v)}
			}
		}
	}
	return nil
}

// place is where element i stands in a tensor.
func place(i int, shape graph.Shape) graph.Shape {
	at := make(graph.Shape, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = i % shape[axis]
		i /= shape[axis]
	}
	return at
}

// OpenTranslator reads the weights of a model of pairs, of whichever row a file has them.
func OpenTranslator(path string) (*kinds.Translator, error) {
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return nil, err
	}
	name, ours := f.Metadata()[modelKey]
	if err := f.Close(); err != nil {
		return nil, err
	}
	r, err := Find(name)
	if !ours || err != nil {
		return nil, kind.Misfit(
			"%s: it does not say of which model it is; want weights that zoo train translate -o FILE "+
				"has written", path)
	}
	k, ok := r.Kind.(kinds.Translation)
	if !ok {
		return nil, kind.Misfit(
			"%s: these are the weights of %s, which is a %s; want those of a %s, such as translate",
			path, name, r.Kind.Word(), k.Word())
	}
	m, err := r.Load(path)
	if err != nil {
		return nil, err
	}
	return k.Translates(m), nil
}
