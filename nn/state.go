// This file holds saving and loading of parameters.

package nn

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/torchfile"
)

// Save writes all parameters, including running statistics, to a safetensors file under their names. The file is
// written whole or not at all.
func (ps *Params) Save(path string) error {
	return safetensors.Write(path, ps.must("Save").tensors(), asTorch())
}

// SaveWith is [Params.Save] with metadata about the model, which [safetensors.File.Metadata] returns.
func (ps *Params) SaveWith(path string, metadata map[string]string) error {
	words := asTorch()
	maps.Copy(words, metadata)
	return safetensors.Write(path, ps.must("SaveWith").tensors(), words)
}

// Encode writes to w what [Params.Save] writes to a file.
func (ps *Params) Encode(w io.Writer) error {
	return safetensors.Encode(w, ps.must("Encode").tensors(), asTorch())
}

// asTorch is the metadata that Hugging Face's transformers need.
func asTorch() map[string]string { return map[string]string{"format": "pt"} }

func (ps *Params) tensors() (all []safetensors.Tensor) {
	for _, p := range ps.list {
		all = append(all, safetensors.Tensor{Name: p.Name(), Shape: p.Type().Shape, Data: elements(p.Tensor())})
	}
	return all
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

// Load copies the values of a file into the parameters. The file is a safetensors file, or a file of PyTorch, whose
// code is not run (see package torchfile). The file must hold each parameter in its shape and nothing else. If not,
// the error is a [*MismatchError], which lists what is missing, unexpected and mis-shaped, and nothing is changed.
// [Params.LoadWith] takes files that fit less well.
//
// As in PyTorch, files of old versions are read: a scalar may have shape (1), and the counter of batches of a
// normalisation, num_batches_tracked, may be missing: it becomes 0. Numbers of float16, bfloat16 and the other float
// type are converted.
func (ps *Params) Load(path string) error {
	_, err := ps.must("Load").LoadWith(path, LoadOptions{})
	return err
}

// LoadPrefix is [Params.Load] for the parameters under the path prefix, such as a backbone. Other parameters of the
// model are not changed, and other tensors of the file are ignored. It is an error if the model has no parameter under
// prefix.
func (ps *Params) LoadPrefix(path, prefix string) error {
	_, err := ps.must("LoadPrefix").LoadWith(path, LoadOptions{Under: prefix})
	return err
}

// LoadOptions say how the names in a file become names of the model, and whether all must fit. The zero value is
// [Params.Load].
type LoadOptions struct {
	Under   string                   // a path in the model: other parameters are not changed; "" for all
	Strip   string                   // removed from the beginning of names in the file: "module."
	Rename  func(name string) string // the model's name for it, after Strip; "" to leave it out; nil for no change
	Partial bool                     // names that are missing, unexpected or mis-shaped are reported, and no error
}

// LoadReport says what became of the parameters and of the tensors of the file.
type LoadReport struct {
	Loaded     []string // parameters that have the file's values
	Missing    []string // parameters that the file does not have: they are not changed
	Unexpected []string // tensors that the model does not have, by their names in the file
	MisShaped  []string // parameters whose shape in the file differs, with both shapes: they are not changed
	LeftOut    []string // tensors of the file that Rename has left out, by their names in the file
}

// String is the report in one line, such as
//
//	18 loaded; 2 missing: fc.weight, fc.bias; 2 left out: head.weight, head.bias
func (r LoadReport) String() string {
	return strings.Join(append([]string{fmt.Sprintf("%d loaded", len(r.Loaded))}, listedKinds(
		kindOf{"missing", ", ", r.Missing}, kindOf{"unexpected", ", ", r.Unexpected},
		kindOf{"mis-shaped", " and ", r.MisShaped}, kindOf{"left out", ", ", r.LeftOut})...), "; ")
}

// kindOf is a list of names, with the word for what they have in common.
type kindOf struct {
	what, between string
	names         []string
}

// listedKinds says, for each list that is not empty, how many names it has, and the first names.
func listedKinds(kinds ...kindOf) (parts []string) {
	for _, k := range kinds {
		if n := len(k.names); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", n, k.what, listed(k.names, k.between)))
		}
	}
	return parts
}

