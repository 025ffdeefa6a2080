// This file holds how values are kept within the budget: whole, or as statistics and a sample.

package trace

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// bins and sampled are how many counts a histogram has, and elements a sample.
const bins, sampled = 24, 24

// stored is a value that is kept once: that of a place in the first state which has it.
type stored struct {
	state, at int
	value     graph.Tensor
	whole     int // bytes as JSON, if it is whole
	short     int // and if it is not
	summary   Value
}

// store fills in the values of the states, as many whole as fit the budget.
func (r *Recorder) store(run *Run) error {
	unique := r.unique(run)
	frame, err := json.Marshal(run)
	if err != nil {
		return err
	}
	bytes := len(frame) + 4*len(unique)
	for i := range unique {
		u := &unique[i]
		u.whole = lengthOf(Value{}) + base64.StdEncoding.EncodedLen(u.value.Bytes())
		if u.short = u.whole; u.whole > longestSummary {
			u.summary = summary(u.value, u.at)
			u.short = lengthOf(u.summary)
		}
		bytes += min(u.whole, u.short)
	}
	if bytes > r.opt.Budget {
		bytes = shorten(unique, bytes, r.opt.Budget)
	}
	if bytes > r.opt.Budget {
		return fmt.Errorf("the budget is %d bytes, the run takes %d with no value whole: give it more, or a smaller "+
			"model", r.opt.Budget, bytes)
	}
	slices.SortStableFunc(unique, func(a, b stored) int { return a.value.Shape.Size() - b.value.Shape.Size() })
	for lo := 0; lo < len(unique); { // those of one size together
		hi, more := lo, 0
		for size := unique[lo].value.Shape.Size(); hi < len(unique) && unique[hi].value.Shape.Size() == size; hi++ {
			more += unique[hi].whole - min(unique[hi].whole, unique[hi].short)
		}
		if bytes+more > r.opt.Budget {
			break
		}
		bytes, run.Whole = bytes+more, unique[lo].value.Shape.Size()
		lo = hi
	}
	for _, u := range unique {
		v := &run.States[u.state].Values[u.at]
		if u.value.Shape.Size() <= run.Whole || u.whole <= u.short {
			*v = Value{Data: encoded(u.value)}
		} else {
			*v = u.summary
		}
	}
	return nil
}

// longestSummary is what the statistics of a value, its histogram and its sample take at most, as JSON.
const longestSummary = 1 << 10

// unique finds the values that are stored, and makes of all others references to them.
func (r *Recorder) unique(run *Run) (all []stored) {
	first := make([]map[string]int, len(run.Nodes)+len(r.locals)) // by value, the state
	for k, s := range r.states {
		run.States[k].Values = make([]Value, len(s.values))
		for i, v := range s.values {
			if !has(v) {
				continue
			}
			if len(r.states) > 1 {
				if first[i] == nil {
					first[i] = map[string]int{}
				}
				key := string(raw(v))
				if same, ok := first[i][key]; ok {
					run.States[k].Values[i].Same = same + 1
					continue
				}
				first[i][key] = k
			}
			all = append(all, stored{state: k, at: i, value: v})
		}
	}
	return all
}

// shorten leaves out samples, and if that is not enough histograms.
func shorten(unique []stored, bytes, budget int) int {
	for _, cut := range []func(*Value){func(v *Value) { v.Sample = nil }, func(v *Value) { v.Histogram = nil }} {
		for i := range unique {
			u := &unique[i]
			if u.summary.Stats == nil {
				continue // it is whole at any rate
			}
			bytes -= min(u.whole, u.short)
			cut(&u.summary)
			u.short = lengthOf(u.summary)
			bytes += min(u.whole, u.short)
		}
		if bytes <= budget {
			break
		}
	}
	return bytes
}

// lengthOf is the length of a value as JSON.
func lengthOf(v Value) int {
	if v.Stats == nil {
		return len(`{"data":""}`) + len(v.Data)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return math.MaxInt32 // of statistics that are not finite, which summary does not make
	}
	return len(b)
}

