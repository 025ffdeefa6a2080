// This file holds saving and loading of parameters.

package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/safetensors"
)

// Save writes all parameters, running statistics included, to a safetensors file under
// their names. The file is written whole or not at all.
func (ps *Params) Save(path string) error {
	var all []safetensors.Tensor
	for _, p := range ps.must("Save").list {
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
//
// As in PyTorch, files of old are read: a scalar may have shape (1), and a normalisation's counter of batches,
// num_batches_tracked, may be absent: it becomes 0.
func (ps *Params) Load(path string) error {
	return ps.must("Load").load(path, func(string) bool { return true })
}

// LoadPrefix is [Params.Load] for the parameters under a path, such as a backbone; the others, in the model
// and in the file, are left alone. A path that the model does not have is an error.
func (ps *Params) LoadPrefix(path, prefix string) error {
	ps.must("LoadPrefix")
	wanted := func(name string) bool { return under(name, prefix) }
	if prefix != "" && !slices.ContainsFunc(ps.list, func(p *param) bool { return wanted(p.Name()) }) {
		return fmt.Errorf("load %s: the model has no parameter under %q; it has them under %s", path, prefix,
			listed(near.Sort(prefix, ps.paths()), ", "))
	}
	return ps.load(path, wanted)
}

// paths lists the layers that have parameters, and those that they are part of.
func (ps *Params) paths() (all []string) {
	for _, p := range ps.list {
		parts := strings.Split(p.Name(), ".")
		for n := 1; n < len(parts); n++ {
			if path := strings.Join(parts[:n], "."); !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
		if len(parts) == 1 {
			all = append(all, p.Name())
		}
	}
	return all
}

// listed joins the first names of a list, and says how many more there are.
func listed(names []string, between string) string {
	n := min(len(names), listLimit)
	s := strings.Join(names[:n], between)
	if len(names) > n {
		s += fmt.Sprintf(" and %d more", len(names)-n)
	}
	return s
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
		if _, ok := f.Tensor(p.Name()); !ok {
			continue // a counter that begins at 0
		}
		if err := read(f, p.Name(), values[i]); err != nil {
			return err
		}
	}
	for i, p := range d.found {
		p.set(values[i])
	}
	return nil
}

// set makes v the value, without drawing the initial one first.
func (p *param) set(v graph.Tensor) {
	p.Fill(func(dst graph.Tensor) { dst.CopyFrom(v) })
	p.Tensor()
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
		case !ok && p.isCounter():
			d.found = append(d.found, p)
		case !ok:
			d.missing = append(d.missing, p.Name())
		case !shape.Equal(p.Type().Shape) && !p.isScalarIn(shape):
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

// isCounter reports a count of batches, which files of before PyTorch 0.4.1 do not have.
func (p *param) isCounter() bool {
	name := p.Name()
	return p.Type().DType == graph.Int64 && name[strings.LastIndexByte(name, '.')+1:] == "num_batches_tracked"
}

// isScalarIn reports a scalar that stands in a file as PyTorch wrote scalars before 0.4.
func (p *param) isScalarIn(shape graph.Shape) bool {
	return len(p.Type().Shape) == 0 && shape.Equal(graph.Shape{1})
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
			parts = append(parts, fmt.Sprintf("%d %s: %s", n, l.what, listed(l.names, l.between)))
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