// LoadWith is [Params.Load] with options. It is an error if two tensors of the file get the same name, or, even with
// Partial, if no parameter could be loaded. If there is an error nothing is changed.
func (ps *Params) LoadWith(path string, opt LoadOptions) (LoadReport, error) {
	ps.must("LoadWith")
	f, err := torchfile.OpenAny(path)
	if err != nil {
		return LoadReport{}, err
	}
	defer f.Close()
	return ps.LoadFrom(f.File, opt)
}

// LoadFrom is [Params.LoadWith] for an open file, for example one that is embedded in the program; see
// [safetensors.NewFile].
func (ps *Params) LoadFrom(f *safetensors.File, opt LoadOptions) (LoadReport, error) {
	if ps.must("LoadFrom"); f == nil {
		return LoadReport{}, errors.New("load: the *safetensors.File is nil")
	}
	if err := ps.has(opt.Under); err != nil {
		return LoadReport{}, fmt.Errorf("load %s: %w", f.Name(), err)
	}
	names, leftOut, err := opt.names(f)
	if err != nil {
		return LoadReport{}, fmt.Errorf("load %s: %w", f.Name(), err)
	}
	d := ps.compare(f, names, opt)
	d.LeftOut = leftOut
	if err := d.err(f.Name(), opt.Partial); err != nil {
		return LoadReport{}, err
	}
	if err := d.load(f, names); err != nil {
		return LoadReport{}, err
	}
	return d.LoadReport, nil
}

// has is an error if there is no parameter under the path prefix.
func (ps *Params) has(prefix string) error {
	if prefix == "" || slices.ContainsFunc(ps.list, func(p *param) bool { return under(p.Name(), prefix) }) {
		return nil
	}
	return fmt.Errorf("the model has no parameter under %q; it has them under %s", prefix,
		listed(near.Sort(prefix, ps.paths()), ", "))
}

// names maps each name after Strip and Rename to the name in the file, and lists the names that Rename leaves out.
func (o LoadOptions) names(f *safetensors.File) (names map[string]string, leftOut []string, err error) {
	names = map[string]string{}
	for _, name := range f.Names() {
		to := strings.TrimPrefix(name, o.Strip)
		if o.Rename != nil {
			if to = o.Rename(to); to == "" {
				leftOut = append(leftOut, name)
				continue
			}
		}
		if other, taken := names[to]; taken {
			return nil, nil, fmt.Errorf("both %q and %q of the file become %q: see Strip and Rename", other, name, to)
		}
		names[to] = name
	}
	slices.Sort(leftOut)
	return names, leftOut, nil
}

// paths lists the layers that have parameters, and all layers around them.
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

// listed joins the first names of a list, and says how many names follow.
func listed(names []string, between string) string {
	n := min(len(names), listLimit)
	s := strings.Join(names[:n], between)
	if len(names) > n {
		s += fmt.Sprintf(" and %d more", len(names)-n)
	}
	return s
}

// set makes v the value, without drawing the initial value first.
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

// differences compare the parameters of a model with a file.
type differences struct {
	LoadReport
	found []*param // the parameters of Loaded
}

func (ps *Params) compare(f *safetensors.File, names map[string]string, opt LoadOptions) differences {
	var d differences
	for _, p := range ps.list {
		if under(p.Name(), opt.Under) {
			d.add(p, f, names, opt.Partial)
		}
	}
	for to, name := range names {
		if under(to, opt.Under) && ps.byName[to] == nil {
			d.Unexpected = append(d.Unexpected, name)
		}
	}
	slices.Sort(d.Unexpected)
	return d
}

func (d *differences) add(p *param, f *safetensors.File, names map[string]string, partial bool) {
	name := p.Name()
	inFile, ok := names[name]
	info, _ := f.Tensor(inFile)
	switch shape := graph.Shape(info.Shape); {
	case !ok && (partial || !p.isCounter()):
		d.Missing = append(d.Missing, name)
	case ok && !shape.Equal(p.Type().Shape) && !p.isScalarIn(shape):
		d.MisShaped = append(d.MisShaped, fmt.Sprintf("%s: file %v, model %v", name, shape, p.Type().Shape))
	default:
		d.Loaded, d.found = append(d.Loaded, name), append(d.found, p)
	}
}

