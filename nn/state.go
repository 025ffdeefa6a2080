// This file holds saving and loading of parameters.

package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/safetensors"
)

// Save writes all parameters, running statistics included, to a safetensors file under
// their names. The file is written whole or not at all.
func (ps *Params) Save(path string) error {
	var all []safetensors.Tensor
	for _, p := range ps.list {
		all = append(all, safetensors.Tensor{Name: p.Name(), Shape: p.Type().Shape, Data: elements(p.Tensor())})
	}
	return safetensors.Write(path, all, map[string]string{"format": "pt"})
}

// elements is the slice of t that holds its elements.
func elements(t graph.Tensor) any {
	switch t.DType {
	case graph.Float32:
		return t.F32
	case graph.Float64:
		return t.F64
	default:
		return t.I64
	}
}

// Load copies the values of a safetensors file into the parameters. The file must hold each
// parameter in its shape and nothing else; if not, the error lists what is missing,
// unexpected and mis-shaped, and nothing is changed.
func (ps *Params) Load(path string) error {
	return ps.load(path, func(string) bool { return true })
}

// LoadPrefix is [Params.Load] for the parameters under a path, such as a backbone; the others, in the model
// and in the file, are left alone.
func (ps *Params) LoadPrefix(path, prefix string) error {
	return ps.load(path, func(name string) bool { return under(name, prefix) })
}

func (ps *Params) load(path string, wanted func(string) bool) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d := ps.compare(f, wanted)
	if err := d.err(path); err != nil {
		return err
	}
	values := make([]graph.Tensor, len(d.found))
	for i, p := range d.found {
		values[i] = graph.NewTensor(p.Type())
		if err := read(f, p.Name(), values[i]); err != nil {
			return err
		}
	}
	for i, p := range d.found {
		p.Tensor().CopyFrom(values[i])
	}
	return nil
}

func read(f *safetensors.File, name string, dst graph.Tensor) error {
	switch dst.DType {
	case graph.Float32:
		return f.ReadFloat32(name, dst.F32)
	case graph.Float64:
		return f.ReadFloat64(name, dst.F64)
	default:
		return f.ReadInt64(name, dst.I64)
	}
}

// differences are the parameters of a model and a file that do not match.
type differences struct {
	found                         []*param
	missing, unexpected, misShape []string
}

func (ps *Params) compare(f *safetensors.File, wanted func(string) bool) differences {
	var d differences
	for _, p := range ps.list {
		if !wanted(p.Name()) {
			continue
		}
		info, ok := f.Tensor(p.Name())
		switch shape := graph.Shape(info.Shape); {
		case !ok:
			d.missing = append(d.missing, p.Name())
		case !shape.Equal(p.Type().Shape):
			d.misShape = append(d.misShape, fmt.Sprintf("%s: file %v, model %v", p.Name(), shape, p.Type().Shape))
		default:
			d.found = append(d.found, p)
		}
	}
	for _, name := range f.Names() {
		if wanted(name) && ps.byName[name] == nil {
			d.unexpected = append(d.unexpected, name)
		}
	}
	return d
}

// MismatchError says that a file of weights does not fit a model.
type MismatchError struct {
	Path                           string
	Missing, Unexpected, MisShaped []string
}

// Error lists, for example:
//
//	load resnet18.safetensors: 1 missing: fc.bias; 1 mis-shaped: fc.weight: file (1000, 512), model (10, 512)
func (e *MismatchError) Error() string {
	var parts []string
	for _, l := range []struct {
		what, between string
		names         []string
	}{{"missing", ", ", e.Missing}, {"unexpected", ", ", e.Unexpected}, {"mis-shaped", " and ", e.MisShaped}} {
		if n := len(l.names); n > 0 {
			shown := l.names[:min(n, listLimit)]
			more := ""
			if n > listLimit {
				more = fmt.Sprintf(" and %d more", n-listLimit)
			}
			parts = append(parts, fmt.Sprintf("%d %s: %s%s", n, l.what, strings.Join(shown, l.between), more))
		}
	}
	return "load " + e.Path + ": " + strings.Join(parts, "; ")
}

// Is tells that the file is not what it should be: errors.Is(err, safetensors.ErrFormat).
func (e *MismatchError) Is(target error) bool { return target == safetensors.ErrFormat }

// listLimit is how many names of a kind an error lists.
const listLimit = 10

func (d differences) err(path string) error {
	if len(d.missing)+len(d.unexpected)+len(d.misShape) == 0 {
		return nil
	}
	slices.Sort(d.unexpected)
	return &MismatchError{Path: path, Missing: d.missing, Unexpected: d.unexpected, MisShaped: d.misShape}
}