// raw are the elements in row order, little-endian.
func raw(t graph.Tensor) []byte {
	b := make([]byte, 0, t.Bytes())
	for _, v := range t.F32 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	for _, v := range t.F64 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	for _, v := range t.I64 {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func encoded(t graph.Tensor) string { return base64.StdEncoding.EncodeToString(raw(t)) }

// decoded is the tensor of a type that data holds.
func decoded(data string, t graph.Type) (graph.Tensor, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(data)
	if err != nil {
		return graph.Tensor{}, err
	}
	if len(b) != t.Bytes() {
		return graph.Tensor{}, fmt.Errorf("it has %d bytes, %v has %d", len(b), t, t.Bytes())
	}
	v := graph.NewTensor(t)
	for i := range v.F32 {
		v.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	for i := range v.F64 {
		v.F64[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	for i := range v.I64 {
		v.I64[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return v, nil
}

// summary is what is kept of a large value. The sample is drawn by its place among the values.
func summary(t graph.Tensor, place int) Value {
	stats, counts := statistics(t)
	size := t.Shape.Size()
	var at []int
	if size <= sampled {
		for i := range size {
			at = append(at, i)
		}
	}
	draw := rand.New(rand.NewPCG(uint64(place), 1))
	for len(at) < min(size, sampled) {
		if i := draw.IntN(size); !slices.Contains(at, i) {
			at = append(at, i)
		}
	}
	slices.Sort(at)
	sample := Sample{At: at, Data: encoded(pick(t, at))}
	return Value{Stats: &stats, Histogram: &Histogram{Counts: counts}, Sample: &sample}
}

// pick is the elements of t at the given places.
func pick(t graph.Tensor, at []int) graph.Tensor {
	p := graph.NewTensor(graph.Type{DType: t.DType, Shape: graph.Shape{len(at)}})
	for k, i := range at {
		switch t.DType {
		case graph.Float32:
			p.F32[k] = t.F32[i]
		case graph.Float64:
			p.F64[k] = t.F64[i]
		default:
			p.I64[k] = t.I64[i]
		}
	}
	return p
}

// statistics sums up a tensor. Its numbers are finite whatever the elements are.
func statistics(t graph.Tensor) (s Stats, counts []int) {
	counts = make([]int, bins)
	s.Min, s.Max = math.Inf(1), math.Inf(-1)
	n, mean, squares := 0., 0., 0. // as Welford 1962 sums them, of the elements divided by scale
	scale := scaleOf(t)
	for i := range t.Shape.Size() {
		switch v := t.At(i); {
		case math.IsNaN(v):
			s.NaN++
		case math.IsInf(v, 0):
			s.Inf++
		default:
			if v == 0 {
				s.Zeros++
			}
			s.Min, s.Max = min(s.Min, v), max(s.Max, v)
			n++
			d := v/scale - mean
			mean += d / n
			squares += d * (v/scale - mean)
		}
	}
	if n == 0 {
		s.Min, s.Max = 0, 0
		return s, counts
	}
	s.Mean, s.Std = representable(mean*scale), representable(math.Sqrt(squares/n)*scale)
	width := s.Max/bins - s.Min/bins
	for i := range t.Shape.Size() {
		if v := t.At(i); v-v == 0 {
			k := 0
			if width > 0 {
				k = int(min(max(0, v/width-s.Min/width), bins-1))
			}
			counts[k]++
		}
	}
	return s, counts
}

// scaleOf is what elements are divided by so that their squares are finite: 1, unless some are very large.
func scaleOf(t graph.Tensor) float64 {
	const large = 0x1p400
	for i := range t.Shape.Size() {
		if v := math.Abs(t.At(i)); v > large && !math.IsInf(v, 0) {
			return 0x1p700
		}
	}
	return 1
}

// representable is v, or what is nearest to it among finite numbers.
func representable(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, -math.MaxFloat64), math.MaxFloat64)
}

// Tensor returns the value of node i in a state, where it is stored whole; for i from the number of nodes on, that of
// a local derivative, see [Step].
func (r *Run) Tensor(state, i int) (graph.Tensor, bool) {
	if state < 0 || state >= len(r.States) || i < 0 || i >= len(r.States[state].Values) {
		return graph.Tensor{}, false
	}
	v := r.States[state].Values[i]
	if v.Same > 0 && v.Same <= state && i < len(r.States[v.Same-1].Values) {
		v = r.States[v.Same-1].Values[i]
	}
	t, ok := r.valueType(i)
	if !ok || v.Data == "" {
		return graph.Tensor{}, false
	}
	x, err := decoded(v.Data, t)
	return x, err == nil
}

// valueType is the type of value i of a state.
func (r *Run) valueType(i int) (graph.Type, bool) {
	if i < len(r.Nodes) {
		return typeOf(r.Nodes[i]), true
	}
	for _, s := range r.Steps {
		if s.Local == i {
			return typeOf(r.Nodes[s.Of]), true
		}
	}
	return graph.Type{}, false
}