// load reads the values of all parameters that were found, and then changes the parameters.
func (d differences) load(f *safetensors.File, names map[string]string) error {
	values := make([]graph.Tensor, len(d.found))
	for i, p := range d.found {
		values[i] = graph.NewTensor(p.Type())
		name, ok := names[p.Name()]
		if !ok {
			continue // a counter that begins at 0
		}
		if err := read(f, name, values[i]); err != nil {
			return err
		}
	}
	for i, p := range d.found {
		p.set(values[i])
		values[i] = graph.Tensor{} // may be collected
	}
	return nil
}

// isCounter reports a counter of batches, which files from before PyTorch 0.4.1 do not have.
func (p *param) isCounter() bool {
	name := p.Name()
	return p.Type().DType == graph.Int64 && name[strings.LastIndexByte(name, '.')+1:] == "num_batches_tracked"
}

// isScalarIn reports a scalar whose shape in the file is (1), as PyTorch wrote scalars before 0.4.
func (p *param) isScalarIn(shape graph.Shape) bool {
	return len(p.Type().Shape) == 0 && shape.Equal(graph.Shape{1})
}

// MismatchError says that a file of weights does not fit a model.
type MismatchError struct {
	Path                           string
	Missing, Unexpected, MisShaped []string
	Prefix                         string // beginning that the names in the file have in addition, "" for none
}

// Error lists, for example:
//
//	load resnet18.safetensors: 1 missing: fc.bias; 1 mis-shaped: fc.weight: file (1000, 512), model (10, 512)
func (e *MismatchError) Error() string {
	parts := listedKinds(kindOf{"missing", ", ", e.Missing}, kindOf{"unexpected", ", ", e.Unexpected},
		kindOf{"mis-shaped", " and ", e.MisShaped})
	if e.Prefix != "" {
		parts = append(parts, fmt.Sprintf("names in the file begin with %q, see LoadOptions.Strip", e.Prefix))
	}
	return "load " + e.Path + ": " + strings.Join(parts, "; ")
}

// Is makes errors.Is(err, safetensors.ErrFormat) true.
func (e *MismatchError) Is(target error) bool { return target == safetensors.ErrFormat }

// listLimit is how many names of one list an error shows.
const listLimit = 10

// err is a MismatchError if the file does not fit the model; with partial, only if no parameter was found in the file.
func (d differences) err(path string, partial bool) error {
	if fits := len(d.Missing)+len(d.Unexpected)+len(d.MisShaped) == 0; fits || partial && len(d.found) > 0 {
		return nil
	}
	return &MismatchError{Path: path, Missing: d.Missing, Unexpected: d.Unexpected, MisShaped: d.MisShaped,
		Prefix: d.prefix()}
}

// prefix is a beginning p that ends in a dot, such that the file has p + name for every missing name, or every
// unexpected name is p + a missing name. So the file may have more layers than the model, or fewer, but not both.
func (d differences) prefix() string {
	if len(d.Missing) == 0 || len(d.Unexpected) == 0 {
		return ""
	}
	for _, got := range d.Unexpected {
		if p, ok := before(got, d.Missing[0]); ok && d.allBehind(p) {
			return p
		}
	}
	for _, name := range d.Missing {
		if p, ok := before(d.Unexpected[0], name); ok && d.onlyBehind(p) {
			return p
		}
	}
	return ""
}

// before returns p, which must end in a dot, if got is p and then name.
func before(got, name string) (p string, ok bool) {
	p, ok = strings.CutSuffix(got, name)
	return p, ok && strings.HasSuffix(p, ".")
}

// allBehind reports whether the file has p and name for every missing name.
func (d differences) allBehind(p string) bool {
	return !slices.ContainsFunc(d.Missing, func(name string) bool {
		_, ok := slices.BinarySearch(d.Unexpected, p+name)
		return !ok
	})
}

// onlyBehind reports whether every unexpected name is p and then a missing name.
func (d differences) onlyBehind(p string) bool {
	missing := slices.Sorted(slices.Values(d.Missing))
	return !slices.ContainsFunc(d.Unexpected, func(got string) bool {
		name, ok := strings.CutPrefix(got, p)
		if ok {
			_, ok = slices.BinarySearch(missing, name)
		}
		return !ok
	})
}
